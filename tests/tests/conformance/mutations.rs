//! The check of the check: exchanges that are wrong on purpose.

use crate::documents::Documents;
use crate::recorder::{Answered, Asked, Exchange};
use crate::validator::{judge_file, write};
use crate::verdict::Problem;
use hatbridge_systems::highlevel::Api;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What is done to an exchange, and where it must be noticed: in the request or in the answer.
type Mutation = (&'static str, fn(&mut Exchange), &'static str, &'static str);

const MUTATIONS: [Mutation; 14] = [
    ("a header is missing", |it| drop(it.request.headers.remove("version")), "header.version", "required"),
    ("another version", |it| drop(it.request.headers.insert("version".to_owned(), "v1".to_owned())), "header.version", "enum"),
    ("no token", |it| drop(it.request.headers.remove("authorization")), "header.authorization", "security"),
    ("another method", |it| it.request.method = "PUT".to_owned(), "path", "operation"),
    ("another path", |it| it.request.path = "/contacts/c1/task".to_owned(), "path", "operation"),
    ("an unknown query parameter", |it| it.request.path.push_str("?page=1"), "query.page", "additionalProperties"),
    ("a member is missing", |it| set(&mut it.request.body, |body| body["title"].take()), "body.title", "type"),
    ("a required member is missing", |it| set(&mut it.request.body, |body| body.as_object_mut().unwrap().remove("dueDate")), "body.dueDate", "required"),
    ("another type", |it| set(&mut it.request.body, |body| body["completed"] = json!("no")), "body.completed", "type"),
    ("no body", |it| it.request.body = json!(""), "body", "required"),
    ("another media type", |it| drop(it.request.headers.insert("content-type".to_owned(), "text/plain".to_owned())), "header.content-type", "media"),
    ("an undocumented status", |it| it.response.status = 299, "status", "status"),
    ("an answer's type", |it| set(&mut it.response.body, |body| body["task"]["title"] = json!(5)), "body.task.title", "type"),
    ("an answer that is no JSON", |it| it.response.body = json!("<html>"), "body", "parse"),
];

fn set<T>(body: &mut Value, change: impl FnOnce(&mut Value) -> T) {
    let mut read: Value = serde_json::from_str(body.as_str().unwrap()).unwrap();
    change(&mut read);
    *body = json!(read.to_string());
}

/// `create contact task`, as the document has it.
fn sound() -> Exchange {
    let headers = |all: &[(&str, &str)]| all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>();
    let asked = json!({"title": "Call", "dueDate": "2027-05-01T09:00:00Z", "completed": false});
    let task =
        json!({"id": "t1", "title": "Call", "body": "", "assignedTo": "u1", "dueDate": "2027-05-01T09:00:00.000Z", "completed": false, "contactId": "c1"});
    Exchange {
        number: 19,
        operation: "create contact task".to_owned(),
        request: Asked {
            method: "POST".to_owned(),
            path: "/contacts/c1/tasks".to_owned(),
            headers: headers(&[("version", "2021-07-28"), ("authorization", "Bearer t"), ("content-type", "application/json")]),
            body: json!(asked.to_string()),
        },
        response: Answered { status: 201, headers: headers(&[("content-type", "application/json")]), body: json!(json!({"task": task}).to_string()) },
    }
}

/// Each is noticed where it is, and the sound one is left in peace.
pub async fn all_are_noticed(documents: &Documents) {
    let mut exchanges = vec![sound()];
    exchanges.extend(MUTATIONS.iter().map(|(_, change, ..)| {
        let mut exchange = sound();
        change(&mut exchange);
        exchange
    }));
    let file = documents.folder.join("mutations.jsonl");
    write(documents, Api::V2, &exchanges, &file);
    let found = judge_file(&documents.folder, &file).await;
    assert!(found[0].request.is_empty() && found[0].response.is_empty(), "{:?}", found[0]);
    for ((name, _, at, keyword), found) in MUTATIONS.iter().zip(&found[1..]) {
        let is_it = |problem: &Problem| problem.at == *at && problem.keyword == *keyword;
        assert!(found.request.iter().chain(&found.response).any(is_it), "not noticed: {name}: {found:?}");
    }
}
