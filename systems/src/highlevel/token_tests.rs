//! Renewal against a token endpoint over loopback, and a store in memory.
#![allow(clippy::unwrap_used)]
use super::super::{HighLevel, requests};
use super::*;
use crate::quota::{NoQuota, Priority};
use async_trait::async_trait;
use axum::extract::{Form, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Mutex as Std;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use tokio::sync::Semaphore;

/// The other side, and what happened in which order.
#[derive(Debug)]
struct World {
    log: Std<Vec<String>>,
    /// The access token that is accepted now; the refresh token that works once.
    accepted: Std<String>,
    refresh: Std<String>,
    refreshes: AtomicU32,
    /// What the token endpoint does instead of answering: statuses, the next one first.
    fails: Std<Vec<(u16, Value)>>,
    /// What calls are refused with instead.
    refusal: Std<Option<(u16, &'static str)>>,
    /// Refreshes wait for a permit.
    gate: Semaphore,
    stored: Std<Option<OAuthTokens>>,
    locked: AtomicBool,
    saves_fail: AtomicBool,
}

impl World {
    fn new(access: &str, expires_in_s: i64) -> Arc<Self> {
        let stored = OAuthTokens { access: access.into(), refresh: "r0".into(), expires_at: moment::now() + expires_in_s * 1_000_000, scope: None };
        Arc::new(Self {
            log: Std::default(),
            accepted: Std::new("a1".to_owned()),
            refresh: Std::new("r0".to_owned()),
            refreshes: AtomicU32::new(0),
            fails: Std::default(),
            refusal: Std::default(),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
            stored: Std::new(Some(stored)),
            locked: AtomicBool::new(false),
            saves_fail: AtomicBool::new(false),
        })
    }

    fn log(&self, what: impl Into<String>) {
        self.log.lock().unwrap().push(what.into());
    }

    fn logged(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    fn refreshes(&self) -> u32 {
        self.refreshes.load(SeqCst)
    }
}

#[derive(Debug)]
struct Memory(Arc<World>);

#[async_trait]
impl TokenStore for Memory {
    async fn load(&self, _: &TenantId) -> Result<Option<OAuthTokens>, TokenError> {
        Ok(self.0.stored.lock().unwrap().clone())
    }

    async fn save(&self, _: &TenantId, tokens: &OAuthTokens) -> Result<(), TokenError> {
        if self.0.saves_fail.load(SeqCst) {
            return Err(TokenError("the disk is full".to_owned()));
        }
        *self.0.stored.lock().unwrap() = Some(tokens.clone());
        self.0.log(format!("saved {}", tokens.access.expose_secret()));
        Ok(())
    }

    async fn lock(&self, _: &TenantId, _: Duration) -> Result<bool, TokenError> {
        Ok(self.0.locked.compare_exchange(false, true, SeqCst, SeqCst).is_ok())
    }

    async fn unlock(&self, _: &TenantId) -> Result<(), TokenError> {
        self.0.locked.store(false, SeqCst);
        Ok(())
    }
}

async fn token(State(world): State<Arc<World>>, Form(form): Form<HashMap<String, String>>) -> (StatusCode, Json<Value>) {
    world.gate.acquire().await.unwrap().forget();
    let number = world.refreshes.fetch_add(1, SeqCst) + 1;
    assert_eq!((form["client_id"].as_str(), form["client_secret"].as_str(), form["user_type"].as_str()), ("app", "secret", "Location"));
    let next = world.fails.lock().unwrap().pop();
    if let Some((status, body)) = next {
        return (StatusCode::from_u16(status).unwrap(), Json(body));
    }
    let mut refresh = world.refresh.lock().unwrap();
    if form["grant_type"] != "refresh_token" || form["refresh_token"] != *refresh {
        return (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_grant", "error_description": "refresh token is invalid"})));
    }
    *refresh = format!("r{number}");
    *world.accepted.lock().unwrap() = format!("a{number}");
    world.log(format!("refreshed a{number}"));
    let body = json!({"access_token": format!("a{number}"), "refresh_token": *refresh, "expires_in": 86_399, "userType": "Location"});
    (StatusCode::OK, Json(body))
}

async fn contact(State(world): State<Arc<World>>, Path(id): Path<String>, headers: HeaderMap) -> (StatusCode, Json<Value>) {
    let bearer = headers["authorization"].to_str().unwrap().trim_start_matches("Bearer ").to_owned();
    world.log(format!("called with {bearer}"));
    if let Some((status, words)) = *world.refusal.lock().unwrap() {
        return (StatusCode::from_u16(status).unwrap(), Json(json!({"message": words})));
    }
    if bearer != *world.accepted.lock().unwrap() {
        return (StatusCode::UNAUTHORIZED, Json(json!({"message": "Invalid JWT", "traceId": "t-1"})));
    }
    assert_eq!(headers["version"], "2021-07-28");
    (StatusCode::OK, Json(json!({"contact": {"id": id}})))
}

async fn serve(world: &Arc<World>) -> Url {
    let router = Router::new().route("/oauth/token", post(token)).route("/contacts/{id}", get(contact)).with_state(Arc::clone(world));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    base
}

fn client(world: &Arc<World>, base_url: &Url, private: Option<&str>) -> HighLevel {
    let credentials = match private {
        Some(token) => Credentials::PrivateToken(token.into()),
        None => Credentials::OAuth { client_id: "app".into(), client_secret: "secret".into(), store: Arc::new(Memory(Arc::clone(world))) },
    };
    let timeout = Duration::from_secs(5);
    let options = Options {
        base_url: base_url.clone(),
        tenant: "shop".into(),
        location_id: "L".into(),
        api: super::Api::V2,
        credentials,
        agency: crate::highlevel::Agency::default(),
        timeout,
    };
    HighLevel::new(crate::http_client(timeout, true).unwrap(), options, Arc::new(NoQuota))
}

async fn call(client: &HighLevel) -> Verdict {
    client.call(requests::contact_get("c"), Priority::Live).await
}

fn refusal(verdict: Verdict) -> String {
    match verdict {
        Verdict::Refused(refusal) => refusal.message,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn many_calls_with_an_expired_token_cause_one_refresh_saved_before_use() {
    let world = World::new("old", -5);
    let base = serve(&world).await;
    let client = client(&world, &base, None);
    let calls = (0..20).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { call(&client).await.word() })
    });
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(call.await.unwrap(), "done");
    }
    let log = world.logged();
    assert_eq!(world.refreshes(), 1);
    assert_eq!(log[..2], ["refreshed a1", "saved a1"], "saved before anything is called with it");
    assert!(log[2..].iter().all(|line| line == "called with a1") && log.len() == 22, "{log:?}");
    assert!(!world.locked.load(SeqCst), "the lock is given back");
}

#[tokio::test]
async fn two_processes_refresh_once() {
    let world = World::new("old", -5);
    let base = serve(&world).await;
    let (one, other) = (client(&world, &base, None), client(&world, &base, None));
    let (one, other) = tokio::join!(call(&one), call(&other));
    assert_eq!((one.word(), other.word(), world.refreshes()), ("done", "done", 1));
}

#[tokio::test]
async fn a_token_that_is_refused_though_it_seems_good_is_renewed_once() {
    let world = World::new("old", 80_000);
    let base = serve(&world).await;
    let client = client(&world, &base, None);
    assert_eq!(call(&client).await.word(), "done");
    assert_eq!(world.logged(), ["called with old", "refreshed a1", "saved a1", "called with a1"]);
    // The new one is refused too: something else is wrong, and no second renewal helps.
    *world.accepted.lock().unwrap() = "another".to_owned();
    let message = refusal(call(&client).await);
    assert!(message.starts_with("Invalid JWT (traceId t-1); ") && message.contains("hatbridge connect"), "{message}");
    assert_eq!(world.refreshes(), 1);
}

#[tokio::test]
async fn other_refusals_renew_nothing_and_advise() {
    let world = World::new("a1", 80_000);
    let base = serve(&world).await;
    let oauth = client(&world, &base, None);
    for (status, words, advice) in [
        (401, "The token is not authorized for this scope.", "add the scope to the app"),
        (401, "Token's user type mismatch!", "agency's"),
        (403, "The token does not have access to this location.", "location_id"),
    ] {
        *world.refusal.lock().unwrap() = Some((status, words));
        let message = refusal(call(&oauth).await);
        assert!(message.starts_with(words) && message.contains(advice), "{message}");
    }
    *world.refusal.lock().unwrap() = None;
    let private = client(&world, &base, Some("revoked"));
    let message = refusal(call(&private).await);
    assert!(message.contains("private token is wrong"), "{message}");
    assert_eq!(world.refreshes(), 0);
}

#[tokio::test]
async fn a_token_is_renewed_before_its_end_and_used_on_if_that_fails() {
    let world = World::new("a1", 300);
    world.fails.lock().unwrap().push((429, Value::Null));
    let base = serve(&world).await;
    let client = client(&world, &base, None);
    assert_eq!(call(&client).await.word(), "done");
    assert_eq!(call(&client).await.word(), "done");
    assert_eq!((world.refreshes(), world.logged()), (1, vec!["called with a1".to_owned(); 2]), "tried once, then a pause");
}

#[tokio::test]
async fn a_lost_answer_is_told_tried_once_more_and_then_never_again() {
    let world = World::new("old", -5);
    let gone = json!({"error": "invalid_grant", "error_description": "refresh token is invalid"});
    *world.fails.lock().unwrap() = vec![(400, gone), (502, Value::Null)];
    let base = serve(&world).await;
    let client = client(&world, &base, None);
    let Verdict::Retry(reason) = call(&client).await else { panic!("told") };
    assert!(reason.0.contains("lost (status 502)") && reason.0.contains("grant may be lost"), "{reason}");
    let message = refusal(call(&client).await);
    assert!(message.contains("renewal before was lost") && message.contains("grant is lost") && message.contains("hatbridge connect"), "{message}");
    assert_eq!(refusal(call(&client).await), message);
    assert_eq!(world.refreshes(), 2, "nothing is asked any more");
    assert!(world.logged().is_empty(), "nothing was called");
    // Somebody connects the tenant again.
    let tokens = OAuthTokens { access: "a1".into(), refresh: "r9".into(), expires_at: moment::now() + 80_000_000_000, scope: None };
    *world.stored.lock().unwrap() = Some(tokens);
    assert_eq!(call(&client).await.word(), "done");
}

#[tokio::test]
async fn a_pair_lost_twice_is_given_up() {
    let world = World::new("old", -5);
    *world.fails.lock().unwrap() = vec![(200, json!({})), (503, Value::Null)];
    let base = serve(&world).await;
    let client = client(&world, &base, None);
    assert_eq!(call(&client).await.word(), "retry");
    assert!(refusal(call(&client).await).contains("lost twice"));
    assert_eq!(call(&client).await.word(), "refused");
    assert_eq!(world.refreshes(), 2);
}

#[tokio::test]
async fn a_pair_that_can_not_be_saved_is_kept_and_not_used() {
    let world = World::new("old", -5);
    world.saves_fail.store(true, SeqCst);
    let base = serve(&world).await;
    let client = client(&world, &base, None);
    let Verdict::Retry(reason) = call(&client).await else { panic!("come again") };
    assert!(reason.0.contains("the disk is full"), "{reason}");
    assert_eq!(world.logged(), ["refreshed a1"]);
    world.saves_fail.store(false, SeqCst);
    assert_eq!(call(&client).await.word(), "done");
    assert_eq!(world.logged(), ["refreshed a1", "saved a1", "called with a1"]);
}

#[tokio::test]
async fn a_caller_that_gives_up_loses_no_grant() {
    let world = World::new("old", -5);
    world.gate.forget_permits(Semaphore::MAX_PERMITS);
    let base = serve(&world).await;
    let client = client(&world, &base, None);
    let given_up = tokio::spawn({
        let client = client.clone();
        async move { call(&client).await }
    });
    while !world.locked.load(SeqCst) {
        tokio::task::yield_now().await;
    }
    given_up.abort();
    assert!(given_up.await.unwrap_err().is_cancelled());
    world.gate.add_permits(1);
    assert_eq!(call(&client).await.word(), "done");
    assert_eq!(world.logged(), ["refreshed a1", "saved a1", "called with a1"]);
}

#[tokio::test]
async fn a_tenant_that_is_not_connected_is_told_so() {
    let world = World::new("old", -5);
    *world.stored.lock().unwrap() = None;
    let base = serve(&world).await;
    assert!(refusal(call(&client(&world, &base, None)).await).contains("tenant shop is not connected"));
}

#[tokio::test]
async fn a_code_is_traded_for_tokens() {
    let code = |Form(form): Form<HashMap<String, String>>| async move {
        assert_eq!((form["grant_type"].as_str(), form["redirect_uri"].as_str()), ("authorization_code", "https://x.example/cb"));
        match form["code"].as_str() {
            "good" => (StatusCode::OK, Json(json!({"access_token": "a", "refresh_token": "r", "expires_in": 86_399}))),
            _ => (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_grant", "error_description": "Invalid code"}))),
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/oauth/token", post(code))).await });
    let http = crate::http_client(Duration::from_secs(5), true).unwrap();
    let secret = "secret".into();
    let app = super::oauth::App { client_id: "app", client_secret: &secret, api: super::Api::V2 };
    let trade = async |code: &str| super::super::exchange_code(&http, &base, app, code, "https://x.example/cb").await;
    let tokens = trade("good").await.unwrap();
    assert_eq!((tokens.access.expose_secret(), tokens.refresh.expose_secret()), ("a", "r"));
    assert_eq!(trade("bad").await.unwrap_err().to_string(), "HighLevel gives no tokens (400): Invalid code");
}
