//! Webhooks of a partner's API, read by its contract.

use super::{Contract, Record, Resource};
use serde_json::Value;

/// A webhook as the contract names its parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivered {
    /// Of what kind the record is.
    pub resource: Resource,
    /// `created`, `updated` or `deleted`.
    pub verb: String,
    /// When, as the contract writes moments.
    pub occurred_at: Value,
    /// The record, in hatbridge's names.
    pub record: Record,
}

impl Contract {
    /// The id of a delivery: the same when it is delivered again.
    #[must_use]
    pub fn webhook_id<'a>(&self, body: &'a Value) -> Option<&'a str> {
        body[self.sections().webhooks.id_field.as_str()].as_str().filter(|id| !id.is_empty())
    }

    /// What a webhook says; `None` if it is not one of the contract's.
    #[must_use]
    pub fn webhook(&self, body: &Value) -> Option<Delivered> {
        let names = &self.sections().webhooks;
        let (singular, verb) = body[names.type_field.as_str()].as_str()?.rsplit_once('.')?;
        let resource = self.by_singular(singular)?;
        let record = self.record_of(resource, &body[names.data_field.as_str()]);
        if record.id.is_empty() {
            return None;
        }
        Some(Delivered { resource, verb: verb.to_owned(), occurred_at: body[names.occurred_at_field.as_str()].clone(), record })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    const BUILTIN: &str = include_str!("../../contracts/seventeen_hats.toml");

    #[test]
    fn a_webhook_is_read_by_the_contracts_names() {
        let text = BUILTIN
            .replace("data_field = \"data\"", "data_field = \"payload\"")
            .replace("type_field = \"type\"", "type_field = \"event\"")
            .replace("first_name = \"first_name\"", "first_name = \"givenName\"");
        let contract = Contract::parse(&text).unwrap();
        let body =
            json!({"id": "d1", "event": "contact.updated", "occurred_at": "2026-11-24T09:30:00Z", "payload": {"id": "c1", "revision": 3, "givenName": "Ada"}});
        let delivered = contract.webhook(&body).unwrap();
        assert_eq!((delivered.resource, delivered.verb.as_str(), delivered.record.id.as_str()), (Resource::Contacts, "updated", "c1"));
        assert_eq!(delivered.record.value["first_name"], "Ada");
        assert_eq!(delivered.record.revision.as_deref(), Some("3"));
        assert_eq!(contract.webhook_id(&body), Some("d1"));
    }

    #[test]
    fn what_is_not_the_contracts_is_none() {
        let contract = Contract::builtin();
        for body in [
            json!({}),
            json!({"type": "planet.created", "data": {"id": "p"}}),
            json!({"type": "contact.created", "data": {}}),
            json!({"type": "contact", "data": {"id": "c"}}),
        ] {
            assert_eq!(contract.webhook(&body), None, "{body}");
        }
    }
}
