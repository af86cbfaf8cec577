//! 17hats' tickets.

use super::state::{Thread, TicketState};
use super::{Action, After, Need, Plan, Why, gone, person_in_highlevel, text};
use crate::facts::Facts;
use crate::{ClosingPolicy, Flows};
use hatbridge_schemas::{Change, Direction, Event, Message, Ticket, TicketStatus};

pub(super) fn plan(event: &Event, ticket: &Ticket, facts: &Facts, flows: &Flows) -> Plan {
    if event.change == Change::Deleted {
        return gone(event);
    }
    let id = event.entity.id.as_str();
    let ours = ticket.external_id.as_ref().is_some_and(|e| !e.is_empty());
    let closed = ticket.status == Some(TicketStatus::Closed);
    let now = TicketState {
        status: ticket.status.map_or("open", TicketStatus::as_str).to_owned(),
        text: text::ticket(ticket.subject.as_deref(), ticket.body.as_deref()),
    };
    // The state is noted when the ticket's first event is finished, not before.
    if facts.ticket_state.is_none() && !ours {
        if !flows.conversations.from_tickets {
            return Plan::nothing(Why::Ignored);
        }
        // A ticket first seen when it is closed already is history.
        if closed && !facts.has_done("message.record") {
            return Plan::nothing(Why::Ignored);
        }
        return match opened(event, ticket, facts, flows, now) {
            Ok(plan) => plan,
            Err(need) => Plan::Need(need),
        };
    }
    let before = facts.ticket_state.clone().unwrap_or_else(|| TicketState { status: "open".to_owned(), text: now.text.clone() });
    let was_closed = before.status == TicketStatus::Closed.as_str();
    let mut after = After { ticket: Some((id.to_owned(), now.clone())), ..After::default() };
    if closed && !was_closed {
        return match &facts.other_open {
            None => Plan::Need(Need::Tickets),
            // What HighLevel brings goes to the ticket that is still open.
            Some(Some(open)) => {
                after.thread = Some(Thread { ticket: Some(open.clone()), ..facts.thread.clone() });
                Plan::Nothing { why: Why::Unchanged, after }
            }
            // The client wrote before we heard of the closing: nobody may have seen it.
            Some(None) if flows.closing.reopen && facts.thread.last_inbound.is_some_and(|at| at > event.occurred_at) => {
                Plan::of(vec![Action::ReopenTicket { ticket: id.to_owned() }], after)
            }
            Some(None) => {
                let closed_at = event.occurred_at;
                after.thread = Some(Thread { closed_at: Some(closed_at), ..facts.thread.clone() });
                Plan::of(closing(flows), after)
            }
        };
    }
    let mut actions = vec![];
    if !closed && (was_closed || facts.thread.closed_at.is_some()) {
        // By us, after a message of the client, or by a person: the thread goes on.
        after.thread = Some(Thread { closed_at: None, ..facts.thread.clone() });
        if was_closed && !flows.closing.tag.is_empty() && flows.closing.policy == ClosingPolicy::Read {
            actions.push(Action::Untag { tag: flows.closing.tag.clone() });
        }
    }
    if !ours && before.text != now.text {
        let mark = format!("[hatbridge:17hats:{id}:{}]", event.version);
        actions.push(Action::Note { text: format!("Ticket changed\n{}\n{mark}", now.text), mark });
    }
    if actions.is_empty() && before == now {
        return Plan::Nothing { why: Why::Echo, after };
    }
    Plan::of(actions, after)
}

/// A new ticket: the person, the conversation, the first words.
fn opened(event: &Event, ticket: &Ticket, facts: &Facts, flows: &Flows, now: TicketState) -> Result<Plan, Need> {
    let mut actions = person_in_highlevel(facts, flows)?;
    let id = event.entity.id.as_str();
    if now.text.is_empty() {
        actions.push(Action::OpenConversation);
    } else {
        let message = Message {
            channel: Some("SMS".to_owned()),
            direction: Some(Direction::Inbound),
            body: Some(now.text.clone()),
            sent_at: Some(event.occurred_at),
            contact_id: ticket.contact_id.clone(),
            ..Message::default()
        };
        actions.push(Action::RecordMessage { message, alt_id: id.to_owned(), of_ticket: true });
    }
    let thread = Thread { ticket: Some(id.to_owned()), closed_at: None, ..facts.thread.clone() };
    let ticket = Some((id.to_owned(), TicketState { status: TicketStatus::Open.as_str().to_owned(), ..now }));
    Ok(Plan::of(actions, After { ticket, thread: Some(thread), ..After::default() }))
}

/// What closing means.
pub(super) fn closing(flows: &Flows) -> Vec<Action> {
    match flows.closing.policy {
        ClosingPolicy::Off => vec![],
        ClosingPolicy::Delete => vec![Action::DeleteConversation],
        ClosingPolicy::Read => {
            let mut actions = vec![Action::MarkRead { unstar: true }];
            if !flows.closing.tag.is_empty() {
                actions.push(Action::Tag { tag: flows.closing.tag.clone() });
            }
            actions
        }
    }
}
