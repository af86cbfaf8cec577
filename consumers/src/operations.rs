//! Which of HighLevel's operations the flows use: for the scopes that a token must have.

use crate::{ClosingPolicy, Flows, ToHighlevel};
use std::collections::BTreeSet;

/// A person is found or made before anything else is done for them.
const PERSON: &[&str] = &["get contact", "get duplicate contact", "create contact"];
/// The person's thread.
const THREAD: &[&str] = &["search conversations", "create conversation", "get messages by conversation"];

impl Flows {
    /// Names of the catalogue's operations that the enabled flows use.
    #[must_use]
    pub fn operations(&self) -> BTreeSet<&'static str> {
        let mut used = BTreeSet::new();
        let mut needs = |enabled: bool, names: &[&'static str]| {
            if enabled {
                used.extend(names);
            }
        };
        needs(self.contacts.to_highlevel, PERSON);
        needs(self.contacts.to_highlevel, &["update contact"]);
        needs(self.contacts.to_highlevel && self.contacts.tags, &["add tags to contact", "remove tags from contact"]);
        needs(self.contacts.to_seventeen_hats, &["get contact"]);
        let conversations = &self.conversations;
        needs(conversations.from_contacts || conversations.from_tickets, THREAD);
        needs(conversations.from_tickets, PERSON);
        needs(conversations.from_tickets, &["add an inbound message", "create contact note", "get contact notes"]);
        needs(conversations.to_tickets, &["get contact", "search conversations"]);
        let messages = &self.messages;
        needs(messages.to_highlevel != ToHighlevel::Off, PERSON);
        needs(messages.to_highlevel != ToHighlevel::Off, THREAD);
        // Scheduled ones are sent by HighLevel in any case.
        needs(messages.to_highlevel != ToHighlevel::Off, &["send a new message"]);
        needs(messages.to_highlevel == ToHighlevel::Record, &["add an inbound message"]);
        needs(messages.to_seventeen_hats, &["get contact", "get message by id", "get email by id"]);
        needs(messages.statuses, &["update message status"]);
        needs(messages.cancel, &["cancel a scheduled message", "cancel a scheduled email message"]);
        needs(self.transcripts.enabled, &["get message transcription"]);
        let closing = &self.closing;
        needs(closing.policy != ClosingPolicy::Off, &["search conversations", "add tags to contact"]);
        needs(closing.policy == ClosingPolicy::Read, &["update conversation"]);
        needs(closing.policy == ClosingPolicy::Delete, &["delete conversation"]);
        needs(closing.reopen, &["remove tags from contact"]);
        let notes = &self.notes;
        needs(notes.to_highlevel, PERSON);
        needs(notes.to_highlevel, &["create contact note", "update contact note", "get contact notes"]);
        needs(notes.to_highlevel && notes.deletions, &["delete contact note"]);
        needs(notes.to_seventeen_hats, &["get contact", "get contact note by id"]);
        let tasks = &self.tasks;
        needs(tasks.to_highlevel, PERSON);
        needs(tasks.to_highlevel, &["create contact task", "update contact task", "get contact tasks"]);
        needs(tasks.to_highlevel && tasks.deletions, &["delete contact task"]);
        needs(tasks.to_seventeen_hats, &["get contact", "get contact task by id"]);
        let appointments = &self.appointments;
        let booked = !appointments.calendar.is_empty();
        needs(booked, PERSON);
        needs(booked, &["create appointment", "update appointment", "get contact appointments"]);
        needs(booked && appointments.deletions, &["delete event"]);
        needs(appointments.to_seventeen_hats, &["get contact", "get appointment"]);
        let opportunities = &self.opportunities;
        let mapped = !opportunities.pipeline.is_empty();
        let sold = mapped && opportunities.to_highlevel;
        needs(sold, PERSON);
        needs(sold, &["create opportunity", "update opportunity", "search opportunities"]);
        needs(sold && opportunities.deletions, &["delete opportunity"]);
        needs(mapped && opportunities.to_seventeen_hats, &["get contact", "get opportunity"]);
        needs(self.companies.to_highlevel, &["list businesses by location", "create business", "bulk business update"]);
        used
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hatbridge_systems::highlevel::catalogue;

    #[test]
    fn every_operation_is_in_the_catalogue() {
        let mut flows = Flows::default();
        let default = flows.operations();
        flows.closing.policy = ClosingPolicy::Delete;
        flows.appointments.calendar = "calendar".into();
        flows.appointments.to_seventeen_hats = true;
        flows.opportunities = crate::flows::Opportunities { pipeline: "pipeline".into(), deletions: true, ..Default::default() };
        flows.companies.to_highlevel = true;
        let names: BTreeSet<_> = default.union(&flows.operations()).copied().collect();
        for name in names {
            assert!(catalogue::find(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn what_is_switched_off_needs_nothing() {
        let flows = Flows {
            contacts: crate::flows::Contacts { to_highlevel: false, to_seventeen_hats: false, ..Default::default() },
            conversations: crate::flows::Conversations { from_contacts: false, from_tickets: false, to_tickets: false },
            messages: crate::flows::Messages { to_highlevel: ToHighlevel::Off, to_seventeen_hats: false, statuses: false, cancel: false },
            transcripts: crate::flows::Transcripts { enabled: false },
            closing: crate::flows::Closing { policy: ClosingPolicy::Off, reopen: false, ..Default::default() },
            notes: crate::flows::Notes { to_highlevel: false, to_seventeen_hats: false, ..Default::default() },
            tasks: crate::flows::Tasks { to_highlevel: false, to_seventeen_hats: false, ..Default::default() },
            ..Default::default()
        };
        assert!(flows.operations().is_empty());
    }
}
