//! `hatbridge-broker`: the Kafka protocol on one machine, its records in one SQLite file.
//!
//! A program of its own because the SQLite it carries and the one of `sqlx` can't be linked together.
//! It is started as a child by whoever needs it (crate `hatbridge-launcher`) and never outlives its parent.

mod answers;
mod folder;
mod index;
mod log;
mod parent;
mod ready;
mod seen;
mod server;

use anyhow::Context;
use clap::Parser;
use folder::Folder;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Exit code: another broker holds the data folder. The launcher knows it by this.
const IN_USE: u8 = 3;
/// The storage blocks the thread it works on; so that accepting and signals go on meanwhile.
const THREADS: usize = 4;

/// A Kafka broker for one machine: records and offsets in one folder, nothing to install.
#[derive(Debug, Parser)]
#[command(name = "hatbridge-broker", version)]
struct Args {
    /// Folder of the records; created if missing, used by one broker at a time
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Address to listen on; port 0 takes the one of the last run if it is free, else any free one
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Written when connections are answered: {"pid", "address", "started_at"}; default DIR/broker.json
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    /// Stop when this process is no longer the parent (beside the end of standard input, if that is a pipe)
    #[arg(long, value_name = "PID")]
    parent_pid: Option<u32>,
}

fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hatbridge-broker: {error:#}");
            if error.is::<folder::InUse>() { ExitCode::from(IN_USE) } else { ExitCode::FAILURE }
        }
    }
}

fn run(args: Args) -> anyhow::Result<()> {
    let ready_file = args.ready_file.map(std::path::absolute).transpose().context("--ready-file")?;
    let folder = Folder::take(&args.data)?;
    let ready_file = ready_file.unwrap_or_else(|| folder.ready_file());
    ready::withdraw(&ready_file)?;
    log::start(&folder.log_file())?;
    // The storage can only be told a path relative to the working directory.
    std::env::set_current_dir(folder.path()).with_context(|| format!("can't enter {}", folder.path().display()))?;

    let stop = CancellationToken::new();
    parent::watch(args.parent_pid, &stop).context("can't watch the parent")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_all().build().context("can't start threads")?;
    let outcome = runtime.block_on(async {
        let signalled = stop.clone();
        let mut interrupt = signal(SignalKind::interrupt()).context("can't watch signals")?;
        let mut terminate = signal(SignalKind::terminate()).context("can't watch signals")?;
        tokio::spawn(async move {
            tokio::select! { _ = interrupt.recv() => {} _ = terminate.recv() => {} }
            signalled.cancel();
        });
        let listener = folder.listen(args.listen).await?;
        server::serve(listener, &folder, &ready_file, stop).await
    });
    // Storage work that is cut off here was not acknowledged; SQLite rolls it back.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    ready::withdraw(&ready_file)?;
    drop(folder);
    outcome
}
