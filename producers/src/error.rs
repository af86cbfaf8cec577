//! What can go wrong while capturing.

use std::net::SocketAddr;
use std::path::PathBuf;

/// An error of this crate. No variant holds a body, a secret or personal data.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The receiver can't listen.
    #[error("can't listen on {listen}: choose a free port with `webhooks.listen`")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// The receiver stopped serving.
    #[error("the webhook receiver stopped serving")]
    Serve(#[source] std::io::Error),
    /// A key of the configuration is not a public key.
    #[error("key {position} of `webhooks.{setting}` is not {expected}; copy it again from HighLevel's documentation, with nothing left out")]
    Key {
        /// The setting.
        setting: &'static str,
        /// Which of them, from 1.
        position: usize,
        /// What it should be.
        expected: &'static str,
    },
    /// The spool can't be used.
    #[error("the spool in {folder} can't be used: {what}")]
    Spool {
        /// The folder.
        folder: PathBuf,
        /// What failed, and what to do.
        what: &'static str,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// The spool holds as much as it may.
    #[error("the spool is full ({bytes} bytes): bring the broker back or raise `webhooks.spool_bytes`")]
    SpoolFull {
        /// Its limit.
        bytes: u64,
    },
    /// The spool was closed because the program is shutting down.
    #[error("the spool is closed")]
    SpoolClosed,
    /// The event was not published.
    #[error("an event could not be published")]
    Publish(#[from] hatbridge_kafka::Error),
    /// The database failed.
    #[error("the database failed while capturing")]
    Store(#[from] hatbridge_store::Error),
    /// The time allowed ran out.
    #[error("publishing took longer than {0:?}")]
    Deadline(std::time::Duration),
    /// A system refused or failed to answer a poll.
    #[error("{system} did not answer the poll of {resource}: {reason}")]
    Poll {
        /// The system asked.
        system: hatbridge_schemas::System,
        /// What was asked for.
        resource: &'static str,
        /// Its words, masked.
        reason: String,
    },
    /// The stored cursor makes no sense.
    #[error("the stored cursor of {resource} can't be read; remove the row from `cursors` to begin again at `polling.start`")]
    Cursor {
        /// The resource.
        resource: &'static str,
    },
    /// Another process took the poll over.
    #[error("the lease {0} was lost to another process")]
    LeaseLost(String),
    /// The program is shutting down.
    #[error("stopped")]
    Stopped,
}

impl Error {
    /// Whether the same call may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Publish(source) => source.is_retryable(),
            Self::Store(_) | Self::Deadline(_) | Self::Poll { .. } | Self::LeaseLost(_) | Self::SpoolFull { .. } | Self::SpoolClosed | Self::Stopped => true,
            Self::Spool { .. } | Self::Listen { .. } | Self::Serve(_) | Self::Key { .. } | Self::Cursor { .. } => false,
        }
    }
}
