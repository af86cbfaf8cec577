//! What was found, and what it comes to.

use crate::documents::Documents;
use crate::exceptions::{Exceptions, Side};
use crate::recorder::{Exchange, told};
use hatbridge_systems::highlevel::Api;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// One thing that is not as the document has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Problem {
    /// `query.limit`, `body.tags.0`, `status`.
    pub at: String,
    /// The rule: `required`, `type`, `additionalProperties`.
    pub keyword: String,
    /// In words.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.at, self.keyword, self.message)
    }
}

/// What is wrong with one exchange.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Found {
    /// With the request.
    pub request: Vec<Problem>,
    /// With the answer.
    pub response: Vec<Problem>,
}

/// One generation's result.
#[derive(Debug)]
pub struct Verdict {
    api: Api,
    operations: usize,
    requests: usize,
    responses: usize,
    /// Everything that is wrong, each a line.
    pub wrong: Vec<String>,
}

impl Verdict {
    /// `135/135 requests, 135/135 responses`
    pub fn line(&self) -> String {
        let generation = if self.api == Api::V2 { "" } else { " (v3)" };
        let Self { operations, requests, responses, .. } = self;
        format!("{requests}/{operations} requests, {responses}/{operations} responses{generation}")
    }
}

/// An operation counts if it was called, and if all of its calls are as the document has them.
pub fn of(documents: &Documents, api: Api, exchanges: &[Exchange], found: &[Found], exceptions: &mut Exceptions) -> Verdict {
    let (mut wrong, mut bad) = (Vec::new(), BTreeSet::new());
    let mut called: BTreeMap<u16, bool> = BTreeMap::new();
    for (exchange, found) in exchanges.iter().zip(found) {
        let success = (200..300).contains(&exchange.response.status);
        *called.entry(exchange.number).or_default() |= success;
        if !success {
            wrong.push(format!("{}: no success: {}", told(api, exchange), exchange.response.body));
        }
        for (side, problems) in [(Side::Request, &found.request), (Side::Response, &found.response)] {
            for problem in problems {
                if !exceptions.excuse(&exchange.operation, side, problem) {
                    bad.insert((side as u8, exchange.number));
                    wrong.push(format!("{}: {side:?} {problem}", told(api, exchange)));
                }
            }
        }
    }
    let numbers: Vec<u16> = documents.numbers(api).collect();
    wrong.extend(numbers.iter().filter(|number| !called.contains_key(number)).map(|number| format!("{api} {number} was not called")));
    let good = |side: Side| numbers.iter().filter(|number| called.get(number) == Some(&true) && !bad.contains(&(side as u8, **number))).count();
    Verdict { api, operations: numbers.len(), requests: good(Side::Request), responses: good(Side::Response), wrong }
}
