//! Schema resolution: a value read with its writer's schema, brought into the newest schema's form.
//!
//! apache-avro's own `Value::resolve` forgets which branch of a union was written and takes the
//! first that fits by shape: once tickets hold every field a note has, a note resolves to a ticket.
//! Here a branch is followed by its name, as Avro's specification has it (Schema Resolution).

use crate::value::{Unreadable, Why};
use apache_avro::Schema;
use apache_avro::schema::SchemaKind;
use apache_avro::types::Value;
use std::collections::HashMap;

/// The named types of one schema, by unqualified name (what the specification matches by).
#[derive(Debug)]
pub(crate) struct Names(HashMap<String, Schema>);

impl Names {
    pub(crate) fn of(schema: &Schema) -> Self {
        let mut names = HashMap::new();
        collect(schema, &mut names);
        Self(names)
    }

    /// The schema itself, or the one it refers to by name.
    fn real<'s>(&'s self, schema: &'s Schema) -> &'s Schema {
        match schema {
            Schema::Ref { name } => self.0.get(&name.name).unwrap_or(schema),
            other => other,
        }
    }
}

fn collect(schema: &Schema, names: &mut HashMap<String, Schema>) {
    match schema {
        Schema::Record(record) => {
            names.insert(record.name.name.clone(), schema.clone());
            record.fields.iter().for_each(|field| collect(&field.schema, names));
        }
        Schema::Enum(inner) => {
            names.insert(inner.name.name.clone(), schema.clone());
        }
        Schema::Union(union) => union.variants().iter().for_each(|branch| collect(branch, names)),
        Schema::Array(array) => collect(&array.items, names),
        Schema::Map(map) => collect(&map.types, names),
        _ => {}
    }
}

/// A writer's and a reader's schema with their names.
pub(crate) struct Resolution<'s> {
    pub writer: &'s Names,
    pub reader: &'s Names,
}

impl Resolution<'_> {
    /// Brings `value`, read with `writer`, into the form of `reader`.
    pub(crate) fn resolve(&self, value: Value, writer: &Schema, reader: &Schema) -> Result<Value, Unreadable> {
        let (writer, reader) = (self.writer.real(writer), self.reader.real(reader));
        match (value, writer, reader) {
            (Value::Union(branch, inner), Schema::Union(written), _) => {
                let written = written.variants().get(branch as usize).ok_or_else(|| Unreadable::new(Why::Type))?;
                self.resolve(*inner, written, reader)
            }
            (value, _, Schema::Union(union)) => {
                let branch = union.variants().iter().position(|r| self.same(writer, self.reader.real(r)));
                let branch = branch.ok_or_else(|| Unreadable::new(Why::Newer))?;
                let inner = self.resolve(value, writer, &union.variants()[branch])?;
                Ok(Value::Union(u32::try_from(branch).expect("a union has few branches"), Box::new(inner)))
            }
            (Value::Record(fields), Schema::Record(w), Schema::Record(r)) => {
                let mut written: Vec<_> = fields.into_iter().zip(&w.fields).map(Some).collect();
                let mut out = Vec::with_capacity(r.fields.len());
                for field in &r.fields {
                    let mut names = std::iter::once(&field.name).chain(field.aliases.iter().flatten());
                    let at = names.find_map(|name| w.fields.iter().position(|f| f.name == *name));
                    let value = match at.and_then(|at| written[at].take()) {
                        Some(((_, value), f)) => self.resolve(value, &f.schema, &field.schema),
                        None => default(field.default.as_ref(), &field.schema),
                    };
                    out.push((field.name.clone(), value.map_err(|e| e.within(&field.name))?));
                }
                Ok(Value::Record(out))
            }
            (Value::Enum(_, symbol), Schema::Enum(_), Schema::Enum(r)) => {
                let known = |s: &String| r.symbols.iter().position(|own| own == s);
                let found = known(&symbol).map(|at| (at, symbol));
                let found = found.or_else(|| r.default.clone().and_then(|d| known(&d).map(|at| (at, d))));
                let (at, symbol) = found.ok_or_else(|| Unreadable::new(Why::Newer))?;
                Ok(Value::Enum(u32::try_from(at).expect("an enum has few symbols"), symbol))
            }
            (Value::Array(items), Schema::Array(w), Schema::Array(r)) => {
                let items = items.into_iter().map(|item| self.resolve(item, &w.items, &r.items));
                items.collect::<Result<_, _>>().map(Value::Array)
            }
            (Value::Map(entries), Schema::Map(w), Schema::Map(r)) => entries
                .into_iter()
                .map(|(k, v)| self.resolve(v, &w.types, &r.types).map(|v| (k, v)))
                .collect::<Result<_, _>>()
                .map(Value::Map),
            // Plain values and their promotions; the error quotes the value, so it stays here.
            (value, _, reader) => value.resolve(reader).map_err(|_| Unreadable::new(Why::Type)),
        }
    }

    /// Whether a reader's union branch is the one for what was written.
    fn same(&self, writer: &Schema, reader: &Schema) -> bool {
        match (writer, reader) {
            (Schema::Record(w), Schema::Record(r)) => w.name.name == r.name.name,
            (Schema::Enum(w), Schema::Enum(r)) => w.name.name == r.name.name,
            (w, r) => SchemaKind::from(w) == SchemaKind::from(r),
        }
    }
}

/// A field's default; that of a union belongs to its first branch.
fn default(json: Option<&serde_json::Value>, schema: &Schema) -> Result<Value, Unreadable> {
    let value = Value::from(json.ok_or_else(|| Unreadable::new(Why::Missing))?.clone());
    match schema {
        Schema::Union(union) => {
            let first = union.variants().first().ok_or_else(|| Unreadable::new(Why::Missing))?;
            let value = value.resolve(first).map_err(|_| Unreadable::new(Why::Missing))?;
            Ok(Value::Union(0, Box::new(value)))
        }
        other => value.resolve(other).map_err(|_| Unreadable::new(Why::Missing)),
    }
}
