//! A proxy that writes everything down.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hatbridge_systems::highlevel::Api;
use hatbridge_tests::steps::Step;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio_util::sync::{CancellationToken, DropGuard};

/// Longest body.
const BYTES: usize = 16 << 20;
/// Headers of one connection, not of what goes over it.
const OF_CONNECTION: [header::HeaderName; 4] = [header::HOST, header::CONNECTION, header::TRANSFER_ENCODING, header::CONTENT_LENGTH];

/// What was asked and answered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Exchange {
    /// The operation's number in the catalogue.
    pub number: u16,
    /// Its name.
    pub operation: String,
    /// The request.
    pub request: Asked,
    /// The answer.
    pub response: Answered,
}

/// A request as it was sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Asked {
    /// In capitals.
    pub method: String,
    /// With the query.
    pub path: String,
    /// Names in small letters.
    pub headers: BTreeMap<String, String>,
    /// Text, or `{base64}`.
    pub body: Value,
}

/// An answer as it came.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Answered {
    /// HTTP status.
    pub status: u16,
    /// Names in small letters.
    pub headers: BTreeMap<String, String>,
    /// Text, or `{base64}`.
    pub body: Value,
}

#[derive(Debug)]
struct Shared {
    http: reqwest::Client,
    upstream: String,
    step: Mutex<Option<(u16, String)>>,
    recorded: Mutex<Vec<Exchange>>,
}

/// A running proxy; it ends when dropped.
#[derive(Debug)]
pub struct Recorder {
    base_url: String,
    shared: Arc<Shared>,
    _stop: DropGuard,
}

/// Starts one in front of `upstream`.
pub async fn start(upstream: &str) -> Recorder {
    let http = hatbridge_systems::http_client(std::time::Duration::from_secs(30), true).unwrap();
    let shared = Arc::new(Shared { http, upstream: upstream.to_owned(), step: Mutex::default(), recorded: Mutex::default() });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().fallback(pass).with_state(Arc::clone(&shared));
    let stop = CancellationToken::new();
    tokio::spawn({
        let stop = stop.clone();
        async move { stop.run_until_cancelled(std::future::IntoFuture::into_future(axum::serve(listener, app))).await }
    });
    Recorder { base_url, shared, _stop: stop.drop_guard() }
}

impl Recorder {
    /// Where the client sends its calls.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// What comes next belongs to this operation.
    pub fn begin(&self, number: u16, step: &Step) {
        *self.shared.step.lock().unwrap() = Some((number, step.operation.to_owned()));
    }

    /// Everything so far.
    pub fn recorded(&self) -> Vec<Exchange> {
        self.shared.recorded.lock().unwrap().clone()
    }
}

async fn pass(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, BYTES).await.unwrap();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let mut headers = parts.headers.clone();
    OF_CONNECTION.iter().for_each(|name| drop(headers.remove(name)));
    let sent = shared.http.request(parts.method.clone(), format!("{}{path}", shared.upstream)).headers(headers).body(body.clone()).send().await;
    let (status, mut headers, answer) = match sent {
        Ok(mut response) => {
            let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
            (status, headers, response.bytes().await.unwrap_or_default())
        }
        Err(error) => (axum::http::StatusCode::BAD_GATEWAY, HeaderMap::new(), error.to_string().into()),
    };
    let (number, operation) = shared.step.lock().unwrap().clone().unwrap_or_default();
    shared.recorded.lock().unwrap().push(Exchange {
        number,
        operation,
        request: Asked { method: parts.method.to_string(), path, headers: named(&parts.headers), body: written(&body) },
        response: Answered { status: status.as_u16(), headers: named(&headers), body: written(&answer) },
    });
    OF_CONNECTION.iter().for_each(|name| drop(headers.remove(name)));
    (status, headers, Body::from(answer)).into_response()
}

fn named(headers: &HeaderMap) -> BTreeMap<String, String> {
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())).collect()
}

fn written(body: &Bytes) -> Value {
    std::str::from_utf8(body).map_or_else(|_| json!({"base64": STANDARD.encode(body)}), |text| Value::String(text.to_owned()))
}

/// Writes exchanges down, one a line.
pub fn lines(exchanges: impl Iterator<Item = Value>) -> String {
    exchanges.map(|exchange| format!("{exchange}\n")).collect()
}

/// For a message: which call it was.
pub fn told(api: Api, exchange: &Exchange) -> String {
    format!("{api} {} `{}` {} {} -> {}", exchange.number, exchange.operation, exchange.request.method, exchange.request.path, exchange.response.status)
}
