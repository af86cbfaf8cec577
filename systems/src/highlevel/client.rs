//! The client: budget, token, call, verdict.

use super::advice::{Cause, advice, cause};
use super::options::{Agency, Options};
use super::token::{Bearer, Tokens};
use super::{Api, catalogue, headers};
use crate::call::{FilePart, Reason, Refusal, Request, Sent, Verdict, classify};
use crate::http::{exchange, url};
use crate::moment;
use crate::quota::{Priority, Quota, QuotaError};
use hatbridge_schemas::{System, TenantId};
use reqwest::multipart::{Form, Part};
use serde_json::Value;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// One location's client. Cheap to clone; clones share the token.
#[derive(Clone)]
pub struct HighLevel {
    inner: Arc<Inner>,
}

pub(super) struct Inner {
    http: reqwest::Client,
    options: Options,
    tokens: Tokens,
    quota: Arc<dyn Quota>,
}

impl fmt::Debug for HighLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HighLevel").field("tenant", &self.tenant().as_str()).field("location_id", &self.location_id()).finish_non_exhaustive()
    }
}

impl HighLevel {
    /// A client for the location in `options`, over [`http_client`](crate::http_client).
    #[must_use]
    pub fn new(http: reqwest::Client, options: Options, quota: Arc<dyn Quota>) -> Self {
        let tokens = Tokens::new(http.clone(), &options);
        Self { inner: Arc::new(Inner { http, options, tokens, quota }) }
    }

    /// HighLevel's id of the location.
    #[must_use]
    pub fn location_id(&self) -> &str {
        &self.inner.options.location_id
    }

    /// Whose it is.
    #[must_use]
    pub fn tenant(&self) -> &TenantId {
        &self.inner.options.tenant
    }

    /// The generation of the API that is spoken.
    #[must_use]
    pub fn api(&self) -> Api {
        self.inner.options.api
    }

    /// HighLevel's id of the agency above the location, where it is known.
    #[must_use]
    pub fn company_id(&self) -> Option<&str> {
        self.inner.options.agency.company_id.as_deref()
    }

    /// What an operation of the catalogue takes from the tenant.
    #[must_use]
    pub fn context(&self) -> catalogue::Context<'_> {
        catalogue::Context { location: self.location_id(), company: self.company_id() }
    }

    pub(super) fn inner(&self) -> &Inner {
        &self.inner
    }

    /// Waits for a place in the budget, for one [`Request`] with `reserved` set.
    ///
    /// # Errors
    /// If the budget can't be asked for: then nothing may be called.
    pub async fn reserve(&self, priority: Priority) -> Result<(), QuotaError> {
        self.inner.quota.take(System::Highlevel, self.tenant(), priority).await
    }

    /// Waits for the budget, makes the call and judges what came of it. A 401 that can mean an expired
    /// token renews the token once and repeats the call, which surely was not carried out; other 401s
    /// and 403s are refused with advice.
    pub async fn call(&self, request: Request, priority: Priority) -> Verdict {
        let began = Instant::now();
        let request = self.api().adapt(request);
        let verdict = self.inner.call(&request, priority).await;
        let wait_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(tenant = %self.tenant(), operation = request.operation, verdict = verdict.word(), wait_ms, "called HighLevel: {}", request.operation);
        verdict
    }
}

impl Inner {
    async fn call(&self, request: &Request, priority: Priority) -> Verdict {
        if let Some(why) = &request.impossible {
            return Verdict::Refused(Refusal::unsent(why.clone()));
        }
        let bearer = match self.bearer(request).await {
            Ok(bearer) => bearer,
            Err(verdict) => return verdict,
        };
        let verdict = self.send(request, priority, &bearer).await;
        let Verdict::Refused(refusal) = verdict else { return verdict };
        if request.agency || refusal.status != 401 || cause(&refusal.message) != Cause::Token || !self.tokens.is_oauth() {
            return self.advised(request, refusal);
        }
        let bearer = match self.tokens.bearer(Some(&bearer)).await {
            Ok(bearer) => bearer,
            // The renewal's own words say less than the server's if it was no expiry.
            Err(Verdict::Refused(why)) => {
                let message = format!("{}; {}", refusal.message, why.message);
                return Verdict::Refused(Refusal { message, ..refusal });
            }
            Err(verdict) => return verdict,
        };
        // The place in the budget is used up.
        let again = Request { reserved: false, ..request.clone() };
        match self.send(&again, priority, &bearer).await {
            Verdict::Refused(refusal) => self.advised(request, refusal),
            verdict => verdict,
        }
    }

    /// Longest that an answer may take to begin.
    pub(super) const fn patience(&self) -> Duration {
        self.options.timeout
    }

    /// The token that the request is made with.
    pub(super) async fn bearer(&self, request: &Request) -> Result<Bearer, Verdict> {
        if !request.agency {
            return self.tokens.bearer(None).await;
        }
        match &self.options.agency {
            Agency { token: Some(token), .. } => Ok(Bearer::new(token.clone())),
            Agency { token: None, .. } => {
                let why = format!("`{}` takes an agency's token only; set `highlevel.agency_token` of tenant `{}`", request.operation, self.options.tenant);
                Err(Verdict::Refused(Refusal::unsent(why)))
            }
        }
    }

    /// The HTTP request, after its place in the budget was taken.
    pub(super) async fn admitted(&self, request: &Request, priority: Priority, bearer: &Bearer) -> Result<reqwest::RequestBuilder, Verdict> {
        let Options { base_url, tenant, .. } = &self.options;
        if !request.reserved
            && let Err(error) = self.quota.take(System::Highlevel, tenant, priority).await
        {
            return Err(Verdict::Retry(Reason(error.to_string())));
        }
        let Some(url) = url(base_url.as_str(), &request.path, &request.query) else {
            return Err(Verdict::Refused(Refusal::unsent("the request's path is none")));
        };
        let mut builder = self.http.request(request.method.clone(), url).bearer_auth(bearer.expose());
        if !request.version.is_empty() {
            builder = builder.header("Version", request.version);
        }
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        Ok(match (&request.part, &request.body) {
            (Some(part), body) => builder.multipart(
                form(part, body.as_ref()).ok_or_else(|| Verdict::Refused(Refusal::unsent("the file's media type is none; write it like `image/png`")))?,
            ),
            (None, Some(body)) => builder.json(body),
            (None, None) => builder,
        })
    }

    /// Judges an exchange, and corrects the budget by its headers.
    pub(super) fn judge(&self, request: &Request, mut sent: Sent, headers: &http::HeaderMap) -> Verdict {
        let mut seen = headers::seen(headers);
        if let Sent::Answered(received) = &mut sent {
            received.wait = headers::wait(headers, moment::now());
            received.interval = headers::interval(&seen);
        }
        let verdict = classify(request.effect, sent);
        if let Verdict::Throttled(wait) = &verdict {
            seen.throttled_for = Some(*wait);
        }
        if seen != crate::quota::QuotaSeen::default() {
            self.quota.observe(System::Highlevel, &self.options.tenant, seen);
        }
        verdict
    }

    async fn send(&self, request: &Request, priority: Priority, bearer: &Bearer) -> Verdict {
        let builder = match self.admitted(request, priority, bearer).await {
            Ok(builder) => builder,
            Err(verdict) => return verdict,
        };
        let builder = builder.timeout(self.options.timeout).header(http::header::ACCEPT, "application/json");
        let (sent, headers) = exchange(builder, request.expected()).await;
        self.judge(request, sent, &headers)
    }

    pub(super) fn advised(&self, request: &Request, mut refusal: Refusal) -> Verdict {
        let cause = cause(&refusal.message);
        if refusal.status == 403 && request.operation == "messages.status" && cause == Cause::Token && self.tokens.is_oauth() {
            // For 5 to 10 s after sending the provider does not know the message yet (FACTS section 4).
            // A private token may never set a status.
            return Verdict::Retry(Reason(format!("status 403: {}; the message may not have reached the provider yet", refusal.message)));
        }
        if refusal.status == 401 || (refusal.status == 403 && cause != Cause::Token) {
            refusal.message = format!("{}; {}", refusal.message, advice(cause, self.tokens.is_oauth()));
        }
        Verdict::Refused(refusal)
    }
}

/// The body's members as texts, and the file. `None`: its media type is none.
fn form(part: &FilePart, body: Option<&Value>) -> Option<Form> {
    let mut form = Form::new();
    for (name, value) in body.and_then(Value::as_object).into_iter().flatten() {
        let texts: Vec<&Value> = value.as_array().map_or_else(|| vec![value], |all| all.iter().collect());
        for text in texts {
            form = form.text(name.clone(), text.as_str().map_or_else(|| text.to_string(), str::to_owned));
        }
    }
    let file = Part::stream(part.bytes.clone()).file_name(part.file_name.clone()).mime_str(&part.media_type).ok()?;
    Some(form.part(part.name, file))
}
