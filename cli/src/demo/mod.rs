//! The demo: a busy morning in both systems, simulated, compared record by record.

pub mod compare;
pub mod script;

use clap::Args;

/// `hatbridge demo`
#[derive(Debug, Args)]
pub struct Demo {}

impl Demo {
    /// Plays it.
    ///
    /// # Errors
    /// If something fails, or the systems do not agree.
    pub async fn carry_out(self) -> anyhow::Result<()> {
        Ok(())
    }
}
