//! The bearer token of the contract's calls: a fixed one, or one fetched by client credentials, which
//! may be fetched as often as one likes.

use super::contract_sections::{AuthKind, Sections};
use crate::Effect;
use crate::call::{Reason, Refusal, Sent, Verdict, classify};
use crate::http::{exchange, url};
use reqwest::Client;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use std::fmt;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// A fetched token is renewed so long before its end.
const EARLY: Duration = Duration::from_secs(60);
/// Its life if the answer does not say.
const LIFE: Duration = Duration::from_secs(600);

/// Where calls take their token from.
pub(super) struct Auth {
    kind: AuthKind,
    url: Option<url::Url>,
    client_id: String,
    credentials: SecretString,
    fetched: Mutex<Option<(SecretString, Instant)>>,
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth").field("kind", &self.kind).finish_non_exhaustive()
    }
}

#[derive(Serialize)]
struct Form<'a> {
    grant_type: &'a str,
    client_id: &'a str,
    client_secret: &'a str,
}

impl Auth {
    /// `credentials` is the token, or the client's secret, or `id:secret`; without an id the account
    /// is the client's id.
    pub(super) fn new(sections: &Sections, base_url: &str, account: &str, credentials: SecretString) -> Self {
        let kind = sections.auth.kind;
        let (client_id, credentials) = match (kind, credentials.expose_secret().split_once(':')) {
            (AuthKind::OauthClientCredentials, Some((id, secret))) => (id.to_owned(), SecretString::from(secret)),
            (AuthKind::OauthClientCredentials, None) | (AuthKind::Bearer, _) => (account.to_owned(), credentials),
        };
        Self { kind, url: url(base_url, &sections.auth.token_path, &[]), client_id, credentials, fetched: Mutex::default() }
    }

    /// Whether another token can be had after a 401.
    pub(super) fn is_renewable(&self) -> bool {
        self.kind == AuthKind::OauthClientCredentials
    }

    /// The token for a call; another one than `stale`.
    ///
    /// # Errors
    /// The verdict on the call that can't be made; never a doubt, since it was not sent.
    pub(super) async fn bearer(&self, http: &Client, stale: Option<&SecretString>) -> Result<SecretString, Verdict> {
        match self.kind {
            AuthKind::Bearer => return Ok(self.credentials.clone()),
            AuthKind::OauthClientCredentials => {}
        }
        // Held while fetching: calls that come meanwhile need the same token.
        let mut fetched = self.fetched.lock().await;
        if let Some((token, until)) = &*fetched
            && Instant::now() < *until
            && stale.is_none_or(|stale| stale.expose_secret() != token.expose_secret())
        {
            return Ok(token.clone());
        }
        let (token, life) = self.fetch(http).await?;
        // At least half of its life is used, however short that is.
        let until = Instant::now() + life.saturating_sub(EARLY).max(life / 2);
        *fetched = Some((token.clone(), until));
        Ok(token)
    }

    async fn fetch(&self, http: &Client) -> Result<(SecretString, Duration), Verdict> {
        let Some(url) = &self.url else {
            return Err(Verdict::Refused(Refusal::unsent("the contract's auth.token_path makes no address")));
        };
        let form = Form { grant_type: "client_credentials", client_id: &self.client_id, client_secret: self.credentials.expose_secret() };
        let (mut sent, headers) = exchange(http.post(url.clone()).form(&form), Some("/access_token".into())).await;
        if let Sent::Answered(received) = &mut sent {
            received.wait = crate::http::retry_after(&headers, "retry-after", crate::moment::now());
            received.interval = Duration::from_secs(10);
        }
        match classify(Effect::Read, sent) {
            Verdict::Done(answer) => {
                let token = SecretString::from(answer.body["access_token"].as_str().unwrap_or_default());
                let life = answer.body["expires_in"].as_u64().map_or(LIFE, |seconds| Duration::from_secs(seconds.min(31_536_000)));
                Ok((token, life))
            }
            Verdict::Refused(refusal) => {
                let message = format!("no token was given: {}; check the tenant's `account` and `token`", refusal.message);
                Err(Verdict::Refused(Refusal { message, ..refusal }))
            }
            Verdict::Retry(Reason(why)) => Err(Verdict::Retry(Reason(format!("no token was given: {why}")))),
            other => Err(other),
        }
    }
}
