//! The partner contract: a file that says how the API in front of 17hats is spoken to.

use super::contract_rules::broken;
use super::contract_sections::{ResourceTable, Sections, WebhookKind};
use super::operation::Operation;
use super::resource::Resource;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The contract that hatbridge ships and its sandbox serves.
const BUILTIN: &str = include_str!("../../contracts/seventeen_hats.toml");

/// A checked contract. Cheap to clone.
#[derive(Clone)]
pub struct Contract {
    sections: Arc<Sections>,
}

impl fmt::Debug for Contract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contract").field("name", &self.name()).finish_non_exhaustive()
    }
}

/// Why a contract can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ContractError {
    /// The file can't be read.
    #[error("can't read the contract {}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not TOML, lacks a key or has one too many.
    #[error("the contract is not one: {message}")]
    Shape {
        /// Where and what.
        message: String,
    },
    /// It has the shape of one, and breaks rules.
    #[error("the contract breaks {} rule(s): {}", .0.len(), .0.join("; "))]
    Rules(Vec<String>),
}

/// How a webhook of the contract proves where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookProof {
    /// The secret itself stands in this header.
    Secret {
        /// The header's name.
        header: String,
    },
    /// Hex HMAC-SHA256 of the raw body, with the secret as key, stands in this header.
    Hmac {
        /// The header's name.
        header: String,
    },
}

impl Contract {
    /// The shipped contract, hatbridge's own invention.
    ///
    /// # Panics
    /// Never: a test reads the same text.
    #[must_use]
    pub fn builtin() -> Self {
        Self::parse(BUILTIN).expect("the shipped contract is tested")
    }

    /// From a file.
    ///
    /// # Errors
    /// [`ContractError`].
    pub fn from_file(path: &Path) -> Result<Self, ContractError> {
        let text = std::fs::read_to_string(path).map_err(|source| ContractError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(&text)
    }

    /// From the text of a file.
    ///
    /// # Errors
    /// [`ContractError::Shape`], or [`ContractError::Rules`] with all that it breaks.
    pub fn parse(text: &str) -> Result<Self, ContractError> {
        let sections: Sections = toml::from_str(text).map_err(|error| ContractError::Shape { message: error.to_string().trim().to_owned() })?;
        match broken(&sections) {
            rules if rules.is_empty() => Ok(Self { sections: Arc::new(sections) }),
            rules => Err(ContractError::Rules(rules)),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.sections.name
    }

    /// How its webhooks prove where they come from.
    #[must_use]
    pub fn webhook_proof(&self) -> WebhookProof {
        let webhooks = &self.sections.webhooks;
        match webhooks.kind {
            WebhookKind::SecretHeader => WebhookProof::Secret { header: webhooks.secret_header.clone() },
            WebhookKind::HmacSha256 => WebhookProof::Hmac { header: webhooks.signature_header.clone() },
        }
    }

    /// The resource whose webhooks are called `<singular>.created` and so on.
    #[must_use]
    pub fn by_singular(&self, singular: &str) -> Option<Resource> {
        self.sections.resources.iter().find(|(_, table)| table.singular == singular).and_then(|(name, _)| Resource::from_name(name))
    }

    /// Whether the API has this resource.
    #[must_use]
    pub fn has(&self, resource: Resource) -> bool {
        self.table(resource).is_some()
    }

    pub(super) fn sections(&self) -> &Sections {
        &self.sections
    }

    pub(super) fn table(&self, resource: Resource) -> Option<&ResourceTable> {
        self.sections.resources.get(resource.as_str())
    }

    /// Method and path of an operation; `None` if the API has it not.
    pub(super) fn route(&self, resource: Resource, operation: Operation, id: &str) -> Option<(http::Method, String)> {
        let table = self.table(resource)?;
        table.operations.iter().find(|name| *name == operation.as_str())?;
        let route = self.sections.operations.get(operation.as_str())?;
        let path = route.path.replace("{path}", &table.path).replace("{id}", &crate::http::segment(id));
        Some((route.method.parse().ok()?, format!("{}{path}", self.sections.base_path)))
    }

    /// The name on the wire of a field, if the API has it.
    pub(super) fn wire_name<'a>(&'a self, table: &'a ResourceTable, field: &str) -> Option<&'a str> {
        named(&table.fields, field, &self.sections.marks.external_id)
    }

    /// The query parameter of a filter, if the API has it.
    pub(super) fn filter<'a>(&'a self, table: &'a ResourceTable, filter: &str) -> Option<&'a str> {
        named(&table.filters, filter, &self.sections.marks.external_id)
    }
}

/// `[marks]` stands in where a table does not name the mark.
fn named<'a>(table: &'a std::collections::BTreeMap<String, String>, name: &str, mark: &'a str) -> Option<&'a str> {
    let mark = || (name == "external_id" && !mark.is_empty()).then_some(mark);
    table.get(name).map(String::as_str).or_else(mark)
}

#[cfg(test)]
#[path = "contract_tests.rs"]
mod tests;

#[cfg(test)]
pub(super) use tests::changed as tests_changed;
