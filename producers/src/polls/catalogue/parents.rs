//! The known entities that a poll fans out over: those of a kind that capture has seen, in order of
//! their ids, so that a pass goes on where it was cut off.

use super::order::Order;
use crate::Error;
use crate::capture::hints;
use crate::capture::rules::State;
use hatbridge_schemas::{EntityKind, System, TenantId};
use hatbridge_store::{Known, Store};
use hatbridge_systems::highlevel::catalogue::{Parent, ParentKind};
use serde_json::Value;
use std::collections::VecDeque;

/// Known entities read at once.
const AT_ONCE: u32 = 200;

/// One known entity to ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// Where the listing of known entities stands.
    pub(super) key: String,
    /// The parameter's value; empty: there is no such parameter.
    pub(super) id: String,
    /// What its events are keyed by; empty: unknown.
    pub(super) root: String,
}

/// The known entities, one after the other.
#[derive(Debug)]
pub(super) struct Parents<'a> {
    store: &'a Store,
    tenant: &'a TenantId,
    /// What to list; `None`: there is nothing to fan out over.
    listed: Option<&'a Parent>,
    after: String,
    read: VecDeque<Asked>,
    ended: bool,
}

impl<'a> Parents<'a> {
    /// From after `after` on.
    pub(super) async fn from(store: &'a Store, tenant: &'a TenantId, order: &'a Order, after: &str) -> Result<Self, Error> {
        let parent = order.poll.parents.first();
        let given = parent.and_then(|parent| order.params.get(&parent.parameter)).and_then(Value::as_str);
        let mut parents = Self { store, tenant, listed: parent.filter(|_| given.is_none()), after: after.to_owned(), read: VecDeque::new(), ended: false };
        if parents.listed.is_none() {
            // One question: about the entity given, or about none.
            let root = match (parent, given) {
                (Some(parent), Some(id)) => parents.root(parent.kind, id).await?,
                _ => String::new(),
            };
            parents.read.push_back(Asked { key: String::new(), id: given.unwrap_or_default().to_owned(), root });
            parents.ended = true;
        }
        Ok(parents)
    }

    /// Whether known entities are listed.
    pub(super) fn fans_out(&self) -> bool {
        self.listed.is_some()
    }

    pub(super) async fn next(&mut self) -> Result<Option<Asked>, Error> {
        while let (true, false, Some(parent)) = (self.read.is_empty(), self.ended, self.listed) {
            let (kind, hint) = told(parent.kind);
            let page = self.store.known(self.tenant, System::Highlevel, kind, hint, &self.after, AT_ONCE).await?;
            self.ended = page.len() < AT_ONCE as usize;
            if let Some(last) = page.last() {
                self.after.clone_from(&last.id);
            }
            let there = page.into_iter().filter(|known| !State::parse(&known.state.hash, known.state.generation).deleted);
            self.read.extend(there.flat_map(|known| asked(parent.kind, known)));
        }
        Ok(self.read.pop_front())
    }

    async fn root(&self, kind: ParentKind, id: &str) -> Result<String, Error> {
        let known = self.store.capture_state(self.tenant, System::Highlevel, told(kind).0, id).await?;
        Ok(known.map(|state| state.root).unwrap_or_default())
    }
}

/// Kind and hint of the captured entities.
fn told(kind: ParentKind) -> (EntityKind, &'static str) {
    match kind {
        ParentKind::Call => (EntityKind::Message, hints::CALL),
        ParentKind::Email => (EntityKind::Message, hints::EMAIL),
        ParentKind::Entity(kind) => (kind, ""),
    }
}

fn asked(kind: ParentKind, known: Known) -> Vec<Asked> {
    let Known { id, state } = known;
    match kind {
        ParentKind::Email => hints::mails(&state.hint).map(|mail| Asked { key: id.clone(), id: mail.to_owned(), root: state.root.clone() }).collect(),
        ParentKind::Call | ParentKind::Entity(_) => vec![Asked { key: id.clone(), id, root: state.root }],
    }
}
