//! Conversations, messages and calls.

use super::{Step, step, with};
use serde_json::{Value, json};

pub fn steps() -> Vec<Step> {
    [conversations(), messages(), calls(), live_chat()].into_iter().flatten().collect()
}

fn conversations() -> Vec<Step> {
    vec![
        step("create conversation", json!({"contactId": "$contact"})).keep("conversation", &["/conversation/id"]),
        step("update conversation", json!({"conversationId": "$conversation", "unreadCount": 1, "starred": true})),
        step("get conversation", json!({"conversationId": "$conversation"})),
    ]
}

fn messages() -> Vec<Step> {
    // The documents require these two of every message.
    let sent = json!({"subType": "text", "status": "delivered", "contactId": "$contact"});
    let send = |more: Value| step("send a new message", with(sent.clone(), &more));
    vec![
        send(json!({"type": "SMS", "message": "Shall we say ten?", "toNumber": "+12025550101"})).keep("sms", &["/messageId"]),
        send(json!({"type": "Email", "html": "<p>Your offer</p>", "subject": "Offer", "emailTo": "ada@example.com", "emailCc": ["bea@example.com"]}))
            .keep("email", &["/emailMessageId"]),
        send(json!({"type": "Custom", "message": "By our provider", "conversationProviderId": "$provider"})).keep("of provider", &["/messageId"]),
        send(json!({"type": "SMS", "message": "Tomorrow then", "scheduledTimestamp": "$later in s"})).keep("scheduled", &["/messageId"]),
        step("cancel a scheduled message", json!({"messageId": "$scheduled"})),
        send(json!({"type": "Email", "html": "<p>Reminder</p>", "subject": "Reminder", "scheduledTimestamp": "$later in s"}))
            .keep("scheduled email", &["/emailMessageId"]),
        step("cancel a scheduled email message", json!({"emailMessageId": "$scheduled email"})),
        step(
            "add an inbound message",
            json!({
                "type": "Custom", "contactId": "$contact", "conversationId": "$conversation", "conversationProviderId": "$provider", "message": "Ten is fine",
                "direction": "inbound", "altId": "hats-1", "date": "2026-02-03T10:15:00.000Z", "attachments": ["https://ada.example/list.pdf"],
            }),
        ),
        step(
            "search conversations",
            json!({"contactId": "$contact", "limit": 20, "sort": "asc", "sortBy": "last_message_date", "status": "all", "startAfterDate": 0}),
        ),
        step("get email by id", json!({"id": "$email"})),
        step("get message by id", json!({"id": "$sms"})),
        step("get messages by conversation", json!({"conversationId": "$conversation", "limit": 20, "type": "TYPE_SMS"})),
        step("update message status", json!({"messageId": "$of provider", "status": "read"})),
        step(
            "export messages by location",
            json!({"limit": 10, "sortBy": "updatedAt", "sortOrder": "asc", "contactId": "$contact", "startDate": "2026-01-01T00:00:00.000Z"}),
        ),
        step(
            "upload file attachments",
            json!({
                "conversationId": "$conversation", "contactId": "$contact", "attachmentUrls": ["https://ada.example/plan.png"],
                "fileAttachment": {"file_name": "plan.txt", "media_type": "text/plain", "base64": "VGhlIHBsYW4K"},
            }),
        ),
    ]
}

fn calls() -> Vec<Step> {
    vec![
        step(
            "add an external outbound call",
            json!({
                "type": "Call", "conversationId": "$conversation", "conversationProviderId": "$provider", "altId": "hats-2", "date": "2026-02-03T11:00:00.000Z",
                "attachments": ["https://studio.example/call.mp3"], "call": {"to": "+12025550101", "from": "+12025550199", "status": "completed"},
            }),
        )
        .keep("external call", &["/messageId"]),
        step("set attachments of an external call", json!({"messageId": "$external call", "attachments": ["https://studio.example/call-2.mp3"]})),
        step("get message recording", json!({"messageId": "$call"})),
        step("get message transcription", json!({"messageId": "$call"})),
        step("download transcription", json!({"messageId": "$call"})),
    ]
}

fn live_chat() -> Vec<Step> {
    vec![step("agent typing indicator", json!({"conversationId": "$conversation", "visitorId": "visitor-1", "isTyping": "true"}))]
}
