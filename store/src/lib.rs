//! What hatbridge remembers: ledger, claims, identity, last-synced state, capture state, cursors,
//! quota, leases and tokens. SQLite for one machine, PostgreSQL for many, the same code and tests.

mod capture;
mod clock;
mod cursors;
mod error;
mod identity;
mod leases;
mod ledger;
mod listed;
mod quota;
mod store;
mod tokens;
mod writer;

pub use capture::{CaptureState, Captured, Known};
pub use clock::now_micros;
pub use error::Error;
pub use identity::{Link, Synced};
pub use leases::Lease;
pub use ledger::{ActionRecord, ActionStatus, Claimed, Intent, LedgerCounts, Record};
pub use listed::{Listed, Listing};
pub use quota::{Limits, SharedQuota};
pub use store::{Options, Store};
pub use tokens::SealedTokens;
