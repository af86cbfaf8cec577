//! `/calendars/groups`.

use crate::highlevel::{
    admit::Caller,
    calendars::{Family, shapes},
    fields::check,
    given::{Asked, Given},
    location::Actor,
    reply::{Answer, Body, created, ok},
};
use axum::extract::{Path, Query};
use serde_json::{Value, json};
use std::collections::HashMap;

pub(super) async fn list(caller: Caller, Query(asked): Query<HashMap<String, String>>) -> Answer {
    caller.must_be(Asked(asked).needed("locationId")?)?;
    let shelf = caller.location.look();
    let groups: Vec<Value> = shelf.calendars.all(Family::Group).map(|group| group.shown()).collect();
    ok(json!({"groups": groups}))
}

pub(super) async fn create(caller: Caller, Body(given): Body) -> Answer {
    check(&given, &[shapes::GROUP, shapes::GROUP_CREATE])?;
    caller.must_be(Given(&given).needed("locationId")?)?;
    let group = caller.location.act(Actor::Api).create_group(given)?;
    created(json!({"group": group.shown()}))
}

pub(super) async fn update(caller: Caller, Path(group): Path<String>, Body(given): Body) -> Answer {
    check(&given, &[shapes::GROUP])?;
    let group = caller.location.act(Actor::Api).update_group(&group, given)?;
    ok(json!({"group": group.shown()}))
}

pub(super) async fn set_status(caller: Caller, Path(group): Path<String>, Body(given): Body) -> Answer {
    check(&given, &[shapes::GROUP_STATUS])?;
    caller.location.act(Actor::Api).remake(Family::Group, &group, given)?;
    ok(json!({"success": true}))
}

pub(super) async fn delete(caller: Caller, Path(group): Path<String>) -> Answer {
    caller.location.act(Actor::Api).delete_group(&group)?;
    ok(json!({"success": true}))
}

pub(super) async fn validate_slug(caller: Caller, Body(given): Body) -> Answer {
    check(&given, &[shapes::GROUP_SLUG])?;
    let fields = Given(&given);
    caller.must_be(fields.needed("locationId")?)?;
    let taken = caller.location.look().calendars.slug_is_taken(Family::Group, fields.text("slug").unwrap_or_default(), None);
    ok(json!({"available": !taken}))
}
