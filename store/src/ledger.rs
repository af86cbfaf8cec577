//! The ledger: what was intended and what was done, and who may act on a person meanwhile.
//!
//! An action goes `(none) -> intended -> done | refused`. A row that still says `intended` when its
//! event comes again is a doubt: the call may have been made. Whoever finds it settles it by the
//! action's class. Claims are held from before the first call of an event until its last record,
//! so that the echo of our own write, or the same person coming in from the other side, waits
//! until what we did is known.

use crate::identity::{self, Link, Synced};
use crate::writer::{Op, Outcome};
use crate::{Error, Store};
use hatbridge_schemas::TenantId;
use sqlx::{AnyConnection, Row};
use std::sync::Arc;
use uuid::Uuid;

/// A claim whose holder has not touched it for so long is taken to be abandoned. An event that
/// was interrupted comes again within the group's session timeout (seconds) and holds its claims
/// anew; only events that never come again (offsets moved by hand) leave claims behind.
const ABANDONED_AFTER_US: i64 = 10 * 60 * 1_000_000;

/// Asks for the right to act.
#[derive(Debug)]
pub(crate) struct ClaimOp {
    pub tenant: TenantId,
    pub event_id: Uuid,
    pub claims: Vec<String>,
    pub owner: Arc<str>,
    pub now: i64,
}

/// The answer to a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claimed {
    /// All claims are ours.
    Taken,
    /// All claims are ours, and the event was begun before: see [`Store::begun`].
    Resumed,
    /// The event was finished before: nothing is left to do.
    Finished,
    /// Somebody else holds one of them: try again shortly.
    Busy,
}

/// Announces an action.
#[derive(Debug)]
pub(crate) struct IntendOp {
    pub tenant: TenantId,
    pub event_id: Uuid,
    pub action: String,
    pub effect: &'static str,
    pub owner: Arc<str>,
    pub now: i64,
}

/// What the ledger knew of an action when it was announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intent {
    /// Nothing: it may be carried out.
    Fresh,
    /// It was announced before and never recorded: it may have been carried out.
    Doubt,
    /// It was carried out; the id that the other system gave, if it gave one.
    Done(Option<String>),
    /// The other system refused it for good.
    Refused,
    /// Another process acts for this event now (this one was silent for too long): the call must not
    /// be made.
    Lost,
}

/// What came of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionStatus {
    /// Carried out.
    Done,
    /// Refused for good.
    Refused,
    /// Surely not carried out: as if it had never been announced.
    Withdrawn,
}

/// One action's result.
#[derive(Debug, Clone)]
pub struct ActionRecord {
    /// The action's name within its event.
    pub action: String,
    /// What came of it.
    pub status: ActionStatus,
    /// The id that the other system gave.
    pub remote_id: Option<String>,
}

/// What is recorded in one transaction.
#[derive(Debug, Clone)]
pub struct Record {
    /// Whose event.
    pub tenant: TenantId,
    /// The event.
    pub event_id: Uuid,
    /// Results of its actions.
    pub actions: Vec<ActionRecord>,
    /// New or changed links.
    pub links: Vec<Link>,
    /// Links to forget, by one side: (kind, system, id).
    pub unlinks: Vec<(String, hatbridge_schemas::System, String)>,
    /// New last-synced states.
    pub synced: Vec<Synced>,
    /// The event is finished, with this word (`applied`, `echo`, ...): its claims are given back.
    pub finished: Option<&'static str>,
    /// Moment, microseconds since the epoch.
    pub now: i64,
}

impl Record {
    /// An empty record of an event.
    #[must_use]
    pub fn of(tenant: &TenantId, event_id: Uuid, now: i64) -> Self {
        Self { tenant: tenant.clone(), event_id, actions: vec![], links: vec![], unlinks: vec![], synced: vec![], finished: None, now }
    }
}

/// How many rows the ledger holds, by status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LedgerCounts {
    /// Finished events.
    pub finished: i64,
    /// Actions carried out.
    pub done: i64,
    /// Actions in doubt or under way.
    pub intended: i64,
    /// Actions refused.
    pub refused: i64,
}

impl Store {
    /// Asks for the right to act on `claims` for an event.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn claim(&self, tenant: &TenantId, event_id: Uuid, mut claims: Vec<String>, now: i64) -> Result<Claimed, Error> {
        claims.sort();
        claims.dedup();
        let op = ClaimOp { tenant: tenant.clone(), event_id, claims, owner: Arc::clone(&self.owner), now };
        match self.writer.write(Op::Claim(Arc::new(op))).await? {
            Outcome::Claimed(claimed) => Ok(claimed),
            _ => Err(Error::Closed),
        }
    }

    /// Announces an action before its call. Committed when this returns.
    ///
    /// # Errors
    /// If the database fails: then the call must not be made.
    pub async fn intend(&self, tenant: &TenantId, event_id: Uuid, action: &str, effect: &'static str, now: i64) -> Result<Intent, Error> {
        let op = IntendOp { tenant: tenant.clone(), event_id, action: action.to_owned(), effect, owner: Arc::clone(&self.owner), now };
        match self.writer.write(Op::Intend(Arc::new(op))).await? {
            Outcome::Intent(intent) => Ok(intent),
            _ => Err(Error::Closed),
        }
    }

    /// Records results, links and states in one transaction.
    ///
    /// # Errors
    /// If the database fails: nothing of it is recorded then.
    pub async fn record(&self, record: Record) -> Result<(), Error> {
        self.writer.write(Op::Record(Arc::new(record))).await.map(|_| ())
    }

    /// Whether an event was finished before.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn is_finished(&self, event_id: Uuid) -> Result<bool, Error> {
        Ok(self.finished_as(event_id).await?.is_some())
    }

    /// The word with which an event was finished: `applied`, `dead`, ...; `None`: it was not.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn finished_as(&self, event_id: Uuid) -> Result<Option<String>, Error> {
        let row = sqlx::query("SELECT effect FROM ledger WHERE event_id = $1 AND action = ''")
            .bind(event_id.to_string())
            .fetch_optional(&self.pool)
            .await
            .map_err(Error::to("look up an event in the ledger"))?;
        Ok(row.map(|row| row.get("effect")))
    }

    /// Whether an action of this name that was carried out got this id from the other system.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn is_remote_id(&self, tenant: &TenantId, action: &str, remote_id: &str) -> Result<bool, Error> {
        let row = sqlx::query("SELECT 1 FROM ledger WHERE tenant = $1 AND action = $2 AND status = 'done' AND remote_id = $3 LIMIT 1")
            .bind(tenant.as_str())
            .bind(action)
            .bind(remote_id)
            .fetch_optional(&self.pool)
            .await
            .map_err(Error::to("look up an id in the ledger"))?;
        Ok(row.is_some())
    }

    /// Names of an event's actions that were announced, carried out or not.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn begun(&self, event_id: Uuid) -> Result<Vec<String>, Error> {
        let rows = sqlx::query("SELECT action FROM ledger WHERE event_id = $1 AND action <> '' AND status <> 'refused'")
            .bind(event_id.to_string())
            .fetch_all(&self.pool)
            .await
            .map_err(Error::to("look up an event's actions"))?;
        Ok(rows.into_iter().map(|row| row.get("action")).collect())
    }

    /// Forgets that an event was finished, what was refused of it and what was in doubt without a way
    /// to look it up (a person has looked), so that it is applied again; what was carried out stays
    /// known and is not done twice. Whether there was anything.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn reopen(&self, event_id: Uuid) -> Result<bool, Error> {
        let result =
            sqlx::query("DELETE FROM ledger WHERE event_id = $1 AND (action = '' OR status = 'refused' OR (status = 'intended' AND effect = 'unsafe'))")
                .bind(event_id.to_string())
                .execute(&self.pool)
                .await
                .map_err(Error::to("open an event again"))?;
        Ok(result.rows_affected() > 0)
    }

    /// Counts the ledger's rows.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn ledger_counts(&self) -> Result<LedgerCounts, Error> {
        let rows = sqlx::query("SELECT CASE WHEN action = '' THEN 'finished' ELSE status END AS what, COUNT(*) AS n FROM ledger GROUP BY 1")
            .fetch_all(&self.pool)
            .await
            .map_err(Error::to("count the ledger"))?;
        let mut counts = LedgerCounts::default();
        for row in rows {
            let n: i64 = row.get("n");
            match row.get::<String, _>("what").as_str() {
                "finished" => counts.finished = n,
                "done" => counts.done = n,
                "intended" => counts.intended = n,
                _ => counts.refused += n,
            }
        }
        Ok(counts)
    }
}

pub(crate) async fn claim(connection: &mut AnyConnection, op: &ClaimOp) -> Result<Claimed, sqlx::Error> {
    let event = op.event_id.to_string();
    // The event's own row has the empty name and sorts first.
    let first = sqlx::query("SELECT action FROM ledger WHERE event_id = $1 ORDER BY action LIMIT 1").bind(&event).fetch_optional(&mut *connection).await?;
    let first = first.map(|row| row.get::<String, _>("action"));
    if first.as_deref() == Some("") {
        sqlx::query("DELETE FROM claims WHERE event_id = $1").bind(&event).execute(&mut *connection).await?;
        return Ok(Claimed::Finished);
    }
    for (done, claim) in op.claims.iter().enumerate() {
        // Ours already, nobody's, or abandoned: it is ours now. Otherwise no row changes.
        let result = sqlx::query(
            "INSERT INTO claims (tenant, claim, event_id, owner, taken_at) VALUES ($1, $2, $3, $6, $4) \
             ON CONFLICT (tenant, claim) DO UPDATE SET event_id = excluded.event_id, owner = excluded.owner, taken_at = excluded.taken_at \
             WHERE claims.event_id = excluded.event_id OR claims.taken_at < $5",
        )
        .bind(op.tenant.as_str())
        .bind(claim)
        .bind(&event)
        .bind(op.now)
        .bind(op.now - ABANDONED_AFTER_US)
        .bind(&*op.owner)
        .execute(&mut *connection)
        .await?;
        if result.rows_affected() == 0 {
            if done > 0 {
                // All or none: half a set of claims would let two events wait for each other.
                sqlx::query("DELETE FROM claims WHERE event_id = $1").bind(&event).execute(&mut *connection).await?;
            }
            return Ok(Claimed::Busy);
        }
    }
    Ok(if first.is_some() { Claimed::Resumed } else { Claimed::Taken })
}

pub(crate) async fn intend(connection: &mut AnyConnection, op: &IntendOp) -> Result<Intent, sqlx::Error> {
    let event = op.event_id.to_string();
    // Renews the claims too: an event that waits long for its budget must not seem abandoned.
    let ours = sqlx::query("UPDATE claims SET taken_at = $2 WHERE event_id = $1 AND owner = $3")
        .bind(&event)
        .bind(op.now)
        .bind(&*op.owner)
        .execute(&mut *connection)
        .await?;
    if ours.rows_affected() == 0 {
        return Ok(Intent::Lost);
    }
    let known = sqlx::query("SELECT status, remote_id FROM ledger WHERE event_id = $1 AND action = $2")
        .bind(&event)
        .bind(&op.action)
        .fetch_optional(&mut *connection)
        .await?;
    if let Some(row) = known {
        return Ok(match row.get::<String, _>("status").as_str() {
            "done" => Intent::Done(row.get("remote_id")),
            "refused" => {
                // Asked for anew: from now on it may have been carried out.
                sqlx::query("UPDATE ledger SET status = 'intended', updated_at = $3 WHERE event_id = $1 AND action = $2")
                    .bind(&event)
                    .bind(&op.action)
                    .bind(op.now)
                    .execute(&mut *connection)
                    .await?;
                Intent::Refused
            }
            _ => Intent::Doubt,
        });
    }
    sqlx::query("INSERT INTO ledger (event_id, action, tenant, status, effect, remote_id, updated_at) VALUES ($1, $2, $3, 'intended', $4, NULL, $5)")
        .bind(&event)
        .bind(&op.action)
        .bind(op.tenant.as_str())
        .bind(op.effect)
        .bind(op.now)
        .execute(&mut *connection)
        .await?;
    Ok(Intent::Fresh)
}

pub(crate) async fn record(connection: &mut AnyConnection, record: &Record) -> Result<(), sqlx::Error> {
    let event = record.event_id.to_string();
    for action in &record.actions {
        match action.status {
            ActionStatus::Withdrawn => {
                sqlx::query("DELETE FROM ledger WHERE event_id = $1 AND action = $2 AND status = 'intended'")
                    .bind(&event)
                    .bind(&action.action)
                    .execute(&mut *connection)
                    .await?;
            }
            ActionStatus::Done | ActionStatus::Refused => {
                let status = if action.status == ActionStatus::Done { "done" } else { "refused" };
                sqlx::query("UPDATE ledger SET status = $3, remote_id = $4, updated_at = $5 WHERE event_id = $1 AND action = $2")
                    .bind(&event)
                    .bind(&action.action)
                    .bind(status)
                    .bind(action.remote_id.as_deref())
                    .bind(record.now)
                    .execute(&mut *connection)
                    .await?;
            }
        }
    }
    for link in &record.links {
        identity::link(connection, &record.tenant, link, record.now).await?;
    }
    for (kind, system, id) in &record.unlinks {
        identity::unlink(connection, &record.tenant, kind, *system, id).await?;
    }
    for synced in &record.synced {
        identity::remember(connection, &record.tenant, synced, record.now).await?;
    }
    if let Some(word) = record.finished {
        sqlx::query(
            "INSERT INTO ledger (event_id, action, tenant, status, effect, remote_id, updated_at) VALUES ($1, '', $2, 'done', $3, NULL, $4) \
             ON CONFLICT (event_id, action) DO NOTHING",
        )
        .bind(&event)
        .bind(record.tenant.as_str())
        .bind(word)
        .bind(record.now)
        .execute(&mut *connection)
        .await?;
        sqlx::query("DELETE FROM claims WHERE event_id = $1").bind(&event).execute(&mut *connection).await?;
    }
    Ok(())
}
