//! Businesses, associations and relations, blogs, custom fields, workflows and campaigns, and what
//! contacts belong to.

use super::*;

async fn v3(world: &World, method: &str, path: &str, body: Value) -> (u16, Value) {
    answer(world.http.request(method.parse().unwrap(), world.url(path)).bearer_auth(TOKEN).header("Version", "v3").json(&body)).await
}

#[tokio::test]
async fn a_business_is_created_found_changed_and_deleted() {
    let world = studio().await;
    let (status, made) = world.post("/businesses/", json!({"name": "Acme", "locationId": PLACE, "city": "Bern"})).await;
    assert_eq!((status, &made["success"], &made["buiseness"]["name"]), (201, &json!(true), &json!("Acme")));
    let id = made["buiseness"]["id"].as_str().unwrap();
    let path = format!("/businesses/{id}");
    assert_eq!(world.put(&path, json!({"phone": "+12025550100"})).await.1["buiseness"]["city"], json!("Bern"));
    assert_eq!(world.get(&path).await.1["business"]["phone"], json!("+12025550100"));
    assert_eq!(ids(&world.get(&format!("/businesses/?locationId={PLACE}&skip=0&limit=5")).await.1["businesses"]), [id]);
    assert_eq!(world.get(&format!("/businesses/?locationId={PLACE}&skip=1")).await.1["businesses"], json!([]));
    assert_eq!(v3(&world, "DELETE", &path, json!({})).await.1["success"], json!(true));
    assert_eq!(world.get(&path).await.0, 404);
    assert_eq!(world.post("/businesses/", json!({"locationId": PLACE})).await.0, 422);
    assert_eq!(world.post("/businesses/", json!({"name": "Acme", "locationId": OTHER})).await.0, 403);
}

#[tokio::test]
async fn contacts_join_a_business_and_leave_it_all_or_none() {
    let world = studio().await;
    let ada = world.ada();
    let bob = world.handle.create_contact(PLACE, json!({"firstName": "Bob"})).unwrap();
    let business = world.handle.create_record(PLACE, Family::Business, json!({"name": "Acme"})).unwrap();
    let join = |ids: Value, business: Value| world.post("/contacts/bulk/business", json!({"locationId": PLACE, "ids": ids, "businessId": business}));
    assert_eq!(join(json!([ada, "nobody"]), json!(business)).await.0, 404);
    let list = format!("/contacts/business/{business}?locationId={PLACE}&limit=1");
    assert_eq!(world.get(&list).await.1["count"], json!(0));
    assert_eq!(join(json!([ada, bob]), json!(business)).await.1["ids"], json!([ada, bob]));
    let (_, first) = world.get(&list).await;
    assert_eq!((&first["count"], ids(&first["contacts"])), (&json!(2), vec![ada.clone()]));
    assert_eq!(ids(&world.get(&format!("{list}&skip=1")).await.1["contacts"]), [bob.as_str()]);
    assert_eq!(world.get(&format!("/contacts/{ada}")).await.1["contact"]["companyName"], json!("Acme"));
    assert_eq!(join(json!([ada]), Value::Null).await.0, 200);
    world.handle.delete_record(PLACE, Family::Business, &business).unwrap();
    for contact in [ada, bob] {
        assert!(world.get(&format!("/contacts/{contact}")).await.1["contact"].get("businessId").is_none());
    }
}

#[tokio::test]
async fn tags_of_many_contacts_change_at_once() {
    let world = studio().await;
    let ada = world.ada();
    let bulk = |kind: &str, more: Value| {
        let mut body = json!({"contacts": [ada, "nobody"], "tags": ["vip", "new"], "locationId": PLACE});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let path = format!("/contacts/bulk/tags/update/{kind}");
        let world = &world;
        async move { v3(world, "POST", &path, body).await }
    };
    let (status, body) = bulk("add", json!({})).await;
    assert_eq!((status, &body["errorCount"], &body["responses"]), (201, &json!(1), &json!([ada])));
    assert_eq!((&body["succeded"], &body["succeeded"]), (&json!(false), &json!(false)));
    assert_eq!(world.handle.contact(PLACE, &ada).unwrap()["tags"], json!(["vip", "new"]));
    bulk("remove", json!({"tags": ["vip"]})).await;
    assert_eq!(world.handle.contact(PLACE, &ada).unwrap()["tags"], json!(["new"]));
    bulk("remove", json!({"tags": [], "removeAllTags": true})).await;
    assert_eq!(world.handle.contact(PLACE, &ada).unwrap()["tags"], json!([]));
    assert_eq!(bulk("swap", json!({})).await.0, 422);
}

#[tokio::test]
async fn contacts_are_followed_and_enrolled() {
    let world = studio().await;
    let ada = world.ada();
    let followers = format!("/contacts/{ada}/followers");
    assert_eq!(world.post(&followers, json!({"followers": ["u1", "u2"]})).await.1["followersAdded"], json!(["u1", "u2"]));
    let (status, body) = answer(world.request("DELETE", &followers).json(&json!({"followers": ["u1"]}))).await;
    assert_eq!((status, &body["followers"], &body["followersRemoved"]), (200, &json!(["u2"]), &json!(["u1"])));

    let workflow = world.get(&format!("/workflows/?locationId={PLACE}")).await.1["workflows"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/contacts/{ada}/workflow/{workflow}");
    for body in [json!({"eventStartTime": "2021-06-23T03:30:00+01:00"}), json!({})] {
        let (status, body) = world.post(&path, body).await;
        assert_eq!((status, &body["succeded"]), (200, &json!(true)));
    }
    assert_eq!(world.handle.enrolments(PLACE, Family::Workflow, &ada).unwrap().len(), 2, "enrolled once more");
    assert_eq!(world.delete(&path).await.0, 200);
    assert!(world.handle.enrolments(PLACE, Family::Workflow, &ada).unwrap().is_empty());
    assert_eq!(world.post(&path, json!({"eventStartTime": "soon"})).await.0, 422);
    assert_eq!(world.post(&format!("/contacts/{ada}/workflow/none"), json!({})).await.0, 404);

    let campaigns = format!("/contacts/{ada}/campaigns");
    for (method, path, version, status) in [
        ("POST", "sandboxCampaign00001", "2021-07-28", 201),
        ("DELETE", "sandboxCampaign00001", "2021-07-28", 200),
        ("POST", "sandboxCampaign00001", "v3", 201),
        ("DELETE", "removeAll", "v3", 404),
        ("DELETE", "remove-all", "2021-07-28", 404),
        ("DELETE", "remove-all", "v3", 200),
        ("DELETE", "removeAll", "2021-07-28", 200),
    ] {
        let request = world.http.request(method.parse().unwrap(), world.url(&format!("{campaigns}/{path}"))).bearer_auth(TOKEN).header("Version", version);
        assert_eq!(answer(request).await.0, status, "{method} {path} {version}");
    }
    assert!(world.handle.enrolments(PLACE, Family::Campaign, &ada).unwrap().is_empty());
    assert_eq!((world.handle.truth().count("contacts.campaigns.add"), world.handle.truth().count("contacts.campaigns.remove_all")), (2, 2));
}

#[tokio::test]
async fn what_people_make_is_listed() {
    let world = studio().await;
    let fields = |model: &str| format!("/locations/{PLACE}/customFields?model={model}");
    for (model, count) in [("contact", 2), ("opportunity", 1), ("all", 3)] {
        assert_eq!(world.get(&fields(model)).await.1["customFields"].as_array().unwrap().len(), count, "{model}");
    }
    world.handle.create_record(PLACE, Family::CustomField, json!({"name": "Colour", "model": "contact", "dataType": "TEXT"})).unwrap();
    assert_eq!(world.get(&fields("contact")).await.1["customFields"][2]["name"], json!("Colour"));
    assert_eq!(world.get(&fields("shoes")).await.0, 422);
    let campaigns = format!("/campaigns/?locationId={PLACE}");
    assert_eq!(ids(&world.get(&campaigns).await.1["campaigns"]), ["sandboxCampaign00001"]);
    assert_eq!(world.get(&format!("{campaigns}&status=draft")).await.1["campaigns"], json!([]));
    world.handle.update_record(PLACE, Family::Campaign, "sandboxCampaign00001", json!({"status": "draft"})).unwrap();
    assert_eq!(ids(&world.get(&format!("{campaigns}&status=draft")).await.1["campaigns"]), ["sandboxCampaign00001"]);
    let pipelines = world.get(&format!("/opportunities/pipelines?locationId={PLACE}")).await.1;
    assert_eq!(pipelines["pipelines"][0]["stages"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn associations_have_a_key_each_and_end_with_their_relations() {
    let world = studio().await;
    let association = |key: &str| json!({"locationId": PLACE, "key": key, "firstObjectLabel": "Couple", "firstObjectKey": "contact", "secondObjectLabel": "Venue", "secondObjectKey": "custom_objects.venue"});
    let (status, made) = world.post("/associations/", association("couple_venue")).await;
    assert_eq!((status, &made["associationType"]), (201, &json!("USER_DEFINED")));
    assert_eq!(world.post("/associations/", association("couple_venue")).await.0, 400);
    let id = made["id"].as_str().unwrap();
    let path = format!("/associations/{id}");
    assert_eq!(world.put(&path, json!({"firstObjectLabel": "Pair", "secondObjectLabel": "Place"})).await.1["firstObjectLabel"], json!("Pair"));
    assert_eq!(world.get(&format!("/associations/key/couple_venue?locationId={PLACE}")).await.1["id"], json!(id));
    let list = format!("/associations/?locationId={PLACE}&skip=0&limit=10");
    assert_eq!(ids(&world.get(&list).await.1), [id]);
    world.post("/associations/", association("other")).await;
    assert_eq!(ids(&world.get(&list).await.1).len(), 2);
    assert_eq!(ids(&world.get(&format!("/associations/objectKey/contact?locationId={PLACE}")).await.1).len(), 2);
    assert_eq!(world.get(&format!("/associations/?locationId={PLACE}")).await.0, 422, "skip and limit are needed");

    let relation = |second: &str| json!({"locationId": PLACE, "associationId": id, "firstRecordId": "c1", "secondRecordId": second});
    assert_eq!(
        world.post("/associations/relations", json!({"locationId": PLACE, "associationId": "none", "firstRecordId": "a", "secondRecordId": "b"})).await.0,
        404
    );
    let mut made = Vec::new();
    for second in ["v1", "v2", "v3"] {
        let (status, related) = world.post("/associations/relations", relation(second)).await;
        assert_eq!((status, &related["key"]), (201, &json!("couple_venue")));
        made.push(related["id"].as_str().unwrap().to_owned());
    }
    let of = |record: &str, more: &str| format!("/associations/relations/{record}?locationId={PLACE}&skip=0&limit=2{more}");
    assert_eq!(ids(&world.get(&of("c1", "")).await.1), made[..2]);
    assert_eq!(ids(&world.get(&of("v3", &format!("&associationIds=none&associationIds={id}"))).await.1), [made[2].clone()]);
    assert_eq!(world.get(&of("c1", "&associationIds=none")).await.1, json!([]));
    let gone = world.delete(&format!("/associations/relations/{}?locationId={PLACE}", made[0])).await;
    assert_eq!((gone.0, &gone.1["id"]), (200, &json!(made[0])));
    let (status, gone) = world.delete(&path).await;
    assert_eq!((status, &gone["deleted"], &gone["id"]), (200, &json!(true), &json!(id)));
    assert_eq!(world.get(&of("c1", "")).await.1, json!([]));
    assert_eq!(world.handle.truth().count("relations.delete"), 3);
}

#[tokio::test]
async fn a_blog_post_is_created_found_and_changed_and_its_slug_is_its_own() {
    let world = studio().await;
    let list = |name: &str| format!("/blogs/{name}?locationId={PLACE}&limit=10&offset=0");
    let blog = world.get(&format!("/blogs/site/all?locationId={PLACE}&skip=0&limit=5")).await.1["data"][0]["_id"].clone();
    let author = world.get(&list("authors")).await.1["authors"][0]["_id"].clone();
    let category = world.get(&list("categories")).await.1["categories"][1].clone();
    assert_eq!(category["urlSlug"], json!("portraits"));
    let mut post = json!({
        "title": "Spring", "locationId": PLACE, "blogId": blog, "imageUrl": "https://img.example/1", "description": "d", "rawHTML": "<p>x</p>",
        "status": "DRAFT", "imageAltText": "a", "categories": [category["_id"]], "author": author, "urlSlug": "spring", "publishedAt": "2025-02-05T18:30:47.000Z",
    });
    let slug = format!("/blogs/posts/url-slug-exists?locationId={PLACE}&urlSlug=spring");
    assert_eq!(world.get(&slug).await.1["exists"], json!(false));
    let (status, made) = world.post("/blogs/posts", post.clone()).await;
    assert_eq!((status, &made["data"]["archived"]), (200, &json!(false)));
    assert!(made["data"].get("rawHTML").is_none());
    let id = made["data"]["_id"].as_str().unwrap();
    assert_eq!(world.get(&slug).await.1["exists"], json!(true));
    assert_eq!(world.get(&format!("{slug}&postId={id}")).await.1["exists"], json!(false), "a post may keep its own");
    assert_eq!(world.post("/blogs/posts", post.clone()).await.0, 400);
    post["status"] = json!("ARCHIVED");
    let path = format!("/blogs/posts/{id}");
    assert_eq!(v3(&world, "PUT", &path, post.clone()).await.1["message"][0], json!("wordCount should not be empty"));
    assert_eq!(world.put(&path, post.clone()).await.1["updatedBlogPost"]["archived"], json!(true));
    let all = format!("/blogs/posts/all?locationId={PLACE}&limit=5&offset=0&blogId={}", blog.as_str().unwrap());
    assert_eq!(world.get(&format!("{all}&status=ARCHIVED&searchTerm=SPR")).await.1["blogs"][0]["_id"], json!(id));
    assert_eq!(world.get(&format!("{all}&status=DRAFT")).await.1["blogs"], json!([]));
    assert_eq!((world.get(&format!("{all}&status=ALL")).await.0, v3(&world, "GET", &format!("{all}&status=ALL"), json!({})).await.0), (422, 200));
    post["urlSlug"] = json!("summer");
    post["author"] = json!("nobody");
    assert_eq!(world.post("/blogs/posts", post).await.0, 404);
}

#[tokio::test]
async fn records_and_links_are_told() {
    let (base, mut got) = receiver(&[]).await;
    let location = LocationOptions { webhook_base: Some(base), ..at_once(PLACE, TOKEN) };
    let world = started(Options { locations: vec![location], limits: Limits::lifted(), ..Options::default() }).await;
    let handle = &world.handle;
    let business = handle.create_record(PLACE, Family::Business, json!({"name": "Acme"})).unwrap();
    handle.update_record(PLACE, Family::Business, &business, json!({"name": "Acme"})).unwrap();
    handle.update_record(PLACE, Family::Business, &business, json!({"city": "Bern"})).unwrap();
    handle.delete_record(PLACE, Family::Business, &business).unwrap();
    let fields = json!({"key": "k", "firstObjectLabel": "A", "firstObjectKey": "contact", "secondObjectLabel": "B", "secondObjectKey": "contact"});
    let association = handle.create_record(PLACE, Family::Association, fields).unwrap();
    handle.update_record(PLACE, Family::Association, &association, json!({"firstObjectLabel": "C"})).unwrap();
    handle.create_record(PLACE, Family::Relation, json!({"associationId": association, "firstRecordId": "a", "secondRecordId": "b"})).unwrap();
    handle.delete_record(PLACE, Family::Association, &association).unwrap();
    until_quiet(handle).await;
    let mut told = Vec::new();
    while let Ok((event, _, body)) = got.try_recv() {
        let body: Value = serde_json::from_slice(&body).unwrap();
        if event == "RecordUpdate" {
            assert_eq!((&body["objectKey"], &body["properties"][0]), (&json!("business"), &json!({"key": "city", "valueString": "Bern"})));
        }
        if event == "RelationCreate" {
            assert_eq!((&body["firstRecordId"], &body["firstObjectKey"]), (&json!("a"), &json!("contact")));
        }
        told.push(event);
    }
    told.sort();
    let wanted =
        ["AssociationCreate", "AssociationDelete", "AssociationUpdate", "RecordCreate", "RecordDelete", "RecordUpdate", "RelationCreate", "RelationDelete"];
    assert_eq!(told, wanted);
}

#[tokio::test]
async fn the_control_api_makes_records_and_users() {
    let world = studio().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let root = format!("http://{}/_control/highlevel", listener.local_addr().unwrap());
    let app = control_router(world.handle.clone());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let base = format!("{root}/locations/{PLACE}");
    let call = |method: &str, url: String, body: Value| answer(world.http.request(method.parse().unwrap(), url).json(&body));
    let (status, made) = call("POST", format!("{base}/records/workflow"), json!({"id": "w9", "name": "Ninth"})).await;
    assert_eq!((status, &made["id"]), (201, &json!("w9")));
    let user = call("POST", format!("{base}/users"), json!({"firstName": "G", "lastName": "H", "email": "g@example.com"})).await.1;
    let user = user["id"].as_str().unwrap();
    for (method, url, body, wanted) in [
        ("PATCH", format!("{base}/records/workflow/w9"), json!({"status": "draft"}), 204),
        ("POST", format!("{base}/records/business"), json!({"name": "Acme"}), 201),
        ("POST", format!("{base}/records/shoe"), json!({}), 400),
        ("DELETE", format!("{base}/records/workflow/none"), json!({}), 404),
        ("PATCH", format!("{base}/details"), json!({"phone": "+12025550100"}), 204),
        ("PATCH", format!("{root}/users/{user}"), json!({"role": "admin"}), 204),
        ("DELETE", format!("{root}/users/{user}"), json!({}), 204),
        ("PATCH", format!("{root}/company"), json!({"name": "New"}), 204),
        ("PUT", format!("{root}/snapshots/s9"), json!({"name": "Ninth"}), 204),
    ] {
        assert_eq!(call(method, url.clone(), body).await.0, wanted, "{method} {url}");
    }
    assert_eq!(world.get(&format!("/workflows/?locationId={PLACE}")).await.1["workflows"][2]["status"], json!("draft"));
    assert_eq!(world.get(&format!("/locations/{PLACE}")).await.1["location"]["phone"], json!("+12025550100"));
}

#[tokio::test]
async fn lists_of_thousands_page_completely() {
    const ROWS: usize = 2500;
    let named = |kind: &str| (0..ROWS).map(|number| Named::new(format!("{kind}{number}"), format!("{kind} {number}"))).collect::<Vec<_>>();
    let furnishing = Furnishing { workflows: named("w"), blogs: named("b"), blog_authors: named("a"), blog_categories: named("c"), ..Furnishing::default() };
    let location = LocationOptions { furnishing, ..at_once(PLACE, TOKEN) };
    let world = started(Options { locations: vec![location], limits: Limits::lifted(), ..Options::default() }).await;
    for number in 0..ROWS {
        world.handle.create_record(PLACE, Family::Business, json!({"name": format!("{number}")})).unwrap();
    }
    assert_eq!(world.get(&format!("/workflows/?locationId={PLACE}")).await.1["workflows"].as_array().unwrap().len(), ROWS);
    for (path, skip, rows, id) in [
        ("/businesses/", "skip", "businesses", "id"),
        ("/blogs/site/all", "skip", "data", "_id"),
        ("/blogs/authors", "offset", "authors", "_id"),
        ("/blogs/categories", "offset", "categories", "_id"),
    ] {
        let mut seen = std::collections::BTreeSet::new();
        for from in (0..=ROWS).step_by(100) {
            let (_, page) = world.get(&format!("{path}?locationId={PLACE}&limit=100&{skip}={from}")).await;
            seen.extend(page[rows].as_array().unwrap().iter().map(|row| row[id].as_str().unwrap().to_owned()));
        }
        assert_eq!(seen.len(), ROWS, "{path}");
    }
}
