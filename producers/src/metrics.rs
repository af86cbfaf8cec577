//! What capture counts.

use hatbridge_schemas::{EntityKind, System, Via};
use prometheus::{GaugeVec, IntCounterVec, IntGauge, Opts, Registry};

/// What became of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Published and acknowledged, or known already by its content.
    Accepted,
    /// Received before by its id: acknowledged, not published again.
    Repeated,
    /// On disk, to be published later.
    Spooled,
    /// Signature or secret missing or wrong.
    Unauthorized,
    /// Not a JSON object.
    Malformed,
    /// Over the size limit.
    TooLarge,
    /// Sent too long ago, or in the future.
    Stale,
    /// Neither broker nor spool could take it: the sender was told to come again.
    Refused,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 8] = [Self::Accepted, Self::Repeated, Self::Spooled, Self::Unauthorized, Self::Malformed, Self::TooLarge, Self::Stale, Self::Refused];

    /// The label.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Repeated => "repeated",
            Self::Spooled => "spooled",
            Self::Unauthorized => "unauthorized",
            Self::Malformed => "malformed",
            Self::TooLarge => "too_large",
            Self::Stale => "stale",
            Self::Refused => "refused",
        }
    }
}

/// The metrics of capture; cheap to clone, one a process.
#[derive(Debug, Clone)]
pub struct Metrics {
    captured: IntCounterVec,
    webhooks: IntCounterVec,
    spool_events: IntGauge,
    polls: IntCounterVec,
    poll_lag: GaugeVec,
}

/// The resources that are polled, by system.
pub(crate) const RESOURCES: [(System, &str); 6] = [
    (System::Highlevel, "contacts"),
    (System::Highlevel, "conversations"),
    (System::Highlevel, "messages"),
    (System::SeventeenHats, "contacts"),
    (System::SeventeenHats, "tickets"),
    (System::SeventeenHats, "messages"),
];

impl Metrics {
    /// Registers the metrics, every known label set at 0.
    ///
    /// # Errors
    /// If the registry has metrics of these names already.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            captured: IntCounterVec::new(
                Opts::new("hatbridge_captured_total", "Events published and acknowledged by the broker."),
                &["source", "via", "kind"],
            )?,
            webhooks: IntCounterVec::new(Opts::new("hatbridge_webhooks_total", "Webhooks received, by what became of them."), &["system", "outcome"])?,
            spool_events: IntGauge::new("hatbridge_spool_events", "Webhooks on disk waiting for the broker.")?,
            polls: IntCounterVec::new(
                Opts::new("hatbridge_polls_total", "Polls, by outcome (skipped: another process owns it)."),
                &["system", "resource", "outcome"],
            )?,
            poll_lag: GaugeVec::new(Opts::new("hatbridge_poll_lag_seconds", "How far the slowest tenant's cursor is behind."), &["system", "resource"])?,
        };
        registry.register(Box::new(metrics.captured.clone()))?;
        registry.register(Box::new(metrics.webhooks.clone()))?;
        registry.register(Box::new(metrics.spool_events.clone()))?;
        registry.register(Box::new(metrics.polls.clone()))?;
        registry.register(Box::new(metrics.poll_lag.clone()))?;
        for system in [System::Highlevel, System::SeventeenHats] {
            for kind in EntityKind::ALL {
                for via in [Via::Webhook, Via::Poll] {
                    metrics.captured.with_label_values(&[system.as_str(), via.as_str(), kind.as_str()]);
                }
            }
            for outcome in Outcome::ALL {
                metrics.webhooks.with_label_values(&[system.as_str(), outcome.as_str()]);
            }
        }
        for (system, resource) in RESOURCES {
            for outcome in ["ok", "failed", "skipped"] {
                metrics.polls.with_label_values(&[system.as_str(), resource, outcome]);
            }
            metrics.poll_lag.with_label_values(&[system.as_str(), resource]);
        }
        Ok(metrics)
    }

    pub(crate) fn captured(&self, source: System, via: Via, kind: EntityKind) {
        self.captured.with_label_values(&[source.as_str(), via.as_str(), kind.as_str()]).inc();
    }

    pub(crate) fn webhook(&self, system: System, outcome: Outcome) {
        self.webhooks.with_label_values(&[system.as_str(), outcome.as_str()]).inc();
    }

    pub(crate) fn spooled(&self, count: u64) {
        self.spool_events.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    pub(crate) fn poll(&self, system: System, resource: &str, outcome: &str) {
        self.polls.with_label_values(&[system.as_str(), resource, outcome]).inc();
    }

    #[expect(clippy::cast_precision_loss, reason = "a lag of 2^53 microseconds is 285 years")]
    pub(crate) fn poll_lag(&self, system: System, resource: &str, lag_us: i64) {
        self.poll_lag.with_label_values(&[system.as_str(), resource]).set(lag_us.max(0) as f64 / 1e6);
    }

    /// How many webhooks of a system ended that way, in this process.
    #[must_use]
    pub fn webhooks_with(&self, system: System, outcome: Outcome) -> u64 {
        self.webhooks.with_label_values(&[system.as_str(), outcome.as_str()]).get()
    }
}
