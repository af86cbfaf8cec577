//! The check finds what it should, and nothing in what is shipped.

use hatbridge_schemas::compat::{self, Report, Rule};
use std::path::Path;
use tempfile::TempDir;

fn shipped() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/avro"))
}

/// A copy of the shipped folder whose newest event schema is followed by an edited one.
fn with_next_event_schema(edit: impl Fn(String) -> String) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for subject in ["event", "dead_letter"] {
        std::fs::create_dir(copy.path().join(subject)).unwrap();
    }
    for file in ["event/1.avsc", "event/2.avsc", "dead_letter/1.avsc", "released.sha256"] {
        std::fs::copy(shipped().join(file), copy.path().join(file)).unwrap();
    }
    let before = std::fs::read_to_string(shipped().join("event/2.avsc")).unwrap();
    let after = edit(before.clone());
    assert_ne!(before, after, "the edit must change something");
    std::fs::write(copy.path().join("event/3.avsc"), after).unwrap();
    copy
}

/// The rules broken, besides the new version not being released yet.
fn broken(report: &Report) -> Vec<Rule> {
    let mut rules: Vec<Rule> = report.problems.iter().map(|p| p.rule).filter(|r| *r != Rule::Released).collect();
    rules.dedup();
    rules
}

const TENANT: &str = r#""name": "tenant", "type": "string""#;

#[test]
fn the_shipped_schemas_keep_all_rules() {
    let report = compat::check_shipped();
    assert!(report.is_ok(), "{report}");
    let from_files = compat::check_dir(shipped()).unwrap();
    assert!(from_files.is_ok(), "{from_files}");
    assert_eq!(
        report.subjects.iter().map(|s| (&s.subject, &s.fingerprints)).collect::<std::collections::BTreeMap<_, _>>(),
        from_files.subjects.iter().map(|s| (&s.subject, &s.fingerprints)).collect(),
        "every file of avro/ must be listed in shipped.rs"
    );
}

#[test]
fn a_new_optional_field_and_a_new_symbol_are_fine() {
    let copy = with_next_event_schema(|text| {
        let field = r#"{"name": "shard", "type": ["null", "string"], "default": null, "doc": "New."}, {"name": "tenant""#;
        text.replacen(r#"{"name": "tenant""#, field, 1).replacen(r#""hatbridge", "unknown""#, r#""hatbridge", "unknown", "third""#, 1)
    });
    let report = compat::check_dir(copy.path()).unwrap();
    assert_eq!(broken(&report), [], "{report}");
}

#[test]
fn what_breaks_readers_is_reported_with_its_version() {
    type Edit = fn(String) -> String;
    let cases: [(&str, Rule, Edit); 7] = [
        ("a new field without default", Rule::Readable, |text| {
            text.replacen(r#"{"name": "tenant""#, r#"{"name": "shard", "type": "string", "doc": "New."}, {"name": "tenant""#, 1)
        }),
        ("another type", Rule::Readable, |text| text.replacen(TENANT, r#""name": "tenant", "type": "boolean""#, 1)),
        ("a promoted type", Rule::Type, |text| text.replacen(TENANT, r#""name": "tenant", "type": "bytes""#, 1)),
        ("a renamed field", Rule::Readable, |text| text.replacen(TENANT, r#""name": "shop", "type": "string""#, 1)),
        ("a symbol taken away", Rule::Readable, |text| text.replacen(r#""seventeen_hats", "#, "", 1)),
        ("another unit of time", Rule::Type, |text| text.replacen("timestamp-micros", "timestamp-millis", 1)),
        ("a payload taken away", Rule::Readable, |text| text.replacen(r#""name": "Note""#, r#""name": "Remark""#, 1)),
    ];
    for (what, rule, edit) in cases {
        let report = compat::check_dir(with_next_event_schema(edit).path()).unwrap();
        let found = report.problems.iter().find(|p| p.rule == rule);
        let problem = found.unwrap_or_else(|| panic!("{what}: {report}"));
        assert_eq!((problem.subject.as_str(), problem.version, problem.against), ("event", Some(3), Some(1)), "{what}");
    }
}

#[test]
fn what_breaks_the_style_is_reported() {
    let micros = r#""unit": "microseconds since the Unix epoch, UTC""#;
    let cases: [(&str, &str, Rule); 4] = [
        (r#""doc": "Given name.", "#, "", Rule::Doc),
        (micros, r#""was": "a unit""#, Rule::Unit),
        (r#""symbols": ["inbound", "outbound", "unknown"]"#, r#""symbols": ["inbound", "outbound", "unknown"], "default": "", "was": "#, Rule::EnumDefault),
        (r#""doc": "Given name.", "default": null"#, r#""doc": "Given name.""#, Rule::Optional),
    ];
    for (from, to, rule) in cases {
        let copy = with_next_event_schema(|text| {
            if rule == Rule::EnumDefault {
                text.replacen("\n        \"default\": \"unknown\"", "\n        \"was\": \"unknown\"", 1)
            } else {
                text.replacen(from, to, 1)
            }
        });
        let report = compat::check_dir(copy.path()).unwrap();
        assert!(broken(&report).contains(&rule), "{rule:?}: {report}");
    }
}

#[test]
fn a_released_file_that_changed_or_went_is_reported() {
    let copy = with_next_event_schema(|text| text + "\n");
    let one = copy.path().join("event/1.avsc");
    std::fs::write(&one, std::fs::read_to_string(&one).unwrap().replace("Given name.", "First name.")).unwrap();
    std::fs::remove_file(copy.path().join("dead_letter/1.avsc")).unwrap();
    let report = compat::check_dir(copy.path()).unwrap();
    let text = report.to_string();
    assert!(text.contains("event/1.avsc: it was changed after its release"), "{text}");
    assert!(text.contains("event/3.avsc: it is not in released.sha256 yet"), "{text}");
    assert!(text.contains("dead_letter/1.avsc was released and is gone"), "{text}");
}

#[test]
fn gaps_stray_files_and_broken_text_are_reported_together() {
    let copy = with_next_event_schema(|text| text + "\n");
    std::fs::rename(copy.path().join("event/3.avsc"), copy.path().join("event/4.avsc")).unwrap();
    std::fs::write(copy.path().join("event/latest.avsc"), "{}").unwrap();
    std::fs::write(copy.path().join("dead_letter/2.avsc"), "{").unwrap();
    let report = compat::check_dir(copy.path()).unwrap();
    for rule in [Rule::Versions, Rule::Name, Rule::Parse] {
        assert!(report.problems.iter().any(|p| p.rule == rule), "{rule:?}: {report}");
    }
    assert!(serde_json::to_string(&report).unwrap().contains(r#""rule":"versions""#));
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let error = compat::check_dir(Path::new("/nowhere/avro")).unwrap_err();
    assert!(error.to_string().contains("/nowhere/avro"), "{error}");
    assert!(!compat::check_dir(tempfile::tempdir().unwrap().path()).unwrap().is_ok());
}
