//! Published shapes of request bodies as tables, and what is said when a body does not fit one.

use crate::highlevel::problem::Problem;
use serde_json::{Map, Value};

/// What a field may hold; nowhere a null.
#[derive(Debug, Clone, Copy)]
pub(in crate::highlevel) enum Kind {
    Text,
    /// A text of at most so many characters.
    TextUpTo(usize),
    Bool,
    Number,
    /// A number between these two.
    Between(f64, f64),
    /// One of these texts.
    Word(&'static [&'static str]),
    /// One of these numbers.
    Choice(&'static [f64]),
    Texts,
    /// At most so many texts.
    TextsUpTo(usize),
    /// Numbers between these two.
    Numbers(f64, f64),
    /// Whatever the documents leave open.
    Any,
    /// An object of which the documents say no more.
    AnyObject,
    Object(&'static [Field]),
    Objects(&'static [Field]),
}

/// One field of a shape.
#[derive(Debug, Clone, Copy)]
pub(in crate::highlevel) struct Field {
    name: &'static str,
    kind: Kind,
    needed: bool,
}

pub(in crate::highlevel) const fn may(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, needed: false }
}

pub(in crate::highlevel) const fn must(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, needed: true }
}

/// Refuses a body that breaks its shape, every broken rule named.
pub(in crate::highlevel) fn check(given: &Map<String, Value>, shape: &[&[Field]]) -> Result<(), Problem> {
    let mut wrong = Vec::new();
    look(given, shape, "", &mut wrong);
    if wrong.is_empty() { Ok(()) } else { Err(Problem::invalid_all(wrong)) }
}

fn look(given: &Map<String, Value>, shape: &[&[Field]], under: &str, wrong: &mut Vec<String>) {
    let fields = || shape.iter().copied().flatten();
    for name in given.keys().filter(|name| fields().all(|field| field.name != name.as_str())) {
        wrong.push(format!("{under}property {name} should not exist"));
    }
    for field in fields() {
        match given.get(field.name) {
            None if field.needed => wrong.push(format!("{under}{} should not be empty", field.name)),
            None => {}
            Some(value) => fits(value, field.kind, &format!("{under}{}", field.name), wrong),
        }
    }
}

fn fits(value: &Value, kind: Kind, name: &str, wrong: &mut Vec<String>) {
    let mut refuse = |what: String| wrong.push(format!("{name} {what}"));
    match kind {
        Kind::Text if !value.is_string() => refuse("must be a string".to_owned()),
        Kind::TextUpTo(most) if value.as_str().is_none_or(|text| text.chars().count() > most) => {
            refuse(format!("must be shorter than or equal to {most} characters"));
        }
        Kind::Bool if !value.is_boolean() => refuse("must be a boolean value".to_owned()),
        Kind::Number if !value.is_number() => refuse("must be a number conforming to the specified constraints".to_owned()),
        Kind::Between(low, high) if value.as_f64().is_none_or(|number| !(low..=high).contains(&number)) => {
            refuse(format!("must be a number from {low} to {high}"));
        }
        Kind::Word(words) if value.as_str().is_none_or(|text| !words.contains(&text)) => {
            refuse(format!("must be one of the following values: {}", words.join(", ")));
        }
        Kind::Choice(numbers) if value.as_f64().is_none_or(|number| numbers.iter().all(|other| (other - number).abs() > f64::EPSILON)) => {
            let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
            refuse(format!("must be one of the following values: {}", numbers.join(", ")));
        }
        Kind::Texts if !is_list_of(value, Value::is_string) => refuse("must be an array of strings".to_owned()),
        Kind::TextsUpTo(most) if !is_list_of(value, Value::is_string) || value.as_array().is_some_and(|all| all.len() > most) => {
            refuse(format!("must contain no more than {most} strings"));
        }
        Kind::Numbers(low, high) if !is_list_of(value, |one| one.as_f64().is_some_and(|number| (low..=high).contains(&number))) => {
            refuse(format!("must be an array of numbers from {low} to {high}"));
        }
        Kind::AnyObject if !value.is_object() => refuse("must be an object".to_owned()),
        Kind::Object(shape) => match value {
            Value::Object(fields) => look(fields, &[shape], &format!("{name}."), wrong),
            _ => refuse("must be an object".to_owned()),
        },
        Kind::Objects(shape) => {
            let Value::Array(all) = value else { return refuse("must be an array".to_owned()) };
            for (index, one) in all.iter().enumerate() {
                fits(one, Kind::Object(shape), &format!("{name}.{index}"), wrong);
            }
        }
        Kind::Text
        | Kind::Any
        | Kind::AnyObject
        | Kind::TextUpTo(_)
        | Kind::Bool
        | Kind::Number
        | Kind::Between(..)
        | Kind::Word(_)
        | Kind::Choice(_)
        | Kind::Texts
        | Kind::TextsUpTo(_)
        | Kind::Numbers(..) => {}
    }
}

fn is_list_of(value: &Value, is: impl Fn(&Value) -> bool) -> bool {
    value.as_array().is_some_and(|all| all.iter().all(is))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::highlevel::problem::Message;
    use serde_json::json;

    #[test]
    fn every_broken_rule_is_named() {
        const INNER: &[Field] = &[must("userId", Kind::Text), may("priority", Kind::Choice(&[0.0, 0.5, 1.0]))];
        const SHAPE: &[Field] = &[
            must("name", Kind::Text),
            may("body", Kind::TextUpTo(3)),
            may("on", Kind::Bool),
            may("hour", Kind::Between(0.0, 23.0)),
            may("unit", Kind::Word(&["mins"])),
            may("ids", Kind::TextsUpTo(1)),
            may("days", Kind::Numbers(0.0, 6.0)),
            may("members", Kind::Objects(INNER)),
        ];
        let good = json!({"name": "", "body": "äöü", "on": true, "hour": 23, "unit": "mins", "ids": ["a"], "days": [6], "members": [{"userId": "u", "priority": 0.5}]});
        let bad = json!({"body": "long", "on": 1, "hour": 24, "unit": "s", "ids": ["a", "b"], "days": [7], "members": [{"priority": 2}], "more": 1});
        assert_eq!(check(good.as_object().expect("an object"), &[SHAPE]), Ok(()));
        let problem = check(bad.as_object().expect("an object"), &[SHAPE]).expect_err("broken");
        let Message::Many(messages) = problem.message else { panic!("a list is wanted") };
        let wanted = [
            "property more should not exist",
            "name should not be empty",
            "body must be shorter than or equal to 3 characters",
            "on must be a boolean value",
            "hour must be a number from 0 to 23",
            "unit must be one of the following values: mins",
            "ids must contain no more than 1 strings",
            "days must be an array of numbers from 0 to 6",
            "members.0.userId should not be empty",
            "members.0.priority must be one of the following values: 0, 0.5, 1",
        ];
        assert_eq!((problem.status, messages), (422, wanted.map(str::to_owned).to_vec()));
    }
}
