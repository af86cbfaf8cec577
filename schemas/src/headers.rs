//! Record headers: CloudEvents attributes (Kafka protocol binding 1.0, binary mode) and W3C Trace
//! Context. No personal data: neither the entity's id (it may be an address) nor any text of it.

use crate::{DeadLetter, Event};
use std::fmt;

/// Names and values of a record's headers.
pub type Headers = Vec<(String, Vec<u8>)>;

/// Name of the trace header.
pub const TRACEPARENT: &str = "traceparent";

/// The headers of an event.
#[must_use]
pub fn of_event(event: &Event) -> Headers {
    let mut headers = attributes(
        event.id.to_string(),
        format!("/hatbridge/{}", event.source),
        format!("hatbridge.{}.{}", event.entity.kind, event.change),
        event.occurred_at,
    );
    headers.push(header("ce_tenant", event.tenant.as_str()));
    headers.push(header(TRACEPARENT, TraceParent::of_event(event).to_string()));
    headers
}

/// The headers of a dead letter; its id is where the record stands.
#[must_use]
pub fn of_dead_letter(letter: &DeadLetter) -> Headers {
    let mut headers = attributes(
        format!("{}/{}/{}", letter.topic, letter.partition, letter.offset),
        "/hatbridge/consumers".to_owned(),
        format!("hatbridge.dead_letter.{}", letter.reason),
        letter.last_at,
    );
    headers.extend(letter.tenant.as_ref().map(|tenant| header("ce_tenant", tenant.as_str())));
    headers
}

fn attributes(id: String, source: String, kind: String, at: i64) -> Headers {
    let mut headers = vec![
        header("ce_specversion", "1.0"),
        header("ce_id", id),
        header("ce_source", source),
        header("ce_type", kind),
        header("content-type", "application/avro"),
    ];
    // Optional in CloudEvents: a moment beyond the calendar (year 9999) is left out.
    headers.extend(jiff::Timestamp::from_microsecond(at).ok().map(|at| header("ce_time", at.to_string())));
    headers
}

fn header(name: &str, value: impl Into<String>) -> (String, Vec<u8>) {
    (name.to_owned(), value.into().into_bytes())
}

/// A `traceparent`: which trace an event belongs to, and which step of it wrote the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceParent {
    /// Never 0.
    pub trace_id: u128,
    /// Never 0.
    pub parent_id: u64,
    /// Whether the trace is recorded.
    pub sampled: bool,
}

impl TraceParent {
    /// The trace of an event: its correlation id, so that everything that follows from one cause
    /// is one trace; the step is the event's own id.
    #[must_use]
    pub fn of_event(event: &Event) -> Self {
        let (parent, _) = event.id.as_u64_pair();
        // The specification forbids zeros.
        Self { trace_id: event.correlation_id.as_u128().max(1), parent_id: parent.max(1), sampled: true }
    }

    /// Reads the header's text; `None` if it is not valid, which the specification
    /// (Trace Context level 2, section 3.2) says to ignore.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let version = hex(parts.next()?, 2)?;
        let trace_id = hex(parts.next()?, 32)?;
        let parent_id = u64::try_from(hex(parts.next()?, 16)?).ok()?;
        let flags = hex(parts.next()?, 2)?;
        // Later versions may add parts; version 0 has none and 255 is forbidden.
        let longer = parts.next().is_some();
        if version == 0xff || (version == 0 && longer) || trace_id == 0 || parent_id == 0 {
            return None;
        }
        Some(Self { trace_id, parent_id, sampled: flags & 1 == 1 })
    }
}

fn hex(text: &str, length: usize) -> Option<u128> {
    let lower_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if text.len() != length || !text.bytes().all(lower_hex) {
        return None;
    }
    u128::from_str_radix(text, 16).ok()
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace_id, self.parent_id, u8::from(self.sampled))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Change, EntityKind, EntityRef, System, Via};

    fn event() -> Event {
        let entity = EntityRef { kind: EntityKind::Contact, id: "ann@example.com".into(), root: "ann@example.com".into() };
        Event::new(
            System::SeventeenHats,
            "shop".into(),
            entity,
            Change::Created,
            "1".to_owned(),
            1_764_000_000_123_456,
            1_764_000_001_000_000,
            Via::Webhook,
            None,
            None,
        )
    }

    #[test]
    fn an_event_carries_cloudevents_attributes_and_no_entity_id() {
        let event = event();
        let headers = of_event(&event);
        let get = |name: &str| {
            let found = headers.iter().find(|(n, _)| n == name).unwrap();
            String::from_utf8(found.1.clone()).unwrap()
        };
        assert_eq!(get("ce_specversion"), "1.0");
        assert_eq!(get("ce_id"), event.id.to_string());
        assert_eq!(get("ce_source"), "/hatbridge/seventeen_hats");
        assert_eq!(get("ce_type"), "hatbridge.contact.created");
        assert_eq!(get("ce_time"), "2025-11-24T16:00:00.123456Z");
        assert_eq!(get("content-type"), "application/avro");
        assert!(headers.iter().all(|(_, v)| !String::from_utf8_lossy(v).contains("ann")));
    }

    #[test]
    fn events_of_one_cause_share_a_trace() {
        let first = event();
        let mut second = event();
        second.id = uuid::Uuid::from_u128(7 << 64);
        second.correlation_id = first.id;
        let (a, b) = (TraceParent::of_event(&first), TraceParent::of_event(&second));
        assert_eq!(a.trace_id, b.trace_id);
        assert_ne!(a.parent_id, b.parent_id);
        assert_eq!(TraceParent::parse(&a.to_string()), Some(a));
    }

    #[test]
    fn a_broken_traceparent_is_ignored() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert!(TraceParent::parse(good).is_some());
        assert!(TraceParent::parse("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more").is_some());
        for bad in [
            "",
            "00",
            &good.to_uppercase(),
            &format!("{good}-more"),
            &good.replacen("00", "ff", 1),
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert_eq!(TraceParent::parse(bad), None, "{bad}");
        }
    }
}
