//! Reading Kafka: a thread that polls, and the offsets of what is finished.

mod offsets;
mod reader;

pub use offsets::{Front, Fronts, Place};
pub(crate) use reader::{FromReader, Instructions, Reader, Record};
