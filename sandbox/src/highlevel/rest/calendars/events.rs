//! Appointments and blocked slots: `/calendars/events`, `/calendars/blocked-slots`.

use super::millis;
use crate::highlevel::{
    admit::Caller,
    calendars::{Family, answered, shapes, starts_at},
    fields::check,
    given::{Asked, Given},
    location::Actor,
    problem::Problem,
    reply::{Answer, Body, Reply, ok},
    simple::Sort,
    state::Simple,
};
use axum::{
    extract::{Path, Query},
    http::StatusCode,
};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// Which events are asked for: those that begin within a time, of one owner.
struct Window {
    from: i64,
    to: i64,
    owners: Vec<(&'static str, String)>,
}

impl Window {
    fn read(caller: &Caller, asked: &Asked) -> Result<Self, Problem> {
        caller.must_be(asked.needed("locationId")?)?;
        let (from, to) = (millis(asked, "startTime")?, millis(asked, "endTime")?);
        let owners = [("assignedUserId", "userId"), ("calendarId", "calendarId"), ("groupId", "groupId")];
        let owners: Vec<_> = owners.into_iter().filter_map(|(field, name)| Some((field, asked.text(name)?.to_owned()))).collect();
        if owners.is_empty() {
            return Err(Problem::invalid("either userId, calendarId or groupId is required"));
        }
        Ok(Self { from, to, owners })
    }

    fn holds(&self, fields: &Map<String, Value>) -> bool {
        let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
        starts_at(fields).is_some_and(|at| (self.from..=self.to).contains(&at)) && self.owners.iter().all(|(field, owner)| text(field) == owner)
    }
}

/// An appointment among events; v3 says that it is not deleted.
fn event(appointment: &Simple, v3: bool) -> Value {
    let mut shown = appointment.shown();
    if v3 {
        shown["deleted"] = json!(false);
    }
    shown
}

fn sorted(mut events: Vec<Value>) -> Answer {
    events.sort_by_key(|event| event.as_object().and_then(starts_at));
    ok(json!({"events": events}))
}

pub(super) async fn list(caller: Caller, Query(asked): Query<HashMap<String, String>>) -> Answer {
    let window = Window::read(&caller, &Asked(asked))?;
    let shelf = caller.location.look();
    sorted(shelf.simple(Sort::Appointment).values().filter(|one| window.holds(&one.fields)).map(|one| event(one, caller.v3)).collect())
}

pub(super) async fn blocked(caller: Caller, Query(asked): Query<HashMap<String, String>>) -> Answer {
    let window = Window::read(&caller, &Asked(asked))?;
    let shelf = caller.location.look();
    sorted(shelf.calendars.all(Family::Block).filter(|one| window.holds(&one.fields)).map(|one| one.as_event()).collect())
}

pub(super) async fn by_id(caller: Caller, Path(id): Path<String>) -> Answer {
    let shelf = caller.location.look();
    let appointment = shelf.simple_by_id(Sort::Appointment, None, &id).ok_or_else(|| Problem::not_found("Appointment"))?;
    ok(json!({"event": event(appointment, caller.v3)}))
}

/// Answers 200, not 201.
pub(super) async fn create(caller: Caller, Body(given): Body) -> Answer {
    check(&given, &shapes::appointment_create(caller.v3))?;
    caller.must_be(Given(&given).needed("locationId")?)?;
    let appointment = caller.location.act(Actor::Api).book(given)?;
    ok(answered(&appointment, caller.v3))
}

pub(super) async fn update(caller: Caller, Path(id): Path<String>, Body(given): Body) -> Answer {
    check(&given, &shapes::appointment_update(caller.v3))?;
    let appointment = caller.location.act(Actor::Api).rebook(&id, given)?;
    ok(answered(&appointment, caller.v3))
}

/// Deletes an appointment or a blocked slot.
pub(super) async fn delete(caller: Caller, Path(id): Path<String>) -> Answer {
    let mut acting = caller.location.act(Actor::Api);
    if acting.shelf.calendars.get(Family::Block, &id).is_some() {
        acting.unmake(Family::Block, &id)?;
    } else if acting.shelf.simple_by_id(Sort::Appointment, None, &id).is_some() {
        acting.delete_simple(Sort::Appointment, None, &id)?;
    } else {
        return Err(Problem::not_found("Event"));
    }
    Ok(Reply(StatusCode::CREATED, json!({"succeeded": true})))
}

pub(super) async fn block(caller: Caller, Body(given): Body) -> Answer {
    check(&given, &[shapes::BLOCK])?;
    caller.must_be(Given(&given).needed("locationId")?)?;
    let mut acting = caller.location.act(Actor::Api);
    let fields = acting.checked_block(given, None)?;
    let block = acting.make(Family::Block, None, fields);
    Ok(Reply(StatusCode::CREATED, block.as_block()))
}

/// Answers 201, as making one does.
pub(super) async fn update_block(caller: Caller, Path(id): Path<String>, Body(given): Body) -> Answer {
    check(&given, &[shapes::BLOCK])?;
    caller.must_be(Given(&given).needed("locationId")?)?;
    let mut acting = caller.location.act(Actor::Api);
    let before = acting.shelf.calendars.known(Family::Block, &id)?.clone();
    let fields = acting.checked_block(given, Some(&before))?;
    let block = acting.remake(Family::Block, &id, fields)?;
    Ok(Reply(StatusCode::CREATED, block.as_block()))
}
