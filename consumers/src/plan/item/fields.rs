//! A record in the form in which both sides are compared: HighLevel's words, times in whole seconds.

use super::Family;
use crate::Flows;
use crate::flows::{APPOINTMENT, OPPORTUNITY};
use hatbridge_schemas::{Appointment, Opportunity, Payload, System, Task};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Field -> value; an empty value says that it is empty, a missing one says nothing.
pub type Fields = BTreeMap<String, String>;

/// Our own notes hold it: marks of tickets, of Zaps.
const OWN: &str = "[hatbridge:";

/// What both sides last agreed on of a record.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ItemState {
    /// HighLevel's contact: its notes and tasks can be reached only by it.
    pub contact: String,
    /// Empty ones are left out.
    pub fields: Fields,
}

/// Masked: it holds personal data.
impl std::fmt::Debug for ItemState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ItemState(masked)")
    }
}

/// A record as one side shows it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// The contact it belongs to, in that side's ids.
    pub contact: Option<String>,
    /// What it says.
    pub fields: Fields,
    /// 17hats: the id of HighLevel's, as kept in the record.
    pub external_id: Option<String>,
}

/// Masked: it holds personal data.
impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seen(masked)")
    }
}

#[derive(Default)]
struct Said(Fields);

impl Said {
    /// What may be emptied.
    fn text(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value.replace("\r\n", "\n").trim().to_owned());
        }
    }

    /// What both systems demand: empty, it says nothing.
    fn word(&mut self, name: &str, value: Option<&str>) {
        self.text(name, value.filter(|value| !value.trim().is_empty()));
    }

    fn moment(&mut self, name: &str, micros: Option<i64>) {
        self.word(name, micros.map(|at| at.div_euclid(1_000_000).to_string()).as_deref());
    }
}

impl Seen {
    /// A payload; `None` if it is none of ours to carry: another kind, our own note, another pipeline.
    #[must_use]
    pub fn of(payload: &Payload, source: System, flows: &Flows) -> Option<Self> {
        let of_hats = source == System::SeventeenHats;
        let mut said = Said::default();
        let (contact, external_id) = match payload {
            Payload::Note(note) => {
                if note.body.as_deref().is_some_and(|body| body.contains(OWN)) {
                    return None;
                }
                said.word("body", note.body.as_deref());
                (&note.contact_id, &note.external_id)
            }
            Payload::Task(task) => {
                said.word("title", task.title.as_deref());
                said.text("body", task.body.as_deref());
                said.moment("due", task.due_at);
                said.word("completed", task.completed.map(|done| if done { "true" } else { "false" }));
                (&task.contact_id, &task.external_id)
            }
            Payload::Appointment(appointment) => {
                said.word("title", appointment.title.as_deref());
                said.moment("starts", appointment.starts_at);
                said.moment("ends", appointment.ends_at);
                said.word("status", status(appointment.status.as_deref(), of_hats, &flows.appointments.statuses, &APPOINTMENT).as_deref());
                (&appointment.contact_id, &appointment.external_id)
            }
            Payload::Opportunity(opportunity) => {
                let mapped = &flows.opportunities;
                if !of_hats && opportunity.pipeline_id.as_ref().is_some_and(|pipeline| *pipeline != mapped.pipeline) {
                    return None;
                }
                said.word("name", opportunity.name.as_deref());
                let stage = opportunity.stage_id.as_deref();
                let known = if of_hats { stage.and_then(|name| found(&mapped.stages, name)) } else { stage.filter(|id| named(&mapped.stages, id).is_some()) };
                said.word("stage", known);
                said.word("status", status(opportunity.status.as_deref(), of_hats, &mapped.statuses, &OPPORTUNITY).as_deref());
                said.text("value", opportunity.monetary_value.as_deref().map(amount).as_deref());
                (&opportunity.contact_id, &opportunity.external_id)
            }
            _ => return None,
        };
        let filled = |id: &Option<String>| id.clone().filter(|id| !id.is_empty());
        Some(Self { contact: filled(contact), fields: said.0, external_id: filled(external_id).filter(|_| of_hats) })
    }

    /// Read by id in HighLevel it says everything: what it lacks is empty.
    #[must_use]
    pub fn stated(mut self, family: Family) -> Self {
        let may_be_empty: &[(&str, &str)] = match family {
            Family::Note | Family::Appointment => &[],
            Family::Task => &[("body", ""), ("completed", "false")],
            Family::Opportunity => &[("value", "")],
        };
        for (name, value) in may_be_empty {
            self.fields.entry((*name).to_owned()).or_insert_with(|| (*value).to_owned());
        }
        self
    }
}

/// By a name of 17hats, whatever its case.
fn found<'a>(names: &'a BTreeMap<String, String>, name: &str) -> Option<&'a str> {
    names.iter().find(|(hats, _)| hats.trim().eq_ignore_ascii_case(name.trim())).map(|(_, highlevel)| highlevel.as_str())
}

/// 17hats' name of what HighLevel calls so.
fn named<'a>(names: &'a BTreeMap<String, String>, highlevel: &str) -> Option<&'a str> {
    names.iter().find(|(_, of)| of.as_str() == highlevel).map(|(hats, _)| hats.as_str())
}

/// HighLevel's word for a status; one that it has no word for says nothing.
fn status(word: Option<&str>, of_hats: bool, names: &BTreeMap<String, String>, words: &[&str]) -> Option<String> {
    let word = word?.trim().to_lowercase();
    let word = match found(names, &word).filter(|_| of_hats) {
        Some(mapped) => mapped.to_lowercase(),
        None if word == "canceled" => "cancelled".to_owned(),
        None => word,
    };
    words.contains(&word.as_str()).then_some(word)
}

/// Decimal text without what does not count; nothing for zero.
fn amount(text: &str) -> String {
    let text = text.trim();
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text };
    if text == "0" || text == "-0" { String::new() } else { text.to_owned() }
}

/// What `seen` makes of `base`: the fields after it, and those that it changes.
#[must_use]
pub fn merge(base: &Fields, seen: &Fields) -> (Fields, Fields) {
    let (mut after, mut changed) = (base.clone(), Fields::new());
    for (name, value) in seen {
        if base.get(name).map_or("", String::as_str) == value {
            continue;
        }
        changed.insert(name.clone(), value.clone());
        if value.is_empty() {
            after.remove(name);
        } else {
            after.insert(name.clone(), value.clone());
        }
    }
    (after, changed)
}

fn text(fields: &Fields, name: &str) -> Option<String> {
    fields.get(name).cloned()
}

/// Microseconds.
pub(crate) fn moment(fields: &Fields, name: &str) -> Option<i64> {
    fields.get(name)?.parse::<i64>().ok()?.checked_mul(1_000_000)
}

/// As HighLevel takes it.
#[must_use]
pub fn task(fields: &Fields) -> Task {
    Task {
        title: text(fields, "title"),
        body: text(fields, "body"),
        due_at: moment(fields, "due"),
        completed: fields.get("completed").map(|done| done == "true"),
        ..Task::default()
    }
}

/// As HighLevel takes it.
#[must_use]
pub fn appointment(fields: &Fields) -> Appointment {
    Appointment {
        title: text(fields, "title"),
        status: text(fields, "status"),
        starts_at: moment(fields, "starts"),
        ends_at: moment(fields, "ends"),
        ..Appointment::default()
    }
}

/// As HighLevel takes it.
#[must_use]
pub fn opportunity(fields: &Fields) -> Opportunity {
    Opportunity {
        name: text(fields, "name"),
        stage_id: text(fields, "stage"),
        status: text(fields, "status"),
        monetary_value: text(fields, "value"),
        ..Opportunity::default()
    }
}

/// As 17hats takes it; null empties a field.
#[must_use]
pub fn for_hats(family: Family, fields: &Fields, flows: &Flows) -> Map<String, Value> {
    let mut out = Map::new();
    for (name, value) in fields {
        let or_null = || if value.is_empty() { Value::Null } else { json!(value) };
        let (name, value) = match name.as_str() {
            "due" => ("due_at", json!(moment(fields, name))),
            "starts" => ("starts_at", json!(moment(fields, name))),
            "ends" => ("ends_at", json!(moment(fields, name))),
            "completed" => ("completed", json!(value == "true")),
            "stage" => ("stage", json!(named(&flows.opportunities.stages, value))),
            "status" => {
                let names = if family == Family::Appointment { &flows.appointments.statuses } else { &flows.opportunities.statuses };
                ("status", json!(named(names, value).unwrap_or(value)))
            }
            other => (other, or_null()),
        };
        out.insert(name.to_owned(), value);
    }
    out
}

/// 17hats' name of a stage of HighLevel's.
#[must_use]
pub fn stage_name<'a>(id: &str, flows: &'a Flows) -> Option<&'a str> {
    named(&flows.opportunities.stages, id)
}
