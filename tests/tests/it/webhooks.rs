//! What a receiver does with webhooks, over HTTP: bad ones, repeated ones, unknown ones, and every
//! sample of HighLevel's documentation.

use hatbridge::commands::Roles;
use hatbridge_schemas::{EntityKind, System};
use hatbridge_tests::sender::{SIGNATURE, contact_webhook};
use hatbridge_tests::world::World;
use hatbridge_tests::{Place, Sender, Setting};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

on_both!(
    bad_webhooks_are_refused_each_with_its_status,
    good_webhooks_are_events_and_repeated_ones_are_not_published_again,
    every_sample_of_highlevel_is_accepted_and_stands_on_the_topic
);

const KEY: u8 = 7;

/// A receiver alone that knows our key beside the simulator's.
async fn receiver(place: Place) -> (World, Sender, String) {
    let setting = Setting::new(place).with(json!({"webhooks": {"highlevel_keys": [Sender::public_key(KEY)], "tolerance": "40d"}}));
    let world = setting.start_as(Roles::WEBHOOKS).await;
    let sender = Sender::new(KEY, world.running().webhooks_at.unwrap());
    let location = world.shop().location.clone();
    (world, sender, location)
}

async fn counted(world: &World, outcome: &str) -> u64 {
    let http = hatbridge::wiring::http_client(std::time::Duration::from_secs(10), true).unwrap();
    let value = hatbridge_tests::process::metric(
        &http,
        world.running().http_at,
        "hatbridge_webhooks_total",
        &["system=\"highlevel\"", &format!("outcome=\"{outcome}\"")],
    )
    .await;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
    let count = value as u64;
    count
}

async fn on_topic(world: &World) -> usize {
    world.log.events(world.log.topics.events_of(System::Highlevel)).await.len()
}

/// A body with another `timestamp`.
fn sent(mut body: Value, hours_ago: i64) -> Value {
    body["timestamp"] = json!((jiff::Timestamp::now() - jiff::SignedDuration::from_hours(hours_ago)).to_string());
    body
}

async fn bad_webhooks_are_refused_each_with_its_status(place: Place) {
    let (world, sender, location) = receiver(place).await;
    let good = contact_webhook(&location, "c1", "Bern");
    let bytes = good.to_string().into_bytes();
    let foreign = Sender::new(8, sender.to).sign(&bytes);
    let of_another_body = sender.sign(b"{}");
    // Unsigned, signed with a stranger's key, a signature of other bytes, and what is no signature.
    let unsigned: [(&str, Option<String>); 6] = [
        ("no signature", None),
        ("an empty signature", Some(String::new())),
        ("HighLevel's word for unsigned", Some("N/A".into())),
        ("no base64", Some("@@@".into())),
        ("a stranger's signature", Some(foreign)),
        ("a signature of another body", Some(of_another_body)),
    ];
    for (what, signature) in unsigned {
        let answered = sender.post("highlevel/ContactUpdate", bytes.clone(), signature.map(|signature| (SIGNATURE, signature))).await;
        assert_eq!(answered.status, 401, "{what}: {}", answered.text);
    }
    assert_eq!(counted(&world, "unauthorized").await, 6);

    // Signed, but not to be read.
    for broken in ["{\"id\": ", "[1, 2]", "\"text\"", "", "\u{0}"] {
        assert_eq!(sender.signed("ContactUpdate", broken.into()).await.status, 400, "malformed: {broken:?}");
    }
    assert_eq!(counted(&world, "malformed").await, 5);
    let mut large = contact_webhook(&location, "c2", "Bern");
    large["notes"] = json!("x".repeat(1024 * 1024));
    assert_eq!(sender.send("ContactUpdate", &large).await.status, 413, "over 1 MiB");
    assert_eq!(counted(&world, "too_large").await, 1);

    // Beyond the tolerance of 40 days, or ahead of our clock.
    for (hours_ago, status) in [(41 * 24, 400), (-1, 400), (39 * 24, 200), (0, 200)] {
        let answered = sender.send("ContactUpdate", &sent(contact_webhook(&location, &format!("c{hours_ago}"), "Bern"), hours_ago)).await;
        assert_eq!(answered.status, status, "sent {hours_ago} hours ago: {}", answered.text);
    }
    assert_eq!(counted(&world, "stale").await, 2);
    assert_eq!(on_topic(&world).await, 2, "of all these only the two good ones are events");

    // 17hats: the wrong secret, no secret, another tenant's name.
    let shop = world.shop().clone();
    let body = json!({"id": "d1", "type": "contact.created", "account": shop.account, "data": {"id": "c1", "revision": 1, "first_name": "A"}}).to_string();
    let secret = |secret: &str| Some(("x-hatbridge-secret", secret.to_owned()));
    for (tenant, header, status) in [
        ("shop1", None, 401),
        ("shop1", secret("wrong"), 401),
        ("shop1", secret(""), 401),
        ("nobody", secret("demo-webhook-secret"), 401),
        ("shop1", secret("demo-webhook-secret"), 200),
    ] {
        let answered = sender.post(&format!("17hats/{tenant}/event"), body.clone(), header.clone()).await;
        assert_eq!(answered.status, status, "{tenant} {header:?}: {}", answered.text);
    }
    assert_eq!(world.log.events(world.log.topics.events_of(System::SeventeenHats)).await.len(), 1);
    world.end().await;
}

async fn good_webhooks_are_events_and_repeated_ones_are_not_published_again(place: Place) {
    let (world, sender, location) = receiver(place).await;
    let good = contact_webhook(&location, "c1", "Bern");
    for attempt in 1..=4 {
        let answered = sender.send("ContactUpdate", &good).await;
        assert_eq!(answered.status, 200, "attempt {attempt}: {}", answered.text);
    }
    assert_eq!((counted(&world, "accepted").await, counted(&world, "repeated").await), (1, 3), "repetitions are counted");
    assert_eq!(on_topic(&world).await, 1, "and not published again");

    // Many deliveries of one webhook at once are one event too.
    let other = contact_webhook(&location, "c2", "Bern");
    let answers = futures::future::join_all((0..16).map(|_| sender.send("ContactUpdate", &other))).await;
    assert!(answers.iter().all(|answered| answered.status == 200), "{answers:?}");
    assert_eq!(on_topic(&world).await, 2);

    // What nobody knows is kept whole; what belongs to no tenant too.
    let unknown = json!({"type": "SomethingNew", "locationId": location, "webhookId": "w-new", "timestamp": jiff::Timestamp::now().to_string(), "answer": {"to": ["everything", 42]}});
    assert_eq!(sender.send("SomethingNew", &unknown).await.status, 200, "an unknown event type");
    assert_eq!(sender.send("ContactUpdate", &contact_webhook("nobodysLocation", "c3", "Bern")).await.status, 200, "an unknown location");
    let events = world.log.events(world.log.topics.events_of(System::Highlevel)).await;
    assert_eq!(events.len(), 4);
    let kept = events.iter().find(|placed| placed.event.entity.kind == EntityKind::Other).expect("an event of a kind not understood yet");
    let raw: Value = serde_json::from_str(kept.event.raw.as_deref().unwrap()).unwrap();
    assert_eq!(raw, unknown, "all that came travels along");
    assert_eq!(kept.event.tenant.as_str(), "shop1");
    for placed in &events {
        assert_eq!(placed.key, placed.event.key(), "a record's key is tenant and person");
    }
    world.end().await;
}

fn samples() -> Option<Vec<PathBuf>> {
    let shared = std::env::var_os("HATBRIDGE_SHARED").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from);
    let files = std::fs::read_dir(shared.join("highlevel/webhooks")).ok()?;
    let mut samples: Vec<_> = files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
    samples.sort();
    Some(samples)
}

/// Many samples show one and the same record in the same state, which would be one event: here each
/// is a record of its own.
fn tell_apart(body: &mut Value, number: usize) {
    for name in ["id", "messageId", "conversationId", "webhookId"] {
        for place in ["", "/appointment"] {
            let id = body.pointer_mut(&format!("{place}/{name}")).filter(|id| id.is_string());
            if let Some(id) = id {
                *id = json!(format!("{}-{number}", id.as_str().unwrap()));
            }
        }
    }
}

async fn every_sample_of_highlevel_is_accepted_and_stands_on_the_topic(place: Place) {
    let name = format!("{}::every_sample_of_highlevel ({:?})", module_path!(), place.backend);
    let Some(samples) = samples() else {
        return hatbridge_tests::backend::skip(&name, "the sample payloads are not here; set HATBRIDGE_SHARED to the folder that holds highlevel/webhooks");
    };
    assert!(samples.len() >= 77, "{} samples", samples.len());
    let (world, sender, _) = receiver(place).await;
    let mut bodies = vec![];
    for path in &samples {
        let event = path.file_name().unwrap().to_str().unwrap().split('.').next().unwrap();
        let mut body: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        // Their moments of sending are years ago.
        if !body["timestamp"].is_null() {
            body["timestamp"] = json!(jiff::Timestamp::now().to_string());
        }
        tell_apart(&mut body, bodies.len());
        let answered = sender.send(event, &body).await;
        assert_eq!(answered.status, 200, "{}: {}", path.display(), answered.text);
        bodies.push((path, body));
    }
    let events = world.log.events(world.log.topics.events_of(System::Highlevel)).await;
    let raw: Vec<Value> = events.iter().map(|placed| serde_json::from_str(placed.event.raw.as_deref().unwrap()).unwrap()).collect();
    let missing: Vec<_> = bodies.iter().filter(|(_, body)| !raw.contains(body)).map(|(path, _)| path.file_name().unwrap()).collect();
    assert!(missing.is_empty(), "not on the topic: {missing:?}");
    let ids: BTreeSet<_> = events.iter().map(|placed| placed.event.id).collect();
    assert_eq!(ids.len(), events.len(), "no event is there twice");
    world.end().await;
}
