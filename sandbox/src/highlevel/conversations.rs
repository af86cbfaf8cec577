//! What can be done to conversations: one per contact.

use super::{
    conversation::{Conversation, Last},
    location::{Acting, Told},
    message::{Direction, Message},
    problem::Problem,
    state::Id,
};
use std::sync::Arc;

/// What a caller may change.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ConversationChange {
    pub(super) unread: Option<i64>,
    pub(super) starred: Option<bool>,
}

impl Acting<'_> {
    pub(super) fn known_conversation(&self, id: &str) -> Result<Arc<Conversation>, Problem> {
        self.shelf.conversation(id).map(Arc::clone).ok_or_else(|| Problem::not_found("Conversation"))
    }

    fn place_conversation(&mut self, conversation: Conversation) -> Arc<Conversation> {
        let conversation = Arc::new(conversation);
        let id = Arc::clone(&conversation.id);
        self.shelf.conversations.insert(Arc::clone(&id), Arc::clone(&conversation));
        let lag = self.shelf.between(self.settings.search_lag.conversations_ms);
        let version = (!conversation.deleted).then(|| Arc::clone(&conversation));
        self.shelf.conversation_search.write(self.now, self.now + lag, id, version);
        conversation
    }

    fn tell_conversation(&self, operation: &'static str, conversation: &Conversation, changed: bool) {
        self.tell(Told { operation, entity: &conversation.id, contact: Some(&conversation.contact), mark: None, changed });
    }

    /// The contact's conversation, made if there is none.
    pub(super) fn conversation_with(&mut self, contact: &Id) -> Arc<Conversation> {
        let existing = self.shelf.conversation_of.get(contact).and_then(|id| self.shelf.conversation(id)).map(Arc::clone);
        existing.unwrap_or_else(|| self.begin_conversation(contact))
    }

    fn begin_conversation(&mut self, contact: &Id) -> Arc<Conversation> {
        let (id, sequence) = self.shelf.next_id();
        self.shelf.conversation_of.insert(Arc::clone(contact), Arc::clone(&id));
        let conversation = self.place_conversation(Conversation::new(id, sequence, Arc::clone(contact), self.now));
        self.tell_conversation("conversations.create", &conversation, true);
        conversation
    }

    /// Refused if there is one already, without saying which.
    pub(super) fn create_conversation(&mut self, contact: &str) -> Result<Arc<Conversation>, Problem> {
        let contact = self.known_contact(contact)?;
        let exists = self.shelf.conversation_of.get(&contact.id).is_some_and(|id| self.shelf.conversation(id).is_some());
        if exists {
            return Err(Problem::bad_request("Conversation already exists"));
        }
        Ok(self.begin_conversation(&contact.id))
    }

    pub(super) fn update_conversation(&mut self, id: &str, change: ConversationChange) -> Result<Arc<Conversation>, Problem> {
        let before = self.known_conversation(id)?;
        let mut after = Conversation::clone(&before);
        after.unread = change.unread.unwrap_or(before.unread).max(0);
        after.starred = change.starred.unwrap_or(before.starred);
        if after == *before {
            self.tell_conversation("conversations.update", &before, false);
            return Ok(before);
        }
        after.date_updated = self.now;
        let after = self.place_conversation(after);
        self.tell_conversation("conversations.update", &after, true);
        self.post_unread(&before, &after);
        Ok(after)
    }

    fn post_unread(&self, before: &Conversation, after: &Conversation) {
        if before.unread != after.unread {
            self.post_as("ConversationUnreadWebhook", "ConversationUnreadUpdate", &after.contact, after.webhook());
        }
    }

    /// Its messages are gone from lists too.
    pub(super) fn delete_conversation(&mut self, id: &str) -> Result<(), Problem> {
        let before = self.known_conversation(id)?;
        self.shelf.conversation_of.remove(&before.contact);
        let after = self.place_conversation(Conversation { deleted: true, date_updated: self.now, ..Conversation::clone(&before) });
        let messages = self.shelf.messages_of.remove(&after.id).unwrap_or_default();
        for id in messages.into_values() {
            self.shelf.remove_message(&id);
        }
        self.tell_conversation("conversations.delete", &after, true);
        Ok(())
    }

    /// A message has been put into its conversation.
    pub(super) fn moved_by(&mut self, message: &Message) {
        let Some(before) = self.shelf.conversation(&message.conversation).map(Arc::clone) else { return };
        let mut after = Conversation::clone(&before);
        // The date of its making stands for a last message's only until there is one.
        if before.last.direction.is_none() || message.date_added >= before.last.at {
            after.last = Last { at: message.date_added, body: message.body.clone(), kind: message.kind.listed.to_owned(), direction: Some(message.direction) };
        }
        after.unread += i64::from(message.direction == Direction::Inbound);
        after.date_updated = self.now;
        let after = self.place_conversation(after);
        self.post_unread(&before, &after);
    }
}
