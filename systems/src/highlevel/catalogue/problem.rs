//! What is wrong with a request's data. Never says a value of it: they are personal.

use std::fmt;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// Where: `customFields[0].id`; empty: the data as a whole.
    pub field: String,
    /// What, without the value.
    pub message: String,
}

impl Problem {
    pub(super) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() { f.write_str(&self.message) } else { write!(f, "`{}` {}", self.field, self.message) }
    }
}

/// The data don't make a request of the operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// The operation's name.
    pub operation: &'static str,
    /// All that is wrong; never empty.
    pub problems: Vec<Problem>,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` can't be asked like this:", self.operation)?;
        for (number, problem) in self.problems.iter().enumerate() {
            write!(f, "{} {problem}", if number == 0 { "" } else { ";" })?;
        }
        Ok(())
    }
}

impl std::error::Error for Invalid {}
