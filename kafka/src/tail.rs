//! Following a topic from now on, outside any group: for tools that wait for an answer.

use crate::ask::{self, TOOLS};
use crate::{Error, Fetched, Options, Quiet};
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::{Message, Offset, TopicPartitionList};

/// A topic's new records, of all its partitions.
pub struct Tail {
    client: StreamConsumer<Quiet>,
    brokers: String,
}

impl std::fmt::Debug for Tail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tail").finish_non_exhaustive()
    }
}

impl Tail {
    /// From the topic's end: what is written after this returned is read.
    ///
    /// # Errors
    /// [`Error::Options`], [`Error::Client`]; [`Error::Brokers`] if nobody answers.
    pub async fn start(options: &Options, topic: &str) -> Result<Self, Error> {
        options.checked()?;
        let client: StreamConsumer<Quiet> =
            options.consumer_config(TOOLS).create_with_context(Quiet).map_err(|source| Error::Client { what: "reader", source })?;
        let (brokers, topic) = (options.brokers.clone(), topic.to_owned());
        tokio::task::spawn_blocking(move || {
            let failed = |what| {
                let brokers = brokers.clone();
                move |source| Error::Brokers { brokers, what, source }
            };
            let mut list = TopicPartitionList::new();
            for partition in ask::partitions(&client, &topic).map_err(failed("list the partitions"))? {
                let (_, end) = ask::ends(&client, &topic, partition).map_err(failed("tell the ends of a partition"))?;
                list.add_partition_offset(&topic, partition, Offset::Offset(end)).map_err(failed("read a partition"))?;
            }
            client.assign(&list).map_err(failed("read a partition"))?;
            Ok(Self { client, brokers })
        })
        .await
        .map_err(|_| Error::Stopped)?
    }

    /// The next record, whenever it comes.
    ///
    /// # Errors
    /// [`Error::Brokers`] if it can't be read; what was asked for may be asked for again.
    pub async fn next(&self) -> Result<Fetched, Error> {
        loop {
            match self.client.recv().await {
                Ok(record) => {
                    return Ok(Fetched { partition: record.partition(), offset: record.offset(), value: record.payload().unwrap_or_default().to_vec() });
                }
                Err(KafkaError::PartitionEOF(_)) => {}
                Err(source) => return Err(Error::Brokers { brokers: self.brokers.clone(), what: "deliver a record", source }),
            }
        }
    }
}
