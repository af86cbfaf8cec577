//! OAuth tokens, sealed with the secret key before they are stored.

use crate::{Error, Store, now_micros};
use chacha20poly1305::aead::{Aead, AeadCore, KeyInit, OsRng};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use hatbridge_schemas::TenantId;
use secrecy::{ExposeSecret, SecretString};
use sqlx::Row;

/// Stores texts so that the database alone gives nothing away.
#[derive(Clone)]
pub struct SealedTokens {
    store: Store,
    cipher: ChaCha20Poly1305,
}

impl std::fmt::Debug for SealedTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealedTokens")
    }
}

impl SealedTokens {
    /// With a key of 32 bytes.
    #[must_use]
    pub fn new(store: Store, key: &[u8; 32]) -> Self {
        Self { store, cipher: ChaCha20Poly1305::new(Key::from_slice(key)) }
    }

    /// The tenant's stored text.
    ///
    /// # Errors
    /// [`Error::Sealed`] if it was sealed with another key; database errors.
    pub async fn load(&self, tenant: &TenantId) -> Result<Option<SecretString>, Error> {
        let row = sqlx::query("SELECT sealed FROM tokens WHERE tenant = $1")
            .bind(tenant.as_str())
            .fetch_optional(&self.store.pool)
            .await
            .map_err(Error::to("read the tokens"))?;
        let Some(row) = row else { return Ok(None) };
        let sealed = from_hex(&row.get::<String, _>("sealed")).ok_or_else(|| Error::Sealed { tenant: tenant.to_string() })?;
        if sealed.len() < 12 {
            return Err(Error::Sealed { tenant: tenant.to_string() });
        }
        let (nonce, text) = sealed.split_at(12);
        let plain = self.cipher.decrypt(Nonce::from_slice(nonce), text).map_err(|_| Error::Sealed { tenant: tenant.to_string() })?;
        String::from_utf8(plain).map(|s| Some(SecretString::from(s))).map_err(|_| Error::Sealed { tenant: tenant.to_string() })
    }

    /// Stores a text; durable when this returns.
    ///
    /// # Errors
    /// Database errors.
    pub async fn save(&self, tenant: &TenantId, text: &SecretString) -> Result<(), Error> {
        let nonce = ChaCha20Poly1305::generate_nonce(&mut OsRng);
        let mut sealed = nonce.to_vec();
        // Encryption in memory fails only for texts of many gigabytes.
        let body = self.cipher.encrypt(&nonce, text.expose_secret().as_bytes()).map_err(|_| Error::Sealed { tenant: tenant.to_string() })?;
        sealed.extend(body);
        sqlx::query(
            "INSERT INTO tokens (tenant, sealed, updated_at) VALUES ($1, $2, $3) \
             ON CONFLICT (tenant) DO UPDATE SET sealed = excluded.sealed, updated_at = excluded.updated_at",
        )
        .bind(tenant.as_str())
        .bind(to_hex(&sealed))
        .bind(now_micros())
        .execute(&self.store.pool)
        .await
        .map_err(Error::to("store the tokens"))?;
        Ok(())
    }
}

fn to_hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, b| {
        let _ = write!(text, "{b:02x}"); // writing to a String can't fail
        text
    })
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()).collect()
}
