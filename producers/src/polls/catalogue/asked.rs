//! An order, for one tenant.

use super::order::{Order, OrderError};
use super::sweep::Sweep;
use crate::Error;
use crate::capture::Capture;
use crate::polls::options::{Options, Start};
use crate::polls::pass::{Done, Pass, Poll, Resource};
use crate::recordings::Recordings;
use hatbridge_schemas::TenantId;
use hatbridge_systems::highlevel::HighLevel;
use hatbridge_systems::highlevel::catalogue::Feed;
use serde_json::{Map, Value};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// An operation polled for one tenant.
#[derive(Debug, Clone)]
pub struct Asked {
    pub(super) order: Arc<Order>,
    pub(super) tenant: TenantId,
    pub(super) client: HighLevel,
    pub(super) options: Arc<Options>,
    pub(super) capture: Capture,
    pub(super) recordings: Recordings,
}

impl Asked {
    /// Checks the order against the tenant.
    ///
    /// # Errors
    /// [`OrderError::Absent`], [`OrderError::Invalid`].
    pub fn new(
        order: Order,
        tenant: TenantId,
        client: HighLevel,
        options: &Arc<Options>,
        capture: &Capture,
        recordings: &Recordings,
    ) -> Result<Self, OrderError> {
        order.check(client.api(), &client.context())?;
        Ok(Self { order: Arc::new(order), tenant, client, options: Arc::clone(options), capture: capture.clone(), recordings: recordings.clone() })
    }

    /// The order.
    #[must_use]
    pub fn order(&self) -> &Order {
        &self.order
    }

    pub(crate) fn poll(&self) -> Arc<dyn Poll> {
        match self.feed() {
            Some(resource) => Arc::new(self.pass(resource)),
            None => Arc::new(Sweep::new(self.clone())),
        }
    }

    /// One pass to its end, or until told to stop.
    ///
    /// # Errors
    /// The first that comes up; what was captured stays so.
    pub async fn once(&self, stop: &CancellationToken) -> Result<Done, Error> {
        let poll = self.poll();
        let mut all = Done::default();
        loop {
            let done = poll.run(stop).await?;
            all = Done { published: all.published + done.published, ..done };
            if done.whole || stop.is_cancelled() {
                return Ok(all);
            }
        }
    }

    /// The change feed that does it, narrowed by the parameters.
    pub(super) fn feed(&self) -> Option<Resource> {
        let narrow = Arc::new(self.order.params.clone());
        match self.order.poll.feed? {
            Feed::Contacts => Some(Resource::Contacts(self.client.clone(), narrow)),
            Feed::Conversations => Some(Resource::Conversations(self.client.clone(), narrow)),
            Feed::Messages => Some(Resource::Messages(self.client.clone())),
        }
    }

    /// A pass over a feed, with a cursor of its own that begins with everything there is.
    pub(super) fn pass(&self, resource: Resource) -> Pass {
        let rows = resource.rows(&self.options);
        Pass {
            tenant: self.tenant.clone(),
            resource,
            name: self.order.name.as_str().into(),
            label: &self.order.operation.name,
            rows,
            // As many calls as there are pages: what a search leaves out (a contact's names are in lower
            // case there) is read by whoever writes it on.
            completes: false,
            start: Start::Beginning,
            interval: self.order.every,
            options: Arc::clone(&self.options),
            capture: self.capture.clone(),
        }
    }

    /// Fixed values and stretches of time: each of these is asked for, for every known entity.
    pub(super) fn scopes(&self, began: i64) -> Vec<Map<String, Value>> {
        let mut scopes = super::windows::pieces(self.order.operation, &self.order.params, began);
        for (name, values) in &self.order.poll.values {
            if self.order.params.contains_key(name) {
                continue;
            }
            scopes = scopes
                .iter()
                .flat_map(|scope| {
                    values.iter().map(move |value| {
                        let mut scope = scope.clone();
                        scope.insert(name.clone(), value.as_str().into());
                        scope
                    })
                })
                .collect();
        }
        scopes
    }
}
