//! What ends the others' ground.

use super::{Step, step};
use serde_json::json;

pub fn steps() -> Vec<Step> {
    vec![
        step("delete event", json!({"eventId": "$appointment"})),
        step("delete calendar", json!({"calendarId": "$calendar"})),
        step("delete calendar group", json!({"groupId": "$group"})),
        step("delete conversation", json!({"conversationId": "$conversation"})),
        step("delete contact", json!({"contactId": "$friend"})),
        step("delete contact", json!({"contactId": "$contact"})),
    ]
}
