//! Whether the parts of this process can work.

use hatbridge_kafka::Publisher;
use hatbridge_producers::Handle;
use hatbridge_store::Store;
use prometheus::{IntGauge, Registry};
use serde::Serialize;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long a part may take to answer.
const ANSWER: Duration = Duration::from_secs(3);
/// How often the parts are asked for the metric.
const EVERY: Duration = Duration::from_secs(15);

/// Looks at the parts; cheap to clone.
#[derive(Debug, Clone)]
pub struct Ready {
    store: Store,
    publisher: Publisher,
    capture: Option<Handle>,
    gauge: IntGauge,
}

/// What was found.
#[derive(Debug, Clone, Serialize)]
pub struct Found {
    /// Whether this process can do its work.
    pub ready: bool,
    /// The database.
    pub store: &'static str,
    /// The brokers.
    pub broker: &'static str,
    /// Webhooks on disk, where this process receives any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spooled: Option<u64>,
}

impl Ready {
    /// `capture` is given where webhooks are received: then brokers that are away do not make this
    /// process unready, since webhooks go to disk, and taking the receiver out of service would lose
    /// what the disk can keep.
    ///
    /// # Errors
    /// If the registry has the gauge already.
    pub fn new(store: Store, publisher: Publisher, capture: Option<Handle>, registry: &Registry) -> Result<Self, prometheus::Error> {
        let gauge = IntGauge::new("hatbridge_ready", "Whether this process can do its work, as last asked.")?;
        registry.register(Box::new(gauge.clone()))?;
        Ok(Self { store, publisher, capture, gauge })
    }

    /// Keeps the gauge up to date until told to stop, also where nobody asks `/readyz`.
    pub async fn watch(self, stop: CancellationToken) {
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                _ = self.look() => {}
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    /// Asks all parts.
    pub async fn look(&self) -> Found {
        let (store, broker) = tokio::join!(tokio::time::timeout(ANSWER, self.store.ping()), self.publisher.ping(ANSWER));
        let (store, broker) = (matches!(store, Ok(Ok(()))), broker.is_ok());
        let ready = store && (broker || self.capture.is_some());
        self.gauge.set(ready.into());
        Found {
            ready,
            store: if store { "ok" } else { "does not answer" },
            broker: match (broker, &self.capture) {
                (true, _) => "ok",
                (false, Some(_)) => "does not answer; webhooks go to disk",
                (false, None) => "does not answer",
            },
            spooled: self.capture.as_ref().map(Handle::spooled),
        }
    }
}
