//! Between payloads and objects with hatbridge's field names. In a payload an empty text says "the
//! source says it is empty"; the contract says that with null.

use crate::highlevel::wire::tags;
use crate::moment;
use hatbridge_schemas::{Contact, Message, Ticket};
use serde_json::{Map, Value, json};

/// Statuses of the contract's messages, and HighLevel's words that mean the same.
const STATUSES: &[(&str, &[&str])] = &[
    ("queued", &["pending"]),
    ("scheduled", &[]),
    ("sent", &[]),
    ("delivered", &["completed", "connected", "answered", "voicemail"]),
    ("read", &["opened", "clicked"]),
    ("failed", &["undelivered", "opt_out", "busy", "no-answer"]),
    ("cancelled", &["canceled"]),
];

/// A text; null says that it is empty.
pub(super) fn text(from: &Value, name: &str) -> Option<String> {
    match from.get(name)? {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// An id: never empty.
pub(super) fn id(from: &Value, name: &str) -> Option<String> {
    text(from, name).filter(|id| !id.is_empty())
}

fn texts(from: &Value, name: &str) -> Vec<String> {
    from[name].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// A contact of a record.
#[must_use]
pub fn contact_from(from: &Value) -> Contact {
    let field = |name: &str| text(from, name);
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let custom = from["custom_fields"].as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    Contact {
        first_name: field("first_name"),
        last_name: field("last_name"),
        company_name: field("company_name"),
        email: field("email"),
        phone: field("phone"),
        address1: field("address1"),
        address2: field("address2"),
        city: field("city"),
        state: field("state"),
        postal_code: field("postal_code"),
        country: field("country"),
        website: field("website"),
        birthday: field("birthday").map(|date| date.split(['T', ' ']).next().unwrap_or_default().to_owned()),
        kind: field("kind").map(|kind| kind.to_lowercase()),
        is_company: from["is_company"].as_bool(),
        origin: None,
        notes: field("notes"),
        dnd: None,
        tags: if from.get("tags").is_some_and(Value::is_null) { Some(vec![]) } else { tags(&from["tags"]) },
        custom_fields: custom.map(|(name, value)| (name.clone(), shown(value))).collect(),
        external_id: id(from, "external_id"),
    }
}

/// A ticket of a record.
#[must_use]
pub fn ticket_from(from: &Value) -> Ticket {
    Ticket {
        contact_id: id(from, "contact_id"),
        subject: text(from, "subject"),
        body: text(from, "body"),
        status: from["status"].as_str().and_then(|status| status.to_lowercase().parse().ok()),
        tags: tags(&from["tags"]).unwrap_or_default(),
        external_id: id(from, "external_id"),
    }
}

/// A message of a record.
#[must_use]
pub fn message_from(from: &Value) -> Message {
    Message {
        contact_id: id(from, "contact_id"),
        conversation_id: None,
        ticket_id: id(from, "ticket_id"),
        channel: id(from, "channel").map(|channel| channel.to_uppercase()),
        direction: from["direction"].as_str().and_then(|direction| direction.to_lowercase().parse().ok()),
        status: id(from, "status").map(|status| status.to_lowercase()),
        body: text(from, "body"),
        subject: text(from, "subject"),
        attachments: texts(from, "attachments"),
        sent_at: moment::micros(&from["sent_at"]),
        scheduled_at: moment::micros(&from["scheduled_at"]),
        external_id: id(from, "external_id"),
        origin: None,
        author: id(from, "author"),
        provider_id: None,
        call: None,
    }
}

#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    /// An empty text clears.
    fn text(&mut self, name: &str, value: Option<&String>) {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), if value.is_empty() { Value::Null } else { json!(value) });
        }
    }

    fn put<T: Into<Value>>(&mut self, name: &str, value: Option<T>) {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value.into());
        }
    }

    fn list(&mut self, name: &str, value: &[String]) {
        self.put(name, (!value.is_empty()).then(|| json!(value)));
    }
}

/// The fields of a contact that are `Some`; an empty text as null.
#[must_use]
pub fn contact_fields(contact: &Contact) -> Map<String, Value> {
    let mut out = Fields::default();
    for (name, value) in [
        ("first_name", &contact.first_name),
        ("last_name", &contact.last_name),
        ("company_name", &contact.company_name),
        ("email", &contact.email),
        ("phone", &contact.phone),
        ("address1", &contact.address1),
        ("address2", &contact.address2),
        ("city", &contact.city),
        ("state", &contact.state),
        ("postal_code", &contact.postal_code),
        ("country", &contact.country),
        ("website", &contact.website),
        ("birthday", &contact.birthday),
        ("kind", &contact.kind),
        ("notes", &contact.notes),
        ("external_id", &contact.external_id),
    ] {
        out.text(name, value.as_ref());
    }
    out.put("is_company", contact.is_company);
    out.put("tags", contact.tags.as_ref().map(|tags| json!(tags)));
    if !contact.custom_fields.is_empty() {
        out.put("custom_fields", Some(json!(contact.custom_fields)));
    }
    out.0
}

/// The fields of a ticket that are `Some`; tags if there are any.
#[must_use]
pub fn ticket_fields(ticket: &Ticket) -> Map<String, Value> {
    let mut out = Fields::default();
    out.text("contact_id", ticket.contact_id.as_ref());
    out.text("subject", ticket.subject.as_ref());
    out.text("body", ticket.body.as_ref());
    out.put("status", ticket.status.map(hatbridge_schemas::TicketStatus::as_str));
    out.list("tags", &ticket.tags);
    out.text("external_id", ticket.external_id.as_ref());
    out.0
}

/// The fields of a message that are `Some`; moments in microseconds. The contract's statuses are a
/// closed set: a status of HighLevel becomes the one that means the same, and is left out if there is
/// none.
#[must_use]
pub fn message_fields(message: &Message) -> Map<String, Value> {
    let mut out = Fields::default();
    for (name, value) in [
        ("contact_id", &message.contact_id),
        ("ticket_id", &message.ticket_id),
        ("channel", &message.channel),
        ("body", &message.body),
        ("subject", &message.subject),
        ("external_id", &message.external_id),
        ("author", &message.author),
    ] {
        out.text(name, value.as_ref());
    }
    out.put("direction", message.direction.map(hatbridge_schemas::Direction::as_str));
    out.list("attachments", &message.attachments);
    out.put("sent_at", message.sent_at);
    out.put("scheduled_at", message.scheduled_at);
    out.put("status", message.status.as_deref().and_then(status));
    out.0
}

fn status(word: &str) -> Option<&'static str> {
    STATUSES.iter().find(|(ours, same)| *ours == word || same.contains(&word)).map(|(ours, _)| *ours)
}

#[cfg(test)]
#[path = "fields_tests.rs"]
mod tests;
