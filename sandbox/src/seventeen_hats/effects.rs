//! Writes what happened into the shared truth.

use super::{
    resource::{Resource, Verb},
    store::Record,
};
use crate::truth::{Effect, Log};

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Actor {
    /// A person in the product.
    Person,
    /// A caller of the API or a Zap.
    Api,
    /// The product by itself, when a scheduled message's time had come.
    Clock,
}

/// Writes into the truth.
#[derive(Debug, Clone)]
pub(super) struct Effects {
    log: Log,
}

impl Effects {
    pub(super) fn new(log: Log) -> Self {
        Self { log }
    }

    #[expect(clippy::too_many_arguments, reason = "one line of the truth")]
    pub(super) fn tell(&self, account: &str, actor: Actor, resource: Resource, verb: Verb, record: &Record, mark: Option<String>, changed: bool, at: i64) {
        self.log.append(Effect {
            system: "seventeen_hats",
            account: account.to_owned(),
            actor: match actor {
                Actor::Person => "person",
                Actor::Api => "api",
                Actor::Clock => "clock",
            },
            operation: resource.operation(verb),
            entity: record.id.clone(),
            contact: record.contact_id(resource).map(str::to_owned),
            mark,
            changed,
            at,
        });
    }
}
