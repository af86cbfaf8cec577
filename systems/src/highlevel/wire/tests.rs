#![allow(clippy::unwrap_used)]
use super::*;
use hatbridge_schemas::Direction;
use serde_json::json;

/// The samples beside the repository, or the folder that HATBRIDGE_SHARED names.
fn samples() -> Option<Vec<(String, Value)>> {
    let shared = std::env::var_os("HATBRIDGE_SHARED").map_or_else(|| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"), Into::into);
    let files = std::fs::read_dir(shared.join("highlevel/webhooks")).ok()?;
    let json = files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "json"));
    Some(
        json.map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap())
        })
        .collect(),
    )
}

/// A test that can't run here says so, and tells whoever counts.
fn skip() {
    let line =
        "SKIPPED hatbridge-systems every_sample_is_read: the sample payloads are not here; set HATBRIDGE_SHARED to the folder that holds highlevel/webhooks\n";
    print!("{line}");
    if let Some(file) = std::env::var_os("HATBRIDGE_TEST_SKIPS") {
        use std::io::Write;
        std::fs::OpenOptions::new().create(true).append(true).open(file).unwrap().write_all(line.as_bytes()).unwrap();
    }
}

#[test]
fn every_sample_is_read() {
    let Some(samples) = samples() else { return skip() };
    assert!(samples.len() >= 77, "{}", samples.len());
    for (name, body) in &samples {
        // No reader minds any body.
        let (contact, conversation, message) = (contact_from(body), conversation_from(body), message_from(body));
        let (note, task, appointment, opportunity) = (note_from(body), task_from(body), appointment_from(body), opportunity_from(body));
        let transcript = transcript_from(body);
        let _ = sentences_from(body);
        let said = |value: &Option<String>, member: &str| assert_eq!(value.as_deref(), body[member].as_str(), "{name}: {member}");
        match name.split('.').next().unwrap() {
            "ContactCreate" | "ContactUpdate" | "ContactDelete" | "ContactTagUpdate" | "ContactDndUpdate" => {
                said(&contact.first_name, "firstName");
                said(&contact.email, "email");
                said(&contact.phone, "phone");
                said(&contact.origin, "source");
                assert_eq!(contact.tags.is_some(), body["tags"].is_array(), "{name}");
                assert_eq!(contact.custom_fields.len(), body["customFields"].as_array().map_or(0, Vec::len), "{name}");
                assert!(contact.birthday.is_none_or(|date| date.len() == 10), "{name}");
            }
            "ConversationUnreadWebhook" => {
                said(&conversation.contact_id, "contactId");
                assert_eq!((conversation.unread_count, conversation.starred, conversation.deleted), (Some(0), Some(true), Some(false)));
                assert_eq!(conversation.channel, None, "the event's name is no channel");
            }
            "ConversationUpdate" => said(&conversation.merged_into, "newConversationId"),
            "InboundMessage" | "OutboundMessage" => {
                said(&message.contact_id, "contactId");
                said(&message.conversation_id, "conversationId");
                said(&message.body, "body");
                said(&message.provider_id, "conversationProviderId");
                assert_eq!(message.direction.unwrap().as_str(), body["direction"], "{name}");
                assert!(message.sent_at.is_some() && message.scheduled_at.is_none(), "{name}");
                let channel = message.channel.unwrap();
                assert!(["SMS", "CALL", "EMAIL", "VOICEMAIL", "INTERNAL_COMMENT"].contains(&channel.as_str()), "{name}: {channel}");
                assert_eq!(message.call.is_some(), channel == "CALL", "{name}");
            }
            "ProviderOutboundMessage" => {
                assert!(["SMS", "EMAIL"].contains(&message.channel.unwrap().as_str()), "{name}");
                assert!(message.body.unwrap().contains("text") || message.subject.is_some(), "{name}");
                assert_eq!(message.attachments.len(), 1, "{name}");
            }
            "NoteCreate" | "NoteUpdate" | "NoteDelete" => {
                said(&note.body, "body");
                said(&note.contact_id, "contactId");
            }
            "TaskCreate" | "TaskComplete" | "TaskDelete" => {
                said(&task.title, "title");
                said(&task.assigned_to, "assignedTo");
                assert!(task.due_at.is_some(), "{name}");
            }
            "AppointmentCreate" | "AppointmentUpdate" | "AppointmentDelete" => {
                assert_eq!(appointment.status.as_deref(), Some("confirmed"), "{name}");
                assert_eq!(appointment.starts_at, Some(1_695_637_800_000_000), "{name}: 16:00 at +05:30");
                assert!(appointment.contact_id.is_some() && appointment.calendar_id.is_some(), "{name}");
            }
            event if event.starts_with("Opportunity") => {
                said(&opportunity.name, "name");
                said(&opportunity.stage_id, "pipelineStageId");
                assert_eq!(opportunity.monetary_value.as_deref(), Some("40"), "{name}");
            }
            "VoiceAiCallEnd" => {
                said(&transcript.summary, "summary");
                assert_eq!((transcript.sentences.len(), transcript.message_id.as_deref()), (1, Some("msg_123456")));
            }
            _ => {}
        }
    }
}

#[test]
fn a_contact_reads_alike_from_search_by_id_and_webhook() {
    let row = json!({"id": "C1", "firstNameLowerCase": "ada", "lastNameLowerCase": "king", "firstName": null, "address": "1 Way", "dateOfBirth": -4_862_073_600_000_i64,
        "email": "Ada@x.example", "tags": ["b", "a", "b"], "dnd": false, "searchAfter": [1, "C1"], "phone": null,
        "customFields": [{"id": "f1", "value": ["x", "y"]}, {"id": "f2", "value": 7}, {"id": "f3", "value": null}]});
    let by_id = json!({"contact": {"id": "C1", "firstName": "Ada", "lastName": "King", "address1": "1 Way", "dateOfBirth": "1815-12-06T00:00:00.000Z",
        "email": "Ada@x.example", "tags": ["a", "b"], "dnd": false, "customFields": [{"id": "f1", "fieldValue": ["x", "y"]}, {"id": "f2", "field_value": "7"}]},
        "traceId": "t"});
    let (row, by_id) = (contact_from(&row), contact_from(&by_id));
    assert_eq!((row.first_name.as_deref(), by_id.first_name.as_deref()), (Some("ada"), Some("Ada")));
    assert_eq!(row.birthday.as_deref(), Some("1815-12-06"));
    assert_eq!(row.tags.as_deref().unwrap(), ["a", "b"]);
    assert_eq!(row.custom_fields.get("f1").map(String::as_str), Some("x, y"));
    let named = hatbridge_schemas::Contact { first_name: by_id.first_name.clone(), last_name: by_id.last_name.clone(), ..row };
    assert!(named == by_id);
    assert!(contact_from(&json!({})) == hatbridge_schemas::Contact::default(), "nothing is said");
    assert_eq!(contact_from(&json!({"email": ""})).email.as_deref(), Some(""), "said to be empty");
}

#[test]
fn a_conversation_reads_alike_from_search_and_by_id() {
    let row = conversation_from(&json!({"id": "V1", "contactId": "C1", "type": "TYPE_PHONE", "unreadCount": 2, "lastMessageDate": 1_795_512_600_000_i64}));
    assert_eq!((row.channel.as_deref(), row.unread_count, row.last_message_at), (Some("TYPE_PHONE"), Some(2), Some(1_795_512_600_000_000)));
    for (number, name) in [(1, "TYPE_PHONE"), (2, "TYPE_EMAIL"), (3, "TYPE_FB_MESSENGER"), (4, "TYPE_REVIEW"), (5, "TYPE_GROUP_SMS"), (9, "9")] {
        assert_eq!(conversation_from(&json!({"type": number})).channel.as_deref(), Some(name));
    }
    let made = conversation_from(&json!({"success": true, "conversation": {"id": "V1", "contactId": "C1", "lastMessageDate": "2026-11-24T09:30:00Z"}}));
    assert_eq!((made.contact_id.as_deref(), made.last_message_at), (Some("C1"), Some(1_795_512_600_000_000)));
}

#[test]
fn a_message_reads_alike_wrapped_or_not_with_its_call() {
    let call = json!({"id": "M1", "type": 1, "messageType": "TYPE_CALL", "contactId": "C1", "conversationId": "V1", "direction": "inbound", "status": "Canceled",
        "dateAdded": "2026-11-24T09:30:00.000Z", "altId": "S1", "source": "api", "userId": "U1", "meta": {"call": {"duration": "12", "status": "no-answer"}}});
    let plain = message_from(&call);
    assert!(plain == message_from(&json!({"message": call, "traceId": "t"})));
    assert_eq!((plain.channel.as_deref(), plain.direction, plain.status.as_deref()), (Some("CALL"), Some(Direction::Inbound), Some("cancelled")));
    assert_eq!((plain.external_id.as_deref(), plain.origin.as_deref(), plain.author.as_deref()), (Some("S1"), Some("api"), Some("U1")));
    let detail = plain.call.unwrap();
    assert_eq!((detail.duration, detail.status.as_deref()), (Some(12), Some("no-answer")));
    let documented = message_from(&json!({"messageType": "TYPE_CALL", "meta": {"callDuration": 9, "callStatus": "completed"}})).call.unwrap();
    assert_eq!((documented.duration, documented.status.as_deref()), (Some(9), Some("completed")));
    assert!(message_from(&json!({"messageType": "TYPE_SMS"})).call.is_none());
    let waiting = message_from(&json!({"type": 2, "status": "scheduled", "scheduledTimestamp": 1_795_512_600}));
    assert_eq!((waiting.channel.as_deref(), waiting.scheduled_at), (Some("SMS"), Some(1_795_512_600_000_000)));
    assert_eq!(message_from(&json!({"status": "sent", "scheduledTimestamp": 1_795_512_600})).scheduled_at, None, "it waits no more");
}

#[test]
fn sentences_come_in_order_in_every_wrapping() {
    let rows = json!([
        {"mediaChannel": 2, "sentenceIndex": 1, "startTime": 1200.4, "endTime": 2000, "transcript": "Hi.", "confidence": 0.9},
        {"mediaChannel": 1, "sentenceIndex": 0, "startTime": 0, "endTime": 1000, "transcript": "Hello?", "confidence": 1},
    ]);
    let read = sentences_from(&rows);
    assert_eq!(read.iter().map(|s| s.text.as_str()).collect::<Vec<_>>(), ["Hello?", "Hi."]);
    assert_eq!((read[1].channel, read[1].start_ms, read[1].end_ms, read[1].confidence), (Some(2), Some(1200), Some(2000), Some(0.9)));
    for body in [json!({"transcriptions": rows}), json!({"sentences": rows, "traceId": "t"})] {
        assert!(sentences_from(&body) == read);
    }
    assert_eq!(sentences_from(&rows[0]).len(), 1, "the document shows one");
    assert!(sentences_from(&json!({"traceId": "t"})).is_empty());
    let lines = transcript_from(&json!({"transcript": "bot: Hello\n\n human: Hi\n"}));
    assert_eq!(lines.sentences.iter().map(|s| s.text.as_str()).collect::<Vec<_>>(), ["bot: Hello", "human: Hi"]);
}

#[test]
fn odd_bodies_are_no_trouble() {
    for body in [
        json!(null),
        json!([]),
        json!("x"),
        json!(7),
        json!({"contact": 1, "message": [], "tags": {}, "customFields": [1, {"id": {}}], "meta": "x",
        "attachments": [1, {"url": ""}], "type": -1.5, "unreadCount": "many", "dateOfBirth": "never", "transcript": 3}),
    ] {
        let _ = contact_from(&body);
        let _ = conversation_from(&body);
        let _ = message_from(&body);
        let _ = note_from(&body);
        let _ = task_from(&body);
        let _ = appointment_from(&body);
        let _ = opportunity_from(&body);
        let _ = transcript_from(&body);
        let _ = sentences_from(&body);
    }
}
