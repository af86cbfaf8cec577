//! What is understood of an entity, in one form for both systems. All types mask themselves in
//! `Debug`: they hold personal data.

use crate::event::closed_enum;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

macro_rules! masked {
    ($($name:ident),+) => { $(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(concat!(stringify!($name), "(masked)")) }
        }
    )+ };
}
masked!(Contact, Conversation, Message, Transcript, Sentence, Ticket, Note, Task, TagChange, Appointment, Opportunity, Command);

/// A person or company. `None` means "the source does not say", an empty text "the source says it is empty".
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Contact {
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Company.
    pub company_name: Option<String>,
    /// E-mail address as the source has it.
    pub email: Option<String>,
    /// E.164 where the source has it so.
    pub phone: Option<String>,
    /// First line of the postal address.
    pub address1: Option<String>,
    /// Second line of the postal address.
    pub address2: Option<String>,
    /// Town.
    pub city: Option<String>,
    /// State or region.
    pub state: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Country, in the source's own notation.
    pub country: Option<String>,
    /// Web address.
    pub website: Option<String>,
    /// ISO 8601 date.
    pub birthday: Option<String>,
    /// 17hats' type of contact: `lead`, `client`, ...
    pub kind: Option<String>,
    /// Whether this is a company, not a person.
    pub is_company: Option<bool>,
    /// HighLevel's free text that says where the contact came from; holds our mark on contacts we made.
    pub origin: Option<String>,
    /// Free notes kept on the contact itself.
    pub notes: Option<String>,
    /// Whether the contact must not be written to.
    pub dnd: Option<bool>,
    /// `None`: unknown; otherwise all tags, sorted, without repeats.
    pub tags: Option<Vec<String>>,
    /// Field id or name -> text.
    pub custom_fields: BTreeMap<String, String>,
    /// The other system's id as kept in the record itself (17hats `external_id`).
    pub external_id: Option<String>,
}

/// HighLevel's thread of one contact.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Conversation {
    /// The contact's id in the source system.
    pub contact_id: Option<String>,
    /// `TYPE_PHONE`, ... an open set.
    pub channel: Option<String>,
    /// Messages not read yet.
    pub unread_count: Option<i64>,
    /// Whether it is starred.
    pub starred: Option<bool>,
    /// Whether the source calls it deleted.
    pub deleted: Option<bool>,
    /// Microseconds since the epoch.
    pub last_message_at: Option<i64>,
    /// When live chats were merged: the conversation that this one was merged into.
    pub merged_into: Option<String>,
}

closed_enum!(
    /// Which way a message went, seen from the business.
    Direction {
        /// From the client.
        Inbound = "inbound",
        /// To the client.
        Outbound = "outbound",
    }
);

/// One message, mail or call.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Message {
    /// The contact's id in the source system.
    pub contact_id: Option<String>,
    /// HighLevel conversation it belongs to.
    pub conversation_id: Option<String>,
    /// 17hats ticket it belongs to.
    pub ticket_id: Option<String>,
    /// Canonical upper case name: `SMS`, `EMAIL`, `CALL`, `WHATSAPP`, ... an open set.
    pub channel: Option<String>,
    /// Which way it went.
    pub direction: Option<Direction>,
    /// The source's own word, lower case: `queued scheduled sent delivered read failed cancelled completed ...`.
    pub status: Option<String>,
    /// Text.
    pub body: Option<String>,
    /// Subject line.
    pub subject: Option<String>,
    /// Addresses of the attachments.
    pub attachments: Vec<String>,
    /// Microseconds since the epoch.
    pub sent_at: Option<i64>,
    /// Microseconds since the epoch; set while the message waits to be sent.
    pub scheduled_at: Option<i64>,
    /// The other system's id of this message (`altId`, `external_id`).
    pub external_id: Option<String>,
    /// `api`, `app`, `workflow`, ... where the source says by what it was made.
    pub origin: Option<String>,
    /// Id or address of who wrote it, in the source's own notation.
    pub author: Option<String>,
    /// Set where the message came in or goes out through a conversation provider.
    pub provider_id: Option<String>,
    /// Set for calls.
    pub call: Option<CallDetail>,
}

/// What a call adds to a message.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CallDetail {
    /// Seconds.
    pub duration: Option<i64>,
    /// `completed`, `busy`, `no-answer`, `voicemail`, ...
    pub status: Option<String>,
}

/// A call's transcript.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Transcript {
    /// The contact's id in the source system.
    pub contact_id: Option<String>,
    /// The call it belongs to.
    pub message_id: Option<String>,
    /// Sentences in order.
    pub sentences: Vec<Sentence>,
    /// Summary made by the source.
    pub summary: Option<String>,
}

/// One sentence of a transcript.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sentence {
    /// Number of the audio channel, where known: tells the speakers apart.
    pub channel: Option<i64>,
    /// Milliseconds from the beginning of the call.
    pub start_ms: Option<i64>,
    /// Milliseconds from the beginning of the call.
    pub end_ms: Option<i64>,
    /// What was said.
    pub text: String,
    /// 0 to 1.
    pub confidence: Option<f64>,
}

closed_enum!(
    /// Where a ticket stands.
    TicketStatus {
        /// Being worked on.
        Open = "open",
        /// Waiting for somebody.
        Pending = "pending",
        /// Finished.
        Closed = "closed",
    }
);

/// A 17hats ticket.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ticket {
    /// The contact's id in the source system.
    pub contact_id: Option<String>,
    /// Subject line.
    pub subject: Option<String>,
    /// Text.
    pub body: Option<String>,
    /// Where it stands.
    pub status: Option<TicketStatus>,
    /// All tags, sorted, without repeats.
    pub tags: Vec<String>,
    /// The other system's id as kept in the record itself.
    pub external_id: Option<String>,
}

/// A note on a contact.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Note {
    /// The contact's id in the source system.
    pub contact_id: Option<String>,
    /// Text.
    pub body: Option<String>,
    /// The other system's id as kept in the record itself.
    pub external_id: Option<String>,
}

/// A task on a contact.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Task {
    /// The contact's id in the source system.
    pub contact_id: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// Text.
    pub body: Option<String>,
    /// Microseconds since the epoch.
    pub due_at: Option<i64>,
    /// Whether it is done.
    pub completed: Option<bool>,
    /// Id of the user it is given to.
    pub assigned_to: Option<String>,
}

/// Tags put on or taken off a contact.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TagChange {
    /// The contact's id in the source system.
    pub contact_id: Option<String>,
    /// Tags put on.
    pub added: Vec<String>,
    /// Tags taken off.
    pub removed: Vec<String>,
}

/// An appointment.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Appointment {
    /// The contact's id in the source system.
    pub contact_id: Option<String>,
    /// The calendar it is in.
    pub calendar_id: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// The source's own word in lower case.
    pub status: Option<String>,
    /// Microseconds since the epoch.
    pub starts_at: Option<i64>,
    /// Microseconds since the epoch.
    pub ends_at: Option<i64>,
}

/// An opportunity in a pipeline.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Opportunity {
    /// The contact's id in the source system.
    pub contact_id: Option<String>,
    /// The pipeline it is in.
    pub pipeline_id: Option<String>,
    /// The stage it is at.
    pub stage_id: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// The source's own word in lower case.
    pub status: Option<String>,
    /// Decimal text in the location's currency, as the source writes it.
    pub monetary_value: Option<String>,
}

/// Something an operator asks for.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Command {
    /// `archive conversation`, ...
    pub operation: String,
    /// JSON object.
    pub parameters: String,
}

/// What an event carries, by kind of entity.
#[derive(Debug, Clone, PartialEq)]
pub enum Payload {
    /// A person or company.
    Contact(Contact),
    /// HighLevel's thread of one contact.
    Conversation(Conversation),
    /// One message, mail or call.
    Message(Message),
    /// A call's transcript.
    Transcript(Transcript),
    /// A 17hats ticket.
    Ticket(Ticket),
    /// A note on a contact.
    Note(Note),
    /// A task on a contact.
    Task(Task),
    /// Tags put on or taken off a contact.
    TagChange(TagChange),
    /// An appointment.
    Appointment(Appointment),
    /// An opportunity in a pipeline.
    Opportunity(Opportunity),
    /// Something an operator asks for.
    Command(Command),
}
