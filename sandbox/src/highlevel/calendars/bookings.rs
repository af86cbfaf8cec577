//! Appointments and blocked slots: how a record is completed, when its time can be had, and how it
//! is shown.

use super::{
    shelf::{Calendars, Family, Record},
    slots::{Asked, Busy, Plan},
    times::{HOUR, at, local, of_iso},
};
use crate::highlevel::{
    clock::iso,
    location::{Acting, Actor},
    problem::Problem,
    simple::Sort,
    state::{Shelf, Simple},
};
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

type Fields = Map<String, Value>;

/// Parts of a request that are not kept.
const FLAGS: [&str; 4] = ["ignoreDateRange", "ignoreFreeSlotValidation", "overrideLocationConfig", "toNotify"];
/// Appointments of these take no time.
const VOID: [&str; 2] = ["cancelled", "invalid"];
/// What an answer to booking shows; the last two in v3 only.
const ANSWERED: [&str; 15] = [
    "id",
    "calendarId",
    "locationId",
    "contactId",
    "startTime",
    "endTime",
    "title",
    "meetingLocationType",
    "appointmentStatus",
    "assignedUserId",
    "address",
    "isRecurring",
    "rrule",
    "dateAdded",
    "dateUpdated",
];
/// What webhooks don't show.
const UNTOLD: [&str; 4] = ["locationId", "createdBy", "isRecurring", "rrule"];

/// How strictly a booking is looked at.
#[derive(Debug, Clone, Copy)]
struct Wish {
    any_date: bool,
    any_time: bool,
}

impl Wish {
    fn read(given: &Fields) -> Self {
        let on = |name: &str| given.get(name) == Some(&Value::Bool(true));
        Self { any_date: on("ignoreDateRange"), any_time: on("ignoreFreeSlotValidation") }
    }
}

fn text<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Sets what is not there yet.
fn default(fields: &mut Fields, name: &str, value: Value) {
    if fields.get(name).is_none_or(Value::is_null) {
        fields.insert(name.to_owned(), value);
    }
}

/// The answer to booking or changing an appointment.
pub(in crate::highlevel) fn answered(appointment: &Simple, v3: bool) -> Value {
    let shown = if v3 { ANSWERED.as_slice() } else { &ANSWERED[..13] };
    let fields = appointment.fields.iter().filter(|(name, _)| shown.contains(&name.as_str()));
    Value::Object(fields.map(|(name, value)| (name.clone(), value.clone())).collect())
}

/// An appointment in a webhook.
pub(in crate::highlevel) fn told(fields: &Fields) -> Value {
    let shown = fields.iter().filter(|(name, _)| !UNTOLD.contains(&name.as_str()));
    Value::Object(shown.map(|(name, value)| (name.clone(), value.clone())).collect())
}

fn moment(given: &Fields, name: &str) -> Result<Option<i64>, Problem> {
    let Some(text) = given.get(name).and_then(Value::as_str) else { return Ok(None) };
    of_iso(text).map(Some).ok_or_else(|| Problem::invalid(format!("{name} must be a valid ISO 8601 date string")))
}

impl Calendars {
    pub(super) fn plan(calendar: Option<&Record>) -> Plan {
        calendar.map_or_else(|| Plan::read(&Map::new()), |calendar| Plan::read(&calendar.fields))
    }
}

impl Shelf {
    /// What is booked or blocked in this calendar or for these users; `except` is being moved.
    fn busy(&self, calendar: &Record, users: &[&str], except: Option<&str>) -> Vec<Busy> {
        let members = calendar.fields.get("teamMembers").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        // Where several could take it, one of them being away blocks nothing.
        let only = if let [member] = members { member["userId"].as_str() } else { None };
        let is_users = |fields: &Fields| {
            let user = text(fields, "assignedUserId");
            !user.is_empty() && (users.contains(&user) || only == Some(user))
        };
        let is_its = |fields: &Fields| text(fields, "calendarId") == &*calendar.id;
        let takes = |fields: &Fields, whole: bool| Some(Busy { from: at(fields, "startTime")?, to: at(fields, "endTime")?, whole });
        let booked = self.simple(Sort::Appointment).values().filter(|one| except != Some(&*one.id) && !VOID.contains(&text(&one.fields, "appointmentStatus")));
        let booked = booked.filter_map(|one| match (is_its(&one.fields), is_users(&one.fields)) {
            (true, _) => takes(&one.fields, false),
            (false, true) => takes(&one.fields, true),
            (false, false) => None,
        });
        let blocked = self.calendars.all(Family::Block).filter(|one| is_its(&one.fields) || is_users(&one.fields));
        booked.chain(blocked.filter_map(|one| takes(&one.fields, true))).collect()
    }

    /// Free slots by date, as that zone writes both.
    pub(in crate::highlevel) fn free_slots(&self, calendar: &str, users: &[&str], asked: Asked, zone: &TimeZone) -> Result<Value, Problem> {
        let calendar = self.calendars.known(Family::Calendar, calendar)?;
        let mut by_date = Map::new();
        for slot in Calendars::plan(Some(calendar)).free(&self.busy(calendar, users, None), asked) {
            let Some((date, moment)) = local(slot, zone) else { continue };
            let of_date = by_date.entry(date).or_insert_with(|| json!({"slots": []}));
            if let Some(slots) = of_date["slots"].as_array_mut() {
                slots.push(json!(moment));
            }
        }
        Ok(Value::Object(by_date))
    }

    fn in_calendar(&self, id: &str) -> Result<&Record, Problem> {
        self.calendars.get(Family::Calendar, id).ok_or_else(|| Problem::bad_request("Calendar not found"))
    }
}

impl Acting<'_> {
    /// An appointment with everything that one has; a person may leave out all of it.
    pub(in crate::highlevel) fn completed_appointment(&self, mut fields: Fields, contact: Option<&str>) -> Fields {
        fields.retain(|name, value| !FLAGS.contains(&name.as_str()) && !value.is_null());
        let calendars = &self.shelf.calendars;
        let calendar = match text(&fields, "calendarId") {
            "" => calendars.usual(),
            id => calendars.get(Family::Calendar, id),
        };
        let name = contact.and_then(|id| self.shelf.contact(id)).map(|contact| contact.name()).unwrap_or_default();
        let of_calendar = |name: &str| calendar.map(|calendar| calendar.text(name)).unwrap_or_default();
        let member = calendar.and_then(|calendar| calendar.fields.get("teamMembers")?.get(0)?["userId"].as_str()).unwrap_or_default();
        let status = if calendar.is_some_and(|calendar| !calendar.is("autoConfirm")) { "new" } else { "confirmed" };
        let source = if self.actor == Actor::Api { "third_party" } else { "calendar_page" };
        let start = at(&fields, "startTime").unwrap_or((self.now / HOUR + 1) * HOUR);
        let end = start.saturating_add(Calendars::plan(calendar).duration);
        for (name, value) in [
            ("title", json!(of_calendar("eventTitle").replace("{{contact.name}}", &name))),
            ("calendarId", json!(calendar.map(|calendar| &*calendar.id).unwrap_or_default())),
            ("locationId", json!(&*self.location.id)),
            ("contactId", json!(contact.unwrap_or_default())),
            ("groupId", json!(of_calendar("groupId"))),
            ("appointmentStatus", json!(status)),
            ("assignedUserId", json!(member)),
            ("users", json!([])),
            ("startTime", json!(iso(start))),
            ("endTime", json!(iso(end))),
            ("isRecurring", json!(!text(&fields, "rrule").is_empty())),
            ("source", json!(source)),
            ("createdBy", json!({"source": source})),
            ("dateUpdated", json!(iso(self.now))),
        ] {
            default(&mut fields, name, value);
        }
        fields
    }

    pub(in crate::highlevel) fn book(&mut self, mut given: Fields) -> Result<Simple, Problem> {
        let wish = Wish::read(&given);
        let contact = text(&given, "contactId").to_owned();
        if self.shelf.contact(&contact).is_none() {
            return Err(Problem::bad_request("Contact not found"));
        }
        self.time_it(&mut given, wish, None)?;
        if !wish.any_time {
            given.remove("rrule");
        }
        self.create_simple(Sort::Appointment, Some(&contact), given)
    }

    /// Changes an appointment; moved without an end, it stays as long as it was.
    pub(in crate::highlevel) fn rebook(&mut self, id: &str, mut given: Fields) -> Result<Simple, Problem> {
        let before = self.shelf.simple_by_id(Sort::Appointment, None, id).cloned().ok_or_else(|| Problem::not_found("Appointment"))?;
        let wish = Wish::read(&given);
        given.retain(|name, value| !FLAGS.contains(&name.as_str()) && !value.is_null());
        if wish.any_time && given.contains_key("rrule") {
            given.insert("isRecurring".to_owned(), json!(true));
        } else {
            given.remove("rrule");
        }
        let moved = ["calendarId", "startTime", "endTime"].iter().any(|name| given.get(*name).is_some_and(|new| before.fields.get(*name) != Some(new)));
        if moved {
            self.time_it(&mut given, wish, Some(&before))?;
        }
        self.update_simple(Sort::Appointment, None, id, given)
    }

    /// Checks calendar and time, and sets the end and the group.
    fn time_it(&self, given: &mut Fields, wish: Wish, before: Option<&Simple>) -> Result<(), Problem> {
        let was = |name: &str| before.and_then(|before| at(&before.fields, name));
        let id = match (given.get("calendarId").and_then(Value::as_str), before) {
            (Some(id), _) => id,
            (None, Some(before)) => text(&before.fields, "calendarId"),
            (None, None) => "",
        };
        let calendar = self.shelf.in_calendar(id)?;
        let plan = Calendars::plan(Some(calendar));
        let start = moment(given, "startTime")?.or(was("startTime")).ok_or_else(|| Problem::invalid("startTime should not be empty"))?;
        let length = was("startTime").zip(was("endTime")).map_or(plan.duration, |(from, to)| to - from);
        let end = moment(given, "endTime")?.unwrap_or_else(|| start.saturating_add(length));
        if end <= start {
            return Err(Problem::bad_request("endTime must be after startTime"));
        }
        let user = given.get("assignedUserId").and_then(Value::as_str).or(before.map(|before| text(&before.fields, "assignedUserId"))).unwrap_or_default();
        let busy = || self.shelf.busy(calendar, &[user], before.map(|before| &*before.id));
        if !wish.any_time && !plan.is_free(&busy(), start, end, self.now, wish.any_date) {
            return Err(Problem::bad_request("The slot you have selected is no longer available."));
        }
        let group = calendar.text("groupId").to_owned();
        if given.get("startTime").is_some() || before.is_none() {
            default(given, "endTime", json!(iso(end)));
        }
        given.insert("groupId".to_owned(), json!(group));
        Ok(())
    }

    /// A block's calendar and time; what is left out stays, or is now and as long as a slot.
    pub(in crate::highlevel) fn checked_block(&self, mut given: Fields, before: Option<&Record>) -> Result<Fields, Problem> {
        let calendar = self.shelf.in_calendar(text(&given, "calendarId"))?;
        let was = |name: &str| before.and_then(|before| at(&before.fields, name));
        let start = moment(&given, "startTime")?.or(was("startTime")).unwrap_or(self.now);
        let length = was("startTime").zip(was("endTime")).map_or_else(|| Calendars::plan(Some(calendar)).duration, |(from, to)| to - from);
        let end = moment(&given, "endTime")?.unwrap_or_else(|| start.saturating_add(length));
        if end <= start {
            return Err(Problem::bad_request("endTime must be after startTime"));
        }
        let group = calendar.text("groupId").to_owned();
        given.retain(|_, value| !value.is_null());
        if before.is_none() || given.contains_key("startTime") {
            default(&mut given, "endTime", json!(iso(end)));
        }
        if before.is_none() {
            default(&mut given, "title", json!("Blocked"));
            default(&mut given, "startTime", json!(iso(start)));
            default(&mut given, "assignedUserId", json!(""));
            given.insert("dateAdded".to_owned(), json!(iso(self.now)));
        }
        given.insert("groupId".to_owned(), json!(group));
        given.insert("locationId".to_owned(), json!(&*self.location.id));
        Ok(given)
    }
}

/// When an event begins, milliseconds.
pub(in crate::highlevel) fn starts_at(fields: &Fields) -> Option<i64> {
    at(fields, "startTime")
}

impl Record {
    /// A blocked slot among events, where it has everything that an appointment has.
    pub(in crate::highlevel) fn as_event(&self) -> Value {
        let mut fields = self.fields.clone();
        let added = json!(self.text("dateAdded"));
        for (name, value) in [("contactId", json!("")), ("appointmentStatus", json!("confirmed")), ("users", json!([])), ("dateUpdated", added)] {
            default(&mut fields, name, value);
        }
        Value::Object(fields)
    }

    /// A blocked slot as the answer to making or changing one.
    pub(in crate::highlevel) fn as_block(&self) -> Value {
        let shown = ["id", "locationId", "title", "startTime", "endTime", "calendarId", "assignedUserId"];
        let fields = self.fields.iter().filter(|(name, _)| shown.contains(&name.as_str()));
        Value::Object(fields.map(|(name, value)| (name.clone(), value.clone())).collect())
    }
}
