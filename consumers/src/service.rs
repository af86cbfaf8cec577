//! Applying as a long-running part.

use crate::claims::Claims;
use crate::engine::Engine;
use crate::intake::{Instructions, Reader};
use crate::{Error, Flows, Metrics};
use hatbridge_kafka::Publisher;
use hatbridge_schemas::TenantId;
use hatbridge_schemas::topics::Topics;
use hatbridge_schemas::wire::Decoder;
use hatbridge_store::Store;
use hatbridge_systems::highlevel::HighLevel;
use hatbridge_systems::retry::Schedule;
use hatbridge_systems::seventeen_hats::SeventeenHats;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// As how many members a process joins the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Members {
    /// One for all topics: quick to join; for a process that is alone.
    One,
    /// One a topic: the partitions of one member's topics are balanced together, and all of the
    /// busiest topic could fall to one process.
    PerTopic,
}

/// How the consumers work.
#[derive(Debug, Clone)]
pub struct Options {
    /// Kafka consumer group.
    pub group: String,
    /// Static membership: this process's own name, the same after a restart.
    pub instance_id: Option<String>,
    /// As how many members this process joins the group.
    pub members: Members,
    /// Events worked on at the same time.
    pub in_flight: usize,
    /// Records held in memory at most.
    pub buffered: usize,
    /// Attempts at a call before its event goes to the dead letters; being throttled costs none.
    pub attempts: u32,
    /// How long a stopping process, or one whose partitions are taken away, may finish what it has begun.
    pub drain: Duration,
    /// After this silence the brokers give the partitions to others.
    pub session_timeout: Duration,
}

/// A tenant as the consumers need it.
#[derive(Clone)]
pub struct Tenant {
    /// Its name.
    pub id: TenantId,
    /// Its location's client.
    pub highlevel: HighLevel,
    /// Its account's client.
    pub seventeen_hats: SeventeenHats,
    /// What is kept in step.
    pub flows: Flows,
    /// Conversation provider that messages are recorded under.
    pub provider_id: Option<String>,
}

impl fmt::Debug for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenant").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What applying is made of.
#[derive(Debug)]
pub struct Parts {
    /// What is remembered.
    pub store: Store,
    /// For results and dead letters.
    pub publisher: Publisher,
    /// Reads records.
    pub decoder: Arc<Decoder>,
    /// Which are read.
    pub topics: Topics,
    /// How to reach the brokers.
    pub kafka: hatbridge_kafka::Options,
    /// The enabled tenants.
    pub tenants: HashMap<TenantId, Tenant>,
    /// What is counted.
    pub metrics: Metrics,
}

/// What every event's task shares.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) publisher: Publisher,
    pub(crate) decoder: Arc<Decoder>,
    pub(crate) tenants: HashMap<TenantId, Tenant>,
    pub(crate) metrics: Metrics,
    pub(crate) claims: Claims,
    pub(crate) places: Semaphore,
    /// Of the places, those that one tenant may take.
    pub(crate) shares: HashMap<TenantId, Semaphore>,
    pub(crate) schedule: Schedule,
    /// Records held by all engines.
    pub(crate) held: Arc<AtomicUsize>,
}

/// The consumers of this process.
#[derive(Debug)]
pub struct Service {
    options: Options,
    parts: Parts,
}

impl Service {
    /// Applies events for the tenants given.
    #[must_use]
    pub fn new(options: Options, parts: Parts) -> Self {
        Self { options, parts }
    }

    /// Applies until told to stop; what has begun is finished within the drain time, the rest is left
    /// to whoever reads it next.
    ///
    /// # Errors
    /// [`Error::Consumer`] if the group can't be joined, [`Error::Fatal`] if reading can't go on,
    /// [`Error::Reader`] if the reading thread died.
    pub async fn run(self, stop: CancellationToken) -> Result<(), Error> {
        let Self { options, parts } = self;
        let Parts { store, publisher, decoder, topics, kafka, tenants, metrics } = parts;
        let mut config = kafka.consumer_config(&options.group);
        config.set("session.timeout.ms", options.session_timeout.as_millis().to_string());
        // A revoke must be over before the brokers lose patience.
        let wait = options.drain.min(options.session_timeout * 4 / 5);
        let held = Arc::<AtomicUsize>::default();
        let sources = topics.sources();
        let members: Vec<&[&str]> = match options.members {
            Members::One => vec![&sources],
            Members::PerTopic => sources.chunks(1).collect(),
        };
        let mut readers = vec![];
        for (number, topics) in members.iter().enumerate() {
            let mut config = config.clone();
            if let Some(id) = &options.instance_id {
                let id = if members.len() > 1 { format!("{id}-{number}") } else { id.clone() };
                config.set("group.instance.id", id);
            }
            readers.push(Reader::start(Instructions {
                config: &config,
                group: &options.group,
                topics,
                buffered: options.buffered.div_ceil(members.len()),
                wait,
                assigned: metrics.assigned.clone(),
                held: Arc::clone(&held),
            })?);
        }
        // With several tenants, one can take at most half of the places.
        let share = if tenants.len() > 1 { (options.in_flight / 2).max(1) } else { options.in_flight.max(1) };
        let shares = tenants.keys().map(|tenant| (tenant.clone(), Semaphore::new(share))).collect();
        let shared = Shared {
            store,
            publisher,
            decoder,
            tenants,
            metrics,
            claims: Claims::default(),
            places: Semaphore::new(options.in_flight.max(1)),
            shares,
            schedule: Schedule { attempts: options.attempts.max(1), ..Schedule::default() },
            held,
        };
        let shared = Arc::new(shared);
        // One that fails ends the others: half a consumer would look like a whole one.
        let stop = stop.child_token();
        let mut engines = tokio::task::JoinSet::new();
        for reader in readers {
            engines.spawn(Engine::new(Arc::clone(&shared), reader, options.group.clone(), wait).run(stop.clone()));
        }
        let mut result = Ok(());
        while let Some(ended) = engines.join_next().await {
            stop.cancel();
            result = result.and(ended.map_err(|_| Error::Reader).and_then(|ended| ended));
        }
        result
    }
}
