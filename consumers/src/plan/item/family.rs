//! The kinds of records that go along with a contact, one to one.

use crate::Flows;
use hatbridge_schemas::{EntityKind, System};
use hatbridge_systems::seventeen_hats::Resource;

/// Records of a contact that both systems have, under different names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Note <-> note.
    Note,
    /// Task <-> to-do.
    Task,
    /// Appointment <-> calendar event.
    Appointment,
    /// Opportunity <-> project.
    Opportunity,
}

/// The ledger's names of what is done with a family.
macro_rules! names {
    ($($family:ident = $word:literal),+) => {
        /// Making one.
        #[must_use]
        pub const fn create(self) -> &'static str {
            match self { $(Self::$family => concat!($word, ".create")),+ }
        }

        /// Changing one.
        #[must_use]
        pub const fn update(self) -> &'static str {
            match self { $(Self::$family => concat!($word, ".update")),+ }
        }

        /// Deleting one.
        #[must_use]
        pub const fn delete(self) -> &'static str {
            match self { $(Self::$family => concat!($word, ".delete")),+ }
        }

        /// Telling of one in a contact's notes, by Zap.
        #[must_use]
        pub const fn zap(self) -> &'static str {
            match self { $(Self::$family => concat!("zap.", $word)),+ }
        }

        /// In texts, and its links and states in the store.
        #[must_use]
        pub const fn as_str(self) -> &'static str {
            match self { $(Self::$family => $word),+ }
        }
    };
}

impl Family {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Note, Self::Task, Self::Appointment, Self::Opportunity];

    names!(Note = "note", Task = "task", Appointment = "appointment", Opportunity = "opportunity");

    /// Of an entity.
    #[must_use]
    pub fn of(kind: EntityKind) -> Option<Self> {
        match kind {
            EntityKind::Note => Some(Self::Note),
            EntityKind::Task => Some(Self::Task),
            EntityKind::Appointment => Some(Self::Appointment),
            EntityKind::Opportunity => Some(Self::Opportunity),
            _ => None,
        }
    }

    /// What 17hats calls it.
    #[must_use]
    pub const fn resource(self) -> Resource {
        match self {
            Self::Note => Resource::Notes,
            Self::Task => Resource::Todos,
            Self::Appointment => Resource::Events,
            Self::Opportunity => Resource::Projects,
        }
    }

    /// Its table among the flows.
    #[must_use]
    pub const fn section(self) -> &'static str {
        match self {
            Self::Note => "notes",
            Self::Task => "tasks",
            Self::Appointment => "appointments",
            Self::Opportunity => "opportunities",
        }
    }

    /// Whether it goes to a system.
    #[must_use]
    pub fn is_wanted(self, target: System, flows: &Flows) -> bool {
        let (to_highlevel, to_seventeen_hats) = match self {
            Self::Note => (flows.notes.to_highlevel, flows.notes.to_seventeen_hats),
            Self::Task => (flows.tasks.to_highlevel, flows.tasks.to_seventeen_hats),
            Self::Appointment => (!flows.appointments.calendar.is_empty(), flows.appointments.to_seventeen_hats),
            Self::Opportunity => {
                let mapped = !flows.opportunities.pipeline.is_empty();
                (mapped && flows.opportunities.to_highlevel, mapped && flows.opportunities.to_seventeen_hats)
            }
        };
        match target {
            System::Highlevel => to_highlevel,
            System::SeventeenHats => to_seventeen_hats,
            System::Hatbridge => false,
        }
    }

    /// Whether it goes anywhere.
    #[must_use]
    pub fn is_carried(self, flows: &Flows) -> bool {
        self.is_wanted(System::Highlevel, flows) || self.is_wanted(System::SeventeenHats, flows)
    }

    /// Whether what is deleted on one side is deleted on the other.
    #[must_use]
    pub const fn deletes(self, flows: &Flows) -> bool {
        match self {
            Self::Note => flows.notes.deletions,
            Self::Task => flows.tasks.deletions,
            Self::Appointment => flows.appointments.deletions,
            Self::Opportunity => flows.opportunities.deletions,
        }
    }
}
