//! HighLevel connected by a marketplace app: tokens are exchanged once, kept sealed, refreshed by one
//! process for all, and survive a restart.

use hatbridge::commands::Roles;
use hatbridge_tests::process::output_of;
use hatbridge_tests::world::{HIGHLEVEL, counts};
use hatbridge_tests::{Backend, Place, Setting, World};
use serde_json::json;

on_both!(an_app_is_connected_once_and_its_expired_tokens_are_refreshed);

async fn connect(world: &World, code: &str) -> (bool, String) {
    let arguments = ["connect", "--tenant", "shop1", "--code", code, "--redirect-uri", "https://shop.example.com/oauth"];
    let output = output_of(&world.configuration, &arguments).await;
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Contacts from `from` to `to` are entered in 17hats, with a message each.
fn enter(world: &World, numbers: std::ops::Range<usize>) {
    let shop = world.shop();
    for number in numbers {
        let fields = json!({"first_name": "Client", "last_name": format!("{number}"), "email": format!("client{number}@example.com"), "kind": "lead"});
        let contact = world.products.hats.create_contact(&shop.account, fields).unwrap().id;
        world.products.hats_message(shop, &contact, &format!("message {number}"), true, None).unwrap();
    }
}

async fn an_app_is_connected_once_and_its_expired_tokens_are_refreshed(place: Place) {
    let mut world = Setting::new(place).by_app().products().await;
    let location = world.shop().location.clone();
    let code = world.products.highlevel.authorize(&location).unwrap();
    let (connected, said) = connect(&world, &code).await;
    assert!(connected, "{said}");
    let (again, said) = connect(&world, &code).await;
    assert!(!again && said.contains("consent page"), "a code can be used once, and the error says what to do: {said}");
    assert!(!said.contains(&code), "and does not show it");

    world.begin(Roles::ALL).await;
    // The local broker is for one process.
    let other = (world.place.backend == Backend::Cluster).then(|| world.process("other", &["consume"]));
    enter(&world, 0..5);
    world.converges().await;
    // All processes find their tokens refused in the middle of work; the refresh token is good once.
    world.products.highlevel.expire_tokens(&location).unwrap();
    enter(&world, 10..34);
    world.sees("the messages that came after the end of the tokens", |products| products.truth.count("messages.inbound") >= 29).await;
    world.converges().await;
    assert_eq!(world.numbers().dead, 0, "{}", world.story().await);
    if let Some(other) = other {
        other.stop().await;
    }

    // The tokens are there for the next process, and still refreshed.
    world.halt().await;
    world.products.highlevel.expire_tokens(&location).unwrap();
    world.begin(Roles::ALL).await;
    enter(&world, 50..53);
    world.converges().await;
    assert_eq!(counts(&world.written(HIGHLEVEL)).get("contacts.create"), Some(&32), "each contact once");
    world.end().await;
}
