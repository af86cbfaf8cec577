//! What is said when something is refused: the shapes of FACTS section 4.

use super::reply;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use std::net::SocketAddr;

/// `message` is a text or a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// A text.
    One(String),
    /// A list, as validation answers.
    Many(Vec<String>),
}

impl std::fmt::Display for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::One(text) => f.write_str(text),
            Self::Many(texts) => f.write_str(&texts.join("; ")),
        }
    }
}

/// A refusal in HighLevel's shape. Its text names fields, never their contents.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{status}: {message}")]
pub struct Problem {
    /// HTTP status.
    pub status: u16,
    /// What is wrong.
    pub message: Message,
    /// Name of the status, which 401, 403 and 422 repeat.
    pub error: Option<&'static str>,
    /// What is known beside it: the existing contact of a duplicate.
    pub meta: Option<Value>,
}

impl Problem {
    fn new(status: u16, message: impl Into<String>, error: Option<&'static str>) -> Self {
        Self { status, message: Message::One(message.into()), error, meta: None }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, message, None)
    }

    pub(super) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(401, message, Some("Unauthorized"))
    }

    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(403, message, Some("Forbidden"))
    }

    pub(super) fn not_found(what: &str) -> Self {
        Self::new(404, format!("{what} not found"), None)
    }

    pub(super) fn too_many() -> Self {
        Self::new(429, "Too Many Requests", None)
    }

    pub(super) fn internal() -> Self {
        Self::new(500, "Internal server error", None)
    }

    pub(super) fn of_status(status: u16) -> Self {
        Self::new(status, format!("simulated fault {status}"), None)
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::invalid_all(vec![message.into()])
    }

    pub(super) fn invalid_all(messages: Vec<String>) -> Self {
        Self { status: 422, message: Message::Many(messages), error: Some("Unprocessable Entity"), meta: None }
    }

    pub(super) fn duplicate(contact_id: &str, contact_name: &str, field: &'static str) -> Self {
        let meta = json!({"contactId": contact_id, "contactName": contact_name, "matchingField": field});
        Self { meta: Some(meta), ..Self::bad_request("This location does not allow duplicated contacts.") }
    }

    fn body(self) -> Value {
        let message = match self.message {
            Message::One(text) => json!(text),
            Message::Many(texts) => json!(texts),
        };
        let mut body = json!({"statusCode": self.status, "message": message});
        if let Some(error) = self.error {
            body["error"] = json!(error);
        }
        if let Some(meta) = self.meta {
            body["meta"] = meta;
        }
        body
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        reply::Reply(status, self.body()).into_response()
    }
}

/// Why the simulator did not start, or did not do what it was told.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is taken or not ours.
    #[error("HighLevel sandbox can't listen on {address}: choose another address, or port 0 for a free one")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The HTTP client that posts webhooks could not be made.
    #[error("HighLevel sandbox can't build its HTTP client")]
    Client(#[source] reqwest::Error),
    /// The signing key could not be written in its public form.
    #[error("HighLevel sandbox can't write its public key")]
    Key,
    /// Two locations under one id, or with one token.
    #[error("HighLevel sandbox: location {location} is given twice, or shares its token with another one")]
    DuplicateLocation {
        /// Its id.
        location: String,
    },
    /// No location has this id.
    #[error("HighLevel sandbox has no location {location}")]
    UnknownLocation {
        /// The id asked for.
        location: String,
    },
    /// The product refused the act.
    #[error("HighLevel sandbox refused: {0}")]
    Refused(#[from] Problem),
}
