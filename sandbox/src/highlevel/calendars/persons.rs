//! What a person does with calendars. Appointments' acts are with the other records' (`persons`).

use super::{Family, shapes};
use crate::highlevel::fields::{Field, check};
use crate::highlevel::{
    handle::Handle,
    location::{Acting, Actor},
    problem::{Error, Problem},
};
use serde_json::{Map, Value, json};

fn object(fields: Value, shape: &[&[Field]]) -> Result<Map<String, Value>, Problem> {
    let Value::Object(fields) = fields else { return Err(Problem::bad_request("a JSON object is wanted")) };
    check(&fields, shape)?;
    Ok(fields)
}

impl Handle {
    fn planner(&self, location: &str) -> Result<Acting<'_>, Error> {
        Ok(self.location(location)?.act(Actor::Person))
    }

    /// Makes a calendar: `name`, and whatever else the API takes. Its id.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn create_calendar(&self, location: &str, mut fields: Value) -> Result<String, Error> {
        if let Some(fields) = fields.as_object_mut() {
            fields.insert("locationId".to_owned(), json!(location));
        }
        let fields = object(fields, &shapes::calendar_create(true))?;
        Ok(self.planner(location)?.create_calendar(fields)?.id.to_string())
    }

    /// Changes a calendar.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn update_calendar(&self, location: &str, calendar: &str, fields: Value) -> Result<(), Error> {
        let fields = object(fields, &shapes::calendar_update(true))?;
        self.planner(location)?.update_calendar(calendar, fields)?;
        Ok(())
    }

    /// Deletes a calendar and its notifications; its appointments stay.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn delete_calendar(&self, location: &str, calendar: &str) -> Result<(), Error> {
        Ok(self.planner(location)?.delete_calendar(calendar)?)
    }

    /// Ids of the calendars, oldest first; one is there from the start.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`].
    pub fn calendars(&self, location: &str) -> Result<Vec<String>, Error> {
        let shelf = self.location(location)?.look();
        Ok(shelf.calendars.all(Family::Calendar).map(|calendar| calendar.id.to_string()).collect())
    }

    /// Makes a group of calendars: `name`, `description`, `slug`. Its id.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn create_calendar_group(&self, location: &str, fields: Value) -> Result<String, Error> {
        let fields = object(fields, &[shapes::GROUP])?;
        Ok(self.planner(location)?.create_group(fields)?.id.to_string())
    }

    /// Blocks time: `calendarId`, and if wanted `title`, `startTime`, `endTime`, `assignedUserId`. Its
    /// id.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn block_slot(&self, location: &str, mut fields: Value) -> Result<String, Error> {
        if let Some(fields) = fields.as_object_mut() {
            fields.insert("locationId".to_owned(), json!(location));
        }
        let fields = object(fields, &[shapes::BLOCK])?;
        let mut acting = self.planner(location)?;
        let fields = acting.checked_block(fields, None)?;
        Ok(acting.make(Family::Block, None, fields).id.to_string())
    }

    /// Lets blocked time go.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn unblock_slot(&self, location: &str, block: &str) -> Result<(), Error> {
        Ok(self.planner(location)?.unmake(Family::Block, block)?)
    }

    /// Writes a note of an appointment: `body`. Its id.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn create_appointment_note(&self, location: &str, appointment: &str, fields: Value) -> Result<String, Error> {
        let fields = object(fields, &[shapes::NOTE])?;
        Ok(self.planner(location)?.create_appointment_note(appointment, fields)?.id.to_string())
    }

    /// Makes a notification of a calendar: `receiverType`, `channel`, `notificationType`, ... Its id.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn create_calendar_notification(&self, location: &str, calendar: &str, fields: Value) -> Result<String, Error> {
        let fields = object(fields, shapes::NOTIFICATION_CREATE)?;
        Ok(self.planner(location)?.create_notification(calendar, fields)?.id.to_string())
    }

    /// Makes a resource of kind `equipments` or `rooms`: `name`, `description`, `quantity`,
    /// `outOfService`, `capacity`, `calendarIds`. Its id.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn create_calendar_resource(&self, location: &str, kind: &str, mut fields: Value) -> Result<String, Error> {
        if let Some(fields) = fields.as_object_mut() {
            fields.insert("locationId".to_owned(), json!(location));
        }
        let fields = object(fields, &[shapes::RESOURCE_CREATE])?;
        Ok(self.planner(location)?.create_resource(kind, fields)?.id.to_string())
    }
}
