//! `/associations`: kinds of links between records, and the links.
//!
//! The documents give the lists the shape of one row; here a list is an array of such rows.

use crate::highlevel::{
    admit::Caller,
    fields::{Field, Kind, check, must},
    given::{Asked, Given},
    location::Actor,
    problem::Problem,
    records::{Family, Record},
    reply::{Answer, Body, created, ok},
    service::World,
};
use axum::{
    Router,
    extract::{Path, Query},
    routing::{delete, get, post},
};
use serde_json::{Map, Value, json};
use std::{collections::HashMap, sync::Arc};

const LABELS: &[Field] = &[must("firstObjectLabel", Kind::Any), must("secondObjectLabel", Kind::Any)];
const CREATE: &[Field] = &[must("locationId", Kind::Text), must("key", Kind::Text), must("firstObjectKey", Kind::Any), must("secondObjectKey", Kind::Any)];
const RELATION: &[Field] =
    &[must("locationId", Kind::Text), must("associationId", Kind::Text), must("firstRecordId", Kind::Text), must("secondRecordId", Kind::Text)];

pub(super) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/associations/", get(list).post(create))
        .route("/associations/{association}", get(by_id).put(update).delete(remove))
        .route("/associations/key/{key}", get(by_key))
        .route("/associations/objectKey/{object}", get(by_object))
        .route("/associations/relations", post(relate))
        .route("/associations/relations/{id}", delete(unrelate).get(relations))
}

fn listed(rows: Vec<Value>) -> Answer {
    ok(Value::Array(rows))
}

/// `skip` and `limit`, both needed.
fn page(asked: &Asked) -> Result<(usize, usize), Problem> {
    asked.needed("skip")?;
    asked.needed("limit")?;
    Ok((asked.number("skip", 0, 0, usize::MAX)?, asked.number("limit", 1, 1, 1000)?))
}

/// Labels and keys are texts; the documents also declare them as objects.
fn labelled(given: &Map<String, Value>) -> Result<(), Problem> {
    let names = ["firstObjectLabel", "firstObjectKey", "secondObjectLabel", "secondObjectKey"];
    let is_wrong = |name: &&str| given.get(*name).is_some_and(|value| !value.is_object() && value.as_str().is_none_or(str::is_empty));
    let wrong: Vec<String> = names.into_iter().filter(is_wrong).map(|name| format!("{name} must be a string")).collect();
    if wrong.is_empty() { Ok(()) } else { Err(Problem::invalid_all(wrong)) }
}

async fn list(caller: Caller, Query(asked): Query<HashMap<String, String>>) -> Answer {
    let asked = Asked(asked);
    caller.must_be(asked.needed("locationId")?)?;
    let (skip, limit) = page(&asked)?;
    let shelf = caller.location.look();
    listed(shelf.records.all(Family::Association).skip(skip).take(limit).map(|association| association.shown()).collect())
}

async fn by_id(caller: Caller, Path(association): Path<String>) -> Answer {
    let shelf = caller.location.look();
    let found = shelf.records.by_id(Family::Association, &association).ok_or_else(|| Problem::not_found("Association"))?;
    ok(found.shown())
}

async fn by_key(caller: Caller, Path(key): Path<String>, Query(asked): Query<HashMap<String, String>>) -> Answer {
    caller.must_be(Asked(asked).needed("locationId")?)?;
    let shelf = caller.location.look();
    let found = shelf.records.all(Family::Association).find(|association| association.text("key") == key);
    ok(found.ok_or_else(|| Problem::not_found("Association"))?.shown())
}

async fn by_object(caller: Caller, Path(object): Path<String>, Query(asked): Query<HashMap<String, String>>) -> Answer {
    if let Some(location) = Asked(asked).text("locationId") {
        caller.must_be(location)?;
    }
    let is_it = |value: Option<&Value>| match value {
        Some(Value::Object(fields)) => fields.values().any(|value| value == object.as_str()),
        value => value.and_then(Value::as_str) == Some(&object),
    };
    let shelf = caller.location.look();
    let fitting = shelf
        .records
        .all(Family::Association)
        .filter(|association| ["firstObjectKey", "secondObjectKey"].iter().any(|name| is_it(association.fields.get(*name))));
    listed(fitting.map(|association| association.shown()).collect())
}

async fn create(caller: Caller, Body(given): Body) -> Answer {
    check(&given, &[CREATE, LABELS])?;
    labelled(&given)?;
    caller.must_be(Given(&given).needed("locationId")?)?;
    Given(&given).needed("key")?;
    created(caller.location.act(Actor::Api).create_record(Family::Association, given)?.shown())
}

async fn update(caller: Caller, Path(association): Path<String>, Body(given): Body) -> Answer {
    check(&given, &[LABELS])?;
    labelled(&given)?;
    ok(caller.location.act(Actor::Api).update_record(Family::Association, &association, given)?.shown())
}

async fn remove(caller: Caller, Path(association): Path<String>) -> Answer {
    caller.location.act(Actor::Api).delete_record(Family::Association, &association)?;
    ok(json!({"deleted": true, "id": association, "message": "The association was deleted."}))
}

async fn relate(caller: Caller, Body(given): Body) -> Answer {
    check(&given, &[RELATION])?;
    caller.must_be(Given(&given).needed("locationId")?)?;
    created(caller.location.act(Actor::Api).create_record(Family::Relation, given)?.shown())
}

/// The parameters as a list: `associationIds` may come several times.
async fn relations(caller: Caller, Path(record): Path<String>, Query(all): Query<Vec<(String, String)>>) -> Answer {
    let named = |(name, _): &&(String, String)| name.trim_end_matches("[]") == "associationIds";
    let wanted: Vec<String> = all.iter().filter(named).flat_map(|(_, value)| value.split(',')).map(|id| id.trim().to_owned()).collect();
    let asked = Asked(all.into_iter().collect());
    caller.must_be(asked.needed("locationId")?)?;
    let (skip, limit) = page(&asked)?;
    let has_it = |relation: &&Record| relation.text("firstRecordId") == record || relation.text("secondRecordId") == record;
    let is_wanted = |relation: &&Record| wanted.is_empty() || wanted.iter().any(|id| id == relation.text("associationId"));
    let shelf = caller.location.look();
    listed(shelf.records.all(Family::Relation).filter(has_it).filter(is_wanted).skip(skip).take(limit).map(|relation| relation.shown()).collect())
}

async fn unrelate(caller: Caller, Path(relation): Path<String>, Query(asked): Query<HashMap<String, String>>) -> Answer {
    caller.must_be(Asked(asked).needed("locationId")?)?;
    ok(caller.location.act(Actor::Api).delete_record(Family::Relation, &relation)?.shown())
}
