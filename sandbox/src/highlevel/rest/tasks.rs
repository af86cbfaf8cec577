//! `/contacts/{id}/tasks` and the search over a location's tasks.

use super::contacts::succeeded;
use crate::highlevel::{
    admit::Caller,
    clock::{iso, read_ms},
    given::Given,
    location::Actor,
    problem::Problem,
    reply::{Answer, Body, created, ok},
    simple::Sort,
};
use axum::extract::Path;
use serde_json::{Map, Value, json};

const FIELDS: &[&str] = &["title", "body", "dueDate", "completed", "assignedTo"];

/// Checks what was given, and writes the date as HighLevel does.
fn checked(mut given: Map<String, Value>) -> Result<Map<String, Value>, Problem> {
    Given(&given).only(FIELDS)?;
    if given.get("completed").is_some_and(|completed| !completed.is_boolean()) {
        return Err(Problem::invalid("completed must be a boolean value"));
    }
    if let Some(due) = given.get_mut("dueDate") {
        let at = read_ms(due).ok_or_else(|| Problem::invalid("dueDate must be a valid ISO 8601 date string"))?;
        *due = json!(iso(at));
    }
    Ok(given)
}

pub(super) async fn list(caller: Caller, Path(contact): Path<String>) -> Answer {
    let shelf = caller.location.look();
    shelf.contact(&contact).ok_or_else(|| Problem::not_found("Contact"))?;
    let tasks: Vec<Value> = shelf.simple_of(Sort::Task, &contact).into_iter().map(|task| task.shown()).collect();
    ok(json!({"tasks": tasks}))
}

pub(super) async fn create(caller: Caller, Path(contact): Path<String>, Body(given): Body) -> Answer {
    let given = checked(given)?;
    let fields = Given(&given);
    fields.needed("title")?;
    fields.needed("dueDate")?;
    if !given.contains_key("completed") {
        return Err(Problem::invalid("completed must be a boolean value"));
    }
    let task = caller.location.act(Actor::Api).create_simple(Sort::Task, Some(&contact), given)?;
    created(json!({"task": task.shown()}))
}

pub(super) async fn by_id(caller: Caller, Path((contact, id)): Path<(String, String)>) -> Answer {
    let shelf = caller.location.look();
    let task = shelf.simple_by_id(Sort::Task, Some(&contact), &id).ok_or_else(|| Problem::not_found("Task"))?;
    ok(json!({"task": task.shown()}))
}

pub(super) async fn update(caller: Caller, Path((contact, id)): Path<(String, String)>, Body(given): Body) -> Answer {
    let task = caller.location.act(Actor::Api).update_simple(Sort::Task, Some(&contact), &id, checked(given)?)?;
    ok(json!({"task": task.shown()}))
}

pub(super) async fn complete(caller: Caller, Path((contact, id)): Path<(String, String)>, Body(given): Body) -> Answer {
    Given(&given).only(&["completed"])?;
    if !given.contains_key("completed") {
        return Err(Problem::invalid("completed must be a boolean value"));
    }
    let task = caller.location.act(Actor::Api).update_simple(Sort::Task, Some(&contact), &id, checked(given)?)?;
    ok(json!({"task": task.shown()}))
}

pub(super) async fn delete(caller: Caller, Path((contact, id)): Path<(String, String)>) -> Answer {
    caller.location.act(Actor::Api).delete_simple(Sort::Task, Some(&contact), &id)?;
    succeeded(&caller)
}

pub(super) async fn search(caller: Caller, Path(location): Path<String>, Body(given): Body) -> Answer {
    caller.must_be(&location)?;
    let fields = Given(&given);
    let number = |name: &str, or: u64| usize::try_from(given.get(name).and_then(Value::as_u64).unwrap_or(or)).unwrap_or(usize::MAX);
    let contacts = fields.texts("contactId");
    let assigned = fields.texts("assignedTo");
    let words = fields.text("query").map(str::to_lowercase);
    let completed = given.get("completed").and_then(Value::as_bool);
    let shelf = caller.location.look();
    let fits = |task: &&crate::highlevel::state::Simple| {
        let of = Given(&task.fields);
        let done = task.fields.get("completed").and_then(Value::as_bool).unwrap_or(false);
        (contacts.is_empty() || task.contact.as_ref().is_some_and(|contact| contacts.iter().any(|other| **other == **contact)))
            && (assigned.is_empty() || of.text("assignedTo").is_some_and(|user| assigned.iter().any(|other| other == user)))
            && completed.is_none_or(|wanted| wanted == done)
            && words.as_ref().is_none_or(|words| of.text("title").is_some_and(|title| title.to_lowercase().contains(words)))
    };
    let tasks: Vec<Value> = shelf.simple(Sort::Task).values().filter(fits).skip(number("skip", 0)).take(number("limit", 25)).map(|task| task.shown()).collect();
    ok(json!({"tasks": tasks}))
}
