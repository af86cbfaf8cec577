//! The client of a partner's API, run from a contract.

use super::auth::Auth;
use super::contract::Contract;
use super::listing::{ListQuery, Listed, Record};
use super::operation::Operation;
use super::resource::Resource;
use crate::call::{Answer, Reason, Refusal, Request, Sent, Verdict, classify};
use crate::http::{exchange, number, retry_after, url};
use crate::quota::{Priority, Quota, QuotaError, QuotaSeen};
use crate::{mask, moment};
use hatbridge_schemas::{System, TenantId};
use http::HeaderMap;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};
use url::Url;

/// One tenant's account.
#[derive(Debug, Clone)]
pub struct RestOptions {
    /// Before the contract's `base_path`.
    pub base_url: Url,
    /// Whose it is, for the budget.
    pub tenant: TenantId,
    /// The account's name; empty: it is not sent.
    pub account: String,
    /// How the API is spoken to.
    pub contract: Contract,
    /// The bearer token; for `oauth_client_credentials` the client's secret, or `id:secret` where the
    /// id is not the account.
    pub credentials: SecretString,
}

/// One account's client. Cheap to clone.
#[derive(Clone)]
pub struct Rest {
    inner: Arc<Inner>,
}

struct Inner {
    http: reqwest::Client,
    options: RestOptions,
    auth: Auth,
    quota: Arc<dyn Quota>,
}

impl fmt::Debug for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = &self.inner.options;
        f.debug_struct("Rest").field("tenant", &options.tenant.as_str()).field("contract", &options.contract.name()).finish_non_exhaustive()
    }
}

impl Rest {
    /// A client for the account in `options`, over [`http_client`](crate::http_client), whose timeout
    /// holds for every call.
    #[must_use]
    pub fn new(http: reqwest::Client, options: RestOptions, quota: Arc<dyn Quota>) -> Self {
        let auth = Auth::new(options.contract.sections(), options.base_url.as_str(), &options.account, options.credentials.clone());
        Self { inner: Arc::new(Inner { http, options, auth, quota }) }
    }

    /// How the API is spoken to.
    #[must_use]
    pub fn contract(&self) -> &Contract {
        &self.inner.options.contract
    }

    /// Waits for the budget, makes the call and judges what came of it.
    pub async fn call(&self, request: Request, priority: Priority) -> Verdict {
        let began = Instant::now();
        let verdict = self.inner.call(&request, priority).await;
        let wait_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let tenant = &self.inner.options.tenant;
        tracing::debug!(tenant = %tenant, operation = request.operation, verdict = verdict.word(), wait_ms, "called 17hats: {}", request.operation);
        verdict
    }

    /// A request, or an impossible one if the contract has it not.
    fn request(&self, resource: Resource, operation: Operation, id: &str) -> Request {
        let (name, effect) = (operation.name(resource), operation.effect());
        match self.contract().route(resource, operation, id) {
            Some((method, path)) => Request::new(name, effect, method, path),
            None => impossible(
                Request::new(name, effect, http::Method::GET, ""),
                format!("contract {} has no `{}` for {resource}", self.contract().name(), operation.as_str()),
            ),
        }
    }

    /// A page of records, by time of update, ascending.
    #[must_use]
    pub fn list(&self, resource: Resource, query: &ListQuery) -> Request {
        self.paged(self.request(resource, Operation::List, ""), resource, query)
    }

    /// Records that hold a text. Pages as a list does.
    #[must_use]
    pub fn search(&self, resource: Resource, text: &str) -> Request {
        self.paged(self.request(resource, Operation::Search, "").with_query("q", text), resource, &ListQuery::default())
    }

    fn paged(&self, mut request: Request, resource: Resource, query: &ListQuery) -> Request {
        match self.contract().parameters(resource, query) {
            Ok(parameters) => {
                request.query.extend(parameters);
                request
            }
            Err(why) => impossible(request, why),
        }
    }

    /// One record; 404 if it is gone.
    #[must_use]
    pub fn get(&self, resource: Resource, id: &str) -> Request {
        self.request(resource, Operation::Get, id)
    }

    /// A new record, of fields under hatbridge's names. Moments are microseconds or RFC 3339. After a
    /// doubt look for `external_id` in a list: it is not unique, a second create makes a second record.
    #[must_use]
    pub fn create(&self, resource: Resource, mut fields: Map<String, Value>) -> Request {
        // Nothing is there yet that null could clear.
        fields.retain(|_, value| !value.is_null());
        let mut request = self.request(resource, Operation::Create, "").with_body(Value::Object(self.contract().to_wire(resource, fields)));
        match self.contract().table(resource).map(|table| table.id.as_str()) {
            Some("id") => request.expects = Some("/id"),
            Some(other) => request.expects_member = Some(other.to_owned()),
            None => {}
        }
        request
    }

    /// Changes the named fields; null clears one. With a `revision` only if it is still that one, else
    /// 412.
    #[must_use]
    pub fn update(&self, resource: Resource, id: &str, fields: Map<String, Value>, revision: Option<&str>) -> Request {
        let mut request = self.request(resource, Operation::Update, id).with_body(Value::Object(self.contract().to_wire(resource, fields)));
        let header = &self.contract().sections().concurrency.header;
        if let Some(revision) = revision.filter(|_| !header.is_empty()) {
            request.headers.push((header.clone(), revision.to_owned()));
        }
        request
    }

    /// Deletes a record; 404 once it is gone, which is as good.
    #[must_use]
    pub fn delete(&self, resource: Resource, id: &str) -> Request {
        self.request(resource, Operation::Delete, id)
    }

    /// The records of a page.
    #[must_use]
    pub fn page(&self, resource: Resource, answer: &Answer) -> Listed {
        self.contract().listed(resource, &answer.body)
    }

    /// The record of an answer to get, create or update.
    #[must_use]
    pub fn record(&self, resource: Resource, answer: &Answer) -> Option<Record> {
        Some(self.data_of(resource, &answer.body)).filter(|record| !record.id.is_empty())
    }

    /// Waits for a place in the budget, for one [`Request`] with `reserved` set.
    ///
    /// # Errors
    /// If the budget can't be asked for: then nothing may be called.
    pub async fn reserve(&self, priority: Priority) -> Result<(), QuotaError> {
        self.inner.quota.take(System::SeventeenHats, &self.inner.options.tenant, priority).await
    }

    /// The record in a webhook's `data`.
    #[must_use]
    pub fn data_of(&self, resource: Resource, data: &Value) -> Record {
        self.contract().record_of(resource, data)
    }
}

fn impossible(mut request: Request, why: String) -> Request {
    request.impossible.get_or_insert(why);
    request
}

impl Inner {
    async fn call(&self, request: &Request, priority: Priority) -> Verdict {
        if let Some(why) = &request.impossible {
            return Verdict::Refused(Refusal::unsent(why.clone()));
        }
        let token = match self.auth.bearer(&self.http, None).await {
            Ok(token) => token,
            Err(verdict) => return verdict,
        };
        let verdict = match self.send(request, priority, &token).await {
            Verdict::Refused(refusal) if refusal.status == 401 && self.auth.is_renewable() => match self.auth.bearer(&self.http, Some(&token)).await {
                // The place in the budget is used up.
                Ok(token) => self.send(&Request { reserved: false, ..request.clone() }, priority, &token).await,
                Err(verdict) => verdict,
            },
            verdict => verdict,
        };
        match verdict {
            Verdict::Refused(refusal) => Verdict::Refused(self.told(refusal)),
            verdict => verdict,
        }
    }

    async fn send(&self, request: &Request, priority: Priority, token: &SecretString) -> Verdict {
        let RestOptions { base_url, tenant, account, contract, .. } = &self.options;
        if !request.reserved
            && let Err(error) = self.quota.take(System::SeventeenHats, tenant, priority).await
        {
            return Verdict::Retry(Reason(error.to_string()));
        }
        let Some(url) = url(base_url.as_str(), &request.path, &request.query) else {
            return Verdict::Refused(Refusal::unsent("the request's path is none"));
        };
        let mut builder = self.http.request(request.method.clone(), url).bearer_auth(token.expose_secret());
        builder = builder.header(http::header::ACCEPT, "application/json");
        let header = &contract.sections().auth.account_header;
        if !header.is_empty() && !account.is_empty() {
            builder = builder.header(header, account);
        }
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        if let Some(body) = &request.body {
            builder = builder.json(body);
        }
        let (mut sent, headers) = exchange(builder, request.expected()).await;
        let (mut seen, wait) = self.limits(&headers);
        if let Sent::Answered(received) = &mut sent {
            received.wait = wait;
            received.interval = Duration::from_secs(contract.sections().rate_limit.per_seconds.into());
        }
        let verdict = classify(request.effect, sent);
        if let Verdict::Throttled(wait) = &verdict {
            seen.throttled_for = Some(*wait);
        }
        if seen != QuotaSeen::default() {
            self.quota.observe(System::SeventeenHats, tenant, seen);
        }
        verdict
    }

    /// What the headers say of the budget, and the wait that they name.
    fn limits(&self, headers: &HeaderMap) -> (QuotaSeen, Option<Duration>) {
        let rate = &self.options.contract.sections().rate_limit;
        let limit = number(headers, &rate.limit_header);
        let seen = QuotaSeen {
            limit,
            // The headers name no window: the contract's goes with their limit.
            interval_ms: limit.map(|_| rate.per_seconds.saturating_mul(1000)),
            remaining: number(headers, &rate.remaining_header),
            ..QuotaSeen::default()
        };
        let now = moment::now();
        let wait = retry_after(headers, &rate.retry_after_header, now).or_else(|| retry_after(headers, &rate.reset_header, now));
        (seen, wait)
    }

    /// With the contract's words: code, message and field.
    fn told(&self, refusal: Refusal) -> Refusal {
        let errors = &self.options.contract.sections().errors;
        let object = if errors.object_field.is_empty() { &refusal.body } else { &refusal.body[errors.object_field.as_str()] };
        let text = |name: &str| (!name.is_empty()).then(|| object[name].as_str()).flatten().filter(|text| !text.is_empty());
        let Some(message) = text(&errors.message_field).or_else(|| text(&errors.code_field)) else { return refusal };
        let mut told = match text(&errors.code_field) {
            Some(code) if code != message => format!("{code}: {}", mask::text(message)),
            _ => mask::text(message),
        };
        if let Some(field) = text(&errors.field_field) {
            told.push_str(&format!(" (field {field})"));
        }
        Refusal { message: told, ..refusal }
    }
}

#[cfg(test)]
#[path = "rest_tests.rs"]
mod tests;
