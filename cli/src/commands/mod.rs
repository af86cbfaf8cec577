//! The command line. One file a command.

mod archive;
mod catalogue;
mod check;
mod config;
mod connect;
mod consume;
mod dead_letters;
mod poll;
mod produce;
mod running;
#[cfg(test)]
mod running_tests;
mod sandbox;
mod schemas;
mod search;
mod send;
#[cfg(test)]
mod tests;

pub use running::{Roles, Running};

use crate::config::{Config, Sources, load};
use crate::demo;
use crate::exit::{self, CODES, Failure};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Keeps HighLevel and 17hats in step.
///
/// Producers turn every change in either system into an event on Kafka; consumers apply it to the
/// other side, once and in order.
#[derive(Debug, Parser)]
#[command(name = "hatbridge", version, propagate_version = true, after_help = CODES, after_long_help = format!("{EXAMPLES}\n\n{CODES}"))]
pub(crate) struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "Examples:
  hatbridge demo                              see it work, with nothing to set up
  hatbridge config reference                  every key of the configuration
  hatbridge check                             is everything configured and reachable?
  hatbridge run                               everything in one process
  hatbridge catalogue                         HighLevel's operations, to poll and to send
  hatbridge --set kafka.brokers=k1:9092 consume   one of many consumers";

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// Configuration file; it must exist. Without it ./hatbridge.toml is read if there is one
    #[arg(long, value_name = "FILE", env = "HATBRIDGE_CONFIG", hide_env_values = true, global = true)]
    config: Option<PathBuf>,
    /// Set one key of the configuration, over file and environment; may be repeated
    #[arg(long, value_name = "KEY=VALUE", global = true)]
    set: Vec<String>,
    /// Folder for everything kept on this machine (`data_dir`)
    #[arg(long, value_name = "DIR", global = true)]
    data_dir: Option<PathBuf>,
    /// What is logged to stderr (`log.level`): error, warn, info, debug, trace
    #[arg(long, value_name = "LEVEL", global = true)]
    log_level: Option<String>,
}

impl Global {
    /// The layers that these options name.
    pub(crate) fn sources(&self) -> Sources {
        let mut set = self.set.clone();
        set.extend(self.data_dir.iter().map(|dir| format!("data_dir={}", toml::Value::from(dir.to_string_lossy().into_owned()))));
        set.extend(self.log_level.iter().map(|level| format!("log.level={}", toml::Value::from(level.clone()))));
        Sources { file: self.config.clone(), set, surroundings: true }
    }

    /// The checked configuration; logging is started by it.
    pub(crate) fn load(&self) -> anyhow::Result<Config> {
        let config = load(&self.sources())?;
        crate::logging::start(&config.log, None);
        Ok(config)
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything in one process: webhooks, polls, consumers, metrics
    ///
    /// With no brokers configured it brings a local broker, with no database SQLite, both in
    /// `data_dir`: a single shop needs nothing else. SIGTERM and SIGINT finish what has begun; a
    /// second signal ends at once.
    #[command(after_help = CODES)]
    Run(consume::Run),
    /// Capture changes: one part of an installation on many machines
    #[command(subcommand, after_help = CODES)]
    Produce(produce::Produce),
    /// Apply changes: start as many as there is work for, up to the number of partitions
    #[command(after_help = CODES)]
    Consume(consume::Consume),
    /// Run both systems as simulators, to poke at with curl or to try a configuration on
    #[command(after_help = CODES)]
    Sandbox(Box<sandbox::Sandbox>),
    /// Poll an operation of HighLevel's catalogue: what is new becomes events
    Poll(poll::Poll),
    /// Send an operation of HighLevel's catalogue as a command: applied once and in order
    Send(Box<send::Send>),
    /// List HighLevel's operations, with what each needs
    #[command(after_help = CODES)]
    Catalogue(catalogue::Catalogue),
    /// Find a tenant's conversations, as HighLevel's live API knows them
    #[command(after_help = CODES)]
    Search(search::Search),
    /// Look at the event schemas, check them, register them
    #[command(subcommand, after_help = CODES)]
    Schemas(schemas::Schemas),
    /// Check the configuration, and whether brokers, database, registry and both systems answer
    #[command(after_help = CODES)]
    Check(check::Check),
    /// Connect a tenant's marketplace app: exchange the code of HighLevel's consent page for tokens
    #[command(after_help = CODES)]
    Connect(connect::Connect),
    /// Close many conversations: read, unstarred, tagged (or deleted, as the tenant's flows say)
    #[command(after_help = CODES)]
    Archive(archive::Archive),
    /// See what could not be applied, and apply it again
    #[command(subcommand, after_help = CODES)]
    DeadLetters(dead_letters::DeadLetters),
    /// Show the configuration or its reference
    #[command(subcommand, after_help = CODES)]
    Config(config::Show),
    /// Play a busy morning in both systems, simulated, and compare them record by record
    #[command(after_help = CODES)]
    Demo(demo::Demo),
}

/// Parses the command line, carries the command out, tells errors.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    crate::wiring::install_crypto();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return exit::tell(&anyhow::Error::new(error).context("can't start")),
    };
    let ended = runtime.block_on(carry_out(cli));
    // A question to brokers that are away must not hold the end up.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => exit::tell(&error),
    }
}

async fn carry_out(cli: Cli) -> anyhow::Result<()> {
    let global = &cli.global;
    match cli.command {
        Command::Run(run) => run.carry_out(global).await,
        Command::Produce(produce) => produce.carry_out(global).await,
        Command::Consume(consume) => consume.carry_out(global).await,
        Command::Sandbox(sandbox) => sandbox.carry_out(global).await,
        Command::Poll(poll) => poll.carry_out(global).await,
        Command::Send(send) => send.carry_out(global).await,
        Command::Catalogue(catalogue) => catalogue.carry_out(),
        Command::Search(search) => search.carry_out(global).await,
        Command::Schemas(schemas) => schemas.carry_out(global).await,
        Command::Check(check) => check.carry_out(global).await,
        Command::Connect(connect) => connect.carry_out(global).await,
        Command::Archive(archive) => archive.carry_out(global).await,
        Command::DeadLetters(dead_letters) => dead_letters.carry_out(global).await,
        Command::Config(show) => show.carry_out(global),
        Command::Demo(demo) => demo.carry_out().await,
    }
}

/// `--check` of the long-running commands.
#[derive(Debug, Clone, Args)]
pub(crate) struct OnlyCheck {
    /// Check the configuration and end
    #[arg(long)]
    check: bool,
}

impl OnlyCheck {
    /// Says that the configuration is fine, if only that was asked.
    pub(crate) fn done(&self) -> bool {
        if self.check {
            println!("the configuration is fine");
        }
        self.check
    }
}

/// Prints a line; a reader that has gone (`| head`) is no error.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    use std::io::{ErrorKind, Write};
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| if text.ends_with('\n') { Ok(()) } else { out.write_all(b"\n") }).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Prints a value as JSON.
pub(crate) fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    print(&serde_json::to_string_pretty(value)?)
}

/// A command that needs tenants has some.
pub(crate) fn some_tenants(config: &Config) -> Result<(), Failure> {
    if config.tenants.iter().any(|tenant| tenant.enabled) {
        return Ok(());
    }
    Err(Failure::Usage("no tenant is configured and enabled: add one under [[tenants]] (see `hatbridge config reference`), or try `hatbridge demo`".into()))
}
