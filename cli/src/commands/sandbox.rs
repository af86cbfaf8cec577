//! `sandbox`.

use super::Global;
use clap::Args;

/// `hatbridge sandbox`
#[derive(Debug, Args)]
pub(crate) struct Sandbox {}

impl Sandbox {
    pub(crate) async fn carry_out(self, _: &Global) -> anyhow::Result<()> {
        Ok(())
    }
}
