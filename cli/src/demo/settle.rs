//! Waiting until everything under way has arrived.

use super::numbers::Numbers;
use super::products::Products;
use super::show::Screen;
use crate::commands::Running;
use hatbridge_kafka::LagReader;
use std::time::{Duration, Instant};

/// So long nothing may have moved. Longer than the slowest delay of the simulators.
const STILL: Duration = Duration::from_secs(4);
const LOOK: Duration = Duration::from_millis(500);

/// Waits until no post, record or change is under way, at most `limit`; whether it came to rest.
///
/// # Errors
/// If the brokers can't be asked.
pub async fn settle(running: &Running, products: &Products, screen: &mut Screen, limit: Duration) -> anyhow::Result<bool> {
    let wiring = &running.wiring;
    let reader = LagReader::new(&wiring.bus.kafka, &wiring.config.apply.group, &wiring.bus.topics.sources())?;
    let began = Instant::now();
    let (mut last, mut since) = (None, Instant::now());
    while began.elapsed() < limit {
        let numbers = Numbers::read(&wiring.metrics);
        screen.show("waiting for the last changes", &numbers);
        let moving = !products.quiet() || numbers.in_flight + numbers.waiting + numbers.spooled > 0;
        let seen = (numbers.captured, numbers.finished, numbers.retried);
        if moving || last != Some(seen) {
            (last, since) = (Some(seen), Instant::now());
        } else if since.elapsed() >= STILL && reader.read().await?.values().sum::<i64>() == 0 {
            return Ok(true);
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(false)
}
