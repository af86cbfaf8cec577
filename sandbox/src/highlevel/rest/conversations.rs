//! `/conversations`.

use crate::highlevel::{
    admit::Caller,
    clock::now_ms,
    contact::Contact,
    conversation::Conversation,
    conversations::ConversationChange,
    given::{Asked, Given},
    location::Actor,
    message::Direction,
    problem::Problem,
    reply::{Answer, Body, created, ok},
};
use axum::extract::{Path, Query};
use serde_json::{Value, json};
use std::{collections::HashMap, ops::Bound, sync::Arc};

pub(super) async fn create(caller: Caller, Body(given): Body) -> Answer {
    let given = Given(&given);
    given.only(&["locationId", "contactId"])?;
    caller.must_be(given.needed("locationId")?)?;
    let conversation = caller.location.act(Actor::Api).create_conversation(given.needed("contactId")?)?;
    created(json!({"success": true, "conversation": conversation.answered(&caller.location.id)}))
}

pub(super) async fn by_id(caller: Caller, Path(id): Path<String>) -> Answer {
    let shelf = caller.location.look();
    let conversation = shelf.conversation(&id).ok_or_else(|| Problem::not_found("Conversation"))?;
    ok(conversation.by_id(&caller.location.id))
}

pub(super) async fn update(caller: Caller, Path(id): Path<String>, Body(given): Body) -> Answer {
    let fields = Given(&given);
    fields.only(&["locationId", "unreadCount", "starred", "feedback"])?;
    caller.must_be(fields.needed("locationId")?)?;
    let unread = match given.get("unreadCount") {
        None | Some(Value::Null) => None,
        Some(count) => Some(count.as_i64().filter(|count| *count >= 0).ok_or_else(|| Problem::invalid("unreadCount must be a number of at least 0"))?),
    };
    let starred = match given.get("starred") {
        None | Some(Value::Null) => None,
        Some(starred) => Some(starred.as_bool().ok_or_else(|| Problem::invalid("starred must be a boolean value"))?),
    };
    let conversation = caller.location.act(Actor::Api).update_conversation(&id, ConversationChange { unread, starred })?;
    ok(json!({"success": true, "conversation": conversation.answered(&caller.location.id)}))
}

pub(super) async fn delete(caller: Caller, Path(id): Path<String>) -> Answer {
    caller.location.act(Actor::Api).delete_conversation(&id)?;
    ok(json!({"success": true}))
}

/// What rows must have.
struct Wanted<'a> {
    id: Option<&'a str>,
    contact: Option<&'a str>,
    words: Option<String>,
    kind: Option<&'a str>,
    direction: Option<Direction>,
    status: &'a str,
    from: Option<i64>,
    to: Option<i64>,
}

impl Wanted<'_> {
    fn fits(&self, conversation: &Conversation, contact: Option<&Contact>) -> bool {
        let says = |text: &str| self.words.as_ref().is_none_or(|words| text.to_lowercase().contains(words));
        let status = match self.status {
            "read" => conversation.unread == 0,
            "unread" => conversation.unread > 0,
            "starred" => conversation.starred,
            _ => true,
        };
        status
            && self.id.is_none_or(|id| id == &*conversation.id)
            && self.contact.is_none_or(|contact| contact == &*conversation.contact)
            && self.kind.is_none_or(|kind| kind == conversation.last.kind)
            && self.direction.is_none_or(|direction| Some(direction) == conversation.last.direction)
            && self.from.is_none_or(|from| conversation.date_added >= from)
            && self.to.is_none_or(|to| conversation.date_added <= to)
            && (says(&conversation.last.body)
                || contact.is_some_and(|contact| says(&contact.name()) || says(contact.text("email")) || says(contact.text("phone"))))
    }
}

/// Sorted by the last message's date; the next page begins after the sort value of the last row.
pub(super) async fn search(caller: Caller, Query(asked): Query<HashMap<String, String>>) -> Answer {
    let asked = Asked(asked);
    let location = asked.needed("locationId")?;
    caller.must_be(location)?;
    let limit = asked.number("limit", 20, 1, 100)?;
    let after = asked.moment("startAfterDate")?;
    let ascending = match asked.text("sort") {
        Some("asc") => true,
        Some("desc") | None => false,
        Some(_) => return Err(Problem::invalid("sort must be asc or desc")),
    };
    let wanted = Wanted {
        id: asked.text("id"),
        contact: asked.text("contactId"),
        words: asked.text("query").map(str::to_lowercase),
        kind: asked.text("lastMessageType"),
        direction: asked.text("lastMessageDirection").and_then(Direction::read),
        status: asked.text("status").unwrap_or("all"),
        from: asked.moment("startDate")?,
        to: asked.moment("endDate")?,
    };
    let mut shelf = caller.location.look();
    shelf.conversation_search.catch_up(now_ms());
    let shelf = &*shelf;
    let index = &shelf.conversation_search;
    let bounds = match (after, ascending) {
        (Some(after), true) => (Bound::Excluded((after, u64::MAX)), Bound::Unbounded),
        (Some(after), false) => (Bound::Unbounded, Bound::Excluded((after, 0))),
        (None, _) => (Bound::Unbounded, Bound::Unbounded),
    };
    let fits = |conversation: &Arc<Conversation>| wanted.fits(conversation, shelf.contact(&conversation.contact).map(|contact| &**contact));
    let row = |conversation: &Arc<Conversation>| conversation.search_row(location, shelf.contact(&conversation.contact).map(|contact| &**contact));
    let page: Vec<Value> = if let Some(contact) = wanted.contact {
        let mut own = index.by_term("contactId", contact);
        own.retain(|conversation| {
            fits(conversation) && after.is_none_or(|after| if ascending { conversation.last.at > after } else { conversation.last.at < after })
        });
        own.iter().take(limit).map(row).collect()
    } else if ascending {
        index.sorted.range(bounds).map(|(_, conversation)| conversation).filter(|c| fits(c)).take(limit).map(row).collect()
    } else {
        index.sorted.range(bounds).rev().map(|(_, conversation)| conversation).filter(|c| fits(c)).take(limit).map(row).collect()
    };
    let total = if wanted.contact.is_some() { page.len() } else { index.rows.len() };
    ok(json!({"conversations": page, "total": total}))
}
