//! The validator: `tests/conformance/validate.mjs`.

use crate::documents::{Documents, made};
use crate::exceptions::Exceptions;
use crate::recorder::{Exchange, lines};
use crate::verdict::Found;
use crate::{npm, work};
use hatbridge_systems::highlevel::Api;
use serde_json::{Value, json};
use std::path::Path;
use tokio::process::Command;

/// What it finds wrong with each, by the documents with the exceptions' repairs. Then without: a
/// repair must make a difference for each of its operations.
pub async fn judge(documents: &Documents, api: Api, exchanges: &[Exchange], exceptions: &mut Exceptions) -> Vec<Found> {
    let folder = work();
    let file = made(&folder).join(format!("exchanges-{api}.jsonl"));
    let exchanges: Vec<Exchange> = exchanges.iter().map(|exchange| without_wrapping(exchange, exceptions)).collect();
    write(documents, api, &exchanges, &file);
    let found = judge_file(&documents.folder, &file).await;
    let published = judge_file(&documents.published, &file).await;
    for ((exchange, found), published) in exchanges.iter().zip(&found).zip(&published) {
        if found != published {
            exceptions.was_repaired(&exchange.operation);
        }
    }
    found
}

/// Writes exchanges down, each with its place in the documents.
pub fn write(documents: &Documents, api: Api, exchanges: &[Exchange], file: &Path) {
    std::fs::write(file, lines(exchanges.iter().map(|exchange| with_entry(documents, api, exchange)))).unwrap();
}

/// What it finds wrong with each exchange of a file.
pub async fn judge_file(documents: &Path, file: &Path) -> Vec<Found> {
    let run = Command::new("node").arg(npm::folder().join("validate.mjs")).args([documents, file]).kill_on_drop(true).output().await.unwrap();
    assert!(run.status.success(), "the validator failed: {}", String::from_utf8_lossy(&run.stderr));
    let found: Vec<Found> = String::from_utf8(run.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let exchanges = std::fs::read_to_string(file).unwrap().lines().count();
    assert_eq!(found.len(), exchanges, "the validator judges each exchange");
    found
}

/// The answer where it stands by the exceptions; as it is, if there is none.
fn without_wrapping(exchange: &Exchange, exceptions: &mut Exceptions) -> Exchange {
    let mut exchange = exchange.clone();
    let body = exchange.response.body.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let Some(pointer) = exceptions.inside(&exchange.operation) else { return exchange };
    if let Some(inner) = body.as_ref().and_then(|body| body.pointer(pointer)) {
        exchange.response.body = Value::String(inner.to_string());
        exceptions.was_inside(&exchange.operation);
    }
    exchange
}

fn with_entry(documents: &Documents, api: Api, exchange: &Exchange) -> Value {
    let entry = documents.entry(api, exchange.number).unwrap_or_else(|| panic!("{api} has no {}", exchange.operation));
    let mut line = json!({"document": entry.document, "method": entry.method, "template": entry.template});
    line.as_object_mut().unwrap().extend(serde_json::to_value(exchange).unwrap().as_object().unwrap().clone());
    line
}
