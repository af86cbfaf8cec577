//! What is kept in step for a tenant.

use crate::plan::item::Family;
use hatbridge_schemas::System;
use hatbridge_systems::seventeen_hats::Resource;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

macro_rules! flow {
    ($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $type:ty = $default:expr),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name { $($(#[$fdoc])* pub $field: $type),+ }
        impl Default for $name {
            fn default() -> Self { Self { $($field: $default),+ } }
        }
    };
}

/// The flows of a tenant; every key has a default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Flows {
    /// Contacts, both ways.
    pub contacts: Contacts,
    /// Tickets and conversations.
    pub conversations: Conversations,
    /// Messages, both ways.
    pub messages: Messages,
    /// Transcripts of calls.
    pub transcripts: Transcripts,
    /// What closing a ticket does.
    pub closing: Closing,
    /// Notes of contacts, both ways.
    pub notes: Notes,
    /// HighLevel's tasks and 17hats' to-dos.
    pub tasks: Tasks,
    /// HighLevel's appointments and 17hats' calendar events.
    pub appointments: Appointments,
    /// HighLevel's opportunities and 17hats' projects.
    pub opportunities: Opportunities,
    /// Companies of contacts.
    pub companies: Companies,
}

impl Flows {
    /// The defaults as TOML with a comment a key; a test holds it against [`Flows::default`].
    pub const REFERENCE: &str = include_str!("flows.default.toml");

    /// Records of 17hats that go to HighLevel, beside contacts, tickets and messages.
    #[must_use]
    pub fn of_seventeen_hats(&self) -> Vec<Resource> {
        Family::ALL.into_iter().filter(|family| family.is_wanted(System::Highlevel, self)).map(Family::resource).collect()
    }

    /// Rules that these flows break: which key, and what is wrong with it.
    #[must_use]
    pub fn broken(&self) -> Vec<(String, String)> {
        let mut broken = vec![];
        let fields = self.contacts.custom_fields.len();
        if fields > CUSTOM_FIELDS {
            broken.push(("flows.contacts.custom_fields".to_owned(), format!("names {fields} fields; at most {CUSTOM_FIELDS} go along")));
        }
        let mut words = |section: &str, map: &BTreeMap<String, String>, known: &[&str]| {
            for word in map.values().filter(|word| !known.contains(&word.as_str())) {
                broken.push((format!("flows.{section}.statuses"), format!("names `{word}`, which HighLevel does not have; choose {}", known.join(", "))));
            }
        };
        words("appointments", &self.appointments.statuses, &APPOINTMENT);
        words("opportunities", &self.opportunities.statuses, &OPPORTUNITY);
        if self.opportunities.pipeline.is_empty() && !self.opportunities.stages.is_empty() {
            broken.push((
                "flows.opportunities.stages".to_owned(),
                "are set, but not the pipeline that they are of; set `flows.opportunities.pipeline`".to_owned(),
            ));
        }
        broken
    }
}

/// Custom fields of a contact that go along at most.
const CUSTOM_FIELDS: usize = 10;
/// HighLevel's words for an appointment's status.
pub(crate) const APPOINTMENT: [&str; 6] = ["new", "confirmed", "cancelled", "showed", "noshow", "invalid"];
/// HighLevel's words for an opportunity's status.
pub(crate) const OPPORTUNITY: [&str; 4] = ["open", "won", "lost", "abandoned"];

flow!(
    /// Contacts.
    Contacts {
        /// 17hats' contacts are created and updated in HighLevel.
        to_highlevel: bool = true,
        /// HighLevel's contacts are created and updated in 17hats.
        to_seventeen_hats: bool = true,
        /// Tags go along.
        tags: bool = true,
        /// 17hats' type of contacts made from HighLevel's: `lead`, `client`.
        kind: String = "lead".to_owned(),
        /// Custom field of 17hats (name) -> custom field of HighLevel (id); at most ten.
        custom_fields: BTreeMap<String, String> = BTreeMap::new(),
    }
);
flow!(
    /// Tickets and conversations.
    Conversations {
        /// A new contact of 17hats gets its conversation in HighLevel.
        from_contacts: bool = true,
        /// A ticket of 17hats gets its conversation in HighLevel, with its first message.
        from_tickets: bool = true,
        /// A new conversation of HighLevel opens a ticket in 17hats.
        to_tickets: bool = true,
    }
);
flow!(
    /// Messages.
    Messages {
        /// What becomes of 17hats' messages in HighLevel.
        to_highlevel: ToHighlevel = ToHighlevel::Record,
        /// HighLevel's messages are copied to 17hats.
        to_seventeen_hats: bool = true,
        /// HighLevel's delivery status is told to 17hats.
        statuses: bool = true,
        /// A scheduled message that 17hats cancels is cancelled in HighLevel.
        cancel: bool = true,
    }
);
flow!(
    /// Transcripts of calls.
    Transcripts {
        /// The transcript of a completed call is appended to the 17hats record.
        enabled: bool = true,
    }
);
flow!(
    /// What closing the last open ticket of a contact does to its conversation.
    Closing {
        /// What is done.
        policy: ClosingPolicy = ClosingPolicy::Read,
        /// Tag put on the contact; empty: none.
        tag: String = "hatbridge-archived".to_owned(),
        /// A message of the client after the closing opens the ticket again.
        reopen: bool = true,
    }
);

flow!(
    /// Notes of contacts.
    Notes {
        /// 17hats' notes are copied to HighLevel.
        to_highlevel: bool = true,
        /// HighLevel's notes are copied to 17hats.
        to_seventeen_hats: bool = true,
        /// What is deleted on one side is deleted on the other.
        deletions: bool = true,
    }
);
flow!(
    /// Tasks and to-dos.
    Tasks {
        /// 17hats' to-dos become tasks in HighLevel.
        to_highlevel: bool = true,
        /// HighLevel's tasks become to-dos in 17hats.
        to_seventeen_hats: bool = true,
        /// What is deleted on one side is deleted on the other.
        deletions: bool = true,
        /// HighLevel demands a due date: to-dos without one are due so many days after their event.
        due_days: u16 = 7,
    }
);
flow!(
    /// Appointments and calendar events.
    Appointments {
        /// HighLevel's calendar (id) for 17hats' events; empty: they stay in 17hats.
        calendar: String = String::new(),
        /// HighLevel's appointments become events in 17hats.
        to_seventeen_hats: bool = false,
        /// What is deleted on one side is deleted on the other.
        deletions: bool = true,
        /// 17hats' word -> HighLevel's word.
        statuses: BTreeMap<String, String> = BTreeMap::new(),
    }
);
flow!(
    /// Opportunities and projects.
    Opportunities {
        /// HighLevel's pipeline (id) whose opportunities are 17hats' projects; empty: none are.
        pipeline: String = String::new(),
        /// 17hats' projects become opportunities in HighLevel.
        to_highlevel: bool = true,
        /// HighLevel's opportunities become projects in 17hats.
        to_seventeen_hats: bool = true,
        /// 17hats' stage (name) -> HighLevel's stage (id).
        stages: BTreeMap<String, String> = BTreeMap::new(),
        /// 17hats' word -> HighLevel's word.
        statuses: BTreeMap<String, String> = BTreeMap::new(),
        /// What is deleted on one side is deleted on the other.
        deletions: bool = false,
    }
);
flow!(
    /// Companies.
    Companies {
        /// 17hats' contacts belong, in HighLevel, to the business that has their company's name.
        to_highlevel: bool = false,
    }
);

/// What becomes of 17hats' messages in HighLevel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToHighlevel {
    /// Nothing.
    Off,
    /// They are recorded there: HighLevel shows them and sends nothing.
    Record,
    /// Those to the client are really sent by HighLevel; those from the client are recorded.
    Send,
}

/// What closing does to a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosingPolicy {
    /// Nothing.
    Off,
    /// It is marked read and unstarred, the contact is tagged.
    Read,
    /// It is deleted, with all its messages.
    Delete,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn broken_rules_are_told_together() {
        assert!(Flows::default().broken().is_empty());
        let mut flows = Flows::default();
        flows.contacts.custom_fields = (0..11).map(|n| (format!("field {n}"), format!("id{n}"))).collect();
        flows.opportunities.statuses.insert("booked".into(), "victory".into());
        flows.opportunities.stages.insert("Planning".into(), "stage1".into());
        let broken = flows.broken();
        assert_eq!(broken.len(), 3, "{broken:?}");
        assert!(broken[1].1.contains("`victory`") && broken[1].1.contains("open, won, lost, abandoned"));
    }

    #[test]
    fn the_reference_says_the_defaults() {
        let read: Flows = toml::from_str(Flows::REFERENCE).unwrap();
        assert_eq!(read, Flows::default());
        // Every key stands in it, none is left to guess.
        let keys = |text: &str| {
            text.lines().filter(|l| l.contains('=') && !l.starts_with('#')).map(|l| l.split('=').next().unwrap().trim().to_owned()).collect::<Vec<_>>()
        };
        let whole = toml::to_string(&Flows::default()).unwrap();
        for key in keys(&whole) {
            assert!(keys(Flows::REFERENCE).contains(&key), "{key}");
        }
    }
}
