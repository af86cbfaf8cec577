//! What a location's calendars consist of, and how it is changed: one drawer a family, every change
//! written into the truth.

use super::calendar;
use crate::highlevel::{
    location::{Acting, Told},
    problem::Problem,
    state::Id,
};
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// What is kept here beside appointments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::highlevel) enum Family {
    Group,
    Calendar,
    Block,
    /// A note of an appointment.
    Note,
    Notification,
    Resource,
}

#[derive(Debug, Clone, Copy)]
enum Deed {
    Create,
    Update,
    Delete,
}

impl Family {
    fn name(self) -> &'static str {
        match self {
            Self::Group => "Group",
            Self::Calendar => "Calendar",
            Self::Block => "Event",
            Self::Note => "Note",
            Self::Notification => "Notification",
            Self::Resource => "Resource",
        }
    }

    /// What the vendor calls the id.
    fn id_name(self) -> &'static str {
        match self {
            Self::Notification | Self::Resource => "_id",
            Self::Group | Self::Calendar | Self::Block | Self::Note => "id",
        }
    }

    fn operation(self, deed: Deed) -> &'static str {
        match (self, deed) {
            (Self::Group, Deed::Create) => "calendars.groups.create",
            (Self::Group, Deed::Update) => "calendars.groups.update",
            (Self::Group, Deed::Delete) => "calendars.groups.delete",
            (Self::Calendar, Deed::Create) => "calendars.create",
            (Self::Calendar, Deed::Update) => "calendars.update",
            (Self::Calendar, Deed::Delete) => "calendars.delete",
            (Self::Block, Deed::Create) => "calendars.blocks.create",
            (Self::Block, Deed::Update) => "calendars.blocks.update",
            (Self::Block, Deed::Delete) => "calendars.blocks.delete",
            (Self::Note, Deed::Create) => "appointments.notes.create",
            (Self::Note, Deed::Update) => "appointments.notes.update",
            (Self::Note, Deed::Delete) => "appointments.notes.delete",
            (Self::Notification, Deed::Create) => "calendars.notifications.create",
            (Self::Notification, Deed::Update) => "calendars.notifications.update",
            (Self::Notification, Deed::Delete) => "calendars.notifications.delete",
            (Self::Resource, Deed::Create) => "calendars.resources.create",
            (Self::Resource, Deed::Update) => "calendars.resources.update",
            (Self::Resource, Deed::Delete) => "calendars.resources.delete",
        }
    }
}

/// One thing, as it is shown.
#[derive(Debug, Clone)]
pub(in crate::highlevel) struct Record {
    pub(in crate::highlevel) id: Id,
    /// The calendar of a notification, the appointment of a note.
    pub(in crate::highlevel) owner: Option<Id>,
    pub(in crate::highlevel) fields: Map<String, Value>,
}

impl Record {
    pub(in crate::highlevel) fn shown(&self) -> Value {
        Value::Object(self.fields.clone())
    }

    pub(in crate::highlevel) fn is_of(&self, owner: &str) -> bool {
        self.owner.as_deref() == Some(owner)
    }

    pub(in crate::highlevel) fn text(&self, name: &str) -> &str {
        self.fields.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub(in crate::highlevel) fn is(&self, name: &str) -> bool {
        self.fields.get(name) == Some(&Value::Bool(true))
    }
}

#[derive(Debug, Default)]
struct Drawer {
    rows: BTreeMap<u64, Record>,
    places: HashMap<Id, u64>,
}

/// The calendars of one location.
#[derive(Debug)]
pub(in crate::highlevel) struct Calendars {
    groups: Drawer,
    calendars: Drawer,
    blocks: Drawer,
    notes: Drawer,
    notifications: Drawer,
    resources: Drawer,
}

impl Calendars {
    /// One calendar is there from the start.
    pub(in crate::highlevel) fn new(seed: u64) -> Self {
        let mut new = Self {
            groups: Drawer::default(),
            calendars: Drawer::default(),
            blocks: Drawer::default(),
            notes: Drawer::default(),
            notifications: Drawer::default(),
            resources: Drawer::default(),
        };
        let first = calendar::first(seed);
        new.calendars.places.insert(Arc::clone(&first.id), 0);
        new.calendars.rows.insert(0, first);
        new
    }

    fn drawer(&self, family: Family) -> &Drawer {
        match family {
            Family::Group => &self.groups,
            Family::Calendar => &self.calendars,
            Family::Block => &self.blocks,
            Family::Note => &self.notes,
            Family::Notification => &self.notifications,
            Family::Resource => &self.resources,
        }
    }

    fn drawer_mut(&mut self, family: Family) -> &mut Drawer {
        match family {
            Family::Group => &mut self.groups,
            Family::Calendar => &mut self.calendars,
            Family::Block => &mut self.blocks,
            Family::Note => &mut self.notes,
            Family::Notification => &mut self.notifications,
            Family::Resource => &mut self.resources,
        }
    }

    /// Oldest first.
    pub(in crate::highlevel) fn all(&self, family: Family) -> impl Iterator<Item = &Record> {
        self.drawer(family).rows.values()
    }

    pub(in crate::highlevel) fn get(&self, family: Family, id: &str) -> Option<&Record> {
        let drawer = self.drawer(family);
        drawer.places.get(id).and_then(|place| drawer.rows.get(place))
    }

    pub(in crate::highlevel) fn known(&self, family: Family, id: &str) -> Result<&Record, Problem> {
        self.get(family, id).ok_or_else(|| Problem::not_found(family.name()))
    }

    /// One that belongs to this owner.
    pub(in crate::highlevel) fn known_of(&self, family: Family, owner: &str, id: &str) -> Result<&Record, Problem> {
        self.get(family, id).filter(|record| record.is_of(owner)).ok_or_else(|| Problem::not_found(family.name()))
    }
}

impl Acting<'_> {
    /// Makes one of the fields given, which belongs to `owner`.
    pub(in crate::highlevel) fn make(&mut self, family: Family, owner: Option<&str>, given: Map<String, Value>) -> Record {
        let (id, place) = self.shelf.next_id();
        let mut fields = given;
        fields.retain(|_, value| !value.is_null());
        fields.insert(family.id_name().to_owned(), json!(&*id));
        let record = Record { id, owner: owner.map(Into::into), fields };
        let drawer = self.shelf.calendars.drawer_mut(family);
        drawer.places.insert(Arc::clone(&record.id), place);
        drawer.rows.insert(place, record.clone());
        self.note_down(family, Deed::Create, &record, true);
        record
    }

    /// Changes the fields given; null clears one.
    pub(in crate::highlevel) fn remake(&mut self, family: Family, id: &str, given: Map<String, Value>) -> Result<Record, Problem> {
        let before = self.shelf.calendars.known(family, id)?.clone();
        let mut after = before.clone();
        after.fields.extend(given);
        after.fields.retain(|_, value| !value.is_null());
        let changed = after.fields != before.fields;
        let drawer = self.shelf.calendars.drawer_mut(family);
        if let Some(row) = drawer.places.get(id).and_then(|place| drawer.rows.get_mut(place)) {
            row.clone_from(&after);
        }
        self.note_down(family, Deed::Update, &after, changed);
        Ok(after)
    }

    pub(in crate::highlevel) fn unmake(&mut self, family: Family, id: &str) -> Result<(), Problem> {
        let record = self.shelf.calendars.known(family, id)?.clone();
        let drawer = self.shelf.calendars.drawer_mut(family);
        if let Some(place) = drawer.places.remove(id) {
            drawer.rows.remove(&place);
        }
        self.note_down(family, Deed::Delete, &record, true);
        Ok(())
    }

    /// A notification that is deleted can still be listed as such.
    pub(in crate::highlevel) fn hide_notification(&mut self, id: &str) -> Result<(), Problem> {
        let drawer = &mut self.shelf.calendars.notifications;
        let row = drawer.places.get(id).and_then(|place| drawer.rows.get_mut(place)).filter(|row| !row.is("deleted"));
        let row = row.ok_or_else(|| Problem::not_found("Notification"))?;
        row.fields.insert("deleted".to_owned(), json!(true));
        let record = row.clone();
        self.note_down(Family::Notification, Deed::Delete, &record, true);
        Ok(())
    }

    fn note_down(&self, family: Family, deed: Deed, record: &Record, changed: bool) {
        let contact = record.fields.get("contactId").and_then(Value::as_str);
        self.tell(Told { operation: family.operation(deed), entity: &record.id, contact, mark: None, changed });
    }
}
