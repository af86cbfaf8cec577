//! Records kept in drawers, one drawer a family: what calls can change (businesses, associations,
//! relations, blog posts) and what people make in the product and calls only read (pipelines,
//! workflows, campaigns, custom fields, blogs with their authors and categories).

mod acts;
mod family;
mod furnishing;

pub use family::Family;
pub use furnishing::{FieldOptions, Furnishing, Named, PipelineOptions};

use super::state::Id;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap};

/// One record, its id among the fields.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Record {
    pub(super) id: Id,
    pub(super) fields: Map<String, Value>,
}

impl Record {
    pub(super) fn shown(&self) -> Value {
        Value::Object(self.fields.clone())
    }

    /// A text field; empty where it is absent.
    pub(super) fn text(&self, field: &str) -> &str {
        self.fields.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    /// The fields with these changes; null takes one away.
    pub(super) fn with(&self, given: Map<String, Value>) -> Self {
        let mut after = self.clone();
        for (name, value) in given {
            if value.is_null() {
                after.fields.remove(&name);
            } else {
                after.fields.insert(name, value);
            }
        }
        after
    }
}

/// Records of one family, oldest first.
#[derive(Debug, Default)]
pub(super) struct Drawer {
    rows: BTreeMap<u64, Record>,
    places: HashMap<Id, u64>,
    next: u64,
}

impl Drawer {
    pub(super) fn all(&self) -> impl DoubleEndedIterator<Item = &Record> {
        self.rows.values()
    }

    pub(super) fn by_id(&self, id: &str) -> Option<&Record> {
        self.places.get(id).and_then(|place| self.rows.get(place))
    }

    /// Puts it in place of the earlier version, or behind all others.
    pub(super) fn put(&mut self, record: Record) {
        let place = self.places.get(&record.id).copied().unwrap_or_else(|| {
            self.next += 1;
            self.next
        });
        self.places.insert(record.id.clone(), place);
        self.rows.insert(place, record);
    }

    pub(super) fn take(&mut self, id: &str) -> Option<Record> {
        self.places.remove(id).and_then(|place| self.rows.remove(&place))
    }
}

/// A contact's place in a workflow or a campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Enrolment {
    pub(super) family: Family,
    pub(super) contact: Id,
    /// The workflow or campaign.
    pub(super) record: Id,
}

/// All drawers of a location.
#[derive(Debug, Default)]
pub(super) struct Cabinet {
    drawers: HashMap<Family, Drawer>,
    pub(super) enrolled: Vec<Enrolment>,
    /// What the location itself is known by: name, address, ...
    pub(super) details: Map<String, Value>,
    /// Its setting *Allow Duplicate Opportunity*.
    pub(super) one_opportunity: bool,
}

impl Cabinet {
    /// Oldest first.
    pub(super) fn all(&self, family: Family) -> impl DoubleEndedIterator<Item = &Record> {
        self.drawers.get(&family).into_iter().flat_map(Drawer::all)
    }

    pub(super) fn by_id(&self, family: Family, id: &str) -> Option<&Record> {
        self.drawers.get(&family)?.by_id(id)
    }

    pub(super) fn drawer(&mut self, family: Family) -> &mut Drawer {
        self.drawers.entry(family).or_default()
    }
}
