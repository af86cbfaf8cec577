//! What goes wrong on the way: answers lost after everything was done, a 422 that created, storms of
//! errors, and the limits.

use hatbridge::commands::Roles;
use hatbridge_sandbox::faults::{Kind, Rule};
use hatbridge_sandbox::highlevel::Bugs;
use hatbridge_sandbox::seventeen_hats::Resource;
use hatbridge_tests::process::metric;
use hatbridge_tests::world::{HATS, HIGHLEVEL, World, counts, rows};
use hatbridge_tests::{Place, Setting};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

on_both!(
    an_answer_lost_after_a_create_in_highlevel_doubles_nothing,
    an_answer_lost_after_a_create_in_17hats_doubles_nothing,
    a_contact_that_was_created_by_a_422_is_made_once,
    a_storm_of_errors_ends_with_nothing_lost_and_nothing_doubled,
    unruly_webhooks_end_with_nothing_lost_and_nothing_doubled,
    processes_share_the_budget_and_meet_no_429,
);

/// Calls to these paths are carried out and their answers lost, until so many were.
fn lose_answers(paths: &[(&str, &str)], times: u64) -> Vec<Rule> {
    paths.iter().map(|(method, path)| Rule::new(*path, Kind::LoseAnswer).method(*method).times(times)).collect()
}

async fn an_answer_lost_after_a_create_in_highlevel_doubles_nothing(place: Place) {
    let world = Setting::new(place).start().await;
    let shop = world.shop().clone();
    let faults = world.products.highlevel.faults();
    faults.set(lose_answers(
        &[
            ("POST", "/contacts/"),
            ("POST", "/conversations/"),
            ("POST", "/conversations/messages/inbound"),
            ("POST", "/conversations/messages"),
            ("POST", "/contacts/*/tags"),
            ("POST", "/contacts/*/notes"),
        ],
        1,
    ));
    let fields = json!({"first_name": "Ada", "last_name": "Byron", "email": "ada@example.com", "phone": "+12025550101", "kind": "lead"});
    let hats = world.products.hats.create_contact(&shop.account, fields).unwrap().id;
    let ticket = world.products.hats.open_ticket(&shop.account, &hats, "Broken tap", "It drips.").unwrap().id;
    world.sees("the ticket's first message", |products| products.truth.of_mark(&ticket).iter().any(|effect| effect.operation == "messages.inbound")).await;
    world.settled().await;
    for number in 0..3 {
        world.products.hats_message(&shop, &hats, &format!("message {number}"), true, None).unwrap();
    }
    world.products.hats_message(&shop, &hats, "later", false, Some(Duration::from_secs(3600))).unwrap();
    world.products.hats_tag(&shop, &hats, "vip").unwrap();
    world.products.hats.update_ticket(&shop.account, &ticket, json!({"subject": "Broken pipe"})).unwrap();
    world
        .sees("everything in HighLevel", |products| {
            let dump = products.highlevel.dump(&shop.location).unwrap();
            let tagged = rows(&dump, "contacts").iter().any(|contact| contact["tags"].as_array().is_some_and(|tags| !tags.is_empty()));
            rows(&dump, "messages").len() >= 5 && !rows(&dump, "notes").is_empty() && tagged
        })
        .await;
    world.settled().await;
    assert_eq!(faults.happened(), 6, "each kind of call lost one answer; rules left: {:?}", faults.rules());
    let written = counts(&world.written(HIGHLEVEL));
    for (operation, times) in [
        ("contacts.create", 1),
        ("conversations.create", 1),
        ("messages.inbound", 4),
        ("messages.send", 1),
        ("contacts.tags.add", 1),
        ("contacts.notes.create", 1),
    ] {
        assert_eq!(written.get(operation), Some(&times), "{operation} exactly so often\n{}", world.story().await);
    }
    assert_eq!(world.products.truth.doubled("messages.inbound"), BTreeMap::new());
    assert_eq!(world.numbers().dead, 0, "{}", world.story().await);
    world.end().await;
}

async fn an_answer_lost_after_a_create_in_17hats_doubles_nothing(place: Place) {
    let world = Setting::new(place).start().await;
    let shop = world.shop().clone();
    let faults = world.products.hats.faults();
    faults.set(lose_answers(&[("POST", "*/contacts"), ("POST", "*/tickets"), ("POST", "*/messages"), ("POST", "*/transcripts"), ("PATCH", "*/contacts/*")], 1));
    let contact = json!({"firstName": "Grace", "lastName": "Hopper", "email": "grace@example.com", "phone": "+12025550102"});
    let highlevel = world.products.highlevel.create_contact(&shop.location, contact).unwrap();
    for number in 0..3 {
        world.products.highlevel_message(&shop, &highlevel, &format!("message {number}"), true).unwrap();
    }
    world.products.highlevel_call(&shop, &highlevel, 40, &["Hello.", "Goodbye."]).unwrap();
    world
        .sees("everything in 17hats", |products| {
            products.hats.records(&shop.account, Resource::Message).len() >= 3 && !products.hats.records(&shop.account, Resource::Transcript).is_empty()
        })
        .await;
    world.settled().await;
    world.products.highlevel_move(&shop, &highlevel, "Leeds").unwrap();
    world
        .sees("the new town", |products| products.hats.records(&shop.account, Resource::Contact).iter().any(|contact| contact.text("city") == Some("Leeds")))
        .await;
    world.settled().await;
    assert_eq!(faults.happened(), 5, "each kind of call lost one answer; rules left: {:?}", faults.rules());
    let written = counts(&world.written(HATS));
    let wanted = [("contact.create", 1), ("contact.update", 1), ("message.create", 3), ("ticket.create", 1), ("transcript.create", 1)];
    assert_eq!(written, wanted.into(), "each exactly so often\n{}", world.story().await);
    assert_eq!(world.numbers().dead, 0, "{}", world.story().await);
    world.agrees().await;
    world.end().await;
}

async fn a_contact_that_was_created_by_a_422_is_made_once(place: Place) {
    let world = Setting::new(place).start().await;
    let shop = world.shop().clone();
    world.products.highlevel.set_bugs(&shop.location, Bugs { created_but_422: true, ..Bugs::default() }).unwrap();
    for number in 0..5 {
        let contact = json!({"first_name": "Client", "last_name": format!("{number}"), "email": format!("client{number}@example.com"), "kind": "lead"});
        let contact = world.products.hats.create_contact(&shop.account, contact).unwrap().id;
        world.products.hats_message(&shop, &contact, &format!("message {number}"), true, None).unwrap();
    }
    world.sees("all messages", |products| rows(&products.highlevel.dump(&shop.location).unwrap(), "messages").len() == 5).await;
    world.converges().await;
    assert_eq!(rows(&world.highlevel_of(&shop), "contacts").len(), 5, "none is made twice");
    assert_eq!(world.numbers().dead, 0, "{}", world.story().await);
    world.end().await;
}

/// Both products' busy quarter of an hour for some people: everything that can happen to them.
async fn bustle(world: &World, people: usize) {
    let shop = world.shop().clone();
    let mut known = vec![];
    for number in 0..people {
        let email = format!("client{number}@example.com");
        if number % 2 == 0 {
            let fields =
                json!({"first_name": "Client", "last_name": format!("{number}"), "email": email, "phone": format!("+1202555{number:04}"), "kind": "lead"});
            let hats = world.products.hats.create_contact(&shop.account, fields).unwrap().id;
            known.push((email, Some(hats), None));
        } else {
            let fields = json!({"firstName": "Client", "lastName": format!("{number}"), "email": email, "phone": format!("+1202555{number:04}")});
            let highlevel = world.products.highlevel.create_contact(&shop.location, fields).unwrap();
            known.push((email, None, Some(highlevel)));
        }
    }
    for round in 0..3 {
        for (number, (_, hats, highlevel)) in known.iter().enumerate() {
            if let Some(hats) = hats {
                world.products.hats_message(&shop, hats, &format!("hats {number}.{round}"), round % 2 == 0, None).unwrap();
            }
            if let Some(highlevel) = highlevel {
                world.products.highlevel_message(&shop, highlevel, &format!("highlevel {number}.{round}"), round % 2 == 0).unwrap();
            }
        }
    }
    for (number, (_, hats, highlevel)) in known.iter().enumerate() {
        match (hats, highlevel) {
            (Some(hats), _) if number % 4 == 0 => drop(world.products.hats.open_ticket(&shop.account, hats, &format!("Ticket {number}"), "Please.").unwrap()),
            (Some(hats), _) => world.products.hats_move(&shop, hats, "Leeds").unwrap(),
            (_, Some(highlevel)) if number % 4 == 1 => world.products.highlevel_call(&shop, highlevel, 30, &["Hello.", "Goodbye."]).unwrap(),
            (_, Some(highlevel)) => {
                world.products.highlevel_move(&shop, highlevel, "Turin").unwrap();
                world.products.highlevel_tag(&shop, highlevel, "vip").unwrap();
            }
            (None, None) => {}
        }
    }
}

async fn a_storm_of_errors_ends_with_nothing_lost_and_nothing_doubled(place: Place) {
    let world = Setting::new(place).with(json!({"apply": {"attempts": 30}})).start().await;
    let storm = || {
        let errors = [500, 502, 503, 429].map(|status| Rule::new("*", Kind::Status { status }).rate(0.06));
        let broken = [Kind::Reset, Kind::LoseAnswer].map(|kind| Rule::new("*", kind).rate(0.05));
        [errors.to_vec(), broken.to_vec()].concat()
    };
    world.products.highlevel.faults().set(storm());
    world.products.hats.faults().set(storm());
    bustle(&world, 20).await;
    world.sees("a fair number of calls going wrong", |products| products.highlevel.faults().happened() + products.hats.faults().happened() > 40).await;
    world.products.highlevel.faults().clear();
    world.products.hats.faults().clear();
    world.converges().await;
    assert_eq!(world.numbers().dead, 0, "{}", world.story().await);
    for operation in ["messages.inbound", "message.create", "contacts.create", "contact.create", "ticket.create"] {
        assert_eq!(world.products.truth.doubled(operation), BTreeMap::new(), "{operation} is doubled by nobody");
    }
    assert!(world.numbers().retried > 0, "something was tried again");
    world.end().await;
}

async fn unruly_webhooks_end_with_nothing_lost_and_nothing_doubled(place: Place) {
    let world = Setting::new(place).unruly().start().await;
    bustle(&world, 20).await;
    world.converges().await;
    assert_eq!(world.numbers().dead, 0, "{}", world.story().await);
    assert_eq!(world.products.truth.doubled("messages.inbound"), BTreeMap::new());
    assert_eq!(world.products.truth.doubled("message.create"), BTreeMap::new());
    world.end().await;
}

async fn processes_share_the_budget_and_meet_no_429(place: Place) {
    const MESSAGES: usize = 300;
    let setting =
        Setting::new(place).limited().with(json!({"polling": {"intervals": {"contacts": "3s", "conversations": "3s", "messages": "3s", "tickets": "3s"}}}));
    let world = setting.start_as(Roles::WEBHOOKS).await;
    let shop = world.shop().clone();
    let mut consumers = [world.process("one", &["consume"]), world.process("two", &["consume"])];
    let mut polls = world.process("polls", &["produce", "polls"]);
    let http = hatbridge::wiring::http_client(Duration::from_secs(10), true).unwrap();
    for process in &mut consumers {
        let at = process.address("metrics").await;
        hatbridge_tests::wait::until("partitions for both consumers", async || {
            (metric(&http, at, "hatbridge_assigned_partitions", &[]).await > 0.0).then_some(())
        })
        .await;
    }
    let people: Vec<_> = (0..10)
        .map(|number| {
            let fields = json!({"first_name": "Client", "last_name": format!("{number}"), "email": format!("client{number}@example.com"), "kind": "lead"});
            world.products.hats.create_contact(&shop.account, fields).unwrap().id
        })
        .collect();
    for number in 0..MESSAGES {
        world.products.hats_message(&shop, &people[number % people.len()], &format!("message {number}"), true, None).unwrap();
    }
    world.sees("all messages in HighLevel", |products| products.truth.count("messages.inbound") >= MESSAGES).await;
    world.settled().await;
    assert_eq!(world.products.throttled(), 0, "no call was answered 429");
    assert_eq!(world.products.truth.count("messages.inbound"), MESSAGES, "each message once");
    assert_eq!(counts(&world.written(HIGHLEVEL)).get("contacts.create"), Some(&people.len()));
    let mut calls = 0.0;
    for process in &mut consumers {
        let at = process.address("metrics").await;
        calls += metric(&http, at, "hatbridge_calls_total", &["system=\"highlevel\"", "verdict=\"done\""]).await;
    }
    assert!(calls >= 310.0, "the consumers made {calls} calls");
    let at = polls.address("metrics").await;
    let passes = metric(&http, at, "hatbridge_polls_total", &["system=\"highlevel\""]).await;
    assert!(passes > 10.0, "the polls went on meanwhile, out of the same budget: {passes} passes");
    world.agrees().await;
    for process in consumers {
        process.stop().await;
    }
    polls.stop().await;
    world.end().await;
}
