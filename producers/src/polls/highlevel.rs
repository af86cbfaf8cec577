//! Pages of HighLevel: what to ask for and what the rows mean (FACTS section 6).

use super::pass::{Ask, Narrow, Page};
use crate::Error;
use crate::capture::{Draft, Versioning, content};
use crate::webhooks::events::message_id;
use hatbridge_schemas::{Change, EntityKind, Payload, System};
use hatbridge_systems::call::{Request, Verdict};
use hatbridge_systems::highlevel::{HighLevel, requests, wire};
use hatbridge_systems::moment;
use hatbridge_systems::quota::Priority;
use serde_json::{Value, json};

async fn ask(client: &HighLevel, resource: &'static str, request: Request) -> Result<Value, Error> {
    done(resource, client.call(request, Priority::Background).await)
}

fn done(resource: &'static str, verdict: Verdict) -> Result<Value, Error> {
    match verdict {
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
pub(crate) async fn contacts(client: &HighLevel, narrow: &Narrow, wanted: Ask<'_>) -> Result<Page, Error> {
    let body = ask(client, "contacts", contacts_request(client.location_id(), narrow, wanted)).await?;
    Ok(contacts_page(&body, wanted))
}

/// The search, narrowed: filters come beside ours, the rest into the body.
pub(crate) fn contacts_request(location: &str, narrow: &Narrow, wanted: Ask<'_>) -> Request {
    let filters = requests::SearchFilters { updated_since_ms: Some(millis(wanted.span.since)), ..Default::default() };
    let mut request = requests::contact_search(location, &filters, wanted.page, wanted.rows);
    for (name, value) in narrow.iter() {
        let Some(body) = &mut request.body else { continue };
        match (body["filters"].as_array_mut(), value) {
            (Some(filters), Value::Array(further)) if name == "filters" => filters.extend(further.iter().cloned()),
            _ => body[name.as_str()] = value.clone(),
        }
    }
    request
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
pub(crate) async fn conversations(client: &HighLevel, narrow: &Narrow, wanted: Ask<'_>) -> Result<Page, Error> {
    let after = begins_after(wanted);
    let body = ask(client, "conversations", conversations_request(client.location_id(), narrow, wanted)).await?;
    Ok(conversations_page(&body, wanted, after))
}

/// The search, narrowed by further parameters of its query.
pub(crate) fn conversations_request(location: &str, narrow: &Narrow, wanted: Ask<'_>) -> Request {
    let query =
        requests::ConversationQuery { start_after_date: Some(begins_after(wanted)), limit: Some(wanted.rows), sort_ascending: true, ..Default::default() };
    let mut request = requests::conversation_search(location, &query);
    for (name, value) in narrow.iter() {
        let texts = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
        request.query.extend(texts.iter().map(|text| (name.clone(), text.as_str().map_or_else(|| text.to_string(), str::to_owned))));
    }
    request
}

fn begins_after(wanted: Ask<'_>) -> i64 {
    wanted.page.and_then(Value::as_i64).unwrap_or_else(|| millis(wanted.span.since))
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

/// `GET /conversations/messages/export`, by time of update. It leaves e-mail out unless asked for
/// e-mail alone, so a pass goes through it twice; the mark of the second time is `{"email": cursor}`.
pub(crate) async fn messages(client: &HighLevel, wanted: Ask<'_>) -> Result<Page, Error> {
    let email = wanted.page.is_some_and(|p| p.get("email").is_some());
    let mark = wanted.page.and_then(|p| if email { p["email"].as_str() } else { p.as_str() });
    let (since, to) = (millis(wanted.span.since), millis(wanted.span.to));
    let mut request = requests::messages_export(client.location_id(), mark, since, to, wanted.rows);
    if email {
        request.query.push(("channel".to_owned(), "Email".to_owned()));
    }
    let body = ask(client, "messages", request).await?;
    let mut page = messages_page(&body, wanted);
    page.next = match page.next {
        Some(next) if email => Some(json!({ "email": next })),
        None if !email => Some(json!({ "email": null })),
        next => next,
    };
    Ok(page)
}

/// A row of search knows names in lower case only: what is news is read by id. One that can't be
/// read any more, though the listing shows it, is deleted.
pub(crate) async fn whole_contact(client: &HighLevel, mut draft: Draft) -> Result<Draft, Error> {
    let body = match client.call(requests::contact_get(&draft.id), Priority::Background).await {
        Verdict::Refused(refusal) if refusal.is_not_found() => {
            draft.change = Change::Deleted;
            return Ok(draft);
        }
        verdict => done("contacts", verdict)?,
    };
    let found = if body["contact"].is_object() { &body["contact"] } else { &body };
    if id_of(found).as_deref() != Some(draft.id.as_str()) {
        return Err(failed("contacts", "a contact was answered without its id".to_owned()));
    }
    let contact = wire::contact_from(found);
    draft.versioning = Versioning::Content(content::of_contact(&contact, false));
    draft.occurred_at = moment::first(found, &["dateUpdated"]).or(draft.occurred_at);
    draft.payload = Some(Payload::Contact(contact));
    draft.raw = found.to_string();
    Ok(draft)
}

/// Lists show e-mails without their text (FACTS section 8): what is news is read by id.
pub(crate) async fn whole_message(client: &HighLevel, mut draft: Draft) -> Result<Draft, Error> {
    let Some(Payload::Message(message)) = &mut draft.payload else { return Ok(draft) };
    if message.body.as_ref().is_some_and(|b| !b.is_empty()) || !message.channel.as_ref().is_some_and(|c| c.contains("EMAIL")) {
        return Ok(draft);
    }
    let row: Value = serde_json::from_str(&draft.raw).unwrap_or_default();
    // A thread is one message with many mails; the newest stands last.
    let Some(mail) = row["meta"]["email"]["messageIds"].as_array().and_then(|ids| ids.last()?.as_str()) else { return Ok(draft) };
    let body = match client.call(requests::email_get(mail), Priority::Background).await {
        // The message is news even if its text is gone.
        Verdict::Refused(refusal) if refusal.is_not_found() => return Ok(draft),
        verdict => done("messages", verdict)?,
    };
    let found = if body["emailMessage"].is_object() { &body["emailMessage"] } else { &body };
    message.body = found["body"].as_str().map(str::to_owned);
    message.subject = found["subject"].as_str().map(str::to_owned).or(message.subject.take());
    Ok(draft)
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
