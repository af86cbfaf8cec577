//! Notes, tasks, appointments and opportunities: kept as given, told by webhooks.

use super::{
    calendars::told,
    clock::iso,
    location::{Acting, Told},
    problem::Problem,
    state::{Id, Shelf, Simple},
};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, sync::Arc};

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Note,
    Task,
    Appointment,
    Opportunity,
}

/// What is done to one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    Create,
    Update,
    Complete,
    Delete,
}

impl Sort {
    /// The vendor's word for one.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Note => "Note",
            Self::Task => "Task",
            Self::Appointment => "Appointment",
            Self::Opportunity => "Opportunity",
        }
    }

    fn operation(self, deed: Deed) -> &'static str {
        match (self, deed) {
            (Self::Note, Deed::Create) => "contacts.notes.create",
            (Self::Note, Deed::Update | Deed::Complete) => "contacts.notes.update",
            (Self::Note, Deed::Delete) => "contacts.notes.delete",
            (Self::Task, Deed::Create) => "contacts.tasks.create",
            (Self::Task, Deed::Update) => "contacts.tasks.update",
            (Self::Task, Deed::Complete) => "contacts.tasks.complete",
            (Self::Task, Deed::Delete) => "contacts.tasks.delete",
            (Self::Appointment, Deed::Create) => "appointments.create",
            (Self::Appointment, Deed::Update | Deed::Complete) => "appointments.update",
            (Self::Appointment, Deed::Delete) => "appointments.delete",
            (Self::Opportunity, Deed::Create) => "opportunities.create",
            (Self::Opportunity, Deed::Update | Deed::Complete) => "opportunities.update",
            (Self::Opportunity, Deed::Delete) => "opportunities.delete",
        }
    }

    /// The event's name; there is none for a task that is changed otherwise than by completing it.
    fn event(self, deed: Deed) -> Option<&'static str> {
        match (self, deed) {
            (Self::Note, Deed::Create) => Some("NoteCreate"),
            (Self::Note, Deed::Update | Deed::Complete) => Some("NoteUpdate"),
            (Self::Note, Deed::Delete) => Some("NoteDelete"),
            (Self::Task, Deed::Create) => Some("TaskCreate"),
            (Self::Task, Deed::Update) => None,
            (Self::Task, Deed::Complete) => Some("TaskComplete"),
            (Self::Task, Deed::Delete) => Some("TaskDelete"),
            (Self::Appointment, Deed::Create) => Some("AppointmentCreate"),
            (Self::Appointment, Deed::Update | Deed::Complete) => Some("AppointmentUpdate"),
            (Self::Appointment, Deed::Delete) => Some("AppointmentDelete"),
            (Self::Opportunity, Deed::Create) => Some("OpportunityCreate"),
            (Self::Opportunity, Deed::Update | Deed::Complete) => Some("OpportunityUpdate"),
            (Self::Opportunity, Deed::Delete) => Some("OpportunityDelete"),
        }
    }
}

impl Simple {
    pub(super) fn shown(&self) -> Value {
        Value::Object(self.fields.clone())
    }
}

impl Shelf {
    pub(super) fn simple(&self, sort: Sort) -> &BTreeMap<u64, Simple> {
        match sort {
            Sort::Note => &self.notes,
            Sort::Task => &self.tasks,
            Sort::Appointment => &self.appointments,
            Sort::Opportunity => &self.opportunities,
        }
    }

    fn simple_mut(&mut self, sort: Sort) -> &mut BTreeMap<u64, Simple> {
        match sort {
            Sort::Note => &mut self.notes,
            Sort::Task => &mut self.tasks,
            Sort::Appointment => &mut self.appointments,
            Sort::Opportunity => &mut self.opportunities,
        }
    }

    /// Those of a contact, oldest first.
    pub(super) fn simple_of(&self, sort: Sort, contact: &str) -> Vec<&Simple> {
        let places = self.simple_of.get(contact).map(Vec::as_slice).unwrap_or_default();
        places.iter().filter_map(|place| self.simple(sort).get(place)).collect()
    }

    pub(super) fn simple_by_id(&self, sort: Sort, contact: Option<&str>, id: &str) -> Option<&Simple> {
        let found = self.places.get(id).and_then(|place| self.simple(sort).get(place))?;
        (contact.is_none() || found.contact.as_deref() == contact).then_some(found)
    }
}

impl Acting<'_> {
    pub(super) fn create_simple(&mut self, sort: Sort, contact: Option<&str>, given: Map<String, Value>) -> Result<Simple, Problem> {
        let contact = contact.map(|id| self.known_contact(id)).transpose()?.map(|contact| Arc::clone(&contact.id));
        let (id, place) = self.shelf.next_id();
        let mut fields = if sort == Sort::Appointment { self.completed_appointment(given, contact.as_deref()) } else { given };
        fields.insert("id".to_owned(), json!(&*id));
        fields.insert("dateAdded".to_owned(), json!(iso(self.now)));
        if let Some(contact) = &contact {
            fields.insert("contactId".to_owned(), json!(&**contact));
            self.shelf.simple_of.entry(Arc::clone(contact)).or_default().push(place);
        }
        let record = Simple { id: Arc::clone(&id), contact, fields };
        self.shelf.places.insert(id, place);
        self.shelf.simple_mut(sort).insert(place, record.clone());
        self.done(sort, Deed::Create, &record, true);
        Ok(record)
    }

    pub(super) fn update_simple(&mut self, sort: Sort, contact: Option<&str>, id: &str, given: Map<String, Value>) -> Result<Simple, Problem> {
        let before = self.known_simple(sort, contact, id)?;
        let mut after = before.clone();
        after.fields.extend(given);
        let changed = after.fields != before.fields;
        if changed && sort == Sort::Appointment {
            after.fields.insert("dateUpdated".to_owned(), json!(iso(self.now)));
        }
        if changed && let Some(place) = self.shelf.places.get(&after.id).copied() {
            self.shelf.simple_mut(sort).insert(place, after.clone());
        }
        let is_done = |record: &Simple| record.fields.get("completed") == Some(&Value::Bool(true));
        let deed = if sort == Sort::Task && is_done(&after) && !is_done(&before) { Deed::Complete } else { Deed::Update };
        self.done(sort, deed, &after, changed);
        if changed && sort == Sort::Opportunity && self.settings.bugs.doubled_opportunities {
            self.post_special(&before, &after);
        }
        Ok(after)
    }

    pub(super) fn delete_simple(&mut self, sort: Sort, contact: Option<&str>, id: &str) -> Result<(), Problem> {
        let record = self.known_simple(sort, contact, id)?;
        if let Some(place) = self.shelf.places.remove(&record.id) {
            self.shelf.simple_mut(sort).remove(&place);
        }
        if sort == Sort::Appointment {
            self.forget_notes_of(id)?;
        }
        self.done(sort, Deed::Delete, &record, true);
        if sort == Sort::Opportunity && self.settings.bugs.doubled_opportunities {
            self.post("OpportunityUpdate", record.contact.as_deref().unwrap_or(&record.id), record.opportunity_told());
        }
        Ok(())
    }

    fn known_simple(&self, sort: Sort, contact: Option<&str>, id: &str) -> Result<Simple, Problem> {
        self.shelf.simple_by_id(sort, contact, id).cloned().ok_or_else(|| Problem::not_found(sort.name()))
    }

    pub(super) fn forget_simple_of(&mut self, contact: &Id) {
        for place in self.shelf.simple_of.remove(contact).unwrap_or_default() {
            for sort in [Sort::Note, Sort::Task] {
                if let Some(record) = self.shelf.simple_mut(sort).remove(&place) {
                    self.shelf.places.remove(&record.id);
                }
            }
        }
    }

    fn done(&self, sort: Sort, deed: Deed, record: &Simple, changed: bool) {
        let operation = sort.operation(deed);
        self.tell(Told { operation, entity: &record.id, contact: record.contact.as_deref(), mark: None, changed });
        let Some(event) = sort.event(deed).filter(|_| changed) else { return };
        let lane = record.contact.as_deref().unwrap_or(&record.id);
        let mut body = if sort == Sort::Opportunity { record.opportunity_told() } else { record.fields.clone() };
        if event == "TaskCreate" && self.settings.bugs.task_without_contact {
            body.remove("contactId");
        }
        if sort == Sort::Appointment {
            let kind = if self.settings.bugs.wrong_types { "AppointmentCreate" } else { event };
            body = [("appointment".to_owned(), told(&body))].into_iter().collect();
            return self.post_as(event, kind, lane, body);
        }
        self.post(event, lane, body);
    }

    /// The special event beside `OpportunityUpdate`.
    fn post_special(&self, before: &Simple, after: &Simple) {
        const SPECIAL: [(&str, &str); 4] = [
            ("status", "OpportunityStatusUpdate"),
            ("pipelineStageId", "OpportunityStageUpdate"),
            ("monetaryValue", "OpportunityMonetaryValueUpdate"),
            ("assignedTo", "OpportunityAssignedToUpdate"),
        ];
        let lane = after.contact.as_deref().unwrap_or(&after.id);
        for (_, event) in SPECIAL.into_iter().filter(|(field, _)| before.fields.get(*field) != after.fields.get(*field)) {
            self.post(event, lane, after.opportunity_told());
        }
    }
}
