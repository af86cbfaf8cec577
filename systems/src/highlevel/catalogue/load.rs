//! The two files, read once and joined.

use super::operation::{Kind, Operation};
use super::rows::Row;
use super::shape::Shape;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

/// Drawn from the published documents by `cargo xtask catalogue`.
const FACTS: &str = include_str!("facts.json");
/// By hand.
const ROWS: &str = include_str!("rows.toml");

/// References of schemas begin with this.
pub(super) const DEFINITIONS: &str = "#/$defs/";

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::read(FACTS, ROWS));

/// All operations, by number.
#[must_use]
pub fn all() -> &'static [Operation] {
    &CATALOGUE.operations
}

/// A JSON Schema by name, as references name it after `#/$defs/`.
#[must_use]
pub fn schema(name: &str) -> Option<&'static Value> {
    CATALOGUE.schemas.get(name)
}

/// A schema, or the one it refers to.
pub(super) fn resolve(schema: &Value) -> Option<&Value> {
    match schema.get("$ref").and_then(Value::as_str) {
        Some(reference) => self::schema(reference.strip_prefix(DEFINITIONS)?),
        None => Some(schema),
    }
}

pub(super) struct Catalogue {
    operations: Vec<Operation>,
    schemas: HashMap<String, Value>,
    /// What is wrong with the files; a test says so, nobody else stumbles over it.
    #[cfg_attr(not(test), expect(dead_code, reason = "tests read it"))]
    pub problems: Vec<String>,
}

#[derive(Deserialize, Default)]
struct Facts {
    operations: Vec<Fact>,
    schemas: HashMap<String, Value>,
}

/// One operation by the documents.
#[derive(Deserialize)]
struct Fact {
    number: u16,
    name: String,
    title: String,
    category: String,
    kind: Kind,
    scope: Option<String>,
    deprecated: bool,
    v2: Shape,
    v3: Option<Shape>,
}

impl Catalogue {
    pub fn read(facts: &str, rows: &str) -> Self {
        let mut problems = Vec::new();
        let mut rows = read_rows(rows, &mut problems);
        let facts: Facts = serde_json::from_str(facts).unwrap_or_else(|error| {
            problems.push(format!("facts.json: {error}"));
            Facts::default()
        });
        let mut operations: Vec<Operation> = Vec::with_capacity(facts.operations.len());
        for fact in facts.operations {
            let row = rows.remove(&fact.number).unwrap_or_else(|| {
                problems.push(format!("rows.toml: {} (`{}`) has no usable row", fact.number, fact.name));
                Row::missing(fact.number)
            });
            operations.push(join(fact, row));
        }
        problems.extend(rows.keys().map(|number| format!("rows.toml: {number} is not in facts.json")));
        operations.sort_by_key(|operation| operation.number);
        Self { operations, schemas: facts.schemas, problems }
    }

    #[cfg(test)]
    pub fn get() -> &'static Self {
        &CATALOGUE
    }
}

/// Each row by itself, so that a broken one leaves the others.
fn read_rows(text: &str, problems: &mut Vec<String>) -> BTreeMap<u16, Row> {
    #[derive(Deserialize)]
    struct File {
        operation: Vec<toml::Value>,
    }
    let file: File = toml::from_str(text).unwrap_or_else(|error| {
        problems.push(format!("rows.toml: {error}"));
        File { operation: Vec::new() }
    });
    let mut rows = BTreeMap::new();
    for row in file.operation {
        let number = row.get("number").and_then(toml::Value::as_integer);
        match row.try_into::<Row>() {
            Ok(row) => {
                let number = row.number;
                if rows.insert(number, row).is_some() {
                    problems.push(format!("rows.toml: {number} has two rows"));
                }
            }
            Err(error) => problems.push(format!("rows.toml: {number:?}: {error}")),
        }
    }
    rows
}

fn join(fact: Fact, row: Row) -> Operation {
    Operation {
        number: fact.number,
        name: fact.name,
        title: fact.title,
        category: fact.category,
        kind: fact.kind,
        deprecated: fact.deprecated,
        scope: fact.scope,
        v2: fact.v2,
        v3: fact.v3,
        entity: row.entity,
        root: row.root,
        effect: row.effect,
        token: row.token,
        probe: row.probe,
        poll: row.poll,
        window: row.window,
        optional: row.optional,
        array: row.array,
        odd: row.odd,
        note: row.note,
    }
}
