//! What is called, in this order: each step finds what those before it have made.

mod calendars;
mod contacts;
mod conversations;
mod last;
mod opportunities;
mod others;
mod users;

use hatbridge_sandbox::highlevel::{AppOptions, Handle};
use hatbridge_systems::call::Verdict;
use hatbridge_systems::highlevel::catalogue::Operation;
use hatbridge_systems::highlevel::{Api, HighLevel};
use hatbridge_systems::quota::Priority;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One call.
#[derive(Debug, Clone)]
pub struct Step {
    /// Name in the catalogue.
    pub operation: &'static str,
    data: Value,
    in_v3: Option<Value>,
    /// Names, and where in the answer what is known by them from now on stands: the first there is.
    keeps: Vec<(&'static str, &'static [&'static str])>,
    /// Not in the other generation.
    pub only: Option<Api>,
}

/// A call with this data; a text `$name` in it is what is known by the name.
fn step(operation: &'static str, data: Value) -> Step {
    Step { operation, data, in_v3: None, keeps: Vec::new(), only: None }
}

impl Step {
    fn keep(mut self, name: &'static str, pointers: &'static [&'static str]) -> Self {
        self.keeps.push((name, pointers));
        self
    }

    fn only(mut self, api: Api) -> Self {
        self.only = Some(api);
        self
    }

    /// These members too, or instead, in v3.
    fn in_v3(mut self, members: Value) -> Self {
        self.in_v3 = Some(members);
        self
    }

    /// Notes what its answer makes known.
    ///
    /// # Errors
    /// What the answer lacks.
    pub fn remember(&self, answer: &Value, known: &mut BTreeMap<String, Value>) -> Result<(), String> {
        for (name, pointers) in &self.keeps {
            let value = pointers.iter().find_map(|pointer| answer.pointer(pointer)).ok_or_else(|| format!("none of {pointers:?} in the answer {answer}"))?;
            known.insert((*name).to_owned(), value.clone());
        }
        Ok(())
    }

    /// Its data in a generation.
    #[must_use]
    pub fn data_in(&self, api: Api) -> Value {
        match (api, &self.in_v3) {
            (Api::V3, Some(members)) => with(self.data.clone(), members),
            _ => self.data.clone(),
        }
    }
}

/// An object with these members too, or instead.
fn with(mut data: Value, members: &Value) -> Value {
    if let (Value::Object(data), Value::Object(members)) = (&mut data, members) {
        data.extend(members.clone());
    }
    data
}

/// All of them.
#[must_use]
pub fn all() -> Vec<Step> {
    let parts = [users::steps(), contacts::steps(), others::steps(), calendars::steps(), opportunities::steps(), conversations::steps(), last::steps()];
    parts.into_iter().flatten().collect()
}

/// Calls an operation of the dated versions without hatbridge in between.
///
/// # Panics
/// If it is not done.
pub async fn called(client: &HighLevel, operation: &'static Operation, data: &Value) -> Value {
    let request = operation.request(Api::V2, &client.context(), data).unwrap_or_else(|invalid| panic!("{invalid}"));
    match client.call(request, Priority::Live).await {
        Verdict::Done(answer) => answer.body,
        Verdict::Refused(refusal) => panic!("`{}`: {} {}", operation.name, refusal.status, refusal.message),
        verdict => panic!("`{}`: {verdict:?}", operation.name),
    }
}

/// The data, with `$name` as what is known by that name.
///
/// # Errors
/// The name that nothing is known by.
pub fn filled(data: &Value, known: &BTreeMap<String, Value>) -> Result<Value, String> {
    Ok(match data {
        Value::String(text) => match text.strip_prefix('$') {
            Some(name) => known.get(name).ok_or_else(|| format!("nothing is known as {name}: a step before has failed"))?.clone(),
            None => data.clone(),
        },
        Value::Array(items) => items.iter().map(|item| filled(item, known)).collect::<Result<_, _>>()?,
        Value::Object(members) => {
            let filled = members.iter().map(|(name, member)| Ok((name.clone(), filled(member, known)?)));
            Value::Object(filled.collect::<Result<_, String>>()?)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => data.clone(),
    })
}

/// What steps know from the beginning: ids of what people made, and times to come.
///
/// # Panics
/// If the location is not known.
#[must_use]
pub fn known(handle: &Handle, location: &str, app: &AppOptions) -> BTreeMap<String, Value> {
    let caller = handle.create_contact(location, json!({"firstName": "Cora", "phone": "+12025550110", "email": "cora@example.com"})).expect("a contact");
    let call = handle.complete_call(location, &caller, 3, &["Hello, it is about the wedding.", "Of course."]).expect("a call");
    // The day after tomorrow: nothing has to be in time.
    let day = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date().checked_add(jiff::Span::new().days(2)).expect("a day");
    let ms = |time: &str| format!("{day}T{time}Z").parse::<jiff::Timestamp>().expect("a moment").as_millisecond();
    let values = [
        ("location", json!(location)),
        ("company", json!(app.company_id)),
        ("provider", json!(app.providers[0])),
        ("caller", json!(caller)),
        ("call", json!(call)),
        ("ten", json!(format!("{day}T10:00:00+00:00"))),
        ("half past ten", json!(format!("{day}T10:30:00+00:00"))),
        ("two", json!(format!("{day}T14:00:00+00:00"))),
        ("half past two", json!(format!("{day}T14:30:00+00:00"))),
        ("four", json!(format!("{day}T16:00:00+00:00"))),
        ("five", json!(format!("{day}T17:00:00+00:00"))),
        ("midnight in ms", json!(ms("00:00:00"))),
        ("evening in ms", json!(ms("23:59:59"))),
        ("later in s", json!(ms("08:00:00") / 1000)),
    ];
    values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
