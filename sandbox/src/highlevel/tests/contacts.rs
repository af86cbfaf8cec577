//! Contacts, their search, notes and tasks.

use super::*;
use std::collections::BTreeSet;

#[tokio::test]
async fn a_location_refuses_a_double_and_names_the_existing_contact() {
    let world = studio().await;
    let ada = world.ada();
    let table = [
        (json!({"locationId": PLACE, "email": "ADA@example.com", "phone": "+12025550199"}), "email"),
        (json!({"locationId": PLACE, "email": "other@example.com", "phone": "(202) 555-0100"}), "phone"),
    ];
    for (body, field) in table {
        let (status, refused) = world.post("/contacts/", body).await;
        assert_eq!((status, refused["message"].as_str()), (400, Some("This location does not allow duplicated contacts.")));
        assert_eq!(refused["meta"], json!({"contactId": ada, "contactName": "Ada L", "matchingField": field}));
    }
    world.handle.allow_duplicates(PLACE, true).unwrap();
    assert_eq!(world.post("/contacts/", json!({"locationId": PLACE, "email": "ada@example.com"})).await.0, 201);
}

#[tokio::test]
async fn what_is_not_understood_is_refused_and_changes_nothing() {
    let world = studio().await;
    let ada = world.ada();
    let table = [
        ("POST", "/contacts/".to_owned(), json!({"email": "x@example.com"}), "locationId should not be empty"),
        ("POST", "/contacts/".to_owned(), json!({"locationId": PLACE, "email": "none"}), "email must be an email"),
        ("POST", "/contacts/".to_owned(), json!({"locationId": PLACE, "shoeSize": 44}), "property shoeSize should not exist"),
        ("PUT", format!("/contacts/{ada}"), json!({"locationId": PLACE}), "property locationId should not exist"),
        ("PUT", format!("/contacts/{ada}"), json!({"tags": "vip"}), "tags must be an array of strings"),
        ("POST", "/contacts/search".to_owned(), json!({"locationId": PLACE}), "pageLimit should not be empty"),
        ("POST", "/contacts/search".to_owned(), json!({"pageLimit": 20}), "locationId should not be empty"),
    ];
    for (method, path, body, wanted) in table {
        let (status, refused) = answer(world.request(method, &path).json(&body)).await;
        assert_eq!((status, refused["message"][0].as_str()), (422, Some(wanted)));
        assert_eq!(refused["error"], json!("Unprocessable Entity"));
    }
    assert_eq!(world.handle.truth().len(), 1, "only Ada was entered");
}

#[tokio::test]
async fn an_update_replaces_tags_and_the_tag_calls_add_and_remove() {
    let world = studio().await;
    let ada = world.ada();
    let path = format!("/contacts/{ada}");
    let tags = format!("{path}/tags");
    let (status, body) = world.post(&tags, json!({"tags": ["a", "b"]})).await;
    assert_eq!((status, &body["tags"]), (201, &json!(["a", "b"])));
    assert_eq!(world.post(&tags, json!({"tags": ["B", "c"]})).await.1["tagsAdded"], json!(["c"]));
    let (_, body) = answer(world.request("DELETE", &tags).json(&json!({"tags": ["a"]}))).await;
    assert_eq!(body["tags"], json!(["b", "c"]));
    let (_, body) = world.put(&path, json!({"tags": ["only"], "customFields": [{"id": "f1", "field_value": "x"}], "city": "Bern"})).await;
    assert_eq!((&body["succeded"], &body["contact"]["tags"]), (&json!(true), &json!(["only"])));
    assert_eq!(body["contact"]["customFields"], json!([{"id": "f1", "value": "x"}]));
    let updated = body["contact"]["dateUpdated"].clone();
    let (_, body) = world.put(&path, json!({"city": "Bern"})).await;
    assert_eq!(body["contact"]["dateUpdated"], updated, "nothing changed, nothing moves");
    let last = world.handle.truth().effects().pop().unwrap();
    assert_eq!((last.operation, last.changed), ("contacts.update", false));
    let (_, body) = world.put(&path, json!({"city": null})).await;
    assert_eq!(body["contact"].get("city"), None, "null clears");
}

#[tokio::test]
async fn an_upsert_updates_the_first_match_and_drops_the_other_field() {
    let world = studio().await;
    let ada = world.ada();
    let bob = world.handle.create_contact(PLACE, json!({"firstName": "Bob", "phone": "+12025550111"})).unwrap();
    let (_, body) = world.post("/contacts/upsert", json!({"locationId": PLACE, "email": "ada@example.com", "phone": "+12025550111", "city": "Bern"})).await;
    assert_eq!((&body["new"], &body["contact"]["id"]), (&json!(false), &json!(ada)));
    assert_eq!((&body["contact"]["city"], &body["contact"]["phone"]), (&json!("Bern"), &json!("+12025550100")));
    let (_, body) = world.post("/contacts/upsert", json!({"locationId": PLACE, "phone": "2025550111", "lastName": "B"})).await;
    assert_eq!(body["contact"]["id"], json!(bob));
    let (_, body) = world.post("/contacts/upsert", json!({"locationId": PLACE, "email": "new@example.com"})).await;
    assert_eq!(body["new"], json!(true));
    let (_, body) = world.get(&format!("/contacts/search/duplicate?locationId={PLACE}&email=NEW%40example.com")).await;
    assert_eq!(body["contact"]["email"], json!("new@example.com"));
}

#[tokio::test]
async fn search_is_behind_and_reading_by_id_is_not() {
    let lag = SearchLag { contacts_ms: (300, 300), conversations_ms: (0, 0) };
    let location = LocationOptions { search_lag: lag, ..LocationOptions::new(PLACE, TOKEN) };
    let world = started(Options { locations: vec![location], ..Options::default() }).await;
    let ada = world.ada();
    let search = json!({"locationId": PLACE, "pageLimit": 10, "filters": [{"field": "email", "operator": "eq", "value": "ada@example.com"}]});
    assert_eq!(world.post("/contacts/search", search.clone()).await.1["contacts"], json!([]));
    assert_eq!(world.get(&format!("/contacts/{ada}")).await.1["contact"]["firstName"], json!("Ada"));
    tokio::time::sleep(Duration::from_millis(320)).await;
    let (_, found) = world.post("/contacts/search", search).await;
    assert_eq!((ids(&found["contacts"]), &found["total"]), (vec![ada.clone()], &json!(1)));
    let row = &found["contacts"][0];
    assert_eq!((row.get("firstName"), &row["firstNameLowerCase"], &row["searchAfter"][1]), (None, &json!("ada"), &json!(ada)));
    world.handle.delete_contact(PLACE, &ada).unwrap();
    assert_eq!(world.get(&format!("/contacts/{ada}")).await.0, 404);
}

#[tokio::test]
async fn a_search_by_time_of_update_pages_through_every_row_once() {
    let world = studio().await;
    for number in 0..250 {
        world.handle.create_contact(PLACE, json!({"firstName": format!("Person {number}")})).unwrap();
    }
    for sort in [json!([{"field": "dateUpdated", "direction": "asc"}]), json!([{"field": "firstNameLowerCase", "direction": "desc"}]), json!(null)] {
        let (mut seen, mut after, mut pages) = (Vec::new(), Value::Null, 0);
        loop {
            let range = json!({"field": "dateUpdated", "operator": "range", "value": {"gte": 1_600_000_000_000_i64, "lte": "2999-01-01T00:00:00Z"}});
            let body = json!({"locationId": PLACE, "pageLimit": 40, "filters": [range], "sort": sort, "searchAfter": after});
            let (status, page) = world.post("/contacts/search", body).await;
            assert_eq!((status, &page["total"]), (200, &json!(250)));
            seen.extend(ids(&page["contacts"]));
            pages += 1;
            match page["contacts"].as_array().unwrap().last() {
                Some(row) if ids(&page["contacts"]).len() == 40 => after = row["searchAfter"].clone(),
                _ => break,
            }
        }
        assert_eq!((seen.len(), pages), (250, 7));
        assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 250);
    }
    let (_, second) = world.post("/contacts/search", json!({"locationId": PLACE, "pageLimit": 200, "page": 2})).await;
    assert_eq!(ids(&second["contacts"]).len(), 50);
    let beyond = json!({"locationId": PLACE, "pageLimit": 500, "page": 21});
    assert_eq!(world.post("/contacts/search", beyond).await.0, 422, "page reaches the first 10,000 rows");
    let empty = json!({"field": "dateUpdated", "operator": "range", "value": {"gte": 5, "lte": 3}});
    let sort = json!([{"field": "dateUpdated", "direction": "asc"}]);
    let (_, none) = world.post("/contacts/search", json!({"locationId": PLACE, "pageLimit": 5, "filters": [empty], "sort": sort})).await;
    assert_eq!(none["contacts"], json!([]));
    let (_, old) = world.get(&format!("/contacts/?locationId={PLACE}&limit=100")).await;
    let last = old["meta"]["startAfterId"].as_str().unwrap();
    let (_, more) = world.get(&format!("/contacts/?locationId={PLACE}&limit=100&startAfterId={last}&startAfter=1")).await;
    assert_eq!(ids(&old["contacts"]).iter().chain(&ids(&more["contacts"])).collect::<BTreeSet<_>>().len(), 200);
}

#[tokio::test]
async fn filters_find_by_mark_tag_and_custom_field() {
    let world = studio().await;
    let ada = world.ada();
    world.handle.update_contact(PLACE, &ada, json!({"source": "hatbridge:17hats:C1", "tags": ["VIP"], "customFields": [{"id": "f1", "value": "x"}]})).unwrap();
    world.handle.create_contact(PLACE, json!({"firstName": "Bob"})).unwrap();
    let table = [
        (json!({"field": "source", "operator": "eq", "value": "hatbridge:17hats:C1"}), 1),
        (json!({"field": "tags", "operator": "contains", "value": ["vip"]}), 1),
        (json!({"field": "customFields.f1", "operator": "eq", "value": "x"}), 1),
        (json!({"field": "email", "operator": "exists"}), 1),
        (json!({"field": "email", "operator": "not_exists"}), 1),
        (
            json!({"group": "OR", "filters": [{"field": "firstNameLowerCase", "operator": "eq", "value": "bob"}, {"field": "id", "operator": "eq", "value": ada}]}),
            2,
        ),
    ];
    for (filter, count) in table {
        let (_, found) = world.post("/contacts/search", json!({"locationId": PLACE, "pageLimit": 10, "filters": [filter]})).await;
        assert_eq!(ids(&found["contacts"]).len(), count, "{filter}");
    }
    for filter in [
        json!({"field": "shoe", "operator": "eq", "value": 1}),
        json!({"field": "email", "operator": "like", "value": "a"}),
        json!({"field": "email", "operator": "eq", "value": "x".repeat(76)}),
    ] {
        assert_eq!(world.post("/contacts/search", json!({"locationId": PLACE, "pageLimit": 10, "filters": [filter]})).await.0, 422);
    }
}

#[tokio::test]
async fn notes_and_tasks_are_kept_by_contact_and_end_with_it() {
    let world = studio().await;
    let ada = world.ada();
    let (status, made) = world.post(&format!("/contacts/{ada}/notes"), json!({"body": "met"})).await;
    assert_eq!(status, 201);
    let note = format!("/contacts/{ada}/notes/{}", made["note"]["id"].as_str().unwrap());
    assert_eq!(world.put(&note, json!({"body": "met again"})).await.0, 200);
    assert_eq!(world.get(&format!("/contacts/{ada}/notes")).await.1["notes"][0]["body"], json!("met again"));
    let task = json!({"title": "call", "dueDate": "2030-01-01T09:00:00Z", "completed": false});
    let (status, made) = world.post(&format!("/contacts/{ada}/tasks"), task).await;
    assert_eq!((status, &made["task"]["dueDate"]), (201, &json!("2030-01-01T09:00:00.000Z")));
    let task = made["task"]["id"].as_str().unwrap();
    let tasks = format!("/locations/{PLACE}/tasks/search");
    let open = || world.post(&tasks, json!({"completed": false, "contactId": [&ada]}));
    assert_eq!(ids(&open().await.1["tasks"]), [task]);
    assert_eq!(world.put(&format!("/contacts/{ada}/tasks/{task}/completed"), json!({"completed": true})).await.0, 200);
    assert_eq!(open().await.1["tasks"], json!([]));
    assert_eq!(world.delete(&note).await.1["succeded"], json!(true));
    assert_eq!(world.delete(&note).await.0, 404);
    world.handle.delete_contact(PLACE, &ada).unwrap();
    assert_eq!(world.get(&format!("/contacts/{ada}/tasks")).await.0, 404);
    assert_eq!(world.handle.dump(PLACE).unwrap()["tasks"], json!([]));
}

#[tokio::test]
async fn a_create_may_answer_422_and_have_created() {
    let world = studio().await;
    world.handle.set_bugs(PLACE, Bugs { created_but_422: true, ..Bugs::default() }).unwrap();
    let (status, _) = world.post("/contacts/", json!({"locationId": PLACE, "email": "a@example.com", "source": "hatbridge:17hats:C9"})).await;
    assert_eq!(status, 422);
    assert_eq!(world.handle.contacts_by_source(PLACE, "hatbridge:17hats:C9").len(), 1);
    let effects = world.handle.truth().of_mark("hatbridge:17hats:C9");
    assert_eq!((effects.len(), effects[0].operation, effects[0].actor), (1, "contacts.create", "api"));
}
