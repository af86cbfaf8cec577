#![allow(clippy::unwrap_used)]
use super::*;
use serde_json::json;

fn refusal(status: u16, message: &str) -> Refusal {
    Refusal { status, message: message.to_owned(), body: Value::Null }
}

#[test]
fn nothing_personal_is_shown() {
    let request = Request::new("contacts.create", Effect::Probe, http::Method::POST, "/contacts/")
        .with_query("email", "ada@example.com")
        .with_body(json!({"locationId": "L1", "type": "SMS", "email": "ada@example.com", "phone": 12_025_550_104_i64}));
    assert_eq!(request.masked(), r#"POST /contacts/?email=… {"email":"…","locationId":"L1","phone":"…","type":"SMS"}"#);
    let body = json!({"email": "ada@example.com"});
    let all = [
        format!("{request:?}"),
        format!("{:?}", Answer { status: 200, body: body.clone() }),
        format!("{:?}", Verdict::Done(Answer { status: 200, body: body.clone() })),
        format!("{:?}", Verdict::Refused(Refusal { body: body.clone(), ..refusal(400, "x") })),
        format!("{:?}", Received { status: 200, body, wait: None, interval: Duration::ZERO, expects: None }),
    ];
    assert!(all.iter().all(|text| !text.contains("ada") && !text.contains("2025550104")), "{all:?}");
    assert_eq!(all[0], r#"Request { operation: "contacts.create", .. }"#);
}

#[test]
fn a_record_that_is_gone_is_told_from_other_refusals() {
    for (status, message, gone) in [
        (404, "Contact not found", true),
        (404, "status 404 and no reason", true),
        (404, "Cannot GET /contactz/1", false),
        (400, "Contact with id x not found", true),
        (422, "the conversation does not exist", true),
        (400, "Location not found", false),
        (400, "No conversation provider found: not found", false),
        (401, "version header was not found.", false),
        (422, "email must be an email", false),
        (403, "not found", false),
    ] {
        assert_eq!(refusal(status, message).is_not_found(), gone, "{status} {message}");
    }
}

#[test]
fn an_existing_contact_is_named_by_the_refusal() {
    let body = json!({"message": "This location does not allow duplicated contacts.", "meta": {"contactId": "C1", "contactName": "Ada"}});
    let found = Refusal { body: body.clone(), ..refusal(400, "This location does not allow duplicated contacts.") };
    assert_eq!(found.existing_contact().as_deref(), Some("C1"));
    assert!(found.is_duplicate() && !found.already_exists());
    assert_eq!(Refusal { body, ..refusal(400, "something else") }.existing_contact(), None);
    assert_eq!(refusal(400, "does not allow duplicated contacts").existing_contact(), None);
    assert!(refusal(400, "Conversation already exists").already_exists());
    assert!(!refusal(404, "already exists").already_exists());
}

#[test]
fn an_expected_member_is_a_pointer() {
    let mut request = Request::new("x", Effect::Read, http::Method::GET, "/");
    assert_eq!(request.expected(), None);
    request.expects_member = Some("a/b~c".to_owned());
    assert_eq!(request.expected().as_deref(), Some("/a~1b~0c"));
    assert_eq!(request.expecting("/id").expected().as_deref(), Some("/id"));
}
