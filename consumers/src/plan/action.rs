//! What can be done. An action says what, not how: the calls are made by `execute`.

use super::item::{Family, Fields, ItemState};
use super::state::{ContactChange, ContactState, Thread, TicketState};
use hatbridge_schemas::{Command, Contact, Direction, Message, System};

/// One action. Ids of the person on both sides come from what is known when it is carried out, since
/// an action before it may have made them.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Makes the contact in a system, or takes the one that is there.
    CreateContact {
        /// Where.
        system: System,
        /// All that goes along.
        contact: Contact,
        /// What both sides agree on then.
        state: ContactState,
    },
    /// Writes what changed.
    UpdateContact {
        /// Where.
        system: System,
        /// What.
        change: ContactChange,
        /// What both sides agree on then.
        state: ContactState,
    },
    /// The contact gets its conversation in HighLevel.
    OpenConversation,
    /// HighLevel shows a message that happened in 17hats.
    RecordMessage {
        /// The message; `external_id` is 17hats' id.
        message: Message,
        /// 17hats' id: of the message, or of the ticket whose first words these are.
        alt_id: String,
        /// Whether it is a ticket's first words.
        of_ticket: bool,
    },
    /// HighLevel sends a message.
    SendMessage {
        /// The message; with `scheduled_at` later.
        message: Message,
        /// 17hats' id.
        hats_id: String,
    },
    /// 17hats' message gets the id of the one that HighLevel sent.
    MarkMessage {
        /// 17hats' id.
        hats_id: String,
    },
    /// HighLevel's scheduled message is cancelled.
    CancelMessage {
        /// HighLevel's id.
        id: String,
        /// Mails are cancelled elsewhere.
        email: bool,
    },
    /// 17hats gets a message of HighLevel's.
    CreateMessage {
        /// The message; `external_id` is HighLevel's id.
        message: Message,
    },
    /// 17hats' message gets HighLevel's status.
    SetStatus {
        /// 17hats' id.
        hats_id: String,
        /// HighLevel's id.
        highlevel_id: String,
        /// In 17hats' words.
        status: &'static str,
    },
    /// HighLevel is told what became of a message that went through our provider.
    ReportStatus {
        /// HighLevel's id.
        id: String,
        /// `delivered`, `failed`, `read` (FACTS section 8: the writable ones).
        status: &'static str,
    },
    /// 17hats gets a ticket for a conversation.
    OpenTicket {
        /// HighLevel's conversation.
        conversation: String,
        /// Subject line.
        subject: String,
    },
    /// A closed ticket is opened again.
    ReopenTicket {
        /// 17hats' id.
        ticket: String,
    },
    /// 17hats gets a call's transcript.
    CreateTranscript {
        /// HighLevel's id of the call.
        call: String,
        /// As 17hats shows it.
        text: String,
        /// When the call was, microseconds since the epoch.
        started_at: Option<i64>,
    },
    /// The conversation counts as read and is not starred.
    MarkRead {
        /// Also takes the star off.
        unstar: bool,
    },
    /// The conversation is deleted.
    DeleteConversation,
    /// The contact in HighLevel is tagged.
    Tag {
        /// With what.
        tag: String,
    },
    /// The tag is taken off again.
    Untag {
        /// Which.
        tag: String,
    },
    /// The contact in HighLevel gets a note.
    Note {
        /// Its text, with our mark at its end.
        text: String,
        /// The mark.
        mark: String,
    },
    /// By Zap: the contact in 17hats gets a line in its notes, and tags.
    ZapNote {
        /// The line, with our mark.
        text: String,
        /// Tags beside it.
        tags: Vec<String>,
        /// Name of the action in the ledger: a plan may have two notes.
        name: &'static str,
    },
    /// The other side gets a record of the person's.
    CreateItem {
        /// Where.
        system: System,
        /// Of what kind.
        family: Family,
        /// What it says.
        fields: Fields,
    },
    /// Writes what changed of a record.
    UpdateItem {
        /// Where.
        system: System,
        /// Of what kind.
        family: Family,
        /// Its id there.
        id: String,
        /// Only the fields that changed.
        fields: Fields,
        /// What both sides agree on then.
        state: ItemState,
    },
    /// Deletes a record.
    DeleteItem {
        /// Where.
        system: System,
        /// Of what kind.
        family: Family,
        /// Its id there.
        id: String,
        /// HighLevel's contact.
        contact: String,
    },
    /// HighLevel's contact belongs to the business of this name.
    AssignBusiness {
        /// The company's name; empty: it belongs to none.
        name: String,
    },
    /// An operation of HighLevel's catalogue, as it was ordered.
    Send {
        /// Name and data.
        command: Command,
    },
}

impl Action {
    /// The name in the ledger: the same when the plan is made again.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::CreateContact { .. } => "contact.create",
            Self::UpdateContact { .. } => "contact.update",
            Self::OpenConversation => "conversation.open",
            Self::RecordMessage { .. } => "message.record",
            Self::SendMessage { .. } => "message.send",
            Self::MarkMessage { .. } => "message.mark",
            Self::CancelMessage { .. } => "message.cancel",
            Self::CreateMessage { .. } => "message.create",
            Self::SetStatus { .. } => "message.status",
            Self::ReportStatus { .. } => "message.report",
            Self::OpenTicket { .. } => "ticket.open",
            Self::ReopenTicket { .. } => "ticket.reopen",
            Self::CreateTranscript { .. } => "transcript.create",
            Self::MarkRead { .. } => "conversation.read",
            Self::DeleteConversation => "conversation.delete",
            Self::Tag { .. } => "contact.tag",
            Self::Untag { .. } => "contact.untag",
            Self::Note { .. } => "contact.note",
            Self::ZapNote { name, .. } => name,
            Self::CreateItem { family, .. } => family.create(),
            Self::UpdateItem { family, .. } => family.update(),
            Self::DeleteItem { family, .. } => family.delete(),
            Self::AssignBusiness { .. } => "contact.business",
            Self::Send { .. } => "command",
        }
    }

    /// The system written to.
    #[must_use]
    pub const fn system(&self) -> System {
        match self {
            Self::CreateContact { system, .. }
            | Self::UpdateContact { system, .. }
            | Self::CreateItem { system, .. }
            | Self::UpdateItem { system, .. }
            | Self::DeleteItem { system, .. } => *system,
            Self::OpenConversation
            | Self::RecordMessage { .. }
            | Self::SendMessage { .. }
            | Self::CancelMessage { .. }
            | Self::ReportStatus { .. }
            | Self::MarkRead { .. }
            | Self::DeleteConversation
            | Self::Tag { .. }
            | Self::Untag { .. }
            | Self::Note { .. }
            | Self::AssignBusiness { .. }
            | Self::Send { .. } => System::Highlevel,
            Self::MarkMessage { .. }
            | Self::CreateMessage { .. }
            | Self::SetStatus { .. }
            | Self::OpenTicket { .. }
            | Self::ReopenTicket { .. }
            | Self::CreateTranscript { .. }
            | Self::ZapNote { .. } => System::SeventeenHats,
        }
    }
}

/// What is remembered once the event is finished, beside what the actions themselves leave.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct After {
    /// The contact's state.
    pub contact: Option<ContactState>,
    /// The two contacts are the same person: (HighLevel's, 17hats').
    pub link_contact: Option<(String, String)>,
    /// The two messages are the same: (HighLevel's, 17hats').
    pub link_message: Option<(String, String)>,
    /// The two records are the same: ((HighLevel's, 17hats'), what they agree on).
    pub item: Option<(Family, (String, String), ItemState)>,
    /// A ticket's state: (17hats' id, state).
    pub ticket: Option<(String, TicketState)>,
    /// The person's thread.
    pub thread: Option<Thread>,
    /// The entity is gone: its link goes too, (kind, system, id).
    pub unlink: Option<(&'static str, System, String)>,
}

/// Which way a message went, for texts.
pub(super) fn arrow(direction: Option<Direction>) -> &'static str {
    match direction {
        Some(Direction::Inbound) => "<-",
        Some(Direction::Outbound) => "->",
        None => "--",
    }
}
