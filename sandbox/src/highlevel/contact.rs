//! A contact: its fields, and how it looks by id, in search and in webhooks.

use super::{
    clock::{iso, of_text},
    lagging::Indexed,
    problem::Problem,
    state::{Id, Place},
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Plain text fields. `name` is made of the first two where it isn't given.
const TEXT: &[&str] = &[
    "firstName",
    "lastName",
    "name",
    "email",
    "phone",
    "address1",
    "city",
    "state",
    "postalCode",
    "country",
    "website",
    "timezone",
    "companyName",
    "dateOfBirth",
    "source",
    "assignedTo",
    "gender",
];
/// Accepted, without any effect here.
const IGNORED: &[&str] = &["inboundDndSettings", "createNewIfDuplicateAllowed", "locationId"];

/// One version of a contact.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Contact {
    pub(super) id: Id,
    pub(super) sequence: u64,
    pub(super) text: BTreeMap<&'static str, String>,
    pub(super) tags: Vec<String>,
    pub(super) custom: BTreeMap<String, Value>,
    pub(super) business: Option<String>,
    pub(super) followers: Vec<String>,
    pub(super) dnd: bool,
    pub(super) dnd_settings: Option<Value>,
    pub(super) date_added: i64,
    pub(super) date_updated: i64,
}

/// `+` and digits; ten digits alone are taken as a North American number.
pub(super) fn e164(phone: &str) -> String {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    match (phone.trim().starts_with('+'), digits.len()) {
        (_, 0) => String::new(),
        (false, 10) => format!("+1{digits}"),
        _ => format!("+{digits}"),
    }
}

impl Contact {
    pub(super) fn new(id: Id, sequence: u64, now: i64) -> Self {
        Self {
            id,
            sequence,
            text: BTreeMap::new(),
            tags: Vec::new(),
            custom: BTreeMap::new(),
            business: None,
            followers: Vec::new(),
            dnd: false,
            dnd_settings: None,
            date_added: now,
            date_updated: now,
        }
    }

    pub(super) fn text(&self, field: &str) -> &str {
        self.text.get(field).map_or("", String::as_str)
    }

    pub(super) fn email(&self) -> Option<String> {
        Some(self.text("email").to_lowercase()).filter(|email| !email.is_empty())
    }

    pub(super) fn phone(&self) -> Option<String> {
        Some(self.text("phone").to_owned()).filter(|phone| !phone.is_empty())
    }

    pub(super) fn mark(&self) -> Option<String> {
        Some(self.text("source").to_owned()).filter(|source| !source.is_empty())
    }

    pub(super) fn name(&self) -> String {
        let name = format!("{} {}", self.text("firstName"), self.text("lastName"));
        let name = name.trim();
        if name.is_empty() { self.text("name").to_owned() } else { name.to_owned() }
    }

    /// Takes over what a caller gave. Tags replace all tags; null and empty text clear a field.
    pub(super) fn take(&mut self, given: &Map<String, Value>) -> Result<(), Problem> {
        let mut wrong = Vec::new();
        for (field, value) in given {
            if let Some(field) = TEXT.iter().find(|text| **text == field.as_str()) {
                self.take_text(field, value, &mut wrong);
                continue;
            }
            match (field.as_str(), value) {
                ("tags", Value::Array(tags)) if tags.iter().all(Value::is_string) => {
                    self.tags.clear();
                    self.add_tags(tags.iter().filter_map(Value::as_str));
                }
                ("tags", Value::Null) | ("customFields", Value::Null) => {}
                ("tags", _) => wrong.push("tags must be an array of strings".to_owned()),
                ("customFields", Value::Array(fields)) => self.take_custom(fields, &mut wrong),
                ("customFields", _) => wrong.push("customFields must be an array".to_owned()),
                ("dnd", Value::Bool(dnd)) => self.dnd = *dnd,
                ("dnd", Value::Null) => {}
                ("dnd", _) => wrong.push("dnd must be a boolean value".to_owned()),
                ("dndSettings", Value::Object(_)) => self.dnd_settings = Some(value.clone()),
                ("dndSettings", Value::Null) => self.dnd_settings = None,
                ("dndSettings", _) => wrong.push("dndSettings must be an object".to_owned()),
                (name, _) if IGNORED.contains(&name) => {}
                (name, _) => wrong.push(format!("property {name} should not exist")),
            }
        }
        let splits = given.contains_key("name") && !given.contains_key("firstName") && !given.contains_key("lastName");
        if splits {
            let name = self.text("name").to_owned();
            let (first, last) = name.split_once(' ').unwrap_or((&name, ""));
            self.set("firstName", first.to_owned());
            self.set("lastName", last.to_owned());
        }
        self.text.remove("name");
        if wrong.is_empty() { Ok(()) } else { Err(Problem::invalid_all(wrong)) }
    }

    fn set(&mut self, field: &'static str, value: String) {
        if value.is_empty() {
            self.text.remove(field);
        } else {
            self.text.insert(field, value);
        }
    }

    fn take_text(&mut self, field: &'static str, value: &Value, wrong: &mut Vec<String>) {
        let text = match value {
            Value::Null => "",
            Value::String(text) => text.trim(),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                wrong.push(format!("{field} must be a string"));
                return;
            }
        };
        let text = match field {
            "email" if !text.is_empty() && !text.contains('@') => {
                wrong.push("email must be an email".to_owned());
                return;
            }
            "phone" => e164(text),
            "dateOfBirth" if !text.is_empty() => match of_text(text) {
                Some(at) => iso(at),
                None => {
                    wrong.push("dateOfBirth must be a date".to_owned());
                    return;
                }
            },
            _ => text.to_owned(),
        };
        self.set(field, text);
    }

    /// Written as `field_value` (v2) or `fieldValue` (v3), the field named by `id` or `key`.
    fn take_custom(&mut self, fields: &[Value], wrong: &mut Vec<String>) {
        for field in fields {
            let Some(id) = field["id"].as_str().or_else(|| field["key"].as_str()) else {
                wrong.push("customFields.id must be a string".to_owned());
                continue;
            };
            let value = ["field_value", "fieldValue", "value"].iter().map(|name| &field[*name]).find(|value| !value.is_null());
            match value {
                Some(value) if value != "" => self.custom.insert(id.to_owned(), value.clone()),
                Some(_) | None => self.custom.remove(id),
            };
        }
    }

    fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|other| other.eq_ignore_ascii_case(tag))
    }

    /// Those that were new.
    pub(super) fn add_tags<'a>(&mut self, tags: impl Iterator<Item = &'a str>) -> Vec<String> {
        let mut added = Vec::new();
        for tag in tags.map(str::trim).filter(|tag| !tag.is_empty()) {
            if !self.has_tag(tag) {
                self.tags.push(tag.to_owned());
                added.push(tag.to_owned());
            }
        }
        added
    }

    /// Those that were there.
    pub(super) fn remove_tags(&mut self, tags: &[String]) -> Vec<String> {
        let (gone, kept) = std::mem::take(&mut self.tags).into_iter().partition(|tag| tags.iter().any(|other| other.trim().eq_ignore_ascii_case(tag)));
        self.tags = kept;
        gone
    }

    /// Whether everything a caller may set is the same.
    pub(super) fn same_content(&self, other: &Self) -> bool {
        self.text == other.text && self.tags == other.tags && self.custom == other.custom && self.belongs_as(other) && self.same_dnd(other)
    }

    fn belongs_as(&self, other: &Self) -> bool {
        self.business == other.business && self.followers == other.followers
    }

    pub(super) fn same_dnd(&self, other: &Self) -> bool {
        self.dnd == other.dnd && self.dnd_settings == other.dnd_settings
    }

    fn custom_fields(&self) -> Value {
        self.custom.iter().map(|(id, value)| json!({"id": id, "value": value})).collect()
    }

    fn put_text(&self, into: &mut Map<String, Value>) {
        for (field, text) in &self.text {
            into.insert((*field).to_owned(), json!(text));
        }
    }

    /// As `GET /contacts/{id}` shows it.
    pub(super) fn by_id(&self, location: &str) -> Value {
        let mut fields = self.common(location);
        self.put_text(&mut fields);
        fields.insert("name".to_owned(), json!(self.name()));
        if let Some(email) = self.email() {
            fields.insert("emailLowerCase".to_owned(), json!(email));
        }
        Value::Object(fields)
    }

    /// As a row of search shows it: names in lower case only.
    pub(super) fn search_row(&self, location: &str, after: Value) -> Value {
        let mut fields = self.common(location);
        self.put_text(&mut fields);
        fields.remove("firstName");
        fields.remove("lastName");
        fields.insert("address".to_owned(), json!(self.text.get("address1")));
        fields.insert("searchAfter".to_owned(), after);
        Value::Object(fields)
    }

    fn common(&self, location: &str) -> Map<String, Value> {
        let mut fields = Map::new();
        let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        put("id", json!(&*self.id));
        put("locationId", json!(location));
        put("type", json!("lead"));
        put("tags", json!(self.tags));
        put("customFields", self.custom_fields());
        put("dnd", json!(self.dnd));
        if let Some(settings) = &self.dnd_settings {
            put("dndSettings", settings.clone());
        }
        if let Some(business) = &self.business {
            put("businessId", json!(business));
        }
        if !self.followers.is_empty() {
            put("followers", json!(self.followers));
        }
        put("dateAdded", json!(iso(self.date_added)));
        put("dateUpdated", json!(iso(self.date_updated)));
        for (name, text) in [("firstNameLowerCase", self.text("firstName")), ("lastNameLowerCase", self.text("lastName")), ("fullNameLowerCase", &self.name())]
        {
            if !text.is_empty() {
                put(name, json!(text.to_lowercase()));
            }
        }
        fields
    }

    /// As the webhooks of contacts show it: without a time of update.
    pub(super) fn webhook(&self) -> Map<String, Value> {
        let mut fields = Map::new();
        self.put_text(&mut fields);
        let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        put("id", json!(&*self.id));
        put("name", json!(self.name()));
        put("dateAdded", json!(iso(self.date_added)));
        put("tags", json!(self.tags));
        put("attachments", json!([]));
        put("customFields", self.custom_fields());
        if self.dnd {
            put("dnd", json!(true));
        }
        if let Some(settings) = &self.dnd_settings {
            put("dndSettings", settings.clone());
        }
        fields
    }

    /// A field's value as search compares it.
    pub(super) fn searched(&self, field: &str) -> Value {
        match field {
            "id" => json!(&*self.id),
            "dateAdded" => json!(self.date_added),
            "dateUpdated" => json!(self.date_updated),
            "tags" => json!(self.tags),
            "dnd" => json!(self.dnd),
            "firstNameLowerCase" => json!(self.text("firstName").to_lowercase()),
            "lastNameLowerCase" => json!(self.text("lastName").to_lowercase()),
            "fullNameLowerCase" | "contactName" | "name" => json!(self.name().to_lowercase()),
            "address" => json!(self.text("address1")),
            "businessName" => json!(self.text("companyName")),
            _ => match field.strip_prefix("customFields.") {
                Some(id) => self.custom.get(id).cloned().unwrap_or(Value::Null),
                None => self.text.get(field).map_or(Value::Null, |text| json!(text)),
            },
        }
    }

    /// Whether search knows this field.
    pub(super) fn is_searched(field: &str) -> bool {
        const BESIDE: &[&str] = &[
            "id",
            "dateAdded",
            "dateUpdated",
            "tags",
            "dnd",
            "firstNameLowerCase",
            "lastNameLowerCase",
            "fullNameLowerCase",
            "contactName",
            "address",
            "businessName",
        ];
        TEXT.contains(&field) || BESIDE.contains(&field) || field.starts_with("customFields.")
    }
}

impl Indexed for Contact {
    fn id(&self) -> &Id {
        &self.id
    }

    fn place(&self) -> Place {
        (self.date_updated, self.sequence)
    }

    fn terms(&self) -> Vec<(&'static str, String)> {
        let of = |field: &'static str| Some((field, self.text(field).to_lowercase())).filter(|(_, text)| !text.is_empty());
        ["email", "phone", "source"].into_iter().filter_map(of).collect()
    }
}
