//! HighLevel's token endpoint (FACTS section 2).

use super::Api;
use super::api::V3;
use super::options::OAuthTokens;
use crate::call::{Received, Sent};
use crate::classify::said;
use crate::http::{exchange, retry_after, url};
use crate::{mask, moment};
use reqwest::Client;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::time::Duration;
use url::Url;

/// How long an access token is taken to live if the answer does not say, seconds: an hour rather
/// than the usual day.
const LIFE: i64 = 3600;

/// Why there are no tokens.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OAuthError {
    /// Nothing was sent.
    #[error("HighLevel's token endpoint is not reachable: {0}")]
    NotConnected(String),
    /// Asked to wait.
    #[error("HighLevel's token endpoint asks to wait {} s", .0.as_secs().max(1))]
    Throttled(Duration),
    /// Sent, and no answer to rely on: what was sent may be used up.
    #[error("HighLevel's token endpoint gave no answer to rely on ({0}); the code or refresh token may be used up")]
    Lost(String),
    /// Answered with a no.
    #[error("HighLevel gives no tokens ({status}): {message}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Its words, masked.
        message: String,
    },
    /// The tokens are an agency's, which most calls don't take.
    #[error("HighLevel gave an agency's token; choose the sub-account on the consent page, or let a user of the sub-account install the app")]
    Agency,
}

/// The app that asks.
#[derive(Clone, Copy)]
pub struct App<'a> {
    /// Its id.
    pub client_id: &'a str,
    /// Its secret.
    pub client_secret: &'a SecretString,
    /// The generation whose names are used.
    pub api: Api,
}

impl std::fmt::Debug for App<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("client_id", &self.client_id).field("api", &self.api).finish_non_exhaustive()
    }
}

/// Names of a form's fields, v2 and v3.
type Name = (&'static str, &'static str);
const CLIENT_ID: Name = ("client_id", "clientId");
const CLIENT_SECRET: Name = ("client_secret", "clientSecret");
const GRANT_TYPE: Name = ("grant_type", "grantType");
const CODE: Name = ("code", "code");
const REFRESH_TOKEN: Name = ("refresh_token", "refreshToken");
const REDIRECT_URI: Name = ("redirect_uri", "redirectUri");
const USER_TYPE: Name = ("user_type", "userType");

/// Trades the code of the consent page for tokens. A code works once: after any error but
/// [`OAuthError::NotConnected`] and [`OAuthError::Throttled`] take a new one.
///
/// # Errors
/// [`OAuthError`].
pub async fn exchange_code(http: &Client, base_url: &Url, app: App<'_>, code: &str, redirect_uri: &str) -> Result<OAuthTokens, OAuthError> {
    ask(http, base_url, app, &[(GRANT_TYPE, "authorization_code"), (CODE, code), (REDIRECT_URI, redirect_uri)]).await
}

/// Trades a refresh token for a new pair, which uses it up.
pub(super) async fn refresh(http: &Client, base_url: &Url, app: App<'_>, token: &SecretString) -> Result<OAuthTokens, OAuthError> {
    ask(http, base_url, app, &[(GRANT_TYPE, "refresh_token"), (REFRESH_TOKEN, token.expose_secret())]).await
}

async fn ask(http: &Client, base_url: &Url, app: App<'_>, fields: &[(Name, &str)]) -> Result<OAuthTokens, OAuthError> {
    let url = url(base_url.as_str(), "/oauth/token", &[]).ok_or_else(|| OAuthError::NotConnected("the address is not one".to_owned()))?;
    let whose = [(CLIENT_ID, app.client_id), (CLIENT_SECRET, app.client_secret.expose_secret()), (USER_TYPE, "Location")];
    let form: Vec<(&str, &str)> = whose.iter().chain(fields).map(|((v2, v3), value)| (if app.api == Api::V3 { *v3 } else { *v2 }, *value)).collect();
    let mut request = http.post(url).form(&form);
    if app.api == Api::V3 {
        request = request.header("Version", V3);
    }
    // Its life is counted from before the call, so that it never ends earlier than we think.
    let asked_at = moment::now();
    let (sent, headers) = exchange(request, None).await;
    match sent {
        Sent::NotConnected(why) => Err(OAuthError::NotConnected(why.to_owned())),
        Sent::NoAnswer(why) => Err(OAuthError::Lost(why.to_owned())),
        Sent::Answered(received) => match received.status {
            429 => Err(OAuthError::Throttled(retry_after(&headers, "retry-after", moment::now()).unwrap_or(Duration::from_secs(10)))),
            _ => read(received, asked_at),
        },
    }
}

/// Reads the answer: `access_token`, `refresh_token`, `expires_in`, `userType`, in v3 `accessToken` and
/// so on. Pure.
fn read(received: Received, asked_at: i64) -> Result<OAuthTokens, OAuthError> {
    let Received { status, body, .. } = received;
    match status {
        200..=299 => {}
        300..=499 => {
            let message = said(&body).map_or_else(|| "no reason given".to_owned(), |words| mask::text(&words));
            return Err(OAuthError::Refused { status, message });
        }
        _ => return Err(OAuthError::Lost(format!("status {status}"))),
    }
    if body["userType"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("company")) {
        return Err(OAuthError::Agency);
    }
    let either = |v2: &str, v3: &str| body.get(v2).or_else(|| body.get(v3)).unwrap_or(&Value::Null);
    let token = |v2: &str, v3: &str| either(v2, v3).as_str().filter(|token| !token.is_empty()).map(SecretString::from);
    let (Some(access), Some(refresh)) = (token("access_token", "accessToken"), token("refresh_token", "refreshToken")) else {
        return Err(OAuthError::Lost(format!("status {status} without tokens")));
    };
    let life = match either("expires_in", "expiresIn") {
        Value::String(text) => text.parse().ok(),
        other => other.as_i64(),
    };
    let life = life.filter(|seconds| (1..=31_536_000).contains(seconds)).unwrap_or(LIFE);
    let scope = body["scope"].as_str().map(str::to_owned);
    Ok(OAuthTokens { access, refresh, expires_at: asked_at + life * 1_000_000, scope })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn answer(status: u16, body: Value) -> Result<OAuthTokens, OAuthError> {
        read(Received { status, body, wait: None, interval: Duration::ZERO, expects: None }, 1_000_000)
    }

    #[test]
    fn tokens_are_read_with_their_life() {
        let tokens = answer(200, json!({"access_token": "a", "refresh_token": "r", "expires_in": 86_399, "userType": "Location"})).unwrap();
        assert_eq!((tokens.access.expose_secret(), tokens.refresh.expose_secret(), tokens.expires_at), ("a", "r", 86_400_000_000));
        let tokens = answer(200, json!({"accessToken": "a", "refreshToken": "r", "expiresIn": "86399"})).unwrap();
        assert_eq!(tokens.expires_at, 86_400_000_000);
        let tokens = answer(200, json!({"access_token": "a", "refresh_token": "r"})).unwrap();
        assert_eq!(tokens.expires_at, 3_601_000_000);
        assert!(!format!("{tokens:?}").contains("\"a\""));
    }

    #[test]
    fn what_is_no_pair_is_told_apart() {
        let lost = |status, body| matches!(answer(status, body), Err(OAuthError::Lost(_)));
        assert!(lost(200, json!({"access_token": "a"})) && lost(201, Value::Null) && lost(502, Value::Null));
        let refused = answer(400, json!({"error": "invalid_grant", "error_description": "Invalid grant: refresh token is invalid"}));
        assert_eq!(refused.unwrap_err(), OAuthError::Refused { status: 400, message: "Invalid grant: refresh token is invalid".into() });
        let agency = answer(200, json!({"access_token": "a", "refresh_token": "r", "userType": "Company"}));
        assert_eq!(agency.unwrap_err(), OAuthError::Agency);
    }
}
