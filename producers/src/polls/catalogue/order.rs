//! What somebody wants polled, checked against the catalogue.

use super::paging;
use crate::capture::content::of_text;
use hatbridge_systems::highlevel::Api;
use hatbridge_systems::highlevel::catalogue::{self, Context, Feed, FieldType, Invalid, Kind, Operation, Poll, Unknown};
use serde_json::{Map, Value};
use std::fmt::Write;
use std::time::Duration;

/// An operation can't be polled like this. Names no value of a parameter.
#[derive(Debug, Clone, thiserror::Error)]
pub enum OrderError {
    /// There is no such operation.
    #[error(transparent)]
    Unknown(#[from] Unknown),
    /// It has nothing to poll.
    #[error("`{0}` changes something or has nothing to poll; `hatbridge catalogue` lists the triggers")]
    NotPolled(&'static str),
    /// The tenant's generation of the API has not got it.
    #[error("{0}")]
    Absent(String),
    /// A parameter that the poll sets itself.
    #[error("`{parameter}` of `{operation}` is set by the poll itself; leave it out")]
    Owned {
        /// The operation.
        operation: &'static str,
        /// The parameter.
        parameter: String,
    },
    /// The parameters don't fit.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// It comes too often.
    #[error("`{operation}` every {every:?}: choose 1 s to 1 day (the catalogue promises 1 to 15 minutes)")]
    Every {
        /// The operation.
        operation: &'static str,
        /// As wanted.
        every: Duration,
    },
}

/// An operation to be polled.
#[derive(Debug, Clone)]
pub struct Order {
    pub(super) operation: &'static Operation,
    pub(super) poll: &'static Poll,
    pub(super) params: Map<String, Value>,
    pub(super) every: Duration,
    pub(super) name: String,
}

impl Order {
    /// An order for the operation of this name, narrowed by parameters, every so often.
    ///
    /// # Errors
    /// [`OrderError`]: all but [`OrderError::Absent`] and [`OrderError::Invalid`], which depend on the
    /// tenant ([`Order::check`]).
    pub fn new(operation: &str, params: Map<String, Value>, every: Duration) -> Result<Self, OrderError> {
        let operation = catalogue::find(operation)?;
        let (Kind::Trigger, Some(poll)) = (operation.kind, &operation.poll) else { return Err(OrderError::NotPolled(&operation.name)) };
        if !(Duration::from_secs(1)..=Duration::from_secs(86_400)).contains(&every) {
            return Err(OrderError::Every { operation: &operation.name, every });
        }
        let feeds: &[&str] = match poll.feed {
            Some(Feed::Contacts) => &["sort", "page", "pageLimit", "locationId"],
            Some(Feed::Conversations) => &["sort", "sortBy", "limit", "locationId"],
            Some(Feed::Messages) => &["sortBy", "startDate", "endDate", "locationId"],
            None => &[],
        };
        if let Some(parameter) = params.keys().find(|name| paging::owned(poll.paging).iter().chain(feeds).any(|owned| owned == name)) {
            return Err(OrderError::Owned { operation: &operation.name, parameter: parameter.clone() });
        }
        let name = named(&operation.name, &params);
        Ok(Self { operation, poll, params, every, name })
    }

    /// The operation's name and its parameters, always in the same order: `search users?role=admin`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The operation.
    #[must_use]
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// Whether it makes a request for a tenant. What is filled in later, the known entities that it
    /// fans out over, is taken for given.
    ///
    /// # Errors
    /// [`OrderError::Absent`], [`OrderError::Invalid`].
    pub fn check(&self, api: Api, context: &Context<'_>) -> Result<(), OrderError> {
        self.operation.shape(api).map_err(|absent| OrderError::Absent(absent.to_string()))?;
        let mut data = self.params.clone();
        for parent in &self.poll.parents {
            for parameter in std::iter::once(&parent.parameter).chain(&parent.root_parameter) {
                data.entry(parameter.clone()).or_insert_with(|| "known".into());
            }
        }
        for (name, values) in &self.poll.values {
            let first = values.first().cloned().unwrap_or_default();
            data.entry(name.clone()).or_insert_with(|| first.into());
        }
        data.extend(super::windows::pieces(self.operation, &self.params, 0).into_iter().next().unwrap_or_default());
        self.limited(api, &mut data);
        self.placed(api, None, &mut data);
        self.operation.request(api, context, &Value::Object(data))?;
        Ok(())
    }

    /// Asks for as many rows a page as the operation gives, unless the parameters say how many; returns
    /// how many.
    pub(super) fn limited(&self, api: Api, data: &mut Map<String, Value>) -> usize {
        let fields = self.operation.fields(api).unwrap_or_default();
        let Some(name) = paging::LIMITS.into_iter().find(|name| fields.iter().any(|field| field.name == *name)) else { return 1 };
        match data.get(name).map(|given| given.as_u64().or_else(|| given.as_str()?.parse().ok())) {
            Some(Some(given)) => usize::try_from(given).unwrap_or(usize::MAX).max(1),
            // What is no number is told when the request is made.
            Some(None) => 1,
            None => {
                let Some(limit) = self.poll.limit else { return 1 };
                data.insert(name.to_owned(), limit.into());
                usize::try_from(limit).unwrap_or(usize::MAX)
            }
        }
    }

    /// Puts into the data where its page begins; numbers become texts where the operation wants them so.
    pub(super) fn placed(&self, api: Api, page: Option<&Value>, data: &mut Map<String, Value>) {
        paging::place(self.poll.paging, page, data);
        for name in paging::LIMITS.iter().chain(paging::owned(self.poll.paging)) {
            if let Some(value) = data.get_mut(*name).filter(|value| value.is_number())
                && self.operation.field_type(api, name) == Some(FieldType::Text)
            {
                *value = value.to_string().into();
            }
        }
    }

    /// Whether its listing is complete, so that what is missing was deleted: not where parameters
    /// narrow it.
    pub(super) fn is_complete(&self) -> bool {
        let harmless = |name: &String| {
            let of_parent = self.poll.parents.iter().any(|parent| parent.parameter == *name || parent.root_parameter.as_ref() == Some(name));
            of_parent || self.poll.values.contains_key(name) || ["companyId", "locationId"].contains(&name.as_str())
        };
        self.poll.full && self.params.keys().all(harmless)
    }

    /// The parameters as one text.
    pub(super) fn question(&self) -> &str {
        self.name.split_once('?').map_or("", |(_, params)| params)
    }
}

fn named(operation: &str, params: &Map<String, Value>) -> String {
    let mut sorted: Vec<_> = params.iter().collect();
    sorted.sort_unstable_by_key(|(name, _)| *name);
    let mut text = operation.to_owned();
    for (number, (name, value)) in sorted.into_iter().enumerate() {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let _ = write!(text, "{}{name}={value}", if number == 0 { '?' } else { '&' }); // writing to a String can't fail
    }
    if text.len() <= NAME_LENGTH {
        return text;
    }
    // It is part of keys in the database.
    format!("{operation}?sha256={}", of_text(&text))
}

/// Longest name of a poll, bytes; longer ones are shortened to a hash of the parameters.
const NAME_LENGTH: usize = 500;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    const MINUTE: Duration = Duration::from_secs(60);
    const CONTEXT: Context<'_> = Context { location: "L1", company: Some("C1") };

    fn order(name: &str, params: Value) -> Result<Order, OrderError> {
        Order::new(name, params.as_object().unwrap().clone(), MINUTE)
    }

    #[test]
    fn a_name_is_the_same_whatever_the_order_of_the_parameters() {
        let one = order("Search Users", json!({"role": "admin", "query": "a"})).unwrap();
        assert_eq!((one.name(), one.question()), ("search users?query=a&role=admin", "query=a&role=admin"));
        assert_eq!(order("73", json!({})).unwrap().name(), "search users");
        let long = |last: &str| order("search users", json!({"query": "a".repeat(1000) + last})).unwrap().name().to_owned();
        assert!(long("x").len() < 60 && long("x") == long("x") && long("x") != long("y"), "{}", long("x"));
    }

    #[test]
    fn every_trigger_can_be_ordered() {
        let given = |name: &str| match name {
            "get duplicate contact" => json!({"email": "a@example.com"}),
            "check blog url slug" => json!({"urlSlug": "a"}),
            "get association key" => json!({"key_name": "a"}),
            "get association by keys" => json!({"objectKey": "a"}),
            "filter users by email" => json!({"emails": "a@example.com"}),
            _ => json!({}),
        };
        let (mut polled, mut wrong) = (0, vec![]);
        for operation in catalogue::all().iter().filter(|o| o.kind == Kind::Trigger) {
            for api in [Api::V2, Api::V3] {
                match order(&operation.name, given(&operation.name)).and_then(|o| o.check(api, &CONTEXT)) {
                    Ok(()) => polled += 1,
                    Err(OrderError::Absent(_)) if operation.v3.is_none() => polled += 1,
                    Err(error) => wrong.push(format!("{api}: {error}")),
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert_eq!(polled, 110);
    }

    #[test]
    fn what_cannot_be_polled_says_why() {
        let told = |name: &str, params: Value| order(name, params).map(drop).unwrap_err().to_string();
        assert!(told("serch contacts", json!({})).contains("`search contacts`"));
        assert!(told("create contact", json!({})).contains("nothing to poll"));
        assert!(told("search users", json!({"skip": 3})).contains("`skip`"));
        assert!(told("search contacts", json!({"pageLimit": 3})).contains("`pageLimit`"));
        assert!(Order::new("search users", Map::new(), Duration::from_millis(10)).is_err());
        let wrong = order("get contact notes", json!({"contact": "x"})).unwrap().check(Api::V2, &CONTEXT).unwrap_err().to_string();
        assert!(wrong.contains("`contact`"), "{wrong}");
    }

    #[test]
    fn a_narrowed_list_is_not_complete() {
        assert!(order("get contact notes", json!({"contactId": "c"})).unwrap().is_complete());
        assert!(order("search users", json!({})).unwrap().is_complete());
        assert!(!order("search users", json!({"role": "admin"})).unwrap().is_complete());
        assert!(!order("search contacts", json!({})).unwrap().is_complete());
    }
}
