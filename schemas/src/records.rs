//! The records of this crate in Avro: each type's fields are listed once, for both ways.

use crate::value::{Avro, Bytes, Fields, Unreadable, Why};
use crate::{
    Appointment, CallDetail, Change, Command, Contact, Conversation, DeadLetter, DeadReason, Direction, EntityKind, EntityRef, Event, Message, Note,
    Opportunity, Payload, Sentence, System, TagChange, Task, Ticket, TicketStatus, Transcript, Via,
};
use apache_avro::types::Value;

macro_rules! avro_enum {
    ($($name:ident),+) => { $(
        impl Avro for $name {
            // As text: Avro looks up the symbol's place, so the order of symbols can't drift.
            fn to_avro(&self) -> Value { Value::String(self.as_str().to_owned()) }
            fn from_avro(value: Value) -> Result<Self, Unreadable> {
                match value {
                    // The default symbol `unknown` parses as none of ours, like any newer symbol.
                    Value::Enum(_, symbol) => symbol.parse().map_err(|_| Unreadable::new(Why::Newer)),
                    _ => Err(Unreadable::new(Why::Type)),
                }
            }
        }
    )+ };
}
avro_enum!(System, Change, Via, Direction, TicketStatus, DeadReason);

impl Avro for EntityKind {
    fn to_avro(&self) -> Value {
        Value::String(self.as_str().to_owned())
    }
    /// A kind this program lacks is one it does not understand: `Other`, with its raw text.
    fn from_avro(value: Value) -> Result<Self, Unreadable> {
        match value {
            Value::Enum(_, symbol) => Ok(symbol.parse().unwrap_or(Self::Other)),
            _ => Err(Unreadable::new(Why::Type)),
        }
    }
}

macro_rules! avro_record {
    ($name:ident { $($field:ident),+ $(,)? }) => {
        impl Avro for $name {
            fn to_avro(&self) -> Value {
                Value::Record(vec![$((stringify!($field).to_owned(), self.$field.to_avro())),+])
            }
            fn from_avro(value: Value) -> Result<Self, Unreadable> {
                let mut fields = Fields::of(value)?;
                Ok(Self { $($field: fields.take(stringify!($field))?),+ })
            }
        }
    };
}

avro_record!(Contact {
    first_name,
    last_name,
    company_name,
    email,
    phone,
    address1,
    address2,
    city,
    state,
    postal_code,
    country,
    website,
    birthday,
    kind,
    is_company,
    origin,
    notes,
    dnd,
    tags,
    custom_fields,
    external_id,
});
avro_record!(Conversation { contact_id, channel, unread_count, starred, deleted, last_message_at, merged_into });
avro_record!(Message {
    contact_id,
    conversation_id,
    ticket_id,
    channel,
    direction,
    status,
    body,
    subject,
    attachments,
    sent_at,
    scheduled_at,
    external_id,
    origin,
    author,
    provider_id,
    call,
});
avro_record!(CallDetail { duration, status });
avro_record!(Transcript { contact_id, message_id, sentences, summary });
avro_record!(Sentence { channel, start_ms, end_ms, text, confidence });
avro_record!(Ticket { contact_id, subject, body, status, tags, external_id });
avro_record!(Note { contact_id, body, external_id });
avro_record!(Task { contact_id, title, body, due_at, completed, assigned_to });
avro_record!(TagChange { contact_id, added, removed });
avro_record!(Appointment { contact_id, calendar_id, title, status, starts_at, ends_at });
avro_record!(Opportunity { contact_id, pipeline_id, stage_id, name, status, monetary_value });
avro_record!(Command { operation, parameters });
avro_record!(EntityRef { kind, id, root });
avro_record!(Event { id, source, tenant, entity, change, version, occurred_at, observed_at, via, correlation_id, causation_id, payload, raw });

/// Record names in the newest schema's union `payload`; branch 0 is null. Held against the schema by a test.
#[cfg(test)]
pub(crate) const PAYLOAD_BRANCHES: [&str; 12] =
    ["null", "Contact", "Conversation", "Message", "Transcript", "Ticket", "Note", "Task", "TagChange", "Appointment", "Opportunity", "Command"];

impl Avro for Option<Payload> {
    fn to_avro(&self) -> Value {
        let (branch, value) = match self {
            None => (0, Value::Null),
            Some(Payload::Contact(p)) => (1, p.to_avro()),
            Some(Payload::Conversation(p)) => (2, p.to_avro()),
            Some(Payload::Message(p)) => (3, p.to_avro()),
            Some(Payload::Transcript(p)) => (4, p.to_avro()),
            Some(Payload::Ticket(p)) => (5, p.to_avro()),
            Some(Payload::Note(p)) => (6, p.to_avro()),
            Some(Payload::Task(p)) => (7, p.to_avro()),
            Some(Payload::TagChange(p)) => (8, p.to_avro()),
            Some(Payload::Appointment(p)) => (9, p.to_avro()),
            Some(Payload::Opportunity(p)) => (10, p.to_avro()),
            Some(Payload::Command(p)) => (11, p.to_avro()),
        };
        Value::Union(branch, Box::new(value))
    }

    fn from_avro(value: Value) -> Result<Self, Unreadable> {
        let Value::Union(branch, value) = value else { return Err(Unreadable::new(Why::Type)) };
        Ok(Some(match branch {
            0 => return Ok(None),
            1 => Payload::Contact(Avro::from_avro(*value)?),
            2 => Payload::Conversation(Avro::from_avro(*value)?),
            3 => Payload::Message(Avro::from_avro(*value)?),
            4 => Payload::Transcript(Avro::from_avro(*value)?),
            5 => Payload::Ticket(Avro::from_avro(*value)?),
            6 => Payload::Note(Avro::from_avro(*value)?),
            7 => Payload::Task(Avro::from_avro(*value)?),
            8 => Payload::TagChange(Avro::from_avro(*value)?),
            9 => Payload::Appointment(Avro::from_avro(*value)?),
            10 => Payload::Opportunity(Avro::from_avro(*value)?),
            11 => Payload::Command(Avro::from_avro(*value)?),
            _ => return Err(Unreadable::new(Why::Newer)),
        }))
    }

    fn absent() -> Result<Self, Unreadable> {
        Ok(None)
    }
}

impl Avro for DeadLetter {
    fn to_avro(&self) -> Value {
        let field = |name: &str, value: Value| (name.to_owned(), value);
        Value::Record(vec![
            field("event_id", self.event_id.to_avro()),
            field("tenant", self.tenant.to_avro()),
            field("source", self.source.to_avro()),
            field("reason", self.reason.to_avro()),
            field("message", self.message.to_avro()),
            field("system", self.system.to_avro()),
            field("operation", self.operation.to_avro()),
            field("attempts", self.attempts.to_avro()),
            field("first_at", self.first_at.to_avro()),
            field("last_at", self.last_at.to_avro()),
            field("topic", self.topic.to_avro()),
            field("partition", self.partition.to_avro()),
            field("offset", self.offset.to_avro()),
            field("key", self.key.clone().map(Bytes).to_avro()),
            field("request", self.request.to_avro()),
            field("answer", self.answer.to_avro()),
            field("redrive", self.redrive.to_avro()),
            field("event", Value::Bytes(self.event.clone())),
        ])
    }

    fn from_avro(value: Value) -> Result<Self, Unreadable> {
        let mut fields = Fields::of(value)?;
        Ok(Self {
            event_id: fields.take("event_id")?,
            tenant: fields.take("tenant")?,
            source: fields.take("source")?,
            reason: fields.take("reason")?,
            message: fields.take("message")?,
            system: fields.take("system")?,
            operation: fields.take("operation")?,
            attempts: fields.take("attempts")?,
            first_at: fields.take("first_at")?,
            last_at: fields.take("last_at")?,
            topic: fields.take("topic")?,
            partition: fields.take("partition")?,
            offset: fields.take("offset")?,
            key: fields.take::<Option<Bytes>>("key")?.map(|bytes| bytes.0),
            request: fields.take("request")?,
            answer: fields.take("answer")?,
            redrive: fields.take("redrive")?,
            event: fields.take::<Bytes>("event")?.0,
        })
    }
}

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
        assert_eq!(union.variants().iter().map(name).collect::<Vec<_>>(), PAYLOAD_BRANCHES);
    }
}
