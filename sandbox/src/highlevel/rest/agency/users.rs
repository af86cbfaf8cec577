//! `/users`. A location's token sees and changes those who work there.

use super::must_be_ours;
use crate::highlevel::{
    admit::Guest,
    company::works_in,
    fields::{Field, Kind, check, may, must},
    given::{Asked, Given},
    location::Actor,
    problem::Problem,
    records::Record,
    reply::{Answer, Body, created, ok},
    service::World,
};
use axum::extract::{Path, Query, State};
use serde_json::{Map, Value, json};
use std::{collections::HashMap, sync::Arc};

const LANGUAGES: &[&str] = &["en_US", "es", "fr_CA", "fr_FR", "nl", "de", "pt_PT", "pt_BR", "it", "sv", "da", "fi", "no"];
const COMMON: &[Field] = &[
    may("phone", Kind::Text),
    may("permissions", Kind::AnyObject),
    may("scopes", Kind::Texts),
    may("scopesAssignedToOnly", Kind::Texts),
    may("profilePhoto", Kind::Text),
    may("twilioPhone", Kind::AnyObject),
    may("platformLanguage", Kind::Word(LANGUAGES)),
];
const CREATE: &[Field] = &[
    must("companyId", Kind::Text),
    must("firstName", Kind::Text),
    must("lastName", Kind::Text),
    must("email", Kind::Text),
    must("password", Kind::Text),
    must("type", Kind::Text),
    must("role", Kind::Text),
    must("locationIds", Kind::Texts),
];
const UPDATE: &[Field] = &[
    may("companyId", Kind::Text),
    may("firstName", Kind::Text),
    may("lastName", Kind::Text),
    may("email", Kind::Text),
    may("password", Kind::Text),
    may("type", Kind::Text),
    may("role", Kind::Text),
    may("locationIds", Kind::Texts),
];
/// `emails` is a text with commas; a list is taken as well.
const BY_EMAIL: &[Field] = &[
    must("companyId", Kind::Text),
    must("emails", Kind::Any),
    may("deleted", Kind::Bool),
    may("skip", Kind::Any),
    may("limit", Kind::Any),
    may("projection", Kind::Text),
];

fn shown(user: &Record, listed: bool) -> Value {
    let mut fields = user.fields.clone();
    fields.insert("lcPhone".to_owned(), json!({}));
    if listed {
        fields.insert("deleted".to_owned(), json!(false));
    }
    Value::Object(fields)
}

/// Whether the caller's token reaches a user.
fn is_open(guest: &Guest, user: &Record) -> bool {
    guest.location.as_ref().is_none_or(|own| works_in(user, &own.id))
}

fn has_words(user: &Record, words: &str) -> bool {
    ["name", "email", "phone"].iter().any(|field| user.text(field).to_lowercase().contains(words))
}

pub(super) async fn search(guest: Guest, State(world): State<Arc<World>>, Query(asked): Query<HashMap<String, String>>) -> Answer {
    let asked = Asked(asked);
    must_be_ours(&world, asked.needed("companyId")?)?;
    let location = asked.text("locationId");
    if let Some(location) = location {
        guest.must_be(location)?;
    }
    let (skip, limit) = (asked.number("skip", 0, 0, usize::MAX)?, asked.number("limit", 25, 1, 100)?);
    let words = asked.text("query").map(str::to_lowercase);
    let ids: Option<Vec<&str>> = asked.text("ids").map(|ids| ids.split(',').map(str::trim).collect());
    let is_role = |user: &Record, name: &str| asked.text(name).is_none_or(|wanted| user.fields.get("roles").is_some_and(|roles| roles[name] == wanted));
    let shelf = world.company.look();
    let fitting: Vec<&Record> = shelf
        .users
        .all()
        .filter(|user| is_open(&guest, user) && location.is_none_or(|location| works_in(user, location)))
        .filter(|user| words.as_ref().is_none_or(|words| has_words(user, words)))
        .filter(|user| ids.as_ref().is_none_or(|ids| ids.contains(&&*user.id)))
        .filter(|user| is_role(user, "type") && is_role(user, "role"))
        .collect();
    let rows: Vec<Value> = fitting.iter().skip(skip).take(limit).map(|user| shown(user, true)).collect();
    ok(json!({"users": rows, "count": fitting.len()}))
}

/// A number, also as text.
fn number(given: &Map<String, Value>, name: &str, or: usize) -> Result<usize, Problem> {
    let read = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok()).and_then(|number| usize::try_from(number).ok());
    given.get(name).map_or(Ok(or), |value| read(value).ok_or_else(|| Problem::invalid(format!("{name} must be a number string"))))
}

pub(super) async fn by_email(_: Guest, State(world): State<Arc<World>>, Body(given): Body) -> Answer {
    check(&given, &[BY_EMAIL])?;
    must_be_ours(&world, Given(&given).needed("companyId")?)?;
    let emails: Vec<String> = match given.get("emails") {
        Some(Value::String(all)) => all.split(',').map(|one| one.trim().to_lowercase()).filter(|one| !one.is_empty()).collect(),
        Some(Value::Array(_)) => Given(&given).needed_texts("emails")?.iter().map(|one| one.trim().to_lowercase()).collect(),
        _ => return Err(Problem::invalid("emails must be a string")),
    };
    let (skip, limit) = (number(&given, "skip", 0)?, number(&given, "limit", 25)?);
    // Users that were deleted are gone for good here.
    let deleted = given.get("deleted") == Some(&Value::Bool(true));
    let shelf = world.company.look();
    let fitting: Vec<&Record> = shelf.users.all().filter(|user| !deleted && emails.contains(&user.text("email").to_lowercase())).collect();
    let rows: Vec<Value> = fitting.iter().skip(skip).take(limit).map(|user| shown(user, true)).collect();
    ok(json!({"users": rows, "count": fitting.len()}))
}

/// The deprecated list; v3 has none.
pub(super) async fn of_location(guest: Guest, State(world): State<Arc<World>>, Query(asked): Query<HashMap<String, String>>) -> Answer {
    if guest.v3 {
        return Err(Problem::not_found("Path"));
    }
    let asked = Asked(asked);
    let location = asked.needed("locationId")?;
    guest.must_be(location)?;
    let shelf = world.company.look();
    let rows: Vec<Value> = shelf.users.all().filter(|user| works_in(user, location)).map(|user| shown(user, true)).collect();
    ok(json!({"users": rows}))
}

/// Refuses users that the caller's token doesn't reach, as if there were none.
fn reached(guest: &Guest, world: &World, id: &str) -> Result<Record, Problem> {
    let shelf = world.company.look();
    shelf.users.by_id(id).filter(|user| is_open(guest, user)).cloned().ok_or_else(|| Problem::not_found("User"))
}

pub(super) async fn by_id(guest: Guest, State(world): State<Arc<World>>, Path(user): Path<String>) -> Answer {
    ok(shown(&reached(&guest, &world, &user)?, false))
}

/// What creating and changing have in common.
fn checked(guest: &Guest, world: &World, given: &Map<String, Value>) -> Result<(), Problem> {
    let fields = Given(given);
    if let Some(company) = fields.text("companyId") {
        must_be_ours(world, company)?;
    }
    if fields.text("email").is_some_and(|email| !email.contains('@')) {
        return Err(Problem::invalid("email must be an email"));
    }
    for (name, words) in [("type", ["account", "agency"]), ("role", ["admin", "user"])] {
        if fields.text(name).is_some_and(|word| !words.contains(&word)) {
            return Err(Problem::invalid(format!("{name} must be one of the following values: {}", words.join(", "))));
        }
    }
    fields.texts("locationIds").iter().try_for_each(|location| {
        guest.must_be(location)?;
        world.details_of(location).map(drop).ok_or_else(|| Problem::bad_request("locationIds holds a location that does not exist"))
    })
}

pub(super) async fn create(guest: Guest, State(world): State<Arc<World>>, Body(given): Body) -> Answer {
    check(&given, &[CREATE, COMMON])?;
    checked(&guest, &world, &given)?;
    created(shown(&world.create_user(Actor::Api, &given)?, false))
}

pub(super) async fn update(guest: Guest, State(world): State<Arc<World>>, Path(user): Path<String>, Body(given): Body) -> Answer {
    check(&given, &[UPDATE, COMMON])?;
    checked(&guest, &world, &given)?;
    reached(&guest, &world, &user)?;
    ok(shown(&world.update_user(Actor::Api, &user, &given)?, false))
}

pub(super) async fn delete(guest: Guest, State(world): State<Arc<World>>, Path(user): Path<String>) -> Answer {
    reached(&guest, &world, &user)?;
    world.delete_user(Actor::Api, &user)?;
    let name = if guest.v3 { "succeeded" } else { "succeded" };
    ok(json!({name: true, "message": "The user was deleted."}))
}
