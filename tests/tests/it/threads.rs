//! Tickets and conversations: opened, answered, closed; one by one and in bulk.

use hatbridge_sandbox::seventeen_hats::Resource;
use hatbridge_schemas::Change;
use hatbridge_tests::process::output_of;
use hatbridge_tests::world::{HATS, HIGHLEVEL, World, counts, rows, rows_with};
use hatbridge_tests::{Place, Setting};
use serde_json::{Value, json};
use std::collections::BTreeSet;

on_both!(
    a_ticket_opens_the_conversation_with_its_first_message,
    a_changed_ticket_leaves_a_note,
    a_new_conversation_opens_one_ticket,
    through_zapier_a_new_conversation_leaves_a_note_and_a_tag,
    a_closed_ticket_marks_the_conversation_read_and_tags_the_contact,
    a_message_after_the_closing_opens_the_ticket_again,
    by_policy_a_closed_ticket_deletes_the_conversation,
    many_conversations_are_archived_by_one_order,
);

fn person(number: usize) -> Value {
    json!({"first_name": "Client", "last_name": format!("No {number}"), "email": format!("client{number}@example.com"), "phone": format!("+1202555{number:04}"), "kind": "lead"})
}

/// A client known on both sides, everything at rest: (17hats' id, HighLevel's id).
pub(crate) async fn client(world: &World, number: usize) -> (String, String) {
    let shop = world.shop().clone();
    let hats = world.products.hats.create_contact(&shop.account, person(number)).unwrap().id;
    let highlevel = world.until("the client in HighLevel", |products| products.highlevel_contact(&shop, &format!("client{number}@example.com"))).await;
    world.settled().await;
    (hats, highlevel)
}

/// The one conversation of a contact.
pub(crate) fn conversation_of(world: &World, contact: &str) -> Value {
    let dump = world.highlevel_of(world.shop());
    let found = rows_with(&dump, "conversations", "contactId", contact);
    assert_eq!(found.len(), 1, "a contact has one conversation");
    found[0].clone()
}

fn id(row: &Value) -> &str {
    row["id"].as_str().unwrap()
}

fn find(world: &World, conversation: &str) -> Value {
    let dump = world.highlevel_of(world.shop());
    rows_with(&dump, "conversations", "id", conversation).first().map(|row| (*row).clone()).unwrap_or_default()
}

fn is_tagged(world: &World, contact: &str) -> bool {
    let dump = world.highlevel_of(world.shop());
    let tags = &rows_with(&dump, "contacts", "id", contact)[0]["tags"];
    tags.as_array().into_iter().flatten().any(|tag| tag == "hatbridge-archived")
}

async fn a_ticket_opens_the_conversation_with_its_first_message(place: Place) {
    let world = Setting::new(place).flows(json!({"conversations": {"from_contacts": false}})).start().await;
    let shop = world.shop().clone();
    let (hats, highlevel) = client(&world, 1).await;
    assert_eq!(rows(&world.highlevel_of(&shop), "conversations").len(), 0, "no conversation yet");
    let ticket = world.products.hats.open_ticket(&shop.account, &hats, "Broken tap", "It drips day and night.").unwrap().id;
    world.sees("the ticket's first message", |_| !rows(&world.highlevel_of(&shop), "messages").is_empty()).await;
    world.settled().await;
    let dump = world.highlevel_of(&shop);
    let messages = rows(&dump, "messages");
    assert_eq!(messages.len(), 1, "one message: {messages:?}");
    let message = &messages[0];
    assert_eq!(
        (message["contactId"].as_str(), message["direction"].as_str(), message["altId"].as_str()),
        (Some(highlevel.as_str()), Some("inbound"), Some(ticket.as_str()))
    );
    let body = message["body"].as_str().unwrap();
    assert!(body.contains("Broken tap") && body.contains("It drips day and night."), "{body}");
    assert_eq!(message["conversationId"], conversation_of(&world, &highlevel)["id"]);
    assert_eq!(world.written(HATS).len(), 0, "nothing is sent back: {:?}", world.written(HATS));
    assert_eq!(rows(&world.hats_of(&shop), "tickets").len(), 1, "and no second ticket is made for the conversation");
    world.agrees().await;

    // A ticket of somebody HighLevel does not know yet, both entered at once.
    let contact = world.products.hats.create_contact(&shop.account, person(2)).unwrap().id;
    world.products.hats.open_ticket(&shop.account, &contact, "Second", "At once.").unwrap();
    world.sees("the second ticket's message", |_| rows(&world.highlevel_of(&shop), "messages").len() == 2).await;
    world.converges().await;
    assert_eq!(rows(&world.highlevel_of(&shop), "contacts").len(), 2);
    world.end().await;
}

async fn a_changed_ticket_leaves_a_note(place: Place) {
    let world = Setting::new(place).start().await;
    let shop = world.shop().clone();
    let (hats, highlevel) = client(&world, 1).await;
    let ticket = world.products.hats.open_ticket(&shop.account, &hats, "Broken tap", "It drips.").unwrap().id;
    world.sees("the first message", |_| rows(&world.highlevel_of(&shop), "messages").len() == 1).await;
    world.settled().await;
    let before = world.products.truth.len();
    world.products.hats.update_ticket(&shop.account, &ticket, json!({"subject": "Broken pipe"})).unwrap();
    let notes = || {
        rows_with(&world.highlevel_of(&shop), "notes", "contactId", &highlevel).iter().map(|note| note["body"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    world.sees("a note on the contact", |_| !notes().is_empty()).await;
    world.products.hats.update_ticket(&shop.account, &ticket, json!({"status": "pending"})).unwrap();
    world.settled().await;
    let notes = notes();
    assert_eq!(notes.len(), 1, "one note for one change of the text: {notes:?}");
    assert!(notes[0].contains("Broken pipe") && notes[0].contains(&format!("hatbridge:17hats:{ticket}")), "{notes:?}");
    assert_eq!(world.written_since(before, HIGHLEVEL).len(), 1, "{:?}", world.written_since(before, HIGHLEVEL));
    assert_eq!(world.written_since(before, HATS).len(), 0);
    world.end().await;
}

async fn a_new_conversation_opens_one_ticket(place: Place) {
    let world = Setting::new(place).flows(json!({"conversations": {"from_contacts": false}})).start().await;
    let shop = world.shop().clone();
    let highlevel =
        world.products.highlevel.create_contact(&shop.location, json!({"firstName": "Grace", "email": "grace@example.com", "phone": "+12025550102"})).unwrap();
    for text in ["Do you have time in May?", "Or in June?", "Hello?"] {
        world.products.highlevel_message(&shop, &highlevel, text, true).unwrap();
    }
    world.sees("three messages in 17hats", |products| products.hats.records(&shop.account, Resource::Message).len() == 3).await;
    world.settled().await;
    let tickets = world.products.hats.records(&shop.account, Resource::Ticket);
    assert_eq!(tickets.len(), 1, "one conversation, one ticket");
    assert_eq!(tickets[0].text("external_id"), conversation_of(&world, &highlevel)["id"].as_str());
    for message in world.products.hats.records(&shop.account, Resource::Message) {
        assert_eq!(message.text("ticket_id"), Some(tickets[0].id.as_str()), "its messages belong to it");
    }
    assert_eq!(world.written(HIGHLEVEL).len(), 0, "nothing is sent back: {:?}", world.written(HIGHLEVEL));
    world.agrees().await;
    world.end().await;
}

async fn through_zapier_a_new_conversation_leaves_a_note_and_a_tag(place: Place) {
    let world = Setting::new(place).zapier().start().await;
    let shop = world.shop().clone();
    let highlevel =
        world.products.highlevel.create_contact(&shop.location, json!({"firstName": "Grace", "email": "grace@example.com", "phone": "+12025550102"})).unwrap();
    for text in ["Do you have time in May?", "Or in June?"] {
        world.products.highlevel_message(&shop, &highlevel, text, true).unwrap();
    }
    let notes = || {
        let found = hatbridge_tests::world::hats_with_email(&world.products, &shop, "grace@example.com");
        found.first().map(|record| record.text("notes").unwrap_or_default().to_owned()).unwrap_or_default()
    };
    world.sees("both messages in Grace's notes", |_| notes().contains("in June?")).await;
    world.settled().await;
    let conversation = conversation_of(&world, &highlevel);
    let notes = notes();
    let mark = format!("[hatbridge:hl:{}]", id(&conversation));
    assert_eq!(notes.matches(&mark).count(), 1, "the conversation is told once: {notes}");
    for text in ["Do you have time in May?", "Or in June?"] {
        assert_eq!(notes.matches(text).count(), 1, "each message is told once: {notes}");
    }
    assert!(notes.find("in May?") < notes.find("in June?"), "in their order: {notes}");
    let contact = hatbridge_tests::world::hats_with_email(&world.products, &shop, "grace@example.com")[0].to_json();
    assert!(contact["tags"].as_array().unwrap().iter().any(|tag| tag == "hatbridge-conversation"), "{contact}");
    assert_eq!(world.written(HIGHLEVEL).len(), 0, "nothing is sent back: {:?}", world.written(HIGHLEVEL));
    world.agrees().await;
    world.end().await;
}

/// A client with an unread, starred conversation and two tickets: (HighLevel's contact, its
/// conversation, the tickets).
async fn busy_client(world: &World, number: usize) -> (String, String, [String; 2]) {
    let shop = world.shop().clone();
    let (hats, highlevel) = client(world, number).await;
    let tickets = ["First", "Second"].map(|subject| world.products.hats.open_ticket(&shop.account, &hats, subject, "Please.").unwrap().id);
    world.products.highlevel_message(&shop, &highlevel, "Are you there?", true).unwrap();
    world.sees("all messages", |_| rows_with(&world.highlevel_of(&shop), "messages", "contactId", &highlevel).len() == 3).await;
    world.settled().await;
    let conversation = conversation_of(world, &highlevel);
    assert!(conversation["unreadCount"].as_i64().unwrap() > 0, "it is unread: {conversation}");
    let conversation = id(&conversation).to_owned();
    world.products.highlevel.set_starred(&shop.location, &conversation, true).unwrap();
    assert_eq!(find(world, &conversation)["starred"], true);
    world.settled().await;
    (highlevel, conversation, tickets)
}

async fn a_closed_ticket_marks_the_conversation_read_and_tags_the_contact(place: Place) {
    let world = Setting::new(place).start().await;
    let shop = world.shop().clone();
    let (contact, conversation, tickets) = busy_client(&world, 1).await;
    let before = world.products.truth.len();
    world.products.hats.close_ticket(&shop.account, &tickets[0]).unwrap();
    world.settled().await;
    assert_eq!(world.written_since(before, HIGHLEVEL).len(), 0, "another ticket is open still");
    world.products.hats.close_ticket(&shop.account, &tickets[1]).unwrap();
    world.sees("the tag", |_| is_tagged(&world, &contact)).await;
    world.settled().await;
    let closed = find(&world, &conversation);
    assert_eq!((closed["unreadCount"].as_i64(), closed["starred"].as_bool().unwrap_or(false)), (Some(0), false), "read and not starred: {closed}");
    let written = world.written_since(before, HIGHLEVEL);
    assert!(written.len() <= 3, "no more than reading, unstarring and tagging: {written:?}");
    assert_eq!(world.written_since(before, HATS).len(), 0, "our own tag is none of 17hats' business");
    world.agrees().await;
    world.end().await;
}

async fn a_message_after_the_closing_opens_the_ticket_again(place: Place) {
    let world = Setting::new(place).start().await;
    let shop = world.shop().clone();
    let (hats, highlevel) = client(&world, 1).await;
    let ticket = world.products.hats.open_ticket(&shop.account, &hats, "Broken tap", "It drips.").unwrap().id;
    world.settled().await;
    world.products.hats.close_ticket(&shop.account, &ticket).unwrap();
    world.sees("the tag", |_| is_tagged(&world, &highlevel)).await;
    world.settled().await;
    let before = world.products.truth.len();
    world.products.highlevel_message(&shop, &highlevel, "It drips again.", true).unwrap();
    let status = || world.products.hats.get(&shop.account, Resource::Ticket, &ticket).unwrap().text("status").map(str::to_owned);
    world.sees("the ticket open again", |_| status().as_deref() == Some("open")).await;
    world.settled().await;
    assert!(!is_tagged(&world, &highlevel), "it is not archived any more");
    assert_eq!(counts(&world.written_since(before, HATS)), [("message.create", 1), ("ticket.update", 1)].into());
    assert_eq!(rows(&world.hats_of(&shop), "tickets").len(), 1, "no second ticket");
    world.end().await;
}

async fn by_policy_a_closed_ticket_deletes_the_conversation(place: Place) {
    let world = Setting::new(place).flows(json!({"closing": {"policy": "delete"}})).start().await;
    let shop = world.shop().clone();
    let (hats, _) = client(&world, 1).await;
    let ticket = world.products.hats.open_ticket(&shop.account, &hats, "Broken tap", "It drips.").unwrap().id;
    world.sees("the first message", |_| rows(&world.highlevel_of(&shop), "messages").len() == 1).await;
    world.settled().await;
    world.products.hats.close_ticket(&shop.account, &ticket).unwrap();
    world.sees("the conversation gone", |_| rows(&world.highlevel_of(&shop), "conversations").is_empty()).await;
    world.settled().await;
    assert_eq!(counts(&world.written(HIGHLEVEL)).get("conversations.delete"), Some(&1), "deleted once");
    assert_eq!(rows(&world.highlevel_of(&shop), "conversations").len(), 0, "and not made again");
    world.end().await;
}

async fn many_conversations_are_archived_by_one_order(place: Place) {
    const CLIENTS: usize = 25;
    let world = Setting::new(place).start().await;
    let shop = world.shop().clone();
    let people: Vec<String> = (0..CLIENTS + 1)
        .map(|number| {
            world.products.highlevel.create_contact(&shop.location, json!({"firstName": "Client", "email": format!("client{number}@example.com")})).unwrap()
        })
        .collect();
    for contact in &people {
        world.products.highlevel_message(&shop, contact, "Are you there?", true).unwrap();
    }
    world.sees("all messages in 17hats", |products| products.hats.records(&shop.account, Resource::Message).len() == people.len()).await;
    world.settled().await;
    let (archived, kept) = people.split_at(CLIENTS);
    let file = world.place.folder.path().join("contacts.txt");
    std::fs::write(&file, archived.join("\n")).unwrap();
    let before = world.products.truth.len();
    let order = ["archive", "--tenant", &shop.id, "--file", file.to_str().unwrap(), "--order", "spring", "--json"];
    for attempt in 1..=2 {
        let output = output_of(&world.configuration, &order).await;
        assert!(output.status.success(), "attempt {attempt}: {}", String::from_utf8_lossy(&output.stderr));
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((told["published"].as_bool(), told["contacts"].as_array().map(Vec::len)), (Some(true), Some(CLIENTS)), "{told}");
    }
    world.sees("all of them tagged", |_| archived.iter().all(|contact| is_tagged(&world, contact))).await;
    world.settled().await;
    for contact in archived {
        let conversation = conversation_of(&world, contact);
        assert_eq!(conversation["unreadCount"], 0, "{conversation}");
    }
    assert!(!is_tagged(&world, &kept[0]) && conversation_of(&world, &kept[0])["unreadCount"] != 0, "nobody else's is touched");
    let written = counts(&world.written_since(before, HIGHLEVEL));
    assert_eq!(written, [("contacts.tags.add", CLIENTS), ("conversations.update", CLIENTS)].into(), "an order given twice is carried out once");
    // What came of each command stands on the results topic.
    let commands = world.log.events(world.log.topics.commands()).await;
    let ids: BTreeSet<_> = commands.iter().map(|placed| placed.event.id).collect();
    assert_eq!(ids.len(), CLIENTS);
    let results = hatbridge_tests::wait::until("all results", async || {
        let results = world.log.events(world.log.topics.results()).await;
        (results.len() >= CLIENTS).then_some(results)
    })
    .await;
    assert!(results.iter().all(|placed| placed.event.change == Change::Result));
    let causes: BTreeSet<_> = results.iter().filter_map(|placed| placed.event.causation_id).collect();
    assert_eq!(causes, ids, "one result for each command");
    world.end().await;
}
