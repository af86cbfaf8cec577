//! Contacts [spec contacts.json; FACTS sections 6 and 7].

use super::{CONTACTS, delete, post, put, read};
use crate::call::Request;
use crate::http::segment;
use crate::{Effect, moment};
use hatbridge_schemas::Contact;
use serde_json::{Map, Value, json};

/// `GET /contacts/{id}`: `{contact: {...}}`.
#[must_use]
pub fn contact_get(id: &str) -> Request {
    read("contacts.get", CONTACTS, format!("/contacts/{}", segment(id)))
}

/// `POST /contacts/`: `{contact: {id, ...}}`. There is no idempotency key; after a doubt look for
/// [`MARK_PREFIX`](crate::highlevel::wire::MARK_PREFIX) in `source`, by e-mail or phone. Where the
/// location forbids duplicates the refusal names the contact that is there
/// ([`existing_contact`](crate::call::Refusal::existing_contact)).
#[must_use]
pub fn contact_create(location: &str, contact: &Contact) -> Request {
    let mut body = fields(contact);
    // Nothing is there yet that could be cleared.
    body.retain(|_, value| !value.is_null() && value != "");
    body.insert("locationId".to_owned(), json!(location));
    if let Some(tags) = contact.tags.as_ref().filter(|tags| !tags.is_empty()) {
        body.insert("tags".to_owned(), json!(tags));
    }
    post("contacts.create", Effect::Probe, CONTACTS, "/contacts/").with_body(Value::Object(body)).expecting("/contact/id")
}

/// `PUT /contacts/{id}` with the fields that are `Some`; an empty text clears. Never with tags: they
/// would replace all that there are.
#[must_use]
pub fn contact_update(id: &str, contact: &Contact) -> Request {
    put("contacts.update", CONTACTS, format!("/contacts/{}", segment(id))).with_body(Value::Object(fields(contact)))
}

/// `DELETE /contacts/{id}`; 404 once it is gone.
#[must_use]
pub fn contact_delete(id: &str) -> Request {
    delete("contacts.delete", CONTACTS, format!("/contacts/{}", segment(id)))
}

/// `GET /contacts/search/duplicate`: the contact that HighLevel takes for the same, `{contact: {...}}`
/// or null. Reads the database, not the lagging search index.
#[must_use]
pub fn contact_duplicate(location: &str, email: Option<&str>, phone: Option<&str>) -> Request {
    let mut request = read("contacts.duplicate", CONTACTS, "/contacts/search/duplicate".to_owned()).with_query("locationId", location);
    for (name, value) in [("email", email), ("number", phone)] {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            request = request.with_query(name, value);
        }
    }
    request
}

/// `POST /contacts/{id}/tags`.
#[must_use]
pub fn contact_tags_add(id: &str, tags: &[String]) -> Request {
    post("contacts.tags.add", Effect::Idempotent, CONTACTS, format!("/contacts/{}/tags", segment(id))).with_body(json!({"tags": tags}))
}

/// `DELETE /contacts/{id}/tags`, with a body.
#[must_use]
pub fn contact_tags_remove(id: &str, tags: &[String]) -> Request {
    delete("contacts.tags.remove", CONTACTS, format!("/contacts/{}/tags", segment(id))).with_body(json!({"tags": tags}))
}

/// What a contact search is narrowed to; all must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchFilters {
    /// Updated at this moment or later, milliseconds since the epoch.
    pub updated_since_ms: Option<i64>,
    /// Exactly this address; at most 75 characters are compared.
    pub email: Option<String>,
    /// Exactly this number, E.164.
    pub phone: Option<String>,
}

/// `POST /contacts/search`, by time of update, ascending: `{contacts: [{..., searchAfter}], total}`.
/// `after` is the last row's `searchAfter`. At most 500 `rows`. What was written seconds ago may be
/// missing, so absence proves nothing.
#[must_use]
pub fn contact_search(location: &str, filters: &SearchFilters, after: Option<&Value>, rows: u32) -> Request {
    let mut wanted = vec![];
    if let Some(since) = filters.updated_since_ms {
        let since = moment::millis_text(since.saturating_mul(1000));
        wanted.push(json!({"field": "dateUpdated", "operator": "range", "value": {"gte": since}}));
    }
    for (field, value) in [("email", &filters.email), ("phone", &filters.phone)] {
        if let Some(value) = value {
            let value: String = value.chars().take(75).collect();
            wanted.push(json!({"field": field, "operator": "eq", "value": value}));
        }
    }
    let mut body = json!({
        "locationId": location,
        "pageLimit": rows,
        "sort": [{"field": "dateUpdated", "direction": "asc"}],
    });
    if !wanted.is_empty() {
        body["filters"] = Value::Array(wanted);
    }
    if let Some(after) = after {
        body["searchAfter"] = after.clone();
    }
    post("contacts.search", Effect::Read, CONTACTS, "/contacts/search").with_body(body)
}

/// The fields that are `Some`, under HighLevel's names; an empty text as null where the document lets
/// null clear a field.
fn fields(contact: &Contact) -> Map<String, Value> {
    let mut out = Map::new();
    let address = address(contact);
    let nullable = [
        ("firstName", &contact.first_name),
        ("lastName", &contact.last_name),
        ("companyName", &contact.company_name),
        ("email", &contact.email),
        ("phone", &contact.phone),
        ("address1", &address),
        ("city", &contact.city),
        ("state", &contact.state),
        ("website", &contact.website),
        ("dateOfBirth", &contact.birthday),
        ("source", &contact.origin),
    ];
    for (name, value) in nullable {
        if let Some(value) = value {
            out.insert(name.to_owned(), if value.is_empty() { Value::Null } else { json!(value) });
        }
    }
    for (name, value) in [("postalCode", &contact.postal_code), ("country", &contact.country)] {
        if let Some(value) = value {
            out.insert(name.to_owned(), json!(value));
        }
    }
    if let Some(dnd) = contact.dnd {
        out.insert("dnd".to_owned(), json!(dnd));
    }
    if !contact.custom_fields.is_empty() {
        let all: Vec<_> = contact.custom_fields.iter().map(|(id, value)| json!({"id": id, "field_value": value})).collect();
        out.insert("customFields".to_owned(), Value::Array(all));
    }
    out
}

/// HighLevel has one line for the street.
fn address(contact: &Contact) -> Option<String> {
    let second = contact.address2.as_deref().filter(|line| !line.trim().is_empty());
    match (contact.address1.as_deref(), second) {
        (Some(first), Some(second)) if !first.trim().is_empty() => Some(format!("{first}, {second}")),
        (_, Some(second)) => Some(second.to_owned()),
        (first, None) => first.map(str::to_owned),
    }
}
