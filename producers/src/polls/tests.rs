//! Passes, cursors and leases over a source in memory; the real pages are tested against the
//! sandbox.
#![allow(clippy::unwrap_used)]
use super::options::{Options, Start};
use super::pass::{Ask, Page, Pass, Poll, Resource};
use super::service::poll;
use crate::Error;
use crate::capture::{Draft, Versioning, content};
use crate::testing::{Memory, capture_in};
use hatbridge_schemas::{Change, Contact, EntityKind, Payload, System, TenantId};
use hatbridge_store::now_micros;
use serde_json::Value;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Rows (id, name, updated at) as a search by time of update shows them.
#[derive(Debug, Default)]
pub(crate) struct Fake {
    rows: Mutex<Vec<(String, String, i64)>>,
    /// The call with this number fails.
    fails_at: AtomicUsize,
    calls: AtomicUsize,
    moves: AtomicBool,
}

impl Fake {
    fn put(&self, id: &str, name: &str, at: i64) {
        let mut rows = self.rows.lock().unwrap();
        rows.retain(|r| r.0 != id);
        rows.push((id.into(), name.into(), at));
        rows.sort_by_key(|r| (r.2, r.0.clone()));
    }

    pub(crate) fn page(&self, ask: Ask<'_>) -> Result<Page, Error> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        if call == self.fails_at.load(Ordering::SeqCst) {
            return Err(Error::Poll { system: System::Highlevel, resource: "contacts", reason: "reset".into() });
        }
        let after = ask.page.map(|p| (p[0].as_i64().unwrap(), p[1].as_str().unwrap().to_owned()));
        let rows: Vec<_> = self
            .rows
            .lock()
            .unwrap()
            .iter()
            .filter(|r| r.2 >= ask.span.since && after.as_ref().is_none_or(|a| (r.2, r.0.clone()) > *a))
            .take(ask.rows as usize)
            .cloned()
            .collect();
        let full = rows.len() == ask.rows as usize;
        let next = rows.last().filter(|_| full).map(|r| serde_json::json!([r.2, r.0]));
        if self.moves.swap(false, Ordering::SeqCst) {
            // A row of the next page changes while this one is read.
            self.put("c9", "changed", now_micros());
        }
        let newest = rows.iter().map(|r| r.2).max().unwrap_or_default();
        let drafts = rows.into_iter().map(|(id, name, at)| draft(id, name, at)).collect();
        Ok(Page { drafts, newest, next })
    }
}

fn draft(id: String, name: String, at: i64) -> Draft {
    let contact = Contact { first_name: Some(name), ..Contact::default() };
    Draft {
        source: System::Highlevel,
        kind: EntityKind::Contact,
        root: id.clone(),
        id,
        change: Change::Snapshot,
        versioning: Versioning::Content(content::of_contact(&contact, false)),
        occurred_at: Some(at),
        payload: Some(Payload::Contact(contact)),
        raw: "{}".into(),
    }
}

async fn pass(folder: &Path, sink: &Arc<Memory>, fake: &Arc<Fake>, change: impl FnOnce(&mut Options)) -> Pass {
    let mut options = Options::new("me");
    options.start = Start::Beginning;
    (options.page_rows, options.page_cap) = (3, 2);
    change(&mut options);
    Pass::of(TenantId::new("shop"), Resource::Fake(Arc::clone(fake)), &Arc::new(options), &capture_in(folder, sink).await)
}

/// Passes until one is whole; returns what was published.
async fn to_the_end(pass: &Pass) -> usize {
    let mut published = 0;
    loop {
        let done = pass.run(&CancellationToken::new()).await.unwrap();
        published += done.published;
        if done.whole {
            return published;
        }
    }
}

fn ids(sink: &Memory) -> Vec<String> {
    let mut ids: Vec<_> = sink.events().iter().map(|e| format!("{} {}", e.entity.id, e.version.split('-').next().unwrap())).collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn the_page_cap_goes_on_and_a_failure_repeats_nothing_and_skips_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (sink, fake) = (Arc::<Memory>::default(), Arc::<Fake>::default());
    for n in 0..20 {
        fake.put(&format!("c{n:02}"), "x", 1_000_000 + n);
    }
    let pass = pass(folder.path(), &sink, &fake, |_| {}).await;
    let stop = CancellationToken::new();
    fake.fails_at.store(4, Ordering::SeqCst);
    let (mut whole, mut failures) = (false, 0);
    while !whole {
        match pass.run(&stop).await {
            Ok(done) => whole = done.whole,
            Err(_) => failures += 1,
        }
    }
    assert_eq!(failures, 1);
    assert_eq!(ids(&sink), (0..20).map(|n| format!("c{n:02} 1")).collect::<Vec<_>>());
    // Once more: the overlap is read again, nothing is new.
    assert_eq!(to_the_end(&pass).await, 0);
    fake.put("c03", "y", 2_000_000);
    assert_eq!(to_the_end(&pass).await, 1);
    assert_eq!(sink.lines().last().unwrap().split(' ').take(3).collect::<Vec<_>>(), ["contact", "c03", "updated"]);
}

#[tokio::test]
async fn the_cursor_stays_while_the_broker_is_away() {
    let folder = tempfile::tempdir().unwrap();
    let (sink, fake) = (Arc::<Memory>::default(), Arc::<Fake>::default());
    fake.put("c1", "x", 1_000_000);
    let pass = pass(folder.path(), &sink, &fake, |_| {}).await;
    let stop = CancellationToken::new();
    sink.away.store(true, Ordering::SeqCst);
    assert!(matches!(pass.run(&stop).await, Err(Error::Publish(_))));
    let stored = pass.capture.store().cursor(&pass.tenant, System::Highlevel, "contacts").await.unwrap().unwrap();
    assert_eq!(serde_json::from_str::<Value>(&stored).unwrap()["until"], 0);
    sink.away.store(false, Ordering::SeqCst);
    assert_eq!(pass.run(&stop).await.unwrap().published, 1);
}

#[tokio::test]
async fn a_row_that_the_index_shows_late_is_found_by_the_overlap() {
    let folder = tempfile::tempdir().unwrap();
    let (sink, fake) = (Arc::<Memory>::default(), Arc::<Fake>::default());
    let pass = pass(folder.path(), &sink, &fake, |o| o.overlap = Duration::from_secs(10)).await;
    let stop = CancellationToken::new();
    fake.put("c2", "x", 100_000_000);
    pass.run(&stop).await.unwrap();
    fake.put("c1", "x", 95_000_000); // changed before, listed after
    assert_eq!(pass.run(&stop).await.unwrap().published, 1);
}

#[tokio::test]
async fn from_now_on_leaves_the_past_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (sink, fake) = (Arc::<Memory>::default(), Arc::<Fake>::default());
    fake.put("old", "x", now_micros() - 3_600_000_000);
    let pass = pass(folder.path(), &sink, &fake, |o| o.start = Start::Now).await;
    let stop = CancellationToken::new();
    assert_eq!(pass.run(&stop).await.unwrap().published, 0);
    fake.put("new", "x", now_micros());
    assert_eq!(pass.run(&stop).await.unwrap().published, 1);
}

#[tokio::test]
async fn a_row_that_moves_to_the_end_while_it_is_read_is_not_missed() {
    let folder = tempfile::tempdir().unwrap();
    let (sink, fake) = (Arc::<Memory>::default(), Arc::<Fake>::default());
    for n in 0..10 {
        fake.put(&format!("c{n}"), "x", 1_000_000 + n);
    }
    fake.moves.store(true, Ordering::SeqCst);
    let pass = pass(folder.path(), &sink, &fake, |_| {}).await;
    assert_eq!(to_the_end(&pass).await, 10);
    assert!(ids(&sink).contains(&"c9 1".to_owned()));
}

#[tokio::test]
async fn one_process_polls_and_the_other_takes_over_when_it_stops() {
    let folder = tempfile::tempdir().unwrap();
    let (sink, fake) = (Arc::<Memory>::default(), Arc::<Fake>::default());
    let quick = |o: &mut Options| o.intervals.contacts = Duration::from_millis(20);
    let first = pass(folder.path(), &sink, &fake, quick).await;
    let second = pass(folder.path(), &sink, &fake, |o| {
        quick(o);
        o.owner = "other".into();
    })
    .await;
    fake.put("c1", "x", now_micros());
    let (stop_first, stop_second) = (CancellationToken::new(), CancellationToken::new());
    let one = tokio::spawn(poll(Arc::new(first), stop_first.clone()));
    sink.until(|s| s.events().len() == 1).await;
    let two = tokio::spawn(poll(Arc::new(second.clone()), stop_second.clone()));
    let lease = "poll/shop/highlevel/contacts";
    assert!(second.capture.store().lease(lease, "third", Duration::from_secs(1), now_micros()).await.unwrap().is_none());
    stop_first.cancel();
    one.await.unwrap(); // gives the lease back
    fake.put("c2", "x", now_micros());
    sink.until(|s| s.events().len() == 2).await;
    stop_second.cancel();
    two.await.unwrap();
}
