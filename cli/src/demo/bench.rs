//! The benchmark: the demo's set-up with the quota lifted.
//!
//! 1. Latency: messages entered in 17hats at a steady rate, from being seen to their effect in
//!    HighLevel.
//! 2. Throughput: a backlog captured while nothing is applied, then applied as fast as it goes.

use super::numbers::{Latency, Numbers};
use super::products::{Listen, Manners, Person, Products, Shop};
use super::settle::settle;
use super::setup::{Stage, configuration, doors, prepare};
use super::show::Screen;
use crate::commands::{Roles, Running};
use crate::wiring::Local;
use anyhow::Context;
use clap::Parser;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Contacts per shop that messages are written to.
const PEOPLE: usize = 100;
/// How long a part of the benchmark may take before it is given up.
const PATIENCE: Duration = Duration::from_secs(600);

/// Measures hatbridge on this machine: both simulators, the local broker and SQLite share it.
#[derive(Debug, Parser)]
#[command(name = "hatbridge-bench", version, after_help = crate::exit::CODES)]
pub struct Bench {
    /// Messages a second while latency is measured
    #[arg(long, default_value_t = 100)]
    rate: u32,
    /// How long latency is measured
    #[arg(long, default_value_t = 30)]
    seconds: u32,
    /// Messages in the backlog
    #[arg(long, default_value_t = 20_000)]
    backlog: u64,
    /// Shops the load is spread over
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=3))]
    tenants: u8,
    /// Folder for all data; a temporary one if left out
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// For scripts
    #[arg(long)]
    json: bool,
}

/// What was measured.
#[derive(Debug, Serialize)]
pub struct Measured {
    latency: Steady,
    backlog: Drained,
}

/// At a steady rate.
#[derive(Debug, Serialize)]
struct Steady {
    events_per_second: u32,
    seconds: u32,
    measured: u64,
    p50_ms: Option<u64>,
    p99_ms: Option<u64>,
    /// Of this process: hatbridge and both simulators.
    cpu_seconds: f64,
}

/// As fast as it goes.
#[derive(Debug, Serialize)]
struct Drained {
    events: u64,
    seconds: f64,
    applied_per_second: f64,
    cpu_seconds: f64,
}

impl Bench {
    /// Measures and prints.
    ///
    /// # Errors
    /// If a part fails or does not come to an end.
    pub async fn carry_out(self) -> anyhow::Result<()> {
        let folder = self.keep.clone().unwrap_or_else(|| std::env::temp_dir().join(format!("hatbridge-bench-{}", std::process::id())));
        let latency = self.steady(&folder.join("steady")).await?;
        let backlog = self.drain(&folder.join("backlog")).await?;
        if self.keep.is_none() {
            std::fs::remove_dir_all(&folder).with_context(|| format!("can't remove {}", folder.display()))?;
        }
        let measured = Measured { latency, backlog };
        if self.json {
            return crate::commands::print_json(&measured);
        }
        let Measured { latency: l, backlog: b } = &measured;
        let shown = |ms: Option<u64>| ms.map_or_else(|| "-".to_owned(), |ms| format!("{ms} ms"));
        crate::commands::print(&format!(
            "capture to effect at {} events/s for {} s: p50 {} p99 {} of {} measured, {:.1} CPU s\n\
             backlog of {} events applied in {:.1} s: {:.0} events/s, {:.1} CPU s",
            l.events_per_second,
            l.seconds,
            shown(l.p50_ms),
            shown(l.p99_ms),
            l.measured,
            l.cpu_seconds,
            b.events,
            b.seconds,
            b.applied_per_second,
            b.cpu_seconds,
        ))
    }

    async fn steady(&self, folder: &Path) -> anyhow::Result<Steady> {
        let stage = Stage::set(folder, &doors(self.tenants.into()), MANNERS).await?;
        let mut screen = Screen::new();
        let people = people(&stage.products)?;
        anyhow::ensure!(settle(&stage.running, &stage.products, &mut screen, PATIENCE).await?, "the contacts did not come to rest");
        let registry = stage.running.wiring.metrics.clone();
        let (before, cpu) = (Latency::read(&registry), cpu_seconds());
        let mut tick = tokio::time::interval(Duration::from_secs(1) / self.rate.max(1));
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
        for number in 0..u64::from(self.rate) * u64::from(self.seconds) {
            tick.tick().await;
            write(&stage.products, &people, number)?;
            if number % 50 == 0 {
                screen.show("at a steady rate", &Numbers::read(&registry));
            }
        }
        anyhow::ensure!(settle(&stage.running, &stage.products, &mut screen, PATIENCE).await?, "the messages did not come to rest");
        screen.end();
        let latency = Latency::read(&registry).since(&before);
        let cpu_seconds = cpu_seconds() - cpu;
        stage.strike().await?;
        Ok(Steady {
            events_per_second: self.rate,
            seconds: self.seconds,
            measured: latency.count(),
            p50_ms: latency.quantile(0.5),
            p99_ms: latency.quantile(0.99),
            cpu_seconds,
        })
    }

    async fn drain(&self, folder: &Path) -> anyhow::Result<Drained> {
        prepare(folder)?;
        let stop = CancellationToken::new();
        let shops = doors(self.tenants.into()).into_iter().enumerate().map(|(number, door)| Shop::new(number, door)).collect();
        let products = Products::start(shops, MANNERS, Listen::FREE, &stop).await?;
        let config = configuration(folder, &products, MANNERS)?;
        let mut screen = Screen::new();
        // People first, so that the backlog is messages alone.
        let running = Running::start(config.clone(), Roles::ALL, Local::Start, stop.clone()).await?;
        if let Some(at) = running.webhooks_at {
            products.post_to(at)?;
        }
        let people = people(&products)?;
        anyhow::ensure!(settle(&running, &products, &mut screen, PATIENCE).await?, "the contacts did not come to rest");
        running.stop();
        running.finish().await?;

        let running = Running::start(config.clone(), Roles::WEBHOOKS, Local::Start, stop.clone()).await?;
        if let Some(at) = running.webhooks_at {
            products.post_to(at)?;
        }
        for number in 0..self.backlog {
            write(&products, &people, number)?;
        }
        wait_for(&running, &mut screen, "capturing the backlog", |n| n.captured >= self.backlog).await?;
        running.stop();
        running.finish().await?;

        let cpu = cpu_seconds();
        let running = Running::start(config, Roles::APPLY, Local::Start, stop.clone()).await?;
        // Joining the group is not applying: the clock starts with the first effect.
        wait_for(&running, &mut screen, "applying the backlog", |n| n.finished > 0).await?;
        let (began, first) = (Instant::now(), Numbers::read(&running.wiring.metrics).finished);
        wait_for(&running, &mut screen, "applying the backlog", |n| n.finished >= self.backlog).await?;
        let seconds = began.elapsed().as_secs_f64();
        let cpu_seconds = cpu_seconds() - cpu;
        screen.end();
        running.stop();
        running.finish().await?;
        stop.cancel();
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
        let applied_per_second = (self.backlog - first.min(self.backlog)) as f64 / seconds;
        Ok(Drained { events: self.backlog, seconds, applied_per_second, cpu_seconds })
    }
}

const MANNERS: Manners = Manners { seed: 17, limited: false, unruly: false };

/// Enters the people in 17hats; (shop, contact).
fn people(products: &Products) -> anyhow::Result<Vec<(usize, String)>> {
    let mut people = vec![];
    for number in 0..PEOPLE {
        for (at, shop) in products.shops.iter().enumerate() {
            people.push((at, products.hats_enter(shop, &Person::new(at, number))?));
        }
    }
    Ok(people)
}

fn write(products: &Products, people: &[(usize, String)], number: u64) -> anyhow::Result<()> {
    let (shop, contact) = &people[usize::try_from(number).unwrap_or(0) % people.len()];
    products.hats_message(&products.shops[*shop], contact, &format!("Benchmark message {number}"), number.is_multiple_of(2), None)?;
    Ok(())
}

async fn wait_for(running: &Running, screen: &mut Screen, doing: &str, reached: impl Fn(&Numbers) -> bool) -> anyhow::Result<()> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        let numbers = Numbers::read(&running.wiring.metrics);
        screen.show(doing, &numbers);
        if reached(&numbers) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("{doing} took longer than {} s", PATIENCE.as_secs())
}

/// CPU time of this process and its ended children, user and system.
fn cpu_seconds() -> f64 {
    // Fields 14 to 17 of proc(5)'s stat, in ticks of 1/100 s; counted behind the name, which may hold spaces.
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    fields.skip(11).take(4).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}
