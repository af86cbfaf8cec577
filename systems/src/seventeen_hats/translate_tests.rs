#![allow(clippy::unwrap_used)]
use super::super::contract::tests_changed as changed;
use super::*;
use serde_json::json;

fn renamed() -> Contract {
    let text = changed(&[
        ("format = \"rfc3339\"", "format = \"unix_seconds\""),
        ("created_at = \"created_at\"\ndeleted_at = \"deleted_at\"", "created_at = \"born\"\ndeleted_at = \"gone\""),
        (
            "path = \"/messages\"\nid = \"id\"\nrevision = \"revision\"\nupdated_at = \"updated_at\"",
            "path = \"/msgs\"\nid = \"uid\"\nrevision = \"etag\"\nupdated_at = \"touched\"",
        ),
        ("subject = \"subject\"\nattachments = \"attachments\"", "attachments = \"files\""),
        ("sent_at = \"sent_at\"", "sent_at = \"when\""),
        ("body = \"body\"\nattachments", "body = \"text\"\nattachments"),
    ]);
    Contract::parse(&text).unwrap()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other}"),
    }
}

#[test]
fn renamed_fields_are_written_under_their_names_and_lacking_ones_dropped() {
    let fields = object(
        json!({"body": "hi", "subject": "dropped", "sent_at": 1_795_512_600_999_999_i64, "scheduled_at": null, "channel": "SMS", "external_id": "M1", "made_up": 1}),
    );
    let wire = renamed().to_wire(Resource::Messages, fields.clone());
    assert_eq!(Value::Object(wire), json!({"text": "hi", "when": 1_795_512_600, "scheduled_at": null, "channel": "SMS", "external_id": "M1"}));
    let wire = Contract::builtin().to_wire(Resource::Messages, fields);
    assert_eq!(wire["sent_at"], "2026-11-24T09:30:00.999999Z");
    let text = object(json!({"sent_at": "2026-11-24T10:30:00+01:00"}));
    assert_eq!(Contract::builtin().to_wire(Resource::Messages, text)["sent_at"], "2026-11-24T09:30:00.000000Z");
}

#[test]
fn renamed_fields_are_read_back_under_ours() {
    let wire =
        json!({"uid": 17, "etag": 3, "touched": 1_795_512_601, "born": "1795512600", "text": "hi", "when": 1_795_512_600, "body": "not ours", "extra": true});
    let record = renamed().record_of(Resource::Messages, &wire);
    assert_eq!((record.id.as_str(), record.revision.as_deref(), record.deleted), ("17", Some("3"), false));
    assert_eq!((record.created_at, record.updated_at), (Some(1_795_512_600_000_000), Some(1_795_512_601_000_000)));
    let expected = json!({"id": 17, "revision": 3, "updated_at": "2026-11-24T09:30:01.000000Z", "created_at": "2026-11-24T09:30:00.000000Z",
        "body": "hi", "sent_at": "2026-11-24T09:30:00.000000Z", "extra": true});
    assert_eq!(record.value, expected);
    assert!(renamed().record_of(Resource::Messages, &json!({"uid": "x", "gone": 1_795_512_600})).deleted);
}

#[test]
fn the_shipped_contract_changes_nothing() {
    let wire = json!({"id": "message-1", "revision": 2, "created_at": "2026-11-24T09:30:00.123456Z", "updated_at": "2026-11-24T09:30:01.000000Z",
        "contact_id": "c", "sent_at": "2026-11-24T09:30:00.000000Z", "body": "hi", "title": "of the product, not of the contract"});
    let record = Contract::builtin().record_of(Resource::Messages, &wire);
    assert_eq!(record.value, wire, "so that a webhook and a poll of it have the same raw text");
    assert_eq!((record.created_at, record.updated_at), (Some(1_795_512_600_123_456), Some(1_795_512_601_000_000)));
}

#[test]
fn moments_go_both_ways_in_every_format() {
    let micros = 1_795_512_600_000_000_i64;
    for format in [TimeFormat::Rfc3339, TimeFormat::UnixSeconds, TimeFormat::UnixMilliseconds] {
        let out = moment_out(format, &json!(micros));
        assert_eq!(micros_in(format, &out), Some(micros), "{format:?}");
        assert_eq!(moment::micros(&moment_in(format, &out)), Some(micros), "{format:?}");
    }
    assert_eq!(moment_out(TimeFormat::Rfc3339, &json!(5)), json!("1970-01-01T00:00:00.000005Z"), "a number is microseconds, however small");
}

#[test]
fn odd_records_are_no_trouble() {
    for wire in [json!(null), json!([]), json!("x"), json!({"id": {}, "updated_at": [], "revision": null, "deleted_at": null})] {
        let record = Contract::builtin().record_of(Resource::Contacts, &wire);
        assert!(record.id.is_empty() && record.revision.is_none() && record.updated_at.is_none() && !record.deleted);
    }
}
