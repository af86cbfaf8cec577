//! How an opportunity looks in answers and in webhooks.

use crate::highlevel::{
    contact::Contact,
    state::{Shelf, Simple},
};
use serde_json::{Map, Value, json};

/// Fields that go out as they are kept.
const PLAIN: [&str; 13] = [
    "id",
    "name",
    "pipelineId",
    "pipelineStageId",
    "assignedTo",
    "status",
    "source",
    "lastStatusChangeAt",
    "lastStageChangeAt",
    "createdAt",
    "updatedAt",
    "contactId",
    "lostReasonId",
];
/// Fields of the events.
const TOLD: [&str; 11] =
    ["id", "assignedTo", "contactId", "monetaryValue", "name", "pipelineId", "pipelineStageId", "source", "status", "dateAdded", "lostReasonId"];

/// A custom field as answers have it: its value is a text or a list of texts.
fn custom(field: &Value) -> Option<Value> {
    let id = field["id"].as_str().or_else(|| field["key"].as_str())?;
    let value = ["field_value", "fieldValue", "value"].iter().map(|name| &field[*name]).find(|value| !value.is_null())?;
    let value = match value {
        Value::Number(number) => json!(number.to_string()),
        Value::Bool(flag) => json!(flag.to_string()),
        Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_) => value.clone(),
    };
    Some(json!({"id": id, "fieldValue": value}))
}

fn of_contact(contact: &Contact) -> Value {
    let mut shown = json!({"id": &*contact.id, "name": contact.name(), "tags": contact.tags});
    for field in ["companyName", "email", "phone"] {
        if let Some(text) = contact.text.get(field) {
            shown[field] = json!(text);
        }
    }
    shown
}

impl Simple {
    /// As answers show an opportunity.
    pub(in crate::highlevel) fn as_opportunity(&self, shelf: &Shelf, location: &str) -> Value {
        let mut fields: Map<String, Value> = Map::new();
        for name in PLAIN {
            if let Some(value) = self.fields.get(name).filter(|value| !value.is_null()) {
                fields.insert(name.to_owned(), value.clone());
            }
        }
        let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        put("locationId", json!(location));
        let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.parse().ok());
        put(
            "monetaryValue",
            self.fields.get("monetaryValue").filter(|value| number(value).is_some()).map_or(json!(0), |value| match value {
                Value::String(_) => json!(number(value)),
                _ => value.clone(),
            }),
        );
        let custom_fields: Vec<Value> = self.fields.get("customFields").and_then(Value::as_array).into_iter().flatten().filter_map(custom).collect();
        put("customFields", json!(custom_fields));
        put("followers", self.fields.get("followers").cloned().unwrap_or_else(|| json!([])));
        put("indexVersion", json!("1"));
        for empty in ["notes", "tasks", "calendarEvents"] {
            put(empty, json!([]));
        }
        if let Some(contact) = self.contact.as_deref().and_then(|id| shelf.contact(id)) {
            put("contact", of_contact(contact));
        }
        Value::Object(fields)
    }

    /// As events show an opportunity.
    pub(in crate::highlevel) fn opportunity_told(&self) -> Map<String, Value> {
        let told = self.fields.iter().filter(|(name, value)| TOLD.contains(&name.as_str()) && !value.is_null());
        told.map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}
