//! Polls: what webhooks don't tell, or did not.
//!
//! One loop a tenant and resource, owned by one process at a time through a lease in the store. A
//! pass reads pages from the cursor (less an overlap, since search indexes lag by seconds) up to a
//! page cap; every row goes through [`crate::capture`], which knows what is new. The cursor moves
//! only over pages that the broker has acknowledged; a pass that hits the cap goes on from there.

pub mod cursor;
mod highlevel;
mod options;
mod pass;
mod service;
pub mod seventeen_hats;
#[cfg(test)]
mod tests;

pub use options::{Intervals, Options, Start, Tenant};
pub use service::Service;
