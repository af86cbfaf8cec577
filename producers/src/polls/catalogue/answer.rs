//! Ids in the rows of an answer. Pure.

use hatbridge_schemas::EntityKind;
use hatbridge_systems::highlevel::catalogue::{Operation, Poll};
use serde_json::{Map, Value};

/// The id of a row: its own, else the parameter's of that name, else that of the entity asked for.
pub(super) fn id_of(operation: &Operation, poll: &Poll, row: &Value, data: &Map<String, Value>, asked: &str) -> Option<String> {
    if operation.entity == EntityKind::FreeSlots {
        let (date, _) = row.as_object()?.iter().next()?;
        return Some(format!("{}/{date}", word(data.get("calendarId")?)?));
    }
    let own = poll.id.iter().find_map(|name| word(row.get(name)?));
    let of_data = || poll.id.iter().find_map(|name| word(data.get(name)?));
    own.or_else(of_data).or_else(|| Some(asked.to_owned()).filter(|id| poll.one && !id.is_empty()))
}

/// A text or number that is not empty.
pub(super) fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) | Value::String(_) => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hatbridge_systems::highlevel::catalogue::{Rows, find, rows_of};
    use serde_json::json;

    fn read(name: &str, answer: Value) -> (Vec<Value>, bool) {
        let operation = find(name).unwrap();
        let Rows { rows, found } = rows_of(operation, operation.poll.as_ref().unwrap(), &answer);
        (rows, found)
    }

    #[test]
    fn each_day_of_free_slots_is_a_row() {
        let operation = find("get free slots").unwrap();
        let (rows, _) = read("get free slots", json!({"2026-11-25": {"slots": ["a"]}, "traceId": "t"}));
        assert_eq!(rows, vec![json!({"2026-11-25": {"slots": ["a"]}})]);
        let data = json!({"calendarId": "c1"});
        assert_eq!(id_of(operation, operation.poll.as_ref().unwrap(), &rows[0], data.as_object().unwrap(), "").unwrap(), "c1/2026-11-25");
    }

    #[test]
    fn an_answer_without_an_id_has_that_of_what_was_asked_for() {
        let operation = find("get message transcription").unwrap();
        let poll = operation.poll.as_ref().unwrap();
        let data = json!({"messageId": "m1"});
        assert_eq!(id_of(operation, poll, &json!([]), data.as_object().unwrap(), "x").unwrap(), "m1");
    }
}
