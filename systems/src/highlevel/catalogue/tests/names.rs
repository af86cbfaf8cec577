use crate::highlevel::catalogue::values::{camel, snake};
use crate::highlevel::catalogue::{Api, find};

#[test]
fn an_operation_is_found_by_name_title_or_number() {
    for name in ["create contact", "Create Contact", " create-contact ", "create_contact", "11"] {
        assert_eq!(find(name).unwrap().number, 11, "{name}");
    }
    assert_eq!(find("List Contacts (Deprecated)").unwrap().number, 10);
    assert_eq!(find("list contacts").unwrap().number, 10);
}

#[test]
fn what_is_near_is_proposed() {
    let unknown = find("creat contacts").unwrap_err();
    assert_eq!(unknown.near[0], "create contact");
    assert!(unknown.to_string().starts_with("there is no operation `creat contacts`; did you mean `create contact`"), "{unknown}");
    assert_eq!(find("xyzzy").unwrap_err().to_string(), "there is no operation `xyzzy`; `hatbridge catalogue` lists them");
}

#[test]
fn what_v3_has_left_out_names_what_does_it_there() {
    let absent = find("list contacts").unwrap().shape(Api::V3).unwrap_err();
    assert_eq!(absent.to_string(), "`list contacts` is not in v3; use `search contacts`");
    assert!(find("list users by location").unwrap().shape(Api::V3).is_err());
}

#[test]
fn both_spellings_lead_to_each_other() {
    for (spelt_so, or_so) in [("contactId", "contact_id"), ("pipelineStageId", "pipeline_stage_id"), ("q", "q")] {
        assert_eq!((snake(spelt_so).as_str(), camel(or_so).as_str()), (or_so, spelt_so));
    }
}
