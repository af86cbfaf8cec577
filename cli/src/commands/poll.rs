//! `poll`: any trigger of HighLevel's catalogue.

use super::running::polling;
use super::{Global, print, print_json};
use crate::config::parse_time;
use crate::exit::{CODES, Failure};
use crate::orders::{data_of, pair};
use crate::polled;
use crate::shutdown;
use crate::wiring::{Local, Wiring};
use async_trait::async_trait;
use clap::Args;
use hatbridge_kafka::Publisher;
use hatbridge_producers::capture::Capture;
use hatbridge_producers::polls::{Asked, Order, Preview, Service};
use hatbridge_producers::{Metrics, Sink};
use hatbridge_schemas::Event;
use hatbridge_systems::highlevel::catalogue;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

const EXAMPLES: &str = "Examples:
  hatbridge poll \"search opportunities\" --tenant shop --once --dry-run
  hatbridge poll \"get contact notes\" --tenant shop --param contactId=C1 --once
  hatbridge poll \"list calendar events\" --tenant shop --every 5m

What it fans out over (the notes of every contact, the events of every calendar) are the entities that
hatbridge knows from earlier events; poll those first. Under [[polls]] of the configuration polls run
with `hatbridge run` and `produce polls`.";

/// `hatbridge poll`
#[derive(Debug, Args)]
#[command(after_help = CODES, after_long_help = format!("{EXAMPLES}\n\n{CODES}"))]
pub(crate) struct Poll {
    /// Name of the operation, as `hatbridge catalogue --kind trigger` lists it
    #[arg(value_name = "OPERATION")]
    operation: String,
    /// Whose HighLevel location
    #[arg(long, value_name = "ID")]
    tenant: String,
    /// Again and again with this pause, until stopped
    #[arg(long, value_name = "DURATION", value_parser = parse_time, conflicts_with = "once", required_unless_present_any = ["once", "dry_run"])]
    every: Option<Duration>,
    /// One pass over everything
    #[arg(long)]
    once: bool,
    /// A parameter that narrows it; may be repeated. A value that reads as JSON counts as that
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    param: Vec<(String, String)>,
    /// Show the first request and what of its page is new; publish nothing and remember nothing
    #[arg(long)]
    dry_run: bool,
    /// For scripts: one JSON object a line
    #[arg(long)]
    json: bool,
}

impl Poll {
    pub(crate) async fn carry_out(self, global: &Global) -> anyhow::Result<()> {
        let config = global.load()?;
        let operation = catalogue::find(&self.operation).map_err(|unknown| Failure::Usage(unknown.to_string()))?;
        // A tenant that is not there is told when it is looked for.
        let api = config.tenants.iter().find(|tenant| tenant.id == self.tenant).map(|tenant| tenant.highlevel.api).unwrap_or_default();
        let every = self.every.unwrap_or(Duration::from_secs(60));
        let order = Order::new(&operation.name, data_of(operation, api, &self.param), every).map_err(|why| Failure::Usage(why.to_string()))?;
        let wiring = Wiring::build(config, Local::Join, false).await?;
        let done = self.poll(&wiring, order).await;
        let closed = wiring.close().await;
        done.and(closed)
    }

    async fn poll(&self, wiring: &Wiring, order: Order) -> anyhow::Result<()> {
        let tenant = wiring.connections.named(&self.tenant)?;
        let told = Arc::new(Told { publisher: wiring.bus.publisher.clone(), json: self.json, count: AtomicUsize::new(0), unread: AtomicBool::new(false) });
        let capture = Capture::new(wiring.store.clone(), Arc::clone(&told) as Arc<dyn Sink>, Metrics::register(&wiring.metrics)?);
        let options = polling(&wiring.config);
        let asked = polled::one(order, tenant, &options, &capture, &polled::recordings(&wiring.config)?)?;
        if self.dry_run {
            return self.show(&asked.preview().await?);
        }
        let stop = shutdown::on_signals()?;
        if self.every.is_some() {
            Service::new(options, vec![], capture).with(vec![asked]).run(stop).await?;
        } else {
            let done = asked.once(&stop).await?;
            if done.idle {
                return self.tell_idle(&asked);
            }
        }
        let count = told.count.load(Ordering::Relaxed);
        if self.json { Ok(()) } else { print(&format!("{count} event(s) published")) }
    }

    fn tell_idle(&self, asked: &Asked) -> anyhow::Result<()> {
        let operation = asked.order().operation();
        let parent = operation.poll.as_ref().and_then(|poll| poll.parents.first()).map_or("", |parent| parent.parameter.as_str());
        let what = format!(
            "`{}` asks for every known `{parent}`, and none is known yet: poll what lists them first, or give one with `--param {parent}=…`",
            operation.name
        );
        if self.json { print_json(&json!({"published": 0, "note": what})) } else { print(&what) }
    }

    fn show(&self, preview: &Preview) -> anyhow::Result<()> {
        let request = preview.request.as_ref().map(crate::orders::shown);
        if self.json {
            let news: Vec<_> = preview.sightings.iter().map(|seen| json!({"kind": seen.kind, "id": seen.id, "change": seen.change})).collect();
            return print_json(&json!({"request": request, "new": news}));
        }
        match &preview.request {
            Some(request) => print(&crate::orders::text(request))?,
            None => print("nothing to ask for: no entity is known yet that it fans out over")?,
        }
        print("")?;
        for seen in &preview.sightings {
            print(&line(seen.change.as_str(), seen.kind.as_str(), &seen.id))?;
        }
        print(&format!("{} of the first page would be published; nothing was, and nothing is remembered", preview.sightings.len()))
    }
}

fn line(change: &str, kind: &str, id: &str) -> String {
    format!("{change:<9} {kind:<22} {id}")
}

/// Publishes, and tells each event in a line.
struct Told {
    publisher: Publisher,
    json: bool,
    count: AtomicUsize,
    /// Nobody reads the lines any more; polling goes on.
    unread: AtomicBool,
}

impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Told").field("count", &self.count).finish_non_exhaustive()
    }
}

#[async_trait]
impl Sink for Told {
    async fn publish(&self, event: &Event) -> Result<(), hatbridge_kafka::Error> {
        Sink::publish(&self.publisher, event).await?;
        self.count.fetch_add(1, Ordering::Relaxed);
        let entity = &event.entity;
        let text = if self.json {
            json!({"event_id": event.id, "kind": entity.kind, "id": entity.id, "root": entity.root, "change": event.change}).to_string()
        } else {
            line(event.change.as_str(), entity.kind.as_str(), entity.id.as_str())
        };
        if !self.unread.load(Ordering::Relaxed) && print(&text).is_err() {
            self.unread.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}
