//! `/calendars/appointments/{id}/notes`.

use crate::highlevel::{
    admit::Caller,
    calendars::{Family, shapes},
    fields::check,
    given::Asked,
    location::Actor,
    problem::Problem,
    reply::{Answer, Body, created, ok},
    simple::Sort,
};
use axum::extract::{Path, Query};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Oldest first; `limit`, at most 20, and `offset` must be there.
pub(super) async fn list(caller: Caller, Path(appointment): Path<String>, Query(asked): Query<HashMap<String, String>>) -> Answer {
    let asked = Asked(asked);
    for name in ["limit", "offset"] {
        asked.needed(name)?;
    }
    let (limit, offset) = (asked.number("limit", 20, 0, 20)?, asked.number("offset", 0, 0, usize::MAX)?);
    let shelf = caller.location.look();
    shelf.simple_by_id(Sort::Appointment, None, &appointment).ok_or_else(|| Problem::not_found("Appointment"))?;
    let all: Vec<_> = shelf.calendars.all(Family::Note).filter(|note| note.is_of(&appointment)).collect();
    let notes: Vec<Value> = all.iter().skip(offset).take(limit).map(|note| note.shown()).collect();
    ok(json!({"notes": notes, "hasMore": offset.saturating_add(notes.len()) < all.len()}))
}

pub(super) async fn create(caller: Caller, Path(appointment): Path<String>, Body(given): Body) -> Answer {
    check(&given, &[shapes::NOTE])?;
    let note = caller.location.act(Actor::Api).create_appointment_note(&appointment, given)?;
    created(json!({"note": note.shown()}))
}

pub(super) async fn update(caller: Caller, Path((appointment, id)): Path<(String, String)>, Body(given): Body) -> Answer {
    check(&given, &[shapes::NOTE])?;
    let note = caller.location.act(Actor::Api).update_appointment_note(&appointment, &id, given)?;
    ok(json!({"note": note.shown()}))
}

pub(super) async fn delete(caller: Caller, Path((appointment, id)): Path<(String, String)>) -> Answer {
    let mut acting = caller.location.act(Actor::Api);
    acting.shelf.calendars.known_of(Family::Note, &appointment, &id)?;
    acting.unmake(Family::Note, &id)?;
    ok(json!({"success": true}))
}
