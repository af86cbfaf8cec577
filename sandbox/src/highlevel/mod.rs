//! HighLevel simulated: contacts, conversations, messages, notes and tasks, calendars,
//! opportunities, businesses, associations, blogs, users and locations, in both generations of the
//! API; OAuth, rate limits, signed webhooks, and its documented oddities. What it does follows the published documents and
//! what its users reported; where those are silent it does the least.
//!
//! The way of a call: `faulty` (what goes wrong on purpose) -> `admit` (token, version, limit) ->
//! `rest` (reads what was given) -> `contacts`, `conversations`, `messages`, `simple`, `calendars`,
//! `opportunities`, `records` (one location's state, changed under one lock, which also writes the
//! truth and queues the webhooks) or `company` (what belongs to the agency) -> `outbox` (signs, posts, repeats). A person's acts enter at [`Handle`] and skip the first three.

mod acts;
mod admit;
mod auth;
mod breaker;
mod calendars;
mod clock;
mod company;
mod contact;
mod contacts;
mod control;
mod control_records;
mod conversation;
mod conversations;
mod dump;
mod faulty;
mod fields;
mod given;
mod handle;
mod kinds;
mod lagging;
mod limits;
mod location;
mod membership;
mod message;
mod messages;
mod opportunities;
mod options;
mod outbox;
mod persons;
mod problem;
mod records;
mod reply;
mod rest;
mod search;
mod service;
mod signature;
mod simple;
mod state;
#[cfg(test)]
mod tests;

pub use control::control_router;
pub use handle::{DeliveryCounts, Handle};
pub use options::{AppOptions, Breaker, Bugs, Delivery, Limits, LocationOptions, Options, Retries, SearchLag};
pub use problem::{Error, Message as ProblemMessage, Problem};
pub use records::{Family, FieldOptions, Furnishing, Named, PipelineOptions};
pub use service::Service;
