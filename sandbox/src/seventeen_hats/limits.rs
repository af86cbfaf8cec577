//! The rate limit of one account: a fixed window, as the contract's headers describe it.

use super::options::Limits;
use std::time::{Duration, Instant};

/// Calls used in the current window.
#[derive(Debug)]
pub(super) struct Window {
    began: Instant,
    used: u32,
}

/// What a call is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) allowed: bool,
    pub(super) limit: u32,
    pub(super) remaining: u32,
    /// Until the window ends.
    pub(super) reset: Duration,
}

impl Window {
    pub(super) fn new(now: Instant) -> Self {
        Self { began: now, used: 0 }
    }

    /// Takes one call; `None`: there is no limit.
    pub(super) fn take(&mut self, limits: Limits, now: Instant) -> Option<Taken> {
        let limit = limits.requests?;
        if now.duration_since(self.began) >= limits.window {
            *self = Self::new(now);
        }
        let allowed = self.used < limit;
        if allowed {
            self.used += 1;
        }
        let reset = limits.window.saturating_sub(now.duration_since(self.began));
        Some(Taken { allowed, limit, remaining: limit.saturating_sub(self.used), reset })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_and_another_begins() {
        let limits = Limits { requests: Some(2), window: Duration::from_secs(60) };
        let start = Instant::now();
        let mut window = Window::new(start);
        let allowed: Vec<_> = (0..3).filter_map(|_| window.take(limits, start)).map(|taken| taken.allowed).collect();
        assert_eq!(allowed, [true, true, false]);
        let late = window.take(limits, start + Duration::from_secs(59)).expect("limited");
        assert!(!late.allowed);
        assert_eq!(late.reset, Duration::from_secs(1));
        let next = window.take(limits, start + Duration::from_secs(60)).expect("limited");
        assert!(next.allowed && next.remaining == 1);
        assert_eq!(window.take(Limits::lifted(), start), None);
    }
}
