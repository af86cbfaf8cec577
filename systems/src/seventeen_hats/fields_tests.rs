#![allow(clippy::unwrap_used)]
use super::*;
use hatbridge_schemas::{Direction, TicketStatus};

#[test]
fn a_contact_goes_both_ways() {
    let contact = Contact {
        first_name: Some("Ada".into()),
        email: Some("ada@x.example".into()),
        birthday: Some("1815-12-10".into()),
        kind: Some("client".into()),
        is_company: Some(false),
        tags: Some(vec!["a".into(), "b".into()]),
        custom_fields: [("size".to_owned(), "7".to_owned())].into(),
        external_id: Some("C1".into()),
        ..Contact::default()
    };
    let fields = contact_fields(&contact);
    assert_eq!(fields.len(), 8, "only what is known: {:?}", fields.keys());
    assert!(contact_from(&Value::Object(fields)) == contact);
}

#[test]
fn an_empty_text_is_null_and_null_an_empty_text() {
    let cleared = Contact { city: Some(String::new()), tags: Some(vec![]), origin: Some("not there".into()), dnd: Some(true), ..Contact::default() };
    let fields = contact_fields(&cleared);
    assert_eq!(Value::Object(fields), json!({"city": null, "tags": []}));
    let read = contact_from(&json!({"city": null, "tags": null, "external_id": null}));
    assert_eq!((read.city.as_deref(), read.tags, read.external_id), (Some(""), Some(vec![]), None));
    assert!(contact_from(&json!({})) == Contact::default());
}

#[test]
fn a_ticket_goes_both_ways() {
    let ticket = Ticket {
        contact_id: Some("c".into()),
        subject: Some("Roof".into()),
        body: Some("leaks".into()),
        status: Some(TicketStatus::Closed),
        tags: vec!["a".into()],
        external_id: Some("V1".into()),
    };
    assert!(ticket_from(&Value::Object(ticket_fields(&ticket))) == ticket);
    assert!(ticket_fields(&Ticket::default()).is_empty());
    assert_eq!(ticket_from(&json!({"status": "odd"})).status, None);
}

#[test]
fn a_message_goes_both_ways() {
    let message = Message {
        contact_id: Some("c".into()),
        ticket_id: Some("t".into()),
        channel: Some("SMS".into()),
        direction: Some(Direction::Inbound),
        status: Some("sent".into()),
        body: Some("hi".into()),
        attachments: vec!["https://x.example/a".into()],
        sent_at: Some(1_795_512_600_000_000),
        external_id: Some("M1".into()),
        author: Some("U1".into()),
        ..Message::default()
    };
    let fields = message_fields(&message);
    assert_eq!(fields["sent_at"], 1_795_512_600_000_000_i64);
    assert!(message_from(&Value::Object(fields)) == message);
}

#[test]
fn statuses_become_the_contract_s() {
    for (theirs, ours) in [
        ("pending", Some("queued")),
        ("delivered", Some("delivered")),
        ("opened", Some("read")),
        ("undelivered", Some("failed")),
        ("canceled", Some("cancelled")),
        ("completed", Some("delivered")),
        ("something new", None),
    ] {
        let message = Message { status: Some(theirs.into()), ..Message::default() };
        assert_eq!(message_fields(&message).get("status").and_then(Value::as_str), ours, "{theirs}");
    }
}
