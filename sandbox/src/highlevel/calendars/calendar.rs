//! Calendars and groups: what is set where nothing was given, and what must be unique.

use super::shelf::{Calendars, Family, Record};
use crate::highlevel::{location::Acting, problem::Problem, state::Id};
use serde_json::{Map, Value, json};

/// Keeps the first calendar's id apart from all others, whatever the seed.
const FIRST: u64 = 0x00CA_1E4D;
const ID_LENGTH: usize = 20;

/// The documented defaults, and those open hours that new calendars have.
fn defaults() -> Map<String, Value> {
    let defaults = json!({
        "isActive": true,
        "eventType": "RoundRobin_OptimizeForAvailability",
        "calendarType": "event",
        "widgetType": "classic",
        "eventTitle": "{{contact.name}}",
        "eventColor": "#039be5",
        "slotDuration": 30,
        "slotDurationUnit": "mins",
        "slotInterval": 30,
        "slotIntervalUnit": "mins",
        "appoinmentPerSlot": 1,
        "openHours": [{
            "daysOfTheWeek": [1, 2, 3, 4, 5],
            "hours": [{"openHour": 8, "openMinute": 0, "closeHour": 17, "closeMinute": 0}],
        }],
        "enableRecurring": false,
        "autoConfirm": true,
        "googleInvitationEmails": false,
        "allowReschedule": true,
        "allowCancellation": true,
        "formSubmitType": "ThankYouMessage",
        "teamMembers": [],
    });
    match defaults {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn completed(given: Map<String, Value>) -> Map<String, Value> {
    let mut fields = defaults();
    fields.extend(given.into_iter().filter(|(_, value)| !value.is_null()));
    fields
}

/// The calendar that every location begins with. It learns its location when it is shown.
pub(super) fn first(seed: u64) -> Record {
    let mut random = fastrand::Rng::with_seed(seed ^ FIRST);
    let id: String = (0..ID_LENGTH).map(|_| random.alphanumeric()).collect();
    let mut fields = completed(Map::new());
    for (name, value) in [("id", &*id), ("name", "Main calendar"), ("slug", "main-calendar"), ("description", "")] {
        fields.insert(name.to_owned(), json!(value));
    }
    Record { id: id.into(), owner: None, fields }
}

impl Calendars {
    /// A calendar as it is shown.
    pub(in crate::highlevel) fn shown(calendar: &Record, location: &Id) -> Value {
        let mut fields = calendar.fields.clone();
        fields.insert("locationId".to_owned(), json!(&**location));
        Value::Object(fields)
    }

    /// The calendar of those who name none: the oldest.
    pub(super) fn usual(&self) -> Option<&Record> {
        self.all(Family::Calendar).next()
    }

    /// Whether another one has this slug; an empty one is nobody's.
    pub(in crate::highlevel) fn slug_is_taken(&self, family: Family, slug: &str, own: Option<&str>) -> bool {
        !slug.is_empty() && self.all(family).any(|other| other.text("slug") == slug && own != Some(&*other.id))
    }
}

impl Acting<'_> {
    fn checked(&self, family: Family, given: &Map<String, Value>, own: Option<&str>) -> Result<(), Problem> {
        let text = |name: &str| given.get(name).and_then(Value::as_str).unwrap_or_default();
        if self.shelf.calendars.slug_is_taken(family, text("slug"), own) {
            return Err(Problem::bad_request("The slug is already in use"));
        }
        if family == Family::Calendar && !text("groupId").is_empty() && self.shelf.calendars.get(Family::Group, text("groupId")).is_none() {
            return Err(Problem::bad_request("Group not found"));
        }
        Ok(())
    }

    pub(in crate::highlevel) fn create_calendar(&mut self, given: Map<String, Value>) -> Result<Record, Problem> {
        self.checked(Family::Calendar, &given, None)?;
        Ok(self.make(Family::Calendar, None, completed(given)))
    }

    pub(in crate::highlevel) fn update_calendar(&mut self, id: &str, given: Map<String, Value>) -> Result<Record, Problem> {
        self.shelf.calendars.known(Family::Calendar, id)?;
        self.checked(Family::Calendar, &given, Some(id))?;
        self.remake(Family::Calendar, id, given)
    }

    /// Its notifications go with it; appointments and blocks stay.
    pub(in crate::highlevel) fn delete_calendar(&mut self, id: &str) -> Result<(), Problem> {
        self.unmake(Family::Calendar, id)?;
        let of_it: Vec<Id> = self.shelf.calendars.all(Family::Notification).filter(|one| one.is_of(id)).map(|one| one.id.clone()).collect();
        of_it.iter().try_for_each(|notification| self.unmake(Family::Notification, notification))
    }

    pub(in crate::highlevel) fn create_group(&mut self, mut given: Map<String, Value>) -> Result<Record, Problem> {
        self.checked(Family::Group, &given, None)?;
        given.entry("isActive").or_insert(json!(true));
        given.insert("locationId".to_owned(), json!(&*self.location.id));
        Ok(self.make(Family::Group, None, given))
    }

    pub(in crate::highlevel) fn update_group(&mut self, id: &str, given: Map<String, Value>) -> Result<Record, Problem> {
        self.shelf.calendars.known(Family::Group, id)?;
        self.checked(Family::Group, &given, Some(id))?;
        self.remake(Family::Group, id, given)
    }

    /// Its calendars are in no group afterwards.
    pub(in crate::highlevel) fn delete_group(&mut self, id: &str) -> Result<(), Problem> {
        self.unmake(Family::Group, id)?;
        let of_it: Vec<Id> = self.shelf.calendars.all(Family::Calendar).filter(|one| one.text("groupId") == id).map(|one| one.id.clone()).collect();
        for calendar in of_it {
            self.remake(Family::Calendar, &calendar, [("groupId".to_owned(), Value::Null)].into_iter().collect())?;
        }
        Ok(())
    }
}
