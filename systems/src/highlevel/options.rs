//! What a client needs to know, and where its tokens are kept.

use super::Api;
use async_trait::async_trait;
use hatbridge_schemas::TenantId;
use secrecy::SecretString;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// One tenant's location.
#[derive(Debug, Clone)]
pub struct Options {
    /// `https://services.leadconnectorhq.com`, or a sandbox.
    pub base_url: Url,
    /// Whose it is, for budget and tokens.
    pub tenant: TenantId,
    /// HighLevel's id of the location.
    pub location_id: String,
    /// Generation of the API that is spoken.
    pub api: Api,
    /// How calls prove whose they are.
    pub credentials: Credentials,
    /// The agency above the location, for the few calls that take only its token.
    pub agency: Agency,
    /// Longest that one call may take.
    pub timeout: Duration,
}

/// The agency above a location, as far as it is known.
#[derive(Debug, Clone, Default)]
pub struct Agency {
    /// HighLevel's id of the company.
    pub company_id: Option<String>,
    /// A private integration's token of the agency: another class than a location's (FACTS section 2).
    pub token: Option<SecretString>,
}

/// How calls prove whose they are.
#[derive(Clone)]
pub enum Credentials {
    /// A private integration's token of the sub-account: static until it is rotated by hand (FACTS
    /// section 3).
    PrivateToken(SecretString),
    /// A marketplace app (FACTS section 2).
    OAuth {
        /// The app's id.
        client_id: String,
        /// The app's secret.
        client_secret: SecretString,
        /// Where the tenant's tokens are kept.
        store: Arc<dyn TokenStore>,
    },
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PrivateToken(_) => "PrivateToken(masked)",
            Self::OAuth { .. } => "OAuth(masked)",
        })
    }
}

/// A pair of tokens.
#[derive(Clone)]
pub struct OAuthTokens {
    /// Sent with every call; good for about a day.
    pub access: SecretString,
    /// Good for one refresh.
    pub refresh: SecretString,
    /// When the access token ends, microseconds since the epoch.
    pub expires_at: i64,
    /// What it may be used for, separated by spaces, where the answer said.
    pub scope: Option<String>,
}

impl fmt::Debug for OAuthTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuthTokens").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// The tokens can't be read or written.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct TokenError(
    /// What went wrong; no token.
    pub String,
);

/// Where tokens are kept durably, for all processes.
#[async_trait]
pub trait TokenStore: Send + Sync + fmt::Debug {
    /// The tenant's tokens; `None`: it is not connected.
    ///
    /// # Errors
    /// [`TokenError`].
    async fn load(&self, tenant: &TenantId) -> Result<Option<OAuthTokens>, TokenError>;

    /// Keeps them durably: when this returns, a crash loses nothing.
    ///
    /// # Errors
    /// [`TokenError`].
    async fn save(&self, tenant: &TenantId, tokens: &OAuthTokens) -> Result<(), TokenError>;

    /// Takes the right to refresh for `ttl`; false if another process has it.
    ///
    /// # Errors
    /// [`TokenError`].
    async fn lock(&self, tenant: &TenantId, ttl: Duration) -> Result<bool, TokenError>;

    /// Gives it back.
    ///
    /// # Errors
    /// [`TokenError`].
    async fn unlock(&self, tenant: &TenantId) -> Result<(), TokenError>;
}
