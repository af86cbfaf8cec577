//! Lets the shared faults act on the product's routes.

use super::{problem::Problem, service::World};
use crate::faults::Decision;
use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::sync::{Arc, atomic::Ordering::Relaxed};

pub(super) async fn apply(State(world): State<Arc<World>>, request: Request, next: Next) -> Response {
    match world.faults.decide(request.method().as_str(), request.uri().path()) {
        None => next.run(request).await,
        Some(Decision::Delay(time)) => {
            tokio::time::sleep(time).await;
            next.run(request).await
        }
        Some(Decision::Status(429)) => {
            world.throttled.fetch_add(1, Relaxed);
            Problem::too_many().into_response()
        }
        Some(Decision::Status(status)) => Problem::of_status(status).into_response(),
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
