//! What a check found.

use serde::Serialize;
use std::fmt;

/// The outcome of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What was looked at.
    pub subjects: Vec<SubjectReport>,
    /// What is wrong; empty if all is well.
    pub problems: Vec<Problem>,
}

/// One subject's versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SubjectReport {
    /// Name of the subject.
    pub subject: String,
    /// Its versions, ascending.
    pub versions: Vec<u32>,
    /// CRC-64-AVRO of the versions that could be parsed, in hexadecimal.
    pub fingerprints: Vec<String>,
}

/// The rule that is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A file's name.
    Name,
    /// Versions are 1, 2, 3 and so on.
    Versions,
    /// The text is a schema.
    Parse,
    /// A version reads what every older one wrote.
    Readable,
    /// A field keeps its type.
    Type,
    /// Everything has a doc.
    Doc,
    /// A number has a unit.
    Unit,
    /// Optional is `["null", T]` with default null.
    Optional,
    /// An enum has a default symbol.
    EnumDefault,
    /// A released file never changes.
    Released,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Name of the subject.
    pub subject: String,
    /// The version, if it is about one.
    pub version: Option<u32>,
    /// The older version it does not agree with, if it is about two.
    pub against: Option<u32>,
    /// The rule.
    pub rule: Rule,
    /// What is wrong, where, and what to do.
    pub message: String,
}

impl Problem {
    pub(super) fn of_subject(subject: &str, rule: Rule, message: String) -> Self {
        Self { subject: subject.to_owned(), version: None, against: None, rule, message }
    }

    pub(super) fn of_version(subject: &str, version: u32, rule: Rule, message: String) -> Self {
        Self { version: Some(version), ..Self::of_subject(subject, rule, message) }
    }
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.problems.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for SubjectReport { subject, versions, fingerprints } in &self.subjects {
            let newest = fingerprints.last().map_or("none", String::as_str);
            writeln!(f, "{subject}: {} version(s), newest fingerprint {newest}", versions.len())?;
        }
        for problem in &self.problems {
            writeln!(f, "PROBLEM {problem}")?;
        }
        match self.problems.len() {
            0 => write!(f, "all versions read what every older version wrote"),
            n => write!(f, "{n} problem(s)"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.subject)?;
        if let Some(version) = self.version {
            write!(f, "/{version}.avsc")?;
        }
        if let Some(against) = self.against {
            write!(f, " against {against}.avsc")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// All causes of an error in one line, outermost first.
pub(super) fn cause(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |e| e.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
