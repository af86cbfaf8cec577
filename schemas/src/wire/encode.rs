//! Writing records with the newest schema.

use super::Frame;
use crate::registry::Registry;
use crate::shipped::Subject;
use crate::topics::Topics;
use crate::value::Avro;
use crate::{DeadLetter, Error, Event};

/// Writes records with the newest shipped schema. Cheap to copy.
#[derive(Debug, Clone, Copy)]
pub struct Encoder {
    event: Frame,
    dead_letter: Frame,
}

impl Encoder {
    /// Without a registry: single-object encoding.
    #[must_use]
    pub fn shipped() -> Self {
        let frame = |subject: Subject| Frame::SingleObject { fingerprint: subject.newest().fingerprint };
        Self { event: frame(Subject::Event), dead_letter: frame(Subject::DeadLetter) }
    }

    /// With a registry: registers all shipped schemas under every topic's subject
    /// (`<topic>-value`), then writes Confluent's framing. A schema's id says which schema it is,
    /// whatever subject it was registered under, so one id serves all topics of events.
    ///
    /// # Errors
    /// The registry's, see [`Registry::register`].
    pub async fn registered(registry: &Registry, topics: &Topics) -> Result<Self, Error> {
        let mut event = None;
        for topic in topics.of_events() {
            let id = registry.register_shipped(Subject::Event, topic).await?;
            event.get_or_insert(id);
        }
        let dead_letter = registry.register_shipped(Subject::DeadLetter, topics.dead_letters()).await?;
        Ok(Self { event: Frame::Registry { id: event.expect("there are topics of events") }, dead_letter: Frame::Registry { id: dead_letter } })
    }

    /// An event as a record's value.
    ///
    /// # Errors
    /// [`Error::Encode`], which only a bug can cause.
    pub fn encode(&self, event: &Event) -> Result<Vec<u8>, Error> {
        encode(Subject::Event, event, self.event)
    }

    /// A dead letter as a record's value.
    ///
    /// # Errors
    /// [`Error::Encode`], which only a bug can cause.
    pub fn encode_dead_letter(&self, letter: &DeadLetter) -> Result<Vec<u8>, Error> {
        encode(Subject::DeadLetter, letter, self.dead_letter)
    }
}

fn encode(subject: Subject, record: &impl Avro, frame: Frame) -> Result<Vec<u8>, Error> {
    let newest = subject.newest();
    // Avro's error quotes the record, so it is not kept.
    let datum =
        apache_avro::to_avro_datum(&newest.schema, record.to_avro()).map_err(|_| Error::Encode { subject: subject.as_str(), version: newest.number })?;
    Ok(frame.wrap(&datum))
}
