//! Catch hooks: answer at once, act later, in the order in which they came.

use super::{
    account::Account,
    options::Transport,
    problem::Problem,
    service::World,
    zap_fields::{Given, given},
};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::HeaderMap,
};
use serde_json::{Map, Value, json};
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
};
use tokio::{sync::mpsc, time::Instant};

/// Acts that may wait at once; Zapier too throttles a hook that gets too many.
pub(super) const WAITING_MOST: usize = 20_000;

/// What a hook's Zap does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    FindOrCreate,
    Update,
}

impl Action {
    fn from_path(name: &str) -> Option<Self> {
        match name {
            "find_or_create_contact" => Some(Self::FindOrCreate),
            "update_contact" => Some(Self::Update),
            _ => None,
        }
    }
}

/// Counts of Zap runs.
#[derive(Debug, Default)]
pub(super) struct Runs {
    pub(super) caught: AtomicU64,
    pub(super) done: AtomicU64,
    pub(super) failed: AtomicU64,
}

/// One act that waits for its time.
#[derive(Debug)]
pub(super) struct Act {
    account: Arc<Account>,
    action: Action,
    given: Given,
    due: Instant,
}

/// `POST /hooks/catch/{account}/{action}`
pub(super) async fn catch(
    State(world): State<Arc<World>>,
    Path((account, action)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let account = world.accounts.get(&account).filter(|account| account.options.transport == Transport::Zapier);
    let account = account.ok_or_else(|| Problem::not_found("hook"))?;
    let action = Action::from_path(&action).ok_or_else(|| Problem::not_found("hook"))?;
    let given = given(flat(&headers, &body)?);
    let act = Act { account: Arc::clone(account), action, given, due: Instant::now() + account.options.zapier.act_after };
    // Counted first, or a run could seem to be over before it was caught.
    world.runs.caught.fetch_add(1, SeqCst);
    if world.hooks.try_send(act).is_err() {
        world.runs.caught.fetch_sub(1, SeqCst);
        return Err(Problem::rate_limited());
    }
    Ok(Json(json!({
        "status": "success",
        "attempt": uuid::Uuid::new_v4(),
        "id": uuid::Uuid::new_v4(),
        "request_id": uuid::Uuid::new_v4(),
    })))
}

fn flat(headers: &HeaderMap, body: &Bytes) -> Result<Map<String, Value>, Problem> {
    let kind = headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/x-www-form-urlencoded") {
        let form: HashMap<String, String> = super::rest::form(body)?;
        return Ok(form.into_iter().map(|(name, value)| (name, Value::String(value))).collect());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(Problem::bad_request("the body must be one flat JSON object")),
        Err(_) => Err(Problem::bad_request("the body is not JSON")),
    }
}

/// Does the acts; one account's stay in order, since all wait equally long.
pub(super) async fn run(mut acts: mpsc::Receiver<Act>, runs: Arc<Runs>) {
    while let Some(Act { account, action, given, due }) = acts.recv().await {
        tokio::time::sleep_until(due).await;
        let done = match action {
            Action::FindOrCreate => account.find_or_create(given),
            Action::Update => account.find_and_update(given),
        };
        match done {
            Ok(()) => runs.done.fetch_add(1, SeqCst),
            Err(problem) => {
                // Zapier would show a failed Zap run; the caller never learns.
                tracing::warn!(
                    account = %account.options.id,
                    action = ?action,
                    code = problem.code,
                    field = problem.field,
                    "a Zap run failed"
                );
                runs.failed.fetch_add(1, SeqCst)
            }
        };
    }
}
