//! What can be done with a resource, and its name in the ledger.

use super::Resource;
use crate::Effect;

/// One of the contract's operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Operation {
    List,
    Get,
    Create,
    Update,
    Delete,
    Search,
}

impl Operation {
    pub(super) const ALL: [Self; 6] = [Self::List, Self::Get, Self::Create, Self::Update, Self::Delete, Self::Search];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Get => "get",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Search => "search",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.as_str() == name)
    }

    /// Whether its path names a record.
    pub(super) const fn has_id(self) -> bool {
        match self {
            Self::Get | Self::Update | Self::Delete => true,
            Self::List | Self::Create | Self::Search => false,
        }
    }

    pub(super) const fn effect(self) -> Effect {
        match self {
            Self::List | Self::Get | Self::Search => Effect::Read,
            Self::Update | Self::Delete => Effect::Idempotent,
            Self::Create => Effect::Probe,
        }
    }

    /// The ledger's name: `contacts.create`.
    pub(super) const fn name(self, resource: Resource) -> &'static str {
        macro_rules! names {
            ($($variant:ident = $plural:literal),+) => {
                match (resource, self) {
                    $(
                        (Resource::$variant, Self::List) => concat!($plural, ".list"),
                        (Resource::$variant, Self::Get) => concat!($plural, ".get"),
                        (Resource::$variant, Self::Create) => concat!($plural, ".create"),
                        (Resource::$variant, Self::Update) => concat!($plural, ".update"),
                        (Resource::$variant, Self::Delete) => concat!($plural, ".delete"),
                        (Resource::$variant, Self::Search) => concat!($plural, ".search"),
                    )+
                }
            };
        }
        names!(
            Contacts = "contacts",
            Tickets = "tickets",
            Messages = "messages",
            Notes = "notes",
            Transcripts = "transcripts",
            Projects = "projects",
            Todos = "todos",
            Events = "events"
        )
    }
}
