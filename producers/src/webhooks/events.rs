//! What a HighLevel webhook means: (event name, body) -> drafts. Pure. What is not understood
//! becomes an event of kind `other` with everything it brought.

use crate::capture::{Draft, Versioning, content};
use hatbridge_schemas::{CallDetail, Change, Direction, EntityKind, Message, Payload, System, Transcript};
use hatbridge_systems::highlevel::wire;
use hatbridge_systems::moment;
use serde_json::Value;
use uuid::Uuid;

/// Namespace of ids of messages that come without one (a random UUID chosen once; it must never
/// change).
const MESSAGE_NAMESPACE: Uuid = Uuid::from_u128(0x3d6f_20b5_9a4e_4c0b_8f7d_1c92_ab5e_604f);

/// A webhook whose sender is known.
#[derive(Clone, Copy)]
pub struct Incoming<'a> {
    /// The event's name.
    pub event: &'a str,
    /// The parsed body.
    pub body: &'a Value,
    /// The body as it came.
    pub raw: &'a str,
    /// Its id, if it has one.
    pub webhook_id: Option<&'a str>,
}

impl std::fmt::Debug for Incoming<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Incoming").field("event", &self.event).finish_non_exhaustive()
    }
}

/// The drafts of a HighLevel webhook, at least one.
#[must_use]
pub fn drafts(incoming: Incoming<'_>) -> Vec<Draft> {
    let body = incoming.body;
    let known = match incoming.event {
        "ContactCreate" => contact(incoming, Change::Created),
        "ContactUpdate" | "ContactTagUpdate" | "ContactDndUpdate" => contact(incoming, Change::Updated),
        "ContactDelete" => contact(incoming, Change::Deleted),
        "ConversationUnreadWebhook" | "ConversationUnreadUpdate" => conversation(incoming),
        "ConversationUpdate" => merged_conversation(incoming),
        "InboundMessage" | "OutboundMessage" => message(incoming, None),
        "ProviderOutboundMessage" => message(incoming, Some(Direction::Outbound)),
        "NoteCreate" => stated(incoming, body, Change::Created, Payload::Note(wire::note_from(body))),
        "NoteUpdate" => stated(incoming, body, Change::Updated, Payload::Note(wire::note_from(body))),
        "NoteDelete" => stated(incoming, body, Change::Deleted, Payload::Note(wire::note_from(body))),
        "TaskCreate" => task(incoming, Change::Created),
        "TaskUpdate" | "TaskComplete" => task(incoming, Change::Updated),
        "TaskDelete" => task(incoming, Change::Deleted),
        "AppointmentCreate" => appointment(incoming, Change::Created),
        "AppointmentUpdate" => appointment(incoming, Change::Updated),
        "AppointmentDelete" => appointment(incoming, Change::Deleted),
        "OpportunityCreate" => opportunity(incoming, Change::Created),
        "OpportunityDelete" => opportunity(incoming, Change::Deleted),
        name if name.starts_with("Opportunity") => opportunity(incoming, Change::Updated),
        "VoiceAiCallEnd" => voice_call(incoming),
        _ => None,
    };
    known.unwrap_or_else(|| vec![other(System::Highlevel, incoming)])
}

fn id_of<'a>(body: &'a Value, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|name| body[*name].as_str()).filter(|id| !id.is_empty())
}

/// Contact where known, else itself.
fn root_of(body: &Value, id: &str) -> String {
    id_of(body, &["contactId", "contact_id"]).unwrap_or(id).to_owned()
}

/// When it was sent is the nearest to when it happened: bodies have no time of update.
fn occurred(body: &Value) -> Option<i64> {
    moment::first(body, &["timestamp", "dateUpdated", "updatedAt", "dateAdded", "createdAt"])
}

fn draft(incoming: Incoming<'_>, id: &str, root: String, change: Change, versioning: Versioning, kind: EntityKind, payload: Option<Payload>) -> Draft {
    Draft {
        source: System::Highlevel,
        kind,
        id: id.to_owned(),
        root,
        change,
        versioning,
        occurred_at: occurred(incoming.body),
        payload,
        raw: incoming.raw.to_owned(),
    }
}

fn kind_of(payload: &Payload) -> EntityKind {
    match payload {
        Payload::Contact(_) => EntityKind::Contact,
        Payload::Conversation(_) => EntityKind::Conversation,
        Payload::Message(_) => EntityKind::Message,
        Payload::Transcript(_) => EntityKind::Transcript,
        Payload::Ticket(_) => EntityKind::Ticket,
        Payload::Note(_) => EntityKind::Note,
        Payload::Task(_) => EntityKind::Task,
        Payload::TagChange(_) => EntityKind::TagChange,
        Payload::Appointment(_) => EntityKind::Appointment,
        Payload::Opportunity(_) => EntityKind::Opportunity,
        Payload::Command(_) => EntityKind::Other,
    }
}

/// An entity known by its content alone. `from` is where its id and its contact's stand.
fn stated(incoming: Incoming<'_>, from: &Value, change: Change, payload: Payload) -> Option<Vec<Draft>> {
    let id = id_of(from, &["id"])?;
    let versioning = Versioning::Content(content::of_payload(&payload));
    Some(vec![draft(incoming, id, root_of(from, id), change, versioning, kind_of(&payload), Some(payload))])
}

fn contact(incoming: Incoming<'_>, change: Change) -> Option<Vec<Draft>> {
    let id = id_of(incoming.body, &["id", "contactId"])?;
    let contact = wire::contact_from(incoming.body);
    let versioning = Versioning::Content(content::of_contact(&contact, true));
    Some(vec![draft(incoming, id, id.to_owned(), change, versioning, EntityKind::Contact, Some(Payload::Contact(contact)))])
}

/// There is no event for a new conversation: the first sighting is its creation.
fn conversation(incoming: Incoming<'_>) -> Option<Vec<Draft>> {
    let conversation = wire::conversation_from(incoming.body);
    let change = if conversation.deleted == Some(true) { Change::Deleted } else { Change::Snapshot };
    stated(incoming, incoming.body, change, Payload::Conversation(conversation))
}

/// Live chats were merged: the old conversation now lives on in the new one.
fn merged_conversation(incoming: Incoming<'_>) -> Option<Vec<Draft>> {
    let body = incoming.body;
    let old = id_of(body, &["oldConversationId"])?;
    let mut conversation = wire::conversation_from(body);
    conversation.contact_id = id_of(body, &["contactId"]).map(str::to_owned);
    conversation.merged_into = id_of(body, &["newConversationId"]).map(str::to_owned);
    let payload = Payload::Conversation(conversation);
    let versioning = Versioning::Content(content::of_payload(&payload));
    Some(vec![draft(incoming, old, root_of(body, old), Change::Updated, versioning, EntityKind::Conversation, Some(payload))])
}

fn message(incoming: Incoming<'_>, direction: Option<Direction>) -> Option<Vec<Draft>> {
    let body = incoming.body;
    let mut message = wire::message_from(body);
    message.direction = direction.or(message.direction);
    let id = message_id(body)?;
    let status = message.status.clone().unwrap_or_default();
    Some(vec![draft(incoming, &id, root_of(body, &id), Change::Created, Versioning::Status(status), EntityKind::Message, Some(Payload::Message(message)))])
}

/// Some messages come without an id; the same one has the same conversation, moment, direction and
/// text. Nothing is made up of nothing: without any of these there is no message.
#[must_use]
pub fn message_id(body: &Value) -> Option<String> {
    if let Some(id) = id_of(body, &["messageId", "id"]) {
        return Some(id.to_owned());
    }
    let part = |name: &str| body[name].as_str().unwrap_or_default();
    if part("conversationId").is_empty() && part("dateAdded").is_empty() {
        return None;
    }
    let name = [part("conversationId"), part("dateAdded"), part("direction"), part("body")].join("\u{1f}");
    Some(Uuid::new_v5(&MESSAGE_NAMESPACE, name.as_bytes()).to_string())
}

fn task(incoming: Incoming<'_>, change: Change) -> Option<Vec<Draft>> {
    let mut task = wire::task_from(incoming.body);
    if incoming.event == "TaskComplete" {
        task.completed = Some(true);
    }
    stated(incoming, incoming.body, change, Payload::Task(task))
}

fn appointment(incoming: Incoming<'_>, change: Change) -> Option<Vec<Draft>> {
    let inner = &incoming.body["appointment"];
    let from = if inner.is_object() { inner } else { incoming.body };
    stated(incoming, from, change, Payload::Appointment(wire::appointment_from(from)))
}

/// One change comes as `OpportunityUpdate` and as a special event: the content tells that they are
/// one.
fn opportunity(incoming: Incoming<'_>, change: Change) -> Option<Vec<Draft>> {
    stated(incoming, incoming.body, change, Payload::Opportunity(wire::opportunity_from(incoming.body)))
}

/// An AI's call brings its transcript itself; the call is a message too, where it has an id.
fn voice_call(incoming: Incoming<'_>) -> Option<Vec<Draft>> {
    let body = incoming.body;
    let id = id_of(body, &["id", "callId"])?;
    let contact_id = id_of(body, &["contactId"]).map(str::to_owned);
    let message_id = id_of(body, &["messageId"]).map(str::to_owned);
    let mut drafts = vec![];
    if let Some(message_id) = &message_id {
        let message = Message {
            contact_id: contact_id.clone(),
            channel: Some("CALL".to_owned()),
            direction: Some(Direction::Inbound),
            status: Some("completed".to_owned()),
            sent_at: occurred(body),
            call: Some(CallDetail { duration: body["duration"].as_i64(), status: Some("completed".to_owned()) }),
            ..Message::default()
        };
        let status = Versioning::Status("completed".to_owned());
        drafts.push(draft(incoming, message_id, root_of(body, message_id), Change::Created, status, EntityKind::Message, Some(Payload::Message(message))));
    }
    let mut transcript: Transcript = wire::transcript_from(body);
    transcript.contact_id = contact_id;
    transcript.message_id = message_id;
    let payload = Payload::Transcript(transcript);
    let versioning = Versioning::Content(content::of_payload(&payload));
    drafts.push(draft(incoming, id, root_of(body, id), Change::Created, versioning, EntityKind::Transcript, Some(payload)));
    Some(drafts)
}

/// An occurrence we have no type for. The event's name stands in the version, since many bodies
/// don't say it.
pub(super) fn other(source: System, incoming: Incoming<'_>) -> Draft {
    let body = incoming.body;
    let change = match incoming.event {
        name if name.ends_with("Create") || name == "AppInstall" => Change::Created,
        name if name.ends_with("Delete") || name == "AppUninstall" => Change::Deleted,
        _ => Change::Updated,
    };
    let hash = content::of_text(incoming.raw);
    let id = id_of(body, &["id", "_id", "messageId", "contactId", "appId"]).or(incoming.webhook_id).unwrap_or(&hash);
    let version = format!("{}:{}", incoming.event, incoming.webhook_id.unwrap_or(&hash));
    Draft { source, ..draft(incoming, id, root_of(body, id), change, Versioning::Occurrence(version), EntityKind::Other, None) }
}

#[cfg(test)]
#[path = "events_tests.rs"]
mod tests;
