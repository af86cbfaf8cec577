//! Opportunities: the records that people's acts and calls share, their defaults, their moments,
//! and how they look.

mod shown;
mod upsert;

pub(super) use upsert::{Followers, Upsert};

use super::{
    clock::iso,
    location::Acting,
    problem::Problem,
    records::{Family, Record},
    simple::Sort,
    state::Simple,
};
use serde_json::{Map, Value, json};

/// States an opportunity can be in.
pub(super) const STATES: &[&str] = &["open", "won", "lost", "abandoned", "all"];

/// The first stage of a pipeline.
fn first_stage(pipeline: &Record) -> Option<Value> {
    pipeline.fields.get("stages")?.get(0)?.get("id").cloned()
}

impl Acting<'_> {
    /// Fills what was not given, and checks nothing: a person picks from what the page offers.
    pub(super) fn create_opportunity(&mut self, contact: Option<&str>, given: Map<String, Value>) -> Result<Simple, Problem> {
        let mut fields = given;
        fields.retain(|_, value| !value.is_null());
        let records = &self.shelf.records;
        let pipeline = match fields.get("pipelineId").and_then(Value::as_str) {
            Some(id) => records.by_id(Family::Pipeline, id),
            None => records.all(Family::Pipeline).next(),
        };
        if let Some(pipeline) = pipeline {
            fields.entry("pipelineId").or_insert_with(|| json!(&*pipeline.id));
            if let Some(stage) = first_stage(pipeline) {
                fields.entry("pipelineStageId").or_insert(stage);
            }
        }
        fields.entry("status").or_insert_with(|| json!("open"));
        fields.entry("followers").or_insert_with(|| json!([]));
        for moment in ["createdAt", "updatedAt", "lastStatusChangeAt", "lastStageChangeAt"] {
            fields.insert(moment.to_owned(), json!(iso(self.now)));
        }
        self.create_simple(Sort::Opportunity, contact, fields)
    }

    /// Changes the named fields; null takes one away.
    pub(super) fn update_opportunity(&mut self, id: &str, mut given: Map<String, Value>) -> Result<Simple, Problem> {
        let before = self.shelf.simple_by_id(Sort::Opportunity, None, id).cloned().ok_or_else(|| Problem::not_found("Opportunity"))?;
        let differs = |given: &Map<String, Value>, name: &str| given.get(name).is_some_and(|new| new != before.fields.get(name).unwrap_or(&Value::Null));
        if differs(&given, "pipelineId") && !given.contains_key("pipelineStageId") {
            let pipeline = given.get("pipelineId").and_then(Value::as_str).and_then(|id| self.shelf.records.by_id(Family::Pipeline, id));
            if let Some(stage) = pipeline.and_then(first_stage) {
                given.insert("pipelineStageId".to_owned(), stage);
            }
        }
        let now = json!(iso(self.now));
        let changed = given.keys().any(|name| differs(&given, name));
        if differs(&given, "status") {
            given.insert("lastStatusChangeAt".to_owned(), now.clone());
        }
        if differs(&given, "pipelineId") || differs(&given, "pipelineStageId") {
            given.insert("lastStageChangeAt".to_owned(), now.clone());
        }
        if changed {
            given.insert("updatedAt".to_owned(), now);
        }
        self.update_simple(Sort::Opportunity, None, id, given)
    }

    /// Refuses pipelines and stages that the location hasn't got, and a second opportunity where
    /// the location allows one.
    pub(super) fn check_opportunity(&self, given: &Map<String, Value>, contact: Option<&str>, new: bool) -> Result<(), Problem> {
        let text = |name: &str| given.get(name).and_then(Value::as_str);
        if let Some(id) = text("pipelineId") {
            let pipeline = self.shelf.records.by_id(Family::Pipeline, id).ok_or_else(|| Problem::bad_request("The pipeline id is invalid."))?;
            if let Some(stage) = text("pipelineStageId") {
                let stages = pipeline.fields.get("stages").and_then(Value::as_array);
                if !stages.into_iter().flatten().any(|one| one["id"] == stage) {
                    return Err(Problem::bad_request("The pipeline stage id is invalid."));
                }
            }
            let second = || contact.is_some_and(|contact| self.opportunity_in(contact, id).is_some());
            if new && self.shelf.records.one_opportunity && second() {
                return Err(Problem::bad_request("Can not create duplicate opportunity for the contact."));
            }
        }
        Ok(())
    }

    /// The contact's oldest opportunity in a pipeline.
    pub(super) fn opportunity_in(&self, contact: &str, pipeline: &str) -> Option<&Simple> {
        let all = self.shelf.simple_of(Sort::Opportunity, contact);
        all.into_iter().find(|one| one.fields.get("pipelineId").and_then(Value::as_str) == Some(pipeline))
    }
}
