//! What can go wrong with schemas, wire formats, the registry and topics.

use std::path::PathBuf;

/// An error of this crate. Its text never holds what a record contains: Avro's own errors quote
/// values, so where a record is at hand their text is not passed on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A schema's text can't be parsed.
    #[error("schema of {place} can't be parsed; correct it or fetch it again")]
    Schema {
        /// File, or registry id.
        place: String,
        /// What Avro says.
        #[source]
        source: Box<apache_avro::Error>,
    },
    /// A value doesn't fit the schema it is written with: a bug in this program.
    #[error("{subject} can't be written with version {version} of its schema; this is a bug in hatbridge, report it")]
    Encode {
        /// Which kind of record.
        subject: &'static str,
        /// Version of the schema.
        version: u32,
    },
    /// The bytes begin with neither of the two framings.
    #[error(
        "a value of {length} bytes begins with neither of Avro's framings (C3 01 or 00): it was not written by hatbridge; look at who writes to this topic"
    )]
    Framing {
        /// Length of the value.
        length: usize,
    },
    /// The bytes don't hold what their schema says.
    #[error("a {subject} can't be read: {what}; the record is damaged or was written with another schema than it names")]
    Damaged {
        /// Which kind of record.
        subject: &'static str,
        /// What is wrong, without contents.
        what: String,
    },
    /// A schema that this program doesn't ship.
    #[error(
        "no shipped schema has the fingerprint {fingerprint:016x}: the record was written by a newer hatbridge (upgrade this one, then redrive) or by something else"
    )]
    UnknownFingerprint {
        /// CRC-64-AVRO of the writer's schema.
        fingerprint: u64,
    },
    /// A symbol or type that only newer programs know.
    #[error("field `{field}` holds a value this program doesn't know: the record was written by a newer hatbridge; upgrade this one, then redrive")]
    NewerWriter {
        /// The field.
        field: String,
    },
    /// A record of another kind than was asked for.
    #[error("expected a record of {expected}, found one of {found}; look at who writes to this topic")]
    WrongRecord {
        /// Full name of the schema asked for.
        expected: &'static str,
        /// Full name of the schema found.
        found: String,
    },
    /// A record framed for a registry, and none is configured.
    #[error("the record names schema {id} of a registry, but none is configured; set the registry's address")]
    NoRegistry {
        /// The schema's id in the registry.
        id: i32,
    },
    /// The registry didn't answer, or not usefully.
    #[error("schema registry: {operation} got no answer; check its address and that it runs")]
    RegistryAway {
        /// What was asked.
        operation: String,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// The registry answered with an error of its own.
    #[error("schema registry: {operation} was answered with status {status} ({message}); {advice}")]
    RegistryRefused {
        /// What was asked.
        operation: String,
        /// HTTP status.
        status: u16,
        /// The registry's words.
        message: String,
        /// What to do.
        advice: &'static str,
    },
    /// A topic prefix that Kafka would not take.
    #[error("topic prefix `{prefix}` is not allowed: use 1 to 200 letters, digits, dots, dashes or underscores")]
    Prefix {
        /// The prefix.
        prefix: String,
    },
    /// A folder or file of schemas can't be read.
    #[error("{path} can't be read; check that it exists and is a folder of schemas (<subject>/<version>.avsc)")]
    Read {
        /// Folder or file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl Error {
    /// Whether the same call may succeed later without anybody changing anything. `false` for a
    /// record means it belongs to the dead letters as `undecodable`.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::RegistryAway { .. } => true,
            Self::RegistryRefused { status, .. } => *status == 429 || *status >= 500,
            Self::Schema { .. }
            | Self::Encode { .. }
            | Self::Framing { .. }
            | Self::Damaged { .. }
            | Self::UnknownFingerprint { .. }
            | Self::NewerWriter { .. }
            | Self::WrongRecord { .. }
            | Self::NoRegistry { .. }
            | Self::Prefix { .. }
            | Self::Read { .. } => false,
        }
    }
}
