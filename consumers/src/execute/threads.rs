//! Conversations, tickets, transcripts, notes and tags.

use super::{Carried, Probe, Run, Step, Stop};
use crate::facts::kind;
use crate::plan::state::{TicketState, text_of};
use hatbridge_schemas::{EntityKind, System, TicketStatus};
use hatbridge_store::{Link, Synced};
use hatbridge_systems::highlevel::requests;
use hatbridge_systems::seventeen_hats::Resource;
use serde_json::{Map, Value, json};

fn fields<const N: usize>(fields: [(&str, Value); N]) -> Map<String, Value> {
    fields.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.to_owned(), value)).collect()
}

impl Run<'_> {
    pub(super) async fn open_conversation(&mut self) -> Result<(), Stop> {
        const NAME: &str = "conversation.open";
        self.thread_of_person().await?;
        if self.thread.conversation.is_some() {
            return Ok(());
        }
        let person = self.in_highlevel()?;
        let mut request = requests::conversation_create(self.tenant.highlevel.location_id(), &person);
        // One a contact: asked for again, HighLevel says that it exists.
        request.effect = hatbridge_systems::Effect::Idempotent;
        let step = Step { name: NAME, system: System::Highlevel, request, probe: Probe::None };
        let id = match self.carry(&step).await? {
            Carried::Answer(answer) => answer.body["conversation"]["id"].as_str().map(str::to_owned),
            Carried::Found(id) => Some(id),
            Carried::Before(id) => id,
            // The refusal does not say its id.
            Carried::Refused(refusal) if refusal.already_exists() => None,
            Carried::Refused(refusal) => return Err(self.refused(&step, &refusal).await?),
        };
        // It must be known as ours before its own events come.
        let id = match id {
            Some(id) => Some(id),
            None => Some(self.conversation().await?),
        };
        self.in_conversation(id.clone()).await?;
        self.done(NAME, id, vec![], vec![]).await
    }

    pub(super) async fn open_ticket(&mut self, conversation: &str, subject: &str) -> Result<(), Stop> {
        const NAME: &str = "ticket.open";
        self.thread_of_person().await?;
        let ticket = fields([
            ("contact_id", json!(self.in_hats()?)),
            ("subject", json!(subject)),
            ("status", json!(TicketStatus::Open.as_str())),
            ("external_id", json!(conversation)),
        ]);
        let request = self.rest()?.create(Resource::Tickets, ticket);
        let step = Step { name: NAME, system: System::SeventeenHats, request, probe: Probe::Hats(Resource::Tickets, "external_id", conversation.to_owned()) };
        let (answer, known) = self.carry_out(&step).await?;
        let id = self.id_of(Resource::Tickets, answer, known)?;
        self.thread.ticket = Some(id.clone());
        self.learned.ticket = true;
        self.thread.conversation = Some(conversation.to_owned());
        self.thread.closed_at = None;
        let link = Link { kind: kind::CONVERSATION, highlevel: conversation.to_owned(), seventeen_hats: id.clone() };
        let state = TicketState { status: TicketStatus::Open.as_str().to_owned(), text: subject.to_owned() };
        let synced = Synced { kind: kind::CONVERSATION, id: id.clone(), state: text_of(&state) };
        self.done(NAME, Some(id), vec![link], vec![synced]).await
    }

    pub(super) async fn reopen_ticket(&mut self, ticket: &str) -> Result<(), Stop> {
        const NAME: &str = "ticket.reopen";
        let request = self.rest()?.update(Resource::Tickets, ticket, fields([("status", json!(TicketStatus::Open.as_str()))]), None);
        self.carry_out(&Step { name: NAME, system: System::SeventeenHats, request, probe: Probe::None }).await?;
        // The ticket's state stays "closed" until its own event says otherwise, which takes the tag off.
        self.thread.closed_at = None;
        self.done(NAME, Some(ticket.to_owned()), vec![], vec![]).await
    }

    pub(super) async fn create_transcript(&mut self, call: &str, text: &str, started_at: Option<i64>) -> Result<(), Stop> {
        const NAME: &str = "transcript.create";
        // An AI's call comes as a transcript and as a message: whoever is second finds it here.
        let before = self.shared.store.linked(&self.event.tenant, kind::TRANSCRIPT, System::Highlevel, call).await?;
        if before.is_some() && !self.facts.has_done(NAME) {
            return Ok(());
        }
        let transcript = fields([
            ("contact_id", json!(self.in_hats()?)),
            ("ticket_id", json!(self.thread.ticket)),
            ("call_id", json!(call)),
            ("text", json!(text)),
            ("started_at", json!(started_at)),
        ]);
        let request = self.rest()?.create(Resource::Transcripts, transcript);
        let step = Step { name: NAME, system: System::SeventeenHats, request, probe: Probe::Hats(Resource::Transcripts, "call_id", call.to_owned()) };
        let (answer, known) = self.carry_out(&step).await?;
        let id = self.id_of(Resource::Transcripts, answer, known)?;
        let mut links = vec![Link { kind: kind::TRANSCRIPT, highlevel: call.to_owned(), seventeen_hats: id.clone() }];
        let own = self.event.entity.id.as_str().to_owned();
        match self.event.entity.kind {
            // The call's message counts as linked, so that its later states make no second transcript.
            EntityKind::Message => links.push(Link { kind: kind::MESSAGE, highlevel: own, seventeen_hats: format!("transcript:{id}") }),
            _ if own != call => links.push(Link { kind: kind::TRANSCRIPT, highlevel: own, seventeen_hats: id.clone() }),
            _ => {}
        }
        self.done(NAME, Some(id), links, vec![]).await
    }

    pub(super) async fn mark_read(&mut self, unstar: bool) -> Result<(), Stop> {
        const NAME: &str = "conversation.read";
        let Some(conversation) = self.existing_conversation().await? else { return Ok(()) };
        let request = requests::conversation_update(&conversation, self.tenant.highlevel.location_id(), Some(0), unstar.then_some(false));
        let step = Step { name: NAME, system: System::Highlevel, request, probe: Probe::None };
        match self.carry(&step).await? {
            Carried::Answer(_) | Carried::Found(_) | Carried::Before(_) => {}
            // Deleted meanwhile: then nothing is unread.
            Carried::Refused(refusal) if refusal.is_not_found() => {
                self.thread.conversation = None;
                self.learned.conversation = true;
            }
            Carried::Refused(refusal) => return Err(self.refused(&step, &refusal).await?),
        }
        self.done(NAME, Some(conversation), vec![], vec![]).await
    }

    pub(super) async fn delete_conversation(&mut self) -> Result<(), Stop> {
        const NAME: &str = "conversation.delete";
        let Some(conversation) = self.existing_conversation().await? else { return Ok(()) };
        let step = Step { name: NAME, system: System::Highlevel, request: requests::conversation_delete(&conversation), probe: Probe::None };
        match self.carry(&step).await? {
            Carried::Answer(_) | Carried::Found(_) | Carried::Before(_) => {}
            Carried::Refused(refusal) if refusal.is_not_found() => {}
            Carried::Refused(refusal) => return Err(self.refused(&step, &refusal).await?),
        }
        self.thread.conversation = None;
        self.learned.conversation = true;
        self.done(NAME, Some(conversation), vec![], vec![]).await
    }

    pub(super) async fn tag(&mut self, tag: &str, on: bool) -> Result<(), Stop> {
        let person = self.in_highlevel()?;
        let tags = [tag.to_owned()];
        let (name, request) =
            if on { ("contact.tag", requests::contact_tags_add(&person, &tags)) } else { ("contact.untag", requests::contact_tags_remove(&person, &tags)) };
        self.carry_out(&Step { name, system: System::Highlevel, request, probe: Probe::None }).await?;
        self.done(name, Some(person), vec![], vec![]).await
    }

    pub(super) async fn note(&mut self, text: &str, mark: &str) -> Result<(), Stop> {
        const NAME: &str = "contact.note";
        let person = self.in_highlevel()?;
        let step = Step { name: NAME, system: System::Highlevel, request: requests::note_create(&person, text), probe: Probe::Note { mark: mark.to_owned() } };
        let (answer, known) = self.carry_out(&step).await?;
        let id = answer.and_then(|a| a.body["note"]["id"].as_str().map(str::to_owned)).or(known);
        self.done(NAME, id, vec![], vec![]).await
    }
}
