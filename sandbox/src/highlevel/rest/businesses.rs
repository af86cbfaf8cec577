//! `/businesses`. The answers' `buiseness` is the vendor's spelling.

use crate::highlevel::{
    admit::Caller,
    fields::{Field, Kind, check, may, must},
    given::{Asked, Given},
    location::Actor,
    problem::Problem,
    records::Family,
    reply::{Answer, Body, created, ok},
    service::World,
};
use axum::{
    Router,
    extract::{Path, Query},
    routing::get,
};
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc};

const COMMON: &[Field] = &[
    may("phone", Kind::Text),
    may("email", Kind::Text),
    may("website", Kind::Text),
    may("address", Kind::Text),
    may("city", Kind::Text),
    may("postalCode", Kind::Text),
    may("state", Kind::Text),
    may("country", Kind::Text),
    may("description", Kind::Text),
];
const CREATE: &[Field] = &[must("name", Kind::Text), must("locationId", Kind::Text)];
const UPDATE: &[Field] = &[may("name", Kind::Text)];

pub(super) fn routes() -> Router<Arc<World>> {
    Router::new().route("/businesses/", get(list).post(create)).route("/businesses/{business}", get(by_id).put(update).delete(delete))
}

async fn list(caller: Caller, Query(asked): Query<HashMap<String, String>>) -> Answer {
    let asked = Asked(asked);
    caller.must_be(asked.needed("locationId")?)?;
    let (skip, limit) = (asked.number("skip", 0, 0, usize::MAX)?, asked.number("limit", 100, 1, 100)?);
    let shelf = caller.location.look();
    let rows: Vec<Value> = shelf.records.all(Family::Business).skip(skip).take(limit).map(|business| business.shown()).collect();
    ok(json!({"businesses": rows}))
}

async fn by_id(caller: Caller, Path(business): Path<String>) -> Answer {
    let shelf = caller.location.look();
    let found = shelf.records.by_id(Family::Business, &business).ok_or_else(|| Problem::not_found("Business"))?;
    ok(json!({"business": found.shown()}))
}

async fn create(caller: Caller, Body(given): Body) -> Answer {
    check(&given, &[CREATE, COMMON])?;
    caller.must_be(Given(&given).needed("locationId")?)?;
    Given(&given).needed("name")?;
    let business = caller.location.act(Actor::Api).create_record(Family::Business, given)?;
    created(json!({"success": true, "buiseness": business.shown()}))
}

async fn update(caller: Caller, Path(business): Path<String>, Body(given): Body) -> Answer {
    check(&given, &[UPDATE, COMMON])?;
    let business = caller.location.act(Actor::Api).update_record(Family::Business, &business, given)?;
    ok(json!({"success": true, "buiseness": business.shown()}))
}

async fn delete(caller: Caller, Path(business): Path<String>) -> Answer {
    caller.location.act(Actor::Api).delete_record(Family::Business, &business)?;
    ok(json!({"success": true}))
}
