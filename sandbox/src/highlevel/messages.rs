//! What can be done to messages: recording, sending, scheduling, cancelling.

use super::{
    kinds::Kind,
    location::{Acting, Actor, Told},
    message::{Call, Direction, Email, Message},
    problem::Problem,
    state::{Id, Shelf},
};
use std::sync::Arc;

/// A message to be put into a contact's conversation.
#[derive(Debug)]
pub(super) struct NewMessage {
    pub(super) operation: &'static str,
    pub(super) kind: &'static Kind,
    pub(super) contact: Id,
    pub(super) direction: Direction,
    pub(super) body: String,
    pub(super) status: String,
    pub(super) date: Option<i64>,
    pub(super) scheduled: Option<i64>,
    pub(super) attachments: Vec<String>,
    pub(super) provider: Option<String>,
    pub(super) alt_id: Option<String>,
    pub(super) call: Option<Call>,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
    pub(super) mail: Mail,
}

/// What only e-mails have.
#[derive(Debug, Default)]
pub(super) struct Mail {
    pub(super) subject: String,
    pub(super) cc: Vec<String>,
    pub(super) bcc: Vec<String>,
    /// The e-mail that this one belongs to the thread of.
    pub(super) answers: Option<String>,
}

impl NewMessage {
    pub(super) fn new(operation: &'static str, kind: &'static Kind, contact: Id, direction: Direction) -> Self {
        Self {
            operation,
            kind,
            contact,
            direction,
            body: String::new(),
            status: "delivered".to_owned(),
            date: None,
            scheduled: None,
            attachments: Vec::new(),
            provider: None,
            alt_id: None,
            call: None,
            from: None,
            to: None,
            mail: Mail::default(),
        }
    }
}

impl Shelf {
    pub(super) fn remove_message(&mut self, id: &str) {
        let Some(message) = self.messages.remove(id) else { return };
        let shelf = if message.is_email() { &mut self.mail } else { &mut self.plain };
        shelf.created.remove(&(message.date_added, message.sequence));
        shelf.updated.remove(&(message.date_updated, message.sequence));
        self.transcripts.remove(&message.id);
        for email in &message.emails {
            self.emails.remove(email);
        }
        self.scheduled.retain(|_, other| *other != message.id);
    }
}

impl Acting<'_> {
    pub(super) fn known_message(&self, id: &str) -> Result<Arc<Message>, Problem> {
        self.shelf.message(id).map(Arc::clone).ok_or_else(|| Problem::not_found("Message"))
    }

    fn tell_message(&self, operation: &'static str, message: &Message, changed: bool) {
        self.tell(Told { operation, entity: &message.id, contact: Some(&message.contact), mark: message.alt_id.clone(), changed });
    }

    /// Puts it into the contact's conversation, which is made if there is none.
    pub(super) fn add(&mut self, new: NewMessage) -> Arc<Message> {
        let conversation = self.conversation_with(&new.contact);
        let thread = new.mail.answers.as_ref().and_then(|email| self.shelf.emails.get(email.as_str()));
        let thread = thread.and_then(|email| self.shelf.message(&email.message)).filter(|message| message.conversation == conversation.id).map(Arc::clone);
        let (id, sequence) = self.shelf.next_id();
        let subject = new.kind.number == 3;
        let mut message = match &thread {
            Some(message) => Message::clone(message),
            None => Message {
                id,
                sequence,
                kind: new.kind,
                contact: Arc::clone(&new.contact),
                conversation: Arc::clone(&conversation.id),
                date_added: new.date.unwrap_or(self.now),
                date_updated: self.now,
                body: String::new(),
                direction: new.direction,
                status: new.status.clone(),
                attachments: new.attachments.clone(),
                source: if self.actor == Actor::Api { "api" } else { "app" },
                provider: new.provider.clone(),
                alt_id: new.alt_id.clone(),
                call: new.call.clone(),
                emails: Vec::new(),
                subject: subject.then(|| new.mail.subject.clone()),
                from: new.from.clone(),
                to: new.to.clone(),
            },
        };
        message.body.clone_from(&new.body);
        message.direction = new.direction;
        message.date_updated = self.now;
        if message.is_email() {
            let email = self.enter_email(&message, &new);
            message.emails.push(email);
        }
        let message = Arc::new(message);
        self.shelf.place_message(Arc::clone(&message));
        self.tell_message(new.operation, &message, true);
        match new.scheduled {
            Some(due) => drop(self.shelf.scheduled.insert((due, message.sequence), Arc::clone(&message.id))),
            None => self.arrived(&message),
        }
        message
    }

    fn enter_email(&mut self, message: &Message, new: &NewMessage) -> Id {
        let (id, _) = self.shelf.next_id();
        let email = Email {
            id: Arc::clone(&id),
            message: Arc::clone(&message.id),
            alt_id: new.alt_id.clone(),
            subject: new.mail.subject.clone(),
            body: new.body.clone(),
            direction: new.direction,
            from: new.from.clone().unwrap_or_default(),
            to: new.to.iter().cloned().collect(),
            cc: new.mail.cc.clone(),
            bcc: new.mail.bcc.clone(),
            at: new.date.unwrap_or(self.now),
        };
        self.shelf.emails.insert(Arc::clone(&id), email);
        id
    }

    /// It has been sent or received: its conversation moves, and it is told.
    fn arrived(&mut self, message: &Message) {
        self.moved_by(message);
        let event = match message.direction {
            Direction::Inbound => "InboundMessage",
            Direction::Outbound => "OutboundMessage",
        };
        let misnamed = self.settings.bugs.wrong_types && message.kind.is_call() && message.status == "completed";
        let kind = if misnamed { "OutboundMessage" } else { event };
        self.post_as(event, kind, &message.contact, message.webhook(!self.settings.bugs.messages_without_id));
    }

    fn change(&mut self, before: &Message, status: &str, operation: &'static str) -> Arc<Message> {
        let mut after = before.clone();
        let changed = before.status != status;
        if changed {
            status.clone_into(&mut after.status);
            after.date_updated = self.now;
            self.shelf.place_message(Arc::new(after.clone()));
        }
        self.tell_message(operation, &after, changed);
        Arc::new(after)
    }

    /// No webhook tells of it.
    pub(super) fn set_status(&mut self, id: &str, status: &str) -> Result<Arc<Message>, Problem> {
        let message = self.known_message(id)?;
        Ok(self.change(&message, status, "messages.status"))
    }

    /// Replaces the attachments of a call that happened elsewhere. No webhook tells of it.
    pub(super) fn set_attachments(&mut self, id: &str, attachments: Vec<String>) -> Result<(), Problem> {
        let before = self.known_message(id)?;
        if !before.kind.is_call() || before.provider.is_none() {
            return Err(Problem::forbidden("Message type does not support attachment updates"));
        }
        let changed = before.attachments != attachments;
        let after = Message { attachments, date_updated: if changed { self.now } else { before.date_updated }, ..(*before).clone() };
        if changed {
            self.shelf.place_message(Arc::new(after.clone()));
        }
        self.tell_message("messages.attachments", &after, changed);
        Ok(())
    }

    /// By the message's id, or by that of an e-mail.
    pub(super) fn cancel(&mut self, id: &str) -> Result<Arc<Message>, Problem> {
        let of_email = self.shelf.emails.get(id).map(|email| Arc::clone(&email.message));
        let message = self.known_message(of_email.as_deref().unwrap_or(id))?;
        if message.status != "scheduled" {
            return Err(Problem::bad_request("Message is not scheduled, so it can't be cancelled"));
        }
        self.shelf.scheduled.retain(|_, other| *other != message.id);
        Ok(self.change(&message, "canceled", "messages.cancel"))
    }

    /// Sends the scheduled messages whose time has come.
    pub(super) fn send_due(&mut self) {
        while let Some(entry) = self.shelf.scheduled.first_entry() {
            if entry.key().0 > self.now {
                return;
            }
            let id = entry.remove();
            let Ok(message) = self.known_message(&id) else { continue };
            let message = self.change(&message, "delivered", "messages.deliver");
            self.arrived(&message);
        }
    }
}
