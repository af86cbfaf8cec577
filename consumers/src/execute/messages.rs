//! Messages on either side.

use super::{Carried, Death, Probe, Run, Step, Stop};
use crate::facts::{kind, stored_status};
use hatbridge_schemas::{Direction, Message, System};
use hatbridge_store::{Link, Synced};
use hatbridge_systems::Effect;
use hatbridge_systems::call::Answer;
use hatbridge_systems::highlevel::requests::{self, Recorded, Sent};
use hatbridge_systems::highlevel::wire;
use hatbridge_systems::seventeen_hats::{Resource, message_fields};
use serde_json::{Map, Value, json};

/// Keeps a ticket's first words apart from messages in the links: their ids may be alike.
pub(crate) const OF_TICKET: &str = "ticket:";

impl Run<'_> {
    /// The id that 17hats gave a new record.
    pub(super) fn id_of(&self, resource: Resource, answer: Option<Answer>, id: Option<String>) -> Result<String, Stop> {
        let told = match answer {
            Some(answer) => self.rest()?.record(resource, &answer).map(|record| record.id),
            None => id,
        };
        told.ok_or_else(|| Death::unmappable("17hats answered a new record without its id; check the contract"))
    }

    fn of_tenant(&self) -> Option<String> {
        self.tenant.provider_id.clone()
    }

    pub(super) async fn record_message(&mut self, message: &Message, alt_id: &str, of_ticket: bool) -> Result<(), Stop> {
        const NAME: &str = "message.record";
        self.thread_of_person().await?;
        let recorded = Recorded {
            contact_id: self.in_highlevel()?,
            // There is one a contact (FACTS section 8); the one we know may have been deleted.
            conversation_id: None,
            channel: message.channel.clone().unwrap_or_else(|| "SMS".to_owned()),
            direction: message.direction.unwrap_or(Direction::Inbound),
            body: message.body.clone(),
            subject: message.subject.clone(),
            attachments: message.attachments.clone(),
            alt_id: alt_id.to_owned(),
            at: message.sent_at,
            provider_id: self.of_tenant(),
        };
        let step =
            Step { name: NAME, system: System::Highlevel, request: requests::message_inbound(&recorded), probe: Probe::Message { alt_id: alt_id.to_owned() } };
        let (answer, known) = self.carry_out(&step).await?;
        let id = self.highlevel_message(answer, known).await?;
        let hats = if of_ticket { format!("{OF_TICKET}{alt_id}") } else { alt_id.to_owned() };
        let link = Link { kind: kind::MESSAGE, highlevel: id.clone(), seventeen_hats: hats };
        self.done(NAME, Some(id), vec![link], vec![]).await
    }

    pub(super) async fn send_message(&mut self, message: &Message, hats_id: &str) -> Result<(), Stop> {
        const NAME: &str = "message.send";
        self.thread_of_person().await?;
        let sent = Sent {
            contact_id: self.in_highlevel()?,
            channel: message.channel.clone().unwrap_or_else(|| "SMS".to_owned()),
            body: message.body.clone(),
            subject: message.subject.clone(),
            attachments: message.attachments.clone(),
            // Late: then it is sent at once.
            scheduled_at: message.scheduled_at.filter(|at| *at > self.facts.now),
            provider_id: self.of_tenant(),
        };
        let mut request = requests::message_send(&sent);
        if sent.channel.contains("EMAIL") {
            // Lists show mails without their text, so a doubt can't be looked up.
            request.effect = Effect::Unsafe;
        }
        let probe = Probe::Sent { body: message.body.clone().unwrap_or_default(), since: self.event.observed_at - 60_000_000 };
        let step = Step { name: NAME, system: System::Highlevel, request, probe };
        let (answer, known) = self.carry_out(&step).await?;
        let id = self.highlevel_message(answer, known).await?;
        let link = Link { kind: kind::MESSAGE, highlevel: id.clone(), seventeen_hats: hats_id.to_owned() };
        self.done(NAME, Some(id), vec![link], vec![]).await
    }

    /// The message's id, and what the answer tells of its conversation.
    async fn highlevel_message(&mut self, answer: Option<Answer>, known: Option<String>) -> Result<String, Stop> {
        let id = match &answer {
            Some(answer) => {
                let text = |name: &str| answer.body[name].as_str().filter(|t| !t.is_empty()).map(str::to_owned);
                self.in_conversation(text("conversationId")).await?;
                text("messageId")
            }
            None => {
                let conversation = self.conversation().await?;
                self.in_conversation(Some(conversation)).await?;
                known
            }
        };
        let id = id.ok_or_else(|| Death::unmappable("HighLevel answered a new message without its id; look in HighLevel, then discard or redrive"))?;
        self.message = Some(id.clone());
        Ok(id)
    }

    pub(super) async fn mark_message(&mut self, hats_id: &str) -> Result<(), Stop> {
        const NAME: &str = "message.mark";
        let Some(id) = self.message.clone() else { return Ok(()) };
        let fields: Map<String, Value> = [("external_id".to_owned(), json!(id))].into_iter().collect();
        let request = self.rest()?.update(Resource::Messages, hats_id, fields, None);
        self.carry_out(&Step { name: NAME, system: System::SeventeenHats, request, probe: Probe::None }).await?;
        self.done(NAME, Some(hats_id.to_owned()), vec![], vec![]).await
    }

    pub(super) async fn cancel_message(&mut self, id: &str, email: bool) -> Result<(), Stop> {
        const NAME: &str = "message.cancel";
        let request = if email { requests::email_cancel(&self.mail_of(id).await?) } else { requests::message_cancel(id) };
        let step = Step { name: NAME, system: System::Highlevel, request, probe: Probe::None };
        if let Carried::Refused(refusal) = self.carry(&step).await? {
            // Refused a second time because the first one, whose answer was lost, did it.
            let cancelled = match self.read(System::Highlevel, requests::message_get(id)).await? {
                Ok(answer) => {
                    let found = if answer.body["message"].is_object() { &answer.body["message"] } else { &answer.body };
                    wire::message_from(found).status.as_deref() == Some("cancelled")
                }
                Err(_) => false,
            };
            if !cancelled {
                return Err(self.refused(&step, &refusal).await?);
            }
        }
        // HighLevel tells the cancellation back; 17hats knows it.
        let status = Synced { kind: kind::MESSAGE, id: id.to_owned(), state: "cancelled".to_owned() };
        self.done(NAME, Some(id.to_owned()), vec![], vec![status]).await
    }

    /// A mail is cancelled by its own id, not by that of the message it is in (FACTS section 8); the
    /// newest of a thread stands last.
    async fn mail_of(&self, message: &str) -> Result<String, Stop> {
        let answer = self.ask(System::Highlevel, requests::message_get(message)).await?;
        let found = if answer.body["message"].is_object() { &answer.body["message"] } else { &answer.body };
        let mails = found["meta"]["email"]["messageIds"].as_array();
        Ok(mails.and_then(|ids| ids.last()?.as_str()).unwrap_or(message).to_owned())
    }

    pub(super) async fn create_message(&mut self, message: &Message) -> Result<(), Stop> {
        const NAME: &str = "message.create";
        let highlevel = message.external_id.clone().unwrap_or_default();
        let copy = Message { contact_id: Some(self.in_hats()?), ticket_id: self.thread.ticket.clone(), conversation_id: None, ..message.clone() };
        let request = self.rest()?.create(Resource::Messages, message_fields(&copy));
        let step = Step { name: NAME, system: System::SeventeenHats, request, probe: Probe::Hats(Resource::Messages, "external_id", highlevel.clone()) };
        let (answer, known) = self.carry_out(&step).await?;
        let id = self.id_of(Resource::Messages, answer, known)?;
        let link = Link { kind: kind::MESSAGE, highlevel: highlevel.clone(), seventeen_hats: id.clone() };
        let of_provider = message.provider_id.is_some() && message.provider_id == self.tenant.provider_id;
        let state = stored_status(message.status.as_deref().unwrap_or_default(), of_provider);
        let status = Synced { kind: kind::MESSAGE, id: highlevel, state };
        self.done(NAME, Some(id), vec![link], vec![status]).await
    }

    pub(super) async fn set_status(&mut self, hats_id: &str, highlevel_id: &str, status: &str) -> Result<(), Stop> {
        const NAME: &str = "message.status";
        let fields: Map<String, Value> = [("status".to_owned(), json!(status))].into_iter().collect();
        let request = self.rest()?.update(Resource::Messages, hats_id, fields, None);
        self.carry_out(&Step { name: NAME, system: System::SeventeenHats, request, probe: Probe::None }).await?;
        let state = Synced { kind: kind::MESSAGE, id: highlevel_id.to_owned(), state: stored_status(status, self.facts.of_provider) };
        self.done(NAME, Some(hats_id.to_owned()), vec![], vec![state]).await
    }

    pub(super) async fn report_status(&mut self, id: &str, status: &str) -> Result<(), Stop> {
        const NAME: &str = "message.report";
        self.carry_out(&Step { name: NAME, system: System::Highlevel, request: requests::message_status(id, status), probe: Probe::None }).await?;
        let state = Synced { kind: kind::MESSAGE, id: id.to_owned(), state: stored_status(status, true) };
        self.done(NAME, Some(id.to_owned()), vec![], vec![state]).await
    }
}
