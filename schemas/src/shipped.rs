//! The schema files that are compiled in. The files are the source of truth; this is their list.

use crate::Error;
use apache_avro::{Schema, rabin::Rabin};
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
            Self::Event => &[include_str!("../avro/event/1.avsc")],
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
            let schema = parse(text, || format!("{}/{number}.avsc", subject.as_str()))
                .expect("a test parses every shipped schema");
            let fingerprint = fingerprint(&schema);
            Version { number, schema, fingerprint }
        })
        .collect()
}

/// Parses a schema; `place` names it in the error.
pub(crate) fn parse(text: &str, place: impl FnOnce() -> String) -> Result<Schema, Error> {
    Schema::parse_str(text).map_err(|source| Error::Schema { place: place(), source: Box::new(source) })
}

/// CRC-64-AVRO as a number (on the wire its bytes stand in little-endian order).
pub(crate) fn fingerprint(schema: &Schema) -> u64 {
    let bytes = schema.fingerprint::<Rabin>().bytes;
    u64::from_le_bytes(bytes.try_into().expect("a CRC-64 has eight bytes"))
}

/// Full name of a schema's record, or what it is instead of one.
pub(crate) fn record_name(schema: &Schema) -> String {
    match schema {
        Schema::Record(record) => record.name.fullname(None),
        other => format!("{:?}", apache_avro::schema::SchemaKind::from(other)),
    }
}
