//! Records as lines of a contact's notes, for Zaps.

use super::Family;
use super::fields::{Fields, moment, stage_name};
use crate::Flows;
use crate::plan::text;

/// `Appointment: Venue visit, 2026-11-24 09:30 UTC, confirmed [hatbridge:hl:a1]`
pub(super) fn line(family: Family, what: &str, fields: &Fields, id: &str, flows: &Flows) -> String {
    let word = |name: &str| fields.get(name).cloned().filter(|value| !value.is_empty());
    let at = |name: &str| moment(fields, name).map(|at| text::moment(Some(at)));
    let (label, parts) = match family {
        Family::Note => ("Note", vec![word("body")]),
        Family::Task => {
            let done = if fields.get("completed").is_some_and(|done| done == "true") { "done" } else { "open" };
            ("Task", vec![word("title"), at("due").map(|due| format!("due {due}")), Some(done.to_owned()), word("body")])
        }
        Family::Appointment => ("Appointment", vec![word("title"), at("starts"), at("ends").map(|ends| format!("to {ends}")), word("status")]),
        Family::Opportunity => {
            let stage = word("stage").map(|id| stage_name(&id, flows).unwrap_or(&id).to_owned());
            ("Opportunity", vec![word("name"), stage, word("status"), word("value")])
        }
    };
    let what = if what.is_empty() { String::new() } else { format!(" {what}") };
    format!("{label}{what}: {} [hatbridge:hl:{id}]", parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

/// The appointment is off.
pub(super) fn cancelled(fields: &Fields, id: &str) -> String {
    let parts = [fields.get("title").cloned(), moment(fields, "starts").map(|at| text::moment(Some(at)))];
    format!("Appointment cancelled: {} [hatbridge:hl:{id}]", parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

/// Tags that can start something in 17hats.
pub(super) fn tags(family: Family) -> Vec<String> {
    match family {
        Family::Appointment | Family::Opportunity => vec![format!("hatbridge-{}", family.as_str())],
        Family::Note | Family::Task => vec![],
    }
}
