//! `config`.

use super::{Global, print};
use crate::config::{load, reference};
use clap::Subcommand;

/// `hatbridge config`
#[derive(Debug, Subcommand)]
pub(crate) enum Show {
    /// Print every key with its default and meaning, as Markdown
    Reference,
    /// Print the configuration in force, defaults and all, secrets hidden
    Show {
        /// As JSON instead of TOML
        #[arg(long)]
        json: bool,
    },
}

impl Show {
    pub(crate) fn carry_out(self, global: &Global) -> anyhow::Result<()> {
        match self {
            Self::Reference => print(&reference()),
            Self::Show { json: true } => super::print_json(&load(&global.sources())?),
            Self::Show { json: false } => print(&toml::to_string_pretty(&load(&global.sources())?)?),
        }
    }
}
