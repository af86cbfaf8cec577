//! Members of a consumer group come and go: whoever stays or comes has all partitions soon.

use hatbridge_kafka::{Options, Quiet, ensure_topics};
use hatbridge_tests::wait::within;
use hatbridge_tests::{Backend, Place, TopicLog};
use rdkafka::consumer::{BaseConsumer, Consumer};
use std::time::Duration;

on_both!(a_group_of_one_topic_begins_again_when_all_have_left, a_group_of_three_topics_begins_again_when_all_have_left);

/// With six seconds of session timeout even a member that died is gone after ten or fifteen.
const SOON: Duration = Duration::from_secs(40);

struct Members {
    options: Options,
    topics: Vec<String>,
    group: String,
}

impl Members {
    fn join(&self) -> BaseConsumer<Quiet> {
        let mut config = self.options.consumer_config(&self.group);
        config.set("session.timeout.ms", "6000");
        let consumer: BaseConsumer<Quiet> = config.create_with_context(Quiet).unwrap();
        consumer.subscribe(&self.topics.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
        consumer
    }
}

/// Waits until these members have so many partitions each.
async fn have(what: &str, members: &[&BaseConsumer<Quiet>], counts: &[usize]) {
    let settled = within(SOON, async || {
        let held: Vec<_> = members
            .iter()
            .map(|member| {
                let _ = member.poll(Duration::from_millis(20));
                member.assignment().unwrap().count()
            })
            .collect();
        (held == counts).then_some(())
    });
    if settled.await.is_none() {
        let held: Vec<_> = members.iter().map(|member| member.assignment().unwrap().count()).collect();
        panic!("{what}: after {} s the members have {held:?} partitions, not {counts:?}", SOON.as_secs());
    }
}

async fn a_group_of_one_topic_begins_again_when_all_have_left(place: Place) {
    members_come_and_go(&place, 1).await;
}

async fn a_group_of_three_topics_begins_again_when_all_have_left(place: Place) {
    members_come_and_go(&place, 3).await;
}

async fn members_come_and_go(place: &Place, topics: usize) {
    const PARTITIONS: usize = 4;
    let log = TopicLog::new(&place.brokers, &place.name, &place.name);
    let options = Options::new(&place.brokers, "tests");
    ensure_topics(&options, &log.topics, 4, place.replication()).await.unwrap();
    let topics: Vec<String> = log.topics.sources().into_iter().take(topics).map(str::to_owned).collect();
    let all = topics.len() * PARTITIONS;
    let members = Members { options, topics, group: place.name.clone() };
    // The local broker does not get over members that leave while a rebalance is going on, which is
    // why a process is one member there (`apply.members`).
    let rounds = match place.backend {
        Backend::Local => 2,
        Backend::Cluster => 4,
    };
    for round in 1..=rounds {
        let first = members.join();
        have(&format!("round {round}, one member"), &[&first], &[all]).await;
        let second = members.join();
        have(&format!("round {round}, two members"), &[&first, &second], &[all / 2, all / 2]).await;
        match round {
            // One after the other, then both at once.
            1 => {
                drop(second);
                have("the second left", &[&first], &[all]).await;
            }
            2 => {
                drop(first);
                have("the first left", &[&second], &[all]).await;
            }
            // Before the other has heard of it.
            3 => drop((first, second)),
            _ => drop((second, first)),
        }
    }
    have("after all have left", &[&members.join()], &[all]).await;
}
