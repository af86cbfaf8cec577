//! Configuration: compiled-in defaults <- file <- environment <- flags.

mod load;
mod reference;
mod rules;
mod secret;
mod sections;
#[cfg(test)]
mod tests;
mod units;

pub use load::{Error, Sources, load};
pub use reference::{DEFAULTS, reference};
pub use rules::broken_rules;
pub(crate) use rules::is_loopback;
pub use secret::Secret;
pub use sections::{
    Apply, Commands, Config, Database, Highlevel, Hooks, Http, Intervals, Kafka, Limits, Log, LogFormat, Members, OAuth, Polled, Polling, Recordings,
    SeventeenHats, Tenant, TenantHighlevel, TenantSeventeenHats, Transport, Webhooks,
};
pub use units::{Size, Time, parse_time};
