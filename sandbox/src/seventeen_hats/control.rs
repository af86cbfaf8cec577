//! The control API: acting as a person over HTTP. On the control server only, never beside the
//! product's own routes.

use super::{
    handle::Handle,
    options::{Delivery, Limits},
    problem::{Error, Problem},
    resource::Resource,
};
use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, patch, post, put},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(problem) => problem.into_response(),
            Self::UnknownAccount { .. } => Problem::not_found("account").into_response(),
            Self::Bind { .. } | Self::Client(_) | Self::DuplicateAccount { .. } => (StatusCode::INTERNAL_SERVER_ERROR, self.to_string()).into_response(),
        }
    }
}

/// Routes under `/_control/seventeen_hats`.
pub fn control_router(handle: Handle) -> Router {
    let routes = Router::new()
        .route("/", get(overview))
        .route("/limits", put(limits))
        .route("/accounts/{account}", get(dump))
        .route("/accounts/{account}/webhook", put(webhook))
        .route("/accounts/{account}/delivery", put(delivery))
        .route("/accounts/{account}/tickets/{id}/close", post(close_ticket))
        .route("/accounts/{account}/messages/{id}/cancel", post(cancel_message))
        .route("/accounts/{account}/{resource}", post(create))
        .route("/accounts/{account}/{resource}/{id}", patch(update).delete(delete).get(show))
        .with_state(handle);
    Router::new().nest("/_control/seventeen_hats", routes)
}

fn known(resource: &str) -> Result<Resource, Error> {
    Resource::from_plural(resource).ok_or_else(|| Error::Refused(Problem::not_found("resource")))
}

async fn overview(State(handle): State<Handle>) -> Json<Value> {
    let (posts, runs) = (handle.deliveries(), handle.zap_runs());
    Json(json!({
        "base_url": handle.base_url(),
        "accounts": handle.accounts(),
        "deliveries": {
            "delivered": posts.delivered,
            "failed": posts.failed,
            "given_up": posts.given_up,
            "waiting": posts.waiting,
        },
        "zap_runs": {"done": runs.done, "failed": runs.failed, "waiting": runs.waiting},
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewLimits {
    /// null: no limit
    requests: Option<u32>,
    #[serde(default = "minute")]
    per_seconds: u64,
}

fn minute() -> u64 {
    60
}

async fn limits(State(handle): State<Handle>, Json(new): Json<NewLimits>) -> StatusCode {
    handle.set_limits(Limits { requests: new.requests, window: Duration::from_secs(new.per_seconds) });
    StatusCode::NO_CONTENT
}

async fn dump(State(handle): State<Handle>, Path(account): Path<String>) -> Result<Json<Value>, Error> {
    handle.dump(&account).map(Json)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Webhook {
    url: Option<String>,
}

async fn webhook(State(handle): State<Handle>, Path(account): Path<String>, Json(Webhook { url }): Json<Webhook>) -> Result<StatusCode, Error> {
    handle.set_webhook(&account, url)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn delivery(State(handle): State<Handle>, Path(account): Path<String>, Json(delivery): Json<Delivery>) -> Result<StatusCode, Error> {
    handle.set_delivery(&account, delivery)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn close_ticket(State(handle): State<Handle>, Path((account, id)): Path<(String, String)>) -> Result<Json<Value>, Error> {
    Ok(Json(handle.close_ticket(&account, &id)?.to_json()))
}

async fn cancel_message(State(handle): State<Handle>, Path((account, id)): Path<(String, String)>) -> Result<Json<Value>, Error> {
    Ok(Json(handle.cancel_message(&account, &id)?.to_json()))
}

async fn create(State(handle): State<Handle>, Path((account, resource)): Path<(String, String)>, Json(fields): Json<Value>) -> Result<Response, Error> {
    let record = handle.create(&account, known(&resource)?, fields)?;
    Ok((StatusCode::CREATED, Json(record.to_json())).into_response())
}

async fn show(State(handle): State<Handle>, Path((account, resource, id)): Path<(String, String, String)>) -> Result<Json<Value>, Error> {
    let resource = known(&resource)?;
    handle.account(&account)?;
    let record = handle.get(&account, resource, &id).ok_or_else(|| Problem::not_found(resource.singular()))?;
    Ok(Json(record.to_json()))
}

async fn update(
    State(handle): State<Handle>,
    Path((account, resource, id)): Path<(String, String, String)>,
    Json(fields): Json<Value>,
) -> Result<Json<Value>, Error> {
    Ok(Json(handle.update(&account, known(&resource)?, &id, fields)?.to_json()))
}

async fn delete(State(handle): State<Handle>, Path((account, resource, id)): Path<(String, String, String)>) -> Result<StatusCode, Error> {
    handle.delete(&account, known(&resource)?, &id)?;
    Ok(StatusCode::NO_CONTENT)
}
