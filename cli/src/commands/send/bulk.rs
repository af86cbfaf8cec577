//! Many commands from a file: all checked first, then published, then waited for.

use super::Send;
use super::outcome::{Outcome, Outcomes};
use super::rows::{bytes_of, rows_of};
use crate::commands::{print, print_json};
use crate::exit::{self, Failure};
use crate::orders::{self, Order};
use crate::wiring::{Connected, Wiring};
use futures::{StreamExt, TryStreamExt, stream};
use hatbridge_schemas::Event;
use hatbridge_systems::highlevel::catalogue::Operation;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use std::path::Path;
use uuid::Uuid;

/// Commands on their way to the brokers at once; they are handed over in the file's order.
const AT_ONCE: usize = 256;
/// Wrong rows that are told.
const TOLD: usize = 20;

/// A row's order and its line in the file.
struct Numbered {
    line: u64,
    order: Order,
}

/// 128 bits of a hash, hexadecimal.
fn short(hash: &[u8]) -> String {
    hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The file's orders; all of them, or what is wrong.
fn orders(send: &Send, tenant: &Connected, operation: &'static Operation, file: &Path) -> anyhow::Result<(String, Vec<Numbered>)> {
    let bytes = bytes_of(file)?;
    let name = send.order.clone().unwrap_or_else(|| {
        let mut hash = Sha256::new();
        for part in [tenant.id.as_str().as_bytes(), operation.name.as_bytes(), &bytes] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        short(&hash.finalize())
    });
    let rows = rows_of(file, &bytes, operation, tenant.highlevel.api())?;
    let (mut orders, mut wrong) = (vec![], vec![]);
    // Named by what they say, so that rows may be added to a file and taken out of it: equal ones are counted.
    let mut times: HashMap<String, usize> = HashMap::new();
    for row in rows {
        let says = short(&Sha256::digest(serde_json::to_vec(&row.data)?));
        let time = times.entry(says.clone()).and_modify(|times| *times += 1).or_insert(1);
        match Order::new(operation, &tenant.highlevel, format!("{name}:{says}:{time}"), row.data) {
            Ok(order) => orders.push(Numbered { line: row.line, order }),
            Err(invalid) => wrong.push(format!("line {}: {invalid}", row.line)),
        }
    }
    if wrong.is_empty() {
        return Ok((name, orders));
    }
    let more = if wrong.len() > TOLD { format!("\n… and {} more", wrong.len() - TOLD) } else { String::new() };
    wrong.truncate(TOLD);
    Err(Failure::Usage(format!("nothing was sent; rows that `{}` does not take:\n{}{more}", operation.name, wrong.join("\n"))).into())
}

/// `--dry-run`: the first request, and how many there are.
pub(super) fn show(send: &Send, tenant: &Connected, operation: &'static Operation, file: &Path) -> anyhow::Result<()> {
    let (name, orders) = orders(send, tenant, operation, file)?;
    if send.json {
        return print_json(&orders.iter().map(|numbered| orders::shown(&numbered.order.request)).collect::<Vec<_>>());
    }
    if let Some(first) = orders.first() {
        print(&format!("{}\n", orders::text(&first.order.request)))?;
    }
    print(&format!("{} commands (order {name}); after a lost answer: {}\nnothing was sent", orders.len(), orders::repeats(operation)))
}

fn bar(length: usize, what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:>9} [{bar:30}] {pos}/{len} {per_sec} {eta}").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length as u64).with_style(style.progress_chars("=> ")).with_message(what)
}

/// Publishes what is not finished, and waits for it if asked.
pub(super) async fn send(send: &Send, wiring: &Wiring, operation: &'static Operation, file: &Path) -> anyhow::Result<()> {
    let tenant = wiring.connections.named(&send.tenant)?;
    let (name, orders) = orders(send, tenant, operation, file)?;
    let mut open: Vec<(u64, Event)> = vec![];
    let (mut before, mut given_up) = (0, vec![]);
    for Numbered { line, order } in &orders {
        let event = order.event(&tenant.id);
        match wiring.store.finished_as(event.id).await? {
            None => open.push((*line, event)),
            Some(word) => match Outcome::before(&word) {
                outcome if outcome.failed() => given_up.push((*line, outcome)),
                _ => before += 1,
            },
        }
    }
    let outcomes = if send.wait { Some(Outcomes::follow(wiring).await?) } else { None };
    let ordering = bar(open.len(), "ordering");
    stream::iter(&open)
        .map(|(_, event)| wiring.bus.publisher.publish(event))
        .buffered(AT_ONCE)
        .try_for_each(|()| {
            ordering.inc(1);
            async { Ok(()) }
        })
        .await
        .map_err(|error| anyhow::Error::new(error).context(format!("not all commands were published; repeat with `--order {name}`, which doubles none")))?;
    ordering.finish_and_clear();
    let mut told = HashMap::new();
    if let Some(outcomes) = &outcomes {
        told = waited(outcomes, &open, send).await?;
    }
    report(send, &name, (before, &given_up), &open, &told)
}

/// The outcomes of these commands; fewer if none came for so long.
async fn waited(outcomes: &Outcomes, open: &[(u64, Event)], send: &Send) -> anyhow::Result<HashMap<Uuid, Outcome>> {
    let applying = bar(open.len(), "applying");
    let (mut told, ours) = (HashMap::new(), open.iter().map(|(_, event)| event.id).collect::<HashSet<_>>());
    while told.len() < open.len() {
        let Ok(next) = tokio::time::timeout(send.timeout, outcomes.next()).await else { break };
        let (id, outcome) = next?;
        if ours.contains(&id) && told.insert(id, outcome).is_none() {
            applying.inc(1);
        }
    }
    applying.finish_and_clear();
    Ok(told)
}

fn report(send: &Send, name: &str, (before, given_up): (usize, &[(u64, Outcome)]), open: &[(u64, Event)], told: &HashMap<Uuid, Outcome>) -> anyhow::Result<()> {
    let now = open.iter().filter_map(|(line, event)| Some((*line, told.get(&event.id).filter(|outcome| outcome.failed())?)));
    let failed: Vec<(u64, &Outcome)> = given_up.iter().map(|(line, outcome)| (*line, outcome)).chain(now).collect();
    let missing = if send.wait { open.len() - told.len() } else { 0 };
    let applied = told.values().filter(|outcome| !outcome.failed()).count();
    if send.json {
        let failed: Vec<_> = failed.iter().map(|(line, outcome)| json!({"line": line, "message": outcome.message})).collect();
        print_json(&json!({"order": name, "ordered": open.len(), "done_before": before, "applied": applied, "failed": failed, "without_outcome": missing}))?;
    } else {
        for (line, outcome) in failed.iter().take(TOLD) {
            print(&format!("line {line}: {}", outcome.words()))?;
        }
        let outcome = if send.wait { format!(", {applied} applied, {} not carried out", failed.len()) } else { String::new() };
        print(&format!("{} commands ordered (order {name}), {before} were done before{outcome}", open.len()))?;
    }
    if missing > 0 {
        let why =
            format!("{missing} outcomes did not come in {} s; is `hatbridge consume` running? Repeat with `--order {name} --wait`", send.timeout.as_secs());
        return Err(Failure::Unreachable(why).into());
    }
    if failed.is_empty() { Ok(()) } else { Err(Failure::Told(exit::FAILED).into()) }
}
