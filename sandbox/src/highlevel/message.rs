//! A message: what it knows of itself, and how it looks in lists, by id and in webhooks.

use super::{clock::iso, kinds::Kind, state::Id};
use serde_json::{Map, Value, json};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Inbound,
    Outbound,
}

impl Direction {
    pub(super) fn read(text: &str) -> Option<Self> {
        match text {
            "inbound" => Some(Self::Inbound),
            "outbound" => Some(Self::Outbound),
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
        }
    }
}

/// One version of a message.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Message {
    pub(super) id: Id,
    pub(super) sequence: u64,
    pub(super) kind: &'static Kind,
    pub(super) contact: Id,
    pub(super) conversation: Id,
    pub(super) date_added: i64,
    pub(super) date_updated: i64,
    pub(super) body: String,
    pub(super) direction: Direction,
    pub(super) status: String,
    pub(super) attachments: Vec<String>,
    /// `api` or `app`.
    pub(super) source: &'static str,
    pub(super) provider: Option<String>,
    pub(super) alt_id: Option<String>,
    pub(super) call: Option<Call>,
    /// A thread of e-mail is one message with many of these.
    pub(super) emails: Vec<Id>,
    pub(super) subject: Option<String>,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) seconds: u32,
    pub(super) status: String,
}

/// One e-mail of a thread.
#[derive(Debug, Clone)]
pub(super) struct Email {
    pub(super) id: Id,
    pub(super) message: Id,
    pub(super) alt_id: Option<String>,
    pub(super) subject: String,
    pub(super) body: String,
    pub(super) direction: Direction,
    pub(super) from: String,
    pub(super) to: Vec<String>,
    pub(super) cc: Vec<String>,
    pub(super) bcc: Vec<String>,
    pub(super) at: i64,
}

/// One sentence of a call's transcript.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sentence {
    /// 0 and 1 are the two ends of the line.
    pub(super) channel: u32,
    pub(super) start_ms: u64,
    pub(super) end_ms: u64,
    pub(super) text: String,
}

impl Sentence {
    pub(super) fn shown(&self, index: usize) -> Value {
        json!({
            "mediaChannel": self.channel,
            "sentenceIndex": index,
            "startTime": self.start_ms,
            "endTime": self.end_ms,
            "transcript": self.text,
            "confidence": 0.97,
        })
    }
}

impl Message {
    pub(super) fn is_email(&self) -> bool {
        self.kind.number == 3
    }

    fn meta(&self) -> Value {
        let mut meta = json!({});
        if let Some(call) = &self.call {
            meta["call"] = json!({"duration": call.seconds, "status": call.status});
        }
        if !self.emails.is_empty() {
            let ids: Vec<&str> = self.emails.iter().map(|id| &**id).collect();
            meta["email"] = json!({"messageIds": ids, "direction": self.direction.name()});
        }
        meta
    }

    /// As lists and `GET /conversations/messages/{id}` show it; e-mails have no body there.
    pub(super) fn shown(&self, location: &str) -> Value {
        let mut fields = json!({
            "id": &*self.id,
            "type": self.kind.number,
            "messageType": self.kind.listed,
            "locationId": location,
            "contactId": &*self.contact,
            "conversationId": &*self.conversation,
            "dateAdded": iso(self.date_added),
            "dateUpdated": iso(self.date_updated),
            "direction": self.direction.name(),
            "status": self.status,
            "contentType": self.content_type(),
            "attachments": self.attachments,
            "meta": self.meta(),
            "source": self.source,
        });
        if !self.is_email() {
            fields["body"] = json!(self.body);
        }
        for (name, value) in
            [("altId", &self.alt_id), ("conversationProviderId", &self.provider), ("subject", &self.subject), ("from", &self.from), ("to", &self.to)]
        {
            if let Some(value) = value {
                fields[name] = json!(value);
            }
        }
        fields
    }

    fn content_type(&self) -> &'static str {
        if self.is_email() { "text/html" } else { "text/plain" }
    }

    /// As `InboundMessage` and `OutboundMessage` show it.
    pub(super) fn webhook(&self, with_id: bool) -> Map<String, Value> {
        let mut fields = Map::new();
        let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        put("attachments", json!(self.attachments));
        put("contactId", json!(&*self.contact));
        put("conversationId", json!(&*self.conversation));
        put("dateAdded", json!(iso(self.date_added)));
        put("direction", json!(self.direction.name()));
        put("messageType", json!(self.kind.told));
        put("messageTypeId", json!(self.kind.number));
        put("messageTypeString", json!(self.kind.listed));
        put("status", json!(self.status));
        if with_id {
            put("messageId", json!(&*self.id));
        }
        if let Some(call) = &self.call {
            put("callDuration", json!(call.seconds));
            put("callStatus", json!(call.status));
        } else {
            put("body", json!(self.body));
            put("contentType", json!(self.content_type()));
        }
        if self.direction == Direction::Outbound {
            put("source", json!(self.source));
        }
        if let Some(email) = self.emails.last() {
            put("emailMessageId", json!(&**email));
            put("threadId", json!(&*self.id));
        }
        for (name, value) in [("conversationProviderId", &self.provider), ("subject", &self.subject), ("from", &self.from)] {
            if let Some(value) = value {
                put(name, json!(value));
            }
        }
        match &self.to {
            Some(to) if self.is_email() => drop(put("to", json!([to]))),
            Some(to) => drop(put("to", json!(to))),
            None => {}
        }
        fields
    }
}

impl Email {
    /// As `GET /conversations/messages/email/{id}` shows it.
    pub(super) fn shown(&self, message: &Message, location: &str) -> Value {
        let mut fields = json!({
            "id": &*self.id,
            "threadId": &*self.message,
            "locationId": location,
            "contactId": &*message.contact,
            "conversationId": &*message.conversation,
            "dateAdded": iso(self.at),
            "subject": self.subject,
            "body": self.body,
            "direction": self.direction.name(),
            "status": message.status,
            "contentType": "text/html",
            "attachments": message.attachments,
            "provider": "Leadconnector Gmail",
            "from": self.from,
            "to": self.to,
            "cc": self.cc,
            "bcc": self.bcc,
            "source": message.source,
        });
        if let Some(alt_id) = &self.alt_id {
            fields["altId"] = json!(alt_id);
        }
        fields
    }
}
