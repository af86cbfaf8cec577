//! The contract's routes.

use super::{
    account::Account,
    effects::Actor,
    limits::Taken,
    list::{Page, Query},
    options::Transport,
    problem::Problem,
    resource::Resource,
    service::World,
};
use axum::{
    Extension, Json,
    body::Bytes,
    extract::{Path, Query as Parameters, Request, State, rejection::BytesRejection},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc, time::Duration};

type Body = Result<Bytes, BytesRejection>;
type Caller = Extension<Arc<Account>>;

/// Finds the account that the token is for, and takes one call of its rate limit. Every answer
/// carries the limit's headers.
pub(super) async fn admit(State(world): State<Arc<World>>, mut request: Request, next: Next) -> Response {
    let account = match caller(&world, request.headers()) {
        Ok(account) => account,
        Err(problem) => return problem.into_response(),
    };
    let taken = account.take(world.limits());
    let mut response = match taken {
        Some(Taken { allowed: false, .. }) => Problem::rate_limited().into_response(),
        _ => {
            request.extensions_mut().insert(account);
            next.run(request).await
        }
    };
    if let Some(taken) = taken {
        let reset = u64::from(taken.reset.subsec_nanos() > 0) + taken.reset.as_secs();
        let headers = response.headers_mut();
        headers.insert(HeaderName::from_static("x-ratelimit-limit"), HeaderValue::from(taken.limit));
        headers.insert(HeaderName::from_static("x-ratelimit-remaining"), HeaderValue::from(taken.remaining));
        headers.insert(HeaderName::from_static("x-ratelimit-reset"), HeaderValue::from(reset));
        if !taken.allowed {
            headers.insert(axum::http::header::RETRY_AFTER, HeaderValue::from(reset.max(1)));
        }
    }
    response
}

fn caller(world: &World, headers: &HeaderMap) -> Result<Arc<Account>, Problem> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let token = text("authorization").and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let account = world.by_token(token).ok_or_else(Problem::unauthorized)?;
    if text("x-partner-account").is_some_and(|named| named != account.options.id) {
        return Err(Problem::forbidden("the token is for another account"));
    }
    if account.options.transport == Transport::Zapier {
        return Err(Problem::forbidden("this account is connected through Zapier only"));
    }
    Ok(account)
}

/// `GET /v1/{resource}`
pub(super) async fn list(
    Extension(account): Caller,
    Path(resource): Path<String>,
    Parameters(mut parameters): Parameters<HashMap<String, String>>,
) -> Result<Json<Value>, Problem> {
    let resource = known(&resource)?;
    parameters.remove("q");
    let query = Query::read(resource, &parameters)?;
    Ok(shown(&account.page(resource, &query)))
}

/// `GET /v1/{resource}/search`
pub(super) async fn search(
    Extension(account): Caller,
    Path(resource): Path<String>,
    Parameters(parameters): Parameters<HashMap<String, String>>,
) -> Result<Json<Value>, Problem> {
    let resource = known(&resource).ok().filter(|resource| resource.searchable());
    let resource = resource.ok_or_else(|| Problem::not_found("search"))?;
    if parameters.get("q").is_none_or(|text| text.trim().is_empty()) {
        return Err(Problem::bad_request("q is missing: the text to look for"));
    }
    let query = Query::read(resource, &parameters)?;
    Ok(shown(&account.page(resource, &query)))
}

/// `GET /v1/{resource}/{id}`
pub(super) async fn get(Extension(account): Caller, Path((resource, id)): Path<(String, String)>) -> Result<Json<Value>, Problem> {
    Ok(Json(account.get(known(&resource)?, &id)?.to_json()))
}

/// `POST /v1/{resource}`
pub(super) async fn create(Extension(account): Caller, Path(resource): Path<String>, body: Body) -> Result<Response, Problem> {
    let record = account.create(Actor::Api, known(&resource)?, json_of(body)?)?;
    Ok((StatusCode::CREATED, Json(record.to_json())).into_response())
}

/// `PATCH /v1/{resource}/{id}`
pub(super) async fn update(
    Extension(account): Caller,
    Path((resource, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, Problem> {
    let if_revision = match headers.get(axum::http::header::IF_MATCH) {
        None => None,
        Some(value) => {
            let revision = value.to_str().ok().and_then(|text| text.trim_matches('"').parse().ok());
            Some(revision.ok_or_else(|| Problem::bad_request("If-Match must be a revision"))?)
        }
    };
    let record = account.update(Actor::Api, known(&resource)?, &id, json_of(body)?, if_revision)?;
    Ok(Json(record.to_json()))
}

/// `DELETE /v1/{resource}/{id}`
pub(super) async fn delete(Extension(account): Caller, Path((resource, id)): Path<(String, String)>) -> Result<StatusCode, Problem> {
    account.delete(Actor::Api, known(&resource)?, &id)?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct TokenRequest {
    grant_type: String,
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    client_secret: String,
}

/// `POST /v1/oauth/token`
pub(super) async fn token(State(world): State<Arc<World>>, body: Body) -> Result<Json<Value>, Problem> {
    let request: TokenRequest = form(&bytes_of(body)?)?;
    if request.grant_type != "client_credentials" {
        return Err(Problem::bad_request("grant_type must be client_credentials"));
    }
    let (token, life) = world.issue(&request.client_id, &request.client_secret).ok_or_else(Problem::unauthorized)?;
    Ok(Json(json!({"access_token": token, "token_type": "Bearer", "expires_in": Duration::as_secs(&life)})))
}

fn known(resource: &str) -> Result<Resource, Problem> {
    Resource::from_plural(resource).ok_or_else(|| Problem::not_found("resource"))
}

fn shown(page: &Page) -> Json<Value> {
    let items: Vec<Value> = page.items.iter().map(|record| record.to_item()).collect();
    Json(json!({"items": items, "next_cursor": page.next}))
}

fn bytes_of(body: Body) -> Result<Bytes, Problem> {
    body.map_err(|_| Problem::too_large())
}

fn json_of(body: Body) -> Result<Value, Problem> {
    serde_json::from_slice(&bytes_of(body)?).map_err(|_| Problem::bad_request("the body is not JSON"))
}

/// Reads a form body.
pub(super) fn form<T: serde::de::DeserializeOwned>(body: &Bytes) -> Result<T, Problem> {
    let text = std::str::from_utf8(body).map_err(|_| Problem::bad_request("the form is not UTF-8"))?;
    let uri: axum::http::Uri = format!("/?{}", text.trim()).parse().map_err(|_| Problem::bad_request("the form is not URL-encoded"))?;
    Parameters::try_from_uri(&uri).map(|Parameters(form)| form).map_err(|_| Problem::bad_request("the form lacks a field"))
}
