//! The publisher: one producer a process, every record awaited until the broker has it.

use crate::{Error, Metrics, Options, Quiet};
use hatbridge_schemas::headers;
use hatbridge_schemas::topics::Topics;
use hatbridge_schemas::wire::Encoder;
use hatbridge_schemas::{DeadLetter, Event};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord, Producer};
use rdkafka::util::Timeout;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// How long dropping the last handle waits for records in flight.
const LAST_FLUSH: Duration = Duration::from_secs(5);

struct Inner {
    producer: FutureProducer<Quiet>,
    topics: Topics,
    /// `None` while the publisher is shut: see [`Publisher::shut`].
    encoder: OnceLock<Encoder>,
    metrics: Metrics,
}

/// Writes events and dead letters to their topics; cheap to clone, make one a process.
#[derive(Clone)]
pub struct Publisher(Arc<Inner>);

impl fmt::Debug for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Publisher")
    }
}

impl Publisher {
    /// Makes the producer. Does not wait for a broker: one that is away is found when it comes.
    ///
    /// # Errors
    /// [`Error::Options`], [`Error::Client`].
    pub fn new(options: &Options, topics: Topics, encoder: Encoder, metrics: Metrics) -> Result<Self, Error> {
        let publisher = Self::shut(options, topics, metrics)?;
        publisher.open(encoder);
        Ok(publisher)
    }

    /// As [`Publisher::new`], but nothing is published until [`Publisher::open`]: while the brokers or
    /// the registry can't be asked, a record must not make a topic with the wrong partitions.
    ///
    /// # Errors
    /// As [`Publisher::new`].
    pub fn shut(options: &Options, topics: Topics, metrics: Metrics) -> Result<Self, Error> {
        options.checked()?;
        let producer: FutureProducer<Quiet> =
            options.producer_config().create_with_context(Quiet).map_err(|source| Error::Client { what: "producer", source })?;
        Ok(Self(Arc::new(Inner { producer, topics, encoder: OnceLock::new(), metrics })))
    }

    /// From now on records are published, written with this encoder. A second call changes nothing.
    pub fn open(&self, encoder: Encoder) {
        let _ = self.0.encoder.set(encoder);
    }

    fn opened(&self) -> Result<&Encoder, Error> {
        self.0.encoder.get().ok_or(Error::Shut)
    }

    /// The topics written to.
    #[must_use]
    pub fn topics(&self) -> &Topics {
        &self.0.topics
    }

    /// Writes an event to the topic of its source (commands and results to theirs), keyed by
    /// `tenant/root`, and waits for the broker's acknowledgement. A full queue makes the caller wait.
    ///
    /// Dropping the future does not take the record back: it may still be written.
    ///
    /// # Errors
    /// [`Error::Encode`]; [`Error::Publish`] after `message.timeout.ms`; [`Error::Shut`].
    pub async fn publish(&self, event: &Event) -> Result<(), Error> {
        let value = self.opened()?.encode(event).map_err(Error::Encode)?;
        let key = event.key();
        self.send(self.0.topics.of_event(event), Some(key.as_bytes()), &value, headers::of_event(event)).await
    }

    /// Writes a dead letter under the key of the record it is about, and waits for the acknowledgement.
    ///
    /// # Errors
    /// As [`Publisher::publish`].
    pub async fn publish_dead_letter(&self, letter: &DeadLetter) -> Result<(), Error> {
        let value = self.opened()?.encode_dead_letter(letter).map_err(Error::Encode)?;
        self.send(self.0.topics.dead_letters(), letter.key.as_deref(), &value, headers::of_dead_letter(letter)).await
    }

    async fn send(&self, topic: &str, key: Option<&[u8]>, value: &[u8], headers: Vec<(String, Vec<u8>)>) -> Result<(), Error> {
        let mut with = OwnedHeaders::new_with_capacity(headers.len());
        for (name, text) in &headers {
            with = with.insert(Header { key: name, value: Some(text) });
        }
        let mut record = FutureRecord::<[u8], [u8]>::to(topic).payload(value).headers(with);
        if let Some(key) = key {
            record = record.key(key);
        }
        let started = Instant::now();
        // Never: a full queue is backpressure; `message.timeout.ms` empties it while the broker is away.
        let result = self.0.producer.send(record, Timeout::Never).await;
        match result {
            Ok(_) => {
                self.0.metrics.publish_duration.observe(started.elapsed().as_secs_f64());
                Ok(())
            }
            Err((source, _record)) => Err(Error::Publish { topic: topic.to_owned(), source }),
        }
    }

    /// Waits until nothing is in flight, at most `deadline`.
    ///
    /// # Errors
    /// [`Error::Publish`] if records are still in flight then.
    pub async fn flush(&self, deadline: Duration) -> Result<(), Error> {
        let inner = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || inner.producer.flush(deadline))
            .await
            .map_err(|_| Error::Stopped)?
            .map_err(|source| Error::Publish { topic: "(all)".to_owned(), source })
    }

    /// Asks the brokers for a sign of life.
    ///
    /// # Errors
    /// [`Error::Brokers`] if none answers within `deadline`.
    pub async fn ping(&self, deadline: Duration) -> Result<(), Error> {
        let inner = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || inner.producer.client().fetch_metadata(Some(inner.topics.commands()), deadline).map(|_| ()))
            .await
            .map_err(|_| Error::Stopped)?
            .map_err(|source| Error::Brokers { brokers: "the configured addresses".to_owned(), what: "answer", source })
    }
}

/// Dropping librdkafka's producer purges its queue, so what is still in it is flushed first.
impl Drop for Inner {
    fn drop(&mut self) {
        if self.producer.in_flight_count() > 0 && self.producer.flush(LAST_FLUSH).is_err() {
            tracing::warn!("records were still unacknowledged when the publisher was dropped; whoever sent them was not told they were accepted");
        }
    }
}
