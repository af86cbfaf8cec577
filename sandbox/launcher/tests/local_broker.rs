//! The local broker as a child, through crashes of either side.
#![allow(clippy::unwrap_used)]

use hatbridge_launcher::{Broker, Error, Options, Ready};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const TOPIC: &str = "kept";
const PATIENCE: Duration = Duration::from_secs(30);

fn client(broker: &Broker) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", broker.brokers());
    config
}

fn producer(broker: &Broker) -> FutureProducer {
    client(broker).set("acks", "all").set("enable.idempotence", "true").set("message.timeout.ms", "30000").set("linger.ms", "5").create().unwrap()
}

async fn create_topic(broker: &Broker, partitions: i32) {
    let admin: AdminClient<DefaultClientContext> = client(broker).create().unwrap();
    let topic = NewTopic::new(TOPIC, partitions, TopicReplication::Fixed(1)).set("retention.ms", "-1").set("cleanup.policy", "delete");
    for answer in admin.create_topics(&[topic], &AdminOptions::new().request_timeout(Some(PATIENCE))).await.unwrap() {
        answer.unwrap();
    }
}

/// Sends records numbered `from..to` in order and waits until each is acknowledged.
async fn send(broker: &Broker, from: usize, to: usize, bytes: usize) {
    let producer = producer(broker);
    let mut waiting = Vec::new();
    for number in from..to {
        let body = format!("{number:0bytes$}");
        let record = FutureRecord::<str, _>::to(TOPIC).partition(0).payload(&body);
        waiting.push(producer.send_result(record).map_err(|(error, _)| error).unwrap());
    }
    for answer in waiting {
        answer.await.unwrap().unwrap();
    }
}

/// The first `count` records of partition 0, as numbers.
fn read(broker: &Broker, count: usize) -> Vec<usize> {
    let consumer: BaseConsumer = client(broker).set("group.id", "reader").set("enable.auto.commit", "false").create().unwrap();
    let mut assignment = TopicPartitionList::new();
    assignment.add_partition_offset(TOPIC, 0, Offset::Beginning).unwrap();
    consumer.assign(&assignment).unwrap();
    let deadline = Instant::now() + PATIENCE;
    let mut numbers = Vec::new();
    while numbers.len() < count && Instant::now() < deadline {
        if let Some(message) = consumer.poll(Duration::from_millis(100)) {
            let message = message.unwrap();
            numbers.push(std::str::from_utf8(message.payload().unwrap()).unwrap().parse().unwrap());
        }
    }
    numbers
}

/// Returns when nobody holds the folder.
async fn released(folder: &Path) {
    let lock = std::fs::File::open(folder.join("broker.lock")).unwrap();
    let waited = tokio::task::spawn_blocking(move || lock.lock());
    tokio::time::timeout(PATIENCE, waited).await.expect("the broker is still there").unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_and_started_again_it_has_its_records_and_its_address() {
    let dir = tempfile::tempdir().unwrap();
    let broker = Broker::start(Options::new(dir.path())).await.unwrap();
    create_topic(&broker, 1).await;
    send(&broker, 0, 100, 8).await;
    let address = broker.brokers().to_owned();
    broker.stop().await.unwrap();
    assert_eq!(Ready::read(dir.path()), None, "a broker that stopped announces nothing");

    let broker = Broker::start(Options::new(dir.path())).await.unwrap();
    assert_eq!(broker.brokers(), address);
    assert_eq!(read(&broker, 100), (0..100).collect::<Vec<_>>());
    broker.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_records_arrive_it_loses_and_doubles_none() {
    const RECORDS: usize = 6_000;
    let dir = tempfile::tempdir().unwrap();
    let mut broker = Broker::start(Options::new(dir.path())).await.unwrap();
    create_topic(&broker, 1).await;
    let producer = producer(&broker);
    let mut waiting = std::collections::VecDeque::new();
    for number in 0..RECORDS {
        let body = format!("{number:0300}");
        let record = FutureRecord::<str, _>::to(TOPIC).partition(0).payload(&body);
        waiting.push_back(producer.send_result(record).map_err(|(error, _)| error).unwrap());
        if number % 2_000 == 1_500 {
            // Some of this batch acknowledged, the rest not yet.
            waiting.pop_front().unwrap().await.unwrap().unwrap();
            let address = broker.brokers().to_owned();
            broker.kill().await.unwrap();
            assert!(Ready::read(dir.path()).is_some(), "a crash leaves the ready file");
            broker = Broker::start(Options::new(dir.path())).await.unwrap();
            assert_eq!(broker.brokers(), address, "the producer has to find it again");
        }
    }
    for answer in waiting {
        answer.await.unwrap().unwrap();
    }
    assert_eq!(read(&broker, RECORDS), (0..RECORDS).collect::<Vec<_>>());
    broker.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_broker_on_the_folder_is_told_who_has_it() {
    let dir = tempfile::tempdir().unwrap();
    let broker = Broker::start(Options::new(dir.path())).await.unwrap();
    let refused = Broker::start(Options::new(dir.path())).await.unwrap_err();
    let text = refused.to_string();
    assert!(text.contains(&format!("pid {}", broker.pid())) && text.contains(broker.brokers()), "{text}");
    assert!(matches!(refused, Error::InUse { holder: Some(_), .. }));
    create_topic(&broker, 1).await;
    broker.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn dropped_it_stops_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    drop(Broker::start(Options::new(dir.path())).await.unwrap());
    released(dir.path()).await;
    assert_eq!(Ready::read(dir.path()), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_does_not_outlive_a_parent_that_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    // `cargo test` builds the examples too.
    let release = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().to_owned();
    let mut parent = Command::new(release.join("examples/hold-broker")).arg(dir.path()).spawn().unwrap();
    let deadline = Instant::now() + PATIENCE;
    while Ready::read(dir.path()).is_none() {
        assert!(Instant::now() < deadline && parent.try_wait().unwrap().is_none(), "the parent started no broker");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    parent.kill().unwrap();
    parent.wait().unwrap();
    released(dir.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_handed_on_in_far_less_than_the_clients_waiting_time() {
    let dir = tempfile::tempdir().unwrap();
    let broker = Broker::start(Options::new(dir.path())).await.unwrap();
    create_topic(&broker, 1).await;
    let consumer: BaseConsumer =
        client(&broker).set("group.id", "waiting").set("enable.auto.commit", "false").set("fetch.wait.max.ms", "2000").create().unwrap();
    let mut assignment = TopicPartitionList::new();
    assignment.add_partition_offset(TOPIC, 0, Offset::Beginning).unwrap();
    consumer.assign(&assignment).unwrap();
    let mut slowest = Duration::ZERO;
    for number in 0..20 {
        send(&broker, number, number + 1, 8).await;
        let since = Instant::now();
        let message = consumer.poll(PATIENCE).unwrap().unwrap();
        // The first fetch waits for the client's own start.
        if number > 0 {
            slowest = slowest.max(since.elapsed());
        }
        assert_eq!(message.offset(), i64::try_from(number).unwrap());
    }
    assert!(slowest < Duration::from_millis(500), "{slowest:?}");
    broker.stop().await.unwrap();
}
