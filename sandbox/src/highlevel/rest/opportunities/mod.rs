//! `/opportunities`.

mod search;

use crate::highlevel::{
    admit::Caller,
    fields::{Field, Kind, check, may, must},
    given::{Asked, Given},
    location::Actor,
    opportunities::{Followers, STATES, Upsert},
    problem::Problem,
    records::Family,
    reply::{Answer, Body, created, ok},
    service::World,
    simple::Sort,
};
use axum::{
    Router,
    extract::{Path, Query},
    routing::{get, post, put},
};
use serde_json::{Map, Value, json};
use std::{collections::HashMap, sync::Arc};

const CUSTOM: &[Field] = &[may("id", Kind::Text), may("key", Kind::Text), may("field_value", Kind::Any), may("fieldValue", Kind::Any)];
const COMMON: &[Field] =
    &[may("pipelineStageId", Kind::Text), may("monetaryValue", Kind::Number), may("assignedTo", Kind::Text), may("customFields", Kind::Objects(CUSTOM))];
const FORECAST: &[Field] = &[may("forecastExpectedCloseDate", Kind::Text), may("forecastProbability", Kind::Number)];
const CREATE: &[Field] = &[
    must("pipelineId", Kind::Text),
    must("locationId", Kind::Text),
    must("name", Kind::Text),
    must("status", Kind::Word(STATES)),
    must("contactId", Kind::Text),
];
const UPDATE: &[Field] = &[may("pipelineId", Kind::Text), may("name", Kind::Text), may("status", Kind::Word(STATES))];
const STATUS: &[Field] = &[must("status", Kind::Word(STATES)), may("lostReasonId", Kind::Text)];
const UPSERT: &[Field] = &[
    may("id", Kind::Text),
    may("contactId", Kind::Text),
    must("pipelineId", Kind::Text),
    must("locationId", Kind::Text),
    must("followers", Kind::Texts),
    must("isRemoveAllFollowers", Kind::Bool),
    must("followersActionType", Kind::Word(&["add", "remove"])),
    may("name", Kind::Text),
    may("status", Kind::Word(STATES)),
    may("pipelineStageId", Kind::Text),
    // Declared as an object, shown as a number.
    may("monetaryValue", Kind::Any),
    may("assignedTo", Kind::Text),
    may("lostReasonId", Kind::Text),
];
const FOLLOWERS: &[Field] = &[must("followers", Kind::Texts)];

pub(super) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/opportunities/", post(create))
        .route("/opportunities/search", get(search::search))
        .route("/opportunities/pipelines", get(pipelines))
        .route("/opportunities/upsert", post(upsert))
        .route("/opportunities/{id}", get(by_id).put(update).delete(delete))
        .route("/opportunities/{id}/status", put(set_status))
        .route("/opportunities/{id}/followers", post(follow).delete(unfollow))
}

/// The forecast is known to v3 only.
fn forecast(caller: &Caller) -> &'static [Field] {
    if caller.v3 { FORECAST } else { &[] }
}

fn shown(caller: &Caller, id: &str) -> Result<Value, Problem> {
    let shelf = caller.location.look();
    let opportunity = shelf.simple_by_id(Sort::Opportunity, None, id).ok_or_else(|| Problem::not_found("Opportunity"))?;
    Ok(opportunity.as_opportunity(&shelf, &caller.location.id))
}

/// `succeded`, and in v3 `success` beside it.
fn succeeded(caller: &Caller) -> Answer {
    ok(if caller.v3 { json!({"succeded": true, "success": true}) } else { json!({"succeded": true}) })
}

async fn pipelines(caller: Caller, Query(asked): Query<HashMap<String, String>>) -> Answer {
    caller.must_be(Asked(asked).needed("locationId")?)?;
    let shelf = caller.location.look();
    let pipelines: Vec<Value> = shelf.records.all(Family::Pipeline).map(|pipeline| pipeline.shown()).collect();
    ok(json!({"pipelines": pipelines}))
}

async fn by_id(caller: Caller, Path(id): Path<String>) -> Answer {
    ok(json!({"opportunity": shown(&caller, &id)?}))
}

async fn create(caller: Caller, Body(mut given): Body) -> Answer {
    check(&given, &[CREATE, COMMON, forecast(&caller)])?;
    caller.must_be(Given(&given).needed("locationId")?)?;
    let contact = Given(&given).needed("contactId")?.to_owned();
    given.remove("locationId");
    let id = {
        let mut acting = caller.location.act(Actor::Api);
        acting.known_contact(&contact)?;
        acting.check_opportunity(&given, Some(&contact), true)?;
        acting.create_opportunity(Some(&contact), given)?.id
    };
    created(json!({"opportunity": shown(&caller, &id)?}))
}

async fn update(caller: Caller, Path(id): Path<String>, Body(given): Body) -> Answer {
    check(&given, &[UPDATE, COMMON, forecast(&caller)])?;
    {
        let mut acting = caller.location.act(Actor::Api);
        acting.check_opportunity(&given, None, false)?;
        acting.update_opportunity(&id, given)?;
    }
    ok(json!({"opportunity": shown(&caller, &id)?}))
}

async fn delete(caller: Caller, Path(id): Path<String>) -> Answer {
    caller.location.act(Actor::Api).delete_simple(Sort::Opportunity, None, &id)?;
    succeeded(&caller)
}

async fn set_status(caller: Caller, Path(id): Path<String>, Body(given): Body) -> Answer {
    check(&given, &[STATUS])?;
    caller.location.act(Actor::Api).update_opportunity(&id, given)?;
    succeeded(&caller)
}

async fn upsert(caller: Caller, Body(given): Body) -> Answer {
    check(&given, &[UPSERT, forecast(&caller)])?;
    let fields = Given(&given);
    caller.must_be(fields.needed("locationId")?)?;
    let followers = match (given.get("isRemoveAllFollowers"), fields.text("followersActionType")) {
        (Some(Value::Bool(true)), _) => Followers::Clear,
        (_, Some("remove")) => Followers::Remove(fields.texts("followers")),
        _ => Followers::Add(fields.texts("followers")),
    };
    let beside = ["id", "contactId", "pipelineId", "locationId", "followers", "isRemoveAllFollowers", "followersActionType"];
    let kept = |(name, value): &(&String, &Value)| !beside.contains(&name.as_str()) && (*name != "monetaryValue" || value.is_number());
    let upsert = Upsert {
        id: fields.owned("id"),
        contact: fields.owned("contactId"),
        pipeline: fields.needed("pipelineId")?.to_owned(),
        fields: given.iter().filter(kept).map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>(),
        followers,
    };
    let done = caller.location.act(Actor::Api).upsert_opportunity(upsert)?;
    ok(json!({"opportunity": shown(&caller, &done.opportunity.id)?, "new": done.new}))
}

async fn follow(caller: Caller, Path(id): Path<String>, Body(given): Body) -> Answer {
    check(&given, &[FOLLOWERS])?;
    let (all, added) = caller.location.act(Actor::Api).follow_opportunity(&id, &Given(&given).texts("followers"))?;
    created(json!({"followers": all, "followersAdded": added}))
}

async fn unfollow(caller: Caller, Path(id): Path<String>, Query(asked): Query<HashMap<String, String>>, Body(given): Body) -> Answer {
    let all_go = Asked(asked).text("isRemoveAllFollowers") == Some("true");
    if !(all_go && given.is_empty()) {
        check(&given, &[FOLLOWERS])?;
    }
    let users = Given(&given).texts("followers");
    let (all, removed) = caller.location.act(Actor::Api).unfollow_opportunity(&id, (!all_go).then_some(&users))?;
    ok(json!({"followers": all, "followersRemoved": removed}))
}
