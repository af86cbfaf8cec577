//! What is kept in step for a tenant.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

macro_rules! flow {
    ($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $type:ty = $default:expr),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name { $($(#[$fdoc])* pub $field: $type),+ }
        impl Default for $name {
            fn default() -> Self { Self { $($field: $default),+ } }
        }
    };
}

/// The flows of a tenant; every key has a default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Flows {
    /// Contacts, both ways.
    pub contacts: Contacts,
    /// Tickets and conversations.
    pub conversations: Conversations,
    /// Messages, both ways.
    pub messages: Messages,
    /// Transcripts of calls.
    pub transcripts: Transcripts,
    /// What closing a ticket does.
    pub closing: Closing,
}

impl Flows {
    /// The defaults as TOML with a comment a key; a test holds it against [`Flows::default`].
    pub const REFERENCE: &str = include_str!("flows.default.toml");
}

flow!(
    /// Contacts.
    Contacts {
        /// 17hats' contacts are created and updated in HighLevel.
        to_highlevel: bool = true,
        /// HighLevel's contacts are created and updated in 17hats.
        to_seventeen_hats: bool = true,
        /// Tags go along.
        tags: bool = true,
        /// 17hats' type of contacts made from HighLevel's: `lead`, `client`.
        kind: String = "lead".to_owned(),
        /// Custom field of 17hats (name) -> custom field of HighLevel (id).
        custom_fields: BTreeMap<String, String> = BTreeMap::new(),
    }
);
flow!(
    /// Tickets and conversations.
    Conversations {
        /// A new contact of 17hats gets its conversation in HighLevel.
        from_contacts: bool = true,
        /// A ticket of 17hats gets its conversation in HighLevel, with its first message.
        from_tickets: bool = true,
        /// A new conversation of HighLevel opens a ticket in 17hats.
        to_tickets: bool = true,
    }
);
flow!(
    /// Messages.
    Messages {
        /// What becomes of 17hats' messages in HighLevel.
        to_highlevel: ToHighlevel = ToHighlevel::Record,
        /// HighLevel's messages are copied to 17hats.
        to_seventeen_hats: bool = true,
        /// HighLevel's delivery status is told to 17hats.
        statuses: bool = true,
        /// A scheduled message that 17hats cancels is cancelled in HighLevel.
        cancel: bool = true,
    }
);
flow!(
    /// Transcripts of calls.
    Transcripts {
        /// The transcript of a completed call is appended to the 17hats record.
        enabled: bool = true,
    }
);
flow!(
    /// What closing the last open ticket of a contact does to its conversation.
    Closing {
        /// What is done.
        policy: ClosingPolicy = ClosingPolicy::Read,
        /// Tag put on the contact; empty: none.
        tag: String = "hatbridge-archived".to_owned(),
        /// A message of the client after the closing opens the ticket again.
        reopen: bool = true,
    }
);

/// What becomes of 17hats' messages in HighLevel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToHighlevel {
    /// Nothing.
    Off,
    /// They are recorded there: HighLevel shows them and sends nothing.
    Record,
    /// Those to the client are really sent by HighLevel; those from the client are recorded.
    Send,
}

/// What closing does to a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosingPolicy {
    /// Nothing.
    Off,
    /// It is marked read and unstarred, the contact is tagged.
    Read,
    /// It is deleted, with all its messages.
    Delete,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_reference_says_the_defaults() {
        let read: Flows = toml::from_str(Flows::REFERENCE).unwrap();
        assert_eq!(read, Flows::default());
        // Every key stands in it, none is left to guess.
        let keys = |text: &str| {
            text.lines().filter(|l| l.contains('=') && !l.starts_with('#')).map(|l| l.split('=').next().unwrap().trim().to_owned()).collect::<Vec<_>>()
        };
        let whole = toml::to_string(&Flows::default()).unwrap();
        for key in keys(&whole) {
            assert!(keys(Flows::REFERENCE).contains(&key), "{key}");
        }
    }
}
