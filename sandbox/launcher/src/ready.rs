//! What a running broker says of itself.

use serde::Deserialize;
use std::path::Path;

/// The file in the data folder.
pub const FILE: &str = "broker.json";

/// A broker that answers, or did when it crashed.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Ready {
    /// Its process.
    pub pid: u32,
    /// `host:port`.
    pub address: String,
    /// When, as RFC 3339.
    pub started_at: String,
}

impl Ready {
    /// Of the broker in `folder`; none if it never was ready, or stopped properly.
    #[must_use]
    pub fn read(folder: &Path) -> Option<Self> {
        // The broker replaces the file whole, so what is unreadable is not its.
        serde_json::from_slice(&std::fs::read(folder.join(FILE)).ok()?).ok()
    }
}
