//! Dead letters: written before the event counts as finished.

use crate::Error;
use crate::execute::Death;
use crate::intake::Record;
use crate::service::Shared;
use hatbridge_schemas::{DeadLetter, DeadReason, Event};
use hatbridge_store::now_micros;

/// The exact command that tries a record again.
fn redrive(record: &Record) -> String {
    format!("hatbridge dead-letters redrive --at {}/{}/{}", record.place.0, record.place.1, record.offset)
}

pub(crate) async fn undecodable(shared: &Shared, record: &Record, error: &hatbridge_schemas::Error) -> Result<(), Error> {
    let death = Death {
        reason: DeadReason::Undecodable,
        message: error.to_string(),
        system: None,
        operation: None,
        attempts: 1,
        first_at: now_micros(),
        request: None,
        answer: None,
    };
    bury(shared, record, None, death).await
}

pub(crate) async fn bury(shared: &Shared, record: &Record, event: Option<&Event>, death: Death) -> Result<(), Error> {
    let Death { reason, message, system, operation, attempts, first_at, request, answer } = death;
    let (topic, partition, offset) = (&record.place.0, record.place.1, record.offset);
    let id = event.map(|e| e.id.to_string()).unwrap_or_default();
    tracing::warn!(event.id = %id, %topic, partition, offset, reason = %reason, "event {id} goes to the dead letters: {message}");
    let letter = DeadLetter {
        event_id: event.map(|e| e.id),
        tenant: event.map(|e| e.tenant.clone()),
        source: event.map(|e| e.source),
        reason,
        message,
        system,
        operation: operation.map(str::to_owned),
        attempts,
        first_at,
        last_at: now_micros(),
        topic: topic.to_string(),
        partition,
        offset,
        key: record.key.clone(),
        request,
        answer,
        redrive: redrive(record),
        event: record.value.clone(),
    };
    shared.publisher.publish_dead_letter(&letter).await?;
    shared.metrics.dead(reason);
    Ok(())
}
