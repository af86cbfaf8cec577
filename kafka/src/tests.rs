//! Against librdkafka's mock cluster: what needs a real broker is tested in the workspace's `tests`.
#![allow(clippy::unwrap_used)]
use crate::{Error, LagReader, Metrics, Options, Publisher, ensure_topics};
use hatbridge_schemas::topics::Topics;
use hatbridge_schemas::wire::{Decoder, Encoder};
use hatbridge_schemas::{Change, EntityId, EntityKind, EntityRef, Event, System, TenantId, Via};
use rdkafka::Message;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::message::Headers;
use rdkafka::mocking::MockCluster;
use std::time::Duration;

fn event(n: usize) -> Event {
    let id = EntityId::new(format!("c{n}"));
    let entity = EntityRef { kind: EntityKind::Contact, id: id.clone(), root: id };
    Event::new(System::Highlevel, TenantId::new("shop"), entity, Change::Created, "1".into(), 1, 2, Via::Webhook, None, Some("{}".into()))
}

fn publisher(options: &Options) -> Publisher {
    Publisher::new(options, Topics::default(), Encoder::shipped(), Metrics::unregistered().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_arrives_with_its_key_headers_and_content() {
    let cluster = MockCluster::new(3).unwrap();
    let options = Options::new(cluster.bootstrap_servers(), "test");
    let topics = Topics::default();
    for topic in topics.all() {
        cluster.create_topic(topic, 4, 3).unwrap();
    }
    ensure_topics(&options, &topics, 4, 3).await.unwrap();
    let error = ensure_topics(&options, &topics, 6, 3).await.unwrap_err();
    assert!(matches!(error, Error::Partitions { found: 4, wanted: 6, .. }), "{error}");
    assert!(error.to_string().contains("kafka.partitions = 4"), "{error}");

    let publisher = publisher(&options);
    let consumer: StreamConsumer = options.consumer_config("g").create().unwrap();
    let topic = topics.events_of(System::Highlevel);
    consumer.subscribe(&[topic]).unwrap();
    futures_like(&publisher, 50).await;
    publisher.flush(Duration::from_secs(10)).await.unwrap();

    let mut seen = std::collections::HashMap::new();
    while seen.len() < 50 {
        let record = consumer.recv().await.unwrap();
        let read = Decoder::shipped().decode(record.payload().unwrap()).await.unwrap();
        assert_eq!(record.key().unwrap(), read.key().as_bytes());
        let id = record.headers().unwrap().iter().find(|h| h.key == "ce_id").unwrap();
        assert_eq!(id.value.unwrap(), read.id.to_string().as_bytes());
        seen.insert(read.id, read);
    }
    assert_eq!(seen[&event(7).id], event(7));
}

/// Side by side, as the receiver does.
async fn futures_like(publisher: &Publisher, count: usize) {
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..count {
        let publisher = publisher.clone();
        tasks.spawn(async move { publisher.publish(&event(n)).await });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lag_of_a_group_that_read_nothing_is_everything() {
    let cluster = MockCluster::new(1).unwrap();
    let options = Options::new(cluster.bootstrap_servers(), "test");
    let topics = Topics::default();
    let topic = topics.events_of(System::Highlevel);
    cluster.create_topic(topic, 3, 1).unwrap();
    futures_like(&publisher(&options), 20).await;
    let lag = LagReader::new(&options, "idle", &[topic]).unwrap().read().await.unwrap();
    assert_eq!(lag[topic], 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_broker_publishing_fails_in_time_and_may_be_tried_again() {
    let mut options = Options::new("127.0.0.1:9", "test"); // the discard port: nobody listens
    options.properties.insert("message.timeout.ms".into(), "300".into());
    let publisher = publisher(&options);
    let error = publisher.publish(&event(1)).await.unwrap_err();
    assert!(matches!(error, Error::Publish { .. }) && error.is_retryable(), "{error}");
    assert!(publisher.ping(Duration::from_millis(200)).await.is_err());
    assert!(matches!(ensure_topics(&Options::new("", "test"), &Topics::default(), 1, 1).await, Err(Error::Options(_))));
}
