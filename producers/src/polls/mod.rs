//! Polls: what webhooks don't tell, or did not.
//!
//! One loop a tenant and resource, owned by one process at a time through a lease in the store. A
//! pass reads pages from the cursor (less an overlap, since search indexes lag by seconds) up to a
//! page cap; every row goes through [`crate::capture`], which knows what is new. The cursor moves
//! only over pages that the broker has acknowledged; a pass that hits the cap goes on from there.
//!
//! Three feeds of HighLevel and three lists of 17hats are always polled. Beside them any reading
//! operation of HighLevel's catalogue can be ([`Order`], [`Asked`]).

mod catalogue;
pub mod cursor;
mod highlevel;
mod options;
mod pass;
mod service;
pub mod seventeen_hats;
#[cfg(test)]
mod tests;

pub use catalogue::{Asked, Order, OrderError, Preview, Sighting};
pub use options::{Intervals, Options, Start, Tenant};
pub use pass::Done;
pub use service::Service;
