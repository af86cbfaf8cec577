//! What a HighLevel webhook means: (event name, body) -> drafts. Pure. What is not understood
//! becomes an event of kind `other` with everything it brought.

use super::table;
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
    let known = table::meaning(incoming.event).and_then(|(kind, change)| understood(incoming, kind, change));
    known.unwrap_or_else(|| vec![other(System::Highlevel, incoming)])
}

/// `None` where the body lacks what the event must have.
fn understood(incoming: Incoming<'_>, kind: EntityKind, change: Change) -> Option<Vec<Draft>> {
    use EntityKind as K;
    match kind {
        K::Contact => contact(incoming, change),
        K::Conversation => conversation(incoming, change),
        K::Message => message(incoming),
        K::Transcript => voice_call(incoming),
        K::Appointment => {
            let inner = &incoming.body["appointment"];
            stated(incoming, if inner.is_object() { inner } else { incoming.body }, change, kind)
        }
        // One change of an opportunity comes as `OpportunityUpdate` and as a special event: the
        // content tells that they are one.
        K::Note | K::Task | K::Opportunity => stated(incoming, incoming.body, change, kind),
        K::User | K::Location | K::Association | K::Relation => shown(incoming, change, kind),
        K::Record if is_business(incoming.body) => shown(incoming, change, K::Business),
        K::Campaign
        | K::Record
        | K::ObjectSchema
        | K::Invoice
        | K::Order
        | K::Product
        | K::Price
        | K::App
        | K::KnowledgeBase
        | K::SupportTicket
        | K::Plan
        | K::EmailStatistics => occurrence(incoming, change, kind),
        // No webhook tells of these.
        K::Ticket
        | K::TagChange
        | K::Business
        | K::Calendar
        | K::CalendarGroup
        | K::CalendarResource
        | K::CalendarNotification
        | K::FreeSlots
        | K::BlockSlot
        | K::AppointmentNote
        | K::Pipeline
        | K::Workflow
        | K::Snapshot
        | K::CustomField
        | K::Company
        | K::Blog
        | K::BlogAuthor
        | K::BlogCategory
        | K::BlogPost
        | K::Recording
        | K::Other => None,
    }
}

fn id_of<'a>(body: &'a Value, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|name| body[*name].as_str().filter(|id| !id.is_empty()))
}

/// Contact where known, else what it belongs to, else itself. An invoice names its contact in the
/// details, a relation as one of its two records; prices stand with their product, assets with their
/// knowledge base.
fn root_of(body: &Value, id: &str) -> String {
    let record = |object: &str, record: &str| id_of(body, &[record]).filter(|_| body[object] == "contact");
    let contact = id_of(body, &["contactId", "contact_id"]).or_else(|| id_of(&body["contactDetails"], &["id"]));
    let contact = contact.or_else(|| record("firstObjectKey", "firstRecordId")).or_else(|| record("secondObjectKey", "secondRecordId"));
    contact.or_else(|| id_of(body, &["product", "knowledgeBaseId"])).unwrap_or(id).to_owned()
}

/// When it was sent is the nearest to when it happened: bodies have no time of update.
fn occurred(body: &Value) -> Option<i64> {
    let of = |body: &Value| moment::first(body, &["timestamp", "dateUpdated", "updatedAt", "dateAdded", "createdAt"]);
    of(body).or_else(|| of(&body["appointment"])).or_else(|| of(&body["webhookPayload"]))
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

/// An entity known by its content alone. `from` is where its id and its contact's stand.
fn stated(incoming: Incoming<'_>, from: &Value, change: Change, kind: EntityKind) -> Option<Vec<Draft>> {
    let id = id_of(from, &["id", "_id"])?;
    let mut payload = wire::payload_from(kind, from)?;
    if let (Payload::Task(task), "TaskComplete") = (&mut payload, incoming.event) {
        task.completed = Some(true);
    }
    let versioning = Versioning::Content(content::of_payload(&payload));
    Some(vec![draft(incoming, id, root_of(from, id), change, versioning, kind, Some(payload))])
}

/// The same for what has more to it than its payload holds: a change of the rest is one too.
fn shown(incoming: Incoming<'_>, change: Change, kind: EntityKind) -> Option<Vec<Draft>> {
    let body = incoming.body;
    let id = id_of(body, &["id", "_id"])?;
    let payload = wire::payload_from(kind, body)?;
    let versioning = Versioning::Content(content::of_body(&payload, body));
    Some(vec![draft(incoming, id, root_of(body, id), change, versioning, kind, Some(payload))])
}

/// Something that happened to an entity whose state no other way shows. Where a body says itself what
/// happened (`action`), it is believed.
fn occurrence(incoming: Incoming<'_>, change: Change, kind: EntityKind) -> Option<Vec<Draft>> {
    let body = incoming.body;
    let id = match kind {
        EntityKind::App => id_of(body, &["appId"]),
        EntityKind::SupportTicket => id_of(body, &["ticketId", "id"]),
        EntityKind::Plan => id_of(body, &["planId", "id", "_id"]),
        EntityKind::EmailStatistics => id_of(&body["webhookPayload"], &["id"]),
        _ => id_of(body, &["id", "_id"]),
    }?;
    let change = match body["action"].as_str() {
        Some("created") => Change::Created,
        Some("deleted") => Change::Deleted,
        _ => change,
    };
    let versioning = Versioning::Occurrence(version_of(incoming));
    Some(vec![draft(incoming, id, root_of(body, id), change, versioning, kind, wire::payload_from(kind, body))])
}

/// HighLevel tells of businesses as of records of custom objects.
fn is_business(body: &Value) -> bool {
    ["objectKey", "schemaKey", "type"].iter().any(|name| body[*name].as_str().is_some_and(|key| key.eq_ignore_ascii_case("business")))
}

fn contact(incoming: Incoming<'_>, change: Change) -> Option<Vec<Draft>> {
    let id = id_of(incoming.body, &["id", "contactId"])?;
    let contact = wire::contact_from(incoming.body);
    let versioning = Versioning::Content(content::of_contact(&contact, true));
    Some(vec![draft(incoming, id, id.to_owned(), change, versioning, EntityKind::Contact, Some(Payload::Contact(contact)))])
}

/// A conversation's state, or its end.
fn conversation(incoming: Incoming<'_>, change: Change) -> Option<Vec<Draft>> {
    if !incoming.body["oldConversationId"].is_null() {
        return merged_conversation(incoming);
    }
    let deleted = incoming.body["deleted"] == true;
    stated(incoming, incoming.body, if deleted { Change::Deleted } else { change }, EntityKind::Conversation)
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

fn message(incoming: Incoming<'_>) -> Option<Vec<Draft>> {
    let body = incoming.body;
    let mut message = wire::message_from(body);
    if incoming.event == "ProviderOutboundMessage" {
        message.direction = Some(Direction::Outbound);
    }
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

/// An occurrence that is not understood.
pub(super) fn other(source: System, incoming: Incoming<'_>) -> Draft {
    let body = incoming.body;
    let change = match incoming.event {
        name if name.ends_with("Create") => Change::Created,
        name if name.ends_with("Delete") => Change::Deleted,
        _ => Change::Updated,
    };
    let hash = content::of_text(incoming.raw);
    let id = id_of(body, &["id", "_id", "messageId", "contactId", "appId"]).or(incoming.webhook_id).unwrap_or(&hash);
    let versioning = Versioning::Occurrence(version_of(incoming));
    Draft { source, ..draft(incoming, id, root_of(body, id), change, versioning, EntityKind::Other, None) }
}

/// An occurrence's version: the event's name, since many bodies don't say it, and the webhook's id.
fn version_of(incoming: Incoming<'_>) -> String {
    format!("{}:{}", incoming.event, incoming.webhook_id.map_or_else(|| content::of_text(incoming.raw), str::to_owned))
}

#[cfg(test)]
#[path = "events_tests.rs"]
mod tests;
