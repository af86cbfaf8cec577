//! Opportunities: calls and people's acts on the same records.

use super::*;

const PIPELINE: &str = "sandboxPipeline00001";
const STAGES: [&str; 2] = ["5a17b0c5-5a00-4000-8000-000000000001", "5a17b0c5-5a00-4000-8000-000000000002"];

fn v3(world: &World, method: &str, path: &str) -> reqwest::RequestBuilder {
    world.http.request(method.parse().unwrap(), world.url(path)).bearer_auth(TOKEN).header("Version", "v3")
}

fn wedding(contact: &str) -> Value {
    json!({"pipelineId": PIPELINE, "locationId": PLACE, "name": "Wedding", "status": "open", "contactId": contact, "monetaryValue": 900})
}

#[tokio::test]
async fn an_opportunity_is_created_found_changed_and_deleted() {
    let world = studio().await;
    let ada = world.ada();
    let (status, made) = world.post("/opportunities/", wedding(&ada)).await;
    assert_eq!((status, &made["opportunity"]["pipelineStageId"]), (201, &json!(STAGES[0])), "the first stage where none is given");
    let id = made["opportunity"]["id"].as_str().unwrap();
    let path = format!("/opportunities/{id}");
    let (status, shown) =
        world.put(&path, json!({"pipelineStageId": STAGES[1], "monetaryValue": 950.5, "customFields": [{"id": "f", "field_value": 3}]})).await;
    let shown = &shown["opportunity"];
    assert_eq!((status, &shown["monetaryValue"], &shown["contact"]["email"]), (200, &json!(950.5), &json!("ada@example.com")));
    assert_eq!(shown["customFields"], json!([{"id": "f", "fieldValue": "3"}]));
    assert_eq!(shown["lastStatusChangeAt"], shown["createdAt"], "only the stage has changed");
    assert_eq!(world.put(&format!("{path}/status"), json!({"status": "won"})).await.1["succeded"], json!(true));
    assert_eq!(world.get(&path).await.1["opportunity"]["status"], json!("won"));
    assert_eq!(answer(v3(&world, "DELETE", &path)).await.1["success"], json!(true));
    assert_eq!(world.get(&path).await.0, 404);
    assert_eq!(world.handle.truth().count("opportunities.create"), 1);
}

#[tokio::test]
async fn what_people_do_to_opportunities_is_what_calls_see() {
    let world = studio().await;
    let ada = world.ada();
    let id = world.handle.create_opportunity(PLACE, &ada, json!({"name": "Portrait"})).unwrap();
    world.handle.update_opportunity(PLACE, &id, json!({"status": "lost"})).unwrap();
    let (_, found) = world.get(&format!("/opportunities/search?location_id={PLACE}&contact_id={ada}&status=lost")).await;
    assert_eq!((&found["opportunities"][0]["name"], &found["opportunities"][0]["pipelineId"]), (&json!("Portrait"), &json!(PIPELINE)));
    world.handle.delete_opportunity(PLACE, &id).unwrap();
    assert_eq!(world.get(&format!("/opportunities/search?location_id={PLACE}")).await.1["meta"]["total"], json!(0));
}

#[tokio::test]
async fn both_ways_of_paging_reach_every_opportunity_once() {
    let world = studio().await;
    let ada = world.ada();
    let mut made: Vec<String> = (0..250).map(|number| world.handle.create_opportunity(PLACE, &ada, json!({"name": format!("{number}")})).unwrap()).collect();
    made.reverse();
    let (mut by_mark, mut mark) = (Vec::new(), String::new());
    let mut by_page = Vec::new();
    for page in 1..=3 {
        let (_, rows) = world.get(&format!("/opportunities/search?location_id={PLACE}&limit=100{mark}")).await;
        by_mark.extend(ids(&rows["opportunities"]));
        mark = format!("&startAfter={}&startAfterId={}", rows["meta"]["startAfter"], rows["meta"]["startAfterId"].as_str().unwrap());
        assert_eq!((rows["meta"]["total"].as_u64(), rows["meta"].get("nextPageUrl").is_some()), (Some(250), page < 3));
        let (_, rows) = answer(v3(&world, "GET", &format!("/opportunities/search?locationId={PLACE}&limit=100&page={page}"))).await;
        by_page.extend(ids(&rows["opportunities"]));
    }
    assert_eq!((&by_mark, &by_page), (&made, &made), "newest first");
    // A page goes on where it was, though its last row is gone.
    let gone = made[99].clone();
    let at = world.get(&format!("/opportunities/search?location_id={PLACE}&id={gone}")).await.1["meta"]["startAfter"].clone();
    world.handle.delete_opportunity(PLACE, &gone).unwrap();
    let (_, rows) = world.get(&format!("/opportunities/search?location_id={PLACE}&limit=100&startAfter={at}&startAfterId={gone}")).await;
    assert_eq!(rows["meta"]["total"], json!(249));
}

#[tokio::test]
async fn an_upsert_matches_by_id_or_by_contact_and_pipeline() {
    let world = studio().await;
    let ada = world.ada();
    let body = json!({"pipelineId": PIPELINE, "locationId": PLACE, "contactId": ada, "name": "Wedding", "followers": ["u1", "u2"], "isRemoveAllFollowers": false, "followersActionType": "add"});
    let (status, first) = world.post("/opportunities/upsert", body.clone()).await;
    assert_eq!((status, &first["new"], &first["opportunity"]["followers"]), (200, &json!(true), &json!(["u1", "u2"])));
    let mut again = body.clone();
    again["followersActionType"] = json!("remove");
    again["followers"] = json!(["u1"]);
    let (_, second) = world.post("/opportunities/upsert", again).await;
    assert_eq!((&second["new"], &second["opportunity"]["id"]), (&json!(false), &first["opportunity"]["id"]));
    assert_eq!(second["opportunity"]["followers"], json!(["u2"]));
    let mut by_id = body;
    by_id["id"] = first["opportunity"]["id"].clone();
    by_id["isRemoveAllFollowers"] = json!(true);
    by_id["status"] = json!("won");
    by_id.as_object_mut().unwrap().remove("contactId");
    let (_, third) = world.post("/opportunities/upsert", by_id).await;
    assert_eq!((&third["new"], &third["opportunity"]["followers"], &third["opportunity"]["status"]), (&json!(false), &json!([]), &json!("won")));
}

#[tokio::test]
async fn followers_come_and_go() {
    let world = studio().await;
    let ada = world.ada();
    let id = world.handle.create_opportunity(PLACE, &ada, json!({"name": "Portrait"})).unwrap();
    let path = format!("/opportunities/{id}/followers");
    assert_eq!(world.post(&path, json!({"followers": ["u1", "u2", "u1"]})).await.1["followersAdded"], json!(["u1", "u2"]));
    let (status, body) = answer(world.request("DELETE", &path).json(&json!({"followers": ["u2", "u3"]}))).await;
    assert_eq!((status, &body["followers"], &body["followersRemoved"]), (200, &json!(["u1"]), &json!(["u2"])));
    let (_, body) = answer(world.request("DELETE", &format!("{path}?isRemoveAllFollowers=true"))).await;
    assert_eq!((&body["followers"], &body["followersRemoved"]), (&json!([]), &json!(["u1"])));
}

#[tokio::test]
async fn what_does_not_fit_is_refused_in_the_vendors_words() {
    let world = studio().await;
    let ada = world.ada();
    let with = |name: &str, value: Value| {
        let mut body = wedding(&ada);
        body[name] = value;
        body
    };
    let table = [
        (with("pipelineId", json!("nowhere")), 400, "The pipeline id is invalid."),
        (with("pipelineStageId", json!("nowhere")), 400, "The pipeline stage id is invalid."),
        (with("contactId", json!("nobody")), 404, "Contact not found"),
        (with("locationId", json!(OTHER)), 403, "The token does not have access to this location."),
        (with("status", json!("done")), 422, "status must be one of the following values: open, won, lost, abandoned, all"),
        (with("monetaryValue", json!("900")), 422, "monetaryValue must be a number conforming to the specified constraints"),
        (with("shoeSize", json!(44)), 422, "property shoeSize should not exist"),
        (json!({"locationId": PLACE, "name": "Wedding", "status": "open", "contactId": ada}), 422, "pipelineId should not be empty"),
    ];
    for (body, wanted, message) in table {
        let (status, refused) = world.post("/opportunities/", body).await;
        let said = refused["message"].as_str().or_else(|| refused["message"][0].as_str());
        assert_eq!((status, said), (wanted, Some(message)));
    }
    for query in
        ["pipeline_id=a".to_owned(), format!("location_id={PLACE}&limit=101"), format!("location_id={PLACE}&date=2026-01-31"), format!("locationId={PLACE}")]
    {
        assert_eq!(world.get(&format!("/opportunities/search?{query}")).await.0, 422, "{query}");
    }
    assert_eq!(world.handle.truth().count("opportunities.*"), 0);
}

#[tokio::test]
async fn a_location_may_forbid_a_second_opportunity_of_a_contact_in_a_pipeline() {
    let furnishing = Furnishing { allow_duplicate_opportunities: false, ..Furnishing::default() };
    let location = LocationOptions { furnishing, ..at_once(PLACE, TOKEN) };
    let world = started(Options { locations: vec![location], limits: Limits::lifted(), ..Options::default() }).await;
    let ada = world.ada();
    assert_eq!(world.post("/opportunities/", wedding(&ada)).await.0, 201);
    let (status, refused) = world.post("/opportunities/", wedding(&ada)).await;
    assert_eq!((status, refused["message"].as_str()), (400, Some("Can not create duplicate opportunity for the contact.")));
    assert_eq!(world.get(&format!("/locations/{PLACE}")).await.1["location"]["settings"]["allowDuplicateOpportunity"], json!(false));
}

#[tokio::test]
async fn each_change_is_told_by_its_events() {
    let (base, mut got) = receiver(&[]).await;
    let location = LocationOptions { webhook_base: Some(base), ..at_once(PLACE, TOKEN) };
    let world = started(Options { locations: vec![location], limits: Limits::lifted(), ..Options::default() }).await;
    let ada = world.ada();
    let id = world.post("/opportunities/", wedding(&ada)).await.1["opportunity"]["id"].as_str().unwrap().to_owned();
    world.put(&format!("/opportunities/{id}"), json!({"pipelineStageId": STAGES[1], "assignedTo": "u1", "monetaryValue": 1000})).await;
    world.put(&format!("/opportunities/{id}/status"), json!({"status": "won"})).await;
    world.put(&format!("/opportunities/{id}/status"), json!({"status": "won"})).await;
    world.delete(&format!("/opportunities/{id}")).await;
    until_quiet(&world.handle).await;
    let mut told = Vec::new();
    while let Ok((event, _, body)) = got.try_recv() {
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert!(body.get("updatedAt").is_none(), "no time of the change");
        told.push(event);
    }
    let wanted = [
        "ContactCreate",
        "OpportunityCreate",
        "OpportunityUpdate",
        "OpportunityStageUpdate",
        "OpportunityMonetaryValueUpdate",
        "OpportunityAssignedToUpdate",
        "OpportunityUpdate",
        "OpportunityStatusUpdate",
        "OpportunityDelete",
        "OpportunityUpdate",
    ];
    assert_eq!(told, wanted);
}
