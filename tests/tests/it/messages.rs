//! Messages both ways, their status, scheduled ones; calls and their transcripts.

use crate::threads::{client, conversation_of};
use hatbridge_sandbox::seventeen_hats::Resource;
use hatbridge_tests::world::{HATS, HIGHLEVEL, World, counts, hats_with_email, rows, rows_with};
use hatbridge_tests::{Place, Setting};
use serde_json::{Value, json};
use std::time::Duration;

on_both!(
    messages_of_17hats_are_recorded_in_highlevel_in_their_order,
    messages_of_highlevel_are_copied_to_17hats_in_their_order,
    a_message_that_is_to_be_sent_is_sent_once_and_marked,
    a_scheduled_message_is_scheduled_there_and_cancelled_with_it,
    the_status_of_delivery_comes_back,
    messages_of_other_apps_and_providers_are_copied_too,
    a_completed_call_brings_its_transcript_once,
    through_zapier_a_call_s_transcript_stands_in_the_notes_once,
);

/// All messages of HighLevel, oldest first.
fn there(world: &World) -> Vec<Value> {
    rows(&world.highlevel_of(world.shop()), "messages").to_vec()
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_default()
}

async fn messages_of_17hats_are_recorded_in_highlevel_in_their_order(place: Place) {
    let world = Setting::new(place).start().await;
    let shop = world.shop().clone();
    let (hats, highlevel) = client(&world, 1).await;
    let before = world.products.truth.len();
    let ids: Vec<String> =
        (0..20).map(|number| world.products.hats_message(&shop, &hats, &format!("message {number}"), number % 3 == 0, None).unwrap()).collect();
    world.sees("all messages in HighLevel", |_| there(&world).len() == 20).await;
    world.settled().await;
    let marks: Vec<_> = world.written_since(before, HIGHLEVEL).into_iter().map(|effect| (effect.operation, effect.mark.unwrap_or_default())).collect();
    let wanted: Vec<_> = ids.iter().map(|id| ("messages.inbound", id.clone())).collect();
    assert_eq!(marks, wanted, "each recorded once, in order, and nothing else");
    for (number, message) in there(&world).iter().enumerate() {
        let direction = if number % 3 == 0 { "inbound" } else { "outbound" };
        assert_eq!(
            (text(message, "body"), text(message, "direction"), text(message, "contactId")),
            (format!("message {number}").as_str(), direction, highlevel.as_str())
        );
        assert_eq!(text(message, "conversationId"), text(&conversation_of(&world, &highlevel), "id"));
    }
    assert_eq!(world.written_since(before, HATS).len(), 0, "nothing is sent back: {:?}", world.written_since(before, HATS));
    world.agrees().await;
    world.end().await;
}

async fn messages_of_highlevel_are_copied_to_17hats_in_their_order(place: Place) {
    let world = Setting::new(place).start().await;
    let shop = world.shop().clone();
    let (hats, highlevel) = client(&world, 1).await;
    let before = world.products.truth.len();
    for number in 0..20 {
        world.products.highlevel_message(&shop, &highlevel, &format!("message {number}"), number % 2 == 0).unwrap();
    }
    let here = || world.products.hats.records(&shop.account, Resource::Message);
    world.sees("all messages in 17hats", |_| here().len() == 20).await;
    world.settled().await;
    let originals = there(&world);
    for (number, (copy, original)) in here().iter().zip(&originals).enumerate() {
        let direction = if number % 2 == 0 { "inbound" } else { "outbound" };
        assert_eq!((copy.text("body"), copy.text("direction")), (Some(format!("message {number}").as_str()), Some(direction)), "in their order");
        assert_eq!((copy.text("external_id"), copy.text("contact_id")), (Some(text(original, "id")), Some(hats.as_str())));
        assert_eq!(copy.text("channel").map(str::to_uppercase).as_deref(), Some("SMS"));
    }
    let written = counts(&world.written_since(before, HATS));
    assert_eq!(written, [("message.create", 20), ("ticket.create", 1)].into(), "each once, and a ticket for the conversation");
    assert_eq!(world.written_since(before, HIGHLEVEL).len(), 0, "nothing is sent back: {:?}", world.written_since(before, HIGHLEVEL));
    world.agrees().await;
    world.end().await;
}

async fn a_message_that_is_to_be_sent_is_sent_once_and_marked(place: Place) {
    let world = Setting::new(place).flows(json!({"messages": {"to_highlevel": "send"}})).start().await;
    let shop = world.shop().clone();
    let (hats, highlevel) = client(&world, 1).await;
    let before = world.products.truth.len();
    let outbound = world.products.hats_message(&shop, &hats, "We come on Friday.", false, None).unwrap();
    let inbound = world.products.hats_message(&shop, &hats, "Fine!", true, None).unwrap();
    world.sees("both messages in HighLevel", |_| there(&world).len() == 2).await;
    world.settled().await;
    assert_eq!(
        counts(&world.written_since(before, HIGHLEVEL)),
        [("messages.inbound", 1), ("messages.send", 1)].into(),
        "what the client wrote is recorded, what goes to the client is sent"
    );
    let messages = there(&world);
    let sent = messages.iter().find(|message| text(message, "body") == "We come on Friday.").unwrap();
    assert_eq!((text(sent, "direction"), text(sent, "contactId")), ("outbound", highlevel.as_str()));
    let marked = world.products.hats.get(&shop.account, Resource::Message, &outbound).unwrap();
    assert_eq!(marked.text("external_id"), Some(text(sent, "id")), "17hats' message holds HighLevel's id");
    let recorded = messages.iter().find(|message| text(message, "body") == "Fine!").unwrap();
    assert_eq!(text(recorded, "altId"), inbound);
    assert_eq!(world.products.hats.records(&shop.account, Resource::Message).len(), 2, "and none comes back as a copy");
    world.agrees().await;
    world.end().await;
}

async fn a_scheduled_message_is_scheduled_there_and_cancelled_with_it(place: Place) {
    let world = Setting::new(place).start().await;
    let shop = world.shop().clone();
    let (hats, _) = client(&world, 1).await;
    let before = world.products.truth.len();
    let hour = Some(Duration::from_secs(3600));
    let [kept, cancelled] = ["See you tomorrow.", "See you never."].map(|body| world.products.hats_message(&shop, &hats, body, false, hour).unwrap());
    world.sees("both scheduled in HighLevel", |_| there(&world).iter().filter(|message| text(message, "status") == "scheduled").count() == 2).await;
    world.settled().await;
    world.products.hats.cancel_message(&shop.account, &cancelled).unwrap();
    let status_of = |body: &str| there(&world).iter().find(|message| text(message, "body") == body).map(|message| text(message, "status").to_owned());
    world.sees("the cancellation in HighLevel", |_| status_of("See you never.").is_some_and(|status| status.starts_with("cancel"))).await;
    world.settled().await;
    assert_eq!(status_of("See you tomorrow.").as_deref(), Some("scheduled"), "the other one still waits");
    assert_eq!(counts(&world.written_since(before, HIGHLEVEL)), [("messages.cancel", 1), ("messages.send", 2)].into());
    let here = |id: &str| world.products.hats.get(&shop.account, Resource::Message, id).unwrap();
    assert_eq!((here(&kept).text("status"), here(&cancelled).text("status")), (Some("scheduled"), Some("cancelled")));
    assert_eq!(world.products.hats.records(&shop.account, Resource::Message).len(), 2, "and none comes back as a copy");
    world.agrees().await;
    world.end().await;
}

async fn the_status_of_delivery_comes_back(place: Place) {
    let setting = Setting::new(place).flows(json!({"messages": {"to_highlevel": "send"}}));
    // No webhook tells of a status: a poll does.
    let world = setting.with(json!({"polling": {"intervals": {"messages": "1s"}}})).start().await;
    let shop = world.shop().clone();
    let (hats, _) = client(&world, 1).await;
    let message = world.products.hats_message(&shop, &hats, "We come on Friday.", false, None).unwrap();
    let here = || world.products.hats.get(&shop.account, Resource::Message, &message).unwrap();
    let status = || here().text("status").map(str::to_owned).unwrap_or_default();
    let id = world.until("HighLevel's id on 17hats' message", |_| here().text("external_id").map(str::to_owned)).await;
    for carrier in ["read", "failed"] {
        world.products.highlevel.set_message_status(&shop.location, &id, carrier).unwrap();
        world.sees("the status in 17hats", |_| status() == carrier).await;
    }
    world.settled().await;
    assert_eq!(status(), "failed");
    assert_eq!(counts(&world.written(HIGHLEVEL)).get("messages.status"), None, "a status is not sent back");
    world.end().await;
}

async fn messages_of_other_apps_and_providers_are_copied_too(place: Place) {
    let world = Setting::new(place).start().await;
    let shop = world.shop().clone();
    let (_, highlevel) = client(&world, 1).await;
    let before = world.products.truth.len();
    // Another app sends by the API with its own token; a provider's message comes with the provider's id.
    let http = hatbridge::wiring::http_client(Duration::from_secs(10), true).unwrap();
    let url = format!("{}/conversations/messages", world.products.highlevel.base_url());
    let body = json!({"type": "SMS", "contactId": highlevel, "message": "By another app."});
    let answer = http.post(url).bearer_auth(&shop.token).header("version", "2021-04-15").json(&body).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    let by_provider =
        json!({"contactId": highlevel, "type": "SMS", "direction": "outbound", "body": "By a provider.", "conversationProviderId": "sandboxProvider00001"});
    world.products.highlevel.add_message(&shop.location, by_provider).unwrap();
    let here = || world.products.hats.records(&shop.account, Resource::Message);
    world.sees("both in 17hats", |_| here().len() == 2).await;
    world.settled().await;
    let bodies: Vec<_> = here().iter().map(|record| record.text("body").unwrap_or_default().to_owned()).collect();
    assert_eq!(bodies, ["By another app.", "By a provider."]);
    assert_eq!(counts(&world.written_since(before, HATS)).get("message.create"), Some(&2), "each once");
    world.agrees().await;
    world.end().await;
}

async fn a_completed_call_brings_its_transcript_once(place: Place) {
    let world = Setting::new(place).start().await;
    let shop = world.shop().clone();
    let (hats, highlevel) = client(&world, 1).await;
    let before = world.products.truth.len();
    world.products.highlevel_call(&shop, &highlevel, 93, &["Hello, this is Ada.", "How can I help?"]).unwrap();
    let transcripts = || world.products.hats.records(&shop.account, Resource::Transcript);
    world.sees("the transcript", |_| !transcripts().is_empty()).await;
    world.settled().await;
    let transcripts = transcripts();
    assert_eq!(transcripts.len(), 1, "once");
    let call = there(&world).iter().find(|message| text(message, "messageType").contains("CALL")).map(|call| text(call, "id").to_owned()).unwrap();
    assert_eq!((transcripts[0].text("call_id"), transcripts[0].text("contact_id")), (Some(call.as_str()), Some(hats.as_str())));
    let lines: Vec<_> = transcripts[0].text("text").unwrap().lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 2, "a line a sentence: {lines:?}");
    assert!(lines[0].ends_with("Hello, this is Ada.") && lines[1].ends_with("How can I help?"), "{lines:?}");
    assert_eq!(counts(&world.written_since(before, HATS)).get("message.create"), None, "a call is no message in 17hats");
    world.agrees().await;
    world.end().await;
}

async fn through_zapier_a_call_s_transcript_stands_in_the_notes_once(place: Place) {
    let world = Setting::new(place).zapier().start().await;
    let shop = world.shop().clone();
    let highlevel =
        world.products.highlevel.create_contact(&shop.location, json!({"firstName": "Grace", "email": "grace@example.com", "phone": "+12025550102"})).unwrap();
    world.products.highlevel_call(&shop, &highlevel, 93, &["Hello, this is Grace.", "Until Friday."]).unwrap();
    let notes =
        || hats_with_email(&world.products, &shop, "grace@example.com").first().and_then(|record| record.text("notes").map(str::to_owned)).unwrap_or_default();
    world.sees("the transcript in the notes", |_| notes().contains("Until Friday.")).await;
    world.settled().await;
    let notes = notes();
    for sentence in ["Hello, this is Grace.", "Until Friday."] {
        assert_eq!(notes.matches(sentence).count(), 1, "once: {notes}");
    }
    let dump = world.highlevel_of(&shop);
    let call = rows_with(&dump, "messages", "contactId", &highlevel).into_iter().find(|message| text(message, "messageType").contains("CALL")).unwrap();
    assert_eq!(notes.matches(&format!("[hatbridge:hl:{}]", text(call, "id"))).count(), 1, "with its mark: {notes}");
    world.agrees().await;
    world.end().await;
}
