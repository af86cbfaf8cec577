//! `produce webhooks` and `produce polls`.

use super::running::{Roles, Running};
use super::{Global, OnlyCheck, some_tenants};
use crate::shutdown;
use crate::wiring::{Local, Wiring};
use clap::{Args, Subcommand};
use hatbridge_producers::capture::Capture;
use hatbridge_producers::{Metrics, polls};
use std::sync::Arc;

/// `hatbridge produce`
#[derive(Debug, Subcommand)]
pub(crate) enum Produce {
    /// Receive webhooks of both systems
    ///
    /// A webhook is answered 2xx once it is safe: acknowledged by the brokers, or on this machine's
    /// disk while they are away. Addresses: /webhooks/highlevel/{Event} and
    /// /webhooks/17hats/{tenant}/{new_contact|updated_contact|event}.
    Webhooks(Webhooks),
    /// Ask both systems what has changed, behind the webhooks
    ///
    /// Several processes share the work: each poll belongs to one of them at a time.
    Polls(Polls),
}

/// `hatbridge produce webhooks`
#[derive(Debug, Args)]
pub(crate) struct Webhooks {
    #[command(flatten)]
    only: OnlyCheck,
}

/// `hatbridge produce polls`
#[derive(Debug, Args)]
pub(crate) struct Polls {
    /// Look once at everything and end
    #[arg(long)]
    once: bool,
    #[command(flatten)]
    only: OnlyCheck,
}

impl Produce {
    pub(crate) async fn carry_out(self, global: &Global) -> anyhow::Result<()> {
        let config = global.load()?;
        some_tenants(&config)?;
        let (only, once, roles) = match &self {
            Self::Webhooks(webhooks) => (&webhooks.only, false, Roles::WEBHOOKS),
            Self::Polls(polls) => (&polls.only, polls.once, Roles::POLLS),
        };
        if only.done() {
            return Ok(());
        }
        if !once {
            let stop = shutdown::on_signals()?;
            return Running::start(config, roles, Local::Join, stop).await?.finish().await;
        }
        let wiring = Wiring::build(config, Local::Join, false).await?;
        let capture = Capture::new(wiring.store.clone(), Arc::new(wiring.bus.publisher.clone()), Metrics::register(&wiring.metrics)?);
        let options = super::running::polling(&wiring.config);
        let published = match crate::polled::all(&wiring, &options, &capture) {
            Ok(ordered) => polls::Service::new(options, wiring.connections.polled(), capture).with(ordered).once().await.map_err(Into::into),
            Err(error) => Err(error),
        };
        wiring.close().await?;
        super::print(&format!("{} events published", published?))
    }
}
