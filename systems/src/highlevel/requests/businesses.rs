//! Businesses: the companies of a location [spec businesses.json, contacts.json].

use super::{CONTACTS, post, read};
use crate::Effect;
use crate::call::Request;
use serde_json::json;

/// `GET /businesses/`: `{businesses: [...]}`, at most 100 after `skip`.
#[must_use]
pub fn businesses_list(location: &str, skip: u32) -> Request {
    read("businesses.list", CONTACTS, "/businesses/".to_owned())
        .with_query("locationId", location)
        .with_query("limit", "100")
        .with_query("skip", skip.to_string())
}

/// `POST /businesses/`. After a doubt look for its name in [`businesses_list`].
#[must_use]
pub fn business_create(location: &str, name: &str) -> Request {
    post("businesses.create", Effect::Probe, CONTACTS, "/businesses/").with_body(json!({"locationId": location, "name": name}))
}

/// `POST /contacts/bulk/business`: these contacts belong to the business, `None`: to none.
#[must_use]
pub fn contacts_business(location: &str, contacts: &[&str], business: Option<&str>) -> Request {
    let body = json!({"locationId": location, "ids": contacts, "businessId": business});
    post("contacts.business", Effect::Idempotent, CONTACTS, "/contacts/bulk/business").with_body(body)
}
