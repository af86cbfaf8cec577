//! Lets the shared faults act on the product's routes.

use super::{problem::Problem, service::World};
use crate::faulty::act;
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::sync::{Arc, atomic::Ordering::Relaxed};

pub(super) async fn apply(State(world): State<Arc<World>>, request: Request, next: Next) -> Response {
    let decision = world.faults.decide(request.method().as_str(), request.uri().path());
    act(decision, request, next, |status| match status {
        429 => {
            world.throttled.fetch_add(1, Relaxed);
            Problem::too_many().into_response()
        }
        status => Problem::of_status(status).into_response(),
    })
    .await
}
