//! What a row means: id, root, content, draft. Pure.

use super::answer::{id_of, word};
use super::payload;
use crate::capture::content::{Hashes, of_contact, of_conversation, of_payload, of_text};
use crate::capture::{Draft, Versioning};
use crate::webhooks::events::message_id;
use hatbridge_schemas::{Change, EntityKind, Payload, System};
use hatbridge_systems::highlevel::catalogue::{Odd, Operation, Poll};
use hatbridge_systems::moment;
use serde_json::{Map, Value};
use std::fmt::Write;

/// A row understood.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// Hash of all that the row shows, less what changes without a change.
    pub(super) hash: String,
    pub(super) draft: Draft,
}

/// What was asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) operation: &'static Operation,
    pub(super) poll: &'static Poll,
    /// The request's data.
    pub(super) data: &'a Map<String, Value>,
    /// Id of the known entity that was asked for; empty: none.
    pub(super) parent: &'a str,
    /// What that entity's events are keyed by; empty: unknown.
    pub(super) root: &'a str,
    /// The parameters that the poll was ordered with, as one text.
    pub(super) params: &'a str,
}

/// Members that differ from answer to answer: marks of the page and of the log.
const VOLATILE: [&str; 4] = ["traceId", "searchAfter", "sort", "__v"];

/// What a row means; `None` for one that is no entity.
pub(super) fn seen(question: Question<'_>, row: &Value) -> Option<Seen> {
    let Question { operation, poll, data, parent, root, params } = question;
    let kind = operation.entity;
    // Log lines of HighLevel, not messages (FACTS section 8).
    if kind == EntityKind::Message && row["messageType"].as_str().is_some_and(|t| t.contains("ACTIVITY_")) {
        return None;
    }
    let hash = hash_of(row);
    let own = id_of(operation, poll, row, data, parent);
    let (id, payload) = match own {
        Some(id) => (id, payload::of(kind, row, data, root)),
        None if kind == EntityKind::Message => (message_id(row)?, payload::of(kind, row, data, root)),
        // The answer to a question is no entity: it is told under the question.
        None if operation.is(Odd::Check) && row.as_object().is_some_and(|members| members.values().any(|v| !v.is_null())) => (params.to_owned(), None),
        None => return None,
    };
    let key = poll.key_root.iter().find_map(|name| word(row.get(name)?));
    let key =
        key.or_else(|| Some(root).filter(|root| !root.is_empty()).map(str::to_owned)).or_else(|| Some(parent).filter(|p| !p.is_empty()).map(str::to_owned));
    let root = if kind == EntityKind::Contact { id.clone() } else { key.unwrap_or_else(|| id.clone()) };
    let gone = row["deleted"].as_bool() == Some(true);
    let updated: Vec<&str> = poll.updated.iter().map(String::as_str).chain(["dateUpdated", "updatedAt"]).collect();
    let draft = Draft {
        source: System::Highlevel,
        kind,
        id,
        root,
        change: if gone { Change::Deleted } else { Change::Snapshot },
        versioning: versioning(operation, payload.as_ref(), &hash),
        occurred_at: moment::first(row, &updated),
        payload,
        raw: row.to_string(),
    };
    Some(Seen { hash, draft })
}

/// An entity that is not there any more.
pub(super) fn gone(operation: &Operation, id: String, root: String) -> Draft {
    let raw = serde_json::json!({ "id": id }).to_string();
    let nothing = Hashes { folded: String::new(), exact: None };
    let root = if root.is_empty() { id.clone() } else { root };
    Draft {
        source: System::Highlevel,
        kind: operation.entity,
        id,
        root,
        change: Change::Deleted,
        versioning: Versioning::Content(nothing),
        occurred_at: None,
        payload: None,
        raw,
    }
}

/// As webhooks and feeds version the same kinds; for the rest every member of the row counts, within
/// this view of it.
fn versioning(operation: &Operation, payload: Option<&Payload>, hash: &str) -> Versioning {
    let exact = || Some(format!("{}:{hash}", operation.number));
    match payload {
        Some(Payload::Contact(contact)) => Versioning::Content(of_contact(contact, false)),
        Some(Payload::Conversation(conversation)) => Versioning::Content(of_conversation(conversation, false)),
        Some(Payload::Message(message)) => Versioning::Status(message.status.clone().unwrap_or_default()),
        Some(payload) => Versioning::Content(Hashes { folded: of_payload(payload).folded, exact: exact() }),
        None => Versioning::Content(Hashes { folded: hash.to_owned(), exact: exact() }),
    }
}

/// 128 bits of SHA-256 over the row with its members in order.
pub(super) fn hash_of(row: &Value) -> String {
    let mut text = String::new();
    write(row, &mut text);
    of_text(&text)
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().filter(|(name, value)| !value.is_null() && !VOLATILE.contains(&name.as_str())).collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            text.push('{');
            for (name, value) in members {
                let _ = write!(text, "{name:?}:"); // writing to a String can't fail
                write(value, text);
                text.push(',');
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for item in items {
                write(item, text);
                text.push(',');
            }
            text.push(']');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hatbridge_systems::highlevel::catalogue::find;
    use serde_json::json;

    fn look(name: &str, row: &Value, data: &Value, parent: &str, root: &str) -> Option<(String, String, Change)> {
        let operation = find(name).unwrap();
        let poll = operation.poll.as_ref().unwrap();
        let question = Question { operation, poll, data: data.as_object().unwrap(), parent, root, params: "urlSlug=a" };
        seen(question, row).map(|s| (s.draft.id, s.draft.root, s.draft.change))
    }

    #[test]
    fn the_hash_knows_every_member_but_those_of_the_answer() {
        let row = json!({"id": "1", "a": [1, {"b": "x"}], "z": null});
        assert_eq!(hash_of(&row), hash_of(&json!({"a": [1, {"b": "x", "traceId": "t"}], "id": "1", "traceId": "q"})));
        assert_ne!(hash_of(&row), hash_of(&json!({"id": "1", "a": [1, {"b": "y"}]})));
        assert_ne!(hash_of(&json!(["a", "b"])), hash_of(&json!(["ab"])));
    }

    #[test]
    fn rows_are_keyed_by_their_person_where_there_is_one() {
        let told = |id: &str, root: &str| Some((id.to_owned(), root.to_owned(), Change::Snapshot));
        assert_eq!(look("get contact notes", &json!({"id": "n", "contactId": "c"}), &json!({"contactId": "c"}), "c", "c"), told("n", "c"));
        assert_eq!(look("get contact notes", &json!({"id": "n"}), &json!({"contactId": "c"}), "c", ""), told("n", "c"));
        assert_eq!(look("list calendars", &json!({"id": "k"}), &json!({}), "", ""), told("k", "k"));
        assert_eq!(look("get message transcription", &json!([{"transcript": "x"}]), &json!({"messageId": "m"}), "m", "c"), told("m", "c"));
        assert_eq!(look("list appointment notes", &json!({"id": "n"}), &json!({"appointmentId": "a"}), "a", "c"), told("n", "c"));
        assert_eq!(look("check blog url slug", &json!({"exists": true}), &json!({"urlSlug": "a"}), "", ""), told("urlSlug=a", "urlSlug=a"));
        assert_eq!(look("list calendars", &json!({"name": "x"}), &json!({}), "", ""), None);
    }
}
