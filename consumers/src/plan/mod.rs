//! The plan: (event, what is known, flows) -> actions. Pure: no I/O, no clock, no chance, so that it
//! can be tried by the million.

mod action;
mod command;
mod contact;
mod conversation;
pub mod item;
mod message;
pub mod state;
#[cfg(test)]
mod tests;
mod text;
mod ticket;
mod transcript;

pub use action::{Action, After};
pub(crate) use contact::TAG_MARK;

use crate::Flows;
use crate::facts::Facts;
use crate::metrics::Outcome;
use hatbridge_schemas::{Change, Event, Payload, System};

/// What is to be done about an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Plan {
    /// These actions in this order, then remember.
    Do {
        /// Actions.
        actions: Vec<Action>,
        /// What to remember.
        after: After,
    },
    /// Something must be read first; then plan again.
    Need(Need),
    /// Nothing is to be done.
    Nothing {
        /// Why.
        why: Why,
        /// What to remember all the same.
        after: After,
    },
    /// The other system has nothing to express it with, or it makes no sense; in words for an operator.
    Unmappable(String),
}

/// What must be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The person's contact from the event's own system.
    Contact,
    /// Whether other tickets of the person are open.
    Tickets,
    /// A call's transcript.
    Transcript,
    /// The event's own record from its own system.
    Item,
}

/// Why nothing is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It is our own write coming back.
    Echo,
    /// The other side says so already.
    Unchanged,
    /// No flow concerns it.
    Ignored,
}

impl Why {
    pub(crate) const fn outcome(self) -> Outcome {
        match self {
            Self::Echo => Outcome::Echo,
            Self::Unchanged => Outcome::Unchanged,
            Self::Ignored => Outcome::Ignored,
        }
    }
}

impl Plan {
    fn nothing(why: Why) -> Self {
        Self::Nothing { why, after: After::default() }
    }

    /// Actions if there are any, else nothing.
    fn of(actions: Vec<Action>, after: After) -> Self {
        if actions.is_empty() { Self::Nothing { why: Why::Unchanged, after } } else { Self::Do { actions, after } }
    }
}

/// Plans an event.
#[must_use]
pub fn plan(event: &Event, facts: &Facts, flows: &Flows) -> Plan {
    if let Some(family) = item::Family::of(event.entity.kind).filter(|_| event.source != System::Hatbridge) {
        return item::plan(event, family, facts, flows);
    }
    match (event.source, event.change, &event.payload) {
        (System::Hatbridge, Change::Command, Some(Payload::Command(command))) => command::plan(command, facts, flows),
        (System::Hatbridge, ..) => Plan::nothing(Why::Ignored),
        (_, _, Some(Payload::Contact(contact))) => contact::plan(event, contact, facts, flows),
        (System::SeventeenHats, _, Some(Payload::Ticket(ticket))) => ticket::plan(event, ticket, facts, flows),
        (System::SeventeenHats, _, Some(Payload::Message(message))) => message::from_hats(event, message, facts, flows),
        (System::Highlevel, _, Some(Payload::Message(message))) => message::from_highlevel(event, message, facts, flows),
        (System::Highlevel, _, Some(Payload::Conversation(conversation))) => conversation::plan(event, conversation, facts, flows),
        (System::Highlevel, _, Some(Payload::Transcript(transcript))) => transcript::plan(event, transcript, facts, flows),
        (_, Change::Deleted, None) => gone(event),
        (System::Highlevel | System::SeventeenHats, ..) => Plan::nothing(Why::Ignored),
    }
}

/// A record was deleted and nothing of it is shown: only its link is forgotten. Nothing is deleted
/// on the other side: that would take a person's data away on one click elsewhere.
pub(crate) fn gone(event: &Event) -> Plan {
    use crate::facts::kind;
    use hatbridge_schemas::EntityKind;
    let kind = match event.entity.kind {
        EntityKind::Contact => kind::CONTACT,
        EntityKind::Message => kind::MESSAGE,
        EntityKind::Ticket | EntityKind::Conversation => kind::CONVERSATION,
        EntityKind::Transcript => kind::TRANSCRIPT,
        // No flow carries the further kinds, so they have no links.
        other => match item::Family::of(other) {
            Some(family) => family.as_str(),
            None => return Plan::nothing(Why::Ignored),
        },
    };
    Plan::Nothing { why: Why::Ignored, after: After { unlink: Some((kind, event.source, event.entity.id.as_str().to_owned())), ..After::default() } }
}

/// The actions that make sure the person is known in HighLevel, or what must be read for that.
fn person_in_highlevel(facts: &Facts, flows: &Flows) -> Result<Vec<Action>, Need> {
    if facts.highlevel.is_some() {
        return Ok(vec![]);
    }
    let contact = facts.contact.as_ref().ok_or(Need::Contact)?;
    Ok(vec![contact::create(contact, System::Highlevel, flows)])
}

/// The same for 17hats.
fn person_in_hats(facts: &Facts, flows: &Flows) -> Result<Vec<Action>, Need> {
    if facts.known_in_hats() {
        return Ok(vec![]);
    }
    let contact = facts.contact.as_ref().ok_or(Need::Contact)?;
    Ok(vec![contact::create(contact, System::SeventeenHats, flows)])
}
