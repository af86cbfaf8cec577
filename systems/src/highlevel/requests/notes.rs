//! A contact's notes [spec contacts.json].

use super::{CONTACTS, delete, post, put, read};
use crate::Effect;
use crate::call::Request;
use crate::http::segment;
use serde_json::json;

fn path(contact: &str, note: &str) -> String {
    format!("/contacts/{}/notes/{}", segment(contact), segment(note))
}

/// `POST /contacts/{id}/notes`: `{note: {id, ...}}`. After a doubt look for the same body in
/// [`notes_list`].
#[must_use]
pub fn note_create(contact: &str, body: &str) -> Request {
    let path = format!("/contacts/{}/notes", segment(contact));
    post("notes.create", Effect::Probe, CONTACTS, path).with_body(json!({"body": body})).expecting("/note/id")
}

/// `GET /contacts/{id}/notes`: `{notes: [...]}`, all of them.
#[must_use]
pub fn notes_list(contact: &str) -> Request {
    read("notes.list", CONTACTS, format!("/contacts/{}/notes", segment(contact)))
}

/// `GET /contacts/{id}/notes/{note}`: `{note: {...}}`.
#[must_use]
pub fn note_get(contact: &str, note: &str) -> Request {
    read("notes.get", CONTACTS, path(contact, note))
}

/// `PUT /contacts/{id}/notes/{note}`.
#[must_use]
pub fn note_update(contact: &str, note: &str, body: &str) -> Request {
    put("notes.update", CONTACTS, path(contact, note)).with_body(json!({"body": body}))
}

/// `DELETE /contacts/{id}/notes/{note}`; 404 once it is gone.
#[must_use]
pub fn note_delete(contact: &str, note: &str) -> Request {
    delete("notes.delete", CONTACTS, path(contact, note))
}
