//! Lets a fault act on a request: the same for both products, but for the words of a refusal.

use crate::faults::Decision;
use axum::{
    body::{Body, Bytes},
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};

/// Answers a request as was decided; `refuse` says a status in the product's own way.
pub(crate) async fn act(decision: Option<Decision>, request: Request, next: Next, refuse: impl FnOnce(u16) -> Response) -> Response {
    match decision {
        None => next.run(request).await,
        Some(Decision::Delay(time)) => {
            tokio::time::sleep(time).await;
            next.run(request).await
        }
        Some(Decision::Status(status)) => refuse(status),
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
