//! The call budget of a tenant in a system, shared by all processes.
//!
//! One row a tenant and system, advanced by the generic cell rate algorithm (GCRA): a call may
//! leave at `max(now, tat - tolerance)`. Burst and rate are chosen so that no sliding window of
//! the interval can hold more calls than the limit, whichever way the other side counts.

use crate::writer::{Op, Outcome};
use crate::{Error, Store, now_micros};
use hatbridge_schemas::{System, TenantId};
use sqlx::{AnyConnection, Row};
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Of the limit, the part that may be used at once; the rest is spread over the interval.
const BURST_SHARE: f64 = 0.20;
/// Of the limit, the part never used: clocks and networks shift calls between windows.
const MARGIN_SHARE: f64 = 0.02;
/// Of a day's calls, the part that background work leaves to live changes.
const DAY_RESERVE_SHARE: f64 = 0.10;
/// From this many calls a second on, a limit is none in practice and costs no database access.
const UNLIMITED_PER_SECOND: f64 = 5_000.0;
/// Most slots taken from the row at once.
const LEASE: usize = 16;
/// A slot not used within this time is thrown away: used late, it would bunch calls.
const SLOT_LIFE_US: i64 = 250_000;
/// How long to wait before asking again when the day is used up (the headers may say otherwise by then).
const DAY_WAIT_US: i64 = 60_000_000;
const DAY_US: i64 = 86_400_000_000;

/// A budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Calls an interval.
    pub calls: i64,
    /// Microseconds.
    pub interval_us: i64,
    /// Calls a day (UTC).
    pub per_day: i64,
}

impl Limits {
    fn unlimited(&self) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "limits are far below 2^52")]
        let rate = self.calls as f64 * 1e6 / self.interval_us.max(1) as f64;
        rate >= UNLIMITED_PER_SECOND
    }
}

#[derive(Debug)]
pub(crate) struct SlotsOp {
    pub system: System,
    pub tenant: TenantId,
    pub want: usize,
    pub background: bool,
    pub now: i64,
    /// Used where the row does not exist yet.
    pub limits: Limits,
}

#[derive(Debug)]
pub(crate) struct ObserveOp {
    pub system: System,
    pub tenant: TenantId,
    pub limits: Limits,
    /// No call before this moment.
    pub not_before: Option<i64>,
    pub day_used: Option<i64>,
    pub now: i64,
}

/// Slots granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slots {
    /// When each call may leave; empty if the day is used up.
    pub at: Vec<i64>,
    pub limits: Limits,
    pub day_used: i64,
}

/// GCRA, pure: grants `want` slots and returns them with the new theoretical arrival time.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "limits and microseconds are far below 2^52")]
fn grant(mut tat: i64, want: usize, background: bool, now: i64, limits: &Limits) -> (Vec<i64>, i64) {
    let calls = limits.calls.max(1) as f64;
    let burst = (calls * BURST_SHARE).floor().max(1.0);
    let steady = (calls - burst - (calls * MARGIN_SHARE).ceil()).max(1.0);
    let step = (limits.interval_us as f64 / steady).ceil() as i64;
    let tolerance = if background { 0 } else { ((burst - 1.0) * step as f64) as i64 };
    let slots = (0..want)
        .map(|_| {
            let at = now.max(tat - tolerance);
            tat = tat.max(at) + step;
            at
        })
        .collect();
    (slots, tat)
}

pub(crate) async fn slots(connection: &mut AnyConnection, op: &SlotsOp) -> Result<Slots, sqlx::Error> {
    let today = op.now.div_euclid(DAY_US);
    sqlx::query(
        "INSERT INTO quota (system, tenant, tat, limit_calls, interval_us, day, day_used, day_limit) VALUES ($1, $2, 0, $3, $4, $5, 0, $6) \
         ON CONFLICT (system, tenant) DO NOTHING",
    )
    .bind(op.system.as_str())
    .bind(op.tenant.as_str())
    .bind(op.limits.calls)
    .bind(op.limits.interval_us)
    .bind(today)
    .bind(op.limits.per_day)
    .execute(&mut *connection)
    .await?;
    // Takes the row's lock in PostgreSQL; SQLite's writer has the whole file already.
    sqlx::query("UPDATE quota SET day_used = CASE WHEN day = $3 THEN day_used ELSE 0 END, day = $3 WHERE system = $1 AND tenant = $2")
        .bind(op.system.as_str())
        .bind(op.tenant.as_str())
        .bind(today)
        .execute(&mut *connection)
        .await?;
    let row = sqlx::query("SELECT tat, limit_calls, interval_us, day_used, day_limit FROM quota WHERE system = $1 AND tenant = $2")
        .bind(op.system.as_str())
        .bind(op.tenant.as_str())
        .fetch_one(&mut *connection)
        .await?;
    let limits = Limits { calls: row.get("limit_calls"), interval_us: row.get("interval_us"), per_day: row.get("day_limit") };
    let day_used: i64 = row.get("day_used");
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a share of a day's calls")]
    let reserve = if op.background { (limits.per_day as f64 * DAY_RESERVE_SHARE) as i64 } else { 0 };
    let left = usize::try_from((limits.per_day - reserve - day_used).max(0)).unwrap_or(0);
    let (at, tat) = grant(row.get("tat"), op.want.min(left), op.background, op.now, &limits);
    let taken = i64::try_from(at.len()).unwrap_or(0);
    sqlx::query("UPDATE quota SET tat = $3, day_used = day_used + $4 WHERE system = $1 AND tenant = $2")
        .bind(op.system.as_str())
        .bind(op.tenant.as_str())
        .bind(tat)
        .bind(taken)
        .execute(&mut *connection)
        .await?;
    Ok(Slots { at, limits, day_used: day_used + taken })
}

pub(crate) async fn observe(connection: &mut AnyConnection, op: &ObserveOp) -> Result<(), sqlx::Error> {
    // The tolerance lets calls leave before `tat`: to hold them until a moment, `tat` must lie one
    // whole interval behind it.
    let tat = op.not_before.map_or(0, |t| t + op.limits.interval_us / 4);
    let today = op.now.div_euclid(DAY_US);
    // A count far below ours means that the system's own day has begun anew: nobody says when it does.
    sqlx::query(
        "INSERT INTO quota (system, tenant, tat, limit_calls, interval_us, day, day_used, day_limit) VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN $7 < 0 THEN 0 ELSE $7 END, $8) \
         ON CONFLICT (system, tenant) DO UPDATE SET limit_calls = excluded.limit_calls, interval_us = excluded.interval_us, day_limit = excluded.day_limit, \
           tat = CASE WHEN excluded.tat > quota.tat THEN excluded.tat ELSE quota.tat END, \
           day_used = CASE WHEN $7 > quota.day_used OR ($7 >= 0 AND $7 < quota.day_used - 1000) THEN $7 ELSE quota.day_used END",
    )
    .bind(op.system.as_str())
    .bind(op.tenant.as_str())
    .bind(tat)
    .bind(op.limits.calls)
    .bind(op.limits.interval_us)
    .bind(today)
    .bind(op.day_used.unwrap_or(-1))
    .bind(op.limits.per_day)
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// What this process knows of one budget.
#[derive(Debug)]
struct Local {
    limits: Mutex<Limits>,
    live: Queue,
    /// Apart from live calls: background work that must wait, till tomorrow even, holds up only itself.
    background: Queue,
    day_used: AtomicI64,
    taken: AtomicU64,
    observed: AtomicI64,
}

/// Calls of one kind that wait for their slots.
#[derive(Debug, Default)]
struct Queue {
    waiting: AtomicUsize,
    slots: tokio::sync::Mutex<Vec<i64>>,
}

/// Counts a waiting call, until dropped: a call may be given up at any moment.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One budget a tenant and system, shared by all processes through the store; cheap to clone.
#[derive(Debug, Clone)]
pub struct SharedQuota {
    store: Store,
    defaults: Arc<HashMap<System, Limits>>,
    budgets: Arc<Mutex<Budgets>>,
}

type Budgets = HashMap<(System, TenantId), Arc<Local>>;

impl SharedQuota {
    /// A quota with the limits each system starts with until its headers say otherwise.
    #[must_use]
    pub fn new(store: Store, defaults: HashMap<System, Limits>) -> Self {
        Self { store, defaults: Arc::new(defaults), budgets: Arc::default() }
    }

    fn local(&self, system: System, tenant: &TenantId) -> Arc<Local> {
        let mut budgets = self.budgets.lock().expect("no panic happens while it is held");
        Arc::clone(budgets.entry((system, tenant.clone())).or_insert_with(|| {
            let limits = self.defaults.get(&system).copied().unwrap_or(Limits { calls: 100, interval_us: 10_000_000, per_day: 200_000 });
            Arc::new(Local {
                limits: Mutex::new(limits),
                live: Queue::default(),
                background: Queue::default(),
                day_used: AtomicI64::new(0),
                taken: AtomicU64::new(0),
                observed: AtomicI64::new(0),
            })
        }))
    }

    /// Waits until one call may leave; returns how long that took.
    ///
    /// # Errors
    /// If the database fails: then the call must not be made.
    pub async fn take(&self, system: System, tenant: &TenantId, background: bool) -> Result<Duration, Error> {
        let started = now_micros();
        let local = self.local(system, tenant);
        local.taken.fetch_add(1, Ordering::Relaxed);
        let limits = *local.limits.lock().expect("no panic happens while it is held");
        if limits.unlimited() {
            return Ok(Duration::ZERO);
        }
        let slot = self.slot(system, tenant, background, &local).await?;
        let wait = slot - now_micros();
        if wait > 0 {
            tokio::time::sleep(Duration::from_micros(wait.unsigned_abs())).await;
        }
        Ok(Duration::from_micros((now_micros() - started).max(0).unsigned_abs()))
    }

    async fn slot(&self, system: System, tenant: &TenantId, background: bool, local: &Local) -> Result<i64, Error> {
        let queue = if background { &local.background } else { &local.live };
        let _waiting = Waiting::new(&queue.waiting);
        let mut slots = queue.slots.lock().await; // fair: first come, first served
        loop {
            let now = now_micros();
            slots.retain(|at| *at > now - SLOT_LIFE_US);
            if !slots.is_empty() {
                return Ok(slots.remove(0));
            }
            let want = queue.waiting.load(Ordering::Relaxed).clamp(1, LEASE);
            let limits = *local.limits.lock().expect("no panic happens while it is held");
            let op = SlotsOp { system, tenant: tenant.clone(), want, background, now, limits };
            let Outcome::Slots(granted) = self.store.writer.write(Op::Slots(Arc::new(op))).await? else { return Err(Error::Closed) };
            *local.limits.lock().expect("no panic happens while it is held") = granted.limits;
            local.day_used.store(granted.day_used, Ordering::Relaxed);
            if granted.at.is_empty() {
                tokio::time::sleep(Duration::from_micros(DAY_WAIT_US.unsigned_abs())).await;
            }
            *slots = granted.at;
        }
    }

    /// Corrects the budget by what the answer's headers said. `remaining` is of the interval.
    pub fn observe(
        &self,
        system: System,
        tenant: &TenantId,
        seen: Limits,
        remaining: Option<i64>,
        day_remaining: Option<i64>,
        throttled_for: Option<Duration>,
    ) {
        let local = self.local(system, tenant);
        let now = now_micros();
        let changed = {
            let mut known = local.limits.lock().expect("no panic happens while it is held");
            let changed = *known != seen;
            *known = seen;
            changed
        };
        let day_used = day_remaining.map(|left| (seen.per_day - left).max(0));
        if let Some(used) = day_used {
            local.day_used.store(used, Ordering::Relaxed);
        }
        let not_before = match (throttled_for, remaining) {
            (Some(wait), _) => Some(now + i64::try_from(wait.as_micros()).unwrap_or(i64::MAX / 4)),
            (None, Some(0)) => Some(now + seen.interval_us / 2),
            _ => None,
        };
        // The row need not follow every answer; once a second is enough for the day's count.
        let due = now - local.observed.load(Ordering::Relaxed) > 1_000_000 && !seen.unlimited();
        if changed || not_before.is_some() || due {
            local.observed.store(now, Ordering::Relaxed);
            let op = ObserveOp { system, tenant: tenant.clone(), limits: seen, not_before, day_used, now };
            let writer = self.store.writer.clone();
            tokio::spawn(async move {
                if let Err(error) = writer.write(Op::Observe(Arc::new(op))).await {
                    tracing::debug!(%error, "the budget was not corrected; the next answer will");
                }
            });
        }
    }

    /// Current limits and use of every budget this process has touched: (system, limits, used of
    /// the day, calls taken by this process).
    #[must_use]
    pub fn usage(&self) -> Vec<(System, TenantId, Limits, i64, u64)> {
        let budgets = self.budgets.lock().expect("no panic happens while it is held");
        budgets
            .iter()
            .map(|((system, tenant), local)| {
                let limits = *local.limits.lock().expect("no panic happens while it is held");
                (*system, tenant.clone(), limits, local.day_used.load(Ordering::Relaxed), local.taken.load(Ordering::Relaxed))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn no_sliding_window_holds_more_than_the_limit() {
        let limits = Limits { calls: 100, interval_us: 10_000_000, per_day: 200_000 };
        // An idle budget asked for everything at once, then again and again.
        let (mut tat, mut all) = (0, vec![]);
        let start = 1_000_000_000;
        for round in 0..60 {
            let (slots, next) = grant(tat, 10, false, start + round * 700_000, &limits);
            tat = next;
            all.extend(slots);
        }
        all.sort_unstable();
        let most = all.iter().map(|from| all.iter().filter(|at| **at >= *from && **at < from + limits.interval_us).count()).max().unwrap();
        assert!(most <= 98, "{most} calls in one window");
        assert!(most >= 90, "the budget is used: {most}");
    }

    #[test]
    fn background_work_leaves_the_burst_to_live_changes() {
        let limits = Limits { calls: 100, interval_us: 10_000_000, per_day: 200_000 };
        let (background, tat) = grant(0, 5, true, 1_000_000_000, &limits);
        assert!(background.windows(2).all(|w| w[1] > w[0]), "spread out: {background:?}");
        let (live, _) = grant(tat, 1, false, 1_000_000_000, &limits);
        assert_eq!(live, vec![1_000_000_000], "a live change goes at once");
    }
}
