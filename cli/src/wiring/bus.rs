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
    /// Reaches the registry (if one is configured) and the brokers, and makes missing topics. With
    /// `patient`, what does not answer now is asked again in the background, and nothing is published
    /// until it does: a receiver must come up while the brokers are away, since its disk takes the
    /// webhooks meanwhile.
    ///
    /// # Errors
    /// What can't be agreed on; unless patient, what can't be reached.
    pub async fn connect(config: &Config, brokers: &str, metrics: &prometheus::Registry, patient: bool) -> anyhow::Result<Self> {
        let kafka = options(config, brokers)?;
        let topics = Topics::new(&config.kafka.topic_prefix)?;
        let registry = registry(config)?;
        let decoder = registry.clone().map_or_else(Decoder::shipped, Decoder::registered);
        let publisher = Publisher::shut(&kafka, topics.clone(), hatbridge_kafka::Metrics::register(metrics)?)?;
        let agreeing =
            Agreeing { kafka: kafka.clone(), topics: topics.clone(), registry, partitions: config.kafka.partitions, replication: config.kafka.replication };
        match agreeing.encoder().await {
            Ok(encoder) => publisher.open(encoder),
            Err(error) if patient && may_pass(&error) => {
                tracing::warn!(error = crate::exit::causes(error.as_ref()), "the brokers or the registry are away; webhooks go to disk until they are back");
                tokio::spawn(agreeing.until_opened(publisher.clone()));
            }
            Err(error) => return Err(error),
        }
        Ok(Self { kafka, topics, publisher, decoder: Arc::new(decoder) })
    }
}

/// Pause between two attempts to reach brokers and registry.
const ASK_AGAIN: Duration = Duration::from_secs(2);

/// What has to be agreed on with registry and brokers before anything is written.
struct Agreeing {
    kafka: Options,
    topics: Topics,
    registry: Option<Registry>,
    partitions: i32,
    replication: i32,
}

impl Agreeing {
    async fn encoder(&self) -> anyhow::Result<Encoder> {
        let encoder = match &self.registry {
            Some(registry) => Encoder::registered(registry, &self.topics).await.context("the schemas can't be registered")?,
            None => Encoder::shipped(),
        };
        ensure_topics(&self.kafka, &self.topics, self.partitions, self.replication).await?;
        Ok(encoder)
    }

    /// Ends once they agree; if they never can, an error says so again and again.
    async fn until_opened(self, publisher: Publisher) {
        loop {
            tokio::time::sleep(ASK_AGAIN).await;
            match self.encoder().await {
                Ok(encoder) => {
                    tracing::info!("brokers and registry are back");
                    return publisher.open(encoder);
                }
                Err(error) if may_pass(&error) => tracing::debug!(error = crate::exit::causes(error.as_ref()), "the brokers or the registry are still away"),
                Err(error) => {
                    tracing::error!(error = crate::exit::causes(error.as_ref()), "nothing can be published until this is mended; webhooks wait on disk")
                }
            }
        }
    }
}

fn may_pass(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<hatbridge_kafka::Error>().is_some_and(hatbridge_kafka::Error::is_retryable)
            || cause.downcast_ref::<hatbridge_schemas::Error>().is_some_and(hatbridge_schemas::Error::is_retryable)
    })
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
    // A record that goes to disk must not be written by the client as well when the brokers come
    // back: it gives up a little before the webhook does.
    let deadline = config.webhooks.publish_deadline.0 * 9 / 10;
    options.properties.entry("message.timeout.ms".to_owned()).or_insert_with(|| deadline.as_millis().max(90).to_string());
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
