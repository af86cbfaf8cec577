//! Tokens, versions, limits, faults, control.

use super::*;
use crate::faults::{Decision, Kind, Rule};

#[tokio::test]
async fn who_may_not_call_is_told_why() {
    let world = studio().await;
    let path = format!("/conversations/search?locationId={PLACE}");
    let table = [
        (None, Some("2021-04-15"), 401, "Authorization header was not found."),
        (Some("pit-unknown"), Some("2021-04-15"), 401, "Invalid JWT"),
        (Some(TOKEN), None, 401, "version header was not found."),
        (Some(TOKEN), Some("2020-01-01"), 400, "version header is not valid."),
        (Some("pit-of-other"), Some("v3"), 403, "The token does not have access to this location."),
        (Some("pit-sandbox-company"), Some("v3"), 401, "Token's user type mismatch!"),
    ];
    for (token, version, status, message) in table {
        let mut request = world.http.get(world.url(&path));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(version) = version {
            request = request.header("Version", version);
        }
        let (got, body) = answer(request).await;
        assert_eq!((got, body["message"].as_str()), (status, Some(message)));
        assert_eq!(body["statusCode"], json!(status));
        assert!(body["traceId"].is_string(), "{message}");
    }
    assert_eq!(world.get(&path).await.0, 200);
    assert_eq!(world.get("/nowhere").await.0, 404);
}

#[tokio::test]
async fn a_private_token_lacks_the_scopes_it_was_not_given() {
    let location = LocationOptions { scopes: Some(vec!["contacts.readonly".to_owned()]), ..at_once(PLACE, TOKEN) };
    let world = started(Options { locations: vec![location], ..Options::default() }).await;
    let (status, body) = world.post("/contacts/", json!({"locationId": PLACE, "email": "a@example.com"})).await;
    assert_eq!((status, body["message"].as_str()), (401, Some("The token is not authorized for this scope.")));
    assert_eq!(world.post("/contacts/search", json!({"locationId": PLACE, "pageLimit": 1})).await.0, 200);
}

#[tokio::test]
async fn every_answer_tells_the_limits_and_one_beyond_them_is_429() {
    let world = studio().await;
    world.handle.set_limits(Limits { calls: Some(2), per_day: 3, ..Limits::default() });
    let call = || world.request("GET", "/contacts/nobody").send();
    let first = call().await.unwrap();
    assert_eq!(first.status().as_u16(), 404, "also answers that refuse");
    for (name, value) in [("limit-daily", "3"), ("daily-remaining", "2"), ("interval-milliseconds", "10000"), ("max", "2"), ("remaining", "1")] {
        assert_eq!(first.headers()[&format!("x-ratelimit-{name}")], value, "{name}");
    }
    assert_eq!(call().await.unwrap().headers()["x-ratelimit-remaining"], "0");
    let refused = call().await.unwrap();
    assert_eq!(refused.status().as_u16(), 429);
    assert!(!refused.headers().contains_key("retry-after"), "HighLevel promises none");
    let other = world.http.get(world.url("/contacts/nobody")).bearer_auth("pit-of-other").header("Version", "v3");
    assert_eq!(answer(other).await.0, 404, "another location has its own");
    assert_eq!(world.handle.throttled(), 1);
    world.handle.set_limits(Limits { calls: Some(0), retry_after: true, ..Limits::default() });
    assert_eq!(call().await.unwrap().headers()["retry-after"], "10");
    world.handle.set_limits(Limits::lifted());
    let lifted = call().await.unwrap();
    assert!(lifted.status().as_u16() == 404 && !lifted.headers().contains_key("x-ratelimit-max"));
}

#[tokio::test]
async fn faults_refuse_before_and_lose_answers_after() {
    let world = studio().await;
    let body = json!({"locationId": PLACE, "email": "a@example.com"});
    world.handle.faults().add(Rule::new("/contacts/*", Kind::Status { status: 503 }).times(1));
    assert_eq!(world.post("/contacts/", body.clone()).await.0, 503);
    assert_eq!(world.handle.truth().len(), 0, "not carried out");
    world.handle.faults().once(Decision::Reset);
    assert!(world.request("POST", "/contacts/").json(&body).send().await.is_err());
    assert_eq!(world.handle.truth().len(), 0, "not carried out");
    world.handle.faults().once(Decision::LoseAnswer);
    assert!(world.request("POST", "/contacts/").json(&body).send().await.is_err());
    assert_eq!(world.handle.truth().count("contacts.create"), 1, "carried out, though nobody was told");
    assert_eq!(world.post("/contacts/", body).await.0, 400, "the second attempt finds the first one's effect");
}

#[tokio::test]
async fn a_person_can_act_over_the_control_api() {
    let world = studio().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let root = format!("http://{}/_control/highlevel", listener.local_addr().unwrap());
    let app = control_router(world.handle.clone()).merge(Router::new().route("/_control/truth", axum::routing::get(|| async {})));
    tokio::spawn(async move { axum::serve(listener, app).await });
    let base = format!("{root}/locations/{PLACE}");
    let call = |method: &str, url: String, body: Value| answer(world.http.request(method.parse().unwrap(), url).json(&body));
    let (status, made) = call("POST", format!("{base}/contacts"), json!({"firstName": "Ada"})).await;
    assert_eq!(status, 201);
    let contact = made["id"].as_str().unwrap();
    let table = [
        ("PATCH", format!("{base}/contacts/{contact}"), json!({"city": "Bern"}), 204),
        ("POST", format!("{base}/contacts/{contact}/tags"), json!({"tags": ["vip"]}), 204),
        ("POST", format!("{base}/messages"), json!({"contactId": contact, "body": "hello", "direction": "inbound"}), 201),
        ("POST", format!("{base}/contacts/{contact}/calls"), json!({"seconds": 9, "sentences": ["hello", "bye"]}), 201),
        ("POST", format!("{base}/contacts/{contact}/notes"), json!({"body": "met"}), 201),
        ("PUT", format!("{base}/webhook"), json!({"base": null}), 204),
        ("PUT", format!("{base}/delivery"), json!({"delay_ms": [1, 2], "retries": "older"}), 204),
        ("PUT", format!("{base}/bugs"), json!({"created_but_422": true}), 204),
        ("POST", format!("{base}/tokens/expire"), json!({}), 204),
        ("PUT", format!("{root}/limits"), json!({"calls": null}), 204),
        ("PUT", format!("{root}/faults"), json!([{"path": "/contacts/*", "kind": "reset", "rate": 0.0}]), 204),
        ("POST", format!("{root}/locations/nowhere/contacts"), json!({}), 404),
    ];
    for (method, url, body, wanted) in table {
        assert_eq!(call(method, url.clone(), body).await.0, wanted, "{method} {url}");
    }
    let (_, shown) = answer(world.http.get(format!("{base}/contacts/{contact}"))).await;
    assert_eq!((&shown["city"], &shown["tags"]), (&json!("Bern"), &json!(["vip"])));
    let (_, dump) = answer(world.http.get(&base)).await;
    assert_eq!(dump["messages"].as_array().unwrap().len(), 2);
    assert_eq!(answer(world.http.get(&root)).await.1["locations"][PLACE]["waiting"], json!(0));
}
