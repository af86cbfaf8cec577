//! What the simulator is started with.

use super::records::{Furnishing, Named};
use crate::{faults::Faults, truth::Log};
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

/// How the simulator is started.
#[derive(Debug, Clone)]
pub struct Options {
    /// Address to listen on; port 0 chooses a free one.
    pub listen: SocketAddr,
    /// The locations that exist.
    pub locations: Vec<LocationOptions>,
    /// The marketplace app that locations can install.
    pub app: AppOptions,
    /// Rate limits of each app in each location.
    pub limits: Limits,
    /// Documented oddities.
    pub bugs: Bugs,
    /// Seed of every random choice, ids and the signing key included.
    pub seed: u64,
    /// Where every effect is written down.
    pub truth: Log,
    /// What goes wrong, and how often.
    pub faults: Faults,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            locations: Vec::new(),
            app: AppOptions::default(),
            limits: Limits::default(),
            bugs: Bugs::default(),
            seed: 17,
            truth: Log::default(),
            faults: Faults::default(),
        }
    }
}

/// One location (sub-account).
#[derive(Clone)]
pub struct LocationOptions {
    /// Its id.
    pub id: String,
    /// Its private integration token; empty: it has none.
    pub token: String,
    /// Scopes of the private token; `None`: all.
    pub scopes: Option<Vec<String>>,
    /// Its name.
    pub name: String,
    /// Its setting *Allow Duplicate Contact*.
    pub allow_duplicates: bool,
    /// Where webhooks are posted: `{base}/{event}`; `None`: nowhere.
    pub webhook_base: Option<String>,
    /// How webhooks arrive.
    pub delivery: Delivery,
    /// How far searches lag behind.
    pub search_lag: SearchLag,
    /// What people have made in it before it is used.
    pub furnishing: Furnishing,
}

impl fmt::Debug for LocationOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocationOptions").field("id", &self.id).finish_non_exhaustive()
    }
}

impl LocationOptions {
    /// A location with a private integration token.
    pub fn new(id: impl Into<String>, token: impl Into<String>) -> Self {
        let id = id.into();
        Self {
            name: format!("Location {id}"),
            id,
            token: token.into(),
            scopes: None,
            allow_duplicates: false,
            webhook_base: None,
            delivery: Delivery::default(),
            search_lag: SearchLag::default(),
            furnishing: Furnishing::default(),
        }
    }
}

/// The marketplace app.
#[derive(Clone)]
pub struct AppOptions {
    /// OAuth client id.
    pub client_id: String,
    /// OAuth client secret.
    pub client_secret: String,
    /// `appId` in webhooks.
    pub app_id: String,
    /// `versionId` in webhooks.
    pub version_id: String,
    /// The agency that all locations belong to.
    pub company_id: String,
    /// The agency's name.
    pub company_name: String,
    /// Its snapshots.
    pub snapshots: Vec<Named>,
    /// An agency's private token: refused by everything that belongs to a location.
    pub company_token: String,
    /// Scopes of its tokens; `None`: all.
    pub scopes: Option<Vec<String>>,
    /// Its conversation providers.
    pub providers: Vec<String>,
    /// Life of an access token.
    pub token_life: Duration,
}

impl Default for AppOptions {
    fn default() -> Self {
        Self {
            client_id: "sandbox-client".to_owned(),
            client_secret: "sandbox-secret".to_owned(),
            app_id: "6a0000000000000000000017".to_owned(),
            version_id: "6a0000000000000000000018".to_owned(),
            company_id: "sandboxCompany000001".to_owned(),
            company_name: "Sandbox Agency".to_owned(),
            snapshots: vec![Named::new("sandboxSnapshot00001", "Studio starter")],
            company_token: "pit-sandbox-company".to_owned(),
            scopes: None,
            providers: vec!["sandboxProvider00001".to_owned()],
            token_life: Duration::from_secs(86_399),
        }
    }
}

impl fmt::Debug for AppOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppOptions").field("client_id", &self.client_id).field("app_id", &self.app_id).finish_non_exhaustive()
    }
}

/// Calls that one app may make in one location. Private tokens of a location share one budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Within `interval`; `None`: no limit, and no headers.
    pub calls: Option<u32>,
    /// A sliding window.
    pub interval: Duration,
    /// Within 24 hours.
    pub per_day: u32,
    /// Whether a 429 says `Retry-After`: HighLevel promises none.
    pub retry_after: bool,
}

impl Default for Limits {
    /// What the documents say: 100 in 10 s, 200,000 a day.
    fn default() -> Self {
        Self { calls: Some(100), interval: Duration::from_secs(10), per_day: 200_000, retry_after: false }
    }
}

impl Limits {
    /// No limit at all.
    #[must_use]
    pub fn lifted() -> Self {
        Self { calls: None, ..Self::default() }
    }

    /// Those of a sandbox agency: 25 in 10 s, 10,000 a day.
    #[must_use]
    pub fn sandbox_agency() -> Self {
        Self { calls: Some(25), per_day: 10_000, ..Self::default() }
    }
}

/// How long a change takes to be found by search, in milliseconds from and to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchLag {
    /// `POST /contacts/search`.
    pub contacts_ms: (u64, u64),
    /// `GET /conversations/search`.
    pub conversations_ms: (u64, u64),
}

impl Default for SearchLag {
    fn default() -> Self {
        Self { contacts_ms: (500, 1000), conversations_ms: (100, 300) }
    }
}

impl SearchLag {
    /// Everything is found at once.
    pub const NONE: Self = Self { contacts_ms: (0, 0), conversations_ms: (0, 0) };
}

/// Which of HighLevel's two published rules posts that are not accepted follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retries {
    /// Until spring 2026: a 429 is repeated six times at even distances, everything else is lost.
    Older,
    /// Since then: whatever is not 2xx is repeated up to twelve times, ever more slowly.
    #[default]
    Newer,
}

/// The circuit breaker of webhooks: it looks after every so many deliveries, and pauses them the
/// second time in a row that too few succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Breaker {
    /// Deliveries between two looks; in life three days with more than 10,000.
    pub every: u64,
    /// Fewest successes, 0 to 1; in life 0.9.
    pub success: f64,
}

/// How webhooks arrive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Delivery {
    /// Every post waits for a random time between these two, in milliseconds.
    pub delay_ms: (u64, u64),
    /// Part of the posts that come twice under one `webhookId`, 0 to 1.
    pub duplicate: f64,
    /// Part of the posts that later ones overtake, 0 to 1.
    pub reorder: f64,
    /// Which rule repetitions follow.
    pub retries: Retries,
    /// Milliseconds before the first repetition. In life 10 minutes under the older rule, unknown
    /// under the newer.
    pub retry_ms: u64,
    /// Milliseconds between repetitions at most (newer rule).
    pub retry_most_ms: u64,
    /// `None`: it never pauses by itself.
    pub breaker: Option<Breaker>,
}

impl Default for Delivery {
    fn default() -> Self {
        Self { delay_ms: (0, 0), duplicate: 0.0, reorder: 0.0, retries: Retries::default(), retry_ms: 100, retry_most_ms: 3000, breaker: None }
    }
}

/// Documented oddities of HighLevel, each a switch. On by default are those that always hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Bugs {
    /// Creating a contact answers 422, though it was created.
    pub created_but_422: bool,
    /// `TaskCreate` comes without `contactId`.
    pub task_without_contact: bool,
    /// A change of an opportunity comes as `OpportunityUpdate` and as a special event.
    pub doubled_opportunities: bool,
    /// Events of appointments all say `AppointmentCreate`; inbound calls say `OutboundMessage`.
    pub wrong_types: bool,
    /// Webhooks of messages come without `messageId`, as the older samples do.
    pub messages_without_id: bool,
    /// Recording a message with a provider's id answers 201 with an empty body and records nothing.
    pub silent_inbound: bool,
    /// Anyone may set a message's status, not only the app whose provider sent it.
    pub open_status: bool,
}

impl Default for Bugs {
    fn default() -> Self {
        Self {
            created_but_422: false,
            task_without_contact: false,
            doubled_opportunities: true,
            wrong_types: true,
            messages_without_id: false,
            silent_inbound: false,
            open_status: false,
        }
    }
}
