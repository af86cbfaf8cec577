//! Who may act on a person, within this process. The store's claims say the same across processes;
//! waiting for another task is cheaper here, and in turn.

use hatbridge_schemas::TenantId;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OwnedMutexGuard;

type Locks = HashMap<(TenantId, String), Arc<tokio::sync::Mutex<()>>>;

/// The table of claims held; cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Claims(Arc<Mutex<Locks>>);

/// Claims held until dropped.
#[derive(Debug)]
pub(crate) struct Held {
    table: Claims,
    guards: Vec<((TenantId, String), OwnedMutexGuard<()>)>,
}

impl Claims {
    /// Waits until all of `claims` are ours. They are taken in one order everywhere, so that two who
    /// want the same ones can't wait for each other; waiters are served in turn.
    pub(crate) async fn hold(&self, tenant: &TenantId, claims: &BTreeSet<String>) -> Held {
        let mut held = Held { table: self.clone(), guards: Vec::with_capacity(claims.len()) };
        for claim in claims {
            let key = (tenant.clone(), claim.clone());
            let lock = Arc::clone(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key.clone()).or_default());
            held.guards.push((key, lock.lock_owned().await));
        }
        held
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut locks = self.table.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, guard) in self.guards.drain(..) {
            drop(guard);
            // Nobody waits: the entry goes, or the table would grow with every person ever seen.
            if locks.get(&key).is_some_and(|lock| Arc::strong_count(lock) == 1) {
                locks.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn overlapping_claims_exclude_each_other_and_the_table_empties() {
        let claims = Claims::default();
        let tenant = TenantId::new("a");
        let inside = Arc::new(AtomicUsize::new(0));
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..60_usize {
            // Every set shares "x" or "y" with every other of the same kind.
            let set: BTreeSet<String> = [if n % 2 == 0 { "x" } else { "y" }.to_owned(), format!("own{n}"), "shared".to_owned()].into();
            let (claims, tenant, inside) = (claims.clone(), tenant.clone(), Arc::clone(&inside));
            tasks.spawn(async move {
                let held = claims.hold(&tenant, &set).await;
                assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                tokio::task::yield_now().await;
                inside.fetch_sub(1, Ordering::SeqCst);
                drop(held);
            });
        }
        while let Some(done) = tasks.join_next().await {
            assert!(done.is_ok());
        }
        assert!(claims.0.lock().is_ok_and(|locks| locks.is_empty()));
    }
}
