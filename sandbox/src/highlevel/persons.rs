//! Acting as a person in HighLevel, or as a client who writes and calls. No token, no limit, no
//! faults; everything else is as through the API.

use super::{
    clock::of_text,
    conversations::ConversationChange,
    given::Given,
    handle::Handle,
    kinds::Kind,
    location::{Acting, Actor},
    message::{Call, Direction, Sentence},
    messages::{Mail, NewMessage},
    problem::{Error, Problem},
    simple::Sort,
};
use serde_json::{Map, Value};
use std::sync::Arc;

/// How fast people speak, for the times of a transcript.
const MS_PER_CHARACTER: u64 = 60;

pub(super) fn object(fields: Value) -> Result<Map<String, Value>, Problem> {
    match fields {
        Value::Object(fields) => Ok(fields),
        _ => Err(Problem::bad_request("a JSON object is wanted")),
    }
}

impl Handle {
    pub(super) fn person(&self, location: &str) -> Result<Acting<'_>, Error> {
        Ok(self.location(location)?.act(Actor::Person))
    }

    /// Enters a contact; its id.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn create_contact(&self, location: &str, fields: Value) -> Result<String, Error> {
        let contact = self.person(location)?.create_contact(&object(fields)?)?;
        Ok(contact.id.to_string())
    }

    /// Changes the named fields; null clears one, `tags` replaces all tags.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn update_contact(&self, location: &str, contact: &str, fields: Value) -> Result<(), Error> {
        self.person(location)?.update_contact(contact, &object(fields)?)?;
        Ok(())
    }

    /// Deletes a contact, its notes, tasks and conversation.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn delete_contact(&self, location: &str, contact: &str) -> Result<(), Error> {
        Ok(self.person(location)?.delete_contact(contact)?)
    }

    /// Puts tags on a contact, beside those it has.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn add_tags(&self, location: &str, contact: &str, tags: &[&str]) -> Result<(), Error> {
        let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        self.person(location)?.add_tags(contact, &tags)?;
        Ok(())
    }

    /// Takes tags off a contact.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn remove_tags(&self, location: &str, contact: &str, tags: &[&str]) -> Result<(), Error> {
        let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        self.person(location)?.remove_tags(contact, &tags)?;
        Ok(())
    }

    /// The oldest contact with this address, letters' case aside.
    #[must_use]
    pub fn contact_by_email(&self, location: &str, email: &str) -> Option<String> {
        Some(self.location(location).ok()?.look().with_email(email)?.to_string())
    }

    /// A contact as its id shows it.
    #[must_use]
    pub fn contact(&self, location: &str, contact: &str) -> Option<Value> {
        let location = self.location(location).ok()?;
        location.look().contact(contact).map(|contact| contact.by_id(&location.id))
    }

    /// Ids of living contacts with this `source`: more than one shows a doubled effect.
    #[must_use]
    pub fn contacts_by_source(&self, location: &str, source: &str) -> Vec<String> {
        let Ok(location) = self.location(location) else { return Vec::new() };
        let shelf = location.look();
        let all = shelf.contacts_in_order.values().filter_map(|id| shelf.contact(id));
        all.filter(|contact| contact.text("source") == source).map(|contact| contact.id.to_string()).collect()
    }

    /// Ids of messages with this `altId`: more than one shows a doubled effect.
    #[must_use]
    pub fn messages_by_alt_id(&self, location: &str, alt_id: &str) -> Vec<String> {
        let Ok(location) = self.location(location) else { return Vec::new() };
        let shelf = location.look();
        let mut found: Vec<_> = shelf.messages.values().filter(|message| message.alt_id.as_deref() == Some(alt_id)).collect();
        found.sort_by_key(|message| message.sequence);
        found.into_iter().map(|message| message.id.to_string()).collect()
    }

    /// A message as lists show it.
    #[must_use]
    pub fn message(&self, location: &str, message: &str) -> Option<Value> {
        let location = self.location(location).ok()?;
        location.look().message(message).map(|message| message.shown(&location.id))
    }

    /// The contact's conversation.
    #[must_use]
    pub fn conversation_of(&self, location: &str, contact: &str) -> Option<String> {
        self.location(location).ok()?.look().conversation_of.get(contact).map(ToString::to_string)
    }

    /// Writes a message: `contactId`, `type` (SMS if absent), `direction` (outbound if absent),
    /// `body`, and if wanted `subject`, `date`, `scheduledTimestamp` (seconds). An inbound one is
    /// unread at first. Its id.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn add_message(&self, location: &str, fields: Value) -> Result<String, Error> {
        let fields = object(fields)?;
        let given = Given(&fields);
        let mut acting = self.person(location)?;
        let contact = acting.known_contact(given.needed("contactId")?)?;
        let kind = Kind::read(given.text("type").unwrap_or("SMS")).ok_or_else(|| Problem::invalid("type must be a valid message type"))?;
        let direction =
            Direction::read(given.text("direction").unwrap_or("outbound")).ok_or_else(|| Problem::invalid("direction must be inbound or outbound"))?;
        let scheduled = fields.get("scheduledTimestamp").and_then(Value::as_i64).map(|seconds| seconds.saturating_mul(1000)).filter(|due| *due > acting.now);
        let status = if scheduled.is_some() { "scheduled" } else { given.text("status").unwrap_or("delivered") };
        let message = acting.add(NewMessage {
            body: given.text("body").or(given.text("message")).unwrap_or_default().to_owned(),
            status: status.to_owned(),
            date: given.text("date").and_then(of_text),
            scheduled,
            attachments: given.texts("attachments"),
            mail: Mail { subject: given.owned("subject").unwrap_or_default(), ..Mail::default() },
            ..NewMessage::new("messages.send", kind, Arc::clone(&contact.id), direction)
        });
        Ok(message.id.to_string())
    }

    /// Cancels a message that still waits.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn cancel_message(&self, location: &str, message: &str) -> Result<(), Error> {
        self.person(location)?.cancel(message)?;
        Ok(())
    }

    /// A message's status moves on, as when a phone company reports; no webhook tells of it.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn set_message_status(&self, location: &str, message: &str, status: &str) -> Result<(), Error> {
        self.person(location)?.set_status(message, status)?;
        Ok(())
    }

    /// An outbound call ends; with sentences it is transcribed, the contact speaking every second
    /// one. Its message's id.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn complete_call(&self, location: &str, contact: &str, seconds: u32, sentences: &[&str]) -> Result<String, Error> {
        let mut acting = self.person(location)?;
        let contact = acting.known_contact(contact)?;
        let kind = Kind::read("Call").ok_or_else(Problem::internal)?;
        let mut began = 0;
        let spoken: Vec<Sentence> = (0..2_u32)
            .cycle()
            .zip(sentences)
            .map(|(channel, text)| {
                let start_ms = began;
                began += u64::try_from(text.chars().count()).unwrap_or(u64::MAX).saturating_mul(MS_PER_CHARACTER);
                Sentence { channel, start_ms, end_ms: began, text: (*text).to_owned() }
            })
            .collect();
        let call = Call { seconds, status: "completed".to_owned() };
        let new = NewMessage {
            status: "completed".to_owned(),
            call: Some(call),
            ..NewMessage::new("calls.complete", kind, Arc::clone(&contact.id), Direction::Outbound)
        };
        // Added in one go under one lock: who is told of the call finds the transcript.
        let message = acting.add(new);
        if !spoken.is_empty() {
            acting.shelf.transcripts.insert(Arc::clone(&message.id), spoken);
        }
        Ok(message.id.to_string())
    }

    /// Opens the conversation: nothing in it is unread any more, or so much is.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn set_unread(&self, location: &str, conversation: &str, count: u32) -> Result<(), Error> {
        let change = ConversationChange { unread: Some(count.into()), ..ConversationChange::default() };
        self.person(location)?.update_conversation(conversation, change)?;
        Ok(())
    }

    /// Stars a conversation, or takes the star away.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn set_starred(&self, location: &str, conversation: &str, starred: bool) -> Result<(), Error> {
        let change = ConversationChange { starred: Some(starred), ..ConversationChange::default() };
        self.person(location)?.update_conversation(conversation, change)?;
        Ok(())
    }

    /// Deletes a conversation and its messages.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn delete_conversation(&self, location: &str, conversation: &str) -> Result<(), Error> {
        Ok(self.person(location)?.delete_conversation(conversation)?)
    }

    fn create_simple(&self, sort: Sort, location: &str, contact: &str, fields: Value) -> Result<String, Error> {
        let record = self.person(location)?.create_simple(sort, Some(contact), object(fields)?)?;
        Ok(record.id.to_string())
    }

    fn update_simple(&self, sort: Sort, location: &str, id: &str, fields: Value) -> Result<(), Error> {
        self.person(location)?.update_simple(sort, None, id, object(fields)?)?;
        Ok(())
    }

    /// Writes a note: `body`. Its id.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn create_note(&self, location: &str, contact: &str, fields: Value) -> Result<String, Error> {
        self.create_simple(Sort::Note, location, contact, fields)
    }

    /// Changes a note.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn update_note(&self, location: &str, note: &str, fields: Value) -> Result<(), Error> {
        self.update_simple(Sort::Note, location, note, fields)
    }

    /// Deletes a note.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn delete_note(&self, location: &str, note: &str) -> Result<(), Error> {
        Ok(self.person(location)?.delete_simple(Sort::Note, None, note)?)
    }

    /// Makes a task: `title`, `body`, `dueDate`, `completed`. Its id.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn create_task(&self, location: &str, contact: &str, fields: Value) -> Result<String, Error> {
        self.create_simple(Sort::Task, location, contact, fields)
    }

    /// Changes a task; `completed` true completes it.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn update_task(&self, location: &str, task: &str, fields: Value) -> Result<(), Error> {
        self.update_simple(Sort::Task, location, task, fields)
    }

    /// Deletes a task.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn delete_task(&self, location: &str, task: &str) -> Result<(), Error> {
        Ok(self.person(location)?.delete_simple(Sort::Task, None, task)?)
    }

    /// Makes an appointment: `title`, `startTime`, `endTime`, ... Its id.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn create_appointment(&self, location: &str, contact: &str, fields: Value) -> Result<String, Error> {
        self.create_simple(Sort::Appointment, location, contact, fields)
    }

    /// Changes an appointment.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn update_appointment(&self, location: &str, appointment: &str, fields: Value) -> Result<(), Error> {
        self.update_simple(Sort::Appointment, location, appointment, fields)
    }

    /// Deletes an appointment.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn delete_appointment(&self, location: &str, appointment: &str) -> Result<(), Error> {
        Ok(self.person(location)?.delete_simple(Sort::Appointment, None, appointment)?)
    }

    /// Makes an opportunity: `name`, `status`, `monetaryValue`, `pipelineStageId`, ... Its id.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn create_opportunity(&self, location: &str, contact: &str, fields: Value) -> Result<String, Error> {
        let record = self.person(location)?.create_opportunity(Some(contact), object(fields)?)?;
        Ok(record.id.to_string())
    }

    /// Changes an opportunity.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn update_opportunity(&self, location: &str, opportunity: &str, fields: Value) -> Result<(), Error> {
        self.person(location)?.update_opportunity(opportunity, object(fields)?)?;
        Ok(())
    }

    /// Deletes an opportunity.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn delete_opportunity(&self, location: &str, opportunity: &str) -> Result<(), Error> {
        Ok(self.person(location)?.delete_simple(Sort::Opportunity, None, opportunity)?)
    }

    /// Posts any event with this body, signed like all others: for those that no act here brings.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn emit(&self, location: &str, event: &str, body: Value) -> Result<(), Error> {
        let body = object(body)?;
        let kind = Given(&body).text("type").unwrap_or(event).to_owned();
        let lane = Given(&body).text("contactId").or(Given(&body).text("id")).unwrap_or(event).to_owned();
        self.person(location)?.post_as(event, &kind, &lane, body);
        Ok(())
    }
}
