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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaptureState {
    /// Hash of its content.
    pub hash: String,
    /// Counts its published changes: tells A, B, A apart.
    pub generation: i64,
    /// What its events are keyed by; written empty, the known one stays.
    pub root: String,
    /// Words that polls fan out over; written empty, the known ones stay.
    pub hint: String,
}

/// An entity that was captured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its id.
    pub id: String,
    /// What was last published of it.
    pub state: CaptureState,
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
        let row = sqlx::query("SELECT hash, generation, root, hint FROM captured WHERE tenant = $1 AND source = $2 AND kind = $3 AND id = $4")
            .bind(tenant.as_str())
            .bind(source.as_str())
            .bind(kind.as_str())
            .bind(id)
            .fetch_optional(&self.pool)
            .await
            .map_err(Error::to("read what was captured"))?;
        Ok(row.as_ref().map(state_of))
    }

    /// Entities of a kind that were captured, those marked as deleted too, in order of their ids from
    /// after `after` on, at most `most`. Where `hint` is not empty only those whose hint begins with it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn known(&self, tenant: &TenantId, source: System, kind: EntityKind, hint: &str, after: &str, most: u32) -> Result<Vec<Known>, Error> {
        let rows = sqlx::query(
            "SELECT id, hash, generation, root, hint FROM captured WHERE tenant = $1 AND source = $2 AND kind = $3 AND id > $4 AND hint LIKE $5 ORDER BY id LIMIT $6",
        )
        .bind(tenant.as_str())
        .bind(source.as_str())
        .bind(kind.as_str())
        .bind(after)
        .bind(format!("{hint}%"))
        .bind(i64::from(most))
        .fetch_all(&self.pool)
        .await
        .map_err(Error::to("list what was captured"))?;
        Ok(rows.iter().map(|row| Known { id: row.get("id"), state: state_of(row) }).collect())
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

fn state_of(row: &sqlx::any::AnyRow) -> CaptureState {
    CaptureState { hash: row.get("hash"), generation: row.get("generation"), root: row.get("root"), hint: row.get("hint") }
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
            "INSERT INTO captured (tenant, source, kind, id, hash, generation, updated_at, root, hint) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
             ON CONFLICT (tenant, source, kind, id) DO UPDATE SET hash = excluded.hash, generation = excluded.generation, updated_at = excluded.updated_at, \
             root = CASE WHEN excluded.root = '' THEN captured.root ELSE excluded.root END, \
             hint = CASE WHEN excluded.hint = '' THEN captured.hint ELSE excluded.hint END \
             WHERE captured.generation <= excluded.generation",
        )
        .bind(tenant.as_str())
        .bind(source.as_str())
        .bind(kind.as_str())
        .bind(id)
        .bind(&state.hash)
        .bind(state.generation)
        .bind(captured.now)
        .bind(&state.root)
        .bind(&state.hint)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}
