//! Notes and tasks, and any row by its kind.

use super::{
    appointment_from, appointment_note_from, association_from, block_slot_from, blog_author_from, blog_category_from, blog_from, blog_post_from, business_from,
    calendar_from, calendar_group_from, calendar_notification_from, calendar_resource_from, campaign_from, company_from, contact_from, conversation_from,
    custom_field_from, flag, free_slots_from, inner, location_from, message_from, opportunity_from, pipeline_from, relation_from, snapshot_from, text,
    transcript_row, user_from, word, workflow_from,
};
use crate::moment;
use hatbridge_schemas::{EntityKind, Note, Payload, Task};
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
        completed: flag(body, "completed"),
        assigned_to: word(body, "assignedTo"),
        external_id: None,
    }
}

/// What a row of HighLevel's catalogue or a webhook's body says, by its kind; `None` for kinds whose
/// raw text is all there is.
#[must_use]
pub fn payload_from(kind: EntityKind, row: &Value) -> Option<Payload> {
    use EntityKind as K;
    Some(match kind {
        K::Contact => Payload::Contact(contact_from(row)),
        K::Conversation => Payload::Conversation(conversation_from(row)),
        K::Message => Payload::Message(message_from(row)),
        K::Transcript => Payload::Transcript(transcript_row(row)),
        K::Note => Payload::Note(note_from(row)),
        K::Task => Payload::Task(task_from(row)),
        K::Appointment => Payload::Appointment(appointment_from(row)),
        K::Opportunity => Payload::Opportunity(opportunity_from(row)),
        K::Business => Payload::Business(business_from(row)),
        K::Calendar => Payload::Calendar(calendar_from(row)),
        K::CalendarGroup => Payload::CalendarGroup(calendar_group_from(row)),
        K::CalendarResource => Payload::CalendarResource(calendar_resource_from(row)),
        K::CalendarNotification => Payload::CalendarNotification(calendar_notification_from(row)),
        K::FreeSlots => Payload::FreeSlots(free_slots_from(row)),
        K::BlockSlot => Payload::BlockSlot(block_slot_from(row)),
        K::AppointmentNote => Payload::AppointmentNote(appointment_note_from(row)),
        K::Pipeline => Payload::Pipeline(pipeline_from(row)),
        K::User => Payload::User(user_from(row)),
        K::Workflow => Payload::Workflow(workflow_from(row)),
        K::Campaign => Payload::Campaign(campaign_from(row)),
        K::Snapshot => Payload::Snapshot(snapshot_from(row)),
        K::Location => Payload::Location(location_from(row)),
        K::CustomField => Payload::CustomField(custom_field_from(row)),
        K::Company => Payload::Company(company_from(row)),
        K::Association => Payload::Association(association_from(row)),
        K::Relation => Payload::Relation(relation_from(row)),
        K::Blog => Payload::Blog(blog_from(row)),
        K::BlogAuthor => Payload::BlogAuthor(blog_author_from(row)),
        K::BlogCategory => Payload::BlogCategory(blog_category_from(row)),
        K::BlogPost => Payload::BlogPost(blog_post_from(row)),
        // Tickets and changes of tags are 17hats'; a recording is what the content store says of it.
        K::Ticket | K::TagChange | K::Recording => return None,
        K::Record
        | K::ObjectSchema
        | K::Invoice
        | K::Order
        | K::Product
        | K::Price
        | K::App
        | K::KnowledgeBase
        | K::SupportTicket
        | K::Plan
        | K::EmailStatistics
        | K::Other => return None,
    })
}
