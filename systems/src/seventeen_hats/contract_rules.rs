//! What must hold of a contract beyond its shape. All broken rules are told together.

use super::contract_sections::{AuthKind, ResourceTable, Sections, WebhookKind};
use super::operation::Operation;
use super::resource::Resource;
use http::{HeaderName, Method};
use std::collections::BTreeMap;

/// Without these nothing can be kept in step.
const NEEDED: [Resource; 3] = [Resource::Contacts, Resource::Tickets, Resource::Messages];

/// The rules that a contract breaks: which key, what is wrong, what to do.
pub(super) fn broken(sections: &Sections) -> Vec<String> {
    let mut rules = Rules(vec![]);
    rules.general(sections);
    rules.routes(sections);
    for name in NEEDED.map(Resource::as_str) {
        if !sections.resources.contains_key(name) {
            rules.say("resources", format!("lack `{name}`; nothing can be kept in step without them"));
        }
    }
    for (name, table) in &sections.resources {
        match Resource::from_name(name) {
            Some(resource) => rules.resource(sections, resource, table),
            None => rules.say(&format!("resources.{name}"), format!("is not a resource; there are {}", Resource::ALL.map(Resource::as_str).join(", "))),
        }
    }
    let mut singulars: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, table) in &sections.resources {
        if let Some(other) = singulars.insert(&table.singular, name) {
            rules.say(&format!("resources.{name}.singular"), format!("is that of `{other}` too; webhooks could not be told apart"));
        }
    }
    rules.0
}

struct Rules(Vec<String>);

impl Rules {
    fn say(&mut self, key: &str, what: impl std::fmt::Display) {
        self.0.push(format!("`{key}` {what}"));
    }

    fn filled(&mut self, key: &str, value: &str) {
        if value.trim().is_empty() {
            self.say(key, "is empty");
        }
    }

    fn header(&mut self, key: &str, value: &str) {
        if !value.is_empty() && value.parse::<HeaderName>().is_err() {
            self.say(key, "is no name of a header");
        }
    }

    fn path(&mut self, key: &str, value: &str) {
        if !value.is_empty() && (!value.starts_with('/') || value.contains(['?', '#', ' '])) {
            self.say(key, "must begin with `/` and have no query");
        }
    }

    fn general(&mut self, sections: &Sections) {
        let Sections { auth, paging, webhooks, rate_limit, concurrency, .. } = sections;
        for (key, value) in [
            ("name", &sections.name),
            ("paging.items_field", &paging.items_field),
            ("paging.next_field", &paging.next_field),
            ("paging.cursor_parameter", &paging.cursor_parameter),
            ("webhooks.id_field", &webhooks.id_field),
            ("webhooks.type_field", &webhooks.type_field),
            ("webhooks.occurred_at_field", &webhooks.occurred_at_field),
            ("webhooks.data_field", &webhooks.data_field),
        ] {
            self.filled(key, value);
        }
        for (key, value) in [
            ("auth.account_header", &auth.account_header),
            ("concurrency.header", &concurrency.header),
            ("rate_limit.limit_header", &rate_limit.limit_header),
            ("rate_limit.remaining_header", &rate_limit.remaining_header),
            ("rate_limit.reset_header", &rate_limit.reset_header),
            ("rate_limit.retry_after_header", &rate_limit.retry_after_header),
            ("webhooks.secret_header", &webhooks.secret_header),
            ("webhooks.signature_header", &webhooks.signature_header),
        ] {
            self.header(key, value);
        }
        self.path("base_path", &sections.base_path);
        self.path("auth.token_path", &auth.token_path);
        if auth.kind == AuthKind::OauthClientCredentials {
            self.filled("auth.token_path", &auth.token_path);
        }
        match webhooks.kind {
            WebhookKind::SecretHeader => self.filled("webhooks.secret_header", &webhooks.secret_header),
            WebhookKind::HmacSha256 => self.filled("webhooks.signature_header", &webhooks.signature_header),
        }
        for (key, value) in [("paging.limit", paging.limit), ("rate_limit.requests", rate_limit.requests), ("rate_limit.per_seconds", rate_limit.per_seconds)] {
            if value == 0 {
                self.say(key, "must be 1 or more");
            }
        }
        if !paging.order.starts_with("updated_at") {
            self.say("paging.order", "must begin with `updated_at`; polls go on from the last record's moment");
        }
    }

    fn routes(&mut self, sections: &Sections) {
        for (name, route) in &sections.operations {
            let key = format!("operations.{name}");
            let Some(operation) = Operation::from_name(name) else {
                self.say(&key, format!("is not an operation; there are {}", Operation::ALL.map(Operation::as_str).join(", ")));
                continue;
            };
            if !matches!(route.method.parse(), Ok(Method::GET | Method::POST | Method::PUT | Method::PATCH | Method::DELETE)) {
                self.say(&format!("{key}.method"), "must be GET, POST, PUT, PATCH or DELETE");
            }
            let rest = route.path.replace("{path}", "/r").replace("{id}", "i");
            self.path(&format!("{key}.path"), &rest);
            if rest.is_empty() || rest.contains(['{', '}']) {
                self.say(&format!("{key}.path"), "may hold `{path}` and `{id}` only, and must not be empty");
            }
            if operation.has_id() != route.path.contains("{id}") {
                self.say(&format!("{key}.path"), if operation.has_id() { "must hold `{id}`" } else { "must not hold `{id}`" });
            }
        }
    }

    fn resource(&mut self, sections: &Sections, resource: Resource, table: &ResourceTable) {
        let key = |part: &str| format!("resources.{resource}.{part}");
        for (part, value) in [("singular", &table.singular), ("path", &table.path), ("id", &table.id), ("updated_at", &table.updated_at)] {
            self.filled(&key(part), value);
        }
        self.path(&key("path"), &table.path);
        if table.path.contains(['{', '}']) {
            self.say(&key("path"), "must hold no placeholder");
        }
        for name in &table.operations {
            match Operation::from_name(name) {
                None => self.say(&key("operations"), format!("name `{name}`, which is none; there are {}", Operation::ALL.map(Operation::as_str).join(", "))),
                Some(_) if !sections.operations.contains_key(name) => self.say(&key("operations"), format!("name `{name}`, which [operations] lacks")),
                Some(_) => {}
            }
        }
        let has = |operation: Operation| table.operations.iter().any(|name| name == operation.as_str());
        if NEEDED.contains(&resource) {
            for operation in [Operation::List, Operation::Get, Operation::Create, Operation::Update] {
                if !has(operation) {
                    self.say(&key("operations"), format!("lack `{}`; {resource} can't be kept in step without it", operation.as_str()));
                }
            }
        }
        let mark = &sections.marks.external_id;
        if has(Operation::Create) && mark.is_empty() {
            for (part, there) in [("fields", table.fields.contains_key("external_id")), ("filters", table.filters.contains_key("external_id"))] {
                if !there {
                    self.say(&key(part), "lack `external_id` and [marks] names none; a create whose answer was lost could not be found again");
                }
            }
        }
        self.fields(resource, table);
    }

    fn fields(&mut self, resource: Resource, table: &ResourceTable) {
        let key = |part: &str| format!("resources.{resource}.{part}");
        let mut taken: BTreeMap<&str, &str> = BTreeMap::new();
        let own = [("id", &table.id), ("revision", &table.revision), ("updated_at", &table.updated_at)];
        let own = own.iter().map(|(name, wire)| (*name, wire.as_str())).filter(|(_, wire)| !wire.is_empty());
        for (name, wire) in own.chain(table.fields.iter().map(|(name, wire)| (name.as_str(), wire.as_str()))) {
            if wire.trim().is_empty() {
                self.say(&key(&format!("fields.{name}")), "is empty; delete the line of a field that your API lacks");
            } else if let Some(other) = taken.insert(wire, name) {
                self.say(&key(&format!("fields.{name}")), format!("is `{wire}` on the wire, as `{other}` is"));
            }
        }
        for name in table.fields.keys().filter(|name| !resource.fields().contains(&name.as_str())) {
            self.say(&key(&format!("fields.{name}")), format!("is not a field; there are {}", resource.fields().join(", ")));
        }
        for name in &table.times {
            if !table.fields.contains_key(name) {
                self.say(&key("times"), format!("name `{name}`, which `fields` lacks"));
            } else if !resource.moments().contains(&name.as_str()) {
                self.say(&key("times"), format!("name `{name}`, which is no moment"));
            }
        }
        for (name, wire) in &table.filters {
            self.filled(&key(&format!("filters.{name}")), wire);
            if !resource.fields().contains(&name.as_str()) {
                self.say(&key(&format!("filters.{name}")), "is not a field");
            }
        }
    }
}
