//! What contacts belong to: a business, followers, workflows and campaigns.

use super::{
    contact::Contact,
    location::{Acting, Told},
    problem::Problem,
    records::{Enrolment, Family},
    state::Id,
};
use std::sync::Arc;

/// Adds those that aren't there yet, and returns them.
pub(super) fn join(list: &mut Vec<String>, new: &[String]) -> Vec<String> {
    let mut added = Vec::new();
    for one in new {
        if !list.contains(one) {
            list.push(one.clone());
            added.push(one.clone());
        }
    }
    added
}

/// Removes those that are there, and returns them.
pub(super) fn part(list: &mut Vec<String>, gone: &[String]) -> Vec<String> {
    let (removed, kept) = std::mem::take(list).into_iter().partition(|one| gone.contains(one));
    *list = kept;
    removed
}

impl Acting<'_> {
    fn replace_contact(&mut self, before: &Arc<Contact>, after: Contact, operation: &'static str) -> Arc<Contact> {
        let after = self.replace(before, after, operation);
        if !after.same_content(before) {
            self.post("ContactUpdate", &after.id, after.webhook());
        }
        after
    }

    /// Puts a contact into a business, or takes it out.
    pub(super) fn set_business(&mut self, contact: &str, business: Option<&str>) -> Result<Arc<Contact>, Problem> {
        let before = self.known_contact(contact)?;
        let mut after = Contact::clone(&before);
        after.business = business.map(str::to_owned);
        let name = business.and_then(|id| self.shelf.records.by_id(Family::Business, id)).map(|business| business.text("name").to_owned());
        match name {
            Some(name) => after.text.insert("companyName", name),
            None => after.text.remove("companyName"),
        };
        Ok(self.replace_contact(&before, after, "contacts.business.update"))
    }

    /// The contact, and who is new among its followers.
    pub(super) fn add_followers(&mut self, contact: &str, users: &[String]) -> Result<(Arc<Contact>, Vec<String>), Problem> {
        let before = self.known_contact(contact)?;
        let mut after = Contact::clone(&before);
        let added = join(&mut after.followers, users);
        Ok((self.replace_contact(&before, after, "contacts.followers.add"), added))
    }

    /// The contact, and who is gone from its followers.
    pub(super) fn remove_followers(&mut self, contact: &str, users: &[String]) -> Result<(Arc<Contact>, Vec<String>), Problem> {
        let before = self.known_contact(contact)?;
        let mut after = Contact::clone(&before);
        let removed = part(&mut after.followers, users);
        Ok((self.replace_contact(&before, after, "contacts.followers.remove"), removed))
    }

    /// Enrols a contact in a workflow or campaign; once more where it is enrolled already.
    pub(super) fn enrol(&mut self, family: Family, contact: &str, record: &str) -> Result<(), Problem> {
        let contact = Arc::clone(&self.known_contact(contact)?.id);
        let record = self.known_record(family, record)?.id;
        let operation = if family == Family::Campaign { "contacts.campaigns.add" } else { "contacts.workflows.add" };
        self.tell_enrolment(operation, &contact, Some(&record), true);
        self.shelf.records.enrolled.push(Enrolment { family, contact, record });
        Ok(())
    }

    /// Takes a contact out of one workflow or campaign, or out of all; how often it was in.
    pub(super) fn unenrol(&mut self, family: Family, contact: &str, record: Option<&str>) -> Result<usize, Problem> {
        let contact = Arc::clone(&self.known_contact(contact)?.id);
        if let Some(record) = record {
            self.known_record(family, record)?;
        }
        let all = &mut self.shelf.records.enrolled;
        let before = all.len();
        all.retain(|one| one.family != family || one.contact != contact || record.is_some_and(|record| *record != *one.record));
        let gone = before - all.len();
        let operation = match (family == Family::Campaign, record.is_some()) {
            (true, true) => "contacts.campaigns.remove",
            (true, false) => "contacts.campaigns.remove_all",
            (false, _) => "contacts.workflows.remove",
        };
        self.tell_enrolment(operation, &contact, record, gone > 0);
        Ok(gone)
    }

    fn tell_enrolment(&self, operation: &'static str, contact: &Id, record: Option<&str>, changed: bool) {
        let mark = record.map(|record| format!("{contact}/{record}"));
        self.tell(Told { operation, entity: contact, contact: Some(contact), mark, changed });
    }
}
