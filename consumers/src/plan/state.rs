//! What both sides last agreed on, and what a change makes of it. Pure.

use hatbridge_schemas::Contact;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Tags that begin so are hatbridge's own marks: they stay on the side where they were put.
pub const OWN_TAGS: &str = "hatbridge";

/// The mapped fields of a contact. Values are kept in the form in which they are compared.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContactState {
    /// Field -> value; empty ones are left out.
    pub fields: BTreeMap<String, String>,
    /// Lower case, without our own.
    pub tags: BTreeSet<String>,
}

/// Masked: it holds personal data.
impl std::fmt::Debug for ContactState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ContactState(masked)")
    }
}

/// What is to be written to the other side.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ContactChange {
    /// Only the fields that changed.
    pub contact: Contact,
    /// Whether `contact` holds any.
    pub fields: bool,
    /// Tags to put on.
    pub added: Vec<String>,
    /// Tags to take off.
    pub removed: Vec<String>,
}

impl ContactChange {
    /// Nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.fields && self.added.is_empty() && self.removed.is_empty()
    }
}

type Field = (&'static str, fn(&mut Contact) -> &mut Option<String>);

/// Fields that go along. `address2` has no place of its own in HighLevel.
const FIELDS: [Field; 12] = [
    ("first_name", |c| &mut c.first_name),
    ("last_name", |c| &mut c.last_name),
    ("company_name", |c| &mut c.company_name),
    ("email", |c| &mut c.email),
    ("phone", |c| &mut c.phone),
    ("address1", |c| &mut c.address1),
    ("city", |c| &mut c.city),
    ("state", |c| &mut c.state),
    ("postal_code", |c| &mut c.postal_code),
    ("country", |c| &mut c.country),
    ("website", |c| &mut c.website),
    ("birthday", |c| &mut c.birthday),
];

/// The form in which values are compared: the systems change case and punctuation of some.
fn comparable(name: &str, value: &str) -> String {
    let value = value.trim();
    match name {
        "email" => value.to_lowercase(),
        "phone" => value.chars().filter(char::is_ascii_digit).collect(),
        "birthday" => value.get(..10).unwrap_or(value).to_owned(),
        _ => value.to_owned(),
    }
}

/// Tags in the form in which they are compared, without our own.
#[must_use]
pub fn shared_tags(tags: &[String]) -> BTreeSet<String> {
    tags.iter().map(|t| t.trim().to_lowercase()).filter(|t| !t.is_empty() && !t.starts_with(OWN_TAGS)).collect()
}

/// The contact with only what goes along, its custom fields under 17hats' names.
///
/// `names` maps 17hats' custom fields to HighLevel's; `by_id` says that the contact's own custom
/// fields go by HighLevel's ids.
#[must_use]
pub fn mapped(contact: &Contact, names: &BTreeMap<String, String>, by_id: bool) -> Contact {
    let mut source = contact.clone();
    let mut out = Contact { tags: contact.tags.clone(), ..Contact::default() };
    for (_, field) in FIELDS {
        *field(&mut out) = field(&mut source).take();
    }
    for (hats, highlevel) in names {
        if let Some(value) = contact.custom_fields.get(if by_id { highlevel } else { hats }) {
            out.custom_fields.insert(hats.clone(), value.clone());
        }
    }
    out
}

/// The custom fields under HighLevel's ids.
#[must_use]
pub fn for_highlevel(mut contact: Contact, names: &BTreeMap<String, String>) -> Contact {
    let fields = std::mem::take(&mut contact.custom_fields);
    contact.custom_fields = fields.into_iter().filter_map(|(name, value)| Some((names.get(&name)?.clone(), value))).collect();
    contact
}

/// The state after `contact` (mapped) was seen, and what that changes against `base`. A field that
/// the contact does not say stays as it was.
#[must_use]
pub fn merge(base: &ContactState, contact: &Contact, tags: bool) -> (ContactState, ContactChange) {
    let mut state = base.clone();
    let mut change = ContactChange::default();
    let mut source = contact.clone();
    for (name, field) in FIELDS {
        let Some(value) = field(&mut source).take() else { continue };
        if turned(&mut state, name, &value) {
            *field(&mut change.contact) = Some(value);
            change.fields = true;
        }
    }
    for (name, value) in &contact.custom_fields {
        if turned(&mut state, &format!("custom:{name}"), value) {
            change.contact.custom_fields.insert(name.clone(), value.clone());
            change.fields = true;
        }
    }
    if let Some(now) = contact.tags.as_deref().filter(|_| tags) {
        let now = shared_tags(now);
        change.added = now.difference(&base.tags).cloned().collect();
        change.removed = base.tags.difference(&now).cloned().collect();
        state.tags = now;
    }
    (state, change)
}

/// Puts a value into the state; whether it was another one before.
fn turned(state: &mut ContactState, name: &str, value: &str) -> bool {
    let value = comparable(name, value);
    let before = state.fields.get(name).map_or("", String::as_str);
    if before == value {
        return false;
    }
    if value.is_empty() {
        state.fields.remove(name);
    } else {
        state.fields.insert(name.to_owned(), value);
    }
    true
}

/// What is said of a person's thread: HighLevel's conversation and the ticket that stands for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Thread {
    /// HighLevel's conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation: Option<String>,
    /// The ticket that messages from HighLevel go to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// Set while all tickets are closed: when the last one was, microseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<i64>,
    /// When the client last wrote in HighLevel, microseconds since the epoch: a closing that is older
    /// must not hide it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_inbound: Option<i64>,
}

/// What is remembered of a ticket.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TicketState {
    /// `open`, `pending`, `closed`.
    pub status: String,
    /// Subject and text, to see whether they changed.
    pub text: String,
}

impl std::fmt::Debug for TicketState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TicketState").field("status", &self.status).finish_non_exhaustive()
    }
}

/// Canonical JSON of a state.
#[must_use]
pub fn text_of(state: &impl Serialize) -> String {
    serde_json::to_string(state).expect("states have text keys only, so they always serialize")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn contact(city: &str, tags: &[&str]) -> Contact {
        Contact { city: Some(city.into()), tags: Some(tags.iter().map(|t| (*t).to_owned()).collect()), ..Contact::default() }
    }

    #[test]
    fn only_what_changed_is_written() {
        let (state, first) = merge(&ContactState::default(), &Contact { email: Some("A@x.example".into()), ..contact("Bern", &["VIP"]) }, true);
        assert_eq!((first.contact.city.as_deref(), first.added.as_slice()), (Some("Bern"), ["vip".to_owned()].as_slice()));
        let (state, second) = merge(&state, &Contact { email: Some("a@X.example".into()), ..contact("Ghent", &["vip", "hatbridge-archived"]) }, true);
        assert_eq!(second.contact, Contact { city: Some("Ghent".into()), ..Contact::default() }, "case of an address and our own tags are no change");
        assert!(second.added.is_empty() && second.removed.is_empty());
        let (_, third) = merge(&state, &contact("", &[]), true);
        assert_eq!((third.contact.city.as_deref(), third.removed.as_slice()), (Some(""), ["vip".to_owned()].as_slice()), "emptied");
    }

    #[test]
    fn what_a_source_does_not_say_stays() {
        let (state, _) = merge(&ContactState::default(), &contact("Bern", &["a"]), true);
        let (after, change) = merge(&state, &Contact::default(), true);
        assert_eq!(after, state);
        assert!(change.is_empty());
    }

    #[test]
    fn custom_fields_go_by_their_own_names_on_each_side() {
        let names: BTreeMap<String, String> = [("venue".to_owned(), "cf1".to_owned())].into();
        let there = Contact { custom_fields: [("cf1".to_owned(), "Hall".to_owned()), ("cf2".to_owned(), "x".to_owned())].into(), ..Contact::default() };
        let here = mapped(&there, &names, true);
        assert_eq!(here.custom_fields, [("venue".to_owned(), "Hall".to_owned())].into());
        assert_eq!(for_highlevel(here, &names).custom_fields, [("cf1".to_owned(), "Hall".to_owned())].into());
    }

    proptest! {
        /// Seen once more, nothing changes; and the state is what was seen.
        #[test]
        fn merging_twice_is_merging_once(city in "[A-Za-z ]{0,6}", phone in "[0-9 +()-]{0,10}", tags in proptest::collection::vec("[A-Ca-c]{1,2}", 0..5)) {
            let seen = Contact { phone: Some(phone), ..contact(&city, &tags.iter().map(String::as_str).collect::<Vec<_>>()) };
            let (state, _) = merge(&ContactState::default(), &seen, true);
            let (again, change) = merge(&state, &seen, true);
            prop_assert_eq!(again, state);
            prop_assert!(change.is_empty());
        }
    }
}
