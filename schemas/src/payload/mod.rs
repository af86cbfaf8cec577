//! What is understood of an entity, in one form for both systems. All types mask themselves in
//! `Debug`: they hold personal data. What the source doesn't say is `None` or empty; the event's raw
//! text has what has no field here.

mod automation;
mod blogs;
mod calendars;
mod contacts;
mod messages;
mod objects;
mod organisations;
mod sales;
mod work;

pub use automation::{Campaign, Snapshot, Workflow};
pub use blogs::{Blog, BlogAuthor, BlogCategory, BlogPost};
pub use calendars::{Appointment, AppointmentNote, BlockSlot, Calendar, CalendarGroup, CalendarNotification, CalendarResource, FreeSlots};
pub use contacts::{Contact, TagChange};
pub use messages::{CallDetail, Conversation, Direction, Message, Recording, Sentence, Transcript};
pub use objects::{Association, CustomField, Relation};
pub use organisations::{Business, Company, Location, User};
pub use sales::{Opportunity, Pipeline, PipelineStage};
pub use work::{Command, Note, Task, Ticket, TicketStatus};

use crate::EntityKind;
use crate::value::{Avro, Unreadable, Why};
use apache_avro::types::Value;
use serde::Serialize;

/// A record of the schema: the type, its form in Avro and its masked `Debug`, from one list of fields.
macro_rules! record {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $field:ident: $type:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default)]
        pub struct $name { $($(#[$about])* pub $field: $type),+ }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(concat!(stringify!($name), "(masked)")) }
        }
        crate::records::avro_record!($name { $($field),+ });
    };
}
use record;

/// The union of payloads: branch 0 is null, the types follow in the schema's order, each with the
/// kind of entity that it describes.
macro_rules! payloads {
    ($($(#[$doc:meta])* $name:ident = $branch:literal is $kind:ident),+ $(,)?) => {
        /// What an event carries, by kind of entity. Serializes as what is in it.
        #[derive(Debug, Clone, PartialEq, Serialize)]
        #[serde(untagged)]
        pub enum Payload { $($(#[$doc])* $name($name)),+ }

        impl Payload {
            /// The kind of entity that it describes; a command describes none.
            #[must_use]
            pub const fn kind(&self) -> EntityKind {
                match self { $(Self::$name(_) => EntityKind::$kind),+ }
            }
        }

        /// Record names in the newest schema's union `payload`. Held against the schema by a test.
        #[cfg(test)]
        const BRANCHES: &[&str] = &["null", $(stringify!($name)),+];

        impl Avro for Option<Payload> {
            fn to_avro(&self) -> Value {
                let (branch, value) = match self {
                    None => (0, Value::Null),
                    $(Some(Payload::$name(p)) => ($branch, p.to_avro())),+
                };
                Value::Union(branch, Box::new(value))
            }

            fn from_avro(value: Value) -> Result<Self, Unreadable> {
                let Value::Union(branch, value) = value else { return Err(Unreadable::new(Why::Type)) };
                Ok(Some(match branch {
                    0 => return Ok(None),
                    $($branch => Payload::$name(Avro::from_avro(*value)?),)+
                    _ => return Err(Unreadable::new(Why::Newer)),
                }))
            }

            fn absent() -> Result<Self, Unreadable> {
                Ok(None)
            }
        }
    };
}

payloads!(
    /// A person or company.
    Contact = 1 is Contact,
    /// HighLevel's thread of one contact.
    Conversation = 2 is Conversation,
    /// One message, mail or call.
    Message = 3 is Message,
    /// A call's transcript.
    Transcript = 4 is Transcript,
    /// A 17hats ticket.
    Ticket = 5 is Ticket,
    /// A note on a contact.
    Note = 6 is Note,
    /// A task on a contact.
    Task = 7 is Task,
    /// Tags put on or taken off a contact.
    TagChange = 8 is TagChange,
    /// An appointment.
    Appointment = 9 is Appointment,
    /// An opportunity in a pipeline.
    Opportunity = 10 is Opportunity,
    /// Something an operator asks for.
    Command = 11 is Other,
    /// A business: the company that contacts belong to in HighLevel.
    Business = 12 is Business,
    /// A calendar.
    Calendar = 13 is Calendar,
    /// A group of calendars.
    CalendarGroup = 14 is CalendarGroup,
    /// A room or piece of equipment that calendars book.
    CalendarResource = 15 is CalendarResource,
    /// A message that a calendar sends about its appointments.
    CalendarNotification = 16 is CalendarNotification,
    /// The free times of a calendar.
    FreeSlots = 17 is FreeSlots,
    /// A time in which nothing can be booked.
    BlockSlot = 18 is BlockSlot,
    /// A note on an appointment.
    AppointmentNote = 19 is AppointmentNote,
    /// A pipeline of opportunities.
    Pipeline = 20 is Pipeline,
    /// A user of the system: staff, not a client.
    User = 21 is User,
    /// A workflow.
    Workflow = 22 is Workflow,
    /// A campaign, or one contact's state in it.
    Campaign = 23 is Campaign,
    /// A snapshot: an agency's template of a location.
    Snapshot = 24 is Snapshot,
    /// A location: HighLevel's sub-account.
    Location = 25 is Location,
    /// The definition of a custom field.
    CustomField = 26 is CustomField,
    /// An agency: who owns locations.
    Company = 27 is Company,
    /// A kind of relation between two kinds of object.
    Association = 28 is Association,
    /// A relation between two records.
    Relation = 29 is Relation,
    /// A blog site.
    Blog = 30 is Blog,
    /// An author of blog posts.
    BlogAuthor = 31 is BlogAuthor,
    /// A category of blog posts.
    BlogCategory = 32 is BlogCategory,
    /// A blog post.
    BlogPost = 33 is BlogPost,
    /// The recording of a call, kept in the content store.
    Recording = 34 is Recording,
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shipped::Subject;
    use apache_avro::Schema;

    #[test]
    fn branches_of_the_payload_stand_as_in_the_newest_schema() {
        let Schema::Record(event) = &Subject::Event.newest().schema else { panic!("not a record") };
        let payload = event.fields.iter().find(|f| f.name == "payload").map(|f| &f.schema);
        let Some(Schema::Union(union)) = payload else { panic!("not a union") };
        let name = |s: &Schema| s.name().map_or("null".to_owned(), |n| n.name.clone());
        assert_eq!(union.variants().iter().map(name).collect::<Vec<_>>(), BRANCHES);
    }
}
