//! How far a poll has read.

use crate::{Error, Store};
use hatbridge_schemas::{System, TenantId};
use sqlx::Row;

impl Store {
    /// The cursor of a poll.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn cursor(&self, tenant: &TenantId, system: System, resource: &str) -> Result<Option<String>, Error> {
        let row = sqlx::query("SELECT cursor FROM cursors WHERE tenant = $1 AND system = $2 AND resource = $3")
            .bind(tenant.as_str())
            .bind(system.as_str())
            .bind(resource)
            .fetch_optional(&self.pool)
            .await
            .map_err(Error::to("read a cursor"))?;
        Ok(row.map(|r| r.get("cursor")))
    }

    /// Moves the cursor of a poll (after everything up to it was acknowledged by the broker).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn set_cursor(&self, tenant: &TenantId, system: System, resource: &str, cursor: &str, now: i64) -> Result<(), Error> {
        sqlx::query(
            "INSERT INTO cursors (tenant, system, resource, cursor, updated_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (tenant, system, resource) DO UPDATE SET cursor = excluded.cursor, updated_at = excluded.updated_at",
        )
        .bind(tenant.as_str())
        .bind(system.as_str())
        .bind(resource)
        .bind(cursor)
        .bind(now)
        .execute(&self.pool)
        .await
        .map_err(Error::to("move a cursor"))?;
        Ok(())
    }
}
