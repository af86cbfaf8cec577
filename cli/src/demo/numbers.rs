//! What the metrics say, for the live table and the summary.

use prometheus::Registry;
use prometheus::proto::MetricFamily;
use serde::Serialize;

/// Numbers of one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Numbers {
    /// Events published.
    pub captured: u64,
    /// Changes carried out in the other system.
    pub applied: u64,
    /// Events finished, whatever came of them.
    pub finished: u64,
    /// Changes being worked on.
    pub in_flight: u64,
    /// Changes waiting behind others of the same person, or for the budget.
    pub waiting: u64,
    /// Webhooks on disk.
    pub spooled: u64,
    /// Attempts that were repeated.
    pub retried: u64,
    /// Calls answered 429.
    pub throttled: u64,
    /// Changes given up.
    pub dead: u64,
    /// Calls left in the interval of the HighLevel location that has fewest.
    pub quota_left: Option<u64>,
    /// From capture to effect, half of them faster, milliseconds.
    pub p50_ms: Option<u64>,
    /// From capture to effect, 99 of 100 faster, milliseconds.
    pub p99_ms: Option<u64>,
}

impl Numbers {
    /// Reads them.
    #[must_use]
    pub fn read(registry: &Registry) -> Self {
        let families = Families(registry.gather());
        let latency = families.latency();
        Self {
            captured: families.sum("hatbridge_captured_total", &[]),
            applied: families.sum("hatbridge_effects_total", &[("outcome", "applied")]),
            finished: families.sum("hatbridge_effects_total", &[]),
            in_flight: families.sum("hatbridge_in_flight_events", &[]),
            waiting: families.sum("hatbridge_waiting_events", &[]),
            spooled: families.sum("hatbridge_spool_events", &[]),
            retried: families.sum("hatbridge_retries_total", &[]),
            throttled: families.sum("hatbridge_calls_total", &[("verdict", "throttled")]),
            dead: families.sum("hatbridge_dead_letters_total", &[]),
            quota_left: families.least("hatbridge_quota_left_calls", &[("system", "highlevel"), ("window", "interval")]),
            p50_ms: latency.quantile(0.5),
            p99_ms: latency.quantile(0.99),
        }
    }
}

struct Families(Vec<MetricFamily>);

impl Families {
    fn values<'a>(&'a self, name: &'a str, labels: &'a [(&str, &str)]) -> impl Iterator<Item = f64> + 'a {
        let metrics = self.0.iter().filter(move |family| family.name() == name).flat_map(|family| family.get_metric().iter());
        let labelled =
            metrics.filter(move |metric| labels.iter().all(|(name, value)| metric.get_label().iter().any(|l| l.name() == *name && l.value() == *value)));
        // Each metric has one of the two; the other is 0.
        labelled.map(|metric| metric.get_counter().get_value() + metric.get_gauge().get_value())
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts are whole and not negative")]
    fn sum(&self, name: &str, labels: &[(&str, &str)]) -> u64 {
        self.values(name, labels).sum::<f64>().max(0.0) as u64
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts are whole and not negative")]
    fn least(&self, name: &str, labels: &[(&str, &str)]) -> Option<u64> {
        self.values(name, labels).reduce(f64::min).map(|least| least.max(0.0) as u64)
    }

    fn latency(&self) -> Latency {
        let mut latency = Latency::default();
        for family in self.0.iter().filter(|family| family.name() == "hatbridge_capture_to_applied_seconds") {
            for metric in family.get_metric() {
                let histogram = metric.get_histogram();
                latency.add(histogram.get_bucket().iter().map(|b| (b.upper_bound(), b.cumulative_count())), histogram.get_sample_count());
            }
        }
        latency
    }
}

/// A histogram's buckets: (upper bound in seconds, count up to there), and the count of all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Latency {
    buckets: Vec<(f64, u64)>,
    count: u64,
}

impl Latency {
    /// What the histogram `hatbridge_capture_to_applied_seconds` holds.
    #[must_use]
    pub fn read(registry: &Registry) -> Self {
        Families(registry.gather()).latency()
    }

    fn add(&mut self, buckets: impl Iterator<Item = (f64, u64)>, count: u64) {
        for (at, (bound, up_to)) in buckets.enumerate() {
            match self.buckets.get_mut(at) {
                Some(bucket) => bucket.1 += up_to,
                None => self.buckets.push((bound, up_to)),
            }
        }
        self.count += count;
    }

    /// What has been added since an earlier reading.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        let earlier = |at: usize| before.buckets.get(at).map_or(0, |bucket| bucket.1);
        let buckets = self.buckets.iter().enumerate().map(|(at, (bound, up_to))| (*bound, up_to.saturating_sub(earlier(at)))).collect();
        Self { buckets, count: self.count.saturating_sub(before.count) }
    }

    /// How many were measured.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The quantile in milliseconds, by straight line within its bucket; beyond the last bound the
    /// bound itself. `None` if nothing was measured.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss, reason = "counts and milliseconds are far below 2^52")]
    pub fn quantile(&self, part: f64) -> Option<u64> {
        if self.count == 0 {
            return None;
        }
        let rank = part * self.count as f64;
        let (mut low, mut below) = (0.0, 0_u64);
        for &(bound, up_to) in &self.buckets {
            if up_to as f64 >= rank {
                if !bound.is_finite() {
                    break;
                }
                let within = (rank - below as f64) / (up_to - below).max(1) as f64;
                return Some(((low + (bound - low) * within) * 1000.0).round() as u64);
            }
            (low, below) = (bound, up_to);
        }
        Some((low * 1000.0).round() as u64)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, Opts};

    #[test]
    fn numbers_are_summed_over_labels() {
        let registry = Registry::new();
        let effects = IntCounterVec::new(Opts::new("hatbridge_effects_total", "x"), &["system", "outcome"]).unwrap();
        registry.register(Box::new(effects.clone())).unwrap();
        effects.with_label_values(&["highlevel", "applied"]).inc_by(3);
        effects.with_label_values(&["seventeen_hats", "applied"]).inc_by(4);
        effects.with_label_values(&["highlevel", "echo"]).inc_by(5);
        let numbers = Numbers::read(&registry);
        assert_eq!((numbers.applied, numbers.finished, numbers.captured), (7, 12, 0));
        assert_eq!(numbers.p50_ms, None);
    }

    #[test]
    fn quantiles_lie_within_their_bucket_and_can_be_taken_of_a_stretch() {
        let registry = Registry::new();
        let opts = HistogramOpts::new("hatbridge_capture_to_applied_seconds", "x").buckets(vec![0.1, 0.2, 1.0]);
        let latency = HistogramVec::new(opts, &["source"]).unwrap();
        registry.register(Box::new(latency.clone())).unwrap();
        let one = latency.with_label_values(&["highlevel"]);
        (0..100).for_each(|_| one.observe(0.15));
        let before = Latency::read(&registry);
        assert_eq!(before.quantile(0.5), Some(150));
        (0..100).for_each(|_| latency.with_label_values(&["seventeen_hats"]).observe(0.05));
        let stretch = Latency::read(&registry).since(&before);
        assert_eq!((stretch.count(), stretch.quantile(0.99)), (100, Some(99)));
        one.observe(5.0);
        assert_eq!(Latency::read(&registry).quantile(1.0), Some(1000));
    }
}
