//! The HTTP door of a running process: `/metrics`, `/healthz`, `/readyz`, `/search`,
//! `/commands`. For operators
//! and their tools, not for the public: webhooks have a listener of their own.

mod commands;
mod door;
mod lag;
mod ready;
pub mod search;

pub use door::{Door, Parts};
pub use lag::watch_lag;
pub use ready::Ready;
