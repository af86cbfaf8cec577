//! Businesses: what 17hats' contacts with a company belong to in HighLevel.

use super::{Probe, Run, Step, Stop};
use hatbridge_schemas::System;
use hatbridge_store::Synced;
use hatbridge_systems::call::Answer;
use hatbridge_systems::highlevel::requests;
use serde_json::Value;

/// State of a business, under its name in lower case: its id.
const BUSINESS: &str = "business";
/// Rows of a page of businesses.
const ROWS: u32 = 100;
/// Pages looked through for a name.
const PAGES: u32 = 50;

/// Names are compared without case and spaces around them.
fn comparable(name: &str) -> String {
    name.trim().to_lowercase()
}

impl Run<'_> {
    pub(super) async fn assign_business(&mut self, name: &str) -> Result<(), Stop> {
        const NAME: &str = "contact.business";
        let person = self.in_highlevel()?;
        let location = self.tenant.highlevel.location_id();
        let key = comparable(name);
        let business = if key.is_empty() { None } else { Some(self.business(name, &key).await?) };
        let request = requests::contacts_business(location, &[&person], business.as_deref());
        self.carry_out(&Step { name: NAME, system: System::Highlevel, request, probe: Probe::None }).await?;
        let known = business.map(|id| Synced { kind: BUSINESS, id: key, state: id });
        self.done(NAME, Some(person), vec![], known.into_iter().collect()).await
    }

    /// The business of this name, made if there is none.
    async fn business(&self, name: &str, key: &str) -> Result<String, Stop> {
        const NAME: &str = "business.create";
        if let Some(known) = self.shared.store.synced(&self.event.tenant, BUSINESS, key).await? {
            return Ok(known);
        }
        if let Some(found) = self.business_named(key).await? {
            return Ok(found);
        }
        let request = requests::business_create(self.tenant.highlevel.location_id(), name.trim());
        let step = Step { name: NAME, system: System::Highlevel, request, probe: Probe::Business(key.to_owned()) };
        let (answer, known) = self.carry_out(&step).await?;
        match answer.as_ref().and_then(id_of).or(known) {
            Some(id) => Ok(id),
            // The document shows the answer in two forms; the list has it in any case.
            None => self
                .business_named(key)
                .await?
                .ok_or_else(|| super::Death::unmappable("HighLevel answered a new business without its id; look in HighLevel, then discard or redrive")),
        }
    }

    /// The first business of this name.
    pub(super) async fn business_named(&self, key: &str) -> Result<Option<String>, Stop> {
        for page in 0..PAGES {
            let request = requests::businesses_list(self.tenant.highlevel.location_id(), page * ROWS);
            let answer = self.ask(System::Highlevel, request).await?;
            let rows = answer.body["businesses"].as_array().cloned().unwrap_or_default();
            let found = rows.iter().find(|row| row["name"].as_str().is_some_and(|name| comparable(name) == key));
            if let Some(id) = found.and_then(|row| row["id"].as_str().or_else(|| row["_id"].as_str())) {
                return Ok(Some(id.to_owned()));
            }
            if rows.len() < ROWS as usize {
                break;
            }
        }
        Ok(None)
    }
}

/// `{success, buiseness: {id}}` as the document spells it, `{business: {id}}`, or the business itself.
fn id_of(answer: &Answer) -> Option<String> {
    let id = |value: &Value| ["id", "_id"].iter().find_map(|name| value[*name].as_str()).map(str::to_owned);
    ["buiseness", "business"].iter().find_map(|name| id(&answer.body[*name])).or_else(|| id(&answer.body))
}
