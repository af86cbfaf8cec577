//! One broker from start to end.

use crate::{Error, Ready, program};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

/// How long it may take until it answers: a folder of millions of records opens in far less.
const START: Duration = Duration::from_secs(30);
/// How often the ready file is looked at meanwhile.
const LOOK: Duration = Duration::from_millis(10);
/// How long it may take to stop before it is killed; it gives its own work half a second.
const STOP: Duration = Duration::from_secs(10);
/// Its exit code when another one holds the folder.
const IN_USE: i32 = 3;
/// As much of the log's end is searched for its last line.
const TAIL: i64 = 4096;

/// How to start it.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Folder of its records, ready file and log; created if missing.
    pub data_dir: PathBuf,
    /// The program; without it, see [`crate::VARIABLE`], then beside the running program.
    pub program: Option<PathBuf>,
}

impl Options {
    /// With its data in `data_dir`, the program found by itself.
    #[must_use]
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self { data_dir: data_dir.into(), program: None }
    }
}

/// A running local broker. When dropped, it stops by itself; also when this process ends, however that
/// happens: it holds the other end of a pipe.
#[derive(Debug)]
pub struct Broker {
    child: Child,
    ready: Ready,
    data_dir: PathBuf,
}

impl Broker {
    /// Starts it on a free port, the one it had before if that is free, and waits until it answers.
    ///
    /// # Errors
    /// [`Error::NoProgram`], [`Error::InUse`] if another process holds the folder, and those of a start
    /// that failed.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let program = program::find(options.program.as_deref())?;
        let folder = |source| Error::Folder { folder: options.data_dir.clone(), source };
        create(&options.data_dir).map_err(folder)?;
        let data_dir = options.data_dir.canonicalize().map_err(folder)?;
        let log = data_dir.join("broker.log");
        let output = File::options().append(true).create(true).open(&log).map_err(folder)?;
        let mut child = Command::new(&program)
            .arg("--data")
            .arg(&data_dir)
            .arg("--parent-pid")
            .arg(std::process::id().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::from(output.try_clone().map_err(folder)?))
            .stderr(Stdio::from(output))
            // A group of its own: Ctrl-C in a terminal reaches the whole group, and the broker must
            // outlive whoever still has something to commit.
            .process_group(0)
            .spawn()
            .map_err(|source| Error::Spawn { program, source })?;
        let ready = ready(&mut child, &data_dir, &log).await?;
        tracing::debug!(pid = ready.pid, address = %ready.address, "the local broker answers");
        Ok(Self { child, ready, data_dir })
    }

    /// Its address for clients, `127.0.0.1:PORT`.
    #[must_use]
    pub fn brokers(&self) -> &str {
        &self.ready.address
    }

    /// Its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.ready.pid
    }

    /// Its folder, absolute.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Lets it finish what is under way and waits for its end; kills it if that takes too long, which
    /// loses nothing acknowledged.
    ///
    /// # Errors
    /// [`Error::Wait`] if its end can't be seen.
    pub async fn stop(mut self) -> Result<(), Error> {
        drop(self.child.stdin.take());
        match timeout(STOP, self.child.wait()).await {
            Ok(ended) => ended.map(drop).map_err(|source| Error::Wait { pid: self.ready.pid, source }),
            Err(_) => self.kill().await,
        }
    }

    /// Kills it at once, like a crash would, and waits for its end.
    ///
    /// # Errors
    /// [`Error::Wait`] if its end can't be seen.
    pub async fn kill(mut self) -> Result<(), Error> {
        let pid = self.ready.pid;
        self.child.kill().await.map_err(|source| Error::Wait { pid, source })
    }

    /// Waits until it ends by itself: a crash, or somebody stopped it.
    ///
    /// # Errors
    /// [`Error::Wait`] if its end can't be seen.
    pub async fn ended(&mut self) -> Result<std::process::ExitStatus, Error> {
        let pid = self.ready.pid;
        // `Child::wait` would close its standard input, which stops it.
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Ok(status),
                Ok(None) => sleep(LOOK * 10).await,
                Err(source) => return Err(Error::Wait { pid, source }),
            }
        }
    }
}

/// For its owner only: records hold personal data.
fn create(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Waits for the ready file of this child (one left by a crash has another pid) and a connection.
async fn ready(child: &mut Child, data_dir: &Path, log: &Path) -> Result<Ready, Error> {
    let pid = child.id().unwrap_or_default();
    let deadline = Instant::now() + START;
    loop {
        if let Some(status) = child.try_wait().map_err(|source| Error::Wait { pid, source })? {
            return Err(if status.code() == Some(IN_USE) {
                Error::InUse { folder: data_dir.to_owned(), holder: Ready::read(data_dir) }
            } else {
                Error::Ended { status, log: log.to_owned(), last: last_line(log) }
            });
        }
        if let Some(ready) = Ready::read(data_dir).filter(|ready| ready.pid == pid)
            && TcpStream::connect(&ready.address).await.is_ok()
        {
            return Ok(ready);
        }
        if Instant::now() >= deadline {
            child.kill().await.map_err(|source| Error::Wait { pid, source })?;
            return Err(Error::NotReady { seconds: START.as_secs(), log: log.to_owned() });
        }
        sleep(LOOK).await;
    }
}

fn last_line(log: &Path) -> String {
    let read = || -> std::io::Result<String> {
        let mut file = File::open(log)?;
        if file.seek(SeekFrom::End(-TAIL)).is_err() {
            file.seek(SeekFrom::Start(0))?;
        }
        let mut end = Vec::new();
        file.read_to_end(&mut end)?;
        Ok(String::from_utf8_lossy(&end).lines().rfind(|line| !line.trim().is_empty()).unwrap_or("(nothing)").to_owned())
    };
    read().unwrap_or_else(|error| format!("(unreadable: {error})"))
}
