//! A thin client for a Confluent-compatible schema registry.

use crate::Error;
use crate::shipped::Subject;
use reqwest::{Client, Method, RequestBuilder};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use url::Url;

const MEDIA_TYPE: &str = "application/vnd.schemaregistry.v1+json";
/// How many schemas are remembered; more than a registry of this project ever holds.
const MOST_KNOWN: usize = 1024;
/// Longest answer that is read; a schema of ours has some 25 KB.
const LONGEST_ANSWER: usize = 4 << 20;
/// Longest part of a registry's message that goes into an error.
const LONGEST_MESSAGE: usize = 300;

/// Where the registry is and how to reach it.
#[derive(Debug, Clone)]
pub struct RegistryOptions {
    /// Base address; Apicurio's ends in `/apis/ccompat/v7`.
    pub url: Url,
    /// For one call, from connecting to the last byte.
    pub timeout: Duration,
    /// User name and password, where the registry asks for them.
    pub credentials: Option<(String, SecretString)>,
}

/// A client of one registry. Cheap to clone; clones share what they know.
#[derive(Debug, Clone)]
pub struct Registry {
    http: Client,
    options: Arc<RegistryOptions>,
    // Held while asking, so that many readers meeting one new id ask once.
    known: Arc<Mutex<HashMap<i32, Arc<str>>>>,
}

#[derive(Deserialize)]
struct Registered {
    id: i32,
}

#[derive(Deserialize)]
struct Found {
    schema: String,
    /// Left out for Avro.
    #[serde(rename = "schemaType")]
    schema_type: Option<String>,
}

#[derive(Deserialize)]
struct Refusal {
    message: Option<String>,
}

impl Registry {
    /// A client; nothing is asked yet.
    #[must_use]
    pub fn new(http: Client, options: RegistryOptions) -> Self {
        Self { http, options: Arc::new(options), known: Arc::default() }
    }

    /// Sets the subject's rule to `BACKWARD_TRANSITIVE`, then registers the schema; a schema that is
    /// there already keeps its id.
    ///
    /// # Errors
    /// [`Error::RegistryAway`], or [`Error::RegistryRefused`]: among others if the schema can't read
    /// what older versions wrote.
    pub async fn register(&self, subject: &str, schema: &str) -> Result<i32, Error> {
        let rule = serde_json::json!({ "compatibility": "BACKWARD_TRANSITIVE" });
        let operation = format!("set the compatibility of {subject}");
        let request = self.request(Method::PUT, &["config", subject]).json(&rule);
        self.answer::<serde_json::Value>(request, operation).await?;
        self.add(subject, schema).await
    }

    /// Registers all shipped versions of a subject for a topic's values, oldest first, under
    /// `<topic>-value`; answers the newest one's id.
    ///
    /// # Errors
    /// As [`Registry::register`].
    pub async fn register_shipped(&self, subject: Subject, topic: &str) -> Result<i32, Error> {
        let name = format!("{topic}-value");
        let (first, later) = subject.texts().split_first().expect("every subject has a first version");
        let mut id = self.register(&name, first).await?;
        for text in later {
            id = self.add(&name, text).await?;
        }
        Ok(id)
    }

    async fn add(&self, subject: &str, schema: &str) -> Result<i32, Error> {
        let body = serde_json::json!({ "schema": schema, "schemaType": "AVRO" });
        let request = self.request(Method::POST, &["subjects", subject, "versions"]).json(&body);
        let Registered { id } = self.answer(request, format!("register a schema for {subject}")).await?;
        tracing::debug!(subject, schema_id = id, "schema registered");
        Ok(id)
    }

    /// A schema's text by its id; asked for once.
    ///
    /// # Errors
    /// [`Error::RegistryAway`], or [`Error::RegistryRefused`] if there is no such Avro schema.
    pub async fn schema_by_id(&self, id: i32) -> Result<Arc<str>, Error> {
        let mut known = self.known.lock().await;
        if let Some(text) = known.get(&id) {
            return Ok(Arc::clone(text));
        }
        let operation = format!("get schema {id}");
        let request = self.request(Method::GET, &["schemas", "ids", &id.to_string()]);
        let Found { schema, schema_type } = self.answer(request, operation.clone()).await?;
        if let Some(other) = schema_type.filter(|t| t != "AVRO") {
            return Err(Error::RegistryRefused {
                operation,
                status: 200,
                message: format!("it is a schema of type {}", clip(&other)),
                advice: "the record was not written by hatbridge; look at who writes to this topic",
            });
        }
        let text: Arc<str> = schema.into();
        if known.len() < MOST_KNOWN {
            known.insert(id, Arc::clone(&text));
        }
        Ok(text)
    }

    /// Whether the registry answers.
    ///
    /// # Errors
    /// [`Error::RegistryAway`] or [`Error::RegistryRefused`].
    pub async fn ping(&self) -> Result<(), Error> {
        let request = self.request(Method::GET, &["schemas", "types"]);
        self.answer::<serde_json::Value>(request, "list the types of schemas".to_owned()).await.map(drop)
    }

    fn request(&self, method: Method, path: &[&str]) -> RequestBuilder {
        let mut url = self.options.url.clone();
        // An address that can't have a path (`mailto:`) stays as it is; the call then fails and says so.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        let request = self.http.request(method, url).timeout(self.options.timeout).header("accept", format!("{MEDIA_TYPE}, application/json"));
        match &self.options.credentials {
            Some((user, password)) => request.basic_auth(user, Some(password.expose_secret())),
            None => request,
        }
    }

    async fn answer<T: for<'de> Deserialize<'de>>(&self, request: RequestBuilder, operation: String) -> Result<T, Error> {
        // The address is left out of the error: it may hold a password.
        let away = |operation: &str, source: reqwest::Error| Error::RegistryAway { operation: operation.to_owned(), source: source.without_url() };
        let mut response = request.send().await.map_err(|e| away(&operation, e))?;
        let status = response.status();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| away(&operation, e))? {
            body.extend_from_slice(&chunk);
            if body.len() > LONGEST_ANSWER {
                let message = format!("an answer longer than {LONGEST_ANSWER} bytes");
                return Err(refused(operation, status.as_u16(), message));
            }
        }
        if !status.is_success() {
            let said = serde_json::from_slice::<Refusal>(&body).ok().and_then(|r| r.message);
            let message = said.map_or_else(|| "no message".to_owned(), |m| clip(&m));
            return Err(refused(operation, status.as_u16(), message));
        }
        serde_json::from_slice(&body).map_err(|_| refused(operation, status.as_u16(), "not an answer of a schema registry".to_owned()))
    }
}

fn refused(operation: String, status: u16, message: String) -> Error {
    let advice = match status {
        401 | 403 => "check the registry's user name and password, and what that user may do",
        404 => "check the registry's address (Apicurio's ends in /apis/ccompat/v7) and that the schema was not deleted",
        409 => "another version is registered that this schema can't follow: run `hatbridge schemas check`, and look at who else registers under this subject",
        422 => "the registry can't read the schema: run `hatbridge schemas check`",
        429 | 500.. => "look at the registry's log; it is tried again",
        _ => "check the registry's address",
    };
    Error::RegistryRefused { operation, status, message, advice }
}

fn clip(text: &str) -> String {
    text.chars().take(LONGEST_MESSAGE).collect()
}
