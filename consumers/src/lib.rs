//! Apply: events become effects in the other system, once and in order.
//!
//! The way of a record: [`intake`] reads it and keeps the offsets, [`engine`] runs records side by
//! side across keys and in order within one, `apply` takes one through its stations: decode, claim,
//! [`facts`], [`plan`], quota and call ([`execute`]), record. What can't be applied goes to the dead
//! letters.
#![warn(missing_docs)]

mod apply;
mod claims;
mod dead;
pub mod engine;
mod error;
pub mod execute;
pub mod facts;
mod flows;
pub mod intake;
mod metrics;
mod operations;
pub mod plan;
mod service;

pub use error::Error;
pub use flows::{
    Appointments, Closing, ClosingPolicy, Companies, Contacts, Conversations, Flows, Messages, Notes, Opportunities, Tasks, ToHighlevel, Transcripts,
};
pub use metrics::Metrics;
pub use service::{Members, Options, Parts, Service, Tenant};
