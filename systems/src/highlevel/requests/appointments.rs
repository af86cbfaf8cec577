//! Appointments in calendars [spec calendars.json].

use super::{CALENDARS, CONTACTS, delete, post, put, read};
use crate::call::Request;
use crate::http::segment;
use crate::{Effect, moment};
use hatbridge_schemas::Appointment;
use serde_json::{Map, Value, json};

/// `POST /calendars/events/appointments`: `{id, ...}`, in the calendar that `appointment` names. It is
/// made whether or not the calendar is open or free then, since it is agreed already, and nobody is
/// notified. After a doubt look for the same title and times in [`appointments_of_contact`].
#[must_use]
pub fn appointment_create(location: &str, contact: &str, appointment: &Appointment) -> Request {
    let mut body = fields(appointment);
    body.insert("locationId".to_owned(), json!(location));
    body.insert("contactId".to_owned(), json!(contact));
    if let Some(calendar) = &appointment.calendar_id {
        body.insert("calendarId".to_owned(), json!(calendar));
    }
    post("appointments.create", Effect::Probe, CALENDARS, "/calendars/events/appointments").with_body(Value::Object(body)).expecting("/id")
}

/// `GET /calendars/events/appointments/{id}`.
#[must_use]
pub fn appointment_get(id: &str) -> Request {
    read("appointments.get", CALENDARS, format!("/calendars/events/appointments/{}", segment(id)))
}

/// `GET /contacts/{id}/appointments`: `{events: [...]}`, all of them.
#[must_use]
pub fn appointments_of_contact(contact: &str) -> Request {
    read("appointments.of_contact", CONTACTS, format!("/contacts/{}/appointments", segment(contact)))
}

/// `PUT /calendars/events/appointments/{id}` with title, times and status where they are `Some`.
#[must_use]
pub fn appointment_update(id: &str, appointment: &Appointment) -> Request {
    put("appointments.update", CALENDARS, format!("/calendars/events/appointments/{}", segment(id))).with_body(Value::Object(fields(appointment)))
}

/// `DELETE /calendars/events/{id}`; 404 once it is gone.
#[must_use]
pub fn appointment_delete(id: &str) -> Request {
    delete("appointments.delete", CALENDARS, format!("/calendars/events/{}", segment(id))).with_body(json!({}))
}

fn fields(appointment: &Appointment) -> Map<String, Value> {
    let mut out = Map::new();
    for (name, value) in [
        ("title", appointment.title.as_ref().map(|title| json!(title))),
        ("appointmentStatus", appointment.status.as_ref().map(|status| json!(status))),
        ("startTime", appointment.starts_at.map(|at| json!(moment::millis_text(at)))),
        ("endTime", appointment.ends_at.map(|at| json!(moment::millis_text(at)))),
    ] {
        if let Some(value) = value {
            out.insert(name.to_owned(), value);
        }
    }
    for (name, value) in [("ignoreDateRange", true), ("ignoreFreeSlotValidation", true), ("toNotify", false)] {
        out.insert(name.to_owned(), json!(value));
    }
    out
}
