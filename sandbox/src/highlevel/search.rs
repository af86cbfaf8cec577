//! `POST /contacts/search`: filters, sorting and paging over an index that lags. Pure.

use super::{clock::read_ms, contact::Contact, given::Given, lagging::Lagging, problem::Problem, state::Place};
use serde_json::{Map, Value, json};
use std::{cmp::Ordering, ops::Bound, sync::Arc};

const PAGE_MOST: u64 = 500;
/// Rows that `page` can reach; beyond it only `searchAfter` can.
const ROWS_MOST: u64 = 10_000;
/// Length of a query or a filter's value.
const VALUE_MOST: usize = 75;

/// What is searched for.
#[derive(Debug)]
pub(super) struct Query {
    filters: Vec<Filter>,
    words: Option<String>,
    sort: Vec<(String, bool)>,
    limit: usize,
    skip: usize,
    after: Option<(Vec<Value>, String)>,
}

#[derive(Debug)]
enum Filter {
    Is { field: String, operator: Operator, value: Value },
    All(Vec<Filter>),
    Any(Vec<Filter>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Eq,
    NotEq,
    Contains,
    NotContains,
    Exists,
    NotExists,
    Range,
}

/// A page, and how many rows there are in all.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) rows: Vec<(Arc<Contact>, Value)>,
    pub(super) total: usize,
}

impl Query {
    pub(super) fn read(body: &Map<String, Value>) -> Result<Self, Problem> {
        let given = Given(body);
        let number = |name: &str| match body.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value.as_u64().map(Some).ok_or_else(|| Problem::invalid(format!("{name} must be a positive number"))),
        };
        let limit = number("pageLimit")?.ok_or_else(|| Problem::invalid("pageLimit should not be empty"))?;
        if !(1..=PAGE_MOST).contains(&limit) {
            return Err(Problem::invalid(format!("pageLimit must be a number from 1 to {PAGE_MOST}")));
        }
        let page = number("page")?;
        let after = body.get("searchAfter").filter(|value| !value.is_null()).map(read_after).transpose()?;
        if page.is_some() && after.is_some() {
            return Err(Problem::invalid("page and searchAfter can't be used together"));
        }
        let skip = page.unwrap_or(1).max(1).saturating_sub(1).saturating_mul(limit);
        if skip + limit > ROWS_MOST {
            return Err(Problem::invalid(format!("page reaches the first {ROWS_MOST} rows only, use searchAfter")));
        }
        let words = given.owned("query");
        if words.as_ref().is_some_and(|words| words.chars().count() > VALUE_MOST) {
            return Err(Problem::invalid(format!("query must have at most {VALUE_MOST} characters")));
        }
        Ok(Self {
            filters: read_filters(body.get("filters").unwrap_or(&Value::Null))?,
            words: words.map(|words| words.to_lowercase()),
            sort: read_sort(body.get("sort").unwrap_or(&Value::Null))?,
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
            skip: usize::try_from(skip).unwrap_or(usize::MAX),
            after,
        })
    }

    fn fits(&self, contact: &Contact) -> bool {
        let words = self.words.as_ref().is_none_or(|words| {
            let named = contact.name().to_lowercase().contains(words);
            named || ["email", "phone", "companyName"].iter().any(|field| contact.text(field).to_lowercase().contains(words))
        });
        words && self.filters.iter().all(|filter| filter.fits(contact))
    }

    /// Rows of the index that may fit: few where an exact value or a range of updates is given.
    fn candidates(&self, index: &Lagging<Contact>) -> Vec<Arc<Contact>> {
        for filter in &self.filters {
            let Filter::Is { field, operator: Operator::Eq, value: Value::String(value) } = filter else { continue };
            match field.as_str() {
                "id" => return index.rows.get(value.as_str()).map(Arc::clone).into_iter().collect(),
                "email" => return index.by_term("email", value),
                "phone" => return index.by_term("phone", value),
                "source" => return index.by_term("source", value),
                _ => {}
            }
        }
        let (low, high) = self.updated_range();
        index.sorted.range((low, high)).map(|(_, contact)| Arc::clone(contact)).collect()
    }

    fn updated_range(&self) -> (Bound<Place>, Bound<Place>) {
        let (mut low, mut high) = (i64::MIN, i64::MAX);
        for filter in &self.filters {
            let Filter::Is { field, operator: Operator::Range, value } = filter else { continue };
            if field == "dateUpdated" {
                let (from, to) = range_of(value);
                (low, high) = (low.max(from.unwrap_or(low)), high.min(to.unwrap_or(high)));
            }
        }
        // An empty range must not be given to the tree.
        (Bound::Included((low, 0)), Bound::Included((high.max(low), u64::MAX)))
    }

    fn keys(&self, contact: &Contact) -> Vec<Value> {
        self.sort.iter().map(|(field, _)| contact.searched(field)).collect()
    }

    fn compare(&self, a: (&[Value], &str), b: (&[Value], &str)) -> Ordering {
        for (at, (_, ascending)) in self.sort.iter().enumerate() {
            let order = compare_values(a.0.get(at), b.0.get(at));
            let order = if *ascending { order } else { order.reverse() };
            if order != Ordering::Equal {
                return order;
            }
        }
        a.1.cmp(b.1)
    }

    pub(super) fn run(&self, index: &Lagging<Contact>) -> Page {
        if let [(field, true)] = self.sort.as_slice()
            && field == "dateUpdated"
        {
            return self.run_by_update(index);
        }
        let mut rows: Vec<_> = self.candidates(index).into_iter().filter(|contact| self.fits(contact)).map(|contact| (self.keys(&contact), contact)).collect();
        let total = rows.len();
        rows.sort_by(|a, b| self.compare((&a.0, &a.1.id), (&b.0, &b.1.id)));
        if let Some((keys, id)) = &self.after {
            rows.retain(|row| self.compare((&row.0, &row.1.id), (keys, id)) == Ordering::Greater);
        }
        let rows = rows.into_iter().skip(self.skip).take(self.limit).map(|(keys, contact)| with_mark(keys, contact)).collect();
        Page { rows, total }
    }

    /// The way of polls: the index stands in this order already, nothing has to be sorted.
    fn run_by_update(&self, index: &Lagging<Contact>) -> Page {
        let (low, high) = self.updated_range();
        let total = index.sorted.range((low, high)).count();
        let low = match &self.after {
            Some((keys, id)) => {
                let at = keys.first().and_then(read_ms).unwrap_or(i64::MIN);
                let place = index.rows.get(id.as_str()).filter(|row| row.date_updated == at).map_or((at, 0), |row| (at, row.sequence));
                match low {
                    Bound::Included(first) if first > place => low,
                    _ => Bound::Excluded(place),
                }
            }
            None => low,
        };
        let beyond =
            |bound: &Bound<Place>, other: &Bound<Place>| matches!((bound, other), (Bound::Excluded(a) | Bound::Included(a), Bound::Included(b)) if a > b);
        if beyond(&low, &high) {
            return Page { rows: Vec::new(), total };
        }
        let fitting = index.sorted.range((low, high)).map(|(_, contact)| contact).filter(|contact| self.fits(contact));
        let rows = fitting.skip(self.skip).take(self.limit).map(|contact| with_mark(self.keys(contact), Arc::clone(contact))).collect();
        Page { rows, total }
    }
}

/// `searchAfter`: the sort's values, then the id.
fn with_mark(mut keys: Vec<Value>, contact: Arc<Contact>) -> (Arc<Contact>, Value) {
    keys.push(json!(&*contact.id));
    (contact, Value::Array(keys))
}

fn read_after(value: &Value) -> Result<(Vec<Value>, String), Problem> {
    let wrong = || Problem::invalid("searchAfter must be taken from a row");
    let (id, keys) = value.as_array().and_then(|all| all.split_last()).ok_or_else(wrong)?;
    Ok((keys.to_vec(), id.as_str().ok_or_else(wrong)?.to_owned()))
}

fn read_sort(value: &Value) -> Result<Vec<(String, bool)>, Problem> {
    let all = match value {
        Value::Null => return Ok(vec![("dateAdded".to_owned(), false)]),
        Value::Array(all) if all.is_empty() => return Ok(vec![("dateAdded".to_owned(), false)]),
        Value::Array(all) => all,
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => return Err(Problem::invalid("sort must be an array")),
    };
    let one = |sort: &Value| match (sort["field"].as_str(), sort["direction"].as_str().unwrap_or("desc")) {
        (Some(field), direction @ ("asc" | "desc")) if Contact::is_searched(field) => Ok((field.to_owned(), direction == "asc")),
        _ => Err(Problem::invalid("sort needs a known field and the direction asc or desc")),
    };
    all.iter().map(one).collect()
}

fn read_filters(value: &Value) -> Result<Vec<Filter>, Problem> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(all) => all.iter().map(Filter::read).collect(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => Err(Problem::invalid("filters must be an array")),
    }
}

fn range_of(value: &Value) -> (Option<i64>, Option<i64>) {
    let bound = |inclusive: &str, exclusive: &str, step: i64| read_ms(&value[inclusive]).or_else(|| read_ms(&value[exclusive]).map(|at| at + step));
    (bound("gte", "gt", 1), bound("lte", "lt", -1))
}

impl Filter {
    fn read(value: &Value) -> Result<Self, Problem> {
        if let Some(group) = value["group"].as_str() {
            let inner = read_filters(&value["filters"])?;
            return match group {
                "AND" => Ok(Self::All(inner)),
                "OR" => Ok(Self::Any(inner)),
                _ => Err(Problem::invalid("group must be AND or OR")),
            };
        }
        let field = value["field"].as_str().filter(|field| Contact::is_searched(field)).ok_or_else(|| Problem::invalid("filters need a known field"))?;
        let operator = match value["operator"].as_str() {
            Some("eq") => Operator::Eq,
            Some("not_eq") => Operator::NotEq,
            Some("contains") => Operator::Contains,
            Some("not_contains") => Operator::NotContains,
            Some("exists") => Operator::Exists,
            Some("not_exists") => Operator::NotExists,
            Some("range") => Operator::Range,
            Some(_) | None => return Err(Problem::invalid(format!("the filter of {field} needs a known operator"))),
        };
        let value = value["value"].clone();
        if value.as_str().is_some_and(|text| text.chars().count() > VALUE_MOST) {
            return Err(Problem::invalid(format!("the value of {field} must have at most {VALUE_MOST} characters")));
        }
        if operator == Operator::Range && range_of(&value) == (None, None) {
            return Err(Problem::invalid(format!("the range of {field} needs gte or lte")));
        }
        Ok(Self::Is { field: field.to_owned(), operator, value })
    }

    fn fits(&self, contact: &Contact) -> bool {
        match self {
            Self::All(inner) => inner.iter().all(|filter| filter.fits(contact)),
            Self::Any(inner) => inner.iter().any(|filter| filter.fits(contact)),
            Self::Is { field, operator, value } => {
                let held = contact.searched(field);
                match operator {
                    Operator::Eq => equal(&held, value),
                    Operator::NotEq => !equal(&held, value),
                    Operator::Contains => contains(&held, value),
                    Operator::NotContains => !contains(&held, value),
                    Operator::Exists => exists(&held),
                    Operator::NotExists => !exists(&held),
                    Operator::Range => {
                        let (from, to) = range_of(value);
                        read_ms(&held).is_some_and(|at| from.is_none_or(|from| at >= from) && to.is_none_or(|to| at <= to))
                    }
                }
            }
        }
    }
}

fn exists(held: &Value) -> bool {
    !held.is_null() && held != "" && held.as_array().is_none_or(|all| !all.is_empty())
}

fn fold(value: &Value) -> Value {
    value.as_str().map_or_else(|| value.clone(), |text| json!(text.to_lowercase()))
}

/// Letters' case aside; a list equals each of its members, and is equalled by lists that name one.
fn equal(held: &Value, wanted: &Value) -> bool {
    match (held, wanted) {
        (_, Value::Array(any)) => any.iter().any(|wanted| equal(held, wanted)),
        (Value::Array(all), _) => all.iter().any(|held| equal(held, wanted)),
        _ => fold(held) == fold(wanted),
    }
}

fn contains(held: &Value, wanted: &Value) -> bool {
    match (held, wanted) {
        (_, Value::Array(any)) => any.iter().any(|wanted| contains(held, wanted)),
        (Value::Array(_), _) => equal(held, wanted),
        (Value::String(held), Value::String(wanted)) => held.to_lowercase().contains(&wanted.to_lowercase()),
        _ => false,
    }
}

fn compare_values(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    match (a, b) {
        (Some(Value::Number(a)), Some(Value::Number(b))) => a.as_i64().cmp(&b.as_i64()),
        (a, b) => {
            let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_lowercase();
            text(a).cmp(&text(b))
        }
    }
}
