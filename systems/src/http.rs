//! The HTTP client, and one exchange over it.

use crate::call::{Received, Sent};
use bytes::BytesMut;
use http::HeaderMap;
use reqwest::{Client, RequestBuilder, Response, redirect};
use serde_json::Value;
use std::borrow::Cow;
use std::time::Duration;

/// Longest that connecting may take.
const CONNECT: Duration = Duration::from_secs(5);
/// Connections kept open to one host while they are idle.
const IDLE: usize = 64;
/// Largest body that is read, bytes.
const LARGEST: usize = 8 * 1024 * 1024;

/// A client for calls to one system: no redirects (a redirected `POST` is somebody else's call), no
/// longer than `timeout` in all, and no proxy on the way to this machine if `loopback`.
///
/// # Errors
/// If TLS can't be set up.
pub fn http_client(timeout: Duration, loopback: bool) -> Result<Client, reqwest::Error> {
    // reqwest is built without a provider of its own; the first one installed stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .connect_timeout(CONNECT)
        .timeout(timeout)
        .redirect(redirect::Policy::none())
        .user_agent(concat!("hatbridge/", env!("CARGO_PKG_VERSION")))
        .pool_max_idle_per_host(IDLE)
        .pool_idle_timeout(Duration::from_secs(90))
        .tcp_keepalive(Duration::from_secs(30));
    if loopback { builder.no_proxy() } else { builder }.build()
}

/// Sends a request and reads the whole answer, up to [`LARGEST`]. The headers are empty unless it was
/// answered; `wait` and `interval` are left for the caller to fill in from them.
pub(crate) async fn exchange(request: RequestBuilder, expects: Option<Cow<'static, str>>) -> (Sent, HeaderMap) {
    let mut response = match request.send().await {
        Ok(response) => response,
        Err(error) => return (failed(&error), HeaderMap::new()),
    };
    let status = response.status().as_u16();
    let headers = std::mem::take(response.headers_mut());
    let is_text = text(&headers, "content-type").is_some_and(|media| media.starts_with("text/plain"));
    let body = match read(response, is_text).await {
        Ok(body) => body,
        // What a refusal said is lost, that it is one is not.
        Err(_) if (300..500).contains(&status) => Value::Null,
        Err(why) => return (Sent::NoAnswer(why), headers),
    };
    (Sent::Answered(Received { status, body, wait: None, interval: Duration::ZERO, expects }), headers)
}

/// JSON, a text where the answer is one, else `Null`.
async fn read(mut response: Response, is_text: bool) -> Result<Value, &'static str> {
    let mut bytes = BytesMut::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() > LARGEST => return Err("the answer is larger than 8 MiB"),
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(error) if error.is_timeout() => return Err("timeout while the answer came"),
            Err(_) => return Err("the answer broke off"),
        }
    }
    Ok(match serde_json::from_slice(&bytes) {
        Ok(body) => body,
        Err(_) if is_text => String::from_utf8(bytes.into()).map_or(Value::Null, Value::String),
        Err(_) => Value::Null,
    })
}

pub(crate) fn failed(error: &reqwest::Error) -> Sent {
    if error.is_dns() {
        Sent::NotConnected("the host's name is not known")
    } else if error.is_connect() {
        Sent::NotConnected("no connection")
    } else if error.is_builder() {
        Sent::NotConnected("the request can't be made")
    } else if error.is_timeout() {
        Sent::NoAnswer("timeout after sending")
    } else {
        Sent::NoAnswer("the connection broke after sending")
    }
}

/// The wait that `Retry-After` names, in seconds or as a date.
pub(crate) fn retry_after(headers: &HeaderMap, name: &str, now: i64) -> Option<Duration> {
    const DAY: Duration = Duration::from_secs(86_400);
    let text = text(headers, name)?;
    let wait = if let Ok(seconds) = text.parse::<f64>() {
        Duration::try_from_secs_f64(seconds).ok()?
    } else {
        let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp().as_microsecond();
        Duration::from_micros((at - now).max(0).unsigned_abs())
    };
    // Nobody means years.
    Some(wait.min(DAY))
}

/// A header's number.
pub(crate) fn number(headers: &HeaderMap, name: &str) -> Option<u32> {
    text(headers, name)?.parse().ok()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    if name.is_empty() {
        return None;
    }
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// The URL below a base, with query. `None` if it can't be one.
pub(crate) fn url(base: &str, path: &str, query: &[(String, String)]) -> Option<url::Url> {
    let mut url: url::Url = format!("{}{path}", base.trim_end_matches('/')).parse().ok()?;
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    Some(url)
}

/// An id as one segment of a path. What would make it none, or another one, is changed into an id
/// that no record has: empty becomes `-`, so that no call hits a whole collection.
pub(crate) fn segment(id: &str) -> Cow<'_, str> {
    match id {
        "" => Cow::Borrowed("-"),
        "." | ".." => Cow::Owned(id.replace('.', "%252E")),
        id if id.bytes().all(plain) => Cow::Borrowed(id),
        id => {
            let mut out = String::with_capacity(id.len() + 8);
            for byte in id.bytes() {
                if plain(byte) {
                    out.push(char::from(byte));
                } else {
                    out.push_str(&format!("%{byte:02X}"));
                }
            }
            Cow::Owned(out)
        }
    }
}

const fn plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~')
}

#[cfg(test)]
#[path = "http_tests.rs"]
mod tests;
