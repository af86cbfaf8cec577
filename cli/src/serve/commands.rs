//! `POST /commands`: orders an operation of HighLevel's catalogue.

use super::door::{Parts, admitted, refuse};
use crate::orders::{self, Order};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// A command as it is posted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    tenant: String,
    operation: String,
    /// Given again it repeats nothing.
    id: Option<String>,
    #[serde(default)]
    data: Map<String, Value>,
    /// Show the request, and send nothing.
    #[serde(default)]
    dry_run: bool,
}

const FORM: &str = "post a JSON object with `tenant`, `operation` (text), `data` (object), and if you like `id` (text) and `dry_run` (true or false)";

/// 202 once the brokers have the command; its outcome is told on the results topic.
pub(super) async fn order(State(parts): State<Arc<Parts>>, headers: HeaderMap, body: Bytes) -> Response {
    if let Err(response) = admitted(&parts, &headers) {
        return response;
    }
    let Ok(wanted) = serde_json::from_slice::<Wanted>(&body) else { return refuse(StatusCode::BAD_REQUEST, FORM) };
    let Ok(tenant) = parts.connections.named(&wanted.tenant) else {
        return refuse(StatusCode::NOT_FOUND, "there is no enabled tenant of this name");
    };
    let operation = match orders::operation(&wanted.operation, &parts.operations) {
        Ok(operation) => operation,
        Err(why) => return refuse(StatusCode::NOT_FOUND, &why.to_string()),
    };
    let id = match wanted.id.map(|id| orders::checked_id(&id)) {
        None => Uuid::new_v4().to_string(),
        Some(Ok(id)) => id,
        Some(Err(why)) => return refuse(StatusCode::BAD_REQUEST, &why),
    };
    let order = match Order::new(operation, &tenant.highlevel, id, wanted.data) {
        Ok(order) => order,
        Err(invalid) => {
            let problems: Vec<_> = invalid.problems.iter().map(|problem| json!({"field": problem.field, "message": problem.message})).collect();
            let message = format!("`{}` does not take these data", operation.name);
            return (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({"error": {"status": 422, "message": message, "problems": problems}}))).into_response();
        }
    };
    if wanted.dry_run {
        return Json(json!({"request": orders::shown(&order.request), "after_a_lost_answer": orders::repeats(operation)})).into_response();
    }
    let event = order.event(&tenant.id);
    match parts.publisher.publish(&event).await {
        Ok(()) => (StatusCode::ACCEPTED, Json(json!({"id": order.id, "event_id": event.id, "operation": operation.name}))).into_response(),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "a command was not taken by the brokers");
            refuse(StatusCode::SERVICE_UNAVAILABLE, "the brokers did not take the command; post it again with the same `id`: it is not done twice")
        }
    }
}
