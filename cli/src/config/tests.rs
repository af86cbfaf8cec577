#![allow(clippy::unwrap_used)]
use super::load::read;
use super::*;

fn sources(file: Option<std::path::PathBuf>, set: &[&str]) -> Sources {
    Sources { file, set: set.iter().map(|s| (*s).to_owned()).collect(), surroundings: false }
}

fn written(text: &str) -> (tempfile::TempDir, Sources) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hatbridge.toml");
    std::fs::write(&path, text).unwrap();
    (folder, sources(Some(path), &[]))
}

fn broken(text: &str) -> Vec<String> {
    let (_folder, sources) = written(text);
    match load(&sources) {
        Err(Error::Rules(rules)) => rules,
        other => panic!("rules should be broken: {other:?}"),
    }
}

const REST: &str = r#"
[[tenants]]
id = "a"
[tenants.highlevel]
location_id = "L1"
token = "t"
[tenants.seventeen_hats]
transport = "rest"
base_url = "https://partner.example.com"
account = "a"
token = "t"
"#;

/// The commented-out example of the default file.
fn example() -> String {
    DEFAULTS.lines().filter_map(|line| line.strip_prefix("#|")).map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line))).collect()
}

#[test]
fn the_defaults_break_no_rule() {
    let config = load(&sources(None, &[])).unwrap();
    assert!(config.tenants.is_empty());
    assert_eq!(config.apply.in_flight, 256);
}

#[test]
fn the_example_of_a_tenant_can_be_read() {
    let (_folder, sources) = written(&example());
    let config = read(&sources).unwrap();
    assert_eq!(config.tenants[0].id, "shop");
    assert!(config.tenants[0].enabled);
}

#[test]
fn a_file_lies_over_the_defaults_and_flags_over_the_file() {
    let (_folder, mut sources) = written("[kafka]\nbrokers = \"one:9092\"\npartitions = 3\n");
    sources.set.push("kafka.partitions=5".into());
    let config = load(&sources).unwrap();
    assert_eq!((config.kafka.brokers.as_str(), config.kafka.partitions), ("one:9092", 5));
    assert_eq!(config.kafka.client_id, "hatbridge");
}

#[test]
fn a_file_that_is_named_must_exist() {
    let error = load(&sources(Some("/nowhere/hatbridge.toml".into()), &[])).unwrap_err();
    assert!(matches!(&error, Error::NoFile(_)), "{error}");
}

#[test]
fn an_unknown_key_is_refused_by_name() {
    let (_folder, sources) = written("[kafka]\nbroker = \"one:9092\"\n");
    let error = load(&sources).unwrap_err().to_string();
    assert!(error.contains("broker") && error.contains("brokers"), "{error}");
}

#[test]
fn a_value_of_the_wrong_type_is_refused_without_quoting_it() {
    let (_folder, sources) = written("[http]\napi_token = 12345678\n");
    let error = load(&sources).unwrap_err().to_string();
    assert!(error.contains("http.api_token") && !error.contains("12345678"), "{error}");
}

#[test]
fn all_broken_rules_are_told_together_with_their_keys() {
    let rules = broken(
        "[kafka]\nbrokers = \"one:9092\"\npartitions = 0\n[kafka.properties]\nacks = \"0\"\n\
         [apply]\ndrain = \"60s\"\nbuffered = 10\n[webhooks]\nlisten = \"127.0.0.1:9464\"\nspool_bytes = \"1KiB\"\n\
         [highlevel]\nbase_url = \"http://example.com\"\n[log]\nlevel = \"a=b=c\"\n",
    );
    for key in
        ["kafka.partitions", "kafka.properties.acks", "apply.drain", "apply.buffered", "http.listen", "webhooks.spool_bytes", "highlevel.base_url", "log.level"]
    {
        assert!(rules.iter().any(|rule| rule.contains(key)), "{key} in {rules:#?}");
    }
    assert_eq!(rules.len(), 8, "{rules:#?}");
}

#[test]
fn a_tenant_needs_what_its_transport_needs() {
    let text = REST.replace("base_url = \"https://partner.example.com\"\n", "").replace("transport = \"rest\"", "transport = \"zapier\"");
    let rules = broken(&text);
    for key in ["seventeen_hats.token", "seventeen_hats.webhook_secret", "seventeen_hats.hooks"] {
        assert!(rules.iter().any(|rule| rule.contains(key)), "{key} in {rules:#?}");
    }
}

#[test]
fn two_tenants_never_share_a_name_or_a_location() {
    let rules = broken(&format!("{REST}{REST}"));
    assert_eq!(rules.len(), 2, "{rules:#?}");
    assert!(rules[0].contains("tenants[1].id") && rules[1].contains("tenants[1].highlevel.location_id"), "{rules:#?}");
}

#[test]
fn a_secret_that_can_not_be_read_is_a_broken_rule() {
    let rules = broken(&REST.replacen("token = \"t\"", "token = \"env:HATBRIDGE_TEST_NOT_SET_ANYWHERE\"", 1));
    assert_eq!(rules.len(), 1, "{rules:#?}");
    assert!(rules[0].contains("HATBRIDGE_TEST_NOT_SET_ANYWHERE"), "{rules:#?}");
}

#[test]
fn a_provider_needs_an_app() {
    let rules = broken(&REST.replace("location_id = \"L1\"", "location_id = \"L1\"\nprovider_id = \"P\""));
    assert!(rules[0].contains("provider_id"), "{rules:#?}");
}

#[test]
fn what_is_shown_holds_no_secret() {
    let (_folder, sources) = written(&REST.replace("\"t\"", "\"hush-hush\""));
    let config = load(&sources).unwrap();
    let shown = toml::to_string_pretty(&config).unwrap();
    assert!(!shown.contains("hush-hush") && !format!("{config:?}").contains("hush-hush"), "{shown}");
    assert!(shown.contains("(hidden)"));
}

/// `hatbridge config reference > docs/configuration.md` mends it.
#[test]
fn the_reference_in_docs_is_the_one_printed() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/configuration.md");
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(kept == reference(), "docs/configuration.md is out of date: cargo run --release -p hatbridge -- config reference > docs/configuration.md");
}
