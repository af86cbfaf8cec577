//! The local broker, a child of this process.

use crate::config::Config;
use crate::exit::Failure;
use anyhow::Context;
use hatbridge_launcher::{Broker, Options};
use std::path::{Path, PathBuf};

/// Folder of the broker's data within the data folder.
const FOLDER: &str = "broker";
/// Where a running local broker's address stands, for commands beside `hatbridge run`.
const ADDRESS: &str = "broker.address";
/// Names the broker's program where it does not lie beside this one.
const PROGRAM: &str = "HATBRIDGE_BROKER";

/// A running local broker.
#[derive(Debug)]
pub struct LocalBroker {
    broker: Broker,
    address: PathBuf,
}

impl LocalBroker {
    /// Starts it with its data in `data_dir`, on a free port.
    ///
    /// # Errors
    /// If its program is missing or it does not answer.
    pub async fn start(data_dir: &Path) -> anyhow::Result<Self> {
        let options = Options { data_dir: data_dir.join(FOLDER), program: std::env::var_os(PROGRAM).map(PathBuf::from) };
        let broker = Broker::start(options).await.context("the local broker did not start; to use another, set `kafka.brokers`")?;
        let address = data_dir.join(ADDRESS);
        std::fs::write(&address, broker.brokers()).with_context(|| format!("can't write {}", address.display()))?;
        tracing::info!(brokers = broker.brokers(), "the local broker runs at {}", broker.brokers());
        Ok(Self { broker, address })
    }

    /// Its address, `host:port`.
    #[must_use]
    pub fn brokers(&self) -> &str {
        self.broker.brokers()
    }

    /// Stops it and waits for its end.
    ///
    /// # Errors
    /// If it can't be stopped.
    pub async fn stop(self) -> anyhow::Result<()> {
        // A stale address is harmless: whoever uses it finds nobody.
        let _ = std::fs::remove_file(&self.address);
        self.broker.stop().await.context("the local broker was not stopped")
    }
}

/// The configured brokers, else the local one that another process runs in the same folder.
///
/// # Errors
/// [`Failure::Usage`] if there is neither.
pub(super) fn brokers_of(config: &Config) -> anyhow::Result<String> {
    let configured = config.kafka.brokers.trim();
    if !configured.is_empty() {
        return Ok(configured.to_owned());
    }
    let path = config.data_dir.join(ADDRESS);
    match std::fs::read_to_string(&path) {
        Ok(brokers) if !brokers.trim().is_empty() => Ok(brokers.trim().to_owned()),
        _ => Err(Failure::Usage(format!(
            "no brokers: set `kafka.brokers`, or start `hatbridge run` with the same `data_dir` ({}) first, which brings a local broker",
            config.data_dir.display()
        ))
        .into()),
    }
}
