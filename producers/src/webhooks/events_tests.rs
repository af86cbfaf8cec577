#![allow(clippy::unwrap_used)]
use super::*;
use crate::webhooks::names;
use serde_json::json;

fn one(event: &str, body: &Value) -> Vec<Draft> {
    drafts(Incoming { event, body, raw: &body.to_string(), webhook_id: Some("w1") })
}

/// What each event becomes: kinds and changes, in order.
fn expected(event: &str) -> Vec<(EntityKind, Change)> {
    use Change::{Created, Deleted, Snapshot, Updated};
    use EntityKind as K;
    match event {
        "ContactCreate" => vec![(K::Contact, Created)],
        "ContactUpdate" | "ContactTagUpdate" | "ContactDndUpdate" => vec![(K::Contact, Updated)],
        "ContactDelete" => vec![(K::Contact, Deleted)],
        "ConversationUnreadWebhook" => vec![(K::Conversation, Snapshot)],
        "ConversationUpdate" => vec![(K::Conversation, Updated)],
        "InboundMessage" | "OutboundMessage" | "ProviderOutboundMessage" => vec![(K::Message, Created)],
        "NoteCreate" => vec![(K::Note, Created)],
        "NoteUpdate" => vec![(K::Note, Updated)],
        "NoteDelete" => vec![(K::Note, Deleted)],
        "TaskCreate" => vec![(K::Task, Created)],
        "TaskComplete" => vec![(K::Task, Updated)],
        "TaskDelete" => vec![(K::Task, Deleted)],
        "AppointmentCreate" => vec![(K::Appointment, Created)],
        "AppointmentUpdate" => vec![(K::Appointment, Updated)],
        "AppointmentDelete" => vec![(K::Appointment, Deleted)],
        "OpportunityCreate" => vec![(K::Opportunity, Created)],
        "OpportunityDelete" => vec![(K::Opportunity, Deleted)],
        name if name.starts_with("Opportunity") => vec![(K::Opportunity, Updated)],
        "VoiceAiCallEnd" => vec![(K::Message, Created), (K::Transcript, Created)],
        name if name.ends_with("Create") || name == "AppInstall" => vec![(K::Other, Created)],
        name if name.ends_with("Delete") || name == "AppUninstall" => vec![(K::Other, Deleted)],
        _ => vec![(K::Other, Updated)],
    }
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
        let kinds: Vec<_> = got.iter().map(|d| (d.kind, d.change)).collect();
        if kinds != expected(&name) {
            wrong.push(format!("{}: {kinds:?}", path.display()));
        }
        for draft in &got {
            assert!(!draft.id.is_empty() && !draft.root.is_empty(), "{}", path.display());
            assert_eq!(draft.raw, raw, "all that came travels along: {}", path.display());
            assert_eq!(draft.payload.is_none(), draft.kind == EntityKind::Other, "{}", path.display());
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
