//! `schemas`.

use super::{Global, print, print_json};
use crate::exit::{self, Failure};
use anyhow::Context;
use clap::Subcommand;
use hatbridge_schemas::topics::Topics;
use hatbridge_schemas::{Subject, compat};
use serde_json::json;
use std::path::PathBuf;

/// `hatbridge schemas`
#[derive(Debug, Subcommand)]
pub(crate) enum Schemas {
    /// Check that every version reads what every older version wrote (BACKWARD_TRANSITIVE)
    Check {
        /// Check the files of a folder (`avro/`) instead of those compiled in
        #[arg(long, value_name = "FOLDER")]
        dir: Option<PathBuf>,
        /// For scripts
        #[arg(long)]
        json: bool,
    },
    /// List subjects, versions and fingerprints
    List {
        /// For scripts
        #[arg(long)]
        json: bool,
    },
    /// Print a schema
    Show {
        /// `event` or `dead_letter`
        subject: String,
        /// Its version; the newest if left out
        #[arg(long = "schema-version", value_name = "N")]
        version: Option<usize>,
    },
    /// Register all schemas at `kafka.registry_url`, under the topics' names
    Register {
        /// For scripts
        #[arg(long)]
        json: bool,
    },
}

impl Schemas {
    pub(crate) async fn carry_out(self, global: &Global) -> anyhow::Result<()> {
        match self {
            Self::Check { dir, json } => {
                let report = match dir {
                    Some(dir) => compat::check_dir(&dir)?,
                    None => compat::check_shipped(),
                };
                if json {
                    print_json(&report)?
                } else {
                    print(&report.to_string())?
                }
                if report.is_ok() { Ok(()) } else { Err(Failure::Told(exit::FAILED).into()) }
            }
            Self::List { json } => {
                let subjects = compat::check_shipped().subjects;
                if json {
                    return print_json(&subjects);
                }
                let line = |s: &compat::SubjectReport| {
                    s.versions.iter().zip(&s.fingerprints).map(|(v, f)| format!("{:<12} {v:>3}  {f}\n", s.subject)).collect::<String>()
                };
                print(&subjects.iter().map(line).collect::<String>())
            }
            Self::Show { subject, version } => {
                let found = Subject::ALL.iter().find(|s| s.as_str() == subject).ok_or_else(|| {
                    let names: Vec<_> = Subject::ALL.iter().map(|s| s.as_str()).collect();
                    Failure::Usage(format!("there is no subject `{subject}`; there are: {}", names.join(", ")))
                })?;
                let texts = found.texts();
                let at = version.unwrap_or(texts.len());
                let text =
                    at.checked_sub(1).and_then(|at| texts.get(at)).ok_or_else(|| Failure::Usage(format!("`{subject}` has versions 1 to {}", texts.len())))?;
                print(text)
            }
            Self::Register { json } => register(global, json).await,
        }
    }
}

async fn register(global: &Global, as_json: bool) -> anyhow::Result<()> {
    let config = global.load()?;
    let registry = crate::wiring::bus::registry(&config)?.ok_or_else(|| Failure::Usage("no schema registry is configured; set `kafka.registry_url`".into()))?;
    let topics = Topics::new(&config.kafka.topic_prefix)?;
    let mut done = vec![];
    let subjects = topics.of_events().into_iter().map(|topic| (Subject::Event, topic)).chain([(Subject::DeadLetter, topics.dead_letters())]);
    for (subject, topic) in subjects {
        let id = registry.register_shipped(subject, topic).await.map_err(|error| {
            let told = exit::causes(&error);
            if error.is_retryable() { Failure::Unreachable(told) } else { Failure::Failed(told) }
        })?;
        done.push((topic, subject, id));
    }
    if as_json {
        let rows: Vec<_> = done.iter().map(|(topic, subject, id)| json!({"subject": format!("{topic}-value"), "schema": subject.as_str(), "id": id})).collect();
        return print_json(&rows);
    }
    print(&done.iter().map(|(topic, _, id)| format!("{topic}-value: id {id}\n")).collect::<String>()).context("can't print")
}
