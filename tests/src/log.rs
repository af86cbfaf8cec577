//! Looking at the topics from outside.

use hatbridge_schemas::topics::Topics;
use hatbridge_schemas::wire::Decoder;
use hatbridge_schemas::{DeadLetter, Event};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::KafkaResult;
use rdkafka::message::Message;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// For one question to the brokers.
const ANSWER: Duration = Duration::from_secs(15);

/// An event and where it stands.
#[derive(Debug, Clone)]
pub struct Placed {
    /// The event.
    pub event: Event,
    /// Partition of its topic.
    pub partition: i32,
    /// Offset there.
    pub offset: i64,
    /// Key of the record.
    pub key: String,
}

/// The topics of one place, and one group's offsets in them.
#[derive(Clone)]
pub struct TopicLog {
    brokers: String,
    asks: Arc<BaseConsumer>,
    /// Their names.
    pub topics: Topics,
}

/// How far a group is in the topics that it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Records written so far.
    pub written: i64,
    /// Records not committed yet.
    pub behind: i64,
}

impl fmt::Debug for TopicLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TopicLog").field("topics", &self.topics).finish_non_exhaustive()
    }
}

struct Raw {
    partition: i32,
    offset: i64,
    key: String,
    value: Vec<u8>,
}

impl TopicLog {
    /// Of the topics under `prefix`.
    ///
    /// # Panics
    /// If the prefix can't be one.
    #[must_use]
    pub fn new(brokers: &str, prefix: &str, group: &str) -> Self {
        Self { brokers: brokers.to_owned(), asks: Arc::new(client(brokers, group)), topics: Topics::new(prefix).expect("a prefix") }
    }

    async fn blocking<T: Send + 'static>(&self, work: impl FnOnce(&Self) -> T + Send + 'static) -> T {
        let this = self.clone();
        tokio::task::spawn_blocking(move || work(&this)).await.expect("looking at the topics does not panic")
    }

    /// All events of a topic, partition by partition.
    ///
    /// # Panics
    /// If it can't be read.
    pub async fn events(&self, topic: &str) -> Vec<Placed> {
        let decoder = Decoder::shipped();
        let mut events = vec![];
        for raw in self.records(topic).await {
            let event = decoder.decode(&raw.value).await.expect("an event on a topic can be read");
            events.push(Placed { event, partition: raw.partition, offset: raw.offset, key: raw.key });
        }
        events
    }

    /// All dead letters.
    ///
    /// # Panics
    /// If they can't be read.
    pub async fn dead_letters(&self) -> Vec<DeadLetter> {
        let decoder = Decoder::shipped();
        let mut letters = vec![];
        for raw in self.records(self.topics.dead_letters()).await {
            letters.push(decoder.decode_dead_letter(&raw.value).await.expect("a dead letter can be read"));
        }
        letters
    }

    async fn records(&self, topic: &str) -> Vec<Raw> {
        let topic = topic.to_owned();
        self.blocking(move |this| {
            let client = client(&this.brokers, "looks-only");
            let (mut wanted, mut from) = (0, TopicPartitionList::new());
            for partition in partitions(&client, &topic) {
                let (low, high) = ends(&client, &topic, partition);
                if high > low {
                    wanted += high - low;
                    from.add_partition_offset(&topic, partition, Offset::Offset(low)).expect("an offset");
                }
            }
            let mut records = vec![];
            if wanted == 0 {
                return records;
            }
            client.assign(&from).expect("partitions to read");
            let deadline = Instant::now() + ANSWER * 4;
            while (records.len() as i64) < wanted {
                assert!(Instant::now() < deadline, "{} of {wanted} records of {topic} could be read in time", records.len());
                let Some(message) = client.poll(Duration::from_millis(200)) else { continue };
                let message = message.expect("a record");
                records.push(Raw {
                    partition: message.partition(),
                    offset: message.offset(),
                    key: String::from_utf8_lossy(message.key().unwrap_or_default()).into_owned(),
                    value: message.payload().unwrap_or_default().to_vec(),
                });
            }
            records.sort_by_key(|record| (record.partition, record.offset));
            records
        })
        .await
    }

    /// How far the group is.
    ///
    /// # Panics
    /// If the brokers don't answer.
    pub async fn progress(&self) -> Progress {
        self.blocking(|this| {
            let client = &this.asks;
            let mut progress = Progress { written: 0, behind: 0 };
            let mut list = TopicPartitionList::new();
            for topic in this.topics.sources() {
                for partition in partitions(client, topic) {
                    list.add_partition(topic, partition);
                }
            }
            let committed = patiently("tell the committed offsets", || client.committed_offsets(list.clone(), ANSWER));
            for element in committed.elements() {
                let (low, high) = ends(client, element.topic(), element.partition());
                let from = match element.offset() {
                    Offset::Offset(at) => at.max(low),
                    _ => low,
                };
                progress.written += high - low;
                progress.behind += high - from;
            }
            progress
        })
        .await
    }

    /// Lets the group, which must have no members, begin again with the first record of everything.
    ///
    /// # Panics
    /// If the brokers refuse.
    pub async fn rewind(&self) {
        self.blocking(|this| {
            let client = &this.asks;
            let mut list = TopicPartitionList::new();
            for topic in this.topics.sources() {
                for partition in partitions(client, topic) {
                    let (low, _) = ends(client, topic, partition);
                    list.add_partition_offset(topic, partition, Offset::Offset(low)).expect("an offset");
                }
            }
            // The last member may just be leaving.
            patiently("put the group's offsets back", || client.commit(&list, CommitMode::Sync));
        })
        .await;
        let progress = self.progress().await;
        assert_eq!(progress.behind, progress.written, "the group begins again with everything");
    }
}

fn client(brokers: &str, group: &str) -> BaseConsumer {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers).set("group.id", group).set("enable.auto.commit", "false");
    config.set("fetch.wait.max.ms", "50").set("message.max.bytes", "8388608");
    config.create().expect("a Kafka client")
}

fn partitions(client: &BaseConsumer, topic: &str) -> Vec<i32> {
    let metadata = patiently("list the partitions", || client.fetch_metadata(Some(topic), ANSWER));
    metadata.topics().iter().flat_map(|topic| topic.partitions()).map(|partition| partition.id()).collect()
}

fn ends(client: &BaseConsumer, topic: &str, partition: i32) -> (i64, i64) {
    patiently("tell the ends of a partition", || client.fetch_watermarks(topic, partition, ANSWER))
}

/// A new topic's leader and a new group's coordinator are not known at once.
fn patiently<T>(what: &str, ask: impl Fn() -> KafkaResult<T>) -> T {
    let deadline = Instant::now() + ANSWER * 2;
    loop {
        match ask() {
            Ok(answer) => return answer,
            Err(error) => assert!(Instant::now() < deadline, "the brokers don't {what}: {error}"),
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}
