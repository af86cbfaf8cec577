//! The rate limits of one app in one location. Pure: time is handed in.

use super::options::Limits;
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

const DAY: Duration = Duration::from_secs(86_400);

/// Calls used so far.
#[derive(Debug, Default)]
pub(super) struct Budget {
    /// When the calls of the sliding window were made.
    recent: VecDeque<Instant>,
    day: Option<(Instant, u32)>,
}

/// What a call is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) allowed: bool,
    pub(super) limits: Limits,
    pub(super) max: u32,
    pub(super) remaining: u32,
    pub(super) daily_remaining: u32,
    /// Until a call will be allowed.
    pub(super) wait: Duration,
}

impl Budget {
    /// Takes one call; `None`: there is no limit. A refused call uses nothing up.
    pub(super) fn take(&mut self, limits: Limits, now: Instant) -> Option<Taken> {
        let max = limits.calls?;
        while self.recent.front().is_some_and(|at| now.duration_since(*at) >= limits.interval) {
            self.recent.pop_front();
        }
        let (began, mut used) = self.day.filter(|(began, _)| now.duration_since(*began) < DAY).unwrap_or((now, 0));
        let in_window = u32::try_from(self.recent.len()).unwrap_or(u32::MAX);
        let allowed = in_window < max && used < limits.per_day;
        let wait = if used >= limits.per_day {
            DAY.saturating_sub(now.duration_since(began))
        } else {
            let first = self.recent.front().copied().unwrap_or(now);
            limits.interval.saturating_sub(now.duration_since(first))
        };
        if allowed {
            self.recent.push_back(now);
            used += 1;
        }
        self.day = Some((began, used));
        Some(Taken {
            allowed,
            limits,
            max,
            remaining: max.saturating_sub(in_window + u32::from(allowed)),
            daily_remaining: limits.per_day.saturating_sub(used),
            wait,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_slides_and_the_day_ends() {
        let limits = Limits { calls: Some(2), per_day: 3, ..Limits::default() };
        let (start, mut budget) = (Instant::now(), Budget::default());
        let mut at = |seconds: u64| budget.take(limits, start + Duration::from_secs(seconds)).expect("limited");
        let table = [(0, true, 1), (6, true, 0), (9, false, 0), (10, true, 0), (30, false, 2), (86_400, true, 1)];
        for (seconds, allowed, remaining) in table {
            let taken = at(seconds);
            assert_eq!((taken.allowed, taken.remaining), (allowed, remaining), "after {seconds} s");
        }
        assert_eq!(budget.take(Limits::lifted(), start), None);
    }
}
