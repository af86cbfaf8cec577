//! 17hats, through one of its two doors: a partner's API by contract ([`Rest`]), or Zapier
//! ([`Zapier`]), its only documented one.

mod auth;
mod contract;
mod contract_rules;
mod contract_sections;
mod fields;
mod items;
mod listing;
mod operation;
mod resource;
mod rest;
mod translate;
mod webhook;
pub mod zapier;

pub use contract::{Contract, ContractError, WebhookProof};
pub use fields::{contact_fields, contact_from, message_fields, message_from, ticket_fields, ticket_from};
pub use items::item_from;
pub use listing::{ListQuery, Listed, Record};
pub use resource::Resource;
pub use rest::{Rest, RestOptions};
pub use webhook::Delivered;
pub use zapier::{Zapier, ZapierOptions};

/// The client of one account, by the door that its tenant uses.
#[derive(Debug, Clone)]
pub enum SeventeenHats {
    /// A partner's API.
    Rest(Rest),
    /// Catch hooks.
    Zapier(Zapier),
}
