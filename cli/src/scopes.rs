//! The least OAuth scopes that a tenant's polls, flows and commands need.

use crate::config::{Config, Tenant};
use crate::orders::allows;
use hatbridge_systems::highlevel::catalogue::{self, Kind, Token};
use std::collections::{BTreeMap, BTreeSet};

/// What the polls that always run read.
const POLLED: &[&str] = &["search contacts", "get contact", "search conversations", "export messages by location", "get message by id", "get email by id"];

/// Scopes and what needs each: `polls`, `flows`, `commands`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Scopes(pub BTreeMap<&'static str, BTreeSet<&'static str>>);

impl Scopes {
    /// What a tenant's token must be good for.
    #[must_use]
    pub fn of(config: &Config, tenant: &Tenant) -> Self {
        let mut scopes = Self::default();
        POLLED.iter().for_each(|name| scopes.need(name, "polls"));
        for poll in config.polls_of(&tenant.id) {
            scopes.need(poll, "polls");
        }
        for name in tenant.flows.operations() {
            scopes.need(name, "flows");
        }
        // Whoever allows everything has not said what is used: then nothing is counted.
        let named = !config.commands.operations.iter().any(|name| name == "*");
        for operation in catalogue::all().iter().filter(|operation| named && operation.kind != Kind::Trigger) {
            if allows(&config.commands.operations, operation) {
                scopes.need(&operation.name, "commands");
            }
        }
        scopes
    }

    fn need(&mut self, operation: &str, by: &'static str) {
        // The agency's token has scopes of its own.
        let Ok(operation) = catalogue::find(operation) else { return };
        if let Some(scope) = operation.scope.as_deref().filter(|_| operation.token != Token::Company) {
            self.0.entry(scope).or_default().insert(by);
        }
    }

    /// As the consent page takes them.
    #[must_use]
    pub fn line(&self) -> String {
        self.0.keys().copied().collect::<Vec<_>>().join(" ")
    }

    /// Those that a token does not have, each with what needs it.
    #[must_use]
    pub fn missing(&self, granted: &str) -> Vec<String> {
        let granted: BTreeSet<&str> = granted.split_whitespace().collect();
        let missing = self.0.iter().filter(|(scope, _)| !granted.contains(*scope));
        missing.map(|(scope, by)| format!("{scope} ({})", by.iter().copied().collect::<Vec<_>>().join(", "))).collect()
    }
}
