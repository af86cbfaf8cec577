//! Leases: what only one process may do at a time.

use crate::{Error, Store};
use sqlx::Row;
use std::time::Duration;

/// A lease held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// What it is for.
    pub name: String,
    /// Who holds it.
    pub owner: String,
    /// Grows with every change of hands: a write that carries an older one is refused.
    pub fence: i64,
}

impl Store {
    /// Takes or renews a lease for `ttl`; `None` if another owner holds it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn lease(&self, name: &str, owner: &str, ttl: Duration, now: i64) -> Result<Option<Lease>, Error> {
        let until = now + i64::try_from(ttl.as_micros()).unwrap_or(i64::MAX / 2);
        let row = sqlx::query(
            "INSERT INTO leases (name, owner, fence, expires_at) VALUES ($1, $2, 1, $3) \
             ON CONFLICT (name) DO UPDATE SET \
               fence = CASE WHEN leases.owner = excluded.owner THEN leases.fence ELSE leases.fence + 1 END, \
               owner = excluded.owner, expires_at = excluded.expires_at \
             WHERE leases.owner = excluded.owner OR leases.expires_at < $4 \
             RETURNING fence",
        )
        .bind(name)
        .bind(owner)
        .bind(until)
        .bind(now)
        .fetch_optional(&self.pool)
        .await
        .map_err(Error::to("take a lease"))?;
        Ok(row.map(|r| Lease { name: name.to_owned(), owner: owner.to_owned(), fence: r.get("fence") }))
    }

    /// Gives a lease back.
    ///
    /// # Errors
    /// If the database fails; the lease then runs out by itself.
    pub async fn release(&self, name: &str, owner: &str) -> Result<(), Error> {
        sqlx::query("UPDATE leases SET expires_at = 0 WHERE name = $1 AND owner = $2")
            .bind(name)
            .bind(owner)
            .execute(&self.pool)
            .await
            .map_err(Error::to("give a lease back"))?;
        Ok(())
    }
}
