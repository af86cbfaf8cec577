//! Calendars with their groups, resources, notifications, appointments and blocked times.

use super::{Step, step};
use serde_json::{Value, json};

pub fn steps() -> Vec<Step> {
    [groups(), calendars(), events(), notes(), notifications(), resources()].into_iter().flatten().collect()
}

fn groups() -> Vec<Step> {
    let group = |name: &str, slug: &str| json!({"name": name, "description": "For couples", "slug": slug});
    let mut update = group("Weddings and fairs", "weddings-and-fairs");
    update["groupId"] = json!("$group");
    let mut create = group("Weddings", "weddings");
    create["isActive"] = json!(true);
    vec![
        step("validate group slug", json!({"slug": "weddings"})),
        step("create calendar group", create).keep("group", &["/group/id"]),
        step("list calendar groups", json!({})),
        step("update calendar group", update),
        step("update group status", json!({"groupId": "$group", "isActive": true})),
    ]
}

/// The whole day, every day.
fn hours() -> Value {
    json!([{"daysOfTheWeek": [0, 1, 2, 3, 4, 5, 6], "hours": [{"openHour": 8, "openMinute": 0, "closeHour": 20, "closeMinute": 0}]}])
}

fn calendars() -> Vec<Step> {
    vec![
        step(
            "create calendar",
            json!({
                "name": "First talks", "description": "Half an hour", "slug": "first-talks", "widgetSlug": "first-talks", "widgetType": "classic",
                "calendarType": "round_robin", "eventType": "RoundRobin_OptimizeForAvailability", "groupId": "$group", "isActive": true,
                "teamMembers": [{"userId": "$user", "priority": 0.5, "isPrimary": true, "locationConfigurations": [{"kind": "physical", "location": "2 Mill Lane"}]}],
                "eventTitle": "Talk", "eventColor": "#039BE5", "slotDuration": 30, "slotDurationUnit": "mins", "slotInterval": 30, "slotIntervalUnit": "mins",
                "slotBuffer": 0, "slotBufferUnit": "mins", "appoinmentPerSlot": 1, "appoinmentPerDay": 20, "openHours": hours(), "autoConfirm": true,
                "allowBookingAfter": 1, "allowBookingAfterUnit": "hours", "allowBookingFor": 90, "allowBookingForUnit": "days", "allowReschedule": true,
                "allowCancellation": true, "formSubmitType": "ThankYouMessage", "formSubmitThanksMessage": "See you!", "guestType": "count_only",
                "lookBusyConfig": {"enabled": false, "LookBusyPercentage": 0},
            }),
        )
        .in_v3(json!({}))
        .keep("calendar", &["/calendar/id"]),
        step("list calendars", json!({"groupId": "$group", "showDrafted": true})),
        step("get calendar by id", json!({"calendarId": "$calendar"})),
        step("update calendar", json!({"calendarId": "$calendar", "name": "First talks and tours", "notes": "Bring a list", "openHours": hours(), "isActive": true})),
        step("get free slots", json!({"calendarId": "$calendar", "startDate": "$midnight in ms", "endDate": "$evening in ms", "timezone": "Europe/London", "userId": "$user"})),
    ]
}

fn events() -> Vec<Step> {
    let window = |whose: &str, id: &str| json!({whose: id, "startTime": "$midnight in ms", "endTime": "$evening in ms"});
    vec![
        step(
            "create appointment",
            json!({
                "calendarId": "$calendar", "contactId": "$contact", "startTime": "$ten", "endTime": "$half past ten", "title": "Talk with Ada",
                "appointmentStatus": "confirmed", "assignedUserId": "$user", "description": "About June", "address": "2 Mill Lane", "meetingLocationType": "custom",
                "overrideLocationConfig": true, "ignoreDateRange": false, "toNotify": false, "ignoreFreeSlotValidation": true,
            }),
        )
        .keep("appointment", &["/id"]),
        step("get appointment", json!({"eventId": "$appointment"})),
        step("update appointment", json!({"eventId": "$appointment", "title": "Talk with Ada and Bea", "startTime": "$two", "endTime": "$half past two", "appointmentStatus": "showed"})),
        step("get contact appointments", json!({"contactId": "$contact"})),
        step("list calendar events", window("calendarId", "$calendar")),
        step("list calendar events", window("userId", "$user")),
        step("create block slot", json!({"calendarId": "$calendar", "title": "Fair", "startTime": "$four", "endTime": "$five", "assignedUserId": "$user"})).keep("block", &["/id"]),
        step("update block slot", json!({"eventId": "$block", "calendarId": "$calendar", "title": "The fair", "startTime": "$four", "endTime": "$five"})),
        step("list blocked slots", window("calendarId", "$calendar")),
    ]
}

fn notes() -> Vec<Step> {
    vec![
        step("create appointment note", json!({"appointmentId": "$appointment", "body": "Parking behind the mill", "userId": "$user"}))
            .keep("appointment note", &["/note/id"]),
        step("list appointment notes", json!({"appointmentId": "$appointment", "limit": 10, "offset": 0})),
        step("update appointment note", json!({"appointmentId": "$appointment", "noteId": "$appointment note", "body": "Parking in front", "userId": "$user"})),
        step("delete appointment note", json!({"appointmentId": "$appointment", "noteId": "$appointment note"})),
        step("delete event", json!({"eventId": "$block"})),
    ]
}

fn notifications() -> Vec<Step> {
    let rule = json!({
        "receiverType": "contact", "channel": "email", "notificationType": "reminder", "isActive": true, "templateId": "5a17b0c55a00400080000001",
        "body": "See you soon", "subject": "Your talk", "beforeTime": [{"timeOffset": 1, "unit": "hours"}], "afterTime": [], "additionalEmailIds": ["office@studio.example"],
        "fromAddress": "office@studio.example", "fromName": "Studio",
    });
    vec![
        step("create calendar notification", json!({"calendarId": "$calendar", "notifications": [rule]})),
        step("list calendar notifications", json!({"calendarId": "$calendar", "isActive": true, "deleted": false, "limit": 10, "skip": 0}))
            .keep("notification", &["/0/_id", "/0/id"]),
        step("get calendar notification", json!({"calendarId": "$calendar", "notificationId": "$notification"})),
        step("update notification", json!({"calendarId": "$calendar", "notificationId": "$notification", "subject": "Your talk tomorrow", "isActive": false})),
        step("delete notification", json!({"calendarId": "$calendar", "notificationId": "$notification"})),
    ]
}

fn resources() -> Vec<Step> {
    let room = json!({
        "resourceType": "rooms", "name": "Attic", "description": "With a skylight", "quantity": 1, "outOfService": 0, "capacity": 6, "calendarIds": ["$calendar"],
    });
    vec![
        step("create calendar resource", room),
        step("list calendar resources", json!({"resourceType": "rooms", "limit": 10, "skip": 0})).keep("room", &["/0/id", "/0/_id"]),
        step("get calendar resource", json!({"resourceType": "rooms", "id": "$room"})),
        step("update calendar resource", json!({"resourceType": "rooms", "id": "$room", "name": "Big attic", "capacity": 8, "isActive": true})),
        step("delete calendar resource", json!({"resourceType": "rooms", "id": "$room"})),
    ]
}
