//! The receiver as a process has it, between a mock cluster and SQLite.
#![allow(clippy::unwrap_used)]
use super::running::{Roles, Running};
use crate::config::{Config, Sources, load};
use crate::wiring::{Local, http_client};
use rdkafka::mocking::{MockCluster, MockCoordinator};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const PARTITIONS: i32 = 2;

fn configuration(folder: &Path, brokers: &str) -> Config {
    let file = folder.join("hatbridge.toml");
    let tenants = json!({"tenants": [{
        "id": "shop",
        "highlevel": {"location_id": "L1", "token": "t"},
        "seventeen_hats": {"transport": "rest", "base_url": "http://127.0.0.1:1", "account": "a", "token": "t", "webhook_secret": "knock"},
    }]});
    std::fs::write(&file, toml::to_string(&tenants).unwrap()).unwrap();
    let set = [
        format!("kafka.brokers={brokers}"),
        format!("kafka.partitions={PARTITIONS}"),
        "http.listen=127.0.0.1:0".into(),
        "http.api_token=right".into(),
        "webhooks.listen=127.0.0.1:0".into(),
        format!("data_dir={}", folder.join("data").display()),
    ];
    load(&Sources { file: Some(file), set: set.into(), surroundings: false }).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_captures_shows_and_ends_when_told() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = MockCluster::new(1).unwrap();
    for topic in hatbridge_schemas::topics::Topics::default().all() {
        cluster.create_topic(topic, PARTITIONS, 1).unwrap();
    }
    cluster.coordinator(MockCoordinator::Group("hatbridge".into()), 1).unwrap();
    let stop = CancellationToken::new();
    let config = configuration(folder.path(), &cluster.bootstrap_servers());
    let running = Running::start(config, Roles::WEBHOOKS, Local::Join, stop.clone()).await.unwrap();
    let http = http_client(Duration::from_secs(30), true).unwrap();
    let (door, receiver) = (running.http_at, running.webhooks_at.unwrap());

    let body = json!({"id": "d1", "type": "contact.created", "account": "a", "data": {"id": "c1", "revision": 1, "first_name": "A"}});
    let post =
        |secret: &'static str| http.post(format!("http://{receiver}/webhooks/17hats/shop/event")).header("x-hatbridge-secret", secret).json(&body).send();
    assert_eq!(post("wrong").await.unwrap().status(), 401);
    assert_eq!(post("knock").await.unwrap().status(), 200);
    assert_eq!(post("knock").await.unwrap().status(), 200);

    let get = async |path: &str| http.get(format!("http://{door}{path}")).send().await.unwrap();
    let metrics = get("/metrics").await.text().await.unwrap();
    assert!(metrics.contains("hatbridge_captured_total{kind=\"contact\",source=\"seventeen_hats\",via=\"webhook\"} 1\n"), "{metrics}");
    for name in ["hatbridge_quota_used_ratio", "hatbridge_quota_wait_seconds", "hatbridge_ready", "hatbridge_publish_duration_seconds"] {
        assert!(metrics.contains(&format!("# HELP {name} ")), "{name}");
    }
    assert_eq!(get("/healthz").await.status(), 200);
    let ready = get("/readyz").await;
    assert_eq!(ready.status(), 200);
    let ready: Value = ready.json().await.unwrap();
    assert_eq!(ready, json!({"ready": true, "store": "ok", "broker": "ok", "spooled": 0}));
    assert_eq!(get("/nowhere").await.status(), 404);

    // Nothing is searched for those who do not know the token, nor without saying where and what.
    assert_eq!(get("/search?tenant=shop&text=x").await.status(), 401);
    let search = async |query: &str| http.get(format!("http://{door}/search?{query}")).bearer_auth("right").send().await.unwrap();
    assert_eq!(search("tenant=shop").await.status(), 400);
    assert_eq!(search("tenant=other&text=x").await.status(), 404);
    let refused = search("tenant=shop&text=x&limit=0").await;
    assert_eq!(refused.status(), 400);
    let refused: Value = refused.json().await.unwrap();
    assert!(refused["error"]["message"].as_str().unwrap().contains("limit"), "{refused}");

    stop.cancel();
    running.finish().await.unwrap();
    assert!(http.get(format!("http://{door}/healthz")).send().await.is_err());
}

#[tokio::test]
async fn a_part_of_many_wants_to_know_where_the_brokers_are() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = configuration(folder.path(), "x:1");
    config.kafka.brokers = String::new();
    let error = Running::start(config, Roles::APPLY, Local::Join, CancellationToken::new()).await.unwrap_err();
    assert_eq!(crate::exit::code_of(&error), crate::exit::USAGE);
    assert!(error.to_string().contains("kafka.brokers"), "{error}");
}
