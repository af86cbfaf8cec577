//! The shared budget of the store as the clients want to see it.

use crate::config::{Config, Limits};
use async_trait::async_trait;
use hatbridge_schemas::{System, TenantId};
use hatbridge_store::{SharedQuota, Store};
use hatbridge_systems::quota::{Priority, Quota, QuotaError, QuotaSeen};
use prometheus::core::Collector;
use prometheus::{GaugeVec, HistogramOpts, HistogramVec, IntGaugeVec, Opts, Registry};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// What the headers last said of the running interval: (calls left, of how many).
type Interval = Arc<Mutex<HashMap<(System, TenantId), (i64, i64)>>>;

/// One budget a tenant and system, shared by all processes through the store.
#[derive(Debug)]
pub struct StoredQuota {
    shared: SharedQuota,
    waits: HistogramVec,
    interval: Interval,
    highlevel: hatbridge_store::Limits,
    seventeen_hats: hatbridge_store::Limits,
}

fn limits(limits: &Limits) -> hatbridge_store::Limits {
    hatbridge_store::Limits {
        calls: limits.calls.into(),
        interval_us: i64::try_from(limits.interval.0.as_micros()).unwrap_or(i64::MAX),
        per_day: limits.per_day.into(),
    }
}

impl StoredQuota {
    /// With the configured limits until the answers' headers say otherwise.
    ///
    /// # Errors
    /// If the registry has these metrics already.
    pub fn new(store: Store, config: &Config, registry: &Registry) -> Result<Self, prometheus::Error> {
        let highlevel = limits(&config.highlevel.limits);
        let seventeen_hats = limits(&config.seventeen_hats.limits);
        let shared = SharedQuota::new(store, [(System::Highlevel, highlevel), (System::SeventeenHats, seventeen_hats)].into());
        let waits = HistogramVec::new(
            HistogramOpts::new("hatbridge_quota_wait_seconds", "How long calls waited for the budget, by system.")
                .buckets(vec![0.001, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 60.0]),
            &["system"],
        )?;
        for system in [System::Highlevel, System::SeventeenHats] {
            waits.with_label_values(&[system.as_str()]);
        }
        registry.register(Box::new(waits.clone()))?;
        let interval = Interval::default();
        registry.register(Box::new(Usage::new(shared.clone(), Arc::clone(&interval))?))?;
        Ok(Self { shared, waits, interval, highlevel, seventeen_hats })
    }

    /// The budgets in use, for tables and checks.
    #[must_use]
    pub fn shared(&self) -> &SharedQuota {
        &self.shared
    }

    /// The smallest part of any tenant's day that is left in a system, 0 to 1; 1 if nothing was used.
    #[must_use]
    pub fn left(&self, system: System) -> f64 {
        let parts = self.shared.usage().into_iter().filter(|(of, ..)| *of == system).map(|(_, _, limits, used, _)| 1.0 - ratio(used, limits.per_day));
        parts.fold(1.0, f64::min)
    }

    fn configured(&self, system: System) -> hatbridge_store::Limits {
        match system {
            System::Highlevel | System::Hatbridge => self.highlevel,
            System::SeventeenHats => self.seventeen_hats,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of calls are far below 2^52")]
fn ratio(used: i64, of: i64) -> f64 {
    (used as f64 / of.max(1) as f64).clamp(0.0, 1.0)
}

#[async_trait]
impl Quota for StoredQuota {
    async fn take(&self, system: System, tenant: &TenantId, priority: Priority) -> Result<(), QuotaError> {
        let background = match priority {
            Priority::Live => false,
            Priority::Background => true,
        };
        let waited = self.shared.take(system, tenant, background).await.map_err(|error| QuotaError(crate::exit::causes(&error)))?;
        self.waits.with_label_values(&[system.as_str()]).observe(waited.as_secs_f64());
        Ok(())
    }

    fn observe(&self, system: System, tenant: &TenantId, seen: QuotaSeen) {
        // What the headers leave out is as known before, so that one answer without headers does not
        // put the configured limits back.
        let known =
            self.shared.usage().into_iter().find(|(s, t, ..)| *s == system && t == tenant).map_or_else(|| self.configured(system), |(_, _, limits, ..)| limits);
        let limits = hatbridge_store::Limits {
            calls: seen.limit.map_or(known.calls, i64::from),
            interval_us: seen.interval_ms.map_or(known.interval_us, |ms| i64::from(ms) * 1000),
            per_day: seen.daily_limit.map_or(known.per_day, i64::from),
        };
        if let Some(remaining) = seen.remaining {
            let mut interval = self.interval.lock().expect("no panic happens while it is held");
            interval.insert((system, tenant.clone()), (remaining.into(), limits.calls));
        }
        self.shared.observe(system, tenant, limits, seen.remaining.map(i64::from), seen.daily_remaining.map(i64::from), seen.throttled_for);
    }
}

/// Gauges that are computed when they are read.
struct Usage {
    shared: SharedQuota,
    interval: Interval,
    used: GaugeVec,
    left: IntGaugeVec,
}

impl Usage {
    fn new(shared: SharedQuota, interval: Interval) -> Result<Self, prometheus::Error> {
        let labels = &["system", "window"];
        let used = GaugeVec::new(
            Opts::new("hatbridge_quota_used_ratio", "Used part of the call budget of the tenant that has used most, by system and window."),
            labels,
        )?;
        let left =
            IntGaugeVec::new(Opts::new("hatbridge_quota_left_calls", "Calls left in the budget of the tenant that has fewest, by system and window."), labels)?;
        Ok(Self { shared, interval, used, left })
    }
}

impl Collector for Usage {
    fn desc(&self) -> Vec<&prometheus::core::Desc> {
        [self.used.desc(), self.left.desc()].concat()
    }

    fn collect(&self) -> Vec<prometheus::proto::MetricFamily> {
        let days = self.shared.usage().into_iter().map(|(system, _, limits, used, _)| (system, limits.per_day - used, limits.per_day)).collect::<Vec<_>>();
        let interval = self.interval.lock().expect("no panic happens while it is held");
        let intervals = interval.iter().map(|((system, _), (left, of))| (*system, *left, *of)).collect::<Vec<_>>();
        drop(interval);
        for (window, budgets) in [("day", days), ("interval", intervals)] {
            for system in [System::Highlevel, System::SeventeenHats] {
                let labels = &[system.as_str(), window];
                let of_system = || budgets.iter().filter(|(of, ..)| *of == system);
                self.used.with_label_values(labels).set(of_system().map(|(_, left, of)| ratio(of - left, *of)).fold(0.0, f64::max));
                // Nobody has used anything: nothing is known of what is left.
                if let Some(least) = of_system().map(|(_, left, _)| *left).min() {
                    self.left.with_label_values(labels).set(least);
                }
            }
        }
        [self.used.collect(), self.left.collect()].concat()
    }
}
