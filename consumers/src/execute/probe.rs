//! Looking for our mark: whether a call without an answer was carried out.

use super::{Run, Stop};
use crate::facts::kind;
use crate::plan::item::{Family, Fields};
use hatbridge_schemas::{Direction, System};
use hatbridge_systems::highlevel::catalogue::{self, Operation};
use hatbridge_systems::highlevel::{requests, wire};
use hatbridge_systems::moment;
use hatbridge_systems::seventeen_hats::Resource;
use serde_json::{Map, Value};

/// Clocks differ by so much at most, microseconds.
const SKEW: i64 = 60_000_000;

/// Where the mark is looked for.
#[derive(Debug, Clone)]
pub(crate) enum Probe {
    /// There is none: for idempotent and unsafe actions.
    None,
    /// A record of 17hats by a filter.
    Hats(Resource, &'static str, String),
    /// A contact of HighLevel by its address, with our mark in `source`.
    Contact { email: Option<String>, phone: Option<String>, mark: String },
    /// A message of the person with this `altId`.
    Message { alt_id: String },
    /// A message to the person with this text, sent since then and not linked yet: the only trace that
    /// a sent one leaves (FACTS section 8).
    Sent { body: String, since: i64 },
    /// A note of the person that holds this mark.
    Note { mark: String },
    /// A record of the person's that says exactly this.
    Item(Family, Fields),
    /// A business of this name, in lower case.
    Business(String),
    /// As the catalogue says of an operation, with the data it was ordered with.
    Catalogue(&'static Operation, Map<String, Value>),
}

impl Probe {
    /// Whether what it finds is surely ours. A refused action is looked up only then.
    pub(crate) fn is_exact(&self) -> bool {
        match self {
            // An index that lags is not asked about every refusal.
            Self::None | Self::Sent { .. } | Self::Item(Family::Opportunity, _) => false,
            Self::Hats(..) | Self::Contact { .. } | Self::Message { .. } | Self::Note { .. } | Self::Item(..) | Self::Business(_) => true,
            Self::Catalogue(operation, _) => operation.probe.as_ref().is_some_and(catalogue::Probe::is_exact),
        }
    }
}

/// A contact found by its address.
#[derive(Debug)]
pub(crate) struct FoundContact {
    pub(crate) id: String,
    /// What stands in `source`.
    pub(crate) origin: Option<String>,
}

impl Run<'_> {
    pub(crate) async fn look_up(&self, probe: &Probe) -> Result<Option<String>, Stop> {
        match probe {
            Probe::None => Ok(None),
            Probe::Hats(resource, filter, value) => Ok(self.find_in_hats(*resource, filter, value).await?.map(|record| record.id)),
            Probe::Contact { email, phone, mark } => {
                let found = self.contact_by_address(email.as_deref(), phone.as_deref()).await?;
                Ok(found.filter(|f| f.origin.as_deref() == Some(mark.as_str())).map(|f| f.id))
            }
            Probe::Message { alt_id } => Ok(self.messages_where(|row| row["altId"].as_str() == Some(alt_id.as_str())).await?.into_iter().next()),
            Probe::Sent { body, since } => {
                let alike = self
                    .messages_where(|row| {
                        let message = wire::message_from(row);
                        let ours = message.external_id.is_none() && message.direction == Some(Direction::Outbound);
                        ours && message.body.as_deref() == Some(body.as_str()) && message.sent_at.is_none_or(|at| at >= *since)
                    })
                    .await?;
                // The same words may have been sent before: those are known.
                for id in alike {
                    if self.shared.store.linked(&self.event.tenant, kind::MESSAGE, System::Highlevel, &id).await?.is_none() {
                        return Ok(Some(id));
                    }
                }
                Ok(None)
            }
            Probe::Item(family, fields) => self.alike(*family, fields).await,
            Probe::Business(key) => self.business_named(key).await,
            Probe::Catalogue(operation, data) => self.ordered_before(operation, data).await,
            Probe::Note { mark } => {
                let person = self.in_highlevel()?;
                let answer = self.ask(System::Highlevel, requests::notes_list(&person)).await?;
                let notes = answer.body["notes"].as_array();
                Ok(notes
                    .into_iter()
                    .flatten()
                    .find(|note| note["body"].as_str().is_some_and(|b| b.contains(mark)))
                    .and_then(|note| note["id"].as_str())
                    .map(str::to_owned))
            }
        }
    }

    /// Whether a record is not older than the event, by the first of these times that it has: else it was
    /// there before. One without them may be ours.
    pub(super) fn is_as_young(&self, row: &Value, times: &[&str]) -> bool {
        moment::first(row, times).is_none_or(|at| at >= self.event.observed_at - SKEW)
    }

    /// Ids of the person's messages that are it, newest first. Read directly: search would lag, and
    /// what it does not show may still be there.
    async fn messages_where(&self, is_it: impl Fn(&Value) -> bool) -> Result<Vec<String>, Stop> {
        let known = match &self.thread.conversation {
            Some(conversation) => self.messages_of(conversation).await?,
            None => None,
        };
        let messages = match known {
            Some(messages) => messages,
            // Unknown, or deleted meanwhile.
            None => {
                let conversation = self.conversation_anew().await?;
                self.messages_of(&conversation).await?.unwrap_or_default()
            }
        };
        Ok(messages.iter().filter(|row| is_it(row)).filter_map(|row| row["id"].as_str()).map(str::to_owned).collect())
    }

    /// HighLevel's contact with this e-mail address or phone number: exact and without lag.
    pub(crate) async fn contact_by_address(&self, email: Option<&str>, phone: Option<&str>) -> Result<Option<FoundContact>, Stop> {
        let filled = |text: Option<&str>| text.map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
        let (email, phone) = (filled(email), filled(phone));
        if email.is_none() && phone.is_none() {
            return Ok(None);
        }
        let request = requests::contact_duplicate(self.tenant.highlevel.location_id(), email.as_deref(), phone.as_deref());
        let Some(answer) = self.ask_for(System::Highlevel, request).await? else { return Ok(None) };
        let contact = &answer.body["contact"];
        Ok(contact["id"].as_str().map(|id| FoundContact { id: id.to_owned(), origin: wire::contact_from(contact).origin }))
    }
}
