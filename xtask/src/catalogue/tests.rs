use super::operations::Facts;
use super::{FACTS, compare, repairs, shared, written};
use crate::run::{Outcome, read, root};
use serde_json::{Map, Value, json};

/// Members that a schema may have; anything else would be a text of the documents.
const OF_SCHEMAS: [&str; 17] = [
    "$ref",
    "additionalProperties",
    "allOf",
    "anyOf",
    "enum",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "oneOf",
    "pattern",
    "properties",
    "required",
    "type",
];

/// A test that can't run here says so, and tells whoever counts.
fn skip(why: &str) {
    let line = format!("SKIPPED xtask the_file_agrees_with_the_documents: {why}\n");
    print!("{line}");
    if let Some(file) = std::env::var_os("HATBRIDGE_TEST_SKIPS") {
        use std::io::Write;
        let written = std::fs::OpenOptions::new().create(true).append(true).open(file).and_then(|mut file| file.write_all(line.as_bytes()));
        assert!(written.is_ok(), "the file of HATBRIDGE_TEST_SKIPS can't be written");
    }
}

#[test]
fn the_file_agrees_with_the_documents() -> Outcome {
    let folder = shared().join("highlevel");
    if !folder.join("openapi").is_dir() {
        skip("the published documents are not here; set HATBRIDGE_SHARED to the folder that holds highlevel/openapi");
        return Ok(());
    }
    compare(&read(&root().join(FACTS))?, &written(&Facts::draw(&folder)?))
}

#[test]
fn no_text_of_the_documents_is_in_the_file() -> Outcome {
    let facts: Value = serde_json::from_str(&read(&root().join(FACTS))?).map_err(|error| error.to_string())?;
    let mut schemas: Vec<&Value> = facts["schemas"].as_object().into_iter().flat_map(Map::values).collect();
    for operation in facts["operations"].as_array().into_iter().flatten() {
        for shape in [&operation["v2"], &operation["v3"]].into_iter().filter(|shape| !shape.is_null()) {
            schemas.extend(shape["parameters"].as_array().into_iter().flatten().map(|parameter| &parameter["schema"]));
            schemas.extend(shape.get("body").map(|body| &body["schema"]));
            only(shape, &["method", "path", "version", "parameters", "body", "answer"]);
        }
    }
    assert!(schemas.len() > 500, "{} schemas are few", schemas.len());
    schemas.into_iter().for_each(stripped);
    Ok(())
}

fn only(value: &Value, names: &[&str]) {
    for name in value.as_object().into_iter().flat_map(Map::keys) {
        assert!(names.contains(&name.as_str()), "`{name}` is in {value}");
    }
}

fn stripped(schema: &Value) {
    only(schema, &OF_SCHEMAS);
    let lists = ["allOf", "anyOf", "oneOf"].into_iter().filter_map(|key| schema.get(key)?.as_array()).flatten();
    let inner = ["items", "additionalProperties"].into_iter().filter_map(|key| schema.get(key));
    let members = schema.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::values);
    lists.chain(inner).chain(members).for_each(stripped);
    // What is listed are symbols, not sentences.
    let listed = schema.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    assert!(listed.into_iter().all(|symbol| symbol.len() <= 60), "{schema}");
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

#[test]
fn what_is_nullable_has_null_among_its_types() {
    let nullable = |schema: Value| Value::Object(repairs::nullable(object(schema), &object(json!({"nullable": true}))));
    assert_eq!(nullable(json!({"type": "string", "enum": ["a"]})), json!({"type": ["string", "null"], "enum": ["a", null]}));
    assert_eq!(nullable(json!({"allOf": [{"type": "object"}]})), json!({"anyOf": [{"allOf": [{"type": "object"}]}, {"type": "null"}]}));
    assert_eq!(nullable(json!({})), json!({}));
    let plain = object(json!({"type": "string"}));
    assert_eq!(repairs::nullable(plain.clone(), &Map::new()), plain);
}

#[test]
fn an_object_shown_as_something_else_has_no_type() {
    let mended = |schema: Value, document: Value| {
        let mut schema = object(schema);
        repairs::object_that_is_none(&mut schema, &object(document));
        repairs::any_type(&mut schema);
        Value::Object(schema)
    };
    assert_eq!(mended(json!({"type": "object"}), json!({"example": "1990-09-25"})), json!({}));
    assert_eq!(mended(json!({"type": "object"}), json!({"default": "outbound", "example": {}})), json!({}));
    assert_eq!(mended(json!({"type": "object"}), json!({"example": {"a": 1}})), json!({"type": "object"}));
    assert_eq!(mended(json!({"type": "any"}), json!({"example": 1})), json!({}));
}

#[test]
fn every_name_in_a_path_has_a_parameter() {
    let declared = [json!({"name": "a", "in": "path"}), json!({"name": "b", "in": "query"})];
    let missing = repairs::undeclared("/x/{a}/{b}", &declared);
    assert_eq!(missing, [json!({"name": "b", "in": "path", "required": true, "schema": {"type": "string"}})]);
    let of_tags = repairs::undeclared("/contacts/bulk/tags/update/{type}", &[]);
    assert_eq!(of_tags[0]["schema"]["enum"], json!(["add", "remove"]));
}

#[test]
fn lines_that_differ_are_told() {
    let told = compare("{\n1,\n2\n}\n", "{\n1,\n3\n}\n").err().unwrap_or_default();
    assert!(told.ends_with("\n- 2\n+ 3"), "{told}");
}
