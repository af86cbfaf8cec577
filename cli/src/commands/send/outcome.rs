//! What became of commands, from the results topic.

use crate::wiring::Wiring;
use hatbridge_kafka::Tail;
use hatbridge_schemas::wire::Decoder;
use hatbridge_schemas::{Event, Payload};
use serde_json::Value;
use std::sync::Arc;
use uuid::Uuid;

/// The word for what was given up.
const DEAD: &str = "dead";

/// What became of a command.
#[derive(Debug, Clone)]
pub(super) struct Outcome {
    /// `applied`, `dead`, `unchanged`, ...; `ordered` while it is not known.
    pub(super) word: String,
    /// More of it, for people.
    pub(super) message: String,
    /// What the API answered.
    pub(super) answer: Option<Value>,
}

impl Outcome {
    /// Nobody waits.
    pub(super) fn ordered() -> Self {
        Self { word: "ordered".to_owned(), message: "the consumers carry it out; its outcome is told on the results topic".to_owned(), answer: None }
    }

    /// It was finished earlier, with this word.
    pub(super) fn before(word: &str) -> Self {
        if word == DEAD {
            let message = "it was given up before; `hatbridge dead-letters list` says why and how to try again, or send it under another id".to_owned();
            return Self { word: DEAD.to_owned(), message, answer: None };
        }
        Self { word: "done before".to_owned(), message: "a command of this name was finished before; nothing is sent again".to_owned(), answer: None }
    }

    fn of(event: Event) -> Option<(Uuid, Self)> {
        let Some(Payload::Command(command)) = event.payload else { return None };
        let mut told: Value = serde_json::from_str(&command.parameters).ok()?;
        let text = |told: &Value, name: &str| told[name].as_str().unwrap_or_default().to_owned();
        let (word, message) = (text(&told, "outcome"), text(&told, "message"));
        let answer = told.get_mut("answer").map(Value::take);
        Some((event.causation_id?, Self { word, message, answer }))
    }

    /// Whether it was not carried out.
    pub(super) fn failed(&self) -> bool {
        self.word == DEAD
    }

    /// In one line.
    pub(super) fn words(&self) -> String {
        let what = if self.failed() { "not carried out" } else { self.word.as_str() };
        if self.message.is_empty() { what.to_owned() } else { format!("{what}: {}", self.message) }
    }
}

/// Outcomes as they are told from now on.
#[derive(Debug)]
pub(super) struct Outcomes {
    tail: Tail,
    decoder: Arc<Decoder>,
}

impl Outcomes {
    /// Everything told after this returned is heard.
    pub(super) async fn follow(wiring: &Wiring) -> anyhow::Result<Self> {
        let tail = Tail::start(&wiring.bus.kafka, wiring.bus.topics.results()).await?;
        Ok(Self { tail, decoder: Arc::clone(&wiring.bus.decoder) })
    }

    /// The next one: of which command.
    pub(super) async fn next(&self) -> anyhow::Result<(Uuid, Outcome)> {
        loop {
            let record = self.tail.next().await?;
            // Others write there too; what can't be read is not ours.
            if let Ok(event) = self.decoder.decode(&record.value).await
                && let Some(outcome) = Outcome::of(event)
            {
                return Ok(outcome);
            }
        }
    }

    /// The outcome of one command.
    pub(super) async fn of(&self, command: Uuid) -> anyhow::Result<Outcome> {
        loop {
            let (id, outcome) = self.next().await?;
            if id == command {
                return Ok(outcome);
            }
        }
    }
}
