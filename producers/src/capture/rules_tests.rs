#![allow(clippy::unwrap_used)]
use super::*;
use hatbridge_schemas::System;

fn draft(change: Change, versioning: Versioning, at: i64) -> Draft {
    Draft {
        source: System::Highlevel,
        kind: EntityKind::Contact,
        id: "c1".into(),
        root: "c1".into(),
        change,
        versioning,
        occurred_at: Some(at),
        payload: None,
        raw: String::new(),
    }
}

fn shown(folded: &str, exact: Option<&str>) -> Versioning {
    Versioning::Content(Hashes { folded: folded.into(), exact: exact.map(Into::into) })
}

/// Plays sightings; returns the (change, version) of those that were published.
fn play(sightings: &[(Via, Change, Versioning, i64)]) -> Vec<(Change, String)> {
    let (mut known, mut published) = (None::<State>, vec![]);
    for (via, change, versioning, at) in sightings {
        match decide(known.as_ref(), &draft(*change, versioning.clone(), *at), *via) {
            Decision::Known { learned } => known = learned.or(known),
            Decision::Publish { change, version, state } => {
                published.push((change, version));
                known = state.or(known);
            }
        }
        // What is stored reads back as it was.
        if let Some(state) = &known {
            assert_eq!(State::parse(&state.text(), state.generation), *state);
        }
    }
    published
}

fn versions(sightings: &[(Via, Change, Versioning, i64)]) -> Vec<String> {
    play(sightings).into_iter().map(|(change, version)| format!("{change} {version}")).collect()
}

use Change::{Created, Deleted, Snapshot, Updated};
use Via::{Poll, Webhook};

#[test]
fn a_change_seen_by_webhook_and_poll_is_one_event() {
    assert_eq!(
        versions(&[(Webhook, Created, shown("a", Some("A")), 1), (Poll, Snapshot, shown("a", None), 1), (Webhook, Created, shown("a", Some("A")), 1)]),
        ["created 1-a"]
    );
    assert_eq!(versions(&[(Poll, Snapshot, shown("a", None), 1), (Webhook, Created, shown("a", Some("A")), 1)]), ["created 1-a"]);
}

#[test]
fn there_and_back_again_is_three_events() {
    let got =
        versions(&[(Webhook, Created, shown("a", Some("A")), 1), (Webhook, Updated, shown("b", Some("B")), 2), (Webhook, Updated, shown("a", Some("A")), 3)]);
    assert_eq!(got, ["created 1-a", "updated 2-b", "updated 3-a"]);
}

#[test]
fn a_change_of_case_alone_is_seen_by_webhooks_only() {
    let got = versions(&[(Webhook, Created, shown("a", Some("x")), 1), (Webhook, Updated, shown("a", Some("X")), 2), (Poll, Snapshot, shown("a", None), 2)]);
    assert_eq!(got, ["created 1-a", "updated 2-a"]);
}

#[test]
fn a_poll_first_then_the_exact_content_is_learned() {
    let got = versions(&[(Poll, Snapshot, shown("a", None), 1), (Webhook, Updated, shown("a", Some("x")), 2), (Webhook, Updated, shown("a", Some("X")), 3)]);
    assert_eq!(got, ["created 1-a", "updated 2-a"]);
}

#[test]
fn a_lagging_index_brings_nothing_back() {
    // The webhook of b came; search still shows a.
    let got = versions(&[
        (Webhook, Created, shown("a", Some("A")), 10),
        (Webhook, Updated, shown("b", Some("B")), 20),
        (Poll, Snapshot, shown("a", None), 10),
        (Poll, Snapshot, shown("b", None), 20),
        (Poll, Snapshot, shown("a", None), 10),
    ]);
    assert_eq!(got, ["created 1-a", "updated 2-b"]);
    // But a change whose webhook never came is seen.
    assert_eq!(versions(&[(Webhook, Created, shown("a", Some("A")), 10), (Poll, Snapshot, shown("c", None), 9)]).len(), 2);
}

#[test]
fn deletion_is_published_once_and_late_updates_do_not_undo_it() {
    let got = versions(&[
        (Webhook, Created, shown("a", Some("A")), 1),
        (Webhook, Deleted, shown("a", Some("A")), 2),
        (Webhook, Updated, shown("a", Some("A")), 2),
        (Poll, Snapshot, shown("a", None), 1),
        (Webhook, Deleted, shown("a", Some("A")), 2),
        (Webhook, Created, shown("a", Some("A")), 3),
    ]);
    assert_eq!(got, ["created 1-a", "deleted 2-deleted", "created 3-a"]);
}

#[test]
fn a_creation_that_comes_after_its_update_is_still_news() {
    let got =
        versions(&[(Webhook, Updated, shown("b", Some("B")), 2), (Webhook, Created, shown("b", Some("B")), 1), (Webhook, Created, shown("b", Some("B")), 1)]);
    assert_eq!(got, ["updated 1-b", "created 1-b"]);
}

#[test]
fn messages_move_forward_only() {
    let status = |s: &str| Versioning::Status(s.into());
    let got = versions(&[
        (Webhook, Created, status("sent"), 1),
        (Poll, Snapshot, status("delivered"), 2),
        (Webhook, Created, status("sent"), 1),
        (Webhook, Created, status(""), 1),
        (Poll, Snapshot, status("read"), 3),
        (Poll, Snapshot, status("read"), 3),
    ]);
    assert_eq!(got, ["created 1", "updated delivered", "updated read"]);
}

#[test]
fn revisions_order_what_the_contract_shows() {
    let revision = |r: &str| Versioning::Revision(r.into());
    let got = versions(&[
        (Poll, Snapshot, revision("9"), 1),
        (Webhook, Updated, revision("10"), 2),
        (Webhook, Updated, revision("9"), 1),
        (Poll, Snapshot, revision("10"), 2),
        (Webhook, Deleted, revision("11"), 3),
    ]);
    assert_eq!(got, ["created 9", "updated 10", "deleted 11"]);
}

#[test]
fn occurrences_are_always_published() {
    let occurrence = Versioning::Occurrence("w1".into());
    assert_eq!(play(&[(Webhook, Updated, occurrence.clone(), 1), (Webhook, Updated, occurrence, 1)]).len(), 2);
}
