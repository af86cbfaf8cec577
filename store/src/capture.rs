//! What capture has seen and published.
//!
//! Protocol, so that a crash at any point loses nothing and doubles nothing: read the state, make
//! the event with `generation + 1`, publish it, wait for the broker, then call [`Store::captured`].
//! A crash before the last step publishes the same event (same id) again.

use crate::writer::Op;
use crate::{Error, Store};
use hatbridge_schemas::{EntityKind, System, TenantId};
use sqlx::{AnyConnection, Row};
use std::sync::Arc;

/// What was last published of an entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptureState {
    /// Hash of its content.
    pub hash: String,
    /// Counts its published changes: tells A, B, A apart.
    pub generation: i64,
}

/// What has been published just now.
#[derive(Debug, Clone, Default)]
pub struct Captured {
    /// The webhook that brought it: (system, webhook id).
    pub webhook: Option<(&'static str, String)>,
    /// New states: (tenant, source, kind, entity id, state).
    pub states: Vec<(TenantId, System, EntityKind, String, CaptureState)>,
    /// Moment, microseconds since the epoch.
    pub now: i64,
}

impl Store {
    /// What was last published of an entity.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn capture_state(&self, tenant: &TenantId, source: System, kind: EntityKind, id: &str) -> Result<Option<CaptureState>, Error> {
        let row = sqlx::query("SELECT hash, generation FROM captured WHERE tenant = $1 AND source = $2 AND kind = $3 AND id = $4")
            .bind(tenant.as_str())
            .bind(source.as_str())
            .bind(kind.as_str())
            .bind(id)
            .fetch_optional(&self.pool)
            .await
            .map_err(Error::to("read what was captured"))?;
        Ok(row.map(|r| CaptureState { hash: r.get("hash"), generation: r.get("generation") }))
    }

    /// Whether a webhook was received and published before.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn webhook_seen(&self, system: System, webhook_id: &str) -> Result<bool, Error> {
        let row = sqlx::query("SELECT 1 FROM webhooks_seen WHERE system = $1 AND webhook_id = $2")
            .bind(system.as_str())
            .bind(webhook_id)
            .fetch_optional(&self.pool)
            .await
            .map_err(Error::to("look up a webhook"))?;
        Ok(row.is_some())
    }

    /// Notes what has been published (after the broker acknowledged it).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn captured(&self, captured: Captured) -> Result<(), Error> {
        self.writer.write(Op::Captured(Arc::new(captured))).await.map(|_| ())
    }

    /// Forgets webhook ids seen before `before` (microseconds since the epoch); returns how many.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn forget_webhooks(&self, before: i64) -> Result<u64, Error> {
        let result =
            sqlx::query("DELETE FROM webhooks_seen WHERE seen_at < $1").bind(before).execute(&self.pool).await.map_err(Error::to("forget old webhook ids"))?;
        Ok(result.rows_affected())
    }
}

pub(crate) async fn captured(connection: &mut AnyConnection, captured: &Captured) -> Result<(), sqlx::Error> {
    if let Some((system, id)) = &captured.webhook {
        sqlx::query("INSERT INTO webhooks_seen (system, webhook_id, seen_at) VALUES ($1, $2, $3) ON CONFLICT (system, webhook_id) DO NOTHING")
            .bind(*system)
            .bind(id)
            .bind(captured.now)
            .execute(&mut *connection)
            .await?;
    }
    for (tenant, source, kind, id, state) in &captured.states {
        // A slower process must not put an older generation back.
        sqlx::query(
            "INSERT INTO captured (tenant, source, kind, id, hash, generation, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7) \
             ON CONFLICT (tenant, source, kind, id) DO UPDATE SET hash = excluded.hash, generation = excluded.generation, updated_at = excluded.updated_at \
             WHERE captured.generation <= excluded.generation",
        )
        .bind(tenant.as_str())
        .bind(source.as_str())
        .bind(kind.as_str())
        .bind(id)
        .bind(&state.hash)
        .bind(state.generation)
        .bind(captured.now)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}
