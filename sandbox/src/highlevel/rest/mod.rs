//! The API's routes: each handler reads what was given, lets the location act, and shows the result.

mod agency;
mod associations;
mod automation;
mod blogs;
mod businesses;
mod calendars;
mod calls;
mod contacts;
mod conversations;
mod export;
mod inbound;
mod membership;
mod messages;
mod notes;
mod oauth;
mod opportunities;
mod send;
mod tasks;

use super::{admit, faulty, problem::Problem, service::World};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{delete, get, post, put},
};
use std::sync::Arc;

/// Bodies above this are refused.
const BODY_BYTES: usize = 4 << 20;

pub(super) fn router(world: &Arc<World>) -> Router {
    let of_location = Router::new()
        .merge(contact_routes())
        .merge(conversation_routes())
        .merge(calendars::routes())
        .merge(opportunities::routes())
        .merge(businesses::routes())
        .merge(automation::routes())
        .merge(membership::routes())
        .merge(associations::routes())
        .merge(blogs::routes())
        .route("/locations/{location}/customFields", get(agency::custom_fields))
        .route("/locations/{location}/tasks/search", post(tasks::search))
        .layer(middleware::from_fn_with_state(Arc::clone(world), admit::admit));
    Router::new()
        .merge(of_location)
        .merge(agency::routes(world))
        .route("/oauth/token", post(oauth::token))
        .route("/oauth/locationToken", post(oauth::location_token))
        .route("/oauth/location-token", post(oauth::location_token_v3))
        .route("/oauth/installedLocations", get(oauth::installed_locations))
        .route("/oauth/reconnect", post(oauth::reconnect))
        .fallback(|| async { Problem::not_found("Path") })
        .method_not_allowed_fallback(|| async { Problem::not_found("Method of this path") })
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(middleware::from_fn_with_state(Arc::clone(world), faulty::apply))
        .with_state(Arc::clone(world))
}

fn contact_routes() -> Router<Arc<World>> {
    Router::new()
        .route("/contacts/", get(contacts::list).post(contacts::create))
        .route("/contacts/search", post(contacts::search))
        .route("/contacts/search/duplicate", get(contacts::duplicate))
        .route("/contacts/upsert", post(contacts::upsert))
        .route("/contacts/{contact}", get(contacts::by_id).put(contacts::update).delete(contacts::delete))
        .route("/contacts/{contact}/tags", post(contacts::add_tags).delete(contacts::remove_tags))
        .route("/contacts/{contact}/appointments", get(contacts::appointments))
        .route("/contacts/{contact}/notes", get(notes::list).post(notes::create))
        .route("/contacts/{contact}/notes/{id}", get(notes::by_id).put(notes::update).delete(notes::delete))
        .route("/contacts/{contact}/tasks", get(tasks::list).post(tasks::create))
        .route("/contacts/{contact}/tasks/{id}", get(tasks::by_id).put(tasks::update).delete(tasks::delete))
        .route("/contacts/{contact}/tasks/{id}/completed", put(tasks::complete))
}

fn conversation_routes() -> Router<Arc<World>> {
    Router::new()
        .route("/conversations/", post(conversations::create))
        .route("/conversations/search", get(conversations::search))
        .route("/conversations/{conversation}", get(conversations::by_id).put(conversations::update).delete(conversations::delete))
        .route("/conversations/{conversation}/messages", get(messages::of_conversation))
        .route("/conversations/messages", post(send::send))
        .route("/conversations/messages/inbound", post(inbound::inbound))
        .route("/conversations/messages/outbound", post(calls::outbound))
        .route("/conversations/messages/export", get(export::export))
        .route("/conversations/messages/upload", post(messages::upload))
        .route("/conversations/messages/{message}", get(messages::by_id))
        .route("/conversations/messages/{message}/status", put(messages::set_status))
        .route("/conversations/messages/{message}/attachments", put(messages::set_attachments))
        .route("/conversations/providers/live-chat/typing", post(messages::typing))
        .route("/conversations/messages/{message}/schedule", delete(send::cancel))
        .route("/conversations/messages/{message}/locations/{location}/recording", get(calls::recording))
        .route("/conversations/messages/email/{email}", get(messages::email))
        .route("/conversations/messages/email/{email}/schedule", delete(send::cancel))
        .route("/conversations/locations/{location}/messages/{message}/transcription", get(calls::transcription))
        .route("/conversations/locations/{location}/messages/{message}/transcription/download", get(calls::transcript_text))
}
