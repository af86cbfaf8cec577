//! The data folder: one broker at a time, and the address it had.

use anyhow::Context;
use std::fs::{File, TryLockError};
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tokio::net::TcpListener;

/// A data folder held by this process until dropped.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Locked; the system lets go of it however the process ends.
    _lock: File,
}

/// Another broker holds the folder.
#[derive(Debug)]
pub struct InUse {
    folder: PathBuf,
    pid: String,
}

impl std::fmt::Display for InUse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { folder, pid } = self;
        write!(f, "the data folder {} is in use by the broker with pid {pid}; use that one, stop it, or name another folder", folder.display())
    }
}

impl std::error::Error for InUse {}

impl Folder {
    /// Creates the folder if it is missing (for its owner only: records hold personal data) and locks it.
    ///
    /// # Errors
    /// [`InUse`] if another process holds it; else what the file system says.
    pub fn take(path: &Path) -> anyhow::Result<Self> {
        use std::os::unix::fs::DirBuilderExt;
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).with_context(|| format!("can't create the data folder {}", path.display()))?;
        let path = path.canonicalize().with_context(|| format!("can't find the data folder {}", path.display()))?;
        let name = path.join("broker.lock");
        let mut lock =
            File::options().read(true).write(true).create(true).truncate(false).open(&name).with_context(|| format!("can't open {}", name.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                // Unreadable or just being written: the message is right without it.
                let _ = lock.read_to_string(&mut pid);
                let pid = if pid.trim().is_empty() { "unknown".to_owned() } else { pid.trim().to_owned() };
                return Err(InUse { folder: path, pid }.into());
            }
            Err(TryLockError::Error(error)) => return Err(error).with_context(|| format!("can't lock {}", name.display())),
        }
        lock.set_len(0).and_then(|()| writeln!(lock, "{}", std::process::id())).with_context(|| format!("can't write {}", name.display()))?;
        Ok(Self { path, _lock: lock })
    }

    /// Where it is, absolute.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The ready file's default place.
    pub fn ready_file(&self) -> PathBuf {
        self.path.join("broker.json")
    }

    /// The log.
    pub fn log_file(&self) -> PathBuf {
        self.path.join("broker.log")
    }

    /// Binds `wanted`. For port 0 the last run's address is tried first: clients that outlived a crash
    /// of the broker then find it again.
    ///
    /// # Errors
    /// If the address can't be bound.
    pub async fn listen(&self, wanted: SocketAddr) -> anyhow::Result<TcpListener> {
        let memory = self.path.join("last-address");
        let last = std::fs::read_to_string(&memory).ok().and_then(|text| text.trim().parse::<SocketAddr>().ok());
        let again = match last {
            Some(last) if wanted.port() == 0 && last.ip() == wanted.ip() => TcpListener::bind(last).await.ok(),
            _ => None,
        };
        let listener = match again {
            Some(listener) => listener,
            None => TcpListener::bind(wanted).await.with_context(|| format!("can't listen on {wanted}"))?,
        };
        let address = listener.local_addr().context("the listener has no address")?;
        std::fs::write(&memory, address.to_string()).with_context(|| format!("can't write {}", memory.display()))?;
        Ok(listener)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_folder_is_held_by_one_broker_and_the_other_is_told_by_whom() {
        let dir = tempfile::tempdir().unwrap();
        let held = Folder::take(dir.path()).unwrap();
        let refused = Folder::take(dir.path()).unwrap_err();
        assert!(refused.is::<InUse>());
        assert!(refused.to_string().contains(&format!("pid {}", std::process::id())), "{refused}");
        drop(held);
        Folder::take(dir.path()).unwrap();
    }

    #[tokio::test]
    async fn the_last_address_is_taken_again_unless_somebody_else_has_it() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::take(dir.path()).unwrap();
        let any = "127.0.0.1:0".parse().unwrap();
        let first = folder.listen(any).await.unwrap();
        let address = first.local_addr().unwrap();
        let other = folder.listen(any).await.unwrap().local_addr().unwrap();
        assert_ne!(other, address);
        drop(first);
        std::fs::write(dir.path().join("last-address"), address.to_string()).unwrap();
        assert_eq!(folder.listen(any).await.unwrap().local_addr().unwrap(), address);
    }
}
