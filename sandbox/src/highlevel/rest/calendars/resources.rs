//! `/calendars/resources/{equipments|rooms}`.

use crate::highlevel::{
    admit::Caller,
    calendars::{Family, resource_kind, shapes},
    fields::check,
    given::{Asked, Given},
    location::Actor,
    reply::{Answer, Body, created, ok},
};
use axum::extract::{Path, Query};
use serde_json::json;
use std::collections::HashMap;

/// `limit` and `skip` must be there.
pub(super) async fn list(caller: Caller, Path(kind): Path<String>, Query(asked): Query<HashMap<String, String>>) -> Answer {
    let (kind, asked) = (resource_kind(&kind)?, Asked(asked));
    caller.must_be(asked.needed("locationId")?)?;
    for name in ["limit", "skip"] {
        asked.needed(name)?;
    }
    let (limit, skip) = (asked.number("limit", 0, 0, usize::MAX)?, asked.number("skip", 0, 0, usize::MAX)?);
    let shelf = caller.location.look();
    ok(shelf.calendars.all(Family::Resource).filter(|one| one.is_of(kind)).skip(skip).take(limit).map(|one| one.shown()).collect())
}

pub(super) async fn create(caller: Caller, Path(kind): Path<String>, Body(given): Body) -> Answer {
    check(&given, &[shapes::RESOURCE_CREATE])?;
    caller.must_be(Given(&given).needed("locationId")?)?;
    let resource = caller.location.act(Actor::Api).create_resource(&kind, given)?;
    created(resource.shown())
}

pub(super) async fn by_id(caller: Caller, Path((kind, id)): Path<(String, String)>) -> Answer {
    let shelf = caller.location.look();
    ok(shelf.calendars.known_of(Family::Resource, resource_kind(&kind)?, &id)?.shown())
}

pub(super) async fn update(caller: Caller, Path((kind, id)): Path<(String, String)>, Body(given): Body) -> Answer {
    resource_kind(&kind)?;
    check(&given, &[shapes::RESOURCE_UPDATE])?;
    if let Some(location) = Given(&given).text("locationId") {
        caller.must_be(location)?;
    }
    ok(caller.location.act(Actor::Api).update_resource(&kind, &id, given)?.shown())
}

pub(super) async fn delete(caller: Caller, Path((kind, id)): Path<(String, String)>) -> Answer {
    let mut acting = caller.location.act(Actor::Api);
    acting.shelf.calendars.known_of(Family::Resource, resource_kind(&kind)?, &id)?;
    acting.unmake(Family::Resource, &id)?;
    ok(json!({"success": true}))
}
