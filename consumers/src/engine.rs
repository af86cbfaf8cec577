//! Records side by side across keys, in order within one.
//!
//! A key (`topic`, record key) is a lane: its records run one after the other, lanes side by side,
//! far more of them than partitions. The front of each partition moves over what is finished
//! without a gap; when a partition is taken away its lanes are emptied, what has begun is finished or
//! cut off at the deadline, and only then is the partition let go.

use crate::Error;
use crate::apply::{Ending, apply};
use crate::intake::{FromReader, Place, Reader, Record};
use crate::service::Shared;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::task::{AbortHandle, Id, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

type Lane = (Place, Vec<u8>);

/// What is known of a running record, to be found by its task.
#[derive(Debug)]
struct Running {
    lane: Lane,
    assignment: u64,
    offset: i64,
    abort: AbortHandle,
}

/// A partition being given away.
#[derive(Debug)]
struct Leaving {
    places: Vec<Place>,
    done: std::sync::mpsc::SyncSender<()>,
    deadline: Instant,
}

/// The engine.
#[derive(Debug)]
pub(crate) struct Engine {
    shared: Arc<Shared>,
    reader: Reader,
    group: String,
    drain: Duration,
    /// Records behind the one that runs; a lane is here while it has one.
    lanes: HashMap<Lane, VecDeque<Record>>,
    tasks: JoinSet<Ending>,
    running: HashMap<Id, Running>,
    /// Tells the tasks of a partition to end.
    tokens: HashMap<Place, CancellationToken>,
    leaving: Vec<Leaving>,
}

impl Engine {
    pub(crate) fn new(shared: Arc<Shared>, reader: Reader, group: String, drain: Duration) -> Self {
        Self { shared, reader, group, drain, lanes: HashMap::new(), tasks: JoinSet::new(), running: HashMap::new(), tokens: HashMap::new(), leaving: vec![] }
    }

    pub(crate) async fn run(mut self, stop: CancellationToken) -> Result<(), Error> {
        let mut failed = None;
        loop {
            let deadline = self.leaving.iter().map(|l| l.deadline).min();
            tokio::select! {
                biased; // stop first, then finished work, only then new work
                () = stop.cancelled() => break,
                Some(ended) = self.tasks.join_next_with_id() => self.ended(ended),
                () = at(deadline) => self.cut_off(),
                next = self.reader.inbox.recv() => match next {
                    Some(FromReader::Record(record)) => self.arrived(record),
                    Some(FromReader::Revoked(places, done)) => self.revoked(places, done),
                    Some(FromReader::Failed(source)) => {
                        failed = Some(Error::Fatal { group: self.group.clone(), source });
                        break;
                    }
                    None => {
                        failed = Some(Error::Reader);
                        break;
                    }
                }
            }
            self.show();
        }
        self.end().await?;
        failed.map_or(Ok(()), Err)
    }

    fn show(&self) {
        let held = self.shared.held.load(Ordering::SeqCst);
        let metrics = &self.shared.metrics;
        let in_flight = usize::try_from(metrics.in_flight.get()).unwrap_or(0);
        metrics.waiting.set(i64::try_from(held.saturating_sub(in_flight)).unwrap_or(i64::MAX));
    }

    fn arrived(&mut self, record: Record) {
        // A record without a key belongs to nobody: a lane of its own.
        let key = record.key.clone().unwrap_or_else(|| record.offset.to_be_bytes().to_vec());
        let lane = (record.place.clone(), key);
        match self.lanes.get_mut(&lane) {
            Some(waiting) => waiting.push_back(record),
            None => {
                self.lanes.insert(lane.clone(), VecDeque::new());
                self.spawn(lane, record);
            }
        }
    }

    fn spawn(&mut self, lane: Lane, record: Record) {
        let cancel = self.tokens.entry(lane.0.clone()).or_default().child_token();
        let (assignment, offset) = (record.assignment, record.offset);
        let abort = self.tasks.spawn(apply(Arc::clone(&self.shared), record, cancel));
        self.running.insert(abort.id(), Running { lane, assignment, offset, abort });
    }

    fn ended(&mut self, ended: Result<(Id, Ending), tokio::task::JoinError>) {
        let (id, ending) = match ended {
            Ok(ended) => ended,
            // Cut off at a deadline: as abandoned. Panics are caught within.
            Err(error) => (error.id(), Ending::Abandoned),
        };
        let Some(running) = self.running.remove(&id) else { return };
        self.let_go(1);
        if ending == Ending::Finished {
            self.reader.fronts.lock().unwrap_or_else(PoisonError::into_inner).finished(&running.lane.0, running.assignment, running.offset);
        }
        let next = self.lanes.get_mut(&running.lane).and_then(VecDeque::pop_front);
        match next {
            // Behind an abandoned record nothing of its lane may run, unless the partition has come back
            // meanwhile: then all of it is read anew.
            Some(record) if ending == Ending::Finished || record.assignment != running.assignment => self.spawn(running.lane, record),
            Some(_) => {
                let dropped = self.lanes.remove(&running.lane).map_or(0, |lane| lane.len());
                self.let_go(dropped + 1);
            }
            None => drop(self.lanes.remove(&running.lane)),
        }
        self.answer();
    }

    fn let_go(&self, count: usize) {
        self.reader.pressure.let_go(count);
    }

    fn revoked(&mut self, places: Vec<Place>, done: std::sync::mpsc::SyncSender<()>) {
        for place in &places {
            if let Some(token) = self.tokens.remove(place) {
                token.cancel();
            }
        }
        self.drop_waiting(|place| places.contains(place));
        self.leaving.push(Leaving { places, done, deadline: Instant::now() + self.drain * 9 / 10 });
        self.answer();
    }

    fn drop_waiting(&mut self, of: impl Fn(&Place) -> bool) {
        let mut dropped = 0;
        for ((place, _), waiting) in &mut self.lanes {
            if of(place) {
                dropped += waiting.len();
                waiting.clear();
            }
        }
        self.let_go(dropped);
    }

    /// Lets go the partitions on which nothing runs any more.
    fn answer(&mut self) {
        let running = &self.running;
        self.leaving.retain(|leaving| {
            let busy = running.values().any(|r| leaving.places.contains(&r.lane.0));
            if !busy {
                // Nobody waits any more if the reader gave up waiting.
                let _ = leaving.done.try_send(());
            }
            busy
        });
    }

    /// The deadline of a partition has come: what still runs is cut off. The ledger settles it.
    fn cut_off(&mut self) {
        let now = Instant::now();
        for leaving in self.leaving.iter().filter(|l| l.deadline <= now) {
            for running in self.running.values().filter(|r| leaving.places.contains(&r.lane.0)) {
                running.abort.abort();
            }
        }
        for leaving in &mut self.leaving {
            if leaving.deadline <= now {
                leaving.deadline = now + self.drain;
            }
        }
    }

    /// Takes nothing new, finishes what has begun within the drain time, commits, leaves the group.
    async fn end(mut self) -> Result<(), Error> {
        self.reader.stop_taking();
        self.drop_waiting(|_| true);
        // Those that only wait end at once; a call under way is finished.
        for token in self.tokens.values() {
            token.cancel();
        }
        let deadline = Instant::now() + self.drain;
        let mut heard = true;
        loop {
            tokio::select! {
                biased;
                ended = self.tasks.join_next_with_id() => match ended {
                    Some(ended) => self.ended(ended),
                    None => break,
                },
                () = tokio::time::sleep_until(deadline) => {
                    tracing::warn!(left = self.tasks.len(), "the drain time is over; what is under way is cut off and settled by the ledger next time");
                    self.tasks.shutdown().await;
                    break;
                }
                next = self.reader.inbox.recv(), if heard => match next {
                    Some(FromReader::Record(_)) => self.let_go(1),
                    Some(FromReader::Revoked(places, done)) => self.revoked(places, done),
                    Some(FromReader::Failed(_)) => {}
                    None => heard = false,
                }
            }
        }
        self.leaving.clear();
        self.show();
        self.reader.leave().await
    }
}

async fn at(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
