//! Between hatbridge's field names and the contract's.

use super::contract::Contract;
use super::contract_sections::{ResourceTable, TimeFormat};
use super::listing::Record;
use super::resource::Resource;
use crate::moment;
use serde_json::{Map, Value};

/// A moment in the contract's format. What is no moment (null clears) stays as it is.
pub(super) fn moment_out(format: TimeFormat, value: &Value) -> Value {
    // Ours are microseconds; a text may be any notation.
    let micros = if let Some(number) = value.as_i64() { Some(number) } else { moment::micros(value) };
    let Some(micros) = micros else { return value.clone() };
    match format {
        TimeFormat::Rfc3339 => Value::from(moment::rfc3339(micros)),
        TimeFormat::UnixSeconds => Value::from(micros.div_euclid(1_000_000)),
        TimeFormat::UnixMilliseconds => Value::from(micros.div_euclid(1000)),
    }
}

/// The other way round: microseconds.
fn micros_in(format: TimeFormat, value: &Value) -> Option<i64> {
    let number = || value.as_i64().or_else(|| value.as_str()?.trim().parse().ok());
    match format {
        TimeFormat::Rfc3339 => moment::micros(value),
        TimeFormat::UnixSeconds => number()?.checked_mul(1_000_000),
        TimeFormat::UnixMilliseconds => number()?.checked_mul(1000),
    }
}

/// As it stands in a [`Record`]: RFC 3339 text, left alone where it is one.
fn moment_in(format: TimeFormat, value: &Value) -> Value {
    match format {
        TimeFormat::Rfc3339 => value.clone(),
        TimeFormat::UnixSeconds | TimeFormat::UnixMilliseconds => micros_in(format, value).map_or_else(|| value.clone(), |at| Value::from(moment::rfc3339(at))),
    }
}

impl Contract {
    /// Fields under the contract's names; those that it lacks are dropped.
    pub(super) fn to_wire(&self, resource: Resource, fields: Map<String, Value>) -> Map<String, Value> {
        let Some(table) = self.table(resource) else { return Map::new() };
        let format = self.sections().times.format;
        let one = |(name, value): (String, Value)| {
            let wire = self.wire_name(table, &name)?;
            let value = if table.times.contains(&name) { moment_out(format, &value) } else { value };
            Some((wire.to_owned(), value))
        };
        fields.into_iter().filter_map(one).collect()
    }

    /// A record under hatbridge's names. What the contract does not name keeps its own name, unless
    /// that is one of hatbridge's.
    pub(super) fn record_of(&self, resource: Resource, wire: &Value) -> Record {
        let table = self.table(resource);
        let marks = &self.sections().marks;
        let format = self.sections().times.format;
        let own = |name: &str, wire: &str| (!wire.is_empty()).then(|| (wire.to_owned(), name.to_owned()));
        let stamps = [own("created_at", &marks.created_at), own("deleted_at", &marks.deleted_at)];
        let of_table = table.map(|table| [own("id", &table.id), own("revision", &table.revision), own("updated_at", &table.updated_at)]);
        // Wire name -> our name. Fields last: a contract may keep a stamp in a field.
        let mut names: Map<String, Value> = Map::new();
        for (wire, ours) in stamps.into_iter().chain(of_table.into_iter().flatten()).flatten() {
            names.insert(wire, Value::from(ours));
        }
        if let Some(table) = table {
            for name in resource.fields() {
                if let Some(wire) = self.wire_name(table, name) {
                    names.insert(wire.to_owned(), Value::from(*name));
                }
            }
        }
        let is_moment = |name: &str| {
            matches!(name, "created_at" | "updated_at" | "deleted_at") || table.is_some_and(|table: &ResourceTable| table.times.iter().any(|time| time == name))
        };
        let is_ours = |name: &str| resource.fields().contains(&name) || matches!(name, "id" | "revision" | "created_at" | "updated_at" | "deleted_at");
        let mut out = Map::new();
        let mut stamps = Stamps::default();
        for (wire, value) in wire.as_object().into_iter().flatten() {
            let ours = names.get(wire).and_then(Value::as_str);
            match ours {
                Some(ours) => {
                    if is_moment(ours) {
                        stamps.note(ours, micros_in(format, value));
                        out.insert(ours.to_owned(), moment_in(format, value));
                    } else {
                        out.insert(ours.to_owned(), value.clone());
                    }
                }
                None if is_ours(wire) => {}
                None => drop(out.insert(wire.clone(), value.clone())),
            }
        }
        let word = |name: &str| match out.get(name) {
            Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        let (id, revision) = (word("id").unwrap_or_default(), word("revision"));
        Record {
            id,
            revision,
            created_at: stamps.created_at,
            updated_at: stamps.updated_at,
            deleted: out.get("deleted_at").is_some_and(|at| !at.is_null() && *at != Value::Bool(false)),
            value: Value::Object(out),
        }
    }
}

#[derive(Default)]
struct Stamps {
    created_at: Option<i64>,
    updated_at: Option<i64>,
}

impl Stamps {
    fn note(&mut self, name: &str, at: Option<i64>) {
        match name {
            "created_at" => self.created_at = at,
            "updated_at" => self.updated_at = at,
            _ => {}
        }
    }
}

#[cfg(test)]
#[path = "translate_tests.rs"]
mod tests;
