//! Doing what was planned: intent, call, record. A doubt is settled by the action's class.

mod alike;
mod carry;
mod command;
mod companies;
mod contacts;
mod items;
mod messages;
mod probe;
mod read;
mod threads;
mod zap;

pub(crate) use carry::{Carried, Step};
pub(crate) use probe::Probe;

use crate::facts::{Facts, kind};
use crate::plan::state::{Thread, text_of};
use crate::plan::{Action, After};
use crate::service::Shared;
use crate::{Error, Tenant};
use hatbridge_schemas::{DeadReason, Event, System};
use hatbridge_store::{ActionRecord, ActionStatus, Link, Record, Synced, now_micros};
use hatbridge_systems::call::{Refusal, Request};
use serde_json::Value;
use std::sync::atomic::AtomicBool;
use tokio_util::sync::CancellationToken;

/// Why an event is not carried out to its end now.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It goes to the dead letters.
    Dead(Box<Death>),
    /// The partition is given away or the program stops: whoever reads the event next goes on.
    Abandoned,
    /// Store or broker failed: the same again later.
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<hatbridge_store::Error> for Stop {
    fn from(error: hatbridge_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// What a dead letter says. Nothing of it holds personal data.
#[derive(Debug)]
pub(crate) struct Death {
    pub(crate) reason: DeadReason,
    pub(crate) message: String,
    pub(crate) system: Option<System>,
    pub(crate) operation: Option<&'static str>,
    pub(crate) attempts: i64,
    pub(crate) first_at: i64,
    pub(crate) request: Option<String>,
    pub(crate) answer: Option<String>,
}

impl Death {
    pub(crate) fn unmappable(message: impl Into<String>) -> Stop {
        Stop::Dead(Box::new(Self {
            reason: DeadReason::Unmappable,
            message: message.into(),
            system: None,
            operation: None,
            attempts: 0,
            first_at: now_micros(),
            request: None,
            answer: None,
        }))
    }

    pub(crate) fn refused(system: System, request: &Request, refusal: &Refusal, attempts: i64, first_at: i64) -> Stop {
        Stop::Dead(Box::new(Self {
            reason: DeadReason::Refused,
            message: format!("{system} refused {} ({}): {}", request.operation, refusal.status, refusal.message),
            system: Some(system),
            operation: Some(request.operation),
            attempts,
            first_at,
            request: Some(request.masked()),
            answer: Some(format!("{} {}", refusal.status, refusal.message)),
        }))
    }

    pub(crate) fn exhausted(system: System, request: &Request, why: &str, attempts: i64, first_at: i64) -> Stop {
        Stop::Dead(Box::new(Self {
            reason: DeadReason::Exhausted,
            message: format!("{system}: {} did not succeed in {attempts} attempts; the last one: {why}", request.operation),
            system: Some(system),
            operation: Some(request.operation),
            attempts,
            first_at,
            request: Some(request.masked()),
            answer: None,
        }))
    }

    pub(crate) fn doubtful(system: System, request: &Request, first_at: i64) -> Stop {
        Stop::Dead(Box::new(Self {
            reason: DeadReason::Exhausted,
            message: format!(
                "{system}: nobody can tell whether {} was carried out, and doing it twice would show: look in {system}, then redrive or discard",
                request.operation
            ),
            system: Some(system),
            operation: Some(request.operation),
            attempts: 1,
            first_at,
            request: Some(request.masked()),
            answer: None,
        }))
    }
}

/// One event being carried out.
pub(crate) struct Run<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) tenant: &'a Tenant,
    pub(crate) event: &'a Event,
    pub(crate) cancel: &'a CancellationToken,
    /// HighLevel's contact of the person, once known.
    pub(crate) highlevel: Option<String>,
    /// 17hats' contact of the person, once known.
    pub(crate) hats: Option<String>,
    /// HighLevel's id of the message made last.
    pub(crate) message: Option<String>,
    /// The person's thread as stored, and what actions have learned since.
    pub(crate) thread: Thread,
    /// Whether it was read.
    thread_known: bool,
    /// Whether the plan was made with it.
    planned_with_thread: bool,
    thread_before: Thread,
    pub(crate) learned: Learned,
    /// Whether a call of this event may have been made more than once.
    repeated: AtomicBool,
    /// What the other system answered to a command.
    pub(crate) answer: Option<Value>,
    pub(crate) facts: &'a Facts,
}

/// What an action has learned of the thread: newer than what was planned.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Learned {
    pub(crate) conversation: bool,
    pub(crate) ticket: bool,
}

impl<'a> Run<'a> {
    pub(crate) fn new(shared: &'a Shared, tenant: &'a Tenant, event: &'a Event, cancel: &'a CancellationToken, facts: &'a Facts) -> Self {
        // Contact events are planned without the thread; it is read when it is to be written.
        let thread_known = event.entity.kind != hatbridge_schemas::EntityKind::Contact && facts.highlevel.is_some();
        Self {
            shared,
            tenant,
            event,
            cancel,
            highlevel: facts.highlevel.clone(),
            hats: facts.hats.clone(),
            message: None,
            thread: facts.thread.clone(),
            thread_known,
            planned_with_thread: thread_known,
            thread_before: facts.thread.clone(),
            learned: Learned::default(),
            repeated: AtomicBool::new(false),
            answer: None,
            facts,
        }
    }

    /// Carries the actions out in order.
    pub(crate) async fn act(&mut self, actions: &[Action]) -> Result<(), Stop> {
        for action in actions {
            if self.cancel.is_cancelled() {
                return Err(Stop::Abandoned);
            }
            match action {
                Action::CreateContact { system: System::Highlevel, contact, state } => self.create_in_highlevel(contact, state).await?,
                Action::CreateContact { contact, state, .. } => self.create_in_hats(contact, state).await?,
                Action::UpdateContact { system: System::Highlevel, change, state } => self.update_in_highlevel(change, state).await?,
                Action::UpdateContact { change, state, .. } => self.update_in_hats(change, state).await?,
                Action::OpenConversation => self.open_conversation().await?,
                Action::RecordMessage { message, alt_id, of_ticket } => self.record_message(message, alt_id, *of_ticket).await?,
                Action::SendMessage { message, hats_id } => self.send_message(message, hats_id).await?,
                Action::MarkMessage { hats_id } => self.mark_message(hats_id).await?,
                Action::CancelMessage { id, email } => self.cancel_message(id, *email).await?,
                Action::CreateMessage { message } => self.create_message(message).await?,
                Action::SetStatus { hats_id, highlevel_id, status } => self.set_status(hats_id, highlevel_id, status).await?,
                Action::ReportStatus { id, status } => self.report_status(id, status).await?,
                Action::OpenTicket { conversation, subject } => self.open_ticket(conversation, subject).await?,
                Action::ReopenTicket { ticket } => self.reopen_ticket(ticket).await?,
                Action::CreateTranscript { call, text, started_at } => self.create_transcript(call, text, *started_at).await?,
                Action::MarkRead { unstar } => self.mark_read(*unstar).await?,
                Action::DeleteConversation => self.delete_conversation().await?,
                Action::Tag { tag } => self.tag(tag, true).await?,
                Action::Untag { tag } => self.tag(tag, false).await?,
                Action::Note { text, mark } => self.note(text, mark).await?,
                Action::ZapNote { text, tags, name } => self.zap_note(text, tags, name).await?,
                Action::CreateItem { system, family, fields } => self.create_item(*system, *family, fields).await?,
                Action::UpdateItem { system, family, id, fields, state } => self.update_item(*system, *family, id, fields, state).await?,
                Action::DeleteItem { system, family, id, contact } => self.delete_item(*system, *family, id, contact).await?,
                Action::AssignBusiness { name } => self.assign_business(name).await?,
                Action::Send { command } => self.send(command).await?,
            }
        }
        Ok(())
    }

    /// Records what is to be remembered and that the event is finished.
    pub(crate) async fn finish(&mut self, after: &After, word: &'static str) -> Result<(), Stop> {
        let mut record = Record::of(&self.event.tenant, self.event.id, now_micros());
        record.finished = Some(word);
        if let Some((highlevel, hats)) = &after.link_contact {
            record.links.push(Link { kind: kind::CONTACT, highlevel: highlevel.clone(), seventeen_hats: hats.clone() });
            self.highlevel.get_or_insert_with(|| highlevel.clone());
        }
        if let Some((highlevel, hats)) = &after.link_message {
            record.links.push(Link { kind: kind::MESSAGE, highlevel: highlevel.clone(), seventeen_hats: hats.clone() });
        }
        if let Some((family, (highlevel, hats), state)) = &after.item {
            let (link, synced) = items::agreed(*family, highlevel, hats, state);
            record.links.push(link);
            record.synced.push(synced);
        }
        if let (Some(state), Some(id)) = (&after.contact, &self.highlevel) {
            record.synced.push(Synced { kind: kind::CONTACT, id: id.clone(), state: text_of(state) });
        }
        if let Some((id, state)) = &after.ticket {
            record.synced.push(Synced { kind: kind::CONVERSATION, id: id.clone(), state: text_of(state) });
        }
        if let Some((kind, system, id)) = &after.unlink {
            record.unlinks.push(((*kind).to_owned(), *system, id.clone()));
        }
        if let Some(thread) = &after.thread {
            self.thread_of_person().await?;
            // What was planned without the stored thread adds to it, else it is what stands.
            let planned = |planned: &Option<String>, stored: &Option<String>| {
                if self.planned_with_thread { planned.clone() } else { planned.clone().or_else(|| stored.clone()) }
            };
            let conversation =
                if self.learned.conversation { self.thread.conversation.clone() } else { planned(&thread.conversation, &self.thread.conversation) };
            let ticket = if self.learned.ticket { self.thread.ticket.clone() } else { planned(&thread.ticket, &self.thread.ticket) };
            self.thread = Thread { conversation, ticket, closed_at: thread.closed_at, last_inbound: thread.last_inbound.max(self.thread.last_inbound) };
        }
        self.remember_thread(&mut record);
        if let (Some((ticket, _)), Some(conversation)) = (&after.ticket, &self.thread.conversation)
            && self.facts.link.is_none()
        {
            record.links.push(Link { kind: kind::CONVERSATION, highlevel: conversation.clone(), seventeen_hats: ticket.clone() });
        }
        self.shared.store.record(record).await?;
        Ok(())
    }

    /// An action is done: its result, links and states in one transaction.
    pub(crate) async fn done(&mut self, name: &str, remote: Option<String>, links: Vec<Link>, synced: Vec<Synced>) -> Result<(), Stop> {
        let mut record = Record::of(&self.event.tenant, self.event.id, now_micros());
        record.actions.push(ActionRecord { action: name.to_owned(), status: ActionStatus::Done, remote_id: remote });
        record.links = links;
        record.synced = synced;
        self.remember_thread(&mut record);
        self.shared.store.record(record).await?;
        Ok(())
    }

    fn remember_thread(&mut self, record: &mut Record) {
        if let Some(person) = &self.highlevel
            && self.thread_known
            && self.thread != self.thread_before
        {
            record.synced.push(Synced { kind: kind::THREAD, id: person.clone(), state: text_of(&self.thread) });
            self.thread_before = self.thread.clone();
        }
    }

    /// The person's thread, read if it was not yet: the person may just have become known.
    pub(crate) async fn thread_of_person(&mut self) -> Result<(), Stop> {
        if let Some(person) = self.highlevel.clone()
            && !self.thread_known
        {
            let stored = self.shared.store.synced(&self.event.tenant, kind::THREAD, &person).await?;
            self.thread = stored.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
            self.thread_before = self.thread.clone();
            self.thread_known = true;
        }
        Ok(())
    }

    /// A conversation has become known.
    pub(crate) async fn in_conversation(&mut self, conversation: Option<String>) -> Result<(), Stop> {
        self.thread_of_person().await?;
        if conversation.is_some() {
            self.thread.conversation = conversation;
            self.learned.conversation = true;
        }
        Ok(())
    }

    /// HighLevel's contact; every plan that needs it makes it first.
    pub(crate) fn in_highlevel(&self) -> Result<String, Stop> {
        self.highlevel.clone().ok_or_else(|| Death::unmappable("the contact is not known in HighLevel; redrive this event once it is"))
    }

    /// 17hats' contact.
    pub(crate) fn in_hats(&self) -> Result<String, Stop> {
        self.hats.clone().ok_or_else(|| Death::unmappable("the contact is not known in 17hats; redrive this event once it is"))
    }
}
