//! What goes wrong on purpose. Both simulators ask before they carry out a call.

use serde::{Deserialize, Serialize};
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

/// What happens to one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It is carried out after this time.
    Delay(Duration),
    /// It is not carried out; this status is answered.
    Status(u16),
    /// It is not carried out; the connection breaks.
    Reset,
    /// It is carried out; the connection breaks instead of an answer.
    LoseAnswer,
}

/// What a rule does to the calls it chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// Waits for a random time between these two, in milliseconds.
    Latency {
        /// Shortest and longest.
        ms: (u64, u64),
    },
    /// Answers this status: 429, 500, 502, 503.
    Status {
        /// The status.
        status: u16,
    },
    /// Breaks the connection before anything is done.
    Reset,
    /// Breaks the connection after everything is done.
    LoseAnswer,
}

/// Which calls go wrong, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// `POST` for example, or `*` for all.
    #[serde(default = "anything")]
    pub method: String,
    /// The path without its query; `*` stands for any characters.
    #[serde(default = "anything")]
    pub path: String,
    /// Part of the matching calls, 0 to 1.
    #[serde(default = "always")]
    pub rate: f64,
    /// Ends after so many calls went wrong.
    #[serde(default)]
    pub count: Option<u64>,
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: Kind,
}

fn anything() -> String {
    "*".to_owned()
}

fn always() -> f64 {
    1.0
}

impl Rule {
    /// For all calls with this path; narrow it by the other fields.
    pub fn new(path: impl Into<String>, kind: Kind) -> Self {
        Self { method: anything(), path: path.into(), rate: 1.0, count: None, kind }
    }

    /// For this method only.
    #[must_use]
    pub fn method(self, method: impl Into<String>) -> Self {
        Self { method: method.into(), ..self }
    }

    /// For this part of the calls only, 0 to 1.
    #[must_use]
    pub fn rate(self, rate: f64) -> Self {
        Self { rate, ..self }
    }

    /// For so many calls only.
    #[must_use]
    pub fn times(self, count: u64) -> Self {
        Self { count: Some(count), ..self }
    }

    fn matches(&self, method: &str, path: &str) -> bool {
        (self.method == "*" || self.method.eq_ignore_ascii_case(method)) && fits(&self.path, path)
    }
}

/// Whether the path fits the pattern, in which `*` stands for any characters, also none.
fn fits(pattern: &str, path: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = path.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Decides what goes wrong. Cheap to clone; clones share their rules. By default nothing does.
#[derive(Debug, Clone)]
pub struct Faults {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// Lets a call pass without a lock while there are no rules.
    armed: AtomicBool,
    happened: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    rules: Vec<Rule>,
    once: VecDeque<Decision>,
    random: fastrand::Rng,
}

impl Default for Faults {
    fn default() -> Self {
        Self::seeded(17)
    }
}

impl Faults {
    /// With chance from this seed: equal calls in equal order go wrong equally.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        let state = State { rules: Vec::new(), once: VecDeque::new(), random: fastrand::Rng::with_seed(seed) };
        let inner = Inner { armed: AtomicBool::new(false), happened: AtomicU64::new(0), state: Mutex::new(state) };
        Self { inner: Arc::new(inner) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        change(&mut state);
        self.inner.armed.store(!state.rules.is_empty() || !state.once.is_empty(), SeqCst);
    }

    /// This happens to the next call, whatever it is. Several are used up in order.
    pub fn once(&self, decision: Decision) {
        self.changed(|state| state.once.push_back(decision));
    }

    /// Adds a rule; of several that match, the first decides.
    pub fn add(&self, rule: Rule) {
        self.changed(|state| state.rules.push(rule));
    }

    /// Replaces all rules.
    pub fn set(&self, rules: Vec<Rule>) {
        self.changed(|state| state.rules = rules);
    }

    /// From now on nothing goes wrong.
    pub fn clear(&self) {
        self.changed(|state| {
            state.rules.clear();
            state.once.clear();
        });
    }

    /// The rules, with what is left of their counts.
    #[must_use]
    pub fn rules(&self) -> Vec<Rule> {
        self.state().rules.clone()
    }

    /// Calls that went wrong so far.
    #[must_use]
    pub fn happened(&self) -> u64 {
        self.inner.happened.load(SeqCst)
    }

    /// What happens to this call; `None`: nothing.
    #[must_use]
    pub fn decide(&self, method: &str, path: &str) -> Option<Decision> {
        if !self.inner.armed.load(SeqCst) {
            return None;
        }
        let decision = {
            let mut state = self.state();
            let decision = state.decide(method, path);
            self.inner.armed.store(!state.rules.is_empty() || !state.once.is_empty(), SeqCst);
            decision
        };
        if decision.is_some() {
            self.inner.happened.fetch_add(1, SeqCst);
        }
        decision
    }
}

impl State {
    fn decide(&mut self, method: &str, path: &str) -> Option<Decision> {
        if let Some(decision) = self.once.pop_front() {
            return Some(decision);
        }
        let random = &mut self.random;
        let chosen = self.rules.iter_mut().find(|rule| rule.matches(method, path) && random.f64() < rule.rate)?;
        let decision = match chosen.kind {
            Kind::Latency { ms: (low, high) } => Decision::Delay(Duration::from_millis(random.u64(low..=high.max(low)))),
            Kind::Status { status } => Decision::Status(status),
            Kind::Reset => Decision::Reset,
            Kind::LoseAnswer => Decision::LoseAnswer,
        };
        if let Some(left) = &mut chosen.count {
            *left = left.saturating_sub(1);
        }
        self.rules.retain(|rule| rule.count != Some(0));
        Some(decision)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        let table = [
            ("*", "/contacts/", true),
            ("/contacts/", "/contacts/", true),
            ("/contacts/", "/contacts/a", false),
            ("/contacts/*", "/contacts/a", true),
            ("/contacts/*", "/conversations/a", false),
            ("/contacts/*/tags", "/contacts/a/tags", true),
            ("/contacts/*/tags", "/contacts/a/notes", false),
            ("*/messages*", "/conversations/messages/inbound", true),
        ];
        for (pattern, path, fits) in table {
            assert_eq!(super::fits(pattern, path), fits, "{pattern} {path}");
        }
    }

    #[test]
    fn a_counted_rule_ends_and_a_seed_repeats_itself() {
        let faults = Faults::default();
        faults.add(Rule::new("/contacts/*", Kind::Status { status: 503 }).method("post").times(2));
        let asked: Vec<_> = ["GET", "POST", "POST", "POST"].map(|method| faults.decide(method, "/contacts/a")).into();
        assert_eq!(asked, [None, Some(Decision::Status(503)), Some(Decision::Status(503)), None]);
        assert_eq!((faults.happened(), faults.rules().len()), (2, 0));
        let half = |seed| {
            let faults = Faults::seeded(seed);
            faults.add(Rule::new("*", Kind::Reset).rate(0.5));
            (0..64).map(|_| faults.decide("GET", "/").is_some()).collect::<Vec<_>>()
        };
        assert_eq!(half(3), half(3));
        assert_ne!(half(3), half(4));
    }

    #[test]
    fn rules_are_read_from_json() {
        let rule: Rule = serde_json::from_str(r#"{"path": "/contacts/*", "kind": "latency", "ms": [5, 9]}"#).expect("a rule");
        assert_eq!(rule, Rule::new("/contacts/*", Kind::Latency { ms: (5, 9) }));
    }
}
