//! `/contacts` and `/locations/{id}`.

use crate::highlevel::{
    admit::Caller,
    given::{Asked, Given},
    location::Actor,
    problem::Problem,
    reply::{Answer, Body, created, ok},
    search::Query,
    simple::Sort,
};
use axum::extract::{Path, Query as Parameters};
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc};

pub(super) async fn by_id(caller: Caller, Path(contact): Path<String>) -> Answer {
    let found = caller.location.look().contact(&contact).map(Arc::clone).ok_or_else(|| Problem::not_found("Contact"))?;
    ok(json!({"contact": found.by_id(&caller.location.id)}))
}

/// The location that a create or an upsert names.
fn named_location(caller: &Caller, given: Given<'_>) -> Result<(), Problem> {
    caller.must_be(given.needed("locationId")?)
}

pub(super) async fn create(caller: Caller, Body(given): Body) -> Answer {
    named_location(&caller, Given(&given))?;
    let location = &caller.location;
    let contact = location.act(Actor::Api).create_contact(&given)?;
    if location.settings().bugs.created_but_422 {
        return Err(Problem::invalid("the contact could not be processed"));
    }
    created(json!({"contact": contact.by_id(&location.id)}))
}

pub(super) async fn upsert(caller: Caller, Body(given): Body) -> Answer {
    named_location(&caller, Given(&given))?;
    let done = caller.location.act(Actor::Api).upsert_contact(&given)?;
    ok(json!({"new": done.new, "contact": done.contact.by_id(&caller.location.id)}))
}

pub(super) async fn update(caller: Caller, Path(contact): Path<String>, Body(given): Body) -> Answer {
    if given.contains_key("locationId") {
        return Err(Problem::invalid("property locationId should not exist"));
    }
    let updated = caller.location.act(Actor::Api).update_contact(&contact, &given)?;
    let mut body = json!({"succeded": true, "contact": updated.by_id(&caller.location.id)});
    if caller.v3 {
        body["succeeded"] = json!(true);
    }
    ok(body)
}

pub(super) fn succeeded(caller: &Caller) -> Answer {
    ok(if caller.v3 { json!({"succeded": true, "succeeded": true}) } else { json!({"succeded": true}) })
}

pub(super) async fn delete(caller: Caller, Path(contact): Path<String>) -> Answer {
    caller.location.act(Actor::Api).delete_contact(&contact)?;
    succeeded(&caller)
}

pub(super) async fn add_tags(caller: Caller, Path(contact): Path<String>, Body(given): Body) -> Answer {
    let tags = Given(&given).needed_texts("tags")?;
    let (contact, added) = caller.location.act(Actor::Api).add_tags(&contact, &tags)?;
    created(json!({"tags": contact.tags, "tagsAdded": added}))
}

pub(super) async fn remove_tags(caller: Caller, Path(contact): Path<String>, Body(given): Body) -> Answer {
    let tags = Given(&given).needed_texts("tags")?;
    let (contact, removed) = caller.location.act(Actor::Api).remove_tags(&contact, &tags)?;
    ok(json!({"tags": contact.tags, "tagsRemoved": removed}))
}

pub(super) async fn search(caller: Caller, Body(given): Body) -> Answer {
    let location = Given(&given).needed("locationId")?;
    let query = Query::read(&given)?;
    caller.must_be(location)?;
    let page = {
        let mut shelf = caller.location.look();
        shelf.contact_search.catch_up(crate::highlevel::clock::now_ms());
        query.run(&shelf.contact_search)
    };
    let rows: Vec<Value> = page.rows.into_iter().map(|(contact, after)| contact.search_row(location, after)).collect();
    ok(json!({"contacts": rows, "total": page.total}))
}

/// By email, then by number; not behind like search is.
pub(super) async fn duplicate(caller: Caller, Parameters(asked): Parameters<HashMap<String, String>>) -> Answer {
    let asked = Asked(asked);
    caller.must_be(asked.needed("locationId")?)?;
    let (email, number) = (asked.text("email"), asked.text("number"));
    if email.is_none() && number.is_none() {
        return Err(Problem::bad_request("either email or number is needed"));
    }
    let shelf = caller.location.look();
    let by_email = email.and_then(|email| shelf.with_email(email));
    let id = by_email.or_else(|| number.and_then(|number| shelf.with_phone(number)));
    let contact = id.and_then(|id| shelf.contact(&id)).map(|contact| contact.by_id(&caller.location.id));
    ok(json!({"contact": contact}))
}

/// The deprecated list, newest first; v3 has none.
pub(super) async fn list(caller: Caller, Parameters(asked): Parameters<HashMap<String, String>>) -> Answer {
    if caller.v3 {
        return Err(Problem::not_found("Path"));
    }
    let asked = Asked(asked);
    let location = asked.needed("locationId")?;
    caller.must_be(location)?;
    let limit = asked.number("limit", 20, 1, 100)?;
    let words = asked.text("query").map(str::to_lowercase);
    let shelf = caller.location.look();
    let after = asked.text("startAfterId").and_then(|id| shelf.contact(id)).map_or(u64::MAX, |contact| contact.sequence);
    let fits = |text: &str| words.as_ref().is_none_or(|words| text.to_lowercase().contains(words));
    let all = shelf.contacts_in_order.range(..after).rev().filter_map(|(_, id)| shelf.contact(id));
    let rows: Vec<_> = all.filter(|contact| fits(&contact.name()) || fits(contact.text("email")) || fits(contact.text("phone"))).take(limit).collect();
    let last = rows.last().map(|contact| (contact.date_added, contact.id.to_string()));
    let total = shelf.contacts.len();
    ok(json!({
        "contacts": rows.iter().map(|contact| contact.by_id(location)).collect::<Vec<_>>(),
        "count": total,
        "meta": {"total": total, "startAfter": last.as_ref().map(|last| last.0), "startAfterId": last.as_ref().map(|last| &last.1)},
    }))
}

pub(super) async fn appointments(caller: Caller, Path(contact): Path<String>) -> Answer {
    let shelf = caller.location.look();
    shelf.contact(&contact).ok_or_else(|| Problem::not_found("Contact"))?;
    let events: Vec<Value> = shelf.simple_of(Sort::Appointment, &contact).into_iter().map(|one| one.shown()).collect();
    ok(json!({"events": events}))
}
