#![allow(clippy::unwrap_used)]
use super::*;
use crate::webhooks::names;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

fn one(event: &str, body: &Value) -> Vec<Draft> {
    drafts(Incoming { event, body, raw: &body.to_string(), webhook_id: Some("w1") })
}

/// One body of our own for each event; all data in them is invented.
fn fixtures() -> BTreeMap<String, Value> {
    serde_json::from_str(include_str!("fixtures/events.json")).unwrap()
}

/// What became of the event, a line each, for people to read.
fn listed(event: &str, drafts: &[Draft]) -> String {
    let mut text = String::new();
    for draft in drafts {
        let versioned = match &draft.versioning {
            Versioning::Revision(_) => "revision".to_owned(),
            Versioning::Status(status) => format!("status {status}"),
            Versioning::Content(_) => "content".to_owned(),
            Versioning::Occurrence(version) => format!("occurrence {version}"),
        };
        writeln!(text, "{event}: {} {}, by {versioned}", draft.kind, draft.change).unwrap();
        writeln!(text, "  id {}, root {}", draft.id, draft.root).unwrap();
        if let Some(payload) = &draft.payload {
            let Value::Object(fields) = serde_json::to_value(payload).unwrap() else { panic!("{event}: a payload is an object") };
            let said = fields.into_iter().filter(|(_, value)| !value.is_null() && *value != json!([]) && *value != json!({}));
            said.for_each(|(name, value)| writeln!(text, "    {name}: {value}").unwrap());
        }
    }
    text
}

#[test]
fn each_published_event_becomes_what_it_means() {
    let fixtures = fixtures();
    assert_eq!(fixtures.keys().map(String::as_str).collect::<BTreeSet<_>>(), table::published().collect(), "one fixture an event");
    let mut text = String::new();
    for (event, body) in &fixtures {
        let raw = body.to_string();
        let got = drafts(Incoming { event, body, raw: &raw, webhook_id: body["webhookId"].as_str() });
        assert!(got.iter().all(|draft| draft.kind != EntityKind::Other), "{event} is understood");
        assert_eq!(names::location_of(event, body), "loc-harbour", "{event}");
        text.push_str(&listed(event, &got));
    }
    insta::assert_snapshot!("events", text);
}

#[test]
fn without_a_path_the_body_tells_what_it_can() {
    let mut text = String::new();
    for (event, body) in fixtures() {
        let named = names::by_type(&body);
        let got = one(&named, &body);
        assert!(got.iter().all(|draft| draft.kind != EntityKind::Other), "{event}, called {named}");
        if named != event {
            writeln!(text, "{event} is taken for {named}: {} {}", got[0].kind, got[0].change).unwrap();
        }
    }
    insta::assert_snapshot!("events_by_type", text);
}

fn shared() -> std::path::PathBuf {
    std::env::var_os("HATBRIDGE_SHARED").map_or_else(|| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"), Into::into)
}

/// A test that can't run here says so, and tells whoever counts.
fn skip(why: &str) {
    let line = format!("SKIPPED hatbridge-producers every_sample_becomes_the_expected_events: {why}\n");
    print!("{line}");
    if let Some(file) = std::env::var_os("HATBRIDGE_TEST_SKIPS") {
        use std::io::Write;
        std::fs::OpenOptions::new().create(true).append(true).open(file).unwrap().write_all(line.as_bytes()).unwrap();
    }
}

#[test]
fn every_sample_becomes_the_expected_events() {
    let folder = shared().join("highlevel/webhooks");
    let Ok(files) = std::fs::read_dir(&folder) else {
        return skip("the sample payloads are not here; set HATBRIDGE_SHARED to the folder that holds highlevel/webhooks");
    };
    let (mut samples, mut wrong) = (0, vec![]);
    for path in files.map(|f| f.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "json")) {
        samples += 1;
        let name = path.file_stem().unwrap().to_str().unwrap().split('.').next().unwrap().to_owned();
        let raw = std::fs::read_to_string(&path).unwrap();
        let body: Value = serde_json::from_str(&raw).unwrap();
        let got = drafts(Incoming { event: &name, body: &body, raw: &raw, webhook_id: None });
        let (kind, change) = table::meaning(&name).unwrap();
        let last = got.last().map(|draft| (draft.kind, draft.change));
        if last != Some((kind, change)) {
            wrong.push(format!("{}: {last:?}", path.display()));
        }
        for draft in &got {
            assert!(!draft.id.is_empty() && !draft.root.is_empty(), "{}", path.display());
            assert_eq!(draft.raw, raw, "all that came travels along: {}", path.display());
            assert_eq!(draft.payload.is_none(), wire::payload_from(draft.kind, &body).is_none(), "{}", path.display());
            let contact = body["contactId"].as_str().or(body["appointment"]["contactId"].as_str());
            if let Some(contact) = contact {
                assert_eq!(draft.root, contact, "the person's events share a root: {}", path.display());
            }
        }
        // The same bytes mean the same events.
        let again = drafts(Incoming { event: &name, body: &body, raw: &raw, webhook_id: None });
        assert_eq!(got.iter().map(|d| (&d.id, &d.versioning)).collect::<Vec<_>>(), again.iter().map(|d| (&d.id, &d.versioning)).collect::<Vec<_>>());
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(samples >= 77, "{samples} samples");
}

#[test]
fn messages_without_an_id_get_the_same_one_again_and_others_another() {
    let body = |text: &str| json!({"conversationId": "v", "dateAdded": "2026-01-01T00:00:00Z", "direction": "inbound", "body": text, "contactId": "c"});
    let ids: Vec<_> = ["hello", "hello", "goodbye"].iter().map(|t| one("InboundMessage", &body(t))[0].id.clone()).collect();
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2]);
    let nothing = one("InboundMessage", &json!({"contactId": "c"}));
    assert_eq!((nothing[0].kind, nothing[0].id.as_str()), (EntityKind::Other, "c"), "nothing is dropped and no message made up");
}

#[test]
fn a_task_without_a_contact_is_its_own_root() {
    let got = one("TaskCreate", &json!({"id": "t1", "title": "call back"}));
    assert_eq!((got[0].root.as_str(), got[0].kind), ("t1", EntityKind::Task));
}

#[test]
fn doubled_opportunity_events_have_one_content() {
    let body = json!({"id": "o1", "contactId": "c1", "name": "Roof", "status": "won"});
    let mut special = body.clone();
    special["type"] = json!("OpportunityStatusUpdate");
    assert_eq!(one("OpportunityUpdate", &body)[0].versioning, one("OpportunityStatusUpdate", &special)[0].versioning);
}

#[test]
fn unknown_events_keep_all_and_are_told_apart_by_their_webhook() {
    let body = json!({"type": "SomethingNew", "locationId": "l", "a": 1});
    let got = one("SomethingNew", &body);
    assert_eq!((got[0].kind, got[0].id.as_str()), (EntityKind::Other, "w1"));
    assert_eq!(got[0].versioning, Versioning::Occurrence("SomethingNew:w1".into()));
    assert_eq!(serde_json::from_str::<Value>(&got[0].raw).unwrap(), body);
}

#[test]
fn the_type_names_the_event_where_the_path_does_not() {
    for (body, name) in [
        (json!({"type": "ContactCreate"}), "ContactCreate"),
        (json!({"type": "INSTALL"}), "AppInstall"),
        (json!({"type": "UNINSTALL"}), "AppUninstall"),
        (json!({"type": "UPDATE"}), "AppUpdate"),
        (json!({"type": "PLAN_CHANGE"}), "PlanChange"),
        (json!({"type": "ConversationUnreadUpdate"}), "ConversationUnreadWebhook"),
        (json!({"type": "AppointmentCreate"}), "AppointmentUpdate"),
        (json!({"type": "SMS", "contactId": "c", "messageId": "m", "message": "hi"}), "ProviderOutboundMessage"),
        (json!({"type": "OutboundMessage", "contactId": "c", "messageId": "m", "messageType": "SMS"}), "OutboundMessage"),
        (json!({"agentId": "a", "transcript": "..."}), "VoiceAiCallEnd"),
        (json!({"type": "one_time"}), "one_time"),
        (json!({}), "Unknown"),
    ] {
        assert_eq!(names::by_type(&body), name, "{body}");
    }
}

#[test]
fn a_change_of_what_has_no_field_is_a_change_too() {
    let versioning = |body: Value| match one("UserUpdate", &body).remove(0).versioning {
        Versioning::Content(hashes) => hashes,
        other => panic!("{other:?}"),
    };
    let before = versioning(json!({"id": "u1", "firstName": "Kim", "permissions": {"tagsEnabled": true}, "timestamp": 1}));
    let again = versioning(json!({"id": "u1", "firstName": "Kim", "permissions": {"tagsEnabled": true}, "timestamp": 2, "webhookId": "w2"}));
    let after = versioning(json!({"id": "u1", "firstName": "Kim", "permissions": {"tagsEnabled": false}, "timestamp": 3}));
    assert_eq!(before, again);
    assert_eq!(before.folded, after.folded);
    assert_ne!(before.exact, after.exact);
}

#[test]
fn a_business_comes_as_a_record_and_is_one() {
    let body = json!({"id": "b1", "objectKey": "business", "owners": [], "properties": [{"key": "name", "valueString": "Dock"}]});
    let got = one("RecordCreate", &body);
    assert_eq!((got[0].kind, got[0].change), (EntityKind::Business, Change::Created));
    assert!(matches!(&got[0].payload, Some(Payload::Business(business)) if business.name.as_deref() == Some("Dock")));
}

#[test]
fn what_lacks_its_id_is_kept_raw() {
    for event in table::published() {
        let got = one(event, &json!({"locationId": "l"}));
        assert!(got.len() == 1 && got[0].kind == EntityKind::Other && got[0].payload.is_none(), "{event}");
        let odd = one(event, &json!({"id": 7, "_id": [], "appointment": "x", "webhookPayload": 1, "properties": "x", "action": {}}));
        assert_eq!(odd.len(), 1, "{event}");
    }
}
