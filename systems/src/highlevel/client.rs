//! The client: budget, token, call, verdict.

use super::advice::{Cause, advice, cause};
use super::headers;
use super::options::Options;
use super::token::{Bearer, Tokens};
use crate::call::{Reason, Refusal, Request, Sent, Verdict, classify};
use crate::http::{exchange, url};
use crate::moment;
use crate::quota::{Priority, Quota, QuotaError};
use hatbridge_schemas::{System, TenantId};
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

/// One location's client. Cheap to clone; clones share the token.
#[derive(Clone)]
pub struct HighLevel {
    inner: Arc<Inner>,
}

struct Inner {
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
        let bearer = match self.tokens.bearer(None).await {
            Ok(bearer) => bearer,
            Err(verdict) => return verdict,
        };
        let verdict = self.send(request, priority, &bearer).await;
        let Verdict::Refused(refusal) = verdict else { return verdict };
        if refusal.status != 401 || cause(&refusal.message) != Cause::Token || !self.tokens.is_oauth() {
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

    async fn send(&self, request: &Request, priority: Priority, bearer: &Bearer) -> Verdict {
        let Options { base_url, tenant, timeout, .. } = &self.options;
        if !request.reserved
            && let Err(error) = self.quota.take(System::Highlevel, tenant, priority).await
        {
            return Verdict::Retry(Reason(error.to_string()));
        }
        let Some(url) = url(base_url.as_str(), &request.path, &request.query) else {
            return Verdict::Refused(Refusal::unsent("the request's path is none"));
        };
        let mut builder = self.http.request(request.method.clone(), url).timeout(*timeout).bearer_auth(bearer.expose());
        builder = builder.header(http::header::ACCEPT, "application/json");
        if !request.version.is_empty() {
            builder = builder.header("Version", request.version);
        }
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        if let Some(body) = &request.body {
            builder = builder.json(body);
        }
        let (mut sent, headers) = exchange(builder, request.expected()).await;
        let mut seen = headers::seen(&headers);
        if let Sent::Answered(received) = &mut sent {
            received.wait = headers::wait(&headers, moment::now());
            received.interval = headers::interval(&seen);
        }
        let verdict = classify(request.effect, sent);
        if let Verdict::Throttled(wait) = &verdict {
            seen.throttled_for = Some(*wait);
        }
        if seen != crate::quota::QuotaSeen::default() {
            self.quota.observe(System::Highlevel, tenant, seen);
        }
        verdict
    }

    fn advised(&self, request: &Request, mut refusal: Refusal) -> Verdict {
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
