//! One account: its records, and what a change of them sets off. A change, its line in the truth and
//! its post are made under one lock, so that all three have one order.

use super::{
    effects::{Actor, Effects},
    limits::{Taken, Window},
    list::{Page, Query},
    options::{AccountOptions, Delivery, Limits, Transport},
    outbox::{Outbox, Post, Shape},
    problem::Problem,
    resource::{Resource, Verb},
    store::{Record, Store, Updated},
    zap_fields::Given,
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// One account.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) options: AccountOptions,
    id: Arc<str>,
    secret: Arc<str>,
    grain: i64,
    store: Mutex<Store>,
    window: Mutex<Window>,
    settings: Mutex<Settings>,
    outbox: Outbox,
    effects: Effects,
}

/// What may change while it runs.
#[derive(Debug, Clone)]
struct Settings {
    webhook_url: Option<String>,
    delivery: Delivery,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere must not make the simulator refuse everything after it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Account {
    pub(super) fn new(options: AccountOptions, grain: Duration, outbox: Outbox, effects: Effects) -> Self {
        let settings = Settings { webhook_url: options.webhook_url.clone(), delivery: options.delivery.clone() };
        Self {
            id: options.id.as_str().into(),
            secret: options.webhook_secret.as_str().into(),
            grain: i64::try_from(grain.as_micros()).unwrap_or(i64::MAX).max(1),
            store: Mutex::default(),
            window: Mutex::new(Window::new(Instant::now())),
            settings: Mutex::new(settings),
            outbox,
            effects,
            options,
        }
    }

    pub(super) fn create(&self, actor: Actor, resource: Resource, input: Value) -> Result<Arc<Record>, Problem> {
        let (now, stamp) = self.now();
        let mut store = lock(&self.store);
        let record = store.create(resource, input, now, stamp)?;
        let mark = record.text("external_id").map(str::to_owned);
        self.happened(actor, resource, Verb::Create, &record, mark, true, now);
        Ok(record)
    }

    pub(super) fn update(&self, actor: Actor, resource: Resource, id: &str, input: Value, if_revision: Option<u64>) -> Result<Arc<Record>, Problem> {
        let (now, stamp) = self.now();
        let mut store = lock(&self.store);
        let (record, changed) = match store.update(resource, id, input, if_revision, stamp)? {
            Updated::Changed(record) => (record, true),
            Updated::Same(record) => (record, false),
        };
        let mark = record.text("external_id").map(str::to_owned);
        self.happened(actor, resource, Verb::Update, &record, mark, changed, now);
        Ok(record)
    }

    pub(super) fn delete(&self, actor: Actor, resource: Resource, id: &str) -> Result<Arc<Record>, Problem> {
        let (now, stamp) = self.now();
        let mut store = lock(&self.store);
        let record = store.delete(resource, id, stamp)?;
        let mark = record.text("external_id").map(str::to_owned);
        self.happened(actor, resource, Verb::Delete, &record, mark, true, now);
        Ok(record)
    }

    pub(super) fn get(&self, resource: Resource, id: &str) -> Result<Arc<Record>, Problem> {
        lock(&self.store).get(resource, id).map(Arc::clone)
    }

    pub(super) fn page(&self, resource: Resource, query: &Query) -> Page {
        lock(&self.store).page(resource, query)
    }

    /// Living records with this value, by id.
    pub(super) fn found(&self, resource: Resource, filter: &'static str, value: &str) -> Vec<Record> {
        let store = lock(&self.store);
        let ids = store.ids_by(resource, filter, value);
        ids.iter().filter_map(|id| store.get(resource, id).ok()).map(|record| Record::clone(record)).collect()
    }

    /// Living records, oldest first.
    pub(super) fn living(&self, resource: Resource) -> Vec<Record> {
        let store = lock(&self.store);
        let Some(shelf) = store.shelf(resource) else {
            return Vec::new();
        };
        let mut records: Vec<&Arc<Record>> = shelf.records.values().filter(|record| record.deleted_at.is_none()).collect();
        records.sort_by(|a, b| a.id.cmp(&b.id));
        records.into_iter().map(|record| Record::clone(record)).collect()
    }

    /// Sends the scheduled messages whose time has come.
    pub(super) fn send_due(&self) {
        let (now, stamp) = self.now();
        let mut store = lock(&self.store);
        for record in store.send_due(now, stamp) {
            let mark = record.text("external_id").map(str::to_owned);
            self.happened(Actor::Clock, Resource::Message, Verb::Update, &record, mark, true, now);
        }
    }

    /// What the Zap behind the find-or-create hook does: makes the contact, or lets its second step
    /// update the one that it found.
    pub(super) fn find_or_create(&self, given: Given) -> Result<(), Problem> {
        match self.find(&given) {
            Some(_) if !self.options.zapier.find_then_update => Ok(()),
            Some(id) => self.add_to(&id, given),
            None => {
                let (now, stamp) = self.now();
                let mark = given.mark();
                let mut fields = given.fields;
                if !given.tags.is_empty() {
                    fields.insert("tags".to_owned(), json!(given.tags));
                }
                if let Some(notes) = given.notes {
                    fields.insert("notes".to_owned(), json!(notes));
                }
                let mut store = lock(&self.store);
                let record = store.create(Resource::Contact, Value::Object(fields), now, stamp)?;
                self.happened(Actor::Api, Resource::Contact, Verb::Create, &record, mark, true, now);
                Ok(())
            }
        }
    }

    /// What the Zap behind the update hook does; nobody found: nothing.
    pub(super) fn find_and_update(&self, given: Given) -> Result<(), Problem> {
        match self.find(&given) {
            Some(id) => self.add_to(&id, given),
            None => Err(Problem::not_found("contact")),
        }
    }

    fn find(&self, given: &Given) -> Option<String> {
        let store = lock(&self.store);
        if let Some(id) = given.id.as_deref().filter(|id| store.get(Resource::Contact, id).is_ok()) {
            return Some(id.to_owned());
        }
        ["email", "phone"].into_iter().find_map(|filter| {
            let value = given.fields.get(filter)?.as_str()?;
            store.ids_by(Resource::Contact, filter, value).into_iter().next()
        })
    }

    /// Given fields replace, notes are appended, tags added.
    fn add_to(&self, id: &str, given: Given) -> Result<(), Problem> {
        let (now, stamp) = self.now();
        let mark = given.mark();
        let mut store = lock(&self.store);
        let old = Arc::clone(store.get(Resource::Contact, id)?);
        let mut fields: Map<String, Value> = given.fields;
        if let Some(added) = given.notes {
            let notes = match old.text("notes").filter(|notes| !notes.is_empty()) {
                Some(notes) => format!("{notes}\n{added}"),
                None => added,
            };
            fields.insert("notes".to_owned(), json!(notes));
        }
        if !given.tags.is_empty() {
            let mut tags: Vec<Value> = old.fields.get("tags").and_then(Value::as_array).cloned().unwrap_or_default();
            for tag in given.tags {
                let tag = json!(tag);
                if !tags.contains(&tag) {
                    tags.push(tag);
                }
            }
            fields.insert("tags".to_owned(), Value::Array(tags));
        }
        let (record, changed) = match store.update(Resource::Contact, id, Value::Object(fields), None, stamp)? {
            Updated::Changed(record) => (record, true),
            Updated::Same(record) => (record, false),
        };
        self.happened(Actor::Api, Resource::Contact, Verb::Update, &record, mark, changed, now);
        Ok(())
    }

    /// Takes one call of the rate limit.
    pub(super) fn take(&self, limits: Limits) -> Option<Taken> {
        lock(&self.window).take(limits, Instant::now())
    }

    pub(super) fn set_webhook(&self, url: Option<String>) {
        lock(&self.settings).webhook_url = url;
    }

    pub(super) fn set_delivery(&self, delivery: Delivery) {
        lock(&self.settings).delivery = delivery;
    }

    /// The moment, and the same cut to the grain of `updated_at`, in microseconds.
    fn now(&self) -> (i64, i64) {
        let now = Timestamp::now().as_microsecond();
        (now, now - now.rem_euclid(self.grain))
    }

    /// Called under the store's lock. A write that changed nothing is told to the truth, not posted.
    #[expect(clippy::too_many_arguments, reason = "one call a line of the truth")]
    fn happened(&self, actor: Actor, resource: Resource, verb: Verb, record: &Arc<Record>, mark: Option<String>, changed: bool, now: i64) {
        self.effects.tell(&self.id, actor, resource, verb, record, mark, changed, now);
        if !changed {
            return;
        }
        let Settings { webhook_url: Some(url), delivery } = lock(&self.settings).clone() else {
            return;
        };
        let zapier = &self.options.zapier;
        let (url, shape, wait) = match (self.options.transport, resource, verb) {
            (Transport::Rest, ..) => {
                let auth = self.options.webhook_auth;
                let account = Arc::clone(&self.id);
                (url, Shape::Contract { account, resource, verb, auth, occurred_at: now }, Duration::ZERO)
            }
            (Transport::Zapier, Resource::Contact, Verb::Create) => {
                (format!("{}/new_contact", url.trim_end_matches('/')), Shape::Zap(zapier.labels), zapier.post_after)
            }
            (Transport::Zapier, Resource::Contact, Verb::Update) => {
                (format!("{}/updated_contact", url.trim_end_matches('/')), Shape::Zap(zapier.labels), zapier.post_after)
            }
            // 17hats has no trigger for anything else.
            (Transport::Zapier, ..) => return,
        };
        let contact = record.contact_id(resource).unwrap_or(&record.id).to_owned();
        let secret = Arc::clone(&self.secret);
        self.outbox.post(Post { url, secret, shape, record: Arc::clone(record), delivery, wait }, &contact);
    }
}
