//! Acting as a person on records in drawers, on users, on locations and on the agency.

use super::{
    handle::Handle,
    location::Actor,
    persons::object,
    problem::{Error, Problem},
    records::{Family, Named},
};
use serde_json::Value;

impl Handle {
    /// Makes a record: a business, a workflow, a custom field, ... An `id` (`_id` in blogs) that is
    /// given is kept. Its id.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn create_record(&self, location: &str, family: Family, fields: Value) -> Result<String, Error> {
        Ok(self.person(location)?.create_record(family, object(fields)?)?.id.to_string())
    }

    /// Changes the named fields of a record; null takes one away.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn update_record(&self, location: &str, family: Family, id: &str, fields: Value) -> Result<(), Error> {
        self.person(location)?.update_record(family, id, object(fields)?)?;
        Ok(())
    }

    /// Deletes a record: an association with its relations, a business off its contacts.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn delete_record(&self, location: &str, family: Family, id: &str) -> Result<(), Error> {
        self.person(location)?.delete_record(family, id)?;
        Ok(())
    }

    /// All records of a family, oldest first, those included that the location has had from the
    /// beginning.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`].
    pub fn records(&self, location: &str, family: Family) -> Result<Vec<Value>, Error> {
        Ok(self.location(location)?.look().records.all(family).map(|record| record.shown()).collect())
    }

    /// Ids of the workflows or campaigns that a contact is in, one for each time.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`].
    pub fn enrolments(&self, location: &str, family: Family, contact: &str) -> Result<Vec<String>, Error> {
        let shelf = self.location(location)?.look();
        Ok(shelf.records.enrolled.iter().filter(|one| one.family == family && &*one.contact == contact).map(|one| one.record.to_string()).collect())
    }

    /// Makes a user who works in this location: `firstName`, `lastName`, `email`, `role`, ... Its id.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn create_user(&self, location: &str, fields: Value) -> Result<String, Error> {
        self.location(location)?;
        let mut fields = object(fields)?;
        fields.entry("locationIds").or_insert_with(|| serde_json::json!([location]));
        Ok(self.world.create_user(Actor::Person, &fields)?.id.to_string())
    }

    /// Changes a user.
    ///
    /// # Errors
    /// [`Error::Refused`].
    pub fn update_user(&self, user: &str, fields: Value) -> Result<(), Error> {
        self.world.update_user(Actor::Person, user, &object(fields)?)?;
        Ok(())
    }

    /// Deletes a user.
    ///
    /// # Errors
    /// [`Error::Refused`].
    pub fn delete_user(&self, user: &str) -> Result<(), Error> {
        Ok(self.world.delete_user(Actor::Person, user)?)
    }

    /// Changes what a location is known by: `name`, `email`, `phone`, `address`, ...
    ///
    /// # Errors
    /// [`Error::UnknownLocation`], [`Error::Refused`].
    pub fn update_location(&self, location: &str, fields: Value) -> Result<(), Error> {
        self.world.update_location(Actor::Person, self.location(location)?, object(fields)?);
        Ok(())
    }

    /// Changes what the agency is known by.
    ///
    /// # Errors
    /// [`Error::Refused`].
    pub fn update_company(&self, fields: Value) -> Result<(), Error> {
        self.world.company.update(Actor::Person, object(fields)?);
        Ok(())
    }

    /// Makes a snapshot, or names it anew.
    ///
    /// # Errors
    /// [`Error::Refused`] without an id.
    pub fn set_snapshot(&self, snapshot: Named) -> Result<(), Error> {
        if snapshot.id.is_empty() {
            return Err(Problem::invalid("id should not be empty").into());
        }
        self.world.company.set_snapshot(Actor::Person, snapshot);
        Ok(())
    }
}
