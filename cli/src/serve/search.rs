//! Search, answered by HighLevel's live API: the conversations found, each with its messages.

use futures::stream::{self, StreamExt, TryStreamExt};
use hatbridge_schemas::Message;
use hatbridge_systems::call::{Answer, Request, Verdict};
use hatbridge_systems::highlevel::requests::{self, ConversationQuery};
use hatbridge_systems::highlevel::{HighLevel, wire};
use hatbridge_systems::quota::Priority;
use serde::Serialize;
use serde_json::Value;
use std::time::Duration;

/// Conversations on a page unless told otherwise.
pub const DEFAULT_LIMIT: u32 = 10;
/// Most conversations on a page: each costs two more calls.
pub const MOST: u32 = 50;
/// Messages shown of each conversation, the newest.
const MESSAGES: u32 = 20;
/// HighLevel's own bound on `query`.
const LONGEST_TEXT: usize = 75;
/// Conversations read at once.
const AT_ONCE: usize = 4;
/// A read may be repeated; after so many attempts somebody should know.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(500);

/// What is looked for.
#[derive(Clone)]
pub struct Query {
    /// In names, addresses and messages.
    pub text: String,
    /// Conversations on the page.
    pub limit: u32,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// A search's text may be a name.
impl std::fmt::Debug for Query {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Query").field("limit", &self.limit).finish_non_exhaustive()
    }
}

/// One page of what was found.
#[derive(Debug, Clone, Serialize)]
pub struct Page {
    /// The newest first.
    pub conversations: Vec<Found>,
    /// For the next page; none after the last.
    pub cursor: Option<String>,
}

/// A conversation found.
#[derive(Clone, Serialize)]
pub struct Found {
    /// Its id.
    pub id: String,
    /// Its contact's id.
    pub contact_id: Option<String>,
    /// Its contact's name.
    pub name: Option<String>,
    /// Messages not read.
    pub unread: Option<i64>,
    /// Whether it is starred.
    pub starred: Option<bool>,
    /// RFC 3339.
    pub last_message_at: Option<String>,
    /// Its messages, the newest first.
    pub messages: Vec<Said>,
}

/// A message.
#[derive(Clone, Serialize)]
pub struct Said {
    /// Its id.
    pub id: String,
    /// RFC 3339.
    pub at: Option<String>,
    /// `SMS`, `EMAIL`, `CALL`, ...
    pub channel: Option<String>,
    /// `inbound` or `outbound`.
    pub direction: Option<&'static str>,
    /// The system's word.
    pub status: Option<String>,
    /// Of mails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Text.
    pub body: Option<String>,
}

/// They hold what people wrote.
impl std::fmt::Debug for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Found").field("id", &self.id).finish_non_exhaustive()
    }
}

/// As [`Found`].
impl std::fmt::Debug for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Said").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Why nothing can be told.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// It can't be asked like this.
    #[error("{0}")]
    Query(String),
    /// The budget is used up.
    #[error("HighLevel asks to wait {} s; search again then", .0.as_secs().max(1))]
    Throttled(Duration),
    /// No answer.
    #[error("HighLevel did not answer: {0}; search again")]
    Unreachable(String),
    /// An answer, but no.
    #[error(
        "HighLevel refused the search ({status}): {message}; check the tenant's token and its scopes (conversations.readonly, conversations/message.readonly)"
    )]
    Refused {
        /// HTTP status.
        status: u16,
        /// Its words, masked.
        message: String,
    },
}

/// One page of conversations of the client's own location, with their messages.
///
/// # Errors
/// [`SearchError`].
pub async fn find(highlevel: &HighLevel, query: &Query) -> Result<Page, SearchError> {
    let text = query.text.trim();
    if text.is_empty() || text.chars().count() > LONGEST_TEXT {
        return Err(SearchError::Query(format!("the text must have 1 to {LONGEST_TEXT} characters, which is HighLevel's bound")));
    }
    if query.limit == 0 || query.limit > MOST {
        return Err(SearchError::Query(format!("the limit must be 1 to {MOST}")));
    }
    let from = query.cursor.as_deref().map(Cursor::parse).transpose()?;
    let known = from.as_ref().map_or(0, |cursor| u32::try_from(cursor.shown.len()).unwrap_or(u32::MAX));
    let request = ConversationQuery {
        query: Some(text.to_owned()),
        limit: Some(query.limit.saturating_add(known)),
        // One millisecond of overlap: rows of the same moment may lie on both sides of a page's edge.
        start_after_date: from.as_ref().map(|cursor| cursor.moment + 1),
        ..ConversationQuery::default()
    };
    let answer = ask(highlevel, &requests::conversation_search(highlevel.location_id(), &request)).await?;
    let (rows, cursor) = page(&answer.body, highlevel.location_id(), query.limit, from.as_ref());
    let conversations = stream::iter(rows).map(|row| complete(highlevel, row)).buffered(AT_ONCE).try_collect::<Vec<_>>().await?;
    Ok(Page { conversations: conversations.into_iter().flatten().collect(), cursor })
}

/// Where a page ended: the last row's moment and the rows of that moment that were shown.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Cursor {
    moment: i64,
    shown: Vec<String>,
}

impl Cursor {
    fn parse(text: &str) -> Result<Self, SearchError> {
        let mut parts = text.split('.');
        let moment = parts.next().and_then(|moment| moment.parse().ok());
        let moment = moment.ok_or_else(|| SearchError::Query("the cursor is not one of ours; take it from the page before".into()))?;
        Ok(Self { moment, shown: parts.map(str::to_owned).collect() })
    }

    fn text(&self) -> String {
        std::iter::once(self.moment.to_string()).chain(self.shown.iter().cloned()).collect::<Vec<_>>().join(".")
    }
}

fn moment_of(row: &Value) -> Option<i64> {
    let date = &row["lastMessageDate"];
    let sort = row["sort"].get(0);
    sort.and_then(Value::as_i64).or_else(|| date.as_i64()).or_else(|| date.as_str()?.parse::<jiff::Timestamp>().ok().map(|t| t.as_millisecond()))
}

fn id_of(row: &Value) -> &str {
    row["id"].as_str().unwrap_or_default()
}

/// The rows to show, and the cursor behind them. Pure. Rows of another location are left out: they
/// are nobody's business here.
fn page(body: &Value, location: &str, limit: u32, from: Option<&Cursor>) -> (Vec<Value>, Option<String>) {
    let all = body["conversations"].as_array().cloned().unwrap_or_default();
    let count = all.len();
    let asked = limit as usize + from.map_or(0, |cursor| cursor.shown.len());
    let fresh = |row: &Value| !id_of(row).is_empty() && from.is_none_or(|cursor| !cursor.shown.iter().any(|id| id == id_of(row)));
    let own = |row: &Value| row["locationId"].as_str().is_none_or(|of| of == location);
    let rows: Vec<_> = all.into_iter().filter(|row| fresh(row) && own(row)).take(limit as usize).collect();
    let last = rows.last().and_then(moment_of);
    // A page that was not filled is the last one.
    let cursor = last.filter(|_| count >= asked).map(|moment| {
        let mut shown: Vec<_> = rows.iter().filter(|row| moment_of(row) == Some(moment)).map(|row| id_of(row).to_owned()).collect();
        if let Some(from) = from.filter(|from| from.moment == moment) {
            shown.extend(from.shown.iter().cloned());
        }
        Cursor { moment, shown }.text()
    });
    (rows, cursor)
}

/// The row with what the conversation itself and its messages say; `None` if it is gone meanwhile.
async fn complete(highlevel: &HighLevel, row: Value) -> Result<Option<Found>, SearchError> {
    let id = id_of(&row).to_owned();
    let conversation = match ask(highlevel, &requests::conversation_get(&id)).await {
        Ok(answer) => answer.body,
        Err(SearchError::Refused { status: 404, .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    if conversation["locationId"].as_str().is_some_and(|of| of != highlevel.location_id()) {
        return Ok(None);
    }
    let list = ask(highlevel, &requests::messages_list(&id, None, MESSAGES)).await?.body;
    // Live it is wrapped once more than documented.
    let messages = list["messages"]["messages"].as_array().or_else(|| list["messages"].as_array()).cloned().unwrap_or_default();
    let text = |name: &str| conversation[name].as_str().or_else(|| row[name].as_str()).map(str::to_owned);
    Ok(Some(Found {
        contact_id: text("contactId"),
        name: text("contactName").or_else(|| text("fullName")),
        unread: conversation["unreadCount"].as_i64().or_else(|| row["unreadCount"].as_i64()),
        starred: conversation["starred"].as_bool().or_else(|| row["starred"].as_bool()),
        last_message_at: moment_of(&row).and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok()).map(|t| t.to_string()),
        messages: messages.iter().map(|message| said(message, &wire::message_from(message))).collect(),
        id,
    }))
}

fn said(raw: &Value, message: &Message) -> Said {
    Said {
        id: id_of(raw).to_owned(),
        at: message.sent_at.and_then(|at| jiff::Timestamp::from_microsecond(at).ok()).map(|t| t.to_string()),
        channel: message.channel.clone(),
        direction: message.direction.map(hatbridge_schemas::Direction::as_str),
        status: message.status.clone(),
        subject: message.subject.clone(),
        body: message.body.clone(),
    }
}

async fn ask(highlevel: &HighLevel, request: &Request) -> Result<Answer, SearchError> {
    let mut attempt = 1;
    loop {
        let reason = match highlevel.call(request.clone(), Priority::Live).await {
            Verdict::Done(answer) => return Ok(answer),
            Verdict::Throttled(wait) => return Err(SearchError::Throttled(wait)),
            Verdict::Refused(refusal) => return Err(SearchError::Refused { status: refusal.status, message: refusal.message }),
            Verdict::Retry(reason) | Verdict::Doubt(reason) => reason,
        };
        if attempt >= ATTEMPTS {
            return Err(SearchError::Unreachable(reason.0));
        }
        tokio::time::sleep(PAUSE * attempt).await;
        attempt += 1;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn row(id: &str, moment: i64) -> Value {
        json!({"id": id, "locationId": "L", "lastMessageDate": moment})
    }

    #[test]
    fn pages_join_without_gap_or_repeat_where_moments_are_equal() {
        let all = [row("a", 9), row("b", 7), row("c", 7), row("d", 7), row("e", 5)];
        let serve = |from: Option<&Cursor>, limit: u32| {
            let asked = limit as usize + from.map_or(0, |c| c.shown.len());
            let rows: Vec<_> = all.iter().filter(|r| from.is_none_or(|c| moment_of(r).unwrap() < c.moment + 1)).take(asked).cloned().collect();
            page(&json!({"conversations": rows}), "L", limit, from)
        };
        let (mut seen, mut cursor) = (vec![], None);
        loop {
            let (rows, next) = serve(cursor.as_ref(), 2);
            seen.extend(rows.iter().map(|r| id_of(r).to_owned()));
            match next {
                Some(text) => cursor = Some(Cursor::parse(&text).unwrap()),
                None => break,
            }
        }
        assert_eq!(seen, ["a", "b", "c", "d", "e"]);
    }

    #[test]
    fn rows_of_another_location_are_not_shown() {
        let body = json!({"conversations": [row("a", 9), {"id": "x", "locationId": "M", "lastMessageDate": 8}]});
        let (rows, _) = page(&body, "L", 5, None);
        assert_eq!(rows.len(), 1);
    }

    #[test]
    fn a_cursor_of_somebody_else_is_refused() {
        assert!(matches!(Cursor::parse("abc"), Err(SearchError::Query(_))));
        let cursor = Cursor { moment: 7, shown: vec!["a".into(), "b".into()] };
        assert_eq!(Cursor::parse(&cursor.text()).unwrap(), cursor);
    }
}
