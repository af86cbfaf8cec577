//! The webhook receiver.
//!
//! A request goes: size limit, signature or secret over the raw bytes, JSON, age, tenant, then
//! under a lock on its webhook id: seen before? published within the deadline? else on disk? Only
//! then is it answered 2xx. While anything waits on disk, what arrives goes behind it.
//!
//! | answer | when |
//! |---|---|
//! | 200 | published, known already, a repeat, or on disk |
//! | 400 | not a JSON object; too old or from the future |
//! | 401 | signature or secret missing or wrong |
//! | 404 | a 17hats tenant or event that is not configured |
//! | 413 | larger than the limit |
//! | 429 (HighLevel), 503 (others) | neither broker nor disk could take it |

pub mod events;
mod intake;
pub mod names;
mod options;
mod routes;
mod service;
mod seventeen_hats;
pub mod signature;
mod table;
#[cfg(test)]
mod tests;

pub use intake::Intake;
pub use options::{Door, Options, Proof, Routes, UNASSIGNED};
pub use service::Service;
