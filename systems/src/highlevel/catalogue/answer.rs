//! The rows of an answer. Pure.

use super::operation::Operation;
use super::rows::{Odd, Poll};
use hatbridge_schemas::EntityKind;
use serde_json::{Value, json};

/// What an answer holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    /// In the answer's order.
    pub rows: Vec<Value>,
    /// Whether the rows stood where they belong: else nothing is missing for sure.
    pub found: bool,
}

/// Takes the rows out of an answer.
#[must_use]
pub fn rows_of(operation: &Operation, poll: &Poll, answer: &Value) -> Rows {
    if operation.entity == EntityKind::FreeSlots {
        return slots_by_day(answer);
    }
    let at = match poll.items.as_str() {
        "" => answer,
        pointer => answer.pointer(pointer).unwrap_or(&Value::Null),
    };
    // Live answers wrap what the documents show bare: `{message: …}`, `{messages: {messages: […]}}`.
    let at = match at {
        Value::Object(members) if operation.is(Odd::Wrapped) => {
            let inner = if poll.one { "message" } else { "messages" };
            members.get(inner).filter(|value| value.is_object() || value.is_array()).unwrap_or(at)
        }
        at => at,
    };
    if poll.one {
        let rows = if at.is_null() { vec![] } else { vec![at.clone()] };
        return Rows { rows, found: true };
    }
    match listed(at) {
        Some(rows) => Rows { rows: rows.clone(), found: true },
        None => Rows::default(),
    }
}

/// The list itself, or the only list that an object has: some answers wrap theirs, others don't.
fn listed(at: &Value) -> Option<&Vec<Value>> {
    match at {
        Value::Array(rows) => Some(rows),
        Value::Object(members) => {
            let mut lists = members.values().filter_map(Value::as_array);
            lists.next().filter(|_| lists.next().is_none())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// Free slots come by day, and each day is a row, so that what is booked on one changes one.
fn slots_by_day(answer: &Value) -> Rows {
    let days = answer.as_object().into_iter().flatten().filter(|(_, day)| day["slots"].is_array());
    Rows { rows: days.map(|(date, day)| json!({date: day.clone()})).collect(), found: answer.is_object() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::highlevel::catalogue::find;

    fn read(name: &str, answer: Value) -> (Vec<Value>, bool) {
        let operation = find(name).unwrap();
        let Rows { rows, found } = rows_of(operation, operation.poll.as_ref().unwrap(), &answer);
        (rows, found)
    }

    #[test]
    fn rows_are_found_where_they_stand_wrapped_or_not() {
        let row = json!({"id": "1"});
        assert_eq!(read("list calendars", json!({"calendars": [row], "traceId": "t"})), (vec![row.clone()], true));
        assert_eq!(read("list calendars", json!({"traceId": "t"})), (vec![], false), "nothing is missing for sure");
        assert_eq!(read("get messages by conversation", json!({"messages": {"messages": [row], "nextPage": false}})).0, vec![row.clone()]);
        assert_eq!(read("get messages by conversation", json!({"messages": [row]})).0, vec![row.clone()]);
        assert_eq!(read("get message by id", json!({"message": row, "traceId": "t"})).0, vec![row.clone()]);
        assert_eq!(read("get message by id", row.clone()).0, vec![row.clone()]);
        assert_eq!(read("find associations", json!({"associations": [row], "total": 1})).0, vec![row.clone()]);
        assert_eq!(read("find associations", json!([row])).0, vec![row.clone()]);
        assert_eq!(read("get duplicate contact", json!({"contact": null})), (vec![], true));
    }
}
