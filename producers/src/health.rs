//! What `/readyz` and the console want to know of capture.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// A view of a running service; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Handle(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    spooled: AtomicU64,
    published_at: AtomicI64,
}

impl Handle {
    /// Webhooks on disk that wait for the broker.
    #[must_use]
    pub fn spooled(&self) -> u64 {
        self.0.spooled.load(Ordering::Relaxed)
    }

    /// When the broker last acknowledged an event, microseconds since the epoch.
    #[must_use]
    pub fn published_at(&self) -> Option<i64> {
        Some(self.0.published_at.load(Ordering::Relaxed)).filter(|at| *at > 0)
    }

    pub(crate) fn set_spooled(&self, count: u64) {
        self.0.spooled.store(count, Ordering::Relaxed);
    }

    pub(crate) fn set_published(&self, now: i64) {
        self.0.published_at.fetch_max(now, Ordering::Relaxed);
    }
}
