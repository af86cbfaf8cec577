#![allow(clippy::unwrap_used)]
use super::*;
use serde_json::json;

/// Name, how to make it, what the four effects make of it.
type Row = (&'static str, Box<dyn Fn() -> Sent>, [&'static str; 4]);

fn received(status: u16, body: Value) -> Received {
    Received { status, body, wait: None, interval: Duration::from_secs(10), expects: None }
}

fn word(effect: Effect, sent: Sent) -> &'static str {
    classify(effect, sent).word()
}

#[test]
fn every_outcome_has_its_verdict() {
    let answer = |status| move || Sent::Answered(received(status, Value::Null));
    let created = |body: Value| move || Sent::Answered(Received { expects: Some("/contact/id".into()), ..received(201, body.clone()) });
    let none = || Sent::NotConnected("no connection");
    let lost = || Sent::NoAnswer("timeout after sending");
    #[rustfmt::skip]
    let table: Vec<Row> = vec![
        //                                                                       read         idempotent   probe        unsafe
        ("no connection", Box::new(none),                                       ["retry",     "retry",     "retry",     "retry"]),
        ("no answer",     Box::new(lost),                                       ["retry",     "retry",     "doubt",     "doubt"]),
        ("200",           Box::new(answer(200)),                                ["done",      "done",      "done",      "done"]),
        ("204",           Box::new(answer(204)),                                ["done",      "done",      "done",      "done"]),
        ("201 with id",   Box::new(created(json!({"contact": {"id": "c"}}))),   ["done",      "done",      "done",      "done"]),
        ("201, number",   Box::new(created(json!({"contact": {"id": 7}}))),     ["done",      "done",      "done",      "done"]),
        ("201, no body",  Box::new(created(Value::Null)),                       ["retry",     "retry",     "doubt",     "doubt"]),
        ("201, empty id", Box::new(created(json!({"contact": {"id": ""}}))),    ["retry",     "retry",     "doubt",     "doubt"]),
        ("301",           Box::new(answer(301)),                                ["refused",   "refused",   "refused",   "refused"]),
        ("304",           Box::new(answer(304)),                                ["refused",   "refused",   "refused",   "refused"]),
        ("400",           Box::new(answer(400)),                                ["refused",   "refused",   "refused",   "refused"]),
        ("401",           Box::new(answer(401)),                                ["refused",   "refused",   "refused",   "refused"]),
        ("404",           Box::new(answer(404)),                                ["refused",   "refused",   "refused",   "refused"]),
        ("408",           Box::new(answer(408)),                                ["retry",     "retry",     "retry",     "retry"]),
        ("409",           Box::new(answer(409)),                                ["refused",   "refused",   "refused",   "refused"]),
        ("422",           Box::new(answer(422)),                                ["refused",   "refused",   "refused",   "refused"]),
        ("425",           Box::new(answer(425)),                                ["retry",     "retry",     "retry",     "retry"]),
        ("429",           Box::new(answer(429)),                                ["throttled", "throttled", "throttled", "throttled"]),
        ("500",           Box::new(answer(500)),                                ["retry",     "retry",     "doubt",     "doubt"]),
        ("502",           Box::new(answer(502)),                                ["retry",     "retry",     "doubt",     "doubt"]),
        ("503",           Box::new(answer(503)),                                ["retry",     "retry",     "doubt",     "doubt"]),
    ];
    for (name, sent, words) in table {
        for (effect, expected) in [Effect::Read, Effect::Idempotent, Effect::Probe, Effect::Unsafe].into_iter().zip(words) {
            assert_eq!(word(effect, sent()), expected, "{name}, {effect}");
        }
    }
}

#[test]
fn a_named_wait_goes_before_the_interval() {
    let throttled = |wait| match classify(Effect::Probe, Sent::Answered(Received { wait, ..received(429, Value::Null) })) {
        Verdict::Throttled(wait) => wait,
        other => panic!("{other:?}"),
    };
    assert_eq!(throttled(Some(Duration::from_secs(3))), Duration::from_secs(3));
    assert_eq!(throttled(None), Duration::from_secs(10));
    assert_eq!(throttled(Some(Duration::ZERO)), SHORTEST);
}

#[test]
fn the_words_of_a_refusal_are_read_in_every_shape_and_masked() {
    let message = |body: Value| match classify(Effect::Read, Sent::Answered(received(400, body))) {
        Verdict::Refused(refusal) => refusal.message,
        other => panic!("{other:?}"),
    };
    assert_eq!(message(json!({"statusCode": 400, "message": "Bad", "error": "Bad Request"})), "Bad");
    assert_eq!(message(json!({"message": ["property a should not exist", "b is required"]})), "property a should not exist; b is required");
    assert_eq!(message(json!({"error": "invalid_grant", "error_description": "expired"})), "expired");
    assert_eq!(message(json!({"error": {"code": "c", "message": "words"}})), "words");
    assert_eq!(message(json!({"error": "Unauthorized"})), "Unauthorized");
    assert_eq!(message(Value::Null), "status 400 and no reason");
    let masked = message(json!({"message": "ada@example.com or +1 202 555 0104 is taken", "traceId": "0398c85a-261f-43f7-a83c-ce02820ad6aa"}));
    assert_eq!(masked, "… or … is taken (traceId 0398c85a-261f-43f7-a83c-ce02820ad6aa)");
    assert_eq!(message(json!({"message": "x", "traceId": "ada@example.com"})), "x");
}

#[test]
fn a_doubt_tells_the_status_and_the_words() {
    let Verdict::Doubt(reason) = classify(Effect::Probe, Sent::Answered(received(500, json!({"message": "no provider for ada@example.com"})))) else {
        panic!("a doubt")
    };
    assert_eq!(reason.0, "status 500: no provider for …");
}
