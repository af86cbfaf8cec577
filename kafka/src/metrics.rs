//! What is counted here.

use prometheus::{Histogram, HistogramOpts, Registry};

/// Metrics of publishing; cheap to clone.
#[derive(Debug, Clone)]
pub struct Metrics {
    /// From handing a record to librdkafka to the broker's acknowledgement, seconds.
    pub publish_duration: Histogram,
}

impl Metrics {
    /// Registers the metrics.
    ///
    /// # Errors
    /// If the registry has metrics of these names already.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self::unregistered()?;
        registry.register(Box::new(metrics.publish_duration.clone()))?;
        Ok(metrics)
    }

    /// Metrics that nobody reads, for tools and tests.
    ///
    /// # Errors
    /// Never in practice: the names are valid.
    pub fn unregistered() -> Result<Self, prometheus::Error> {
        let publish_duration = Histogram::with_opts(
            HistogramOpts::new("hatbridge_publish_duration_seconds", "From handing a record to the Kafka client to the broker's acknowledgement.")
                .buckets(vec![0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0]),
        )?;
        Ok(Self { publish_duration })
    }
}
