//! The client against a small API over loopback that speaks a renamed contract.
#![allow(clippy::unwrap_used)]
use super::super::contract::tests_changed as changed;
use super::super::fields::{contact_fields, contact_from};
use super::*;
use crate::Effect;
use crate::http_client;
use crate::quota::{NoQuota, QuotaError};
use async_trait::async_trait;
use axum::extract::{Form, Path, State};
use axum::http::{HeaderMap as Headers, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use hatbridge_schemas::Contact;
use serde_json::json;
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

fn rest_at(base: &str, contract: Contract, credentials: &str, quota: Arc<dyn Quota>) -> Rest {
    let options = RestOptions { base_url: base.parse().unwrap(), tenant: "shop".into(), account: "acme".into(), contract, credentials: credentials.into() };
    Rest::new(http_client(Duration::from_secs(2), true).unwrap(), options, quota)
}

fn rest(contract: Contract) -> Rest {
    rest_at("http://127.0.0.1:1", contract, "token", Arc::new(NoQuota))
}

fn shape(request: &Request) -> String {
    let query: Vec<_> = request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{} {}?{} {} {}", request.method, request.path, query.join("&"), request.effect, request.operation)
}

#[test]
fn requests_follow_the_contract() {
    let rest = rest(Contract::builtin());
    let query = ListQuery { updated_since: Some(1_795_512_600_000_001), cursor: Some("c".into()), include_deleted: true, limit: None, filters: vec![] };
    let by_mark = ListQuery { filters: vec![("external_id", "C1".into())], limit: Some(2), ..ListQuery::default() };
    for (request, expected) in [
        (
            rest.list(Resource::Contacts, &query),
            "GET /v1/contacts?updated_since=2026-11-24T09:30:00.000001Z&limit=100&include_deleted=true&cursor=c read contacts.list",
        ),
        (rest.list(Resource::Messages, &by_mark), "GET /v1/messages?external_id=C1&limit=2 read messages.list"),
        (rest.search(Resource::Tickets, "roof"), "GET /v1/tickets/search?q=roof&limit=100 read tickets.search"),
        (rest.get(Resource::Todos, "a/b"), "GET /v1/todos/a%2Fb? read todos.get"),
        (rest.create(Resource::Notes, Map::new()), "POST /v1/notes? probe notes.create"),
        (rest.update(Resource::Events, "e", Map::new(), Some("3")), "PATCH /v1/events/e? idempotent events.update"),
        (rest.delete(Resource::Projects, "p"), "DELETE /v1/projects/p? idempotent projects.delete"),
    ] {
        assert_eq!(shape(&request), expected);
        assert_eq!(request.impossible, None);
    }
    assert_eq!(rest.create(Resource::Notes, Map::new()).expects, Some("/id"));
    assert_eq!(rest.update(Resource::Events, "e", Map::new(), Some("3")).headers, [("If-Match".to_owned(), "3".to_owned())]);
}

#[tokio::test]
async fn what_the_contract_lacks_is_refused_without_a_call() {
    let rest = rest(Contract::builtin());
    let filtered = ListQuery { filters: vec![("email", "a@x.example".into())], ..ListQuery::default() };
    for (request, word) in [(rest.search(Resource::Notes, "x"), "search"), (rest.list(Resource::Tickets, &filtered), "filtered by email")] {
        let Verdict::Refused(refusal) = rest.call(request, Priority::Live).await else { panic!("refused") };
        assert!(refusal.status == 0 && refusal.message.contains(word), "{}", refusal.message);
    }
}

#[test]
fn another_id_s_name_is_expected_by_name() {
    let contract = Contract::parse(&changed(&[("path = \"/contacts\"\nid = \"id\"", "path = \"/people\"\nid = \"uid\"")])).unwrap();
    let request = rest(contract).create(Resource::Contacts, Map::new());
    assert_eq!((request.path.as_str(), request.expected().as_deref()), ("/v1/people", Some("/uid")));
}

#[test]
fn an_update_clears_with_null_and_a_create_leaves_out() {
    let rest = rest(Contract::builtin());
    let fields = contact_fields(&Contact { city: Some(String::new()), email: Some("a@x.example".into()), ..Contact::default() });
    assert_eq!(rest.update(Resource::Contacts, "c", fields.clone(), None).body.unwrap(), json!({"city": null, "email": "a@x.example"}));
    assert_eq!(rest.create(Resource::Contacts, fields).body.unwrap(), json!({"email": "a@x.example"}));
}

#[test]
fn a_page_is_read_with_its_cursor() {
    let rest = rest(Contract::builtin());
    let body = json!({"items": [{"id": "c1", "revision": 2, "email": "a@x.example"}, {"email": "nobody"}, {"id": "c2", "revision": 3, "deleted_at": "2026-11-24T09:30:00Z"}], "next_cursor": "n"});
    let page = rest.page(Resource::Contacts, &Answer { status: 200, body });
    assert_eq!(page.items.iter().map(|r| (r.id.as_str(), r.deleted)).collect::<Vec<_>>(), [("c1", false), ("c2", true)]);
    assert_eq!((page.next.as_deref(), contact_from(&page.items[0].value).email.as_deref()), (Some("n"), Some("a@x.example")));
    let last = rest.page(Resource::Contacts, &Answer { status: 200, body: json!({"items": [], "next_cursor": null}) });
    assert_eq!((last.items.len(), last.next), (0, None));
    assert!(rest.record(Resource::Contacts, &Answer { status: 204, body: Value::Null }).is_none());
}

#[derive(Debug, Default)]
struct Api {
    tokens: AtomicU32,
    accepted: Mutex<String>,
    seen: Mutex<Vec<QuotaSeen>>,
    taken: AtomicU32,
}

#[async_trait]
impl Quota for Api {
    async fn take(&self, system: System, tenant: &TenantId, _: Priority) -> Result<(), QuotaError> {
        assert_eq!((system, tenant.as_str()), (System::SeventeenHats, "shop"));
        self.taken.fetch_add(1, SeqCst);
        Ok(())
    }

    fn observe(&self, _: System, _: &TenantId, seen: QuotaSeen) {
        self.seen.lock().unwrap().push(seen);
    }
}

async fn token(State(api): State<Arc<Api>>, Form(form): Form<HashMap<String, String>>) -> (StatusCode, Json<Value>) {
    if (form["client_id"].as_str(), form["client_secret"].as_str()) != ("acme", "secret") {
        return (StatusCode::UNAUTHORIZED, Json(json!({"error": {"code": "unauthorized", "message": "who?"}})));
    }
    let number = api.tokens.fetch_add(1, SeqCst) + 1;
    *api.accepted.lock().unwrap() = format!("t{number}");
    (StatusCode::OK, Json(json!({"access_token": format!("t{number}"), "token_type": "Bearer", "expires_in": 3600})))
}

async fn contact(State(api): State<Arc<Api>>, Path(id): Path<String>, headers: Headers) -> (StatusCode, [(&'static str, &'static str); 3], Json<Value>) {
    let limits = [("x-ratelimit-limit", "600"), ("x-ratelimit-remaining", "7"), ("x-ratelimit-reset", "3")];
    if headers["authorization"] != format!("Bearer {}", api.accepted.lock().unwrap()) {
        return (StatusCode::UNAUTHORIZED, limits, Json(json!({"error": {"code": "unauthorized", "message": "no such token"}})));
    }
    assert_eq!(headers["x-partner-account"], "acme");
    match id.as_str() {
        "busy" => (StatusCode::TOO_MANY_REQUESTS, limits, Json(Value::Null)),
        "bad" => {
            let error = json!({"code": "invalid", "message": "phone +1 202 555 0104 is odd", "field": "phone"});
            (StatusCode::UNPROCESSABLE_ENTITY, limits, Json(json!({"error": error})))
        }
        _ => (StatusCode::OK, limits, Json(json!({"id": id, "revision": 1}))),
    }
}

async fn api() -> (Arc<Api>, String) {
    let api = Arc::<Api>::default();
    let router = Router::new().route("/v1/oauth/token", post(token)).route("/v1/contacts/{id}", get(contact)).with_state(Arc::clone(&api));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (api, base)
}

fn oauth() -> Contract {
    Contract::parse(&changed(&[("kind = \"bearer\"", "kind = \"oauth_client_credentials\"")])).unwrap()
}

#[tokio::test]
async fn tokens_are_fetched_once_and_renewed_after_a_401() {
    let (api, base) = api().await;
    for credentials in ["secret", "acme:secret"] {
        let rest = rest_at(&base, oauth(), credentials, Arc::clone(&api) as Arc<dyn Quota>);
        let before = api.tokens.load(SeqCst);
        let get = || rest.call(rest.get(Resource::Contacts, "c"), Priority::Live);
        let all = futures_join(get(), get(), get()).await;
        assert_eq!((all, api.tokens.load(SeqCst) - before), (["done"; 3], 1), "single flight");
        *api.accepted.lock().unwrap() = "t9".to_owned();
        assert_eq!((get().await.word(), api.tokens.load(SeqCst) - before), ("done", 2), "renewed once");
    }
    let rest = rest_at(&base, oauth(), "wrong", Arc::new(NoQuota));
    let Verdict::Refused(refusal) = rest.call(rest.get(Resource::Contacts, "c"), Priority::Live).await else { panic!("refused") };
    assert!(refusal.message.contains("check the tenant's `account` and `token`") || refusal.message.contains("unauthorized"), "{}", refusal.message);
}

async fn futures_join(one: impl Future<Output = Verdict>, two: impl Future<Output = Verdict>, three: impl Future<Output = Verdict>) -> [&'static str; 3] {
    let (one, two, three) = tokio::join!(one, two, three);
    [one.word(), two.word(), three.word()]
}

#[tokio::test]
async fn limits_waits_and_words_of_refusals_are_read() {
    let (api, base) = api().await;
    *api.accepted.lock().unwrap() = "token".to_owned();
    let rest = rest_at(&base, Contract::builtin(), "token", Arc::clone(&api) as Arc<dyn Quota>);
    let call = |id| rest.call(rest.get(Resource::Contacts, id), Priority::Background);
    assert_eq!(call("c").await.word(), "done");
    let Verdict::Throttled(wait) = call("busy").await else { panic!("throttled") };
    assert_eq!(wait, Duration::from_secs(3));
    let Verdict::Refused(refusal) = call("bad").await else { panic!("refused") };
    assert_eq!(refusal.message, "invalid: phone … is odd (field phone)");
    let seen = QuotaSeen { limit: Some(600), interval_ms: Some(60_000), remaining: Some(7), ..QuotaSeen::default() };
    assert_eq!(*api.seen.lock().unwrap(), [seen, QuotaSeen { throttled_for: Some(Duration::from_secs(3)), ..seen }, seen]);
    assert_eq!(api.taken.load(SeqCst), 3);
}

#[tokio::test]
async fn a_fixed_token_that_is_refused_stays_refused() {
    let (_, base) = api().await;
    let rest = rest_at(&base, Contract::builtin(), "token", Arc::new(NoQuota));
    let request = rest.get(Resource::Contacts, "c");
    assert_eq!(request.effect, Effect::Read);
    assert_eq!(rest.call(request, Priority::Live).await.word(), "refused");
}
