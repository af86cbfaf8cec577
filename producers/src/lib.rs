//! Capture: webhooks and polls become events on Kafka. Every change goes the same way: it is
//! understood ([`webhooks`], [`polls`]), compared with what was published before ([`capture`]),
//! published, and remembered once the broker has it. While the broker is away webhooks wait in the
//! [`spool`].

pub mod capture;
mod error;
mod health;
mod metrics;
pub mod polls;
pub mod recordings;
mod sink;
pub mod spool;
#[cfg(test)]
mod testing;
pub mod webhooks;

pub use error::Error;
pub use health::Handle;
pub use metrics::Metrics;
pub use sink::Sink;
