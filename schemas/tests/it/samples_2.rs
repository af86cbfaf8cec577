//! Payloads that came with version 2 of the event, each with every field filled in. Golden files hold
//! these: never change one, add another.

use hatbridge_schemas::*;
use std::collections::BTreeMap;

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// One payload of every type that is new or has new fields.
pub fn payloads() -> Vec<(&'static str, Payload)> {
    vec![
        ("task_2", Payload::Task(Task { contact_id: some("c1"), external_id: some("external_id"), ..Task::default() })),
        (
            "appointment_2",
            Payload::Appointment(Appointment {
                contact_id: some("c1"),
                address: some("address"),
                notes: some("notes"),
                assigned_user_id: some("assigned_user_id"),
                user_ids: vec!["user_ids 1".to_owned(), String::new()],
                group_id: some("group_id"),
                origin: some("origin"),
                is_recurring: Some(true),
                recurrence: some("recurrence"),
                external_id: some("external_id"),
                ..Appointment::default()
            }),
        ),
        (
            "opportunity_2",
            Payload::Opportunity(Opportunity {
                contact_id: some("c1"),
                assigned_to: some("assigned_to"),
                origin: some("origin"),
                followers: vec!["followers 1".to_owned(), String::new()],
                lost_reason_id: some("lost_reason_id"),
                custom_fields: BTreeMap::from([("f1".to_owned(), "v1".to_owned())]),
                external_id: some("external_id"),
                ..Opportunity::default()
            }),
        ),
        (
            "business",
            Payload::Business(Business {
                name: some("name"),
                email: some("email"),
                phone: some("phone"),
                website: some("website"),
                address: some("address"),
                city: some("city"),
                state: some("state"),
                postal_code: some("postal_code"),
                country: some("country"),
                description: some("description"),
            }),
        ),
        (
            "calendar",
            Payload::Calendar(Calendar {
                name: some("name"),
                description: some("description"),
                slug: some("slug"),
                kind: some("kind"),
                group_id: some("group_id"),
                is_active: Some(true),
                event_title: some("event_title"),
                slot_minutes: Some(3),
                user_ids: vec!["user_ids 1".to_owned(), String::new()],
            }),
        ),
        (
            "calendar_group",
            Payload::CalendarGroup(CalendarGroup { name: some("name"), description: some("description"), slug: some("slug"), is_active: Some(true) }),
        ),
        (
            "calendar_resource",
            Payload::CalendarResource(CalendarResource {
                name: some("name"),
                kind: some("kind"),
                description: some("description"),
                is_active: Some(true),
                quantity: Some(3),
                out_of_service: Some(3),
                capacity: Some(3),
                calendar_ids: vec!["calendar_ids 1".to_owned(), String::new()],
            }),
        ),
        (
            "calendar_notification",
            Payload::CalendarNotification(CalendarNotification {
                kind: some("kind"),
                channel: some("channel"),
                receiver: some("receiver"),
                subject: some("subject"),
                body: some("body"),
                template_id: some("template_id"),
                is_active: Some(true),
                user_ids: vec!["user_ids 1".to_owned(), String::new()],
            }),
        ),
        ("free_slots", Payload::FreeSlots(FreeSlots { calendar_id: some("calendar_id"), starts_at: vec![-1, 1_764_000_000_000_001] })),
        (
            "block_slot",
            Payload::BlockSlot(BlockSlot {
                calendar_id: some("calendar_id"),
                assigned_user_id: some("assigned_user_id"),
                title: some("title"),
                starts_at: Some(1_764_000_000_000_001),
                ends_at: Some(1_764_000_000_000_001),
            }),
        ),
        (
            "appointment_note",
            Payload::AppointmentNote(AppointmentNote {
                appointment_id: some("appointment_id"),
                contact_id: some("contact_id"),
                body: some("body"),
                author: some("author"),
            }),
        ),
        (
            "pipeline",
            Payload::Pipeline(Pipeline {
                name: some("name"),
                stages: vec![PipelineStage { id: some("id"), name: some("name"), position: Some(3) }, PipelineStage::default()],
                show_in_funnel: Some(true),
            }),
        ),
        (
            "user",
            Payload::User(User {
                first_name: some("first_name"),
                last_name: some("last_name"),
                name: some("name"),
                email: some("email"),
                phone: some("phone"),
                extension: some("extension"),
                kind: some("kind"),
                role: some("role"),
                location_ids: vec!["location_ids 1".to_owned(), String::new()],
                deleted: Some(true),
            }),
        ),
        ("workflow", Payload::Workflow(Workflow { name: some("name"), status: some("status"), revision: Some(3) })),
        (
            "campaign",
            Payload::Campaign(Campaign { name: some("name"), status: some("status"), contact_id: some("contact_id"), template_id: some("template_id") }),
        ),
        ("snapshot", Payload::Snapshot(Snapshot { name: some("name"), kind: some("kind") })),
        (
            "location",
            Payload::Location(Location {
                company_id: some("company_id"),
                name: some("name"),
                email: some("email"),
                phone: some("phone"),
                website: some("website"),
                domain: some("domain"),
                address: some("address"),
                city: some("city"),
                state: some("state"),
                postal_code: some("postal_code"),
                country: some("country"),
                timezone: some("timezone"),
            }),
        ),
        (
            "custom_field",
            Payload::CustomField(CustomField {
                name: some("name"),
                key: some("key"),
                data_type: some("data_type"),
                object: some("object"),
                folder_id: some("folder_id"),
                position: Some(3),
                options: vec!["options 1".to_owned(), String::new()],
            }),
        ),
        (
            "company",
            Payload::Company(Company {
                name: some("name"),
                email: some("email"),
                phone: some("phone"),
                website: some("website"),
                domain: some("domain"),
                address: some("address"),
                city: some("city"),
                state: some("state"),
                postal_code: some("postal_code"),
                country: some("country"),
                timezone: some("timezone"),
                currency: some("currency"),
            }),
        ),
        (
            "association",
            Payload::Association(Association {
                key: some("key"),
                kind: some("kind"),
                first_object: some("first_object"),
                first_label: some("first_label"),
                second_object: some("second_object"),
                second_label: some("second_label"),
            }),
        ),
        (
            "relation",
            Payload::Relation(Relation {
                association_id: some("association_id"),
                first_object: some("first_object"),
                first_record_id: some("first_record_id"),
                second_object: some("second_object"),
                second_record_id: some("second_record_id"),
            }),
        ),
        ("blog", Payload::Blog(Blog { name: some("name") })),
        ("blog_author", Payload::BlogAuthor(BlogAuthor { name: some("name"), canonical_link: some("canonical_link") })),
        ("blog_category", Payload::BlogCategory(BlogCategory { name: some("name"), slug: some("slug"), canonical_link: some("canonical_link") })),
        (
            "blog_post",
            Payload::BlogPost(BlogPost {
                blog_id: some("blog_id"),
                title: some("title"),
                description: some("description"),
                slug: some("slug"),
                status: some("status"),
                author_id: some("author_id"),
                category_ids: vec!["category_ids 1".to_owned(), String::new()],
                tags: vec!["tags 1".to_owned(), String::new()],
                image_url: some("image_url"),
                canonical_link: some("canonical_link"),
                published_at: Some(1_764_000_000_000_001),
            }),
        ),
        (
            "recording",
            Payload::Recording(Recording {
                message_id: some("message_id"),
                contact_id: some("contact_id"),
                media_type: some("media_type"),
                bytes: Some(3),
                sha256: some("sha256"),
                stored_at: some("stored_at"),
            }),
        ),
    ]
}
