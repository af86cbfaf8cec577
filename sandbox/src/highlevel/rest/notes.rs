//! `/contacts/{id}/notes`.

use super::contacts::succeeded;
use crate::highlevel::{
    admit::Caller,
    given::Given,
    location::Actor,
    problem::Problem,
    reply::{Answer, Body, created, ok},
    simple::Sort,
};
use axum::extract::Path;
use serde_json::{Value, json};

const FIELDS: &[&str] = &["userId", "body", "title", "color", "pinned"];

pub(super) async fn list(caller: Caller, Path(contact): Path<String>) -> Answer {
    let shelf = caller.location.look();
    shelf.contact(&contact).ok_or_else(|| Problem::not_found("Contact"))?;
    let notes: Vec<Value> = shelf.simple_of(Sort::Note, &contact).into_iter().map(|note| note.shown()).collect();
    ok(json!({"notes": notes}))
}

pub(super) async fn create(caller: Caller, Path(contact): Path<String>, Body(given): Body) -> Answer {
    Given(&given).only(FIELDS)?;
    Given(&given).needed("body")?;
    let note = caller.location.act(Actor::Api).create_simple(Sort::Note, Some(&contact), given)?;
    created(json!({"note": note.shown()}))
}

pub(super) async fn by_id(caller: Caller, Path((contact, id)): Path<(String, String)>) -> Answer {
    let shelf = caller.location.look();
    let note = shelf.simple_by_id(Sort::Note, Some(&contact), &id).ok_or_else(|| Problem::not_found("Note"))?;
    ok(json!({"note": note.shown()}))
}

pub(super) async fn update(caller: Caller, Path((contact, id)): Path<(String, String)>, Body(given): Body) -> Answer {
    Given(&given).only(FIELDS)?;
    let note = caller.location.act(Actor::Api).update_simple(Sort::Note, Some(&contact), &id, given)?;
    ok(json!({"note": note.shown()}))
}

pub(super) async fn delete(caller: Caller, Path((contact, id)): Path<(String, String)>) -> Answer {
    caller.location.act(Actor::Api).delete_simple(Sort::Note, Some(&contact), &id)?;
    succeeded(&caller)
}
