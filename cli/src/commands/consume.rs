//! `run` and `consume`.

use super::running::{Roles, Running};
use super::{Global, OnlyCheck, some_tenants};
use crate::shutdown;
use crate::wiring::Local;
use clap::Args;

/// `hatbridge run`
#[derive(Debug, Args)]
pub(crate) struct Run {
    #[command(flatten)]
    only: OnlyCheck,
}

impl Run {
    pub(crate) async fn carry_out(self, global: &Global) -> anyhow::Result<()> {
        let config = global.load()?;
        some_tenants(&config)?;
        if self.only.done() {
            return Ok(());
        }
        let stop = shutdown::on_signals()?;
        Running::start(config, Roles::ALL, Local::Start, stop).await?.finish().await
    }
}

/// `hatbridge consume`
#[derive(Debug, Args)]
pub(crate) struct Consume {
    /// Consumer group (`apply.group`)
    #[arg(long, value_name = "NAME")]
    group: Option<String>,
    /// Static membership: this process's own name, the same after a restart (`apply.instance_id`)
    #[arg(long, value_name = "NAME")]
    instance_id: Option<String>,
    #[command(flatten)]
    only: OnlyCheck,
}

impl Consume {
    pub(crate) async fn carry_out(self, global: &Global) -> anyhow::Result<()> {
        let mut config = global.load()?;
        some_tenants(&config)?;
        if let Some(group) = self.group {
            config.apply.group = group;
        }
        if let Some(id) = self.instance_id {
            config.apply.instance_id = id;
        }
        if self.only.done() {
            return Ok(());
        }
        let stop = shutdown::on_signals()?;
        Running::start(config, Roles::APPLY, Local::Join, stop).await?.finish().await
    }
}
