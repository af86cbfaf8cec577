//! What was said in a call.

use super::{integer, text, word};
use hatbridge_schemas::{Sentence, Transcript};
use serde_json::Value;

/// The transcript that an AI's call brings itself (`VoiceAiCallEnd`): a text, a sentence a line.
#[must_use]
pub fn transcript_from(body: &Value) -> Transcript {
    let lines = body["transcript"].as_str().unwrap_or_default().lines().map(str::trim).filter(|line| !line.is_empty());
    Transcript {
        contact_id: word(body, "contactId"),
        message_id: word(body, "messageId"),
        sentences: lines.map(|line| Sentence { text: line.to_owned(), ..Sentence::default() }).collect(),
        summary: word(body, "summary"),
    }
}

/// A transcription by message, as listed sentences, or as one text where it was downloaded.
pub(super) fn transcript_row(body: &Value) -> Transcript {
    if body.is_string() {
        return transcript_from(&serde_json::json!({ "transcript": body }));
    }
    let sentences = sentences_from(body);
    if sentences.is_empty() {
        return transcript_from(body);
    }
    Transcript { contact_id: word(body, "contactId"), message_id: word(body, "messageId"), sentences, summary: word(body, "summary") }
}

/// The sentences of a transcription by message, in order. The document shows one sentence where the
/// API lists them; both are read, wrapped or not.
#[must_use]
pub fn sentences_from(body: &Value) -> Vec<Sentence> {
    let wrapped = ["transcriptions", "transcription", "sentences", "data"].iter().find_map(|name| body[*name].as_array());
    let rows = match (body.as_array(), wrapped) {
        (Some(rows), _) | (None, Some(rows)) => rows.as_slice(),
        (None, None) => std::slice::from_ref(body),
    };
    let mut sentences: Vec<(Option<i64>, Sentence)> = rows.iter().filter_map(|row| Some((integer(&row["sentenceIndex"]), sentence(row)?))).collect();
    // Where one has no index, the order is that of the list.
    if sentences.iter().all(|(index, _)| index.is_some()) {
        sentences.sort_by_key(|(index, _)| *index);
    }
    sentences.into_iter().map(|(_, sentence)| sentence).collect()
}

fn sentence(row: &Value) -> Option<Sentence> {
    Some(Sentence {
        channel: integer(&row["mediaChannel"]),
        start_ms: integer(&row["startTime"]),
        end_ms: integer(&row["endTime"]),
        text: text(row, "transcript").or_else(|| text(row, "text"))?,
        confidence: row["confidence"].as_f64(),
    })
}
