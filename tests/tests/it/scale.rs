//! Three consumers in one group on Apache Kafka, ten thousand changes, and a SIGKILL in the middle.

use hatbridge::commands::Roles;
use hatbridge_tests::process::metric;
use hatbridge_tests::wait::{until, within};
use hatbridge_tests::world::{HIGHLEVEL, counts, rows_with};
use hatbridge_tests::{Backend, Place, Process, Setting};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

const PEOPLE: usize = 300;
const MESSAGES: usize = 10_000;
/// Everything shares two cores: three brokers, the database, both products, and the consumers.
const PATIENCE: Duration = Duration::from_secs(240);
/// Effects after which one of the three is killed.
const MIDDLE: usize = 3000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_three_consumers_one_is_killed_and_every_effect_is_there_once_and_in_order() {
    hatbridge_tests::run_heavy(Backend::Cluster, module_path!(), one_of_three_is_killed).await;
}

/// Calls that a process has made to HighLevel.
async fn calls(http: &reqwest::Client, process: &mut Process) -> f64 {
    let at = process.address("metrics").await;
    metric(http, at, "hatbridge_calls_total", &["system=\"highlevel\"", "verdict=\"done\""]).await
}

async fn assigned(http: &reqwest::Client, process: &mut Process) -> f64 {
    let at = process.address("metrics").await;
    metric(http, at, "hatbridge_assigned_partitions", &[]).await
}

async fn one_of_three_is_killed(place: Place) {
    let world = Setting::new(place).with(json!({"kafka": {"partitions": 12}})).start_as(Roles::WEBHOOKS).await;
    let shop = world.shop().clone();
    // Other tests look at echoes; here each change is one event, and each event one effect.
    world.products.highlevel.set_webhook(&shop.location, None).unwrap();
    let http = hatbridge::wiring::http_client(Duration::from_secs(30), true).unwrap();
    let mut consumers: Vec<Process> = ["one", "two", "three"].map(|name| world.process(name, &["consume"])).into();
    until("partitions for each of the three", async || {
        for process in &mut consumers {
            if assigned(&http, process).await < 1.0 {
                return None;
            }
        }
        Some(())
    })
    .await;

    // People first; the rest as fast as it can be captured.
    let people: Vec<String> = (0..PEOPLE)
        .map(|number| {
            let fields = json!({"first_name": "Client", "last_name": format!("{number}"), "email": format!("client{number}@example.com"), "kind": "lead"});
            world.products.hats.create_contact(&shop.account, fields).unwrap().id
        })
        .collect();
    let mut wanted: HashMap<&str, Vec<String>> = HashMap::new();
    for number in 0..MESSAGES {
        let person = &people[number * 7 % PEOPLE];
        let id = world.products.hats_message(&shop, person, &format!("message {number}"), number % 2 == 0, None).unwrap();
        wanted.entry(person).or_default().push(id);
    }
    let done = || world.products.truth.count("messages.inbound");
    world.sees("the first thousands of effects", |_| done() >= MIDDLE).await;
    // Partitions are shared over all topics together; the one that has the most to do is killed.
    let mut busy = vec![];
    for process in &mut consumers {
        busy.push(calls(&http, process).await);
    }
    let busiest = (0..busy.len()).max_by(|a, b| busy[*a].total_cmp(&busy[*b])).unwrap();
    let victim = consumers.remove(busiest);
    let (pid, at) = (victim.pid(), done());
    victim.kill();
    assert!(at < MESSAGES * 9 / 10, "process {pid} was killed in the middle, after {at} of {MESSAGES}");
    let all = within(PATIENCE, async || (done() >= MESSAGES).then_some(())).await;
    assert!(all.is_some(), "the others finish: {} of {MESSAGES} effects after {} s\n{}", done(), PATIENCE.as_secs(), world.story().await);
    world.settled().await;

    // Exactly once, and in order for each person.
    let written = world.written(HIGHLEVEL);
    assert_eq!(counts(&written), [("contacts.create", PEOPLE), ("conversations.create", PEOPLE), ("messages.inbound", MESSAGES)].into());
    assert_eq!(world.products.truth.doubled("messages.inbound"), BTreeMap::new(), "no effect is there twice");
    assert_eq!(world.products.truth.doubled("contacts.create"), BTreeMap::new());
    let contacts: HashMap<String, String> = {
        let dump = world.highlevel_of(&shop);
        people
            .iter()
            .map(|person| {
                let found = rows_with(&dump, "contacts", "source", &format!("hatbridge:17hats:{person}"));
                assert_eq!(found.len(), 1, "{person} is there once");
                (person.clone(), found[0]["id"].as_str().unwrap().to_owned())
            })
            .collect()
    };
    let mut order: HashMap<String, Vec<String>> = HashMap::new();
    for effect in written.into_iter().filter(|effect| effect.operation == "messages.inbound") {
        order.entry(effect.contact.unwrap()).or_default().push(effect.mark.unwrap());
    }
    for (person, ids) in &wanted {
        assert_eq!(&order[&contacts[*person]], ids, "{person}'s messages in their order");
    }
    for process in &mut consumers {
        assert!(assigned(&http, process).await > 1.0, "the survivors have taken the partitions over");
    }
    for process in consumers {
        process.stop().await;
    }
    world.end().await;
}
