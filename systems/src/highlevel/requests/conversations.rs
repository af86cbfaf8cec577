//! Conversations: one a contact, without subject, state or archive [spec conversations.json; FACTS
//! section 8].

use super::{CONVERSATIONS, delete, post, put, read};
use crate::Effect;
use crate::call::Request;
use crate::http::segment;
use serde_json::json;

/// `POST /conversations/`: `{conversation: {id, ...}}`. Harmless to repeat: a contact has one
/// conversation, and a second create is refused
/// ([`already_exists`](crate::call::Refusal::already_exists)), without the first one's id.
#[must_use]
pub fn conversation_create(location: &str, contact: &str) -> Request {
    post("conversations.create", Effect::Idempotent, CONVERSATIONS, "/conversations/")
        .with_body(json!({"locationId": location, "contactId": contact}))
        .expecting("/conversation/id")
}

/// `GET /conversations/{id}`: the conversation itself, not wrapped, its `type` as a number.
#[must_use]
pub fn conversation_get(id: &str) -> Request {
    read("conversations.get", CONVERSATIONS, format!("/conversations/{}", segment(id)))
}

/// `PUT /conversations/{id}` with what is `Some`.
#[must_use]
pub fn conversation_update(id: &str, location: &str, unread: Option<i64>, starred: Option<bool>) -> Request {
    let mut body = json!({"locationId": location});
    if let Some(unread) = unread {
        body["unreadCount"] = json!(unread);
    }
    if let Some(starred) = starred {
        body["starred"] = json!(starred);
    }
    put("conversations.update", CONVERSATIONS, format!("/conversations/{}", segment(id))).with_body(body)
}

/// `DELETE /conversations/{id}`: really deletes.
#[must_use]
pub fn conversation_delete(id: &str) -> Request {
    delete("conversations.delete", CONVERSATIONS, format!("/conversations/{}", segment(id)))
}

/// What a conversation search is narrowed to, and its page.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ConversationQuery {
    /// Text in names, addresses and messages; at most 75 characters.
    pub query: Option<String>,
    /// Only this contact's.
    pub contact_id: Option<String>,
    /// The last row's sort value: milliseconds of its last message.
    pub start_after_date: Option<i64>,
    /// Rows, 20 unless said.
    pub limit: Option<u32>,
    /// The oldest first.
    pub sort_ascending: bool,
}

/// The text may be a name.
impl std::fmt::Debug for ConversationQuery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConversationQuery").field("limit", &self.limit).field("start_after_date", &self.start_after_date).finish_non_exhaustive()
    }
}

/// `GET /conversations/search`, by time of the last message: `{conversations: [...], total}`. Rows of
/// equal moments may lie on both sides of a page's edge, and an edit of `starred` moves no row.
#[must_use]
pub fn conversation_search(location: &str, query: &ConversationQuery) -> Request {
    let mut request = read("conversations.search", CONVERSATIONS, "/conversations/search".to_owned())
        .with_query("locationId", location)
        .with_query("sortBy", "last_message_date")
        .with_query("sort", if query.sort_ascending { "asc" } else { "desc" });
    let pairs = [
        ("query", query.query.as_ref().map(|text| text.chars().take(75).collect())),
        ("contactId", query.contact_id.clone()),
        ("startAfterDate", query.start_after_date.map(|ms| ms.to_string())),
        ("limit", query.limit.map(|rows| rows.to_string())),
    ];
    for (name, value) in pairs {
        if let Some(value) = value {
            request = request.with_query(name, value);
        }
    }
    request
}
