//! `/oauth`: codes, rotating refresh tokens, and location tokens for agencies.

use crate::highlevel::{
    admit::{bearer, version},
    auth::{Class, Pair},
    given::Asked,
    location::Via,
    problem::Problem,
    reply::{Answer, Reply, ok},
    service::World,
};
use axum::{
    body::Bytes,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
};
use serde_json::{Map, Value, json};
use std::{collections::HashMap, sync::Arc};

/// Names in v2 and in v3.
const NAMES: [(&str, &str); 17] = [
    ("client_id", "clientId"),
    ("client_secret", "clientSecret"),
    ("grant_type", "grantType"),
    ("code", "code"),
    ("refresh_token", "refreshToken"),
    ("user_type", "userType"),
    ("redirect_uri", "redirectUri"),
    ("access_token", "accessToken"),
    ("token_type", "tokenType"),
    ("expires_in", "expiresIn"),
    ("refreshTokenId", "refreshTokenId"),
    ("scope", "scope"),
    ("userType", "userType"),
    ("companyId", "companyId"),
    ("locationId", "locationId"),
    ("userId", "userId"),
    ("traceId", "traceId"),
];

/// A form, or JSON; each field under its v2 name.
fn read(headers: &HeaderMap, body: &Bytes) -> Result<Asked, Problem> {
    let json = headers.get("content-type").and_then(|value| value.to_str().ok()).is_some_and(|kind| kind.contains("json"));
    let unreadable = || Problem::bad_request("the body can't be read");
    let fields: HashMap<String, String> = if json {
        let fields: Map<String, Value> = serde_json::from_slice(body).map_err(|_| unreadable())?;
        fields.into_iter().filter_map(|(name, value)| Some((name, value.as_str()?.to_owned()))).collect()
    } else {
        let text = std::str::from_utf8(body).map_err(|_| unreadable())?;
        let uri: axum::http::Uri = format!("/?{text}").parse().map_err(|_| unreadable())?;
        Query::try_from_uri(&uri).map_err(|_| unreadable())?.0
    };
    let v2 = |name: String| NAMES.iter().find(|(_, v3)| *v3 == name).map_or(name.clone(), |(v2, _)| (*v2).to_owned());
    Ok(Asked(fields.into_iter().map(|(name, value)| (v2(name), value)).collect()))
}

fn is_v3(headers: &HeaderMap) -> bool {
    headers.get("version").is_some_and(|version| version == "v3")
}

/// How `/oauth/token` fails.
fn failed(v3: bool, status: StatusCode, error: &str, description: &str) -> Reply {
    let body = if v3 {
        json!({"error": {"code": error, "message": description, "details": {}, "resolution": "Check the request and try again."}})
    } else {
        json!({"error": error, "error_description": description})
    };
    Reply(status, body)
}

/// The code or refresh token is looked at before the client's credentials.
pub(in crate::highlevel) async fn token(State(world): State<Arc<World>>, headers: HeaderMap, body: Bytes) -> Result<Reply, Reply> {
    let v3 = is_v3(&headers);
    let refuse = |error: &str, description: &str| failed(v3, StatusCode::BAD_REQUEST, error, description);
    let asked = read(&headers, &body).map_err(|_| refuse("invalid_request", "the body can't be read"))?;
    let secret_is_right =
        asked.text("client_id") == Some(&world.tokens.app().client_id) && asked.text("client_secret") == Some(&world.tokens.app().client_secret);
    let check =
        || if secret_is_right { Ok(()) } else { Err(failed(v3, StatusCode::UNAUTHORIZED, "invalid_client", "Invalid client: client credentials are invalid")) };
    let grant = match asked.text("grant_type") {
        Some("authorization_code") => {
            let grant = world.tokens.take_code(asked.text("code").unwrap_or_default());
            let grant = grant.ok_or_else(|| refuse("invalid_grant", "Invalid grant: authorization code is invalid"))?;
            check()?;
            grant
        }
        Some("refresh_token") => {
            check()?;
            let grant = world.tokens.take_refresh(asked.text("refresh_token").unwrap_or_default());
            grant.ok_or_else(|| refuse("invalid_grant", "Invalid grant: refresh token is invalid"))?
        }
        Some("client_credentials") => {
            check()?;
            world.tokens.app_grant(Class::Company)
        }
        Some(_) | None => return Err(refuse("unsupported_grant_type", "Unsupported grant type: `grant_type` is invalid")),
    };
    Ok(answered(&world, &world.tokens.issue(grant), v3))
}

fn answered(world: &World, pair: &Pair, v3: bool) -> Reply {
    let app = world.tokens.app();
    let mut body = json!({
        "access_token": pair.access,
        "token_type": "Bearer",
        "expires_in": app.token_life.as_secs(),
        "refresh_token": pair.refresh,
        "refreshTokenId": pair.refresh.rsplit('.').next().map(|id| id.chars().take(20).collect::<String>()),
        "scope": app.scopes.as_ref().map_or_else(|| "contacts.readonly contacts.write conversations.readonly conversations.write conversations/message.readonly conversations/message.write".to_owned(), |scopes| scopes.join(" ")),
        "companyId": app.company_id,
        "userId": "sandboxUser000000001",
        "isBulkInstallation": false,
    });
    match &pair.grant.class {
        Class::Location(location) => {
            body["userType"] = json!("Location");
            body["locationId"] = json!(&*location.id);
        }
        Class::Company => {
            body["userType"] = json!("Company");
            body["approvedLocations"] = json!(world.locations.keys().collect::<Vec<_>>());
        }
    }
    if v3 && let Value::Object(fields) = body {
        let renamed = |name: String| NAMES.iter().find(|(v2, _)| *v2 == name).map_or(name.clone(), |(_, v3)| (*v3).to_owned());
        body = Value::Object(fields.into_iter().map(|(name, value)| (renamed(name), value)).collect());
    }
    Reply(StatusCode::OK, body)
}

fn company(world: &World, headers: &HeaderMap) -> Result<(), Problem> {
    let grant = bearer(world, headers)?;
    match (grant.class, grant.via) {
        (Class::Company, Via::App) => Ok(()),
        (Class::Company, Via::PrivateToken) | (Class::Location(_), _) => Err(Problem::unauthorized("This authClass type is not allowed to access this scope.")),
    }
}

/// A location's own pair, for an agency's token.
pub(in crate::highlevel) async fn location_token(State(world): State<Arc<World>>, headers: HeaderMap, body: Bytes) -> Answer {
    let v3 = version(&headers)?;
    company(&world, &headers)?;
    let asked = read(&headers, &body)?;
    if asked.needed("companyId")? != world.tokens.app().company_id {
        return Err(Problem::forbidden("The token does not have access to this company."));
    }
    let location = world.locations.get(asked.needed("locationId")?).ok_or_else(|| Problem::bad_request("Location not found"))?;
    let grant = world.tokens.app_grant(Class::Location(Arc::clone(location)));
    Ok(answered(&world, &world.tokens.issue(grant), v3))
}

/// Known under v3 only.
pub(in crate::highlevel) async fn location_token_v3(state: State<Arc<World>>, headers: HeaderMap, body: Bytes) -> Answer {
    if !version(&headers)? {
        return Err(Problem::not_found("Path"));
    }
    location_token(state, headers, body).await
}

pub(in crate::highlevel) async fn installed_locations(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    Query(asked): Query<HashMap<String, String>>,
) -> Answer {
    version(&headers)?;
    company(&world, &headers)?;
    let asked = Asked(asked);
    let (skip, limit) = (asked.number("skip", 0, 0, usize::MAX)?, asked.number("limit", 20, 1, 500)?);
    let shown = |location: &Arc<crate::highlevel::location::Location>| json!({"_id": &*location.id, "name": location.name, "address": "", "isInstalled": true});
    let rows: Vec<Value> = world.locations.values().skip(skip).take(limit).map(shown).collect();
    ok(json!({"locations": rows, "count": world.locations.len(), "installToFutureLocations": false}))
}

/// Once the way out of a lost refresh.
pub(in crate::highlevel) async fn reconnect() -> Problem {
    Problem::bad_request("API endpoint has been removed")
}
