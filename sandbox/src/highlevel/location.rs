//! One location. Everything that happens in it is an [`Acting`]: a change, its line in the truth and
//! its webhooks are made under one lock, so that all three have one order.

use super::{
    clock::now_ms,
    limits::{Budget, Taken},
    options::{AppOptions, Bugs, Delivery, Limits, LocationOptions, SearchLag},
    outbox::Outbox,
    state::{Id, Shelf},
};
use crate::truth::{Effect, Log};
use serde_json::{Map, Value, json};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Actor {
    /// A person in the product, or a client who writes or calls.
    Person,
    /// A caller of the API.
    Api,
    /// The product by itself, when a scheduled message's time had come.
    Clock,
}

impl Actor {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Api => "api",
            Self::Clock => "clock",
        }
    }
}

/// Through what a caller came: each has a budget of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Via {
    PrivateToken,
    App,
}

/// What may change while it runs.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) webhook_base: Option<String>,
    pub(super) delivery: Arc<Delivery>,
    pub(super) search_lag: SearchLag,
    pub(super) allow_duplicates: bool,
    pub(super) bugs: Bugs,
}

#[derive(Debug, Default)]
pub(super) struct Budgets {
    private: Budget,
    app: Budget,
}

impl Budgets {
    /// Takes one call; `None`: there is no limit.
    pub(super) fn take(&mut self, via: Via, limits: Limits, now: Instant) -> Option<Taken> {
        match via {
            Via::PrivateToken => self.private.take(limits, now),
            Via::App => self.app.take(limits, now),
        }
    }
}

/// One location.
#[derive(Debug)]
pub(super) struct Location {
    pub(super) id: Id,
    pub(super) name: String,
    app_id: String,
    version_id: String,
    pub(super) company_id: String,
    shelf: Mutex<Shelf>,
    settings: Mutex<Settings>,
    budgets: Mutex<Budgets>,
    pub(super) outbox: Outbox,
    truth: Log,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere must not make the simulator refuse everything after it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Location {
    pub(super) fn new(options: LocationOptions, app: &AppOptions, bugs: Bugs, seed: u64, outbox: Outbox, truth: Log) -> Self {
        let mut shelf = Shelf::new(seed);
        shelf.records.furnish(&options.furnishing, &options.id);
        for (field, value) in [("name", options.name.as_str()), ("timezone", "Etc/UTC"), ("country", "US")] {
            shelf.records.details.insert(field.to_owned(), json!(value));
        }
        Self {
            id: options.id.into(),
            name: options.name,
            app_id: app.app_id.clone(),
            version_id: app.version_id.clone(),
            company_id: app.company_id.clone(),
            shelf: Mutex::new(shelf),
            settings: Mutex::new(Settings {
                webhook_base: options.webhook_base,
                delivery: Arc::new(options.delivery),
                search_lag: options.search_lag,
                allow_duplicates: options.allow_duplicates,
                bugs,
            }),
            budgets: Mutex::default(),
            outbox,
            truth,
        }
    }

    pub(super) fn settings(&self) -> Settings {
        lock(&self.settings).clone()
    }

    pub(super) fn set(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut lock(&self.settings));
    }

    /// Takes one call; `None`: there is no limit.
    pub(super) fn take(&self, via: Via, limits: Limits, now: Instant) -> Option<Taken> {
        lock(&self.budgets).take(via, limits, now)
    }

    pub(super) fn forget_calls(&self) {
        *lock(&self.budgets) = Budgets::default();
    }

    /// To look at what is there.
    pub(super) fn look(&self) -> MutexGuard<'_, Shelf> {
        lock(&self.shelf)
    }

    /// To do something.
    pub(super) fn act(&self, actor: Actor) -> Acting<'_> {
        let settings = self.settings();
        let shelf = lock(&self.shelf);
        // Read under the lock: what is done later is never dated earlier.
        Acting { location: self, shelf, actor, now: now_ms(), settings }
    }
}

/// Somebody does something. Holds the location's lock.
pub(super) struct Acting<'a> {
    pub(super) location: &'a Location,
    pub(super) shelf: MutexGuard<'a, Shelf>,
    pub(super) actor: Actor,
    /// Milliseconds.
    pub(super) now: i64,
    pub(super) settings: Settings,
}

/// One line of the truth.
#[derive(Debug)]
pub(super) struct Told<'a> {
    pub(super) operation: &'static str,
    pub(super) entity: &'a str,
    pub(super) contact: Option<&'a str>,
    pub(super) mark: Option<String>,
    pub(super) changed: bool,
}

impl Acting<'_> {
    pub(super) fn tell(&self, told: Told<'_>) {
        self.location.truth.append(Effect {
            system: "highlevel",
            account: self.location.id.to_string(),
            actor: self.actor.name(),
            operation: told.operation,
            entity: told.entity.to_owned(),
            contact: told.contact.map(str::to_owned),
            mark: told.mark,
            changed: told.changed,
            at: self.now.saturating_mul(1000),
        });
    }

    /// Queues a webhook. `event` names the path; `kind` is what the body's `type` says.
    pub(super) fn post_as(&self, event: &str, kind: &str, contact: &str, mut body: Map<String, Value>) {
        let Some(base) = &self.settings.webhook_base else { return };
        for (name, value) in [("type", kind), ("locationId", &self.location.id), ("appId", &self.location.app_id), ("versionId", &self.location.version_id)] {
            body.insert(name.to_owned(), json!(value));
        }
        let url = format!("{}/{event}", base.trim_end_matches('/'));
        self.location.outbox.post(url, body, Arc::clone(&self.settings.delivery), contact);
    }

    /// Queues a webhook that belongs to the agency: without a location.
    pub(super) fn post_company(&self, event: &str, lane: &str, mut body: Map<String, Value>) {
        let Some(base) = &self.settings.webhook_base else { return };
        for (name, value) in [("type", event), ("appId", &self.location.app_id), ("versionId", &self.location.version_id)] {
            body.insert(name.to_owned(), json!(value));
        }
        self.location.outbox.post(format!("{}/{event}", base.trim_end_matches('/')), body, Arc::clone(&self.settings.delivery), lane);
    }

    pub(super) fn post(&self, event: &str, contact: &str, body: Map<String, Value>) {
        self.post_as(event, event, contact, body);
    }
}
