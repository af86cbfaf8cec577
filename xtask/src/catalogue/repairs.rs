//! Where the documents contradict themselves or leave out what they need. One function a trap.

use serde_json::{Map, Value, json};

/// `type: any` is no type of JSON Schema: nothing is said.
pub fn any_type(schema: &mut Map<String, Value>) {
    if schema.get("type").is_some_and(|name| name == "any") {
        schema.remove("type");
    }
}

/// An object without members whose own example or default is a text, a number or a list: the type is
/// wrong, nothing else is known.
pub fn object_that_is_none(schema: &mut Map<String, Value>, document: &Map<String, Value>) {
    let is_object =
        schema.get("type").is_some_and(|name| name == "object") && !schema.contains_key("properties") && !schema.contains_key("additionalProperties");
    let shown = ["default", "example"].into_iter().filter_map(|key| document.get(key));
    if is_object && shown.into_iter().any(|value| !value.is_object() && !value.is_null()) {
        schema.remove("type");
    }
}

/// OpenAPI 3.0 says `nullable`, JSON Schema has `null` among the types.
pub fn nullable(mut schema: Map<String, Value>, document: &Map<String, Value>) -> Map<String, Value> {
    if document.get("nullable") != Some(&Value::Bool(true)) || schema.is_empty() {
        return schema;
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.push(Value::Null);
    }
    match schema.get("type").cloned() {
        Some(name) => {
            schema.insert("type".to_owned(), json!([name, "null"]));
            schema
        }
        None if schema.contains_key("enum") => schema,
        None => Map::from_iter([("anyOf".to_owned(), json!([schema, {"type": "null"}]))]),
    }
}

/// Choices that stand beside a parameter's schema instead of in it. Each is an object that has the
/// parameter as its member: the member is meant.
pub fn choices_of_parameter(parameter: &Value, schemas: &Value) -> Option<Value> {
    let choices = ["anyOf", "oneOf"].into_iter().find_map(|key| parameter.get(key)?.as_array())?;
    let name = parameter["name"].as_str().unwrap_or_default();
    let member = |choice: &Value| schemas[choice["$ref"].as_str()?.rsplit('/').next()?]["properties"].get(name).cloned();
    let meant: Vec<Value> = choices.iter().map(|choice| member(choice).unwrap_or_else(|| choice.clone())).collect();
    Some(json!({"anyOf": meant}))
}

/// Names in a path's braces that no parameter declares.
pub fn undeclared(path: &str, parameters: &[Value]) -> Vec<Value> {
    let names = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    let is_declared = |name: &str| parameters.iter().any(|parameter| parameter["name"] == name && parameter["in"] == "path");
    let missing = names.filter(|name| !is_declared(name));
    missing.map(|name| json!({"name": name, "in": "path", "required": true, "schema": schema_of_undeclared(path, name)})).collect()
}

/// Tags are put on or taken off by the last segment.
fn schema_of_undeclared(path: &str, name: &str) -> Value {
    if (path, name) == ("/contacts/bulk/tags/update/{type}", "type") { json!({"type": "string", "enum": ["add", "remove"]}) } else { json!({"type": "string"}) }
}

/// The search for contacts has an empty body in the documents; without these two it is refused (FACTS
/// section 6, the CSV's note).
pub fn empty_body(path: &str) -> Option<Value> {
    (path == "/contacts/search").then(|| {
        json!({
            "type": "object",
            "required": ["locationId", "pageLimit"],
            "properties": {
                "filters": {"type": "array", "items": {"type": "object"}},
                "locationId": {"type": "string"},
                "page": {"type": "integer", "minimum": 1},
                "pageLimit": {"type": "integer", "minimum": 1, "maximum": 500},
                "query": {"type": "string", "maxLength": 75},
                "searchAfter": {"type": "array"},
                "sort": {"type": "array", "items": {"type": "object"}},
            },
        })
    })
}
