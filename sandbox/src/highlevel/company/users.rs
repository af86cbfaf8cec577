//! What can be done to users. They belong to the agency and work in locations.

use super::Told;
use crate::highlevel::{
    given::Given,
    location::{Actor, Location},
    problem::Problem,
    records::Record,
    service::World,
};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// What a user is shown with, beside name and roles.
const KEPT: [&str; 7] = ["firstName", "lastName", "email", "phone", "extension", "permissions", "platformLanguage"];

/// Locations a user works in.
fn workplaces(user: &Record) -> Vec<&str> {
    let all = user.fields.get("roles").and_then(|roles| roles["locationIds"].as_array());
    all.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Whether a user works in this location.
pub(in crate::highlevel) fn works_in(user: &Record, location: &str) -> bool {
    workplaces(user).contains(&location)
}

/// A user's fields with these changes.
fn changed(before: &Map<String, Value>, given: &Map<String, Value>) -> Map<String, Value> {
    let mut fields = before.clone();
    for name in KEPT {
        match given.get(name) {
            Some(Value::Null) => drop(fields.remove(name)),
            Some(value) => drop(fields.insert(name.to_owned(), value.clone())),
            None => {}
        }
    }
    let name = ["firstName", "lastName"].map(|name| Given(&fields).text(name).unwrap_or_default().to_owned()).join(" ");
    fields.insert("name".to_owned(), json!(name.trim()));
    let mut roles = fields.get("roles").cloned().unwrap_or_else(|| json!({"type": "account", "role": "user", "locationIds": [], "restrictSubAccount": false}));
    for name in ["type", "role", "locationIds"] {
        if let Some(value) = given.get(name).filter(|value| !value.is_null()) {
            roles[name] = value.clone();
        }
    }
    fields.insert("roles".to_owned(), roles);
    fields
}

impl World {
    /// The locations among these that exist here.
    fn of_user(&self, user: &Record) -> Vec<&Arc<Location>> {
        workplaces(user).into_iter().filter_map(|id| self.locations.get(id)).collect()
    }

    /// One line in the truth, and the event to every location that the user works in.
    fn tell_user(&self, actor: Actor, event: &str, user: &Record, told: Told<'_>) {
        let places = self.of_user(user);
        let account = places.first().map_or(self.company.id.as_str(), |location| &*location.id);
        let changed = told.changed;
        self.company.tell(actor, account, told);
        if !changed {
            return;
        }
        let mut body: Map<String, Value> = user.fields.iter().filter(|(name, _)| *name != "roles").map(|(name, value)| (name.clone(), value.clone())).collect();
        body.insert("companyId".to_owned(), json!(self.company.id));
        body.insert("role".to_owned(), user.fields.get("roles").map_or(Value::Null, |roles| roles["role"].clone()));
        body.insert("locations".to_owned(), json!(workplaces(user)));
        for location in places {
            location.act(actor).post(event, &user.id, body.clone());
        }
    }

    pub(in crate::highlevel) fn create_user(&self, actor: Actor, given: &Map<String, Value>) -> Result<Record, Problem> {
        let mut shelf = self.company.look();
        let email = Given(given).needed("email")?.to_lowercase();
        if shelf.users.all().any(|user| user.text("email").to_lowercase() == email) {
            return Err(Problem::bad_request("A user with this email already exists."));
        }
        let id = shelf.next_id();
        let mut fields = changed(&Map::new(), given);
        fields.insert("id".to_owned(), json!(&*id));
        let user = Record { id, fields };
        shelf.users.put(user.clone());
        self.tell_user(actor, "UserCreate", &user, Told { operation: "users.create", entity: &user.id, mark: Some(&email), changed: true });
        Ok(user)
    }

    /// Changes the named fields.
    pub(in crate::highlevel) fn update_user(&self, actor: Actor, id: &str, given: &Map<String, Value>) -> Result<Record, Problem> {
        let mut shelf = self.company.look();
        let before = shelf.users.by_id(id).cloned().ok_or_else(|| Problem::not_found("User"))?;
        let after = Record { id: before.id.clone(), fields: changed(&before.fields, given) };
        let email = after.text("email").to_lowercase();
        if shelf.users.all().any(|user| user.id != after.id && user.text("email").to_lowercase() == email) {
            return Err(Problem::bad_request("A user with this email already exists."));
        }
        shelf.users.put(after.clone());
        self.tell_user(actor, "UserUpdate", &after, Told { operation: "users.update", entity: id, mark: None, changed: after != before });
        Ok(after)
    }

    pub(in crate::highlevel) fn delete_user(&self, actor: Actor, id: &str) -> Result<(), Problem> {
        let user = self.company.look().users.take(id).ok_or_else(|| Problem::not_found("User"))?;
        self.tell_user(actor, "UserDelete", &user, Told { operation: "users.delete", entity: id, mark: None, changed: true });
        Ok(())
    }
}
