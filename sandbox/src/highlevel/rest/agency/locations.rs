//! `/locations`.

use super::must_be_ours;
use crate::highlevel::{
    admit::Guest,
    fields::{Field, Kind, check, may, must},
    given::{Asked, Given},
    location::Actor,
    problem::Problem,
    reply::{Answer, Body, ok},
    service::World,
};
use axum::extract::{Path, Query, State};
use serde_json::{Map, Value, json};
use std::{collections::HashMap, sync::Arc};

const PROSPECT: &[Field] = &[must("firstName", Kind::Text), must("lastName", Kind::Text), must("email", Kind::Text)];
const SETTINGS: &[Field] = &[
    may("allowDuplicateContact", Kind::Bool),
    may("allowDuplicateOpportunity", Kind::Bool),
    may("allowFacebookNameMerge", Kind::Bool),
    may("disableContactTimezone", Kind::Bool),
];
const SOCIAL: &[Field] = &[
    may("facebookUrl", Kind::Text),
    may("googlePlus", Kind::Text),
    may("linkedIn", Kind::Text),
    may("foursquare", Kind::Text),
    may("twitter", Kind::Text),
    may("yelp", Kind::Text),
    may("instagram", Kind::Text),
    may("youtube", Kind::Text),
    may("pinterest", Kind::Text),
    may("blogRss", Kind::Text),
    may("googlePlacesId", Kind::Text),
];
const TWILIO: &[Field] = &[must("sid", Kind::Text), must("authToken", Kind::Text)];
const MAILGUN: &[Field] = &[must("apiKey", Kind::Text), must("domain", Kind::Text)];
const CREATE: &[Field] = &[
    must("name", Kind::Text),
    may("phone", Kind::Text),
    must("companyId", Kind::Text),
    may("address", Kind::Text),
    may("city", Kind::Text),
    may("state", Kind::Text),
    may("country", Kind::Text),
    may("postalCode", Kind::Text),
    may("website", Kind::Text),
    may("timezone", Kind::Text),
    may("prospectInfo", Kind::Object(PROSPECT)),
    may("settings", Kind::Object(SETTINGS)),
    may("social", Kind::Object(SOCIAL)),
    may("twilio", Kind::Object(TWILIO)),
    may("mailgun", Kind::Object(MAILGUN)),
    may("snapshotId", Kind::Text),
];

pub(super) async fn search(guest: Guest, State(world): State<Arc<World>>, Query(asked): Query<HashMap<String, String>>) -> Answer {
    let asked = Asked(asked);
    if let Some(company) = asked.text("companyId") {
        must_be_ours(&world, company)?;
    }
    let (skip, limit) = (asked.number("skip", 0, 0, usize::MAX)?, asked.number("limit", 10, 1, 1000)?);
    let email = asked.text("email");
    let is_open = |of: &Map<String, Value>| guest.must_be(Given(of).text("id").unwrap_or_default()).is_ok();
    let has_email = |of: &Map<String, Value>| email.is_none_or(|email| Given(of).text("email").is_some_and(|other| other.eq_ignore_ascii_case(email)));
    let mut rows: Vec<_> = world.all_details().into_iter().filter(|of| is_open(of) && has_email(of)).collect();
    match asked.text("order").unwrap_or("asc") {
        "asc" => {}
        "desc" => rows.reverse(),
        _ => return Err(Problem::invalid("order must be one of the following values: asc, desc")),
    }
    ok(json!({"locations": rows.into_iter().skip(skip).take(limit).collect::<Vec<_>>()}))
}

pub(super) async fn by_id(guest: Guest, State(world): State<Arc<World>>, Path(location): Path<String>) -> Answer {
    guest.must_be(&location)?;
    let details = world.details_of(&location).ok_or_else(|| Problem::not_found("Location"))?;
    ok(json!({"location": details}))
}

pub(super) async fn create(_: Guest, State(world): State<Arc<World>>, Body(given): Body) -> Answer {
    check(&given, &[CREATE])?;
    let fields = Given(&given);
    must_be_ours(&world, fields.needed("companyId")?)?;
    fields.needed("name")?;
    if fields.text("country").is_some_and(|country| country.len() != 2 || !country.chars().all(|letter| letter.is_ascii_uppercase())) {
        return Err(Problem::invalid("country must be a valid ISO 3166-1 alpha-2 code"));
    }
    ok(world.create_location(Actor::Api, &given)?.shown())
}
