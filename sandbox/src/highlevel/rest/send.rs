//! `POST /conversations/messages`: really sends, now or later.

use crate::highlevel::{
    admit::Caller,
    clock::now_ms,
    given::Given,
    kinds::Kind,
    location::Actor,
    message::Direction,
    messages::{Mail, NewMessage},
    problem::Problem,
    reply::{Answer, Body, ok},
};
use axum::extract::Path;
use serde_json::{Value, json};
use std::sync::Arc;

/// Seconds above this are milliseconds by mistake (the year 5138).
const SECONDS_MOST: i64 = 99_999_999_999;

pub(super) async fn send(caller: Caller, Body(given): Body) -> Answer {
    let fields = Given(&given);
    let kind = Kind::read(fields.needed("type")?).filter(|kind| kind.sendable).ok_or_else(|| Problem::invalid("type must be a valid message type"))?;
    let contact = fields.needed("contactId")?;
    let text = if kind.number == 3 { fields.text("html").or(fields.text("message")) } else { fields.text("message") };
    let attachments = fields.texts("attachments");
    if text.is_none() && attachments.is_empty() {
        return Err(Problem::invalid("There is no message or attachments for this message. Skip sending."));
    }
    let due = scheduled(given.get("scheduledTimestamp"))?;
    let mut acting = caller.location.act(Actor::Api);
    let contact = acting.known_contact(contact)?;
    let to = if kind.number == 3 { "email" } else { "phone" };
    let message = acting.add(NewMessage {
        body: text.unwrap_or_default().to_owned(),
        attachments,
        provider: fields.owned("conversationProviderId"),
        status: if due.is_some() { "scheduled" } else { "delivered" }.to_owned(),
        scheduled: due,
        from: fields.owned("emailFrom").or_else(|| fields.owned("fromNumber")),
        to: fields.owned("emailTo").or_else(|| fields.owned("toNumber")).or_else(|| contact.text.get(to).cloned()),
        mail: Mail {
            subject: fields.owned("subject").unwrap_or_default(),
            cc: fields.texts("emailCc"),
            bcc: fields.texts("emailBcc"),
            answers: fields.owned("replyMessageId"),
        },
        ..NewMessage::new("messages.send", kind, Arc::clone(&contact.id), Direction::Outbound)
    });
    let mut body = json!({"conversationId": &*message.conversation, "messageId": &*message.id, "status": answered(&message.status)});
    if let Some(email) = message.emails.last() {
        body["emailMessageId"] = json!(&**email);
    }
    if due.is_some() {
        body["msg"] = json!("Message scheduled successfully.");
    }
    ok(body)
}

/// The answer has fewer words than the message's own status: what waits is pending.
fn answered(status: &str) -> &str {
    if status == "scheduled" { "pending" } else { status }
}

/// Milliseconds of a time given in seconds; `None` if it has come already.
fn scheduled(given: Option<&Value>) -> Result<Option<i64>, Problem> {
    let Some(given) = given.filter(|given| !given.is_null()) else { return Ok(None) };
    match given.as_i64() {
        Some(seconds @ 0..=SECONDS_MOST) => Ok(Some(seconds * 1000).filter(|due| *due > now_ms())),
        Some(_) | None => Err(Problem::invalid("scheduledTimestamp must be a UTC timestamp in seconds")),
    }
}

/// By a message's id, or by an e-mail's.
pub(super) async fn cancel(caller: Caller, Path(id): Path<String>) -> Answer {
    caller.location.act(Actor::Api).cancel(&id)?;
    ok(json!({"status": 200, "message": "Message cancelled successfully"}))
}
