//! What is known when an event is planned: links, last agreed states, and what had to be read from
//! the systems.

use crate::plan::item::{Family, ItemState, Seen};
use crate::plan::state::{ContactState, Thread, TicketState};
use crate::{Error, Tenant};
use hatbridge_schemas::{Contact, EntityKind, Event, Sentence, System};
use hatbridge_store::Store;
use hatbridge_systems::seventeen_hats::SeventeenHats;
use serde::de::DeserializeOwned;

/// Through which door 17hats is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// A partner API.
    Rest,
    /// Zaps: contacts only, and nothing can be looked up.
    Zapier,
}

/// Kinds of links and states in the store.
pub(crate) mod kind {
    /// Contact <-> contact; state under HighLevel's id.
    pub(crate) const CONTACT: &str = "contact";
    /// Message <-> message; state (status) under HighLevel's id.
    pub(crate) const MESSAGE: &str = "message";
    /// Conversation <-> ticket; state of the ticket under 17hats' id.
    pub(crate) const CONVERSATION: &str = "conversation";
    /// Call <-> transcript.
    pub(crate) const TRANSCRIPT: &str = "transcript";
    /// State of the person's thread, under HighLevel's contact.
    pub(crate) const THREAD: &str = "thread";
}

/// All that planning may look at beside the event.
#[derive(Debug, Clone)]
pub struct Facts {
    /// 17hats' door.
    pub door: Door,
    /// Now, microseconds since the epoch.
    pub now: i64,
    /// HighLevel's contact of the event's person.
    pub highlevel: Option<String>,
    /// 17hats' contact of the event's person.
    pub hats: Option<String>,
    /// What both sides last agreed on of the contact.
    pub contact_state: Option<ContactState>,
    /// The person's thread.
    pub thread: Thread,
    /// The other side's id of the event's own entity, where that is not the contact.
    pub link: Option<String>,
    /// The status both sides last agreed on, of a message.
    pub status: Option<String>,
    /// Whether the message goes through our own conversation provider: then HighLevel waits to be
    /// told what became of it.
    pub of_provider: bool,
    /// Of a ticket.
    pub ticket_state: Option<TicketState>,
    /// Names of actions of this very event that were carried out before it was interrupted.
    pub begun: Vec<String>,
    /// The person's contact as its own system shows it now, once read.
    pub contact: Option<Contact>,
    /// Another ticket of the person that is not closed, if there is one, once read.
    pub other_open: Option<Option<String>>,
    /// A call's transcript, once read; empty if there is none.
    pub sentences: Option<Vec<Sentence>>,
    /// What both sides last agreed on, of a note, task, appointment or opportunity.
    pub item_state: Option<ItemState>,
    /// The same as its own system shows it now, once read; `None` in it: it is gone there.
    pub item: Option<Option<Seen>>,
}

impl Facts {
    /// Nothing known.
    #[must_use]
    pub fn none(door: Door, now: i64) -> Self {
        Self {
            door,
            now,
            highlevel: None,
            hats: None,
            contact_state: None,
            thread: Thread::default(),
            link: None,
            status: None,
            of_provider: false,
            ticket_state: None,
            begun: vec![],
            contact: None,
            other_open: None,
            sentences: None,
            item_state: None,
            item: None,
        }
    }

    /// Whether this event itself has done an action before it was interrupted.
    #[must_use]
    pub fn has_done(&self, action: &str) -> bool {
        self.begun.iter().any(|done| done == action)
    }

    /// Whether 17hats knows the person: linked, or (by Zap, whose answer tells no id) sent before.
    #[must_use]
    pub fn known_in_hats(&self) -> bool {
        self.hats.is_some() || (self.door == Door::Zapier && self.contact_state.is_some())
    }
}

/// A message's status as stored: `sent`, or `sent|provider` where it goes through our own provider.
pub(crate) fn stored_status(status: &str, of_provider: bool) -> String {
    if of_provider { format!("{status}{PROVIDER}") } else { status.to_owned() }
}

fn read_status(text: &str) -> (Option<String>, bool) {
    match text.strip_suffix(PROVIDER) {
        Some(status) => (Some(status.to_owned()), true),
        None => (Some(text.to_owned()), false),
    }
}

const PROVIDER: &str = "|provider";

pub(crate) fn door(tenant: &Tenant) -> Door {
    match &tenant.seventeen_hats {
        SeventeenHats::Rest(_) => Door::Rest,
        SeventeenHats::Zapier(_) => Door::Zapier,
    }
}

/// The other side's contact of an event's person.
pub(crate) async fn other_contact(store: &Store, event: &Event) -> Result<Option<String>, Error> {
    Ok(store.linked(&event.tenant, kind::CONTACT, side(event), event.entity.root.as_str()).await?)
}

/// The system whose ids an event's root is in: commands concern HighLevel's contacts.
pub(crate) fn side(event: &Event) -> System {
    match event.source {
        System::Hatbridge => System::Highlevel,
        side @ (System::Highlevel | System::SeventeenHats) => side,
    }
}

async fn state<T: DeserializeOwned>(store: &Store, event: &Event, kind: &str, id: &str) -> Result<Option<T>, Error> {
    // A state of an older program that can't be read counts as none: it is written anew.
    Ok(store.synced(&event.tenant, kind, id).await?.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Reads the store's facts. `other` is the linked contact.
pub(crate) async fn load(store: &Store, tenant: &Tenant, event: &Event, other: Option<String>, now: i64) -> Result<Facts, Error> {
    let mut facts = Facts::none(door(tenant), now);
    let root = Some(event.entity.root.as_str().to_owned());
    (facts.highlevel, facts.hats) = match side(event) {
        System::SeventeenHats => (other, root),
        System::Highlevel | System::Hatbridge => (root, other),
    };
    let id = event.entity.id.as_str();
    if event.entity.kind == EntityKind::Contact {
        if let Some(highlevel) = &facts.highlevel {
            facts.contact_state = state(store, event, kind::CONTACT, highlevel).await?;
        }
    } else {
        if facts.door == Door::Zapier
            && let Some(highlevel) = &facts.highlevel
        {
            facts.contact_state = state(store, event, kind::CONTACT, highlevel).await?;
        }
        if let Some(highlevel) = &facts.highlevel {
            facts.thread = state(store, event, kind::THREAD, highlevel).await?.unwrap_or_default();
        }
        let linked = match event.entity.kind {
            EntityKind::Message => Some(kind::MESSAGE),
            EntityKind::Ticket | EntityKind::Conversation => Some(kind::CONVERSATION),
            EntityKind::Transcript => Some(kind::TRANSCRIPT),
            other => Family::of(other).map(Family::as_str),
        };
        if let Some(linked) = linked {
            facts.link = store.linked(&event.tenant, linked, event.source, id).await?;
        }
        if let Some(family) = Family::of(event.entity.kind).filter(|_| facts.link.is_some()) {
            let highlevel = if event.source == System::Highlevel { Some(id.to_owned()) } else { facts.link.clone() };
            facts.item_state = state(store, event, family.as_str(), &highlevel.unwrap_or_default()).await?;
            // Some deletions and tasks don't say whose they are; the state does.
            if let Some(person) = facts.item_state.as_ref().map(|state| state.contact.clone()).filter(|_| event.entity.root.as_str() == id) {
                facts.hats = store.linked(&event.tenant, kind::CONTACT, System::Highlevel, &person).await?;
                facts.highlevel = Some(person);
            }
        }
        if event.entity.kind == EntityKind::Ticket {
            facts.ticket_state = state(store, event, kind::CONVERSATION, id).await?;
        }
        if event.entity.kind == EntityKind::Message && facts.link.is_some() && event.change == hatbridge_schemas::Change::Updated {
            let highlevel = if event.source == System::Highlevel { Some(id.to_owned()) } else { facts.link.clone() };
            let stored = store.synced(&event.tenant, kind::MESSAGE, &highlevel.unwrap_or_default()).await?;
            (facts.status, facts.of_provider) = stored.map_or((None, false), |text| read_status(&text));
        }
    }
    Ok(facts)
}
