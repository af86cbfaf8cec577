//! What polls of lists saw, so that what is missing from a whole list is noticed.

use crate::writer::Op;
use crate::{Error, Store};
use hatbridge_schemas::TenantId;
use sqlx::{AnyConnection, Row};
use std::collections::HashMap;
use std::sync::Arc;

/// One row of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: String,
    /// What its events are keyed by.
    pub root: String,
    /// Hash of its content; empty: it is gone.
    pub hash: String,
}

/// Rows that a pass has seen.
#[derive(Debug, Clone)]
pub struct Listing {
    /// Whose they are.
    pub tenant: TenantId,
    /// Which poll, its parameters included.
    pub poll: String,
    /// Counts the poll's passes.
    pub pass: i64,
    /// The rows.
    pub rows: Vec<Listed>,
}

/// Ids in one question; PostgreSQL and SQLite take thousands.
const AT_ONCE: usize = 500;

impl Store {
    /// What a poll saw last of these ids: id -> hash.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn listed(&self, tenant: &TenantId, poll: &str, ids: &[&str]) -> Result<HashMap<String, String>, Error> {
        let mut found = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(AT_ONCE) {
            let places: Vec<String> = (3..ids.len() + 3).map(|n| format!("${n}")).collect();
            let statement = format!("SELECT id, hash FROM listed WHERE tenant = $1 AND poll = $2 AND id IN ({})", places.join(", "));
            let query = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(tenant.as_str()).bind(poll);
            let query = ids.iter().fold(query, |query, id| query.bind(*id));
            let rows = query.fetch_all(&self.pool).await.map_err(Error::to("read what a poll saw"))?;
            found.extend(rows.iter().map(|row| (row.get("id"), row.get("hash"))));
        }
        Ok(found)
    }

    /// Notes what a pass has seen (after its events were acknowledged by the broker).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn note_listed(&self, listing: Listing) -> Result<(), Error> {
        self.writer.write(Op::Listed(Arc::new(listing))).await.map(|_| ())
    }

    /// Rows that no pass from `pass` on has seen, at most `most`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn unlisted(&self, tenant: &TenantId, poll: &str, pass: i64, most: u32) -> Result<Vec<Listed>, Error> {
        let rows = sqlx::query("SELECT id, root, hash FROM listed WHERE tenant = $1 AND poll = $2 AND pass < $3 AND hash <> '' ORDER BY id LIMIT $4")
            .bind(tenant.as_str())
            .bind(poll)
            .bind(pass)
            .bind(i64::from(most))
            .fetch_all(&self.pool)
            .await
            .map_err(Error::to("look for what a poll missed"))?;
        Ok(rows.into_iter().map(|row| Listed { id: row.get("id"), root: row.get("root"), hash: row.get("hash") }).collect())
    }
}

pub(crate) async fn listed(connection: &mut AnyConnection, listing: &Listing) -> Result<(), sqlx::Error> {
    for row in &listing.rows {
        sqlx::query(
            "INSERT INTO listed (tenant, poll, id, root, hash, pass) VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT (tenant, poll, id) DO UPDATE SET root = excluded.root, hash = excluded.hash, \
             pass = CASE WHEN listed.pass > excluded.pass THEN listed.pass ELSE excluded.pass END",
        )
        .bind(listing.tenant.as_str())
        .bind(&listing.poll)
        .bind(&row.id)
        .bind(&row.root)
        .bind(&row.hash)
        .bind(listing.pass)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}
