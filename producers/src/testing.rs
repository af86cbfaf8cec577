//! What the tests of this crate share: a sink that can be taken away.

#![allow(clippy::unwrap_used)]
use crate::capture::Capture;
use crate::{Metrics, Sink};
use async_trait::async_trait;
use hatbridge_schemas::Event;
use hatbridge_store::{Options, Store};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

/// A broker in memory.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    events: Mutex<Vec<Event>>,
    pub(crate) away: AtomicBool,
    /// Publishing takes as long as this is held.
    pub(crate) slow: tokio::sync::Mutex<()>,
    pub(crate) asked: AtomicUsize,
    arrived: Notify,
}

#[async_trait]
impl Sink for Memory {
    async fn publish(&self, event: &Event) -> Result<(), hatbridge_kafka::Error> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.arrived.notify_waiters();
        drop(self.slow.lock().await);
        if self.away.load(Ordering::SeqCst) {
            return Err(hatbridge_kafka::Error::Stopped);
        }
        self.events.lock().unwrap().push(event.clone());
        self.arrived.notify_waiters();
        Ok(())
    }
}

impl Memory {
    pub(crate) fn events(&self) -> Vec<Event> {
        self.events.lock().unwrap().clone()
    }

    /// `kind id change version`, in the order of publishing.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.events().iter().map(|e| format!("{} {} {} {}", e.entity.kind, e.entity.id, e.change, e.version)).collect()
    }

    /// Waits until the condition holds; it is looked at after every call.
    pub(crate) async fn until(&self, condition: impl Fn(&Self) -> bool) {
        loop {
            let arrived = self.arrived.notified();
            if condition(self) {
                return;
            }
            arrived.await;
        }
    }
}

/// A capture over a fresh or existing SQLite file, with a memory sink.
pub(crate) async fn capture_in(folder: &Path, sink: &Arc<Memory>) -> Capture {
    let store = Store::open(&Options::new(format!("sqlite://{}", folder.join("store.db").display()))).await.unwrap();
    Capture::new(store, Arc::clone(sink) as Arc<dyn Sink>, Metrics::register(&prometheus::Registry::new()).unwrap())
}
