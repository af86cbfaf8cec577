//! Lists and searches: pages in the order (`updated_at`, id), so that records of one moment are
//! neither skipped nor shown twice.

use super::{
    fields::{comparable, micros},
    problem::Problem,
    resource::Resource,
    store::{Record, Store},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use std::{collections::HashMap, ops::Bound, sync::Arc};

/// Page length if none is asked for, and the longest one.
const LIMIT: usize = 100;
const LIMIT_MOST: usize = 200;

/// Place behind the last record of a page.
type Place = (i64, String);

/// What is asked for.
#[derive(Debug, Default)]
pub(super) struct Query {
    since: Option<i64>,
    after: Option<Place>,
    limit: usize,
    deleted: bool,
    filters: Vec<(&'static str, String)>,
    /// Lower case text that a search looks for.
    needle: Option<String>,
}

/// A page and where the next one begins.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) items: Vec<Arc<Record>>,
    pub(super) next: Option<String>,
}

impl Query {
    /// Reads the parameters of a list; one that we don't know is refused, as it would silently widen
    /// the answer.
    pub(super) fn read(resource: Resource, parameters: &HashMap<String, String>) -> Result<Self, Problem> {
        let mut query = Self { limit: LIMIT, ..Self::default() };
        for (name, value) in parameters {
            match name.as_str() {
                "cursor" if value.is_empty() => {}
                "cursor" => query.after = Some(place(value)?),
                "limit" => {
                    let limit: usize = value.parse().map_err(|_| Problem::bad_request("limit must be a number"))?;
                    query.limit = limit.clamp(1, LIMIT_MOST);
                }
                "updated_since" => {
                    let since = micros(value).ok_or_else(|| Problem::bad_request("updated_since must be an RFC 3339 moment"))?;
                    query.since = Some(since);
                }
                "include_deleted" => query.deleted = value == "true",
                "q" => query.needle = Some(value.to_lowercase()),
                other => match resource.filters().iter().find(|filter| **filter == other) {
                    Some(filter) => query.filters.push((filter, value.clone())),
                    None => {
                        return Err(Problem::bad_request(format!("{} have no parameter {other}", resource.plural())));
                    }
                },
            }
        }
        Ok(query)
    }
}

impl Store {
    /// One page.
    pub(super) fn page(&self, resource: Resource, query: &Query) -> Page {
        let Some(shelf) = self.shelf(resource) else {
            return Page { items: Vec::new(), next: None };
        };
        let from = match (&query.after, query.since) {
            (Some(place), _) => Bound::Excluded(place.clone()),
            (None, Some(since)) => Bound::Included((since, String::new())),
            (None, None) => Bound::Unbounded,
        };
        let wanted = |record: &&Arc<Record>| {
            (query.deleted || record.deleted_at.is_none())
                && query.needle.as_deref().is_none_or(|needle| holds(record, needle))
                && query.filters.iter().all(|(filter, value)| record.text(filter).is_some_and(|text| comparable(filter, text) == comparable(filter, value)))
        };
        let mut items: Vec<Arc<Record>> = if let Some((filter, value)) = query.filters.first() {
            let mut found: Vec<&Arc<Record>> = shelf
                .by
                .get(&(*filter, comparable(filter, value)))
                .into_iter()
                .flatten()
                .filter_map(|id| shelf.records.get(id))
                .filter(|record| after(&from, record))
                .filter(wanted)
                .collect();
            found.sort_by(|a, b| (a.updated_at, &a.id).cmp(&(b.updated_at, &b.id)));
            found.into_iter().take(query.limit + 1).cloned().collect()
        } else {
            shelf.order.range((from, Bound::Unbounded)).filter_map(|(_, id)| shelf.records.get(id)).filter(wanted).take(query.limit + 1).cloned().collect()
        };
        let more = items.len() > query.limit;
        items.truncate(query.limit);
        let next = items.last().filter(|_| more).map(|last| cursor(last));
        Page { items, next }
    }
}

fn after(from: &Bound<Place>, record: &Record) -> bool {
    let here = (record.updated_at, record.id.as_str());
    match from {
        Bound::Excluded((at, id)) => here > (*at, id.as_str()),
        Bound::Included((at, id)) => here >= (*at, id.as_str()),
        Bound::Unbounded => true,
    }
}

fn holds(record: &Record, needle: &str) -> bool {
    record.fields.values().filter_map(Value::as_str).any(|text| text.to_lowercase().contains(needle))
}

fn cursor(last: &Record) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}/{}", last.updated_at, last.id))
}

fn place(cursor: &str) -> Result<Place, Problem> {
    let read = || {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        let (at, id) = text.split_once('/')?;
        Some((at.parse().ok()?, id.to_owned()))
    };
    read().ok_or_else(|| Problem::bad_request("cursor is not one that this API gave out"))
}
