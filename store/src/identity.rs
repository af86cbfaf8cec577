//! Which record here is which record there, and the state both sides last agreed on.

use crate::{Error, Store};
use hatbridge_schemas::{System, TenantId};
use sqlx::{AnyConnection, Row};

/// Two records that are the same thing. Several 17hats tickets may point at one conversation; the
/// conversation then points back at the last of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// `contact`, `ticket`, `message`, ...
    pub kind: &'static str,
    /// Its id in HighLevel.
    pub highlevel: String,
    /// Its id in 17hats.
    pub seventeen_hats: String,
}

/// A state both sides last agreed on.
#[derive(Clone, PartialEq, Eq)]
pub struct Synced {
    /// `contact`, `message`, ...
    pub kind: &'static str,
    /// The id it is kept under: the caller's choice, the same when reading.
    pub id: String,
    /// Canonical JSON.
    pub state: String,
}

/// Masked: the state holds personal data.
impl std::fmt::Debug for Synced {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Synced").field("kind", &self.kind).field("id", &self.id).finish_non_exhaustive()
    }
}

impl Store {
    /// The other system's id of a record.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn linked(&self, tenant: &TenantId, kind: &str, system: System, id: &str) -> Result<Option<String>, Error> {
        let row = sqlx::query("SELECT other_id FROM identity WHERE tenant = $1 AND kind = $2 AND system = $3 AND id = $4")
            .bind(tenant.as_str())
            .bind(kind)
            .bind(system.as_str())
            .bind(id)
            .fetch_optional(&self.pool)
            .await
            .map_err(Error::to("look up an identity"))?;
        Ok(row.map(|r| r.get("other_id")))
    }

    /// The state both sides last agreed on, as canonical JSON.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn synced(&self, tenant: &TenantId, kind: &str, id: &str) -> Result<Option<String>, Error> {
        let row = sqlx::query("SELECT state FROM synced WHERE tenant = $1 AND kind = $2 AND id = $3")
            .bind(tenant.as_str())
            .bind(kind)
            .bind(id)
            .fetch_optional(&self.pool)
            .await
            .map_err(Error::to("read a synced state"))?;
        Ok(row.map(|r| r.get("state")))
    }

    /// All links of a kind, as (HighLevel id, 17hats id), in order of the HighLevel id: for comparisons.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn links(&self, tenant: &TenantId, kind: &str) -> Result<Vec<(String, String)>, Error> {
        let rows = sqlx::query("SELECT id, other_id FROM identity WHERE tenant = $1 AND kind = $2 AND system = 'highlevel' ORDER BY id")
            .bind(tenant.as_str())
            .bind(kind)
            .fetch_all(&self.pool)
            .await
            .map_err(Error::to("list the identities"))?;
        Ok(rows.into_iter().map(|r| (r.get("id"), r.get("other_id"))).collect())
    }
}

pub(crate) async fn link(connection: &mut AnyConnection, tenant: &TenantId, link: &Link, now: i64) -> Result<(), sqlx::Error> {
    for (system, id, other) in [(System::Highlevel, &link.highlevel, &link.seventeen_hats), (System::SeventeenHats, &link.seventeen_hats, &link.highlevel)] {
        sqlx::query(
            "INSERT INTO identity (tenant, kind, system, id, other_id, updated_at) VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT (tenant, kind, system, id) DO UPDATE SET other_id = excluded.other_id, updated_at = excluded.updated_at",
        )
        .bind(tenant.as_str())
        .bind(link.kind)
        .bind(system.as_str())
        .bind(id)
        .bind(other)
        .bind(now)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

pub(crate) async fn unlink(connection: &mut AnyConnection, tenant: &TenantId, kind: &str, system: System, id: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM identity WHERE tenant = $1 AND kind = $2 AND ((system = $3 AND id = $4) OR (system <> $3 AND other_id = $4))")
        .bind(tenant.as_str())
        .bind(kind)
        .bind(system.as_str())
        .bind(id)
        .execute(&mut *connection)
        .await?;
    Ok(())
}

pub(crate) async fn remember(connection: &mut AnyConnection, tenant: &TenantId, synced: &Synced, now: i64) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO synced (tenant, kind, id, state, updated_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (tenant, kind, id) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at",
    )
    .bind(tenant.as_str())
    .bind(synced.kind)
    .bind(&synced.id)
    .bind(&synced.state)
    .bind(now)
    .execute(&mut *connection)
    .await?;
    Ok(())
}
