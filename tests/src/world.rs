//! Both products simulated, people acting in them, and hatbridge between them.

use crate::backend::{Backend, Place};
use crate::log::TopicLog;
use crate::process::{Process, output_of};
use crate::wait::{PATIENCE, within};
use hatbridge::commands::{Roles, Running};
use hatbridge::config::{Sources, load};
use hatbridge::demo::compare::{Comparison, compare};
use hatbridge::demo::holding::holding;
use hatbridge::demo::numbers::Numbers;
use hatbridge::demo::products::{Listen, Manners, Products, Shop};
use hatbridge::demo::script::Door;
use hatbridge::wiring::{Local, make_folder};
use hatbridge_sandbox::highlevel::AppOptions;
use hatbridge_sandbox::seventeen_hats::Resource;
use hatbridge_sandbox::truth::Effect;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

/// What callers of `/search` must know.
pub const API_TOKEN: &str = "test-api-token";
/// HighLevel in the truth.
pub const HIGHLEVEL: &str = "highlevel";
/// 17hats in the truth.
pub const HATS: &str = "seventeen_hats";

/// So much of each list stands in a failure's story.
const TOLD: usize = 30;

/// How a world is set up.
#[derive(Debug)]
pub struct Setting {
    place: Place,
    doors: Vec<Door>,
    flows: Value,
    changes: Value,
    manners: Manners,
    app: bool,
    v3: bool,
}

impl Setting {
    /// One shop connected by the contract, no limits, well-behaved webhooks, all flows as by default.
    #[must_use]
    pub fn new(place: Place) -> Self {
        let manners = Manners { seed: 17, limited: false, unruly: false };
        Self { place, doors: vec![Door::Rest], flows: json!({}), changes: json!({}), manners, app: false, v3: false }
    }

    /// One shop for each of these doors.
    #[must_use]
    pub fn doors(mut self, doors: &[Door]) -> Self {
        self.doors = doors.to_vec();
        self
    }

    /// One shop connected by Zaps.
    #[must_use]
    pub fn zapier(self) -> Self {
        self.doors(&[Door::Zapier])
    }

    /// These flows, for all shops.
    #[must_use]
    pub fn flows(mut self, flows: Value) -> Self {
        self.flows = flows;
        self
    }

    /// HighLevel is connected by the marketplace app, not by private tokens.
    #[must_use]
    pub fn by_app(mut self) -> Self {
        self.app = true;
        self
    }

    /// HighLevel is spoken to in the newer generation of its API.
    #[must_use]
    pub fn v3(mut self) -> Self {
        self.v3 = true;
        self
    }

    /// Calls are limited as in life.
    #[must_use]
    pub fn limited(mut self) -> Self {
        self.manners.limited = true;
        self
    }

    /// Webhooks come late, twice and out of order.
    #[must_use]
    pub fn unruly(mut self) -> Self {
        self.manners.unruly = true;
        self
    }

    /// Other values in the configuration.
    #[must_use]
    pub fn with(mut self, changes: Value) -> Self {
        merge(&mut self.changes, changes);
        self
    }

    /// The products only, and the configuration that leads to them.
    ///
    /// # Panics
    /// If they don't start.
    pub async fn products(self) -> World {
        let Self { place, doors, flows, changes, manners, app, v3 } = self;
        hatbridge::wiring::install_crypto();
        let stop = CancellationToken::new();
        let shops = doors.iter().enumerate().map(|(number, door)| Shop::new(number, *door)).collect();
        let products = Products::start(shops, manners, Listen::FREE, &stop).await.expect("both products start");
        make_folder(&place.data()).expect("a data folder");
        let mut settings = products.configuration();
        for tenant in settings["tenants"].as_array_mut().into_iter().flatten() {
            tenant["flows"] = flows.clone();
            if app {
                let location = tenant["highlevel"]["location_id"].clone();
                let options = AppOptions::default();
                tenant["highlevel"] = json!({
                    "location_id": location,
                    "oauth": {"client_id": options.client_id, "client_secret": options.client_secret},
                    "company_id": options.company_id,
                    "agency_token": options.company_token,
                });
            }
            if v3 {
                tenant["highlevel"]["api"] = json!("v3");
            }
        }
        merge(&mut settings, standard(&place, manners.limited));
        merge(&mut settings, changes);
        let configuration = place.folder.path().join("hatbridge.toml");
        write_configuration(&configuration, &settings);
        let log = TopicLog::new(&place.brokers, &place.name, &place.name);
        World { products, log, configuration, doors, running: None, stop, place }
    }

    /// Products and all parts of hatbridge in this process, with the webhooks leading to it.
    ///
    /// # Panics
    /// If anything does not start.
    pub async fn start(self) -> World {
        self.start_as(Roles::ALL).await
    }

    /// As [`Setting::start`], with these parts only.
    ///
    /// # Panics
    /// If anything does not start.
    pub async fn start_as(self, roles: Roles) -> World {
        let mut world = self.products().await;
        world.begin(roles).await;
        world
    }
}

/// What all tests' configurations have in common.
fn standard(place: &Place, limited: bool) -> Value {
    let mut settings = json!({
        "data_dir": place.data(),
        "kafka": {"brokers": place.brokers, "topic_prefix": place.name, "partitions": 3, "replication": place.replication(), "client_id": "tests"},
        "http": {"listen": "127.0.0.1:0", "api_token": API_TOKEN},
        "webhooks": {"listen": "127.0.0.1:0"},
        // As the program does by itself where it starts the local broker.
        "apply": {"group": place.name, "session_timeout": "6s", "drain": "5s", "members": if place.backend == Backend::Local { "one" } else { "per_topic" }},
    });
    if !place.database.is_empty() {
        settings["database"] = json!({"url": place.database});
    }
    if !limited {
        let none = json!({"limits": {"calls": 10_000_000, "interval": "1s", "per_day": u32::MAX}});
        merge(&mut settings, json!({"highlevel": none, "seventeen_hats": none}));
    }
    settings
}

fn write_configuration(path: &Path, settings: &Value) {
    let text = toml::to_string_pretty(settings).expect("a configuration can be written as TOML");
    std::fs::write(path, text).expect("the configuration file can be written");
}

/// Objects are joined, everything else is replaced.
fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

/// Both products, and hatbridge between them.
#[derive(Debug)]
pub struct World {
    /// Both products.
    pub products: Products,
    /// The topics.
    pub log: TopicLog,
    /// The configuration file, for processes.
    pub configuration: PathBuf,
    doors: Vec<Door>,
    running: Option<Running>,
    stop: CancellationToken,
    /// Last: its folder and database go when everything else has gone.
    pub place: Place,
}

impl World {
    /// Starts these parts in this process.
    ///
    /// # Panics
    /// If they don't start.
    pub async fn begin(&mut self, roles: Roles) {
        let config = load(&Sources { file: Some(self.configuration.clone()), set: vec![], surroundings: false }).expect("the configuration keeps the rules");
        let running = match Running::start(config, roles, Local::Join, self.stop.clone()).await {
            Ok(running) => running,
            Err(error) => panic!("hatbridge did not start: {error:#}"),
        };
        if let Some(at) = running.webhooks_at {
            self.products.post_to(at).expect("webhooks lead to the receiver");
        }
        self.running = Some(running);
    }

    /// Gives all shops these flows, from the next beginning on: where they name what was made meanwhile.
    ///
    /// # Panics
    /// If the configuration file is none.
    pub fn set_flows(&self, flows: &Value) {
        let text = std::fs::read_to_string(&self.configuration).expect("the configuration can be read");
        let mut settings: Value = toml::from_str(&text).expect("the configuration is TOML");
        for tenant in settings["tenants"].as_array_mut().into_iter().flatten() {
            tenant["flows"] = flows.clone();
        }
        write_configuration(&self.configuration, &settings);
    }

    /// Connects the first shop's marketplace app, as `hatbridge connect` does.
    ///
    /// # Panics
    /// If it is not connected.
    pub async fn connect(&self) {
        let code = self.products.highlevel.authorize(&self.shop().location).expect("the location is known");
        let arguments = ["connect", "--tenant", "shop1", "--code", &code, "--redirect-uri", "https://shop.example.com/oauth"];
        let output = output_of(&self.configuration, &arguments).await;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Stops what runs in this process as SIGTERM would, leaving the products as they are.
    ///
    /// # Panics
    /// If it does not end well.
    pub async fn halt(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop();
            if let Err(error) = running.finish().await {
                panic!("hatbridge did not end well: {error:#}");
            }
        }
    }

    /// Stops everything.
    ///
    /// # Panics
    /// If it does not end well.
    pub async fn end(mut self) {
        self.halt().await;
        self.stop.cancel();
        self.products.stopped().await;
    }

    /// Looks at the topics of other brokers than the place's.
    pub fn look_at(&mut self, brokers: &str) {
        self.log = TopicLog::new(brokers, &self.place.name, &self.place.name);
    }

    /// Starts `hatbridge ARGUMENTS` as a process.
    #[must_use]
    pub fn process(&self, name: &str, arguments: &[&str]) -> Process {
        Process::start(name, &self.configuration, arguments)
    }

    /// What runs in this process.
    ///
    /// # Panics
    /// If nothing does.
    #[must_use]
    pub fn running(&self) -> &Running {
        self.running.as_ref().expect("hatbridge runs in this process")
    }

    /// The first shop.
    #[must_use]
    pub fn shop(&self) -> &Shop {
        &self.products.shops[0]
    }

    /// What hatbridge's metrics say.
    #[must_use]
    pub fn numbers(&self) -> Numbers {
        self.running.as_ref().map(|running| Numbers::read(&running.wiring.metrics)).unwrap_or_default()
    }

    /// Waits until `look` finds something.
    ///
    /// # Panics
    /// After [`PATIENCE`], with what was waited for and how things stand.
    pub async fn until<T>(&self, what: &str, mut look: impl FnMut(&Products) -> Option<T>) -> T {
        match within(PATIENCE, async || look(&self.products)).await {
            Some(found) => found,
            None => panic!("waited {} s in vain for {what}\n{}", PATIENCE.as_secs(), self.story().await),
        }
    }

    /// Waits until the condition holds.
    ///
    /// # Panics
    /// As [`World::until`].
    pub async fn sees(&self, what: &str, mut condition: impl FnMut(&Products) -> bool) {
        self.until(what, |products| condition(products).then_some(())).await;
    }

    /// Waits until nothing is under way: every post delivered, every record applied and committed,
    /// and nothing came of it meanwhile.
    ///
    /// # Panics
    /// After [`PATIENCE`], with how things stand.
    pub async fn settled(&self) {
        let at_rest = async || {
            let before = (self.products.truth.len(), self.log.progress().await.written);
            let numbers = self.numbers();
            let idle = numbers.in_flight + numbers.waiting + numbers.spooled == 0;
            // In this order: what was committed has left its posts with the products; what was
            // delivered after that shows as a record more.
            let committed = self.log.progress().await.behind == 0;
            let quiet = self.products.quiet();
            let after = (self.products.truth.len(), self.log.progress().await.written);
            (idle && committed && quiet && before == after).then_some(())
        };
        if within(PATIENCE, at_rest).await.is_none() {
            panic!(
                "things did not come to rest in {} s: quiet {}, {:?}\n{}",
                PATIENCE.as_secs(),
                self.products.quiet(),
                self.log.progress().await,
                self.story().await
            );
        }
    }

    /// What both products hold, compared record by record.
    ///
    /// # Panics
    /// If a shop is unknown to them.
    #[must_use]
    pub fn comparison(&self) -> Comparison {
        let holdings: Vec<_> =
            self.products.shops.iter().zip(&self.doors).map(|(shop, door)| holding(&shop.id, *door, &self.highlevel_of(shop), &self.hats_of(shop))).collect();
        compare(&holdings)
    }

    /// Asserts that both products say the same, nothing lost, nothing doubled, all in order.
    ///
    /// # Panics
    /// With all differences.
    pub async fn agrees(&self) {
        let comparison = self.comparison();
        if !comparison.is_clean() {
            let differences: Vec<_> = comparison.differences.iter().map(|difference| format!("  {difference}")).collect();
            panic!("the systems differ:\n{}\n{}", differences.join("\n"), self.story().await);
        }
    }

    /// Waits until both products say the same and nothing is under way.
    ///
    /// # Panics
    /// As [`World::agrees`].
    pub async fn converges(&self) {
        let clean = within(PATIENCE, async || self.comparison().is_clean().then_some(())).await;
        if clean.is_some() {
            self.settled().await;
        }
        self.agrees().await;
    }

    /// Everything HighLevel holds of a shop.
    ///
    /// # Panics
    /// If it does not know the shop.
    #[must_use]
    pub fn highlevel_of(&self, shop: &Shop) -> Value {
        self.products.highlevel.dump(&shop.location).expect("the location is known")
    }

    /// Everything 17hats holds of a shop.
    ///
    /// # Panics
    /// If it does not know the shop.
    #[must_use]
    pub fn hats_of(&self, shop: &Shop) -> Value {
        self.products.hats.dump(&shop.account).expect("the account is known")
    }

    /// What hatbridge changed in a product, in order.
    #[must_use]
    pub fn written(&self, system: &str) -> Vec<Effect> {
        self.written_since(0, system)
    }

    /// What hatbridge changed in a product after a position in the truth.
    #[must_use]
    pub fn written_since(&self, position: usize, system: &str) -> Vec<Effect> {
        self.products.truth.since(position).into_iter().filter(|effect| effect.system == system && effect.actor == "api" && effect.changed).collect()
    }

    /// How things stand, for whoever reads a failure.
    pub async fn story(&self) -> String {
        let mut story = format!("numbers: {:?}\n", self.numbers());
        for letter in self.log.dead_letters().await {
            story +=
                &format!("dead letter: {} {:?} {} request {:?} answer {:?}\n", letter.reason, letter.operation, letter.message, letter.request, letter.answer);
        }
        for topic in self.log.topics.sources() {
            let events = self.log.events(topic).await;
            story += &format!("{} events on {topic}, the last ones:\n", events.len());
            for placed in &events[events.len().saturating_sub(TOLD)..] {
                story += &format!("  {}:{} {:?}\n", placed.partition, placed.offset, placed.event);
            }
        }
        let effects = self.products.truth.effects();
        story += &format!("{} effects, the last ones:\n", effects.len());
        for effect in &effects[effects.len().saturating_sub(TOLD)..] {
            let Effect { system, account, actor, operation, entity, contact, mark, changed, .. } = effect;
            story += &format!("  {system}/{account} {actor} {operation} {entity} of {contact:?} mark {mark:?} changed {changed}\n");
        }
        story
    }
}

/// Rows of a dump.
#[must_use]
pub fn rows<'a>(dump: &'a Value, name: &str) -> &'a [Value] {
    dump[name].as_array().map_or(&[], Vec::as_slice)
}

/// The rows of a dump whose member has this text.
#[must_use]
pub fn rows_with<'a>(dump: &'a Value, name: &str, member: &str, text: &str) -> Vec<&'a Value> {
    rows(dump, name).iter().filter(|row| row[member].as_str() == Some(text)).collect()
}

/// How often each operation occurs.
#[must_use]
pub fn counts(effects: &[Effect]) -> std::collections::BTreeMap<&'static str, usize> {
    let mut counts = std::collections::BTreeMap::new();
    for effect in effects {
        *counts.entry(effect.operation).or_default() += 1;
    }
    counts
}

/// 17hats' contacts of a shop with this address.
#[must_use]
pub fn hats_with_email(products: &Products, shop: &Shop, email: &str) -> Vec<hatbridge_sandbox::seventeen_hats::Record> {
    let mut found = products.hats.records(&shop.account, Resource::Contact);
    found.retain(|record| record.text("email").is_some_and(|address| address.eq_ignore_ascii_case(email)));
    found
}
