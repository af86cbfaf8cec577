//! Values of the data as a path or a query has them: text.

use super::load::resolve;
use serde_json::Value;

/// A value as its parameter's schema wants it, for the check: a text that reads as the number or the
/// boolean is one, a number is a text where a text is wanted, one value is a list of one.
pub(super) fn as_declared(value: &Value, schema: &Value) -> Value {
    let Some(schema) = resolve(schema) else { return value.clone() };
    let wants = |name: &str| wants(schema, name);
    match value {
        Value::Array(items) => {
            let of = schema.get("items").unwrap_or(&Value::Null);
            Value::Array(items.iter().map(|item| as_declared(item, of)).collect())
        }
        scalar if is_of_type(schema, "array") => as_declared(&Value::Array(vec![scalar.clone()]), schema),
        Value::String(text) if !wants("string") => {
            let read = text
                .trim()
                .parse::<Value>()
                .ok()
                .filter(|read| (read.is_number() && (wants("number") || wants("integer"))) || (read.is_boolean() && wants("boolean")));
            read.unwrap_or_else(|| value.clone())
        }
        Value::Number(_) | Value::Bool(_) if wants("string") && !wants("number") && !wants("boolean") => Value::String(value.to_string()),
        _ => value.clone(),
    }
}

/// Whether a schema's own type is this.
fn is_of_type(schema: &Value, name: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(only)) => only == name,
        Some(Value::Array(several)) => several.iter().any(|one| one == name),
        _ => false,
    }
}

/// Whether a schema takes values of this type, also in one of its choices.
fn wants(schema: &Value, name: &str) -> bool {
    let choices = ["anyOf", "oneOf"].into_iter().filter_map(|key| schema.get(key)?.as_array()).flatten();
    is_of_type(schema, name) || choices.filter_map(resolve).any(|choice| is_of_type(choice, name))
}

/// A scalar's text; `None` for anything else.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The texts of a query parameter, one for each time it is named; `None` if they can't stand there.
pub(super) fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(items) => items.iter().map(text).collect(),
        scalar => Some(vec![text(scalar)?]),
    }
}

/// A member of the data by its name in either spelling, `contactId` or `contact_id`.
#[must_use]
pub fn member<'a>(data: &'a serde_json::Map<String, Value>, name: &str) -> Option<&'a Value> {
    data.get(name).or_else(|| data.get(&camel(name))).or_else(|| data.get(&snake(name)))
}

/// `contactId` as `contact_id`.
pub(super) fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// `contact_id` as `contactId`.
pub(super) fn camel(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut begins = false;
    for c in name.chars() {
        if c == '_' && !out.is_empty() {
            begins = true;
        } else {
            out.push(if begins { c.to_ascii_uppercase() } else { c });
            begins = false;
        }
    }
    out
}
