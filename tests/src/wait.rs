//! Waiting for what must become true. Never for time: a deadline only ends a test that has failed.

use std::time::{Duration, Instant};

/// How long anything may take on two busy cores.
pub const PATIENCE: Duration = Duration::from_secs(90);
/// How often is looked.
const LOOK: Duration = Duration::from_millis(40);

/// Looks again and again until there is something; `None` after `limit`.
pub async fn within<T>(limit: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let began = Instant::now();
    loop {
        if let Some(found) = look().await {
            return Some(found);
        }
        if began.elapsed() > limit {
            return None;
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Waits until `look` finds something.
///
/// # Panics
/// After [`PATIENCE`], saying what was waited for.
pub async fn until<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    match within(PATIENCE, look).await {
        Some(found) => found,
        None => panic!("waited {} s in vain for {what}", PATIENCE.as_secs()),
    }
}
