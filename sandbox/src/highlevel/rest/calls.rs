//! Calls: recording one that happened elsewhere, and what was said in those of the built-in phone.

use super::inbound::{call_of, contact_of, date_of, may_use, recorded};
use crate::highlevel::{
    admit::Caller,
    given::Given,
    kinds::Kind,
    location::Actor,
    message::{Direction, Sentence},
    messages::NewMessage,
    problem::Problem,
    reply::{Answer, Body},
    service::World,
};
use axum::{
    Json,
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use serde_json::Value;
use std::{fmt::Write as _, sync::Arc};

/// `POST /conversations/messages/outbound`: calls only.
pub(super) async fn outbound(State(world): State<Arc<World>>, caller: Caller, Body(given): Body) -> Answer {
    let fields = Given(&given);
    let kind = Kind::read(fields.needed("type")?).filter(|kind| kind.given == "Call").ok_or_else(|| Problem::invalid("type must be Call"))?;
    fields.needed("conversationId")?;
    may_use(&world, &caller, fields.text("conversationProviderId"))?;
    let (call, date) = (call_of(&given)?, date_of(fields)?);
    let part = |name: &str| given.get("call").and_then(|call| call[name].as_str()).map(str::to_owned);
    let mut acting = caller.location.act(Actor::Api);
    let contact = contact_of(&acting, fields)?;
    let message = acting.add(NewMessage {
        status: call.status.clone(),
        date,
        attachments: fields.texts("attachments"),
        provider: fields.owned("conversationProviderId"),
        alt_id: fields.owned("altId"),
        from: part("from"),
        to: part("to"),
        call: Some(call),
        ..NewMessage::new("messages.outbound", kind, contact, Direction::Outbound)
    });
    recorded(&message)
}

fn sentences(caller: &Caller, location: &str, message: &str) -> Result<Vec<Sentence>, Problem> {
    caller.must_be(location)?;
    let shelf = caller.location.look();
    shelf.message(message).ok_or_else(|| Problem::not_found("Message"))?;
    shelf.transcripts.get(message).cloned().ok_or_else(|| Problem::not_found("Transcription"))
}

/// A list of sentences, which has no room for a `traceId`.
pub(super) async fn transcription(caller: Caller, Path((location, message)): Path<(String, String)>) -> Result<Json<Vec<Value>>, Problem> {
    let sentences = sentences(&caller, &location, &message)?;
    Ok(Json(sentences.iter().enumerate().map(|(index, sentence)| sentence.shown(index)).collect()))
}

pub(super) async fn transcript_text(caller: Caller, Path((location, message)): Path<(String, String)>) -> Result<Response, Problem> {
    let mut text = String::new();
    for sentence in sentences(&caller, &location, &message)? {
        let second = sentence.start_ms / 1000;
        // Writing to a String can't fail.
        let _ = writeln!(text, "[{:02}:{:02}] Channel {}: {}", second / 60, second % 60, sentence.channel, sentence.text);
    }
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

/// Silence: eight samples for every second of the call.
pub(super) async fn recording(caller: Caller, Path((message, location)): Path<(String, String)>) -> Result<Response, Problem> {
    caller.must_be(&location)?;
    let shelf = caller.location.look();
    let message = shelf.message(&message).ok_or_else(|| Problem::not_found("Message"))?;
    let call = message.call.as_ref().ok_or_else(|| Problem::not_found("Recording"))?;
    Ok(([(header::CONTENT_TYPE, "audio/x-wav")], wav(call.seconds)).into_response())
}

/// Mono, 8 bit, 8 samples a second: short, and valid.
fn wav(seconds: u32) -> Vec<u8> {
    const RATE: u32 = 8;
    let samples = seconds.min(3600) * RATE;
    let mut bytes = Vec::new();
    bytes.extend_from_slice(b"RIFF");
    bytes.extend_from_slice(&(36 + samples).to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt ");
    bytes.extend_from_slice(&16_u32.to_le_bytes());
    bytes.extend_from_slice(&[1, 0, 1, 0]);
    bytes.extend_from_slice(&RATE.to_le_bytes());
    bytes.extend_from_slice(&RATE.to_le_bytes());
    bytes.extend_from_slice(&[1, 0, 8, 0]);
    bytes.extend_from_slice(b"data");
    bytes.extend_from_slice(&samples.to_le_bytes());
    bytes.resize(bytes.len() + usize::try_from(samples).unwrap_or(0), 0x80);
    bytes
}
