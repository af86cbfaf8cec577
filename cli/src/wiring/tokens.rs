//! OAuth tokens kept sealed in the store, refreshed by one process at a time.

use async_trait::async_trait;
use hatbridge_schemas::TenantId;
use hatbridge_store::{SealedTokens, Store, now_micros};
use hatbridge_systems::highlevel::{OAuthTokens, TokenError, TokenStore};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The store as the client's token store.
#[derive(Debug)]
pub struct StoredTokens {
    store: Store,
    sealed: SealedTokens,
    /// Tells this process from others in the leases.
    owner: String,
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    access: String,
    refresh: String,
    expires_at: i64,
    #[serde(default)]
    scope: Option<String>,
}

impl StoredTokens {
    /// With the key they are sealed with.
    #[must_use]
    pub fn new(store: Store, key: &[u8; 32]) -> Self {
        let sealed = SealedTokens::new(store.clone(), key);
        Self { store, sealed, owner: uuid::Uuid::new_v4().to_string() }
    }
}

fn failed(error: &hatbridge_store::Error) -> TokenError {
    TokenError(crate::exit::causes(error))
}

fn lease(tenant: &TenantId) -> String {
    format!("tokens/{tenant}")
}

#[async_trait]
impl TokenStore for StoredTokens {
    async fn load(&self, tenant: &TenantId) -> Result<Option<OAuthTokens>, TokenError> {
        let Some(text) = self.sealed.load(tenant).await.map_err(|e| failed(&e))? else { return Ok(None) };
        let kept: Kept = serde_json::from_str(text.expose_secret())
            .map_err(|_| TokenError(format!("the stored tokens of tenant {tenant} can't be read; connect it again with `hatbridge connect`")))?;
        Ok(Some(OAuthTokens {
            access: SecretString::from(kept.access),
            refresh: SecretString::from(kept.refresh),
            expires_at: kept.expires_at,
            scope: kept.scope,
        }))
    }

    async fn save(&self, tenant: &TenantId, tokens: &OAuthTokens) -> Result<(), TokenError> {
        let kept = Kept {
            access: tokens.access.expose_secret().to_owned(),
            refresh: tokens.refresh.expose_secret().to_owned(),
            expires_at: tokens.expires_at,
            scope: tokens.scope.clone(),
        };
        let text = serde_json::to_string(&kept).map_err(|_| TokenError("the tokens can't be written as JSON".to_owned()))?;
        self.sealed.save(tenant, &SecretString::from(text)).await.map_err(|e| failed(&e))
    }

    async fn lock(&self, tenant: &TenantId, ttl: Duration) -> Result<bool, TokenError> {
        let held = self.store.lease(&lease(tenant), &self.owner, ttl, now_micros()).await.map_err(|e| failed(&e))?;
        Ok(held.is_some())
    }

    async fn unlock(&self, tenant: &TenantId) -> Result<(), TokenError> {
        self.store.release(&lease(tenant), &self.owner).await.map_err(|e| failed(&e))
    }
}
