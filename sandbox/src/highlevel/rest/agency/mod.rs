//! What agencies may call too, or alone: users, locations, the company, its snapshots.

mod locations;
mod users;

use crate::highlevel::{
    admit::{self, Caller, Guest},
    given::Asked,
    problem::Problem,
    records::Family,
    reply::{Answer, ok},
    service::World,
};
use axum::{
    Router,
    extract::{Path, Query, State},
    middleware,
    routing::{get, post},
};
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc};

/// Routes with doors of their own.
pub(super) fn routes(world: &Arc<World>) -> Router<Arc<World>> {
    let of_company = Router::new()
        .route("/users/search/filter-by-email", post(users::by_email))
        .route("/locations/", post(locations::create))
        .route("/companies/{company}", get(company))
        .route("/snapshots/", get(snapshots))
        .layer(middleware::from_fn_with_state(Arc::clone(world), admit::admit_company));
    Router::new()
        .route("/users/", get(users::of_location).post(users::create))
        .route("/users/search", get(users::search))
        .route("/users/{user}", get(users::by_id).put(users::update).delete(users::delete))
        .route("/locations/search", get(locations::search))
        .route("/locations/{location}", get(locations::by_id))
        .layer(middleware::from_fn_with_state(Arc::clone(world), admit::admit_either))
        .merge(of_company)
}

/// The company named in a call must be the one that everything here belongs to.
fn must_be_ours(world: &World, company: &str) -> Result<(), Problem> {
    if company == world.company.id { Ok(()) } else { Err(Problem::forbidden("The token does not have access to this company.")) }
}

async fn company(_: Guest, State(world): State<Arc<World>>, Path(company): Path<String>) -> Answer {
    must_be_ours(&world, &company)?;
    let mut details = world.company.look().details.clone();
    details.insert("locationCount".to_owned(), json!(world.all_details().len()));
    ok(json!({"company": details}))
}

async fn snapshots(_: Guest, State(world): State<Arc<World>>, Query(asked): Query<HashMap<String, String>>) -> Answer {
    must_be_ours(&world, Asked(asked).needed("companyId")?)?;
    let shelf = world.company.look();
    let rows: Vec<Value> = shelf.snapshots.iter().map(|snapshot| json!({"id": snapshot.id, "name": snapshot.name, "type": "own"})).collect();
    ok(json!({"snapshots": rows}))
}

/// `GET /locations/{id}/customFields`, which only the location's own token opens. Without a model:
/// those of contacts.
pub(super) async fn custom_fields(caller: Caller, Path(location): Path<String>, Query(asked): Query<HashMap<String, String>>) -> Answer {
    caller.must_be(&location)?;
    let asked = Asked(asked);
    let model = asked.text("model").unwrap_or("contact");
    if !["contact", "opportunity", "all"].contains(&model) {
        return Err(Problem::invalid("model must be one of the following values: contact, opportunity, all"));
    }
    let shelf = caller.location.look();
    let rows = shelf.records.all(Family::CustomField).filter(|field| model == "all" || field.text("model") == model);
    ok(json!({"customFields": rows.map(|field| field.shown()).collect::<Vec<_>>()}))
}
