//! Replay: everything again from the beginning, into the same state, changes nothing.

use hatbridge::commands::Roles;
use hatbridge::demo::script::Door;
use hatbridge_sandbox::seventeen_hats::Resource;
use hatbridge_tests::process::output_of;
use hatbridge_tests::world::{counts, rows};
use hatbridge_tests::{Place, Setting, World};
use serde_json::json;
use std::time::Duration;

on_both!(replaying_every_topic_from_the_beginning_changes_nothing);

/// Everything that the flows know, in two shops: one by the contract, one by Zaps.
async fn all_flows(world: &World) {
    let products = &world.products;
    let (rest, zapier) = (products.shops[0].clone(), products.shops[1].clone());
    for shop in [&rest, &zapier] {
        let domain = &shop.id;
        for number in 0..4 {
            let fields = json!({"first_name": "Hat", "last_name": format!("{number}"), "email": format!("hat{number}@{domain}.example.com"), "kind": "lead", "tags": ["vip"]});
            products.hats.create_contact(&shop.account, fields).unwrap();
            let fields = json!({"firstName": "Level", "lastName": format!("{number}"), "email": format!("level{number}@{domain}.example.com"), "phone": format!("+1202555{number:04}"), "tags": ["spring"]});
            let contact = products.highlevel.create_contact(&shop.location, fields).unwrap();
            products.highlevel_message(shop, &contact, &format!("Hello from {number}"), true).unwrap();
            products.highlevel_call(shop, &contact, 30, &["Good morning.", "Goodbye."]).unwrap();
        }
    }
    world
        .sees("everybody on both sides", |products| {
            products.shops.iter().all(|shop| {
                rows(&products.highlevel.dump(&shop.location).unwrap(), "contacts").len() == 8
                    && products.hats.records(&shop.account, Resource::Contact).len() == 8
            })
        })
        .await;
    world.settled().await;
    for (number, contact) in products.hats.records(&rest.account, Resource::Contact).iter().enumerate() {
        products.hats_message(&rest, &contact.id, &format!("An answer to {number}"), false, None).unwrap();
        products.hats_move(&rest, &contact.id, "Leeds").unwrap();
        let ticket = products.hats.open_ticket(&rest.account, &contact.id, &format!("Ticket {number}"), "Please.").unwrap().id;
        let later = products.hats_message(&rest, &contact.id, "Later", false, Some(Duration::from_secs(3600))).unwrap();
        world.settled().await;
        products.hats.update_ticket(&rest.account, &ticket, json!({"subject": "Another subject"})).unwrap();
        products.hats.cancel_message(&rest.account, &later).unwrap();
        if number % 2 == 0 {
            products.hats.close_ticket(&rest.account, &ticket).unwrap();
        }
    }
    for shop in [&rest, &zapier] {
        for contact in rows(&world.highlevel_of(shop), "contacts") {
            let id = contact["id"].as_str().unwrap();
            products.highlevel_tag(shop, id, "wedding").unwrap();
            products.highlevel_move(shop, id, "Turin").unwrap();
        }
    }
    world.settled().await;
    let contacts: Vec<_> = rows(&world.highlevel_of(&rest), "contacts").iter().map(|contact| contact["id"].as_str().unwrap().to_owned()).collect();
    let order = ["archive", "--tenant", &rest.id, "--contact", &contacts[0], "--contact", &contacts[1]];
    let output = output_of(&world.configuration, &order).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    world.settled().await;
}

async fn replaying_every_topic_from_the_beginning_changes_nothing(place: Place) {
    let mut world = Setting::new(place).doors(&[Door::Rest, Door::Zapier]).start().await;
    all_flows(&world).await;
    let dead = world.numbers().dead;
    assert_eq!(dead, 0, "{}", world.story().await);
    world.halt().await;
    let before = world.products.truth.len();
    let holdings = world.products.shops.iter().map(|shop| (world.highlevel_of(shop), world.hats_of(shop))).collect::<Vec<_>>();
    let written = world.log.progress().await.written;
    assert!(written > 100, "there is much to replay: {written}");

    world.log.rewind().await;
    world.begin(Roles::APPLY).await;
    world.settled().await;
    let changed = world.products.truth.since(before);
    assert!(
        changed.iter().all(|effect| !(effect.actor == "api" && effect.changed)),
        "no call changed anything: {:?}\n{}",
        counts(&changed),
        world.story().await
    );
    let after = world.products.shops.iter().map(|shop| (world.highlevel_of(shop), world.hats_of(shop))).collect::<Vec<_>>();
    assert!(holdings == after, "both products hold what they held");
    assert_eq!(world.numbers().dead, 0, "{}", world.story().await);
    world.end().await;
}
