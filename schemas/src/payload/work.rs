//! What is to be done and was noted: tickets, notes, tasks, commands.

use super::record;
use crate::event::closed_enum;
use serde::{Deserialize, Serialize};

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

record!(
    /// A 17hats ticket.
    Ticket {
        /// The contact's id in the source system.
        contact_id: Option<String>,
        /// Subject line.
        subject: Option<String>,
        /// Text.
        body: Option<String>,
        /// Where it stands.
        status: Option<TicketStatus>,
        /// All tags, sorted, without repeats.
        tags: Vec<String>,
        /// The other system's id as kept in the record itself.
        external_id: Option<String>,
    }
);

record!(
    /// A note on a contact.
    Note {
        /// The contact's id in the source system.
        contact_id: Option<String>,
        /// Text.
        body: Option<String>,
        /// The other system's id as kept in the record itself.
        external_id: Option<String>,
    }
);

record!(
    /// A task on a contact.
    Task {
        /// The contact's id in the source system.
        contact_id: Option<String>,
        /// Title.
        title: Option<String>,
        /// Text.
        body: Option<String>,
        /// Microseconds since the epoch.
        due_at: Option<i64>,
        /// Whether it is done.
        completed: Option<bool>,
        /// Id of the user it is given to.
        assigned_to: Option<String>,
        /// The other system's id as kept in the record itself.
        external_id: Option<String>,
    }
);

record!(
    /// Something an operator asks for.
    Command {
        /// `archive conversation`, ...
        operation: String,
        /// JSON object.
        parameters: String,
    }
);
