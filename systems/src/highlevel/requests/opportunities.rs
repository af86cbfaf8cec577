//! Opportunities in pipelines [spec opportunities.json].

use super::{CONTACTS, delete, post, put, read};
use crate::Effect;
use crate::call::Request;
use crate::http::segment;
use hatbridge_schemas::Opportunity;
use serde_json::{Map, Number, Value, json};

/// `POST /opportunities/`: `{opportunity: {id, ...}}`. After a doubt look for the same name in
/// the search over the contact's opportunities, whose index lags by seconds.
#[must_use]
pub fn opportunity_create(location: &str, contact: &str, opportunity: &Opportunity) -> Request {
    let mut body = fields(opportunity);
    body.entry("status").or_insert(json!("open"));
    body.insert("locationId".to_owned(), json!(location));
    body.insert("contactId".to_owned(), json!(contact));
    post("opportunities.create", Effect::Probe, CONTACTS, "/opportunities/").with_body(Value::Object(body)).expecting("/opportunity/id")
}

/// `GET /opportunities/{id}`: `{opportunity: {...}}`.
#[must_use]
pub fn opportunity_get(id: &str) -> Request {
    read("opportunities.get", CONTACTS, format!("/opportunities/{}", segment(id)))
}

/// `PUT /opportunities/{id}` with the fields that are `Some`.
#[must_use]
pub fn opportunity_update(id: &str, opportunity: &Opportunity) -> Request {
    put("opportunities.update", CONTACTS, format!("/opportunities/{}", segment(id))).with_body(Value::Object(fields(opportunity)))
}

/// `DELETE /opportunities/{id}`; 404 once it is gone.
#[must_use]
pub fn opportunity_delete(id: &str) -> Request {
    delete("opportunities.delete", CONTACTS, format!("/opportunities/{}", segment(id)))
}

fn fields(opportunity: &Opportunity) -> Map<String, Value> {
    let mut out = Map::new();
    for (name, value) in
        [("pipelineId", &opportunity.pipeline_id), ("pipelineStageId", &opportunity.stage_id), ("name", &opportunity.name), ("status", &opportunity.status)]
    {
        if let Some(value) = value {
            out.insert(name.to_owned(), json!(value));
        }
    }
    // An emptied value is none: HighLevel knows only numbers.
    if let Some(value) = &opportunity.monetary_value {
        out.insert("monetaryValue".to_owned(), value.trim().parse::<Number>().map_or_else(|_| json!(0), Value::Number));
    }
    out
}
