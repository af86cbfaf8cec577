//! Operators' commands.

use super::state::Thread;
use super::ticket::closing;
use super::{Action, After, Plan};
use crate::facts::Facts;
use crate::{ClosingPolicy, Flows};
use hatbridge_schemas::Command;
use hatbridge_systems::highlevel::catalogue;

/// What `hatbridge archive` publishes.
pub(crate) const ARCHIVE: &str = "archive conversation";

pub(super) fn plan(command: &Command, facts: &Facts, flows: &Flows) -> Plan {
    if command.operation != ARCHIVE {
        return match catalogue::find(&command.operation) {
            Ok(_) => Plan::Do { actions: vec![Action::Send { command: command.clone() }], after: After::default() },
            Err(unknown) => Plan::Unmappable(unknown.to_string()),
        };
    }
    if flows.closing.policy == ClosingPolicy::Off {
        return Plan::Unmappable("`flows.closing.policy` of this tenant is \"off\": set it to \"read\" or \"delete\", then give the order again".to_owned());
    }
    let thread = Thread { closed_at: Some(facts.now), ..facts.thread.clone() };
    Plan::of(closing(flows), After { thread: Some(thread), ..After::default() })
}
