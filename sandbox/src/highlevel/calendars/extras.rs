//! Notes of appointments, notifications of calendars, and resources.

use super::shelf::{Family, Record};
use crate::highlevel::{clock::iso, location::Acting, problem::Problem, simple::Sort};
use serde_json::{Map, Value, json};

/// Kinds of resource.
const RESOURCES: [&str; 2] = ["equipments", "rooms"];

pub(in crate::highlevel) fn resource_kind(kind: &str) -> Result<&str, Problem> {
    if RESOURCES.contains(&kind) { Ok(kind) } else { Err(Problem::invalid("resourceType must be one of the following values: equipments, rooms")) }
}

/// A piece of equipment serves one calendar; a room may serve many.
fn served(kind: &str, given: &Map<String, Value>) -> Result<(), Problem> {
    let calendars = given.get("calendarIds").and_then(Value::as_array).map_or(0, Vec::len);
    if kind == "equipments" && calendars > 1 {
        return Err(Problem::bad_request("One equipment can only be mapped with one service calendar"));
    }
    Ok(())
}

impl Acting<'_> {
    pub(in crate::highlevel) fn create_appointment_note(&mut self, appointment: &str, mut given: Map<String, Value>) -> Result<Record, Problem> {
        let of = self.shelf.simple_by_id(Sort::Appointment, None, appointment).ok_or_else(|| Problem::not_found("Appointment"))?;
        let (owner, contact) = (of.id.clone(), of.contact.clone());
        given.insert("dateAdded".to_owned(), json!(iso(self.now)));
        if let Some(contact) = contact {
            given.insert("contactId".to_owned(), json!(&*contact));
        }
        Ok(self.make(Family::Note, Some(&owner), written_by(given)))
    }

    pub(in crate::highlevel) fn update_appointment_note(&mut self, appointment: &str, id: &str, given: Map<String, Value>) -> Result<Record, Problem> {
        self.shelf.calendars.known_of(Family::Note, appointment, id)?;
        self.remake(Family::Note, id, written_by(given))
    }

    /// An appointment's notes go with it.
    pub(in crate::highlevel) fn forget_notes_of(&mut self, appointment: &str) -> Result<(), Problem> {
        let of_it: Vec<_> = self.shelf.calendars.all(Family::Note).filter(|note| note.is_of(appointment)).map(|note| note.id.clone()).collect();
        of_it.iter().try_for_each(|note| self.unmake(Family::Note, note))
    }

    pub(in crate::highlevel) fn create_notification(&mut self, calendar: &str, mut given: Map<String, Value>) -> Result<Record, Problem> {
        let owner = self.shelf.calendars.known(Family::Calendar, calendar)?.id.clone();
        given.retain(|_, value| !value.is_null());
        given.entry("isActive").or_insert(json!(true));
        given.insert("deleted".to_owned(), json!(false));
        Ok(self.make(Family::Notification, Some(&owner), given))
    }

    pub(in crate::highlevel) fn create_resource(&mut self, kind: &str, mut given: Map<String, Value>) -> Result<Record, Problem> {
        served(resource_kind(kind)?, &given)?;
        given.insert("locationId".to_owned(), json!(&*self.location.id));
        given.insert("resourceType".to_owned(), json!(kind));
        given.insert("isActive".to_owned(), json!(true));
        Ok(self.make(Family::Resource, Some(kind), given))
    }

    pub(in crate::highlevel) fn update_resource(&mut self, kind: &str, id: &str, given: Map<String, Value>) -> Result<Record, Problem> {
        served(kind, &given)?;
        self.shelf.calendars.known_of(Family::Resource, kind, id)?;
        self.remake(Family::Resource, id, given)
    }
}

fn written_by(mut given: Map<String, Value>) -> Map<String, Value> {
    if let Some(user) = given.get("userId").filter(|user| !user.is_null()).cloned() {
        given.insert("createdBy".to_owned(), json!({"id": user}));
    }
    given
}
