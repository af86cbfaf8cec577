//! Pages of HighLevel: what to ask for and what the rows mean (FACTS section 6).

use super::pass::{Ask, Page};
use crate::Error;
use crate::capture::{Draft, Versioning, content};
use crate::webhooks::events::message_id;
use crate::webhooks::moment;
use hatbridge_schemas::{Change, EntityKind, Payload, System};
use hatbridge_systems::call::{Request, Verdict};
use hatbridge_systems::highlevel::{HighLevel, requests, wire};
use hatbridge_systems::quota::Priority;
use serde_json::Value;

async fn ask(client: &HighLevel, resource: &'static str, request: Request) -> Result<Value, Error> {
    match client.call(request, Priority::Background).await {
        Verdict::Done(answer) => Ok(answer.body),
        Verdict::Throttled(wait) => Err(failed(resource, format!("throttled for {wait:?}"))),
        Verdict::Retry(reason) | Verdict::Doubt(reason) => Err(failed(resource, reason.0)),
        Verdict::Refused(refusal) => Err(failed(resource, format!("status {}: {}", refusal.status, refusal.message))),
    }
}

fn failed(resource: &'static str, reason: String) -> Error {
    Error::Poll { system: System::Highlevel, resource, reason }
}

fn millis(micros: i64) -> i64 {
    micros.div_euclid(1000)
}

/// What came into being while we watch is created, what was there before is only updated.
fn told(created_at: Option<i64>, watching_since: i64) -> Change {
    match created_at {
        Some(at) if at < watching_since => Change::Updated,
        _ => Change::Snapshot,
    }
}

fn rows<'a>(body: &'a Value, name: &str) -> &'a [Value] {
    body[name].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn id_of(row: &Value) -> Option<String> {
    row["id"].as_str().filter(|id| !id.is_empty()).map(str::to_owned)
}

/// `POST /contacts/search`, by time of update, ascending; the next page starts after the last row.
pub(crate) async fn contacts(client: &HighLevel, wanted: Ask<'_>) -> Result<Page, Error> {
    let filters = requests::SearchFilters { updated_since_ms: Some(millis(wanted.span.since)), ..Default::default() };
    let request = requests::contact_search(client.location_id(), &filters, wanted.page, wanted.rows);
    let body = ask(client, "contacts", request).await?;
    Ok(contacts_page(&body, wanted))
}

fn contacts_page(body: &Value, wanted: Ask<'_>) -> Page {
    let rows = rows(body, "contacts");
    let mut page = Page { drafts: vec![], newest: 0, next: None };
    for row in rows {
        let Some(id) = id_of(row) else { continue };
        let updated_at = moment::first(row, &["dateUpdated", "dateAdded"]);
        page.newest = page.newest.max(updated_at.unwrap_or_default());
        let contact = wire::contact_from(row);
        let gone = row["deleted"].as_bool() == Some(true);
        page.drafts.push(Draft {
            source: System::Highlevel,
            kind: EntityKind::Contact,
            root: id.clone(),
            id,
            change: if gone { Change::Deleted } else { told(moment::first(row, &["dateAdded"]), wanted.watching_since) },
            versioning: Versioning::Content(content::of_contact(&contact, false)),
            occurred_at: updated_at,
            payload: Some(Payload::Contact(contact)),
            raw: row.to_string(),
        });
    }
    if rows.len() >= wanted.rows as usize {
        page.next = rows.last().map(|row| row["searchAfter"].clone()).filter(|mark| !mark.is_null());
    }
    page
}

/// `GET /conversations/search`, by time of the last message, ascending from the span's begin.
pub(crate) async fn conversations(client: &HighLevel, wanted: Ask<'_>) -> Result<Page, Error> {
    let after = wanted.page.and_then(Value::as_i64).unwrap_or_else(|| millis(wanted.span.since));
    let query = requests::ConversationQuery {
        start_after_date: Some(after),
        limit: Some(wanted.rows),
        sort_ascending: true,
        ..Default::default()
    };
    let body = ask(client, "conversations", requests::conversation_search(client.location_id(), &query)).await?;
    Ok(conversations_page(&body, wanted, after))
}

fn conversations_page(body: &Value, wanted: Ask<'_>, after: i64) -> Page {
    let rows = rows(body, "conversations");
    let mut page = Page { drafts: vec![], newest: 0, next: None };
    for row in rows {
        let Some(id) = id_of(row) else { continue };
        let moved_at = moment::first(row, &["lastMessageDate", "dateUpdated", "dateAdded"]);
        page.newest = page.newest.max(moved_at.unwrap_or_default());
        let conversation = wire::conversation_from(row);
        let root = conversation.contact_id.clone().unwrap_or_else(|| id.clone());
        let gone = conversation.deleted == Some(true);
        page.drafts.push(Draft {
            source: System::Highlevel,
            kind: EntityKind::Conversation,
            id,
            root,
            change: if gone { Change::Deleted } else { told(moment::first(row, &["dateAdded"]), wanted.watching_since) },
            versioning: Versioning::Content(content::of_conversation(&conversation, false)),
            occurred_at: moved_at,
            payload: Some(Payload::Conversation(conversation)),
            raw: row.to_string(),
        });
    }
    if rows.len() >= wanted.rows as usize {
        // One millisecond back, since rows of the same moment may lie on both sides of the page's
        // edge; forward where a whole page shares one moment, or it would be read for ever.
        let last = millis(page.newest);
        page.next = Some(Value::from(if last - 1 > after { last - 1 } else { last.max(after + 1) }));
    }
    page
}

/// `GET /conversations/messages/export`, by time of update.
pub(crate) async fn messages(client: &HighLevel, wanted: Ask<'_>) -> Result<Page, Error> {
    let mark = wanted.page.and_then(Value::as_str);
    let request = requests::messages_export(client.location_id(), mark, millis(wanted.span.since), millis(wanted.span.to), wanted.rows);
    let body = ask(client, "messages", request).await?;
    Ok(messages_page(&body, wanted))
}

fn messages_page(body: &Value, wanted: Ask<'_>) -> Page {
    let mut page = Page { drafts: vec![], newest: 0, next: None };
    for row in rows(body, "messages") {
        let updated_at = moment::first(row, &["dateUpdated", "dateAdded"]);
        page.newest = page.newest.max(updated_at.unwrap_or_default());
        // Log lines of HighLevel, not messages (FACTS section 8).
        if row["messageType"].as_str().is_some_and(|t| t.contains("ACTIVITY_")) {
            continue;
        }
        let Some(id) = message_id(row) else { continue };
        let message = wire::message_from(row);
        let root = message.contact_id.clone().unwrap_or_else(|| id.clone());
        page.drafts.push(Draft {
            source: System::Highlevel,
            kind: EntityKind::Message,
            id,
            root,
            change: told(moment::first(row, &["dateAdded"]), wanted.watching_since),
            versioning: Versioning::Status(message.status.clone().unwrap_or_default()),
            occurred_at: updated_at,
            payload: Some(Payload::Message(message)),
            raw: row.to_string(),
        });
    }
    page.next = body["nextCursor"].as_str().filter(|c| !c.is_empty()).map(Value::from);
    page
}
