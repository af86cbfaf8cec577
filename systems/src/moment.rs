//! Moments as the systems write them, in microseconds since the epoch.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

/// A moment: ISO 8601 text with an offset (without one it is taken as UTC), or a number of seconds,
/// milliseconds or microseconds, told apart by size.
#[must_use]
pub fn micros(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => of_text(text.trim()),
        #[expect(clippy::cast_possible_truncation, reason = "`as` saturates, and what is out of range is no moment")]
        Value::Number(number) => of_number(number.as_i64().or_else(|| number.as_f64().map(|n| n as i64))?),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The first of the named members that holds a moment.
#[must_use]
pub fn first(body: &Value, names: &[&str]) -> Option<i64> {
    names.iter().find_map(|name| micros(&body[*name]))
}

fn of_text(text: &str) -> Option<i64> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment.as_microsecond());
    }
    if let Ok(number) = text.parse::<i64>() {
        return of_number(number);
    }
    text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|moment| moment.timestamp().as_microsecond())
}

/// Between 1973 and 5138 the three don't overlap.
fn of_number(number: i64) -> Option<i64> {
    match number {
        i64::MIN..=99_999_999 => None,
        100_000_000..=99_999_999_999 => Some(number * 1_000_000),
        100_000_000_000..=99_999_999_999_999 => Some(number * 1000),
        100_000_000_000_000.. => Some(number),
    }
}

/// RFC 3339 in UTC with all six digits of the microseconds, so that text order is time order.
pub(crate) fn rfc3339(micros: i64) -> String {
    format!("{:.6}", clamped(micros))
}

/// RFC 3339 in UTC with milliseconds, as HighLevel writes it.
pub(crate) fn millis_text(micros: i64) -> String {
    format!("{:.3}", clamped(micros))
}

/// A moment outside of the years -9999 to 9999 becomes the nearest one inside.
fn clamped(micros: i64) -> Timestamp {
    let nearest = if micros < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_microsecond(micros).unwrap_or(nearest)
}

/// Now.
pub(crate) fn now() -> i64 {
    Timestamp::now().as_microsecond()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn all_notations_name_the_same_moment() {
        let moment = Some(1_795_512_600_000_000);
        for value in [
            json!("2026-11-24T09:30:00Z"),
            json!("2026-11-24T15:00:00+05:30"),
            json!(" 2026-11-24 09:30:00 "),
            json!(1_795_512_600),
            json!(1_795_512_600_000_i64),
            json!(1_795_512_600_000.0),
            json!(1_795_512_600_000_000_i64),
            json!("1795512600000"),
        ] {
            assert_eq!(micros(&value), moment, "{value}");
        }
        for value in [json!("soon"), json!(null), json!(7), json!(-5), json!({}), json!(f64::MAX)] {
            assert!(micros(&value).is_none_or(|m| m == i64::MAX), "{value}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        assert_eq!(rfc3339(1_795_512_600_123_456), "2026-11-24T09:30:00.123456Z");
        assert_eq!(millis_text(1_795_512_600_123_456), "2026-11-24T09:30:00.123Z");
        assert_eq!(micros(&json!(rfc3339(1_795_512_600_000_001))), Some(1_795_512_600_000_001));
        assert!(!rfc3339(i64::MAX).is_empty() && !rfc3339(i64::MIN).is_empty());
    }
}
