//! The agency that all locations belong to: its users, its snapshots, the locations that it made
//! through the API, and what it is known by. Locked before any location is.

mod locations;
mod users;

pub(super) use users::works_in;

use super::{
    limits::Taken,
    location::{Actor, Budgets, Via},
    options::{AppOptions, Limits, LocationOptions},
    records::{Drawer, Named, Record},
    state::Id,
};
use crate::{
    highlevel::clock::now_ms,
    truth::{Effect, Log},
};
use serde_json::{Map, Value, json};
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

/// The agency.
#[derive(Debug)]
pub(super) struct Company {
    pub(super) id: String,
    shelf: Mutex<CompanyShelf>,
    budgets: Mutex<Budgets>,
    truth: Log,
}

/// What the agency holds.
#[derive(Debug)]
pub(super) struct CompanyShelf {
    random: fastrand::Rng,
    pub(super) details: Map<String, Value>,
    pub(super) users: Drawer,
    /// Made through the API: listed and found, but nothing can be done in them.
    pub(super) locations: Drawer,
    pub(super) snapshots: Vec<Named>,
}

impl CompanyShelf {
    /// An id as HighLevel makes them.
    pub(super) fn next_id(&mut self) -> Id {
        (0..20).map(|_| self.random.alphanumeric()).collect::<String>().into()
    }
}

/// One line of the truth about something of the agency.
struct Told<'a> {
    operation: &'static str,
    entity: &'a str,
    mark: Option<&'a str>,
    changed: bool,
}

impl Company {
    pub(super) fn new(app: &AppOptions, seed: u64, truth: Log) -> Self {
        let details = json!({
            "id": app.company_id,
            "name": app.company_name,
            "email": "office@agency.example",
            "country": "US",
            "timezone": "Etc/UTC",
            "currency": "USD",
            "plan": 1,
            "status": "active",
            "isSandboxAccount": true,
        });
        let details = if let Value::Object(details) = details { details } else { Map::new() };
        let shelf = CompanyShelf {
            random: fastrand::Rng::with_seed(seed),
            details,
            users: Drawer::default(),
            locations: Drawer::default(),
            snapshots: app.snapshots.clone(),
        };
        Self { id: app.company_id.clone(), shelf: Mutex::new(shelf), budgets: Mutex::default(), truth }
    }

    /// The users that a location has from the beginning.
    pub(super) fn employ(&self, options: &LocationOptions, seed: u64) {
        let mut shelf = self.look();
        let mut random = fastrand::Rng::with_seed(seed);
        for (first, last) in &options.furnishing.users {
            let id: String = (0..20).map(|_| random.alphanumeric()).collect();
            let email = format!("{first}.{last}@{}.example", options.id).to_lowercase();
            let fields = json!({
                "id": id, "firstName": first, "lastName": last, "name": format!("{first} {last}"), "email": email,
                "roles": {"type": "account", "role": "user", "locationIds": [options.id], "restrictSubAccount": false},
            });
            if let Value::Object(fields) = fields {
                shelf.users.put(Record { id: id.into(), fields });
            }
        }
    }

    pub(super) fn look(&self) -> MutexGuard<'_, CompanyShelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one call with an agency's token; `None`: there is no limit.
    pub(super) fn take(&self, via: Via, limits: Limits, now: Instant) -> Option<Taken> {
        self.budgets.lock().unwrap_or_else(PoisonError::into_inner).take(via, limits, now)
    }

    pub(super) fn forget_calls(&self) {
        *self.budgets.lock().unwrap_or_else(PoisonError::into_inner) = Budgets::default();
    }

    /// Changes what the agency is known by.
    pub(super) fn update(&self, actor: Actor, given: Map<String, Value>) {
        let changed = {
            let details = &mut self.look().details;
            let before = details.clone();
            details.extend(given);
            *details != before
        };
        self.tell(actor, &self.id, Told { operation: "companies.update", entity: &self.id, mark: None, changed });
    }

    /// Makes a snapshot, or names it anew.
    pub(super) fn set_snapshot(&self, actor: Actor, snapshot: Named) {
        let id = snapshot.id.clone();
        {
            let snapshots = &mut self.look().snapshots;
            match snapshots.iter_mut().find(|known| known.id == snapshot.id) {
                Some(known) => *known = snapshot,
                None => snapshots.push(snapshot),
            }
        }
        self.tell(actor, &self.id, Told { operation: "snapshots.set", entity: &id, mark: None, changed: true });
    }

    fn tell(&self, actor: Actor, account: &str, told: Told<'_>) {
        self.truth.append(Effect {
            system: "highlevel",
            account: account.to_owned(),
            actor: actor.name(),
            operation: told.operation,
            entity: told.entity.to_owned(),
            contact: None,
            mark: told.mark.map(str::to_owned),
            changed: told.changed,
            at: now_ms().saturating_mul(1000),
        });
    }
}
