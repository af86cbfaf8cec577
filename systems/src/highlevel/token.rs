//! The token of a call, and its renewal: one at a time in this process by a mutex, and one at a time
//! across processes by the store's lock, since a refresh token works once and a second use of it, or
//! a lost answer, loses the grant for good (FACTS section 2).
//!
//! ```text
//!            fresh ---- 10 min before the end, or a 401 ----> renewing
//!              ^                                                 |
//!              |  another process saved a newer pair             |
//!              +-------------------------------------------------+
//!              |  new pair: saved, and only then used            |
//!              +-------------------------------------------------+
//!              |  not sent: try again with the next call         |
//!              +-------------------------------------------------+
//!                 no answer: once more with the same token,      |
//!                 then `lost`; refused: `lost` <-----------------+
//!            lost --- somebody connects the tenant again ---> fresh
//! ```

use super::Api;
use super::oauth::{self, OAuthError};
use super::options::{Credentials, OAuthTokens, Options, TokenError, TokenStore};
use crate::call::{Reason, Refusal, Verdict};
use crate::moment;
use hatbridge_schemas::TenantId;
use reqwest::Client;
use secrecy::{ExposeSecret, SecretString};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, OwnedMutexGuard};
use url::Url;

/// A token is renewed so long before its end, microseconds.
const EARLY: i64 = 600 * 1_000_000;
/// A token that ends within this is not used any more, microseconds.
const LAST: i64 = 10 * 1_000_000;
/// A renewal holds the store's lock for so long at most: longer than one call may take.
const LOCK: Duration = Duration::from_secs(90);
/// How often to look whether the other process is done.
const LOOK: Duration = Duration::from_millis(250);
/// A token got so recently is not renewed for a 401: something else is wrong.
const YOUNG: Duration = Duration::from_secs(60);
/// After a failed renewal calls go on with the old token for so long, while it is good.
const PAUSE: Duration = Duration::from_secs(15);
/// Attempts to save a new pair before the call is told to come again.
const SAVES: u32 = 4;
/// Renewals without an answer after which a refresh token counts as used up.
const DOUBTS: u32 = 2;

/// A call's token.
#[derive(Debug, Clone)]
pub(super) struct Bearer {
    secret: SecretString,
}

impl Bearer {
    pub(super) fn new(secret: SecretString) -> Self {
        Self { secret }
    }

    pub(super) fn expose(&self) -> &str {
        self.secret.expose_secret()
    }

    fn is(&self, tokens: &OAuthTokens) -> bool {
        self.secret.expose_secret() == tokens.access.expose_secret()
    }
}

/// Where calls take their token from.
#[derive(Debug)]
pub(super) enum Tokens {
    Private(Bearer),
    OAuth(Arc<Keeper>),
}

impl Tokens {
    pub(super) fn new(http: Client, options: &Options) -> Self {
        match &options.credentials {
            Credentials::PrivateToken(secret) => Self::Private(Bearer { secret: secret.clone() }),
            Credentials::OAuth { client_id, client_secret, store } => Self::OAuth(Arc::new(Keeper {
                http,
                base_url: options.base_url.clone(),
                tenant: options.tenant.clone(),
                client_id: client_id.clone(),
                client_secret: client_secret.clone(),
                api: options.api,
                store: Arc::clone(store),
                current: RwLock::default(),
                renewal: Arc::default(),
            })),
        }
    }

    pub(super) fn is_oauth(&self) -> bool {
        matches!(self, Self::OAuth(_))
    }

    /// The token for a call. `stale` is one that was just refused as expired: another one is wanted.
    ///
    /// # Errors
    /// The verdict on the call that can't be made: [`Verdict::Retry`], [`Verdict::Throttled`] or
    /// [`Verdict::Refused`].
    pub(super) async fn bearer(&self, stale: Option<&Bearer>) -> Result<Bearer, Verdict> {
        match self {
            Self::Private(bearer) => Ok(bearer.clone()),
            Self::OAuth(keeper) => keeper.bearer(stale).await,
        }
    }
}

/// Keeps one tenant's pair.
pub(super) struct Keeper {
    http: Client,
    base_url: Url,
    tenant: TenantId,
    client_id: String,
    client_secret: SecretString,
    api: Api,
    store: Arc<dyn TokenStore>,
    current: RwLock<Option<OAuthTokens>>,
    renewal: Arc<Mutex<Renewal>>,
}

/// What renewals so far have left behind; whoever holds it renews.
#[derive(Default)]
struct Renewal {
    /// When this process last got a pair.
    renewed: Option<Instant>,
    /// A pair that could not be saved yet, so must not be used yet.
    unsaved: Option<OAuthTokens>,
    /// After a failure, as long as the old token is good.
    paused_until: Option<Instant>,
    /// A refresh token that was sent without an answer, and how often.
    doubtful: Option<(SecretString, u32)>,
    /// A refresh token that is used up, and the last words about it.
    lost: Option<(SecretString, String)>,
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper").field("tenant", &self.tenant.as_str()).finish_non_exhaustive()
    }
}

impl Keeper {
    fn current(&self) -> Option<OAuthTokens> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn use_from_now_on(&self, tokens: OAuthTokens) -> Bearer {
        let secret = tokens.access.clone();
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(tokens);
        Bearer { secret }
    }

    /// The token in use, if it is good for another `spare` microseconds and not the stale one.
    fn good(&self, spare: i64, stale: Option<&Bearer>) -> Option<Bearer> {
        let tokens = self.current()?;
        is_good(&tokens, spare, stale).then_some(Bearer { secret: tokens.access })
    }

    async fn bearer(self: &Arc<Self>, stale: Option<&Bearer>) -> Result<Bearer, Verdict> {
        if let Some(bearer) = self.good(EARLY, stale) {
            return Ok(bearer);
        }
        let renewal = Arc::clone(&self.renewal).lock_owned().await;
        // While we waited for the lock somebody else may have renewed it.
        if let Some(bearer) = self.good(EARLY, stale) {
            return Ok(bearer);
        }
        if let Some(bearer) = self.good(LAST, stale).filter(|_| renewal.paused_until.is_some_and(|until| Instant::now() < until)) {
            return Ok(bearer);
        }
        let (keeper, stale) = (Arc::clone(self), stale.cloned());
        // A task of its own: whoever waits may be dropped at any moment, and an answer that nobody
        // reads would lose the grant.
        let renewing = tokio::spawn(async move { keeper.renew(renewal, stale.as_ref()).await });
        renewing.await.unwrap_or_else(|_| Err(Verdict::Retry(Reason("the renewal of the token was cut off".to_owned()))))
    }

    async fn renew(&self, mut renewal: OwnedMutexGuard<Renewal>, stale: Option<&Bearer>) -> Result<Bearer, Verdict> {
        let renewed = match self.newer(&mut renewal, stale).await {
            Ok(tokens) => return Ok(self.use_from_now_on(tokens)),
            Err(verdict) => verdict,
        };
        let pause = if let Verdict::Throttled(wait) = &renewed { *wait } else { PAUSE };
        renewal.paused_until = Some(Instant::now() + pause);
        // Renewal begins well before the end, so the old token often still does.
        self.good(LAST, stale).ok_or(renewed)
    }

    /// A pair other than the stale one: from the store if another process was faster, else renewed.
    async fn newer(&self, renewal: &mut Renewal, stale: Option<&Bearer>) -> Result<OAuthTokens, Verdict> {
        if let Some(tokens) = renewal.unsaved.take() {
            return self.save(renewal, tokens).await;
        }
        let deadline = Instant::now() + LOCK;
        loop {
            if self.store.lock(&self.tenant, LOCK).await.map_err(unusable)? {
                break;
            }
            if let Some(tokens) = self.store.load(&self.tenant).await.map_err(unusable)?.filter(|tokens| is_good(tokens, LAST, stale)) {
                return Ok(tokens);
            }
            if Instant::now() >= deadline {
                return Err(Verdict::Retry(Reason("another process has been renewing the token for too long".to_owned())));
            }
            tokio::time::sleep(LOOK).await;
        }
        let tokens = self.locked(renewal, stale).await;
        if let Err(error) = self.store.unlock(&self.tenant).await {
            tracing::debug!(tenant = %self.tenant, error = %error, "the lock on tenant {}'s tokens was not given back; it runs out by itself", self.tenant);
        }
        tokens
    }

    /// With the store's lock held.
    async fn locked(&self, renewal: &mut Renewal, stale: Option<&Bearer>) -> Result<OAuthTokens, Verdict> {
        // Read under the lock: only now nobody else changes it.
        let stored = self.store.load(&self.tenant).await.map_err(unusable)?;
        let Some(stored) = stored else {
            return Err(refused(format!("tenant {} is not connected; run `hatbridge connect`", self.tenant)));
        };
        if is_good(&stored, EARLY, stale) {
            return Ok(stored);
        }
        if is_good(&stored, LAST, stale) {
            self.use_from_now_on(stored.clone());
        }
        if let Some((_, words)) = renewal.lost.as_ref().filter(|(lost, _)| same(lost, &stored.refresh)) {
            return Err(refused(words.clone()));
        }
        let young = renewal.renewed.is_some_and(|at| at.elapsed() < YOUNG);
        if young && stale.is_some_and(|stale| stale.is(&stored)) {
            return Err(refused(super::advice::advice(super::advice::Cause::Token, true).to_owned()));
        }
        self.refresh(renewal, stored).await
    }

    async fn refresh(&self, renewal: &mut Renewal, old: OAuthTokens) -> Result<OAuthTokens, Verdict> {
        tracing::info!(tenant = %self.tenant, "tenant {}: renewing HighLevel's token", self.tenant);
        let doubts = renewal.doubtful.take().filter(|(token, _)| same(token, &old.refresh)).map_or(0, |(_, doubts)| doubts);
        let app = oauth::App { client_id: &self.client_id, client_secret: &self.client_secret, api: self.api };
        match oauth::refresh(&self.http, &self.base_url, app, &old.refresh).await {
            Ok(tokens) => {
                renewal.renewed = Some(Instant::now());
                self.save(renewal, tokens).await
            }
            Err(OAuthError::NotConnected(why)) => {
                renewal.doubtful = (doubts > 0).then_some((old.refresh, doubts));
                Err(Verdict::Retry(Reason(format!("the token can't be renewed: {why}"))))
            }
            Err(OAuthError::Throttled(wait)) => {
                renewal.doubtful = (doubts > 0).then_some((old.refresh, doubts));
                Err(Verdict::Throttled(wait))
            }
            Err(OAuthError::Lost(why)) if doubts + 1 < DOUBTS => {
                tracing::warn!(tenant = %self.tenant, why, "tenant {}: the answer to a token renewal was lost; once more, then the tenant must be connected again", self.tenant);
                renewal.doubtful = Some((old.refresh, doubts + 1));
                Err(Verdict::Retry(Reason(format!("the answer to the token's renewal was lost ({why}); the grant may be lost with it"))))
            }
            Err(OAuthError::Lost(why)) => Err(self.lost(renewal, old, &format!("the answer to the token's renewal was lost twice ({why})"))),
            Err(error @ (OAuthError::Refused { .. } | OAuthError::Agency)) => {
                let before = if doubts > 0 { "; the answer to the renewal before was lost, and the new tokens with it" } else { "" };
                Err(self.lost(renewal, old, &format!("{error}{before}")))
            }
        }
    }

    /// This refresh token is never sent again: a person must act.
    fn lost(&self, renewal: &mut Renewal, old: OAuthTokens, why: &str) -> Verdict {
        let words = format!("{why}; the grant is lost or the app's secret is wrong: connect tenant {} again with `hatbridge connect`", self.tenant);
        tracing::error!(tenant = %self.tenant, why, "tenant {}: HighLevel's grant is lost; connect it again with `hatbridge connect`", self.tenant);
        renewal.lost = Some((old.refresh, words.clone()));
        refused(words)
    }

    /// Saved before it is used: a crash in between would leave calls that worked with a pair that
    /// nobody knows any more.
    async fn save(&self, renewal: &mut Renewal, tokens: OAuthTokens) -> Result<OAuthTokens, Verdict> {
        let mut attempt = 1;
        loop {
            match self.store.save(&self.tenant, &tokens).await {
                Ok(()) => return Ok(tokens),
                Err(error) if attempt < SAVES => {
                    tracing::warn!(tenant = %self.tenant, error = %error, "tenant {}: new tokens can't be saved, once more", self.tenant);
                    tokio::time::sleep(LOOK * attempt).await;
                    attempt += 1;
                }
                Err(error) => {
                    tracing::error!(tenant = %self.tenant, error = %error, "tenant {}: new tokens can't be saved; if this process ends now, connect it again", self.tenant);
                    renewal.unsaved = Some(tokens);
                    return Err(unusable(error));
                }
            }
        }
    }
}

fn is_good(tokens: &OAuthTokens, spare: i64, stale: Option<&Bearer>) -> bool {
    tokens.expires_at.saturating_sub(spare) > moment::now() && stale.is_none_or(|stale| !stale.is(tokens))
}

fn same(one: &SecretString, other: &SecretString) -> bool {
    one.expose_secret() == other.expose_secret()
}

fn refused(words: String) -> Verdict {
    Verdict::Refused(Refusal { status: 401, message: words, body: serde_json::Value::Null })
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn unusable(error: TokenError) -> Verdict {
    Verdict::Retry(Reason(format!("the stored tokens can't be used: {error}")))
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
