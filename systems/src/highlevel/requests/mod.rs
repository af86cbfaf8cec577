//! What can be asked of HighLevel: pure builders, each with its effect class and the `Version` that
//! its document names (FACTS section 1).

mod appointments;
mod businesses;
mod contacts;
mod conversations;
mod messages;
mod notes;
mod opportunities;
mod tasks;

pub use appointments::{appointment_create, appointment_delete, appointment_get, appointment_update, appointments_of_contact};
pub use businesses::{business_create, businesses_list, contacts_business};
pub use contacts::{
    SearchFilters, contact_create, contact_delete, contact_duplicate, contact_get, contact_search, contact_tags_add, contact_tags_remove, contact_update,
};
pub use conversations::{ConversationQuery, conversation_create, conversation_delete, conversation_get, conversation_search, conversation_update};
pub use messages::{
    Recorded, Sent, email_cancel, email_get, message_cancel, message_get, message_inbound, message_send, message_status, messages_export, messages_list,
    transcription_get,
};
pub use notes::{note_create, note_delete, note_get, note_update, notes_list};
pub use opportunities::{opportunity_create, opportunity_delete, opportunity_get, opportunity_update};
pub use tasks::{task_create, task_delete, task_get, task_update, tasks_list};

use crate::Effect;
use crate::call::Request;
use http::Method;

/// `Version` of the contacts documents.
const CONTACTS: &str = "2021-07-28";
/// `Version` of the calendars documents.
const CALENDARS: &str = "2021-04-15";
/// `Version` of the conversations documents.
const CONVERSATIONS: &str = "2021-04-15";

fn read(operation: &'static str, version: &'static str, path: String) -> Request {
    Request::new(operation, Effect::Read, Method::GET, path).with_version(version)
}

fn delete(operation: &'static str, version: &'static str, path: String) -> Request {
    Request::new(operation, Effect::Idempotent, Method::DELETE, path).with_version(version)
}

fn put(operation: &'static str, version: &'static str, path: String) -> Request {
    Request::new(operation, Effect::Idempotent, Method::PUT, path).with_version(version)
}

fn post(operation: &'static str, effect: Effect, version: &'static str, path: impl Into<String>) -> Request {
    Request::new(operation, effect, Method::POST, path).with_version(version)
}

#[cfg(test)]
mod tests;
