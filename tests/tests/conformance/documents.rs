//! The published documents: where they are, which of them says what, and a copy of them in which what
//! can't be read at all is put right.

use crate::exceptions::Exceptions;
use crate::{root, work};
use hatbridge_systems::highlevel::{Api, catalogue};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The folder with `highlevel/openapi`, and perhaps `highlevel/operations.csv`.
const SHARED: &str = "HATBRIDGE_SHARED";
/// How documents refer to the schemas that they share; it lies in another folder for each generation.
const COMMON: &str = "../common/common-schemas.json#/components/schemas/";

/// Where an operation stands in the documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// `apps/contacts.json`
    pub document: String,
    /// In capitals.
    pub method: String,
    /// The path with its parameters' names in braces.
    pub template: String,
}

/// By the generation's name and the operation's number.
type Entries = BTreeMap<(&'static str, u16), Entry>;

/// The documents, and the table of operations beside them.
#[derive(Debug)]
pub struct Documents {
    /// As they were published.
    pub published: PathBuf,
    /// The copy.
    pub folder: PathBuf,
    entries: Entries,
}

impl Documents {
    /// Looks for them.
    ///
    /// # Errors
    /// Where to get them, if they aren't there.
    pub fn find(exceptions: &Exceptions) -> Result<Self, String> {
        let shared = std::env::var_os(SHARED).map_or_else(|| root().join("../shared"), PathBuf::from).join("highlevel");
        let published = shared.join("openapi");
        if !published.join("apps/contacts.json").is_file() {
            let advice = "they are in the repository GoHighLevel/highlevel-api-docs on GitHub: put its folders apps and common into a folder highlevel/openapi";
            return Err(format!("the published OpenAPI documents are not here; {advice} and set {SHARED} to what holds it"));
        }
        let entries = entries(&published);
        let table = shared.join("operations.csv");
        if table.is_file() {
            assert_eq!(entries, of_table(&table), "the catalogue has all operations of the table, where the table has them");
        }
        // Two tests at once must not write the same files.
        let folder = tempfile::Builder::new().prefix("documents-").tempdir_in(made(&work())).unwrap().keep();
        copy(&published, &folder);
        exceptions.repair(&folder);
        Ok(Self { published, folder, entries })
    }

    /// Where an operation stands; `None`: not in this generation.
    pub fn entry(&self, api: Api, number: u16) -> Option<&Entry> {
        self.entries.get(&(api.as_str(), number))
    }

    /// Numbers of the operations that a generation has.
    pub fn numbers(&self, api: Api) -> impl Iterator<Item = u16> {
        self.entries.keys().filter(move |(of, _)| *of == api.as_str()).map(|(_, number)| *number)
    }

    /// All documents of a generation as one, for what takes only one. Schemas of different documents
    /// have names of their own.
    pub fn merged(&self, api: Api) -> PathBuf {
        let common = if api == Api::V2 { "common/common-schemas.json" } else { "apps/common/common-schemas.json" };
        let names: BTreeSet<&str> =
            self.entries.iter().filter(|((of, _), _)| *of == api.as_str()).map(|(_, entry)| entry.document.as_str()).chain([common]).collect();
        let (mut paths, mut components) = (Map::new(), Map::new());
        for name in names {
            let document = self.with_names_of_its_own(name, common);
            for (path, item) in members(&document["paths"]) {
                assert!(paths.insert(path.clone(), item.clone()).is_none(), "two documents have {path}");
            }
            for (kind, all) in members(&document["components"]) {
                let own = components.entry(kind.clone()).or_insert_with(|| Value::Object(Map::new()));
                for (component, value) in members(all) {
                    let component = if kind == "schemas" { format!("{}{component}", prefix(name)) } else { component.clone() };
                    own[component] = value.clone();
                }
            }
        }
        let merged = json!({"openapi": "3.0.0", "info": {"title": "all", "version": "1"}, "paths": paths, "components": components});
        let file = self.folder.join(format!("all-{api}.json"));
        std::fs::write(&file, merged.to_string()).unwrap();
        file
    }

    /// A document whose references begin with its name, or with that of the shared one.
    fn with_names_of_its_own(&self, name: &str, common: &str) -> Value {
        const OWN: &str = "\"#/components/schemas/";
        let text = std::fs::read_to_string(self.folder.join(name)).unwrap();
        let text = text.replace(OWN, &format!("{OWN}{}", prefix(name))).replace(&format!("\"{COMMON}"), &format!("{OWN}{}", prefix(common)));
        serde_json::from_str(&text).unwrap()
    }
}

/// What the names of a document's schemas begin with.
fn prefix(document: &str) -> String {
    format!("{}.", document.trim_end_matches(".json").replace('/', "."))
}

/// They were for this test alone.
impl Drop for Documents {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// Makes a folder.
pub fn made(folder: &Path) -> &Path {
    std::fs::create_dir_all(folder).unwrap();
    folder
}

fn copy(from: &Path, to: &Path) {
    made(to);
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy(&source, &target);
        } else {
            // Not `fs::copy`: the originals may be read-only, and so would the copies be.
            std::fs::write(&target, std::fs::read(&source).unwrap()).unwrap();
        }
    }
}

/// Each operation of the catalogue stands in one document of each generation that has it.
fn entries(published: &Path) -> Entries {
    let mut entries = Entries::new();
    for (api, folder, end) in [(Api::V2, "apps", ".json"), (Api::V3, "apps/v3", "-v3.json")] {
        let names = std::fs::read_dir(published.join(folder)).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let documents: Vec<(String, Value)> = names
            .filter(|name| name.ends_with(end))
            .map(|name| format!("{folder}/{name}"))
            .map(|name| (name.clone(), serde_json::from_slice(&std::fs::read(published.join(&name)).unwrap()).unwrap()))
            .collect();
        for operation in catalogue::all() {
            let Ok(shape) = operation.shape(api) else { continue };
            let has_it = |document: &Value| document["paths"].get(&shape.path).is_some_and(|item| item.get(shape.method.to_lowercase()).is_some());
            let found: Vec<&String> = documents.iter().filter(|(_, document)| has_it(document)).map(|(name, _)| name).collect();
            let [document] = found[..] else { panic!("{api} `{}` is in {found:?}, not in one document", operation.name) };
            entries.insert((api.as_str(), operation.number), Entry { document: document.clone(), method: shape.method.clone(), template: shape.path.clone() });
        }
    }
    entries
}

/// A table beside the documents says of each operation where it stands.
fn of_table(table: &Path) -> Entries {
    let mut entries = Entries::new();
    let mut reader = csv::Reader::from_path(table).unwrap();
    let headers = reader.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|header| header == name).unwrap();
    let (number, method, path, file, v3) = (column("number"), column("method"), column("path"), column("spec_file"), column("v3"));
    for row in reader.records().map(Result::unwrap) {
        if row[method].is_empty() {
            continue;
        }
        let number: u16 = row[number].parse().unwrap();
        let entry = |method: &str, path: &str, document: String| Entry { document, method: method.to_owned(), template: path.to_owned() };
        entries.insert((Api::V2.as_str(), number), entry(&row[method], &row[path], row[file].to_owned()));
        if let Some((method, path)) = row[v3].trim().split_once(' ') {
            let document = row[file].replace("apps/", "apps/v3/").replace(".json", "-v3.json");
            entries.insert((Api::V3.as_str(), number), entry(method, path.trim(), document));
        }
    }
    entries
}
