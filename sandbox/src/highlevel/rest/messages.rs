//! Messages by id and by conversation, and their status.

use crate::highlevel::{
    admit::Caller,
    given::{Asked, Given},
    location::{Actor, Via},
    problem::Problem,
    reply::{Answer, Body, created, ok},
};
use axum::{
    body::Bytes,
    extract::{Path, Query},
    http::StatusCode,
};
use serde_json::{Value, json};
use std::collections::HashMap;

const STATUSES: [&str; 4] = ["delivered", "failed", "pending", "read"];

/// Wrapped, as the live API answers it.
pub(super) async fn by_id(caller: Caller, Path(id): Path<String>) -> Answer {
    let shelf = caller.location.look();
    let message = shelf.message(&id).ok_or_else(|| Problem::not_found("Message"))?;
    ok(json!({"message": message.shown(&caller.location.id)}))
}

pub(super) async fn email(caller: Caller, Path(id): Path<String>) -> Answer {
    let shelf = caller.location.look();
    let missing = || Problem::not_found("Email message");
    let email = shelf.emails.get(id.as_str()).ok_or_else(missing)?;
    let message = shelf.message(&email.message).ok_or_else(missing)?;
    ok(email.shown(message, &caller.location.id))
}

/// Newest first, wrapped as the live API answers it.
pub(super) async fn of_conversation(caller: Caller, Path(id): Path<String>, Query(asked): Query<HashMap<String, String>>) -> Answer {
    let asked = Asked(asked);
    let limit = asked.number("limit", 20, 1, 100)?;
    let kinds: Vec<&str> = asked.text("type").map(|kinds| kinds.split(',').map(str::trim).collect()).unwrap_or_default();
    let shelf = caller.location.look();
    let conversation = shelf.conversation(&id).ok_or_else(|| Problem::not_found("Conversation"))?;
    let before = match asked.text("lastMessageId") {
        Some(last) => shelf.message(last).map(|message| (message.date_added, message.sequence)).ok_or_else(|| Problem::not_found("Message"))?,
        None => (i64::MAX, u64::MAX),
    };
    let all = shelf.messages_of.get(&conversation.id);
    let all = all.into_iter().flat_map(|all| all.range(..before).rev()).filter_map(|(_, id)| shelf.message(id));
    let mut rows: Vec<_> = all.filter(|message| kinds.is_empty() || kinds.contains(&message.kind.listed)).take(limit + 1).collect();
    let next_page = rows.len() > limit;
    rows.truncate(limit);
    ok(json!({"messages": {
        "lastMessageId": rows.last().map(|message| &*message.id),
        "nextPage": next_page,
        "messages": rows.iter().map(|message| message.shown(&caller.location.id)).collect::<Vec<Value>>(),
    }}))
}

/// Only the app whose provider sent it may set a message's status.
pub(super) async fn set_status(caller: Caller, Path(id): Path<String>, Body(given): Body) -> Answer {
    let fields = Given(&given);
    let status = fields.needed("status")?;
    if !STATUSES.contains(&status) {
        return Err(Problem::invalid(format!("status must be one of {}", STATUSES.join(", "))));
    }
    let mut acting = caller.location.act(Actor::Api);
    if caller.via == Via::PrivateToken && !acting.settings.bugs.open_status {
        return Err(Problem::forbidden("No access to the conversation provider of this message"));
    }
    let message = acting.set_status(&id, status)?;
    ok(json!({"conversationId": &*message.conversation, "messageId": &*message.id, "status": message.status, "msg": "Message status updated successfully"}))
}

/// URLs that one call can have.
const ATTACHMENTS: usize = 5;

/// Answers nothing but the status.
pub(super) async fn set_attachments(caller: Caller, Path(id): Path<String>, Body(given): Body) -> Result<StatusCode, Problem> {
    let fields = Given(&given);
    fields.only(&["attachments"])?;
    let listed = given.get("attachments").and_then(Value::as_array).map_or(0, Vec::len);
    let attachments = fields.texts("attachments");
    if attachments.is_empty() || attachments.len() != listed || listed > ATTACHMENTS {
        return Err(Problem::invalid(format!("attachments must be 1 to {ATTACHMENTS} URLs")));
    }
    caller.location.act(Actor::Api).set_attachments(&id, attachments)?;
    Ok(StatusCode::OK)
}

/// An agent types: the visitor sees it, nothing is kept.
pub(super) async fn typing(caller: Caller, Body(given): Body) -> Answer {
    let fields = Given(&given);
    fields.only(&["locationId", "isTyping", "visitorId", "conversationId"])?;
    caller.must_be(fields.needed("locationId")?)?;
    for name in ["isTyping", "visitorId"] {
        fields.needed(name)?;
    }
    // The document has no 404 here.
    let conversation = fields.needed("conversationId")?;
    caller.location.look().conversation(conversation).ok_or_else(|| Problem::bad_request("Conversation not found"))?;
    created(json!({"success": true}))
}

/// Takes files and keeps none: it answers where they would be.
pub(super) async fn upload(caller: Caller, body: Bytes) -> Answer {
    let url = format!("https://sandbox.invalid/{}/{}-bytes", caller.location.id, body.len());
    ok(json!({"uploadedFiles": {"file": url}}))
}
