//! The schema files that are compiled in. The files are the source of truth; this is their list.

use crate::Error;
use apache_avro::{Schema, rabin::Rabin};
use sha2::Digest;
use std::sync::LazyLock;

/// What a schema describes; one folder of `avro/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// [`crate::Event`].
    Event,
    /// [`crate::DeadLetter`].
    DeadLetter,
}

impl Subject {
    /// All subjects.
    pub const ALL: &'static [Self] = &[Self::Event, Self::DeadLetter];

    /// The folder's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::DeadLetter => "dead_letter",
        }
    }

    /// Full name of the record.
    #[must_use]
    pub const fn record(self) -> &'static str {
        match self {
            Self::Event => "hatbridge.Event",
            Self::DeadLetter => "hatbridge.DeadLetter",
        }
    }

    /// Texts of all versions, oldest first: version 1 is the first.
    #[must_use]
    pub const fn texts(self) -> &'static [&'static str] {
        match self {
            Self::Event => &[include_str!("../avro/event/1.avsc"), include_str!("../avro/event/2.avsc")],
            Self::DeadLetter => &[include_str!("../avro/dead_letter/1.avsc")],
        }
    }

    /// All versions parsed, oldest first.
    pub(crate) fn versions(self) -> &'static [Version] {
        static EVENT: LazyLock<Vec<Version>> = LazyLock::new(|| parse_all(Subject::Event));
        static DEAD_LETTER: LazyLock<Vec<Version>> = LazyLock::new(|| parse_all(Subject::DeadLetter));
        match self {
            Self::Event => &EVENT,
            Self::DeadLetter => &DEAD_LETTER,
        }
    }

    /// The version that is written.
    pub(crate) fn newest(self) -> &'static Version {
        self.versions().last().expect("every subject has a first version")
    }
}

/// The list of SHA-256 sums that keeps released files from being changed.
pub(crate) const RELEASED: &str = include_str!("../avro/released.sha256");

/// One version of a subject's schema.
#[derive(Debug)]
pub(crate) struct Version {
    pub number: u32,
    pub schema: Schema,
    /// CRC-64-AVRO of the parsing canonical form.
    pub fingerprint: u64,
}

fn parse_all(subject: Subject) -> Vec<Version> {
    (1..)
        .zip(subject.texts())
        .map(|(number, text)| {
            let schema = parse(text, || format!("{}/{number}.avsc", subject.as_str())).expect("a test parses every shipped schema");
            let fingerprint = fingerprint(&schema);
            Version { number, schema, fingerprint }
        })
        .collect()
}

/// Parses a schema; `place` names it in the error.
pub(crate) fn parse(text: &str, place: impl FnOnce() -> String) -> Result<Schema, Error> {
    Schema::parse_str(text).map_err(|source| Error::Schema { place: place(), source: Box::new(source) })
}

/// The parsing canonical form (Avro 1.12 specification, "Parsing Canonical Form for Schemas").
///
/// apache-avro 0.21 leaves `{"type":"string"}` where a logical type was stripped off a primitive;
/// rule PRIMITIVES wants `"string"`, and other implementations would miss our fingerprints. In a
/// canonical form that text can't stand for anything else: names and symbols hold no braces.
pub(crate) fn canonical_form(schema: &Schema) -> String {
    const PRIMITIVES: [&str; 8] = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"];
    PRIMITIVES.iter().fold(schema.canonical_form(), |form, name| form.replace(&format!("{{\"type\":\"{name}\"}}"), &format!("\"{name}\"")))
}

/// CRC-64-AVRO as a number (on the wire its bytes stand in little-endian order).
pub(crate) fn fingerprint(schema: &Schema) -> u64 {
    u64::from_le_bytes(Rabin::digest(canonical_form(schema)).into())
}

/// Full name of a schema's record, or what it is instead of one.
pub(crate) fn record_name(schema: &Schema) -> String {
    match schema {
        Schema::Record(record) => record.name.fullname(None),
        other => format!("{:?}", apache_avro::schema::SchemaKind::from(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_those_of_other_implementations() {
        // As computed by Apache Avro for Java (`SchemaNormalization.parsingFingerprint64`; version 1) and by
        // fastavro from the same files. They stand in records: they can never change.
        let all = Subject::ALL.iter().flat_map(|s| s.versions().iter().map(|v| (s.as_str(), v.number, v.fingerprint)));
        let expected = [("event", 1, 0x5dab_5178_bfac_6a67), ("event", 2, 0xa6e8_d10e_73bc_00b1), ("dead_letter", 1, 0x847b_3822_1021_dc68)];
        assert_eq!(all.collect::<Vec<_>>(), expected);
    }
}
