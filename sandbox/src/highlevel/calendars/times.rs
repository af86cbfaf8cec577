//! Moments and lengths of time as calendars give and write them.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde_json::{Map, Value};

const MINUTE: i64 = 60_000;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;

/// Milliseconds of ISO 8601 text; without an offset it is the location's time, which is UTC here.
pub(super) fn of_iso(text: &str) -> Option<i64> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment.as_millisecond());
    }
    // A bare number would be read as a date.
    let civil = text.contains('-').then(|| text.parse::<DateTime>().ok()).flatten()?;
    civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_millisecond())
}

/// The moment in this field of a record.
pub(super) fn at(fields: &Map<String, Value>, name: &str) -> Option<i64> {
    fields.get(name).and_then(Value::as_str).and_then(of_iso)
}

/// `2024-10-28T10:00:00-05:00` and its date there.
pub(super) fn local(ms: i64, zone: &TimeZone) -> Option<(String, String)> {
    let zoned = Timestamp::from_millisecond(ms).ok()?.to_zoned(zone.clone());
    Some((zoned.strftime("%Y-%m-%d").to_string(), zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()))
}

/// Days since the epoch of a date that begins so: `2023-09-24...`.
pub(super) fn day_of(text: &str) -> Option<i64> {
    let date = text.get(..10)?.parse::<jiff::civil::Date>().ok()?;
    let midnight = date.to_zoned(TimeZone::UTC).ok()?;
    Some(midnight.timestamp().as_millisecond().div_euclid(DAY))
}

/// Milliseconds of so many of a unit; months have 30 days.
pub(super) fn length(count: f64, unit: &str) -> i64 {
    let one = match unit {
        "hours" => HOUR,
        "days" => DAY,
        "weeks" => 7 * DAY,
        "months" => 30 * DAY,
        _ => MINUTE,
    };
    // No calendar needs more than a century; beyond it, sums could overflow.
    (count.clamp(0.0, 3.2e12) * one as f64).clamp(0.0, 3.2e12) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_keep_their_offset_and_bare_numbers_are_none() {
        assert_eq!(of_iso("2021-06-23T03:30:00+05:30"), Some(1_624_399_200_000));
        assert_eq!(of_iso("2021-06-22T22:00:00"), Some(1_624_399_200_000));
        assert_eq!((of_iso("1624399200000"), of_iso("20210622"), of_iso("soon")), (None, None, None));
        assert_eq!(local(1_624_399_200_000, &TimeZone::UTC), Some(("2021-06-22".to_owned(), "2021-06-22T22:00:00+00:00".to_owned())));
        assert_eq!(day_of("1970-01-03T00:00:00.000Z"), Some(2));
        assert_eq!((length(1.5, "hours"), length(2.0, "mins"), length(-1.0, "days")), (90 * MINUTE, 2 * MINUTE, 0));
    }
}
