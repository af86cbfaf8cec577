//! `GET /conversations/messages/export`: the only change feed of messages.

use crate::highlevel::{
    admit::Caller,
    given::Asked,
    message::Message,
    problem::Problem,
    reply::{Answer, ok},
    state::{Id, Place, Shelf, Sorted},
};
use axum::extract::Query;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc};

fn cursor(place: Place) -> String {
    URL_SAFE_NO_PAD.encode(json!([place.0, place.1]).to_string())
}

fn read_cursor(text: &str) -> Result<Place, Problem> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok();
    bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or_else(|| Problem::invalid("cursor must be taken from nextCursor"))
}

/// Where the rows of a page lie.
struct Range {
    low: Place,
    high: Place,
}

impl Range {
    /// `startDate` and `endDate`, both inclusive, of what is sorted by.
    fn read(asked: &Asked) -> Result<Self, Problem> {
        let (from, to) = (asked.moment("startDate")?, asked.moment("endDate")?);
        Ok(Self { low: (from.unwrap_or(i64::MIN), 0), high: (to.unwrap_or(i64::MAX), u64::MAX) })
    }

    /// What is left after the last row of the page before.
    fn after(&self, last: Option<Place>, ascending: bool) -> Self {
        let Self { mut low, mut high } = *self;
        match last {
            Some((at, sequence)) if ascending => low = low.max((at, sequence.saturating_add(1))),
            // Sequences begin at 1.
            Some((at, sequence)) => high = high.min((at, sequence.saturating_sub(1))),
            None => {}
        }
        Self { low, high }
    }

    fn rows<'a>(&self, sorted: &'a Sorted<Id>, ascending: bool) -> Box<dyn Iterator<Item = (&'a Place, &'a Id)> + 'a> {
        if self.low > self.high {
            return Box::new(std::iter::empty());
        }
        let rows = sorted.range(self.low..=self.high);
        if ascending { Box::new(rows) } else { Box::new(rows.rev()) }
    }
}

/// Everything but e-mail, or with `channel=Email` e-mail alone.
pub(super) async fn export(caller: Caller, Query(asked): Query<HashMap<String, String>>) -> Answer {
    let asked = Asked(asked);
    let location = asked.needed("locationId")?;
    caller.must_be(location)?;
    let limit = asked.number("limit", 100, 10, 500)?;
    let by_update = match asked.text("sortBy") {
        Some("updatedAt") => true,
        Some("createdAt") | None => false,
        Some(_) => return Err(Problem::invalid("sortBy must be createdAt or updatedAt")),
    };
    let ascending = match asked.text("sortOrder") {
        Some("asc") => true,
        Some("desc") | None => false,
        Some(_) => return Err(Problem::invalid("sortOrder must be asc or desc")),
    };
    let last = asked.text("cursor").map(read_cursor).transpose()?;
    let range = Range::read(&asked)?;
    let channel = asked.text("channel");
    let shelf = caller.location.look();
    let exported = if channel == Some("Email") { &shelf.mail } else { &shelf.plain };
    let sorted = if by_update { &exported.updated } else { &exported.created };
    let fits = |message: &Message| {
        channel.is_none_or(|channel| message.kind.is_channel(channel))
            && asked.text("conversationId").is_none_or(|id| id == &*message.conversation)
            && asked.text("contactId").is_none_or(|id| id == &*message.contact)
    };
    let left = range.after(last, ascending);
    let mut rows: Vec<(&Place, &Arc<Message>)> = found(&shelf, left.rows(sorted, ascending)).filter(|(_, message)| fits(message)).take(limit + 1).collect();
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|(place, _)| cursor(**place));
    let messages: Vec<Value> = rows.iter().map(|(_, message)| message.shown(location)).collect();
    let total = range.rows(sorted, true).count();
    let mut body = json!({"messages": messages, "total": total});
    if let Some(next) = next {
        body["nextCursor"] = json!(next);
    }
    ok(body)
}

fn found<'a>(shelf: &'a Shelf, rows: impl Iterator<Item = (&'a Place, &'a Id)>) -> impl Iterator<Item = (&'a Place, &'a Arc<Message>)> {
    rows.filter_map(|(place, id)| shelf.message(id).map(|message| (place, message)))
}
