//! The budget of calls as the clients see it: taken before a call, corrected by every answer.

use async_trait::async_trait;
use hatbridge_schemas::{System, TenantId};
use std::fmt::Debug;
use std::time::Duration;

/// Who goes first where the budget is short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Priority {
    /// Somebody waits for it, or a change does.
    Live,
    /// Polls and backfills.
    Background,
}

/// No call may be made, since the budget can't be read.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the call budget can't be read: {0}")]
pub struct QuotaError(
    /// What went wrong; no personal data.
    pub String,
);

/// What an answer's headers say of the budget; `None`: the answer does not say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QuotaSeen {
    /// Calls an interval.
    pub limit: Option<u32>,
    /// The interval, milliseconds.
    pub interval_ms: Option<u32>,
    /// Calls left in the running interval.
    pub remaining: Option<u32>,
    /// Calls a day.
    pub daily_limit: Option<u32>,
    /// Calls left today.
    pub daily_remaining: Option<u32>,
    /// The answer was 429: nobody calls for so long.
    pub throttled_for: Option<Duration>,
}

/// One budget a tenant and system, shared by whoever calls.
#[async_trait]
pub trait Quota: Send + Sync + Debug {
    /// Waits until a call may be made, and counts it.
    ///
    /// # Errors
    /// [`QuotaError`] if the budget can't be read; the call must not be made.
    async fn take(&self, system: System, tenant: &TenantId, priority: Priority) -> Result<(), QuotaError>;

    /// Corrects the budget by what an answer said.
    fn observe(&self, system: System, tenant: &TenantId, seen: QuotaSeen);
}

/// No budget: for tests and tools that make a few calls.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoQuota;

#[async_trait]
impl Quota for NoQuota {
    async fn take(&self, _: System, _: &TenantId, _: Priority) -> Result<(), QuotaError> {
        Ok(())
    }

    fn observe(&self, _: System, _: &TenantId, _: QuotaSeen) {}
}
