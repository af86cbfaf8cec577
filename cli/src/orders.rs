//! Commands: what the command line and `POST /commands` publish, in one form.

use crate::exit::Failure;
use hatbridge_schemas::{Change, Command, EntityId, EntityRef, Event, Payload, System, TenantId, Via};
use hatbridge_store::now_micros;
use hatbridge_systems::call::Request;
use hatbridge_systems::highlevel::catalogue::{self, FieldType, Kind, Odd, Operation};
use hatbridge_systems::highlevel::{Api, HighLevel};
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// Longest id of a command, characters.
const ID_LENGTH: usize = 128;

/// A command's data.
pub type Data = Map<String, Value>;

/// An order that can be given: its data fit the operation.
pub struct Order {
    /// Which operation.
    pub operation: &'static Operation,
    /// The command's own name: given again it repeats nothing.
    pub id: String,
    /// As it will be sent.
    pub request: Request,
    data: Value,
    location: String,
}

impl std::fmt::Debug for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Order").field("operation", &self.operation.name).field("id", &self.id).finish_non_exhaustive()
    }
}

/// An operation that may be ordered, by its name.
///
/// # Errors
/// [`Failure::Usage`] if there is none, if it is only polled, or if the configuration does not take it.
pub fn operation(name: &str, allowed: &[String]) -> Result<&'static Operation, Failure> {
    let operation = catalogue::find(name).map_err(|unknown| Failure::Usage(unknown.to_string()))?;
    if operation.kind == Kind::Trigger {
        let name = &operation.name;
        return Err(Failure::Usage(format!("`{name}` reads; poll it: hatbridge poll \"{name}\"")));
    }
    if operation.is(Odd::BinaryAnswer) {
        return Err(Failure::Usage(format!("`{}` answers with a file; poll it", operation.name)));
    }
    if !allows(allowed, operation) {
        return Err(Failure::Usage(format!("`{}` is not among `commands.operations` of the configuration", operation.name)));
    }
    Ok(operation)
}

/// Whether `commands.operations` takes an operation: by its name, or all of them by `*`.
#[must_use]
pub fn allows(allowed: &[String], operation: &Operation) -> bool {
    allowed.iter().any(|name| name == "*" || name.eq_ignore_ascii_case(&operation.name))
}

/// Checks an id: it stands in events, and in the ledger.
///
/// # Errors
/// What is wrong with it.
pub fn checked_id(id: &str) -> Result<String, String> {
    let plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b':' | b'-'));
    if plain && (1..=ID_LENGTH).contains(&id.len()) {
        return Ok(id.to_owned());
    }
    Err(format!("an id is 1 to {ID_LENGTH} letters, digits and `.`, `_`, `:`, `-`"))
}

impl Order {
    /// Checks the data against the operation's schema.
    ///
    /// # Errors
    /// What is wrong with them, field by field; no values.
    pub fn new(operation: &'static Operation, highlevel: &HighLevel, id: String, data: Data) -> Result<Self, catalogue::Invalid> {
        let data = Value::Object(data);
        let request = operation.request(highlevel.api(), &highlevel.context(), &data)?;
        Ok(Self { operation, id, request, data, location: highlevel.location_id().to_owned() })
    }

    /// The command as an event: its id hangs on tenant, operation and the command's id.
    #[must_use]
    pub fn event(&self, tenant: &TenantId) -> Event {
        let now = now_micros();
        let root = self.operation.root_of(&self.data).unwrap_or_else(|| self.location.clone());
        let entity = EntityRef { kind: self.operation.entity, id: EntityId::new(&self.id), root: EntityId::new(root) };
        let payload = Payload::Command(Command { operation: self.operation.name.clone(), parameters: self.data.to_string() });
        let version = format!("{}/{}", self.operation.name, self.id);
        Event::new(System::Hatbridge, tenant.clone(), entity, Change::Command, version, now, now, Via::Operator, Some(payload), None)
    }
}

/// `NAME=VALUE`, of the command line.
///
/// # Errors
/// How to write it.
pub fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("write it as NAME=VALUE, for example contactId=C1".to_owned()),
    }
}

/// Data of the command line: a value that reads as JSON counts as that, unless its member is declared as a
/// text.
#[must_use]
pub fn data_of(operation: &'static Operation, api: Api, given: &[(String, String)]) -> Data {
    let value = |name: &str, text: &str| match operation.field_type(api, name) {
        Some(FieldType::Text) => Value::from(text),
        _ => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)),
    };
    given.iter().map(|(name, text)| (name.clone(), value(name, text))).collect()
}

/// The exact request, without the token, for scripts.
#[must_use]
pub fn shown(request: &Request) -> Value {
    let query: Vec<Value> = request.query.iter().map(|(name, value)| json!([name, value])).collect();
    json!({"method": request.method.as_str(), "path": request.path, "query": query, "version": request.version, "body": request.body})
}

/// The exact request as HTTP shows it, without the token.
#[must_use]
pub fn text(request: &Request) -> String {
    let mut text = format!("{} {}", request.method, request.path);
    for (number, (name, value)) in request.query.iter().enumerate() {
        let value: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
        let _ = write!(text, "{}{name}={value}", if number == 0 { '?' } else { '&' }); // writing to a String can't fail
    }
    let _ = write!(text, "\nVersion: {}\nAuthorization: Bearer …", request.version);
    if let Some(part) = &request.part {
        let _ = write!(text, "\nContent-Type: multipart/form-data; {} of {} bytes", part.name, part.bytes.len());
    }
    if let Some(body) = &request.body {
        let _ = write!(text, "\n\n{}", serde_json::to_string_pretty(body).unwrap_or_default());
    }
    text
}

/// What a lost answer means for an operation, in words.
#[must_use]
pub fn repeats(operation: &Operation) -> String {
    use hatbridge_systems::Effect;
    match (operation.effect, &operation.probe) {
        (Effect::Read, _) => "reads only".to_owned(),
        (Effect::Idempotent, _) => "repeated: done twice it is as done once".to_owned(),
        (Effect::Probe, Some(probe)) => format!("looked up by `{}`, and repeated only if it is not there", probe.by),
        (Effect::Probe | Effect::Unsafe, _) => "left to a person: a dead letter, never repeated by itself".to_owned(),
    }
}
