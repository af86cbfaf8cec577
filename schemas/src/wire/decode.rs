//! Reading records of any version.

use super::Frame;
use crate::registry::Registry;
use crate::resolve::{Names, Resolution};
use crate::shipped::{self, Subject};
use crate::value::{Avro, Unreadable, Why};
use crate::{DeadLetter, Error, Event};
use apache_avro::headers::HeaderBuilder;
use apache_avro::types::Value;
use apache_avro::{GenericSingleObjectReader, Schema};
use std::collections::HashMap;
use std::io::Read;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

/// Longest text, list or map that is read, against damaged lengths; far above what Kafka carries.
const LONGEST_PART: usize = 8 << 20;
/// How many schemas of a registry are kept ready; more than a registry of this project ever holds.
const MOST_READY: usize = 1024;

/// Reads records in both framings, of all shipped versions and of those in the registry.
/// Cheap to clone; clones share what they know.
#[derive(Debug, Clone)]
pub struct Decoder {
    registry: Option<Registry>,
    ready: Arc<RwLock<HashMap<i32, Arc<Writer>>>>,
}

impl Decoder {
    /// Without a registry: shipped schemas only.
    #[must_use]
    pub fn shipped() -> Self {
        apache_avro::util::max_allocation_bytes(LONGEST_PART);
        Self { registry: None, ready: Arc::default() }
    }

    /// With a registry, which is asked once for every id met.
    #[must_use]
    pub fn registered(registry: Registry) -> Self {
        Self { registry: Some(registry), ..Self::shipped() }
    }

    /// Reads an event.
    ///
    /// # Errors
    /// See [`Error::is_retryable`]: what is not retryable will never be readable by this program.
    pub async fn decode(&self, value: &[u8]) -> Result<Event, Error> {
        self.read(Subject::Event, value).await
    }

    /// Reads a dead letter.
    ///
    /// # Errors
    /// As [`Decoder::decode`].
    pub async fn decode_dead_letter(&self, value: &[u8]) -> Result<DeadLetter, Error> {
        self.read(Subject::DeadLetter, value).await
    }

    async fn read<T: Avro>(&self, subject: Subject, value: &[u8]) -> Result<T, Error> {
        let (frame, datum) = Frame::split(value)?;
        match frame {
            Frame::SingleObject { fingerprint } => shipped_writer(fingerprint).ok_or(Error::UnknownFingerprint { fingerprint })?.read(subject, datum),
            Frame::Registry { id } => self.registered_writer(id).await?.read(subject, datum),
        }
    }

    async fn registered_writer(&self, id: i32) -> Result<Arc<Writer>, Error> {
        let known = self.ready.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        if let Some(writer) = known {
            return Ok(writer);
        }
        let registry = self.registry.as_ref().ok_or(Error::NoRegistry { id })?;
        let text = registry.schema_by_id(id).await?;
        let schema = shipped::parse(&text, || format!("registry id {id}"))?;
        let writer = Arc::new(Writer::new(schema, || format!("registry id {id}"))?);
        let mut ready = self.ready.write().unwrap_or_else(PoisonError::into_inner);
        if ready.len() < MOST_READY {
            ready.insert(id, Arc::clone(&writer));
        }
        Ok(writer)
    }
}

fn shipped_writer(fingerprint: u64) -> Option<&'static Writer> {
    static SHIPPED: LazyLock<HashMap<u64, Writer>> = LazyLock::new(|| {
        let versions = Subject::ALL.iter().flat_map(|subject| subject.versions());
        versions
            .map(|version| {
                let writer = Writer::new(version.schema.clone(), || format!("version {}", version.number));
                (version.fingerprint, writer.expect("a test reads with every shipped schema"))
            })
            .collect()
    });
    SHIPPED.get(&fingerprint)
}

/// A writer's schema, made ready for reading.
struct Writer {
    schema: Schema,
    record: String,
    fingerprint: u64,
    reader: GenericSingleObjectReader,
    names: Names,
}

/// The frame is read by [`Frame`], before.
struct NoHeader;

impl HeaderBuilder for NoHeader {
    fn build_header(&self) -> Vec<u8> {
        Vec::new()
    }
}

impl Writer {
    fn new(schema: Schema, place: impl FnOnce() -> String) -> Result<Self, Error> {
        let reader = GenericSingleObjectReader::new_with_header_builder(schema.clone(), NoHeader)
            .map_err(|source| Error::Schema { place: place(), source: Box::new(source) })?;
        Ok(Self { record: shipped::record_name(&schema), fingerprint: shipped::fingerprint(&schema), names: Names::of(&schema), reader, schema })
    }

    fn read<T: Avro>(&self, subject: Subject, datum: &[u8]) -> Result<T, Error> {
        if self.record != subject.record() {
            return Err(Error::WrongRecord { expected: subject.record(), found: self.record.clone() });
        }
        let damaged = |what: String| Error::Damaged { subject: subject.as_str(), what };
        let mut bytes = Whole { rest: datum, short: false };
        let value = self.reader.read_value(&mut bytes);
        if bytes.short {
            return Err(damaged("it ends in the middle".to_owned()));
        }
        // Avro's error may quote what it read, so it is not kept.
        let value = value.map_err(|_| damaged("its bytes don't fit its schema".to_owned()))?;
        if !bytes.rest.is_empty() {
            return Err(damaged(format!("{} bytes are left over", bytes.rest.len())));
        }
        self.newest(subject, value).and_then(T::from_avro).map_err(|Unreadable { field, why }| match why {
            Why::Newer => Error::NewerWriter { field },
            Why::Type => damaged(format!("field `{field}` has another type than it should")),
            Why::Missing => damaged(format!("field `{field}` is missing and has no default")),
        })
    }

    fn newest(&self, subject: Subject, value: Value) -> Result<Value, Unreadable> {
        static NAMES: LazyLock<HashMap<Subject, Names>> =
            LazyLock::new(|| Subject::ALL.iter().map(|&subject| (subject, Names::of(&subject.newest().schema))).collect());
        let newest = subject.newest();
        if self.fingerprint == newest.fingerprint {
            return Ok(value);
        }
        let reader = NAMES.get(&subject).expect("all subjects have names");
        Resolution { writer: &self.names, reader }.resolve(value, &self.schema, &newest.schema)
    }
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("record", &self.record).finish_non_exhaustive()
    }
}

/// Bytes that notice being read beyond their end: apache-avro takes a text or union that is cut off
/// for null, and the rest of the event would silently be missing.
struct Whole<'a> {
    rest: &'a [u8],
    short: bool,
}

impl Read for Whole<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        self.short |= self.rest.len() < into.len();
        self.rest.read(into)
    }
}
