//! What can go wrong while applying, apart from what an event itself causes: that ends in dead letters.

use rdkafka::error::KafkaError;

/// An error of this crate. No variant holds a record's contents.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The consumer can't be made.
    #[error("can't make the Kafka consumer of group {group}; check the properties under `kafka.properties`")]
    Consumer {
        /// The group.
        group: String,
        /// librdkafka's reason.
        #[source]
        source: KafkaError,
    },
    /// The consumer can't go on.
    #[error("the Kafka consumer of group {group} can't go on; start it again once the cause is mended")]
    Fatal {
        /// The group.
        group: String,
        /// librdkafka's reason.
        #[source]
        source: KafkaError,
    },
    /// The thread that reads Kafka died.
    #[error("the thread that reads Kafka died; this is a bug in hatbridge, report it")]
    Reader,
    /// The database failed.
    #[error("the database failed while applying")]
    Store(#[from] hatbridge_store::Error),
    /// The budget could not be asked for.
    #[error("the database failed while a call waited for its budget")]
    Quota(#[source] hatbridge_systems::quota::QuotaError),
    /// A result or dead letter was not published.
    #[error("a result could not be published")]
    Publish(#[from] hatbridge_kafka::Error),
    /// The schema registry failed.
    #[error("a record could not be read for now")]
    Decode(#[source] hatbridge_schemas::Error),
}
