//! Notes, tasks, appointments and opportunities.

use super::{first_word, inner, text, word};
use crate::moment;
use hatbridge_schemas::{Appointment, Note, Opportunity, Task};
use serde_json::Value;

fn contact_id(body: &Value) -> Option<String> {
    word(body, "contactId").or_else(|| word(&body["contact"], "id"))
}

/// A note.
#[must_use]
pub fn note_from(body: &Value) -> Note {
    let body = inner(body, "note");
    Note { contact_id: contact_id(body), body: text(body, "body"), external_id: None }
}

/// A task.
#[must_use]
pub fn task_from(body: &Value) -> Task {
    let body = inner(body, "task");
    Task {
        contact_id: contact_id(body),
        title: text(body, "title"),
        body: text(body, "body"),
        due_at: moment::micros(&body["dueDate"]),
        completed: body["completed"].as_bool(),
        assigned_to: word(body, "assignedTo"),
    }
}

/// An appointment.
#[must_use]
pub fn appointment_from(body: &Value) -> Appointment {
    let body = inner(inner(body, "appointment"), "event");
    Appointment {
        contact_id: contact_id(body),
        calendar_id: word(body, "calendarId"),
        title: text(body, "title"),
        status: first_word(body, &["appointmentStatus", "status"]).map(|status| status.to_lowercase()),
        starts_at: moment::micros(&body["startTime"]),
        ends_at: moment::micros(&body["endTime"]),
    }
}

/// An opportunity.
#[must_use]
pub fn opportunity_from(body: &Value) -> Opportunity {
    let body = inner(body, "opportunity");
    Opportunity {
        contact_id: contact_id(body),
        pipeline_id: word(body, "pipelineId"),
        stage_id: first_word(body, &["pipelineStageId", "stageId"]),
        name: text(body, "name"),
        status: word(body, "status").map(|status| status.to_lowercase()),
        monetary_value: word(body, "monetaryValue"),
    }
}
