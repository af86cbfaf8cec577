//! The decision: is this sighting news, and under which version?

use super::content::Hashes;
use super::{Draft, Versioning};
use hatbridge_schemas::{Change, EntityKind, Via};

/// What is remembered of an entity: `flags|exact|previous|at|mark` in the store's hash column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State {
    /// A `created` event was published.
    pub created: bool,
    /// A `deleted` event was the last one; the hashes are those before it.
    pub deleted: bool,
    /// Folded hash, revision or status.
    pub mark: String,
    /// Exact hash, where a sighting that shows everything was the last one.
    pub exact: Option<String>,
    /// The mark before this one: a search index that lags shows it again.
    pub previous: Option<String>,
    /// The source's time of this state, microseconds: of the entity's last update where a poll saw
    /// it, else of the webhook.
    pub at: i64,
    /// Whether `at` is the entity's own time of update.
    pub polled: bool,
    /// Counts published changes.
    pub generation: i64,
}

impl State {
    /// Reads the store's text; what is not ours counts as a mark that nothing equals.
    #[must_use]
    pub fn parse(text: &str, generation: i64) -> Self {
        // The mark stands last: a status or revision may hold any character.
        let mut parts = text.splitn(5, '|');
        let mut next = || parts.next().unwrap_or_default().to_owned();
        let (flags, exact, previous, at, mark) = (next(), next(), next(), next(), next());
        Self {
            created: flags.contains('c'),
            deleted: flags.contains('d'),
            polled: flags.contains('p'),
            exact: Some(exact).filter(|e| !e.is_empty()),
            previous: Some(previous).filter(|p| !p.is_empty()),
            at: at.parse().unwrap_or(0),
            mark,
            generation,
        }
    }

    /// The text for the store.
    #[must_use]
    pub fn text(&self) -> String {
        let flag = |on: bool, flag: &'static str| if on { flag } else { "" };
        format!(
            "{}{}{}|{}|{}|{}|{}",
            flag(self.created, "c"),
            flag(self.deleted, "d"),
            flag(self.polled, "p"),
            self.exact.as_deref().unwrap_or_default(),
            self.previous.as_deref().unwrap_or_default(),
            self.at,
            self.mark
        )
    }
}

/// What to do with a sighting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Published before, or older than what was.
    Known {
        /// Set where the sighting shows more exactly what is known: to be remembered without an event.
        learned: Option<State>,
    },
    /// News.
    Publish {
        /// What happened, by what we know.
        change: Change,
        /// The event's version.
        version: String,
        /// To be remembered after the acknowledgement; none for occurrences.
        state: Option<State>,
    },
}

const KNOWN: Decision = Decision::Known { learned: None };

/// Decides on a sighting, given what is known of the entity.
#[must_use]
pub fn decide(known: Option<&State>, draft: &Draft, via: Via) -> Decision {
    if let Versioning::Occurrence(version) = &draft.versioning {
        return Decision::Publish { change: draft.change, version: version.clone(), state: None };
    }
    if draft.change == Change::Deleted {
        return deleted(known, draft);
    }
    match &draft.versioning {
        Versioning::Occurrence(_) => KNOWN,
        Versioning::Revision(revision) => by_revision(known, draft, revision),
        Versioning::Status(status) => by_status(known, draft, status),
        Versioning::Content(hashes) => by_content(known, draft, hashes, via),
    }
}

fn deleted(known: Option<&State>, draft: &Draft) -> Decision {
    let before = known.cloned().unwrap_or_default();
    if before.deleted {
        return KNOWN;
    }
    let state = State { deleted: true, generation: before.generation + 1, ..before };
    let version = match &draft.versioning {
        Versioning::Revision(revision) => revision.clone(),
        Versioning::Status(_) | Versioning::Content(_) | Versioning::Occurrence(_) => format!("{}-deleted", state.generation),
    };
    // The mark stays: an update that only repeats what was there before the deletion came late.
    let state = match &draft.versioning {
        Versioning::Revision(revision) => State { mark: revision.clone(), ..state },
        Versioning::Status(_) | Versioning::Content(_) | Versioning::Occurrence(_) => state,
    };
    Decision::Publish { change: Change::Deleted, version, state: Some(state) }
}

/// What a sighting that is news is called: where the source only shows a state, the first sighting
/// is the creation.
fn change_of(known: Option<&State>, draft: &Draft) -> Change {
    match draft.change {
        Change::Snapshot if known.is_none_or(|k| k.deleted) => Change::Created,
        Change::Snapshot => Change::Updated,
        told @ (Change::Created | Change::Updated | Change::Deleted | Change::Command | Change::Result) => told,
    }
}

fn by_revision(known: Option<&State>, draft: &Draft, revision: &str) -> Decision {
    if known.is_some_and(|k| k.mark == revision || is_older(revision, &k.mark)) {
        return KNOWN;
    }
    let change = match change_of(known, draft) {
        // The source's own revisions order its events: a creation we had not seen is the news of
        // a later revision only if nothing was known.
        Change::Created if known.is_some_and(|k| k.created && !k.deleted) => Change::Updated,
        other => other,
    };
    let version = if draft.kind == EntityKind::Message && change == Change::Created { "1".to_owned() } else { revision.to_owned() };
    publish(known, change, version, revision.to_owned())
}

/// Numbers are compared as numbers, times in ISO 8601 as text; anything else is never older.
fn is_older(revision: &str, known: &str) -> bool {
    match (revision.parse::<u64>(), known.parse::<u64>()) {
        (Ok(new), Ok(old)) => new < old,
        _ => revision.len() == known.len() && revision.ends_with('Z') && known.ends_with('Z') && revision < known,
    }
}

fn by_status(known: Option<&State>, draft: &Draft, status: &str) -> Decision {
    match known {
        None => {
            let change = change_of(None, draft);
            let version = if change == Change::Created { "1" } else { status };
            publish(None, change, version.to_owned(), status.to_owned())
        }
        Some(state) if state.mark == status || status.is_empty() || rank(status) < rank(&state.mark) || state.deleted => KNOWN,
        Some(state) => publish(Some(state), Change::Updated, status.to_owned(), status.to_owned()),
    }
}

/// How far along a message is: statuses come late and out of order, and a late one must not undo a
/// later one. Unknown words rank with `sent`.
fn rank(status: &str) -> u8 {
    match status {
        "" => 0,
        "scheduled" => 1,
        "pending" | "queued" | "ringing" | "initiated" => 2,
        "delivered" | "connected" | "answered" | "in-progress" => 4,
        "opened" | "read" => 5,
        "clicked" => 6,
        "completed" | "failed" | "undelivered" | "cancelled" | "canceled" | "opt_out" | "voicemail" | "busy" | "no-answer" => 7,
        _ => 3,
    }
}

fn by_content(known: Option<&State>, draft: &Draft, hashes: &Hashes, via: Via) -> Decision {
    let Some(state) = known else {
        return content(None, change_of(None, draft), 1, hashes, draft, via);
    };
    let same = match (&state.exact, &hashes.exact) {
        // What two views show exactly can't be compared: they show different fields.
        (Some(before), Some(now)) if view(before) == view(now) => before == now,
        _ => state.mark == hashes.folded,
    };
    match draft.change {
        // It came into being once; a repeat of that is late, unless it came back from deletion.
        Change::Created if state.created && !state.deleted => KNOWN,
        // Seen as an update first: its creation is news of its own, under the same generation, so
        // that every process gives it the same id.
        Change::Created if same && !state.deleted => content(known, Change::Created, state.generation, hashes, draft, via),
        Change::Created => content(known, Change::Created, state.generation + 1, hashes, draft, via),
        // An update that only repeats what was there before the deletion is late.
        _ if same && state.deleted => KNOWN,
        _ if same => learn(state, draft, hashes, via),
        _ if via == Via::Poll && lags(state, draft, hashes) => KNOWN,
        _ => content(known, change_of(known, draft), state.generation + 1, hashes, draft, via),
    }
}

/// Of an exact hash: which view it is of. `{view}:{hash}`; a webhook's has none.
fn view(exact: &str) -> &str {
    exact.rsplit_once(':').map_or("", |(view, _)| view)
}

/// Whether a poll's row shows an older state than the known one, as search indexes do for seconds.
/// Two polls are compared by the entity's own time; after a webhook, whose time is that of sending,
/// only the state just before counts as old, so that a change whose webhook was lost is not missed.
fn lags(state: &State, draft: &Draft, hashes: &Hashes) -> bool {
    let Some(at) = draft.occurred_at else { return false };
    if state.polled { at < state.at } else { at <= state.at && state.previous.as_ref() == Some(&hashes.folded) }
}

/// Nothing new, but this sighting may know the exact content or the entity's own time.
fn learn(state: &State, draft: &Draft, hashes: &Hashes, via: Via) -> Decision {
    let mut learned = state.clone();
    // A poll's rows show every field, also those that we don't understand.
    if learned.exact.is_none()
        || (view(learned.exact.as_deref().unwrap_or_default()).is_empty() && hashes.exact.as_deref().is_some_and(|e| !view(e).is_empty()))
    {
        learned.exact.clone_from(&hashes.exact);
    }
    if let Some(at) = draft.occurred_at.filter(|at| via == Via::Poll && *at >= state.at) {
        (learned.at, learned.polled) = (at, true);
    }
    Decision::Known { learned: (learned != *state).then_some(learned) }
}

fn content(known: Option<&State>, change: Change, generation: i64, hashes: &Hashes, draft: &Draft, via: Via) -> Decision {
    // The folded hash, since every way of seeing the change knows it.
    let version = format!("{generation}-{}", hashes.folded.get(..12).unwrap_or(&hashes.folded));
    let state = State {
        created: change == Change::Created || known.is_some_and(|k| k.created),
        deleted: false,
        mark: hashes.folded.clone(),
        exact: hashes.exact.clone(),
        previous: known.map(|k| if k.mark == hashes.folded { k.previous.clone() } else { Some(k.mark.clone()) }).unwrap_or_default(),
        at: draft.occurred_at.unwrap_or_default(),
        polled: via == Via::Poll && draft.occurred_at.is_some(),
        generation,
    };
    Decision::Publish { change, version, state: Some(state) }
}

fn publish(known: Option<&State>, change: Change, version: String, mark: String) -> Decision {
    let state = State {
        created: change == Change::Created || known.is_some_and(|k| k.created),
        mark,
        generation: known.map_or(0, |k| k.generation) + 1,
        ..State::default()
    };
    Decision::Publish { change, version, state: Some(state) }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
