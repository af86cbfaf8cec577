//! Notes, to-dos, calendar events and projects of records, in hatbridge's field names.

use super::Resource;
use super::fields::{id, text};
use crate::moment;
use hatbridge_schemas::{Appointment, Note, Opportunity, Payload, Task};
use serde_json::Value;

/// The payload of a note, to-do, calendar event or project; `None` for other records.
#[must_use]
pub fn item_from(resource: Resource, from: &Value) -> Option<Payload> {
    let contact_id = id(from, "contact_id");
    let external_id = id(from, "external_id");
    Some(match resource {
        Resource::Notes => Payload::Note(Note { contact_id, body: text(from, "body"), external_id }),
        Resource::Todos => Payload::Task(Task {
            contact_id,
            title: text(from, "title"),
            body: text(from, "body"),
            due_at: moment::micros(&from["due_at"]),
            completed: from["completed"].as_bool(),
            external_id,
            ..Task::default()
        }),
        Resource::Projects => Payload::Opportunity(Opportunity {
            contact_id,
            stage_id: text(from, "stage"),
            name: text(from, "name"),
            status: text(from, "status"),
            monetary_value: text(from, "value"),
            external_id,
            ..Opportunity::default()
        }),
        Resource::Events => Payload::Appointment(Appointment {
            contact_id,
            title: text(from, "title"),
            status: text(from, "status"),
            starts_at: moment::micros(&from["starts_at"]),
            ends_at: moment::micros(&from["ends_at"]),
            external_id,
            ..Appointment::default()
        }),
        Resource::Contacts | Resource::Tickets | Resource::Messages | Resource::Transcripts => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn null_says_that_a_text_is_empty_and_absence_says_nothing() {
        let todo =
            item_from(Resource::Todos, &json!({"contact_id": "c1", "title": "Call", "body": null, "due_at": "2026-11-24T09:30:00Z", "external_id": null}));
        let expected = Task {
            contact_id: Some("c1".into()),
            title: Some("Call".into()),
            body: Some(String::new()),
            due_at: Some(1_795_512_600_000_000),
            ..Task::default()
        };
        assert_eq!(todo, Some(Payload::Task(expected)));
        let project = item_from(Resource::Projects, &json!({"name": "Wedding", "value": "1200.00", "stage": "Planning"}));
        let expected =
            Opportunity { name: Some("Wedding".into()), stage_id: Some("Planning".into()), monetary_value: Some("1200.00".into()), ..Opportunity::default() };
        assert_eq!(project, Some(Payload::Opportunity(expected)));
        assert_eq!(item_from(Resource::Tickets, &json!({})), None);
    }
}
