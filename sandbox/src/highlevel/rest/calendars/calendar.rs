//! `/calendars/` itself.

use super::flag;
use crate::highlevel::{
    admit::Caller,
    calendars::{Calendars, Family, shapes},
    fields::check,
    given::{Asked, Given},
    location::Actor,
    reply::{Answer, Body, ok},
};
use axum::extract::{Path, Query};
use serde_json::{Value, json};
use std::collections::HashMap;

pub(super) async fn list(caller: Caller, Query(asked): Query<HashMap<String, String>>) -> Answer {
    let asked = Asked(asked);
    caller.must_be(asked.needed("locationId")?)?;
    let group = asked.text("groupId");
    let drafts = flag(&asked, "showDrafted")?.unwrap_or(true);
    let shelf = caller.location.look();
    let wanted = shelf.calendars.all(Family::Calendar).filter(|one| group.is_none_or(|group| one.text("groupId") == group) && (drafts || one.is("isActive")));
    let calendars: Vec<Value> = wanted.map(|calendar| Calendars::shown(calendar, &caller.location.id)).collect();
    ok(json!({"calendars": calendars}))
}

/// Answers 200, not 201.
pub(super) async fn create(caller: Caller, Body(given): Body) -> Answer {
    check(&given, &shapes::calendar_create(caller.v3))?;
    caller.must_be(Given(&given).needed("locationId")?)?;
    let calendar = caller.location.act(Actor::Api).create_calendar(given)?;
    ok(json!({"calendar": Calendars::shown(&calendar, &caller.location.id)}))
}

pub(super) async fn by_id(caller: Caller, Path(calendar): Path<String>) -> Answer {
    let shelf = caller.location.look();
    let calendar = shelf.calendars.known(Family::Calendar, &calendar)?;
    ok(json!({"calendar": Calendars::shown(calendar, &caller.location.id)}))
}

pub(super) async fn update(caller: Caller, Path(calendar): Path<String>, Body(given): Body) -> Answer {
    check(&given, &shapes::calendar_update(caller.v3))?;
    let calendar = caller.location.act(Actor::Api).update_calendar(&calendar, given)?;
    ok(json!({"calendar": Calendars::shown(&calendar, &caller.location.id)}))
}

pub(super) async fn delete(caller: Caller, Path(calendar): Path<String>) -> Answer {
    caller.location.act(Actor::Api).delete_calendar(&calendar)?;
    ok(json!({"success": true}))
}
