//! Contacts and their tags, both ways, through both doors.

use hatbridge_sandbox::seventeen_hats::Resource;
use hatbridge_tests::world::{HATS, HIGHLEVEL, World, counts, hats_with_email, rows_with};
use hatbridge_tests::{Place, Setting};
use serde_json::{Value, json};

on_both!(
    a_contact_entered_in_17hats_is_made_in_highlevel_once_with_its_tags,
    a_contact_entered_in_highlevel_is_made_in_17hats_once_with_its_tags,
    a_change_is_written_to_the_other_side_once_and_never_comes_back,
    tags_of_both_sides_are_joined_and_taken_off_on_both,
    a_person_known_on_both_sides_is_linked_and_not_doubled,
    through_zapier_contacts_go_both_ways_and_do_not_echo,
    flows_that_are_switched_off_do_nothing,
);

const ADA: &str = "ada@example.com";

fn ada() -> Value {
    json!({"first_name": "Ada", "last_name": "Byron", "email": ADA, "phone": "+12025550101", "city": "London", "kind": "client", "tags": ["VIP", "spring"]})
}

fn ada_there() -> Value {
    json!({"firstName": "Ada", "lastName": "Byron", "email": ADA, "phone": "+12025550101", "city": "London", "tags": ["vip", "spring"]})
}

/// The one contact of HighLevel with Ada's address.
fn highlevel_ada(world: &World) -> Value {
    let dump = world.highlevel_of(world.shop());
    let found = rows_with(&dump, "contacts", "email", ADA);
    assert_eq!(found.len(), 1, "there is one Ada in HighLevel");
    found[0].clone()
}

fn tags(row: &Value) -> Vec<String> {
    let mut tags: Vec<_> = row["tags"].as_array().into_iter().flatten().filter_map(|tag| tag.as_str().map(str::to_lowercase)).collect();
    tags.sort();
    tags
}

/// Ada in 17hats, known in HighLevel too, everything at rest: (17hats' id, HighLevel's id).
async fn known_ada(world: &World) -> (String, String) {
    let shop = world.shop().clone();
    let hats = world.products.hats.create_contact(&shop.account, ada()).unwrap().id;
    let highlevel = world.until("Ada in HighLevel", |products| products.highlevel_contact(&shop, ADA)).await;
    world.settled().await;
    (hats, highlevel)
}

async fn a_contact_entered_in_17hats_is_made_in_highlevel_once_with_its_tags(place: Place) {
    let world = Setting::new(place).start().await;
    let (hats, highlevel) = known_ada(&world).await;
    let contact = highlevel_ada(&world);
    assert_eq!(contact["id"], highlevel.as_str());
    for (field, value) in [("firstName", "Ada"), ("lastName", "Byron"), ("city", "London"), ("phone", "+12025550101")] {
        assert_eq!(contact[field], value, "{field}");
    }
    assert_eq!(contact["source"], format!("hatbridge:17hats:{hats}"), "the contact bears our mark");
    assert_eq!(tags(&contact), ["spring", "vip"]);
    let written = world.written(HIGHLEVEL);
    assert_eq!(counts(&written).get("contacts.create"), Some(&1), "made once: {written:?}");
    assert_eq!(counts(&written).get("conversations.create"), Some(&1), "its conversation is there at once: {written:?}");
    assert_eq!(world.written(HATS).len(), 0, "nothing is sent back to where it came from: {:?}", world.written(HATS));
    world.agrees().await;
    world.end().await;
}

async fn a_contact_entered_in_highlevel_is_made_in_17hats_once_with_its_tags(place: Place) {
    let world = Setting::new(place).start().await;
    let shop = world.shop().clone();
    let id = world.products.highlevel.create_contact(&shop.location, ada_there()).unwrap();
    world.sees("Ada in 17hats", |products| products.hats_contact(&shop, ADA).is_some()).await;
    world.settled().await;
    let found = hats_with_email(&world.products, &shop, ADA);
    assert_eq!(found.len(), 1, "there is one Ada in 17hats");
    let contact = found[0].to_json();
    for (field, value) in [("first_name", "Ada"), ("last_name", "Byron"), ("city", "London"), ("external_id", &id), ("kind", "lead")] {
        assert_eq!(contact[field], value, "{field}");
    }
    assert_eq!(tags(&contact), ["spring", "vip"]);
    assert_eq!(counts(&world.written(HATS)), [("contact.create", 1)].into(), "made once and nothing else");
    assert_eq!(world.written(HIGHLEVEL).len(), 0, "nothing is sent back: {:?}", world.written(HIGHLEVEL));
    world.agrees().await;
    world.end().await;
}

async fn a_change_is_written_to_the_other_side_once_and_never_comes_back(place: Place) {
    let world = Setting::new(place).start().await;
    let shop = world.shop().clone();
    let (hats, highlevel) = known_ada(&world).await;

    let before = world.products.truth.len();
    world.products.hats.update_contact(&shop.account, &hats, json!({"city": "Paris", "company_name": "Engines"})).unwrap();
    world.sees("the new town in HighLevel", |_| highlevel_ada(&world)["city"] == "Paris").await;
    world.settled().await;
    assert_eq!(highlevel_ada(&world)["companyName"], "Engines");
    assert_eq!(counts(&world.written_since(before, HIGHLEVEL)), [("contacts.update", 1)].into(), "one write, and only of what changed");
    assert_eq!(world.written_since(before, HATS).len(), 0, "it does not come back");

    let before = world.products.truth.len();
    world.products.highlevel.update_contact(&shop.location, &highlevel, json!({"city": "Turin", "lastName": "Lovelace"})).unwrap();
    let hats_ada = || world.products.hats.get(&shop.account, Resource::Contact, &hats).unwrap();
    world.sees("the new town in 17hats", |_| hats_ada().text("city") == Some("Turin")).await;
    world.settled().await;
    assert_eq!(hats_ada().text("last_name"), Some("Lovelace"));
    assert_eq!(counts(&world.written_since(before, HATS)), [("contact.update", 1)].into());
    assert_eq!(world.written_since(before, HIGHLEVEL).len(), 0, "it does not come back");

    // There and back again: three states, though the first and the last are the same.
    let before = world.products.truth.len();
    for city in ["Bern", "Turin", "Bern"] {
        world.products.highlevel.update_contact(&shop.location, &highlevel, json!({"city": city})).unwrap();
    }
    world.sees("the last town in 17hats", |_| hats_ada().text("city") == Some("Bern")).await;
    world.settled().await;
    assert_eq!(hats_ada().text("city"), Some("Bern"), "the last one stays");
    assert_eq!(world.written_since(before, HIGHLEVEL).len(), 0, "it does not come back");
    world.agrees().await;
    world.end().await;
}

async fn tags_of_both_sides_are_joined_and_taken_off_on_both(place: Place) {
    let world = Setting::new(place).start().await;
    let shop = world.shop().clone();
    let (hats, highlevel) = known_ada(&world).await;
    let hats_ada = || world.products.hats.get(&shop.account, Resource::Contact, &hats).unwrap().to_json();

    let before = world.products.truth.len();
    world.products.highlevel_tag(&shop, &highlevel, "wedding").unwrap();
    world.sees("HighLevel's tag in 17hats", |_| tags(&hats_ada()) == ["spring", "vip", "wedding"]).await;
    world.settled().await;
    assert_eq!(world.written_since(before, HIGHLEVEL).len(), 0, "it does not come back");

    let before = world.products.truth.len();
    world.products.hats.update_contact(&shop.account, &hats, json!({"tags": ["wedding", "autumn"]})).unwrap();
    world.sees("tags put on and taken off in HighLevel", |_| tags(&highlevel_ada(&world)) == ["autumn", "wedding"]).await;
    world.settled().await;
    let written = world.written_since(before, HIGHLEVEL);
    assert!(
        written.iter().all(|effect| effect.operation.starts_with("contacts.tags.")),
        "tags go through their own calls, since an update replaces all: {written:?}"
    );
    assert_eq!(world.written_since(before, HATS).len(), 0, "they do not come back");
    world.agrees().await;
    world.end().await;
}

async fn a_person_known_on_both_sides_is_linked_and_not_doubled(place: Place) {
    let world = Setting::new(place).start().await;
    let shop = world.shop().clone();
    // Ada was in HighLevel before anybody listened.
    world.products.highlevel.set_webhook(&shop.location, None).unwrap();
    let highlevel = world.products.highlevel.create_contact(&shop.location, json!({"firstName": "Ada", "email": ADA, "tags": ["old friend"]})).unwrap();
    world.products.post_to(world.running().webhooks_at.unwrap()).unwrap();
    let hats = world.products.hats.create_contact(&shop.account, ada()).unwrap().id;
    world.sees("Ada's town in HighLevel", |_| highlevel_ada(&world)["city"] == "London").await;
    world.settled().await;
    let contact = highlevel_ada(&world);
    assert_eq!(contact["id"], highlevel.as_str(), "the one that was there is taken");
    assert!(tags(&contact).contains(&"old friend".to_owned()), "a tag of HighLevel's own stays: {contact}");
    assert_eq!(counts(&world.written(HIGHLEVEL)).get("contacts.create"), None, "no second one is made");
    // From now on they are one person.
    world.products.highlevel_move(&shop, &highlevel, "Leeds").unwrap();
    let there = || world.products.hats.get(&shop.account, Resource::Contact, &hats).unwrap();
    world.sees("the new town in 17hats", |_| there().text("city") == Some("Leeds")).await;
    world.settled().await;
    assert_eq!(hats_with_email(&world.products, &shop, ADA).len(), 1);
    world.end().await;
}

async fn through_zapier_contacts_go_both_ways_and_do_not_echo(place: Place) {
    let world = Setting::new(place).zapier().start().await;
    let shop = world.shop().clone();
    // Out: HighLevel's Ada becomes 17hats' by the hook, with our mark as a tag.
    let ada = world.products.highlevel.create_contact(&shop.location, ada_there()).unwrap();
    world.sees("Ada in 17hats", |products| products.hats_contact(&shop, ADA).is_some()).await;
    world.settled().await;
    let found = hats_with_email(&world.products, &shop, ADA);
    assert_eq!(found.len(), 1, "there is one Ada in 17hats");
    assert!(tags(&found[0].to_json()).contains(&format!("hatbridge:hl:{ada}").to_lowercase()), "our mark: {:?}", tags(&found[0].to_json()));
    assert_eq!(found[0].text("city"), Some("London"));
    assert_eq!(world.written(HIGHLEVEL).len(), 0, "the Zap's post of our own contact is an echo: {:?}", world.written(HIGHLEVEL));

    // In: 17hats' Grace becomes HighLevel's.
    let before = world.products.truth.len();
    let grace = json!({"first_name": "Grace", "last_name": "Hopper", "email": "grace@example.com", "phone": "+12025550102", "kind": "lead", "tags": ["navy"]});
    let grace = world.products.hats.create_contact(&shop.account, grace).unwrap().id;
    let highlevel = world.until("Grace in HighLevel", |products| products.highlevel_contact(&shop, "grace@example.com")).await;
    world.settled().await;
    assert_eq!(counts(&world.written_since(before, HIGHLEVEL)).get("contacts.create"), Some(&1));
    assert_eq!(world.written_since(before, HATS).len(), 0, "nothing is sent back: {:?}", world.written_since(before, HATS));

    // Changes, both ways.
    let before = world.products.truth.len();
    world.products.hats.update_contact(&shop.account, &grace, json!({"city": "New York"})).unwrap();
    let city = |email: &str| {
        let dump = world.highlevel_of(&shop);
        rows_with(&dump, "contacts", "email", email).first().and_then(|row| row["city"].as_str().map(str::to_owned))
    };
    world.sees("Grace's town in HighLevel", |_| city("grace@example.com").as_deref() == Some("New York")).await;
    world.settled().await;
    assert_eq!(counts(&world.written_since(before, HIGHLEVEL)), [("contacts.update", 1)].into());
    assert_eq!(world.written_since(before, HATS).len(), 0, "it does not come back");
    let before = world.products.truth.len();
    world.products.highlevel_move(&shop, &highlevel, "Arlington").unwrap();
    world.products.highlevel_tag(&shop, &highlevel, "retired").unwrap();
    let there = || world.products.hats.get(&shop.account, Resource::Contact, &grace).unwrap().to_json();
    world.sees("Grace's new town and tag in 17hats", |_| there()["city"] == "Arlington" && tags(&there()).contains(&"retired".to_owned())).await;
    world.settled().await;
    assert_eq!(world.written_since(before, HIGHLEVEL).len(), 0, "it does not come back: {:?}", world.written_since(before, HIGHLEVEL));
    world.agrees().await;
    world.end().await;
}

async fn flows_that_are_switched_off_do_nothing(place: Place) {
    let flows = json!({
        "contacts": {"to_seventeen_hats": false, "tags": false},
        "conversations": {"from_contacts": false, "to_tickets": false},
        "messages": {"to_seventeen_hats": false, "to_highlevel": "off"},
        "transcripts": {"enabled": false},
        "closing": {"policy": "off"},
    });
    let world = Setting::new(place).flows(flows).start().await;
    let shop = world.shop().clone();
    let (hats, highlevel) = known_ada(&world).await;
    assert_eq!(counts(&world.written(HIGHLEVEL)), [("contacts.create", 1)].into(), "this flow alone is on");
    assert_eq!(tags(&highlevel_ada(&world)), Vec::<String>::new(), "tags stay where they are");
    let before = world.products.truth.len();
    world.products.highlevel.create_contact(&shop.location, json!({"firstName": "Grace", "email": "grace@example.com"})).unwrap();
    world.products.highlevel_move(&shop, &highlevel, "Leeds").unwrap();
    world.products.highlevel_message(&shop, &highlevel, "hello", true).unwrap();
    world.products.highlevel_call(&shop, &highlevel, 30, &["hello"]).unwrap();
    world.products.hats_message(&shop, &hats, "hello", true, None).unwrap();
    world.settled().await;
    assert_eq!(
        (world.written_since(before, HATS).len(), world.written_since(before, HIGHLEVEL).len()),
        (0, 0),
        "everything else is off: {}",
        world.story().await
    );
    world.end().await;
}
