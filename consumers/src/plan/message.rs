//! Messages, both ways.

use super::state::Thread;
use super::{Action, After, Need, Plan, Why, gone, person_in_hats, person_in_highlevel, text, transcript};
use crate::facts::{Door, Facts};
use crate::{Flows, ToHighlevel};
use hatbridge_schemas::{Change, Direction, Event, Message};

/// A message of 17hats.
pub(super) fn from_hats(event: &Event, message: &Message, facts: &Facts, flows: &Flows) -> Plan {
    if event.change == Change::Deleted {
        return gone(event);
    }
    let id = event.entity.id.as_str();
    let status = message.status.as_deref().unwrap_or_default();
    let made_here = facts.has_done("message.record") || facts.has_done("message.send");
    if let Some(highlevel) = facts.link.as_ref().filter(|_| !made_here) {
        if status == "cancelled" && facts.status.as_deref() != Some("cancelled") && flows.messages.cancel && ours_to_cancel(message) {
            let email = message.channel.as_deref() == Some("EMAIL");
            return Plan::of(vec![Action::CancelMessage { id: highlevel.clone(), email }], After::default());
        }
        if let Some(status) = reported(status, facts, flows) {
            return Plan::of(vec![Action::ReportStatus { id: highlevel.clone(), status }], After::default());
        }
        return Plan::nothing(Why::Echo);
    }
    if let Some(highlevel) = message.external_id.as_ref().filter(|e| !e.is_empty() && !made_here) {
        // Made by us from HighLevel's message, and the link was not recorded.
        let after = After { link_message: Some((highlevel.clone(), id.to_owned())), ..After::default() };
        return Plan::Nothing { why: Why::Echo, after };
    }
    if flows.messages.to_highlevel == ToHighlevel::Off {
        return Plan::nothing(Why::Ignored);
    }
    // Cancelled before we ever sent it: there is nothing to cancel and nothing to show.
    if status == "cancelled" && !made_here {
        return Plan::nothing(Why::Ignored);
    }
    match person_in_highlevel(facts, flows) {
        Err(need) => Plan::Need(need),
        Ok(mut actions) => {
            // By the event, not by the clock: an interrupted event must not turn into another action.
            let later = message.scheduled_at.filter(|at| status == "scheduled" && *at > event.observed_at);
            let outbound = message.direction == Some(Direction::Outbound);
            if later.is_some() || (flows.messages.to_highlevel == ToHighlevel::Send && outbound) {
                let message = Message { scheduled_at: later, ..message.clone() };
                actions.push(Action::SendMessage { message, hats_id: id.to_owned() });
                actions.push(Action::MarkMessage { hats_id: id.to_owned() });
            } else {
                let sent_at = message.sent_at.or(Some(event.occurred_at));
                actions.push(Action::RecordMessage { message: Message { sent_at, ..message.clone() }, alt_id: id.to_owned(), of_ticket: false });
                if facts.thread.closed_at.is_some() && !outbound {
                    // The ticket is closed: what 17hats files there later is no news for HighLevel.
                    actions.push(Action::MarkRead { unstar: false });
                }
            }
            Plan::of(actions, After::default())
        }
    }
}

/// What HighLevel is to be told of a message that it gave to our provider.
fn reported(status: &str, facts: &Facts, flows: &Flows) -> Option<&'static str> {
    let told = ["delivered", "failed", "read"].into_iter().find(|word| *word == status)?;
    (facts.of_provider && flows.messages.statuses && is_further(told, facts.status.as_deref())).then_some(told)
}

/// Only what HighLevel was asked to send later can be cancelled there.
fn ours_to_cancel(message: &Message) -> bool {
    message.scheduled_at.is_some()
}

/// A message of HighLevel.
pub(super) fn from_highlevel(event: &Event, message: &Message, facts: &Facts, flows: &Flows) -> Plan {
    if event.change == Change::Deleted {
        return gone(event);
    }
    let id = event.entity.id.as_str();
    let channel = message.channel.as_deref().unwrap_or_default();
    if channel.contains("ACTIVITY") || channel == "INTERNAL_COMMENT" {
        return Plan::nothing(Why::Ignored);
    }
    let made_here = facts.has_done("message.create") || facts.has_done("zap.message");
    if let Some(hats) = facts.link.as_ref().filter(|_| !made_here) {
        return told_status(event, id, hats, message, facts, flows);
    }
    match ours(event, message, facts, flows) {
        Ok(plan) => plan,
        Err(need) => Plan::Need(need),
    }
}

fn told_status(event: &Event, id: &str, hats: &str, message: &Message, facts: &Facts, flows: &Flows) -> Plan {
    let status = hats_status(message.status.as_deref().unwrap_or_default());
    // A ticket's first words, a call's transcript: no message of 17hats.
    if hats.contains(':') && ["ticket:", "transcript:", "note:"].iter().any(|kind| hats.starts_with(kind)) {
        return Plan::nothing(Why::Echo);
    }
    if event.change != Change::Updated
        || !flows.messages.statuses
        || facts.door == Door::Zapier
        || is_call(message)
        || !is_further(status, facts.status.as_deref())
    {
        return Plan::nothing(Why::Echo);
    }
    let action = Action::SetStatus { hats_id: hats.to_owned(), highlevel_id: id.to_owned(), status };
    Plan::of(vec![action], After::default())
}

/// A status only moves forward: what comes late, or back from our own write, is behind.
fn is_further(status: &str, known: Option<&str>) -> bool {
    let rank = |word: &str| match word {
        "queued" => 1,
        "sent" => 2,
        "delivered" => 3,
        "read" => 4,
        "failed" | "cancelled" => 5,
        _ => 0,
    };
    known.is_none_or(|known| rank(status) > rank(known))
}

/// HighLevel's word for a status in 17hats' words.
pub(crate) fn hats_status(status: &str) -> &'static str {
    match status {
        "pending" | "queued" | "scheduled" => "queued",
        "delivered" | "connected" | "answered" | "completed" => "delivered",
        "read" | "opened" | "clicked" => "read",
        "failed" | "undelivered" | "opt_out" => "failed",
        "cancelled" | "canceled" => "cancelled",
        _ => "sent",
    }
}

fn is_call(message: &Message) -> bool {
    message.call.is_some() || message.channel.as_deref().is_some_and(|c| c.contains("CALL"))
}

fn is_completed(message: &Message) -> bool {
    let word = |w: Option<&String>| w.is_some_and(|w| w.as_str() == "completed");
    word(message.status.as_ref()) || message.call.as_ref().is_some_and(|c| word(c.status.as_ref()))
}

/// A message that HighLevel had first.
fn ours(event: &Event, message: &Message, facts: &Facts, flows: &Flows) -> Result<Plan, Need> {
    let id = event.entity.id.as_str();
    let call = is_call(message);
    let wanted = if call { flows.transcripts.enabled && is_completed(message) } else { flows.messages.to_seventeen_hats };
    if !wanted {
        return Ok(Plan::nothing(Why::Ignored));
    }
    let mut actions = person_in_hats(facts, flows)?;
    let mut thread = facts.thread.clone();
    if let Some(conversation) = &message.conversation_id {
        actions.extend(ticket_for(conversation, message, facts, flows, &mut thread));
    }
    if call {
        let sentences = facts.sentences.as_ref().ok_or(Need::Transcript)?;
        if let Some(action) = transcript::append(facts.door, id, sentences, None, message.sent_at) {
            actions.push(action);
        }
    } else if facts.door == Door::Zapier {
        actions.push(Action::ZapNote { text: text::note_line(message, id), tags: vec![], name: "zap.message" });
    } else {
        if message.direction == Some(Direction::Inbound) {
            thread.last_inbound = thread.last_inbound.max(message.sent_at);
        }
        actions.extend(reopened(message, flows, &mut thread));
        let status = Some(hats_status(message.status.as_deref().unwrap_or_default()).to_owned());
        let sent_at = message.sent_at.or(Some(event.occurred_at));
        let copy = Message { status, sent_at, scheduled_at: None, external_id: Some(id.to_owned()), ..message.clone() };
        actions.push(Action::CreateMessage { message: copy });
    }
    let thread = Some(thread).filter(|t| *t != facts.thread);
    Ok(Plan::of(actions, After { thread, ..After::default() }))
}

/// A conversation without a ticket gets one.
pub(super) fn ticket_for(conversation: &str, message: &Message, facts: &Facts, flows: &Flows, thread: &mut Thread) -> Option<Action> {
    let before = thread.conversation.replace(conversation.to_owned());
    if !flows.conversations.to_tickets || (thread.ticket.is_some() && !facts.has_done("ticket.open")) {
        return None;
    }
    match facts.door {
        Door::Rest => {
            let subject = [message.subject.as_deref(), message.body.as_deref()].into_iter().flatten().map(text::subject).find(|s| !s.is_empty());
            thread.closed_at = None;
            Some(Action::OpenTicket { conversation: conversation.to_owned(), subject: subject.unwrap_or_else(|| "HighLevel conversation".to_owned()) })
        }
        // Zaps know no tickets: once a conversation, a note and a tag.
        Door::Zapier if before.as_deref() != Some(conversation) || facts.has_done("zap.conversation") => Some(Action::ZapNote {
            text: format!("Conversation opened in HighLevel [hatbridge:hl:{conversation}]"),
            tags: vec!["hatbridge-conversation".to_owned()],
            name: "zap.conversation",
        }),
        Door::Zapier => None,
    }
}

/// The client writes after the ticket was closed.
fn reopened(message: &Message, flows: &Flows, thread: &mut Thread) -> Option<Action> {
    let (Some(ticket), Some(closed_at)) = (&thread.ticket, thread.closed_at) else { return None };
    let later = message.sent_at.is_none_or(|at| at > closed_at);
    if !flows.closing.reopen || message.direction != Some(Direction::Inbound) || !later {
        return None;
    }
    let action = Action::ReopenTicket { ticket: ticket.clone() };
    thread.closed_at = None;
    Some(action)
}
