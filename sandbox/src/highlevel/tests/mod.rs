//! The simulator as its callers see it, over real HTTP on loopback.
#![allow(clippy::unwrap_used)]

mod access;
mod agency;
mod calendars;
mod contacts;
mod conversations;
mod messages;
mod oauth;
mod opportunities;
mod records;
mod webhooks;

use super::*;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    routing::post,
};
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

const TOKEN: &str = "pit-of-studio";
const PLACE: &str = "studioLocation000001";
const OTHER: &str = "otherLocation0000001";

struct World {
    handle: Handle,
    http: reqwest::Client,
    _stop: tokio_util::sync::DropGuard,
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build().unwrap()
}

async fn started(options: Options) -> World {
    let http = client();
    let stop = CancellationToken::new();
    let handle = Service::start(options, stop.clone()).await.unwrap();
    World { handle, http, _stop: stop.drop_guard() }
}

fn at_once(id: &str, token: &str) -> LocationOptions {
    LocationOptions { search_lag: SearchLag::NONE, ..LocationOptions::new(id, token) }
}

/// Two locations without limits, found by search at once.
async fn studio() -> World {
    let locations = vec![at_once(PLACE, TOKEN), at_once(OTHER, "pit-of-other")];
    started(Options { locations, limits: Limits::lifted(), ..Options::default() }).await
}

impl World {
    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.handle.base_url())
    }

    fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method.parse().unwrap(), self.url(path)).bearer_auth(TOKEN).header("Version", "2021-07-28")
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        answer(self.request("GET", path)).await
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        answer(self.request("POST", path).json(&body)).await
    }

    async fn put(&self, path: &str, body: Value) -> (u16, Value) {
        answer(self.request("PUT", path).json(&body)).await
    }

    async fn delete(&self, path: &str) -> (u16, Value) {
        answer(self.request("DELETE", path)).await
    }

    fn ada(&self) -> String {
        self.handle.create_contact(PLACE, json!({"firstName": "Ada", "lastName": "L", "email": "ada@example.com", "phone": "+12025550100"})).unwrap()
    }
}

async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    (status, serde_json::from_str(&response.text().await.unwrap()).unwrap_or(Value::Null))
}

/// What our receiver got: event, headers, raw body.
type Got = (String, HeaderMap, Bytes);

#[derive(Clone)]
struct Receiver {
    got: mpsc::Sender<Got>,
    answers: Arc<Mutex<VecDeque<u16>>>,
}

/// Answers with these statuses first, and then 200.
async fn receiver(answers: &[u16]) -> (String, mpsc::Receiver<Got>) {
    async fn take(State(receiver): State<Receiver>, uri: Uri, headers: HeaderMap, body: Bytes) -> StatusCode {
        let event = uri.path().rsplit('/').next().unwrap().to_owned();
        let status = receiver.answers.lock().unwrap().pop_front().unwrap_or(200);
        receiver.got.send((event, headers, body)).await.unwrap();
        StatusCode::from_u16(status).unwrap()
    }
    let (sender, got) = mpsc::channel(4096);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/webhooks/highlevel", listener.local_addr().unwrap());
    let state = Receiver { got: sender, answers: Arc::new(Mutex::new(answers.iter().copied().collect())) };
    let app = Router::new().route("/{*path}", post(take)).with_state(state);
    tokio::spawn(async move { axum::serve(listener, app).await });
    (base, got)
}

async fn next(got: &mut mpsc::Receiver<Got>) -> (String, Value) {
    let (event, _, body) = tokio::time::timeout(Duration::from_secs(10), got.recv()).await.unwrap().unwrap();
    (event, serde_json::from_slice(&body).unwrap())
}

async fn until_quiet(handle: &Handle) {
    let waited = tokio::time::timeout(Duration::from_secs(20), async {
        while !handle.quiet() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    waited.await.unwrap();
}

fn ids(rows: &Value) -> Vec<String> {
    rows.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}
