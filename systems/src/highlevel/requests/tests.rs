#![allow(clippy::unwrap_used)]
use super::*;
use hatbridge_schemas::{Appointment, Contact, Direction, Opportunity, Task};
use serde_json::{Value, json};

/// Method, path with query, version, effect, expected pointer.
fn shape(request: &Request) -> String {
    let query: Vec<_> = request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    format!("{} {}{query} {} {} {}", request.method, request.path, request.version, request.effect, request.expects.unwrap_or("-"))
}

fn body(request: &Request) -> &Value {
    request.body.as_ref().unwrap()
}

#[test]
fn every_request_has_its_path_version_and_effect() {
    let tags = vec!["a".to_owned()];
    for (request, expected) in [
        (contact_get("C1"), "GET /contacts/C1 2021-07-28 read -"),
        (contact_get("a/b"), "GET /contacts/a%2Fb 2021-07-28 read -"),
        (contact_get(""), "GET /contacts/- 2021-07-28 read -"),
        (contact_create("L", &Contact::default()), "POST /contacts/ 2021-07-28 probe /contact/id"),
        (contact_update("C1", &Contact::default()), "PUT /contacts/C1 2021-07-28 idempotent -"),
        (contact_delete("C1"), "DELETE /contacts/C1 2021-07-28 idempotent -"),
        (contact_tags_add("C1", &tags), "POST /contacts/C1/tags 2021-07-28 idempotent -"),
        (contact_tags_remove("C1", &tags), "DELETE /contacts/C1/tags 2021-07-28 idempotent -"),
        (
            contact_duplicate("L", Some("a@x.example"), Some("+1202")),
            "GET /contacts/search/duplicate?locationId=L&email=a@x.example&number=+1202 2021-07-28 read -",
        ),
        (contact_duplicate("L", None, Some("")), "GET /contacts/search/duplicate?locationId=L 2021-07-28 read -"),
        (contact_search("L", &SearchFilters::default(), None, 9), "POST /contacts/search 2021-07-28 read -"),
        (note_create("C1", "b"), "POST /contacts/C1/notes 2021-07-28 probe /note/id"),
        (notes_list("C1"), "GET /contacts/C1/notes 2021-07-28 read -"),
        (note_update("C1", "N1", "b"), "PUT /contacts/C1/notes/N1 2021-07-28 idempotent -"),
        (note_delete("C1", "N1"), "DELETE /contacts/C1/notes/N1 2021-07-28 idempotent -"),
        (note_get("C1", "N1"), "GET /contacts/C1/notes/N1 2021-07-28 read -"),
        (task_create("C1", &Task::default()), "POST /contacts/C1/tasks 2021-07-28 probe /task/id"),
        (task_get("C1", "T1"), "GET /contacts/C1/tasks/T1 2021-07-28 read -"),
        (tasks_list("C1"), "GET /contacts/C1/tasks 2021-07-28 read -"),
        (task_update("C1", "T1", &Task::default()), "PUT /contacts/C1/tasks/T1 2021-07-28 idempotent -"),
        (task_delete("C1", "T1"), "DELETE /contacts/C1/tasks/T1 2021-07-28 idempotent -"),
        (appointment_create("L", "C1", &Appointment::default()), "POST /calendars/events/appointments 2021-04-15 probe /id"),
        (appointment_get("A1"), "GET /calendars/events/appointments/A1 2021-04-15 read -"),
        (appointments_of_contact("C1"), "GET /contacts/C1/appointments 2021-07-28 read -"),
        (appointment_update("A1", &Appointment::default()), "PUT /calendars/events/appointments/A1 2021-04-15 idempotent -"),
        (appointment_delete("A1"), "DELETE /calendars/events/A1 2021-04-15 idempotent -"),
        (opportunity_create("L", "C1", &Opportunity::default()), "POST /opportunities/ 2021-07-28 probe /opportunity/id"),
        (opportunity_get("O1"), "GET /opportunities/O1 2021-07-28 read -"),
        (opportunity_update("O1", &Opportunity::default()), "PUT /opportunities/O1 2021-07-28 idempotent -"),
        (opportunity_delete("O1"), "DELETE /opportunities/O1 2021-07-28 idempotent -"),
        (businesses_list("L", 100), "GET /businesses/?locationId=L&limit=100&skip=100 2021-07-28 read -"),
        (business_create("L", "Acme"), "POST /businesses/ 2021-07-28 probe -"),
        (contacts_business("L", &["C1"], None), "POST /contacts/bulk/business 2021-07-28 idempotent -"),
        (conversation_create("L", "C1"), "POST /conversations/ 2021-04-15 idempotent /conversation/id"),
        (conversation_get("V1"), "GET /conversations/V1 2021-04-15 read -"),
        (conversation_update("V1", "L", None, None), "PUT /conversations/V1 2021-04-15 idempotent -"),
        (conversation_delete("V1"), "DELETE /conversations/V1 2021-04-15 idempotent -"),
        (
            conversation_search("L", &ConversationQuery::default()),
            "GET /conversations/search?locationId=L&sortBy=last_message_date&sort=desc 2021-04-15 read -",
        ),
        (message_get("M1"), "GET /conversations/messages/M1 2021-04-15 read -"),
        (messages_list("V1", Some("M9"), 20), "GET /conversations/V1/messages?limit=20&lastMessageId=M9 2021-04-15 read -"),
        (message_status("M1", "read"), "PUT /conversations/messages/M1/status 2021-04-15 idempotent -"),
        (message_cancel("M1"), "DELETE /conversations/messages/M1/schedule 2021-04-15 idempotent -"),
        (email_cancel("E1"), "DELETE /conversations/messages/email/E1/schedule 2021-04-15 idempotent -"),
        (email_get("E1"), "GET /conversations/messages/email/E1 2021-04-15 read -"),
        (transcription_get("L", "M1"), "GET /conversations/locations/L/messages/M1/transcription 2021-04-15 read -"),
        (
            messages_export("L", Some("c"), 1_795_512_600_000, 1_795_512_601_500, 5),
            "GET /conversations/messages/export?locationId=L&limit=10&sortBy=updatedAt&sortOrder=asc&startDate=2026-11-24T09:30:00.000Z\
             &endDate=2026-11-24T09:30:01.500Z&cursor=c 2021-04-15 read -",
        ),
    ] {
        assert_eq!(shape(&request), expected);
    }
}

#[test]
fn a_contact_is_created_with_what_is_known() {
    let contact = Contact {
        first_name: Some("Ada".into()),
        last_name: Some(String::new()),
        company_name: Some("Engines".into()),
        address1: Some("1 Way".into()),
        address2: Some("2nd floor".into()),
        birthday: Some("1815-12-10".into()),
        origin: Some("hatbridge:17hats:S1".into()),
        dnd: Some(true),
        tags: Some(vec!["vip".into()]),
        custom_fields: [("f1".to_owned(), "v".to_owned())].into(),
        notes: Some("not sent".into()),
        kind: Some("lead".into()),
        ..Contact::default()
    };
    let expected = json!({
        "locationId": "L", "firstName": "Ada", "companyName": "Engines", "address1": "1 Way, 2nd floor", "dateOfBirth": "1815-12-10",
        "source": "hatbridge:17hats:S1", "dnd": true, "tags": ["vip"], "customFields": [{"id": "f1", "field_value": "v"}],
    });
    assert_eq!(body(&contact_create("L", &contact)), &expected);
    let mut expected = expected;
    expected["lastName"] = Value::Null;
    expected.as_object_mut().unwrap().retain(|name, _| name != "tags" && name != "locationId");
    assert_eq!(body(&contact_update("C1", &contact)), &expected, "an update clears what is empty, and leaves the tags alone");
}

#[test]
fn addresses_of_one_or_two_lines_become_one() {
    let line = |first: Option<&str>, second: Option<&str>| {
        let contact = Contact { address1: first.map(Into::into), address2: second.map(Into::into), ..Contact::default() };
        body(&contact_update("C", &contact)).get("address1").cloned()
    };
    assert_eq!(line(Some("a"), Some("b")), Some(json!("a, b")));
    assert_eq!(line(Some("a"), Some("")), Some(json!("a")));
    assert_eq!(line(None, Some("b")), Some(json!("b")));
    assert_eq!(line(Some(""), None), Some(Value::Null));
    assert_eq!(line(None, None), None);
}

#[test]
fn a_search_goes_on_behind_its_last_row() {
    let filters = SearchFilters { updated_since_ms: Some(1_795_512_600_000), email: Some("a@x.example".into()), phone: Some("+1202".into()) };
    let request = contact_search("L", &filters, Some(&json!([1, "C1"])), 100);
    let expected = json!({
        "locationId": "L", "pageLimit": 100, "sort": [{"field": "dateUpdated", "direction": "asc"}], "searchAfter": [1, "C1"],
        "filters": [
            {"field": "dateUpdated", "operator": "range", "value": {"gte": "2026-11-24T09:30:00.000Z"}},
            {"field": "email", "operator": "eq", "value": "a@x.example"},
            {"field": "phone", "operator": "eq", "value": "+1202"},
        ],
    });
    assert_eq!(body(&request), &expected);
    let query =
        ConversationQuery { query: Some("é".repeat(80)), contact_id: Some("C1".into()), start_after_date: Some(7), limit: Some(3), sort_ascending: true };
    let request = conversation_search("L", &query);
    assert!(shape(&request).contains(&format!("sort=asc&query={}&contactId=C1&startAfterDate=7&limit=3 ", "é".repeat(75))));
}

#[test]
fn a_conversation_changes_only_what_is_named() {
    assert_eq!(body(&conversation_update("V", "L", Some(0), None)), &json!({"locationId": "L", "unreadCount": 0}));
    assert_eq!(body(&conversation_update("V", "L", None, Some(false))), &json!({"locationId": "L", "starred": false}));
}

fn recorded(channel: &str, provider: Option<&str>) -> Recorded {
    Recorded {
        contact_id: "C1".into(),
        conversation_id: Some("V1".into()),
        channel: channel.into(),
        direction: Direction::Outbound,
        body: Some("hi".into()),
        subject: Some("s".into()),
        attachments: vec!["https://x.example/a".into()],
        alt_id: "S1".into(),
        at: Some(1_795_512_600_123_456),
        provider_id: provider.map(Into::into),
    }
}

#[test]
fn a_message_from_elsewhere_carries_its_id_direction_and_moment() {
    let request = message_inbound(&recorded("SMS", None));
    assert_eq!(shape(&request), "POST /conversations/messages/inbound 2021-04-15 probe /messageId");
    let expected = json!({
        "type": "SMS", "contactId": "C1", "conversationId": "V1", "direction": "outbound", "message": "hi", "altId": "S1",
        "date": "2026-11-24T09:30:00.123Z", "attachments": ["https://x.example/a"],
    });
    assert_eq!(body(&request), &expected);
    let mail = message_inbound(&recorded("EMAIL", None));
    assert_eq!((&body(&mail)["html"], &body(&mail)["subject"]), (&json!("hi"), &json!("s")));
    assert!(!format!("{:?}", recorded("SMS", None)).contains("hi"));
}

#[test]
fn channels_have_their_types() {
    for (channel, provider, recorded_as, sent_as) in [
        ("SMS", None, "SMS", "SMS"),
        ("EMAIL", None, "Email", "Email"),
        ("EMAIL", Some("P"), "Custom", "Custom"),
        ("SMS", Some("P"), "SMS", "SMS"),
        ("CALL", None, "Call", "SMS"),
        ("CALL", Some("P"), "Call", "Custom"),
        ("WHATSAPP", None, "WhatsApp", "WhatsApp"),
        ("FACEBOOK", None, "FB", "FB"),
        ("INSTAGRAM", None, "IG", "IG"),
        ("LIVE_CHAT", None, "Live_Chat", "Live_Chat"),
        ("GMB", None, "GMB", "SMS"),
        ("PIGEON", None, "SMS", "SMS"),
        ("PIGEON", Some("P"), "Custom", "Custom"),
    ] {
        let request = message_inbound(&recorded(channel, provider));
        assert_eq!(body(&request)["type"], recorded_as, "{channel} {provider:?}");
        assert_eq!(body(&request).get("conversationProviderId").and_then(Value::as_str), provider);
        let sent = Sent {
            contact_id: "C1".into(),
            channel: channel.into(),
            body: Some("hi".into()),
            subject: None,
            attachments: vec![],
            scheduled_at: None,
            provider_id: provider.map(Into::into),
        };
        assert_eq!(body(&message_send(&sent))["type"], sent_as, "{channel} {provider:?}");
    }
}

#[test]
fn a_scheduled_message_is_never_early() {
    let at = |micros| {
        let sent = Sent {
            contact_id: "C1".into(),
            channel: "SMS".into(),
            body: None,
            subject: Some("left out".into()),
            attachments: vec![],
            scheduled_at: Some(micros),
            provider_id: None,
        };
        let request = message_send(&sent);
        assert_eq!(shape(&request), "POST /conversations/messages 2021-04-15 probe /messageId");
        assert!(body(&request).get("subject").is_none());
        body(&request)["scheduledTimestamp"].as_i64().unwrap()
    };
    assert_eq!((at(7_000_000), at(7_000_001), at(7_999_999)), (7, 8, 8));
}

/// Values as each document wants them: moments as text, money as a number.
#[test]
fn tasks_appointments_and_opportunities_have_the_documents_names() {
    let task = Task { title: Some("Call".into()), body: Some(String::new()), due_at: Some(1_795_512_600_000_000), ..Task::default() };
    assert_eq!(body(&task_create("C1", &task)), &json!({"title": "Call", "body": "", "dueDate": "2026-11-24T09:30:00.000Z", "completed": false}));
    assert_eq!(body(&task_update("C1", "T1", &Task { completed: Some(true), ..Task::default() })), &json!({"completed": true}));
    let visit = Appointment { calendar_id: Some("K".into()), title: Some("Visit".into()), starts_at: Some(1_795_512_600_000_000), ..Appointment::default() };
    let made = appointment_create("L", "C1", &visit);
    let expected = json!({
        "locationId": "L", "contactId": "C1", "calendarId": "K", "title": "Visit", "startTime": "2026-11-24T09:30:00.000Z",
        "ignoreDateRange": true, "ignoreFreeSlotValidation": true, "toNotify": false,
    });
    assert_eq!(body(&made), &expected);
    assert!(body(&appointment_update("A1", &visit)).get("calendarId").is_none(), "it stays in the calendar it is in");
    let deal = Opportunity { pipeline_id: Some("P".into()), name: Some("Wedding".into()), monetary_value: Some("1200.5".into()), ..Opportunity::default() };
    let expected = json!({"locationId": "L", "contactId": "C1", "pipelineId": "P", "name": "Wedding", "status": "open", "monetaryValue": 1200.5});
    assert_eq!(body(&opportunity_create("L", "C1", &deal)), &expected);
    let emptied = Opportunity { monetary_value: Some(String::new()), ..Opportunity::default() };
    assert_eq!(body(&opportunity_update("O1", &emptied)), &json!({"monetaryValue": 0}));
}
