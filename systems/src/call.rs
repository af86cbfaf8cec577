//! A call and what became of it.

pub use crate::classify::{Received, Sent, classify};
use crate::{Effect, mask};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

/// One call, not sent yet. Builders make it, a client sends it.
#[derive(Clone)]
pub struct Request {
    /// Name for the ledger and metrics: `contacts.create`.
    pub operation: &'static str,
    /// What a doubt about it means.
    pub effect: Effect,
    /// HTTP method.
    pub method: http::Method,
    /// Path below the base URL, percent-encoded. Of a Zapier request: the hook's name.
    pub path: String,
    /// Query parameters, not encoded.
    pub query: Vec<(String, String)>,
    /// JSON body.
    pub body: Option<Value>,
    /// HighLevel's `Version` header; empty: none is sent.
    pub version: &'static str,
    /// JSON pointer to what a 2xx answer must hold: one without it is no success.
    pub expects: Option<&'static str>,
    /// As `expects`, where only the contract knows the name: a member of the answer.
    pub expects_member: Option<String>,
    /// Further headers.
    pub headers: Vec<(String, String)>,
    /// A file sent beside the members of `body`, as a multipart form.
    pub part: Option<FilePart>,
    /// Made with the agency's token, not the location's.
    pub agency: bool,
    /// Its place in the budget was taken before: see `reserve` of the clients.
    pub reserved: bool,
    /// Set if it can't be sent, with the reason: the client refuses it without a call.
    pub impossible: Option<String>,
}

impl Request {
    /// A request without query, body and further headers.
    #[must_use]
    pub fn new(operation: &'static str, effect: Effect, method: http::Method, path: impl Into<String>) -> Self {
        Self {
            operation,
            effect,
            method,
            path: path.into(),
            query: Vec::new(),
            body: None,
            version: "",
            expects: None,
            expects_member: None,
            headers: Vec::new(),
            part: None,
            agency: false,
            reserved: false,
            impossible: None,
        }
    }

    /// With a file.
    #[must_use]
    pub fn with_part(mut self, part: FilePart) -> Self {
        self.part = Some(part);
        self
    }

    /// Made with the agency's token.
    #[must_use]
    pub const fn of_agency(mut self) -> Self {
        self.agency = true;
        self
    }

    /// With one more query parameter.
    #[must_use]
    pub fn with_query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// With a JSON body.
    #[must_use]
    pub fn with_body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// With a `Version` header.
    #[must_use]
    pub const fn with_version(mut self, version: &'static str) -> Self {
        self.version = version;
        self
    }

    /// A 2xx answer must hold something at this JSON pointer.
    #[must_use]
    pub const fn expecting(mut self, pointer: &'static str) -> Self {
        self.expects = Some(pointer);
        self
    }

    /// The JSON pointer to what a 2xx answer must hold.
    #[must_use]
    pub fn expected(&self) -> Option<Cow<'static, str>> {
        let member = |name: &String| Cow::Owned(format!("/{}", name.replace('~', "~0").replace('/', "~1")));
        self.expects.map(Cow::Borrowed).or_else(|| self.expects_member.as_ref().map(member))
    }

    /// Method, path and body for a dead letter: every text and number of the body and query is
    /// replaced by `…`, except under names that say nothing of a person.
    #[must_use]
    pub fn masked(&self) -> String {
        let mut out = format!("{} {}", self.method, self.path);
        for (number, (name, _)) in self.query.iter().enumerate() {
            out.push(if number == 0 { '?' } else { '&' });
            out.push_str(name);
            out.push_str("=…");
        }
        if let Some(body) = &self.body {
            out.push(' ');
            out.push_str(&mask::value(body).to_string());
        }
        out
    }
}

/// A file of a multipart form.
#[derive(Clone, PartialEq, Eq)]
pub struct FilePart {
    /// The part's name.
    pub name: &'static str,
    /// The file's name.
    pub file_name: String,
    /// Its media type: `image/png`.
    pub media_type: String,
    /// Its content.
    pub bytes: bytes::Bytes,
}

/// The size alone.
impl fmt::Debug for FilePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FilePart").field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

/// The operation alone: the rest may be personal.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("operation", &self.operation).finish_non_exhaustive()
    }
}

/// A 2xx answer.
#[derive(Clone, PartialEq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// JSON; `Null` if there was none.
    pub body: Value,
}

/// The status alone.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("status", &self.status).finish_non_exhaustive()
    }
}

/// Why there is no answer to rely on; no personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(pub String);

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// It will never be done like this.
#[derive(Clone, PartialEq)]
pub struct Refusal {
    /// HTTP status; 0 if nothing was sent.
    pub status: u16,
    /// The server's words, masked, with advice where the cause is known.
    pub message: String,
    /// The server's answer as it came; `Null` if it was not JSON. Personal.
    pub body: Value,
}

/// The status alone.
impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refusal").field("status", &self.status).finish_non_exhaustive()
    }
}

impl Refusal {
    /// A refusal of our own, without a call.
    #[must_use]
    pub fn unsent(message: impl Into<String>) -> Self {
        Self { status: 0, message: message.into(), body: Value::Null }
    }

    fn says(&self, words: &[&str]) -> bool {
        let text = self.message.to_lowercase();
        words.iter().any(|word| text.contains(word))
    }

    /// Whether the record is gone or its id unknown: 404, or a 400 or 422 that says so. A path that
    /// the server does not have (`Cannot GET /...`) or an unknown location says nothing of a record.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        let of_record = !self.says(&["cannot get /", "cannot post /", "cannot put /", "cannot patch /", "cannot delete /"]);
        match self.status {
            404 => of_record,
            400 | 422 => self.says(&["not found", "does not exist", "doesn't exist"]) && !self.says(&["location", "provider", "header"]),
            _ => false,
        }
    }

    /// The contact that was there already, where HighLevel refused a create since the location allows
    /// no duplicates: `meta.contactId` (FACTS section 7).
    #[must_use]
    pub fn existing_contact(&self) -> Option<String> {
        let id = self.body.pointer("/meta/contactId")?.as_str().filter(|id| !id.is_empty())?;
        self.is_duplicate().then(|| id.to_owned())
    }

    /// Whether HighLevel refused a create since there is such a contact.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        matches!(self.status, 400 | 409 | 422) && self.says(&["duplicate"])
    }

    /// Whether there is one already, as HighLevel says of conversations, without its id (FACTS
    /// section 8).
    #[must_use]
    pub fn already_exists(&self) -> bool {
        matches!(self.status, 400 | 409 | 422) && self.says(&["already exist"])
    }
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Done, with the answer.
    Done(Answer),
    /// The server named a wait, or HighLevel's interval must pass: costs no attempt.
    Throttled(Duration),
    /// Surely not carried out, or harmless to repeat: back off and try again.
    Retry(Reason),
    /// Sent, and nobody knows whether it was carried out.
    Doubt(Reason),
    /// It never will be: a dead letter.
    Refused(Refusal),
}

impl Verdict {
    /// The name in metrics.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Done(_) => "done",
            Self::Throttled(_) => "throttled",
            Self::Retry(_) => "retry",
            Self::Doubt(_) => "doubt",
            Self::Refused(_) => "refused",
        }
    }
}

#[cfg(test)]
#[path = "call_tests.rs"]
mod tests;
