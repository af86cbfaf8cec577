//! OpenAPI's schemas as JSON Schemas without their texts.

use super::documents::Documents;
use super::repairs;
use crate::run::Outcome;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// References of documents begin with this.
const COMPONENTS: &str = "#/components/schemas/";
/// What is taken over as it stands.
const KEPT: [&str; 11] =
    ["type", "required", "enum", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern", "additionalProperties"];

/// The schemas that the operations' parameters and bodies need, by `v2.contacts.CreateContactDto`.
#[derive(Default)]
pub struct Schemas {
    pub by_name: BTreeMap<String, Value>,
}

impl Schemas {
    /// A schema of a document, stripped; what it refers to is taken along.
    pub fn take(&mut self, documents: &Documents, document: &str, schema: &Value) -> Outcome<Value> {
        let Value::Object(given) = schema else { return Err(format!("{document}: a schema is not an object")) };
        if let Some(reference) = given.get("$ref").and_then(Value::as_str) {
            return self.refer(documents, document, reference);
        }
        let mut kept = Map::new();
        for key in KEPT.into_iter().filter(|key| given.contains_key(*key)) {
            kept.insert(key.to_owned(), given[key].clone());
        }
        if let Some(of_others) = given.get("additionalProperties").filter(|of_others| of_others.is_object()) {
            kept.insert("additionalProperties".to_owned(), self.take(documents, document, of_others)?);
        }
        if let Some(items) = given.get("items") {
            kept.insert("items".to_owned(), self.take(documents, document, items)?);
        }
        if let Some(Value::Object(properties)) = given.get("properties") {
            let taken: Outcome<Map<String, Value>> =
                properties.iter().map(|(name, schema)| Ok((name.clone(), self.take(documents, document, schema)?))).collect();
            kept.insert("properties".to_owned(), Value::Object(taken?));
        }
        for key in ["oneOf", "anyOf", "allOf"] {
            if let Some(Value::Array(parts)) = given.get(key) {
                let taken: Outcome<Vec<Value>> = parts.iter().map(|part| self.take(documents, document, part)).collect();
                kept.insert(key.to_owned(), Value::Array(taken?));
            }
        }
        repairs::any_type(&mut kept);
        repairs::object_that_is_none(&mut kept, given);
        Ok(sorted(repairs::nullable(kept, given)))
    }

    fn refer(&mut self, documents: &Documents, document: &str, reference: &str) -> Outcome<Value> {
        let unknown = || format!("{document} has no {reference}");
        let name = reference.strip_prefix(COMPONENTS).ok_or_else(unknown)?;
        let key = format!("{document}.{name}");
        if !self.by_name.contains_key(&key) {
            // Before it is taken: it may refer to itself.
            self.by_name.insert(key.clone(), Value::Null);
            let schema = documents.get(document).and_then(|document| document["components"]["schemas"].get(name)).ok_or_else(unknown)?;
            let taken = self.take(documents, document, schema)?;
            self.by_name.insert(key.clone(), taken);
        }
        Ok(json!({"$ref": format!("#/$defs/{key}")}))
    }
}

/// Members by name, whatever order the library keeps them in.
fn sorted(schema: Map<String, Value>) -> Value {
    fn sort(value: Value) -> Value {
        match value {
            Value::Object(members) => {
                Value::Object(members.into_iter().map(|(name, value)| (name, sort(value))).collect::<BTreeMap<_, _>>().into_iter().collect())
            }
            Value::Array(items) => Value::Array(items.into_iter().map(sort).collect()),
            other => other,
        }
    }
    sort(Value::Object(schema))
}
