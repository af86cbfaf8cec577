//! The control API's part for calendars: acting as a person over HTTP.

use crate::highlevel::{handle::Handle, problem::Error, reply::Body};
use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{delete, get, post},
};
use serde_json::{Value, json};

type Done = Result<StatusCode, Error>;
type Made = Result<(StatusCode, Json<Value>), Error>;
type Named = (String, String);
type Of = State<Handle>;

/// Routes under `/_control/highlevel/locations/{location}`.
pub(in crate::highlevel) fn routes() -> Router<Handle> {
    Router::new()
        .route("/calendars", get(list).post(create))
        .route("/calendars/{calendar}", axum::routing::patch(update).delete(remove))
        .route("/calendars/{calendar}/notifications", post(notification))
        .route("/calendar-groups", post(group))
        .route("/calendar-resources/{kind}", post(resource))
        .route("/block-slots", post(block))
        .route("/block-slots/{id}", delete(unblock))
        .route("/appointments/{appointment}/notes", post(note))
}

fn made(id: &str) -> Made {
    Ok((StatusCode::CREATED, Json(json!({"id": id}))))
}

async fn list(State(handle): Of, Path(location): Path<String>) -> Result<Json<Value>, Error> {
    Ok(Json(json!({"ids": handle.calendars(&location)?})))
}

async fn create(State(handle): Of, Path(location): Path<String>, Body(fields): Body) -> Made {
    made(&handle.create_calendar(&location, Value::Object(fields))?)
}

async fn update(State(handle): Of, Path((location, calendar)): Path<Named>, Body(fields): Body) -> Done {
    handle.update_calendar(&location, &calendar, Value::Object(fields))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn remove(State(handle): Of, Path((location, calendar)): Path<Named>) -> Done {
    handle.delete_calendar(&location, &calendar)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn notification(State(handle): Of, Path((location, calendar)): Path<Named>, Body(fields): Body) -> Made {
    made(&handle.create_calendar_notification(&location, &calendar, Value::Object(fields))?)
}

async fn group(State(handle): Of, Path(location): Path<String>, Body(fields): Body) -> Made {
    made(&handle.create_calendar_group(&location, Value::Object(fields))?)
}

async fn resource(State(handle): Of, Path((location, kind)): Path<Named>, Body(fields): Body) -> Made {
    made(&handle.create_calendar_resource(&location, &kind, Value::Object(fields))?)
}

async fn block(State(handle): Of, Path(location): Path<String>, Body(fields): Body) -> Made {
    made(&handle.block_slot(&location, Value::Object(fields))?)
}

async fn unblock(State(handle): Of, Path((location, id)): Path<Named>) -> Done {
    handle.unblock_slot(&location, &id)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn note(State(handle): Of, Path((location, appointment)): Path<Named>, Body(fields): Body) -> Made {
    made(&handle.create_appointment_note(&location, &appointment, Value::Object(fields))?)
}
