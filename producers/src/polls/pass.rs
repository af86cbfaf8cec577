//! One pass over one resource of one tenant.

use super::cursor::{self, Cursor, Span};
use super::options::{Options, Start};
use super::{highlevel, seventeen_hats};
use crate::Error;
use crate::capture::{Capture, Draft};
use hatbridge_schemas::{Change, System, TenantId, Via};
use hatbridge_store::now_micros;
use hatbridge_systems::highlevel::HighLevel;
use hatbridge_systems::seventeen_hats::{Resource as Hats, Rest};
use serde_json::Value;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A resource and whom to ask for it.
#[derive(Clone)]
pub(crate) enum Resource {
    Contacts(HighLevel),
    Conversations(HighLevel),
    Messages(HighLevel),
    HatContacts(Rest),
    HatTickets(Rest),
    HatMessages(Rest),
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
        [Self::Contacts(client.clone()), Self::Conversations(client.clone()), Self::Messages(client.clone())]
    }

    pub(crate) fn of_seventeen_hats(client: &Rest) -> [Self; 3] {
        [Self::HatContacts(client.clone()), Self::HatTickets(client.clone()), Self::HatMessages(client.clone())]
    }

    pub(crate) const fn system(&self) -> System {
        match self {
            Self::Contacts(_) | Self::Conversations(_) | Self::Messages(_) => System::Highlevel,
            Self::HatContacts(_) | Self::HatTickets(_) | Self::HatMessages(_) => System::SeventeenHats,
            #[cfg(test)]
            Self::Fake(_) => System::Highlevel,
        }
    }

    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Contacts(_) | Self::HatContacts(_) => "contacts",
            Self::Conversations(_) => "conversations",
            Self::Messages(_) | Self::HatMessages(_) => "messages",
            Self::HatTickets(_) => "tickets",
            #[cfg(test)]
            Self::Fake(_) => "contacts",
        }
    }

    pub(crate) const fn interval(&self, options: &Options) -> Duration {
        match self {
            Self::Contacts(_) | Self::HatContacts(_) => options.intervals.contacts,
            Self::Conversations(_) => options.intervals.conversations,
            Self::Messages(_) | Self::HatMessages(_) => options.intervals.messages,
            Self::HatTickets(_) => options.intervals.tickets,
            #[cfg(test)]
            Self::Fake(_) => options.intervals.contacts,
        }
    }

    async fn page(&self, ask: Ask<'_>) -> Result<Page, Error> {
        match self {
            Self::Contacts(client) => highlevel::contacts(client, ask).await,
            Self::Conversations(client) => highlevel::conversations(client, ask).await,
            Self::Messages(client) => highlevel::messages(client, ask).await,
            Self::HatContacts(client) => seventeen_hats::page(client, Hats::Contacts, ask).await,
            Self::HatTickets(client) => seventeen_hats::page(client, Hats::Tickets, ask).await,
            Self::HatMessages(client) => seventeen_hats::page(client, Hats::Messages, ask).await,
            #[cfg(test)]
            Self::Fake(fake) => fake.page(ask),
        }
    }
}

impl Resource {
    /// Rows that are news and don't show everything are read by id.
    async fn whole(&self, draft: Draft) -> Result<Draft, Error> {
        match self {
            Self::Contacts(client) if draft.change != Change::Deleted => highlevel::whole_contact(client, draft).await,
            Self::Messages(client) => highlevel::whole_message(client, draft).await,
            Self::Contacts(_) | Self::Conversations(_) | Self::HatContacts(_) | Self::HatTickets(_) | Self::HatMessages(_) => Ok(draft),
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
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) published: usize,
    /// False: the page cap or the shutdown cut it off.
    pub(crate) whole: bool,
}

/// Rows captured side by side: each waits for the broker, and rows of a page mostly belong to
/// different persons.
const ABREAST: usize = 32;

#[derive(Debug, Clone)]
pub(crate) struct Pass {
    pub(crate) tenant: TenantId,
    pub(crate) resource: Resource,
    pub(crate) options: Arc<Options>,
    pub(crate) capture: Capture,
}

impl Pass {
    /// Reads from the cursor to now, or to the page cap.
    pub(crate) async fn run(&self, stop: &CancellationToken) -> Result<Done, Error> {
        let (system, name) = (self.resource.system(), self.resource.name());
        let now = now_micros();
        let overlap = i64::try_from(self.options.overlap.as_micros()).unwrap_or(i64::MAX / 2);
        let mut cursor = match self.capture.store().cursor(&self.tenant, system, name).await? {
            Some(text) => Cursor::read(&text, name)?,
            None => {
                let from = match self.options.start {
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
            let ask = Ask { span: &span, page: page.as_ref(), rows: self.options.page_rows, watching_since: cursor.watching_since };
            let got = self.resource.page(ask).await?;
            newest = newest.max(got.newest);
            published += self.capture_page(got.drafts).await?;
            // A mark that doesn't move would be read for ever.
            page = got.next.filter(|next| page.as_ref() != Some(next));
            cursor = cursor::after(&cursor, &span, page.clone(), newest);
            self.capture.store().set_cursor(&self.tenant, system, name, &cursor.text(), now_micros()).await?;
            if page.is_none() {
                self.capture.metrics().poll_lag(system, name, now_micros() - span.to);
                return Ok(Done { published, whole: true });
            }
            if stop.is_cancelled() {
                break;
            }
        }
        self.capture.metrics().poll_lag(system, name, now_micros() - newest);
        Ok(Done { published, whole: false })
    }

    /// Side by side across persons, in the page's order within one.
    async fn capture_page(&self, drafts: Vec<Draft>) -> Result<usize, Error> {
        use futures::{StreamExt, TryStreamExt};
        let mut chains: Vec<(String, Vec<Draft>)> = vec![];
        for draft in drafts {
            match chains.iter_mut().find(|(root, _)| *root == draft.root) {
                Some((_, chain)) => chain.push(draft),
                None => chains.push((draft.root.clone(), vec![draft])),
            }
        }
        futures::stream::iter(chains)
            .map(|(_, chain)| async move {
                let mut published = 0;
                for draft in chain {
                    if !self.capture.is_news(&self.tenant, Via::Poll, &draft).await? {
                        continue;
                    }
                    let draft = self.resource.whole(draft).await?;
                    published += self.capture.capture(&self.tenant, Via::Poll, now_micros(), vec![draft], None).await?;
                }
                Ok::<_, Error>(published)
            })
            .buffer_unordered(ABREAST)
            .try_fold(0, |sum, published| async move { Ok(sum + published) })
            .await
    }
}
