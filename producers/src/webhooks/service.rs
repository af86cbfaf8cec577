//! The receiver as a long-running part.

use super::intake::Intake;
use super::options::{Options, Routes};
use super::routes::router;
use super::signature::Keys;
use crate::capture::Capture;
use crate::spool::{self, Spool};
use crate::{Error, Handle};
use hatbridge_store::{Store, now_micros};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// A segment of the spool is closed at this size.
const SEGMENT_BYTES: u64 = 8 * 1024 * 1024;
/// HighLevel's log, from which deliveries can be sent again by hand, goes back 30 days; the
/// tolerance on top.
const FORGET_EVERY: Duration = Duration::from_secs(3600);

/// The webhook receiver.
#[derive(Debug)]
pub struct Service {
    options: Options,
    router: axum::Router,
    intake: Intake,
    store: Store,
    handle: Handle,
    listener: Option<TcpListener>,
}

impl Service {
    /// Reads the keys, opens the spool and recovers what waits in it.
    ///
    /// # Errors
    /// [`Error::Key`], [`Error::Spool`].
    pub fn new(options: Options, routes: Routes, capture: Capture) -> Result<Self, Error> {
        let keys = Keys::new(options.vendor_key, &options.highlevel_keys, &options.highlevel_rsa_keys)?;
        let spool = Spool::open(spool::Options {
            folder: options.spool_dir.clone(),
            bytes: options.spool_bytes,
            segment_bytes: SEGMENT_BYTES.min(options.spool_bytes / 4).max(4096),
        })?;
        let routes = Arc::new(routes);
        let (store, handle) = (capture.store().clone(), capture.handle());
        let intake = Intake::new(capture, spool, Arc::clone(&routes), options.publish_deadline);
        let router = router(&options, keys, routes, intake.clone());
        Ok(Self { options, router, intake, store, handle, listener: None })
    }

    /// The view for `/readyz`.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Takes the port, so that it is known before [`Service::run`].
    ///
    /// # Errors
    /// [`Error::Listen`].
    pub async fn bind(&mut self) -> Result<SocketAddr, Error> {
        let failed = |source| Error::Listen { listen: self.options.listen, source };
        let listener = TcpListener::bind(self.options.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        self.listener = Some(listener);
        Ok(address)
    }

    /// Receives until told to stop; requests under way are finished first. What waits on disk then
    /// is published by the next run.
    ///
    /// # Errors
    /// [`Error::Listen`], [`Error::Serve`].
    pub async fn run(mut self, stop: CancellationToken) -> Result<(), Error> {
        let stop = stop.child_token();
        if self.listener.is_none() {
            self.bind().await?;
        }
        let Some(listener) = self.listener.take() else { return Err(Error::Stopped) };
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(self.intake.drain(stop.clone()));
        tasks.spawn(forget(self.store, self.options.tolerance, stop.clone()));
        let served = axum::serve(listener, self.router).with_graceful_shutdown(stop.clone().cancelled_owned()).await.map_err(Error::Serve);
        stop.cancel();
        while tasks.join_next().await.is_some() {}
        served
    }
}

/// Webhook ids need not be known longer than a webhook is taken.
async fn forget(store: Store, tolerance: Duration, stop: CancellationToken) {
    let life = i64::try_from(tolerance.as_micros()).unwrap_or(i64::MAX / 2).saturating_mul(2);
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = tokio::time::sleep(FORGET_EVERY) => {}
        }
        match store.forget_webhooks(now_micros().saturating_sub(life)).await {
            Ok(count) => tracing::debug!(count, "old webhook ids forgotten"),
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "old webhook ids could not be forgotten; tried again in an hour"),
        }
    }
}
