//! Content hashes: what makes two sightings of an entity the same.

use hatbridge_schemas::{Contact, Conversation, EntityKind, Payload};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The two hashes of an entity's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hashes {
    /// Over what webhook and poll show alike, with case and punctuation folded away.
    pub folded: String,
    /// Over everything shown, if this sighting shows everything exactly.
    pub exact: Option<String>,
}

/// Hex digits kept of a SHA-256: 128 bits.
const DIGITS: usize = 32;

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(DIGITS);
    for byte in bytes.iter().take(DIGITS / 2) {
        // Writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The hash of a text.
#[must_use]
pub fn of_text(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

struct Fold(Sha256);

impl Fold {
    fn new(kind: &str) -> Self {
        let mut fold = Self(Sha256::new());
        fold.raw(kind, "");
        fold
    }

    /// Lengths keep `ab`+`c` apart from `a`+`bc`.
    fn raw(&mut self, name: &str, value: &str) {
        for part in [name, value] {
            self.0.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
            self.0.update(part.as_bytes());
        }
    }

    /// A field that is absent, empty or blank is not there: the sources disagree on which they send.
    fn text(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value.map(str::trim).filter(|v| !v.is_empty()) {
            self.raw(name, &value.to_lowercase());
        }
    }

    fn exact(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            self.raw(name, value);
        }
    }

    fn done(self) -> String {
        hex(&self.0.finalize())
    }
}

/// The hashes of a contact. `shows_all` is false for rows of HighLevel's search, which knows names
/// in lower case only. Left out of the folded hash: the origin and notes, which search does not
/// show, and the contact's do-not-disturb switch where it is off, which webhooks leave out.
#[must_use]
pub fn of_contact(contact: &Contact, shows_all: bool) -> Hashes {
    let mut folded = Fold::new("contact");
    folded.text("first_name", contact.first_name.as_deref());
    folded.text("last_name", contact.last_name.as_deref());
    folded.text("company_name", contact.company_name.as_deref());
    folded.text("email", contact.email.as_deref());
    let phone: Option<String> = contact.phone.as_deref().map(|p| p.chars().filter(char::is_ascii_digit).collect());
    folded.text("phone", phone.as_deref());
    folded.text("address1", contact.address1.as_deref());
    folded.text("city", contact.city.as_deref());
    folded.text("state", contact.state.as_deref());
    folded.text("postal_code", contact.postal_code.as_deref());
    folded.text("country", contact.country.as_deref());
    folded.text("website", contact.website.as_deref());
    // Dates come with or without a time of day.
    folded.text("birthday", contact.birthday.as_deref().map(|b| b.get(..10).unwrap_or(b)));
    if contact.dnd == Some(true) {
        folded.raw("dnd", "true");
    }
    let mut tags: Vec<String> = contact.tags.iter().flatten().map(|t| t.trim().to_lowercase()).collect();
    tags.sort_unstable();
    tags.dedup();
    for tag in &tags {
        folded.raw("tag", tag);
    }
    for (name, value) in &contact.custom_fields {
        folded.text(&format!("custom {name}"), Some(value));
    }
    let exact = shows_all.then(|| of_json(&Payload::Contact(contact.clone())));
    Hashes { folded: folded.done(), exact }
}

/// The hashes of a conversation. Search shows neither stars nor deletion, webhooks not the last
/// message: what both show is who it is with and how much is unread. A new message by itself is no
/// change of the conversation.
#[must_use]
pub fn of_conversation(conversation: &Conversation, shows_all: bool) -> Hashes {
    let mut folded = Fold::new("conversation");
    folded.text("contact", conversation.contact_id.as_deref());
    folded.text("merged_into", conversation.merged_into.as_deref());
    folded.raw("unread", &conversation.unread_count.unwrap_or(0).to_string());
    let exact = shows_all.then(|| {
        let mut exact = Fold::new("conversation");
        exact.exact("contact", conversation.contact_id.as_deref());
        exact.exact("merged_into", conversation.merged_into.as_deref());
        exact.raw("unread", &conversation.unread_count.unwrap_or(0).to_string());
        exact.raw("starred", if conversation.starred == Some(true) { "1" } else { "0" });
        exact.done()
    });
    Hashes { folded: folded.done(), exact }
}

/// The fields that every way of seeing an entity shows alike, where some show more than others.
/// Webhooks of opportunities lack the followers, those of locations all but two fields; a new task's
/// webhook may lack its contact; relations come without their objects' keys; rows of one contact's
/// appointments are shorter than those of a calendar's.
const fn shared(kind: EntityKind) -> Option<&'static [&'static str]> {
    match kind {
        EntityKind::Task => Some(&["title", "body", "due_at", "completed", "assigned_to"]),
        EntityKind::Appointment => {
            Some(&["contact_id", "calendar_id", "title", "status", "starts_at", "ends_at", "address", "notes", "assigned_user_id", "group_id", "user_ids"])
        }
        EntityKind::Opportunity => Some(&["contact_id", "pipeline_id", "stage_id", "name", "status", "monetary_value", "assigned_to", "origin"]),
        EntityKind::User => Some(&["first_name", "last_name", "email", "phone", "extension"]),
        EntityKind::Location => Some(&["name", "email"]),
        EntityKind::Relation => Some(&["association_id", "first_record_id", "second_record_id"]),
        _ => None,
    }
}

/// The hashes of any entity. Exact hashes compare one way of seeing it only (see [`super::rules`]).
#[must_use]
pub fn of_payload(payload: &Payload) -> Hashes {
    match payload {
        Payload::Contact(contact) => of_contact(contact, true),
        Payload::Conversation(conversation) => of_conversation(conversation, true),
        _ => {
            let exact = of_json(payload);
            let folded = shared(payload.kind()).map_or_else(|| exact.clone(), |fields| of_fields(payload, fields));
            Hashes { folded, exact: Some(exact) }
        }
    }
}

/// Members of a webhook that are about its delivery, not about the entity.
const ENVELOPE: [&str; 6] = ["type", "timestamp", "webhookId", "deliveryId", "versionId", "appId"];

/// The hashes of an entity that a webhook shows; exact is its body, for what has no field here.
#[must_use]
pub fn of_body(payload: &Payload, body: &Value) -> Hashes {
    let members = body.as_object().into_iter().flatten().filter(|(name, _)| !ENVELOPE.contains(&name.as_str()));
    let mut fold = Fold::new(payload.kind().as_str());
    for (name, value) in members.collect::<BTreeMap<_, _>>() {
        fold.raw(name, &value.to_string());
    }
    Hashes { exact: Some(fold.done()), ..of_payload(payload) }
}

/// Over the named fields; absent, empty and off are the same, since the sources disagree on which
/// they send.
fn of_fields(payload: &Payload, fields: &[&str]) -> String {
    let json = serde_json::to_value(payload).expect(SERIALIZES);
    let mut fold = Fold::new(payload.kind().as_str());
    for name in fields {
        match &json[*name] {
            Value::Null | Value::Bool(false) => {}
            Value::String(text) => fold.exact(name, Some(text.trim())),
            Value::Array(items) => items.iter().for_each(|item| fold.raw(name, &item.to_string())),
            other => fold.raw(name, &other.to_string()),
        }
    }
    fold.done()
}

const SERIALIZES: &str = "payloads have text keys only, so they always serialize";

/// Struct fields serialize in their order and maps are sorted, so equal content gives equal text.
fn of_json(payload: &Payload) -> String {
    of_text(&serde_json::to_string(payload).expect(SERIALIZES))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hatbridge_schemas::{Appointment, Location, Opportunity, Relation, Task, User};

    fn contact(first: &str, phone: &str) -> Contact {
        Contact { first_name: Some(first.into()), phone: Some(phone.into()), tags: Some(vec!["b".into(), "A".into()]), ..Contact::default() }
    }

    #[test]
    fn search_and_webhook_agree_on_the_folded_hash() {
        let webhook = of_contact(&contact("Ada", "+1 (555) 010"), true);
        let search = of_contact(
            &Contact { tags: Some(vec!["a".into(), "b".into()]), last_name: Some(String::new()), dnd: Some(false), ..contact("ada", "+1555010") },
            false,
        );
        assert_eq!(webhook.folded, search.folded);
        assert!(search.exact.is_none() && webhook.exact.is_some());
    }

    #[test]
    fn a_change_of_case_alone_changes_the_exact_hash_only() {
        let (before, after) = (of_contact(&contact("ada", "1"), true), of_contact(&contact("Ada", "1"), true));
        assert_eq!(before.folded, after.folded);
        assert_ne!(before.exact, after.exact);
    }

    #[test]
    fn fields_do_not_run_into_each_other() {
        let one = Contact { first_name: Some("ab".into()), last_name: Some("c".into()), ..Contact::default() };
        let two = Contact { first_name: Some("a".into()), last_name: Some("bc".into()), ..Contact::default() };
        assert_ne!(of_contact(&one, true).folded, of_contact(&two, true).folded);
    }

    #[test]
    fn webhook_and_poll_of_an_opportunity_are_one_content() {
        let webhook = Opportunity { name: Some("Wedding".into()), status: Some("open".into()), ..Opportunity::default() };
        let row = Opportunity { followers: vec!["u1".into()], external_id: Some(String::new()), ..webhook.clone() };
        let more = Opportunity { followers: vec!["u1".into(), "u2".into()], ..webhook.clone() };
        let [webhook, row, more] = [webhook, row, more].map(|opportunity| of_payload(&Payload::Opportunity(opportunity)));
        assert_eq!(webhook.folded, row.folded);
        assert_ne!(row.exact, more.exact, "polls see a new follower");
        let won = Opportunity { name: Some("Wedding".into()), status: Some("won".into()), ..Opportunity::default() };
        assert_ne!(webhook.folded, of_payload(&Payload::Opportunity(won)).folded);
    }

    #[test]
    fn a_task_without_its_contact_is_the_same_task() {
        let task = Task { title: Some("Call".into()), ..Task::default() };
        let row = Task { contact_id: Some("c1".into()), completed: Some(false), ..task.clone() };
        assert_eq!(of_payload(&Payload::Task(task.clone())).folded, of_payload(&Payload::Task(row)).folded);
        assert_ne!(of_payload(&Payload::Task(task.clone())).folded, of_payload(&Payload::Task(Task { completed: Some(true), ..task })).folded);
    }

    #[test]
    fn every_shared_field_is_one_of_its_payload() {
        for payload in [
            Payload::Task(Task::default()),
            Payload::Appointment(Appointment::default()),
            Payload::Opportunity(Opportunity::default()),
            Payload::User(User::default()),
            Payload::Location(Location::default()),
            Payload::Relation(Relation::default()),
        ] {
            let json = serde_json::to_value(&payload).unwrap();
            for name in shared(payload.kind()).unwrap() {
                assert!(json.get(name).is_some(), "{} has no {name}", payload.kind());
            }
        }
    }
}
