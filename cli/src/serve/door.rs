//! Routes and their answers.

use super::ready::Ready;
use super::search::{self, Query, SearchError};
use crate::wiring::Connections;
use anyhow::Context;
use axum::extract::rejection::QueryRejection;
use axum::extract::{DefaultBodyLimit, Query as Parameters, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use hatbridge_kafka::Publisher;
use prometheus::{Encoder, Registry, TextEncoder};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// What the door shows.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Metrics of all parts.
    pub metrics: Registry,
    /// Whether the parts work.
    pub ready: Ready,
    /// Whom `/search` may ask and `/commands` may order for.
    pub connections: Connections,
    /// What callers of `/search` and `/commands` must know; `None`: both are off.
    pub api_token: Option<SecretString>,
    /// Where `/commands` publishes.
    pub publisher: Publisher,
    /// What `/commands` takes: `commands.operations` of the configuration.
    pub operations: Vec<String>,
}

/// The bound door.
#[derive(Debug)]
pub struct Door {
    listener: TcpListener,
    router: Router,
}

impl Door {
    /// Takes the port.
    ///
    /// # Errors
    /// If it is taken.
    pub async fn bind(listen: SocketAddr, parts: Parts) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(listen).await.with_context(|| format!("can't listen on {listen}; choose a free port with `http.listen`"))?;
        Ok(Self { listener, router: router(parts) })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// If the system does not say.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until told to stop.
    ///
    /// # Errors
    /// If serving fails.
    pub async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        axum::serve(self.listener, self.router).with_graceful_shutdown(stop.cancelled_owned()).await.context("the HTTP door stopped serving")
    }
}

/// The routes, for [`Door`] and tests.
pub(crate) fn router(parts: Parts) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(readyz))
        .route("/search", get(find))
        .route("/commands", post(super::commands::order))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .method_not_allowed_fallback(async || refuse(StatusCode::METHOD_NOT_ALLOWED, "/commands takes POST, all others GET"))
        .fallback(async || refuse(StatusCode::NOT_FOUND, "there are /metrics, /healthz, /readyz, /search and /commands"))
        .with_state(Arc::new(parts))
}

/// Largest body of a command: what Kafka's records take by default, less the rest of the event.
const BODY_BYTES: usize = 768 << 10;

pub(super) fn refuse(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({"error": {"status": status.as_u16(), "message": message}}))).into_response()
}

async fn metrics(State(parts): State<Arc<Parts>>) -> Response {
    let encoder = TextEncoder::new();
    let mut text = vec![];
    match encoder.encode(&parts.metrics.gather(), &mut text) {
        Ok(()) => ([(header::CONTENT_TYPE, encoder.format_type().to_owned())], text).into_response(),
        Err(error) => refuse(StatusCode::INTERNAL_SERVER_ERROR, &format!("the metrics can't be written: {error}")),
    }
}

async fn readyz(State(parts): State<Arc<Parts>>) -> Response {
    let found = parts.ready.look().await;
    let status = if found.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(found)).into_response()
}

/// Lets in who knows the token.
#[expect(clippy::result_large_err, reason = "the answer is the error")]
pub(super) fn admitted(parts: &Parts, headers: &HeaderMap) -> Result<(), Response> {
    let Some(token) = &parts.api_token else {
        return Err(refuse(StatusCode::FORBIDDEN, "this is off: set `http.api_token`"));
    };
    if knows(headers, token) {
        return Ok(());
    }
    let mut response = refuse(StatusCode::UNAUTHORIZED, "send `Authorization: Bearer` with the token of `http.api_token`");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
    Err(response)
}

/// Parameters of `/search`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    tenant: String,
    text: String,
    #[serde(default = "default_limit")]
    limit: u32,
    cursor: Option<String>,
}

fn default_limit() -> u32 {
    search::DEFAULT_LIMIT
}

async fn find(State(parts): State<Arc<Parts>>, headers: HeaderMap, wanted: Result<Parameters<Wanted>, QueryRejection>) -> Response {
    if let Err(response) = admitted(&parts, &headers) {
        return response;
    }
    let Ok(Parameters(wanted)) = wanted else {
        return refuse(StatusCode::BAD_REQUEST, "the parameters are tenant, text, limit (a number) and cursor; tenant and text are needed");
    };
    let Ok(tenant) = parts.connections.named(&wanted.tenant) else {
        return refuse(StatusCode::NOT_FOUND, "there is no enabled tenant of this name");
    };
    let query = Query { text: wanted.text, limit: wanted.limit, cursor: wanted.cursor };
    match search::find(&tenant.highlevel, &query).await {
        Ok(page) => Json(page).into_response(),
        Err(error) => {
            let status = match &error {
                SearchError::Query(_) => StatusCode::BAD_REQUEST,
                SearchError::Throttled(_) => StatusCode::SERVICE_UNAVAILABLE,
                SearchError::Unreachable(_) | SearchError::Refused { .. } => StatusCode::BAD_GATEWAY,
            };
            let mut response = refuse(status, &error.to_string());
            if let SearchError::Throttled(wait) = error {
                response.headers_mut().insert(header::RETRY_AFTER, wait.as_secs().max(1).into());
            }
            response
        }
    }
}

/// Compares in a time that does not depend on where the texts differ.
fn knows(headers: &HeaderMap, token: &SecretString) -> bool {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| value.strip_prefix("Bearer "));
    let Some(given) = given else { return false };
    let (given, wanted) = (given.trim().as_bytes(), token.expose_secret().as_bytes());
    given.len() == wanted.len() && given.iter().zip(wanted).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_token_opens_the_door() {
        let token = SecretString::from("right");
        let with = |value: &str| {
            let mut headers = HeaderMap::new();
            if let Ok(value) = value.parse() {
                headers.insert(header::AUTHORIZATION, value);
            }
            knows(&headers, &token)
        };
        assert!(with("Bearer right"));
        for wrong in ["", "right", "Bearer ", "Bearer righ", "Bearer right2", "Basic right"] {
            assert!(!with(wrong), "{wrong}");
        }
    }
}
