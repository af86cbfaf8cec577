//! Lists and the records in them.

use super::contract::Contract;
use super::resource::Resource;
use super::translate::moment_out;
use serde_json::Value;
use std::fmt;

/// What a list is narrowed to, and its page.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// Updated at this moment or later, microseconds since the epoch.
    pub updated_since: Option<i64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// Deleted records too.
    pub include_deleted: bool,
    /// Records on the page; the contract's number unless said.
    pub limit: Option<u32>,
    /// Equality filters by hatbridge's names: `external_id`, `email`, `phone`, `contact_id`, ... One
    /// that the API lacks makes the request impossible: leaving it out would widen the answer.
    pub filters: Vec<(&'static str, String)>,
}

/// Filters may hold addresses.
impl fmt::Debug for ListQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.filters.iter().map(|(name, _)| name).collect();
        f.debug_struct("ListQuery").field("updated_since", &self.updated_since).field("filters", &names).finish_non_exhaustive()
    }
}

/// A record as the API shows it.
#[derive(Clone, PartialEq)]
pub struct Record {
    /// Its id.
    pub id: String,
    /// Tells its states apart, where the API has it.
    pub revision: Option<String>,
    /// Microseconds since the epoch.
    pub created_at: Option<i64>,
    /// Microseconds since the epoch.
    pub updated_at: Option<i64>,
    /// Whether it is deleted; then it has no fields.
    pub deleted: bool,
    /// Object with hatbridge's field names, and `id`, `revision`, `created_at`, `updated_at`; moments
    /// as RFC 3339.
    pub value: Value,
}

/// Its fields may be personal.
impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record").field("id", &self.id).field("revision", &self.revision).finish_non_exhaustive()
    }
}

/// A page.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// Its records; one without an id is left out.
    pub items: Vec<Record>,
    /// Where the next page begins; `None`: this was the last.
    pub next: Option<String>,
}

impl Contract {
    /// The query parameters of a list.
    ///
    /// # Errors
    /// Why it can't be asked.
    pub(super) fn parameters(&self, resource: Resource, query: &ListQuery) -> Result<Vec<(String, String)>, String> {
        let paging = &self.sections().paging;
        let table = self.table(resource).ok_or_else(|| format!("the contract has no {resource}"))?;
        let mut out = vec![];
        let mut put = |name: &str, value: String| {
            if !name.is_empty() {
                out.push((name.to_owned(), value));
            }
        };
        for (name, value) in &query.filters {
            let parameter = self.filter(table, name).ok_or_else(|| format!("the contract's {resource} can't be filtered by {name}"))?;
            put(parameter, value.clone());
        }
        if let Some(since) = query.updated_since {
            let since = moment_out(self.sections().times.format, &Value::from(since));
            put(&paging.since_parameter, since.as_str().map_or_else(|| since.to_string(), str::to_owned));
        }
        put(&paging.limit_parameter, query.limit.unwrap_or(paging.limit).to_string());
        if query.include_deleted {
            put(&paging.deleted_parameter, "true".to_owned());
        }
        if let Some(cursor) = &query.cursor {
            put(&paging.cursor_parameter, cursor.clone());
        }
        Ok(out)
    }

    /// The records of a page.
    pub(super) fn listed(&self, resource: Resource, body: &Value) -> Listed {
        let paging = &self.sections().paging;
        let items = body[paging.items_field.as_str()].as_array().into_iter().flatten();
        let next = match &body[paging.next_field.as_str()] {
            Value::String(cursor) if !cursor.is_empty() => Some(cursor.clone()),
            Value::Number(cursor) => Some(cursor.to_string()),
            _ => None,
        };
        Listed { items: items.map(|item| self.record_of(resource, item)).filter(|record| !record.id.is_empty()).collect(), next }
    }
}
