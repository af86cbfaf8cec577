//! Values against the documents' schemas, with errors that name fields and no values.

use super::load::{DEFINITIONS, schema};
use super::operation::Operation;
use super::problem::Problem;
use super::shape::Shape;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::paths::LocationSegment;
use jsonschema::{JsonType, ValidationError, Validator};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The validators of one shape.
#[derive(Debug)]
pub(super) struct Checks {
    /// In the order of the parameters; the text says why there is none.
    pub parameters: Vec<Result<Validator, String>>,
    pub body: Option<Result<Validator, String>>,
}

impl Checks {
    /// Those of an operation's shape; what its row calls optional is not required.
    pub fn new(operation: &Operation, shape: &Shape) -> Self {
        let parameters = shape.parameters.iter().map(|parameter| compile(&parameter.schema, &[])).collect();
        let body = shape.body.as_ref().map(|body| compile(&body.schema, &operation.optional));
        Self { parameters, body }
    }
}

/// A validator of a schema with the definitions it needs, and nothing of the network or of files.
fn compile(schema: &Value, optional: &[String]) -> Result<Validator, String> {
    let mut definitions = Map::new();
    gather(schema, &mut definitions);
    let mut whole = json!({"allOf": [schema], "$defs": definitions});
    if !optional.is_empty() {
        relax(&mut whole, optional);
    }
    jsonschema::draft202012::options().build(&whole).map_err(|error| error.to_string())
}

/// Every definition that a schema refers to, and those they refer to.
fn gather(part: &Value, definitions: &mut Map<String, Value>) {
    match part {
        Value::Object(members) => {
            if let Some(name) = members.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix(DEFINITIONS))
                && !definitions.contains_key(name)
                && let Some(definition) = schema(name)
            {
                definitions.insert(name.to_owned(), definition.clone());
                gather(definition, definitions);
            }
            members.values().for_each(|member| gather(member, definitions));
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, definitions)),
        _ => {}
    }
}

/// Takes names out of what the body's own schema requires.
fn relax(whole: &mut Value, optional: &[String]) {
    let mut names = BTreeSet::new();
    let mut next = whole.pointer("/allOf/0/$ref").and_then(Value::as_str).map(str::to_owned);
    while let Some(name) = next.and_then(|reference| reference.strip_prefix(DEFINITIONS).map(str::to_owned)) {
        next = whole["$defs"][&name].get("$ref").and_then(Value::as_str).map(str::to_owned).filter(|_| !names.contains(&name));
        names.insert(name);
    }
    let keep = |schema: &mut Value| {
        if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
            required.retain(|name| !optional.iter().any(|optional| name == optional));
        }
    };
    keep(&mut whole["allOf"][0]);
    for name in names {
        keep(&mut whole["$defs"][&name]);
    }
}

/// What is wrong with a value, with `root` before the names of its members.
pub(super) fn problems(validator: &Result<Validator, String>, value: &Value, root: &str, found: &mut Vec<Problem>) {
    match validator {
        Ok(validator) => found.extend(validator.iter_errors(value).flat_map(|error| told(&error, root))),
        Err(why) => found.push(Problem::new(root, format!("can't be checked: the catalogue's schema is broken: {why}"))),
    }
}

/// An error in our words: the library's repeat the value.
fn told(error: &ValidationError<'_>, root: &str) -> Vec<Problem> {
    let at = place(error, root);
    let says = |message: String| vec![Problem::new(at.clone(), message)];
    match error.kind() {
        Kind::Required { property } => vec![Problem::new(joined(&at, property.as_str().unwrap_or_default()), "is required")],
        Kind::Type { kind } => says(format!("must be {}", types(kind))),
        Kind::Enum { options } => says(format!("must be one of {}", listed(options))),
        Kind::Constant { expected_value } => says(format!("must be {}", listed(expected_value))),
        Kind::Minimum { limit } => says(format!("must be {limit} or more")),
        Kind::Maximum { limit } => says(format!("must be {limit} or less")),
        Kind::MinLength { limit } => says(format!("must have {limit} characters or more")),
        Kind::MaxLength { limit } => says(format!("must have {limit} characters or less")),
        Kind::MinItems { limit } => says(format!("must have {limit} items or more")),
        Kind::MaxItems { limit } => says(format!("must have {limit} items or less")),
        Kind::Pattern { pattern } => says(format!("must match {pattern}")),
        Kind::AdditionalProperties { unexpected } => unexpected.iter().map(|name| Problem::new(joined(&at, name), "is not known")).collect(),
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            nearest(context, root).unwrap_or_else(|| says("has none of the forms it may have".to_owned()))
        }
        Kind::OneOfMultipleValid { .. } => says("fits several forms where it may fit one".to_owned()),
        _ => says(format!("breaks the rule at {} of the schema", error.schema_path().as_str())),
    }
}

/// Of several forms the one with the fewest errors, unless the value is of another type altogether.
fn nearest(context: &[Vec<ValidationError<'static>>], root: &str) -> Option<Vec<Problem>> {
    let best =
        context.iter().filter(|errors| !errors.is_empty()).min_by_key(|errors| (errors.iter().any(|e| matches!(e.kind(), Kind::Type { .. })), errors.len()))?;
    Some(best.iter().flat_map(|error| told(error, root)).collect())
}

fn types(kind: &TypeKind) -> String {
    let names: Vec<&str> = match kind {
        TypeKind::Single(one) => vec![word(*one)],
        TypeKind::Multiple(several) => several.iter().map(word).collect(),
    };
    names.join(" or ")
}

const fn word(json_type: JsonType) -> &'static str {
    match json_type {
        JsonType::Array => "a list",
        JsonType::Boolean => "true or false",
        JsonType::Integer => "a whole number",
        JsonType::Null => "null",
        JsonType::Number => "a number",
        JsonType::Object => "an object",
        JsonType::String => "a text",
    }
}

fn listed(options: &Value) -> String {
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    options.as_array().map_or_else(|| plain(options), |options| options.iter().map(plain).collect::<Vec<_>>().join(", "))
}

/// `customFields[0].id`
fn place(error: &ValidationError<'_>, root: &str) -> String {
    error.instance_path().into_iter().fold(root.to_owned(), |at, segment| match segment {
        LocationSegment::Property(name) => joined(&at, &name),
        LocationSegment::Index(index) => format!("{at}[{index}]"),
    })
}

fn joined(at: &str, name: &str) -> String {
    let name = super::find::shortened(name);
    if at.is_empty() { name } else { format!("{at}.{name}") }
}
