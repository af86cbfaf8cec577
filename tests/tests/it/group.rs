//! Members of a consumer group come and go: whoever stays or comes has all partitions soon.

use hatbridge_kafka::{Options, Quiet, ensure_topics};
use hatbridge_tests::wait::within;
use hatbridge_tests::{Place, TopicLog};
use rdkafka::consumer::{BaseConsumer, Consumer};
use std::time::Duration;

on_both!(a_group_whose_members_have_all_left_begins_again);

/// With six seconds of session timeout even a member that died is gone after ten or fifteen.
const SOON: Duration = Duration::from_secs(40);

struct Members {
    options: Options,
    topic: String,
    group: String,
}

impl Members {
    fn join(&self) -> BaseConsumer<Quiet> {
        let mut config = self.options.consumer_config(&self.group);
        config.set("session.timeout.ms", "6000");
        let consumer: BaseConsumer<Quiet> = config.create_with_context(Quiet).unwrap();
        consumer.subscribe(&[&self.topic]).unwrap();
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

async fn a_group_whose_members_have_all_left_begins_again(place: Place) {
    let log = TopicLog::new(&place.brokers, &place.name, &place.name);
    let options = Options::new(&place.brokers, "tests");
    ensure_topics(&options, &log.topics, 6, place.replication()).await.unwrap();
    let members = Members { options, topic: log.topics.commands().to_owned(), group: place.name.clone() };
    for round in 1..=3 {
        let first = members.join();
        have(&format!("round {round}, one member"), &[&first], &[6]).await;
        let second = members.join();
        have(&format!("round {round}, two members"), &[&first, &second], &[3, 3]).await;
        if round % 2 == 1 {
            drop(second);
            have(&format!("round {round}, the second left"), &[&first], &[6]).await;
        } else {
            drop(first);
            have(&format!("round {round}, the first left"), &[&second], &[6]).await;
        }
    }
}
