//! Calendars and what stands in them.

use super::record;

record!(
    /// An appointment.
    Appointment {
        /// The contact's id in the source system.
        contact_id: Option<String>,
        /// The calendar it is in.
        calendar_id: Option<String>,
        /// Title.
        title: Option<String>,
        /// The source's own word in lower case.
        status: Option<String>,
        /// Microseconds since the epoch.
        starts_at: Option<i64>,
        /// Microseconds since the epoch.
        ends_at: Option<i64>,
        /// Where it takes place: an address or a link.
        address: Option<String>,
        /// Free notes kept on the appointment itself.
        notes: Option<String>,
        /// Id of the user who keeps it.
        assigned_user_id: Option<String>,
        /// Ids of all users who take part.
        user_ids: Vec<String>,
        /// The calendar group it is in.
        group_id: Option<String>,
        /// By what it was made, where the source says.
        origin: Option<String>,
        /// Whether it belongs to a series.
        is_recurring: Option<bool>,
        /// Rule of the series, RFC 5545 RRULE.
        recurrence: Option<String>,
        /// The other system's id as kept in the record itself.
        external_id: Option<String>,
    }
);

record!(
    /// A calendar.
    Calendar {
        /// Name.
        name: Option<String>,
        /// What it is for.
        description: Option<String>,
        /// Its name in booking addresses.
        slug: Option<String>,
        /// `round_robin`, `event`, `personal`, ... an open set.
        kind: Option<String>,
        /// The group it is in.
        group_id: Option<String>,
        /// Whether it can be booked.
        is_active: Option<bool>,
        /// Template of its appointments' titles.
        event_title: Option<String>,
        /// Length of a slot, in minutes.
        slot_minutes: Option<i64>,
        /// Ids of the users whose time it books.
        user_ids: Vec<String>,
    }
);

record!(
    /// A group of calendars.
    CalendarGroup {
        /// Name.
        name: Option<String>,
        /// What it is for.
        description: Option<String>,
        /// Its name in booking addresses.
        slug: Option<String>,
        /// Whether it can be booked.
        is_active: Option<bool>,
    }
);

record!(
    /// A room or piece of equipment that calendars book.
    CalendarResource {
        /// Name.
        name: Option<String>,
        /// `equipments` or `rooms`.
        kind: Option<String>,
        /// What it is.
        description: Option<String>,
        /// Whether it can be booked.
        is_active: Option<bool>,
        /// How many there are.
        quantity: Option<i64>,
        /// How many of them can't be used.
        out_of_service: Option<i64>,
        /// How many people fit in.
        capacity: Option<i64>,
        /// Ids of the calendars that book it.
        calendar_ids: Vec<String>,
    }
);

record!(
    /// A message that a calendar sends about its appointments.
    CalendarNotification {
        /// `booked`, `confirmation`, `reminder`, ... an open set.
        kind: Option<String>,
        /// `email`, `sms`, `inApp`, `whatsapp`.
        channel: Option<String>,
        /// Who gets it: `contact`, `assignedUser`, ... an open set.
        receiver: Option<String>,
        /// Subject line.
        subject: Option<String>,
        /// Text.
        body: Option<String>,
        /// The template it is made from.
        template_id: Option<String>,
        /// Whether it is sent.
        is_active: Option<bool>,
        /// Ids of the users who get it.
        user_ids: Vec<String>,
    }
);

record!(
    /// The free times of a calendar.
    FreeSlots {
        /// The calendar.
        calendar_id: Option<String>,
        /// When each free slot begins, in order, microseconds since the Unix epoch.
        starts_at: Vec<i64>,
    }
);

record!(
    /// A time in which nothing can be booked.
    BlockSlot {
        /// The calendar it is in.
        calendar_id: Option<String>,
        /// Id of the user whose time it is.
        assigned_user_id: Option<String>,
        /// Title.
        title: Option<String>,
        /// When it begins, microseconds since the Unix epoch.
        starts_at: Option<i64>,
        /// When it ends, microseconds since the Unix epoch.
        ends_at: Option<i64>,
    }
);

record!(
    /// A note on an appointment.
    AppointmentNote {
        /// The appointment, where the source says.
        appointment_id: Option<String>,
        /// The contact's id in the source system.
        contact_id: Option<String>,
        /// Text.
        body: Option<String>,
        /// Id of the user who wrote it.
        author: Option<String>,
    }
);
