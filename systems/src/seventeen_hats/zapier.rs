//! The Zapier door: Zaps post contacts to us, and catch hooks take contacts from us.

use crate::call::{Reason, Refusal, Request, Verdict, classify};
use crate::highlevel::wire::tags as sorted;
use crate::http::exchange;
use crate::quota::Priority;
use crate::{Effect, call};
use hatbridge_schemas::{Contact, TenantId};
use http::Method;
use serde_json::{Map, Value, json};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Names of the hooks, in [`Request::path`].
const FIND_OR_CREATE: &str = "find_or_create_contact";
const UPDATE: &str = "update_contact";

/// Our field, the Zap's snake name, the label that Zapier shows (zapier.com/apps/17hats).
const NAMES: &[(&str, &str, &str)] = &[
    ("first_name", "first_name", "First Name"),
    ("last_name", "last_name", "Last Name"),
    ("company_name", "company_name", "Company Name"),
    ("email", "primary_email_address", "Primary E-mail Address"),
    ("phone", "primary_phone_number", "Primary Phone Number"),
    ("address1", "address_line_1", "Address Line 1"),
    ("address2", "address_line_2", "Address Line 2"),
    ("city", "city", "City"),
    ("state", "state", "State"),
    ("postal_code", "zip_code", "ZIP Code"),
    ("country", "country", "Country"),
    ("website", "website", "Website"),
    ("birthday", "birthday", "Birthday"),
    ("kind", "type", "Type"),
    ("is_company", "is_company", "Is Company?"),
    ("tags", "tags", "Tags"),
    ("notes", "notes", "Notes"),
];

/// Other names that whoever builds a Zap by hand may give a field; without case and punctuation.
const ALIASES: &[(&str, &str)] = &[
    ("email", "email"),
    ("emailaddress", "email"),
    ("phone", "phone"),
    ("phonenumber", "phone"),
    ("kind", "kind"),
    ("postalcode", "postal_code"),
    ("address1", "address1"),
    ("address2", "address2"),
    ("company", "company_name"),
];

/// One tenant's catch hooks. Their addresses are secrets.
#[derive(Clone)]
pub struct ZapierOptions {
    /// Whose they are.
    pub tenant: TenantId,
    /// Of the Zap that runs "Find or Create Contact".
    pub find_or_create_contact: Url,
    /// Of the Zap that runs "Update Contact".
    pub update_contact: Url,
}

impl fmt::Debug for ZapierOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ZapierOptions").field("tenant", &self.tenant.as_str()).finish_non_exhaustive()
    }
}

/// One account's hooks. Cheap to clone.
#[derive(Clone)]
pub struct Zapier {
    inner: Arc<Inner>,
}

struct Inner {
    http: reqwest::Client,
    options: ZapierOptions,
}

impl fmt::Debug for Zapier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Zapier").field("tenant", &self.inner.options.tenant.as_str()).finish_non_exhaustive()
    }
}

impl Zapier {
    /// A client for the hooks in `options`, over [`http_client`](crate::http_client).
    #[must_use]
    pub fn new(http: reqwest::Client, options: ZapierOptions) -> Self {
        Self { inner: Arc::new(Inner { http, options }) }
    }

    /// Finds the contact by e-mail or phone, else makes it; then adds tags and appends the note.
    /// Put [our mark](crate::highlevel::wire::MARK_PREFIX)'s counterpart into the tags: a hook never
    /// tells the contact's id, so only the New or Updated Contact Zap that brings the mark back
    /// confirms it. A run can't be looked up, so a doubt is settled by that mark alone.
    #[must_use]
    pub fn find_or_create(&self, contact: &Contact, tags: &[String], note: Option<&str>) -> Request {
        request("contacts.find_or_create", FIND_OR_CREATE, None, contact, tags, note)
    }

    /// Updates the contact with this 17hats id, or the one with this e-mail or phone; adds tags and
    /// appends the note. If there is none the Zap's run fails, and we never learn.
    #[must_use]
    pub fn update(&self, id: Option<&str>, contact: &Contact, tags: &[String], note: Option<&str>) -> Request {
        request("contacts.update", UPDATE, id, contact, tags, note)
    }

    /// Posts to the hook, which answers at once, before the Zap runs: done means taken. There is no
    /// budget; a hook that gets too much answers 429.
    pub async fn call(&self, request: Request, _priority: Priority) -> Verdict {
        let verdict = self.inner.call(&request).await;
        tracing::debug!(tenant = %self.inner.options.tenant, operation = request.operation, verdict = verdict.word(), "called a hook of 17hats: {}", request.operation);
        verdict
    }
}

impl Inner {
    async fn call(&self, request: &Request) -> Verdict {
        let url = match request.path.as_str() {
            FIND_OR_CREATE => &self.options.find_or_create_contact,
            UPDATE => &self.options.update_contact,
            _ => return Verdict::Refused(Refusal::unsent("17hats has no such door through Zapier: only contacts, their tags and notes")),
        };
        let (mut sent, headers) = exchange(self.http.post(url.clone()).json(&request.body), None).await;
        if let call::Sent::Answered(received) = &mut sent {
            received.wait = crate::http::retry_after(&headers, "retry-after", crate::moment::now());
            received.interval = Duration::from_secs(10);
        }
        match classify(request.effect, sent) {
            Verdict::Done(answer) if answer.body["status"] != "success" => Verdict::Doubt(Reason(format!("status {} without success", answer.status))),
            verdict => verdict,
        }
    }
}

fn request(operation: &'static str, hook: &str, id: Option<&str>, contact: &Contact, tags: &[String], note: Option<&str>) -> Request {
    Request::new(operation, Effect::Probe, Method::POST, hook).with_body(Value::Object(body(id, contact, tags, note)))
}

/// Flat JSON; fields that are `None` or empty are left out, since a Zap can't clear.
fn body(id: Option<&str>, contact: &Contact, tags: &[String], note: Option<&str>) -> Map<String, Value> {
    let mut out = Map::new();
    if let Some(id) = id.filter(|id| !id.is_empty()) {
        out.insert("id".to_owned(), json!(id));
    }
    for (ours, snake, _) in NAMES {
        let value = match *ours {
            "first_name" => &contact.first_name,
            "last_name" => &contact.last_name,
            "company_name" => &contact.company_name,
            "email" => &contact.email,
            "phone" => &contact.phone,
            "address1" => &contact.address1,
            "address2" => &contact.address2,
            "city" => &contact.city,
            "state" => &contact.state,
            "postal_code" => &contact.postal_code,
            "country" => &contact.country,
            "website" => &contact.website,
            "birthday" => &contact.birthday,
            "kind" => &contact.kind,
            _ => continue,
        };
        if let Some(value) = value.as_ref().filter(|value| !value.trim().is_empty()) {
            out.insert((*snake).to_owned(), json!(value));
        }
    }
    if let Some(is_company) = contact.is_company {
        out.insert("is_company".to_owned(), json!(is_company));
    }
    // A comma would make one tag two.
    let tags: Vec<_> = tags.iter().map(|tag| tag.replace(',', " ").trim().to_owned()).filter(|tag| !tag.is_empty()).collect();
    if !tags.is_empty() {
        out.insert("tags".to_owned(), json!(tags.join(", ")));
    }
    if let Some(note) = note.filter(|note| !note.trim().is_empty()) {
        out.insert("notes".to_owned(), json!(note));
    }
    out
}

/// A contact as a Zap posts it, by snake names or by the labels that Zapier shows; case and
/// punctuation don't matter. Tags are one text, separated by commas. An empty text says that the field
/// is empty.
#[must_use]
pub fn contact_from(body: &Value) -> Contact {
    let mut contact = Contact::default();
    for (name, value) in body.as_object().into_iter().flatten() {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        let (Some(ours), Some(text)) = (ours(&plain), shown(value)) else { continue };
        let slot = match ours {
            "first_name" => &mut contact.first_name,
            "last_name" => &mut contact.last_name,
            "company_name" => &mut contact.company_name,
            "email" => &mut contact.email,
            "phone" => &mut contact.phone,
            "address1" => &mut contact.address1,
            "address2" => &mut contact.address2,
            "city" => &mut contact.city,
            "state" => &mut contact.state,
            "postal_code" => &mut contact.postal_code,
            "country" => &mut contact.country,
            "website" => &mut contact.website,
            "birthday" => &mut contact.birthday,
            "notes" => &mut contact.notes,
            "kind" => {
                contact.kind = Some(text.to_lowercase());
                continue;
            }
            "is_company" => {
                contact.is_company = flag(&text);
                continue;
            }
            _ => {
                let tags: Vec<_> = text.split(',').map(str::trim).filter(|tag| !tag.is_empty()).collect();
                contact.tags = sorted(&json!(tags));
                continue;
            }
        };
        // A Zap may map a field twice; the one that says something counts.
        if slot.as_ref().is_none_or(String::is_empty) {
            *slot = Some(text);
        }
    }
    contact
}

fn ours(plain: &str) -> Option<&'static str> {
    let same = |name: &str| name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).eq(plain.chars());
    let named = NAMES.iter().find(|(ours, snake, label)| same(snake) || same(label) || same(ours)).map(|(ours, ..)| *ours);
    named.or_else(|| ALIASES.iter().find(|(alias, _)| *alias == plain).map(|(_, ours)| *ours))
}

/// Line items come as lists, numbers as numbers; null is empty.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Array(items) => Some(items.iter().filter_map(shown).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ")),
        Value::Object(_) => None,
    }
}

fn flag(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "true" | "yes" | "1" => Some(true),
        "false" | "no" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
#[path = "zapier_tests.rs"]
mod tests;
