//! `/calendars`.

mod calendar;
mod events;
mod groups;
mod notes;
mod notifications;
mod resources;
mod slots;

use crate::highlevel::{given::Asked, problem::Problem, service::World};
use axum::{
    Router,
    routing::{delete, get, post, put},
};
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/calendars/", get(calendar::list).post(calendar::create))
        .route("/calendars/{calendar}", get(calendar::by_id).put(calendar::update).delete(calendar::delete))
        .route("/calendars/{calendar}/free-slots", get(slots::free))
        .route("/calendars/{calendar}/notifications", get(notifications::list).post(notifications::create))
        .route("/calendars/{calendar}/notifications/{id}", get(notifications::by_id).put(notifications::update).delete(notifications::delete))
        .route("/calendars/groups", get(groups::list).post(groups::create))
        .route("/calendars/groups/validate-slug", post(groups::validate_slug))
        .route("/calendars/groups/{group}", put(groups::update).delete(groups::delete))
        .route("/calendars/groups/{group}/status", put(groups::set_status))
        .route("/calendars/events", get(events::list))
        .route("/calendars/blocked-slots", get(events::blocked))
        .route("/calendars/events/{event}", delete(events::delete))
        .route("/calendars/events/appointments", post(events::create))
        .route("/calendars/events/appointments/{event}", get(events::by_id).put(events::update))
        .route("/calendars/events/block-slots", post(events::block))
        .route("/calendars/events/block-slots/{event}", put(events::update_block))
        .route("/calendars/appointments/{appointment}/notes", get(notes::list).post(notes::create))
        .route("/calendars/appointments/{appointment}/notes/{id}", put(notes::update).delete(notes::delete))
        .route("/calendars/resources/{kind}", get(resources::list).post(resources::create))
        .route("/calendars/resources/{kind}/{id}", get(resources::by_id).put(resources::update).delete(resources::delete))
}

/// `true`, `false`, or absent.
fn flag(asked: &Asked, name: &str) -> Result<Option<bool>, Problem> {
    match asked.text(name) {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(Problem::invalid(format!("{name} must be a boolean value"))),
    }
}

/// A moment that must be there, in milliseconds of this millennium or the last century.
fn millis(asked: &Asked, name: &str) -> Result<i64, Problem> {
    let number = asked.needed(name)?.parse::<f64>().ok().filter(|ms| (0.0..=1e14).contains(ms));
    number.map(|ms| ms as i64).ok_or_else(|| Problem::invalid(format!("{name} must be a number of milliseconds")))
}
