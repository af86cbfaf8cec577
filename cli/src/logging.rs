//! Logs: tracing to stderr, or to a file where the terminal shows something else.

use crate::config::{Log, LogFormat};
use std::fs::File;
use std::sync::Arc;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

/// Libraries whose own words help nobody at our level.
const QUIETER: [&str; 4] = ["sqlx=warn", "hyper_util=warn", "reqwest=warn", "h2=warn"];

/// Starts logging; a second call changes nothing.
pub fn start(log: &Log, file: Option<File>) {
    let directives = format!("{},{}", QUIETER.join(","), log.level);
    let filter = EnvFilter::try_new(directives).unwrap_or_else(|_| EnvFilter::new("info"));
    let ansi = file.is_none() && std::io::IsTerminal::is_terminal(&std::io::stderr());
    let writer = match file {
        Some(file) => BoxMakeWriter::new(Arc::new(file)),
        None => BoxMakeWriter::new(std::io::stderr),
    };
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_ansi(ansi);
    // It fails only if a logger is set already, as in tests.
    let _ = match log.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
}
