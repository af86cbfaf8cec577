#![allow(clippy::unwrap_used)]
use super::*;
use hatbridge_schemas::EntityKind;
use serde_json::{Value, json};

/// What is said of a row, without what isn't.
fn said(kind: EntityKind, row: &Value) -> Value {
    let Value::Object(fields) = serde_json::to_value(payload_from(kind, row).unwrap()).unwrap() else { panic!("{kind}: not an object") };
    Value::Object(fields.into_iter().filter(|(_, value)| !value.is_null() && *value != json!([]) && *value != json!({})).collect())
}

#[test]
fn rows_of_every_family_are_understood() {
    use EntityKind as K;
    let cases = [
        (K::Business, json!({"id": "b", "name": "Dock", "postalCode": "1"}), json!({"name": "Dock", "postal_code": "1"})),
        (
            K::Calendar,
            json!({"calendar": {"id": "c", "name": "Visits", "calendarType": "event", "isActive": true, "slotDuration": 2, "slotDurationUnit": "hours",
                "teamMembers": [{"userId": "u1", "priority": 1}]}}),
            json!({"name": "Visits", "kind": "event", "is_active": true, "slot_minutes": 120, "user_ids": ["u1"]}),
        ),
        (K::CalendarGroup, json!({"id": "g", "name": "All", "slug": "all", "isActive": false}), json!({"name": "All", "slug": "all", "is_active": false})),
        (
            K::CalendarResource,
            json!({"name": "Boat", "resourceType": "equipments", "quantity": 3, "outOfService": 1, "calendarIds": ["c"]}),
            json!({"name": "Boat", "kind": "equipments", "quantity": 3, "out_of_service": 1, "calendar_ids": ["c"]}),
        ),
        (
            K::CalendarNotification,
            json!({"_id": "n", "receiverType": "contact", "channel": "email", "notificationType": "booked", "selectedUsers": "", "isActive": true}),
            json!({"kind": "booked", "channel": "email", "receiver": "contact", "is_active": true}),
        ),
        (
            K::FreeSlots,
            json!({"2026-11-25": {"slots": ["2026-11-25T10:30:00+01:00"]}, "2026-11-24": {"slots": ["2026-11-24T10:30:00+01:00"]}, "traceId": "t"}),
            json!({"starts_at": [1_795_512_600_000_000_i64, 1_795_599_000_000_000_i64]}),
        ),
        (
            K::BlockSlot,
            json!({"id": "s", "title": "Away", "startTime": "2026-11-24T09:30:00Z"}),
            json!({"title": "Away", "starts_at": 1_795_512_600_000_000_i64}),
        ),
        (
            K::AppointmentNote,
            json!({"note": {"id": "n", "body": "late", "contactId": "c", "createdBy": {"id": "u", "name": "Kim"}}}),
            json!({"body": "late", "contact_id": "c", "author": "u"}),
        ),
        (
            K::Appointment,
            json!({"event": {"id": "a", "contactId": "c", "appointmentStatus": "Confirmed", "users": ["u"], "isRecurring": false, "createdBy": {"source": "api"}}}),
            json!({"contact_id": "c", "status": "confirmed", "user_ids": ["u"], "is_recurring": false, "origin": "api"}),
        ),
        (
            K::Pipeline,
            json!({"id": "p", "name": "Weddings", "stages": [{"id": "2", "name": "Won", "position": 1}, {"id": "1", "name": "New", "position": 0}]}),
            json!({"name": "Weddings", "stages": [{"id": "1", "name": "New", "position": 0}, {"id": "2", "name": "Won", "position": 1}]}),
        ),
        (
            K::Opportunity,
            json!({"id": "o", "contact": {"id": "c"}, "monetaryValue": 40.0, "status": "Open", "followers": ["b", "a"], "customFields": [{"id": "f", "fieldValue": "x"}]}),
            json!({"contact_id": "c", "monetary_value": "40", "status": "open", "followers": ["a", "b"], "custom_fields": {"f": "x"}}),
        ),
        (
            K::User,
            json!({"id": "u", "firstName": "Kim", "roles": {"type": "account", "role": "admin", "locationIds": ["l"]}, "deleted": false}),
            json!({"first_name": "Kim", "kind": "account", "role": "admin", "location_ids": ["l"], "deleted": false}),
        ),
        (K::User, json!({"type": "UserCreate", "role": "user", "locations": ["l"]}), json!({"role": "user", "location_ids": ["l"]})),
        (K::Workflow, json!({"id": "w", "name": "Hello", "status": "Draft", "version": 3}), json!({"name": "Hello", "status": "draft", "revision": 3})),
        (K::Campaign, json!({"id": "m", "name": "Spring", "status": "published"}), json!({"name": "Spring", "status": "published"})),
        (K::Snapshot, json!({"id": "s", "name": "Shop", "type": "own"}), json!({"name": "Shop", "kind": "own"})),
        (
            K::Location,
            json!({"location": {"id": "l", "name": "House", "business": {"name": "House Ltd", "city": "Kiel"}, "timezone": "Europe/Berlin"}}),
            json!({"name": "House", "city": "Kiel", "timezone": "Europe/Berlin"}),
        ),
        (
            K::CustomField,
            json!({"id": "f", "name": "Date", "fieldKey": "contact.date", "dataType": "DATE", "model": "contact", "position": 50, "picklistOptions": ["a", "b"]}),
            json!({"name": "Date", "key": "contact.date", "data_type": "DATE", "object": "contact", "position": 50, "options": ["a", "b"]}),
        ),
        (
            K::CustomField,
            json!({"id": "f", "objectKey": "custom_objects.boat", "parentId": "d", "options": [{"key": "r", "label": "Red"}]}),
            json!({"object": "custom_objects.boat", "folder_id": "d", "options": ["Red"]}),
        ),
        (K::Company, json!({"company": {"id": "y", "name": "Agency", "currency": "USD"}}), json!({"name": "Agency", "currency": "USD"})),
        (
            K::Association,
            json!({"id": "a", "key": "owner", "associationType": "USER_DEFINED", "firstObjectKey": "contact", "firstObjectLabel": "Owner"}),
            json!({"key": "owner", "kind": "USER_DEFINED", "first_object": "contact", "first_label": "Owner"}),
        ),
        (
            K::Relation,
            json!({"id": "r", "associationId": "a", "firstRecordId": "1", "secondRecordId": "2"}),
            json!({"association_id": "a", "first_record_id": "1", "second_record_id": "2"}),
        ),
        (K::Blog, json!({"_id": "b", "name": "News"}), json!({"name": "News"})),
        (
            K::BlogAuthor,
            json!({"_id": "b", "name": "Kim", "canonicalLink": "https://x.example"}),
            json!({"name": "Kim", "canonical_link": "https://x.example"}),
        ),
        (K::BlogCategory, json!({"_id": "b", "label": "Tips", "urlSlug": "tips"}), json!({"name": "Tips", "slug": "tips"})),
        (
            K::BlogPost,
            json!({"data": {"_id": "b", "title": "Boats", "status": "PUBLISHED", "author": "w", "categories": ["k"], "tags": ["t"], "publishedAt": "2026-11-24T09:30:00Z"}}),
            json!({"title": "Boats", "status": "published", "author_id": "w", "category_ids": ["k"], "tags": ["t"], "published_at": 1_795_512_600_000_000_i64}),
        ),
    ];
    for (kind, row, expected) in cases {
        assert_eq!(said(kind, &row), expected, "{kind}");
    }
}

#[test]
fn a_business_reads_alike_as_itself_and_as_a_record() {
    let itself = business_from(&json!({"business": {"name": "Dock", "postalCode": "1", "phone": "+1"}}));
    let properties = json!([{"key": "name", "valueString": "Dock"}, {"key": "business.postal_code", "valueString": "1"}, {"key": "phone", "value": "+1"}]);
    assert!(itself == business_from(&json!({"id": "b", "properties": properties})));
    assert!(itself == business_from(&json!({"properties": {"name": "Dock", "postal_code": "1", "phone": "+1"}})));
}

#[test]
fn a_transcription_is_read_as_sentences_and_as_a_download() {
    let text = |row: &Value| {
        let Some(hatbridge_schemas::Payload::Transcript(transcript)) = payload_from(EntityKind::Transcript, row) else { panic!("no transcript") };
        transcript.sentences.into_iter().map(|sentence| sentence.text).collect::<Vec<_>>()
    };
    assert_eq!(text(&json!([{"sentenceIndex": 0, "transcript": "Hello?"}, {"sentenceIndex": 1, "transcript": "Hi."}])), ["Hello?", "Hi."]);
    assert_eq!(text(&json!("Hello?\n\nHi.\n")), ["Hello?", "Hi."]);
}

#[test]
fn kinds_without_a_payload_have_none_and_no_row_is_trouble() {
    let odd = json!({"calendar": 1, "teamMembers": {}, "roles": "x", "stages": [1, {}], "properties": [1, {"key": 2}], "slotDuration": "x", "picklistOptions": [7],
        "slots": 1, "2026": {"slots": [1, null]}, "author": [], "followers": [{}, {"id": "u"}], "business": [], "createdBy": 3});
    let mut without = vec![];
    for kind in EntityKind::ALL {
        for row in [&odd, &json!(null), &json!([1]), &json!("x"), &json!(7)] {
            match payload_from(*kind, row) {
                Some(payload) => assert_eq!(payload.kind(), *kind),
                None if !without.contains(kind) => without.push(*kind),
                None => {}
            }
        }
    }
    let names: Vec<_> = without.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(
        names.join(" "),
        "ticket tag_change other recording record object_schema invoice order product price app knowledge_base support_ticket plan email_statistics"
    );
}
