//! A poll's cursor as stored: JSON, so that it can be read by a person and grow fields.

use crate::Error;
use serde::{Deserialize, Serialize};

/// How far a poll has read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// When this poll first began, microseconds: what came into being before is not "created".
    /// 0: from the beginning.
    pub watching_since: i64,
    /// Everything changed before this was read, microseconds.
    pub until: i64,
    /// Set while a pass was cut off by the page cap: where its next page begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<Resume>,
}

/// The middle of a pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    /// Where the pass began to read, microseconds: the query must stay the same.
    pub since: i64,
    /// Upper end of the pass, microseconds.
    pub to: i64,
    /// The system's own mark of the next page.
    pub page: serde_json::Value,
    /// Newest change seen so far, microseconds.
    pub newest: i64,
}

impl Cursor {
    /// Reads the stored text.
    ///
    /// # Errors
    /// [`Error::Cursor`] if it is not ours.
    pub fn read(text: &str, resource: &'static str) -> Result<Self, Error> {
        serde_json::from_str(text).map_err(|_| Error::Cursor { resource })
    }

    /// The text to store.
    #[must_use]
    pub fn text(&self) -> String {
        serde_json::to_string(self).expect("numbers and JSON values always serialize")
    }
}

/// A pass: what to ask for, from which page on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Lower end, microseconds.
    pub since: i64,
    /// Upper end, microseconds.
    pub to: i64,
    /// The page to begin with.
    pub page: Option<serde_json::Value>,
    /// Newest change seen so far, microseconds.
    pub newest: i64,
}

/// The next pass.
#[must_use]
pub fn next(cursor: &Cursor, overlap_us: i64, now: i64) -> Span {
    match &cursor.resume {
        Some(resume) => Span { since: resume.since, to: resume.to, page: Some(resume.page.clone()), newest: resume.newest },
        None => Span { since: (cursor.until - overlap_us).max(0), to: now, page: None, newest: cursor.until },
    }
}

/// The cursor after a page was captured. `page` is the mark of the next one, `None` at the end.
/// At the end everything up to the newest row was read, but no further: a lagging index may still
/// lack rows between it and now, and those lie within the overlap.
#[must_use]
pub fn after(cursor: &Cursor, span: &Span, page: Option<serde_json::Value>, newest: i64) -> Cursor {
    let newest = newest.max(span.newest).min(span.to);
    match page {
        Some(page) => Cursor { resume: Some(Resume { since: span.since, to: span.to, page, newest }), ..cursor.clone() },
        None => Cursor { until: newest.max(cursor.until), resume: None, watching_since: cursor.watching_since },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_pass_cut_off_by_the_cap_goes_on_and_skips_nothing() {
        let begun = Cursor { watching_since: 50, until: 100, resume: None };
        let span = next(&begun, 30, 500);
        assert_eq!((span.since, span.to, &span.page), (70, 500, &None));
        let cut = after(&begun, &span, Some(json!(["x", 1])), 200);
        assert_eq!(cut.until, 100, "nothing is skipped");
        let cut = Cursor::read(&cut.text(), "contacts").unwrap_or(begun);
        let again = next(&cut, 30, 900);
        assert_eq!((again.since, again.to, again.page.clone()), (70, 500, Some(json!(["x", 1]))), "the same query goes on");
        let done = after(&cut, &again, None, 300);
        assert_eq!(done, Cursor { watching_since: 50, until: 300, resume: None });
        assert_eq!(next(&done, 30, 900).since, 270);
    }

    #[test]
    fn an_empty_pass_moves_nothing() {
        let begun = Cursor { watching_since: 0, until: 100, resume: None };
        assert_eq!(after(&begun, &next(&begun, 30, 500), None, 0), begun);
    }

    #[test]
    fn foreign_text_is_an_error() {
        assert!(Cursor::read("2026-11-24", "contacts").is_err());
    }
}
