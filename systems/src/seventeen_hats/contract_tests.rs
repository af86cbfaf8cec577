#![allow(clippy::unwrap_used)]
use super::*;

/// The shipped text with one line's text replaced.
pub(in crate::seventeen_hats) fn changed(pairs: &[(&str, &str)]) -> String {
    pairs.iter().fold(BUILTIN.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    })
}

fn rules(pairs: &[(&str, &str)]) -> Vec<String> {
    match Contract::parse(&changed(pairs)) {
        Err(ContractError::Rules(rules)) => rules,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_shipped_contract_is_one() {
    let contract = Contract::builtin();
    assert_eq!(contract.name(), "hatbridge-partner-v1");
    assert_eq!(contract.webhook_proof(), WebhookProof::Secret { header: "X-Hatbridge-Secret".into() });
    for resource in Resource::ALL {
        let table = contract.table(resource).unwrap();
        assert_eq!(contract.by_singular(&table.singular), Some(resource));
        let fields: std::collections::BTreeSet<_> = resource.fields().iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(table.fields.keys().cloned().collect::<std::collections::BTreeSet<_>>(), fields, "{resource}: every field is named");
        assert_eq!(
            table.times.iter().map(String::as_str).collect::<std::collections::BTreeSet<_>>(),
            resource.moments().iter().copied().collect(),
            "{resource}"
        );
    }
    assert_eq!(contract.by_singular("nobody"), None);
}

#[test]
fn an_hmac_contract_names_its_header() {
    let contract = Contract::parse(&changed(&[("kind = \"secret_header\"", "kind = \"hmac_sha256\"")])).unwrap();
    assert_eq!(contract.webhook_proof(), WebhookProof::Hmac { header: "X-Partner-Signature".into() });
}

#[test]
fn all_broken_rules_are_told_together() {
    let told = rules(&[
        ("base_path = \"/v1\"", "base_path = \"v1\""),
        ("items_field = \"items\"", "items_field = \"\""),
        ("limit = 100", "limit = 0"),
        ("account_header = \"X-Partner-Account\"", "account_header = \"X Partner\""),
        ("get = { method = \"GET\", path = \"{path}/{id}\" }", "get = { method = \"FETCH\", path = \"{path}/{nr}\" }"),
        ("search = { method", "find = { method"),
        ("times = [\"sent_at\", \"scheduled_at\"]", "times = [\"sent_at\", \"read_at\"]"),
        ("first_name = \"first_name\"", "frist_name = \"first_name\""),
        ("company_name = \"company_name\"", "company_name = \"last_name\""),
        ("[resources.events]", "[resources.parties]"),
        ("[resources.events.fields]", "[resources.parties.fields]"),
        ("singular = \"ticket\"", "singular = \"contact\""),
        ("path = \"/notes\"", "path = \"notes\""),
    ]);
    let expected = [
        "`paging.items_field` is empty",
        "`auth.account_header` is no name of a header",
        "`base_path` must begin with `/`",
        "`paging.limit` must be 1 or more",
        "`operations.find` is not an operation",
        "`operations.get.method` must be",
        "`operations.get.path` may hold `{path}` and `{id}` only",
        "`operations.get.path` must hold `{id}`",
        "`resources.contacts.operations` name `search`, which [operations] lacks",
        "`resources.contacts.fields.frist_name` is not a field",
        "is `last_name` on the wire, as `company_name` is",
        "`resources.messages.times` name `read_at`, which `fields` lacks",
        "`resources.notes.path` must begin with `/`",
        "`resources.parties` is not a resource",
        "`resources.tickets.singular` is that of `contacts` too",
    ];
    for rule in expected {
        assert!(told.iter().any(|line| line.contains(rule)), "{rule}: {told:#?}");
    }
    let message = ContractError::Rules(told).to_string();
    assert!(message.starts_with("the contract breaks ") && expected.iter().all(|rule| message.contains(rule)));
}

#[test]
fn what_nothing_works_without_must_be_there() {
    let told = rules(&[
        ("operations = [\"list\", \"get\", \"create\", \"update\", \"delete\", \"search\"]", "operations = [\"get\", \"fly\"]"),
        ("token_path = \"/v1/oauth/token\"", "token_path = \"\""),
        ("kind = \"bearer\"", "kind = \"oauth_client_credentials\""),
        ("secret_header = \"X-Hatbridge-Secret\"", "secret_header = \"\""),
        ("order = \"updated_at,id\"", "order = \"id\""),
        ("external_id = \"external_id\"\ncreated_at", "created_at"),
        ("filters = { external_id = \"external_id\", email = \"email\", phone = \"phone\" }", "filters = {}"),
    ]);
    for rule in ["lack `list`", "lack `create`", "`fly`, which is none", "`auth.token_path` is empty", "`webhooks.secret_header` is empty", "`paging.order`"] {
        assert!(told.iter().any(|line| line.contains(rule)), "{rule}: {told:#?}");
    }
    let mut without = changed(&[]);
    let (start, end) = (without.find("[resources.messages]").unwrap(), without.find("[resources.notes]").unwrap());
    without.replace_range(start..end, "");
    let Err(ContractError::Rules(told)) = Contract::parse(&without) else { panic!("messages are needed") };
    assert!(told[0].contains("`messages`"), "{told:#?}");
}

#[test]
fn a_create_needs_a_mark_to_be_found_by() {
    let told = rules(&[
        ("external_id = \"external_id\"\ncreated_at", "created_at"),
        ("filters = { external_id = \"external_id\", email = \"email\", phone = \"phone\" }", "filters = {}"),
    ]);
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0].starts_with("`resources.contacts.filters` lack `external_id`"), "{told:#?}");
    // Where [marks] names it, the tables need not.
    assert!(Contract::parse(&changed(&[("filters = { external_id = \"external_id\", email = \"email\", phone = \"phone\" }", "filters = {}")])).is_ok());
}

#[test]
fn unknown_keys_and_broken_files_are_told() {
    for (from, to) in
        [("name = \"hat", "nmae = 1\nname = \"hat"), ("[paging]", "[pagging]"), ("kind = \"bearer\"", "kind = \"basic\""), ("limit = 100", "limit = \"all\"")]
    {
        assert!(matches!(Contract::parse(&changed(&[(from, to)])), Err(ContractError::Shape { .. })), "{to}");
    }
    let error = Contract::from_file(Path::new("/nowhere/contract.toml")).unwrap_err();
    assert!(error.to_string().contains("/nowhere/contract.toml") && std::error::Error::source(&error).is_some());
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts/seventeen_hats.toml");
    assert_eq!(Contract::from_file(&shipped).unwrap().name(), Contract::builtin().name());
}
