//! What HighLevel's headers say of the budget (FACTS section 5).

use crate::http::{number, retry_after};
use crate::quota::QuotaSeen;
use http::HeaderMap;
use std::time::Duration;

/// The documented interval, where no header names it.
const INTERVAL: Duration = Duration::from_secs(10);

/// The budget as an answer's headers show it.
pub(super) fn seen(headers: &HeaderMap) -> QuotaSeen {
    QuotaSeen {
        limit: number(headers, "x-ratelimit-max"),
        interval_ms: number(headers, "x-ratelimit-interval-milliseconds").filter(|ms| *ms > 0),
        remaining: number(headers, "x-ratelimit-remaining"),
        daily_limit: number(headers, "x-ratelimit-limit-daily"),
        daily_remaining: number(headers, "x-ratelimit-daily-remaining"),
        throttled_for: None,
    }
}

/// The wait that the server names. It promises none, but one that comes is honoured.
pub(super) fn wait(headers: &HeaderMap, now: i64) -> Option<Duration> {
    retry_after(headers, "retry-after", now)
}

/// The wait after a 429 without one: the interval, since no header says when it began, and up to a
/// fifth more so that callers spread.
pub(super) fn interval(seen: &QuotaSeen) -> Duration {
    let interval = seen.interval_ms.map_or(INTERVAL, |ms| Duration::from_millis(ms.into()));
    interval.mul_f64(1.0 + fastrand::f64() / 5.0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use http::HeaderName;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn all_documented_headers_are_read() {
        let headers = headers(&[
            ("X-RateLimit-Limit-Daily", "200000"),
            ("X-RateLimit-Daily-Remaining", "199999"),
            ("X-RateLimit-Interval-Milliseconds", "10000"),
            ("X-RateLimit-Max", "100"),
            ("X-RateLimit-Remaining", "99"),
        ]);
        let expected = QuotaSeen {
            limit: Some(100),
            interval_ms: Some(10_000),
            remaining: Some(99),
            daily_limit: Some(200_000),
            daily_remaining: Some(199_999),
            throttled_for: None,
        };
        assert_eq!(seen(&headers), expected);
        let (low, high) = (Duration::from_secs(10), Duration::from_secs(12));
        assert!((0..100).map(|_| interval(&expected)).all(|wait| (low..=high).contains(&wait)));
    }

    #[test]
    fn what_is_missing_or_odd_is_unknown() {
        let odd = headers(&[("X-RateLimit-Max", "many"), ("X-RateLimit-Interval-Milliseconds", "0"), ("Retry-After", "soon")]);
        assert_eq!(seen(&odd), QuotaSeen::default());
        assert_eq!(wait(&odd, 0), None);
    }

    #[test]
    fn a_named_wait_is_seconds_or_a_date() {
        let now = 784_111_767_000_000; // 1994-11-06T08:49:27Z
        for (text, seconds) in [("7", 7), ("0", 0), ("Sun, 06 Nov 1994 08:49:37 GMT", 10), ("Sun, 06 Nov 1994 08:00:00 GMT", 0), ("99999999", 86_400)] {
            assert_eq!(wait(&headers(&[("Retry-After", text)]), now), Some(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(wait(&headers(&[("Retry-After", "-1")]), now), None);
    }
}
