//! `/contacts/bulk`, `/contacts/business` and `/contacts/{id}/followers`.

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
    routing::{get, post},
};
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc};

const TAGS: &[Field] = &[must("contacts", Kind::Texts), must("tags", Kind::Texts), must("locationId", Kind::Text), may("removeAllTags", Kind::Bool)];
const BUSINESS: &[Field] = &[must("locationId", Kind::Text), must("ids", Kind::TextsUpTo(50)), must("businessId", Kind::Any)];
const FOLLOWERS: &[Field] = &[must("followers", Kind::Texts)];

pub(super) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/contacts/bulk/tags/update/{kind}", post(bulk_tags))
        .route("/contacts/bulk/business", post(bulk_business))
        .route("/contacts/business/{business}", get(of_business))
        .route("/contacts/{contact}/followers", post(follow).delete(unfollow))
}

/// Each contact is one change; those that aren't there are counted as errors.
async fn bulk_tags(caller: Caller, Path(kind): Path<String>, Body(given): Body) -> Answer {
    check(&given, &[TAGS])?;
    let fields = Given(&given);
    caller.must_be(fields.needed("locationId")?)?;
    if !["add", "remove"].contains(&kind.as_str()) {
        return Err(Problem::invalid("type must be one of the following values: add, remove"));
    }
    let all_go = kind == "remove" && given.get("removeAllTags") == Some(&Value::Bool(true));
    let (mut done, mut errors) = (Vec::new(), 0);
    let mut acting = caller.location.act(Actor::Api);
    for contact in fields.texts("contacts") {
        let tags = match acting.shelf.contact(&contact) {
            Some(known) if all_go => known.tags.clone(),
            Some(_) | None => fields.texts("tags"),
        };
        let changed = if kind == "add" { acting.add_tags(&contact, &tags) } else { acting.remove_tags(&contact, &tags) };
        match changed {
            Ok(_) => done.push(contact),
            Err(_) => errors += 1,
        }
    }
    let mut body = json!({"succeded": errors == 0, "errorCount": errors, "responses": done});
    if caller.v3 {
        body["succeeded"] = json!(errors == 0);
    }
    created(body)
}

async fn bulk_business(caller: Caller, Body(given): Body) -> Answer {
    check(&given, &[BUSINESS])?;
    let fields = Given(&given);
    caller.must_be(fields.needed("locationId")?)?;
    let business = match given.get("businessId") {
        Some(Value::String(id)) => Some(id.as_str()),
        Some(Value::Null) => None,
        _ => return Err(Problem::invalid("businessId must be a string")),
    };
    let ids = fields.texts("ids");
    let mut acting = caller.location.act(Actor::Api);
    if let Some(business) = business {
        acting.known_record(Family::Business, business)?;
    }
    // All or none.
    for id in &ids {
        acting.known_contact(id)?;
    }
    for id in &ids {
        acting.set_business(id, business)?;
    }
    ok(json!({"success": true, "ids": ids}))
}

async fn of_business(caller: Caller, Path(business): Path<String>, Query(asked): Query<HashMap<String, String>>) -> Answer {
    let asked = Asked(asked);
    caller.must_be(asked.needed("locationId")?)?;
    let (skip, limit) = (asked.number("skip", 0, 0, usize::MAX)?, asked.number("limit", 25, 1, 100)?);
    let words = asked.text("query").map(str::to_lowercase);
    let shelf = caller.location.look();
    shelf.records.by_id(Family::Business, &business).ok_or_else(|| Problem::not_found("Business"))?;
    let rows: Vec<Value> = shelf
        .contacts_in_order
        .values()
        .filter_map(|id| shelf.contact(id))
        .filter(|contact| contact.business.as_deref() == Some(&business))
        .filter(|contact| {
            words
                .as_ref()
                .is_none_or(|words| [&contact.name(), contact.text("email"), contact.text("phone")].iter().any(|text| text.to_lowercase().contains(words)))
        })
        .map(|contact| contact.by_id(&caller.location.id))
        .collect();
    let count = rows.len();
    ok(json!({"contacts": rows.into_iter().skip(skip).take(limit).collect::<Vec<_>>(), "count": count}))
}

async fn follow(caller: Caller, Path(contact): Path<String>, Body(given): Body) -> Answer {
    check(&given, &[FOLLOWERS])?;
    let (contact, added) = caller.location.act(Actor::Api).add_followers(&contact, &Given(&given).texts("followers"))?;
    created(json!({"followers": contact.followers, "followersAdded": added}))
}

async fn unfollow(caller: Caller, Path(contact): Path<String>, Body(given): Body) -> Answer {
    check(&given, &[FOLLOWERS])?;
    let (contact, removed) = caller.location.act(Actor::Api).remove_followers(&contact, &Given(&given).texts("followers"))?;
    ok(json!({"followers": contact.followers, "followersRemoved": removed}))
}
