//! How far the group is behind, as a metric.

use hatbridge_kafka::LagReader;
use prometheus::{IntGaugeVec, Opts, Registry};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often it is read: it costs a few questions to the brokers.
const EVERY: Duration = Duration::from_secs(15);

/// Keeps `hatbridge_consumer_lag_records` up to date until told to stop.
///
/// # Errors
/// If the registry has the metric already.
pub fn watch_lag(
    reader: LagReader,
    topics: &[&str],
    registry: &Registry,
    stop: CancellationToken,
) -> Result<impl Future<Output = ()> + Send + use<>, prometheus::Error> {
    let gauge = IntGaugeVec::new(Opts::new("hatbridge_consumer_lag_records", "Records not yet applied by the group, by topic."), &["topic"])?;
    registry.register(Box::new(gauge.clone()))?;
    for topic in topics {
        gauge.with_label_values(&[topic]).set(0);
    }
    Ok(async move {
        loop {
            let read = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                read = reader.read() => read,
            };
            match read {
                Ok(lag) => lag.iter().for_each(|(topic, records)| gauge.with_label_values(&[topic.as_str()]).set(*records)),
                Err(error) => tracing::debug!(error = &error as &dyn std::error::Error, "the lag was not read; tried again"),
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    })
}
