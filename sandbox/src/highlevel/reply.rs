//! Answers, and how bodies are read.

use super::problem::Problem;
use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest, Request},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

static TRACES: AtomicU64 = AtomicU64::new(1);

/// An answer; every one carries a `traceId`.
#[derive(Debug)]
pub(super) struct Reply(pub(super) StatusCode, pub(super) Value);

/// What a handler answers.
pub(super) type Answer = Result<Reply, Problem>;

pub(super) fn ok(body: Value) -> Answer {
    Ok(Reply(StatusCode::OK, body))
}

pub(super) fn created(body: Value) -> Answer {
    Ok(Reply(StatusCode::CREATED, body))
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let Self(status, mut body) = self;
        if let Value::Object(fields) = &mut body {
            let number = TRACES.fetch_add(1, Relaxed);
            let trace = format!("5a17b0c5-0000-4000-8000-{number:012x}");
            fields.entry("traceId").or_insert(Value::String(trace));
        }
        (status, Json(body)).into_response()
    }
}

/// A body that is a JSON object.
#[derive(Debug)]
pub(super) struct Body(pub(super) Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state).await.map_err(|_| Problem::bad_request("the body can't be read, or is too large"))?;
        if bytes.is_empty() {
            return Ok(Self(Map::new()));
        }
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(Problem::bad_request("the body must be a JSON object")),
            Err(_) => Err(Problem::bad_request("the body is not JSON")),
        }
    }
}
