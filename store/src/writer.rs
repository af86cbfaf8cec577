//! The writer: one task, one connection, many writes a commit. A commit costs a sync to disk or a
//! round trip; grouping what waits makes a thousand effects a second possible on a laptop, and no
//! write is answered before its commit.

use crate::{Error, capture, ledger, listed, quota};
use sqlx::{AnyConnection, AnyPool, Executor};
use std::sync::Arc;
use tokio::sync::{Mutex, mpsc, oneshot};

/// Most writes in one transaction: bounds how long the first of them waits.
const GROUP: usize = 256;
/// Most writes waiting: a full queue makes callers wait.
const QUEUE: usize = 2048;
/// How often a group is tried again when the database says two transactions got in each other's way.
const ATTEMPTS: u32 = 6;

/// What can be written.
#[derive(Debug, Clone)]
pub(crate) enum Op {
    Claim(Arc<ledger::ClaimOp>),
    Intend(Arc<ledger::IntendOp>),
    Record(Arc<ledger::Record>),
    Captured(Arc<capture::Captured>),
    Listed(Arc<listed::Listing>),
    Slots(Arc<quota::SlotsOp>),
    Observe(Arc<quota::ObserveOp>),
}

/// What came of it.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    Claimed(ledger::Claimed),
    Intent(ledger::Intent),
    Slots(quota::Slots),
    Done,
}

struct Job {
    op: Op,
    answer: oneshot::Sender<Result<Outcome, Error>>,
}

/// Hands writes to the writer.
#[derive(Clone)]
pub(crate) struct Handle {
    jobs: mpsc::Sender<Job>,
    task: Arc<Mutex<Option<tokio::task::JoinHandle<()>>>>,
    closing: tokio::sync::watch::Sender<bool>,
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("writer::Handle")
    }
}

impl Handle {
    /// Writes and waits for the commit.
    pub(crate) async fn write(&self, op: Op) -> Result<Outcome, Error> {
        let (answer, result) = oneshot::channel();
        self.jobs.send(Job { op, answer }).await.map_err(|_| Error::Closed)?;
        result.await.map_err(|_| Error::Closed)?
    }

    pub(crate) async fn close(&self) {
        self.closing.send_replace(true);
        if let Some(task) = self.task.lock().await.take() {
            // An error here is a panic in the writer, which every waiting caller has been told.
            let _ = task.await;
        }
    }
}

pub(crate) fn start(pool: AnyPool, postgres: bool) -> Handle {
    let (jobs, inbox) = mpsc::channel(QUEUE);
    let (closing, closed) = tokio::sync::watch::channel(false);
    let task = tokio::spawn(run(pool, postgres, inbox, closed));
    Handle { jobs, task: Arc::new(Mutex::new(Some(task))), closing }
}

async fn run(pool: AnyPool, postgres: bool, mut inbox: mpsc::Receiver<Job>, mut closed: tokio::sync::watch::Receiver<bool>) {
    let mut group = Vec::with_capacity(GROUP);
    loop {
        tokio::select! {
            biased; // what waits is written before closing is looked at
            got = inbox.recv_many(&mut group, GROUP) => if got == 0 { break },
            changed = closed.wait_for(|c| *c) => {
                drop(changed);
                inbox.close();
                if inbox.is_empty() { break }
                continue;
            }
        }
        commit(&pool, postgres, std::mem::take(&mut group)).await;
    }
    pool.close().await;
}

/// Writes a group in one transaction; if that fails for a reason that passes, tries again; if it
/// fails for another, tries each alone, so that one bad write takes no other with it.
async fn commit(pool: &AnyPool, postgres: bool, mut group: Vec<Job>) {
    // Claims first and in one order: two processes that take claims in different orders would
    // wait for each other.
    group.sort_by(|a, b| order(&a.op).cmp(&order(&b.op)));
    match attempt(pool, postgres, group.iter().map(|j| j.op.clone()).collect()).await {
        Ok(outcomes) => {
            for (job, outcome) in group.into_iter().zip(outcomes) {
                let _ = job.answer.send(Ok(outcome)); // nobody waits any more: it is written all the same
            }
        }
        Err(error) if group.len() == 1 => {
            if let Some(job) = group.pop() {
                let _ = job.answer.send(Err(Error::Statement { what: "write", source: error }));
            }
        }
        Err(_) => {
            for job in group {
                let result = attempt(pool, postgres, vec![job.op.clone()])
                    .await
                    .map(|mut o| o.pop().unwrap_or(Outcome::Done))
                    .map_err(|source| Error::Statement { what: "write", source });
                let _ = job.answer.send(result);
            }
        }
    }
}

fn order(op: &Op) -> (u8, &str) {
    match op {
        Op::Claim(c) => (0, c.claims.first().map_or("", String::as_str)),
        Op::Intend(_) => (1, ""),
        Op::Record(_) => (2, ""),
        Op::Captured(_) | Op::Listed(_) => (3, ""),
        Op::Slots(_) | Op::Observe(_) => (4, ""),
    }
}

async fn attempt(pool: &AnyPool, postgres: bool, ops: Vec<Op>) -> Result<Vec<Outcome>, sqlx::Error> {
    let mut tries = 0;
    loop {
        tries += 1;
        match transact(pool, postgres, &ops).await {
            Ok(outcomes) => return Ok(outcomes),
            Err(error) if tries < ATTEMPTS && passes(&error) => {
                tokio::time::sleep(std::time::Duration::from_millis(u64::from(5 * tries * tries))).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Deadlock and serialisation failure of PostgreSQL, busy and locked of SQLite, a lost connection.
fn passes(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(d) => d.code().is_some_and(|c| matches!(&*c, "40001" | "40P01" | "55P03" | "57P01" | "5" | "6" | "261" | "517")),
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut => true,
        _ => false,
    }
}

async fn transact(pool: &AnyPool, postgres: bool, ops: &[Op]) -> Result<Vec<Outcome>, sqlx::Error> {
    let mut connection = pool.acquire().await?;
    // IMMEDIATE: taking the write lock at the first write instead fails when another process wrote
    // since our first read.
    connection.execute(if postgres { "BEGIN" } else { "BEGIN IMMEDIATE" }).await?;
    let mut outcomes = Vec::with_capacity(ops.len());
    for op in ops {
        match execute(&mut connection, op).await {
            Ok(outcome) => outcomes.push(outcome),
            Err(error) => {
                if connection.execute("ROLLBACK").await.is_err() {
                    // The connection is of no use any more; it must not return to the pool.
                    let _ = connection.detach();
                }
                return Err(error);
            }
        }
    }
    if let Err(error) = connection.execute("COMMIT").await {
        let _ = connection.detach();
        return Err(error);
    }
    Ok(outcomes)
}

async fn execute(connection: &mut AnyConnection, op: &Op) -> Result<Outcome, sqlx::Error> {
    match op {
        Op::Claim(claim) => Ok(Outcome::Claimed(ledger::claim(connection, claim).await?)),
        Op::Intend(intend) => Ok(Outcome::Intent(ledger::intend(connection, intend).await?)),
        Op::Record(record) => ledger::record(connection, record).await.map(|()| Outcome::Done),
        Op::Captured(captured) => capture::captured(connection, captured).await.map(|()| Outcome::Done),
        Op::Listed(listing) => listed::listed(connection, listing).await.map(|()| Outcome::Done),
        Op::Slots(slots) => Ok(Outcome::Slots(quota::slots(connection, slots).await?)),
        Op::Observe(seen) => quota::observe(connection, seen).await.map(|()| Outcome::Done),
    }
}
