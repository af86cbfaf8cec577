//! Steering the simulator, and looking at what is there. Acting as a person is in `persons`.

use super::{
    auth::Class,
    dump,
    location::Location,
    options::{Bugs, Delivery, Limits, SearchLag},
    problem::Error,
    service::World,
};
use crate::{faults::Faults, truth::Log};
use serde_json::Value;
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::Ordering::{Relaxed, SeqCst},
    },
};
use tokio_util::task::TaskTracker;

/// Webhooks of one location so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeliveryCounts {
    /// Accepted with 2xx; one that came twice counts twice.
    pub delivered: u64,
    /// Attempts that were not accepted.
    pub failed: u64,
    /// Not tried any more.
    pub given_up: u64,
    /// Never sent, since deliveries were paused.
    pub paused: u64,
    /// Still under way, those between two attempts included.
    pub waiting: u64,
}

/// A running simulator. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Handle {
    pub(super) world: Arc<World>,
    address: SocketAddr,
    base_url: Arc<str>,
    public_key: Arc<str>,
    truth: Log,
    tracker: TaskTracker,
}

impl Handle {
    pub(super) fn new(world: Arc<World>, address: SocketAddr, public_key: Arc<str>, truth: Log, tracker: TaskTracker) -> Self {
        Self { world, address, base_url: format!("http://{address}").into(), public_key, truth, tracker }
    }

    /// `http://127.0.0.1:PORT`
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What webhooks are signed with: base64 of the Ed25519 key's SPKI DER.
    #[must_use]
    pub fn public_key(&self) -> &str {
        &self.public_key
    }

    /// Every effect so far.
    #[must_use]
    pub fn truth(&self) -> &Log {
        &self.truth
    }

    /// What goes wrong.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.world.faults
    }

    /// Ends once all parts have stopped after the token was cancelled.
    pub async fn stopped(&self) {
        self.tracker.wait().await;
    }

    /// The locations' ids.
    #[must_use]
    pub fn locations(&self) -> Vec<String> {
        self.world.locations.keys().cloned().collect()
    }

    pub(super) fn location(&self, id: &str) -> Result<&Arc<Location>, Error> {
        self.world.locations.get(id).ok_or_else(|| Error::UnknownLocation { location: id.to_owned() })
    }

    /// From now on changes are posted to `{base}/{event}`, or nowhere.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`].
    pub fn set_webhook(&self, location: &str, base: Option<String>) -> Result<(), Error> {
        self.location(location)?.set(|settings| settings.webhook_base = base);
        Ok(())
    }

    /// From now on webhooks arrive like this.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`].
    pub fn set_delivery(&self, location: &str, delivery: Delivery) -> Result<(), Error> {
        self.location(location)?.set(|settings| settings.delivery = Arc::new(delivery));
        Ok(())
    }

    /// From now on searches lag so far behind.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`].
    pub fn set_search_lag(&self, location: &str, lag: SearchLag) -> Result<(), Error> {
        let location = self.location(location)?;
        location.set(|settings| settings.search_lag = lag);
        if lag == SearchLag::NONE {
            let mut shelf = location.look();
            shelf.contact_search.catch_up_all();
            shelf.conversation_search.catch_up_all();
        }
        Ok(())
    }

    /// The location's setting *Allow Duplicate Contact*.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`].
    pub fn allow_duplicates(&self, location: &str, allowed: bool) -> Result<(), Error> {
        self.location(location)?.set(|settings| settings.allow_duplicates = allowed);
        Ok(())
    }

    /// Switches oddities of one location.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`].
    pub fn set_bugs(&self, location: &str, bugs: Bugs) -> Result<(), Error> {
        self.location(location)?.set(|settings| settings.bugs = bugs);
        Ok(())
    }

    /// The oddities of one location.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`].
    pub fn bugs(&self, location: &str) -> Result<Bugs, Error> {
        Ok(self.location(location)?.settings().bugs)
    }

    /// As the circuit breaker does, or the person who enables the events again: while webhooks are
    /// paused, none is sent, also later.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`].
    pub fn pause_webhooks(&self, location: &str, paused: bool) -> Result<(), Error> {
        self.location(location)?.outbox.pause(paused);
        Ok(())
    }

    /// Whether a location's webhooks are paused.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`].
    pub fn webhooks_paused(&self, location: &str) -> Result<bool, Error> {
        Ok(self.location(location)?.outbox.paused())
    }

    /// Changes the rate limits of all, and forgets the calls so far.
    pub fn set_limits(&self, limits: Limits) {
        self.world.set_limits(limits);
        for location in self.world.locations.values() {
            location.forget_calls();
        }
        self.world.company.forget_calls();
    }

    /// Calls answered 429 so far, faults included.
    #[must_use]
    pub fn throttled(&self) -> u64 {
        self.world.throttled.load(Relaxed)
    }

    /// Webhooks of a location so far.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`].
    pub fn deliveries(&self, location: &str) -> Result<DeliveryCounts, Error> {
        Ok(counted(self.location(location)?))
    }

    /// Whether no webhook is under way; those given up are not.
    #[must_use]
    pub fn quiet(&self) -> bool {
        self.world.locations.values().all(|location| counted(location).waiting == 0)
    }

    /// A code as a user's browser brings it back after installing the app in a location.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`].
    pub fn authorize(&self, location: &str) -> Result<String, Error> {
        let location = self.location(location)?;
        Ok(self.world.tokens.code(Class::Location(Arc::clone(location))))
    }

    /// A code of an install by the agency: it becomes a Company token.
    #[must_use]
    pub fn authorize_company(&self) -> String {
        self.world.tokens.code(Class::Company)
    }

    /// Access tokens that the app has of this location are expired from now on.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`].
    pub fn expire_tokens(&self, location: &str) -> Result<(), Error> {
        self.location(location)?;
        self.world.tokens.expire(location);
        Ok(())
    }

    /// As when the app is uninstalled: its tokens and refresh tokens of this location end.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`].
    pub fn revoke_tokens(&self, location: &str) -> Result<(), Error> {
        self.location(location)?;
        self.world.tokens.revoke(location);
        Ok(())
    }

    /// Everything a location holds, oldest first.
    ///
    /// # Errors
    /// [`Error::UnknownLocation`].
    pub fn dump(&self, location: &str) -> Result<Value, Error> {
        Ok(dump::dump(self.location(location)?))
    }
}

fn counted(location: &Location) -> DeliveryCounts {
    let counts = location.outbox.counts();
    // Settled first: read the other way round, a post could seem settled before it was queued.
    let settled = counts.settled.load(SeqCst);
    DeliveryCounts {
        delivered: counts.delivered.load(SeqCst),
        failed: counts.failed.load(SeqCst),
        given_up: counts.given_up.load(SeqCst),
        paused: counts.paused.load(SeqCst),
        waiting: counts.queued.load(SeqCst).saturating_sub(settled),
    }
}
