//! Moments as the systems write them.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

/// A moment in microseconds since the epoch: ISO 8601 text with an offset (without one it is taken
/// as UTC), or a number of seconds, milliseconds or microseconds, told apart by size.
#[must_use]
pub fn micros(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => of_text(text),
        Value::Number(number) => of_number(number.as_i64()?),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn of_text(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment.as_microsecond());
    }
    if let Ok(number) = text.parse::<i64>() {
        return of_number(number);
    }
    text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|z| z.timestamp().as_microsecond())
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

/// The first of the named members that holds a moment.
#[must_use]
pub fn first(body: &Value, names: &[&str]) -> Option<i64> {
    names.iter().find_map(|name| micros(&body[*name]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn all_notations_name_the_same_moment() {
        for value in [
            json!("2026-11-24T09:30:00Z"),
            json!("2026-11-24T15:00:00+05:30"),
            json!("2026-11-24T09:30:00.000"),
            json!(1_795_512_600),
            json!(1_795_512_600_000_i64),
            json!("1795512600000"),
        ] {
            assert_eq!(micros(&value), Some(1_795_512_600_000_000), "{value}");
        }
        for value in [json!("soon"), json!(null), json!(7), json!({})] {
            assert_eq!(micros(&value), None, "{value}");
        }
    }
}
