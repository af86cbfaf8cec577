//! What an action may do when it is done twice.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Class of an action: what a doubt about it means, that is a call that was sent and never answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Changes nothing: ask again.
    Read,
    /// Done twice it is as done once (`PUT`, `DELETE`, adding a tag): do it again.
    Idempotent,
    /// Done twice it is there twice, but what became of it can be looked up: look first, then decide.
    Probe,
    /// Done twice it is there twice and nothing tells: a person decides.
    Unsafe,
}

impl Effect {
    /// The name in the ledger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Idempotent => "idempotent",
            Self::Probe => "probe",
            Self::Unsafe => "unsafe",
        }
    }

    /// Whether doing it once more is harmless, so that a lost answer is no doubt.
    #[must_use]
    pub const fn is_repeatable(self) -> bool {
        match self {
            Self::Read | Self::Idempotent => true,
            Self::Probe | Self::Unsafe => false,
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
