//! Webhooks on disk while the broker or the database is away.
//!
//! Append-only segment files `0000000000000001.spool`, each record framed with its length and a
//! checksum. An append is answered after `fdatasync`; appends that arrive together share one. What
//! was published is noted in the file `position`, which need not be synced: a record read twice is
//! the same event twice, and the capture knows it. A torn tail (a crash in the middle of a write) was
//! never answered, so it is cut off at start. One process a folder, kept by a lock file.

mod frame;
mod recover;
mod segment;
#[cfg(test)]
mod tests;

use crate::Error;
pub use frame::Entry;
use frame::frame;
use segment::{Append, Writer};
use std::collections::{HashSet, VecDeque};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::{Notify, mpsc, oneshot};

/// Appends waiting for the writer: bounds memory together with the receiver's body limit.
const QUEUE: usize = 256;

/// Where the spool lies and how large it may grow.
#[derive(Debug, Clone)]
pub struct Options {
    /// Folder, created if missing.
    pub folder: PathBuf,
    /// Bytes on disk.
    pub bytes: u64,
    /// A segment is closed at this size.
    pub segment_bytes: u64,
}

/// A place in the spool: everything before it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Position {
    pub(crate) segment: u64,
    pub(crate) offset: u64,
}

#[derive(Debug)]
pub(crate) struct Segment {
    number: u64,
    /// Bytes that are durable: readers stop there.
    durable: u64,
}

/// What writer and reader share.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    segments: VecDeque<Segment>,
    read: Position,
    waiting: u64,
    /// Bytes on disk and reserved by appends on their way.
    bytes: u64,
    ids: HashSet<(String, String)>,
}

/// The spool; cheap to clone. The writer's thread ends when the last one is dropped.
#[derive(Debug, Clone)]
pub struct Spool {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    options: Options,
    shared: Arc<Mutex<Shared>>,
    appends: mpsc::Sender<Append>,
    arrived: Arc<Notify>,
    /// Held for as long as the spool lives.
    _lock: File,
}

fn held(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().expect("nothing panics while it is held")
}

impl Spool {
    /// Opens the folder and recovers what a former process left.
    ///
    /// # Errors
    /// [`Error::Spool`] if the folder can't be written or belongs to a running process.
    pub fn open(options: Options) -> Result<Self, Error> {
        let failed = |what| {
            let folder = options.folder.clone();
            move |source| Error::Spool { folder, what, source }
        };
        std::fs::create_dir_all(&options.folder).map_err(failed("create the folder, or name another one"))?;
        let lock = File::create(options.folder.join("lock")).map_err(failed("make the folder writable"))?;
        lock.try_lock().map_err(|error| {
            failed("another process uses it: give each receiver a folder of its own")(match error {
                std::fs::TryLockError::Error(source) => source,
                std::fs::TryLockError::WouldBlock => std::io::Error::from(std::io::ErrorKind::WouldBlock),
            })
        })?;
        let recovered = recover::recover(&options.folder).map_err(failed("make its files readable and writable"))?;
        if recovered.waiting > 0 {
            tracing::info!(waiting = recovered.waiting, "webhooks of a former run wait in the spool");
        }
        let next = recovered.segments.back().map_or(1, |s| s.number + 1);
        let shared = Arc::new(Mutex::new(recovered));
        let (appends, inbox) = mpsc::channel(QUEUE);
        let arrived = Arc::new(Notify::new());
        let writer = Writer::new(options.clone(), Arc::clone(&shared), Arc::clone(&arrived), next);
        std::thread::Builder::new().name("spool".into()).spawn(move || writer.run(inbox)).map_err(failed("the system has no threads left"))?;
        Ok(Self { inner: Arc::new(Inner { options, shared, appends, arrived, _lock: lock }) })
    }

    /// Webhooks that wait.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        held(&self.inner.shared).waiting
    }

    /// Whether a webhook of that id waits.
    #[must_use]
    pub fn holds(&self, system: &str, webhook_id: &str) -> bool {
        held(&self.inner.shared).ids.contains(&(system.to_owned(), webhook_id.to_owned()))
    }

    /// Writes an entry; answers once it is on disk.
    ///
    /// # Errors
    /// [`Error::SpoolFull`], [`Error::Spool`]: then the sender must be told to come again.
    pub async fn append(&self, entry: &Entry) -> Result<(), Error> {
        let bytes = frame(entry);
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        // The place in the queue first: from the reservation on nothing may be dropped half-way.
        let place = self.inner.appends.reserve().await.map_err(|_| Error::SpoolClosed)?;
        {
            let mut shared = held(&self.inner.shared);
            if shared.bytes.saturating_add(length) > self.inner.options.bytes {
                return Err(Error::SpoolFull { bytes: self.inner.options.bytes });
            }
            shared.bytes += length;
        }
        let id = entry.webhook_id.as_ref().map(|id| (entry.system.as_str().to_owned(), id.clone()));
        let (answer, written) = oneshot::channel();
        place.send(Append { bytes, id, answer });
        written.await.map_err(|_| Error::SpoolClosed)?.map_err(|source| Error::Spool {
            folder: self.inner.options.folder.clone(),
            what: "the disk is full or failing",
            source,
        })
    }

    /// Waits until something is in the spool.
    pub async fn arrival(&self) {
        loop {
            let arrived = self.inner.arrived.notified();
            if self.waiting() > 0 {
                return;
            }
            arrived.await;
        }
    }

    /// The oldest entries, at most `most`, and the position after them. Damaged records are skipped
    /// with their segment kept for a person to look at.
    ///
    /// # Errors
    /// [`Error::Spool`] if the disk fails.
    pub async fn peek(&self, most: usize) -> Result<(Vec<Entry>, Position), Error> {
        let this = self.clone();
        tokio::task::spawn_blocking(move || this.peek_blocking(most)).await.map_err(|_| Error::SpoolClosed)?
    }

    fn peek_blocking(&self, most: usize) -> Result<(Vec<Entry>, Position), Error> {
        let (mut at, segments): (Position, Vec<(u64, u64)>) = {
            let shared = held(&self.inner.shared);
            (shared.read, shared.segments.iter().map(|s| (s.number, s.durable)).collect())
        };
        let mut entries = vec![];
        for (number, durable) in segments {
            if number < at.segment {
                continue;
            }
            if number > at.segment {
                at = Position { segment: number, offset: 0 };
            }
            if at.offset >= durable {
                continue;
            }
            let path = recover::path_of(&self.inner.options.folder, number);
            let mut bytes = vec![];
            File::open(&path)
                .and_then(|mut file| {
                    file.seek(SeekFrom::Start(at.offset))?;
                    file.take(durable - at.offset).read_to_end(&mut bytes)
                })
                .map_err(|source| Error::Spool { folder: self.inner.options.folder.clone(), what: "its files can't be read", source })?;
            let mut rest = &bytes[..];
            while entries.len() < most {
                let Some((entry, length)) = frame::unframe(rest) else {
                    if !rest.is_empty() {
                        tracing::error!(segment = number, bytes = rest.len(), "a segment of the spool is damaged; it is kept as .damaged, look at it");
                        recover::keep_damaged(&path);
                        at.offset = durable;
                    }
                    break;
                };
                entries.push(entry);
                at.offset += length as u64;
                rest = &rest[length..];
            }
            if entries.len() >= most {
                break;
            }
        }
        Ok((entries, at))
    }

    /// Keeps an entry that can't be published in the folder `refused`, for a person to look at.
    ///
    /// # Errors
    /// [`Error::Spool`] if that can't be written: then the entry must stay where it is.
    pub fn set_aside(&self, entry: &Entry) -> Result<(), Error> {
        let folder = self.inner.options.folder.join("refused");
        let bytes = frame(entry);
        // Named by its content: doing it again makes no second file.
        let name = crate::capture::content::of_text(&String::from_utf8_lossy(&bytes));
        std::fs::create_dir_all(&folder)
            .and_then(|()| {
                let path = folder.join(format!("{}-{name}.spool", entry.event.replace(|c: char| !c.is_ascii_alphanumeric(), "_")));
                std::fs::write(&path, &bytes)?;
                File::open(&path)?.sync_all()
            })
            .map_err(|source| Error::Spool { folder, what: "make it writable", source })
    }

    /// Notes that everything before `position` is published (`entries` of them); deletes what is
    /// no longer needed.
    pub fn done(&self, entries: &[Entry], position: Position) {
        let drop_before = {
            let mut shared = held(&self.inner.shared);
            shared.read = position;
            shared.waiting = shared.waiting.saturating_sub(entries.len() as u64);
            for entry in entries {
                if let Some(id) = &entry.webhook_id {
                    shared.ids.remove(&(entry.system.as_str().to_owned(), id.clone()));
                }
            }
            if shared.segments.back().is_some_and(|s| s.number == position.segment && s.durable <= position.offset) {
                // The very end: whatever the counts say (damage was skipped), nothing waits.
                shared.waiting = 0;
                shared.ids.clear();
            }
            let mut gone = vec![];
            // The last one belongs to the writer.
            while shared.segments.len() > 1
                && shared.segments.front().is_some_and(|s| s.number < position.segment || (s.number == position.segment && s.durable <= position.offset))
            {
                if let Some(segment) = shared.segments.pop_front() {
                    shared.bytes = shared.bytes.saturating_sub(segment.durable);
                    gone.push(segment.number);
                }
            }
            gone
        };
        recover::write_position(&self.inner.options.folder, position);
        for number in drop_before {
            remove(&recover::path_of(&self.inner.options.folder, number));
        }
    }
}

pub(crate) fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_file(path) {
        tracing::warn!(%error, "a finished segment of the spool can't be deleted; delete it by hand");
    }
}
