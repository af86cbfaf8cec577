//! Reading what a caller gave, with the vendor's words for what is wrong.

use super::problem::Problem;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Fields of a body.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given<'a>(pub(super) &'a Map<String, Value>);

impl<'a> Given<'a> {
    /// A text; `None` where it is absent, null or empty.
    pub(super) fn text(self, name: &str) -> Option<&'a str> {
        self.0.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
    }

    pub(super) fn owned(self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    pub(super) fn needed(self, name: &str) -> Result<&'a str, Problem> {
        self.text(name).ok_or_else(|| Problem::invalid(format!("{name} should not be empty")))
    }

    pub(super) fn texts(self, name: &str) -> Vec<String> {
        self.0.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// A list of texts that must be there.
    pub(super) fn needed_texts(self, name: &str) -> Result<Vec<String>, Problem> {
        match self.0.get(name) {
            Some(Value::Array(all)) if all.iter().all(Value::is_string) => Ok(self.texts(name)),
            _ => Err(Problem::invalid(format!("{name} must be an array of strings"))),
        }
    }

    pub(super) fn only(self, allowed: &[&str]) -> Result<(), Problem> {
        let wrong: Vec<String> =
            self.0.keys().filter(|name| !allowed.contains(&name.as_str())).map(|name| format!("property {name} should not exist")).collect();
        if wrong.is_empty() { Ok(()) } else { Err(Problem::invalid_all(wrong)) }
    }
}

/// Parameters of a query.
#[derive(Debug, Clone)]
pub(super) struct Asked(pub(super) HashMap<String, String>);

impl Asked {
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|text| text.trim()).filter(|text| !text.is_empty())
    }

    pub(super) fn needed(&self, name: &str) -> Result<&str, Problem> {
        self.text(name).ok_or_else(|| Problem::invalid(format!("{name} should not be empty")))
    }

    /// A number from `low` to `high`.
    pub(super) fn number(&self, name: &str, or: usize, low: usize, high: usize) -> Result<usize, Problem> {
        let Some(text) = self.text(name) else { return Ok(or) };
        match text.parse::<usize>() {
            Ok(number) if (low..=high).contains(&number) => Ok(number),
            Ok(_) | Err(_) => Err(Problem::invalid(format!("{name} must be a number from {low} to {high}"))),
        }
    }

    /// A moment in milliseconds.
    pub(super) fn moment(&self, name: &str) -> Result<Option<i64>, Problem> {
        let read = |text: &str| super::clock::of_text(text).ok_or_else(|| Problem::invalid(format!("{name} must be a date or milliseconds")));
        self.text(name).map(read).transpose()
    }
}
