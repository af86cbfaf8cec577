//! Recording, sending, scheduling, exporting; calls and what was said in them.

use super::*;
use std::collections::BTreeSet;

#[tokio::test]
async fn a_recorded_message_carries_its_mark_wherever_it_is_shown() {
    let world = studio().await;
    let ada = world.ada();
    let body = json!({"type": "SMS", "contactId": ada, "direction": "inbound", "message": "hello", "altId": "hats-7", "date": "2026-01-02T03:04:05.678Z"});
    let (status, made) = world.post("/conversations/messages/inbound", body.clone()).await;
    assert_eq!((status, &made["success"]), (200, &json!(true)));
    let id = made["messageId"].as_str().unwrap();
    let (_, list) = world.get(&format!("/conversations/{}/messages", made["conversationId"].as_str().unwrap())).await;
    let (_, export) = world.get(&format!("/conversations/messages/export?locationId={PLACE}")).await;
    let (_, one) = world.get(&format!("/conversations/messages/{id}")).await;
    for row in [&list["messages"]["messages"][0], &export["messages"][0], &one["message"]] {
        assert_eq!(
            (&row["id"], &row["altId"], &row["direction"], &row["dateAdded"]),
            (&json!(id), &json!("hats-7"), &json!("inbound"), &json!("2026-01-02T03:04:05.678Z"))
        );
        assert_eq!((&row["type"], &row["messageType"], &row["source"], &row["body"]), (&json!(2), &json!("TYPE_SMS"), &json!("api"), &json!("hello")));
    }
    assert_eq!(world.post("/conversations/messages/inbound", body).await.0, 200, "a second one with the same altId is not refused");
    assert_eq!(world.handle.messages_by_alt_id(PLACE, "hats-7").len(), 2);
    assert_eq!(world.handle.truth().doubled("messages.inbound").len(), 1);
    let refused = json!({"type": "SMS", "contactId": ada, "direction": "inbound", "message": "x", "conversationProviderId": "p"});
    assert_eq!(world.post("/conversations/messages/inbound", refused).await.1["message"], json!("You don't have access to the conversationProvider"));
    let calls_only = json!({"type": "SMS", "conversationId": made["conversationId"]});
    assert_eq!(world.post("/conversations/messages/outbound", calls_only).await.0, 422);
}

#[tokio::test]
async fn a_scheduled_message_can_be_cancelled_and_a_sent_one_not() {
    let world = studio().await;
    let ada = world.ada();
    let later = jiff::Timestamp::now().as_second() + 3600;
    let (_, made) = world.post("/conversations/messages", json!({"type": "SMS", "contactId": ada, "message": "see you", "scheduledTimestamp": later})).await;
    assert_eq!(made["status"], json!("pending"));
    let path = format!("/conversations/messages/{}", made["messageId"].as_str().unwrap());
    assert_eq!(world.delete(&format!("{path}/schedule")).await.0, 200);
    assert_eq!(world.get(&path).await.1["message"]["status"], json!("canceled"));
    assert_eq!(world.delete(&format!("{path}/schedule")).await.0, 400);
    let (_, sent) = world.post("/conversations/messages", json!({"type": "SMS", "contactId": ada, "message": "now"})).await;
    assert_eq!(world.delete(&format!("/conversations/messages/{}/schedule", sent["messageId"].as_str().unwrap())).await.0, 400);
    let milliseconds = json!({"type": "SMS", "contactId": ada, "message": "x", "scheduledTimestamp": later * 1000});
    assert_eq!(world.post("/conversations/messages", milliseconds).await.0, 422, "seconds are wanted");
    let (_, mail) = world.post("/conversations/messages", json!({"type": "Email", "contactId": ada, "html": "<p>x</p>", "scheduledTimestamp": later})).await;
    let path = format!("/conversations/messages/email/{}/schedule", mail["emailMessageId"].as_str().unwrap());
    assert_eq!(world.delete(&path).await.0, 200);
}

#[tokio::test]
async fn a_scheduled_message_is_sent_when_its_time_has_come() {
    let (base, mut got) = receiver(&[]).await;
    let world = studio().await;
    let ada = world.ada();
    world.handle.set_webhook(PLACE, Some(base)).unwrap();
    let soon = jiff::Timestamp::now().as_second() + 1;
    let id = world.handle.add_message(PLACE, json!({"contactId": ada, "body": "soon", "scheduledTimestamp": soon})).unwrap();
    assert_eq!(world.handle.message(PLACE, &id).unwrap()["status"], json!("scheduled"));
    let (event, body) = next(&mut got).await;
    assert_eq!((event.as_str(), &body["messageId"], &body["status"]), ("OutboundMessage", &json!(id), &json!("delivered")));
    let last = world.handle.truth().effects().pop().unwrap();
    assert_eq!((last.actor, last.operation), ("clock", "messages.deliver"));
}

#[tokio::test]
async fn the_export_shows_every_change_once_and_e_mail_only_when_asked() {
    let world = studio().await;
    let ada = world.ada();
    for number in 0..35 {
        world.handle.add_message(PLACE, json!({"contactId": ada, "body": format!("{number}")})).unwrap();
    }
    let (_, mail) = world.post("/conversations/messages", json!({"type": "Email", "contactId": ada, "html": "<p>x</p>", "subject": "Hi"})).await;
    for order in ["asc", "desc"] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!(
                "/conversations/messages/export?locationId={PLACE}&limit=10&sortBy=updatedAt&sortOrder={order}&startDate=1600000000000&endDate=2999-01-01{cursor}"
            );
            let (status, page) = world.get(&path).await;
            assert_eq!((status, &page["total"]), (200, &json!(35)));
            seen.extend(ids(&page["messages"]));
            match page["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!((seen.len(), seen.iter().collect::<BTreeSet<_>>().len()), (35, 35), "{order}");
    }
    let (_, page) = world.get(&format!("/conversations/messages/export?locationId={PLACE}&channel=Email")).await;
    let row = &page["messages"][0];
    assert_eq!((ids(&page["messages"]).len(), row.get("body"), &row["meta"]["email"]["messageIds"]), (1, None, &json!([mail["emailMessageId"]])));
    let (_, email) = world.get(&format!("/conversations/messages/email/{}", mail["emailMessageId"].as_str().unwrap())).await;
    assert_eq!((&email["subject"], &email["body"], &email["to"]), (&json!("Hi"), &json!("<p>x</p>"), &json!(["ada@example.com"])));
    assert_eq!(world.get(&format!("/conversations/messages/export?locationId={PLACE}&limit=5")).await.0, 422);
    let since = jiff::Timestamp::now().as_millisecond() + 1;
    tokio::time::sleep(Duration::from_millis(5)).await;
    let first = world.handle.dump(PLACE).unwrap()["messages"][0]["id"].as_str().unwrap().to_owned();
    world.handle.set_message_status(PLACE, &first, "read").unwrap();
    let (_, page) = world.get(&format!("/conversations/messages/export?locationId={PLACE}&sortBy=updatedAt&startDate={since}")).await;
    assert_eq!((ids(&page["messages"]), &page["messages"][0]["status"]), (vec![first], &json!("read")));
}

#[tokio::test]
async fn a_conversations_messages_are_paged_newest_first() {
    let world = studio().await;
    let ada = world.ada();
    let mut sent: Vec<_> = (0..45).map(|number| world.handle.add_message(PLACE, json!({"contactId": ada, "body": format!("{number}")})).unwrap()).collect();
    sent.reverse();
    let id = world.handle.conversation_of(PLACE, &ada).unwrap();
    let (mut seen, mut last) = (Vec::new(), String::new());
    loop {
        let (_, page) = world.get(&format!("/conversations/{id}/messages?type=TYPE_SMS,TYPE_CALL{last}")).await;
        let page = &page["messages"];
        seen.extend(ids(&page["messages"]));
        if page["nextPage"] == json!(false) {
            break;
        }
        last = format!("&lastMessageId={}", page["lastMessageId"].as_str().unwrap());
    }
    assert_eq!(seen, sent);
}

#[tokio::test]
async fn an_e_mail_that_answers_another_joins_its_thread() {
    let world = studio().await;
    let ada = world.ada();
    let (_, first) = world.post("/conversations/messages", json!({"type": "Email", "contactId": ada, "html": "one"})).await;
    let answered = json!({"type": "Email", "contactId": ada, "direction": "inbound", "html": "two", "emailMessageId": first["emailMessageId"]});
    let (_, second) = world.post("/conversations/messages/inbound", answered).await;
    assert_eq!(second["messageId"], first["messageId"]);
    let (_, one) = world.get(&format!("/conversations/messages/{}", first["messageId"].as_str().unwrap())).await;
    assert_eq!(one["message"]["meta"]["email"]["messageIds"], json!([first["emailMessageId"], second["emailMessageId"]]));
}

#[tokio::test]
async fn a_call_of_the_built_in_phone_has_recording_and_transcript() {
    let world = studio().await;
    let ada = world.ada();
    let call = world.handle.complete_call(PLACE, &ada, 61, &["hello", "who is it"]).unwrap();
    let base = format!("/conversations/locations/{PLACE}/messages/{call}/transcription");
    let (_, sentences) = world.get(&base).await;
    assert_eq!(sentences[1], json!({"mediaChannel": 1, "sentenceIndex": 1, "startTime": 300, "endTime": 840, "transcript": "who is it", "confidence": 0.97}));
    let text = world.request("GET", &format!("{base}/download")).send().await.unwrap().text().await.unwrap();
    assert_eq!(text, "[00:00] Channel 0: hello\n[00:00] Channel 1: who is it\n");
    let wav = world.request("GET", &format!("/conversations/messages/{call}/locations/{PLACE}/recording")).send().await.unwrap();
    assert_eq!(wav.headers()["content-type"], "audio/x-wav");
    assert!(wav.bytes().await.unwrap().starts_with(b"RIFF"));
    let (_, one) = world.get(&format!("/conversations/messages/{call}")).await;
    assert_eq!((&one["message"]["messageType"], &one["message"]["status"]), (&json!("TYPE_CALL"), &json!("completed")));
    assert_eq!(one["message"]["meta"]["call"], json!({"duration": 61, "status": "completed"}));
    let silent = world.handle.complete_call(PLACE, &ada, 5, &[]).unwrap();
    assert_eq!(world.get(&format!("/conversations/locations/{PLACE}/messages/{silent}/transcription")).await.0, 404);
    let dump = world.handle.dump(PLACE).unwrap();
    assert_eq!(dump["transcriptions"], json!([{"messageId": call, "sentences": sentences}]));
    for (name, value) in [("contactId", json!(ada)), ("messageType", json!("TYPE_CALL")), ("status", json!("completed")), ("direction", json!("outbound"))] {
        assert_eq!(dump["messages"][0][name], value, "{name}");
    }
    assert_eq!(
        (&dump["conversations"][0]["contactId"], &dump["conversations"][0]["unreadCount"], &dump["conversations"][0]["starred"]),
        (&json!(ada), &json!(0), &json!(false))
    );
    assert_eq!(dump["contacts"][0]["firstName"], json!("Ada"));
}

#[tokio::test]
async fn only_an_apps_own_token_sets_a_status_and_uses_its_provider() {
    let world = studio().await;
    let ada = world.ada();
    let id = world.handle.add_message(PLACE, json!({"contactId": ada, "body": "x"})).unwrap();
    let path = format!("/conversations/messages/{id}/status");
    assert_eq!(world.put(&path, json!({"status": "failed"})).await.0, 403);
    assert_eq!(world.put(&path, json!({"status": "sent"})).await.0, 422, "not every status can be written");
    let token = super::oauth::installed(&world).await["access_token"].as_str().unwrap().to_owned();
    let as_app = |method: &str, path: &str, body: Value| {
        answer(world.http.request(method.parse().unwrap(), world.url(path)).bearer_auth(&token).header("Version", "v3").json(&body))
    };
    assert_eq!(as_app("PUT", &path, json!({"status": "failed"})).await.1["status"], json!("failed"));
    let record = |provider: &str| json!({"type": "Custom", "contactId": ada, "direction": "inbound", "message": "x", "conversationProviderId": provider});
    let inbound = "/conversations/messages/inbound";
    assert_eq!(as_app("POST", inbound, record("sandboxProvider00001")).await.0, 200);
    assert_eq!(as_app("POST", inbound, record("unknown")).await.0, 500, "as users report");
    world.handle.set_bugs(PLACE, Bugs { silent_inbound: true, open_status: true, ..Bugs::default() }).unwrap();
    let (status, body) = as_app("POST", inbound, record("sandboxProvider00001")).await;
    assert_eq!((status, body.get("messageId")), (201, None));
    assert_eq!(world.put(&path, json!({"status": "read"})).await.0, 200);
}

#[tokio::test]
async fn attachments_are_set_on_calls_that_happened_elsewhere_only() {
    let world = studio().await;
    let ada = world.ada();
    let call = world.handle.complete_call(PLACE, &ada, 5, &[]).unwrap();
    let conversation = world.handle.conversation_of(PLACE, &ada).unwrap();
    let path = |id: &str| format!("/conversations/messages/{id}/attachments");
    let files = json!({"attachments": ["https://studio.example/a.mp3"]});
    assert_eq!(world.put(&path(&call), files.clone()).await.0, 403, "the built-in phone's");
    let token = super::oauth::installed(&world).await["access_token"].as_str().unwrap().to_owned();
    let body = json!({"type": "Call", "conversationId": conversation, "conversationProviderId": "sandboxProvider00001", "attachments": ["https://studio.example/b.mp3"]});
    let (_, external) =
        answer(world.http.post(world.url("/conversations/messages/outbound")).bearer_auth(&token).header("Version", "2021-04-15").json(&body)).await;
    let id = external["messageId"].as_str().unwrap();
    assert_eq!(world.put(&path(id), files.clone()).await.0, 200);
    assert_eq!(world.get(&format!("/conversations/messages/{id}")).await.1["message"]["attachments"], files["attachments"]);
    for wrong in [json!({"attachments": []}), json!({"attachments": ["a", 1]}), json!({"attachments": vec!["https://a.example"; 6]})] {
        assert_eq!(world.put(&path(id), wrong).await.0, 422);
    }
}

#[tokio::test]
async fn typing_is_shown_in_a_conversation_that_is_there() {
    let world = studio().await;
    let (_, made) = world.post("/conversations/", json!({"locationId": PLACE, "contactId": world.ada()})).await;
    let typing = |conversation: &Value| json!({"locationId": PLACE, "isTyping": "true", "visitorId": "v1", "conversationId": conversation});
    let path = "/conversations/providers/live-chat/typing";
    assert_eq!(world.post(path, typing(&made["conversation"]["id"])).await.0, 201);
    assert_eq!(world.post(path, typing(&json!("nobody"))).await.0, 400);
    assert_eq!(world.post(path, json!({"locationId": PLACE})).await.0, 422);
}
