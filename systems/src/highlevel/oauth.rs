//! HighLevel's token endpoint (FACTS section 2).

use super::options::OAuthTokens;
use crate::call::{Received, Sent};
use crate::classify::said;
use crate::http::{exchange, retry_after, url};
use crate::{mask, moment};
use reqwest::Client;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
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

#[derive(Serialize)]
struct Form<'a> {
    client_id: &'a str,
    client_secret: &'a str,
    grant_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_uri: Option<&'a str>,
    user_type: &'a str,
}

/// Trades the code of the consent page for tokens. A code works once: after any error but
/// [`OAuthError::NotConnected`] and [`OAuthError::Throttled`] take a new one.
///
/// # Errors
/// [`OAuthError`].
pub async fn exchange_code(
    http: &Client,
    base_url: &Url,
    client_id: &str,
    client_secret: &SecretString,
    code: &str,
    redirect_uri: &str,
) -> Result<OAuthTokens, OAuthError> {
    let form = Form {
        client_id,
        client_secret: client_secret.expose_secret(),
        grant_type: "authorization_code",
        code: Some(code),
        refresh_token: None,
        redirect_uri: Some(redirect_uri),
        user_type: "Location",
    };
    ask(http, base_url, &form).await
}

/// Trades a refresh token for a new pair, which uses it up.
pub(super) async fn refresh(
    http: &Client,
    base_url: &Url,
    client_id: &str,
    client_secret: &SecretString,
    token: &SecretString,
) -> Result<OAuthTokens, OAuthError> {
    let form = Form {
        client_id,
        client_secret: client_secret.expose_secret(),
        grant_type: "refresh_token",
        code: None,
        refresh_token: Some(token.expose_secret()),
        redirect_uri: None,
        user_type: "Location",
    };
    ask(http, base_url, &form).await
}

async fn ask(http: &Client, base_url: &Url, form: &Form<'_>) -> Result<OAuthTokens, OAuthError> {
    let url = url(base_url.as_str(), "/oauth/token", &[]).ok_or_else(|| OAuthError::NotConnected("the address is not one".to_owned()))?;
    // Its life is counted from before the call, so that it never ends earlier than we think.
    let asked_at = moment::now();
    let (sent, headers) = exchange(http.post(url).form(form), None).await;
    match sent {
        Sent::NotConnected(why) => Err(OAuthError::NotConnected(why.to_owned())),
        Sent::NoAnswer(why) => Err(OAuthError::Lost(why.to_owned())),
        Sent::Answered(received) => match received.status {
            429 => Err(OAuthError::Throttled(retry_after(&headers, "retry-after", moment::now()).unwrap_or(Duration::from_secs(10)))),
            _ => read(received, asked_at),
        },
    }
}

/// Reads the answer: `access_token`, `refresh_token`, `expires_in`, `userType`. Pure.
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
    let token = |name: &str| body[name].as_str().filter(|token| !token.is_empty()).map(SecretString::from);
    let (Some(access), Some(refresh)) = (token("access_token"), token("refresh_token")) else {
        return Err(OAuthError::Lost(format!("status {status} without tokens")));
    };
    let life = match &body["expires_in"] {
        Value::String(text) => text.parse().ok(),
        other => other.as_i64(),
    };
    let life = life.filter(|seconds| (1..=31_536_000).contains(seconds)).unwrap_or(LIFE);
    Ok(OAuthTokens { access, refresh, expires_at: asked_at + life * 1_000_000 })
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
