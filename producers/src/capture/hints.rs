//! Words kept with a captured message, so that polls know what there is to ask for: its recording, its
//! mails.

use super::Draft;
use hatbridge_schemas::{EntityKind, Payload};
use serde_json::Value;

/// Of a call: it may have a recording and a transcript.
pub(crate) const CALL: &str = "call";
/// Of an e-mail message; the ids of its mails follow, separated by spaces.
pub(crate) const EMAIL: &str = "email";
/// Mails of one message that are kept: a thread may grow for years.
const MAILS: usize = 50;

/// The words for a draft; empty: none.
pub(crate) fn of(draft: &Draft) -> String {
    let (EntityKind::Message, Some(Payload::Message(message))) = (draft.kind, &draft.payload) else { return String::new() };
    let channel = message.channel.as_deref().unwrap_or_default().to_uppercase();
    if channel.contains("CALL") || channel.contains("VOICEMAIL") {
        return CALL.to_owned();
    }
    if !channel.contains("EMAIL") {
        return String::new();
    }
    let raw: Value = serde_json::from_str(&draft.raw).unwrap_or_default();
    let ids = raw.pointer("/meta/email/messageIds").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let own = raw["emailMessageId"].as_str().into_iter();
    let mut words = vec![EMAIL];
    words.extend(ids.iter().filter_map(Value::as_str).chain(own).filter(|id| !id.is_empty() && !id.contains(' ')).take(MAILS));
    if words.len() == 1 { String::new() } else { words.join(" ") }
}

/// The mails that a hint names.
pub(crate) fn mails(hint: &str) -> impl Iterator<Item = &str> {
    hint.strip_prefix(EMAIL).into_iter().flat_map(str::split_whitespace)
}
