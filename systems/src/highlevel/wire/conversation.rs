//! A conversation.

use super::{inner, word};
use crate::moment;
use hatbridge_schemas::Conversation;
use serde_json::Value;

/// A conversation from a row of search, by id or from a webhook, of a merge of live chats too.
#[must_use]
pub fn conversation_from(body: &Value) -> Conversation {
    let body = inner(body, "conversation");
    Conversation {
        contact_id: word(body, "contactId"),
        channel: channel(&body["type"]),
        unread_count: super::integer(&body["unreadCount"]),
        starred: body["starred"].as_bool(),
        deleted: body["deleted"].as_bool(),
        last_message_at: moment::micros(&body["lastMessageDate"]),
        merged_into: word(body, "oldConversationId").and_then(|_| word(body, "newConversationId")),
    }
}

/// By id the type is a number, in rows a text; in webhooks `type` is the event's name. A number that
/// the document does not know keeps itself.
fn channel(value: &Value) -> Option<String> {
    match value {
        Value::String(name) if name.starts_with("TYPE_") => Some(name.clone()),
        Value::Number(number) => Some(match number.as_u64() {
            Some(1) => "TYPE_PHONE".to_owned(),
            Some(2) => "TYPE_EMAIL".to_owned(),
            Some(3) => "TYPE_FB_MESSENGER".to_owned(),
            Some(4) => "TYPE_REVIEW".to_owned(),
            Some(5) => "TYPE_GROUP_SMS".to_owned(),
            _ => number.to_string(),
        }),
        _ => None,
    }
}
