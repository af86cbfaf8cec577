//! Putting the layers together.

use super::reference::DEFAULTS;
use super::rules::broken_rules;
use super::sections::Config;
use figment::Figment;
use figment::providers::{Env, Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Metadata, Profile, Provider};
use std::path::PathBuf;

/// Where the file is looked for when none is named.
pub const DEFAULT_FILE: &str = "hatbridge.toml";
/// Variables with our prefix that are no configuration keys.
const NOT_KEYS: [&str; 10] =
    ["secret_key", "config", "broker", "oauth_code", "sandbox_control", "shared", "test_kafka", "test_postgres", "test_registry_url", "test_skips"];

/// Which layers lie over the defaults.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// A file that must exist.
    pub file: Option<PathBuf>,
    /// `key=value`, values as in TOML or plain text.
    pub set: Vec<String>,
    /// Whether the environment and `./hatbridge.toml` count; not so in tests and in the demo.
    pub surroundings: bool,
}

/// What is wrong with the configuration.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file named by the user is not there.
    #[error("the configuration file {0} does not exist; check `--config`")]
    NoFile(PathBuf),
    /// A `--set` without a value.
    #[error("`--set {0}`: write it as KEY=VALUE, for example kafka.brokers=localhost:9092")]
    Set(String),
    /// Values of the wrong type, unknown keys.
    #[error("the configuration can't be read:\n{}", list(.0))]
    Unreadable(Vec<String>),
    /// Rules broken.
    #[error("the configuration breaks {} rule{}:\n{}", .0.len(), if .0.len() == 1 { "" } else { "s" }, list(.0))]
    Rules(Vec<String>),
}

fn list(problems: &[String]) -> String {
    problems.iter().map(|problem| format!("  - {problem}")).collect::<Vec<_>>().join("\n")
}

/// Reads and checks the configuration.
///
/// # Errors
/// [`Error`]: all that is wrong together.
pub fn load(sources: &Sources) -> Result<Config, Error> {
    let config = read(sources)?;
    let broken = broken_rules(&config);
    if broken.is_empty() { Ok(config) } else { Err(Error::Rules(broken)) }
}

/// Reads the configuration without checking its rules.
pub(crate) fn read(sources: &Sources) -> Result<Config, Error> {
    let mut figment = Figment::from(Toml::string(DEFAULTS));
    match &sources.file {
        Some(file) if !file.is_file() => return Err(Error::NoFile(file.clone())),
        Some(file) => figment = figment.merge(Toml::file_exact(file)),
        None if sources.surroundings => figment = figment.merge(Toml::file(DEFAULT_FILE)),
        None => {}
    }
    if sources.surroundings {
        figment = figment.merge(Env::prefixed("HATBRIDGE_").ignore(&NOT_KEYS).split("__"));
    }
    for pair in &sources.set {
        let (key, value) = pair.split_once('=').filter(|(key, _)| !key.is_empty()).ok_or_else(|| Error::Set(pair.clone()))?;
        figment = figment.merge(Setting { key: key.trim().to_owned(), value: value.to_owned() });
    }
    figment.extract().map_err(|errors| Error::Unreadable(errors.into_iter().map(told).collect()))
}

/// One error in a sentence: which key, what is wrong, where it was set.
fn told(error: figment::Error) -> String {
    let key = error.path.join(".");
    let place = error.metadata.as_ref().map_or_else(String::new, |metadata| match &metadata.source {
        Some(source) => format!(" (in {source})"),
        None => format!(" (in {})", metadata.name),
    });
    // Contents are left out on purpose: a wrong type's message may quote a secret.
    let what = match &error.kind {
        figment::error::Kind::UnknownField(name, known) => {
            format!("there is no key `{name}`; known here: {}", known.join(", "))
        }
        figment::error::Kind::MissingField(name) => format!("`{name}` is missing"),
        figment::error::Kind::InvalidType(found, wanted) => format!("{wanted} is wanted, {} was given", kind_of(found)),
        other => other.to_string(),
    };
    if key.is_empty() { format!("{what}{place}") } else { format!("`{key}`: {what}{place}") }
}

fn kind_of(found: &figment::error::Actual) -> &'static str {
    use figment::error::Actual;
    match found {
        Actual::Bool(_) => "true or false",
        Actual::Unsigned(_) | Actual::Signed(_) => "a whole number",
        Actual::Float(_) => "a fraction",
        Actual::Str(_) | Actual::Char(_) => "text",
        Actual::Map => "a table",
        Actual::Seq => "a list",
        _ => "something else",
    }
}

/// One `--set`.
struct Setting {
    key: String,
    value: String,
}

impl Provider for Setting {
    fn metadata(&self) -> Metadata {
        Metadata::named(format!("--set {}", self.key))
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        // As in the environment: what reads as TOML is that, anything else is text.
        let value: Value = self.value.parse().unwrap_or_else(|never| match never {});
        let nested = figment::util::nest(&self.key, value);
        let dict = nested.into_dict().ok_or_else(|| figment::Error::from("a key and a value are wanted".to_owned()))?;
        Ok(Profile::Default.collect(dict))
    }
}
