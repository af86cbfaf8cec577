//! What the simulator is started with.

use crate::{faults::Faults, truth::Log};
use serde::{Deserialize, Serialize};
use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

/// How the simulator is started.
#[derive(Debug, Clone)]
pub struct Options {
    /// Address to listen on; port 0 chooses a free one.
    pub listen: SocketAddr,
    /// The accounts that exist.
    pub accounts: Vec<AccountOptions>,
    /// Rate limit of each account's rest calls.
    pub limits: Limits,
    /// Seed of every random choice.
    pub seed: u64,
    /// `updated_at` is cut to a multiple of this: a second makes many records share a moment.
    pub clock_grain: Duration,
    /// Where every effect is written down.
    pub truth: Log,
    /// What goes wrong, and how often.
    pub faults: Faults,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            accounts: Vec::new(),
            limits: Limits::default(),
            seed: 17,
            clock_grain: Duration::from_micros(1),
            truth: Log::default(),
            faults: Faults::default(),
        }
    }
}

/// Calls that one account may make in one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// `None`: no limit.
    pub requests: Option<u32>,
    /// Length of the window.
    pub window: Duration,
}

impl Default for Limits {
    /// What the contract file says.
    fn default() -> Self {
        Self { requests: Some(600), window: Duration::from_secs(60) }
    }
}

impl Limits {
    /// No limit at all.
    #[must_use]
    pub fn lifted() -> Self {
        Self { requests: None, ..Self::default() }
    }
}

/// Through which door an account is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// The contract's API and webhooks.
    Rest,
    /// Zaps in and catch hooks out, contacts only.
    Zapier,
}

/// How a webhook shows that it comes from us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookAuth {
    /// The secret itself in `X-Hatbridge-Secret`.
    SecretHeader,
    /// Hex HMAC-SHA256 of the raw body in `X-Partner-Signature`.
    HmacSha256,
}

/// One account.
#[derive(Clone)]
pub struct AccountOptions {
    /// Its id, also the `client_id` of OAuth.
    pub id: String,
    /// Its bearer token, also the `client_secret` of OAuth.
    pub token: String,
    /// Its door.
    pub transport: Transport,
    /// Where changes are posted; `None`: nowhere.
    pub webhook_url: Option<String>,
    /// What posts are authenticated with.
    pub webhook_secret: String,
    /// How posts of the rest transport are authenticated. Zapier always sends the secret.
    pub webhook_auth: WebhookAuth,
    /// How the Zaps behave.
    pub zapier: ZapierOptions,
    /// How posts arrive.
    pub delivery: Delivery,
}

impl std::fmt::Debug for AccountOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccountOptions").field("id", &self.id).field("transport", &self.transport).finish_non_exhaustive()
    }
}

impl AccountOptions {
    /// An account of the partner API.
    pub fn rest(id: impl Into<String>, token: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            token: token.into(),
            transport: Transport::Rest,
            webhook_url: None,
            webhook_secret: String::new(),
            webhook_auth: WebhookAuth::SecretHeader,
            zapier: ZapierOptions::default(),
            delivery: Delivery::default(),
        }
    }

    /// An account connected by Zaps.
    pub fn zapier(id: impl Into<String>) -> Self {
        Self { transport: Transport::Zapier, ..Self::rest(id, "") }
    }

    /// Posts changes to `url`.
    #[must_use]
    pub fn webhook(mut self, url: impl Into<String>, secret: impl Into<String>) -> Self {
        self.webhook_url = Some(url.into());
        self.webhook_secret = secret.into();
        self
    }
}

/// How a Zap names the fields of a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Labels {
    /// `primary_email_address`
    Snake,
    /// `Primary E-mail Address`
    Display,
}

/// How an account's Zaps behave.
#[derive(Debug, Clone)]
pub struct ZapierOptions {
    /// Names of the fields in posts.
    pub labels: Labels,
    /// From the catch hook's answer to its effect.
    pub act_after: Duration,
    /// From a change to its post: a real Zap polls every 1 to 15 minutes.
    pub post_after: Duration,
    /// Whether the find-or-create Zap has a second step that updates the contact it found.
    pub find_then_update: bool,
}

impl Default for ZapierOptions {
    fn default() -> Self {
        Self { labels: Labels::Snake, act_after: Duration::from_millis(300), post_after: Duration::ZERO, find_then_update: true }
    }
}

/// How posts to our receiver arrive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Delivery {
    /// Every post waits for a random time between these two, in milliseconds.
    pub delay_ms: (u64, u64),
    /// Part of the posts that come twice, 0 to 1.
    pub duplicate: f64,
    /// Part of the posts that later ones overtake, 0 to 1.
    pub reorder: f64,
    /// Attempts at a post that is answered 429, 5xx or not at all.
    pub attempts: u32,
    /// Milliseconds between attempts.
    pub retry_after_ms: u64,
}

impl Default for Delivery {
    fn default() -> Self {
        Self { delay_ms: (0, 0), duplicate: 0.0, reorder: 0.0, attempts: 5, retry_after_ms: 500 }
    }
}
