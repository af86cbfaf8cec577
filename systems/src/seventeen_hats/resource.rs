//! The kinds of records.

use serde::{Deserialize, Serialize};

/// A kind of record of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    /// People and companies.
    Contacts,
    /// Tickets.
    Tickets,
    /// Messages to and from contacts.
    Messages,
    /// Notes on contacts.
    Notes,
    /// Calls' transcripts.
    Transcripts,
    /// Projects.
    Projects,
    /// To-dos.
    Todos,
    /// Calendar events.
    Events,
}

impl Resource {
    /// All of them.
    pub const ALL: [Self; 8] = [Self::Contacts, Self::Tickets, Self::Messages, Self::Notes, Self::Transcripts, Self::Projects, Self::Todos, Self::Events];

    /// The plural name, which is its table in the contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Contacts => "contacts",
            Self::Tickets => "tickets",
            Self::Messages => "messages",
            Self::Notes => "notes",
            Self::Transcripts => "transcripts",
            Self::Projects => "projects",
            Self::Todos => "todos",
            Self::Events => "events",
        }
    }

    /// By its plural name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|resource| resource.as_str() == name)
    }

    /// hatbridge's names of its fields: those that a contract may give a name on the wire.
    #[must_use]
    pub const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Contacts => &[
                "first_name",
                "last_name",
                "company_name",
                "email",
                "phone",
                "address1",
                "address2",
                "city",
                "state",
                "postal_code",
                "country",
                "website",
                "birthday",
                "kind",
                "is_company",
                "tags",
                "notes",
                "custom_fields",
                "external_id",
            ],
            Self::Tickets => &["contact_id", "subject", "body", "status", "tags", "external_id"],
            Self::Messages => &[
                "contact_id",
                "ticket_id",
                "direction",
                "channel",
                "body",
                "subject",
                "attachments",
                "sent_at",
                "scheduled_at",
                "status",
                "author",
                "external_id",
            ],
            Self::Notes => &["contact_id", "body", "external_id"],
            Self::Transcripts => &["contact_id", "ticket_id", "call_id", "text", "started_at", "external_id"],
            Self::Projects => &["contact_id", "name", "stage", "status", "value", "external_id"],
            Self::Todos => &["contact_id", "title", "body", "due_at", "completed", "external_id"],
            Self::Events => &["contact_id", "title", "starts_at", "ends_at", "status", "external_id"],
        }
    }

    /// Those of [`Resource::fields`] that hold moments.
    #[must_use]
    pub const fn moments(self) -> &'static [&'static str] {
        match self {
            Self::Messages => &["sent_at", "scheduled_at"],
            Self::Transcripts => &["started_at"],
            Self::Todos => &["due_at"],
            Self::Events => &["starts_at", "ends_at"],
            Self::Contacts | Self::Tickets | Self::Notes | Self::Projects => &[],
        }
    }
}

impl std::fmt::Display for Resource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
