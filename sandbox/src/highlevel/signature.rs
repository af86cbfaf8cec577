//! The Ed25519 signature of webhooks: over the raw body, base64, not hashed before.

use super::problem::Error;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signer as _, SigningKey, pkcs8::EncodePublicKey as _};
use sha2::{Digest as _, Sha256};

/// Signs with a key that the seed determines.
pub(super) struct Signer(SigningKey);

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer")
    }
}

impl Signer {
    pub(super) fn new(seed: u64) -> Self {
        let digest = Sha256::new().chain_update("hatbridge sandbox highlevel").chain_update(seed.to_le_bytes()).finalize();
        Self(SigningKey::from_bytes(&digest.into()))
    }

    pub(super) fn sign(&self, body: &[u8]) -> String {
        STANDARD.encode(self.0.sign(body).to_bytes())
    }

    /// Base64 of the SPKI DER.
    pub(super) fn public_key(&self) -> Result<String, Error> {
        let der = self.0.verifying_key().to_public_key_der().map_err(|_| Error::Key)?;
        Ok(STANDARD.encode(der.as_bytes()))
    }
}
