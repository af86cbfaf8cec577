//! Records to test with: fixed ones, one of every kind, and arbitrary ones.

use hatbridge_schemas::*;
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use std::collections::BTreeMap;
use uuid::Uuid;

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// One payload of every type of version 1 with all its fields filled in. Golden files hold these: never change one,
/// add another.
fn payloads() -> Vec<(&'static str, Payload)> {
    vec![
        ("contact", Payload::Contact(contact())),
        (
            "conversation",
            Payload::Conversation(Conversation {
                contact_id: some("c1"),
                channel: some("TYPE_PHONE"),
                unread_count: Some(3),
                starred: Some(true),
                deleted: Some(false),
                last_message_at: Some(1_764_000_000_000_001),
                merged_into: some("v2"),
            }),
        ),
        (
            "message",
            Payload::Message(Message {
                contact_id: some("c1"),
                conversation_id: some("v1"),
                ticket_id: some("t1"),
                channel: some("CALL"),
                direction: Some(Direction::Inbound),
                status: some("completed"),
                body: some("grüße 👋"),
                subject: some(""),
                attachments: vec!["https://files.example/1".to_owned(), String::new()],
                sent_at: Some(-1),
                scheduled_at: Some(253_402_300_799_999_999),
                external_id: some("x1"),
                origin: some("workflow"),
                author: some("u1"),
                provider_id: some("p1"),
                call: Some(CallDetail { duration: Some(61), status: some("voicemail") }),
            }),
        ),
        (
            "transcript",
            Payload::Transcript(Transcript {
                contact_id: some("c1"),
                message_id: some("m1"),
                summary: some("short"),
                sentences: vec![
                    Sentence { channel: Some(1), start_ms: Some(0), end_ms: Some(900), text: "Hello.".to_owned(), confidence: Some(0.75) },
                    Sentence::default(),
                ],
            }),
        ),
        (
            "ticket",
            Payload::Ticket(Ticket {
                contact_id: some("c1"),
                subject: some("s"),
                body: some("b"),
                status: Some(TicketStatus::Pending),
                tags: vec!["vip".to_owned()],
                external_id: some("x1"),
            }),
        ),
        ("note", Payload::Note(Note { contact_id: some("c1"), body: some("b"), external_id: some("x1") })),
        (
            "task",
            Payload::Task(Task {
                contact_id: some("c1"),
                title: some("t"),
                body: some("b"),
                due_at: Some(5),
                completed: Some(true),
                assigned_to: some("u1"),
                ..Task::default()
            }),
        ),
        ("tag_change", Payload::TagChange(TagChange { contact_id: some("c1"), added: vec!["a".to_owned()], removed: vec!["b".to_owned(), "c".to_owned()] })),
        (
            "appointment",
            Payload::Appointment(Appointment {
                contact_id: some("c1"),
                calendar_id: some("k1"),
                title: some("t"),
                status: some("confirmed"),
                starts_at: Some(1),
                ends_at: Some(2),
                ..Appointment::default()
            }),
        ),
        (
            "opportunity",
            Payload::Opportunity(Opportunity {
                contact_id: some("c1"),
                pipeline_id: some("p1"),
                stage_id: some("s1"),
                name: some("n"),
                status: some("open"),
                monetary_value: some("12.50"),
                ..Opportunity::default()
            }),
        ),
        ("command", Payload::Command(Command { operation: "archive conversation".to_owned(), parameters: "{}".to_owned() })),
    ]
}

fn contact() -> Contact {
    Contact {
        first_name: some("Ada"),
        last_name: some("Example"),
        company_name: some("Example Ltd"),
        email: some("ada@example.com"),
        phone: some("+15550100"),
        address1: some("1 Main St"),
        address2: some("Floor 2"),
        city: some("Springfield"),
        state: some("CA"),
        postal_code: some("90000"),
        country: some("US"),
        website: some("https://example.com"),
        birthday: some("1980-01-31"),
        kind: some("client"),
        is_company: Some(false),
        origin: some("form"),
        notes: some("n"),
        dnd: Some(true),
        tags: Some(vec!["a".to_owned(), "b".to_owned()]),
        custom_fields: BTreeMap::from([("f1".to_owned(), "v1".to_owned()), ("f2".to_owned(), String::new())]),
        external_id: some("x1"),
    }
}

/// The events of the golden files of a version, by file name. `task_2` is of the kind `task`.
pub fn events_of(version: u32) -> Vec<(&'static str, Event)> {
    let event = |kind: &str, payload, raw: Option<&str>| {
        let entity = EntityRef { kind: kind.trim_end_matches("_2").parse().unwrap_or(EntityKind::Other), id: "e1".into(), root: "c1".into() };
        Event::new(
            System::Highlevel,
            "shop".into(),
            entity,
            Change::Updated,
            "7".to_owned(),
            1_764_000_000_123_456,
            1_764_000_001_000_000,
            Via::Webhook,
            payload,
            raw.map(str::to_owned),
        )
    };
    let newer = if version >= 2 { crate::samples_2::payloads() } else { Vec::new() };
    let mut events: Vec<_> = payloads().into_iter().chain(newer).map(|(name, payload)| (name, event(name, Some(payload), Some(r#"{"id":"e1"}"#)))).collect();
    let mut bare = event("other", None, None);
    bare.source = System::Hatbridge;
    bare.change = Change::Result;
    bare.via = Via::Operator;
    bare.causation_id = Some(Uuid::from_u128(1));
    events.push(("bare", bare));
    events
}

/// One event of every kind of payload.
pub fn events() -> Vec<(&'static str, Event)> {
    events_of(u32::MAX)
}

/// The dead letters of the golden files, by file name.
pub fn dead_letters() -> Vec<(&'static str, DeadLetter)> {
    let full = DeadLetter {
        event_id: Some(Uuid::from_u128(9)),
        tenant: Some("shop".into()),
        source: Some(System::SeventeenHats),
        reason: DeadReason::Refused,
        message: "the phone number is not valid".to_owned(),
        system: Some(System::Highlevel),
        operation: some("contacts.create"),
        attempts: 3,
        first_at: 1,
        last_at: 2,
        topic: "hatbridge.highlevel.events".to_owned(),
        partition: 4,
        offset: 1 << 40,
        key: Some(b"shop/c1".to_vec()),
        request: some("{}"),
        answer: some("{}"),
        redrive: "hatbridge redrive --offset 1".to_owned(),
        event: vec![0xC3, 0x01, 0, 255],
    };
    let bare = DeadLetter {
        event_id: None,
        tenant: None,
        source: None,
        reason: DeadReason::Undecodable,
        system: None,
        operation: None,
        key: None,
        request: None,
        answer: None,
        event: Vec::new(),
        ..full.clone()
    };
    vec![("full", full), ("bare", bare)]
}

fn text() -> impl Strategy<Value = Option<String>> {
    of("\\PC{0,12}")
}

fn message() -> impl Strategy<Value = Message> {
    let call = of((of(any::<i64>()), text()).prop_map(|(duration, status)| CallDetail { duration, status }));
    (text(), text(), of(prop::sample::select(Direction::ALL)), vec("\\PC{0,9}", 0..4), of(any::<i64>()), call).prop_map(
        |(body, channel, direction, attachments, sent_at, call)| Message { body, channel, direction, attachments, sent_at, call, ..Message::default() },
    )
}

fn payload() -> impl Strategy<Value = Payload> {
    let tags = vec("\\PC{0,9}", 0..5);
    let contact = (text(), text(), of(any::<bool>()), of(tags), btree_map("\\PC{0,9}", "\\PC{0,9}", 0..5))
        .prop_map(|(email, notes, dnd, tags, custom_fields)| Contact { email, notes, dnd, tags, custom_fields, ..Contact::default() });
    let sentence =
        (of(any::<i64>()), "\\PC{0,9}", of(0.0..1.0)).prop_map(|(start_ms, text, confidence)| Sentence { start_ms, text, confidence, ..Sentence::default() });
    let transcript = vec(sentence, 0..6).prop_map(|sentences| Transcript { sentences, ..Transcript::default() });
    let fixed: Vec<Payload> = events().into_iter().filter_map(|(_, event)| event.payload).collect();
    prop_oneof![contact.prop_map(Payload::Contact), message().prop_map(Payload::Message), transcript.prop_map(Payload::Transcript), prop::sample::select(fixed),]
}

/// Any event.
pub fn event() -> impl Strategy<Value = Event> {
    let system = prop::sample::select(vec![System::Highlevel, System::SeventeenHats, System::Hatbridge]);
    let entity =
        (prop::sample::select(EntityKind::ALL), "\\PC{0,12}", "\\PC{0,12}").prop_map(|(kind, id, root)| EntityRef { kind, id: id.into(), root: root.into() });
    let what = (prop::sample::select(Change::ALL), prop::sample::select(Via::ALL), "\\PC{0,12}");
    let ids = (any::<u128>(), any::<u128>(), of(any::<u128>()));
    (system, "\\PC{0,12}", entity, what, any::<i64>(), any::<i64>(), ids, of(payload()), text()).prop_map(
        |(source, tenant, entity, (change, via, version), occurred_at, observed_at, ids, payload, raw)| Event {
            id: Uuid::from_u128(ids.0),
            source,
            tenant: tenant.into(),
            entity,
            change,
            version,
            occurred_at,
            observed_at,
            via,
            correlation_id: Uuid::from_u128(ids.1),
            causation_id: ids.2.map(Uuid::from_u128),
            payload,
            raw,
        },
    )
}
