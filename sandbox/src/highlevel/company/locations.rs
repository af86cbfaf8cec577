//! Locations as the agency sees them: those that run here, and those made through the API.

use super::Told;
use crate::highlevel::{
    location::{Actor, Location},
    problem::Problem,
    records::Record,
    service::World,
};
use serde_json::{Map, Value, json};

impl Location {
    /// What the location is known by.
    pub(in crate::highlevel) fn details(&self) -> Map<String, Value> {
        let settings = self.settings();
        let shelf = self.look();
        let mut fields = shelf.records.details.clone();
        fields.insert("id".to_owned(), json!(&*self.id));
        fields.insert("companyId".to_owned(), json!(self.company_id));
        let duplicates = json!({"allowDuplicateContact": settings.allow_duplicates, "allowDuplicateOpportunity": !shelf.records.one_opportunity});
        fields.insert("settings".to_owned(), duplicates);
        fields
    }
}

impl World {
    /// All locations, those made through the API last.
    pub(in crate::highlevel) fn all_details(&self) -> Vec<Map<String, Value>> {
        let running = self.locations.values().map(|location| location.details());
        let made: Vec<_> = self.company.look().locations.all().map(|made| made.fields.clone()).collect();
        running.chain(made).collect()
    }

    /// One of them.
    pub(in crate::highlevel) fn details_of(&self, id: &str) -> Option<Map<String, Value>> {
        let made = || self.company.look().locations.by_id(id).map(|made| made.fields.clone());
        self.locations.get(id).map(|location| location.details()).or_else(made)
    }

    fn tell_location(&self, actor: Actor, event: &str, fields: &Map<String, Value>, through: Option<&Location>) {
        let wanted = ["id", "companyId", "name", "email"];
        let body: Map<String, Value> =
            fields.iter().filter(|(name, _)| wanted.contains(&name.as_str())).map(|(name, value)| (name.clone(), value.clone())).collect();
        let lane = fields.get("id").and_then(Value::as_str).unwrap_or_default();
        // A new location has no webhook of its own yet: the app has one for all.
        let through = through.or_else(|| self.locations.values().map(|location| &**location).find(|location| location.settings().webhook_base.is_some()));
        if let Some(location) = through {
            location.act(actor).post_company(event, lane, body);
        }
    }

    /// Makes a location that is listed and found from now on.
    pub(in crate::highlevel) fn create_location(&self, actor: Actor, given: &Map<String, Value>) -> Result<Record, Problem> {
        let made = {
            let mut shelf = self.company.look();
            if let Some(snapshot) = given.get("snapshotId").and_then(Value::as_str)
                && !shelf.snapshots.iter().any(|known| known.id == snapshot)
            {
                return Err(Problem::bad_request("snapshotId is invalid"));
            }
            let id = shelf.next_id();
            let hidden = ["prospectInfo", "twilio", "mailgun", "snapshotId"];
            let mut fields: Map<String, Value> = given
                .iter()
                .filter(|(name, value)| !hidden.contains(&name.as_str()) && !value.is_null())
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            if let Some(prospect) = given.get("prospectInfo") {
                for name in ["firstName", "lastName", "email"] {
                    if prospect[name].is_string() {
                        fields.insert(name.to_owned(), prospect[name].clone());
                    }
                }
            }
            fields.entry("settings").or_insert_with(|| json!({"allowDuplicateContact": false, "allowDuplicateOpportunity": false}));
            fields.insert("id".to_owned(), json!(&*id));
            fields.insert("companyId".to_owned(), json!(self.company.id));
            let made = Record { id, fields };
            shelf.locations.put(made.clone());
            made
        };
        let told = Told { operation: "locations.create", entity: &made.id, mark: Some(made.text("name")), changed: true };
        self.company.tell(actor, &self.company.id, told);
        self.tell_location(actor, "LocationCreate", &made.fields, None);
        Ok(made)
    }

    /// Changes what a running location is known by.
    pub(in crate::highlevel) fn update_location(&self, actor: Actor, location: &Location, given: Map<String, Value>) {
        let changed = {
            let details = &mut location.look().records.details;
            let before = details.clone();
            details.extend(given);
            *details != before
        };
        self.company.tell(actor, &location.id, Told { operation: "locations.update", entity: &location.id, mark: None, changed });
        if changed {
            self.tell_location(actor, "LocationUpdate", &location.details(), Some(location));
        }
    }
}
