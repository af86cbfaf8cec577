//! How many requests and how much memory a poll of many contacts takes. The simulated HighLevel runs in a
//! process of its own, so that only the poll's memory is counted.
//!
//! ```text
//! target/release/hatbridge-poll-bench [CONTACTS]
//! ```

use async_trait::async_trait;
use hatbridge_producers::capture::Capture;
use hatbridge_producers::polls::{Asked, Options, Order};
use hatbridge_producers::recordings::Recordings;
use hatbridge_producers::{Metrics, Sink};
use hatbridge_sandbox::highlevel::{self, LocationOptions, SearchLag};
use hatbridge_schemas::{Event, System, TenantId};
use hatbridge_store::Store;
use hatbridge_systems::highlevel::{Agency, Api, Credentials, HighLevel};
use hatbridge_systems::quota::{Priority, Quota, QuotaError, QuotaSeen};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

const LOCATION: &str = "benchLocation0000001";
const TOKEN: &str = "pit-bench";

/// Counts the places taken in the budget: one a request.
#[derive(Debug, Default)]
struct Counted(AtomicU64);

#[async_trait]
impl Quota for Counted {
    async fn take(&self, _: System, _: &TenantId, _: Priority) -> Result<(), QuotaError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn observe(&self, _: System, _: &TenantId, _: QuotaSeen) {}
}

/// Counts events.
#[derive(Debug, Default)]
struct Heard(AtomicU64);

#[async_trait]
impl Sink for Heard {
    async fn publish(&self, _: &Event) -> Result<(), hatbridge_kafka::Error> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    hatbridge::wiring::install_crypto();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--serve", contacts] => runtime.block_on(serve(contacts.parse()?)),
        [] => runtime.block_on(bench(10_000)),
        [contacts] => runtime.block_on(bench(contacts.parse()?)),
        _ => Err("usage: hatbridge-poll-bench [CONTACTS]".into()),
    }
}

/// The simulated HighLevel; ends when its stdin does.
async fn serve(contacts: usize) -> Result<(), Box<dyn std::error::Error>> {
    let location = LocationOptions { search_lag: SearchLag::NONE, ..LocationOptions::new(LOCATION, TOKEN) };
    let options = highlevel::Options { locations: vec![location], limits: highlevel::Limits::lifted(), ..highlevel::Options::default() };
    let stop = CancellationToken::new();
    let handle = highlevel::Service::start(options, stop.clone()).await?;
    for number in 0..contacts {
        handle.create_contact(
            LOCATION,
            serde_json::json!({"firstName": "Client", "lastName": format!("{number}"), "email": format!("client{number}@example.com")}),
        )?;
    }
    println!("{}", handle.base_url());
    std::io::stdout().flush()?;
    tokio::task::spawn_blocking(|| std::io::stdin().lock().lines().count()).await?;
    stop.cancel();
    Ok(())
}

async fn bench(contacts: usize) -> Result<(), Box<dyn std::error::Error>> {
    let mut child = Command::new(std::env::current_exe()?).args(["--serve", &contacts.to_string()]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut base_url = String::new();
    BufReader::new(child.stdout.take().ok_or("the simulator has no output")?).read_line(&mut base_url)?;
    let folder = tempfile::tempdir()?;
    let store = Store::open(&hatbridge_store::Options::new(format!("sqlite://{}", folder.path().join("bench.db").display()))).await?;
    let (quota, heard) = (Arc::new(Counted::default()), Arc::new(Heard::default()));
    let options = hatbridge_systems::highlevel::Options {
        base_url: base_url.trim().parse()?,
        tenant: TenantId::new("bench"),
        location_id: LOCATION.to_owned(),
        api: Api::V2,
        credentials: Credentials::PrivateToken(TOKEN.into()),
        agency: Agency::default(),
        timeout: Duration::from_secs(30),
    };
    let client = HighLevel::new(hatbridge_systems::http_client(Duration::from_secs(30), true)?, options, Arc::clone(&quota) as Arc<dyn Quota>);
    let capture = Capture::new(store.clone(), Arc::clone(&heard) as Arc<dyn Sink>, Metrics::register(&prometheus::Registry::new())?);
    let recordings = Recordings::open(&format!("file://{}", folder.path().join("recordings").display()))?;
    let poll = || -> Result<Asked, Box<dyn std::error::Error>> {
        let order = Order::new("search contacts", serde_json::Map::new(), Duration::from_secs(60))?;
        Ok(Asked::new(order, TenantId::new("bench"), client.clone(), &Arc::new(Options::new("bench")), &capture, &recordings)?)
    };
    println!("{:<12} {:>9} {:>9} {:>9} {:>9} {:>9}", "pass", "requests", "events", "seconds", "MiB", "peak MiB");
    println!("{:<12} {:>9} {:>9} {:>9} {:>9} {:>9}", "before", 0, 0, "", memory("VmRSS")?, memory("VmHWM")?);
    for pass in ["first", "unchanged"] {
        let (requests, events, began) = (quota.0.load(Ordering::Relaxed), heard.0.load(Ordering::Relaxed), Instant::now());
        poll()?.once(&CancellationToken::new()).await?;
        let seconds = format!("{:.1}", began.elapsed().as_secs_f64());
        let (requests, events) = (quota.0.load(Ordering::Relaxed) - requests, heard.0.load(Ordering::Relaxed) - events);
        println!("{pass:<12} {requests:>9} {events:>9} {seconds:>9} {:>9} {:>9}", memory("VmRSS")?, memory("VmHWM")?);
    }
    drop(child.stdin.take());
    child.wait()?;
    store.close().await;
    Ok(())
}

/// This process's memory, MiB.
fn memory(what: &str) -> Result<u64, Box<dyn std::error::Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(what)).ok_or("no such figure")?;
    Ok(line.split_whitespace().nth(1).ok_or("no figure")?.parse::<u64>()? / 1024)
}
