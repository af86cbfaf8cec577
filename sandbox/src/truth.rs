//! What was really done in the simulated products, in order. Tests judge by it.

use serde::Serialize;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// One thing that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Effect {
    /// `highlevel` or `seventeen_hats`.
    pub system: &'static str,
    /// Location or account.
    pub account: String,
    /// `person`, `api` or `clock`.
    pub actor: &'static str,
    /// For example `contacts.create` or `message.create`.
    pub operation: &'static str,
    /// Id of what it was done to.
    pub entity: String,
    /// The contact it belongs to.
    pub contact: Option<String>,
    /// The other side's id, as the caller left it in the record.
    pub mark: Option<String>,
    /// False if everything stayed as it was.
    pub changed: bool,
    /// When, microseconds since the epoch.
    pub at: i64,
}

/// Every effect so far. Cheap to clone; clones share one log.
#[derive(Debug, Clone, Default)]
pub struct Log {
    effects: Arc<Mutex<Vec<Effect>>>,
}

impl Log {
    fn locked(&self) -> MutexGuard<'_, Vec<Effect>> {
        self.effects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes one down. Nothing is ever taken out.
    pub fn append(&self, effect: Effect) {
        self.locked().push(effect);
    }

    /// All of them, in order.
    #[must_use]
    pub fn effects(&self) -> Vec<Effect> {
        self.locked().clone()
    }

    /// Those from the `position`th on, from 0.
    #[must_use]
    pub fn since(&self, position: usize) -> Vec<Effect> {
        self.locked().get(position..).unwrap_or_default().to_vec()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.locked().len()
    }

    /// Whether nothing was done yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.locked().is_empty()
    }

    /// Those that `wanted` picks, in order.
    #[must_use]
    pub fn filtered(&self, wanted: impl Fn(&Effect) -> bool) -> Vec<Effect> {
        self.locked().iter().filter(|effect| wanted(effect)).cloned().collect()
    }

    /// How many of this operation there are; a name that ends with `*` counts all that begin so.
    #[must_use]
    pub fn count(&self, operation: &str) -> usize {
        let matches = |name: &str| match operation.strip_suffix('*') {
            Some(begin) => name.starts_with(begin),
            None => name == operation,
        };
        self.locked().iter().filter(|effect| matches(effect.operation)).count()
    }

    /// Those that carry this mark.
    #[must_use]
    pub fn of_mark(&self, mark: &str) -> Vec<Effect> {
        self.filtered(|effect| effect.mark.as_deref() == Some(mark))
    }

    /// Those done to this record.
    #[must_use]
    pub fn of_entity(&self, entity: &str) -> Vec<Effect> {
        self.filtered(|effect| effect.entity == entity)
    }

    /// Those by which a caller of an API really changed something.
    #[must_use]
    pub fn changes_by_api(&self) -> Vec<Effect> {
        self.filtered(|effect| effect.actor == "api" && effect.changed)
    }

    /// Marks that callers of an API used for more than one record by this operation, and how many:
    /// each is a doubled effect.
    #[must_use]
    pub fn doubled(&self, operation: &str) -> BTreeMap<String, usize> {
        let mut times = BTreeMap::new();
        for effect in self.locked().iter() {
            if let (Some(mark), "api") = (&effect.mark, effect.actor)
                && effect.operation == operation
            {
                *times.entry(format!("{}/{}/{mark}", effect.system, effect.account)).or_default() += 1;
            }
        }
        times.retain(|_, count| *count > 1);
        times
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effect(operation: &'static str, actor: &'static str, mark: &str) -> Effect {
        Effect {
            system: "highlevel",
            account: "loc".to_owned(),
            actor,
            operation,
            entity: "e".to_owned(),
            contact: None,
            mark: Some(mark.to_owned()),
            changed: true,
            at: 1,
        }
    }

    #[test]
    fn clones_share_one_log_and_doubles_show() {
        let log = Log::default();
        let other = log.clone();
        other.append(effect("messages.inbound", "api", "m1"));
        other.append(effect("messages.inbound", "api", "m1"));
        other.append(effect("messages.send", "person", "m1"));
        assert_eq!((log.len(), log.count("messages.*"), log.count("messages.send")), (3, 3, 1));
        assert_eq!(log.of_mark("m1").len(), 3);
        assert_eq!(log.changes_by_api().len(), 2);
        assert_eq!(log.doubled("messages.inbound"), [("highlevel/loc/m1".to_owned(), 2)].into());
        assert_eq!(log.since(2).len(), 1);
    }
}
