//! Reading single records and whole topics from outside any group: for tools.

use crate::ask::{self, ANSWER, TOOLS};
use crate::{Error, Options, Quiet};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Message, Offset, TopicPartitionList};

/// A record as it is stored.
#[derive(Clone)]
pub struct Fetched {
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// Its value.
    pub value: Vec<u8>,
}

/// Masked: a record holds personal data.
impl std::fmt::Debug for Fetched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fetched").field("partition", &self.partition).field("offset", &self.offset).finish_non_exhaustive()
    }
}

/// The record at a place; `None` if there is none (any more).
///
/// # Errors
/// [`Error::Options`], [`Error::Client`]; [`Error::Brokers`] if nobody answers.
pub async fn fetch_record(options: &Options, topic: &str, partition: i32, offset: i64) -> Result<Option<Fetched>, Error> {
    let (options, topic) = (options.clone(), topic.to_owned());
    blocking(move || {
        let reader = Reader::new(&options)?;
        let (low, high) = reader.ends(&topic, partition)?;
        if offset < low || offset >= high {
            return Ok(None);
        }
        let mut found = None;
        reader.read(&topic, partition, offset, offset + 1, &mut |record| found = Some(record))?;
        // Offsets have gaps: the next record is not the one asked for.
        Ok(found.filter(|record| record.offset == offset))
    })
    .await
}

/// All records that a topic holds now, partition by partition.
///
/// # Errors
/// As [`fetch_record`].
pub async fn fetch_topic(options: &Options, topic: &str) -> Result<Vec<Fetched>, Error> {
    let (options, topic) = (options.clone(), topic.to_owned());
    blocking(move || {
        let reader = Reader::new(&options)?;
        let mut records = vec![];
        for partition in reader.partitions(&topic)? {
            let (low, high) = reader.ends(&topic, partition)?;
            reader.read(&topic, partition, low, high, &mut |record| records.push(record))?;
        }
        Ok(records)
    })
    .await
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::Stopped)?
}

struct Reader {
    client: BaseConsumer<Quiet>,
    brokers: String,
}

impl Reader {
    fn new(options: &Options) -> Result<Self, Error> {
        options.checked()?;
        let mut config = options.consumer_config(TOOLS);
        config.set("enable.partition.eof", "true");
        let client = config.create_with_context(Quiet).map_err(|source| Error::Client { what: "reader", source })?;
        Ok(Self { client, brokers: options.brokers.clone() })
    }

    fn failed(&self, what: &'static str) -> impl FnOnce(KafkaError) -> Error {
        let brokers = self.brokers.clone();
        move |source| Error::Brokers { brokers, what, source }
    }

    fn partitions(&self, topic: &str) -> Result<Vec<i32>, Error> {
        ask::partitions(&self.client, topic).map_err(self.failed("list the partitions"))
    }

    fn ends(&self, topic: &str, partition: i32) -> Result<(i64, i64), Error> {
        ask::ends(&self.client, topic, partition).map_err(self.failed("tell the ends of a partition"))
    }

    /// Reads `from` up to and without `to`.
    fn read(&self, topic: &str, partition: i32, from: i64, to: i64, take: &mut dyn FnMut(Fetched)) -> Result<(), Error> {
        if from >= to {
            return Ok(());
        }
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(topic, partition, Offset::Offset(from)).map_err(self.failed("read a partition"))?;
        self.client.assign(&list).map_err(self.failed("read a partition"))?;
        loop {
            match self.client.poll(ANSWER) {
                Some(Ok(record)) if record.offset() >= to => break,
                Some(Ok(record)) => {
                    take(Fetched { partition, offset: record.offset(), value: record.payload().unwrap_or_default().to_vec() });
                    if record.offset() + 1 >= to {
                        break;
                    }
                }
                Some(Err(KafkaError::PartitionEOF(_))) => break,
                Some(Err(source)) => return Err(self.failed("deliver a record")(source)),
                None => {
                    return Err(self.failed("deliver a record in time")(KafkaError::MessageConsumption(rdkafka::error::RDKafkaErrorCode::OperationTimedOut)));
                }
            }
        }
        Ok(())
    }
}
