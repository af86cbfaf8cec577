//! What the polls need to know.

use hatbridge_schemas::TenantId;
use hatbridge_systems::highlevel::HighLevel;
use hatbridge_systems::seventeen_hats::{Resource, Rest};
use std::fmt;
use std::time::Duration;

/// Where a poll without a cursor begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// With what changes from now on.
    Now,
    /// With everything there is.
    Beginning,
}

/// How often each resource is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Intervals {
    /// Contacts of both systems.
    pub contacts: Duration,
    /// HighLevel's conversations.
    pub conversations: Duration,
    /// Messages of both systems.
    pub messages: Duration,
    /// Tickets of 17hats.
    pub tickets: Duration,
}

/// How the polls work.
#[derive(Debug, Clone)]
pub struct Options {
    /// Name of this process in leases: unique among the running ones.
    pub owner: String,
    /// How long a lease lasts without being renewed.
    pub lease: Duration,
    /// How far before the cursor a pass begins again.
    pub overlap: Duration,
    /// Where a poll without a cursor begins.
    pub start: Start,
    /// Rows a page.
    pub page_rows: u32,
    /// Pages a pass.
    pub page_cap: u32,
    /// How often.
    pub intervals: Intervals,
}

impl Options {
    /// The defaults.
    pub fn new(owner: impl Into<String>) -> Self {
        Self {
            owner: owner.into(),
            lease: Duration::from_secs(30),
            overlap: Duration::from_secs(120),
            start: Start::Now,
            page_rows: 100,
            page_cap: 20,
            intervals: Intervals {
                contacts: Duration::from_secs(60),
                conversations: Duration::from_secs(60),
                messages: Duration::from_secs(60),
                tickets: Duration::from_secs(60),
            },
        }
    }
}

/// What is polled for a tenant.
#[derive(Clone)]
pub struct Tenant {
    /// Whose data it is.
    pub id: TenantId,
    /// HighLevel, if it is to be polled.
    pub highlevel: Option<HighLevel>,
    /// 17hats by contract; Zapier can't be polled.
    pub seventeen_hats: Option<Rest>,
    /// What of 17hats is polled beside contacts, tickets and messages, as often as tickets.
    pub further: Vec<Resource>,
}

impl fmt::Debug for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenant").field("id", &self.id).finish_non_exhaustive()
    }
}
