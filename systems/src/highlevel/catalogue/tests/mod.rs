//! The catalogue holds together, and its requests are what the documents say.

mod minimal;
mod names;
mod requests;
mod rows;

use super::load::Catalogue;
use super::{Api, Context, Operation, Shape, all};
use minimal::data;
use serde_json::Value;
use std::collections::BTreeSet;

const CONTEXT: Context<'static> = Context { location: "loc-1", company: Some("com-1") };

/// Every operation in every generation that has it.
fn every() -> impl Iterator<Item = (&'static Operation, Api, &'static Shape)> {
    let both = |operation: &'static Operation| [Api::V2, Api::V3].into_iter().filter_map(move |api| Some((operation, api, operation.shape(api).ok()?)));
    all().iter().flat_map(both)
}

#[test]
fn every_operation_has_facts_and_a_row() {
    assert_eq!(Catalogue::get().problems, Vec::<String>::new());
    let numbers: Vec<u16> = all().iter().map(|operation| operation.number).collect();
    assert_eq!(numbers, (1..=136).filter(|number| *number != 131).collect::<Vec<_>>());
    let names: BTreeSet<&str> = all().iter().map(|operation| operation.name.as_str()).collect();
    assert_eq!(names.len(), 135, "two operations share a name");
    assert!(all().iter().all(|operation| operation.scope.is_some()), "an operation has no scope");
}

#[test]
fn every_schema_can_be_checked() {
    for (operation, api, shape) in every() {
        let checks = super::check::Checks::new(operation, shape);
        for check in checks.parameters.iter().chain(&checks.body) {
            assert_eq!(check.as_ref().err(), None, "{} in {api}", operation.name);
        }
    }
}

#[test]
fn every_operation_can_be_requested_as_documented() {
    for (operation, api, shape) in every() {
        let at = format!("{} in {api}", operation.name);
        let data = data(operation, api);
        let request = operation.request(api, &CONTEXT, &data).unwrap_or_else(|invalid| panic!("{at}: {invalid} {data}"));
        assert_eq!(request.operation, operation.name, "{at}");
        assert_eq!(request.method.as_str(), shape.method, "{at}");
        assert_eq!(request.version, if api == Api::V3 { "v3" } else { &shape.version }, "{at}");
        let (documented, ours): (Vec<&str>, Vec<&str>) = (shape.path.split('/').collect(), request.path.split('/').collect());
        assert_eq!(documented.len(), ours.len(), "{at}: {}", request.path);
        assert!(documented.iter().zip(ours).all(|(theirs, ours)| theirs.starts_with('{') || *theirs == ours), "{at}: {}", request.path);
        assert!(!request.path.contains('{'), "{at}: {}", request.path);
        assert_eq!(request.body.is_some(), shape.body.is_some(), "{at}");
        assert_eq!(request.agency, operation.token == super::Token::Company, "{at}");
    }
}

#[test]
fn what_is_required_and_missing_is_named() {
    for (operation, api, _) in every() {
        let whole = data(operation, api);
        for field in operation.fields(api).unwrap().iter().filter(|field| field.required) {
            if ["locationId", "location_id", "companyId"].contains(&field.name.as_str()) {
                continue;
            }
            let mut less = whole.clone();
            less.as_object_mut().unwrap().remove(&field.name);
            let invalid = operation.request(api, &CONTEXT, &less).err().unwrap_or_else(|| panic!("{} in {api} does without {}", operation.name, field.name));
            assert_eq!((invalid.problems.len(), invalid.problems[0].field.as_str()), (1, field.name.as_str()), "{invalid}");
        }
    }
}

/// Each text of the data in turn is replaced by an object that shouts; no message may repeat it.
#[test]
fn no_message_repeats_a_value() {
    const SECRET: &str = "ann.secret@example.com";
    for (operation, api, _) in every() {
        let whole = data(operation, api);
        for name in whole.as_object().unwrap().keys() {
            for value in [serde_json::json!({"x": SECRET}), serde_json::json!([SECRET, {"y": SECRET}]), Value::from(SECRET)] {
                let mut broken = whole.clone();
                broken[name] = value;
                if let Err(invalid) = operation.request(api, &CONTEXT, &broken) {
                    assert!(invalid.problems.iter().all(|problem| problem.field.starts_with(name)), "{}: {name}: {invalid}", operation.name);
                    assert!(!invalid.to_string().contains(SECRET), "{invalid}");
                }
            }
        }
    }
}
