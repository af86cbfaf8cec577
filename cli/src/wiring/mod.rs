//! From the configuration to the running parts.

mod broker;
pub mod bus;
mod key;
mod quota;
mod tenants;
mod tokens;

pub use broker::LocalBroker;
pub use bus::Bus;
pub use key::secret_key;
pub use quota::StoredQuota;
pub use tenants::{Connected, Connections, http_client};
pub use tokens::StoredTokens;

use crate::config::Config;
use anyhow::Context;
use hatbridge_store::Store;
use hatbridge_systems::quota::Quota;
use prometheus::Registry;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;

/// Where the brokers come from when none is configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Local {
    /// Start one as a child: for commands that do everything in one process.
    Start,
    /// Use the one that another process has started in the same folder.
    Join,
}

/// What every long-running command is built from.
#[derive(Debug)]
pub struct Wiring {
    /// As checked.
    pub config: Config,
    /// What is remembered.
    pub store: Store,
    /// Kafka.
    pub bus: Bus,
    /// Metrics of all parts.
    pub metrics: Registry,
    /// The shared budget.
    pub quota: Arc<StoredQuota>,
    /// The enabled tenants.
    pub connections: Connections,
    broker: Option<LocalBroker>,
}

impl Wiring {
    /// Opens the store, reaches the brokers (starting the local one if none is configured), makes the
    /// missing topics and the tenants' clients. `patient`: see [`Bus::connect`].
    ///
    /// # Errors
    /// What could not be opened or reached.
    pub async fn build(config: Config, local: Local, patient: bool) -> anyhow::Result<Self> {
        install_crypto();
        make_folder(&config.data_dir)?;
        let metrics = Registry::new();
        let store = open_store(&config).await?;
        let broker = if config.kafka.brokers.trim().is_empty() && local == Local::Start { Some(LocalBroker::start(&config.data_dir).await?) } else { None };
        let brokers = match &broker {
            Some(broker) => broker.brokers().to_owned(),
            None => broker::brokers_of(&config)?,
        };
        let bus = Bus::connect(&config, &brokers, &metrics, patient).await?;
        let quota = Arc::new(StoredQuota::new(store.clone(), &config, &metrics)?);
        let key = secret_key(&config.data_dir)?;
        let tokens = Arc::new(StoredTokens::new(store.clone(), &key));
        let connections = Connections::new(&config, Arc::clone(&quota) as Arc<dyn Quota>, tokens)?;
        Ok(Self { config, store, bus, metrics, quota, connections, broker })
    }

    /// Flushes, closes the store and stops the local broker, in this order: what others still write
    /// must find them.
    ///
    /// # Errors
    /// If records could not be flushed or the broker could not be stopped.
    pub async fn close(self) -> anyhow::Result<()> {
        let flushed = self.bus.publisher.flush(std::time::Duration::from_secs(10)).await;
        drop(self.bus);
        self.store.close().await;
        if let Some(broker) = self.broker {
            broker.stop().await?;
        }
        flushed.context("records were not acknowledged before the end; whoever sent them was not told they were accepted")
    }
}

/// Chooses the TLS provider of this process; a second call changes nothing.
pub fn install_crypto() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Makes the data folder, readable for its owner only: it holds people's data.
///
/// # Errors
/// If it can't be made.
pub fn make_folder(folder: &Path) -> anyhow::Result<()> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("can't make the folder {}; choose another with `data_dir`", folder.display()))
}

/// Opens the configured database, SQLite in the data folder if none is.
///
/// # Errors
/// If it can't be opened.
pub async fn open_store(config: &Config) -> anyhow::Result<Store> {
    use secrecy::ExposeSecret;
    let url = match config.database.url.resolve().map_err(crate::exit::Failure::Usage)? {
        Some(url) => url.expose_secret().to_owned(),
        None => format!("sqlite://{}", config.data_dir.join("hatbridge.db").display()),
    };
    let mut options = hatbridge_store::Options::new(url);
    options.connections = config.database.connections;
    Ok(Store::open(&options).await?)
}
