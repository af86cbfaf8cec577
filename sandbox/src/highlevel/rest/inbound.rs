//! `POST /conversations/messages/inbound`: records what happened elsewhere, in either direction.

use crate::highlevel::{
    admit::Caller,
    clock::{iso, of_text},
    given::Given,
    kinds::Kind,
    location::{Acting, Actor, Via},
    message::{Call, Direction, Message},
    messages::{Mail, NewMessage},
    problem::Problem,
    reply::{Answer, Body, Reply, ok},
    service::World,
    state::Id,
};
use axum::{extract::State, http::StatusCode};
use serde_json::{Map, Value, json};
use std::sync::Arc;

const CALL_STATUSES: [&str; 8] = ["pending", "completed", "answered", "busy", "no-answer", "failed", "canceled", "voicemail"];

/// A provider is an app's; an unknown one is answered 500, as users report.
pub(super) fn may_use(world: &World, caller: &Caller, provider: Option<&str>) -> Result<(), Problem> {
    match (provider, caller.via) {
        (None, _) => Ok(()),
        (Some(_), Via::PrivateToken) => Err(Problem::bad_request("You don't have access to the conversationProvider")),
        (Some(provider), Via::App) if world.tokens.app().providers.iter().any(|own| own == provider) => Ok(()),
        (Some(_), Via::App) => Err(Problem::internal()),
    }
}

/// The contact of the conversation or contact that was named.
pub(super) fn contact_of(acting: &Acting<'_>, given: Given<'_>) -> Result<Id, Problem> {
    match (given.text("conversationId"), given.text("contactId")) {
        (Some(conversation), contact) => {
            let conversation = acting.known_conversation(conversation)?;
            if contact.is_some_and(|contact| contact != &*conversation.contact) {
                return Err(Problem::bad_request("the conversation is not this contact's"));
            }
            Ok(Arc::clone(&conversation.contact))
        }
        (None, Some(contact)) => Ok(Arc::clone(&acting.known_contact(contact)?.id)),
        (None, None) => Err(Problem::invalid("conversationId or contactId should not be empty")),
    }
}

pub(super) fn date_of(given: Given<'_>) -> Result<Option<i64>, Problem> {
    given.text("date").map(|text| of_text(text).ok_or_else(|| Problem::invalid("date must be a valid ISO 8601 date string"))).transpose()
}

pub(super) fn call_of(given: &Map<String, Value>) -> Result<Call, Problem> {
    let call = given.get("call").unwrap_or(&Value::Null);
    let status = call["status"].as_str().unwrap_or("completed");
    if !CALL_STATUSES.contains(&status) {
        return Err(Problem::invalid(format!("call.status must be one of {}", CALL_STATUSES.join(", "))));
    }
    Ok(Call { seconds: 0, status: status.to_owned() })
}

pub(super) fn recorded(message: &Message) -> Answer {
    let mut body = json!({
        "success": true,
        "conversationId": &*message.conversation,
        "messageId": &*message.id,
        "message": "Message Added Successfully",
        "contactId": &*message.contact,
        "dateAdded": iso(message.date_added),
    });
    if let Some(email) = message.emails.last() {
        body["emailMessageId"] = json!(&**email);
    }
    ok(body)
}

/// Nothing is refused for having an `altId` that another message has.
pub(super) async fn inbound(State(world): State<Arc<World>>, caller: Caller, Body(given): Body) -> Answer {
    let fields = Given(&given);
    let kind = Kind::read(fields.needed("type")?).ok_or_else(|| Problem::invalid("type must be a valid message type"))?;
    let direction = match fields.text("direction") {
        None => Direction::Outbound,
        Some(text) => Direction::read(text).ok_or_else(|| Problem::invalid("direction must be inbound or outbound"))?,
    };
    let provider = fields.text("conversationProviderId");
    may_use(&world, &caller, provider)?;
    let body = if kind.number == 3 { fields.text("html").or(fields.text("message")) } else { fields.text("message") };
    let attachments = fields.texts("attachments");
    if body.is_none() && attachments.is_empty() && !kind.is_call() {
        return Err(Problem::bad_request("No message body or attachments passed"));
    }
    let call = kind.is_call().then(|| call_of(&given)).transpose()?;
    let date = date_of(fields)?;
    let mut acting = caller.location.act(Actor::Api);
    if acting.settings.bugs.silent_inbound && provider.is_some() {
        return Ok(Reply(StatusCode::CREATED, json!({})));
    }
    let contact = contact_of(&acting, fields)?;
    let message = acting.add(NewMessage {
        body: body.unwrap_or_default().to_owned(),
        attachments,
        status: call.as_ref().map_or("delivered", |call| &call.status).to_owned(),
        date,
        provider: provider.map(str::to_owned),
        alt_id: fields.owned("altId"),
        from: fields.owned("emailFrom").or_else(|| given.get("call").and_then(|call| call["from"].as_str()).map(str::to_owned)),
        to: fields.owned("emailTo").or_else(|| given.get("call").and_then(|call| call["to"].as_str()).map(str::to_owned)),
        call,
        mail: Mail {
            subject: fields.owned("subject").unwrap_or_default(),
            cc: fields.texts("emailCc"),
            bcc: fields.texts("emailBcc"),
            answers: fields.owned("emailMessageId"),
        },
        ..NewMessage::new("messages.inbound", kind, contact, direction)
    });
    recorded(&message)
}
