//! What is said when something is refused.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;
use std::net::SocketAddr;

/// A refusal in the contract's shape. Its text names fields, never their contents.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code} ({status}): {message}")]
pub struct Problem {
    /// HTTP status.
    pub status: u16,
    /// Stable code.
    pub code: &'static str,
    /// Text for people.
    pub message: String,
    /// The field it is about.
    pub field: Option<String>,
}

impl Problem {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), field: None }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "bad_request", message)
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(401, "unauthorized", "the bearer token is missing, unknown or expired")
    }

    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(403, "forbidden", message)
    }

    pub(super) fn not_found(what: &str) -> Self {
        Self::new(404, "not_found", format!("no such {what}"))
    }

    pub(super) fn conflict(message: impl Into<String>) -> Self {
        Self::new(409, "conflict", message)
    }

    pub(super) fn revision_mismatch(now: u64) -> Self {
        Self::new(412, "revision_mismatch", format!("the record is at revision {now}"))
    }

    pub(super) fn too_large() -> Self {
        Self::new(413, "too_large", "the body is larger than 1 MiB")
    }

    pub(super) fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self { field: Some(field.to_owned()), ..Self::new(422, "invalid", message) }
    }

    pub(super) fn rate_limited() -> Self {
        Self::new(429, "rate_limited", "too many calls: wait as Retry-After says")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = json!({"error": {"code": self.code, "message": self.message, "field": self.field}});
        (status, Json(body)).into_response()
    }
}

/// Why the simulator did not start, or did not do what it was told.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is taken or not ours.
    #[error("17hats sandbox can't listen on {address}: choose another address, or port 0 for a free one")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The HTTP client that posts webhooks could not be made.
    #[error("17hats sandbox can't build its HTTP client")]
    Client(#[source] reqwest::Error),
    /// Two accounts under one id, or with one token.
    #[error("17hats sandbox: account {account} is given twice, or shares its token with another one")]
    DuplicateAccount {
        /// Its id.
        account: String,
    },
    /// No account has this id.
    #[error("17hats sandbox has no account {account}")]
    UnknownAccount {
        /// The id asked for.
        account: String,
    },
    /// The product refused the act.
    #[error("17hats sandbox refused")]
    Refused(#[from] Problem),
}
