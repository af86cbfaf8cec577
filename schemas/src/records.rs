//! Records and enums in Avro: each type's fields are listed once, for both ways. Payloads list theirs
//! where they are declared.

use crate::value::{Avro, Bytes, Fields, Unreadable, Why};
use crate::{Change, DeadLetter, DeadReason, Direction, EntityKind, EntityRef, Event, System, TicketStatus, Via};
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
        impl crate::value::Avro for $name {
            fn to_avro(&self) -> apache_avro::types::Value {
                apache_avro::types::Value::Record(vec![$((stringify!($field).to_owned(), self.$field.to_avro())),+])
            }
            fn from_avro(value: apache_avro::types::Value) -> Result<Self, crate::value::Unreadable> {
                let mut fields = crate::value::Fields::of(value)?;
                Ok(Self { $($field: fields.take(stringify!($field))?),+ })
            }
        }
    };
}

pub(crate) use avro_record;

avro_record!(EntityRef { kind, id, root });
avro_record!(Event { id, source, tenant, entity, change, version, occurred_at, observed_at, via, correlation_id, causation_id, payload, raw });

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
