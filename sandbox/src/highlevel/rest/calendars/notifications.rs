//! `/calendars/{id}/notifications`.

use super::flag;
use crate::highlevel::{
    admit::Caller,
    calendars::{Family, shapes},
    fields::check,
    given::Asked,
    location::Actor,
    problem::Problem,
    reply::{Answer, Body, ok},
};
use axum::{
    body::Bytes,
    extract::{Path, Query},
};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// Deleted ones only when asked for.
pub(super) async fn list(caller: Caller, Path(calendar): Path<String>, Query(asked): Query<HashMap<String, String>>) -> Answer {
    let asked = Asked(asked);
    let (active, deleted) = (flag(&asked, "isActive")?, flag(&asked, "deleted")?.unwrap_or(false));
    let (limit, skip) = (asked.number("limit", 100, 0, usize::MAX)?, asked.number("skip", 0, 0, usize::MAX)?);
    let shelf = caller.location.look();
    shelf.calendars.known(Family::Calendar, &calendar)?;
    let all = shelf.calendars.all(Family::Notification).filter(|one| one.is_of(&calendar) && one.is("deleted") == deleted);
    let wanted = all.filter(|one| active.is_none_or(|active| one.is("isActive") == active));
    ok(wanted.skip(skip).take(limit).map(|one| one.shown()).collect())
}

/// One or several, in a list: all are made, or none. Answers 200, not 201.
pub(super) async fn create(caller: Caller, Path(calendar): Path<String>, body: Bytes) -> Answer {
    let given: Value = serde_json::from_slice(&body).map_err(|_| Problem::bad_request("the body is not JSON"))?;
    let Value::Array(given) = given else { return Err(Problem::bad_request("the body must be a JSON array")) };
    let given = given.into_iter().map(checked).collect::<Result<Vec<_>, _>>()?;
    let mut acting = caller.location.act(Actor::Api);
    acting.shelf.calendars.known(Family::Calendar, &calendar)?;
    let made = given.into_iter().map(|one| Ok(acting.create_notification(&calendar, one)?.shown())).collect::<Result<Value, Problem>>()?;
    ok(made)
}

fn checked(given: Value) -> Result<Map<String, Value>, Problem> {
    let Value::Object(given) = given else { return Err(Problem::bad_request("each notification must be a JSON object")) };
    check(&given, shapes::NOTIFICATION_CREATE)?;
    Ok(given)
}

pub(super) async fn by_id(caller: Caller, Path((calendar, id)): Path<(String, String)>) -> Answer {
    let shelf = caller.location.look();
    let found = shelf.calendars.known_of(Family::Notification, &calendar, &id)?;
    if found.is("deleted") { Err(Problem::not_found("Notification")) } else { ok(found.shown()) }
}

pub(super) async fn update(caller: Caller, Path((calendar, id)): Path<(String, String)>, Body(given): Body) -> Answer {
    check(&given, shapes::NOTIFICATION_UPDATE)?;
    let mut acting = caller.location.act(Actor::Api);
    acting.shelf.calendars.known_of(Family::Notification, &calendar, &id)?;
    acting.remake(Family::Notification, &id, given)?;
    ok(json!({"message": "Notification updated"}))
}

pub(super) async fn delete(caller: Caller, Path((calendar, id)): Path<(String, String)>) -> Answer {
    let mut acting = caller.location.act(Actor::Api);
    acting.shelf.calendars.known_of(Family::Notification, &calendar, &id)?;
    acting.hide_notification(&id)?;
    ok(json!({"message": "Notification deleted"}))
}
