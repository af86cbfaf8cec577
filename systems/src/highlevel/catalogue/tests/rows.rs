//! What the rows name is there.

use super::every;
use crate::Effect;
use crate::highlevel::catalogue::{Api, Kind, Odd, Operation, Paging, all, find};

/// Whether the data may hold a name, in either spelling.
fn takes(operation: &'static Operation, api: Api, name: &str) -> bool {
    let spelt = super::super::values::camel(name);
    operation.fields(api).unwrap().iter().any(|field| field.name == name || super::super::values::camel(&field.name) == spelt)
}

#[test]
fn every_trigger_is_polled_and_only_what_reads() {
    for operation in all() {
        assert_eq!(operation.is_read(), operation.effect == Effect::Read);
        if operation.kind == Kind::Trigger {
            assert!(operation.is_read() && operation.poll.is_some(), "{} is not polled", operation.name);
        }
        if operation.poll.is_some() {
            assert!(operation.is_read(), "{} is polled and writes", operation.name);
        }
        let safe = operation.v2.method == "GET";
        assert!(!safe || operation.is_read(), "{} is a GET and writes", operation.name);
    }
}

#[test]
fn every_probe_can_be_asked() {
    for operation in all() {
        let leaves = operation.probe.as_ref().is_some_and(|probe| !probe.are.is_empty());
        assert_eq!(operation.probe.is_some(), operation.effect == Effect::Probe || (leaves && operation.effect == Effect::Idempotent), "{}", operation.name);
        let Some(probe) = &operation.probe else { continue };
        let by = find(&probe.by).unwrap_or_else(|unknown| panic!("{}: {unknown}", operation.name));
        assert!(by.poll.is_some(), "{}: nothing says where the rows of `{}` stand", operation.name, by.name);
        assert!(by.is_read(), "{}: {} writes", operation.name, by.name);
        for api in [Api::V2, Api::V3] {
            if operation.shape(api).is_err() {
                continue;
            }
            assert!(by.shape(api).is_ok(), "{}: {} is not in {api}", operation.name, by.name);
            for (theirs, ours) in &probe.with {
                assert!(takes(by, api, theirs), "{}: {} takes no {theirs} in {api}", operation.name, by.name);
                assert!(takes(operation, api, ours), "{} takes no {ours} in {api}", operation.name);
            }
            for ours in probe.equal.values() {
                assert!(takes(operation, api, ours), "{} takes no {ours} in {api}", operation.name);
            }
        }
    }
}

#[test]
fn every_poll_can_be_asked() {
    for (operation, api, _) in every() {
        let Some(poll) = &operation.poll else { continue };
        let paging: &[&str] = match poll.paging {
            Paging::None => &[],
            Paging::Skip => &["skip", "limit"],
            Paging::Offset => &["offset", "limit"],
            Paging::SearchAfter => &["searchAfter", "pageLimit"],
            Paging::StartAfter => &["startAfter", "startAfterId", "limit"],
            Paging::StartAfterDate => &["startAfterDate", "limit"],
            Paging::LastMessageId => &["lastMessageId", "limit"],
            Paging::Cursor => &["cursor", "limit"],
            Paging::Page => &["page", "limit"],
        };
        let parents = poll.parents.iter().flat_map(|parent| [Some(&parent.parameter), parent.root_parameter.as_ref()]).flatten();
        let windows = operation.window.iter().flat_map(|window| [&window.from, &window.to]);
        let named = paging.iter().copied().chain(parents.chain(windows).chain(poll.values.keys()).map(String::as_str));
        for name in named {
            assert!(takes(operation, api, name), "{} takes no {name} in {api}", operation.name);
        }
    }
}

#[test]
fn what_a_row_names_is_in_the_data() {
    for (operation, api, _) in every() {
        for name in &operation.optional {
            assert!(takes(operation, api, name), "{}: optional {name} in {api}", operation.name);
        }
        assert_eq!(operation.is(Odd::ArrayBody), operation.array.is_some(), "{}", operation.name);
        assert_eq!(operation.is(Odd::Window), operation.window.is_some(), "{}", operation.name);
        assert!(
            operation.root.is_empty() || operation.root.iter().any(|name| takes(operation, api, name)),
            "{}: none of {:?} in {api}",
            operation.name,
            operation.root
        );
    }
}
