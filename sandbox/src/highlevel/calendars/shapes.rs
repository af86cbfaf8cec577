//! The calendar API's published request bodies.

use crate::highlevel::fields::{Field, Kind, may, must};

const LENGTH: Kind = Kind::Word(&["mins", "hours"]);

pub(in crate::highlevel) const GROUP: &[Field] = &[must("name", Kind::Text), must("description", Kind::Text), must("slug", Kind::Text)];
pub(in crate::highlevel) const GROUP_CREATE: &[Field] = &[must("locationId", Kind::Text), may("isActive", Kind::Bool)];
pub(in crate::highlevel) const GROUP_STATUS: &[Field] = &[must("isActive", Kind::Bool)];
pub(in crate::highlevel) const GROUP_SLUG: &[Field] = &[must("locationId", Kind::Text), must("slug", Kind::Text)];

const PLACES: &[Field] = &[
    must("kind", Kind::Word(&["custom", "zoom_conference", "google_conference", "inbound_call", "outbound_call", "physical", "booker", "ms_teams_conference"])),
    may("location", Kind::Text),
];
const MEMBER: &[Field] = &[
    must("userId", Kind::Text),
    may("priority", Kind::Choice(&[0.0, 0.5, 1.0])),
    may("meetingLocationType", Kind::Word(&["custom", "zoom", "gmeet", "phone", "address", "teams", "booker"])),
    may("meetingLocation", Kind::Text),
    may("isPrimary", Kind::Bool),
    may("locationConfigurations", Kind::Objects(PLACES)),
];
const HOURS: &[Field] = &[
    must("openHour", Kind::Between(0.0, 23.0)),
    must("openMinute", Kind::Between(0.0, 60.0)),
    must("closeHour", Kind::Between(0.0, 23.0)),
    must("closeMinute", Kind::Between(0.0, 60.0)),
];
const OPEN: &[Field] = &[must("daysOfTheWeek", Kind::Numbers(0.0, 6.0)), must("hours", Kind::Objects(HOURS))];
const AVAILABLE: &[Field] = &[must("date", Kind::Text), must("hours", Kind::Objects(HOURS)), may("deleted", Kind::Bool), may("id", Kind::Text)];
const REPEATED: &[Field] = &[
    may("freq", Kind::Word(&["DAILY", "WEEKLY", "MONTHLY"])),
    may("count", Kind::Between(f64::MIN, 24.0)),
    may("bookingOption", Kind::Word(&["skip", "continue", "book_next"])),
    may("bookingOverlapDefaultStatus", Kind::Word(&["confirmed", "new"])),
];
const BUSY: &[Field] = &[must("enabled", Kind::Bool), must("LookBusyPercentage", Kind::Number)];
const OLD_NOTIFICATION: &[Field] = &[
    may("type", Kind::Word(&["email"])),
    must("shouldSendToContact", Kind::Bool),
    must("shouldSendToGuest", Kind::Bool),
    must("shouldSendToUser", Kind::Bool),
    must("shouldSendToSelectedUsers", Kind::Bool),
    must("selectedUsers", Kind::Text),
];

/// What creating and updating a calendar have in common.
pub(in crate::highlevel) const CALENDAR: &[Field] = &[
    may("isActive", Kind::Bool),
    may("notifications", Kind::Objects(OLD_NOTIFICATION)),
    may("groupId", Kind::Text),
    may("teamMembers", Kind::Objects(MEMBER)),
    may("eventType", Kind::Word(&["RoundRobin_OptimizeForAvailability", "RoundRobin_OptimizeForEqualDistribution"])),
    may("description", Kind::Text),
    may("slug", Kind::Text),
    may("widgetSlug", Kind::Text),
    may("widgetType", Kind::Word(&["default", "classic"])),
    may("eventTitle", Kind::Text),
    may("eventColor", Kind::Text),
    may("meetingLocation", Kind::Text),
    may("locationConfigurations", Kind::Objects(PLACES)),
    may("slotDuration", Kind::Number),
    may("slotDurationUnit", LENGTH),
    may("slotInterval", Kind::Number),
    may("slotIntervalUnit", LENGTH),
    may("slotBuffer", Kind::Number),
    may("slotBufferUnit", LENGTH),
    may("preBuffer", Kind::Number),
    may("preBufferUnit", LENGTH),
    may("appoinmentPerSlot", Kind::Number),
    may("appoinmentPerDay", Kind::Number),
    may("allowBookingAfter", Kind::Number),
    may("allowBookingFor", Kind::Number),
    may("allowBookingForUnit", Kind::Word(&["days", "weeks", "months"])),
    may("openHours", Kind::Objects(OPEN)),
    may("enableRecurring", Kind::Bool),
    may("recurring", Kind::Object(REPEATED)),
    may("formId", Kind::Text),
    may("stickyContact", Kind::Bool),
    may("isLivePaymentMode", Kind::Bool),
    may("autoConfirm", Kind::Bool),
    may("shouldSendAlertEmailsToAssignedMember", Kind::Bool),
    may("alertEmail", Kind::Text),
    may("googleInvitationEmails", Kind::Bool),
    may("allowReschedule", Kind::Bool),
    may("allowCancellation", Kind::Bool),
    may("shouldAssignContactToTeamMember", Kind::Bool),
    may("shouldSkipAssigningContactForExisting", Kind::Bool),
    may("notes", Kind::Text),
    may("pixelId", Kind::Text),
    may("formSubmitType", Kind::Word(&["RedirectURL", "ThankYouMessage"])),
    may("formSubmitRedirectURL", Kind::Text),
    may("formSubmitThanksMessage", Kind::Text),
    may("availabilityType", Kind::Choice(&[0.0, 1.0])),
    may("availabilities", Kind::Objects(AVAILABLE)),
    may("guestType", Kind::Word(&["count_only", "collect_detail"])),
    may("consentLabel", Kind::Text),
    may("calendarCoverImage", Kind::Text),
    may("lookBusyConfig", Kind::Object(BUSY)),
];
const CALENDAR_CREATE: &[Field] = &[
    must("locationId", Kind::Text),
    must("name", Kind::Text),
    may("calendarType", Kind::Word(&["round_robin", "event", "class_booking", "collective", "service_booking", "personal"])),
];
const CALENDAR_UPDATE: &[Field] = &[may("name", Kind::Text)];
const NOTICE_V2: &[Field] = &[may("allowBookingAfterUnit", Kind::Word(&["hours", "days", "weeks", "months"]))];
const NOTICE_V3: &[Field] = &[may("allowBookingAfterUnit", Kind::Word(&["hours", "days", "weeks", "months", "mins"]))];

pub(in crate::highlevel) const fn calendar_create(v3: bool) -> [&'static [Field]; 3] {
    [CALENDAR_CREATE, CALENDAR, if v3 { NOTICE_V3 } else { NOTICE_V2 }]
}

pub(in crate::highlevel) const fn calendar_update(v3: bool) -> [&'static [Field]; 3] {
    [CALENDAR_UPDATE, CALENDAR, if v3 { NOTICE_V3 } else { NOTICE_V2 }]
}

const APPOINTMENT: &[Field] = &[
    may("title", Kind::Text),
    may("meetingLocationType", Kind::Word(&["custom", "zoom", "gmeet", "phone", "address", "ms_teams", "google"])),
    may("meetingLocationId", Kind::Text),
    may("overrideLocationConfig", Kind::Bool),
    may("assignedUserId", Kind::Text),
    may("description", Kind::Text),
    may("address", Kind::Text),
    may("ignoreDateRange", Kind::Bool),
    may("toNotify", Kind::Bool),
    may("ignoreFreeSlotValidation", Kind::Bool),
    may("rrule", Kind::Text),
    may("endTime", Kind::Text),
];
const APPOINTMENT_CREATE: &[Field] =
    &[must("calendarId", Kind::Text), must("locationId", Kind::Text), must("contactId", Kind::Text), must("startTime", Kind::Text)];
const APPOINTMENT_UPDATE: &[Field] = &[may("calendarId", Kind::Text), may("startTime", Kind::Text)];
const STATUS_V2: &[Field] = &[may("appointmentStatus", Kind::Word(&["new", "confirmed", "cancelled", "showed", "noshow", "invalid"]))];
const STATUS_V3: &[Field] = &[may("appointmentStatus", Kind::Word(&["new", "confirmed", "cancelled", "showed", "noshow", "invalid", "completed", "active"]))];

pub(in crate::highlevel) const fn appointment_create(v3: bool) -> [&'static [Field]; 3] {
    [APPOINTMENT_CREATE, APPOINTMENT, if v3 { STATUS_V3 } else { STATUS_V2 }]
}

pub(in crate::highlevel) const fn appointment_update(v3: bool) -> [&'static [Field]; 3] {
    [APPOINTMENT_UPDATE, APPOINTMENT, if v3 { STATUS_V3 } else { STATUS_V2 }]
}

/// The same for creating and for updating one.
pub(in crate::highlevel) const BLOCK: &[Field] = &[
    may("title", Kind::Text),
    must("calendarId", Kind::Text),
    may("assignedUserId", Kind::Text),
    must("locationId", Kind::Text),
    may("startTime", Kind::Text),
    may("endTime", Kind::Text),
];

pub(in crate::highlevel) const NOTE: &[Field] = &[may("userId", Kind::Text), must("body", Kind::TextUpTo(5000))];

pub(in crate::highlevel) const RESOURCE_CREATE: &[Field] = &[
    must("locationId", Kind::Text),
    must("name", Kind::Text),
    must("description", Kind::Text),
    must("quantity", Kind::Number),
    must("outOfService", Kind::Number),
    must("capacity", Kind::Number),
    must("calendarIds", Kind::TextsUpTo(100)),
];
pub(in crate::highlevel) const RESOURCE_UPDATE: &[Field] = &[
    may("locationId", Kind::Text),
    may("name", Kind::Text),
    may("description", Kind::Text),
    may("quantity", Kind::Number),
    may("outOfService", Kind::Number),
    may("capacity", Kind::Number),
    may("calendarIds", Kind::TextsUpTo(100)),
    may("isActive", Kind::Bool),
];

const RECEIVER: Kind = Kind::Word(&["contact", "guest", "assignedUser", "emails", "phoneNumbers", "business"]);
const CHANNEL: Kind = Kind::Word(&["email", "inApp", "sms", "whatsapp"]);
const OCCASION: Kind = Kind::Word(&["booked", "confirmation", "cancellation", "reminder", "followup", "reschedule"]);
const OFFSET: &[Field] = &[may("timeOffset", Kind::Number), may("unit", Kind::Text)];
const NOTIFICATION: &[Field] = &[
    may("isActive", Kind::Bool),
    may("templateId", Kind::Text),
    may("body", Kind::Text),
    may("subject", Kind::Text),
    may("afterTime", Kind::Objects(OFFSET)),
    may("beforeTime", Kind::Objects(OFFSET)),
    may("additionalEmailIds", Kind::Texts),
    may("additionalPhoneNumbers", Kind::Texts),
    may("selectedUsers", Kind::Texts),
    may("fromAddress", Kind::Text),
    may("fromName", Kind::Text),
    may("fromNumber", Kind::Text),
];
pub(in crate::highlevel) const NOTIFICATION_CREATE: &[&[Field]] =
    &[&[must("receiverType", RECEIVER), must("channel", CHANNEL), must("notificationType", OCCASION)], NOTIFICATION];
pub(in crate::highlevel) const NOTIFICATION_UPDATE: &[&[Field]] =
    &[&[may("receiverType", RECEIVER), may("channel", CHANNEL), may("notificationType", OCCASION), may("deleted", Kind::Bool)], NOTIFICATION];
