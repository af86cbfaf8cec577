//! From what happened on the wire to a verdict: one pure function.

use crate::call::{Answer, Reason, Refusal, Verdict};
use crate::{Effect, mask};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

/// A throttled call costs no attempt: without a wait it would be repeated without end.
const SHORTEST: Duration = Duration::from_millis(250);

/// What happened to a call on the wire.
#[derive(Debug, Clone)]
pub enum Sent {
    /// No connection, so nothing was sent: refused, unknown host, TLS failed, no answer to the
    /// connecting.
    NotConnected(&'static str),
    /// Sent, or half sent, and no whole answer: timeout, reset, broken off.
    NoAnswer(&'static str),
    /// Answered.
    Answered(Received),
}

/// An answer as it came.
#[derive(Clone)]
pub struct Received {
    /// HTTP status.
    pub status: u16,
    /// JSON; `Null` if there was none.
    pub body: Value,
    /// The wait that the headers name.
    pub wait: Option<Duration>,
    /// The wait after a 429 that names none: the interval of the limit.
    pub interval: Duration,
    /// JSON pointer to what a 2xx answer must hold.
    pub expects: Option<Cow<'static, str>>,
}

/// The status alone.
impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received").field("status", &self.status).finish_non_exhaustive()
    }
}

/// The verdict.
///
/// | on the wire | read, idempotent | probe, unsafe |
/// |---|---|---|
/// | no connection | retry | retry |
/// | sent, no whole answer; 5xx; 2xx without the expected id | retry | doubt |
/// | 408, 425 | retry | retry |
/// | 429 | throttled | throttled |
/// | other 4xx, 3xx | refused | refused |
/// | 2xx | done | done |
///
/// A 2xx without the expected id is no success (FACTS section 4: a missing provider gave 201, an
/// empty body and no message).
#[must_use]
pub fn classify(effect: Effect, sent: Sent) -> Verdict {
    let unsure = |reason: String| if effect.is_repeatable() { Verdict::Retry(Reason(reason)) } else { Verdict::Doubt(Reason(reason)) };
    let received = match sent {
        Sent::NotConnected(why) => return Verdict::Retry(Reason(why.to_owned())),
        Sent::NoAnswer(why) => return unsure(why.to_owned()),
        Sent::Answered(received) => received,
    };
    let Received { status, body, wait, interval, expects } = received;
    match status {
        200..=299 => match expects {
            Some(pointer) if !body.pointer(&pointer).is_some_and(is_id) => unsure(format!("status {status} without {pointer}")),
            _ => Verdict::Done(Answer { status, body }),
        },
        408 | 425 => Verdict::Retry(Reason(format!("status {status}"))),
        429 => Verdict::Throttled(wait.unwrap_or(interval).max(SHORTEST)),
        300..=499 => Verdict::Refused(Refusal { status, message: message_of(&body, status), body }),
        _ => unsure(match said(&body) {
            Some(words) => format!("status {status}: {}", mask::text(&words)),
            None => format!("status {status}"),
        }),
    }
}

fn is_id(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.is_empty(),
        Value::Number(_) => true,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
    }
}

/// The server's words, masked; with HighLevel's `traceId`, which its support asks for.
fn message_of(body: &Value, status: u16) -> String {
    let words = said(body).map_or_else(|| format!("status {status} and no reason"), |words| mask::text(&words));
    let trace = body["traceId"].as_str().filter(|id| id.len() <= 64 && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'));
    match trace {
        Some(id) => format!("{words} (traceId {id})"),
        None => words,
    }
}

/// The text of an error in any of the shapes that are around (FACTS section 4, the partner
/// contract): `message` as text or list, `error_description`, `error` as text or object.
pub(crate) fn said(body: &Value) -> Option<String> {
    let text = |value: &Value| match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Array(items) => {
            let all: Vec<_> = items.iter().filter_map(Value::as_str).collect();
            (!all.is_empty()).then(|| all.join("; "))
        }
        _ => None,
    };
    ["/message", "/error_description", "/error/message", "/msg", "/error"].iter().find_map(|pointer| text(body.pointer(pointer)?))
}

#[cfg(test)]
#[path = "classify_tests.rs"]
mod tests;
