#![allow(clippy::unwrap_used)]
use super::*;
use crate::http_client;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};

fn ada() -> Contact {
    Contact {
        first_name: Some("Ada".into()),
        last_name: Some(String::new()),
        email: Some("ada@x.example".into()),
        phone: Some("+12025550104".into()),
        address1: Some("1 Way".into()),
        postal_code: Some("01234".into()),
        kind: Some("client".into()),
        is_company: Some(true),
        tags: Some(vec!["from the contact, not sent".into()]),
        ..Contact::default()
    }
}

fn client(hook: &str, update: &str) -> Zapier {
    let options = ZapierOptions { tenant: "shop".into(), find_or_create_contact: hook.parse().unwrap(), update_contact: update.parse().unwrap() };
    Zapier::new(http_client(Duration::from_secs(2), true).unwrap(), options)
}

#[test]
fn a_hook_gets_flat_snake_names() {
    let zapier = client("http://h/secret-1", "http://h/secret-2");
    let tags = ["hatbridge:hl:C1".to_owned(), "a, b".to_owned(), String::new()];
    let request = zapier.find_or_create(&ada(), &tags, Some("a line"));
    let expected = json!({"first_name": "Ada", "primary_email_address": "ada@x.example", "primary_phone_number": "+12025550104", "address_line_1": "1 Way",
        "zip_code": "01234", "type": "client", "is_company": true, "tags": "hatbridge:hl:C1, a  b", "notes": "a line"});
    assert_eq!(request.body.as_ref().unwrap(), &expected);
    assert_eq!((request.effect, request.operation), (Effect::Probe, "contacts.find_or_create"));
    let request = zapier.update(Some("S1"), &Contact { email: Some("ada@x.example".into()), ..Contact::default() }, &[], None);
    assert_eq!(request.body.as_ref().unwrap(), &json!({"id": "S1", "primary_email_address": "ada@x.example"}));
    assert!(!request.masked().contains("secret") && !format!("{zapier:?} {:?}", zapier.inner.options).contains("secret"), "a hook's address is a secret");
}

#[test]
fn both_ways_to_label_are_read() {
    let snake = json!({"id": "S1", "first_name": "Ada", "primary_email_address": "ada@x.example", "primary_phone_number": 12_025_550_104_i64, "zip_code": "01234",
        "type": "Client", "is_company": true, "tags": "vip, autumn,vip", "notes": "", "birthday": null});
    let display = json!({"ID": "S1", "First Name": "Ada", "Primary E-mail Address": "ada@x.example", "Primary Phone Number": "12025550104", "ZIP Code": "01234",
        "Type": "client", "Is Company?": "yes", "Tags": ["autumn", "vip"], "Notes": "", "Birthday": ""});
    let (snake, display) = (contact_from(&snake), contact_from(&display));
    assert!(snake == display);
    assert_eq!(snake.tags.as_deref().unwrap(), ["autumn", "vip"]);
    assert_eq!((snake.notes.as_deref(), snake.birthday.as_deref(), snake.city), (Some(""), Some(""), None), "said to be empty, and not said");
    assert_eq!((snake.kind.as_deref(), snake.is_company), (Some("client"), Some(true)));
}

#[test]
fn what_a_hook_gets_reads_back() {
    let tags = ["a".to_owned(), "b".to_owned()];
    let body = body(Some("S1"), &ada(), &tags, Some("note"));
    let expected = Contact { last_name: None, tags: Some(tags.to_vec()), notes: Some("note".into()), ..ada() };
    assert!(contact_from(&Value::Object(body)) == expected);
    let twice = contact_from(&json!({"email": "ada@x.example", "primary_email_address": ""}));
    assert_eq!(twice.email.as_deref(), Some("ada@x.example"), "the one that says something counts");
    assert!(contact_from(&json!([1])) == Contact::default());
}

#[tokio::test]
async fn only_success_is_done() {
    let router = Router::new()
        .route("/ok", post(|| async { Json(json!({"status": "success", "attempt": "1"})) }))
        .route("/odd", post(|| async { Json(json!({"status": "error"})) }))
        .route("/busy", post(|| async { StatusCode::TOO_MANY_REQUESTS }))
        .route("/gone", post(|| async { StatusCode::GONE }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    for (path, word) in [("ok", "done"), ("odd", "doubt"), ("busy", "throttled"), ("gone", "refused")] {
        let zapier = client(&format!("{base}/{path}"), "http://127.0.0.1:1/");
        assert_eq!(zapier.call(zapier.find_or_create(&ada(), &[], None), Priority::Live).await.word(), word);
        assert_eq!(zapier.call(zapier.update(None, &ada(), &[], None), Priority::Live).await.word(), "retry", "the other hook is not there");
    }
    let foreign = Request::new("tickets.create", Effect::Probe, Method::POST, "/tickets");
    assert_eq!(client("http://h/", "http://h/").call(foreign, Priority::Live).await.word(), "refused");
}
