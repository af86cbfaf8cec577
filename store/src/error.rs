//! What can go wrong with the store.

/// An error of the store. No variant holds personal data or a password.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The URL names no database we know.
    #[error("database url `{0}` is not one of sqlite://FILE or postgres://…; set `database.url`")]
    Url(String),
    /// The database can't be reached or refused the connection.
    #[error("can't open the database {url}: check that it runs and that `database.url` is right")]
    Open {
        /// The URL without its password.
        url: String,
        #[source]
        source: sqlx::Error,
    },
    /// The migrations failed.
    #[error("can't bring the database {url} to this program's version")]
    Migrate {
        /// The URL without its password.
        url: String,
        #[source]
        source: sqlx::migrate::MigrateError,
    },
    /// A statement failed.
    #[error("the database refused to {what}")]
    Statement {
        /// What we wanted, as a verb and its object.
        what: &'static str,
        #[source]
        source: sqlx::Error,
    },
    /// The writer has stopped, because the program is shutting down.
    #[error("the store is closed")]
    Closed,
    /// What is stored can't be understood.
    #[error("the stored {what} can't be read: {reason}")]
    Corrupt {
        /// What was read.
        what: &'static str,
        /// Why it makes no sense.
        reason: String,
    },
    /// Tokens are stored but can't be opened with this key.
    #[error("the stored tokens of tenant {tenant} can't be opened with this secret key; restore the key or connect the tenant again")]
    Sealed {
        /// The tenant.
        tenant: String,
    },
}

impl Error {
    /// For `map_err`: names what the statement was for.
    pub(crate) fn to(what: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |source| Self::Statement { what, source }
    }
}
