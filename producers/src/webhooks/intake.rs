//! From a verified webhook to an event that is durable. The same way for what just arrived and for
//! what waited on disk.

use super::events::{self, Incoming};
use super::names;
use super::options::{Routes, UNASSIGNED};
use super::seventeen_hats;
use crate::capture::locks::Locks;
use crate::capture::{Capture, Draft};
use crate::metrics::Outcome;
use crate::spool::{Entry, Spool};
use crate::{Error, Metrics};
use hatbridge_schemas::{System, TenantId, Via};
use hatbridge_systems::seventeen_hats::Contract;
use serde_json::Value;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Most webhooks taken from disk at once: bounds memory and what a failure repeats.
const BATCH: usize = 256;
/// How long a webhook that goes to disk anyway waits for the database.
const LOOK_UP: Duration = Duration::from_millis(500);
/// Pauses after a failed batch: doubled from the first to the last.
const PAUSE: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));

/// Takes verified webhooks in; cheap to clone.
#[derive(Clone)]
pub struct Intake {
    capture: Capture,
    spool: Spool,
    routes: Arc<Routes>,
    deadline: Duration,
    ids: Arc<Locks>,
}

impl fmt::Debug for Intake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Intake")
    }
}

impl Intake {
    pub(crate) fn new(capture: Capture, spool: Spool, routes: Arc<Routes>, deadline: Duration) -> Self {
        let intake = Self { capture, spool, routes, deadline, ids: Arc::default() };
        intake.show();
        intake
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        self.capture.metrics()
    }

    fn show(&self) {
        let waiting = self.spool.waiting();
        self.capture.handle().set_spooled(waiting);
        self.capture.metrics().spooled(waiting);
    }

    /// Makes a verified webhook durable: published, or on disk.
    ///
    /// # Errors
    /// If neither could be done; the sender must be told to come again.
    pub async fn take(&self, entry: &Entry, body: &Value) -> Result<Outcome, Error> {
        // Two deliveries of one webhook at once: the second waits for what becomes of the first,
        // since answering it before could acknowledge what is then lost.
        let _id = match &entry.webhook_id {
            Some(id) => Some(self.ids.lock_name((entry.system, id)).await),
            None => None,
        };
        if entry.webhook_id.as_ref().is_some_and(|id| self.spool.holds(entry.system.as_str(), id)) {
            return Ok(Outcome::Repeated);
        }
        if self.spool.waiting() == 0 {
            match tokio::time::timeout(self.deadline, self.publish(entry, body)).await {
                Ok(Ok(outcome)) => return Ok(outcome),
                Ok(Err(error)) => tracing::warn!(error = &error as &dyn std::error::Error, "a webhook goes to the spool"),
                Err(_) => tracing::warn!(deadline_ms = self.deadline.as_millis(), "a webhook goes to the spool: publishing took too long"),
            }
        } else if self.was_seen(entry).await {
            return Ok(Outcome::Repeated);
        }
        self.spool.append(entry).await?;
        self.show();
        Ok(Outcome::Spooled)
    }

    /// Whether it was published before, if the database can say so soon. It need not: what goes to
    /// disk is looked up again when it comes back.
    async fn was_seen(&self, entry: &Entry) -> bool {
        let Some(id) = &entry.webhook_id else { return false };
        matches!(tokio::time::timeout(LOOK_UP, self.capture.store().webhook_seen(entry.system, id)).await, Ok(Ok(true)))
    }

    async fn publish(&self, entry: &Entry, body: &Value) -> Result<Outcome, Error> {
        if let Some(id) = &entry.webhook_id
            && self.capture.store().webhook_seen(entry.system, id).await?
        {
            return Ok(Outcome::Repeated);
        }
        let (tenant, drafts) = self.drafts(entry, body);
        let webhook = entry.webhook_id.clone().map(|id| (entry.system, id));
        self.capture.capture(&tenant, Via::Webhook, entry.received_at, drafts, webhook).await?;
        Ok(Outcome::Accepted)
    }

    fn drafts(&self, entry: &Entry, body: &Value) -> (TenantId, Vec<Draft>) {
        // Verified bodies were parsed as JSON, so they are UTF-8.
        let raw = std::str::from_utf8(&entry.body).unwrap_or_default();
        let incoming = Incoming { event: &entry.event, body, raw, webhook_id: entry.webhook_id.as_deref() };
        if let Some(tenant) = &entry.tenant {
            let tenant = TenantId::new(tenant);
            // A tenant that was taken out of the configuration while its webhook waited on disk.
            let contract = self.routes.seventeen_hats.get(&tenant).map_or_else(Contract::builtin, |door| door.contract.clone());
            return (tenant, seventeen_hats::drafts(incoming, &contract));
        }
        let location = names::location_of(&entry.event, body);
        let tenant = self.routes.highlevel.get(location).cloned().unwrap_or_else(|| TenantId::new(UNASSIGNED));
        (tenant, events::drafts(incoming))
    }

    /// Publishes what waits on disk, in order, until told to stop.
    pub(crate) async fn drain(self, stop: CancellationToken) {
        let mut pause = PAUSE.0;
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = self.spool.arrival() => {}
            }
            match self.drain_batch().await {
                Ok(()) => pause = PAUSE.0,
                Err(error) => {
                    tracing::debug!(error = &error as &dyn std::error::Error, pause_ms = pause.as_millis(), "the spool waits");
                    tokio::select! {
                        biased;
                        () = stop.cancelled() => return,
                        () = tokio::time::sleep(pause) => pause = (pause * 2).min(PAUSE.1),
                    }
                }
            }
        }
    }

    /// One batch: side by side across persons, in order within one.
    async fn drain_batch(&self) -> Result<(), Error> {
        let (entries, position) = self.spool.peek(BATCH).await?;
        let mut chains: HashMap<String, Vec<(&Entry, Value)>> = HashMap::new();
        for entry in &entries {
            let body: Value = serde_json::from_slice(&entry.body).unwrap_or_default();
            let (tenant, drafts) = self.drafts(entry, &body);
            let root = drafts.first().map(|d| d.root.clone()).unwrap_or_default();
            chains.entry(format!("{}/{tenant}/{root}", entry.system)).or_default().push((entry, body));
        }
        let chains = chains.into_values().map(|chain| async move {
            for (entry, body) in chain {
                self.drain_one(entry, &body).await?;
            }
            Ok::<_, Error>(())
        });
        // All are awaited before the first error is looked at: none is cut off half-way.
        for result in futures::future::join_all(chains).await {
            result?;
        }
        self.spool.done(&entries, position);
        self.show();
        if !entries.is_empty() && self.spool.waiting() == 0 {
            tracing::info!("the spool is empty again");
        }
        Ok(())
    }

    async fn drain_one(&self, entry: &Entry, body: &Value) -> Result<(), Error> {
        match self.publish(entry, body).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_retryable() => Err(error),
            Err(error) => {
                // It would block everything behind it for ever; it is not thrown away either.
                self.spool.set_aside(entry)?;
                tracing::error!(error = &error as &dyn std::error::Error, event = %entry.event, "a webhook can't be published and was set aside in the spool's folder `refused`; look at it");
                Ok(())
            }
        }
    }
}

/// HighLevel retries 429 under its older and its newer rule; the others know 503.
pub(crate) const fn come_again(system: System) -> u16 {
    match system {
        System::Highlevel => 429,
        System::SeventeenHats | System::Hatbridge => 503,
    }
}
