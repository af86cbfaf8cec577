//! Contacts, both ways.

use super::state::{self, ContactState, merge};
use super::{Action, After, Need, Plan, Why, gone};
use crate::Flows;
use crate::facts::{Door, Facts};
use hatbridge_schemas::{Change, Contact, Event, System};
use hatbridge_systems::highlevel::wire::MARK_PREFIX;

/// Tag that a Zap puts on contacts made from HighLevel's: brings the id back with the contact.
pub(crate) const TAG_MARK: &str = "hatbridge:hl:";

pub(super) fn plan(event: &Event, contact: &Contact, facts: &Facts, flows: &Flows) -> Plan {
    if event.change == Change::Deleted {
        return gone(event);
    }
    let target = event.source.other();
    let wanted = match target {
        System::Highlevel => flows.contacts.to_highlevel,
        System::SeventeenHats | System::Hatbridge => flows.contacts.to_seventeen_hats,
    };
    if !wanted {
        return Plan::nothing(Why::Ignored);
    }
    let seen = of_source(contact, event.source, flows);
    if let Some(link) = marked(event, contact, facts) {
        return confirmed(&seen, facts, flows, link);
    }
    let base = facts.contact_state.clone().unwrap_or_default();
    let (_, told) = merge(&base, &seen, flows.contacts.tags);
    let known = match target {
        System::Highlevel => facts.highlevel.is_some(),
        System::SeventeenHats | System::Hatbridge => facts.known_in_hats(),
    };
    // Made by this very event before it was interrupted: what belongs to a creation is still to do.
    if !known || facts.has_done("contact.create") {
        return created(event, contact, facts, flows, target);
    }
    if told.is_empty() {
        return Plan::nothing(Why::Echo);
    }
    // HighLevel's webhooks have no time of update and come out of order (FACTS section 7), and what
    // 17hats tells may be the echo of our last write but one: what seems to be a change is read by
    // id, so that the last state wins whatever came last. A Zap's contact can't be read.
    let truth = match (event.source, &facts.contact, facts.door) {
        (System::Highlevel, None, _) | (System::SeventeenHats, None, Door::Rest) => return Plan::Need(Need::Contact),
        (System::Highlevel, Some(read), _) => of_source(&stated(read), event.source, flows),
        (System::SeventeenHats, Some(read), Door::Rest) => of_source(read, event.source, flows),
        (System::SeventeenHats, _, Door::Zapier) | (System::Hatbridge, ..) => seen,
    };
    let (state, change) = merge(&base, &truth, flows.contacts.tags);
    if change.is_empty() {
        return Plan::nothing(Why::Unchanged);
    }
    let mut actions = vec![];
    if let Some(name) = change.contact.company_name.clone().filter(|_| target == System::Highlevel && flows.companies.to_highlevel) {
        // First: once the state is written, an interrupted event finds nothing new.
        actions.push(Action::AssignBusiness { name });
    }
    actions.push(Action::UpdateContact { system: target, change, state });
    Plan::of(actions, After::default())
}

fn of_source(contact: &Contact, source: System, flows: &Flows) -> Contact {
    state::mapped(contact, &flows.contacts.custom_fields, source == System::Highlevel)
}

/// A contact read by id says everything: what it lacks is empty.
fn stated(read: &Contact) -> Contact {
    let empty = |field: &Option<String>| Some(field.clone().unwrap_or_default());
    Contact {
        first_name: empty(&read.first_name),
        last_name: empty(&read.last_name),
        company_name: empty(&read.company_name),
        email: empty(&read.email),
        phone: empty(&read.phone),
        address1: empty(&read.address1),
        city: empty(&read.city),
        state: empty(&read.state),
        postal_code: empty(&read.postal_code),
        country: empty(&read.country),
        website: empty(&read.website),
        birthday: empty(&read.birthday),
        tags: Some(read.tags.clone().unwrap_or_default()),
        ..read.clone()
    }
}

/// The link that the contact itself tells: one of ours whose creation was not recorded, or a Zap's
/// contact that comes back with its 17hats id. (HighLevel's id, 17hats' id).
fn marked(event: &Event, contact: &Contact, facts: &Facts) -> Option<(String, String)> {
    let id = event.entity.id.as_str();
    let link = match event.source {
        System::Highlevel if facts.hats.is_none() => (id.to_owned(), contact.origin.as_deref()?.strip_prefix(MARK_PREFIX)?.to_owned()),
        System::SeventeenHats if facts.highlevel.is_none() => {
            let by_tag = || contact.tags.iter().flatten().find_map(|tag| tag.strip_prefix(TAG_MARK));
            (contact.external_id.as_deref().filter(|e| !e.is_empty()).or_else(by_tag)?.to_owned(), id.to_owned())
        }
        System::Highlevel | System::SeventeenHats | System::Hatbridge => return None,
    };
    Some(link).filter(|(a, b)| !a.is_empty() && !b.is_empty())
}

/// The link is noted. The state is what the contact says now; a Zap's was noted when it was sent.
fn confirmed(seen: &Contact, facts: &Facts, flows: &Flows, link: (String, String)) -> Plan {
    let contact = match (&facts.contact_state, facts.door) {
        (Some(_), _) | (None, Door::Zapier) => None,
        (None, Door::Rest) => Some(merge(&ContactState::default(), seen, flows.contacts.tags).0),
    };
    Plan::Nothing { why: Why::Echo, after: After { contact, link_contact: Some(link), ..After::default() } }
}

fn created(event: &Event, contact: &Contact, facts: &Facts, flows: &Flows, target: System) -> Plan {
    let source = match (event.source, &facts.contact) {
        // A webhook's contact may be an older state than the one there is now.
        (System::Highlevel, None) => return Plan::Need(Need::Contact),
        (System::Highlevel, Some(read)) => read,
        (System::SeventeenHats | System::Hatbridge, _) => contact,
    };
    let mut actions = vec![create(source, target, flows)];
    if target == System::Highlevel && flows.conversations.from_contacts && event.change != Change::Updated {
        actions.push(Action::OpenConversation);
    }
    let company = source.company_name.clone().filter(|name| !name.trim().is_empty());
    if let Some(name) = company.filter(|_| target == System::Highlevel && flows.companies.to_highlevel) {
        actions.push(Action::AssignBusiness { name });
    }
    Plan::of(actions, After::default())
}

/// The action that makes a contact on the other side.
pub(super) fn create(contact: &Contact, target: System, flows: &Flows) -> Action {
    let source = target.other();
    let seen = of_source(contact, source, flows);
    let (state, change) = merge(&ContactState::default(), &seen, flows.contacts.tags);
    let mut made = change.contact;
    made.tags = flows.contacts.tags.then(|| state.tags.iter().cloned().collect());
    if target == System::SeventeenHats {
        made.kind = Some(flows.contacts.kind.clone()).filter(|k| !k.is_empty());
        // 17hats wants to know; a contact with a company and no name is one.
        let nameless = made.first_name.is_none() && made.last_name.is_none();
        made.is_company = Some(contact.is_company.unwrap_or(nameless && made.company_name.is_some()));
    }
    Action::CreateContact { system: target, contact: made, state }
}
