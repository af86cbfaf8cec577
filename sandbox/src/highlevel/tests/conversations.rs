//! Conversations and their search.

use super::*;

#[tokio::test]
async fn a_contact_has_one_conversation() {
    let world = studio().await;
    let ada = world.ada();
    let (status, made) = world.post("/conversations/", json!({"locationId": PLACE, "contactId": ada})).await;
    assert_eq!((status, &made["success"]), (201, &json!(true)));
    let id = made["conversation"]["id"].as_str().unwrap();
    let (status, refused) = world.post("/conversations/", json!({"locationId": PLACE, "contactId": ada})).await;
    assert_eq!((status, refused["message"].as_str()), (400, Some("Conversation already exists")));
    assert!(!refused.to_string().contains(id), "its id is not told");
    let (_, sent) = world.post("/conversations/messages", json!({"type": "SMS", "contactId": ada, "message": "hello"})).await;
    assert_eq!(sent["conversationId"], json!(id), "a message goes into it");
    assert_eq!(world.get(&format!("/conversations/{id}")).await.1["type"], json!(1), "a number by id");
    assert_eq!(world.delete(&format!("/conversations/{id}")).await.1["success"], json!(true));
    assert_eq!(world.get(&format!("/conversations/{id}")).await.0, 404);
    let (_, sent) = world.post("/conversations/messages", json!({"type": "SMS", "contactId": ada, "message": "again"})).await;
    assert_ne!(sent["conversationId"], json!(id));
    assert_eq!(world.handle.dump(PLACE).unwrap()["messages"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_comes_in_is_unread_until_somebody_says_otherwise() {
    let world = studio().await;
    let ada = world.ada();
    for direction in ["inbound", "inbound", "outbound"] {
        world.handle.add_message(PLACE, json!({"contactId": ada, "direction": direction, "body": "x"})).unwrap();
    }
    let id = world.handle.conversation_of(PLACE, &ada).unwrap();
    let path = format!("/conversations/{id}");
    assert_eq!(world.get(&path).await.1["unreadCount"], json!(2));
    let (_, body) = world.put(&path, json!({"locationId": PLACE, "unreadCount": 0, "starred": true})).await;
    assert_eq!((&body["conversation"]["unreadCount"], &body["conversation"]["starred"]), (&json!(0), &json!(true)));
    let (_, _) = world.put(&path, json!({"locationId": PLACE, "unreadCount": 0})).await;
    let changed: Vec<bool> = world.handle.truth().filtered(|effect| effect.operation == "conversations.update").iter().map(|effect| effect.changed).collect();
    assert_eq!(changed, [true, false]);
    let table = [
        (json!({"locationId": PLACE, "unreadCount": -1}), 422),
        (json!({"unreadCount": 0}), 422),
        (json!({"locationId": OTHER}), 403),
        (json!({"locationId": PLACE, "status": "closed"}), 422),
    ];
    for (body, status) in table {
        assert_eq!(world.put(&path, body.clone()).await.0, status, "{body}");
    }
}

#[tokio::test]
async fn search_goes_by_the_last_messages_date_in_both_directions() {
    let world = studio().await;
    let mut contacts = Vec::new();
    for number in 0..25 {
        let contact = world.handle.create_contact(PLACE, json!({"firstName": format!("Person {number}")})).unwrap();
        let date = format!("2026-01-01T00:00:{number:02}.000Z");
        world
            .post(
                "/conversations/messages/inbound",
                json!({"type": "SMS", "contactId": contact, "direction": "inbound", "message": "x", "date": "2020-01-01T00:00:00Z"}),
            )
            .await;
        world.handle.add_message(PLACE, json!({"contactId": contact, "body": "y", "date": date})).unwrap();
        contacts.push(contact);
    }
    for sort in ["asc", "desc"] {
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let (_, page) = world.get(&format!("/conversations/search?locationId={PLACE}&sort={sort}&sortBy=last_message_date&limit=10{after}")).await;
            let rows = page["conversations"].as_array().unwrap();
            let Some(last) = rows.last() else { break };
            seen.extend(rows.iter().map(|row| row["contactId"].as_str().unwrap().to_owned()));
            after = format!("&startAfterDate={}", last["lastMessageDate"]);
        }
        assert_eq!(seen.len(), 25, "{sort}");
        if sort == "desc" {
            seen.reverse();
        }
        assert_eq!(seen, contacts, "{sort}");
    }
    let (_, one) = world.get(&format!("/conversations/search?locationId={PLACE}&contactId={}", contacts[3])).await;
    let row = &one["conversations"][0];
    assert_eq!((&row["fullName"], &row["lastMessageDirection"], &row["type"]), (&json!("Person 3"), &json!("outbound"), &json!("TYPE_PHONE")));
    assert_eq!(one["total"], json!(1));
}
