//! Codes, rotation, expiry, agencies.

use super::*;

async fn token(world: &World, fields: &[(&str, &str)]) -> (u16, Value) {
    let mut form = vec![("client_id", "sandbox-client"), ("client_secret", "sandbox-secret")];
    form.extend_from_slice(fields);
    answer(world.http.post(world.url("/oauth/token")).form(&form)).await
}

/// The pair of an app that a user has just installed.
pub(super) async fn installed(world: &World) -> Value {
    let code = world.handle.authorize(PLACE).unwrap();
    let (status, pair) = token(world, &[("grant_type", "authorization_code"), ("code", &code)]).await;
    assert_eq!(status, 200);
    pair
}

async fn status_with(world: &World, token: &str) -> u16 {
    let path = format!("/conversations/search?locationId={PLACE}");
    answer(world.http.get(world.url(&path)).bearer_auth(token).header("Version", "2021-04-15")).await.0
}

#[tokio::test]
async fn a_refresh_token_is_used_up_by_its_use() {
    let world = studio().await;
    let pair = installed(&world).await;
    assert_eq!((&pair["userType"], &pair["locationId"], &pair["expires_in"]), (&json!("Location"), &json!(PLACE), &json!(86_399)));
    let access = pair["access_token"].as_str().unwrap();
    assert_eq!(status_with(&world, access).await, 200);
    world.handle.expire_tokens(PLACE).unwrap();
    assert_eq!(status_with(&world, access).await, 401);
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", pair["refresh_token"].as_str().unwrap())];
    let (status, second) = token(&world, &refresh).await;
    assert_eq!(status, 200);
    assert_eq!(status_with(&world, second["access_token"].as_str().unwrap()).await, 200);
    let (status, refused) = token(&world, &refresh).await;
    assert_eq!((status, refused["error"].as_str()), (400, Some("invalid_grant")));
    assert!(refused["error_description"].is_string());
    world.handle.revoke_tokens(PLACE).unwrap();
    assert_eq!(status_with(&world, second["access_token"].as_str().unwrap()).await, 401);
    assert_eq!(answer(world.http.post(world.url("/oauth/reconnect"))).await.1["message"], json!("API endpoint has been removed"));
}

#[tokio::test]
async fn a_code_counts_once_and_is_looked_at_before_the_secret() {
    let world = studio().await;
    let code = world.handle.authorize(PLACE).unwrap();
    let form = |secret: &'static str, code: &str| {
        vec![
            ("client_id", "sandbox-client".to_owned()),
            ("client_secret", secret.to_owned()),
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.to_owned()),
        ]
    };
    let ask = |form: Vec<(&'static str, String)>| answer(world.http.post(world.url("/oauth/token")).form(&form));
    assert_eq!(ask(form("wrong", "code.unknown")).await.1["error"], json!("invalid_grant"));
    assert_eq!(ask(form("wrong", &code)).await.1["error"], json!("invalid_client"));
    assert_eq!(ask(form("sandbox-secret", &code)).await.1["error"], json!("invalid_grant"), "it is used up");
}

#[tokio::test]
async fn an_agencys_token_opens_no_location_but_is_exchanged_for_one_that_does() {
    let world = studio().await;
    let code = world.handle.authorize_company();
    let body = json!({"clientId": "sandbox-client", "clientSecret": "sandbox-secret", "grantType": "authorization_code", "code": code});
    let (_, pair) = answer(world.http.post(world.url("/oauth/token")).header("Version", "v3").json(&body)).await;
    assert_eq!(pair["userType"], json!("Company"));
    let company = pair["accessToken"].as_str().unwrap();
    assert_eq!(status_with(&world, company).await, 401);
    let exchange = |path: &str, version: &str| {
        let form = [("companyId", "sandboxCompany000001"), ("locationId", PLACE)];
        answer(world.http.post(world.url(path)).bearer_auth(company).header("Version", version).form(&form))
    };
    let (status, own) = exchange("/oauth/locationToken", "2021-07-28").await;
    assert_eq!(status, 200);
    assert_eq!(status_with(&world, own["access_token"].as_str().unwrap()).await, 200);
    assert_eq!(exchange("/oauth/location-token", "2021-07-28").await.0, 404, "v3 only");
    assert_eq!(exchange("/oauth/location-token", "v3").await.1["locationId"], json!(PLACE));
    let listed = world.http.get(world.url("/oauth/installedLocations?companyId=c&appId=a")).bearer_auth(company).header("Version", "2021-07-28");
    assert_eq!(answer(listed).await.1["count"], json!(2));
}
