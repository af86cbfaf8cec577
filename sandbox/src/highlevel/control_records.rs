//! The control API's part for records in drawers, users, locations and the agency.

use super::{
    handle::Handle,
    problem::Error,
    records::{Family, Named},
    reply::Body,
};
use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, patch, post, put},
};
use serde::Deserialize;
use serde_json::{Value, json};

type Done = Result<StatusCode, Error>;
type Made = Result<(StatusCode, Json<Value>), Error>;

const DONE: Done = Ok(StatusCode::NO_CONTENT);

fn made(id: &str) -> Made {
    Ok((StatusCode::CREATED, Json(json!({"id": id}))))
}

/// Routes under `/locations/{location}`.
pub(super) fn of_location() -> Router<Handle> {
    Router::new()
        .route("/details", patch(update_location))
        .route("/records/{family}", get(records).post(create))
        .route("/records/{family}/{id}", patch(update).delete(delete))
        .route("/users", post(create_user))
}

/// Routes beside the locations.
pub(super) fn of_company() -> Router<Handle> {
    Router::new()
        .route("/users/{user}", patch(update_user).delete(delete_user))
        .route("/company", patch(update_company))
        .route("/snapshots/{snapshot}", put(set_snapshot))
}

async fn records(State(handle): State<Handle>, Path((location, family)): Path<(String, Family)>) -> Result<Json<Value>, Error> {
    Ok(Json(json!(handle.records(&location, family)?)))
}

async fn create(State(handle): State<Handle>, Path((location, family)): Path<(String, Family)>, Body(fields): Body) -> Made {
    made(&handle.create_record(&location, family, Value::Object(fields))?)
}

async fn update(State(handle): State<Handle>, Path((location, family, id)): Path<(String, Family, String)>, Body(fields): Body) -> Done {
    handle.update_record(&location, family, &id, Value::Object(fields))?;
    DONE
}

async fn delete(State(handle): State<Handle>, Path((location, family, id)): Path<(String, Family, String)>) -> Done {
    handle.delete_record(&location, family, &id)?;
    DONE
}

async fn update_location(State(handle): State<Handle>, Path(location): Path<String>, Body(fields): Body) -> Done {
    handle.update_location(&location, Value::Object(fields))?;
    DONE
}

async fn create_user(State(handle): State<Handle>, Path(location): Path<String>, Body(fields): Body) -> Made {
    made(&handle.create_user(&location, Value::Object(fields))?)
}

async fn update_user(State(handle): State<Handle>, Path(user): Path<String>, Body(fields): Body) -> Done {
    handle.update_user(&user, Value::Object(fields))?;
    DONE
}

async fn delete_user(State(handle): State<Handle>, Path(user): Path<String>) -> Done {
    handle.delete_user(&user)?;
    DONE
}

async fn update_company(State(handle): State<Handle>, Body(fields): Body) -> Done {
    handle.update_company(Value::Object(fields))?;
    DONE
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Name {
    name: String,
}

async fn set_snapshot(State(handle): State<Handle>, Path(snapshot): Path<String>, Json(Name { name }): Json<Name>) -> Done {
    handle.set_snapshot(Named::new(snapshot, name))?;
    DONE
}
