//! HighLevel's JSON as payloads. Tolerant: the same entity comes as a row of a search, by id (wrapped
//! or not) and in a webhook's body, each with other names; what is not there is `None`.

mod channel;
mod contact;
mod conversation;
mod message;
mod records;
mod transcript;

pub(crate) use contact::tags;
pub use contact::{MARK_PREFIX, contact_from};
pub use conversation::conversation_from;
pub use message::message_from;
pub use records::{appointment_from, note_from, opportunity_from, task_from};
pub use transcript::{sentences_from, transcript_from};

use serde_json::Value;

/// The entity itself where it is wrapped: `{contact: {...}}`.
fn inner<'a>(body: &'a Value, name: &str) -> &'a Value {
    if body[name].is_object() { &body[name] } else { body }
}

/// A text; a number as text.
fn text(body: &Value, name: &str) -> Option<String> {
    match &body[name] {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// An id or another word: never empty.
fn word(body: &Value, name: &str) -> Option<String> {
    text(body, name).filter(|word| !word.is_empty())
}

/// The first of the members that is a word.
fn first_word(body: &Value, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| word(body, name))
}

/// A whole number, also as text or with a fraction of zero.
fn integer(value: &Value) -> Option<i64> {
    match value {
        #[expect(clippy::cast_possible_truncation, reason = "`as` saturates")]
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|n| n.round() as i64)),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests;
