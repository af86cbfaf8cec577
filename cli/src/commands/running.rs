//! The long-running parts of a process, started and ended together.

use crate::config::{Config, Members};
use crate::serve::{Door, Parts, Ready, watch_lag};
use crate::wiring::{Local, Wiring};
use anyhow::Context;
use hatbridge_kafka::LagReader;
use hatbridge_producers::capture::Capture;
use hatbridge_producers::{polls, webhooks};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Which parts a process has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Roles {
    /// Receives webhooks.
    pub webhooks: bool,
    /// Polls.
    pub polls: bool,
    /// Applies.
    pub apply: bool,
}

impl Roles {
    /// Everything.
    pub const ALL: Self = Self { webhooks: true, polls: true, apply: true };
    /// `produce webhooks`.
    pub const WEBHOOKS: Self = Self { webhooks: true, polls: false, apply: false };
    /// `produce polls`.
    pub const POLLS: Self = Self { webhooks: false, polls: true, apply: false };
    /// `consume`.
    pub const APPLY: Self = Self { webhooks: false, polls: false, apply: true };
}

/// Parts that run.
#[derive(Debug)]
pub struct Running {
    /// What they are made of.
    pub wiring: Wiring,
    /// Where `/metrics` and its neighbours are.
    pub http_at: SocketAddr,
    /// Where webhooks are received.
    pub webhooks_at: Option<SocketAddr>,
    tasks: JoinSet<(&'static str, anyhow::Result<()>)>,
    /// Stops capture and apply.
    stop: CancellationToken,
    /// Stops the HTTP door, which shows the metrics until the last change is applied.
    end: CancellationToken,
}

impl Running {
    /// Builds and starts the parts.
    ///
    /// # Errors
    /// What could not be opened, reached or bound.
    pub async fn start(config: Config, roles: Roles, local: Local, stop: CancellationToken) -> anyhow::Result<Self> {
        // Alone, a receiver comes up whatever else is away.
        let wiring = Wiring::build(config, local, roles == Roles::WEBHOOKS).await?;
        let (stop, end) = (stop.child_token(), CancellationToken::new());
        let mut tasks = JoinSet::new();
        let mut capture_handle = None;
        let mut webhooks_at = None;
        if roles.webhooks || roles.polls {
            let metrics = hatbridge_producers::Metrics::register(&wiring.metrics)?;
            let capture = Capture::new(wiring.store.clone(), Arc::new(wiring.bus.publisher.clone()), metrics);
            if roles.webhooks {
                capture_handle = Some(capture.handle());
                let mut service = webhooks::Service::new(receiver(&wiring.config), wiring.connections.routes(), capture.clone())?;
                webhooks_at = Some(service.bind().await?);
                let stop = stop.clone();
                tasks.spawn(async move { ("the webhook receiver", service.run(stop).await.map_err(Into::into)) });
            }
            if roles.polls {
                let options = polling(&wiring.config);
                let ordered = crate::polled::all(&wiring, &options, &capture)?;
                let service = polls::Service::new(options, wiring.connections.polled(), capture).with(ordered);
                let stop = stop.clone();
                tasks.spawn(async move { ("polling", service.run(stop).await.map_err(Into::into)) });
            }
        }
        if roles.apply {
            let service = consumers(&wiring)?;
            let stopped = stop.clone();
            tasks.spawn(async move { ("applying", service.run(stopped).await.map_err(Into::into)) });
            let topics = wiring.bus.topics.sources();
            let reader = LagReader::new(&wiring.bus.kafka, &wiring.config.apply.group, &topics)?;
            let watch = watch_lag(reader, &topics, &wiring.metrics, stop.clone())?;
            tasks.spawn(async move {
                watch.await;
                ("watching the lag", Ok(()))
            });
        }
        let parts = door_parts(&wiring, capture_handle)?;
        let watch = parts.ready.clone().watch(stop.clone());
        tasks.spawn(async move {
            watch.await;
            ("watching the parts", Ok(()))
        });
        let door = Door::bind(wiring.config.http.listen, parts).await?;
        let http_at = door.address().context("the HTTP door has no address")?;
        let (ended, token) = (end.clone(), end.clone());
        tasks.spawn(async move {
            let result = door.run(ended).await;
            drop(token);
            ("the HTTP door", result)
        });
        tracing::info!(%http_at, "metrics at http://{http_at}/metrics");
        if let Some(at) = webhooks_at {
            tracing::info!(webhooks_at = %at, "webhooks are received at http://{at}/webhooks/");
        }
        Ok(Self { wiring, http_at, webhooks_at, tasks, stop, end })
    }

    /// Waits until the parts were told to stop and have finished what they had begun, then closes
    /// everything. A part that ends before it was told to stops the others.
    ///
    /// # Errors
    /// The first part's error.
    pub async fn finish(mut self) -> anyhow::Result<()> {
        let mut first = Ok(());
        while let Some(joined) = self.tasks.join_next().await {
            let (part, result) = match joined {
                Ok(ended) => ended,
                Err(error) => ("a part", Err(anyhow::Error::new(error))),
            };
            let unasked = !self.stop.is_cancelled();
            match result {
                Err(error) if first.is_ok() => first = Err(error.context(format!("{part} failed"))),
                Err(error) => tracing::error!(error = crate::exit::causes(error.as_ref()), "{part} failed too"),
                Ok(()) if unasked && first.is_ok() => first = Err(anyhow::anyhow!("{part} ended by itself")),
                Ok(()) => tracing::debug!("{part} has stopped"),
            }
            self.stop.cancel();
            // The HTTP door is the last one: whoever watches sees the end.
            if self.tasks.len() <= 1 {
                self.end.cancel();
            }
        }
        let closed = self.wiring.close().await;
        first.and(closed)
    }

    /// Tells the parts to stop.
    pub fn stop(&self) {
        self.stop.cancel();
    }
}

fn door_parts(wiring: &Wiring, capture: Option<hatbridge_producers::Handle>) -> anyhow::Result<Parts> {
    let api_token = wiring.config.http.api_token.resolve().map_err(crate::exit::Failure::Usage)?;
    let ready = Ready::new(wiring.store.clone(), wiring.bus.publisher.clone(), capture, &wiring.metrics)?;
    Ok(Parts {
        metrics: wiring.metrics.clone(),
        ready,
        connections: wiring.connections.clone(),
        api_token,
        publisher: wiring.bus.publisher.clone(),
        operations: wiring.config.commands.operations.clone(),
    })
}

fn receiver(config: &Config) -> webhooks::Options {
    let webhooks = &config.webhooks;
    let mut options = webhooks::Options::new(webhooks.listen, config.data_dir.join("spool"));
    options.spool_bytes = webhooks.spool_bytes.0;
    options.tolerance = webhooks.tolerance.0;
    options.publish_deadline = webhooks.publish_deadline.0;
    options.body_bytes = usize::try_from(webhooks.body_bytes.0).unwrap_or(usize::MAX);
    options.vendor_key = webhooks.vendor_key;
    options.highlevel_keys.clone_from(&webhooks.highlevel_keys);
    options.highlevel_rsa_keys.clone_from(&webhooks.highlevel_rsa_keys);
    options
}

/// The polls' options of a configuration.
pub(crate) fn polling(config: &Config) -> polls::Options {
    let intervals = config.polling.intervals.clone();
    // A name of this process alone: a restarted one must not find its own leases taken for long.
    let mut options = polls::Options::new(format!("{}-{}", config.kafka.client_id, uuid::Uuid::new_v4()));
    options.lease = config.polling.lease.0;
    options.overlap = config.polling.overlap.0;
    options.start = config.polling.start;
    options.intervals = polls::Intervals {
        contacts: intervals.contacts.0,
        conversations: intervals.conversations.0,
        messages: intervals.messages.0,
        tickets: intervals.tickets.0,
    };
    options
}

fn consumers(wiring: &Wiring) -> anyhow::Result<hatbridge_consumers::Service> {
    let apply = &wiring.config.apply;
    let options = hatbridge_consumers::Options {
        group: apply.group.clone(),
        instance_id: Some(apply.instance_id.clone()).filter(|id| !id.is_empty()),
        members: match apply.members {
            Members::One => hatbridge_consumers::Members::One,
            Members::PerTopic => hatbridge_consumers::Members::PerTopic,
            Members::Auto if wiring.config.kafka.brokers.trim().is_empty() => hatbridge_consumers::Members::One,
            Members::Auto => hatbridge_consumers::Members::PerTopic,
        },
        in_flight: apply.in_flight,
        buffered: apply.buffered,
        attempts: apply.attempts,
        drain: apply.drain.0,
        session_timeout: apply.session_timeout.0,
    };
    let parts = hatbridge_consumers::Parts {
        store: wiring.store.clone(),
        publisher: wiring.bus.publisher.clone(),
        decoder: Arc::clone(&wiring.bus.decoder),
        topics: wiring.bus.topics.clone(),
        kafka: wiring.bus.kafka.clone(),
        tenants: wiring.connections.consumed(),
        metrics: hatbridge_consumers::Metrics::register(&wiring.metrics)?,
    };
    Ok(hatbridge_consumers::Service::new(options, parts))
}
