//! Questions to the brokers that every reader from outside asks.

use crate::Quiet;
use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaResult, RDKafkaErrorCode};
use rdkafka::metadata::MetadataPartition;
use std::time::Duration;

/// How long one question to the brokers may take.
pub(crate) const ANSWER: Duration = Duration::from_secs(10);
/// Name of tools in the brokers' logs; no offsets are ever committed under it.
pub(crate) const TOOLS: &str = "hatbridge-tools";
/// Attempts at the ends of a partition that has no leader for a moment, and the pause between them.
const ATTEMPTS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(250);

/// A topic's partitions.
pub(crate) fn partitions(client: &impl Consumer<Quiet>, topic: &str) -> KafkaResult<Vec<i32>> {
    let metadata = client.fetch_metadata(Some(topic), ANSWER)?;
    Ok(metadata.topics().iter().flat_map(|topic| topic.partitions()).map(MetadataPartition::id).collect())
}

/// The offsets of a partition's first record and behind its last. A topic that was just made, or moved,
/// has no leader for a moment: that is waited for.
pub(crate) fn ends(client: &impl Consumer<Quiet>, topic: &str, partition: i32) -> KafkaResult<(i64, i64)> {
    use RDKafkaErrorCode as Code;
    let mut attempt = 0;
    loop {
        attempt += 1;
        match client.fetch_watermarks(topic, partition, ANSWER) {
            Err(error)
                if attempt < ATTEMPTS
                    && matches!(error.rdkafka_error_code(), Some(Code::NotLeaderForPartition | Code::LeaderNotAvailable | Code::UnknownTopicOrPartition)) =>
            {
                std::thread::sleep(PAUSE);
            }
            answer => return answer,
        }
    }
}
