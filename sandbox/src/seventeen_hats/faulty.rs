//! Lets the shared faults act on the product's routes.

use super::service::World;
use crate::faulty::act;
use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::sync::Arc;

pub(super) async fn apply(State(world): State<Arc<World>>, request: Request, next: Next) -> Response {
    let decision = world.faults.decide(request.method().as_str(), request.uri().path());
    act(decision, request, next, |status| {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        if status == StatusCode::TOO_MANY_REQUESTS {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    })
    .await
}
