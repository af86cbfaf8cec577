//! How far a group is behind.

use crate::ask::{self, ANSWER};
use crate::{Error, Options, Quiet};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Offset, TopicPartitionList};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Reads the lag of a consumer group from outside, without joining it; cheap to clone.
#[derive(Clone)]
pub struct LagReader {
    client: Arc<BaseConsumer<Quiet>>,
    topics: Arc<[String]>,
    brokers: Arc<str>,
}

impl fmt::Debug for LagReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LagReader").field("topics", &self.topics).finish_non_exhaustive()
    }
}

impl LagReader {
    /// A reader for the given group and topics.
    ///
    /// # Errors
    /// [`Error::Options`], [`Error::Client`].
    pub fn new(options: &Options, group: &str, topics: &[&str]) -> Result<Self, Error> {
        options.checked()?;
        let client: BaseConsumer<Quiet> =
            options.consumer_config(group).create_with_context(Quiet).map_err(|source| Error::Client { what: "lag reader", source })?;
        Ok(Self { client: Arc::new(client), topics: topics.iter().map(|t| (*t).to_owned()).collect(), brokers: Arc::from(options.brokers.as_str()) })
    }

    /// Records not committed yet, by topic. A topic without a committed offset counts from its beginning.
    ///
    /// # Errors
    /// [`Error::Brokers`] if nobody answers.
    pub async fn read(&self) -> Result<BTreeMap<String, i64>, Error> {
        let this = self.clone();
        tokio::task::spawn_blocking(move || this.read_blocking()).await.map_err(|_| Error::Stopped)?
    }

    fn read_blocking(&self) -> Result<BTreeMap<String, i64>, Error> {
        let failed = |what| move |source| Error::Brokers { brokers: self.brokers.to_string(), what, source };
        let mut lag = BTreeMap::new();
        for topic in self.topics.iter() {
            let mut list = TopicPartitionList::new();
            for partition in ask::partitions(&*self.client, topic).map_err(failed("list the partitions"))? {
                list.add_partition(topic, partition);
            }
            if list.count() == 0 {
                lag.insert(topic.clone(), 0);
                continue;
            }
            let committed = self.client.committed_offsets(list, ANSWER).map_err(failed("tell the committed offsets"))?;
            let mut sum = 0;
            for element in committed.elements() {
                let (low, high) = self.client.fetch_watermarks(topic, element.partition(), ANSWER).map_err(failed("tell the ends of a partition"))?;
                let from = match element.offset() {
                    Offset::Offset(at) => at.max(low),
                    _ => low,
                };
                sum += (high - from).max(0);
            }
            lag.insert(topic.clone(), sum);
        }
        Ok(lag)
    }
}
