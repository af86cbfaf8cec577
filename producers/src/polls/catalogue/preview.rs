//! What a poll would do: its first request, and what of the first page is new.

use super::asked::Asked;
use super::parents::Parents;
use super::sweep::Sweep;
use crate::Error;
use crate::capture::Draft;
use crate::polls::cursor::{self, Cursor};
use crate::polls::highlevel;
use crate::polls::pass::{Ask, Resource};
use hatbridge_schemas::{Change, EntityKind, System, Via};
use hatbridge_store::now_micros;
use hatbridge_systems::call::Request;
use hatbridge_systems::highlevel::catalogue::Odd;

/// An event that would be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// What it is about.
    pub kind: EntityKind,
    /// Its id.
    pub id: String,
    /// What would be told of it; a snapshot is `created` or `updated` once it is compared.
    pub change: Change,
}

/// A look at a poll, without publishing and without moving its cursor.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The first request; none if no entity is known yet that it could ask for.
    pub request: Option<Request>,
    /// What of its first page is new.
    pub sightings: Vec<Sighting>,
}

impl Asked {
    /// Makes the first request and looks at what came.
    ///
    /// # Errors
    /// If HighLevel or the database does not answer.
    pub async fn preview(&self) -> Result<Preview, Error> {
        let (request, drafts) = match self.feed() {
            Some(resource) => self.of_feed(&resource).await?,
            None => self.of_sweep().await?,
        };
        let mut sightings = vec![];
        for draft in drafts {
            if self.capture.is_news(&self.tenant, Via::Poll, &draft).await? {
                sightings.push(Sighting { kind: draft.kind, id: draft.id, change: draft.change });
            }
        }
        Ok(Preview { request, sightings })
    }

    async fn of_feed(&self, resource: &Resource) -> Result<(Option<Request>, Vec<Draft>), Error> {
        let name = &self.order.name;
        let stored = self.capture.store().cursor(&self.tenant, System::Highlevel, name).await?;
        let cursor = match stored {
            Some(text) => Cursor::read(&text, &self.order.operation.name)?,
            None => Cursor { watching_since: 0, until: 0, resume: None },
        };
        let overlap = i64::try_from(self.options.overlap.as_micros()).unwrap_or(i64::MAX / 2);
        let span = cursor::next(&cursor, overlap, now_micros());
        let ask = Ask { span: &span, page: span.page.as_ref(), rows: resource.rows(&self.options), watching_since: cursor.watching_since };
        let location = self.client.location_id();
        let request = match resource {
            Resource::Contacts(_, narrow) => Some(highlevel::contacts_request(location, narrow, ask)),
            Resource::Conversations(_, narrow) => Some(highlevel::conversations_request(location, narrow, ask)),
            _ => None,
        };
        Ok((request, resource.page(ask).await?.drafts))
    }

    async fn of_sweep(&self) -> Result<(Option<Request>, Vec<Draft>), Error> {
        let sweep = Sweep::new(self.clone());
        let mut parents = Parents::from(self.capture.store(), &self.tenant, &self.order, "").await?;
        let Some(parent) = parents.next().await? else { return Ok((None, vec![])) };
        let scope = self.scopes(now_micros()).into_iter().next().unwrap_or_default();
        let request = sweep.request(&sweep.data(&parent, &scope, None).0)?;
        if self.order.operation.is(Odd::BinaryAnswer) {
            return Ok((Some(request), vec![]));
        }
        Ok((Some(request), sweep.look(&parent, &scope).await?.into_iter().map(|seen| seen.draft).collect()))
    }
}
