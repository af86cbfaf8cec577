//! Everything one location holds.

use super::{
    calendars::Calendars,
    contact::Contact,
    conversation::Conversation,
    lagging::Lagging,
    message::{Email, Message, Sentence},
    records::Cabinet,
};
use serde_json::{Map, Value};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// An id as HighLevel makes them: 20 letters and digits.
pub(super) type Id = Arc<str>;
/// A moment in milliseconds and a number that grows: what lists are sorted by.
pub(super) type Place = (i64, u64);
/// Records in the order of a list.
pub(super) type Sorted<T> = BTreeMap<Place, T>;

const ID_LENGTH: usize = 20;

/// A record of which HighLevel knows little more than what it was given: note, task, appointment,
/// opportunity.
#[derive(Debug, Clone)]
pub(super) struct Simple {
    pub(super) id: Id,
    pub(super) contact: Option<Id>,
    pub(super) fields: Map<String, Value>,
}

/// E-mail apart from everything else: the export shows one or the other.
#[derive(Debug, Default)]
pub(super) struct Exported {
    pub(super) created: Sorted<Id>,
    pub(super) updated: Sorted<Id>,
}

/// Everything one location holds.
#[derive(Debug)]
pub(super) struct Shelf {
    random: fastrand::Rng,
    sequence: u64,
    pub(super) contacts: HashMap<Id, Arc<Contact>>,
    pub(super) contacts_in_order: BTreeMap<u64, Id>,
    pub(super) by_email: HashMap<String, Vec<Id>>,
    pub(super) by_phone: HashMap<String, Vec<Id>>,
    pub(super) contact_search: Lagging<Contact>,
    pub(super) conversations: HashMap<Id, Arc<Conversation>>,
    pub(super) conversation_of: HashMap<Id, Id>,
    pub(super) conversation_search: Lagging<Conversation>,
    pub(super) messages: HashMap<Id, Arc<Message>>,
    pub(super) messages_of: HashMap<Id, Sorted<Id>>,
    pub(super) plain: Exported,
    pub(super) mail: Exported,
    pub(super) emails: HashMap<Id, Email>,
    pub(super) scheduled: Sorted<Id>,
    pub(super) transcripts: HashMap<Id, Vec<Sentence>>,
    pub(super) notes: BTreeMap<u64, Simple>,
    pub(super) tasks: BTreeMap<u64, Simple>,
    pub(super) appointments: BTreeMap<u64, Simple>,
    pub(super) calendars: Calendars,
    pub(super) opportunities: BTreeMap<u64, Simple>,
    pub(super) places: HashMap<Id, u64>,
    pub(super) simple_of: HashMap<Id, Vec<u64>>,
    pub(super) records: Cabinet,
}

impl Shelf {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            random: fastrand::Rng::with_seed(seed),
            sequence: 0,
            contacts: HashMap::new(),
            contacts_in_order: BTreeMap::new(),
            by_email: HashMap::new(),
            by_phone: HashMap::new(),
            contact_search: Lagging::default(),
            conversations: HashMap::new(),
            conversation_of: HashMap::new(),
            conversation_search: Lagging::default(),
            messages: HashMap::new(),
            messages_of: HashMap::new(),
            plain: Exported::default(),
            mail: Exported::default(),
            emails: HashMap::new(),
            scheduled: Sorted::new(),
            transcripts: HashMap::new(),
            notes: BTreeMap::new(),
            tasks: BTreeMap::new(),
            appointments: BTreeMap::new(),
            calendars: Calendars::new(seed),
            opportunities: BTreeMap::new(),
            places: HashMap::new(),
            simple_of: HashMap::new(),
            records: Cabinet::default(),
        }
    }

    /// A new id, and its place in the order of all ids.
    pub(super) fn next_id(&mut self) -> (Id, u64) {
        let id: String = (0..ID_LENGTH).map(|_| self.random.alphanumeric()).collect();
        self.sequence += 1;
        (id.into(), self.sequence)
    }

    /// A number between these two.
    pub(super) fn between(&mut self, (low, high): (u64, u64)) -> i64 {
        i64::try_from(self.random.u64(low..=high.max(low))).unwrap_or(0)
    }

    pub(super) fn contact(&self, id: &str) -> Option<&Arc<Contact>> {
        self.contacts.get(id)
    }

    pub(super) fn conversation(&self, id: &str) -> Option<&Arc<Conversation>> {
        self.conversations.get(id).filter(|conversation| !conversation.deleted)
    }

    pub(super) fn message(&self, id: &str) -> Option<&Arc<Message>> {
        self.messages.get(id)
    }

    /// Puts a version of a message where all lists find it, in place of the earlier one.
    pub(super) fn place_message(&mut self, message: Arc<Message>) {
        let shelf = if message.is_email() { &mut self.mail } else { &mut self.plain };
        if let Some(earlier) = self.messages.get(&message.id) {
            shelf.updated.remove(&(earlier.date_updated, earlier.sequence));
        } else {
            let place = (message.date_added, message.sequence);
            shelf.created.insert(place, Arc::clone(&message.id));
            self.messages_of.entry(Arc::clone(&message.conversation)).or_default().insert(place, Arc::clone(&message.id));
        }
        shelf.updated.insert((message.date_updated, message.sequence), Arc::clone(&message.id));
        self.messages.insert(Arc::clone(&message.id), message);
    }
}
