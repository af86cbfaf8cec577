//! The thread that polls Kafka. Rebalance callbacks run inside the poll, so a revoke can wait here
//! for what is in flight without holding up anything else.

use super::offsets::{Fronts, Place};
use crate::Error;
use prometheus::IntGauge;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext, Rebalance};
use rdkafka::error::KafkaError;
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// How long one poll waits for a record.
const POLL: Duration = Duration::from_millis(100);
/// How often finished offsets are committed: what a crash repeats, which the ledger then skips.
const COMMIT_EVERY: Duration = Duration::from_millis(500);
/// How long leaving the group may take.
const LEAVE: Duration = Duration::from_secs(10);
/// How often the thread's end is looked for.
const LOOK: Duration = Duration::from_millis(10);
/// Records on their way from the thread to the engine.
const CHANNEL: usize = 1024;

/// A record as it came.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) place: Place,
    pub(crate) offset: i64,
    pub(crate) assignment: u64,
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) value: Vec<u8>,
}

/// What the thread tells, in order.
#[derive(Debug)]
pub(crate) enum FromReader {
    Record(Record),
    /// Partitions are taken away: finish or abandon them, then answer.
    Revoked(Vec<Place>, std::sync::mpsc::SyncSender<()>),
    /// It can't go on.
    Failed(KafkaError),
}

/// How much the engine holds, and how much it may.
#[derive(Debug)]
pub(crate) struct Pressure {
    held: AtomicUsize,
    most: usize,
    /// What all engines of this process hold.
    all: Arc<AtomicUsize>,
}

impl Pressure {
    fn took(&self) {
        self.held.fetch_add(1, Ordering::SeqCst);
        self.all.fetch_add(1, Ordering::SeqCst);
    }

    /// The engine is done with so many records.
    pub(crate) fn let_go(&self, count: usize) {
        self.held.fetch_sub(count, Ordering::SeqCst);
        self.all.fetch_sub(count, Ordering::SeqCst);
    }
}

/// What a reader is told.
#[derive(Debug)]
pub(crate) struct Instructions<'a> {
    pub(crate) config: &'a ClientConfig,
    pub(crate) group: &'a str,
    pub(crate) topics: &'a [&'a str],
    /// Records that its engine may hold.
    pub(crate) buffered: usize,
    /// How long a revoke waits for what is in flight.
    pub(crate) wait: Duration,
    /// Counts the partitions that are ours, of all readers.
    pub(crate) assigned: IntGauge,
    /// Counts the records held, of all engines.
    pub(crate) held: Arc<AtomicUsize>,
}

/// The running thread.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) inbox: mpsc::Receiver<FromReader>,
    pub(crate) fronts: Arc<Mutex<Fronts>>,
    pub(crate) pressure: Arc<Pressure>,
    stop: Arc<Stop>,
    thread: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Stop {
    /// No further records.
    taking: AtomicBool,
    /// Everything in flight is done with: commit and leave.
    leaving: AtomicBool,
}

impl Reader {
    /// Joins the group and begins to read.
    pub(crate) fn start(instructions: Instructions<'_>) -> Result<Self, Error> {
        let Instructions { config, group, topics, buffered, wait, assigned, held } = instructions;
        let (sender, inbox) = mpsc::channel(CHANNEL);
        let fronts = Arc::new(Mutex::new(Fronts::default()));
        let stop = Arc::new(Stop::default());
        let context = Context { fronts: Arc::clone(&fronts), engine: sender.clone(), stop: Arc::clone(&stop), wait, assigned };
        let failed = |source| Error::Consumer { group: group.to_owned(), source };
        let consumer: BaseConsumer<Context> = config.create_with_context(context).map_err(failed)?;
        consumer.subscribe(topics).map_err(failed)?;
        let pressure = Arc::new(Pressure { held: AtomicUsize::new(0), most: buffered.max(1), all: held });
        let names = topics.iter().map(|t| Arc::from(*t)).collect();
        let work =
            Work { consumer, names, engine: sender, fronts: Arc::clone(&fronts), pressure: Arc::clone(&pressure), stop: Arc::clone(&stop), paused: false };
        let thread = std::thread::Builder::new().name("kafka-reader".to_owned()).spawn(move || work.run()).map_err(|_| Error::Reader)?;
        Ok(Self { inbox, fronts, pressure, stop, thread })
    }

    /// No further records are taken; the group is not left yet.
    pub(crate) fn stop_taking(&self) {
        self.stop.taking.store(true, Ordering::SeqCst);
    }

    /// Commits what is finished and leaves the group; without brokers it is left to find out by
    /// itself that we are gone.
    pub(crate) async fn leave(self) -> Result<(), Error> {
        self.stop.leaving.store(true, Ordering::SeqCst);
        // What the thread may still want to say has nobody to hear it: close, so that it never waits.
        drop(self.inbox);
        let began = Instant::now();
        while !self.thread.is_finished() {
            if began.elapsed() >= LEAVE {
                tracing::warn!("the brokers don't answer; the offsets of the last moment are not committed, and the ledger skips what comes again");
                return Ok(());
            }
            tokio::time::sleep(LOOK).await;
        }
        self.thread.join().map_err(|_| Error::Reader)
    }
}

struct Context {
    fronts: Arc<Mutex<Fronts>>,
    engine: mpsc::Sender<FromReader>,
    stop: Arc<Stop>,
    /// How long a revoke waits for what is in flight.
    wait: Duration,
    /// Partitions that are ours.
    assigned: IntGauge,
}

impl Context {
    /// Adds what has come or gone to what the other readers have.
    fn show(&self, before: usize, now: usize) {
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        self.assigned.add(count(now) - count(before));
    }
}

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        hatbridge_kafka::Quiet.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        hatbridge_kafka::Quiet.error(error, reason);
    }
}

fn places(list: &TopicPartitionList) -> Vec<Place> {
    list.elements().iter().map(|e| (Arc::from(e.topic()), e.partition())).collect()
}

fn list_of(offsets: &[(Place, i64)]) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    for ((topic, partition), offset) in offsets {
        // Only an offset below zero is refused, and ours come from records.
        let _ = list.add_partition_offset(topic, *partition, Offset::Offset(*offset));
    }
    list
}

impl ConsumerContext for Context {
    fn pre_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        match rebalance {
            Rebalance::Assign(list) => {
                let mut fronts = self.fronts.lock().unwrap_or_else(PoisonError::into_inner);
                let before = fronts.count();
                places(list).into_iter().for_each(|place| fronts.assigned(place));
                self.show(before, fronts.count());
                tracing::info!(partitions = list.count(), "partitions assigned");
            }
            Rebalance::Revoke(list) => {
                let places = places(list);
                if !self.stop.leaving.load(Ordering::SeqCst) {
                    let (done, drained) = std::sync::mpsc::sync_channel(1);
                    if self.engine.blocking_send(FromReader::Revoked(places.clone(), done)).is_ok() && drained.recv_timeout(self.wait).is_err() {
                        tracing::warn!(
                            wait_ms = self.wait.as_millis(),
                            "partitions are given away while changes on them are under way; the ledger settles them"
                        );
                    }
                }
                let mut fronts = self.fronts.lock().unwrap_or_else(PoisonError::into_inner);
                let before = fronts.count();
                let offsets: Vec<_> = places.iter().filter_map(|p| Some((p.clone(), fronts.revoked(p)?))).collect();
                self.show(before, fronts.count());
                drop(fronts);
                // After a lost assignment the partitions are somebody else's: nothing is committed.
                if !offsets.is_empty()
                    && !consumer.assignment_lost()
                    && let Err(error) = consumer.commit(&list_of(&offsets), CommitMode::Sync)
                {
                    tracing::debug!(%error, "offsets were not committed before partitions were given away; the ledger skips what comes again");
                }
                tracing::info!(partitions = places.len(), "partitions given away");
            }
            Rebalance::Error(error) => tracing::warn!(%error, "a rebalance failed; the group tries again"),
        }
    }
}

struct Work {
    consumer: BaseConsumer<Context>,
    names: Vec<Arc<str>>,
    engine: mpsc::Sender<FromReader>,
    fronts: Arc<Mutex<Fronts>>,
    pressure: Arc<Pressure>,
    stop: Arc<Stop>,
    paused: bool,
}

impl Work {
    fn run(mut self) {
        let mut committed = Instant::now();
        while !self.stop.leaving.load(Ordering::SeqCst) {
            self.throttle();
            match self.consumer.poll(POLL) {
                Some(Ok(message)) => {
                    let known = self.names.iter().find(|name| ***name == *message.topic()).cloned();
                    let place: Place = (known.unwrap_or_else(|| Arc::from(message.topic())), message.partition());
                    if self.stop.taking.load(Ordering::SeqCst) {
                        continue; // not counted as arrived, so never committed
                    }
                    let arrived = self.fronts.lock().unwrap_or_else(PoisonError::into_inner).arrived(&place, message.offset());
                    let Some(assignment) = arrived else { continue };
                    let record = Record {
                        place,
                        offset: message.offset(),
                        assignment,
                        key: message.key().map(<[u8]>::to_vec),
                        value: message.payload().unwrap_or_default().to_vec(),
                    };
                    self.pressure.took();
                    if self.engine.blocking_send(FromReader::Record(record)).is_err() {
                        break;
                    }
                }
                Some(Err(error @ KafkaError::MessageConsumptionFatal(_))) => {
                    // Nobody listens only when the engine has ended already.
                    let _ = self.engine.blocking_send(FromReader::Failed(error));
                    break;
                }
                Some(Err(error)) => tracing::debug!(%error, "reading failed for now"),
                None => {}
            }
            if committed.elapsed() >= COMMIT_EVERY {
                self.commit();
                committed = Instant::now();
            }
        }
        let last = self.due();
        if !last.is_empty()
            && let Err(error) = self.consumer.commit(&list_of(&last), CommitMode::Sync)
        {
            tracing::debug!(%error, "the last offsets were not committed; the ledger skips what comes again");
        }
        // Dropping the consumer leaves the group.
    }

    fn due(&self) -> Vec<(Place, i64)> {
        self.fronts.lock().unwrap_or_else(PoisonError::into_inner).due()
    }

    /// Waits for the brokers' word, a round trip: what an asynchronous commit came to is not told (its
    /// event never arrives), and a commit that falls into a rebalance fails. What failed stays due.
    fn commit(&self) {
        let due = self.due();
        if due.is_empty() {
            return;
        }
        match self.consumer.commit(&list_of(&due), CommitMode::Sync) {
            Ok(()) => self.fronts.lock().unwrap_or_else(PoisonError::into_inner).committed(due),
            Err(error) => tracing::debug!(%error, "offsets were not committed; they are tried again"),
        }
    }

    /// Pauses the partitions while the engine holds enough: a consumer that stops polling would be
    /// thrown out of the group.
    fn throttle(&mut self) {
        let held = self.pressure.held.load(Ordering::SeqCst);
        let stopping = self.stop.taking.load(Ordering::SeqCst);
        let full = stopping || held >= self.pressure.most;
        if full {
            // Again on every turn: partitions assigned meanwhile are not paused.
            if let Ok(list) = self.consumer.assignment()
                && self.consumer.pause(&list).is_ok()
            {
                self.paused = true;
            }
        } else if self.paused
            && held <= self.pressure.most / 2
            && let Ok(list) = self.consumer.assignment()
            && self.consumer.resume(&list).is_ok()
        {
            self.paused = false;
        }
    }
}
