//! The broker's log: a file in the data folder, since a child's output belongs to nobody.

use anyhow::Context;
use std::fs::File;
use std::path::Path;
use std::sync::Mutex;
use tracing_subscriber::EnvFilter;

/// What is logged; `HATBRIDGE_BROKER_LOG` says otherwise (`tansu_storage=debug`, ...).
const LEVEL: &str = "warn";
const VARIABLE: &str = "HATBRIDGE_BROKER_LOG";
/// A longer log is set aside at the start (as `broker.log.old`), so that there are never more than two.
const BYTES: u64 = 8 * 1024 * 1024;

/// Sends everything logged to `file`.
///
/// # Errors
/// If the file can't be written or the variable is malformed.
pub fn start(file: &Path) -> anyhow::Result<()> {
    if file.metadata().is_ok_and(|known| known.len() > BYTES) {
        std::fs::rename(file, file.with_extension("log.old")).with_context(|| format!("can't set {} aside", file.display()))?;
    }
    let to = File::options().append(true).create(true).open(file).with_context(|| format!("can't write {}", file.display()))?;
    let filter = match std::env::var(VARIABLE) {
        Ok(text) => EnvFilter::try_new(text).context(VARIABLE)?,
        Err(_) => EnvFilter::new(LEVEL),
    };
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(Mutex::new(to)).init();
    Ok(())
}
