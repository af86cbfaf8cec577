//! How many events a second one core writes and reads: `cargo run --release -p hatbridge-schemas --example wire_speed`.

use hatbridge_schemas::wire::{Decoder, Encoder};
use hatbridge_schemas::{Change, Contact, EntityKind, EntityRef, Event, Payload, System, Via};
use std::time::Instant;

const EVENTS: u32 = 100_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), hatbridge_schemas::Error> {
    let text = |t: &str| Some(t.to_owned());
    let contact = Contact {
        first_name: text("Ada"),
        last_name: text("Example"),
        email: text("ada@example.com"),
        phone: text("+15550100"),
        city: text("Springfield"),
        tags: Some(vec!["a".to_owned(), "b".to_owned()]),
        ..Contact::default()
    };
    let entity = EntityRef { kind: EntityKind::Contact, id: "c1".into(), root: "c1".into() };
    let event = Event::new(
        System::Highlevel,
        "shop".into(),
        entity,
        Change::Updated,
        "1".to_owned(),
        1,
        2,
        Via::Webhook,
        Some(Payload::Contact(contact)),
        Some("x".repeat(1000)),
    );
    let (encoder, decoder) = (Encoder::shipped(), Decoder::shipped());
    let value = encoder.encode(&event)?;
    let begin = Instant::now();
    for _ in 0..EVENTS {
        std::hint::black_box(encoder.encode(std::hint::black_box(&event))?);
    }
    let written = begin.elapsed();
    let begin = Instant::now();
    for _ in 0..EVENTS {
        std::hint::black_box(decoder.decode(std::hint::black_box(&value)).await?);
    }
    let read = begin.elapsed();
    let rate = |elapsed: std::time::Duration| f64::from(EVENTS) / elapsed.as_secs_f64();
    println!("value {} bytes, written {:.0}/s, read {:.0}/s", value.len(), rate(written), rate(read));
    Ok(())
}
