//! Where a test runs: its own topics, group and database, on the local broker with SQLite or on
//! Apache Kafka with PostgreSQL.

use hatbridge_launcher::{Broker, Options};
use sqlx::{ConnectOptions, Connection, Executor};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use tempfile::TempDir;
use tokio::sync::{OnceCell, Semaphore};

/// Bootstrap addresses of a Kafka with three brokers.
pub const KAFKA: &str = "HATBRIDGE_TEST_KAFKA";
/// URL of a PostgreSQL whose user may create databases.
pub const POSTGRES: &str = "HATBRIDGE_TEST_POSTGRES";
/// File that skipped tests are written to.
pub const SKIPS: &str = "HATBRIDGE_TEST_SKIPS";

/// Which broker and database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// The local broker and SQLite.
    Local,
    /// Apache Kafka and PostgreSQL.
    Cluster,
}

/// One test's own place.
#[derive(Debug)]
pub struct Place {
    /// Which broker and database it has.
    pub backend: Backend,
    /// Prefix of its topics, and its consumer group.
    pub name: String,
    /// The brokers' addresses.
    pub brokers: String,
    /// The database's URL; empty: SQLite in the data folder.
    pub database: String,
    /// Its folder, gone with it.
    pub folder: TempDir,
    postgres: Option<String>,
}

/// The local broker of this process; all tests share it, each with topics of its own.
static LOCAL: OnceCell<Broker> = OnceCell::const_new();
/// How much may go on at once on two cores.
static ROOM: Semaphore = Semaphore::const_new(ALL as usize);
const ALL: u32 = 4;

/// Runs a scenario in a place of its own, or says that it can't.
pub async fn run(backend: Backend, name: &str, scenario: impl AsyncFnOnce(Place)) {
    within_room(1, backend, name, scenario).await;
}

/// Runs a scenario that needs most of the machine.
pub async fn run_heavy(backend: Backend, name: &str, scenario: impl AsyncFnOnce(Place)) {
    within_room(ALL - 1, backend, name, scenario).await;
}

async fn within_room(permits: u32, backend: Backend, name: &str, scenario: impl AsyncFnOnce(Place)) {
    let _room = ROOM.acquire_many(permits).await.expect("it is never closed");
    match Place::take(backend).await {
        Ok(place) => scenario(place).await,
        Err(why) => skip(name, &why),
    }
}

/// A test that can't run here says so, and tells whoever counts.
pub fn skip(name: &str, why: &str) {
    let line = format!("SKIPPED hatbridge-tests {name}: {why}\n");
    print!("{line}");
    if let Some(file) = std::env::var_os(SKIPS) {
        let written = std::fs::OpenOptions::new().create(true).append(true).open(file).and_then(|mut file| file.write_all(line.as_bytes()));
        assert!(written.is_ok(), "the file of {SKIPS} can't be written");
    }
}

fn variable(name: &str) -> Result<String, String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty()).ok_or_else(|| format!("{name} is not set; `cargo xtask test` starts what it needs"))
}

impl Place {
    /// A fresh one.
    ///
    /// # Errors
    /// Why there is none here.
    ///
    /// # Panics
    /// If what is there does not work.
    pub async fn take(backend: Backend) -> Result<Self, String> {
        let name = format!("t{}", uuid::Uuid::new_v4().simple());
        let folder = tempfile::Builder::new().prefix("hatbridge-test-").tempdir().expect("a folder for the test");
        Ok(match backend {
            Backend::Local => Self { backend, name, brokers: local_broker().await, database: String::new(), folder, postgres: None },
            Backend::Cluster => {
                let (brokers, postgres) = (variable(KAFKA)?, variable(POSTGRES)?);
                let database = with_database(&postgres, &name);
                ask(&postgres, &format!("CREATE DATABASE {name}")).await;
                Self { backend, name, brokers, database, folder, postgres: Some(postgres) }
            }
        })
    }

    /// Copies of each partition.
    #[must_use]
    pub fn replication(&self) -> i32 {
        match self.backend {
            Backend::Local => 1,
            Backend::Cluster => 3,
        }
    }

    /// Where hatbridge keeps its data.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// URL of the database it uses.
    #[must_use]
    pub fn database_url(&self) -> String {
        if self.database.is_empty() { format!("sqlite://{}", self.data().join("hatbridge.db").display()) } else { self.database.clone() }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(postgres) = self.postgres.take() else { return };
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // In a thread of its own: this may run within a runtime, and also while a test panics.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(ask(&postgres, &statement));
        });
        if dropped.join().is_err() {
            eprintln!("the database {} was not dropped", self.name);
        }
    }
}

async fn ask(url: &str, statement: &str) {
    let options = sqlx::postgres::PgConnectOptions::from_str(url).expect("a URL of PostgreSQL").disable_statement_logging();
    let mut connection = options.connect().await.expect("PostgreSQL can be reached");
    connection.execute(sqlx::AssertSqlSafe(statement.to_owned())).await.expect("PostgreSQL does as it is told");
    connection.close().await.expect("the connection ends");
}

/// The same server, another database.
fn with_database(url: &str, name: &str) -> String {
    let (address, query) = url.split_once('?').map_or((url, String::new()), |(address, query)| (address, format!("?{query}")));
    let host = address.find("://").map_or(0, |at| at + 3);
    let end = address[host..].find('/').map_or(address.len(), |at| host + at);
    format!("{}/{name}{query}", &address[..end])
}

/// The broker's program: the one named, else beside the tests' or one folder up.
fn broker_program() -> Option<PathBuf> {
    std::env::var_os(hatbridge_launcher::VARIABLE).map(PathBuf::from)
}

/// Starts a broker with its data in `folder`.
///
/// # Panics
/// If it does not start.
pub async fn broker_in(folder: &Path) -> Broker {
    let options = Options { data_dir: folder.to_owned(), program: broker_program() };
    match Broker::start(options).await {
        Ok(broker) => broker,
        Err(error) => panic!("the local broker did not start: {error}"),
    }
}

/// It ends with this process: it holds the other end of a pipe. Its folder is removed by the next
/// run, since nothing runs after the last test.
async fn local_broker() -> String {
    let broker = LOCAL.get_or_init(|| async {
        let all = std::env::temp_dir().join("hatbridge-tests");
        sweep(&all);
        broker_in(&all.join(std::process::id().to_string())).await
    });
    broker.await.brokers().to_owned()
}

/// Removes the folders of processes that are gone.
fn sweep(all: &Path) {
    for folder in std::fs::read_dir(all).into_iter().flatten().flatten() {
        let alive = Path::new("/proc").join(folder.file_name()).exists();
        if !alive {
            let _ = std::fs::remove_dir_all(folder.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn a_url_keeps_everything_but_its_database() {
        assert_eq!(with_database("postgres://u:p@h:5/postgres?sslmode=disable", "x"), "postgres://u:p@h:5/x?sslmode=disable");
        assert_eq!(with_database("postgres://u@h", "x"), "postgres://u@h/x");
    }
}
