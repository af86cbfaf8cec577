//! The simulator as its callers see it, over real HTTP on loopback.
#![allow(clippy::unwrap_used)]

use super::*;
use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::Uri, routing::post};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

const TOKEN: &str = "token-of-studio";

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build().unwrap()
}

struct World {
    handle: Handle,
    http: reqwest::Client,
    _stop: tokio_util::sync::DropGuard,
}

async fn started(options: Options) -> World {
    let http = client();
    let stop = CancellationToken::new();
    let handle = Service::start(options, stop.clone()).await.unwrap();
    World { handle, http, _stop: stop.drop_guard() }
}

async fn studio() -> World {
    let accounts = vec![AccountOptions::rest("studio", TOKEN), AccountOptions::rest("other", "token-of-other")];
    started(Options { accounts, ..Options::default() }).await
}

impl World {
    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.handle.base_url())
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        answer(self.http.get(self.url(path)).bearer_auth(TOKEN)).await
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        answer(self.http.post(self.url(path)).bearer_auth(TOKEN).json(&body)).await
    }
}

async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    (status, serde_json::from_str(&response.text().await.unwrap()).unwrap_or(Value::Null))
}

/// What our receiver got: path, headers, raw body.
type Got = (String, HeaderMap, Bytes);

async fn receiver() -> (String, mpsc::Receiver<Got>) {
    async fn take(State(sender): State<mpsc::Sender<Got>>, uri: Uri, headers: HeaderMap, body: Bytes) {
        sender.send((uri.path().to_owned(), headers, body)).await.unwrap();
    }
    let (sender, got) = mpsc::channel(1024);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().route("/{*path}", post(take)).with_state(sender);
    tokio::spawn(async move { axum::serve(listener, app).await });
    (base, got)
}

async fn next(got: &mut mpsc::Receiver<Got>) -> (String, HeaderMap, Value) {
    let (path, headers, body) = tokio::time::timeout(Duration::from_secs(10), got.recv()).await.unwrap().unwrap();
    (path, headers, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn pages_show_every_record_once_though_all_share_one_moment() {
    let accounts = vec![AccountOptions::rest("studio", TOKEN)];
    let world = started(Options { accounts, clock_grain: Duration::from_secs(86_400), ..Options::default() }).await;
    for n in 0..25 {
        world.handle.create_contact("studio", json!({"first_name": format!("Person {n}")})).unwrap();
    }
    let mut ids = Vec::new();
    let mut moments = BTreeSet::new();
    let mut cursor = String::new();
    loop {
        let (status, page) = world.get(&format!("/v1/contacts?limit=4&updated_since=2020-01-01T00:00:00Z&cursor={cursor}")).await;
        assert_eq!(status, 200);
        for item in page["items"].as_array().unwrap() {
            ids.push(item["id"].as_str().unwrap().to_owned());
            moments.insert(item["updated_at"].as_str().unwrap().to_owned());
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(moments.len(), 1, "all of one moment");
    assert_eq!(ids.len(), 25);
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 25);
    let since = moments.first().unwrap();
    let (_, page) = world.get(&format!("/v1/contacts?limit=100&updated_since={since}")).await;
    assert_eq!(page["items"].as_array().unwrap().len(), 25, "updated_since is inclusive");
}

#[tokio::test]
async fn the_mark_finds_a_record_and_shows_a_doubled_one() {
    let world = studio().await;
    let body = json!({"first_name": "Ada", "email": "Ada@Example.com", "external_id": "hl-1"});
    let (status, first) = world.post("/v1/contacts", body.clone()).await;
    assert_eq!(status, 201);
    let (_, page) = world.get("/v1/contacts?external_id=hl-1").await;
    assert_eq!(page["items"], json!([first]));
    assert_eq!(world.post("/v1/contacts", body).await.0, 201);
    assert_eq!(world.handle.find_by_mark("studio", Resource::Contact, "hl-1").len(), 2);
    let (_, page) = world.get("/v1/contacts?email=ada@example.com").await;
    assert_eq!(page["items"].as_array().unwrap().len(), 2, "e-mail is compared without case");
    assert!(world.handle.records("other", Resource::Contact).is_empty(), "another account sees nothing");
    assert_eq!(world.get("/v1/contacts?colour=red").await.0, 400, "an unknown filter must not widen the answer");
}

#[tokio::test]
async fn a_patch_raises_the_revision_and_a_stale_one_is_refused() {
    let world = studio().await;
    let contact = world.handle.create_contact("studio", json!({"first_name": "Ada", "city": "Bern"})).unwrap();
    let url = world.url(&format!("/v1/contacts/{}", contact.id));
    let patch = |revision: &'static str, body: Value| answer(world.http.patch(&url).bearer_auth(TOKEN).header("If-Match", revision).json(&body));
    let (status, changed) = patch("1", json!({"city": null, "tags": ["vip"]})).await;
    assert_eq!((status, changed["revision"].as_u64()), (200, Some(2)));
    assert_eq!(changed.get("city"), None, "null clears");
    assert!(changed["updated_at"].as_str() >= Some(&super::fields::moment(contact.updated_at)));
    let (status, problem) = patch("1", json!({"city": "Basel"})).await;
    assert_eq!((status, problem["error"]["code"].as_str()), (412, Some("revision_mismatch")));
    let (status, same) = patch("2", json!({"tags": ["vip"]})).await;
    assert_eq!((status, same["revision"].as_u64()), (200, Some(2)), "nothing changed, nothing grows");
    let (status, problem) = patch("2", json!({"shoe_size": "44"})).await;
    assert_eq!((status, problem["error"]["field"].as_str()), (422, Some("shoe_size")));
}

#[tokio::test]
async fn only_the_accounts_own_token_opens_it() {
    let world = studio().await;
    assert_eq!(answer(world.http.get(world.url("/v1/contacts"))).await.0, 401);
    let foreign = world.http.get(world.url("/v1/contacts")).bearer_auth(TOKEN).header("X-Partner-Account", "other");
    assert_eq!(answer(foreign).await.0, 403);
    let form = [("grant_type", "client_credentials"), ("client_id", "studio"), ("client_secret", TOKEN)];
    let (status, issued) = answer(world.http.post(world.url("/v1/oauth/token")).form(&form)).await;
    assert_eq!(status, 200);
    let token = issued["access_token"].as_str().unwrap();
    assert_eq!(answer(world.http.get(world.url("/v1/contacts")).bearer_auth(token)).await.0, 200);
    let form = [("grant_type", "client_credentials"), ("client_id", "other"), ("client_secret", TOKEN)];
    assert_eq!(answer(world.http.post(world.url("/v1/oauth/token")).form(&form)).await.0, 401);
}

#[tokio::test]
async fn beyond_the_limit_a_call_gets_429_and_is_told_how_long() {
    let world = studio().await;
    world.handle.set_limits(Limits { requests: Some(2), window: Duration::from_secs(60) });
    let call = || world.http.get(world.url("/v1/notes")).bearer_auth(TOKEN).send();
    let first = call().await.unwrap();
    assert_eq!(first.headers()["x-ratelimit-limit"], "2");
    assert_eq!(first.headers()["x-ratelimit-remaining"], "1");
    assert_eq!(call().await.unwrap().headers()["x-ratelimit-remaining"], "0");
    let refused = call().await.unwrap();
    assert_eq!(refused.status().as_u16(), 429);
    let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait));
    world.handle.set_limits(Limits::lifted());
    assert_eq!(call().await.unwrap().status().as_u16(), 200);
}

#[tokio::test]
async fn a_scheduled_message_can_be_cancelled_and_a_sent_one_not() {
    let world = studio().await;
    let contact = world.handle.create_contact("studio", json!({"first_name": "Ada"})).unwrap();
    let message = json!({"contact_id": contact.id, "channel": "SMS", "body": "see you", "scheduled_at": "2999-01-01T00:00:00Z"});
    let scheduled = world.handle.add_message("studio", message).unwrap();
    assert_eq!(scheduled.text("status"), Some("scheduled"));
    assert_eq!(world.handle.cancel_message("studio", &scheduled.id).unwrap().text("status"), Some("cancelled"));
    let sent = world.handle.add_message("studio", json!({"contact_id": contact.id, "body": "now"})).unwrap();
    assert_eq!(sent.text("status"), Some("sent"));
    let refused = world.handle.cancel_message("studio", &sent.id).unwrap_err();
    assert!(matches!(refused, Error::Refused(Problem { status: 409, .. })));
    let orphan = world.handle.add_message("studio", json!({"contact_id": "contact-99999999", "body": "now"}));
    assert!(matches!(orphan.unwrap_err(), Error::Refused(Problem { status: 422, .. })));
}

#[tokio::test]
async fn changes_are_posted_in_order_with_the_secret() {
    let (base, mut got) = receiver().await;
    let account = AccountOptions::rest("studio", TOKEN).webhook(format!("{base}/webhooks/17hats/studio/event"), "hush");
    let world = started(Options { accounts: vec![account], ..Options::default() }).await;
    let contact = world.handle.create_contact("studio", json!({"first_name": "Ada"})).unwrap();
    for city in ["Bern", "Basel", "Chur"] {
        world.handle.update_contact("studio", &contact.id, json!({"city": city})).unwrap();
    }
    for revision in 1..=4 {
        let (path, headers, body) = next(&mut got).await;
        assert_eq!(path, "/webhooks/17hats/studio/event");
        assert_eq!(headers["x-hatbridge-secret"], "hush");
        assert_eq!(body["data"]["revision"], json!(revision));
        assert_eq!(body["type"], json!(if revision == 1 { "contact.created" } else { "contact.updated" }));
        assert_eq!(body["account"], json!("studio"));
    }
}

#[tokio::test]
async fn a_signed_webhook_told_to_come_twice_comes_twice_under_one_id() {
    let (base, mut got) = receiver().await;
    let account = AccountOptions {
        webhook_auth: WebhookAuth::HmacSha256,
        delivery: Delivery { duplicate: 1.0, ..Delivery::default() },
        ..AccountOptions::rest("studio", TOKEN).webhook(format!("{base}/event"), "hush")
    };
    let world = started(Options { accounts: vec![account], ..Options::default() }).await;
    world.handle.create_contact("studio", json!({"first_name": "Ada"})).unwrap();
    let (_, headers, first) = tokio::time::timeout(Duration::from_secs(10), got.recv()).await.unwrap().unwrap();
    assert_eq!(headers["x-partner-signature"], super::signature::hmac_sha256(b"hush", &first).as_str());
    assert!(!headers.contains_key("x-hatbridge-secret"));
    let (_, _, second) = next(&mut got).await;
    assert_eq!(serde_json::from_slice::<Value>(&first).unwrap(), second);
}

#[tokio::test]
async fn a_catch_hook_answers_at_once_acts_later_and_the_mark_comes_back() {
    const WAIT: Duration = Duration::from_millis(300);
    let (base, mut got) = receiver().await;
    let account = AccountOptions::zapier("shop").webhook(format!("{base}/webhooks/17hats/shop"), "hush");
    let world = started(Options { accounts: vec![account], ..Options::default() }).await;
    let ada = json!({"first_name": "Ada", "type": "lead", "email": "ada@example.com", "notes": "met at the fair"});
    let hook = world.handle.hook_url("shop", "find_or_create_contact");
    let asked = Instant::now();
    let (status, said) = answer(world.http.post(&hook).json(&ada)).await;
    assert_eq!((status, said["status"].as_str()), (200, Some("success")));
    assert!(said["id"].is_string() && said["attempt"].is_string() && said["request_id"].is_string());
    let (path, headers, body) = next(&mut got).await;
    assert!(asked.elapsed() >= WAIT, "it acts later");
    assert_eq!(path, "/webhooks/17hats/shop/new_contact");
    assert_eq!(headers["x-hatbridge-secret"], "hush");
    assert_eq!(body["primary_email_address"], json!("ada@example.com"));

    let update = json!({"Primary E-mail Address": "ADA@example.com", "Notes": "[hatbridge:hl:c1] summary", "Tags": "conversation, vip"});
    let (status, _) = answer(world.http.post(world.handle.hook_url("shop", "update_contact")).json(&update)).await;
    assert_eq!(status, 200);
    let (path, _, body) = next(&mut got).await;
    assert_eq!(path, "/webhooks/17hats/shop/updated_contact");
    assert_eq!(body["notes"], json!("met at the fair\n[hatbridge:hl:c1] summary"));
    assert_eq!(body["tags"], json!("conversation, vip"));
    assert_eq!(world.handle.records("shop", Resource::Contact).len(), 1);
    assert_eq!(answer(world.http.get(world.url("/v1/contacts")).bearer_auth("")).await.0, 401, "no rest door");
    assert_eq!(answer(world.http.post(world.handle.hook_url("shop", "create_ticket")).json(&ada)).await.0, 404);
}

#[tokio::test]
async fn a_lost_answer_is_applied_all_the_same() {
    let world = studio().await;
    world.handle.faults().once(crate::faults::Decision::LoseAnswer);
    let body = json!({"first_name": "Ada", "external_id": "hl-7"});
    let sent = world.http.post(world.url("/v1/contacts")).bearer_auth(TOKEN).json(&body).send().await;
    assert!(sent.is_err(), "no answer comes");
    let (_, page) = world.get("/v1/contacts?external_id=hl-7").await;
    assert_eq!(page["items"].as_array().unwrap().len(), 1, "the probe finds it");
}

#[tokio::test]
async fn a_scheduled_message_is_sent_when_its_time_has_come() {
    let (base, mut got) = receiver().await;
    let account = AccountOptions::rest("studio", TOKEN).webhook(format!("{base}/event"), "hush");
    let world = started(Options { accounts: vec![account], ..Options::default() }).await;
    let contact = world.handle.create_contact("studio", json!({"first_name": "Ada"})).unwrap();
    let soon = super::fields::moment(jiff::Timestamp::now().as_microsecond() + 200_000);
    let message = json!({"contact_id": contact.id, "body": "soon", "scheduled_at": soon});
    let scheduled = world.handle.add_message("studio", message).unwrap();
    assert_eq!(scheduled.text("status"), Some("scheduled"));
    // The contact, the message that waits, the message that was sent: one contact's posts keep their order.
    let statuses = [next(&mut got).await.2, next(&mut got).await.2, next(&mut got).await.2].map(|body| body["data"]["status"].as_str().map(str::to_owned));
    assert_eq!(statuses, [None, Some("scheduled".to_owned()), Some("sent".to_owned())]);
}

#[tokio::test]
async fn an_update_hook_that_finds_nobody_is_a_failed_run_nobody_hears_of() {
    let world = started(Options { accounts: vec![AccountOptions::zapier("shop")], ..Options::default() }).await;
    let hook = world.handle.hook_url("shop", "update_contact");
    let (status, said) = answer(world.http.post(hook).json(&json!({"email": "nobody@example.com"}))).await;
    assert_eq!((status, said["status"].as_str()), (200, Some("success")));
    assert!(!world.handle.quiet(), "it waits to act");
    let waited = tokio::time::timeout(Duration::from_secs(10), async {
        while !world.handle.quiet() {
            tokio::task::yield_now().await;
        }
    });
    waited.await.unwrap();
    assert_eq!(world.handle.zap_runs(), ZapRuns { done: 0, failed: 1, waiting: 0 });
    assert!(world.handle.records("shop", Resource::Contact).is_empty());
}

/// The file that clients run from and the routes and fields served here are one contract.
#[tokio::test]
async fn the_contract_file_says_what_is_served() {
    let contract: toml::Table = toml::from_str(include_str!("../../../systems/contracts/seventeen_hats.toml")).unwrap();
    let resources = contract["resources"].as_table().unwrap();
    assert_eq!(resources.len(), Resource::ALL.len());
    let world = studio().await;
    for (name, resource) in resources {
        let known = Resource::from_plural(name).unwrap();
        assert_eq!(resource["singular"].as_str(), Some(known.singular()));
        for (ours, wire) in resource["fields"].as_table().unwrap() {
            assert_eq!(Some(ours.as_str()), wire.as_str(), "the sandbox serves hatbridge's own names");
            assert!(known.fields().iter().any(|field| field.name == ours), "{name}.{ours}");
        }
        let moments = known.fields().iter().filter(|field| matches!(field.kind, super::fields::Kind::Moment));
        let times: Vec<_> = resource["times"].as_array().unwrap().iter().filter_map(|time| time.as_str()).collect();
        assert_eq!(moments.map(|field| field.name).collect::<Vec<_>>(), times, "{name}");
        let filters: BTreeSet<_> = resource["filters"].as_table().unwrap().keys().map(String::as_str).collect();
        assert_eq!(filters, known.filters().iter().copied().collect(), "{name}");
        let path = format!("{}{}", contract["base_path"].as_str().unwrap(), resource["path"].as_str().unwrap());
        assert_eq!(world.get(&path).await, (200, json!({"items": [], "next_cursor": null})));
        let operations = resource["operations"].as_array().unwrap();
        let searchable = operations.iter().any(|operation| operation.as_str() == Some("search"));
        assert_eq!(searchable, known.searchable(), "{name}");
    }
}

#[tokio::test]
async fn a_person_can_act_over_the_control_api() {
    let world = studio().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/_control/seventeen_hats", listener.local_addr().unwrap());
    let app = control_router(world.handle.clone());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let post = |path: String, body: Value| answer(world.http.post(format!("{base}{path}")).json(&body));
    let (status, contact) = post("/accounts/studio/contacts".to_owned(), json!({"first_name": "Ada"})).await;
    assert_eq!(status, 201);
    let (status, ticket) = post("/accounts/studio/tickets".to_owned(), json!({"contact_id": contact["id"], "subject": "Proofs"})).await;
    assert_eq!((status, ticket["status"].as_str()), (201, Some("open")));
    let id = ticket["id"].as_str().unwrap();
    let (status, closed) = post(format!("/accounts/studio/tickets/{id}/close"), json!({})).await;
    assert_eq!((status, closed["status"].as_str()), (200, Some("closed")));
    let url = json!({"url": "http://127.0.0.1:9/event"});
    assert_eq!(answer(world.http.put(format!("{base}/accounts/studio/webhook")).json(&url)).await.0, 204);
    let late = json!({"delay_ms": [5, 9], "duplicate": 0.5});
    assert_eq!(answer(world.http.put(format!("{base}/accounts/studio/delivery")).json(&late)).await.0, 204);
    assert_eq!(answer(world.http.put(format!("{base}/limits")).json(&json!({"requests": null}))).await.0, 204);
    let (_, dump) = answer(world.http.get(format!("{base}/accounts/studio"))).await;
    assert_eq!(dump["tickets"], json!([closed]));
    assert_eq!(answer(world.http.get(format!("{base}/accounts/nobody"))).await.0, 404);
}
