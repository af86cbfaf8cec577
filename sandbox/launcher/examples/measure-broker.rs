//! How many records of 300 B a second the local broker acknowledges and hands out, and how soon.
//!
//! `cargo run --release -p hatbridge-launcher --example measure-broker`
#![allow(clippy::unwrap_used)]

use hatbridge_launcher::{Broker, Options};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::time::{Duration, Instant};

const TOPIC: &str = "measured";
const RECORDS: usize = 30_000;
const BODY: [u8; 300] = [b'x'; 300];
/// Records sent one by one, each after the one before was read.
const TURNS: usize = 200;

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start(Options::new(folder.path())).await.unwrap();
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", broker.brokers()).set("acks", "all").set("enable.idempotence", "true").set("linger.ms", "5");
    let producer: FutureProducer = config.create().unwrap();
    let admin: rdkafka::admin::AdminClient<_> = config.create().unwrap();
    let topic = rdkafka::admin::NewTopic::new(TOPIC, 1, rdkafka::admin::TopicReplication::Fixed(1));
    admin.create_topics(&[topic], &rdkafka::admin::AdminOptions::new()).await.unwrap();

    let since = Instant::now();
    let waiting: Vec<_> = (0..RECORDS).map(|_| producer.send_result(record()).map_err(|(error, _)| error).unwrap()).collect();
    for answer in waiting {
        answer.await.unwrap().unwrap();
    }
    print("acknowledged", RECORDS, since.elapsed());

    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", broker.brokers()).set("group.id", "measure").set("enable.auto.commit", "false");
    let consumer: BaseConsumer = config.create().unwrap();
    let mut assignment = TopicPartitionList::new();
    assignment.add_partition_offset(TOPIC, 0, Offset::Beginning).unwrap();
    consumer.assign(&assignment).unwrap();
    let since = Instant::now();
    for _ in 0..RECORDS {
        next(&consumer);
    }
    print("read", RECORDS, since.elapsed());

    let mut turns = Vec::new();
    for _ in 0..TURNS {
        let since = Instant::now();
        producer.send_result(record()).map_err(|(error, _)| error).unwrap().await.unwrap().unwrap();
        next(&consumer);
        turns.push(since.elapsed());
    }
    turns.sort();
    println!("sent and read one by one: p50 {:?}, p99 {:?}", turns[TURNS / 2], turns[TURNS * 99 / 100]);
    broker.stop().await.unwrap();
}

fn record() -> FutureRecord<'static, str, [u8; 300]> {
    FutureRecord::to(TOPIC).partition(0).payload(&BODY)
}

fn next(consumer: &BaseConsumer) {
    let message = consumer.poll(Duration::from_secs(30)).expect("no record for 30 s").unwrap();
    assert_eq!(message.payload_len(), BODY.len());
}

fn print(what: &str, records: usize, time: Duration) {
    println!("{what}: {:.0} records a second", records as f64 / time.as_secs_f64());
}
