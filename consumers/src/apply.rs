//! One record through its stations: decode, claim, facts, plan, calls, record.

use crate::dead::{bury, undecodable};
use crate::execute::{Death, Run, Stop};
use crate::facts::{self, Facts};
use crate::intake::Record;
use crate::metrics::Outcome;
use crate::plan::item::{Family, Seen};
use crate::plan::{After, Need, Plan, TAG_MARK, gone, plan};
use crate::service::Shared;
use crate::{Error, Flows, Tenant};
use futures::FutureExt;
use hatbridge_schemas::{Change, Command, Contact, DeadReason, EntityKind, EntityRef, Event, Payload, Sentence, System, TenantId, Via};
use hatbridge_store::{Claimed, now_micros};
use hatbridge_systems::highlevel::wire::MARK_PREFIX;
use hatbridge_systems::highlevel::{requests, wire};
use hatbridge_systems::seventeen_hats::{ListQuery, Resource, contact_from};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How a record's task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Nothing is left to do.
    Finished,
    /// Whoever reads it next goes on.
    Abandoned,
}

/// Pauses while the store or the broker is away: from the first, doubled, to the last.
const AWAY: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// Pauses while another process acts on the person.
const BUSY: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(300));
/// A transcript is made some seconds after its call; after these waits there is none.
const TRANSCRIPT_AFTER: [u64; 5] = [0, 2, 5, 10, 30];
/// Pages of tickets looked through for an open one.
const TICKET_PAGES: u32 = 20;

/// Takes a record to its end, whatever comes; a bug in here goes to the dead letters like anything else.
pub(crate) async fn apply(shared: Arc<Shared>, record: Record, cancel: CancellationToken) -> Ending {
    let mut pause = AWAY.0;
    loop {
        let error = match AssertUnwindSafe(once(&shared, &record, &cancel)).catch_unwind().await {
            Ok(Ok(ending)) => return ending,
            Ok(Err(error)) => error,
            Err(_panic) => {
                let death = Death {
                    reason: DeadReason::Exhausted,
                    message: "applying it panicked; this is a bug in hatbridge, report it".to_owned(),
                    system: None,
                    operation: None,
                    attempts: 1,
                    first_at: now_micros(),
                    request: None,
                    answer: None,
                };
                match panicked(&shared, &record, death).await {
                    Ok(()) => return Ending::Finished,
                    Err(error) => error,
                }
            }
        };
        tracing::warn!(error = &error as &dyn std::error::Error, pause_ms = pause.as_millis(), "applying waits: store, registry or broker failed");
        tokio::select! {
            biased;
            () = cancel.cancelled() => return Ending::Abandoned,
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(AWAY.1),
        }
    }
}

/// Buried, and finished in the ledger, so that the person's next events go on.
async fn panicked(shared: &Shared, record: &Record, death: Death) -> Result<(), Error> {
    let event = shared.decoder.decode(&record.value).await.ok();
    bury(shared, record, event.as_ref(), death).await?;
    match event {
        Some(event) => finish_dead(shared, &event.tenant, event.id).await,
        None => finish_dead(shared, &TenantId::new(""), id_of_place(record)).await,
    }
}

async fn finish_dead(shared: &Shared, tenant: &TenantId, id: Uuid) -> Result<(), Error> {
    let mut done = hatbridge_store::Record::of(tenant, id, now_micros());
    done.finished = Some(Outcome::Dead.as_str());
    Ok(shared.store.record(done).await?)
}

/// The ledger's id of a record that can't be read: a UUIDv5 of its place.
fn id_of_place(record: &Record) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("kafka:{}/{}/{}", record.place.0, record.place.1, record.offset).as_bytes())
}

async fn once(shared: &Shared, record: &Record, cancel: &CancellationToken) -> Result<Ending, Error> {
    let event = match shared.decoder.decode(&record.value).await {
        Ok(event) => event,
        Err(error) if error.is_retryable() => return Err(Error::Decode(error)),
        Err(error) => {
            // Known by its place, so that a replay does not bury it again.
            let id = id_of_place(record);
            if !shared.store.is_finished(id).await? {
                undecodable(shared, record, &error).await?;
                finish_dead(shared, &TenantId::new(""), id).await?;
            }
            return Ok(Ending::Finished);
        }
    };
    if is_nothing_of_ours(&event, shared.tenants.get(&event.tenant).map(|tenant| &tenant.flows)) {
        shared.metrics.finished(event.source, Outcome::Ignored, None);
        return Ok(Ending::Finished);
    }
    let Some(tenant) = shared.tenants.get(&event.tenant) else {
        if shared.store.is_finished(event.id).await? {
            return Ok(Ending::Finished);
        }
        let message = format!(
            "tenant `{}` is not configured and enabled here; add it under [[tenants]] (for `unassigned`, the location that the event names), then redrive",
            event.tenant
        );
        return ended(shared, record, &event, Err(Death::unmappable(message))).await;
    };
    let applying = Applying { shared, tenant, event: &event, cancel };
    let result = applying.run().await;
    ended(shared, record, &event, result).await
}

/// Kinds without a flow need neither claim nor ledger: seen again they are nothing again.
fn is_nothing_of_ours(event: &Event, flows: Option<&Flows>) -> bool {
    let carried = match event.entity.kind {
        EntityKind::Contact | EntityKind::Conversation | EntityKind::Message | EntityKind::Transcript | EntityKind::Ticket => true,
        kind => Family::of(kind).is_some_and(|family| flows.is_some_and(|flows| family.is_carried(flows))),
    };
    if carried { event.change == Change::Result } else { event.change != Change::Command }
}

async fn ended(shared: &Shared, record: &Record, event: &Event, result: Result<Option<Outcome>, Stop>) -> Result<Ending, Error> {
    match result {
        // Finished before: counted then.
        Ok(None) => Ok(Ending::Finished),
        Ok(Some(outcome)) => {
            let latency = (outcome == Outcome::Applied).then(|| now_micros() - event.observed_at);
            shared.metrics.finished(event.source, outcome, latency);
            Ok(Ending::Finished)
        }
        Err(Stop::Abandoned) => Ok(Ending::Abandoned),
        Err(Stop::Failed(error)) => Err(error),
        Err(Stop::Dead(death)) => {
            let message = death.message.clone();
            bury(shared, record, Some(event), *death).await?;
            tell_result(shared, event, "dead", &message, None).await?;
            finish_dead(shared, &event.tenant, event.id).await?;
            shared.metrics.finished(event.source, Outcome::Dead, None);
            Ok(Ending::Finished)
        }
    }
}

/// What became of a command, as an event. Its id is the same if it is told again.
async fn tell_result(shared: &Shared, event: &Event, outcome: &str, message: &str, answer: Option<&Value>) -> Result<(), Error> {
    let (Change::Command, Some(Payload::Command(command))) = (event.change, &event.payload) else { return Ok(()) };
    let now = now_micros();
    let mut parameters = serde_json::json!({"outcome": outcome, "message": message});
    if let Some(answer) = answer {
        parameters["answer"] = answer.clone();
    }
    let parameters = parameters.to_string();
    let entity = EntityRef { ..event.entity.clone() };
    let payload = Payload::Command(Command { operation: command.operation.clone(), parameters });
    let mut result =
        Event::new(System::Hatbridge, event.tenant.clone(), entity, Change::Result, event.id.to_string(), now, now, Via::Operator, Some(payload), None);
    result.causation_id = Some(event.id);
    result.correlation_id = event.correlation_id;
    shared.publisher.publish(&result).await?;
    Ok(())
}

/// What had to be read for the plan; kept while claims are widened.
#[derive(Default)]
struct Read {
    contact: Option<Contact>,
    other_open: Option<Option<String>>,
    sentences: Option<Vec<Sentence>>,
    item: Option<Option<Seen>>,
}

struct Applying<'a> {
    shared: &'a Shared,
    tenant: &'a Tenant,
    event: &'a Event,
    cancel: &'a CancellationToken,
}

impl Applying<'_> {
    /// `None`: the event was finished before.
    async fn run(&self) -> Result<Option<Outcome>, Stop> {
        let mut wider = match &self.event.payload {
            Some(Payload::Contact(contact)) => claims_of(contact),
            _ => BTreeSet::new(),
        };
        let mut read = Read::default();
        let mut pause = BUSY.0;
        loop {
            let other = facts::other_contact(&self.shared.store, self.event).await?;
            // A linked contact needs no claim on its address: nobody makes it a second time.
            let mut claims = if other.is_some() { BTreeSet::new() } else { wider.clone() };
            claims.extend(self.persons(other.as_deref()));
            claims.extend(self.company());
            let held = tokio::select! {
                biased;
                () = self.cancel.cancelled() => return Err(Stop::Abandoned),
                held = self.shared.claims.hold(&self.event.tenant, &claims) => held,
            };
            // First a place among the tenant's own: a tenant whose system is away must leave places to
            // the others.
            let place = tokio::select! {
                biased;
                () = self.cancel.cancelled() => return Err(Stop::Abandoned),
                place = async {
                    let own = match self.shared.shares.get(&self.event.tenant) {
                        Some(share) => Some(share.acquire().await?),
                        None => None,
                    };
                    Ok::<_, tokio::sync::AcquireError>((own, self.shared.places.acquire().await?))
                } => place,
            };
            let Ok(place) = place else { return Err(Stop::Abandoned) };
            let _counted = Counted::new(&self.shared.metrics.in_flight);
            let begun = match self.shared.store.claim(&self.event.tenant, self.event.id, claims.iter().cloned().collect(), now_micros()).await? {
                Claimed::Finished => return Ok(None),
                Claimed::Taken => vec![],
                Claimed::Resumed => self.shared.store.begun(self.event.id).await?,
                Claimed::Busy => {
                    drop(place);
                    tokio::select! {
                        biased;
                        () = self.cancel.cancelled() => return Err(Stop::Abandoned),
                        () = tokio::time::sleep(pause) => pause = (pause * 2).min(BUSY.1),
                    }
                    drop(held);
                    continue;
                }
            };
            // Somebody may have linked the person while we waited: then more is to be claimed.
            if other.is_none() && facts::other_contact(&self.shared.store, self.event).await?.is_some() {
                continue;
            }
            if let Some(outcome) = self.planned(other, begun, &mut read, &mut wider, &claims).await? {
                return Ok(Some(outcome));
            }
        }
    }

    /// Who is acted on, in both systems' ids.
    fn persons(&self, other: Option<&str>) -> Vec<String> {
        let root = self.event.entity.root.as_str();
        let (own, others) = match facts::side(self.event) {
            System::SeventeenHats => ("s", "h"),
            System::Highlevel | System::Hatbridge => ("h", "s"),
        };
        let mut persons = vec![claim_on(own, root)];
        persons.extend(other.map(|id| claim_on(others, id)));
        persons
    }

    /// The company that the contact is to belong to: two of it at once would make two businesses.
    fn company(&self) -> Option<String> {
        let Some(Payload::Contact(contact)) = &self.event.payload else { return None };
        let wanted = self.tenant.flows.companies.to_highlevel && self.event.source == System::SeventeenHats;
        let name = contact.company_name.as_deref().map(|name| name.trim().to_lowercase()).filter(|name| wanted && !name.is_empty())?;
        Some(claim_on("company", &name))
    }

    /// Plans, reading what is asked for, and carries out. `None`: claim what was added to `wider`, then
    /// again.
    async fn planned(
        &self,
        other: Option<String>,
        begun: Vec<String>,
        read: &mut Read,
        wider: &mut BTreeSet<String>,
        claims: &BTreeSet<String>,
    ) -> Result<Option<Outcome>, Stop> {
        let mut facts = facts::load(&self.shared.store, self.tenant, self.event, other, now_micros()).await?;
        facts.begun = begun;
        loop {
            facts.contact.clone_from(&read.contact);
            facts.other_open.clone_from(&read.other_open);
            facts.sentences.clone_from(&read.sentences);
            facts.item.clone_from(&read.item);
            match plan(self.event, &facts, &self.tenant.flows) {
                Plan::Need(Need::Contact) => {
                    let Some(contact) = self.contact(&facts).await? else { return self.gone(&facts).await.map(Some) };
                    let unlinked = facts.highlevel.is_none() || facts.hats.is_none();
                    let more = if unlinked { claims_of(&contact) } else { BTreeSet::new() };
                    read.contact = Some(contact);
                    if !more.is_subset(claims) {
                        wider.extend(more);
                        return Ok(None);
                    }
                }
                Plan::Need(Need::Tickets) => read.other_open = Some(self.other_open(&facts).await?),
                Plan::Need(Need::Transcript) => read.sentences = Some(self.sentences(&facts).await?),
                Plan::Need(Need::Item) => {
                    let Some(family) = Family::of(self.event.entity.kind) else {
                        return Err(Death::unmappable("the plan asks for a record that its event does not name"));
                    };
                    read.item = Some(self.at(&facts).read_item(family).await?);
                }
                Plan::Unmappable(message) => return Err(Death::unmappable(message)),
                Plan::Nothing { why, after } => {
                    let outcome = why.outcome();
                    tell_result(self.shared, self.event, outcome.as_str(), "nothing was to be done", None).await?;
                    self.at(&facts).finish(&after, outcome.as_str()).await?;
                    return Ok(Some(outcome));
                }
                Plan::Do { actions, after } => {
                    let mut run = self.at(&facts);
                    run.act(&actions).await?;
                    tell_result(self.shared, self.event, Outcome::Applied.as_str(), "", run.answer.as_ref()).await?;
                    run.finish(&after, Outcome::Applied.as_str()).await?;
                    return Ok(Some(Outcome::Applied));
                }
            }
        }
    }

    fn at<'b>(&'b self, facts: &'b Facts) -> Run<'b> {
        Run::new(self.shared, self.tenant, self.event, self.cancel, facts)
    }

    /// The person's contact as its own system shows it; `None` if it is gone there.
    async fn contact(&self, facts: &Facts) -> Result<Option<Contact>, Stop> {
        let run = self.at(facts);
        let known = if self.event.source == System::SeventeenHats { &facts.hats } else { &facts.highlevel };
        let root = known.as_deref().unwrap_or_else(|| self.event.entity.root.as_str());
        match self.event.source {
            System::Highlevel | System::Hatbridge => {
                let answer = run.ask_for(System::Highlevel, requests::contact_get(root)).await?;
                Ok(answer.map(|answer| wire::contact_from(if answer.body["contact"].is_object() { &answer.body["contact"] } else { &answer.body })))
            }
            System::SeventeenHats => {
                let rest = run.rest()?;
                let answer = run.ask_for(System::SeventeenHats, rest.get(Resource::Contacts, root)).await?;
                let record = answer.and_then(|answer| rest.record(Resource::Contacts, &answer)).filter(|record| !record.deleted);
                Ok(record.map(|record| contact_from(&record.value)))
            }
        }
    }

    /// The contact is gone in its own system.
    async fn gone(&self, facts: &Facts) -> Result<Outcome, Stop> {
        if let (Change::Deleted, Plan::Nothing { why, after }) = (self.event.change, gone(self.event)) {
            // Deleted with its contact: only the link goes.
            self.at(facts).finish(&after, why.outcome().as_str()).await?;
            return Ok(why.outcome());
        }
        if self.event.entity.kind != EntityKind::Contact {
            return Err(Death::unmappable(format!(
                "the {} names a contact that {} does not have (any more), so nobody can be told whose it is; discard it, or redrive it once the contact is there",
                self.event.entity.kind, self.event.source
            )));
        }
        // Changed, then deleted: its deletion is an event of its own.
        self.at(facts).finish(&After::default(), Outcome::Ignored.as_str()).await?;
        Ok(Outcome::Ignored)
    }

    /// Another ticket of the person that is not closed.
    async fn other_open(&self, facts: &Facts) -> Result<Option<String>, Stop> {
        let run = self.at(facts);
        let rest = run.rest()?;
        let mut query = ListQuery { filters: vec![("contact_id", self.event.entity.root.as_str().to_owned())], ..ListQuery::default() };
        for _ in 0..TICKET_PAGES {
            let answer = run.ask(System::SeventeenHats, rest.list(Resource::Tickets, &query)).await?;
            let page = rest.page(Resource::Tickets, &answer);
            let this = self.event.entity.id.as_str();
            let open =
                |record: &&hatbridge_systems::seventeen_hats::Record| !record.deleted && record.id != this && record.value["status"].as_str() != Some("closed");
            if let Some(record) = page.items.iter().find(open) {
                return Ok(Some(record.id.clone()));
            }
            match page.next {
                Some(next) => query.cursor = Some(next),
                None => return Ok(None),
            }
        }
        Err(Death::unmappable(format!(
            "the contact has more than {TICKET_PAGES} pages of tickets, so nobody can tell whether one is still open; archive the conversation with `hatbridge archive --contact`"
        )))
    }

    async fn sentences(&self, facts: &Facts) -> Result<Vec<Sentence>, Stop> {
        let run = self.at(facts);
        let request = requests::transcription_get(self.tenant.highlevel.location_id(), self.event.entity.id.as_str());
        for seconds in TRANSCRIPT_AFTER {
            run.pause_in_doubt(Duration::from_secs(seconds)).await?;
            let answer = run.ask_for(System::Highlevel, request.clone()).await?;
            let sentences = answer.map(|answer| wire::sentences_from(&answer.body)).unwrap_or_default();
            if !sentences.is_empty() {
                return Ok(sentences);
            }
        }
        tracing::info!(event.id = %self.event.id, "the call of event {} has no transcript", self.event.id);
        Ok(vec![])
    }
}

/// The text of a claim: hashed, since it is stored, may be an address, and may be of any length.
fn claim_on(kind: &str, text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    let hex: String = hash.iter().take(12).map(|b| format!("{b:02x}")).collect();
    format!("{kind}:{hex}")
}

/// What making this contact on the other side must exclude: the same address coming in from there,
/// and the record that the contact says it is.
fn claims_of(contact: &Contact) -> BTreeSet<String> {
    let mut claims = BTreeSet::new();
    let mut claim = |kind: &str, text: String| {
        if !text.is_empty() {
            claims.insert(claim_on(kind, &text));
        }
    };
    claim("mail", contact.email.as_deref().unwrap_or_default().trim().to_lowercase());
    claim("tel", contact.phone.as_deref().unwrap_or_default().chars().filter(char::is_ascii_digit).collect());
    claims.extend(contact.origin.as_deref().and_then(|o| o.strip_prefix(MARK_PREFIX)).filter(|id| !id.is_empty()).map(|id| claim_on("s", id)));
    claims.extend(contact.external_id.as_deref().filter(|id| !id.is_empty()).map(|id| claim_on("h", id)));
    claims.extend(contact.tags.iter().flatten().filter_map(|tag| tag.strip_prefix(TAG_MARK)).map(|id| claim_on("h", id)));
    claims
}

/// Counts an event as being worked on, until dropped.
struct Counted<'a>(&'a prometheus::IntGauge);

impl<'a> Counted<'a> {
    fn new(gauge: &'a prometheus::IntGauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}
