//! A contact's tasks [spec contacts.json].

use super::{CONTACTS, delete, post, put, read};
use crate::call::Request;
use crate::http::segment;
use crate::{Effect, moment};
use hatbridge_schemas::Task;
use serde_json::{Map, Value, json};

fn path(contact: &str, task: &str) -> String {
    format!("/contacts/{}/tasks/{}", segment(contact), segment(task))
}

/// `POST /contacts/{id}/tasks`: `{task: {id, ...}}`. HighLevel demands a title, a due date and whether
/// it is done. After a doubt look for the same words in [`tasks_list`].
#[must_use]
pub fn task_create(contact: &str, task: &Task) -> Request {
    let mut body = fields(task);
    body.entry("completed").or_insert(json!(false));
    let path = format!("/contacts/{}/tasks", segment(contact));
    post("tasks.create", Effect::Probe, CONTACTS, path).with_body(Value::Object(body)).expecting("/task/id")
}

/// `GET /contacts/{id}/tasks`: `{tasks: [...]}`, all of them.
#[must_use]
pub fn tasks_list(contact: &str) -> Request {
    read("tasks.list", CONTACTS, format!("/contacts/{}/tasks", segment(contact)))
}

/// `GET /contacts/{id}/tasks/{task}`: `{task: {...}}`.
#[must_use]
pub fn task_get(contact: &str, task: &str) -> Request {
    read("tasks.get", CONTACTS, path(contact, task))
}

/// `PUT /contacts/{id}/tasks/{task}` with the fields that are `Some`.
#[must_use]
pub fn task_update(contact: &str, id: &str, task: &Task) -> Request {
    put("tasks.update", CONTACTS, path(contact, id)).with_body(Value::Object(fields(task)))
}

/// `DELETE /contacts/{id}/tasks/{task}`; 404 once it is gone.
#[must_use]
pub fn task_delete(contact: &str, task: &str) -> Request {
    delete("tasks.delete", CONTACTS, path(contact, task))
}

fn fields(task: &Task) -> Map<String, Value> {
    let mut out = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            out.insert(name.to_owned(), value);
        }
    };
    put("title", task.title.as_ref().map(|title| json!(title)));
    put("body", task.body.as_ref().map(|body| json!(body)));
    put("dueDate", task.due_at.map(|at| json!(moment::millis_text(at))));
    put("completed", task.completed.map(|done| json!(done)));
    put("assignedTo", task.assigned_to.as_ref().map(|user| json!(user)));
    out
}
