//! What can be done to contacts.

use super::{
    contact::{Contact, e164},
    location::{Acting, Told},
    problem::Problem,
    state::{Id, Shelf},
};
use serde_json::{Map, Value};
use std::{collections::HashMap, sync::Arc};

/// What an upsert did.
#[derive(Debug)]
pub(super) struct Upserted {
    pub(super) contact: Arc<Contact>,
    pub(super) new: bool,
}

fn unlist(index: &mut HashMap<String, Vec<Id>>, key: Option<String>, id: &Id) {
    let Some(key) = key else { return };
    if let Some(ids) = index.get_mut(&key) {
        ids.retain(|other| other != id);
        if ids.is_empty() {
            index.remove(&key);
        }
    }
}

impl Shelf {
    fn first_other(ids: Option<&Vec<Id>>, but: Option<&str>) -> Option<Id> {
        ids.into_iter().flatten().find(|id| but != Some(&***id)).map(Arc::clone)
    }

    /// The oldest contact with this address, letters' case aside.
    pub(super) fn with_email(&self, email: &str) -> Option<Id> {
        Self::first_other(self.by_email.get(&email.to_lowercase()), None)
    }

    pub(super) fn with_phone(&self, phone: &str) -> Option<Id> {
        Self::first_other(self.by_phone.get(&e164(phone)), None)
    }

    /// Another contact that this one would double: by email, then by phone.
    fn doubled_by(&self, contact: &Contact) -> Option<(Id, &'static str)> {
        let but = Some(&*contact.id);
        let by_email = contact.email().and_then(|email| Self::first_other(self.by_email.get(&email), but));
        let by_phone = || contact.phone().and_then(|phone| Self::first_other(self.by_phone.get(&phone), but));
        by_email.map(|id| (id, "email")).or_else(|| by_phone().map(|id| (id, "phone")))
    }
}

impl Acting<'_> {
    pub(super) fn known_contact(&self, id: &str) -> Result<Arc<Contact>, Problem> {
        self.shelf.contact(id).map(Arc::clone).ok_or_else(|| Problem::not_found("Contact"))
    }

    fn refuse_double(&self, contact: &Contact) -> Result<(), Problem> {
        if self.settings.allow_duplicates {
            return Ok(());
        }
        match self.shelf.doubled_by(contact) {
            None => Ok(()),
            Some((id, field)) => {
                let name = self.shelf.contact(&id).map(|other| other.name()).unwrap_or_default();
                Err(Problem::duplicate(&id, &name, field))
            }
        }
    }

    /// Puts a version where it is found, at once by id and later by search.
    fn place_contact(&mut self, id: &Id, version: Option<Arc<Contact>>) {
        let earlier = match &version {
            Some(version) => self.shelf.contacts.insert(Arc::clone(id), Arc::clone(version)),
            None => self.shelf.contacts.remove(id),
        };
        if let Some(earlier) = earlier {
            unlist(&mut self.shelf.by_email, earlier.email(), id);
            unlist(&mut self.shelf.by_phone, earlier.phone(), id);
            if version.is_none() {
                self.shelf.contacts_in_order.remove(&earlier.sequence);
            }
        }
        if let Some(version) = &version {
            self.shelf.contacts_in_order.insert(version.sequence, Arc::clone(id));
            if let Some(email) = version.email() {
                self.shelf.by_email.entry(email).or_default().push(Arc::clone(id));
            }
            if let Some(phone) = version.phone() {
                self.shelf.by_phone.entry(phone).or_default().push(Arc::clone(id));
            }
        }
        let lag = self.shelf.between(self.settings.search_lag.contacts_ms);
        self.shelf.contact_search.write(self.now, self.now + lag, Arc::clone(id), version);
    }

    pub(super) fn create_contact(&mut self, given: &Map<String, Value>) -> Result<Arc<Contact>, Problem> {
        let (id, sequence) = self.shelf.next_id();
        let mut contact = Contact::new(id, sequence, self.now);
        contact.take(given)?;
        self.refuse_double(&contact)?;
        Ok(self.enter(contact))
    }

    fn enter(&mut self, contact: Contact) -> Arc<Contact> {
        let contact = Arc::new(contact);
        self.place_contact(&contact.id, Some(Arc::clone(&contact)));
        self.tell_contact("contacts.create", &contact, true);
        self.post("ContactCreate", &contact.id, contact.webhook());
        contact
    }

    fn tell_contact(&self, operation: &'static str, contact: &Contact, changed: bool) {
        self.tell(Told { operation, entity: &contact.id, contact: Some(&contact.id), mark: contact.mark(), changed });
    }

    pub(super) fn update_contact(&mut self, id: &str, given: &Map<String, Value>) -> Result<Arc<Contact>, Problem> {
        let before = self.known_contact(id)?;
        let mut contact = Contact::clone(&before);
        contact.take(given)?;
        if contact.email() != before.email() || contact.phone() != before.phone() {
            self.refuse_double(&contact)?;
        }
        let contact = self.replace(&before, contact, "contacts.update");
        if !contact.same_content(&before) {
            self.post("ContactUpdate", &contact.id, contact.webhook());
        }
        if contact.tags != before.tags {
            self.post("ContactTagUpdate", &contact.id, contact.webhook());
        }
        if !contact.same_dnd(&before) {
            self.post("ContactDndUpdate", &contact.id, contact.webhook());
        }
        Ok(contact)
    }

    pub(super) fn replace(&mut self, before: &Arc<Contact>, mut after: Contact, operation: &'static str) -> Arc<Contact> {
        let changed = !after.same_content(before);
        if !changed {
            self.tell_contact(operation, before, false);
            return Arc::clone(before);
        }
        after.date_updated = self.now;
        let after = Arc::new(after);
        self.place_contact(&after.id, Some(Arc::clone(&after)));
        self.tell_contact(operation, &after, true);
        after
    }

    pub(super) fn delete_contact(&mut self, id: &str) -> Result<(), Problem> {
        let contact = self.known_contact(id)?;
        self.place_contact(&contact.id, None);
        self.tell_contact("contacts.delete", &contact, true);
        self.post("ContactDelete", &contact.id, contact.webhook());
        self.forget_simple_of(&contact.id);
        self.shelf.records.enrolled.retain(|one| one.contact != contact.id);
        if let Some(conversation) = self.shelf.conversation_of.get(&contact.id).map(Arc::clone) {
            self.delete_conversation(&conversation)?;
        }
        Ok(())
    }

    /// Those that were new.
    pub(super) fn add_tags(&mut self, id: &str, tags: &[String]) -> Result<(Arc<Contact>, Vec<String>), Problem> {
        let before = self.known_contact(id)?;
        let mut contact = Contact::clone(&before);
        let added = contact.add_tags(tags.iter().map(String::as_str));
        let contact = self.replace(&before, contact, "contacts.tags.add");
        self.post_tags(&before, &contact);
        Ok((contact, added))
    }

    /// Those that were there.
    pub(super) fn remove_tags(&mut self, id: &str, tags: &[String]) -> Result<(Arc<Contact>, Vec<String>), Problem> {
        let before = self.known_contact(id)?;
        let mut contact = Contact::clone(&before);
        let removed = contact.remove_tags(tags);
        let contact = self.replace(&before, contact, "contacts.tags.remove");
        self.post_tags(&before, &contact);
        Ok((contact, removed))
    }

    fn post_tags(&self, before: &Contact, after: &Contact) {
        if before.tags != after.tags {
            self.post("ContactTagUpdate", &after.id, after.webhook());
        }
    }

    /// Finds by email, then by phone. Of two different matches the first is updated, and the other
    /// field is dropped in silence.
    pub(super) fn upsert_contact(&mut self, given: &Map<String, Value>) -> Result<Upserted, Problem> {
        let forced = self.settings.allow_duplicates && given.get("createNewIfDuplicateAllowed") == Some(&Value::Bool(true));
        let (id, sequence) = self.shelf.next_id();
        let mut contact = Contact::new(id, sequence, self.now);
        contact.take(given)?;
        let Some((found, field)) = self.shelf.doubled_by(&contact).filter(|_| !forced) else {
            return Ok(Upserted { contact: self.enter(contact), new: true });
        };
        let mut given = given.clone();
        let by_phone = contact.phone().and_then(|phone| self.shelf.with_phone(&phone));
        if field == "email" && by_phone.is_some_and(|other| other != found) {
            given.remove("phone");
        }
        Ok(Upserted { contact: self.update_contact(&found, &given)?, new: false })
    }
}
