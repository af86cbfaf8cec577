//! HighLevel's conversations.

use super::message::ticket_for;
use super::state::Thread;
use super::{After, Plan, Why, gone, person_in_hats};
use crate::Flows;
use crate::facts::Facts;
use hatbridge_schemas::{Change, Conversation, Event, Message};

pub(super) fn plan(event: &Event, conversation: &Conversation, facts: &Facts, flows: &Flows) -> Plan {
    let id = event.entity.id.as_str();
    if event.change == Change::Deleted {
        let ours = facts.thread.conversation.as_deref() == Some(id);
        let thread = if ours { Thread { conversation: None, ..facts.thread.clone() } } else { facts.thread.clone() };
        return match gone(event) {
            Plan::Nothing { why, after } => Plan::Nothing { why, after: After { thread: Some(thread).filter(|t| *t != facts.thread), ..after } },
            other => other,
        };
    }
    if let Some(into) = conversation.merged_into.as_ref().filter(|into| !into.is_empty()) {
        // The thread lives on in the other conversation, with its ticket.
        let thread = Thread { conversation: Some(into.clone()), ..facts.thread.clone() };
        return Plan::Nothing { why: Why::Unchanged, after: After { thread: Some(thread), ..After::default() } };
    }
    let ours = facts.thread.conversation.as_deref() == Some(id);
    if event.change != Change::Created
        || !flows.conversations.to_tickets
        || conversation.contact_id.is_none()
        || (ours && !facts.has_done("ticket.open") && !facts.has_done("zap.conversation"))
    {
        // What was read or starred has no place in 17hats.
        return Plan::nothing(if ours { Why::Echo } else { Why::Ignored });
    }
    let mut thread = facts.thread.clone();
    match person_in_hats(facts, flows) {
        Err(need) => Plan::Need(need),
        Ok(mut actions) => {
            actions.extend(ticket_for(id, &Message::default(), facts, flows, &mut thread));
            Plan::of(actions, After { thread: Some(thread).filter(|t| *t != facts.thread), ..After::default() })
        }
    }
}
