//! Businesses, agencies, locations and their users.

use super::{first_word, flag, inner, list, text, word};
use hatbridge_schemas::{Business, Company, Location, User};
use serde_json::{Map, Value};

/// A business, as such or as a record of the object `business` (webhooks), whose fields stand in
/// `properties`.
#[must_use]
pub fn business_from(body: &Value) -> Business {
    // The answer to an update misspells its wrapper.
    let body = inner(inner(body, "business"), "buiseness");
    let properties = properties(&body["properties"]);
    let body = properties.as_ref().unwrap_or(body);
    let field = |names: &[&str]| names.iter().find_map(|name| text(body, name));
    Business {
        name: field(&["name"]),
        email: field(&["email"]),
        phone: field(&["phone"]),
        website: field(&["website"]),
        address: field(&["address", "address1"]),
        city: field(&["city"]),
        state: field(&["state"]),
        postal_code: field(&["postalCode", "postal_code"]),
        country: field(&["country"]),
        description: field(&["description"]),
    }
}

/// `[{key, valueString}]` or `{key: value}` as one flat object; keys without the object's name.
fn properties(value: &Value) -> Option<Value> {
    let last = |key: &str| key.rsplit('.').next().unwrap_or(key).to_owned();
    let one = |property: &Value| {
        let value = ["valueString", "value", "valueNumber"].iter().map(|name| &property[*name]).find(|value| !value.is_null())?;
        Some((last(property["key"].as_str()?), value.clone()))
    };
    let flat: Map<String, Value> = match value {
        Value::Array(items) => items.iter().filter_map(one).collect(),
        Value::Object(members) => members.iter().map(|(key, value)| (last(key), value.clone())).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
    };
    Some(Value::Object(flat))
}

/// A user; webhooks have the role flat and the locations under another name.
#[must_use]
pub fn user_from(body: &Value) -> User {
    let body = inner(body, "user");
    let roles = &body["roles"];
    let mut location_ids = list(&roles["locationIds"]);
    if location_ids.is_empty() {
        location_ids = list(&body["locations"]);
    }
    location_ids.sort();
    location_ids.dedup();
    User {
        first_name: text(body, "firstName"),
        last_name: text(body, "lastName"),
        name: text(body, "name"),
        email: text(body, "email"),
        phone: text(body, "phone"),
        extension: text(body, "extension"),
        kind: word(roles, "type"),
        role: word(roles, "role").or_else(|| word(body, "role")),
        location_ids,
        deleted: flag(body, "deleted"),
    }
}

/// A location; what it doesn't say itself its business does.
#[must_use]
pub fn location_from(body: &Value) -> Location {
    let body = inner(body, "location");
    let field = |name: &str| text(body, name).or_else(|| text(&body["business"], name));
    Location {
        company_id: word(body, "companyId"),
        name: field("name"),
        email: field("email"),
        phone: field("phone"),
        website: field("website"),
        domain: field("domain"),
        address: field("address"),
        city: field("city"),
        state: field("state"),
        postal_code: field("postalCode"),
        country: field("country"),
        timezone: field("timezone"),
    }
}

/// An agency.
#[must_use]
pub fn company_from(body: &Value) -> Company {
    let body = inner(body, "company");
    let field = |name: &str| text(body, name);
    Company {
        name: field("name"),
        email: field("email"),
        phone: field("phone"),
        website: field("website"),
        domain: first_word(body, &["domain", "subdomain"]),
        address: field("address"),
        city: field("city"),
        state: field("state"),
        postal_code: field("postalCode"),
        country: field("country"),
        timezone: field("timezone"),
        currency: field("currency"),
    }
}
