//! What is counted while applying.

use hatbridge_schemas::{DeadReason, System};
use hatbridge_systems::call::Verdict;
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry};

/// How an event ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The other system was changed.
    Applied,
    /// It is our own write coming back.
    Echo,
    /// The other system says so already.
    Unchanged,
    /// No flow concerns it.
    Ignored,
    /// It went to the dead letters.
    Dead,
}

impl Outcome {
    const ALL: [Self; 5] = [Self::Applied, Self::Echo, Self::Unchanged, Self::Ignored, Self::Dead];

    /// The word in metrics and in the ledger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Echo => "echo",
            Self::Unchanged => "unchanged",
            Self::Ignored => "ignored",
            Self::Dead => "dead",
        }
    }
}

/// How a doubt was settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settled {
    /// Done once more: it is idempotent.
    Again,
    /// Found: it had been carried out.
    Found,
    /// Surely not carried out.
    Absent,
    /// Parked for a person.
    Parked,
}

impl Settled {
    const ALL: [Self; 4] = [Self::Again, Self::Found, Self::Absent, Self::Parked];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Again => "again",
            Self::Found => "found",
            Self::Absent => "absent",
            Self::Parked => "parked",
        }
    }
}

const SIDES: [System; 2] = [System::Highlevel, System::SeventeenHats];
const SOURCES: [System; 3] = [System::Highlevel, System::SeventeenHats, System::Hatbridge];

/// Metrics of applying; cheap to clone.
#[derive(Debug, Clone)]
pub struct Metrics {
    effects: IntCounterVec,
    calls: IntCounterVec,
    call_duration: HistogramVec,
    retries: IntCounterVec,
    doubts: IntCounterVec,
    dead: IntCounterVec,
    latency: HistogramVec,
    pub(crate) in_flight: IntGauge,
    pub(crate) waiting: IntGauge,
    pub(crate) assigned: IntGauge,
}

impl Metrics {
    /// Registers the metrics; all known label sets begin at 0.
    ///
    /// # Errors
    /// If the registry has metrics of these names already.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let counter = |name: &str, help: &str, labels: &[&str]| IntCounterVec::new(Opts::new(name, help), labels);
        let metrics = Self {
            effects: counter("hatbridge_effects_total", "Events finished, by the system written to and outcome.", &["system", "outcome"])?,
            calls: counter("hatbridge_calls_total", "Calls made while applying, by system and what came of them.", &["system", "verdict"])?,
            call_duration: HistogramVec::new(
                HistogramOpts::new("hatbridge_call_duration_seconds", "From asking for the budget to the answer, by system.")
                    .buckets(vec![0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0]),
                &["system"],
            )?,
            retries: counter("hatbridge_retries_total", "Attempts that were repeated, by system.", &["system"])?,
            doubts: counter("hatbridge_doubts_total", "Calls without an answer, by system and how the doubt was settled.", &["system", "settled"])?,
            dead: counter("hatbridge_dead_letters_total", "Events given up, by reason.", &["reason"])?,
            latency: HistogramVec::new(
                HistogramOpts::new("hatbridge_capture_to_applied_seconds", "From seeing a change to its effect in the other system, by source.")
                    .buckets(vec![0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.35, 0.5, 0.75, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0]),
                &["source"],
            )?,
            in_flight: IntGauge::new("hatbridge_in_flight_events", "Events being worked on.")?,
            waiting: IntGauge::new("hatbridge_waiting_events", "Events in memory that wait behind others of the same person or for a free place.")?,
            assigned: IntGauge::new("hatbridge_assigned_partitions", "Partitions that this process reads.")?,
        };
        for system in SIDES {
            Outcome::ALL.iter().for_each(|o| drop(metrics.effects.with_label_values(&[system.as_str(), o.as_str()])));
            for word in ["done", "throttled", "retry", "doubt", "refused"] {
                metrics.calls.with_label_values(&[system.as_str(), word]);
            }
            Settled::ALL.iter().for_each(|s| drop(metrics.doubts.with_label_values(&[system.as_str(), s.as_str()])));
            metrics.retries.with_label_values(&[system.as_str()]);
            metrics.call_duration.with_label_values(&[system.as_str()]);
        }
        DeadReason::ALL.iter().for_each(|r| drop(metrics.dead.with_label_values(&[r.as_str()])));
        SOURCES.iter().for_each(|s| drop(metrics.latency.with_label_values(&[s.as_str()])));
        registry.register(Box::new(metrics.effects.clone()))?;
        registry.register(Box::new(metrics.calls.clone()))?;
        registry.register(Box::new(metrics.call_duration.clone()))?;
        registry.register(Box::new(metrics.retries.clone()))?;
        registry.register(Box::new(metrics.doubts.clone()))?;
        registry.register(Box::new(metrics.dead.clone()))?;
        registry.register(Box::new(metrics.latency.clone()))?;
        registry.register(Box::new(metrics.in_flight.clone()))?;
        registry.register(Box::new(metrics.waiting.clone()))?;
        registry.register(Box::new(metrics.assigned.clone()))?;
        Ok(metrics)
    }

    /// An event is finished. `latency_us` is from its capture to now, given where something was applied.
    pub(crate) fn finished(&self, source: System, outcome: Outcome, latency_us: Option<i64>) {
        let target = match source {
            // Commands concern HighLevel.
            System::Hatbridge => System::Highlevel,
            System::Highlevel | System::SeventeenHats => source.other(),
        };
        self.effects.with_label_values(&[target.as_str(), outcome.as_str()]).inc();
        if let Some(us) = latency_us {
            #[expect(clippy::cast_precision_loss, reason = "latencies are far below 2^52 microseconds")]
            self.latency.with_label_values(&[source.as_str()]).observe(us.max(0) as f64 / 1e6);
        }
    }

    pub(crate) fn called(&self, system: System, verdict: &Verdict, took: std::time::Duration) {
        self.calls.with_label_values(&[system.as_str(), verdict.word()]).inc();
        self.call_duration.with_label_values(&[system.as_str()]).observe(took.as_secs_f64());
    }

    pub(crate) fn retried(&self, system: System) {
        self.retries.with_label_values(&[system.as_str()]).inc();
    }

    pub(crate) fn settled(&self, system: System, how: Settled) {
        self.doubts.with_label_values(&[system.as_str(), how.as_str()]).inc();
    }

    pub(crate) fn dead(&self, reason: DeadReason) {
        self.dead.with_label_values(&[reason.as_str()]).inc();
    }
}
