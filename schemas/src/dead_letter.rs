//! A record that could not be applied.

use crate::event::closed_enum;
use crate::{System, TenantId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

closed_enum!(
    /// Why a record could not be applied.
    DeadReason {
        /// Its bytes can't be read as an event.
        Undecodable = "undecodable",
        /// The other system has nothing to express it with.
        Unmappable = "unmappable",
        /// The other system refused it for good.
        Refused = "refused",
        /// All attempts are spent.
        Exhausted = "exhausted",
    }
);

/// A record that could not be applied, why, and how to try again.
///
/// `message`, `operation`, `request` and `answer` must be masked by whoever fills them in: dead
/// letters are shown to operators.
#[derive(Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The event's id; `None` where the record could not be decoded.
    pub event_id: Option<Uuid>,
    /// The event's tenant; `None` where the record could not be decoded.
    pub tenant: Option<TenantId>,
    /// The system the event came from; `None` where the record could not be decoded.
    pub source: Option<System>,
    /// Why it is here.
    pub reason: DeadReason,
    /// What went wrong and what to do about it.
    pub message: String,
    /// The system that was written to; `None` where it did not come so far.
    pub system: Option<System>,
    /// The operation that failed, such as `contacts.update`.
    pub operation: Option<String>,
    /// How often it was tried.
    pub attempts: i64,
    /// When it was tried first, microseconds since the Unix epoch.
    pub first_at: i64,
    /// When it was tried last, microseconds since the Unix epoch.
    pub last_at: i64,
    /// Topic of the record.
    pub topic: String,
    /// Partition of the record.
    pub partition: i32,
    /// Offset of the record.
    pub offset: i64,
    /// Key of the record.
    pub key: Option<Vec<u8>>,
    /// The last request, masked.
    pub request: Option<String>,
    /// The last answer, masked.
    pub answer: Option<String>,
    /// The exact command that tries again.
    pub redrive: String,
    /// The record's value as it was read, personal data and all.
    pub event: Vec<u8>,
}

/// Masked: where it is from and why, nothing of what it holds.
impl std::fmt::Debug for DeadLetter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeadLetter")
            .field("event_id", &self.event_id)
            .field("reason", &self.reason.as_str())
            .field("system", &self.system.map(System::as_str))
            .field("operation", &self.operation)
            .field("attempts", &self.attempts)
            .field("topic", &self.topic)
            .field("partition", &self.partition)
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}
