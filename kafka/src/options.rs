//! How to reach Kafka, and which settings nobody may change.

use crate::Error;
use rdkafka::ClientConfig;
use std::collections::BTreeMap;
use std::fmt;

/// librdkafka properties that our guarantees rest on, each with the reason why it can't be set.
pub const RESERVED: &[(&str, &str)] = &[
    ("acks", "an event is accepted only when all replicas in step have it"),
    ("request.required.acks", "an event is accepted only when all replicas in step have it"),
    ("enable.idempotence", "a retried record must not be doubled or overtaken"),
    ("max.in.flight", "more than five in flight would break order"),
    ("max.in.flight.requests.per.connection", "more than five in flight would break order"),
    ("partitioner", "all writers must put a person on the same partition"),
    ("enable.auto.commit", "offsets are committed after the effect"),
    ("enable.auto.offset.store", "offsets are stored after the effect"),
    ("auto.offset.reset", "a group that forgot where it was must not skip events"),
    ("partition.assignment.strategy", "only cooperative-sticky takes partitions over without stopping all"),
    ("group.id", "it is `consumers.group`"),
    ("group.instance.id", "it is `consumers.instance_id`"),
    ("group.protocol", "static membership and cooperative-sticky need the classic protocol"),
    ("session.timeout.ms", "it is `consumers.session_timeout`, which the drain deadline is checked against"),
    ("isolation.level", "only committed records are applied"),
    ("bootstrap.servers", "it is `kafka.brokers`"),
    ("metadata.broker.list", "it is `kafka.brokers`"),
    ("client.id", "it is `kafka.client_id`"),
];

/// Largest record we write, bytes: a webhook of 1 MiB travels as raw text beside what was
/// understood of it.
pub(crate) const RECORD_BYTES: usize = 4 * 1024 * 1024;

/// How to reach Kafka.
#[derive(Clone, PartialEq, Eq)]
pub struct Options {
    /// `host:port`, several separated by commas.
    pub brokers: String,
    /// Name by which the brokers know us in their logs and quotas.
    pub client_id: String,
    /// Free librdkafka properties (`security.protocol`, `sasl.*`, `message.timeout.ms`, ...), except
    /// the [`RESERVED`] ones.
    pub properties: BTreeMap<String, String>,
}

/// Values of properties are masked: passwords are among them.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("brokers", &self.brokers)
            .field("client_id", &self.client_id)
            .field("properties", &self.properties.keys().collect::<Vec<_>>())
            .finish()
    }
}

impl Options {
    /// Options without free properties.
    pub fn new(brokers: impl Into<String>, client_id: impl Into<String>) -> Self {
        Self { brokers: brokers.into(), client_id: client_id.into(), properties: BTreeMap::new() }
    }

    /// The rules these options break, in words for an operator; empty if they are fine.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let mut broken = vec![];
        if self.brokers.split(',').all(|b| b.trim().is_empty()) {
            broken.push("`kafka.brokers` is empty; give host:port".to_owned());
        }
        for name in self.properties.keys() {
            if let Some((_, why)) = RESERVED.iter().find(|(reserved, _)| reserved == name) {
                broken.push(format!("`kafka.properties.{name}` can't be set: {why}"));
            }
        }
        broken
    }

    pub(crate) fn checked(&self) -> Result<(), Error> {
        let broken = self.validate();
        if broken.is_empty() { Ok(()) } else { Err(Error::Options(broken)) }
    }

    /// What every client of ours has in common.
    pub(crate) fn base_config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.brokers)
            .set("client.id", &self.client_id)
            // A broker that comes back is found within a second, not within librdkafka's ten.
            .set("reconnect.backoff.ms", "50")
            .set("reconnect.backoff.max.ms", "1000")
            .set("message.max.bytes", RECORD_BYTES.to_string());
        config
    }

    /// The properties that concern one side only are kept from the other: librdkafka warns of them.
    fn with_free(&self, config: &mut ClientConfig, skip: &[&str]) {
        for (name, value) in &self.properties {
            if !RESERVED.iter().any(|(reserved, _)| reserved == name) && !skip.iter().any(|s| name.starts_with(s)) {
                config.set(name, value);
            }
        }
    }

    /// Producer: acks=all, idempotent, the partitioner of Kafka's own clients, records gathered for
    /// 5 ms, given up after `message.timeout.ms` (30 s unless set).
    #[must_use]
    pub fn producer_config(&self) -> ClientConfig {
        let mut config = self.base_config();
        config.set("linger.ms", "5").set("message.timeout.ms", "30000").set("queue.buffering.max.messages", "20000").set("queue.buffering.max.kbytes", "65536");
        self.with_free(&mut config, &["fetch.", "max.poll.", "queued.", "heartbeat.", "max.partition.fetch"]);
        config.set("acks", "all").set("enable.idempotence", "true").set("partitioner", "murmur2_random");
        config
    }

    /// Consumer of a group: cooperative-sticky, nothing committed or stored by itself, from the
    /// beginning where the group has no offset.
    #[must_use]
    pub fn consumer_config(&self, group: &str) -> ClientConfig {
        let mut config = self.base_config();
        self.with_free(
            &mut config,
            &["message.timeout", "linger", "batch.", "queue.buffering", "compression", "delivery.timeout", "request.timeout", "sticky.", "transaction"],
        );
        config
            .set("group.id", group)
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "earliest")
            .set("partition.assignment.strategy", "cooperative-sticky");
        config
    }

    pub(crate) fn admin_config(&self) -> ClientConfig {
        let mut config = self.base_config();
        self.with_free(
            &mut config,
            &[
                "message.timeout",
                "linger",
                "batch.",
                "queue.buffering",
                "compression",
                "delivery.timeout",
                "request.timeout",
                "sticky.",
                "fetch.",
                "max.poll.",
                "queued.",
                "heartbeat.",
            ],
        );
        config
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_our_guarantees_rest_on_are_refused_by_name() {
        let mut options = Options::new("localhost:9092", "test");
        assert!(options.validate().is_empty());
        options.properties.insert("acks".into(), "0".into());
        options.properties.insert("group.id".into(), "mine".into());
        options.properties.insert("sasl.password".into(), "secret".into());
        let broken = options.validate();
        assert_eq!(broken.len(), 2, "{broken:?}");
        assert!(broken[0].contains("kafka.properties.acks"), "{broken:?}");
        assert!(!format!("{options:?}").contains("secret"));
        assert_eq!(options.producer_config().get("acks"), Some("all"));
        assert_eq!(options.consumer_config("g").get("group.id"), Some("g"));
    }

    #[test]
    fn no_brokers_is_an_error() {
        assert!(matches!(Options::new(" , ", "test").checked(), Err(Error::Options(broken)) if broken.len() == 1));
    }

    #[test]
    fn every_one_sided_property_reaches_its_side_only() {
        let mut options = Options::new("localhost:9092", "test");
        options.properties.insert("message.timeout.ms".into(), "1000".into());
        options.properties.insert("fetch.min.bytes".into(), "10".into());
        assert_eq!(options.producer_config().get("message.timeout.ms"), Some("1000"));
        assert_eq!(options.producer_config().get("fetch.min.bytes"), None);
        assert_eq!(options.consumer_config("g").get("message.timeout.ms"), None);
        assert_eq!(options.consumer_config("g").get("fetch.min.bytes"), Some("10"));
    }
}
