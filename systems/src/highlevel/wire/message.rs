//! A message, mail or call.

use super::channel::{canonical, numbered};
use super::{first_word, inner, integer, text, word};
use crate::moment;
use hatbridge_schemas::{CallDetail, Direction, Message};
use serde_json::Value;

/// A message from a list, an export, by id (wrapped or not), as a mail by id, or from a webhook, a
/// provider's too, where `message` is the text and `type` the channel.
#[must_use]
pub fn message_from(body: &Value) -> Message {
    let body = inner(inner(body, "message"), "emailMessage");
    let channel = channel(body);
    let status = word(body, "status").map(|status| told(&status));
    let waits = status.as_deref().is_none_or(|status| status == "scheduled");
    Message {
        contact_id: word(body, "contactId"),
        conversation_id: word(body, "conversationId"),
        ticket_id: None,
        direction: direction(body),
        body: ["body", "message", "html"].iter().find_map(|name| text(body, name)),
        subject: text(body, "subject"),
        attachments: attachments(&body["attachments"]),
        sent_at: moment::first(body, &["dateAdded", "date", "createdAt", "timestamp"]),
        scheduled_at: moment::first(body, &["scheduledTimestamp", "scheduledAt"]).filter(|_| waits),
        external_id: word(body, "altId"),
        origin: word(body, "source"),
        author: first_word(body, &["userId", "from"]),
        provider_id: word(body, "conversationProviderId"),
        call: call(body, channel.as_deref()),
        channel,
        status,
    }
}

/// One spelling for both sides.
fn told(status: &str) -> String {
    match status.to_lowercase().as_str() {
        "canceled" => "cancelled".to_owned(),
        other => other.to_owned(),
    }
}

fn channel(body: &Value) -> Option<String> {
    let name = first_word(body, &["messageType", "messageTypeString"]).or_else(|| {
        // A provider's webhook names the channel here, all others the event.
        word(body, "type").filter(|name| body["type"].is_string() && !name.ends_with("Message"))
    });
    match name {
        Some(name) => Some(canonical(&name)),
        None => numbered(integer(&body["messageTypeId"]).or_else(|| body["type"].as_i64())?).map(str::to_owned),
    }
}

fn direction(body: &Value) -> Option<Direction> {
    let said = body["direction"].as_str().and_then(|word| word.to_lowercase().parse().ok());
    said.or_else(|| match body["type"].as_str()? {
        "InboundMessage" => Some(Direction::Inbound),
        "OutboundMessage" => Some(Direction::Outbound),
        _ => None,
    })
}

fn attachments(value: &Value) -> Vec<String> {
    let one = |item: &Value| item.as_str().or_else(|| item["url"].as_str()).filter(|address| !address.is_empty()).map(str::to_owned);
    value.as_array().into_iter().flatten().filter_map(one).collect()
}

/// What a call adds stands in the body of a webhook, documented at `meta.callDuration`, live at
/// `meta.call.duration` [#214, #258].
fn call(body: &Value, channel: Option<&str>) -> Option<CallDetail> {
    let meta = &body["meta"];
    let duration = [&body["callDuration"], &meta["call"]["duration"], &meta["callDuration"]].into_iter().find_map(integer);
    let status = word(body, "callStatus").or_else(|| word(&meta["call"], "status")).or_else(|| word(meta, "callStatus"));
    let is_call = channel.is_some_and(|channel| channel.ends_with("CALL"));
    (is_call || duration.is_some() || status.is_some()).then(|| CallDetail { duration, status: status.map(|status| told(&status)) })
}
