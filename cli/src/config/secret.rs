//! Secrets in the configuration: named, read late, never shown.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::path::PathBuf;

/// Where a secret is, or the secret itself.
#[derive(Clone, Default)]
pub enum Secret {
    /// Not set.
    #[default]
    Unset,
    /// In an environment variable.
    Env(String),
    /// In a file; the line's end is not part of it.
    File(PathBuf),
    /// Written into the configuration.
    Plain(SecretString),
}

impl Secret {
    /// A secret at hand.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::Plain(SecretString::from(text.into()))
    }

    /// Whether nothing is configured.
    #[must_use]
    pub fn is_unset(&self) -> bool {
        matches!(self, Self::Unset)
    }

    /// The secret itself; `None` if it is not set.
    ///
    /// # Errors
    /// What is wrong and what to do, without the secret.
    pub fn resolve(&self) -> Result<Option<SecretString>, String> {
        let found = match self {
            Self::Unset => return Ok(None),
            Self::Plain(secret) => return Ok(Some(secret.clone())),
            Self::Env(name) => std::env::var(name).map_err(|_| format!("the environment variable {name} is not set; set it for this process"))?,
            Self::File(path) => {
                std::fs::read_to_string(path).map_err(|error| format!("{} can't be read ({}); make it readable for this user", path.display(), error.kind()))?
            }
        };
        let text = found.trim_end_matches(['\n', '\r']);
        if text.is_empty() {
            return Err(format!("{self} is empty"));
        }
        Ok(Some(SecretString::from(text)))
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        if text.is_empty() {
            Self::Unset
        } else if let Some(name) = text.strip_prefix("env:") {
            Self::Env(name.to_owned())
        } else if let Some(path) = text.strip_prefix("file:") {
            Self::File(path.into())
        } else {
            Self::plain(text)
        }
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Unset, Self::Unset) => true,
            (Self::Env(a), Self::Env(b)) => a == b,
            (Self::File(a), Self::File(b)) => a == b,
            (Self::Plain(a), Self::Plain(b)) => a.expose_secret() == b.expose_secret(),
            _ => false,
        }
    }
}

/// Says where it is, never what it is.
impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unset => Ok(()),
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Plain(_) => f.write_str("(hidden)"),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({self})")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::from(text.as_str()))
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_secret_is_read_where_it_is_and_never_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "hush\n").unwrap();
        let secret = Secret::from(format!("file:{}", path.display()).as_str());
        assert_eq!(secret.resolve().unwrap().unwrap().expose_secret(), "hush");
        let plain = Secret::from("hush");
        assert_eq!(format!("{plain} {plain:?}"), "(hidden) Secret((hidden))");
        assert_eq!(serde_json::to_string(&plain).unwrap(), "\"(hidden)\"");
        assert!(Secret::from("").resolve().unwrap().is_none());
    }

    #[test]
    fn a_secret_that_is_not_there_says_where_it_should_be() {
        let error = Secret::from("env:HATBRIDGE_TEST_NOT_SET_ANYWHERE").resolve().unwrap_err();
        assert!(error.contains("HATBRIDGE_TEST_NOT_SET_ANYWHERE"), "{error}");
        assert!(Secret::from("file:/nowhere/at/all").resolve().unwrap_err().contains("/nowhere/at/all"));
    }
}
