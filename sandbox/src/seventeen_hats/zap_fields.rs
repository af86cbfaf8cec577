//! A contact as Zaps show it, and as catch hooks receive it.

use super::{options::Labels, store::Record};
use serde_json::{Map, Value, json};

/// Our name, the Zap's snake name, the label that Zapier shows.
const NAMES: &[(&str, &str, &str)] = &[
    ("is_company", "is_company", "Is Company?"),
    ("first_name", "first_name", "First Name"),
    ("kind", "type", "Type"),
    ("last_name", "last_name", "Last Name"),
    ("title", "title", "Title"),
    ("company_name", "company_name", "Company Name"),
    ("email", "primary_email_address", "Primary E-mail Address"),
    ("other_email_addresses", "other_email_addresses", "Other E-mail Addresses"),
    ("phone", "primary_phone_number", "Primary Phone Number"),
    ("other_phone_numbers", "other_phone_numbers", "Other Phone Numbers"),
    ("address1", "address_line_1", "Address Line 1"),
    ("address2", "address_line_2", "Address Line 2"),
    ("city", "city", "City"),
    ("state", "state", "State"),
    ("postal_code", "zip_code", "ZIP Code"),
    ("country", "country", "Country"),
    ("birthday", "birthday", "Birthday"),
    ("website", "website", "Website"),
    ("referred_by", "referred_by", "Referred By"),
    ("tags", "tags", "Tags"),
    ("notes", "notes", "Notes"),
];

/// Other ways in which a Zap's builder may call a field.
const ALIASES: &[(&str, &str)] =
    &[("email", "email"), ("phone", "phone"), ("kind", "kind"), ("postalcode", "postal_code"), ("address1", "address1"), ("address2", "address2")];

/// What a New or Updated Contact Zap posts: flat, empty fields as empty texts.
pub(super) fn post(record: &Record, labels: Labels) -> Value {
    let mut out = Map::new();
    let id = match labels {
        Labels::Snake => "id",
        Labels::Display => "ID",
    };
    out.insert(id.to_owned(), json!(record.id));
    for (ours, snake, display) in NAMES {
        let value = record.fields.get(*ours);
        let (name, value) = match labels {
            Labels::Snake => (snake, shown(ours, value)),
            Labels::Display => (display, as_text(shown(ours, value))),
        };
        out.insert((*name).to_owned(), value);
    }
    Value::Object(out)
}

fn shown(name: &str, value: Option<&Value>) -> Value {
    match (name, value) {
        ("is_company", value) => json!(value.and_then(Value::as_bool).unwrap_or(false)),
        ("tags", Some(Value::Array(tags))) => {
            json!(tags.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "))
        }
        (_, Some(value)) => value.clone(),
        (_, None) => json!(""),
    }
}

fn as_text(value: Value) -> Value {
    match value {
        Value::Bool(flag) => json!(if flag { "true" } else { "false" }),
        other => other,
    }
}

/// What a catch hook was given: fields under our names, empty ones left out.
#[derive(Debug, Default)]
pub(super) struct Given {
    /// The 17hats id, if the caller knows it.
    pub(super) id: Option<String>,
    pub(super) fields: Map<String, Value>,
    pub(super) tags: Vec<String>,
    pub(super) notes: Option<String>,
}

/// Reads a catch hook's flat body. Names that a contact does not have are left out, as a Zap maps
/// only the fields that it knows.
pub(super) fn given(body: Map<String, Value>) -> Given {
    let mut given = Given::default();
    for (name, value) in body {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        let text = match &value {
            Value::String(text) => text.trim().to_owned(),
            Value::Bool(flag) => flag.to_string(),
            Value::Number(number) => number.to_string(),
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
            Value::Null | Value::Object(_) => String::new(),
        };
        if text.is_empty() {
            continue;
        }
        match (plain.as_str(), ours(&plain)) {
            ("id" | "contactid", _) => given.id = Some(text),
            (_, Some("tags")) => {
                given.tags = text.split(',').map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect();
            }
            (_, Some("notes")) => given.notes = Some(text),
            (_, Some("is_company")) => {
                let yes = matches!(text.to_lowercase().as_str(), "true" | "yes" | "1");
                given.fields.insert("is_company".to_owned(), json!(yes));
            }
            (_, Some("kind")) => {
                given.fields.insert("kind".to_owned(), json!(text.to_lowercase()));
            }
            (_, Some(ours)) => {
                given.fields.insert(ours.to_owned(), json!(text));
            }
            (_, None) => {}
        }
    }
    given
}

fn ours(plain: &str) -> Option<&'static str> {
    let same = |name: &str| name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).eq(plain.chars());
    NAMES
        .iter()
        .find(|(_, snake, display)| same(snake) || same(display))
        .map(|(ours, ..)| *ours)
        .or_else(|| ALIASES.iter().find(|(alias, _)| *alias == plain).map(|(_, ours)| *ours))
}

impl Given {
    /// The first of our marks in it: a tag or a word of the notes that begins with `hatbridge:`.
    pub(super) fn mark(&self) -> Option<String> {
        let is_ours = |word: &&str| word.starts_with("hatbridge:");
        self.notes
            .as_deref()
            .into_iter()
            .flat_map(|notes| notes.split(|c: char| c.is_whitespace() || matches!(c, '[' | ']' | '(' | ')')))
            .chain(self.tags.iter().map(String::as_str))
            .find(is_ours)
            .map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn both_ways_to_label_are_read_back() {
        let fields = json!({"first_name": "Ada", "email": "ada@example.com", "tags": ["vip", "autumn"], "is_company": true, "kind": "client",
            "notes": "[hatbridge:hl:c1] hello"});
        let Value::Object(fields) = fields else { unreachable!("an object") };
        let record = Record { id: "contact-00000001".into(), revision: 1, created_at: 0, updated_at: 0, deleted_at: None, fields };
        for labels in [Labels::Snake, Labels::Display] {
            let Value::Object(body) = post(&record, labels) else { panic!("a flat object") };
            assert!(body.values().all(|value| !value.is_array() && !value.is_object()), "flat");
            let given = given(body);
            assert_eq!(given.id.as_deref(), Some("contact-00000001"));
            assert_eq!(given.fields.get("email"), Some(&json!("ada@example.com")));
            assert_eq!(given.fields.get("kind"), Some(&json!("client")));
            assert_eq!(given.fields.get("is_company"), Some(&json!(true)));
            assert_eq!(given.tags, ["vip", "autumn"]);
            assert_eq!(given.mark().as_deref(), Some("hatbridge:hl:c1"));
        }
    }
}
