//! Kafka and the schema registry.

use crate::config::Config;
use crate::exit::Failure;
use anyhow::Context;
use hatbridge_kafka::{Options, Publisher, ensure_topics};
use hatbridge_schemas::registry::{Registry, RegistryOptions};
use hatbridge_schemas::topics::Topics;
use hatbridge_schemas::wire::{Decoder, Encoder};
use secrecy::ExposeSecret;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// For one call to the schema registry.
const REGISTRY_ANSWER: Duration = Duration::from_secs(10);

/// Everything needed to write and read events.
#[derive(Debug)]
pub struct Bus {
    /// How to reach the brokers.
    pub kafka: Options,
    /// Their topics.
    pub topics: Topics,
    /// Writes.
    pub publisher: Publisher,
    /// Reads.
    pub decoder: Arc<Decoder>,
}

impl Bus {
    /// Reaches the registry (if one is configured) and the brokers, and makes missing topics.
    ///
    /// # Errors
    /// What can't be reached or agreed on.
    pub async fn connect(config: &Config, brokers: &str, metrics: &prometheus::Registry) -> anyhow::Result<Self> {
        let kafka = options(config, brokers)?;
        let topics = Topics::new(&config.kafka.topic_prefix)?;
        let (encoder, decoder) = match registry(config)? {
            Some(registry) => {
                let encoder = Encoder::registered(&registry, &topics).await.context("the schemas can't be registered")?;
                (encoder, Decoder::registered(registry))
            }
            None => (Encoder::shipped(), Decoder::shipped()),
        };
        ensure_topics(&kafka, &topics, config.kafka.partitions, config.kafka.replication).await?;
        let metrics = hatbridge_kafka::Metrics::register(metrics)?;
        let publisher = Publisher::new(&kafka, topics.clone(), encoder, metrics)?;
        Ok(Self { kafka, topics, publisher, decoder: Arc::new(decoder) })
    }
}

/// Options for the configured brokers, or for the ones given.
///
/// # Errors
/// If a property's secret can't be read.
pub fn options(config: &Config, brokers: &str) -> anyhow::Result<Options> {
    let mut options = Options::new(brokers, &config.kafka.client_id);
    for (name, value) in &config.kafka.properties {
        let value = value.resolve().map_err(Failure::Usage)?;
        options.properties.insert(name.clone(), value.map(|v| v.expose_secret().to_owned()).unwrap_or_default());
    }
    Ok(options)
}

/// A client of the configured schema registry.
///
/// # Errors
/// If its address or password can't be used.
pub fn registry(config: &Config) -> anyhow::Result<Option<Registry>> {
    if config.kafka.registry_url.is_empty() {
        return Ok(None);
    }
    let url: Url = config.kafka.registry_url.parse().context("`kafka.registry_url` is not an address")?;
    let http = super::http_client(REGISTRY_ANSWER, crate::config::is_loopback(&url))?;
    let password = config.kafka.registry_password.resolve().map_err(Failure::Usage)?;
    let credentials = password.map(|password| (config.kafka.registry_user.clone(), password));
    Ok(Some(Registry::new(http, RegistryOptions { url, timeout: REGISTRY_ANSWER, credentials })))
}
