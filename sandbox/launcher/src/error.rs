//! What can go wrong with the local broker.

use crate::Ready;
use std::path::PathBuf;
use std::process::ExitStatus;

/// Why the local broker did not start or stop.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No program was found.
    #[error(
        "the program `hatbridge-broker` is not there (looked at {}); build it with `cargo build --release -p hatbridge-broker`, or name it in HATBRIDGE_BROKER",
        .looked.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
    )]
    NoProgram {
        /// Where it was looked for.
        looked: Vec<PathBuf>,
    },
    /// It could not be run.
    #[error("{} can't be run", .program.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The data folder could not be used.
    #[error("the broker's data folder {} can't be used", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Another broker holds the folder.
    #[error(
        "the data folder {} is in use by a broker {}; use that one, stop it, or name another folder",
        .folder.display(),
        .holder.as_ref().map_or_else(|| "that is just starting or stopping".to_owned(), |ready| format!("with pid {} at {}", ready.pid, ready.address))
    )]
    InUse {
        /// The folder.
        folder: PathBuf,
        /// Who holds it, if it has said so.
        holder: Option<Ready>,
    },
    /// It ended before it was ready.
    #[error("the broker ended before it was ready ({status}); its log {} ends with: {last}", .log.display())]
    Ended {
        /// How it ended.
        status: ExitStatus,
        /// Its log.
        log: PathBuf,
        /// The last line of the log.
        last: String,
    },
    /// It did not become ready in time, and was killed.
    #[error("the broker was not ready after {seconds} s and was killed; its log is {}", .log.display())]
    NotReady {
        /// How long was waited.
        seconds: u64,
        /// Its log.
        log: PathBuf,
    },
    /// It could not be waited for.
    #[error("the broker with pid {pid} can't be waited for")]
    Wait {
        /// Its process.
        pid: u32,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}
