//! What an event is: the Avro schemas, the Rust types, the wire formats, the registry and the topics.
#![warn(missing_docs)]

pub mod compat;
mod dead_letter;
mod error;
mod event;
pub mod headers;
mod ids;
mod payload;
mod records;
pub mod registry;
mod resolve;
mod shipped;
pub mod topics;
mod value;
pub mod wire;

pub use dead_letter::{DeadLetter, DeadReason};
pub use error::Error;
pub use event::{Change, EntityKind, EntityRef, Event, Via};
pub use ids::{EntityId, System, TenantId, UnknownName, event_id};
pub use payload::*;
pub use shipped::Subject;
