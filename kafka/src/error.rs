//! What can go wrong between us and Kafka.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// An error of this crate. No variant holds a record's contents or a password.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The options break rules; all of them are listed.
    #[error("the Kafka options can't be used: {}", .0.join("; "))]
    Options(Vec<String>),
    /// librdkafka refused to make a client.
    #[error("can't make a Kafka {what}; check the properties under `kafka.properties`")]
    Client {
        /// Producer, admin client, ...
        what: &'static str,
        /// Its reason.
        #[source]
        source: KafkaError,
    },
    /// The event does not fit its schema, or is too large for Avro's types.
    #[error("the event can't be encoded")]
    Encode(#[source] hatbridge_schemas::Error),
    /// The broker did not acknowledge the record.
    #[error("topic {topic}: the record was not acknowledged; check that the brokers are reachable and have enough replicas in step")]
    Publish {
        /// The topic.
        topic: String,
        /// librdkafka's reason.
        #[source]
        source: KafkaError,
    },
    /// The brokers did not answer a question.
    #[error("the Kafka brokers at {brokers} did not {what}; check `kafka.brokers` and that they run")]
    Brokers {
        /// Addresses asked.
        brokers: String,
        /// What was asked, as a verb and its object.
        what: &'static str,
        /// librdkafka's reason.
        #[source]
        source: KafkaError,
    },
    /// A topic can't be created.
    #[error("topic {topic} can't be created ({code}); create it with {partitions} partitions and `retention.ms=-1`, or allow this user to")]
    Create {
        /// The topic.
        topic: String,
        /// Partitions it should get.
        partitions: i32,
        /// The broker's reason.
        code: RDKafkaErrorCode,
    },
    /// A topic exists with another number of partitions.
    #[error(
        "topic {topic} has {found} partitions, the configuration says {wanted}: set `kafka.partitions = {found}` (changing a topic's partitions would break the order per person)"
    )]
    Partitions {
        /// The topic.
        topic: String,
        /// Partitions it has.
        found: i32,
        /// Partitions configured.
        wanted: i32,
    },
    /// A topic that was created does not show up.
    #[error("topic {0} was created but the brokers don't list it yet; try again")]
    Missing(String),
    /// Brokers or registry have not been reached yet.
    #[error(
        "nothing can be published yet: the brokers or the schema registry have not answered since this process started; check `kafka.brokers` and `kafka.registry_url`"
    )]
    Shut,
    /// A thread of ours died.
    #[error("a Kafka call was cut off because the program is shutting down")]
    Stopped,
}

impl Error {
    /// Whether the same call may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Publish { source, .. } => !matches!(
                source.rdkafka_error_code(),
                Some(
                    RDKafkaErrorCode::MessageSizeTooLarge
                        | RDKafkaErrorCode::InvalidMessage
                        | RDKafkaErrorCode::InvalidMessageSize
                        | RDKafkaErrorCode::InvalidRecord
                )
            ),
            Self::Brokers { .. } | Self::Missing(_) | Self::Shut | Self::Stopped => true,
            Self::Encode(source) => source.is_retryable(),
            Self::Options(_) | Self::Client { .. } | Self::Create { .. } | Self::Partitions { .. } => false,
        }
    }
}
