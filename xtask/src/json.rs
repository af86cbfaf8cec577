//! As much of JSON as a dashboard and Prometheus' answers need.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Value>),
    Object(BTreeMap<String, Value>),
}

impl Value {
    /// The value under a key; `Null` if there is none.
    pub fn get(&self, key: &str) -> &Value {
        match self {
            Self::Object(members) => members.get(key).unwrap_or(&Value::Null),
            _ => &Value::Null,
        }
    }

    pub fn items(&self) -> &[Value] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            _ => "",
        }
    }
}

/// Reads one value; `None` if it isn't JSON.
pub fn parse(text: &str) -> Option<Value> {
    let mut rest = text.chars().peekable();
    let value = value(&mut rest)?;
    skip_space(&mut rest);
    rest.next().is_none().then_some(value)
}

type Rest<'a> = Peekable<Chars<'a>>;

fn skip_space(rest: &mut Rest) {
    while rest.next_if(|c| c.is_ascii_whitespace()).is_some() {}
}

fn value(rest: &mut Rest) -> Option<Value> {
    skip_space(rest);
    match rest.peek()? {
        '"' => string(rest).map(Value::Text),
        '[' => list(rest),
        '{' => object(rest),
        't' => word(rest, "true", Value::Bool(true)),
        'f' => word(rest, "false", Value::Bool(false)),
        'n' => word(rest, "null", Value::Null),
        _ => number(rest),
    }
}

fn word(rest: &mut Rest, word: &str, value: Value) -> Option<Value> {
    word.chars().all(|c| rest.next() == Some(c)).then_some(value)
}

fn number(rest: &mut Rest) -> Option<Value> {
    let mut digits = String::new();
    while let Some(c) = rest.next_if(|c| c.is_ascii_digit() || "+-.eE".contains(*c)) {
        digits.push(c);
    }
    digits.parse().ok().map(Value::Number)
}

fn list(rest: &mut Rest) -> Option<Value> {
    rest.next();
    let mut items = vec![];
    skip_space(rest);
    if rest.next_if_eq(&']').is_some() {
        return Some(Value::List(items));
    }
    loop {
        items.push(value(rest)?);
        skip_space(rest);
        match rest.next()? {
            ',' => {}
            ']' => return Some(Value::List(items)),
            _ => return None,
        }
    }
}

fn object(rest: &mut Rest) -> Option<Value> {
    rest.next();
    let mut members = BTreeMap::new();
    skip_space(rest);
    if rest.next_if_eq(&'}').is_some() {
        return Some(Value::Object(members));
    }
    loop {
        skip_space(rest);
        let key = string(rest)?;
        skip_space(rest);
        rest.next_if_eq(&':')?;
        members.insert(key, value(rest)?);
        skip_space(rest);
        match rest.next()? {
            ',' => {}
            '}' => return Some(Value::Object(members)),
            _ => return None,
        }
    }
}

fn string(rest: &mut Rest) -> Option<String> {
    rest.next_if_eq(&'"')?;
    let mut text = String::new();
    loop {
        match rest.next()? {
            '"' => return Some(text),
            '\\' => match rest.next()? {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                'r' => text.push('\r'),
                'b' => text.push('\u{8}'),
                'f' => text.push('\u{c}'),
                'u' => {
                    let code: String = (0..4).map(|_| rest.next()).collect::<Option<_>>()?;
                    text.push(char::from_u32(u32::from_str_radix(&code, 16).ok()?).unwrap_or('\u{fffd}'));
                }
                other => text.push(other),
            },
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_key_and_place() {
        let value = parse(r#" {"a": [1, -2.5e1, "x\n\"\u0041\"", null, true, {}], "b": []} "#);
        let value = value.as_ref();
        let items = value.map(|value| value.get("a").items().to_vec()).unwrap_or_default();
        assert_eq!(items[..3], [Value::Number(1.0), Value::Number(-25.0), Value::Text("x\n\"A\"".into())]);
        assert_eq!(items[3..], [Value::Null, Value::Bool(true), Value::Object(BTreeMap::new())]);
        assert_eq!(value.map(|value| value.get("c")), Some(&Value::Null));
    }

    #[test]
    fn half_a_value_is_none() {
        for text in ["", "{\"a\": 1", "[1,]", "{} x", "\"a", "nul"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
