//! The published-state protocol: which change is new, what its version is, and how a crash at any
//! point loses and doubles nothing.
//!
//! 1. Under a lock on the entity, read what was last published of it (`captured` in the store).
//! 2. Decide ([`rules::decide`], pure): known already, or a new event with its version.
//! 3. Publish and wait for the broker's acknowledgement.
//! 4. Remember the new state and the webhook's id in one transaction.
//!
//! A crash between 3 and 4 repeats the event with the same version, so with the same id, and the
//! consumers' ledger drops it. Two processes that see one change at once (a webhook here, a poll
//! there) give it the same version for the same reason.
//!
//! | what the source gives | version of the event |
//! |---|---|
//! | a revision (17hats by contract) | the revision; a lower one than the known one is late and skipped |
//! | a message | `1` when created, then its status; a status that ranks below the known one is late |
//! | only its content (HighLevel's contacts, notes, ...) | `{generation}-{hash12}`, the generation counting published changes, so that A, B, A are three events |
//! | an occurrence without a state (installs, statistics, unknown events) | the webhook's id, else the hash of the body |
//!
//! Content is compared by two hashes ([`content`]): the *folded* one is over what every way of
//! seeing the entity shows alike (HighLevel's search knows names in lower case only), the *exact*
//! one over all that a webhook shows. A poll compares the folded one; a webhook the exact one where
//! it is known, so that a change of case alone is seen.

pub mod content;
pub(crate) mod hints;
pub(crate) mod locks;
pub mod rules;

use crate::{Error, Handle, Metrics, Sink};
use hatbridge_schemas::{Change, EntityId, EntityKind, EntityRef, Event, Payload, System, TenantId, Via};
use hatbridge_store::{CaptureState, Captured, Store, now_micros};
use locks::Locks;
use rules::{Decision, State};
use std::fmt;
use std::sync::Arc;

/// What tells one state of an entity from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Versioning {
    /// The source counts revisions.
    Revision(String),
    /// A message: its status, lower case; empty where the source does not say.
    Status(String),
    /// Nothing but the content.
    Content(content::Hashes),
    /// An occurrence: it has no state, every one is published under this version.
    Occurrence(String),
}

/// A change as the source tells it, before it is compared with what is known.
#[derive(Clone)]
pub struct Draft {
    /// Where it happened.
    pub source: System,
    /// Kind of entity.
    pub kind: EntityKind,
    /// Its id in the source.
    pub id: String,
    /// The contact's id, or its own.
    pub root: String,
    /// What happened, by the source's word; [`Change::Snapshot`] where it only shows a state (polls,
    /// conversations): then the first sighting is the creation, every later one an update.
    pub change: Change,
    /// What tells its states apart.
    pub versioning: Versioning,
    /// When, by the source's word, microseconds since the epoch.
    pub occurred_at: Option<i64>,
    /// What we understood.
    pub payload: Option<Payload>,
    /// What came.
    pub raw: String,
}

/// Masked: payload and raw text hold personal data.
impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft")
            .field("source", &self.source.as_str())
            .field("kind", &self.kind.as_str())
            .field("id", &self.id)
            .field("root", &self.root)
            .field("change", &self.change.as_str())
            .field("versioning", &self.versioning)
            .finish_non_exhaustive()
    }
}

/// Publishes what is new; cheap to clone.
#[derive(Clone)]
pub struct Capture {
    store: Store,
    sink: Arc<dyn Sink>,
    metrics: Metrics,
    handle: Handle,
    locks: Arc<Locks>,
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Capture")
    }
}

impl Capture {
    /// Make one a process: its locks keep two captures of one entity apart.
    #[must_use]
    pub fn new(store: Store, sink: Arc<dyn Sink>, metrics: Metrics) -> Self {
        Self { store, sink, metrics, handle: Handle::default(), locks: Arc::default() }
    }

    /// The view for `/readyz`.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// The metrics given.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The store given.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Whether a sighting would be published; what it teaches without being news is remembered. For
    /// rows that are costly to complete: [`Capture::capture`] decides again, on the completed one.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn is_news(&self, tenant: &TenantId, via: Via, draft: &Draft) -> Result<bool, Error> {
        let _entity = self.locks.lock(std::iter::once((draft.source, draft.kind, draft.id.as_str()))).await;
        let known = self.known(tenant, draft).await?;
        Ok(match rules::decide(known.as_ref(), draft, via) {
            Decision::Publish { .. } => true,
            Decision::Known { learned } => {
                // What is learned is no reason to complete the row; it is noted as it stands.
                if let Some(state) = learned {
                    let states = vec![(tenant.clone(), draft.source, draft.kind, draft.id.clone(), stored(state, draft.root.clone(), hints::of(draft)))];
                    self.store.captured(Captured { webhook: None, states, now: now_micros() }).await?;
                }
                false
            }
        })
    }

    async fn known(&self, tenant: &TenantId, draft: &Draft) -> Result<Option<State>, Error> {
        let stored = self.store.capture_state(tenant, draft.source, draft.kind, &draft.id).await?;
        Ok(stored.map(|s| State::parse(&s.hash, s.generation)))
    }

    /// Publishes what is new among `drafts`, in their order, and remembers it; returns how many
    /// events were published. `webhook` is remembered in the same transaction.
    ///
    /// # Errors
    /// [`Error::Publish`], [`Error::Store`]: then nothing is remembered, and the same call may be
    /// made again at any time.
    pub async fn capture(&self, tenant: &TenantId, via: Via, observed_at: i64, drafts: Vec<Draft>, webhook: Option<(System, String)>) -> Result<usize, Error> {
        let _entities = self.locks.lock(drafts.iter().map(|d| (d.source, d.kind, d.id.as_str()))).await;
        let mut fresh: Vec<Fresh> = vec![];
        let mut published = 0;
        for draft in drafts {
            let known = match fresh.iter().rev().find(|f| f.source == draft.source && f.kind == draft.kind && f.id == draft.id) {
                Some(fresh) => Some(fresh.state.clone()),
                None => match &draft.versioning {
                    Versioning::Occurrence(_) => None,
                    Versioning::Revision(_) | Versioning::Status(_) | Versioning::Content(_) => self.known(tenant, &draft).await?,
                },
            };
            match rules::decide(known.as_ref(), &draft, via) {
                Decision::Known { learned } => {
                    if let Some(state) = learned {
                        fresh.push(Fresh::new(&draft, state));
                    }
                }
                Decision::Publish { change, version, state } => {
                    let (source, kind) = (draft.source, draft.kind);
                    let state = state.map(|state| Fresh::new(&draft, state));
                    let event = event_of(draft, tenant, change, version, observed_at, via);
                    self.sink.publish(&event).await?;
                    tracing::debug!(event.id = %event.id, tenant = %tenant, entity.kind = %kind, change = %change, "event {} captured", event.id);
                    self.metrics.captured(source, via, kind);
                    published += 1;
                    fresh.extend(state);
                }
            }
        }
        let now = now_micros();
        if published > 0 {
            self.handle.set_published(now);
        }
        if !fresh.is_empty() || webhook.is_some() {
            let states =
                fresh.into_iter().map(|Fresh { source, kind, id, root, hint, state }| (tenant.clone(), source, kind, id, stored(state, root, hint))).collect();
            self.store.captured(Captured { webhook: webhook.map(|(system, id)| (system.as_str(), id)), states, now }).await?;
        }
        Ok(published)
    }
}

/// A new state, to be remembered.
struct Fresh {
    source: System,
    kind: EntityKind,
    id: String,
    root: String,
    hint: String,
    state: State,
}

impl Fresh {
    fn new(draft: &Draft, state: State) -> Self {
        Self { source: draft.source, kind: draft.kind, id: draft.id.clone(), root: draft.root.clone(), hint: hints::of(draft), state }
    }
}

fn stored(state: State, root: String, hint: String) -> CaptureState {
    CaptureState { hash: state.text(), generation: state.generation, root, hint }
}

fn event_of(draft: Draft, tenant: &TenantId, change: Change, version: String, observed_at: i64, via: Via) -> Event {
    let entity = EntityRef { kind: draft.kind, id: EntityId::new(draft.id), root: EntityId::new(draft.root) };
    let occurred_at = draft.occurred_at.unwrap_or(observed_at);
    Event::new(draft.source, tenant.clone(), entity, change, version, occurred_at, observed_at, via, draft.payload, Some(draft.raw))
}
