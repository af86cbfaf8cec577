//! Calendars and what belongs to them: groups, resources, notifications, blocked slots, notes of
//! appointments. Appointments themselves are kept with the other records of contacts (`simple`), so
//! that a person's acts, the contact's list and these calls see the same ones.

mod bookings;
mod calendar;
mod control;
mod extras;
mod persons;
pub(super) mod shapes;
mod shelf;
mod slots;
mod times;

pub(super) use bookings::{answered, starts_at, told};
pub(super) use control::routes;
pub(super) use extras::resource_kind;
pub(super) use shelf::{Calendars, Family, Record};
pub(super) use slots::Asked;

/// The scope that a call of `/calendars` needs.
pub(super) fn scope(reads: bool, path: &str) -> &'static str {
    let (read, write) = if path.contains("/groups") {
        ("calendars/groups.readonly", "calendars/groups.write")
    } else if path.contains("/resources/") {
        ("calendars/resources.readonly", "calendars/resources.write")
    } else if ["/events", "/blocked-slots", "/appointments/", "/notifications"].iter().any(|part| path.contains(part)) {
        ("calendars/events.readonly", "calendars/events.write")
    } else {
        ("calendars.readonly", "calendars.write")
    };
    if reads { read } else { write }
}
