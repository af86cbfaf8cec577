//! What `rows.toml` says of an operation.

use crate::Effect;
use hatbridge_schemas::EntityKind;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// One row, by hand.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    pub number: u16,
    pub entity: EntityKind,
    #[serde(default)]
    pub root: Vec<String>,
    pub effect: Effect,
    #[serde(default)]
    pub token: Token,
    pub probe: Option<Probe>,
    pub poll: Option<Poll>,
    pub window: Option<Window>,
    #[serde(default)]
    pub optional: Vec<String>,
    pub array: Option<String>,
    #[serde(default)]
    pub odd: Vec<Odd>,
    pub note: Option<String>,
}

impl Row {
    /// What is assumed where the row is missing: the careful thing.
    pub fn missing(number: u16) -> Self {
        Self {
            number,
            entity: EntityKind::Other,
            root: Vec::new(),
            effect: Effect::Unsafe,
            token: Token::default(),
            probe: None,
            poll: None,
            window: None,
            optional: Vec::new(),
            array: None,
            odd: Vec::new(),
            note: None,
        }
    }
}

/// Whose token an operation takes (FACTS section 2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Token {
    /// The location's.
    #[default]
    Location,
    /// The agency's.
    Company,
    /// Either's.
    Either,
}

/// What is peculiar about an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Odd {
    /// The answer is a file.
    BinaryAnswer,
    /// The answer is text.
    TextAnswer,
    /// The request is a form with a file: `fileAttachment` in the data.
    Multipart,
    /// The body is a list; the data has it under the row's `array`.
    ArrayBody,
    /// A contact has one conversation at most: a second create is refused.
    OnePerContact,
    /// Tags that are sent replace those that are there.
    ReplacesTags,
    /// A poll sweeps a stretch of time.
    Window,
    /// A question with an answer: a poll of it tells when the answer changes.
    Check,
    /// The live answer is wrapped once more than the documented one.
    Wrapped,
}

/// How an operation is polled.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Poll {
    /// JSON pointer to the rows; empty: the answer itself.
    pub items: String,
    /// Whether `items` points to one entity, not to a list.
    #[serde(default)]
    pub one: bool,
    /// Names of a row's id, the first present counts.
    pub id: Vec<String>,
    /// Members of a row that its event is keyed by; then the parent's value, then the row's id.
    #[serde(default)]
    pub key_root: Vec<String>,
    /// How one page leads to the next.
    #[serde(default)]
    pub paging: Paging,
    /// Rows a page, at most.
    pub limit: Option<u32>,
    /// Members of a row that tell when it changed last.
    #[serde(default)]
    pub updated: Vec<String>,
    /// Whether the listing is complete, so that what is missing from it was deleted.
    #[serde(default)]
    pub full: bool,
    /// Parameters whose values are taken from what is known, unless they are given.
    #[serde(default, rename = "parent", deserialize_with = "one_or_many")]
    pub parents: Vec<Parent>,
    /// Parameters that take each of these values in turn, unless they are given.
    #[serde(default)]
    pub values: BTreeMap<String, Vec<String>>,
    /// The change feed that does it.
    pub feed: Option<Feed>,
}

/// How one page leads to the next.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Paging {
    /// There is one page.
    #[default]
    None,
    /// `skip` and `limit`.
    Skip,
    /// `offset` and `limit`.
    Offset,
    /// `searchAfter` of the last row, and `pageLimit`.
    SearchAfter,
    /// `startAfter`, `startAfterId` and `limit`.
    StartAfter,
    /// `startAfterDate` and `limit`.
    StartAfterDate,
    /// `lastMessageId` and `limit`.
    LastMessageId,
    /// `cursor` and `limit`.
    Cursor,
    /// `page` and `limit`.
    Page,
}

/// A parameter whose values are ids of known entities.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Parent {
    /// Their kind.
    pub kind: ParentKind,
    /// The parameter that takes the id.
    pub parameter: String,
    /// The parameter that takes the root under which the entity is known.
    pub root_parameter: Option<String>,
}

/// Kinds of known entities that a poll fans out over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(from = "Named", into = "Named")]
pub enum ParentKind {
    /// E-mails: the ids in `meta.email.messageIds` of known messages.
    Email,
    /// Calls: known messages of a call or voicemail.
    Call,
    /// Entities of a kind.
    Entity(EntityKind),
}

/// [`ParentKind`] as it is written.
#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum Named {
    Special(Special),
    Entity(EntityKind),
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Special {
    Email,
    Call,
}

impl From<Named> for ParentKind {
    fn from(named: Named) -> Self {
        match named {
            Named::Special(Special::Email) => Self::Email,
            Named::Special(Special::Call) => Self::Call,
            Named::Entity(kind) => Self::Entity(kind),
        }
    }
}

impl From<ParentKind> for Named {
    fn from(kind: ParentKind) -> Self {
        match kind {
            ParentKind::Email => Self::Special(Special::Email),
            ParentKind::Call => Self::Special(Special::Call),
            ParentKind::Entity(kind) => Self::Entity(kind),
        }
    }
}

fn one_or_many<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Parent>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Parents {
        One(Parent),
        Many(Vec<Parent>),
    }
    Ok(match Parents::deserialize(from)? {
        Parents::One(parent) => vec![parent],
        Parents::Many(parents) => parents,
    })
}

/// The change feeds there are (FACTS section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Feed {
    /// Contacts by `dateUpdated`.
    Contacts,
    /// Conversations by their last message.
    Conversations,
    /// Messages of the location.
    Messages,
}

/// Parameters that bound the answer in time.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Name of the first moment.
    pub from: String,
    /// Name of the last moment.
    pub to: String,
    /// How moments are written.
    pub unit: Unit,
    /// Days that one request spans at most.
    pub days: u32,
}

impl Window {
    /// A moment, in microseconds since the Unix epoch, as the parameters take it.
    #[must_use]
    pub fn written(&self, at: i64) -> serde_json::Value {
        match self.unit {
            Unit::Milliseconds => at.div_euclid(1000).into(),
            Unit::Seconds => at.div_euclid(1_000_000).into(),
            Unit::Text => jiff::Timestamp::from_microsecond(at).map(|at| at.to_string()).unwrap_or_default().into(),
        }
    }
}

/// How a moment is written in a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
pub enum Unit {
    /// Milliseconds since the Unix epoch.
    #[serde(rename = "ms")]
    Milliseconds,
    /// Seconds since the Unix epoch.
    #[serde(rename = "s")]
    Seconds,
    /// RFC 3339.
    #[serde(rename = "iso")]
    Text,
}

/// How to look up what became of an action. A row of the answer is taken for ours if all of `equal` are
/// equal and it is as young as the announcement.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// The reading operation's name; where its rows and their ids stand its `poll` says.
    pub by: String,
    /// Its data: its name to the name in the action's data.
    #[serde(default)]
    pub with: BTreeMap<String, String>,
    /// A row's member to the action's.
    #[serde(default)]
    pub equal: BTreeMap<String, String>,
    /// A row's member to the words one of which it must be: what a change leaves behind.
    #[serde(default)]
    pub are: BTreeMap<String, Vec<String>>,
    /// A row's members that tell when it was made.
    #[serde(default)]
    pub since: Vec<String>,
    /// A member of the answer that alone tells: true means done.
    pub exists: Option<String>,
}
