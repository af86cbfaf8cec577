//! The declared type of what a request takes: for data that come as text only.

use super::load::resolve;
use super::operation::Operation;
use super::shape::Shape;
use super::{Api, Place};
use serde_json::Value;

/// A declared type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// A text, or anything that may be one.
    Text,
    /// A number.
    Number,
    /// A whole number.
    Integer,
    /// True or false.
    Flag,
    /// A list.
    List,
    /// An object.
    Object,
}

impl FieldType {
    /// The name for people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Integer => "whole number",
            Self::Flag => "true or false",
            Self::List => "list",
            Self::Object => "object",
        }
    }
}

impl Operation {
    /// The declared type of a member of the data; `None` if there is no such member, or if it may be
    /// anything.
    #[must_use]
    pub fn field_type(&'static self, api: Api, name: &str) -> Option<FieldType> {
        let shape = self.shape(api).ok()?;
        let field = self.fields(api).ok()?.iter().find(|field| field.name == name)?;
        match field.place {
            Place::Path | Place::Query => of(&shape.parameters.iter().find(|parameter| parameter.name == name)?.schema),
            Place::Body => of(member(shape_body(shape)?, name, 0)?),
            Place::List => Some(FieldType::List),
            Place::File => Some(FieldType::Object),
        }
    }
}

fn shape_body(shape: &Shape) -> Option<&Value> {
    shape.body.as_ref().map(|body| &body.schema)
}

/// How deep references are followed: a schema that holds itself ends.
const DEEPEST: usize = 8;

fn member<'a>(schema: &'a Value, name: &str, depth: usize) -> Option<&'a Value> {
    let schema = resolve(schema).filter(|_| depth < DEEPEST)?;
    if let Some(found) = schema.get("properties").and_then(|properties| properties.get(name)) {
        return Some(found);
    }
    let parts = ["allOf", "anyOf", "oneOf"].iter().filter_map(|key| schema.get(key)?.as_array()).flatten();
    parts.into_iter().find_map(|part| member(part, name, depth + 1))
}

fn of(schema: &Value) -> Option<FieldType> {
    let schema = resolve(schema)?;
    let names: Vec<&str> = match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    // What may be a text is one: nothing is lost then.
    let order = [
        ("string", FieldType::Text),
        ("array", FieldType::List),
        ("object", FieldType::Object),
        ("integer", FieldType::Integer),
        ("number", FieldType::Number),
        ("boolean", FieldType::Flag),
    ];
    order.iter().find(|(name, _)| names.contains(name)).map(|(_, found)| *found)
}
