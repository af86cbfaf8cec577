//! Notes, tasks, appointments and opportunities: one record here is one record there.
//!
//! Both sides' webhooks come late and out of order, so what seems new is read by id before anything
//! is done about it; what is gone by then is left alone.

mod family;
pub mod fields;
#[cfg(test)]
mod tests;
mod words;

pub use family::Family;
pub use fields::{Fields, ItemState, Seen};

use super::{Action, After, Need, Plan, Why, gone, person_in_hats, person_in_highlevel};
use crate::Flows;
use crate::facts::{Door, Facts};
use fields::merge;
use hatbridge_schemas::{Change, Event, System};

/// Links of what Zaps told in a contact's notes begin so.
const TOLD: &str = "note:";

pub(super) fn plan(event: &Event, family: Family, facts: &Facts, flows: &Flows) -> Plan {
    let target = event.source.other();
    let wanted = family.is_wanted(target, flows);
    if event.change == Change::Deleted {
        return if wanted && family.deletes(flows) { deleted(event, family, facts) } else { gone(event) };
    }
    let seen = event.payload.as_ref().and_then(|payload| Seen::of(payload, event.source, flows));
    let Some(seen) = seen.filter(|_| wanted) else { return Plan::nothing(Why::Ignored) };
    match link_of(facts) {
        Some(other) => changed(event, family, &seen, other, facts, flows),
        None => made(event, family, &seen, facts, flows).unwrap_or_else(Plan::Need),
    }
}

/// The other side's record. What a Zap told is none for a tenant that has left Zapier.
fn link_of(facts: &Facts) -> Option<&String> {
    facts.link.as_ref().filter(|link| facts.door == Door::Zapier || !link.starts_with(TOLD))
}

/// HighLevel's id and 17hats' one.
fn pair(event: &Event, other: &str) -> (String, String) {
    let own = event.entity.id.as_str().to_owned();
    if event.source == System::Highlevel { (own, other.to_owned()) } else { (other.to_owned(), own) }
}

fn changed(event: &Event, family: Family, seen: &Seen, other: &str, facts: &Facts, flows: &Flows) -> Plan {
    let base = facts.item_state.clone().unwrap_or_default();
    if merge(&base.fields, &seen.fields).1.is_empty() {
        return Plan::nothing(Why::Echo);
    }
    let truth = match &facts.item {
        None => return Plan::Need(Need::Item),
        // Its deletion is an event of its own.
        Some(None) => return Plan::nothing(Why::Ignored),
        Some(Some(truth)) => truth,
    };
    let (after, change) = merge(&base.fields, &truth.fields);
    if change.is_empty() {
        return Plan::nothing(Why::Unchanged);
    }
    let contact = if base.contact.is_empty() { facts.highlevel.clone().unwrap_or_default() } else { base.contact };
    let state = ItemState { contact, fields: after };
    if facts.door == Door::Zapier {
        return told(event, family, "changed", &state, vec![], flows);
    }
    let action = Action::UpdateItem { system: event.source.other(), family, id: other.to_owned(), fields: change, state };
    Plan::of(vec![action], After::default())
}

fn made(event: &Event, family: Family, seen: &Seen, facts: &Facts, flows: &Flows) -> Result<Plan, Need> {
    if let Some(highlevel) = &seen.external_id {
        // Made by us from HighLevel's, and the link was not recorded.
        let state = ItemState { contact: facts.highlevel.clone().unwrap_or_default(), fields: merge(&Fields::new(), &seen.fields).0 };
        let after = After { item: Some((family, pair(event, highlevel), state)), ..After::default() };
        return Ok(Plan::Nothing { why: Why::Echo, after });
    }
    // A record of nobody in particular: the other side has only those of contacts.
    if seen.contact.is_none() {
        return Ok(Plan::nothing(Why::Ignored));
    }
    let truth = match &facts.item {
        None => return Err(Need::Item),
        Some(None) => return Ok(Plan::nothing(Why::Ignored)),
        Some(Some(truth)) => truth,
    };
    let Some(fields) = whole(event, family, &truth.fields, flows) else { return Ok(Plan::nothing(Why::Ignored)) };
    let state = ItemState { contact: facts.highlevel.clone().unwrap_or_default(), fields: merge(&Fields::new(), &fields).0 };
    let target = event.source.other();
    let mut actions = match target {
        System::Highlevel => person_in_highlevel(facts, flows)?,
        System::SeventeenHats | System::Hatbridge => person_in_hats(facts, flows)?,
    };
    if facts.door == Door::Zapier {
        return Ok(told(event, family, "", &state, actions, flows));
    }
    actions.push(Action::CreateItem { system: target, family, fields: state.fields.clone() });
    Ok(Plan::of(actions, After::default()))
}

/// With all that the other side demands or would fill in by itself: what it adds is no news for
/// 17hats. `None` if it can't be made of this.
fn whole(event: &Event, family: Family, fields: &Fields, flows: &Flows) -> Option<Fields> {
    let to_highlevel = event.source == System::SeventeenHats;
    let mut fields = fields.clone();
    let mut or = |name: &str, wanted: bool, value: &str| {
        if wanted {
            fields.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        }
    };
    match family {
        Family::Note => {}
        Family::Appointment => {
            or("title", true, "Appointment");
            or("status", to_highlevel, "confirmed");
        }
        Family::Opportunity => {
            or("name", true, "Opportunity");
            or("status", to_highlevel, "open");
        }
        Family::Task => {
            or("title", true, "Task");
            or("completed", to_highlevel, "false");
            // By the event, not by the clock: an interrupted event must not turn into another action.
            let due = event.occurred_at.div_euclid(1_000_000) + i64::from(flows.tasks.due_days) * 86_400;
            or("due", to_highlevel, &due.to_string());
        }
    }
    let demanded = match family {
        Family::Note => "body",
        Family::Appointment => "starts",
        Family::Task | Family::Opportunity => return Some(fields),
    };
    fields.contains_key(demanded).then_some(fields)
}

/// By Zap: a line in the contact's notes.
fn told(event: &Event, family: Family, what: &str, state: &ItemState, mut actions: Vec<Action>, flows: &Flows) -> Plan {
    let id = event.entity.id.as_str();
    let text = words::line(family, what, &state.fields, id, flows);
    actions.push(Action::ZapNote { text, tags: words::tags(family), name: family.zap() });
    let after = After { item: Some((family, (id.to_owned(), format!("{TOLD}{id}")), state.clone())), ..After::default() };
    Plan::of(actions, after)
}

fn deleted(event: &Event, family: Family, facts: &Facts) -> Plan {
    let Some(other) = link_of(facts) else { return gone(event) };
    // With its contact deleted, all its records go. That must not empty the other side.
    if facts.contact.is_none() {
        return Plan::Need(Need::Contact);
    }
    let id = event.entity.id.as_str();
    if facts.door == Door::Rest {
        let contact = facts.item_state.as_ref().map(|state| state.contact.clone()).filter(|id| !id.is_empty());
        let contact = contact.or_else(|| facts.highlevel.clone()).unwrap_or_default();
        return Plan::of(vec![Action::DeleteItem { system: event.source.other(), family, id: other.clone(), contact }], After::default());
    }
    if family != Family::Appointment {
        return Plan::Unmappable(format!(
            "Zapier can't take a {} out of a contact's notes in 17hats: take it out there by hand and discard this, or set flows.{}.deletions = false",
            family.as_str(),
            family.section()
        ));
    }
    let fields = facts.item_state.clone().unwrap_or_default().fields;
    let text = words::cancelled(&fields, id);
    let unlink = Some((family.as_str(), event.source, id.to_owned()));
    Plan::of(vec![Action::ZapNote { text, tags: vec![], name: family.zap() }], After { unlink, ..After::default() })
}
