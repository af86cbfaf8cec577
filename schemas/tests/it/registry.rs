//! The registry client. By default against a stand-in written here after Confluent's API reference,
//! which is no proof that a real registry takes it: `cargo xtask registry up` starts a real one
//! (Apicurio Registry) and runs the ignored test against it. For another registry set
//! `HATBRIDGE_TEST_REGISTRY_URL` (Apicurio: `http://127.0.0.1:8080/apis/ccompat/v7`).

use crate::samples;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use hatbridge_schemas::registry::{Registry, RegistryOptions};
use hatbridge_schemas::topics::Topics;
use hatbridge_schemas::wire::{Decoder, Encoder, Frame};
use hatbridge_schemas::{Error, Subject};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the stand-in was told and asked.
#[derive(Default)]
struct StandIn {
    rules: BTreeMap<String, String>,
    subjects: BTreeMap<String, Vec<usize>>,
    schemas: Vec<String>,
    gets: usize,
}

type Shared = Arc<Mutex<StandIn>>;
type Answer = (StatusCode, Json<Value>);

async fn set_rule(State(state): State<Shared>, Path(subject): Path<String>, Json(body): Json<Value>) -> Answer {
    let rule = body["compatibility"].as_str().unwrap().to_owned();
    state.lock().unwrap().rules.insert(subject, rule);
    (StatusCode::OK, Json(body))
}

async fn register(State(state): State<Shared>, Path(subject): Path<String>, Json(body): Json<Value>) -> Answer {
    let text = body["schema"].as_str().unwrap().to_owned();
    if text.contains("Incompatible") {
        return (StatusCode::CONFLICT, Json(json!({"error_code": 409, "message": "incompatible with version 1"})));
    }
    let mut state = state.lock().unwrap();
    let index = state.schemas.iter().position(|known| *known == text).unwrap_or_else(|| {
        state.schemas.push(text);
        state.schemas.len() - 1
    });
    let versions = state.subjects.entry(subject).or_default();
    if !versions.contains(&index) {
        versions.push(index);
    }
    (StatusCode::OK, Json(json!({"id": index + 1})))
}

async fn by_id(State(state): State<Shared>, Path(id): Path<usize>) -> Answer {
    let mut state = state.lock().unwrap();
    state.gets += 1;
    match id.checked_sub(1).and_then(|index| state.schemas.get(index)) {
        Some(text) => (StatusCode::OK, Json(json!({"schema": text}))),
        None => (StatusCode::NOT_FOUND, Json(json!({"error_code": 40403, "message": "Schema not found"}))),
    }
}

fn client(url: &str) -> Registry {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    Registry::new(http, RegistryOptions { url: url.parse().unwrap(), timeout: Duration::from_secs(10), credentials: None })
}

async fn stand_in() -> (Registry, Shared) {
    let state = Shared::default();
    let router = Router::new()
        .route("/base/config/{subject}", put(set_rule))
        .route("/base/subjects/{subject}/versions", post(register))
        .route("/base/schemas/ids/{id}", get(by_id))
        .route("/base/schemas/types", get(|| async { Json(json!(["AVRO"])) }))
        .with_state(Arc::clone(&state));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/base/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (client(&url), state)
}

/// What must hold with any registry.
async fn exercise(registry: &Registry, topics: &Topics) {
    registry.ping().await.unwrap();
    let encoder = Encoder::registered(registry, topics).await.unwrap();
    let again = Encoder::registered(registry, topics).await.unwrap();
    // A decoder of its own, which knows no id yet, and one that also reads what was written before.
    let decoder = Decoder::registered(registry.clone());
    for (name, event) in samples::events() {
        let value = encoder.encode(&event).unwrap();
        assert_eq!(value[0], 0, "Confluent's framing");
        assert!(Frame::split(&value).unwrap().0 == Frame::split(&again.encode(&event).unwrap()).unwrap().0, "the id stays");
        assert!(decoder.decode(&value).await.unwrap() == event, "{name}");
        let unregistered = Encoder::shipped().encode(&event).unwrap();
        assert!(decoder.decode(&unregistered).await.unwrap() == event, "{name}");
    }
    for (name, letter) in samples::dead_letters() {
        let value = encoder.encode_dead_letter(&letter).unwrap();
        assert!(decoder.decode_dead_letter(&value).await.unwrap() == letter, "{name}");
        assert!(matches!(decoder.decode(&value).await, Err(Error::WrongRecord { .. })));
    }
    let missing = Frame::Registry { id: 999_999 }.wrap(b"x");
    let error = decoder.decode(&missing).await.unwrap_err();
    assert!(matches!(error, Error::RegistryRefused { status: 404, .. }), "{error}");
    assert!(!error.is_retryable());
}

/// Against the stand-in.
#[tokio::test]
async fn records_go_through_a_registry_and_back() {
    let (registry, state) = stand_in().await;
    let topics = Topics::new("shop").unwrap();
    exercise(&registry, &topics).await;
    let state = state.lock().unwrap();
    assert_eq!(state.gets, 3, "each id is asked for once, and the missing one");
    for topic in topics.all() {
        let subject = format!("{topic}-value");
        assert_eq!(state.rules[&subject], "BACKWARD_TRANSITIVE");
        let subject_of = if topic == topics.dead_letters() { Subject::DeadLetter } else { Subject::Event };
        assert_eq!(state.subjects[&subject].len(), subject_of.texts().len(), "every version is registered");
    }
}

/// Against the stand-in.
#[tokio::test]
async fn many_readers_meeting_a_new_id_ask_once() {
    let (registry, state) = stand_in().await;
    let id = registry.register_shipped(Subject::Event, "t").await.unwrap();
    let asks = (0..50).map(|_| {
        let registry = registry.clone();
        tokio::spawn(async move { registry.schema_by_id(id).await.unwrap() })
    });
    for ask in asks.collect::<Vec<_>>() {
        assert_eq!(Some(&&*ask.await.unwrap()), Subject::Event.texts().last());
    }
    assert_eq!(state.lock().unwrap().gets, 1);
}

/// Against the stand-in.
#[tokio::test]
async fn a_refused_schema_says_what_to_do() {
    let (registry, _) = stand_in().await;
    let error = registry.register("s", r#"{"type":"Incompatible"}"#).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("409") && text.contains("incompatible with version 1"), "{text}");
    assert!(text.contains("hatbridge schemas check"), "{text}");
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn a_registry_that_is_away_is_worth_another_try_and_its_password_stays_out() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://someone:secret@{}/", free.local_addr().unwrap());
    drop(free);
    let error = client(&url).ping().await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert!(!format!("{error:?} {error}").contains("secret"), "{error:?}");
}

/// Against a real registry.
#[tokio::test]
#[ignore = "needs a registry: set HATBRIDGE_TEST_REGISTRY_URL"]
async fn a_real_registry_takes_our_schemas() {
    let url = std::env::var("HATBRIDGE_TEST_REGISTRY_URL").expect("set HATBRIDGE_TEST_REGISTRY_URL");
    let registry = client(&url);
    let topics = Topics::new(&format!("test-{}", std::process::id())).unwrap();
    exercise(&registry, &topics).await;
    let subject = format!("{}-value", topics.results());
    let incompatible = Subject::Event.texts()[0].replacen(r#""name": "tenant""#, r#""name": "shop""#, 1);
    let error = registry.register(&subject, &incompatible).await.unwrap_err();
    assert!(matches!(error, Error::RegistryRefused { status: 409, .. }), "{error}");
}
