//! Transcripts of calls.

use super::{Action, After, Plan, Why, person_in_hats, text};
use crate::Flows;
use crate::facts::{Door, Facts};
use hatbridge_schemas::{Change, Event, Sentence, Transcript};

/// An AI's call brings its transcript itself.
pub(super) fn plan(event: &Event, transcript: &Transcript, facts: &Facts, flows: &Flows) -> Plan {
    if !flows.transcripts.enabled || event.change == Change::Deleted {
        return Plan::nothing(Why::Ignored);
    }
    let made_here = facts.has_done("transcript.create") || facts.has_done("zap.transcript");
    if facts.link.is_some() && !made_here {
        return Plan::nothing(Why::Echo);
    }
    // The call's own message, where it has one: then its event looks for a transcript too, and
    // whoever comes second finds it by this id.
    let call = transcript.message_id.as_deref().unwrap_or_else(|| event.entity.id.as_str());
    match person_in_hats(facts, flows) {
        Err(need) => Plan::Need(need),
        Ok(mut actions) => {
            actions.extend(append(facts.door, call, &transcript.sentences, transcript.summary.as_deref(), Some(event.occurred_at)));
            Plan::of(actions, After::default())
        }
    }
}

/// The action that appends a transcript; none if nothing was said.
pub(super) fn append(door: Door, call: &str, sentences: &[Sentence], summary: Option<&str>, started_at: Option<i64>) -> Option<Action> {
    let text = text::transcript(sentences, summary);
    if text.is_empty() {
        return None;
    }
    Some(match door {
        Door::Rest => Action::CreateTranscript { call: call.to_owned(), text, started_at },
        Door::Zapier => {
            Action::ZapNote { text: format!("Call {}\n{text}\n[hatbridge:hl:{call}]", text::moment(started_at)), tags: vec![], name: "zap.transcript" }
        }
    })
}
