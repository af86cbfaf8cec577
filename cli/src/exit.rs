//! How a command ends: exit codes and the words for an error.

use std::fmt::Write;
use std::process::ExitCode;

/// Done.
pub const OK: u8 = 0;
/// Something failed; the message says what.
pub const FAILED: u8 = 1;
/// The command line or the configuration is wrong.
pub const USAGE: u8 = 2;
/// A broker, database, registry or system can't be reached.
pub const UNREACHABLE: u8 = 3;

/// Told at the end of every `--help`.
pub const CODES: &str = "Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 something can't be reached.";

/// An error with an exit code of its own.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command can't be carried out as it was given.
    #[error("{0}")]
    Usage(String),
    /// Something failed in a way that has no type of its own.
    #[error("{0}")]
    Failed(String),
    /// Something can't be reached.
    #[error("{0}")]
    Unreachable(String),
    /// The outcome was shown already; only the code is left.
    #[error("")]
    Told(u8),
}

/// The exit code of an error: the innermost cause that has one decides.
#[must_use]
pub fn code_of(error: &anyhow::Error) -> u8 {
    error.chain().find_map(code_of_cause).unwrap_or(FAILED)
}

fn code_of_cause(cause: &(dyn std::error::Error + 'static)) -> Option<u8> {
    if let Some(failure) = cause.downcast_ref::<Failure>() {
        return Some(match failure {
            Failure::Usage(_) => USAGE,
            Failure::Failed(_) => FAILED,
            Failure::Unreachable(_) => UNREACHABLE,
            Failure::Told(code) => *code,
        });
    }
    if cause.is::<crate::config::Error>() {
        return Some(USAGE);
    }
    if let Some(error) = cause.downcast_ref::<hatbridge_kafka::Error>() {
        use hatbridge_kafka::Error;
        return match error {
            Error::Options(_) => Some(USAGE),
            Error::Brokers { .. } | Error::Publish { .. } | Error::Shut => Some(UNREACHABLE),
            Error::Client { .. } | Error::Encode(_) | Error::Create { .. } | Error::Partitions { .. } | Error::Missing(_) | Error::Stopped => None,
        };
    }
    if let Some(error) = cause.downcast_ref::<hatbridge_store::Error>() {
        use hatbridge_store::Error;
        return match error {
            Error::Url(_) => Some(USAGE),
            Error::Open { .. } => Some(UNREACHABLE),
            Error::Migrate { .. } | Error::Statement { .. } | Error::Closed | Error::Corrupt { .. } | Error::Sealed { .. } => None,
        };
    }
    if let Some(error) = cause.downcast_ref::<reqwest::Error>() {
        return (error.is_connect() || error.is_timeout()).then_some(UNREACHABLE);
    }
    None
}

/// All causes of an error in one line, outermost first, none twice.
#[must_use]
pub fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.contains(&words) {
            let _ = write!(text, ": {words}"); // writing to a String can't fail
        }
        cause = error.source();
    }
    text
}

/// Tells an error on stderr and gives its exit code.
#[must_use]
pub fn tell(error: &anyhow::Error) -> ExitCode {
    let words = causes(error.as_ref());
    if !words.is_empty() {
        eprintln!("hatbridge: {words}");
    }
    ExitCode::from(code_of(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_keeps_its_exit_code_under_context() {
        let usage = anyhow::Error::new(Failure::Usage("no such tenant".into())).context("search");
        assert_eq!(code_of(&usage), USAGE);
        assert_eq!(causes(usage.as_ref()), "search: no such tenant");
        let brokers = hatbridge_kafka::Error::Options(vec!["x".into()]);
        assert_eq!(code_of(&brokers.into()), USAGE);
        assert_eq!(code_of(&anyhow::anyhow!("anything")), FAILED);
        assert_eq!(code_of(&hatbridge_store::Error::Url("x".into()).into()), USAGE);
    }
}
