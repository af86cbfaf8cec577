//! `/workflows`, `/campaigns`, and contacts in them.

use super::contacts::succeeded;
use crate::highlevel::{
    admit::Caller,
    fields::{Field, Kind, check, may},
    given::Asked,
    location::Actor,
    problem::Problem,
    records::Family,
    reply::{Answer, Body, Reply, ok},
    service::World,
};
use axum::{
    Router,
    extract::{Path, Query},
    http::StatusCode,
    routing::{delete, get, post},
};
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc};

const START: &[Field] = &[may("eventStartTime", Kind::Text)];

pub(super) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/workflows/", get(workflows))
        .route("/campaigns/", get(campaigns))
        .route("/contacts/{contact}/workflow/{workflow}", post(add_to_workflow).delete(remove_from_workflow))
        .route("/contacts/{contact}/campaigns/{campaign}", post(add_to_campaign).delete(remove_from_campaign))
        .route("/contacts/{contact}/campaigns/removeAll", delete(remove_from_all))
        .route("/contacts/{contact}/campaigns/remove-all", delete(remove_from_all_v3))
}

async fn workflows(caller: Caller, Query(asked): Query<HashMap<String, String>>) -> Answer {
    caller.must_be(Asked(asked).needed("locationId")?)?;
    let shelf = caller.location.look();
    let rows: Vec<Value> = shelf.records.all(Family::Workflow).map(|workflow| workflow.shown()).collect();
    ok(json!({"workflows": rows}))
}

async fn campaigns(caller: Caller, Query(asked): Query<HashMap<String, String>>) -> Answer {
    let asked = Asked(asked);
    caller.must_be(asked.needed("locationId")?)?;
    let status = asked.text("status");
    let shelf = caller.location.look();
    let wanted = shelf.records.all(Family::Campaign).filter(|campaign| status.is_none_or(|status| campaign.text("status") == status));
    ok(json!({"campaigns": wanted.map(|campaign| campaign.shown()).collect::<Vec<_>>()}))
}

/// A moment with its offset, where one is given.
fn start(given: &serde_json::Map<String, Value>) -> Result<(), Problem> {
    check(given, &[START])?;
    match given.get("eventStartTime").and_then(Value::as_str) {
        Some(text) if text.parse::<jiff::Timestamp>().is_err() => Err(Problem::invalid("eventStartTime must be a valid ISO 8601 date string")),
        Some(_) | None => Ok(()),
    }
}

async fn add_to_workflow(caller: Caller, Path((contact, workflow)): Path<(String, String)>, Body(given): Body) -> Answer {
    start(&given)?;
    caller.location.act(Actor::Api).enrol(Family::Workflow, &contact, &workflow)?;
    succeeded(&caller)
}

async fn remove_from_workflow(caller: Caller, Path((contact, workflow)): Path<(String, String)>, Body(given): Body) -> Answer {
    start(&given)?;
    caller.location.act(Actor::Api).unenrol(Family::Workflow, &contact, Some(&workflow))?;
    succeeded(&caller)
}

async fn add_to_campaign(caller: Caller, Path((contact, campaign)): Path<(String, String)>) -> Answer {
    caller.location.act(Actor::Api).enrol(Family::Campaign, &contact, &campaign)?;
    succeeded(&caller).map(|Reply(_, body)| Reply(StatusCode::CREATED, body))
}

async fn remove_from_campaign(caller: Caller, Path((contact, campaign)): Path<(String, String)>) -> Answer {
    caller.location.act(Actor::Api).unenrol(Family::Campaign, &contact, Some(&campaign))?;
    succeeded(&caller)
}

async fn remove_from_all(caller: Caller, Path(contact): Path<String>) -> Answer {
    if caller.v3 {
        return Err(Problem::not_found("Path"));
    }
    caller.location.act(Actor::Api).unenrol(Family::Campaign, &contact, None)?;
    succeeded(&caller)
}

/// Known under v3 only.
async fn remove_from_all_v3(caller: Caller, Path(contact): Path<String>) -> Answer {
    if !caller.v3 {
        return Err(Problem::not_found("Path"));
    }
    caller.location.act(Actor::Api).unenrol(Family::Campaign, &contact, None)?;
    succeeded(&caller)
}
