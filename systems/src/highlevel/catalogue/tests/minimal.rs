//! The least data that an operation takes.

use crate::highlevel::catalogue::load::resolve;
use crate::highlevel::catalogue::{Api, Operation, Place};
use serde_json::{Map, Value, json};

/// Every required field with some value that fits, ids of the location left out.
pub fn data(operation: &'static Operation, api: Api) -> Value {
    let shape = operation.shape(api).unwrap();
    let mut data = Map::new();
    for field in operation.fields(api).unwrap().iter().filter(|field| field.required) {
        let value = match field.place {
            Place::Path | Place::Query => fitting(&shape.parameters.iter().find(|parameter| parameter.name == field.name).unwrap().schema),
            Place::Body => member(&shape.body.as_ref().unwrap().schema, &field.name).map_or(json!("x"), fitting),
            Place::List => fitting(&shape.body.as_ref().unwrap().schema),
            Place::File => json!({"file_name": "a.txt", "media_type": "text/plain", "base64": "YQ=="}),
        };
        data.insert(field.name.clone(), value);
    }
    for filled in ["locationId", "location_id", "companyId"] {
        data.remove(filled);
    }
    Value::Object(data)
}

/// The schema of a body's member.
pub fn member<'a>(schema: &'a Value, name: &str) -> Option<&'a Value> {
    let schema = resolve(schema)?;
    let parts = ["allOf", "anyOf", "oneOf"].into_iter().filter_map(|key| schema.get(key)?.as_array()).flatten();
    schema.get("properties").and_then(|properties| properties.get(name)).or_else(|| parts.into_iter().find_map(|part| member(part, name)))
}

/// Some value that a schema takes.
pub fn fitting(schema: &Value) -> Value {
    let Some(schema) = resolve(schema) else { return json!("x") };
    if let Some(first) = schema.get("enum").and_then(|values| values.get(0)) {
        return first.clone();
    }
    if let Some(part) = ["allOf", "anyOf", "oneOf"].into_iter().find_map(|key| schema.get(key)?.get(0)) {
        return fitting(part);
    }
    let name = schema.get("type").and_then(|name| name.as_str().or_else(|| name.get(0)?.as_str()));
    match name {
        Some("number" | "integer") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        Some("boolean") => json!(true),
        Some("array") => json!([schema.get("items").map_or(json!("x"), fitting)]),
        Some("object") => {
            let required = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            required.map(|name| (name.to_owned(), member(schema, name).map_or(json!("x"), fitting))).collect::<Map<_, _>>().into()
        }
        _ => json!("x"),
    }
}
