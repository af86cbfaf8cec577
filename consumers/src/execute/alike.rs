//! Records of HighLevel that have no place for our mark: after a doubt they are known by what they say.

use super::items::payload_of;
use super::{Death, Run, Stop};
use crate::plan::item::{Family, Fields, Seen};
use hatbridge_schemas::System;
use hatbridge_systems::highlevel::{catalogue, requests};
use serde_json::{Value, json};
use std::time::Duration;

/// The index over opportunities lags by seconds: only after these waits, seconds, what it does not show
/// is not there.
const INDEXED_AFTER: [u64; 3] = [0, 3, 10];

impl Run<'_> {
    /// A record of the person's that says exactly this, is no older than the event and is nobody
    /// else's.
    pub(super) async fn alike(&self, family: Family, fields: &Fields) -> Result<Option<String>, Stop> {
        let waits: &[u64] = if family == Family::Opportunity { &INDEXED_AFTER } else { &INDEXED_AFTER[..1] };
        for seconds in waits {
            self.pause_in_doubt(Duration::from_secs(*seconds)).await?;
            for row in self.rows_of_person(family).await? {
                let Some(id) = row["id"].as_str() else { continue };
                if self.says(&row, family, fields) && self.shared.store.linked(&self.event.tenant, family.as_str(), System::Highlevel, id).await?.is_none() {
                    return Ok(Some(id.to_owned()));
                }
            }
        }
        Ok(None)
    }

    fn says(&self, row: &Value, family: Family, fields: &Fields) -> bool {
        let young = self.is_as_young(row, &["dateAdded", "createdAt"]);
        let seen = Seen::of(&payload_of(family, row), System::Highlevel, &self.tenant.flows).map(|seen| seen.stated(family).fields).unwrap_or_default();
        let value = |of: &Fields, name: &str| of.get(name).cloned().unwrap_or_default();
        young && fields.keys().all(|name| value(&seen, name) == value(fields, name))
    }

    /// All of a person's records of a kind.
    async fn rows_of_person(&self, family: Family) -> Result<Vec<Value>, Stop> {
        let person = self.in_highlevel()?;
        let (request, name) = match family {
            Family::Note => (requests::notes_list(&person), "notes"),
            Family::Task => (requests::tasks_list(&person), "tasks"),
            Family::Appointment => (requests::appointments_of_contact(&person), "events"),
            Family::Opportunity => {
                let highlevel = &self.tenant.highlevel;
                let data = json!({"contact_id": person, "pipeline_id": self.tenant.flows.opportunities.pipeline, "limit": 100});
                let search = catalogue::find("search opportunities").map_err(|unknown| Death::unmappable(unknown.to_string()))?;
                let request = search.request(highlevel.api(), &highlevel.context(), &data).map_err(|invalid| Death::unmappable(invalid.to_string()))?;
                (request, "opportunities")
            }
        };
        let answer = self.ask(System::Highlevel, request).await?;
        Ok(answer.body[name].as_array().cloned().unwrap_or_default())
    }
}
