//! What is told, how it is signed, and how often.

use super::*;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, VerifyingKey, pkcs8::DecodePublicKey as _};
use std::collections::BTreeMap;

async fn told(delivery: Delivery, answers: &[u16]) -> (World, mpsc::Receiver<Got>) {
    let (base, got) = receiver(answers).await;
    let location = LocationOptions { webhook_base: Some(base), delivery, ..at_once(PLACE, TOKEN) };
    (started(Options { locations: vec![location], limits: Limits::lifted(), ..Options::default() }).await, got)
}

fn quick(retries: Retries) -> Delivery {
    Delivery { retries, retry_ms: 2, retry_most_ms: 4, ..Delivery::default() }
}

#[tokio::test]
async fn the_signature_is_over_the_raw_body() {
    let (world, mut got) = told(Delivery::default(), &[]).await;
    world.ada();
    let (event, headers, body) = got.recv().await.unwrap();
    assert_eq!(event, "ContactCreate");
    let key = VerifyingKey::from_public_key_der(&STANDARD.decode(world.handle.public_key()).unwrap()).unwrap();
    let signature = Signature::from_slice(&STANDARD.decode(&headers["x-ghl-signature"]).unwrap()).unwrap();
    key.verify_strict(&body, &signature).unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((&body["type"], &body["locationId"], &body["firstName"]), (&json!("ContactCreate"), &json!(PLACE), &json!("Ada")));
    for name in ["webhookId", "timestamp", "appId", "versionId", "id", "dateAdded"] {
        assert!(body[name].is_string(), "{name}");
    }
    assert_eq!(body.get("dateUpdated"), None, "webhooks have no time of update");
}

#[tokio::test]
async fn each_write_is_told_by_its_events_in_order() {
    let (world, mut got) = told(Delivery::default(), &[]).await;
    let ada = world.ada();
    world.put(&format!("/contacts/{ada}"), json!({"city": "Bern"})).await;
    world.put(&format!("/contacts/{ada}"), json!({"city": "Bern"})).await;
    world.post(&format!("/contacts/{ada}/tags"), json!({"tags": ["a"]})).await;
    world.put(&format!("/contacts/{ada}"), json!({"dnd": true})).await;
    world.handle.add_message(PLACE, json!({"contactId": ada, "direction": "inbound", "body": "hello"})).unwrap();
    world.post("/conversations/messages", json!({"type": "SMS", "contactId": ada, "message": "answer"})).await;
    world.handle.complete_call(PLACE, &ada, 7, &["hello"]).unwrap();
    let id = world.handle.conversation_of(PLACE, &ada).unwrap();
    world.put(&format!("/conversations/{id}"), json!({"locationId": PLACE, "unreadCount": 0})).await;
    let task = world.handle.create_task(PLACE, &ada, json!({"title": "t"})).unwrap();
    world.handle.update_task(PLACE, &task, json!({"title": "u"})).unwrap();
    world.handle.update_task(PLACE, &task, json!({"completed": true})).unwrap();
    world.handle.delete_contact(PLACE, &ada).unwrap();
    until_quiet(&world.handle).await;
    let mut events = Vec::new();
    let mut bodies = BTreeMap::new();
    while let Ok((event, _, body)) = got.try_recv() {
        bodies.insert(events.len(), serde_json::from_slice::<Value>(&body).unwrap());
        events.push(event);
    }
    let wanted = [
        "ContactCreate",
        "ContactUpdate",
        "ContactTagUpdate",
        "ContactUpdate",
        "ContactDndUpdate",
        "ConversationUnreadWebhook",
        "InboundMessage",
        "OutboundMessage",
        "OutboundMessage",
        "ConversationUnreadWebhook",
        "TaskCreate",
        "TaskComplete",
        "ContactDelete",
    ];
    assert_eq!(events, wanted);
    assert_eq!((&bodies[&5]["type"], &bodies[&5]["unreadCount"]), (&json!("ConversationUnreadUpdate"), &json!(1)));
    assert_eq!((&bodies[&6]["messageType"], &bodies[&6]["body"]), (&json!("SMS"), &json!("hello")));
    assert_eq!((&bodies[&7]["source"], &bodies[&7]["conversationId"]), (&json!("api"), &json!(id)), "our own writes come back");
    assert_eq!((&bodies[&8]["messageType"], &bodies[&8]["callDuration"], &bodies[&8]["status"]), (&json!("CALL"), &json!(7), &json!("completed")));
}

#[tokio::test]
async fn oddities_are_switches() {
    let (world, mut got) = told(Delivery::default(), &[]).await;
    let ada = world.ada();
    world.handle.set_bugs(PLACE, Bugs { task_without_contact: true, messages_without_id: true, ..Bugs::default() }).unwrap();
    world.handle.create_task(PLACE, &ada, json!({"title": "t"})).unwrap();
    world.handle.add_message(PLACE, json!({"contactId": ada, "body": "x"})).unwrap();
    let appointment = world.handle.create_appointment(PLACE, &ada, json!({"title": "a"})).unwrap();
    world.handle.delete_appointment(PLACE, &appointment).unwrap();
    let opportunity = world.handle.create_opportunity(PLACE, &ada, json!({"status": "open"})).unwrap();
    world.handle.update_opportunity(PLACE, &opportunity, json!({"status": "won"})).unwrap();
    world.handle.emit(PLACE, "InvoicePaid", json!({"contactId": ada})).unwrap();
    until_quiet(&world.handle).await;
    let mut told = Vec::new();
    while let Ok((event, _, body)) = got.try_recv() {
        let body: Value = serde_json::from_slice(&body).unwrap();
        let named = ["contactId", "messageId"].into_iter().filter(|name| body[*name].is_string()).count();
        told.push((event, body["type"].as_str().unwrap().to_owned(), named));
    }
    let told: Vec<_> = told.iter().map(|(event, kind, named)| (event.as_str(), kind.as_str(), *named)).collect();
    let wanted = [
        ("ContactCreate", "ContactCreate", 0),
        ("TaskCreate", "TaskCreate", 0),
        ("OutboundMessage", "OutboundMessage", 1),
        ("AppointmentCreate", "AppointmentCreate", 0),
        ("AppointmentDelete", "AppointmentCreate", 0),
        ("OpportunityCreate", "OpportunityCreate", 1),
        ("OpportunityUpdate", "OpportunityUpdate", 1),
        ("OpportunityStatusUpdate", "OpportunityStatusUpdate", 1),
        ("InvoicePaid", "InvoicePaid", 1),
    ];
    assert_eq!(told, wanted);
}

#[tokio::test]
async fn under_the_newer_rule_every_failure_is_repeated_twelve_times() {
    let (world, mut got) = told(quick(Retries::Newer), &[503, 400, 429]).await;
    world.ada();
    let first = next(&mut got).await;
    for _ in 0..3 {
        assert_eq!(next(&mut got).await, first, "the same bytes under the same id");
    }
    until_quiet(&world.handle).await;
    let counts = world.handle.deliveries(PLACE).unwrap();
    assert_eq!((counts.delivered, counts.failed, counts.given_up), (1, 3, 0));
    let (world, mut got) = told(quick(Retries::Newer), &[503; 64]).await;
    world.ada();
    until_quiet(&world.handle).await;
    let counts = world.handle.deliveries(PLACE).unwrap();
    assert_eq!((counts.delivered, counts.failed, counts.given_up), (0, 13, 1), "one attempt and twelve repetitions");
    assert_eq!(std::iter::from_fn(|| got.try_recv().ok()).count(), 13);
}

#[tokio::test]
async fn under_the_older_rule_only_429_is_repeated() {
    let (world, _got) = told(quick(Retries::Older), &[503]).await;
    world.ada();
    until_quiet(&world.handle).await;
    let counts = world.handle.deliveries(PLACE).unwrap();
    assert_eq!((counts.delivered, counts.failed, counts.given_up), (0, 1, 1));
    let (world, _got) = told(quick(Retries::Older), &[429; 64]).await;
    world.ada();
    until_quiet(&world.handle).await;
    assert_eq!(world.handle.deliveries(PLACE).unwrap().failed, 7, "one attempt and six repetitions");
}

#[tokio::test]
async fn a_webhook_may_come_twice_and_late_and_none_is_lost() {
    let (world, mut got) = told(Delivery { delay_ms: (0, 30), duplicate: 1.0, reorder: 0.5, ..Delivery::default() }, &[]).await;
    for number in 0..20 {
        world.handle.create_contact(PLACE, json!({"firstName": format!("{number}")})).unwrap();
    }
    assert!(!world.handle.quiet());
    until_quiet(&world.handle).await;
    let mut times = BTreeMap::new();
    while let Ok((_, _, body)) = got.try_recv() {
        *times.entry(body).or_insert(0) += 1;
    }
    assert_eq!((times.len(), times.values().all(|count| *count == 2)), (20, true));
}

#[tokio::test]
async fn the_breaker_pauses_and_nothing_missed_is_sent_later() {
    let breaker = Some(Breaker { every: 5, success: 0.9 });
    let (world, mut got) = told(Delivery { breaker, ..quick(Retries::Older) }, &[500; 10]).await;
    for number in 0..10 {
        world.handle.create_contact(PLACE, json!({"firstName": format!("{number}")})).unwrap();
        until_quiet(&world.handle).await;
    }
    assert!(world.handle.webhooks_paused(PLACE).unwrap());
    world.handle.create_contact(PLACE, json!({"firstName": "missed"})).unwrap();
    world.handle.pause_webhooks(PLACE, false).unwrap();
    world.handle.create_contact(PLACE, json!({"firstName": "seen"})).unwrap();
    until_quiet(&world.handle).await;
    let counts = world.handle.deliveries(PLACE).unwrap();
    assert_eq!((counts.given_up, counts.paused, counts.delivered), (10, 1, 1));
    assert_eq!(std::iter::from_fn(|| got.try_recv().ok()).count(), 11);
}

#[tokio::test]
async fn equal_seeds_make_equal_ids_and_keys() {
    let start = |seed: u64| started(Options { locations: vec![at_once(PLACE, TOKEN)], seed, ..Options::default() });
    let (one, same, other) = (start(1).await, start(1).await, start(2).await);
    let ids = [&one, &same, &other].map(World::ada);
    assert_eq!((&ids[0], one.handle.public_key()), (&ids[1], same.handle.public_key()));
    assert!(ids[0] != ids[2] && one.handle.public_key() != other.handle.public_key());
}
