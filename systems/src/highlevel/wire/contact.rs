//! A contact.

use super::{inner, text};
use crate::moment;
use hatbridge_schemas::Contact;
use serde_json::Value;
use std::collections::BTreeMap;

/// Begins our mark in a contact's `source`; the 17hats id follows.
pub const MARK_PREFIX: &str = "hatbridge:17hats:";

/// A contact from a row of search, by id or from a webhook. Rows of search may know names only in
/// lower case (FACTS section 6), name the street `address`, and give the date of birth in
/// milliseconds [#314].
#[must_use]
pub fn contact_from(body: &Value) -> Contact {
    let body = inner(body, "contact");
    let field = |name: &str| text(body, name);
    Contact {
        first_name: field("firstName").or_else(|| field("firstNameLowerCase")),
        last_name: field("lastName").or_else(|| field("lastNameLowerCase")),
        company_name: field("companyName"),
        email: field("email"),
        phone: field("phone"),
        address1: field("address1").or_else(|| field("address")),
        address2: None,
        city: field("city"),
        state: field("state"),
        postal_code: field("postalCode"),
        country: field("country"),
        website: field("website"),
        birthday: birthday(&body["dateOfBirth"]),
        kind: None,
        is_company: None,
        origin: field("source"),
        notes: None,
        dnd: body["dnd"].as_bool(),
        tags: tags(&body["tags"]),
        custom_fields: custom_fields(&body["customFields"]),
        external_id: None,
    }
}

/// All tags, sorted, without repeats; `None` if the body does not say.
pub(crate) fn tags(value: &Value) -> Option<Vec<String>> {
    let mut tags: Vec<String> = value.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    tags.sort();
    tags.dedup();
    Some(tags)
}

/// The date part, `YYYY-MM-DD`. Numbers are milliseconds, of either sign.
fn birthday(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => {
            let at = jiff::Timestamp::from_millisecond(number.as_i64()?).ok()?;
            Some(at.to_zoned(jiff::tz::TimeZone::UTC).date().to_string())
        }
        Value::String(text) if text.is_empty() => Some(String::new()),
        Value::String(text) => {
            let date = text.split(['T', ' ']).next().unwrap_or_default();
            match date.parse::<jiff::civil::Date>() {
                Ok(date) => Some(date.to_string()),
                Err(_) => moment::micros(value).map(|at| moment::rfc3339(at).chars().take(10).collect()).or_else(|| Some(date.to_owned())),
            }
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// `[{id, value}]` of answers and webhooks, `field_value` and `fieldValue` of requests (FACTS section
/// 7). Several choices are one text, joined by commas.
pub(super) fn custom_fields(value: &Value) -> BTreeMap<String, String> {
    let one = |field: &Value| {
        let id = ["id", "key", "name"].iter().find_map(|name| text(field, name)).filter(|id| !id.is_empty())?;
        let value = ["value", "field_value", "fieldValue", "fieldValueString", "fieldValueNumber", "fieldValueDate", "fieldValueArray"]
            .iter()
            .find_map(|name| shown(&field[*name]))?;
        Some((id, value))
    };
    value.as_array().into_iter().flatten().filter_map(one).collect()
}

fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => Some(value.to_string()),
        Value::Array(items) => Some(items.iter().filter_map(shown).collect::<Vec<_>>().join(", ")),
    }
}
