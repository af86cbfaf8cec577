//! Where a poll of the catalogue stands, as stored: JSON, so that it can be read by a person and grow
//! fields.

use crate::Error;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where a poll stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor {
    /// Number of the pass that is under way or comes next, from 1.
    pub(super) pass: i64,
    /// When this pass began, microseconds; 0: it has not.
    #[serde(default)]
    pub(super) began: i64,
    /// Set while a pass looks once more for what seemed deleted: rows that no pass from this one on
    /// has seen are gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) missing: Option<i64>,
    /// Whether something was not read in this pass: then nothing is missing for sure.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) partial: bool,
    /// Where the pass goes on; `None`: at its beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<Position>,
}

/// The middle of a pass.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    /// Known entities up to this one are done.
    #[serde(default)]
    pub(super) after: String,
    /// The key of the one under way in the listing of known entities.
    #[serde(default)]
    pub(super) key: String,
    /// The one under way.
    #[serde(default)]
    pub(super) parent: String,
    /// Which of its values and stretches of time comes next.
    #[serde(default)]
    pub(super) scope: usize,
    /// The page that comes next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) page: Option<Value>,
}

impl Cursor {
    /// Reads the stored text; without one the first pass comes.
    pub(super) fn read(text: Option<&str>, resource: &'static str) -> Result<Self, Error> {
        match text {
            None => Ok(Self { pass: 1, ..Self::default() }),
            Some(text) => serde_json::from_str(text).map_err(|_| Error::Cursor { resource }),
        }
    }

    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).expect("numbers and JSON values always serialize")
    }

    /// The pass has begun.
    pub(super) fn begun(mut self, now: i64) -> Self {
        if self.at.is_none() {
            (self.began, self.partial) = (now, false);
        }
        self
    }

    /// The next pass. `missing`: it looks for what this one did not see.
    pub(super) fn ended(&self, missing: Option<i64>) -> Self {
        Self { pass: self.pass + 1, missing, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_begins_with_the_first_pass() {
        let first = Cursor::read(None, "x").unwrap().begun(5);
        assert_eq!((first.pass, first.began, first.text().as_str()), (1, 5, r#"{"pass":1,"began":5}"#));
        let middle = Cursor { at: Some(Position { after: "a".into(), key: "k".into(), parent: "b".into(), scope: 1, page: Some(3.into()) }), ..first };
        assert_eq!(Cursor::read(Some(&middle.text()), "x").unwrap(), middle);
        assert_eq!(middle.clone().begun(9).began, 5, "a pass under way keeps its beginning");
        assert_eq!(middle.ended(Some(1)), Cursor { pass: 2, missing: Some(1), ..Cursor::default() });
        assert!(Cursor::read(Some("2026"), "x").is_err());
    }
}
