//! Texts and bodies without what they say of people.

use serde_json::Value;

/// Members whose values name no person.
const HARMLESS: &[&str] = &["type", "direction", "status", "locationId"];
/// Longest server text that is kept, characters.
const LONGEST: usize = 400;
/// From so many digits on a run may be a phone number.
const DIGITS: usize = 6;

/// The value with every text and number in it replaced, except under harmless names.
pub(crate) fn value(from: &Value) -> Value {
    match from {
        Value::Null | Value::Bool(_) => from.clone(),
        Value::Number(_) | Value::String(_) => Value::from("…"),
        Value::Array(items) => items.iter().map(value).collect(),
        Value::Object(members) => {
            let masked = |(name, inner): (&String, &Value)| {
                let plain = HARMLESS.contains(&name.as_str()) && !inner.is_object() && !inner.is_array();
                (name.clone(), if plain { inner.clone() } else { value(inner) })
            };
            Value::Object(members.iter().map(masked).collect())
        }
    }
}

/// A server's text with mail addresses, phone numbers and long runs of digits replaced, and cut if it
/// is long. Names can't be told from other words: no server here puts them into its texts.
pub(crate) fn text(from: &str) -> String {
    let mut out = String::with_capacity(from.len().min(LONGEST));
    for (number, word) in from.split_whitespace().enumerate() {
        if number > 0 {
            out.push(' ');
        }
        if word.contains('@') { out.push('…') } else { out.push_str(word) }
    }
    let out = without_numbers(&out);
    match out.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &out[..end]),
        None => out,
    }
}

/// Replaces runs that have [`DIGITS`] digits or more, with what may stand between a phone number's
/// digits.
fn without_numbers(from: &str) -> String {
    let between = |c: char| matches!(c, ' ' | '-' | '(' | ')' | '.' | '/');
    let mut out = String::with_capacity(from.len());
    let mut rest = from;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit() || c == '+') {
        out.push_str(&rest[..start]);
        let run = &rest[start..];
        let end = run.find(|c: char| !(c.is_ascii_digit() || c == '+' || between(c))).unwrap_or(run.len());
        // What stands behind the last digit is no part of the number.
        let end = run[..end].rfind(|c: char| c.is_ascii_digit()).map_or(1, |last| last + 1);
        let digits = run[..end].chars().filter(char::is_ascii_digit).count();
        out.push_str(if digits >= DIGITS { "…" } else { &run[..end] });
        rest = &run[end..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn addresses_and_numbers_are_replaced_and_the_rest_stays() {
        for (from, to) in [
            ("contact ada@example.com is unknown", "contact … is unknown"),
            ("\"ada@example.com\": taken", "… taken"),
            ("phone +1 (202) 555-0104, invalid", "phone …, invalid"),
            ("call 2025550104", "call …"),
            ("statusCode 422 at 10:30", "statusCode 422 at 10:30"),
            ("limit must be 1 - 500.", "limit must be 1 - 500."),
            ("a + b", "a + b"),
            ("naïve  wörds\n+ 1", "naïve wörds + 1"),
            ("", ""),
        ] {
            assert_eq!(text(from), to, "{from}");
        }
        assert_eq!(text(&"é".repeat(1000)).chars().count(), LONGEST + 1);
    }

    #[test]
    fn values_keep_their_shape_and_harmless_members() {
        let body = json!({"type": "SMS", "locationId": "L", "phone": "+1202", "tags": ["a", 3], "dnd": true, "gone": null,
            "status": {"note": "secret"}});
        let expected = json!({"type": "SMS", "locationId": "L", "phone": "…", "tags": ["…", "…"], "dnd": true, "gone": null,
            "status": {"note": "…"}});
        assert_eq!(value(&body), expected);
    }
}
