//! The published OpenAPI documents.

use crate::run::{Outcome, read};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Those of both generations, by `v2.contacts`, `v3.contacts`.
pub struct Documents {
    by_name: BTreeMap<String, Value>,
}

impl Documents {
    /// Reads `openapi/apps/*.json` and `openapi/apps/v3/*.json`.
    pub fn read(folder: &Path) -> Outcome<Self> {
        let mut by_name = BTreeMap::new();
        let apps = folder.join("openapi/apps");
        for (generation, folder, end) in [("v2", apps.clone(), ".json"), ("v3", apps.join("v3"), "-v3.json")] {
            let files = std::fs::read_dir(&folder)
                .map_err(|error| format!("can't read {}: {error}; --shared names the folder that holds highlevel/", folder.display()))?;
            for file in files {
                let path = file.map_err(|error| format!("can't read {}: {error}", folder.display()))?.path();
                let Some(name) = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(end)) else { continue };
                let document = serde_json::from_str(&read(&path)?).map_err(|error| format!("{}: {error}", path.display()))?;
                by_name.insert(format!("{generation}.{name}"), document);
            }
        }
        Ok(Self { by_name })
    }

    /// A document by name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.by_name.get(name)
    }

    /// The one document of a generation that has a method and path, and what it says there.
    pub fn operation(&self, generation: &str, method: &str, path: &str) -> Outcome<(&str, &Value)> {
        let method = method.to_lowercase();
        let of_generation = self.by_name.iter().filter(|(name, _)| name.split('.').next() == Some(generation));
        let found: Vec<(&str, &Value)> =
            of_generation.filter_map(|(name, document)| Some((name.as_str(), document["paths"].get(path)?.get(&method)?))).collect();
        match found[..] {
            [one] => Ok(one),
            _ => Err(format!("{} documents of {generation} have {method} {path}, one should", found.len())),
        }
    }
}
