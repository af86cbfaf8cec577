//! Users, locations, the company, and which tokens open them.

use super::*;

const COMPANY: &str = "sandboxCompany000001";

fn call(world: &World, token: &str, version: &str, method: &str, path: &str) -> reqwest::RequestBuilder {
    world.http.request(method.parse().unwrap(), world.url(path)).bearer_auth(token).header("Version", version)
}

fn by_agency(world: &World, method: &str, path: &str) -> reqwest::RequestBuilder {
    call(world, "pit-sandbox-company", "2021-07-28", method, path)
}

fn grace() -> Value {
    json!({"companyId": COMPANY, "firstName": "Grace", "lastName": "Hall", "email": "grace@example.com", "password": "p", "type": "account", "role": "user", "locationIds": [PLACE]})
}

#[tokio::test]
async fn some_calls_take_an_agency_some_a_location_and_some_either() {
    let world = studio().await;
    let table = [
        ("GET", format!("/users/search?companyId={COMPANY}"), 200, 200),
        ("GET", format!("/locations/{PLACE}"), 200, 200),
        ("GET", "/locations/search".to_owned(), 200, 200),
        ("GET", format!("/companies/{COMPANY}"), 401, 200),
        ("GET", format!("/snapshots/?companyId={COMPANY}"), 401, 200),
        ("POST", "/users/search/filter-by-email".to_owned(), 401, 422),
        ("POST", "/locations/".to_owned(), 401, 422),
        ("GET", format!("/businesses/?locationId={PLACE}"), 200, 401),
        ("GET", format!("/locations/{PLACE}/customFields"), 200, 401),
    ];
    for (method, path, of_location, of_agency) in table {
        assert_eq!(answer(world.request(method, &path)).await.0, of_location, "{method} {path} with a location's token");
        assert_eq!(answer(by_agency(&world, method, &path)).await.0, of_agency, "{method} {path} with an agency's token");
    }
    assert_eq!(answer(by_agency(&world, "GET", "/companies/other")).await.0, 403);
    let code = world.handle.authorize_company();
    let form = [("client_id", "sandbox-client"), ("client_secret", "sandbox-secret"), ("grant_type", "authorization_code"), ("code", code.as_str())];
    let (_, pair) = answer(world.http.post(world.url("/oauth/token")).form(&form)).await;
    let app = call(&world, pair["access_token"].as_str().unwrap(), "v3", "GET", &format!("/companies/{COMPANY}"));
    assert_eq!(answer(app).await.1["company"]["locationCount"], json!(2));
}

#[tokio::test]
async fn an_agencys_calls_have_a_budget_of_their_own() {
    let world = studio().await;
    world.handle.set_limits(Limits { calls: Some(1), ..Limits::default() });
    let path = format!("/companies/{COMPANY}");
    assert_eq!(answer(by_agency(&world, "GET", &path)).await.0, 200);
    assert_eq!(answer(by_agency(&world, "GET", &path)).await.0, 429);
    assert_eq!(world.get(&format!("/locations/{PLACE}")).await.0, 200);
}

#[tokio::test]
async fn a_user_is_created_found_changed_and_deleted() {
    let world = studio().await;
    let (status, made) = world.post("/users/", grace()).await;
    assert_eq!((status, &made["name"], &made["roles"]["locationIds"]), (201, &json!("Grace Hall"), &json!([PLACE])));
    assert!(made.get("password").is_none());
    assert_eq!(world.post("/users/", grace()).await.0, 400, "an address belongs to one user");
    let id = made["id"].as_str().unwrap();
    let path = format!("/users/{id}");
    assert_eq!(world.put(&path, json!({"lastName": "Hill"})).await.1["name"], json!("Grace Hill"));
    let (_, found) = world.get(&format!("/users/search?companyId={COMPANY}&query=GRACE&limit=1")).await;
    assert_eq!((&found["count"], ids(&found["users"])), (&json!(1), vec![id.to_owned()]));
    let body = json!({"companyId": COMPANY, "emails": "x@example.com, GRACE@example.com", "skip": "0", "limit": "10"});
    assert_eq!(answer(by_agency(&world, "POST", "/users/search/filter-by-email").json(&body)).await.1["count"], json!(1));
    let old = format!("/users/?locationId={PLACE}");
    assert_eq!(world.get(&old).await.1["users"].as_array().unwrap().len(), 3);
    assert_eq!(answer(call(&world, TOKEN, "v3", "GET", &old)).await.0, 404, "v3 has no such list");
    assert_eq!(answer(call(&world, "pit-of-other", "v3", "GET", &path)).await.0, 404, "who works elsewhere isn't seen");
    assert_eq!(world.delete(&path).await.1["succeded"], json!(true));
    assert_eq!(world.get(&path).await.0, 404);
    assert_eq!(world.handle.truth().of_mark("grace@example.com").len(), 1);
}

#[tokio::test]
async fn users_of_a_location_page() {
    let world = studio().await;
    for number in 0..48 {
        world.handle.create_user(PLACE, json!({"firstName": "U", "lastName": format!("{number}"), "email": format!("u{number}@example.com")})).unwrap();
    }
    let mut seen = Vec::new();
    for skip in [0, 20, 40] {
        let (_, page) = world.get(&format!("/users/search?companyId={COMPANY}&locationId={PLACE}&skip={skip}&limit=20")).await;
        assert_eq!(page["count"], json!(50));
        seen.extend(ids(&page["users"]));
    }
    let different: std::collections::BTreeSet<_> = seen.iter().collect();
    assert_eq!((seen.len(), different.len()), (50, 50));
}

#[tokio::test]
async fn a_wrong_user_is_refused() {
    let world = studio().await;
    let with = |name: &str, value: Value| {
        let mut body = grace();
        body[name] = value;
        body
    };
    let table = [
        (with("companyId", json!("other")), 403),
        (with("locationIds", json!([OTHER])), 403),
        (with("email", json!("grace")), 422),
        (with("role", json!("queen")), 422),
        (with("password", json!(1)), 422),
        (json!({"companyId": COMPANY}), 422),
    ];
    for (body, wanted) in table {
        assert_eq!(world.post("/users/", body.clone()).await.0, wanted, "{body}");
    }
    assert_eq!(world.get("/users/search").await.0, 422, "the company is needed");
    assert_eq!(world.handle.truth().len(), 0);
}

#[tokio::test]
async fn a_location_that_an_agency_makes_is_listed_and_found() {
    let world = studio().await;
    let body = json!({"name": "Third", "companyId": COMPANY, "country": "US", "prospectInfo": {"firstName": "J", "lastName": "D", "email": "third@example.com"}, "snapshotId": "sandboxSnapshot00001"});
    let (status, made) = answer(by_agency(&world, "POST", "/locations/").json(&body)).await;
    assert_eq!((status, &made["name"], &made["email"]), (200, &json!("Third"), &json!("third@example.com")));
    let path = format!("/locations/{}", made["id"].as_str().unwrap());
    assert_eq!(answer(by_agency(&world, "GET", &path)).await.1["location"]["name"], json!("Third"));
    assert_eq!(world.get(&path).await.0, 403, "not with another location's token");
    let (_, listed) = answer(by_agency(&world, "GET", &format!("/locations/search?companyId={COMPANY}&limit=2&skip=1"))).await;
    assert_eq!(listed["locations"].as_array().unwrap().len(), 2);
    let (_, listed) = answer(by_agency(&world, "GET", "/locations/search?email=THIRD@example.com")).await;
    assert_eq!(listed["locations"].as_array().unwrap().len(), 1);
    assert_eq!(ids(&world.get("/locations/search").await.1["locations"]), [PLACE]);
    let mut wrong = body;
    wrong["country"] = json!("Switzerland");
    assert_eq!(answer(by_agency(&world, "POST", "/locations/").json(&wrong)).await.0, 422);
}

#[tokio::test]
async fn users_and_locations_are_told() {
    let (base, mut got) = receiver(&[]).await;
    let location = LocationOptions { webhook_base: Some(base), ..at_once(PLACE, TOKEN) };
    let world = started(Options { locations: vec![location], limits: Limits::lifted(), ..Options::default() }).await;
    let user = world.post("/users/", grace()).await.1["id"].as_str().unwrap().to_owned();
    world.handle.update_user(&user, json!({"phone": "+12025550111"})).unwrap();
    world.handle.delete_user(&user).unwrap();
    world.handle.update_location(PLACE, json!({"name": "New name"})).unwrap();
    answer(by_agency(&world, "POST", "/locations/").json(&json!({"name": "Third", "companyId": COMPANY}))).await;
    until_quiet(&world.handle).await;
    let mut told = Vec::new();
    while let Ok((event, _, body)) = got.try_recv() {
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["companyId"], json!(COMPANY), "{event}");
        assert_eq!(body.get("locationId").is_some(), event.starts_with("User"), "{event}");
        told.push(event);
    }
    told.sort();
    assert_eq!(told, ["LocationCreate", "LocationUpdate", "UserCreate", "UserDelete", "UserUpdate"]);
}
