//! The kinds of records and what their fields may hold.

use super::fields::{Field, Kind};

/// A kind of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Resource {
    /// A person or company.
    Contact,
    /// A ticket.
    Ticket,
    /// A message, to or from a contact.
    Message,
    /// A note on a contact.
    Note,
    /// A call's transcript.
    Transcript,
    /// A project.
    Project,
    /// A to-do.
    Todo,
    /// A calendar event.
    Event,
}

const fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: false }
}

const fn required(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: true }
}

const MARK: Field = field("external_id", Kind::Text);
const OF_CONTACT: Field = field("contact_id", Kind::Reference(Resource::Contact));

const CONTACT: &[Field] = &[
    field("first_name", Kind::Text),
    field("last_name", Kind::Text),
    field("company_name", Kind::Text),
    field("email", Kind::Text),
    field("phone", Kind::Text),
    field("address1", Kind::Text),
    field("address2", Kind::Text),
    field("city", Kind::Text),
    field("state", Kind::Text),
    field("postal_code", Kind::Text),
    field("country", Kind::Text),
    field("website", Kind::Text),
    field("birthday", Kind::Date),
    field("kind", Kind::OneOf(&["lead", "client"])),
    field("is_company", Kind::Flag),
    field("tags", Kind::Texts),
    field("notes", Kind::Text),
    field("custom_fields", Kind::TextMap),
    // Known to the product and shown by Zaps, not part of the contract.
    field("title", Kind::Text),
    field("other_email_addresses", Kind::Text),
    field("other_phone_numbers", Kind::Text),
    field("referred_by", Kind::Text),
    MARK,
];
const TICKET: &[Field] = &[
    required("contact_id", Kind::Reference(Resource::Contact)),
    field("subject", Kind::Text),
    field("body", Kind::Text),
    field("status", Kind::OneOf(&["open", "pending", "closed"])),
    field("tags", Kind::Texts),
    MARK,
];
const MESSAGE: &[Field] = &[
    required("contact_id", Kind::Reference(Resource::Contact)),
    field("ticket_id", Kind::Reference(Resource::Ticket)),
    field("direction", Kind::OneOf(&["inbound", "outbound"])),
    field("channel", Kind::Text),
    field("body", Kind::Text),
    field("subject", Kind::Text),
    field("attachments", Kind::Texts),
    field("sent_at", Kind::Moment),
    field("scheduled_at", Kind::Moment),
    field("status", Kind::OneOf(&["queued", "scheduled", "sent", "delivered", "read", "failed", "cancelled"])),
    field("author", Kind::Text),
    MARK,
];
const NOTE: &[Field] = &[required("contact_id", Kind::Reference(Resource::Contact)), required("body", Kind::Text), MARK];
const TRANSCRIPT: &[Field] = &[
    required("contact_id", Kind::Reference(Resource::Contact)),
    field("ticket_id", Kind::Reference(Resource::Ticket)),
    field("call_id", Kind::Text),
    required("text", Kind::Text),
    field("started_at", Kind::Moment),
    MARK,
];
const PROJECT: &[Field] =
    &[OF_CONTACT, required("name", Kind::Text), field("stage", Kind::Text), field("status", Kind::Text), field("value", Kind::Decimal), MARK];
const TODO: &[Field] =
    &[OF_CONTACT, required("title", Kind::Text), field("body", Kind::Text), field("due_at", Kind::Moment), field("completed", Kind::Flag), MARK];
const EVENT: &[Field] =
    &[OF_CONTACT, required("title", Kind::Text), field("starts_at", Kind::Moment), field("ends_at", Kind::Moment), field("status", Kind::Text), MARK];

impl Resource {
    /// All of them.
    pub const ALL: [Self; 8] = [Self::Contact, Self::Ticket, Self::Message, Self::Note, Self::Transcript, Self::Project, Self::Todo, Self::Event];

    /// The name in webhook types and in the truth: `contact`.
    #[must_use]
    pub fn singular(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Ticket => "ticket",
            Self::Message => "message",
            Self::Note => "note",
            Self::Transcript => "transcript",
            Self::Project => "project",
            Self::Todo => "todo",
            Self::Event => "event",
        }
    }

    /// The name in paths: `contacts`.
    #[must_use]
    pub fn plural(self) -> &'static str {
        match self {
            Self::Contact => "contacts",
            Self::Ticket => "tickets",
            Self::Message => "messages",
            Self::Note => "notes",
            Self::Transcript => "transcripts",
            Self::Project => "projects",
            Self::Todo => "todos",
            Self::Event => "events",
        }
    }

    /// From the name in a path.
    #[must_use]
    pub fn from_plural(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|resource| resource.plural() == name)
    }

    /// Whether the contract has a search for it.
    pub(super) fn searchable(self) -> bool {
        matches!(self, Self::Contact | Self::Ticket | Self::Message)
    }

    pub(super) fn fields(self) -> &'static [Field] {
        match self {
            Self::Contact => CONTACT,
            Self::Ticket => TICKET,
            Self::Message => MESSAGE,
            Self::Note => NOTE,
            Self::Transcript => TRANSCRIPT,
            Self::Project => PROJECT,
            Self::Todo => TODO,
            Self::Event => EVENT,
        }
    }

    /// Fields that a list can be filtered by.
    pub(super) fn filters(self) -> &'static [&'static str] {
        match self {
            Self::Contact => &["external_id", "email", "phone"],
            Self::Ticket => &["external_id", "contact_id", "status"],
            Self::Message => &["external_id", "contact_id", "ticket_id"],
            Self::Transcript => &["external_id", "contact_id", "call_id"],
            Self::Note | Self::Project | Self::Todo | Self::Event => &["external_id", "contact_id"],
        }
    }

    pub(super) fn operation(self, verb: Verb) -> &'static str {
        use Resource::{Contact, Event, Message, Note, Project, Ticket, Todo, Transcript};
        use Verb::{Create, Delete, Update};
        match (self, verb) {
            (Contact, Create) => "contact.create",
            (Contact, Update) => "contact.update",
            (Contact, Delete) => "contact.delete",
            (Ticket, Create) => "ticket.create",
            (Ticket, Update) => "ticket.update",
            (Ticket, Delete) => "ticket.delete",
            (Message, Create) => "message.create",
            (Message, Update) => "message.update",
            (Message, Delete) => "message.delete",
            (Note, Create) => "note.create",
            (Note, Update) => "note.update",
            (Note, Delete) => "note.delete",
            (Transcript, Create) => "transcript.create",
            (Transcript, Update) => "transcript.update",
            (Transcript, Delete) => "transcript.delete",
            (Project, Create) => "project.create",
            (Project, Update) => "project.update",
            (Project, Delete) => "project.delete",
            (Todo, Create) => "todo.create",
            (Todo, Update) => "todo.update",
            (Todo, Delete) => "todo.delete",
            (Event, Create) => "event.create",
            (Event, Update) => "event.update",
            (Event, Delete) => "event.delete",
        }
    }
}

/// What happened to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Create,
    Update,
    Delete,
}

impl Verb {
    pub(super) fn past(self) -> &'static str {
        match self {
            Self::Create => "created",
            Self::Update => "updated",
            Self::Delete => "deleted",
        }
    }
}
