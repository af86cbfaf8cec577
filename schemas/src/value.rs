//! Between Rust's types and Avro's values, field by field.
//!
//! Written by hand and not with serde: serde knows nothing of Avro's unions of records, and picks
//! a branch by shape (a note looks like a small ticket).

use crate::{EntityId, TenantId};
use apache_avro::types::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Why a value could not be read: which field, and what is wrong, without contents.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub field: String,
    pub why: Why,
}

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// Another type than expected.
    Type,
    /// The field is not there.
    Missing,
    /// A symbol or union branch this program lacks.
    Newer,
}

impl Unreadable {
    pub(crate) fn new(why: Why) -> Self {
        Self { field: String::new(), why }
    }

    /// Puts the name of the enclosing field before what is known of the place.
    pub(crate) fn within(mut self, name: &str) -> Self {
        self.field = if self.field.is_empty() { name.to_owned() } else { format!("{name}.{}", self.field) };
        self
    }
}

/// One type's form in Avro.
pub(crate) trait Avro: Sized {
    fn to_avro(&self) -> Value;
    fn from_avro(value: Value) -> Result<Self, Unreadable>;
    /// What stands for a field that is not in the record.
    fn absent() -> Result<Self, Unreadable> {
        Err(Unreadable::new(Why::Missing))
    }
}

impl Avro for String {
    fn to_avro(&self) -> Value {
        Value::String(self.clone())
    }
    fn from_avro(value: Value) -> Result<Self, Unreadable> {
        match value {
            Value::String(text) => Ok(text),
            _ => Err(Unreadable::new(Why::Type)),
        }
    }
}

impl Avro for bool {
    fn to_avro(&self) -> Value {
        Value::Boolean(*self)
    }
    fn from_avro(value: Value) -> Result<Self, Unreadable> {
        match value {
            Value::Boolean(b) => Ok(b),
            _ => Err(Unreadable::new(Why::Type)),
        }
    }
}

/// Numbers and moments alike: a moment's unit is in its schema.
impl Avro for i64 {
    fn to_avro(&self) -> Value {
        Value::Long(*self)
    }
    fn from_avro(value: Value) -> Result<Self, Unreadable> {
        match value {
            Value::Long(n) | Value::TimestampMicros(n) => Ok(n),
            Value::Int(n) => Ok(n.into()),
            _ => Err(Unreadable::new(Why::Type)),
        }
    }
}

impl Avro for i32 {
    fn to_avro(&self) -> Value {
        Value::Int(*self)
    }
    fn from_avro(value: Value) -> Result<Self, Unreadable> {
        match value {
            Value::Int(n) => Ok(n),
            _ => Err(Unreadable::new(Why::Type)),
        }
    }
}

impl Avro for f64 {
    fn to_avro(&self) -> Value {
        Value::Double(*self)
    }
    fn from_avro(value: Value) -> Result<Self, Unreadable> {
        match value {
            Value::Double(x) => Ok(x),
            Value::Float(x) => Ok(x.into()),
            _ => Err(Unreadable::new(Why::Type)),
        }
    }
}

impl Avro for Uuid {
    fn to_avro(&self) -> Value {
        Value::Uuid(*self)
    }
    fn from_avro(value: Value) -> Result<Self, Unreadable> {
        match value {
            Value::Uuid(id) => Ok(id),
            _ => Err(Unreadable::new(Why::Type)),
        }
    }
}

/// Bytes, for `Option<Vec<u8>>` and `Vec<u8>` would else be lists of numbers.
pub(crate) struct Bytes(pub Vec<u8>);

impl Avro for Bytes {
    fn to_avro(&self) -> Value {
        Value::Bytes(self.0.clone())
    }
    fn from_avro(value: Value) -> Result<Self, Unreadable> {
        match value {
            Value::Bytes(bytes) => Ok(Self(bytes)),
            _ => Err(Unreadable::new(Why::Type)),
        }
    }
}

macro_rules! avro_text_id {
    ($($name:ty),+) => { $(
        impl Avro for $name {
            fn to_avro(&self) -> Value { Value::String(self.as_str().to_owned()) }
            fn from_avro(value: Value) -> Result<Self, Unreadable> { String::from_avro(value).map(Self::from) }
        }
    )+ };
}
avro_text_id!(TenantId, EntityId);

/// `["null", T]`, null first, as every optional field is declared.
impl<T: Avro> Avro for Option<T> {
    fn to_avro(&self) -> Value {
        match self {
            None => Value::Union(0, Box::new(Value::Null)),
            Some(some) => Value::Union(1, Box::new(some.to_avro())),
        }
    }
    fn from_avro(value: Value) -> Result<Self, Unreadable> {
        match value {
            Value::Union(_, inner) => match *inner {
                Value::Null => Ok(None),
                some => T::from_avro(some).map(Some),
            },
            _ => Err(Unreadable::new(Why::Type)),
        }
    }
    fn absent() -> Result<Self, Unreadable> {
        Ok(None)
    }
}

impl<T: Avro> Avro for Vec<T> {
    fn to_avro(&self) -> Value {
        Value::Array(self.iter().map(T::to_avro).collect())
    }
    fn from_avro(value: Value) -> Result<Self, Unreadable> {
        match value {
            Value::Array(items) => items.into_iter().map(T::from_avro).collect(),
            _ => Err(Unreadable::new(Why::Type)),
        }
    }
    fn absent() -> Result<Self, Unreadable> {
        Ok(Self::new())
    }
}

impl Avro for BTreeMap<String, String> {
    fn to_avro(&self) -> Value {
        Value::Map(self.iter().map(|(k, v)| (k.clone(), v.to_avro())).collect())
    }
    fn from_avro(value: Value) -> Result<Self, Unreadable> {
        match value {
            Value::Map(entries) => entries.into_iter().map(|(k, v)| String::from_avro(v).map(|v| (k, v))).collect(),
            _ => Err(Unreadable::new(Why::Type)),
        }
    }
    fn absent() -> Result<Self, Unreadable> {
        Ok(Self::new())
    }
}

/// The fields of a record, taken out by name. Fields come in the schema's order, which is mostly
/// the order they are asked for in, so looking from where the last one stood is nearly free.
pub(crate) struct Fields {
    fields: Vec<(String, Value)>,
    next: usize,
}

impl Fields {
    pub(crate) fn of(value: Value) -> Result<Self, Unreadable> {
        match value {
            Value::Record(fields) => Ok(Self { fields, next: 0 }),
            _ => Err(Unreadable::new(Why::Type)),
        }
    }

    pub(crate) fn take<T: Avro>(&mut self, name: &str) -> Result<T, Unreadable> {
        let count = self.fields.len();
        let found = (0..count).map(|i| (self.next + i) % count).find(|&i| self.fields[i].0 == name);
        match found {
            Some(at) => {
                self.next = at + 1;
                T::from_avro(std::mem::replace(&mut self.fields[at].1, Value::Null))
            }
            None => T::absent(),
        }
        .map_err(|e| e.within(name))
    }
}
