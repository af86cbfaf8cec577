//! When to try again. The only place where the crate `backoff` is used: it is unmaintained
//! (RUSTSEC-2025-0012), its clock can be handed in, its randomness can't. So its clock stands still
//! here, its randomisation is 0, and the jitter is our own, from a seed.

use backoff::backoff::Backoff;
use backoff::exponential::ExponentialBackoff;
use std::time::{Duration, Instant};

/// How long to wait between attempts.
///
/// With the default the waits are random, evenly spread from nothing up to (full jitter)
///
/// ```text
/// attempt   1 -> 2   2 -> 3   3 -> 4   4 -> 5   5 -> 6   6 -> 7   7 -> 8
/// up to        1 s      3 s      9 s     27 s     60 s     60 s     60 s
/// ```
///
/// so eight attempts take 110 s on average and 220 s at most, beside the calls themselves. A named
/// wait ([`Throttled`](crate::call::Verdict::Throttled)) is no part of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Schedule {
    /// Upper bound of the first wait.
    pub first: Duration,
    /// Each bound is so many times the one before; below 1 counts as 1.
    pub factor: f64,
    /// No bound grows above it.
    pub longest: Duration,
    /// Attempts in all, the first one included.
    pub attempts: u32,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { first: Duration::from_secs(1), factor: 3.0, longest: Duration::from_secs(60), attempts: 8 }
    }
}

/// `backoff` asks for the time only to end by it, which we do by counting.
#[derive(Debug)]
struct Still(Instant);

impl backoff::Clock for Still {
    fn now(&self) -> Instant {
        self.0
    }
}

impl Schedule {
    /// The waits before the second and every further attempt: `attempts - 1` of them. The same seed
    /// gives the same waits; take one an event, so that a herd spreads.
    pub fn delays(&self, seed: u64) -> impl Iterator<Item = Duration> + Send + use<> {
        let mut random = fastrand::Rng::with_seed(seed);
        self.bounds().map(move |bound| bound.mul_f64(random.f64()))
    }

    /// The upper bounds of the waits.
    pub fn bounds(&self) -> impl Iterator<Item = Duration> + Send + use<> {
        let now = Instant::now();
        let first = self.first.min(self.longest);
        let mut backoff = ExponentialBackoff {
            current_interval: first,
            initial_interval: first,
            randomization_factor: 0.0,
            // A NaN counts as 1 too.
            multiplier: self.factor.max(1.0),
            max_interval: self.longest,
            start_time: now,
            max_elapsed_time: None,
            clock: Still(now),
        };
        let waits = self.attempts.saturating_sub(1) as usize;
        std::iter::from_fn(move || backoff.next_backoff().map(whole_micros)).take(waits)
    }
}

/// Even with randomisation 0 `backoff` adds up to a nanosecond by chance.
fn whole_micros(wait: Duration) -> Duration {
    Duration::from_micros(u64::try_from((wait.as_nanos() + 500) / 1000).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(schedule: Schedule) -> Vec<f64> {
        schedule.bounds().map(|bound| bound.as_secs_f64()).collect()
    }

    #[test]
    fn the_printed_schedule_is_the_real_one() {
        assert_eq!(seconds(Schedule::default()), [1.0, 3.0, 9.0, 27.0, 60.0, 60.0, 60.0]);
    }

    #[test]
    fn waits_stay_under_their_bounds_and_spread() {
        let schedule = Schedule::default();
        let (mut low, mut high) = (0, 0);
        for seed in 0..2000 {
            let waits: Vec<_> = schedule.delays(seed).collect();
            assert_eq!(waits.len(), 7);
            for (wait, bound) in waits.iter().zip(schedule.bounds()) {
                assert!(*wait <= bound, "{wait:?} of {bound:?}, seed {seed}");
                if *wait < bound / 4 {
                    low += 1
                } else if *wait > bound * 3 / 4 {
                    high += 1
                }
            }
        }
        // A quarter of 14000 each.
        assert!((3000..4000).contains(&low) && (3000..4000).contains(&high), "{low} {high}");
    }

    #[test]
    fn a_seed_repeats_its_waits_and_another_has_others() {
        let waits = |seed| Schedule::default().delays(seed).collect::<Vec<_>>();
        assert_eq!(waits(7), waits(7));
        assert_ne!(waits(7), waits(8));
    }

    #[test]
    fn odd_schedules_are_no_trouble() {
        let schedule = |factor, attempts| Schedule { factor, attempts, ..Schedule::default() };
        for attempts in [0, 1] {
            assert_eq!(schedule(3.0, attempts).delays(1).count(), 0);
        }
        for factor in [f64::NAN, -1.0, 0.0, 1.0] {
            assert_eq!(seconds(schedule(factor, 4)), [1.0, 1.0, 1.0], "{factor}");
        }
        assert_eq!(seconds(schedule(f64::INFINITY, 3)), [1.0, 60.0]);
        let long = Schedule { first: Duration::from_secs(90), ..Schedule::default() };
        assert!(long.bounds().all(|bound| bound == Duration::from_secs(60)));
        let never = Schedule { first: Duration::ZERO, longest: Duration::ZERO, ..Schedule::default() };
        assert!(never.delays(1).all(|wait| wait.is_zero()));
    }
}
