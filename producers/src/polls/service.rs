//! The polls as a long-running part: loops and leases.

use super::catalogue::Asked;
use super::options::{Options, Tenant};
use super::pass::{Pass, Poll, Resource};
use crate::capture::Capture;
use crate::{Error, Handle};
use hatbridge_store::now_micros;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The polls.
#[derive(Debug)]
pub struct Service {
    options: Arc<Options>,
    tenants: Vec<Tenant>,
    ordered: Vec<Asked>,
    capture: Capture,
}

impl Service {
    /// Polls for the tenants given.
    #[must_use]
    pub fn new(options: Options, tenants: Vec<Tenant>, capture: Capture) -> Self {
        Self { options: Arc::new(options), tenants, ordered: vec![], capture }
    }

    /// And polls of HighLevel's catalogue.
    #[must_use]
    pub fn with(mut self, ordered: Vec<Asked>) -> Self {
        self.ordered.extend(ordered);
        self
    }

    /// The view for `/readyz`.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.capture.handle()
    }

    /// Polls until told to stop; a page under way is finished first, and the leases are given back.
    ///
    /// # Errors
    /// [`Error::Stopped`] if a loop panicked.
    pub async fn run(self, stop: CancellationToken) -> Result<(), Error> {
        let mut loops = tokio::task::JoinSet::new();
        for pass in self.passes() {
            loops.spawn(poll(pass, stop.clone()));
        }
        while let Some(ended) = loops.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a poll panicked");
                return Err(Error::Stopped);
            }
        }
        stop.cancelled().await; // nothing to poll is no reason to end
        Ok(())
    }

    fn passes(&self) -> Vec<Arc<dyn Poll>> {
        let mut passes: Vec<Arc<dyn Poll>> = vec![];
        for tenant in &self.tenants {
            let resources = tenant.highlevel.iter().flat_map(Resource::of_highlevel);
            let hats = tenant.seventeen_hats.iter().flat_map(|client| Resource::of_seventeen_hats(client, &tenant.further));
            for resource in resources.chain(hats) {
                passes.push(Arc::new(Pass::of(tenant.id.clone(), resource, &self.options, &self.capture)));
            }
        }
        passes.extend(self.ordered.iter().map(Asked::poll));
        passes
    }

    /// One pass over everything, for tools and tests: no leases, no waiting.
    ///
    /// # Errors
    /// The first that comes up; what was captured stays so.
    pub async fn once(&self) -> Result<usize, Error> {
        let mut published = 0;
        for pass in self.passes() {
            loop {
                let done = pass.run(&CancellationToken::new()).await?;
                published += done.published;
                if done.whole {
                    break;
                }
            }
        }
        Ok(published)
    }
}

pub(super) async fn poll(pass: Arc<dyn Poll>, stop: CancellationToken) {
    let (system, name, options) = (pass.system(), pass.label(), pass.options());
    let lease = format!("poll/{}/{}/{}", pass.tenant(), system, pass.name());
    let interval = pass.interval();
    // Never longer than a third of the lease, so that it is renewed while we wait.
    let beat = interval.min(options.lease / 3).max(Duration::from_millis(10));
    let mut due = now_micros();
    let mut failures = 0_u32;
    loop {
        let metrics = pass.capture().metrics();
        match pass.capture().store().lease(&lease, &options.owner, options.lease, now_micros()).await {
            Ok(Some(_)) if now_micros() >= due => {
                let outcome = tokio::select! {
                    outcome = pass.run(&stop) => outcome,
                    error = renew(&*pass, &lease) => Err(error),
                };
                let pause = match outcome {
                    Ok(done) => {
                        metrics.poll(system, name, "ok");
                        failures = 0;
                        // A pass that hit the cap goes on at once; quota is what paces it.
                        if done.whole { interval } else { Duration::ZERO }
                    }
                    Err(error) => {
                        metrics.poll(system, name, "failed");
                        failures = failures.saturating_add(1);
                        tracing::warn!(tenant = %pass.tenant(), system = %system, resource = name, failures, error = &error as &dyn std::error::Error, "a poll failed; it is tried again and skips nothing");
                        interval.saturating_mul(failures.min(5))
                    }
                };
                due = now_micros() + i64::try_from(pause.as_micros()).unwrap_or(i64::MAX / 2);
            }
            Ok(Some(_)) => {}
            Ok(None) if now_micros() >= due => {
                metrics.poll(system, name, "skipped");
                due = now_micros() + i64::try_from(interval.as_micros()).unwrap_or(i64::MAX / 2);
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "a poll's lease can't be looked at; tried again"),
        }
        let wait = Duration::from_micros((due - now_micros()).max(0).unsigned_abs()).min(beat);
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            () = tokio::time::sleep(wait) => {}
        }
    }
    if let Err(error) = pass.capture().store().release(&lease, &pass.options().owner).await {
        tracing::debug!(error = &error as &dyn std::error::Error, "a poll's lease was not given back; it runs out by itself");
    }
}

/// Renews the lease while a pass runs; ends only when it is lost.
async fn renew(pass: &dyn Poll, lease: &str) -> Error {
    loop {
        let options = pass.options();
        tokio::time::sleep(options.lease / 3).await;
        match pass.capture().store().lease(lease, &options.owner, options.lease, now_micros()).await {
            Ok(Some(_)) => {}
            Ok(None) => return Error::LeaseLost(format!("poll/{}/{}/{}", pass.tenant(), pass.system(), pass.label())),
            Err(error) => return Error::Store(error),
        }
    }
}
