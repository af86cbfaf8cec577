//! Acting as a person in 17hats, and looking at what is there.

use super::{
    account::Account,
    effects::Actor,
    options::{Delivery, Limits},
    problem::Error,
    resource::Resource,
    service::World,
    store::Record,
};
use crate::{faults::Faults, truth::Log};
use serde_json::{Map, Value, json};
use std::{
    net::SocketAddr,
    sync::{Arc, atomic::Ordering::SeqCst},
};
use tokio_util::task::TaskTracker;

/// Posts to our receiver so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryCounts {
    /// Accepted with 2xx, repetitions included.
    pub delivered: u64,
    /// Attempts that were not accepted.
    pub failed: u64,
    /// Posts not tried any more.
    pub given_up: u64,
    /// Posts still under way.
    pub waiting: u64,
}

/// Runs of the Zaps behind the catch hooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZapRuns {
    /// Carried out.
    pub done: u64,
    /// Ended in an error, as when nobody was found to update: the caller never learns.
    pub failed: u64,
    /// Answered, not acted upon yet.
    pub waiting: u64,
}

/// A running simulator. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Handle {
    world: Arc<World>,
    address: SocketAddr,
    base_url: Arc<str>,
    truth: Log,
    tracker: TaskTracker,
}

impl Handle {
    pub(super) fn new(world: Arc<World>, address: SocketAddr, truth: Log, tracker: TaskTracker) -> Self {
        Self { world, address, base_url: format!("http://{address}").into(), truth, tracker }
    }

    /// `http://127.0.0.1:PORT`; the contract adds its `base_path`.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The catch hook for `action`: `find_or_create_contact` or `update_contact`.
    #[must_use]
    pub fn hook_url(&self, account: &str, action: &str) -> String {
        format!("{}/hooks/catch/{account}/{action}", self.base_url)
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

    /// The accounts' ids.
    #[must_use]
    pub fn accounts(&self) -> Vec<String> {
        let mut ids: Vec<_> = self.world.accounts.keys().cloned().collect();
        ids.sort();
        ids
    }

    pub(super) fn account(&self, id: &str) -> Result<&Arc<Account>, Error> {
        self.world.accounts.get(id).ok_or_else(|| Error::UnknownAccount { account: id.to_owned() })
    }

    /// From now on changes are posted to `url`, or nowhere.
    ///
    /// # Errors
    /// [`Error::UnknownAccount`].
    pub fn set_webhook(&self, account: &str, url: Option<String>) -> Result<(), Error> {
        self.account(account)?.set_webhook(url);
        Ok(())
    }

    /// From now on posts arrive like this.
    ///
    /// # Errors
    /// [`Error::UnknownAccount`].
    pub fn set_delivery(&self, account: &str, delivery: Delivery) -> Result<(), Error> {
        self.account(account)?.set_delivery(delivery);
        Ok(())
    }

    /// Changes the rate limit of every account.
    pub fn set_limits(&self, limits: Limits) {
        self.world.set_limits(limits);
    }

    /// Posts to our receiver so far.
    #[must_use]
    pub fn deliveries(&self) -> DeliveryCounts {
        let counts = &self.world.outbox.counts;
        // Settled first: read the other way round, a post could seem to be settled before it was queued.
        let settled = counts.settled.load(SeqCst);
        DeliveryCounts {
            delivered: counts.delivered.load(SeqCst),
            failed: counts.failed.load(SeqCst),
            given_up: counts.given_up.load(SeqCst),
            waiting: counts.queued.load(SeqCst).saturating_sub(settled),
        }
    }

    /// Runs of the Zaps behind the catch hooks so far.
    #[must_use]
    pub fn zap_runs(&self) -> ZapRuns {
        let runs = &self.world.runs;
        let (done, failed) = (runs.done.load(SeqCst), runs.failed.load(SeqCst));
        ZapRuns { done, failed, waiting: runs.caught.load(SeqCst).saturating_sub(done + failed) }
    }

    /// Whether nothing is under way: no hook waits to act, no post to be delivered.
    #[must_use]
    pub fn quiet(&self) -> bool {
        // A run queues its post before it counts as done: so runs first.
        self.zap_runs().waiting == 0 && self.deliveries().waiting == 0
    }

    /// Makes a record as a person would.
    ///
    /// # Errors
    /// [`Error::UnknownAccount`], [`Error::Refused`].
    pub fn create(&self, account: &str, resource: Resource, fields: Value) -> Result<Record, Error> {
        Ok(owned(self.account(account)?.create(Actor::Person, resource, fields)?))
    }

    /// Changes the named fields as a person would; null clears one.
    ///
    /// # Errors
    /// [`Error::UnknownAccount`], [`Error::Refused`].
    pub fn update(&self, account: &str, resource: Resource, id: &str, fields: Value) -> Result<Record, Error> {
        Ok(owned(self.account(account)?.update(Actor::Person, resource, id, fields, None)?))
    }

    /// Deletes a record as a person would.
    ///
    /// # Errors
    /// [`Error::UnknownAccount`], [`Error::Refused`].
    pub fn delete(&self, account: &str, resource: Resource, id: &str) -> Result<(), Error> {
        self.account(account)?.delete(Actor::Person, resource, id)?;
        Ok(())
    }

    /// [`Handle::create`] of a contact.
    ///
    /// # Errors
    /// As there.
    pub fn create_contact(&self, account: &str, fields: Value) -> Result<Record, Error> {
        self.create(account, Resource::Contact, fields)
    }

    /// [`Handle::update`] of a contact.
    ///
    /// # Errors
    /// As there.
    pub fn update_contact(&self, account: &str, id: &str, fields: Value) -> Result<Record, Error> {
        self.update(account, Resource::Contact, id, fields)
    }

    /// Opens a ticket.
    ///
    /// # Errors
    /// As [`Handle::create`].
    pub fn open_ticket(&self, account: &str, contact_id: &str, subject: &str, body: &str) -> Result<Record, Error> {
        let fields = json!({"contact_id": contact_id, "subject": subject, "body": body});
        self.create(account, Resource::Ticket, fields)
    }

    /// [`Handle::update`] of a ticket.
    ///
    /// # Errors
    /// As there.
    pub fn update_ticket(&self, account: &str, id: &str, fields: Value) -> Result<Record, Error> {
        self.update(account, Resource::Ticket, id, fields)
    }

    /// Closes a ticket.
    ///
    /// # Errors
    /// As [`Handle::update`].
    pub fn close_ticket(&self, account: &str, id: &str) -> Result<Record, Error> {
        self.update(account, Resource::Ticket, id, json!({"status": "closed"}))
    }

    /// Adds a message to a contact or ticket; with `scheduled_at` in the future it waits till then.
    ///
    /// # Errors
    /// As [`Handle::create`].
    pub fn add_message(&self, account: &str, fields: Value) -> Result<Record, Error> {
        self.create(account, Resource::Message, fields)
    }

    /// Cancels a message that still waits.
    ///
    /// # Errors
    /// As [`Handle::update`]; 409 if it is sent already.
    pub fn cancel_message(&self, account: &str, id: &str) -> Result<Record, Error> {
        self.update(account, Resource::Message, id, json!({"status": "cancelled"}))
    }

    /// A living record.
    #[must_use]
    pub fn get(&self, account: &str, resource: Resource, id: &str) -> Option<Record> {
        self.account(account).ok()?.get(resource, id).ok().map(owned)
    }

    /// Living records, oldest first; none of an unknown account.
    #[must_use]
    pub fn records(&self, account: &str, resource: Resource) -> Vec<Record> {
        self.account(account).map(|account| account.living(resource)).unwrap_or_default()
    }

    /// Living records with this `external_id`: more than one shows a doubled effect.
    #[must_use]
    pub fn find_by_mark(&self, account: &str, resource: Resource, external_id: &str) -> Vec<Record> {
        self.account(account).map(|account| account.found(resource, "external_id", external_id)).unwrap_or_default()
    }

    /// All living records of an account, by resource.
    ///
    /// # Errors
    /// [`Error::UnknownAccount`].
    pub fn dump(&self, account: &str) -> Result<Value, Error> {
        let account = self.account(account)?;
        let shelf = |resource: Resource| account.living(resource).iter().map(Record::to_json).collect::<Vec<_>>();
        let all: Map<_, _> = Resource::ALL.into_iter().map(|resource| (resource.plural().to_owned(), json!(shelf(resource)))).collect();
        Ok(Value::Object(all))
    }
}

fn owned(record: Arc<Record>) -> Record {
    Arc::unwrap_or_clone(record)
}
