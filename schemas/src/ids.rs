//! Names of things: systems, tenants, entities, and the deterministic event id.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr, sync::Arc};
use uuid::Uuid;

/// One of the two systems that are kept in step, or hatbridge itself (operators' commands, results).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum System {
    /// HighLevel, by its public API and webhooks.
    Highlevel,
    /// 17hats, by Zapier or by the partner contract.
    SeventeenHats,
    /// hatbridge: commands and results.
    Hatbridge,
}

impl System {
    /// The symbol used in schemas, topics, metrics and the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Highlevel => "highlevel",
            Self::SeventeenHats => "seventeen_hats",
            Self::Hatbridge => "hatbridge",
        }
    }

    /// The system on the other side; hatbridge has none and is its own.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Highlevel => Self::SeventeenHats,
            Self::SeventeenHats => Self::Highlevel,
            Self::Hatbridge => Self::Hatbridge,
        }
    }
}

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for System {
    type Err = UnknownName;
    fn from_str(s: &str) -> Result<Self, UnknownName> {
        match s {
            "highlevel" => Ok(Self::Highlevel),
            "seventeen_hats" => Ok(Self::SeventeenHats),
            "hatbridge" => Ok(Self::Hatbridge),
            _ => Err(UnknownName { what: "system", name: s.to_owned() }),
        }
    }
}

/// A name that is not one of the known ones.
#[derive(Debug, thiserror::Error)]
#[error("unknown {what} `{name}`")]
pub struct UnknownName {
    /// What kind of name was expected.
    pub what: &'static str,
    /// The name that came.
    pub name: String,
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);
        impl $name {
            /// Wraps the text as it is.
            pub fn new(text: impl AsRef<str>) -> Self { Self(Arc::from(text.as_ref())) }
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str { &self.0 }
            /// Whether the text is empty.
            #[must_use]
            pub fn is_empty(&self) -> bool { self.0.is_empty() }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
        impl From<&str> for $name { fn from(s: &str) -> Self { Self::new(s) } }
        impl From<String> for $name { fn from(s: String) -> Self { Self::new(s) } }
        impl AsRef<str> for $name { fn as_ref(&self) -> &str { &self.0 } }
    };
}

text_id!(
    /// A tenant: one HighLevel location and one 17hats account, as named in the configuration.
    TenantId
);
text_id!(
    /// An entity's id as the system that owns it knows it.
    EntityId
);

/// Namespace of all event ids (a random UUID chosen once; it must never change, or replays would
/// look like new events).
const EVENT_NAMESPACE: Uuid = Uuid::from_u128(0x8f4b_6f0e_52c1_4f6b_9c2a_71d0_5e3a_17b5);

/// The deterministic id of an event: UUIDv5 of source, tenant, entity, change and version, so that
/// one change captured twice (webhook and poll, or a retried webhook) is one event.
#[must_use]
pub fn event_id(source: System, tenant: &TenantId, kind: &str, id: &EntityId, change: &str, version: &str) -> Uuid {
    // 0x1f (unit separator) can't be confused with a part's own text: parts holding it are escaped.
    let mut name = String::with_capacity(128);
    for part in [source.as_str(), tenant.as_str(), kind, id.as_str(), change, version] {
        for c in part.chars() {
            if c == '\u{1f}' || c == '\\' {
                name.push('\\');
            }
            name.push(c);
        }
        name.push('\u{1f}');
    }
    Uuid::new_v5(&EVENT_NAMESPACE, name.as_bytes())
}
