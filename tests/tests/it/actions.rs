//! Every action of HighLevel's catalogue, ordered as a command: once is once, and what was cut off
//! between the call and its record is settled by the action's class.

use hatbridge::commands::Roles;
use hatbridge::orders::Order;
use hatbridge_kafka::Tail;
use hatbridge_sandbox::highlevel::AppOptions;
use hatbridge_schemas::wire::Decoder;
use hatbridge_schemas::{Event, Payload, TenantId};
use hatbridge_store::{Claimed, Intent, now_micros};
use hatbridge_systems::Effect;
use hatbridge_systems::highlevel::catalogue::{self, Odd, Operation};
use hatbridge_systems::highlevel::{Api, HighLevel};
use hatbridge_tests::steps::{self, called, filled};
use hatbridge_tests::{Place, Setting, World};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

on_both!(each_action_is_carried_out_once, an_action_cut_off_before_its_record_is_settled_by_its_class);

/// How long one command may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A location with hatbridge's consumers, and what is known in it.
struct Scene {
    world: World,
    client: HighLevel,
    tenant: TenantId,
    known: BTreeMap<String, Value>,
    results: Tail,
    /// Operations that were ordered.
    ordered: BTreeSet<&'static str>,
}

/// What became of a command.
struct Told {
    outcome: String,
    message: String,
    answer: Value,
}

impl Scene {
    async fn open(place: Place) -> Self {
        let mut world = Setting::new(place).by_app().products().await;
        let location = world.shop().location.clone();
        world.connect().await;
        world.begin(Roles::APPLY).await;
        let known = steps::known(&world.products.highlevel, &location, &AppOptions::default());
        let wiring = &world.running().wiring;
        let results = Tail::start(&wiring.bus.kafka, wiring.bus.topics.results()).await.unwrap();
        let connected = wiring.connections.named("shop1").unwrap();
        let (client, tenant) = (connected.highlevel.clone(), connected.id.clone());
        Self { world, client, tenant, known, results, ordered: BTreeSet::new() }
    }

    /// The steps of the dated versions, in order; those that read are called at once.
    async fn each(&mut self, mut act: impl AsyncFnMut(&mut Self, usize, &'static Operation, Value) -> Value) {
        for (number, step) in steps::all().into_iter().enumerate().filter(|(_, step)| step.only.is_none_or(|only| only == Api::V2)) {
            let operation = catalogue::find(step.operation).unwrap();
            let data = filled(&step.data_in(Api::V2), &self.known).unwrap();
            let answer = match operation.is_read() {
                true if operation.is(Odd::BinaryAnswer) => Value::Null,
                true => called(&self.client, operation, &data).await,
                false => {
                    self.ordered.insert(&operation.name);
                    act(self, number, operation, data).await
                }
            };
            step.remember(&answer, &mut self.known).unwrap();
        }
        let missing: Vec<_> = catalogue::all().iter().filter(|o| !o.is_read() && !self.ordered.contains(o.name.as_str())).map(|o| &o.name).collect();
        assert!(missing.is_empty(), "without a step: {missing:?}");
    }

    fn order(&self, id: String, operation: &'static Operation, data: Value) -> Event {
        let Value::Object(data) = data else { panic!("data are objects") };
        Order::new(operation, &self.client, id, data).unwrap().event(&self.tenant)
    }

    async fn publish(&self, event: &Event) {
        self.world.running().wiring.bus.publisher.publish(event).await.unwrap();
    }

    /// The outcome of a command that was published.
    async fn outcome(&self, command: &Event) -> Told {
        let wait = async {
            loop {
                let record = self.results.next().await.unwrap();
                let event = Decoder::shipped().decode(&record.value).await.unwrap();
                if event.causation_id == Some(command.id) {
                    let Some(Payload::Command(result)) = event.payload else { panic!("a result is a command's") };
                    return serde_json::from_str::<Value>(&result.parameters).unwrap();
                }
            }
        };
        let Ok(told) = tokio::time::timeout(PATIENCE, wait).await else { panic!("no outcome of {command:?}\n{}", self.world.story().await) };
        let text = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
        Told { outcome: text("outcome"), message: text("message"), answer: told["answer"].clone() }
    }

    /// What callers of the API have really changed since then.
    fn changed_since(&self, position: usize) -> Vec<String> {
        let effects = self.world.products.truth.since(position);
        effects.iter().filter(|effect| effect.actor == "api" && effect.changed).map(|effect| format!("{} {}", effect.operation, effect.entity)).collect()
    }
}

async fn each_action_is_carried_out_once(place: Place) {
    let mut scene = Scene::open(place).await;
    let mut events = vec![];
    scene
        .each(async |scene, number, operation, data| {
            let before = scene.world.products.truth.len();
            let event = scene.order(format!("once:{number}"), operation, data);
            scene.publish(&event).await;
            let told = scene.outcome(&event).await;
            assert_eq!(told.outcome, "applied", "`{}`: {}", operation.name, told.message);
            let changed = scene.changed_since(before);
            assert!(
                changed.len() <= 1 || changed.iter().all(|one| changed.iter().filter(|other| *other == one).count() == 1),
                "`{}` acts once: {changed:?}",
                operation.name
            );
            if operation.effect != Effect::Idempotent {
                assert!(!changed.is_empty(), "`{}` acts", operation.name);
            }
            events.push(event);
            told.answer
        })
        .await;
    // Every one again, under the same ids: nothing happens.
    let before = scene.world.products.truth.len();
    for event in &events {
        scene.publish(event).await;
    }
    scene.world.settled().await;
    assert_eq!(scene.changed_since(before), Vec::<String>::new(), "nothing acts twice");
    let results = scene.world.log.events(scene.world.log.topics.results()).await;
    assert_eq!(results.len(), events.len(), "and nothing is told twice");
    scene.world.end().await;
}

async fn an_action_cut_off_before_its_record_is_settled_by_its_class(place: Place) {
    let mut scene = Scene::open(place).await;
    scene
        .each(async |scene, number, operation, data| {
            let event = scene.order(format!("cut:{number}"), operation, data.clone());
            // As far as a process came that was killed before it could record what it had done.
            let store = scene.world.running().wiring.store.clone();
            assert_eq!(store.claim(&scene.tenant, event.id, vec![format!("a test {number}")], now_micros()).await.unwrap(), Claimed::Taken);
            let intent = store.intend(&scene.tenant, event.id, "command", operation.effect.as_str(), now_micros()).await.unwrap();
            assert_eq!(intent, Intent::Fresh);
            let answer = called(&scene.client, operation, &data).await;

            let before = scene.world.products.truth.len();
            scene.publish(&event).await;
            let told = scene.outcome(&event).await;
            assert_eq!(scene.changed_since(before), Vec::<String>::new(), "`{}` has acted before, and does not again", operation.name);
            let class = format!("`{}` ({}): {} {}", operation.name, operation.effect, told.outcome, told.message);
            match operation.effect {
                Effect::Unsafe => assert!(told.outcome == "dead" && told.message.contains("redrive or discard"), "{class}"),
                Effect::Read | Effect::Idempotent | Effect::Probe => assert_eq!(told.outcome, "applied", "{class}"),
            }
            answer
        })
        .await;
    scene.world.end().await;
}
