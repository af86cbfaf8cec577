//! Calendars and what stands in them.

use super::{first_word, flag, inner, integer, list, text, word};
use crate::moment;
use hatbridge_schemas::{Appointment, AppointmentNote, BlockSlot, Calendar, CalendarGroup, CalendarNotification, CalendarResource, FreeSlots};
use serde_json::Value;

/// An appointment.
#[must_use]
pub fn appointment_from(body: &Value) -> Appointment {
    let body = inner(inner(body, "appointment"), "event");
    Appointment {
        contact_id: word(body, "contactId").or_else(|| word(&body["contact"], "id")),
        calendar_id: word(body, "calendarId"),
        title: text(body, "title"),
        status: first_word(body, &["appointmentStatus", "status"]).map(|status| status.to_lowercase()),
        starts_at: moment::micros(&body["startTime"]),
        ends_at: moment::micros(&body["endTime"]),
        address: text(body, "address"),
        notes: text(body, "notes"),
        assigned_user_id: word(body, "assignedUserId"),
        user_ids: list(&body["users"]),
        group_id: word(body, "groupId"),
        origin: word(body, "source").or_else(|| word(&body["createdBy"], "source")),
        is_recurring: flag(body, "isRecurring"),
        recurrence: word(body, "rrule"),
        external_id: None,
    }
}

/// A calendar.
#[must_use]
pub fn calendar_from(body: &Value) -> Calendar {
    let body = inner(body, "calendar");
    let members = body["teamMembers"].as_array().into_iter().flatten();
    let hours = body["slotDurationUnit"].as_str().is_some_and(|unit| unit.starts_with("hour"));
    Calendar {
        name: text(body, "name"),
        description: text(body, "description"),
        slug: first_word(body, &["slug", "widgetSlug"]),
        kind: word(body, "calendarType"),
        group_id: word(body, "groupId"),
        is_active: flag(body, "isActive"),
        event_title: text(body, "eventTitle"),
        slot_minutes: integer(&body["slotDuration"]).map(|length| if hours { length.saturating_mul(60) } else { length }),
        user_ids: members.filter_map(|member| word(member, "userId")).collect(),
    }
}

/// A group of calendars.
#[must_use]
pub fn calendar_group_from(body: &Value) -> CalendarGroup {
    let body = inner(body, "group");
    CalendarGroup { name: text(body, "name"), description: text(body, "description"), slug: word(body, "slug"), is_active: flag(body, "isActive") }
}

/// A room or piece of equipment.
#[must_use]
pub fn calendar_resource_from(body: &Value) -> CalendarResource {
    CalendarResource {
        name: text(body, "name"),
        kind: word(body, "resourceType"),
        description: text(body, "description"),
        is_active: flag(body, "isActive"),
        quantity: integer(&body["quantity"]),
        out_of_service: integer(&body["outOfService"]),
        capacity: integer(&body["capacity"]),
        calendar_ids: list(&body["calendarIds"]),
    }
}

/// A notification of a calendar.
#[must_use]
pub fn calendar_notification_from(body: &Value) -> CalendarNotification {
    CalendarNotification {
        kind: word(body, "notificationType"),
        channel: word(body, "channel"),
        receiver: word(body, "receiverType"),
        subject: text(body, "subject"),
        body: text(body, "body"),
        template_id: word(body, "templateId"),
        is_active: flag(body, "isActive"),
        user_ids: list(&body["selectedUsers"]),
    }
}

/// Free slots: `{<date>: {slots: [<moment>]}}`, beside other members such as `traceId`.
#[must_use]
pub fn free_slots_from(body: &Value) -> FreeSlots {
    let days = inner(body, "_dates_").as_object().into_iter().flatten();
    let mut starts_at: Vec<i64> = days.filter_map(|(_, day)| day["slots"].as_array()).flatten().filter_map(moment::micros).collect();
    starts_at.sort_unstable();
    starts_at.dedup();
    FreeSlots { calendar_id: word(body, "calendarId"), starts_at }
}

/// A blocked slot.
#[must_use]
pub fn block_slot_from(body: &Value) -> BlockSlot {
    let body = inner(body, "event");
    BlockSlot {
        calendar_id: word(body, "calendarId"),
        assigned_user_id: word(body, "assignedUserId"),
        title: text(body, "title"),
        starts_at: moment::micros(&body["startTime"]),
        ends_at: moment::micros(&body["endTime"]),
    }
}

/// A note on an appointment.
#[must_use]
pub fn appointment_note_from(body: &Value) -> AppointmentNote {
    let body = inner(body, "note");
    AppointmentNote {
        appointment_id: first_word(body, &["appointmentId", "eventId"]),
        contact_id: word(body, "contactId"),
        body: text(body, "body"),
        author: word(body, "userId").or_else(|| word(&body["createdBy"], "id")),
    }
}
