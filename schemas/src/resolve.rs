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
            (Value::Map(entries), Schema::Map(w), Schema::Map(r)) => {
                entries.into_iter().map(|(k, v)| self.resolve(v, &w.types, &r.types).map(|v| (k, v))).collect::<Result<_, _>>().map(Value::Map)
            }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const OLD: &str = r#"{"type": "record", "name": "E", "fields": [
        {"name": "kind", "type": {"type": "enum", "name": "K", "symbols": ["a", "b"], "default": "a"}},
        {"name": "n", "type": "int"},
        {"name": "gone", "type": "string"},
        {"name": "payload", "type": ["null",
            {"type": "record", "name": "Note", "fields": [{"name": "body", "type": ["null", "string"]}]}]}]}"#;
    const NEW: &str = r#"{"type": "record", "name": "E", "fields": [
        {"name": "added", "type": ["null", "string"], "default": null},
        {"name": "text", "type": "string", "default": "d"},
        {"name": "many", "type": {"type": "array", "items": "K2"}, "default": []},
        {"name": "kind", "type": {"type": "enum", "name": "K", "symbols": ["b", "a"], "default": "a"}},
        {"name": "number", "aliases": ["n"], "type": "long"},
        {"name": "payload", "type": ["null",
            {"type": "record", "name": "Ticket", "fields": [
                {"name": "subject", "type": ["null", "string"], "default": null},
                {"name": "body", "type": ["null", "string"], "default": null}]},
            {"type": "record", "name": "Note", "fields": [
                {"name": "body", "type": ["null", "string"], "default": null},
                {"name": "pinned", "type": "boolean", "default": false}]}]}]}"#;

    fn schemas() -> (Schema, Schema) {
        let new = NEW.replace("\"K2\"", "\"string\"");
        (Schema::parse_str(OLD).unwrap(), Schema::parse_str(&new).unwrap())
    }

    fn field(name: &str, value: Value) -> (String, Value) {
        (name.to_owned(), value)
    }

    fn resolve(value: Value, writer: &Schema, reader: &Schema) -> Result<Value, Unreadable> {
        let (w, r) = (Names::of(writer), Names::of(reader));
        Resolution { writer: &w, reader: &r }.resolve(value, writer, reader)
    }

    fn null() -> Value {
        Value::Union(0, Box::new(Value::Null))
    }

    #[test]
    fn an_older_record_takes_the_newest_form_and_keeps_its_branch_by_name() {
        let (old, new) = schemas();
        let note = Value::Record(vec![field("body", Value::Union(1, Box::new(Value::String("b".to_owned()))))]);
        let written = Value::Record(vec![
            field("kind", Value::Enum(1, "b".to_owned())),
            field("n", Value::Int(7)),
            field("gone", Value::String("g".to_owned())),
            field("payload", Value::Union(1, Box::new(note))),
        ]);
        let note = Value::Record(vec![field("body", Value::Union(1, Box::new(Value::String("b".to_owned())))), field("pinned", Value::Boolean(false))]);
        let expected = Value::Record(vec![
            field("added", null()),
            field("text", Value::String("d".to_owned())),
            field("many", Value::Array(Vec::new())),
            field("kind", Value::Enum(0, "b".to_owned())),
            field("number", Value::Long(7)),
            field("payload", Value::Union(2, Box::new(note))),
        ]);
        assert_eq!(resolve(written, &old, &new).unwrap(), expected);
    }

    #[test]
    fn a_newer_records_unknown_symbol_becomes_the_default_and_its_unknown_branch_an_error() {
        let (old, new) = schemas();
        let newer = Schema::parse_str(&OLD.replace(r#"["a", "b"]"#, r#"["a", "b", "c"]"#)).unwrap();
        let record = |symbol: u32, name: &str| {
            Value::Record(vec![
                field("kind", Value::Enum(symbol, name.to_owned())),
                field("n", Value::Int(7)),
                field("gone", Value::String("g".to_owned())),
                field("payload", null()),
            ])
        };
        assert_eq!(resolve(record(2, "c"), &newer, &old).unwrap(), record(0, "a"));

        let ticket = Value::Record(vec![field("subject", null()), field("body", null())]);
        let written = Value::Record(vec![
            field("added", null()),
            field("text", Value::String(String::new())),
            field("many", Value::Array(Vec::new())),
            field("kind", Value::Enum(0, "b".to_owned())),
            field("number", Value::Long(7)),
            field("payload", Value::Union(1, Box::new(ticket))),
        ]);
        let Schema::Record(mut reader) = old else { panic!("not a record") };
        reader.fields.retain(|f| f.name == "payload");
        let error = resolve(written, &new, &Schema::Record(reader)).unwrap_err();
        assert_eq!((error.field.as_str(), error.why), ("payload", Why::Newer));
    }
}
