//! The control API: acting as a person over HTTP. On the control server only, never beside the
//! product's own routes.

use super::{
    handle::Handle,
    options::{Bugs, Delivery, Limits, SearchLag},
    problem::{Error, Problem},
    reply::Body,
};
use crate::faults::Rule;
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
            Self::UnknownLocation { .. } => Problem::not_found("Location").into_response(),
            Self::Bind { .. } | Self::Client(_) | Self::Key | Self::DuplicateLocation { .. } => {
                (StatusCode::INTERNAL_SERVER_ERROR, self.to_string()).into_response()
            }
        }
    }
}

type Done = Result<StatusCode, Error>;
type Made = Result<(StatusCode, Json<Value>), Error>;
type Named = (String, String);
type Of = State<Handle>;

const DONE: Done = Ok(StatusCode::NO_CONTENT);

fn made(id: &str) -> Made {
    Ok((StatusCode::CREATED, Json(json!({"id": id}))))
}

/// Routes under `/_control/highlevel`.
pub fn control_router(handle: Handle) -> Router {
    let of_location = Router::new()
        .route("/", get(dump))
        .route("/dump", get(dump))
        .route("/webhook", put(webhook))
        .route("/delivery", put(delivery))
        .route("/search-lag", put(search_lag))
        .route("/bugs", get(bugs).put(set_bugs))
        .route("/duplicates", put(duplicates))
        .route("/pause", put(pause))
        .route("/tokens/authorize", post(authorize))
        .route("/tokens/expire", post(expire))
        .route("/tokens/revoke", post(revoke))
        .route("/contacts", post(create_contact))
        .route("/contacts/{contact}", get(contact).patch(update_contact).delete(delete_contact))
        .route("/contacts/{contact}/tags", post(add_tags).delete(remove_tags))
        .route("/contacts/{contact}/calls", post(call))
        .route("/contacts/{contact}/notes", post(create_note))
        .route("/contacts/{contact}/tasks", post(create_task))
        .route("/contacts/{contact}/appointments", post(create_appointment))
        .route("/contacts/{contact}/opportunities", post(create_opportunity))
        .route("/notes/{id}", patch(update_note).delete(delete_note))
        .route("/tasks/{id}", patch(update_task).delete(delete_task))
        .route("/appointments/{id}", patch(update_appointment).delete(delete_appointment))
        .route("/opportunities/{id}", patch(update_opportunity).delete(delete_opportunity))
        .route("/messages", post(add_message))
        .route("/messages/{message}", get(message))
        .route("/messages/{message}/cancel", post(cancel_message))
        .route("/messages/{message}/status", put(message_status))
        .route("/conversations/{conversation}", patch(update_conversation).delete(delete_conversation))
        .route("/events/{event}", post(emit))
        .merge(super::calendars::routes());
    let routes = Router::new()
        .route("/", get(overview))
        .route("/limits", put(limits))
        .route("/faults", get(faults).post(add_fault).put(set_faults).delete(clear_faults))
        .route("/tokens/authorize-company", post(authorize_company))
        .merge(super::control_records::of_company())
        .nest("/locations/{location}", of_location.merge(super::control_records::of_location()))
        .with_state(handle);
    Router::new().nest("/_control/highlevel", routes)
}

async fn overview(State(handle): Of) -> Result<Json<Value>, Error> {
    let mut locations = serde_json::Map::new();
    for id in handle.locations() {
        let counts = handle.deliveries(&id)?;
        let shown = json!({
            "delivered": counts.delivered, "failed": counts.failed, "given_up": counts.given_up, "unsent": counts.paused,
            "waiting": counts.waiting, "paused": handle.webhooks_paused(&id)?,
        });
        locations.insert(id, shown);
    }
    Ok(Json(json!({"base_url": handle.base_url(), "public_key": handle.public_key(), "throttled": handle.throttled(), "locations": locations})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewLimits {
    /// null: no limit
    calls: Option<u32>,
    #[serde(default = "interval")]
    interval_ms: u64,
    #[serde(default = "per_day")]
    per_day: u32,
    #[serde(default)]
    retry_after: bool,
}

fn interval() -> u64 {
    10_000
}

fn per_day() -> u32 {
    Limits::default().per_day
}

async fn limits(State(handle): Of, Json(new): Json<NewLimits>) -> StatusCode {
    let interval = Duration::from_millis(new.interval_ms);
    handle.set_limits(Limits { calls: new.calls, interval, per_day: new.per_day, retry_after: new.retry_after });
    StatusCode::NO_CONTENT
}

async fn faults(State(handle): Of) -> Json<Vec<Rule>> {
    Json(handle.faults().rules())
}

async fn add_fault(State(handle): Of, Json(rule): Json<Rule>) -> StatusCode {
    handle.faults().add(rule);
    StatusCode::NO_CONTENT
}

async fn set_faults(State(handle): Of, Json(rules): Json<Vec<Rule>>) -> StatusCode {
    handle.faults().set(rules);
    StatusCode::NO_CONTENT
}

async fn clear_faults(State(handle): Of) -> StatusCode {
    handle.faults().clear();
    StatusCode::NO_CONTENT
}

async fn dump(State(handle): Of, Path(location): Path<String>) -> Result<Json<Value>, Error> {
    handle.dump(&location).map(Json)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Webhook {
    /// null: nowhere
    base: Option<String>,
}

async fn webhook(State(handle): Of, Path(location): Path<String>, Json(Webhook { base }): Json<Webhook>) -> Done {
    handle.set_webhook(&location, base)?;
    DONE
}

async fn delivery(State(handle): Of, Path(location): Path<String>, Json(delivery): Json<Delivery>) -> Done {
    handle.set_delivery(&location, delivery)?;
    DONE
}

async fn search_lag(State(handle): Of, Path(location): Path<String>, Json(lag): Json<SearchLag>) -> Done {
    handle.set_search_lag(&location, lag)?;
    DONE
}

async fn bugs(State(handle): Of, Path(location): Path<String>) -> Result<Json<Bugs>, Error> {
    handle.bugs(&location).map(Json)
}

async fn set_bugs(State(handle): Of, Path(location): Path<String>, Json(bugs): Json<Bugs>) -> Done {
    handle.set_bugs(&location, bugs)?;
    DONE
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Switch {
    on: bool,
}

async fn duplicates(State(handle): Of, Path(location): Path<String>, Json(Switch { on }): Json<Switch>) -> Done {
    handle.allow_duplicates(&location, on)?;
    DONE
}

async fn pause(State(handle): Of, Path(location): Path<String>, Json(Switch { on }): Json<Switch>) -> Done {
    handle.pause_webhooks(&location, on)?;
    DONE
}

async fn authorize(State(handle): Of, Path(location): Path<String>) -> Result<Json<Value>, Error> {
    Ok(Json(json!({"code": handle.authorize(&location)?})))
}

async fn authorize_company(State(handle): Of) -> Json<Value> {
    Json(json!({"code": handle.authorize_company()}))
}

async fn expire(State(handle): Of, Path(location): Path<String>) -> Done {
    handle.expire_tokens(&location)?;
    DONE
}

async fn revoke(State(handle): Of, Path(location): Path<String>) -> Done {
    handle.revoke_tokens(&location)?;
    DONE
}

async fn create_contact(State(handle): Of, Path(location): Path<String>, Body(fields): Body) -> Made {
    made(&handle.create_contact(&location, Value::Object(fields))?)
}

async fn contact(State(handle): Of, Path((location, contact)): Path<Named>) -> Result<Json<Value>, Error> {
    handle.location(&location)?;
    Ok(Json(handle.contact(&location, &contact).ok_or_else(|| Problem::not_found("Contact"))?))
}

async fn update_contact(State(handle): Of, Path((location, contact)): Path<Named>, Body(fields): Body) -> Done {
    handle.update_contact(&location, &contact, Value::Object(fields))?;
    DONE
}

async fn delete_contact(State(handle): Of, Path((location, contact)): Path<Named>) -> Done {
    handle.delete_contact(&location, &contact)?;
    DONE
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tags {
    tags: Vec<String>,
}

async fn add_tags(State(handle): Of, Path((location, contact)): Path<Named>, Json(Tags { tags }): Json<Tags>) -> Done {
    handle.add_tags(&location, &contact, &tags.iter().map(String::as_str).collect::<Vec<_>>())?;
    DONE
}

async fn remove_tags(State(handle): Of, Path((location, contact)): Path<Named>, Json(Tags { tags }): Json<Tags>) -> Done {
    handle.remove_tags(&location, &contact, &tags.iter().map(String::as_str).collect::<Vec<_>>())?;
    DONE
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Spoken {
    #[serde(default)]
    seconds: u32,
    #[serde(default)]
    sentences: Vec<String>,
}

async fn call(State(handle): Of, Path((location, contact)): Path<Named>, Json(spoken): Json<Spoken>) -> Made {
    let sentences: Vec<&str> = spoken.sentences.iter().map(String::as_str).collect();
    made(&handle.complete_call(&location, &contact, spoken.seconds, &sentences)?)
}

/// Handlers of what is kept as given.
macro_rules! simple {
    ($($create:ident, $update:ident, $delete:ident;)*) => {$(
        async fn $create(State(handle): Of, Path((location, contact)): Path<Named>, Body(fields): Body) -> Made {
            made(&handle.$create(&location, &contact, Value::Object(fields))?)
        }

        async fn $update(State(handle): Of, Path((location, id)): Path<Named>, Body(fields): Body) -> Done {
            handle.$update(&location, &id, Value::Object(fields))?;
            DONE
        }

        async fn $delete(State(handle): Of, Path((location, id)): Path<Named>) -> Done {
            handle.$delete(&location, &id)?;
            DONE
        }
    )*};
}

simple! {
    create_note, update_note, delete_note;
    create_task, update_task, delete_task;
    create_appointment, update_appointment, delete_appointment;
    create_opportunity, update_opportunity, delete_opportunity;
}

async fn add_message(State(handle): Of, Path(location): Path<String>, Body(fields): Body) -> Made {
    made(&handle.add_message(&location, Value::Object(fields))?)
}

async fn message(State(handle): Of, Path((location, message)): Path<Named>) -> Result<Json<Value>, Error> {
    handle.location(&location)?;
    Ok(Json(handle.message(&location, &message).ok_or_else(|| Problem::not_found("Message"))?))
}

async fn cancel_message(State(handle): Of, Path((location, message)): Path<Named>) -> Done {
    handle.cancel_message(&location, &message)?;
    DONE
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Status {
    status: String,
}

async fn message_status(State(handle): Of, Path((location, message)): Path<Named>, Json(Status { status }): Json<Status>) -> Done {
    handle.set_message_status(&location, &message, &status)?;
    DONE
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Conversation {
    unread_count: Option<u32>,
    starred: Option<bool>,
}

async fn update_conversation(State(handle): Of, Path((location, conversation)): Path<Named>, Json(change): Json<Conversation>) -> Done {
    if let Some(count) = change.unread_count {
        handle.set_unread(&location, &conversation, count)?;
    }
    if let Some(starred) = change.starred {
        handle.set_starred(&location, &conversation, starred)?;
    }
    DONE
}

async fn delete_conversation(State(handle): Of, Path((location, conversation)): Path<Named>) -> Done {
    handle.delete_conversation(&location, &conversation)?;
    DONE
}

async fn emit(State(handle): Of, Path((location, event)): Path<Named>, Body(body): Body) -> Done {
    handle.emit(&location, &event, Value::Object(body))?;
    DONE
}
