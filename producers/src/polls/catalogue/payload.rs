//! What we understand of a row.

use hatbridge_schemas::{EntityKind, Payload, Transcript};
use hatbridge_systems::highlevel::wire;
use serde_json::{Map, Value};

/// The typed payload of a row; `None` where its kind has none.
pub(super) fn of(kind: EntityKind, row: &Value, data: &Map<String, Value>, root: &str) -> Option<Payload> {
    if kind == EntityKind::Transcript {
        return Some(Payload::Transcript(transcript(row, data, root)));
    }
    let mut payload = wire::payload_from(kind, row)?;
    // A list of a contact's things does not always say whose they are.
    let contact = || Some(data.get("contactId")?.as_str()?.to_owned());
    match &mut payload {
        Payload::Note(note) if note.contact_id.is_none() => note.contact_id = contact(),
        Payload::Task(task) if task.contact_id.is_none() => task.contact_id = contact(),
        Payload::Appointment(appointment) if appointment.contact_id.is_none() => appointment.contact_id = contact(),
        _ => {}
    }
    Some(payload)
}

/// Sentences, or the text of a download. The answer does not say whose call it was.
fn transcript(row: &Value, data: &Map<String, Value>, root: &str) -> Transcript {
    let mut transcript = match row {
        Value::String(text) => wire::transcript_from(&serde_json::json!({ "transcript": text })),
        row => Transcript { sentences: wire::sentences_from(row), ..Transcript::default() },
    };
    transcript.message_id = data.get("messageId").and_then(Value::as_str).map(str::to_owned);
    transcript.contact_id = Some(root.to_owned()).filter(|root| !root.is_empty());
    transcript
}
