//! The circuit breaker of webhooks. Pure.

use super::options::Breaker;

/// Deliveries since the last look.
#[derive(Debug, Default)]
pub(super) struct Breakers {
    ended: u64,
    succeeded: u64,
    warned: bool,
}

impl Breakers {
    /// Takes note of a delivery; whether deliveries are to be paused now.
    pub(super) fn ended(&mut self, rule: Breaker, success: bool) -> bool {
        self.ended += 1;
        self.succeeded += u64::from(success);
        if self.ended < rule.every.max(1) {
            return false;
        }
        let low = (self.succeeded as f64) < rule.success * self.ended as f64;
        let pause = low && self.warned;
        *self = Self { warned: low, ..Self::default() };
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_pauses_at_the_second_look_in_a_row() {
        let rule = Breaker { every: 10, success: 0.9 };
        let mut breaker = Breakers::default();
        let mut look = |successes: u64| (0..10).any(|n| breaker.ended(rule, n < successes));
        assert!(!look(8), "a warning");
        assert!(!look(9), "well again");
        assert!(!look(0) && look(5), "the second time in a row");
    }
}
