//! The broker is away: every webhook is kept and acknowledged, also while the receiver is killed, and
//! none is lost or doubled once the broker is back.

use hatbridge_schemas::System;
use hatbridge_tests::backend::broker_in;
use hatbridge_tests::process::metric;
use hatbridge_tests::sender::contact_webhook;
use hatbridge_tests::wait::until;
use hatbridge_tests::{Backend, Place, Process, Sender, Setting, World};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const KEY: u8 = 7;
const PEOPLE: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_broker_is_away_webhooks_are_kept_also_when_the_receiver_is_killed() {
    hatbridge_tests::run(Backend::Local, module_path!(), kept_while_the_broker_is_away).await;
}

/// A receiver's process that answers, and a sender to it.
async fn receiver(world: &World, name: &str) -> (Process, Sender) {
    let mut process = world.process(name, &["produce", "webhooks"]);
    let at = process.address("webhooks").await;
    (process, Sender::new(KEY, at))
}

/// One change of each person after the other, each acknowledged: what was sent, in order.
async fn changes(sender: &Sender, location: &str, rounds: std::ops::Range<usize>, word: Option<&str>) {
    for round in rounds {
        for person in 0..PEOPLE {
            let answered = sender.send("ContactUpdate", &contact_webhook(location, &format!("person{person}"), &format!("Town {round}"))).await;
            assert_eq!(answered.status, 200, "round {round}: every webhook is acknowledged: {}", answered.text);
            if let Some(word) = word {
                assert_eq!(answered.text, word, "round {round}");
            }
        }
    }
}

async fn kept_while_the_broker_is_away(place: Place) {
    // A broker of its own: nobody else's is stopped.
    let data = place.folder.path().join("broker");
    let broker = broker_in(&data).await;
    let address = broker.brokers().to_owned();
    let changed = json!({"kafka": {"brokers": address}, "webhooks": {"highlevel_keys": [Sender::public_key(KEY)], "publish_deadline": "2s"}});
    let mut world = Setting::new(place).with(changed).products().await;
    world.look_at(&address);
    let location = world.shop().location.clone();
    let http = hatbridge::wiring::http_client(Duration::from_secs(10), true).unwrap();

    let (mut first, sender) = receiver(&world, "first").await;
    changes(&sender, &location, 0..3, None).await;
    let metrics = first.address("metrics").await;
    let spooled = async |at| metric(&http, at, "hatbridge_spool_events", &[]).await;
    until("all of them on the topic", async || (spooled(metrics).await < 0.5).then_some(())).await;
    broker.stop().await.unwrap();
    changes(&sender, &location, 3..8, Some("spooled")).await;
    // Killed in the middle of a burst: what was not answered may be there or not, and comes again.
    let burst: Vec<_> = (0..40).map(|number| contact_webhook(&location, &format!("burst{number}"), "Town")).collect();
    let sending = {
        let (sender, burst) = (sender.clone(), burst.clone());
        tokio::spawn(async move { futures::future::join_all(burst.iter().map(|body| sender.send("ContactUpdate", body))).await })
    };
    first.kill();
    sending.await.unwrap();

    let (mut second, sender) = receiver(&world, "second").await;
    for body in &burst {
        assert_eq!(sender.send("ContactUpdate", body).await.status, 200, "the sender's repetition is acknowledged");
    }
    changes(&sender, &location, 8..12, Some("spooled")).await;
    let broker = broker_in(&data).await;
    assert_eq!(broker.brokers(), address, "the broker is back where it was");
    let metrics = second.address("metrics").await;
    until("the spool to be empty", async || (spooled(metrics).await < 0.5).then_some(())).await;
    changes(&sender, &location, 12..14, None).await;

    let events = world.log.events(world.log.topics.events_of(System::Highlevel)).await;
    let mut times: BTreeMap<_, usize> = BTreeMap::new();
    let mut towns: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for placed in &events {
        *times.entry(placed.event.id).or_default() += 1;
        let raw: serde_json::Value = serde_json::from_str(placed.event.raw.as_deref().unwrap()).unwrap();
        towns.entry(placed.event.entity.id.as_str().to_owned()).or_default().push(raw["city"].as_str().unwrap().to_owned());
    }
    let doubled: Vec<_> = times.iter().filter(|(_, count)| **count > 1).collect();
    assert!(doubled.is_empty(), "each event stands on the topic once, not: {doubled:?}");
    let wanted: Vec<_> = (0..14).map(|round| format!("Town {round}")).collect();
    for person in 0..PEOPLE {
        assert_eq!(towns[&format!("person{person}")], wanted, "all changes of a person, in their order");
    }
    let people: BTreeSet<_> = towns.keys().filter(|id| id.starts_with("burst")).collect();
    assert_eq!(people.len(), burst.len(), "the whole burst");
    assert_eq!(events.len(), PEOPLE * 14 + burst.len());
    second.stop().await;
    broker.stop().await.unwrap();
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sender_is_told_to_come_again_once_the_spool_is_full() {
    hatbridge_tests::run(Backend::Local, module_path!(), told_to_come_again).await;
}

async fn told_to_come_again(place: Place) {
    // Nobody listens there.
    let changed = json!({
        "kafka": {"brokers": "127.0.0.1:1"},
        "webhooks": {"highlevel_keys": [Sender::public_key(KEY)], "publish_deadline": "100ms", "spool_bytes": "1MiB"},
    });
    let world = Setting::new(place).with(changed).products().await;
    let shop = world.shop().clone();
    let (process, sender) = receiver(&world, "receiver").await;
    let mut answers = vec![];
    for number in 0..16 {
        let mut body = contact_webhook(&shop.location, &format!("person{number}"), "Town");
        body["notes"] = json!("x".repeat(100_000));
        answers.push(sender.send("ContactUpdate", &body).await.status);
    }
    let kept = answers.iter().filter(|status| **status == 200).count();
    assert!((8..=10).contains(&kept), "a mebibyte holds about ten of these: {answers:?}");
    assert!(answers[kept..].iter().all(|status| *status == 429), "then HighLevel is told what it retries under both of its rules: {answers:?}");
    let body = json!({"id": "d1", "type": "contact.created", "account": shop.account, "data": {"id": "c1", "revision": 1, "notes": "x".repeat(100_000)}});
    let answered = sender.post("17hats/shop1/event", body.to_string(), Some(("x-hatbridge-secret", "demo-webhook-secret".to_owned()))).await;
    assert_eq!(answered.status, 503, "and 17hats what it retries");
    process.stop().await;
    world.end().await;
}
