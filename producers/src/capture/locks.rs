//! Locks on entities, so that two captures of one entity in this process don't read the same state.

use hatbridge_schemas::{EntityKind, System};
use std::collections::BTreeSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use tokio::sync::{Mutex, MutexGuard};

/// Two entities that share a lock only wait for each other; 1024 keeps that rare with a few
/// hundred captures in flight.
const SHARDS: usize = 1024;

#[derive(Debug)]
pub(crate) struct Locks(Vec<Mutex<()>>);

impl Default for Locks {
    fn default() -> Self {
        Self((0..SHARDS).map(|_| Mutex::new(())).collect())
    }
}

impl Locks {
    /// Locks all the keys given, in an order that can't deadlock; waiters are served in turn.
    pub(crate) async fn lock<'a>(&self, keys: impl Iterator<Item = (System, EntityKind, &'a str)>) -> Vec<MutexGuard<'_, ()>> {
        let shards: BTreeSet<usize> = keys.map(|key| shard(&key)).collect();
        let mut guards = Vec::with_capacity(shards.len());
        for shard in shards {
            guards.push(self.0[shard].lock().await);
        }
        guards
    }

    /// Locks one name.
    pub(crate) async fn lock_name(&self, name: (System, &str)) -> MutexGuard<'_, ()> {
        self.0[shard(&name)].lock().await
    }
}

#[expect(clippy::cast_possible_truncation, reason = "only the low bits are wanted")]
fn shard(key: &impl std::hash::Hash) -> usize {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(key) as usize % SHARDS
}
