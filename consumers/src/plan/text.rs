//! Texts that people read in 17hats and HighLevel. Pure.

use super::action::arrow;
use hatbridge_schemas::{Message, Sentence};
use std::fmt::Write;

/// Longest subject line.
const SUBJECT: usize = 80;

/// `2026-11-24 09:30 UTC`
pub(super) fn moment(micros: Option<i64>) -> String {
    let at = micros.and_then(|m| jiff::Timestamp::from_microsecond(m).ok());
    at.map_or_else(String::new, |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

/// A message as a line of a contact's notes, with its mark.
pub(super) fn note_line(message: &Message, id: &str) -> String {
    let channel = message.channel.as_deref().unwrap_or("message");
    let subject = message.subject.as_deref().filter(|s| !s.is_empty()).map(|s| format!("{s}: ")).unwrap_or_default();
    let body = message.body.as_deref().unwrap_or_default();
    let attachments = if message.attachments.is_empty() { String::new() } else { format!(" ({})", message.attachments.join(" ")) };
    let when = moment(message.sent_at);
    format!("{when} {channel} {} {subject}{body}{attachments} [hatbridge:hl:{id}]", arrow(message.direction)).trim_start().to_owned()
}

/// A transcript, a line a sentence: `0:07 speaker 1: text`.
pub(super) fn transcript(sentences: &[Sentence], summary: Option<&str>) -> String {
    let mut text = String::new();
    if let Some(summary) = summary.filter(|s| !s.trim().is_empty()) {
        let _ = writeln!(text, "Summary: {summary}"); // writing to a String can't fail
    }
    for Sentence { channel, start_ms, text: said, .. } in sentences {
        let at = start_ms.map(|ms| format!("{}:{:02} ", ms / 60_000, ms / 1000 % 60)).unwrap_or_default();
        let who = channel.map(|c| format!("speaker {c}: ")).unwrap_or_default();
        let _ = writeln!(text, "{at}{who}{said}");
    }
    text.trim_end().to_owned()
}

/// The beginning of a text as a subject line.
pub(super) fn subject(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|l| !l.is_empty()).unwrap_or_default();
    if line.chars().count() <= SUBJECT {
        return line.to_owned();
    }
    let mut short: String = line.chars().take(SUBJECT - 1).collect();
    short.push('…');
    short
}

/// A ticket's subject and text as one message.
pub(super) fn ticket(subject: Option<&str>, body: Option<&str>) -> String {
    let filled = |text: Option<&str>| text.map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
    [filled(subject), filled(body)].into_iter().flatten().collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use hatbridge_schemas::Direction;

    #[test]
    fn a_transcript_is_a_line_a_sentence() {
        let one = |channel, start_ms, text: &str| Sentence { channel, start_ms, text: text.into(), ..Sentence::default() };
        let text = transcript(&[one(Some(1), Some(67_000), "Hello."), one(None, None, "Goodbye.")], Some("Short."));
        assert_eq!(text, "Summary: Short.\n1:07 speaker 1: Hello.\nGoodbye.");
    }

    #[test]
    fn a_note_says_when_which_way_and_what_and_bears_its_mark() {
        let message = Message {
            channel: Some("SMS".into()),
            direction: Some(Direction::Inbound),
            body: Some("Is Friday fine?".into()),
            sent_at: Some(1_795_512_600_000_000),
            ..Message::default()
        };
        assert_eq!(note_line(&message, "m1"), "2026-11-24 09:30 UTC SMS <- Is Friday fine? [hatbridge:hl:m1]");
    }

    #[test]
    fn a_long_text_becomes_a_short_subject() {
        assert_eq!(subject("\n  Hi there\nmore"), "Hi there");
        assert_eq!(subject(&"ä".repeat(200)).chars().count(), SUBJECT);
    }
}
