//! The catalogue's operations, each with what its documents say.

use super::documents::Documents;
use super::repairs;
use super::schemas::Schemas;
use crate::run::Outcome;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Where the CSV names no version, it notes that these are to be sent one all the same.
const VERSION_OF_THE_UNVERSIONED: &str = "2021-04-15";
/// Operations without a scope in the documents; their sisters need this one.
const SCOPE_OF_SISTERS: [(u16, &str); 2] = [(18, "contacts.write"), (102, "contacts.write")];
/// What the CSV writes for a generation that has left an operation out.
const ABSENT: &str = "absent";

/// What was drawn.
pub struct Facts {
    /// Members in the order in which they are written.
    pub operations: Vec<Vec<(&'static str, Value)>>,
    pub schemas: BTreeMap<String, Value>,
}

impl Facts {
    /// From the folder that holds `operations.csv` and `openapi/`.
    pub fn draw(folder: &Path) -> Outcome<Self> {
        let documents = Documents::read(folder)?;
        let mut drawing = Drawing { documents: &documents, schemas: Schemas::default() };
        let mut operations = Vec::new();
        let mut names = BTreeSet::new();
        for row in rows(folder)? {
            // 131 is listed and does not exist.
            if row.path.is_empty() {
                continue;
            }
            let members = drawing.operation(&row).map_err(|error| format!("operation {}: {error}", row.number))?;
            if !names.insert(row.name()) {
                return Err(format!("two operations are called `{}`", row.name()));
            }
            operations.push(members);
        }
        Ok(Self { operations, schemas: drawing.schemas.by_name })
    }
}

/// A line of `operations.csv`.
struct Row {
    number: u16,
    category: String,
    kind: String,
    title: String,
    method: String,
    path: String,
    scope: String,
    version: String,
    /// Method and path, or `absent`.
    v3: String,
}

impl Row {
    /// `List Contacts (Deprecated)` is `list contacts`.
    fn name(&self) -> String {
        self.title.split(" (").next().unwrap_or_default().trim().to_lowercase()
    }
}

fn rows(folder: &Path) -> Outcome<Vec<Row>> {
    let path = folder.join("operations.csv");
    let broken = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let mut reader = csv::Reader::from_path(&path).map_err(|error| broken(&error))?;
    let headers = reader.headers().map_err(|error| broken(&error))?.clone();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| broken(&error))?;
        let get = |name: &str| {
            let column = headers.iter().position(|header| header == name).ok_or_else(|| broken(&format!("there is no column {name}")))?;
            Ok::<_, String>(record.get(column).unwrap_or_default().trim().to_owned())
        };
        rows.push(Row {
            number: get("number")?.parse().map_err(|error| broken(&error))?,
            category: get("category")?,
            kind: get("kind")?,
            title: get("seed_name")?,
            method: get("method")?,
            path: get("path")?,
            scope: get("oauth_scope")?,
            version: get("api_version_header")?,
            v3: get("v3")?,
        });
    }
    Ok(rows)
}

struct Drawing<'a> {
    documents: &'a Documents,
    schemas: Schemas,
}

impl Drawing<'_> {
    fn operation(&mut self, row: &Row) -> Outcome<Vec<(&'static str, Value)>> {
        let version = if row.version.is_empty() { VERSION_OF_THE_UNVERSIONED } else { &row.version };
        let v3 = match row.v3.split_once(' ') {
            Some((method, path)) => self.shape("v3", method, path, "v3")?,
            None if row.v3 == ABSENT => Value::Null,
            None => return Err(format!("its v3 is `{}`: neither `{ABSENT}` nor a method and a path", row.v3)),
        };
        let scope = SCOPE_OF_SISTERS.iter().find(|(number, _)| *number == row.number).map_or(row.scope.as_str(), |(_, scope)| scope);
        let (_, said) = self.documents.operation("v2", &row.method, &row.path)?;
        Ok(vec![
            ("number", json!(row.number)),
            ("name", json!(row.name())),
            ("title", json!(row.title)),
            ("category", json!(row.category)),
            ("kind", json!(row.kind)),
            ("scope", if scope.is_empty() { Value::Null } else { json!(scope) }),
            ("deprecated", json!(said["deprecated"] == true)),
            ("v2", self.shape("v2", &row.method, &row.path, version)?),
            ("v3", v3),
        ])
    }

    fn shape(&mut self, generation: &str, method: &str, path: &str, version: &str) -> Outcome<Value> {
        let (document, said) = self.documents.operation(generation, method, path)?;
        let mut shape = json!({"method": method, "path": path, "version": version, "answer": answer(said)?});
        shape["parameters"] = Value::Array(self.parameters(document, said, path)?);
        if let Some(body) = self.body(document, said, path)? {
            shape["body"] = body;
        }
        Ok(shape)
    }

    /// Those of path and query; headers are the client's.
    fn parameters(&mut self, document: &str, said: &Value, path: &str) -> Outcome<Vec<Value>> {
        let declared: Vec<Value> = said["parameters"].as_array().cloned().unwrap_or_default();
        let mut parameters = Vec::new();
        for parameter in declared.iter().filter(|parameter| parameter["in"] == "path" || parameter["in"] == "query") {
            let schemas = self.documents.get(document).map_or(&Value::Null, |document| &document["components"]["schemas"]);
            let choices = repairs::choices_of_parameter(parameter, schemas);
            let schema = self.schemas.take(self.documents, document, choices.as_ref().unwrap_or(&parameter["schema"]))?;
            parameters.push(json!({"name": parameter["name"], "in": parameter["in"], "required": parameter["required"] == true || parameter["in"] == "path", "schema": schema}));
        }
        parameters.extend(repairs::undeclared(path, &declared));
        Ok(parameters)
    }

    fn body(&mut self, document: &str, said: &Value, path: &str) -> Outcome<Option<Value>> {
        let Some(content) = said["requestBody"]["content"].as_object() else { return Ok(None) };
        let Some((media, body)) = content.iter().next() else { return Ok(None) };
        let schema = match repairs::empty_body(path) {
            Some(schema) => schema,
            None => self.schemas.take(self.documents, document, &body["schema"])?,
        };
        Ok(Some(json!({"media": media, "required": said["requestBody"]["required"] == true, "schema": schema})))
    }
}

/// Status and media type of the first success.
fn answer(said: &Value) -> Outcome<Value> {
    let responses = said["responses"].as_object().ok_or("has no responses")?;
    let (status, response) = responses.iter().find(|(status, _)| status.starts_with('2')).ok_or("has no success")?;
    let status: u16 = status.parse().map_err(|_| format!("`{status}` is no status"))?;
    Ok(json!({"status": status, "media": response["content"].as_object().and_then(|content| content.keys().next())}))
}
