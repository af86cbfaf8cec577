//! What a field may hold: checks input and brings it into one form.

use super::{problem::Problem, resource::Resource};
use jiff::{Timestamp, civil::Date};
use serde_json::{Map, Value};

/// One field of a resource.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) required: bool,
}

/// What it holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Text,
    Flag,
    /// Decimal text; a number is accepted and kept as text.
    Decimal,
    Moment,
    Date,
    Texts,
    TextMap,
    OneOf(&'static [&'static str]),
    /// The id of a living record.
    Reference(Resource),
}

/// Checks what came in for `resource` and brings it into one form. Null stays null: it clears a field.
pub(super) fn checked(resource: Resource, input: Value) -> Result<Map<String, Value>, Problem> {
    let Value::Object(input) = input else {
        return Err(Problem::bad_request("the body must be a JSON object"));
    };
    let mut fields = Map::new();
    for (name, value) in input {
        let known = resource.fields().iter().find(|field| field.name == name);
        let Some(field) = known else {
            return Err(Problem::invalid(&name, format!("a {} has no such field", resource.singular())));
        };
        let value = match value {
            Value::Null => Value::Null,
            value => field.kind.read(field.name, value)?,
        };
        fields.insert(name, value);
    }
    Ok(fields)
}

impl Kind {
    fn read(self, name: &str, value: Value) -> Result<Value, Problem> {
        match self {
            Self::Text | Self::Reference(_) if value.is_string() => Ok(value),
            Self::Flag if value.is_boolean() => Ok(value),
            Self::Decimal => match value {
                Value::Number(number) => Ok(Value::String(number.to_string())),
                Value::String(text) if text.parse::<f64>().is_ok_and(f64::is_finite) => Ok(Value::String(text)),
                _ => Err(Problem::invalid(name, "must be a decimal number as text")),
            },
            Self::Moment => value
                .as_str()
                .and_then(|text| text.parse::<Timestamp>().ok())
                .map(|at| Value::String(moment(at.as_microsecond())))
                .ok_or_else(|| Problem::invalid(name, "must be an RFC 3339 moment")),
            Self::Date if value.as_str().is_some_and(|text| text.parse::<Date>().is_ok()) => Ok(value),
            Self::Texts if value.as_array().is_some_and(|items| items.iter().all(Value::is_string)) => Ok(value),
            Self::TextMap if value.as_object().is_some_and(|map| map.values().all(Value::is_string)) => Ok(value),
            Self::OneOf(words) if value.as_str().is_some_and(|text| words.contains(&text)) => Ok(value),
            Self::Text | Self::Reference(_) => Err(Problem::invalid(name, "must be a text")),
            Self::Flag => Err(Problem::invalid(name, "must be true or false")),
            Self::Date => Err(Problem::invalid(name, "must be a date YYYY-MM-DD")),
            Self::Texts => Err(Problem::invalid(name, "must be a list of texts")),
            Self::TextMap => Err(Problem::invalid(name, "must be an object of texts")),
            Self::OneOf(words) => Err(Problem::invalid(name, format!("must be one of {}", words.join(", ")))),
        }
    }
}

/// Microseconds since the epoch as the wire writes a moment: always six decimals, so that text order
/// is time order.
pub(super) fn moment(micros: i64) -> String {
    match Timestamp::from_microsecond(micros) {
        Ok(at) => format!("{at:.6}"),
        Err(_) => "9999-12-30T22:00:00.999999Z".to_owned(),
    }
}

/// The other way round.
pub(super) fn micros(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(|at| at.as_microsecond())
}

/// The form in which a filter compares: e-mail without case, phone by its digits.
pub(super) fn comparable(name: &str, value: &str) -> String {
    match name {
        "email" => value.trim().to_lowercase(),
        "phone" => value.chars().filter(char::is_ascii_digit).collect(),
        _ => value.to_owned(),
    }
}
