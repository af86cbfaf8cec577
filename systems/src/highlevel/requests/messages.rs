//! Messages, mails and calls [spec conversations.json; FACTS section 8].

use super::{CONVERSATIONS, delete, post, put, read};
use crate::call::Request;
use crate::http::segment;
use crate::{Effect, moment};
use hatbridge_schemas::Direction;
use serde_json::{Value, json};
use std::fmt;

/// A message that was exchanged elsewhere and is only written down here.
#[derive(Clone)]
pub struct Recorded {
    /// The contact.
    pub contact_id: String,
    /// Its conversation, if known.
    pub conversation_id: Option<String>,
    /// Canonical upper case name: `SMS`, `EMAIL`, ...
    pub channel: String,
    /// Which way it went.
    pub direction: Direction,
    /// Text.
    pub body: Option<String>,
    /// Subject of a mail.
    pub subject: Option<String>,
    /// Addresses of the attachments.
    pub attachments: Vec<String>,
    /// The other system's id: comes back in the conversation's messages, and so tells after a doubt
    /// whether this one was written.
    pub alt_id: String,
    /// When it was exchanged, microseconds since the epoch.
    pub at: Option<i64>,
    /// Conversation provider of an app of one's own.
    pub provider_id: Option<String>,
}

/// A message that HighLevel is to send.
#[derive(Clone)]
pub struct Sent {
    /// The contact.
    pub contact_id: String,
    /// Canonical upper case name: `SMS`, `EMAIL`, ...
    pub channel: String,
    /// Text.
    pub body: Option<String>,
    /// Subject of a mail.
    pub subject: Option<String>,
    /// Addresses of the attachments.
    pub attachments: Vec<String>,
    /// Not before this moment, microseconds since the epoch.
    pub scheduled_at: Option<i64>,
    /// Conversation provider of an app of one's own.
    pub provider_id: Option<String>,
}

/// They hold what people wrote.
impl fmt::Debug for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorded").field("channel", &self.channel).field("alt_id", &self.alt_id).finish_non_exhaustive()
    }
}

/// As [`Recorded`].
impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sent").field("channel", &self.channel).finish_non_exhaustive()
    }
}

/// HighLevel's `type` for a channel in `POST /conversations/messages/inbound`; what it has no word
/// for is a text message, or a provider's. A provider's mail must be `Custom`: `Email` with the
/// provider's id lands silently in the default channel [#19].
fn recorded_type(channel: &str, provider: bool) -> &'static str {
    match channel {
        "EMAIL" | "CUSTOM_EMAIL" | "CAMPAIGN_EMAIL" if !provider => "Email",
        "SMS" => "SMS",
        "RCS" => "RCS",
        "WHATSAPP" => "WhatsApp",
        "CALL" | "VOICEMAIL" => "Call",
        "IVR_CALL" => "IVR_Call",
        "FACEBOOK" => "FB",
        "INSTAGRAM" => "IG",
        "GMB" => "GMB",
        "WEBCHAT" => "WebChat",
        "LIVE_CHAT" => "Live_Chat",
        "TIKTOK" => "TIKTOK",
        _ if provider => "Custom",
        _ => "SMS",
    }
}

/// As [`recorded_type`], for `POST /conversations/messages`, which knows fewer.
fn sent_type(channel: &str, provider: bool) -> &'static str {
    match recorded_type(channel, provider) {
        known @ ("SMS" | "RCS" | "Email" | "WhatsApp" | "IG" | "FB" | "Custom" | "Live_Chat" | "TIKTOK") => known,
        _ if provider => "Custom",
        _ => "SMS",
    }
}

fn is_mail(channel: &str) -> bool {
    channel.ends_with("EMAIL")
}

/// What both kinds have in common.
fn content(channel: &str, contact: &str, body: Option<&String>, subject: Option<&String>, attachments: &[String], provider: Option<&String>) -> Value {
    let mut out = json!({"contactId": contact});
    if let Some(text) = body {
        out["message"] = json!(text);
        if is_mail(channel) {
            out["html"] = json!(text);
        }
    }
    if let Some(subject) = subject.filter(|_| is_mail(channel)) {
        out["subject"] = json!(subject);
    }
    if !attachments.is_empty() {
        out["attachments"] = json!(attachments);
    }
    if let Some(provider) = provider {
        out["conversationProviderId"] = json!(provider);
    }
    out
}

/// `POST /conversations/messages/inbound`, for both directions; the direction is always sent, since
/// the document claims `outbound` as default. Duplicates by `altId` are not refused: after a doubt
/// look for it in [`messages_list`].
#[must_use]
pub fn message_inbound(message: &Recorded) -> Request {
    let Recorded { contact_id, conversation_id, channel, direction, body, subject, attachments, alt_id, at, provider_id } = message;
    let mut out = content(channel, contact_id, body.as_ref(), subject.as_ref(), attachments, provider_id.as_ref());
    out["type"] = json!(recorded_type(channel, provider_id.is_some()));
    out["direction"] = json!(direction.as_str());
    out["altId"] = json!(alt_id);
    if let Some(id) = conversation_id {
        out["conversationId"] = json!(id);
    }
    if let Some(at) = at {
        out["date"] = json!(moment::millis_text(*at));
    }
    post("messages.inbound", Effect::Probe, CONVERSATIONS, "/conversations/messages/inbound").with_body(out).expecting("/messageId")
}

/// `POST /conversations/messages`: really sends, now or at `scheduledTimestamp` (seconds, rounded up).
/// It takes no `altId` [#253]: after a doubt look for the same text since then in [`messages_list`].
#[must_use]
pub fn message_send(message: &Sent) -> Request {
    let Sent { contact_id, channel, body, subject, attachments, scheduled_at, provider_id } = message;
    let mut out = content(channel, contact_id, body.as_ref(), subject.as_ref(), attachments, provider_id.as_ref());
    out["type"] = json!(sent_type(channel, provider_id.is_some()));
    if let Some(at) = scheduled_at {
        out["scheduledTimestamp"] = json!(at.saturating_add(999_999).div_euclid(1_000_000));
    }
    post("messages.send", Effect::Probe, CONVERSATIONS, "/conversations/messages").with_body(out).expecting("/messageId")
}

/// `GET /conversations/messages/{id}`; live it is wrapped as `{message, traceId}`.
#[must_use]
pub fn message_get(id: &str) -> Request {
    read("messages.get", CONVERSATIONS, format!("/conversations/messages/{}", segment(id)))
}

/// `GET /conversations/{id}/messages`, the newest first; `last` is the page before's `lastMessageId`.
/// Live it is wrapped as `messages.messages`.
#[must_use]
pub fn messages_list(conversation: &str, last: Option<&str>, limit: u32) -> Request {
    let request = read("messages.list", CONVERSATIONS, format!("/conversations/{}/messages", segment(conversation)));
    let request = request.with_query("limit", limit.to_string());
    match last {
        Some(last) => request.with_query("lastMessageId", last),
        None => request,
    }
}

/// `PUT /conversations/messages/{id}/status`: `delivered`, `failed`, `pending` or `read`; only with
/// the token of the provider's own app.
#[must_use]
pub fn message_status(id: &str, status: &str) -> Request {
    put("messages.status", CONVERSATIONS, format!("/conversations/messages/{}/status", segment(id))).with_body(json!({"status": status}))
}

/// `DELETE /conversations/messages/{id}/schedule`. Once it is cancelled or sent it is refused with 400:
/// [`message_get`] tells which.
#[must_use]
pub fn message_cancel(id: &str) -> Request {
    delete("messages.cancel", CONVERSATIONS, format!("/conversations/messages/{}/schedule", segment(id)))
}

/// `DELETE /conversations/messages/email/{id}/schedule`, by `emailMessageId`.
#[must_use]
pub fn email_cancel(id: &str) -> Request {
    delete("messages.email.cancel", CONVERSATIONS, format!("/conversations/messages/email/{}/schedule", segment(id)))
}

/// `GET /conversations/messages/email/{id}`: a mail's text, which lists leave out [#40]. The id is one
/// of `meta.email.messageIds`.
#[must_use]
pub fn email_get(id: &str) -> Request {
    read("messages.email.get", CONVERSATIONS, format!("/conversations/messages/email/{}", segment(id)))
}

/// `GET /conversations/locations/{location}/messages/{message}/transcription`: a call's sentences.
/// Only calls of HighLevel's own phone have one.
#[must_use]
pub fn transcription_get(location: &str, message: &str) -> Request {
    let path = format!("/conversations/locations/{}/messages/{}/transcription", segment(location), segment(message));
    read("messages.transcription", CONVERSATIONS, path)
}

/// `GET /conversations/messages/export`, by time of update, ascending: `{messages, nextCursor}`.
/// Moments in milliseconds since the epoch; `limit` 10 to 500. Mails come only with a further
/// `channel=Email`.
#[must_use]
pub fn messages_export(location: &str, cursor: Option<&str>, since_ms: i64, to_ms: i64, limit: u32) -> Request {
    let request = read("messages.export", CONVERSATIONS, "/conversations/messages/export".to_owned())
        .with_query("locationId", location)
        .with_query("limit", limit.clamp(10, 500).to_string())
        .with_query("sortBy", "updatedAt")
        .with_query("sortOrder", "asc")
        .with_query("startDate", moment::millis_text(since_ms.saturating_mul(1000)))
        .with_query("endDate", moment::millis_text(to_ms.saturating_mul(1000)));
    match cursor {
        Some(cursor) => request.with_query("cursor", cursor),
        None => request,
    }
}
