//! One pass over an operation that has no change feed.

use super::asked::Asked;
use super::paging;
use super::parents::{self, Parents};
use super::position::{Cursor, Position};
use super::sighting::{Question, Seen, gone, seen};
use crate::Error;
use crate::capture::{Capture, Draft};
use crate::polls::options::Options;
use crate::polls::pass::{Done, Poll, capture_rows};
use async_trait::async_trait;
use hatbridge_schemas::{Change, System, TenantId};
use hatbridge_store::{Listed, Listing, now_micros};
use hatbridge_systems::call::{Request, Verdict};
use hatbridge_systems::highlevel::catalogue::{Odd, Rows, rows_of};
use hatbridge_systems::quota::Priority;
use serde_json::{Map, Value};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Rows that were deleted, told at once.
const GONE: u32 = 500;

/// A poll without a change feed.
#[derive(Debug)]
pub(super) struct Sweep {
    pub(super) asked: Asked,
}

/// What an entity that was asked for answered.
pub(super) enum Answer {
    Body(Value),
    /// It is not there (any more).
    Gone,
}

/// The pass under way.
struct Pass<'a> {
    cursor: Cursor,
    stop: &'a CancellationToken,
    /// Pages that may still be read.
    left: u32,
    published: usize,
}

#[async_trait]
impl Poll for Sweep {
    fn tenant(&self) -> &TenantId {
        &self.asked.tenant
    }

    fn system(&self) -> System {
        System::Highlevel
    }

    fn label(&self) -> &'static str {
        &self.asked.order.operation.name
    }

    fn name(&self) -> &str {
        &self.asked.order.name
    }

    fn interval(&self) -> Duration {
        self.asked.order.every
    }

    fn options(&self) -> &Options {
        &self.asked.options
    }

    fn capture(&self) -> &Capture {
        &self.asked.capture
    }

    async fn run(&self, stop: &CancellationToken) -> Result<Done, Error> {
        let store = self.capture().store();
        let now = now_micros();
        let text = store.cursor(self.tenant(), self.system(), self.name()).await?;
        let cursor = Cursor::read(text.as_deref(), self.label())?.begun(now);
        let mut pass = Pass { cursor, stop, left: self.options().page_cap.max(1), published: 0 };
        let mut resumed = pass.cursor.at.clone();
        let scopes = self.asked.scopes(pass.cursor.began);
        let after = resumed.as_ref().map(|position| position.after.clone()).unwrap_or_default();
        let mut parents = Parents::from(store, self.tenant(), &self.asked.order, &after).await?;
        let (mut before, mut key, mut any) = (after, None::<String>, false);
        while let Some(parent) = parents.next().await? {
            any = true;
            if key.as_ref().is_some_and(|key| *key != parent.key) {
                before = key.take().unwrap_or_default();
                resumed = None;
            }
            key = Some(parent.key.clone());
            let mut begin = Position { after: before.clone(), key: parent.key.clone(), parent: parent.id.clone(), ..Position::default() };
            // The one that was under way may be gone meanwhile: then the next one is read from its beginning.
            resumed = resumed.filter(|position| position.key == parent.key);
            if let Some(position) = &resumed {
                // Entities under one key before the one that was under way are done.
                if position.parent != parent.id {
                    continue;
                }
                begin = position.clone();
                resumed = None;
            }
            if !self.entity(&mut pass, &parent, &scopes, begin).await? {
                return Ok(Done { published: pass.published, whole: false, idle: false });
            }
        }
        let idle = parents.fans_out() && !any;
        self.end(pass, idle).await
    }
}

impl Sweep {
    pub(super) const fn new(asked: Asked) -> Self {
        Self { asked }
    }

    /// Asks for one known entity (or for none): all scopes, all pages. False: it was cut off.
    async fn entity(&self, pass: &mut Pass<'_>, parent: &parents::Asked, scopes: &[Map<String, Value>], begin: Position) -> Result<bool, Error> {
        let mut position = begin;
        while let Some(scope) = scopes.get(position.scope) {
            loop {
                if pass.left == 0 || pass.stop.is_cancelled() {
                    pass.cursor.at = Some(position);
                    self.keep(&pass.cursor).await?;
                    return Ok(false);
                }
                pass.left -= 1;
                let next = self.page(pass, parent, scope, position.page.as_ref()).await?;
                // A mark that doesn't move would be read for ever.
                position.page = next.filter(|next| position.page.as_ref() != Some(next));
                if position.page.is_none() {
                    break;
                }
                pass.cursor.at = Some(position.clone());
                self.keep(&pass.cursor).await?;
            }
            position.scope += 1;
            pass.cursor.at = Some(position.clone());
            self.keep(&pass.cursor).await?;
        }
        Ok(true)
    }

    async fn keep(&self, cursor: &Cursor) -> Result<(), Error> {
        Ok(self.capture().store().set_cursor(self.tenant(), self.system(), self.name(), &cursor.text(), now_micros()).await?)
    }

    /// The data of a request.
    pub(super) fn data(&self, parent: &parents::Asked, scope: &Map<String, Value>, page: Option<&Value>) -> (Map<String, Value>, usize) {
        let order = &self.asked.order;
        let mut data = order.params.clone();
        data.extend(scope.clone());
        if let Some(fans_out) = order.poll.parents.first() {
            if !parent.id.is_empty() {
                data.insert(fans_out.parameter.clone(), parent.id.as_str().into());
            }
            if let Some(name) = &fans_out.root_parameter
                && !parent.root.is_empty()
            {
                data.entry(name.clone()).or_insert_with(|| parent.root.as_str().into());
            }
        }
        let api = self.asked.client.api();
        let limit = order.limited(api, &mut data);
        order.placed(api, page, &mut data);
        (data, limit)
    }

    pub(super) fn request(&self, data: &Map<String, Value>) -> Result<Request, Error> {
        let client = &self.asked.client;
        let request = self.asked.order.operation.request(client.api(), &client.context(), &Value::Object(data.clone()));
        request.map_err(|invalid| self.failed(invalid.to_string()))
    }

    pub(super) fn failed(&self, reason: String) -> Error {
        Error::Poll { system: System::Highlevel, resource: self.label(), reason }
    }

    pub(super) fn refused(&self, verdict: Verdict) -> Result<Answer, Error> {
        Err(self.failed(match verdict {
            Verdict::Done(answer) => return Ok(Answer::Body(answer.body)),
            Verdict::Refused(refusal) if refusal.is_not_found() && !self.asked.order.poll.parents.is_empty() => return Ok(Answer::Gone),
            Verdict::Throttled(wait) => format!("throttled for {wait:?}"),
            Verdict::Retry(reason) | Verdict::Doubt(reason) => reason.0,
            Verdict::Refused(refusal) => format!("status {}: {}", refusal.status, refusal.message),
        }))
    }

    /// Reads a page and captures what is new; the mark of the next one.
    async fn page(&self, pass: &mut Pass<'_>, parent: &parents::Asked, scope: &Map<String, Value>, page: Option<&Value>) -> Result<Option<Value>, Error> {
        let order = &self.asked.order;
        if order.operation.is(Odd::BinaryAnswer) {
            pass.published += self.recording(pass.cursor.pass, parent).await?;
            return Ok(None);
        }
        let (data, limit) = self.data(parent, scope, page);
        let fans_out = !parent.key.is_empty();
        let request = match self.request(&data) {
            Ok(request) => request,
            Err(error) if fans_out => return Ok(self.skip(pass, &error.to_string())),
            Err(error) => return Err(error),
        };
        let verdict = match self.asked.client.call(request, Priority::Background).await {
            // One that HighLevel does not answer for must not keep the others from being read.
            Verdict::Refused(refusal) if fans_out && matches!(refusal.status, 400 | 404 | 422) && !refusal.is_not_found() => {
                return Ok(self.skip(pass, &format!("status {}: {}", refusal.status, refusal.message)));
            }
            verdict => verdict,
        };
        let body = match self.refused(verdict)? {
            Answer::Body(body) => body,
            Answer::Gone => return Ok(None),
        };
        let rows = rows_of(order.operation, order.poll, &body);
        pass.cursor.partial |= !rows.found;
        let seen = self.understood(parent, &data, &rows);
        pass.published += self.take(pass.cursor.pass, seen).await?;
        Ok(paging::next(order.poll.paging, page, limit, &body, &rows.rows))
    }

    /// What the rows mean.
    fn understood(&self, parent: &parents::Asked, data: &Map<String, Value>, rows: &Rows) -> Vec<Seen> {
        let order = &self.asked.order;
        let question = Question { operation: order.operation, poll: order.poll, data, parent: &parent.id, root: &parent.root, params: order.question() };
        rows.rows.iter().filter_map(|row| seen(question, row)).collect()
    }

    /// Leaves out one known entity in this pass: nothing is missing for sure then.
    fn skip(&self, pass: &mut Pass<'_>, why: &str) -> Option<Value> {
        tracing::warn!(tenant = %self.tenant(), resource = self.label(), why, "a poll leaves out one entity in this pass: {why}");
        pass.cursor.partial = true;
        None
    }

    /// Captures the rows that differ from what was seen last, and notes that all were seen.
    async fn take(&self, pass: i64, rows: Vec<Seen>) -> Result<usize, Error> {
        let store = self.capture().store();
        let ids: Vec<&str> = rows.iter().map(|row| row.draft.id.as_str()).collect();
        let known = store.listed(self.tenant(), self.name(), &ids).await?;
        let listed = rows.iter().map(|row| {
            let hash = if row.draft.change == Change::Deleted { String::new() } else { row.hash.clone() };
            Listed { id: row.draft.id.clone(), root: row.draft.root.clone(), hash }
        });
        let listing = Listing { tenant: self.tenant().clone(), poll: self.name().to_owned(), pass, rows: listed.collect() };
        let fresh = rows.into_iter().filter(|row| known.get(&row.draft.id) != Some(&row.hash));
        let fresh: Vec<Draft> = fresh
            .map(|row| match known.get(&row.draft.id) {
                // It was told as deleted, and is there again.
                Some(gone) if gone.is_empty() && row.draft.change == Change::Snapshot => Draft { change: Change::Created, ..row.draft },
                _ => row.draft,
            })
            .collect();
        let published = capture_rows(self.capture(), self.tenant(), fresh, async |draft| Ok(draft)).await?;
        // After the broker's acknowledgement: a process that dies in between finds them new once more,
        // and capture knows that they are not.
        store.note_listed(listing).await?;
        Ok(published)
    }

    /// Everything was read: what a whole listing did not show was deleted.
    async fn end(&self, mut pass: Pass<'_>, idle: bool) -> Result<Done, Error> {
        let whole = self.asked.order.is_complete() && !pass.cursor.partial && !self.asked.order.operation.is(Odd::BinaryAnswer);
        if whole && !self.tell_missing(&mut pass).await? {
            self.keep(&pass.cursor.ended(Some(pass.cursor.pass))).await?;
            return Ok(Done { published: pass.published, whole: false, idle: false });
        }
        self.keep(&pass.cursor.ended(None)).await?;
        self.capture().metrics().poll_lag(self.system(), self.label(), now_micros() - pass.cursor.began);
        Ok(Done { published: pass.published, whole: true, idle })
    }

    /// Tells what was not seen as deleted. False: it is looked at once more first, since a row may have
    /// slipped over the edge of a page while another one went, and one short answer proves nothing.
    async fn tell_missing(&self, pass: &mut Pass<'_>) -> Result<bool, Error> {
        let (store, order) = (self.capture().store(), &self.asked.order);
        let from = pass.cursor.missing.unwrap_or(pass.cursor.pass);
        loop {
            let missing = store.unlisted(self.tenant(), self.name(), from, GONE).await?;
            if missing.is_empty() {
                return Ok(true);
            }
            if pass.cursor.missing.is_none() {
                return Ok(false);
            }
            let drafts = missing.iter().map(|row| gone(order.operation, row.id.clone(), row.root.clone())).collect();
            pass.published += capture_rows(self.capture(), self.tenant(), drafts, async |draft| Ok(draft)).await?;
            let rows = missing.into_iter().map(|row| Listed { hash: String::new(), ..row }).collect();
            store.note_listed(Listing { tenant: self.tenant().clone(), poll: self.name().to_owned(), pass: pass.cursor.pass, rows }).await?;
        }
    }

    /// The rows of a page as capture would see them, and nothing remembered.
    pub(super) async fn look(&self, parent: &parents::Asked, scope: &Map<String, Value>) -> Result<Vec<Seen>, Error> {
        let order = &self.asked.order;
        let (data, _) = self.data(parent, scope, None);
        let verdict = self.asked.client.call(self.request(&data)?, Priority::Background).await;
        let Answer::Body(body) = self.refused(verdict)? else { return Ok(vec![]) };
        Ok(self.understood(parent, &data, &rows_of(order.operation, order.poll, &body)))
    }
}
