//! The HTTP side: who may send, what is refused, what is answered.

use super::intake::{Intake, come_again};
use super::names;
use super::options::{Options, Proof, Routes};
use super::signature::{self, Keys};
use crate::Error;
use crate::metrics::Outcome;
use crate::spool::Entry;
use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use hatbridge_schemas::{System, TenantId};
use hatbridge_store::now_micros;
use hatbridge_systems::moment;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// How far the sender's clock may be ahead.
const AHEAD: Duration = Duration::from_secs(600);

#[derive(Debug)]
pub(crate) struct Door {
    intake: Intake,
    keys: Keys,
    routes: Arc<Routes>,
    tolerance: Duration,
}

pub(crate) fn router(options: &Options, keys: Keys, routes: Arc<Routes>, intake: Intake) -> Router {
    let door = Arc::new(Door { intake, keys, routes, tolerance: options.tolerance });
    Router::new()
        .route("/webhooks/highlevel", post(highlevel_by_type))
        .route("/webhooks/highlevel/{event}", post(highlevel))
        .route("/webhooks/17hats/{tenant}/{event}", post(seventeen_hats))
        .layer(DefaultBodyLimit::max(options.body_bytes))
        .with_state(door)
}

type Body = Result<Bytes, BytesRejection>;

async fn highlevel_by_type(State(door): State<Arc<Door>>, headers: HeaderMap, body: Body) -> Response {
    door.highlevel(None, &headers, body).await
}

async fn highlevel(State(door): State<Arc<Door>>, Path(event): Path<String>, headers: HeaderMap, body: Body) -> Response {
    door.highlevel(Some(event), &headers, body).await
}

async fn seventeen_hats(State(door): State<Arc<Door>>, Path((tenant, event)): Path<(String, String)>, headers: HeaderMap, body: Body) -> Response {
    door.seventeen_hats(tenant, event, &headers, body).await
}

/// A refusal: what it counts as, the status, and what to do about it.
struct Refusal(Outcome, StatusCode, &'static str);

impl Door {
    async fn highlevel(&self, event: Option<String>, headers: &HeaderMap, body: Body) -> Response {
        let checked = self.check(body, |bytes| {
            if event.as_deref().is_some_and(|e| !names::is_name(e)) {
                return Err(Refusal(Outcome::Refused, StatusCode::NOT_FOUND, "the path does not end in an event's name"));
            }
            if self.keys.signed(headers, bytes) {
                Ok(())
            } else {
                Err(Refusal(Outcome::Unauthorized, StatusCode::UNAUTHORIZED, "no valid X-GHL-Signature over the raw body"))
            }
        });
        let (body, json) = match checked {
            Ok(checked) => checked,
            Err(refusal) => return self.refuse(System::Highlevel, &refusal),
        };
        let entry = Entry {
            system: System::Highlevel,
            tenant: None,
            event: event.unwrap_or_else(|| names::by_type(&json)),
            webhook_id: text(&json, "webhookId"),
            received_at: now_micros(),
            body: body.into(),
        };
        self.take(entry, json).await
    }

    async fn seventeen_hats(&self, tenant: String, event: String, headers: &HeaderMap, body: Body) -> Response {
        let checked = self.check(body, |bytes| {
            let Some(door) = self.routes.seventeen_hats.get(&TenantId::new(&tenant)) else {
                // As for a wrong secret, so that nobody can try out which tenants there are.
                return Err(Refusal(Outcome::Unauthorized, StatusCode::UNAUTHORIZED, "the secret is missing or wrong"));
            };
            let good = match &door.proof {
                Proof::Secret { header } => signature::knows_secret(headers, header, &door.secret),
                Proof::Hmac { header } => signature::is_mac(headers, header, &door.secret, bytes),
            };
            if !good {
                return Err(Refusal(Outcome::Unauthorized, StatusCode::UNAUTHORIZED, "the secret is missing or wrong"));
            }
            if !matches!(event.as_str(), "new_contact" | "updated_contact" | "event") {
                return Err(Refusal(Outcome::Refused, StatusCode::NOT_FOUND, "the path must end in new_contact, updated_contact or event"));
            }
            Ok(())
        });
        let (body, json) = match checked {
            Ok(checked) => checked,
            Err(refusal) => return self.refuse(System::SeventeenHats, &refusal),
        };
        // Only contract webhooks have an id of the delivery; in a Zap's post `id` is the contact's.
        let door = self.routes.seventeen_hats.get(&TenantId::new(&tenant)).filter(|_| event == "event");
        let webhook_id = door.and_then(|door| door.contract.webhook_id(&json)).map(|id| format!("{tenant}/{id}"));
        let entry = Entry { system: System::SeventeenHats, tenant: Some(tenant), event, webhook_id, received_at: now_micros(), body: body.into() };
        self.take(entry, json).await
    }

    fn check(&self, body: Body, proof: impl FnOnce(&[u8]) -> Result<(), Refusal>) -> Result<(Bytes, Value), Refusal> {
        let body = body.map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                Refusal(Outcome::TooLarge, StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than this receiver takes")
            } else {
                Refusal(Outcome::Malformed, StatusCode::BAD_REQUEST, "the body did not arrive whole")
            }
        })?;
        proof(&body)?;
        let malformed = || Refusal(Outcome::Malformed, StatusCode::BAD_REQUEST, "the body is not a JSON object");
        let json: Value = serde_json::from_slice(&body).map_err(|_| malformed())?;
        if !json.is_object() {
            return Err(malformed());
        }
        if let Some(sent_at) = moment::micros(&json["timestamp"]) {
            let now = now_micros();
            let micros = |d: Duration| i64::try_from(d.as_micros()).unwrap_or(i64::MAX);
            if now.saturating_sub(sent_at) > micros(self.tolerance) {
                return Err(Refusal(
                    Outcome::Stale,
                    StatusCode::BAD_REQUEST,
                    "`timestamp` is older than this receiver takes (webhooks.tolerance); the change will be found by polling",
                ));
            }
            if sent_at.saturating_sub(now) > micros(AHEAD) {
                return Err(Refusal(
                    Outcome::Stale,
                    StatusCode::BAD_REQUEST,
                    "`timestamp` lies more than ten minutes in the future; check the sender's and this machine's clock",
                ));
            }
        }
        Ok((body, json))
    }

    async fn take(&self, entry: Entry, json: Value) -> Response {
        let system = entry.system;
        // In a task of its own: a sender that hangs up must not leave the work half done.
        let intake = self.intake.clone();
        let taken = tokio::spawn(async move { intake.take(&entry, &json).await }).await;
        match taken {
            Ok(Ok(outcome)) => {
                self.intake.metrics().webhook(system, outcome);
                (StatusCode::OK, outcome.as_str()).into_response()
            }
            failed => {
                self.intake.metrics().webhook(system, Outcome::Refused);
                match failed {
                    Ok(Err(error)) => log_refused(&error),
                    Err(error) => tracing::error!(%error, "taking a webhook in panicked; it was refused"),
                    Ok(Ok(_)) => {}
                }
                let status = StatusCode::from_u16(come_again(system)).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
                (status, [("retry-after", "60")], "can't be stored right now; send it again").into_response()
            }
        }
    }

    fn refuse(&self, system: System, refusal: &Refusal) -> Response {
        self.intake.metrics().webhook(system, refusal.0);
        tracing::debug!(system = %system, outcome = refusal.0.as_str(), "a webhook was refused");
        (refusal.1, refusal.2).into_response()
    }
}

fn text(json: &Value, name: &str) -> Option<String> {
    json[name].as_str().filter(|t| !t.is_empty()).map(str::to_owned)
}

fn log_refused(error: &Error) {
    tracing::error!(error = error as &dyn std::error::Error, "a webhook was refused: neither the broker nor the spool could take it");
}
