//! Reading calls: no ledger, again until there is an answer.

use super::{Death, Run, Stop};
use hatbridge_schemas::System;
use hatbridge_store::now_micros;
use hatbridge_systems::call::{Answer, Refusal, Request, Verdict};
use hatbridge_systems::highlevel::requests::{self, ConversationQuery};
use hatbridge_systems::seventeen_hats::{ListQuery, Record, Resource, Rest, SeventeenHats};
use serde_json::Value;

/// Messages looked through for our mark, newest first: the doubt is seconds old.
const LOOKED_THROUGH: u32 = 100;

impl Run<'_> {
    /// Reads; a refusal is an answer too.
    pub(crate) async fn read(&self, system: System, request: Request) -> Result<Result<Answer, Refusal>, Stop> {
        let first_at = now_micros();
        let mut delays = self.delays();
        let mut attempts = 0;
        loop {
            attempts += 1;
            let reason = match self.call(system, request.clone()).await {
                Verdict::Done(answer) => return Ok(Ok(answer)),
                Verdict::Refused(refusal) => return Ok(Err(refusal)),
                Verdict::Throttled(wait) => {
                    attempts -= 1;
                    self.pause_in_doubt(wait).await?;
                    continue;
                }
                Verdict::Retry(reason) | Verdict::Doubt(reason) => reason,
            };
            let Some(delay) = delays.next() else { return Err(Death::exhausted(system, &request, &reason.0, attempts, first_at)) };
            self.shared.metrics.retried(system);
            self.pause_in_doubt(delay).await?;
        }
    }

    /// Reads what must be there.
    pub(crate) async fn ask(&self, system: System, request: Request) -> Result<Answer, Stop> {
        match self.read(system, request.clone()).await? {
            Ok(answer) => Ok(answer),
            Err(refusal) => Err(Death::refused(system, &request, &refusal, 1, now_micros())),
        }
    }

    /// Reads what may not be there.
    pub(crate) async fn ask_for(&self, system: System, request: Request) -> Result<Option<Answer>, Stop> {
        match self.read(system, request.clone()).await? {
            Ok(answer) => Ok(Some(answer)),
            Err(refusal) if refusal.is_not_found() => Ok(None),
            Err(refusal) => Err(Death::refused(system, &request, &refusal, 1, now_micros())),
        }
    }

    pub(crate) fn rest(&self) -> Result<&Rest, Stop> {
        match &self.tenant.seventeen_hats {
            SeventeenHats::Rest(rest) => Ok(rest),
            SeventeenHats::Zapier(_) => Err(Death::unmappable("Zapier can't express this; connect 17hats by transport `rest`, or switch this flow off")),
        }
    }

    /// The first living record with this value in a filter.
    pub(crate) async fn find_in_hats(&self, resource: Resource, filter: &'static str, value: &str) -> Result<Option<Record>, Stop> {
        let rest = self.rest()?;
        let query = ListQuery { filters: vec![(filter, value.to_owned())], ..ListQuery::default() };
        let answer = self.ask(System::SeventeenHats, rest.list(resource, &query)).await?;
        Ok(rest.page(resource, &answer).items.into_iter().find(|record| !record.deleted))
    }

    /// The person's conversation as far as it can be found; search lags, so `None` proves nothing.
    pub(crate) async fn existing_conversation(&mut self) -> Result<Option<String>, Stop> {
        self.thread_of_person().await?;
        if self.thread.conversation.is_some() {
            return Ok(self.thread.conversation.clone());
        }
        let person = self.in_highlevel()?;
        let found = self.searched_conversation(&person).await?;
        self.in_conversation(found.clone()).await?;
        Ok(found)
    }

    pub(crate) async fn searched_conversation(&self, person: &str) -> Result<Option<String>, Stop> {
        let query = ConversationQuery { contact_id: Some(person.to_owned()), limit: Some(1), ..ConversationQuery::default() };
        let answer = self.ask(System::Highlevel, requests::conversation_search(self.tenant.highlevel.location_id(), &query)).await?;
        let rows = answer.body["conversations"].as_array();
        Ok(rows.into_iter().flatten().find(|row| row["contactId"].as_str() == Some(person)).and_then(|row| row["id"].as_str()).map(str::to_owned))
    }

    /// The person's conversation, made if there is none: there is one a contact (FACTS section 8), so
    /// asking for it twice makes no second.
    pub(crate) async fn conversation(&self) -> Result<String, Stop> {
        match &self.thread.conversation {
            Some(conversation) => Ok(conversation.clone()),
            None => self.conversation_anew().await,
        }
    }

    /// The same, whatever is known of it: a person may have deleted it.
    pub(crate) async fn conversation_anew(&self) -> Result<String, Stop> {
        let person = self.in_highlevel()?;
        let request = requests::conversation_create(self.tenant.highlevel.location_id(), &person);
        let mut delays = self.delays();
        loop {
            match self.read(System::Highlevel, request.clone()).await? {
                Ok(answer) => {
                    if let Some(id) = answer.body["conversation"]["id"].as_str() {
                        return Ok(id.to_owned());
                    }
                }
                Err(refusal) if refusal.already_exists() => {}
                Err(refusal) => return Err(Death::refused(System::Highlevel, &request, &refusal, 1, now_micros())),
            }
            // It exists; the search index shows it in a moment.
            if let Some(id) = self.searched_conversation(&person).await? {
                return Ok(id);
            }
            let Some(delay) = delays.next() else {
                return Err(Death::exhausted(System::Highlevel, &request, "the conversation exists, but search does not show it", 1, now_micros()));
            };
            self.pause_in_doubt(delay).await?;
        }
    }

    /// Messages of a conversation, newest first; `None` if it is gone.
    pub(crate) async fn messages_of(&self, conversation: &str) -> Result<Option<Vec<Value>>, Stop> {
        let request = requests::messages_list(conversation, None, LOOKED_THROUGH);
        let Some(answer) = self.ask_for(System::Highlevel, request).await? else { return Ok(None) };
        // Live it is wrapped once more than documented (FACTS section 8).
        let wrapped = answer.body["messages"]["messages"].as_array().or_else(|| answer.body["messages"].as_array());
        Ok(Some(wrapped.cloned().unwrap_or_default()))
    }
}
