//! What an event is: the Avro schemas, the Rust types, the wire formats, the registry and the topics.

mod event;
mod ids;
mod payload;

pub use event::{Change, EntityKind, EntityRef, Event, Via};
pub use ids::{EntityId, System, TenantId, UnknownName, event_id};
pub use payload::{
    Appointment, CallDetail, Command, Contact, Conversation, Direction, Message, Note, Opportunity,
    Payload, Sentence, TagChange, Task, Ticket, TicketStatus, Transcript,
};
