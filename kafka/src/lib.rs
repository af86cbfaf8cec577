//! Kafka, wrapped once: options, the publisher, topics and lag. Everybody else in the workspace
//! gets the settings that our guarantees rest on from here.

mod ask;
mod context;
mod error;
mod fetch;
mod lag;
mod metrics;
mod options;
mod publisher;
mod tail;
#[cfg(test)]
mod tests;
mod topics;

pub use context::Quiet;
pub use error::Error;
pub use fetch::{Fetched, fetch_record, fetch_topic};
pub use lag::LagReader;
pub use metrics::Metrics;
pub use options::{Options, RESERVED};
pub use publisher::Publisher;
pub use tail::Tail;
pub use topics::ensure_topics;
