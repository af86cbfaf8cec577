//! A conversation: what it knows of itself, and how it looks by id, in search and in webhooks.

use super::{
    clock::iso,
    contact::Contact,
    lagging::Indexed,
    message::Direction,
    state::{Id, Place},
};
use serde_json::{Map, Value, json};

/// One version of a conversation.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Conversation {
    pub(super) id: Id,
    pub(super) sequence: u64,
    pub(super) contact: Id,
    pub(super) unread: i64,
    pub(super) starred: bool,
    pub(super) deleted: bool,
    pub(super) date_added: i64,
    pub(super) date_updated: i64,
    pub(super) last: Last,
}

/// What search shows of its last message.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Last {
    pub(super) at: i64,
    pub(super) body: String,
    pub(super) kind: String,
    pub(super) direction: Option<Direction>,
}

impl Conversation {
    pub(super) fn new(id: Id, sequence: u64, contact: Id, now: i64) -> Self {
        Self {
            id,
            sequence,
            contact,
            unread: 0,
            starred: false,
            deleted: false,
            date_added: now,
            date_updated: now,
            last: Last { at: now, body: String::new(), kind: String::new(), direction: None },
        }
    }

    fn is_email(&self) -> bool {
        self.last.kind.contains("EMAIL")
    }

    /// As `GET /conversations/{id}` shows it: `type` is a number.
    pub(super) fn by_id(&self, location: &str) -> Value {
        json!({
            "id": &*self.id,
            "contactId": &*self.contact,
            "locationId": location,
            "type": if self.is_email() { 2 } else { 1 },
            "unreadCount": self.unread,
            "starred": self.starred,
            "inbox": self.unread > 0,
            "deleted": self.deleted,
            "dateAdded": iso(self.date_added),
            "dateUpdated": iso(self.date_updated),
        })
    }

    /// As `POST` and `PUT` answer it.
    pub(super) fn answered(&self, location: &str) -> Value {
        let mut fields = self.by_id(location);
        fields["lastMessageBody"] = json!(self.last.body);
        fields["lastMessageDate"] = json!(iso(self.last.at));
        if !self.last.kind.is_empty() {
            fields["lastMessageType"] = json!(self.last.kind);
        }
        fields
    }

    /// As a row of search shows it: moments are numbers there.
    pub(super) fn search_row(&self, location: &str, contact: Option<&Contact>) -> Value {
        let name = contact.map(Contact::name).unwrap_or_default();
        let text = |field: &str| contact.map(|contact| contact.text(field));
        json!({
            "id": &*self.id,
            "contactId": &*self.contact,
            "locationId": location,
            "type": if self.is_email() { "TYPE_EMAIL" } else { "TYPE_PHONE" },
            "unreadCount": self.unread,
            "lastMessageBody": self.last.body,
            "lastMessageType": self.last.kind,
            "lastMessageDate": self.last.at,
            "lastMessageDirection": self.last.direction.map(Direction::name),
            "dateAdded": self.date_added,
            "dateUpdated": self.date_updated,
            "fullName": name,
            "contactName": name,
            "email": text("email").unwrap_or_default(),
            "phone": text("phone").unwrap_or_default(),
            "tags": contact.map(|contact| contact.tags.clone()).unwrap_or_default(),
            "sort": [self.last.at],
        })
    }

    pub(super) fn webhook(&self) -> Map<String, Value> {
        let mut fields = Map::new();
        let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        put("id", json!(&*self.id));
        put("contactId", json!(&*self.contact));
        put("deleted", json!(self.deleted));
        put("inbox", json!(self.unread > 0));
        put("starred", json!(self.starred));
        put("unreadCount", json!(self.unread));
        fields
    }
}

impl Indexed for Conversation {
    fn id(&self) -> &Id {
        &self.id
    }

    fn place(&self) -> Place {
        (self.last.at, self.sequence)
    }

    fn terms(&self) -> Vec<(&'static str, String)> {
        vec![("contactId", self.contact.to_lowercase())]
    }
}
