//! An operation's form in one generation of the API, as the documents have it.

use super::check::Checks;
use super::fields::Field;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::OnceLock;

/// Method, path, parameters and body.
#[derive(Debug, Deserialize, Serialize)]
pub struct Shape {
    /// HTTP method, in capitals.
    pub method: String,
    /// Path below the base URL, with the parameters' names in braces: `/contacts/{contactId}`.
    pub path: String,
    /// The `Version` header.
    pub version: String,
    /// Path and query parameters. Every name in braces has one.
    pub parameters: Vec<Parameter>,
    /// The body, if it takes one.
    #[serde(default)]
    pub body: Option<Body>,
    /// What a success looks like.
    pub answer: AnswerShape,
    /// Made when first needed.
    #[serde(skip)]
    pub(super) checks: OnceLock<Checks>,
    /// Made when first needed.
    #[serde(skip)]
    pub(super) fields: OnceLock<Vec<Field>>,
}

impl Shape {
    /// Whether the body is JSON, not a form.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.body.as_ref().is_none_or(|body| body.media.ends_with("json"))
    }
}

/// A path or query parameter.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Where it goes.
    #[serde(rename = "in")]
    pub place: Where,
    /// Whether the document requires it.
    #[serde(default)]
    pub required: bool,
    /// Its JSON Schema, beside the catalogue's definitions.
    pub schema: Value,
}

/// Where a parameter goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Where {
    /// One segment of the path.
    Path,
    /// The query.
    Query,
}

/// A request's body.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Body {
    /// Its media type.
    pub media: String,
    /// Whether the document requires it.
    #[serde(default)]
    pub required: bool,
    /// Its JSON Schema, beside the catalogue's definitions.
    pub schema: Value,
}

/// A success by the document.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct AnswerShape {
    /// HTTP status.
    pub status: u16,
    /// Media type of the answer; none if the document names none.
    pub media: Option<String>,
}
