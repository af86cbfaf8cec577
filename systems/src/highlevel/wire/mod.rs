//! HighLevel's JSON as payloads. Tolerant: the same entity comes as a row of a search, by id (wrapped
//! or not) and in a webhook's body, each with other names; what is not there is `None`.

mod automation;
mod blogs;
mod calendars;
mod channel;
mod contact;
mod conversation;
mod message;
mod objects;
mod organisations;
mod records;
mod sales;
mod transcript;

pub use automation::{campaign_from, snapshot_from, workflow_from};
pub use blogs::{blog_author_from, blog_category_from, blog_from, blog_post_from};
pub use calendars::{
    appointment_from, appointment_note_from, block_slot_from, calendar_from, calendar_group_from, calendar_notification_from, calendar_resource_from,
    free_slots_from,
};
pub(crate) use contact::tags;
pub use contact::{MARK_PREFIX, contact_from};
pub use conversation::conversation_from;
pub use message::message_from;
pub use objects::{association_from, custom_field_from, relation_from};
pub use organisations::{business_from, company_from, location_from, user_from};
pub use records::{note_from, payload_from, task_from};
pub use sales::{opportunity_from, pipeline_from};
use transcript::transcript_row;
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

/// A word in lower case.
fn lower(body: &Value, name: &str) -> Option<String> {
    word(body, name).map(|word| word.to_lowercase())
}

/// A switch, also as text.
fn flag(body: &Value, name: &str) -> Option<bool> {
    body[name].as_bool().or_else(|| body[name].as_str()?.parse().ok())
}

/// Words of a list, in its order; of objects their ids.
fn list(value: &Value) -> Vec<String> {
    let one = |item: &Value| item.as_str().map(str::to_owned).or_else(|| first_word(item, &["id", "_id", "userId"]));
    value.as_array().into_iter().flatten().filter_map(one).filter(|word| !word.is_empty()).collect()
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
mod families_tests;
#[cfg(test)]
mod tests;
