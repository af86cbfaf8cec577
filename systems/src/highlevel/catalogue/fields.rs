//! What a request takes, by name.

use super::file;
use super::load::resolve;
use super::operation::Operation;
use super::rows::Odd;
use super::shape::{Body, Shape, Where};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// One thing a request takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    /// Its name in the data.
    pub name: String,
    /// Where it goes.
    pub place: Place,
    /// Whether the service requires it.
    pub required: bool,
}

/// Where a field of the data goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// One segment of the path.
    Path,
    /// The query.
    Query,
    /// A member of the body.
    Body,
    /// The whole body, a list.
    List,
    /// The file of a form.
    File,
}

/// Those of an operation's shape: path, query, body, each by name or in the document's order.
pub(super) fn of(operation: &Operation, shape: &Shape) -> Vec<Field> {
    let declared = |place: Where| shape.parameters.iter().filter(move |parameter| parameter.place == place);
    let path = declared(Where::Path).map(|p| Field { name: p.name.clone(), place: Place::Path, required: true });
    let query = declared(Where::Query).map(|p| Field { name: p.name.clone(), place: Place::Query, required: p.required });
    let mut fields: Vec<Field> = path.chain(query).collect();
    match (&shape.body, &operation.array) {
        (Some(body), Some(name)) => fields.push(Field { name: name.clone(), place: Place::List, required: body.required }),
        (Some(body), None) => fields.extend(members(body)),
        (None, _) => {}
    }
    if operation.is(Odd::Multipart) {
        fields.push(Field { name: file::NAME.to_owned(), place: Place::File, required: true });
    }
    for field in fields.iter_mut().filter(|field| operation.optional.contains(&field.name)) {
        field.required = field.place == Place::Path;
    }
    fields
}

/// The members of a body that is an object.
fn members(body: &Body) -> Vec<Field> {
    let (mut names, mut required) = (Vec::new(), BTreeSet::new());
    collect(&body.schema, true, &mut names, &mut required, 0);
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(*name));
    names.into_iter().map(|name| Field { name: name.clone(), place: Place::Body, required: required.contains(name.as_str()) }).collect()
}

/// How deep references are followed: a schema that holds itself ends.
const DEEPEST: usize = 8;

/// Names also through references and `allOf`, `anyOf`, `oneOf`; of the latter two none is required.
fn collect<'a>(schema: &'a Value, always: bool, names: &mut Vec<&'a String>, required: &mut BTreeSet<&'a str>, depth: usize) {
    let Some(schema) = resolve(schema).filter(|_| depth < DEEPEST) else { return };
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        names.extend(properties.keys());
    }
    if let Some(listed) = schema.get("required").and_then(Value::as_array).filter(|_| always) {
        required.extend(listed.iter().filter_map(Value::as_str));
    }
    for (key, always) in [("allOf", always), ("anyOf", false), ("oneOf", false)] {
        for part in schema.get(key).and_then(Value::as_array).into_iter().flatten() {
            collect(part, always, names, required, depth + 1);
        }
    }
}
