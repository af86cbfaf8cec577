//! One account's records: pure state, the clock is handed in.

use super::{
    fields::{checked, comparable, micros, moment},
    problem::Problem,
    resource::Resource,
};
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

/// A record as it stands.
#[derive(Clone)]
pub struct Record {
    /// Its id, unique within its account and resource only.
    pub id: String,
    /// Grows by one with every change, from 1.
    pub revision: u64,
    /// Microseconds since the epoch.
    pub created_at: i64,
    /// Microseconds since the epoch.
    pub updated_at: i64,
    /// Microseconds since the epoch; set once it is deleted.
    pub deleted_at: Option<i64>,
    /// Its fields under the contract's names; only those that are set.
    pub fields: Map<String, Value>,
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record").field("id", &self.id).field("revision", &self.revision).finish_non_exhaustive()
    }
}

impl Record {
    /// A field's text, if it is set and a text.
    #[must_use]
    pub fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field).and_then(Value::as_str)
    }

    /// As the wire shows it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut out = self.fields.clone();
        self.stamp(&mut out);
        Value::Object(out)
    }

    /// As a list shows it: of a deleted record only the stamps.
    pub(super) fn to_item(&self) -> Value {
        if self.deleted_at.is_none() {
            return self.to_json();
        }
        let mut out = Map::new();
        self.stamp(&mut out);
        Value::Object(out)
    }

    fn stamp(&self, out: &mut Map<String, Value>) {
        out.insert("id".to_owned(), json!(self.id));
        out.insert("revision".to_owned(), json!(self.revision));
        out.insert("created_at".to_owned(), json!(moment(self.created_at)));
        out.insert("updated_at".to_owned(), json!(moment(self.updated_at)));
        if let Some(at) = self.deleted_at {
            out.insert("deleted_at".to_owned(), json!(moment(at)));
        }
    }

    /// The contact it belongs to: itself, if it is one.
    pub(super) fn contact_id(&self, resource: Resource) -> Option<&str> {
        if resource == Resource::Contact { Some(&self.id) } else { self.text("contact_id") }
    }
}

/// What an update came to.
#[derive(Debug)]
pub(super) enum Updated {
    /// The record as it is now.
    Changed(Arc<Record>),
    /// It was so already: revision and `updated_at` stay.
    Same(Arc<Record>),
}

/// All records of one account.
#[derive(Debug, Default)]
pub(super) struct Store {
    shelves: HashMap<Resource, Shelf>,
    /// Messages that wait for their time.
    scheduled: BTreeSet<(i64, String)>,
}

/// Records of one resource, in the orders in which they are asked for.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    pub(super) records: HashMap<String, Arc<Record>>,
    pub(super) order: BTreeSet<(i64, String)>,
    /// (filter, comparable value) -> ids of living records.
    pub(super) by: HashMap<(&'static str, String), BTreeSet<String>>,
    last: u64,
}

impl Store {
    pub(super) fn shelf(&self, resource: Resource) -> Option<&Shelf> {
        self.shelves.get(&resource)
    }

    /// A living record.
    pub(super) fn get(&self, resource: Resource, id: &str) -> Result<&Arc<Record>, Problem> {
        self.shelf(resource)
            .and_then(|shelf| shelf.records.get(id))
            .filter(|record| record.deleted_at.is_none())
            .ok_or_else(|| Problem::not_found(resource.singular()))
    }

    /// Makes a record. Two calls with one `external_id` make two: the mark is not unique.
    pub(super) fn create(&mut self, resource: Resource, input: Value, now: i64, stamp: i64) -> Result<Arc<Record>, Problem> {
        let mut fields = checked(resource, input)?;
        fields.retain(|_, value| !value.is_null());
        for field in resource.fields().iter().filter(|field| field.required) {
            if !fields.contains_key(field.name) {
                return Err(Problem::invalid(field.name, "is required"));
            }
        }
        self.check_references(resource, &fields)?;
        fill_defaults(resource, &mut fields, now)?;
        let shelf = self.shelves.entry(resource).or_default();
        shelf.last += 1;
        let record = Arc::new(Record {
            id: format!("{}-{:08}", resource.singular(), shelf.last),
            revision: 1,
            created_at: stamp,
            updated_at: stamp,
            deleted_at: None,
            fields,
        });
        self.put(resource, Arc::clone(&record));
        Ok(record)
    }

    /// Changes the named fields of a record; null clears one.
    pub(super) fn update(&mut self, resource: Resource, id: &str, input: Value, if_revision: Option<u64>, stamp: i64) -> Result<Updated, Problem> {
        let old = Arc::clone(self.get(resource, id)?);
        if if_revision.is_some_and(|revision| revision != old.revision) {
            return Err(Problem::revision_mismatch(old.revision));
        }
        let patch = checked(resource, input)?;
        self.check_references(resource, &patch)?;
        if resource == Resource::Message {
            check_status(&old, &patch)?;
        }
        let mut fields = old.fields.clone();
        for (name, value) in patch {
            let required = resource.fields().iter().any(|field| field.required && field.name == name);
            if value.is_null() && required {
                return Err(Problem::invalid(&name, "can't be cleared"));
            } else if value.is_null() {
                fields.remove(&name);
            } else {
                fields.insert(name, value);
            }
        }
        if resource == Resource::Contact {
            check_contact(&fields)?;
        }
        if fields == old.fields {
            return Ok(Updated::Same(old));
        }
        let record = Arc::new(Record { revision: old.revision + 1, updated_at: stamp.max(old.updated_at), fields, ..Record::clone(&old) });
        self.put(resource, Arc::clone(&record));
        Ok(Updated::Changed(record))
    }

    /// Deletes a record; lists still show its stamps when asked to.
    pub(super) fn delete(&mut self, resource: Resource, id: &str, stamp: i64) -> Result<Arc<Record>, Problem> {
        let old = Arc::clone(self.get(resource, id)?);
        let at = stamp.max(old.updated_at);
        let record = Arc::new(Record { revision: old.revision + 1, updated_at: at, deleted_at: Some(at), ..Record::clone(&old) });
        self.put(resource, Arc::clone(&record));
        Ok(record)
    }

    /// Ids of living records whose `filter` is `value`, oldest id first.
    pub(super) fn ids_by(&self, resource: Resource, filter: &'static str, value: &str) -> Vec<String> {
        self.shelf(resource).and_then(|shelf| shelf.by.get(&(filter, comparable(filter, value)))).map(|ids| ids.iter().cloned().collect()).unwrap_or_default()
    }

    /// Sends the scheduled messages whose time has come.
    pub(super) fn send_due(&mut self, now: i64, stamp: i64) -> Vec<Arc<Record>> {
        let mut sent = Vec::new();
        while let Some((_, id)) = self.scheduled.first().filter(|(at, _)| *at <= now).cloned() {
            let patch = json!({"status": "sent", "sent_at": moment(now)});
            match self.update(Resource::Message, &id, patch, None, stamp) {
                Ok(Updated::Changed(record) | Updated::Same(record)) => sent.push(record),
                Err(_) => self.scheduled.retain(|(_, other)| *other != id),
            }
        }
        sent
    }

    fn put(&mut self, resource: Resource, record: Arc<Record>) {
        let shelf = self.shelves.entry(resource).or_default();
        if let Some(old) = shelf.records.insert(record.id.clone(), Arc::clone(&record)) {
            shelf.unlist(resource, &old);
            if let Some(at) = waits_until(resource, &old) {
                self.scheduled.remove(&(at, old.id.clone()));
            }
        }
        if let Some(at) = waits_until(resource, &record) {
            self.scheduled.insert((at, record.id.clone()));
        }
        shelf.list(resource, &record);
    }

    fn check_references(&self, resource: Resource, fields: &Map<String, Value>) -> Result<(), Problem> {
        for field in resource.fields() {
            if let super::fields::Kind::Reference(target) = field.kind
                && let Some(id) = fields.get(field.name).and_then(Value::as_str)
                && self.get(target, id).is_err()
            {
                return Err(Problem::invalid(field.name, format!("there is no such {}", target.singular())));
            }
        }
        Ok(())
    }
}

impl Shelf {
    fn list(&mut self, resource: Resource, record: &Record) {
        self.order.insert((record.updated_at, record.id.clone()));
        if record.deleted_at.is_none() {
            for (filter, value) in keys(resource, record) {
                self.by.entry((filter, value)).or_default().insert(record.id.clone());
            }
        }
    }

    fn unlist(&mut self, resource: Resource, record: &Record) {
        self.order.remove(&(record.updated_at, record.id.clone()));
        for key in keys(resource, record) {
            if let Some(ids) = self.by.get_mut(&key) {
                ids.remove(&record.id);
                if ids.is_empty() {
                    self.by.remove(&key);
                }
            }
        }
    }
}

fn keys(resource: Resource, record: &Record) -> impl Iterator<Item = (&'static str, String)> {
    resource.filters().iter().filter_map(|filter| Some((*filter, comparable(filter, record.text(filter)?))))
}

fn waits_until(resource: Resource, record: &Record) -> Option<i64> {
    let waits = resource == Resource::Message && record.deleted_at.is_none() && record.text("status") == Some("scheduled");
    if waits { record.text("scheduled_at").and_then(micros) } else { None }
}

fn check_contact(fields: &Map<String, Value>) -> Result<(), Problem> {
    let named = ["first_name", "last_name", "company_name", "email", "phone"]
        .iter()
        .any(|name| fields.get(*name).and_then(Value::as_str).is_some_and(|text| !text.trim().is_empty()));
    if named { Ok(()) } else { Err(Problem::invalid("first_name", "a contact needs a name, an e-mail address or a phone number")) }
}

/// A message that was cancelled stays so, and only one that still waits can be cancelled.
fn check_status(old: &Record, patch: &Map<String, Value>) -> Result<(), Problem> {
    let before = old.text("status").unwrap_or_default();
    match patch.get("status").and_then(Value::as_str) {
        Some(after) if after == before => Ok(()),
        Some("cancelled") if !matches!(before, "scheduled" | "queued") => Err(Problem::conflict(format!("a message that is {before} can't be cancelled"))),
        Some(_) if before == "cancelled" => Err(Problem::conflict("the message is cancelled")),
        _ => Ok(()),
    }
}

fn fill_defaults(resource: Resource, fields: &mut Map<String, Value>, now: i64) -> Result<(), Problem> {
    let mut default = |name: &str, value: Value| {
        fields.entry(name.to_owned()).or_insert(value);
    };
    match resource {
        Resource::Contact => {
            check_contact(fields)?;
            fields.entry("kind").or_insert_with(|| json!("lead"));
        }
        Resource::Ticket => default("status", json!("open")),
        Resource::Todo => default("completed", json!(false)),
        Resource::Message => {
            let later = fields.get("scheduled_at").and_then(Value::as_str).and_then(micros).is_some_and(|at| at > now);
            if fields.get("status").and_then(Value::as_str) == Some("scheduled") && !later {
                return Err(Problem::invalid("scheduled_at", "a scheduled message needs a moment in the future"));
            }
            let direction = fields.entry("direction").or_insert_with(|| json!("outbound"));
            let inbound = direction.as_str() == Some("inbound");
            let status = if later {
                "scheduled"
            } else if inbound {
                "delivered"
            } else {
                "sent"
            };
            fields.entry("status").or_insert_with(|| json!(status));
            if !later {
                fields.entry("sent_at").or_insert_with(|| json!(moment(now)));
            }
        }
        Resource::Note | Resource::Transcript | Resource::Project | Resource::Event => {}
    }
    Ok(())
}
