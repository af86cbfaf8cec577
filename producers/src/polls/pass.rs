//! One pass over one resource of one tenant.

use super::cursor::{self, Cursor, Span};
use super::options::{Options, Start};
use super::{highlevel, seventeen_hats};
use crate::Error;
use crate::capture::{Capture, Draft};
use async_trait::async_trait;
use hatbridge_schemas::{Change, System, TenantId, Via};
use hatbridge_store::now_micros;
use hatbridge_systems::highlevel::HighLevel;
use hatbridge_systems::seventeen_hats::{Resource as Hats, Rest};
use serde_json::Value;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// What a feed is narrowed to: further members of its query.
pub(crate) type Narrow = Arc<serde_json::Map<String, Value>>;

/// A resource and whom to ask for it.
#[derive(Clone)]
pub(crate) enum Resource {
    Contacts(HighLevel, Narrow),
    Conversations(HighLevel, Narrow),
    Messages(HighLevel),
    OfHats(Rest, Hats),
    /// A source in memory.
    #[cfg(test)]
    Fake(Arc<super::tests::Fake>),
}

impl fmt::Debug for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.system(), self.name())
    }
}

impl Resource {
    pub(crate) fn of_highlevel(client: &HighLevel) -> [Self; 3] {
        [Self::Contacts(client.clone(), Narrow::default()), Self::Conversations(client.clone(), Narrow::default()), Self::Messages(client.clone())]
    }

    /// Contacts, tickets and messages, and `further` as far as the contract has it.
    pub(crate) fn of_seventeen_hats(client: &Rest, further: &[Hats]) -> Vec<Self> {
        let further = further.iter().copied().filter(|resource| client.contract().has(*resource));
        [Hats::Contacts, Hats::Tickets, Hats::Messages].into_iter().chain(further).map(|resource| Self::OfHats(client.clone(), resource)).collect()
    }

    pub(crate) const fn system(&self) -> System {
        match self {
            Self::Contacts(..) | Self::Conversations(..) | Self::Messages(_) => System::Highlevel,
            Self::OfHats(..) => System::SeventeenHats,
            #[cfg(test)]
            Self::Fake(_) => System::Highlevel,
        }
    }

    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Contacts(..) => "contacts",
            Self::Conversations(..) => "conversations",
            Self::Messages(_) => "messages",
            Self::OfHats(_, resource) => resource.as_str(),
            #[cfg(test)]
            Self::Fake(_) => "contacts",
        }
    }

    pub(crate) const fn interval(&self, options: &Options) -> Duration {
        match self {
            Self::Contacts(..) | Self::OfHats(_, Hats::Contacts) => options.intervals.contacts,
            Self::Conversations(..) => options.intervals.conversations,
            Self::Messages(_) | Self::OfHats(_, Hats::Messages) => options.intervals.messages,
            Self::OfHats(..) => options.intervals.tickets,
            #[cfg(test)]
            Self::Fake(_) => options.intervals.contacts,
        }
    }

    /// Rows a page: as many as the search of contacts gives, so that many contacts are few calls.
    pub(crate) fn rows(&self, options: &Options) -> u32 {
        match self {
            Self::Contacts(..) => CONTACT_ROWS,
            Self::Conversations(..) | Self::Messages(_) | Self::OfHats(..) => options.page_rows,
            #[cfg(test)]
            Self::Fake(_) => options.page_rows,
        }
    }

    pub(crate) async fn page(&self, ask: Ask<'_>) -> Result<Page, Error> {
        match self {
            Self::Contacts(client, narrow) => highlevel::contacts(client, narrow, ask).await,
            Self::Conversations(client, narrow) => highlevel::conversations(client, narrow, ask).await,
            Self::Messages(client) => highlevel::messages(client, ask).await,
            Self::OfHats(client, resource) => seventeen_hats::page(client, *resource, ask).await,
            #[cfg(test)]
            Self::Fake(fake) => fake.page(ask),
        }
    }
}

impl Resource {
    /// Rows that are news and don't show everything are read by id.
    async fn whole(&self, draft: Draft) -> Result<Draft, Error> {
        match self {
            Self::Contacts(client, _) if draft.change != Change::Deleted => highlevel::whole_contact(client, draft).await,
            Self::Messages(client) => highlevel::whole_message(client, draft).await,
            Self::Contacts(..) | Self::Conversations(..) | Self::OfHats(..) => Ok(draft),
            #[cfg(test)]
            Self::Fake(_) => Ok(draft),
        }
    }
}

/// What to ask for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ask<'a> {
    pub(crate) span: &'a Span,
    pub(crate) page: Option<&'a Value>,
    pub(crate) rows: u32,
    /// What came into being before this is not "created".
    pub(crate) watching_since: i64,
}

/// What came.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) drafts: Vec<Draft>,
    /// Newest change on it, microseconds.
    pub(crate) newest: i64,
    /// The mark of the next page; none at the end.
    pub(crate) next: Option<Value>,
}

/// How a pass ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// Events published.
    pub published: usize,
    /// False: the page cap or the shutdown cut it off.
    pub whole: bool,
    /// Whether there was nothing to ask for: no entity that it fans out over is known yet.
    pub idle: bool,
}

/// Something that is polled.
#[async_trait]
pub(crate) trait Poll: Send + Sync + fmt::Debug {
    fn tenant(&self) -> &TenantId;
    fn system(&self) -> System;
    /// Its name in metrics: of a closed set.
    fn label(&self) -> &'static str;
    /// Its name among the cursors and leases: the parameters count.
    fn name(&self) -> &str;
    fn interval(&self) -> Duration;
    fn options(&self) -> &Options;
    fn capture(&self) -> &Capture;
    /// One pass, or as much of it as the page cap allows; the next one goes on from there.
    async fn run(&self, stop: &CancellationToken) -> Result<Done, Error>;
}

/// Rows captured side by side: each waits for the broker, and rows of a page mostly belong to
/// different persons.
pub(crate) const ABREAST: usize = 32;
/// Most rows of a page of `POST /contacts/search` (FACTS section 6).
const CONTACT_ROWS: u32 = 500;

#[derive(Debug, Clone)]
pub(crate) struct Pass {
    pub(crate) tenant: TenantId,
    pub(crate) resource: Resource,
    /// Of the cursor and the lease.
    pub(crate) name: Arc<str>,
    /// Of the metrics.
    pub(crate) label: &'static str,
    pub(crate) rows: u32,
    /// Whether what is news is completed by reading it by id.
    pub(crate) completes: bool,
    pub(crate) start: Start,
    pub(crate) interval: Duration,
    pub(crate) options: Arc<Options>,
    pub(crate) capture: Capture,
}

#[async_trait]
impl Poll for Pass {
    fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    fn system(&self) -> System {
        self.resource.system()
    }

    fn label(&self) -> &'static str {
        self.label
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn interval(&self) -> Duration {
        self.interval
    }

    fn options(&self) -> &Options {
        &self.options
    }

    fn capture(&self) -> &Capture {
        &self.capture
    }

    /// Reads from the cursor to now, or to the page cap.
    async fn run(&self, stop: &CancellationToken) -> Result<Done, Error> {
        let (system, name, label) = (self.resource.system(), &*self.name, self.label);
        let now = now_micros();
        let overlap = i64::try_from(self.options.overlap.as_micros()).unwrap_or(i64::MAX / 2);
        let mut cursor = match self.capture.store().cursor(&self.tenant, system, name).await? {
            Some(text) => Cursor::read(&text, label)?,
            None => {
                let from = match self.start {
                    Start::Now => now,
                    Start::Beginning => 0,
                };
                let cursor = Cursor { watching_since: from, until: from, resume: None };
                // Stored before anything is read: a process that dies now must not begin later.
                self.capture.store().set_cursor(&self.tenant, system, name, &cursor.text(), now).await?;
                cursor
            }
        };
        let span = cursor::next(&cursor, overlap, now);
        let (mut page, mut newest, mut published) = (span.page.clone(), span.newest, 0);
        for _ in 0..self.options.page_cap.max(1) {
            let ask = Ask { span: &span, page: page.as_ref(), rows: self.rows, watching_since: cursor.watching_since };
            let got = self.resource.page(ask).await?;
            newest = newest.max(got.newest);
            published += self.capture_page(got.drafts).await?;
            // A mark that doesn't move would be read for ever.
            page = got.next.filter(|next| page.as_ref() != Some(next));
            cursor = cursor::after(&cursor, &span, page.clone(), newest);
            self.capture.store().set_cursor(&self.tenant, system, name, &cursor.text(), now_micros()).await?;
            if page.is_none() {
                self.capture.metrics().poll_lag(system, label, now_micros() - span.to);
                return Ok(Done { published, whole: true, ..Done::default() });
            }
            if stop.is_cancelled() {
                break;
            }
        }
        self.capture.metrics().poll_lag(system, label, now_micros() - newest);
        Ok(Done { published, whole: false, ..Done::default() })
    }
}

impl Pass {
    /// One of the resources that are always polled.
    pub(crate) fn of(tenant: TenantId, resource: Resource, options: &Arc<Options>, capture: &Capture) -> Self {
        let (name, rows) = (resource.name(), resource.rows(options));
        let interval = resource.interval(options);
        Self {
            tenant,
            resource,
            name: name.into(),
            label: name,
            rows,
            completes: true,
            start: options.start,
            interval,
            options: Arc::clone(options),
            capture: capture.clone(),
        }
    }

    async fn capture_page(&self, drafts: Vec<Draft>) -> Result<usize, Error> {
        capture_rows(&self.capture, &self.tenant, drafts, async |draft| if self.completes { self.resource.whole(draft).await } else { Ok(draft) }).await
    }
}

/// Captures rows side by side across persons, in the page's order within one. What is news is
/// completed by `whole` first.
pub(crate) async fn capture_rows<F>(capture: &Capture, tenant: &TenantId, drafts: Vec<Draft>, whole: impl Fn(Draft) -> F) -> Result<usize, Error>
where
    F: Future<Output = Result<Draft, Error>>,
{
    use futures::{StreamExt, TryStreamExt};
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut chains: Vec<Vec<Draft>> = vec![];
    for draft in drafts {
        let place = *places.entry(draft.root.clone()).or_insert(chains.len());
        match chains.get_mut(place) {
            Some(chain) => chain.push(draft),
            None => chains.push(vec![draft]),
        }
    }
    let whole = &whole;
    futures::stream::iter(chains)
        .map(|chain| async move {
            let mut published = 0;
            for draft in chain {
                if !capture.is_news(tenant, Via::Poll, &draft).await? {
                    continue;
                }
                let draft = whole(draft).await?;
                published += capture.capture(tenant, Via::Poll, now_micros(), vec![draft], None).await?;
            }
            Ok::<_, Error>(published)
        })
        .buffer_unordered(ABREAST)
        .try_fold(0, |sum, published| async move { Ok(sum + published) })
        .await
}
