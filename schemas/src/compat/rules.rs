//! The rules for one version, and for a version and an older one.

use super::report::cause;
use super::{Problem, Rule, Versions};
use apache_avro::Schema;
use apache_avro::schema::SchemaKind;
use apache_avro::schema_compatibility::SchemaCompatibility;
use serde_json::Value as Json;

/// Longest part of Avro's message that is shown.
const LONGEST_DETAIL: usize = 400;

pub(super) fn contiguous(subject: &str, versions: &Versions, problems: &mut Vec<Problem>) {
    if versions.is_empty() {
        let message = "it has no version; write 1.avsc or remove the folder".to_owned();
        problems.push(Problem::of_subject(subject, Rule::Versions, message));
    }
    for ((&version, _), expected) in versions.iter().zip(1..) {
        if version != expected {
            let message = format!("version {expected} is missing before {version}; versions are 1, 2, 3 and so on");
            problems.push(Problem::of_subject(subject, Rule::Versions, message));
            return;
        }
    }
}

/// `newer` must read what was written with `older`, and call nothing by another type.
pub(super) fn readable(newer: (&str, u32, &Schema), older: (u32, &Schema), problems: &mut Vec<Problem>) {
    let (subject, version, reader) = newer;
    let (against, writer) = older;
    let problem = |rule, message| Problem { against: Some(against), ..Problem::of_version(subject, version, rule, message) };
    if let Err(error) = SchemaCompatibility::can_read(writer, reader) {
        let detail = match cause(&error) {
            causes if causes.is_empty() => error.to_string(),
            causes => format!("{error}: {causes}"),
        };
        // Some of Avro's messages quote both schemas whole.
        let detail: String = detail.chars().take(LONGEST_DETAIL).collect();
        problems.push(problem(
            Rule::Readable,
            format!("it can't read what version {against} wrote ({detail}); give new fields a default, keep names, types and symbols"),
        ));
    }
    same_types("", writer, reader, &mut |field, was, is| {
        problems.push(problem(Rule::Type, format!("field `{field}` was {was:?} and is {is:?}; keep it as it is and add a field with another name")));
    });
}

/// Reports fields of both schemas whose type differs: Avro would allow promotions (int to long) and
/// overlooks logical types, but other readers of the log would read another meaning.
fn same_types(at: &str, writer: &Schema, reader: &Schema, report: &mut impl FnMut(&str, SchemaKind, SchemaKind)) {
    match (writer, reader) {
        (Schema::Record(w), Schema::Record(r)) => {
            for field in &r.fields {
                let names = || std::iter::once(&field.name).chain(field.aliases.iter().flatten());
                if let Some(old) = w.fields.iter().find(|f| names().any(|name| *name == f.name)) {
                    let place = if at.is_empty() { field.name.clone() } else { format!("{at}.{}", field.name) };
                    same_types(&place, &old.schema, &field.schema, report);
                }
            }
        }
        (Schema::Union(w), Schema::Union(r)) => {
            for old in w.variants() {
                let name = |s: &Schema| s.name().map(|n| n.name.clone());
                let same = |new: &&Schema| SchemaKind::from(*new) == SchemaKind::from(old) && name(new) == name(old);
                match r.variants().iter().find(same) {
                    Some(new) => same_types(at, old, new, report),
                    None => report(at, SchemaKind::from(old), SchemaKind::Union),
                }
            }
        }
        (Schema::Array(w), Schema::Array(r)) => same_types(at, &w.items, &r.items, report),
        (Schema::Map(w), Schema::Map(r)) => same_types(at, &w.types, &r.types, report),
        (w, r) => {
            let (was, is) = (SchemaKind::from(w), SchemaKind::from(r));
            // A reference stands for a named type, whose definition is compared where it stands.
            if was != is && was != SchemaKind::Ref && is != SchemaKind::Ref {
                report(at, was, is);
            }
        }
    }
}

/// Docs, units, defaults: looked up in the text, since parsing forgets what it does not know.
pub(super) fn style(subject: &str, version: u32, text: &str, problems: &mut Vec<Problem>) {
    let Ok(json) = serde_json::from_str::<Json>(text) else { return };
    walk("", &json, &mut |rule, message| problems.push(Problem::of_version(subject, version, rule, message)));
}

fn walk(at: &str, schema: &Json, report: &mut impl FnMut(Rule, String)) {
    match schema {
        Json::Array(branches) => branches.iter().for_each(|branch| walk(at, branch, report)),
        Json::Object(object) => match object.get("type").and_then(Json::as_str) {
            Some("record") => {
                let name = text(schema, "name");
                if text(schema, "doc").is_empty() {
                    report(Rule::Doc, format!("record `{name}` has no doc; say what it is"));
                }
                for field in object.get("fields").and_then(Json::as_array).into_iter().flatten() {
                    walk_field(at, field, report);
                }
            }
            Some("enum") => {
                let name = text(schema, "name");
                if text(schema, "doc").is_empty() {
                    report(Rule::Doc, format!("enum `{name}` has no doc; say what it is"));
                }
                if text(schema, "default").is_empty() {
                    report(Rule::EnumDefault, format!("enum `{name}` has no default symbol, so older readers fail at every new symbol; add one"));
                }
            }
            Some("array") => walk(at, &schema["items"], report),
            Some("map") => walk(at, &schema["values"], report),
            _ => {}
        },
        _ => {}
    }
}

fn walk_field(at: &str, field: &Json, report: &mut impl FnMut(Rule, String)) {
    let name = text(field, "name");
    let place = if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
    if text(field, "doc").is_empty() {
        report(Rule::Doc, format!("field `{place}` has no doc; say what it means"));
    }
    let kind = &field["type"];
    if is_number(kind) && text(field, "unit").is_empty() {
        report(Rule::Unit, format!("field `{place}` is a number without a unit; add \"unit\""));
    }
    if let Json::Array(branches) = kind {
        let null_first = branches.first().and_then(Json::as_str) == Some("null");
        if !null_first || field.get("default") != Some(&Json::Null) {
            report(Rule::Optional, format!("field `{place}` is a union that is not [\"null\", ...] with default null; make it so"));
        }
    }
    walk(&place, kind, report);
}

fn is_number(kind: &Json) -> bool {
    match kind {
        Json::String(name) => matches!(name.as_str(), "int" | "long" | "float" | "double"),
        Json::Array(branches) => branches.iter().any(is_number),
        Json::Object(object) => object.get("type").is_some_and(|inner| matches!(inner, Json::String(_)) && is_number(inner)),
        _ => false,
    }
}

fn text<'j>(json: &'j Json, key: &str) -> &'j str {
    json.get(key).and_then(Json::as_str).unwrap_or_default()
}
