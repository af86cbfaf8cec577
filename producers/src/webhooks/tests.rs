#![allow(clippy::unwrap_used)]
use super::signature::{ED25519_HEADER, SECRET_HEADER};
use super::*;
use crate::metrics::Outcome;
use crate::testing::{Memory, capture_in};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::pkcs8::EncodePublicKey;
use ed25519_dalek::{Signer, SigningKey};
use hatbridge_schemas::{System, TenantId};
use hatbridge_store::now_micros;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

struct Receiver {
    url: String,
    key: SigningKey,
    client: reqwest::Client,
    sink: Arc<Memory>,
    metrics: crate::Metrics,
    handle: crate::Handle,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<Result<(), crate::Error>>,
}

/// A receiver over the folder's store and spool.
async fn receiver(folder: &Path, sink: &Arc<Memory>, change: impl FnOnce(&mut Options)) -> Receiver {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let key = SigningKey::from_bytes(&[7; 32]);
    let mut options = Options::new("127.0.0.1:0".parse().unwrap(), folder.join("spool"));
    options.highlevel_keys = vec![STANDARD.encode(key.verifying_key().to_public_key_der().unwrap().as_bytes())];
    change(&mut options);
    let mut routes = Routes::default();
    routes.highlevel.insert("loc1".into(), TenantId::new("shop"));
    routes.seventeen_hats.insert(TenantId::new("shop"), Door::secret("s3cret".to_owned().into()));
    let capture = capture_in(folder, sink).await;
    let metrics = capture.metrics().clone();
    let mut service = loop {
        // The folder's lock is given up a moment after a killed receiver's last handle went.
        match Service::new(options.clone(), routes.clone(), capture.clone()) {
            Ok(service) => break service,
            Err(crate::Error::Spool { .. }) => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    };
    let address = service.bind().await.unwrap();
    let handle = service.handle();
    let stop = CancellationToken::new();
    let task = tokio::spawn(service.run(stop.clone()));
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    Receiver { url: format!("http://{address}/webhooks"), key, client, sink: Arc::clone(sink), metrics, handle, stop, task }
}

impl Receiver {
    async fn post(&self, path: &str, body: impl Into<Vec<u8>>, header: Option<(&str, String)>) -> (u16, String) {
        let mut request = self.client.post(format!("{}/{path}", self.url)).body(body.into());
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// Posts as HighLevel does.
    async fn signed(&self, event: &str, body: &Value) -> (u16, String) {
        let bytes = body.to_string().into_bytes();
        let signature = STANDARD.encode(self.key.sign(&bytes).to_bytes());
        self.post(&format!("highlevel/{event}"), bytes, Some((ED25519_HEADER, signature))).await
    }

    fn count(&self, outcome: Outcome) -> u64 {
        self.metrics.webhooks_with(System::Highlevel, outcome)
    }

    async fn end(self) {
        self.stop.cancel();
        self.task.await.unwrap().unwrap();
    }
}

fn contact(n: usize, name: &str) -> Value {
    json!({"type": "ContactCreate", "locationId": "loc1", "id": format!("c{n}"), "firstName": name, "email": format!("{n}@example.com"),
        "webhookId": format!("w{n}-{name}"), "timestamp": jiff::Timestamp::from_microsecond(now_micros()).unwrap().to_string()})
}

#[tokio::test]
async fn what_is_not_signed_by_highlevel_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let r = receiver(folder.path(), &Arc::default(), |_| {}).await;
    let body = contact(1, "Ada").to_string();
    let foreign = STANDARD.encode(SigningKey::from_bytes(&[8; 32]).sign(body.as_bytes()).to_bytes());
    for signature in [None, Some("N/A".to_owned()), Some(foreign), Some("AAAA".to_owned())] {
        let (status, _) = r.post("highlevel/ContactCreate", body.clone(), signature.map(|s| (ED25519_HEADER, s))).await;
        assert_eq!(status, 401);
    }
    assert_eq!((r.count(Outcome::Unauthorized), r.sink.events().len()), (4, 0));
    assert_eq!(r.signed("ContactCreate", &contact(1, "Ada")).await, (200, "accepted".into()));
    let event = r.sink.events().remove(0);
    assert_eq!((event.tenant.as_str(), event.key().as_str(), event.via.as_str()), ("shop", "shop/c1", "webhook"));
    r.end().await;
}

#[tokio::test]
async fn what_can_not_be_read_is_refused_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let r = receiver(folder.path(), &Arc::default(), |_| {}).await;
    let sign = |bytes: &[u8]| Some((ED25519_HEADER, STANDARD.encode(r.key.sign(bytes).to_bytes())));
    for broken in ["{\"id\": ", "[1]", "\"text\"", ""] {
        assert_eq!(r.post("highlevel/ContactCreate", broken, sign(broken.as_bytes())).await.0, 400, "{broken}");
    }
    let large = format!("{{\"id\":\"{}\"}}", "x".repeat(1024 * 1024));
    assert_eq!(r.post("highlevel/ContactCreate", large.clone(), sign(large.as_bytes())).await.0, 413);
    let just = format!("{{\"id\":\"{}\"}}", "x".repeat(1024 * 1024 - 9));
    assert_eq!(r.post("highlevel/ContactCreate", just.clone(), sign(just.as_bytes())).await.0, 200);
    assert_eq!(r.post("highlevel/a.b", "{}", sign(b"{}")).await.0, 404);
    assert_eq!((r.count(Outcome::Malformed), r.count(Outcome::TooLarge), r.count(Outcome::Refused)), (4, 1, 1));
    r.end().await;
}

#[tokio::test]
async fn late_retries_pass_and_ancient_or_future_ones_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let r = receiver(folder.path(), &Arc::default(), |_| {}).await;
    let day = 86_400_000_000;
    for (n, (age, status)) in [(39 * day, 200), (41 * day, 400), (-5 * 60_000_000, 200), (-11 * 60_000_000, 400)].into_iter().enumerate() {
        let mut body = contact(n, "Ada");
        body["timestamp"] = json!(jiff::Timestamp::from_microsecond(now_micros() - age).unwrap().to_string());
        let (got, text) = r.signed("ContactCreate", &body).await;
        assert_eq!(got, status, "{text}");
        assert_eq!(status == 400, text.contains("timestamp"), "{text}");
    }
    assert_eq!(r.count(Outcome::Stale), 2);
    r.end().await;
}

#[tokio::test]
async fn a_repeated_webhook_is_counted_and_not_published_again() {
    let folder = tempfile::tempdir().unwrap();
    let r = receiver(folder.path(), &Arc::default(), |_| {}).await;
    // An occurrence, which content could not tell apart.
    let body = json!({"type": "INSTALL", "locationId": "loc1", "appId": "a1", "webhookId": "w1"});
    let slow = r.sink.slow.lock().await;
    let (one, two) = (r.signed("AppInstall", &body), r.signed("AppInstall", &body));
    let both = async { tokio::join!(one, two) };
    let release = async {
        r.sink.until(|s| s.asked.load(Ordering::SeqCst) == 1).await;
        drop(slow);
    };
    let ((one, two), ()) = tokio::join!(both, release);
    assert_eq!((one.0, two.0), (200, 200));
    assert_eq!(r.signed("AppInstall", &body).await, (200, "repeated".into()));
    assert_eq!((r.count(Outcome::Accepted), r.count(Outcome::Repeated), r.sink.events().len()), (1, 2, 1));
    r.end().await;
}

#[tokio::test]
async fn invoices_and_locations_find_their_tenant_without_a_location_id() {
    let folder = tempfile::tempdir().unwrap();
    let r = receiver(folder.path(), &Arc::default(), |_| {}).await;
    let invoice = json!({"_id": "inv1", "altId": "loc1", "altType": "location", "invoiceNumber": "1", "status": "sent", "webhookId": "w1"});
    assert_eq!(r.signed("InvoiceSent", &invoice).await.0, 200);
    assert_eq!(r.signed("LocationUpdate", &json!({"type": "LocationUpdate", "id": "loc1", "name": "Shop", "webhookId": "w2"})).await.0, 200);
    let events = r.sink.events();
    let seen: Vec<_> = events.iter().map(|event| (event.tenant.as_str(), event.entity.kind.as_str())).collect();
    assert_eq!(seen, [("shop", "invoice"), ("shop", "location")]);
    r.end().await;
}

#[tokio::test]
async fn unknown_events_and_unknown_locations_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let r = receiver(folder.path(), &Arc::default(), |_| {}).await;
    assert_eq!(r.signed("BrandNewThing", &json!({"locationId": "loc1", "x": 1, "webhookId": "w1"})).await.0, 200);
    let mut elsewhere = contact(1, "Ada");
    elsewhere["locationId"] = json!("nobody's");
    assert_eq!(r.signed("ContactCreate", &elsewhere).await.0, 200);
    let events = r.sink.events();
    assert_eq!((events[0].entity.kind.as_str(), events[0].version.as_str()), ("other", "BrandNewThing:w1"));
    assert!(events[0].raw.as_ref().unwrap().contains("\"x\":1"));
    assert_eq!(events[1].tenant.as_str(), UNASSIGNED);
    r.end().await;
}

#[tokio::test]
async fn zaps_need_the_tenants_secret() {
    let folder = tempfile::tempdir().unwrap();
    let r = receiver(folder.path(), &Arc::default(), |_| {}).await;
    let body = json!({"id": "h1", "first_name": "Ada", "primary_email_address": "ada@example.com"}).to_string();
    let secret = |s: &str| Some((SECRET_HEADER, s.to_owned()));
    assert_eq!(r.post("17hats/shop/new_contact", body.clone(), None).await.0, 401);
    assert_eq!(r.post("17hats/shop/new_contact", body.clone(), secret("wrong")).await.0, 401);
    assert_eq!(r.post("17hats/other/new_contact", body.clone(), secret("s3cret")).await.0, 401);
    assert_eq!(r.post("17hats/shop/party", body.clone(), secret("s3cret")).await.0, 404);
    assert_eq!(r.post("17hats/shop/new_contact", body.clone(), secret("s3cret")).await.0, 200);
    // The trigger comes again with nothing new in it.
    assert_eq!(r.post("17hats/shop/updated_contact", body, secret("s3cret")).await.0, 200);
    let lines = r.sink.lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("contact h1 created 1-"), "{lines:?}");
    r.end().await;
}

#[tokio::test]
async fn while_the_broker_is_away_everything_waits_on_disk_and_comes_in_order_even_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let sink = Arc::<Memory>::default();
    let r = receiver(folder.path(), &sink, |_| {}).await;
    sink.away.store(true, Ordering::SeqCst);
    let mut update = contact(0, "Grace");
    update["type"] = json!("ContactUpdate");
    for body in [contact(0, "Ada"), contact(1, "Alan")] {
        assert_eq!(r.signed("ContactCreate", &body).await, (200, "spooled".into()));
    }
    assert_eq!(r.signed("ContactUpdate", &update).await, (200, "spooled".into()));
    assert_eq!(r.signed("ContactUpdate", &update).await, (200, "repeated".into()), "what waits is known");
    assert_eq!((r.handle.spooled(), sink.events().len()), (3, 0));
    // Killed.
    r.task.abort();
    let _ = r.task.await;
    drop((r.client, r.metrics, r.handle)); // connections kept alive hold the receiver

    let r = receiver(folder.path(), &sink, |_| {}).await;
    assert_eq!(r.signed("ContactCreate", &contact(2, "Edsger")).await, (200, "spooled".into()), "behind what waits");
    sink.away.store(false, Ordering::SeqCst);
    sink.until(|s| s.events().len() == 4).await;
    assert_eq!(r.signed("ContactCreate", &contact(0, "Ada")).await, (200, "repeated".into()));
    let lines = sink.lines();
    let of = |id: &str| lines.iter().filter(|l| l.contains(id)).map(|l| l.split(' ').nth(2).unwrap()).collect::<Vec<_>>();
    assert_eq!((of(" c0 "), of(" c1 "), of(" c2 ")), (vec!["created", "updated"], vec!["created"], vec!["created"]), "{lines:?}");
    r.end().await;
}

#[tokio::test]
async fn a_broker_that_does_not_answer_costs_the_deadline_once() {
    let folder = tempfile::tempdir().unwrap();
    let r = receiver(folder.path(), &Arc::default(), |o| o.publish_deadline = Duration::from_millis(50)).await;
    let slow = r.sink.slow.lock().await;
    assert_eq!(r.signed("ContactCreate", &contact(1, "Ada")).await, (200, "spooled".into()));
    assert_eq!(r.signed("ContactCreate", &contact(2, "Alan")).await, (200, "spooled".into()));
    drop(slow);
    r.sink.until(|s| s.events().len() >= 2).await;
    let ids: std::collections::HashSet<_> = r.sink.events().iter().map(|e| e.id).collect();
    assert_eq!(ids.len(), 2, "a record written twice is one event");
    r.end().await;
}

#[tokio::test]
async fn when_neither_broker_nor_disk_can_take_it_the_sender_is_told_to_come_again() {
    let folder = tempfile::tempdir().unwrap();
    let r = receiver(folder.path(), &Arc::default(), |o| o.spool_bytes = 600).await;
    r.sink.away.store(true, Ordering::SeqCst);
    let mut statuses = vec![];
    for n in 0..5 {
        statuses.push(r.signed("ContactCreate", &contact(n, "Ada")).await.0);
    }
    assert_eq!((statuses[0], statuses[4]), (200, 429), "{statuses:?}");
    let secret = Some((SECRET_HEADER, "s3cret".to_owned()));
    let zap = json!({"id": "h1", "first_name": "x".repeat(600)}).to_string();
    assert_eq!(r.post("17hats/shop/new_contact", zap, secret).await.0, 503);
    // What was refused is taken when it comes again, and nothing is lost or doubled.
    r.sink.away.store(false, Ordering::SeqCst);
    let accepted = statuses.iter().filter(|s| **s == 200).count();
    r.sink.until(|s| s.events().len() == accepted).await;
    for n in 0..5 {
        while r.signed("ContactCreate", &contact(n, "Ada")).await.0 != 200 {}
    }
    r.sink.until(|s| s.events().len() == 5).await;
    r.end().await;
}
