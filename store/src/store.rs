//! Opening the database: pools, pragmas, migrations.

use crate::{Error, writer};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyPool, Executor};
use std::str::FromStr;
use std::sync::{Arc, Once};
use std::time::Duration;

/// How to open the store.
#[derive(Debug, Clone)]
pub struct Options {
    /// `sqlite:///path/file.db` or `postgres://user@host/db`.
    pub url: String,
    /// Connections for reading (a further one writes).
    pub connections: u32,
    /// How long to wait for a connection.
    pub timeout: Duration,
}

impl Options {
    /// Options with defaults for a URL.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), connections: 4, timeout: Duration::from_secs(10) }
    }
}

/// The store; cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) pool: AnyPool,
    pub(crate) writer: writer::Handle,
    /// Tells this process from others in claims.
    pub(crate) owner: Arc<str>,
    postgres: bool,
}

impl Store {
    /// Opens the database, creates the SQLite file if there is none, and runs the migrations.
    ///
    /// # Errors
    /// [`Error::Url`], [`Error::Open`], [`Error::Migrate`].
    pub async fn open(options: &Options) -> Result<Self, Error> {
        static DRIVERS: Once = Once::new();
        DRIVERS.call_once(sqlx::any::install_default_drivers);
        let shown = masked(&options.url);
        let postgres = options.url.starts_with("postgres://") || options.url.starts_with("postgresql://");
        if !postgres && !options.url.starts_with("sqlite:") {
            return Err(Error::Url(shown));
        }
        let mut url = options.url.clone();
        if !postgres && !url.contains("mode=") {
            url.push_str(if url.contains('?') { "&mode=rwc" } else { "?mode=rwc" });
        }
        let connect = AnyConnectOptions::from_str(&url).map_err(|source| Error::Open { url: shown.clone(), source })?;
        let build = |most: u32| {
            AnyPoolOptions::new().max_connections(most).min_connections(1).acquire_timeout(options.timeout).after_connect(move |connection, _| {
                Box::pin(async move {
                    if !postgres {
                        // FULL, not NORMAL: an intent that a power cut takes back would let an
                        // effect happen twice. Commits are grouped, so it is cheap.
                        connection
                            .execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 15000; PRAGMA foreign_keys = ON;")
                            .await?;
                    }
                    Ok(())
                })
            })
        };
        let opened = |source| Error::Open { url: shown.clone(), source };
        let writing = build(1).idle_timeout(None).max_lifetime(None).connect_with(connect.clone()).await.map_err(opened)?;
        sqlx::migrate!("./migrations").run(&writing).await.map_err(|source| Error::Migrate { url: shown.clone(), source })?;
        let pool = build(options.connections.max(1)).connect_with(connect).await.map_err(|source| Error::Open { url: shown.clone(), source })?;
        let owner = Arc::from(uuid::Uuid::new_v4().to_string());
        Ok(Self { pool, writer: writer::start(writing, postgres), owner, postgres })
    }

    /// Whether this is the store for many machines.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        self.postgres
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// [`Error::Statement`] if it gives none.
    pub async fn ping(&self) -> Result<(), Error> {
        sqlx::query("SELECT 1").execute(&self.pool).await.map_err(Error::to("answer"))?;
        Ok(())
    }

    /// Waits until everything handed in is written, then closes the connections.
    pub async fn close(&self) {
        self.writer.close().await;
        self.pool.close().await;
    }
}

/// The URL without its password.
fn masked(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(start), Some(at)) if start + 3 < at => {
            let user = url[start + 3..at].split(':').next().unwrap_or_default();
            format!("{}{user}:…{}", &url[..start + 3], &url[at..])
        }
        _ => url.to_owned(),
    }
}
