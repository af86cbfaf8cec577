//! Moments as HighLevel writes and reads them.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde_json::Value;

/// Milliseconds since the epoch.
pub(super) fn now_ms() -> i64 {
    Timestamp::now().as_millisecond()
}

/// `2021-11-26T12:41:02.193Z`
pub(super) fn iso(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map_or_else(|_| String::new(), |moment| format!("{moment:.3}"))
}

/// Milliseconds of a number of milliseconds, as number or text, or of ISO 8601 text. A date alone is
/// its midnight, UTC.
pub(super) fn read_ms(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|n| n as i64)),
        Value::String(text) => of_text(text.trim()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

pub(super) fn of_text(text: &str) -> Option<i64> {
    if let Ok(number) = text.parse::<i64>() {
        return Some(number);
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment.as_millisecond());
    }
    let civil = text.parse::<DateTime>().ok()?;
    civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn moments_are_written_with_milliseconds_and_read_in_all_notations() {
        assert_eq!(iso(1_637_930_462_193), "2021-11-26T12:41:02.193Z");
        assert_eq!(iso(1_637_930_462_000), "2021-11-26T12:41:02.000Z");
        for value in [json!("2021-11-26T12:41:02.193Z"), json!(1_637_930_462_193_i64), json!("1637930462193"), json!("2021-11-26T12:41:02.193")] {
            assert_eq!(read_ms(&value), Some(1_637_930_462_193), "{value}");
        }
        assert_eq!(of_text("1970-01-02"), Some(86_400_000));
        assert_eq!(of_text("soon"), None);
    }
}
