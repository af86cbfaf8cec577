//! 17hats simulated: the `zapier` transport as 17hats offers it today, and the `rest` transport,
//! whose contract (`systems/contracts/seventeen_hats.toml`) is this project's own invention.
//!
//! The way of a call: [`rest`](self) or a catch hook -> `world` (one account's state, changed under
//! one lock, which also writes the truth and queues the post) -> `outbox` (posts to our receiver).

mod account;
mod control;
mod effects;
mod faulty;
mod fields;
mod handle;
mod hooks;
mod limits;
mod list;
mod options;
mod outbox;
mod problem;
mod resource;
mod rest;
mod service;
mod signature;
mod store;
#[cfg(test)]
mod tests;
mod zap_fields;

pub use control::control_router;
pub use handle::{DeliveryCounts, Handle, ZapRuns};
pub use options::{AccountOptions, Delivery, Labels, Limits, Options, Transport, WebhookAuth, ZapierOptions};
pub use problem::{Error, Problem};
pub use resource::Resource;
pub use service::Service;
pub use store::Record;
