//! The event: one change of one entity in one system.

use crate::{EntityId, Payload, System, TenantId, event_id};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! closed_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),+ }
        impl $name {
            /// All values, in the order of the schema's symbols.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The symbol used in schemas, metrics and the store.
            #[must_use]
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $text),+ } }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.as_str()) }
        }
        impl std::str::FromStr for $name {
            type Err = crate::UnknownName;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                match s { $($text => Ok(Self::$variant),)+ _ => Err(crate::UnknownName { what: stringify!($name), name: s.to_owned() }) }
            }
        }
    };
}
pub(crate) use closed_enum;

closed_enum!(
    /// What an event is about.
    EntityKind {
        /// A person or company.
        Contact = "contact",
        /// HighLevel's thread of one contact.
        Conversation = "conversation",
        /// One message or call in a thread.
        Message = "message",
        /// A call's transcript.
        Transcript = "transcript",
        /// A 17hats ticket.
        Ticket = "ticket",
        /// A note on a contact.
        Note = "note",
        /// A task (to-do) on a contact.
        Task = "task",
        /// Tags put on or taken off a contact.
        TagChange = "tag_change",
        /// An appointment.
        Appointment = "appointment",
        /// An opportunity (project).
        Opportunity = "opportunity",
        /// Anything not understood yet: kept raw.
        Other = "other",
        /// A business: the company that contacts belong to in HighLevel.
        Business = "business",
        /// A calendar.
        Calendar = "calendar",
        /// A group of calendars.
        CalendarGroup = "calendar_group",
        /// A room or piece of equipment that calendars book.
        CalendarResource = "calendar_resource",
        /// A message that a calendar sends about its appointments.
        CalendarNotification = "calendar_notification",
        /// The free times of a calendar.
        FreeSlots = "free_slots",
        /// A time in which nothing can be booked.
        BlockSlot = "block_slot",
        /// A note on an appointment.
        AppointmentNote = "appointment_note",
        /// A pipeline with its stages.
        Pipeline = "pipeline",
        /// A user of the system: staff, not a client.
        User = "user",
        /// A workflow.
        Workflow = "workflow",
        /// A campaign, or one contact's state in it.
        Campaign = "campaign",
        /// A snapshot: an agency's template of a location.
        Snapshot = "snapshot",
        /// A location: HighLevel's sub-account.
        Location = "location",
        /// The definition of a custom field.
        CustomField = "custom_field",
        /// An agency: who owns locations.
        Company = "company",
        /// A kind of relation between two kinds of object.
        Association = "association",
        /// A relation between two records.
        Relation = "relation",
        /// A blog site.
        Blog = "blog",
        /// An author of blog posts.
        BlogAuthor = "blog_author",
        /// A category of blog posts.
        BlogCategory = "blog_category",
        /// A blog post.
        BlogPost = "blog_post",
        /// The recording of a call, kept in the content store.
        Recording = "recording",
        /// A record of a custom object.
        Record = "record",
        /// The definition of a custom object.
        ObjectSchema = "object_schema",
        /// An invoice.
        Invoice = "invoice",
        /// An order.
        Order = "order",
        /// A product.
        Product = "product",
        /// A product's price.
        Price = "price",
        /// The installation of a marketplace app.
        App = "app",
        /// A knowledge base of an AI agent, or an asset in one.
        KnowledgeBase = "knowledge_base",
        /// A ticket to the developer of a marketplace app.
        SupportTicket = "support_ticket",
        /// A plan that an agency sells.
        Plan = "plan",
        /// What became of an e-mail that HighLevel sent.
        EmailStatistics = "email_statistics",
    }
);
closed_enum!(
    /// What happened to the entity.
    Change {
        /// It came into being.
        Created = "created",
        /// It changed.
        Updated = "updated",
        /// It is gone.
        Deleted = "deleted",
        /// Its state as found, with nothing said about what changed.
        Snapshot = "snapshot",
        /// Somebody asks hatbridge to do something.
        Command = "command",
        /// What became of a command.
        Result = "result",
    }
);
closed_enum!(
    /// By which way the change was noticed.
    Via {
        /// The system told us.
        Webhook = "webhook",
        /// We asked.
        Poll = "poll",
        /// A backfill of old state.
        Backfill = "backfill",
        /// An operator's order.
        Operator = "operator",
    }
);

/// Which entity an event concerns.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EntityRef {
    /// Its kind.
    pub kind: EntityKind,
    /// Its id in the source system.
    pub id: EntityId,
    /// The id its order hangs on: the contact's, or its own where there is no contact.
    pub root: EntityId,
}

/// One change of one entity in one system, as written to Kafka.
#[derive(Clone, PartialEq)]
pub struct Event {
    /// Deterministic id, see [`event_id`].
    pub id: Uuid,
    /// The system where it happened.
    pub source: System,
    /// Whose data it is.
    pub tenant: TenantId,
    /// The entity.
    pub entity: EntityRef,
    /// What happened.
    pub change: Change,
    /// What tells this state of the entity from others: a revision, an update time, or the
    /// capture's own generation and content hash.
    pub version: String,
    /// When it happened by the source's word, microseconds since the Unix epoch.
    pub occurred_at: i64,
    /// When hatbridge saw it, microseconds since the Unix epoch.
    pub observed_at: i64,
    /// How it was seen.
    pub via: Via,
    /// Shared by everything that follows from one first cause.
    pub correlation_id: Uuid,
    /// The event this one follows from, if any.
    pub causation_id: Option<Uuid>,
    /// What we understood.
    pub payload: Option<Payload>,
    /// What came, as JSON text, whatever we understood of it.
    pub raw: Option<String>,
}

impl Event {
    /// Builds an event with its deterministic id; the correlation id is the event's own id.
    #[must_use]
    #[expect(clippy::too_many_arguments, reason = "an event has this many parts and no sensible defaults")]
    pub fn new(
        source: System,
        tenant: TenantId,
        entity: EntityRef,
        change: Change,
        version: String,
        occurred_at: i64,
        observed_at: i64,
        via: Via,
        payload: Option<Payload>,
        raw: Option<String>,
    ) -> Self {
        let id = event_id(source, &tenant, entity.kind.as_str(), &entity.id, change.as_str(), &version);
        Self { id, source, tenant, entity, change, version, occurred_at, observed_at, via, correlation_id: id, causation_id: None, payload, raw }
    }

    /// The Kafka key `tenant/root`: events of one person share a partition and an order.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}", self.tenant, self.entity.root)
    }
}

/// Masked: payload and raw text hold personal data.
impl std::fmt::Debug for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Event")
            .field("id", &self.id)
            .field("source", &self.source.as_str())
            .field("tenant", &self.tenant.as_str())
            .field("kind", &self.entity.kind.as_str())
            .field("entity", &self.entity.id.as_str())
            .field("root", &self.entity.root.as_str())
            .field("change", &self.change.as_str())
            .field("version", &self.version)
            .field("via", &self.via.as_str())
            .finish_non_exhaustive()
    }
}
