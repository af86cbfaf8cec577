//! Lets the shared faults act on the product's routes.

use super::service::World;
use crate::faults::Decision;
use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::sync::Arc;

pub(super) async fn apply(State(world): State<Arc<World>>, request: Request, next: Next) -> Response {
    match world.faults.decide(request.method().as_str(), request.uri().path()) {
        None => next.run(request).await,
        Some(Decision::Delay(time)) => {
            tokio::time::sleep(time).await;
            next.run(request).await
        }
        Some(Decision::Status(status)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let mut response = status.into_response();
            if status == StatusCode::TOO_MANY_REQUESTS {
                response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            response
        }
        Some(Decision::Reset) => cut(),
        Some(Decision::LoseAnswer) => {
            next.run(request).await;
            cut()
        }
    }
}

/// An answer whose body fails before its first byte: the connection ends with nothing said.
fn cut() -> Response {
    let broken = futures::stream::once(async { Err::<Bytes, _>(std::io::Error::from(std::io::ErrorKind::ConnectionReset)) });
    Body::from_stream(broken).into_response()
}
