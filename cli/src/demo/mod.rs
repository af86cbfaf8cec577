//! The demo: a busy morning in both systems, simulated, then compared record by record.
//!
//! [`script`](mod@script) says who does what when, [`products`] are the simulators it is played in ([`play`](mod@play)),
//! [`numbers`] and [`show`] say how it goes, [`settle`](mod@settle) waits until everything has arrived,
//! [`holding`](mod@holding) and [`compare`](mod@compare) look at what both systems hold in the end.

pub mod bench;
pub mod compare;
pub mod holding;
pub mod numbers;
pub mod play;
pub mod products;
pub mod script;
pub mod settle;
pub mod setup;
pub mod show;

use crate::exit::{self, CODES, Failure};
use anyhow::Context;
use clap::Args;
use compare::{Comparison, Kind, compare};
use numbers::Numbers;
use play::Played;
use products::Manners;
use script::{Act, Volume, script};
use serde::Serialize;
use setup::Stage;
use show::Screen;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How long the last changes may take to arrive.
const SETTLE: Duration = Duration::from_secs(75);
/// Differences printed; all of them are in the folder.
const TOLD: usize = 10;

/// `hatbridge demo`
#[derive(Debug, Args)]
#[command(after_long_help = format!("It takes two to three minutes and ends with a line such as
  captured 4200 applied 2100 lost 0 doubled 0 unconverged 0
and exit code 0 only if the zeros are zeros and no call met a rate limit (429). HighLevel is simulated
with its real limits: 100 calls in 10 s per location.

Examples:
  hatbridge demo
  hatbridge demo --watch          keep it running, to look around with curl
  hatbridge demo --json | jq      the result for a script

{CODES}"))]
pub struct Demo {
    /// Keep everything running after the comparison, until a signal comes
    #[arg(long)]
    watch: bool,
    /// Shops that take part, 1 to 16; every fourth is connected by Zapier, the others by the contract
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=16))]
    tenants: u8,
    /// The same seed plays the same morning
    #[arg(long, default_value_t = 17)]
    seed: u64,
    /// Folder for database, broker, logs and dumps; ./hatbridge-data/demo-TIME if left out
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// The result as JSON instead of words
    #[arg(long)]
    json: bool,
    /// Seconds that the morning lasts
    #[arg(long, default_value_t = 100, hide = true, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
}

/// What came of it.
#[derive(Debug, Serialize)]
struct Outcome {
    folder: PathBuf,
    #[serde(flatten)]
    numbers: Numbers,
    acts: u64,
    undone: Vec<String>,
    came_to_rest: bool,
    calls_throttled: u64,
    comparison: Comparison,
}

impl Outcome {
    fn is_good(&self) -> bool {
        self.comparison.is_clean() && self.undone.is_empty() && self.came_to_rest && self.calls_throttled == 0 && self.numbers.dead == 0
    }

    fn summary(&self) -> String {
        let Comparison { lost, doubled, unconverged, .. } = &self.comparison;
        format!("captured {} applied {} lost {lost} doubled {doubled} unconverged {unconverged}", self.numbers.captured, self.numbers.applied)
    }

    fn words(&self) -> String {
        let mut lines = vec![];
        for kind in Kind::ALL {
            let pairs = self.comparison.pairs.get(&kind).copied().unwrap_or(0);
            lines.push(format!("{pairs:>6} {kind}s on both sides"));
        }
        lines.extend(self.comparison.differences.iter().take(TOLD).map(|difference| format!("DIFFERENCE {difference}")));
        if self.comparison.differences.len() > TOLD {
            lines.push(format!("... and {} more, in {}", self.comparison.differences.len() - TOLD, self.folder.join("comparison.json").display()));
        }
        lines.extend(self.undone.iter().take(TOLD).map(|what| format!("NOT DONE {what}")));
        if !self.came_to_rest {
            lines.push(format!("NOT AT REST after {} s: what is under way now counts as lost", SETTLE.as_secs()));
        }
        if self.calls_throttled > 0 {
            lines.push(format!("THROTTLED {} calls met a rate limit", self.calls_throttled));
        }
        if self.numbers.dead > 0 {
            lines.push(format!("DEAD LETTERS {}", self.numbers.dead));
        }
        lines.push(format!("database, broker's data, log and dumps are in {}", self.folder.display()));
        lines.push(self.summary());
        lines.join("\n")
    }
}

impl Demo {
    /// Plays it.
    ///
    /// # Errors
    /// If something fails, or the systems do not agree.
    pub async fn carry_out(self) -> anyhow::Result<()> {
        let stop = crate::shutdown::on_signals()?;
        let folder = self.keep.clone().unwrap_or_else(|| PathBuf::from(format!("hatbridge-data/demo-{}", jiff::Zoned::now().strftime("%Y%m%d-%H%M%S"))));
        let doors = setup::doors(self.tenants.into());
        let manners = Manners { seed: self.seed, limited: true, unruly: true };
        let stage = Stage::set(&folder, &doors, manners).await?;
        let volume = Volume { length: Duration::from_secs(self.seconds), ..Volume::default() };
        let acts = script(self.seed, &doors, &volume);
        let mut screen = Screen::new();
        screen.say(&format!("{} acts of {} shops in {} s; metrics at http://{}/metrics", acts.len(), doors.len(), self.seconds, stage.running.http_at));
        let played = morning(&stage, acts, doors.len(), &mut screen, &stop).await;
        let outcome = tokio::select! {
            biased;
            () = stop.cancelled() => None,
            outcome = outcome(&stage, played, &folder, &mut screen) => Some(outcome?),
        };
        screen.end();
        if let Some(outcome) = &outcome {
            self.tell(outcome)?;
            if self.watch {
                stage.invite();
                stop.cancelled().await;
            }
        }
        stage.strike().await?;
        match outcome {
            None => Err(Failure::Failed("stopped before the end; nothing was compared".into()).into()),
            Some(outcome) if outcome.is_good() => Ok(()),
            Some(_) => Err(Failure::Told(exit::FAILED).into()),
        }
    }

    fn tell(&self, outcome: &Outcome) -> anyhow::Result<()> {
        if self.json { crate::commands::print_json(outcome) } else { crate::commands::print(&outcome.words()) }
    }
}

/// Plays all shops at once and shows how it goes.
async fn morning(stage: &Stage, acts: Vec<Act>, shops: usize, screen: &mut Screen, stop: &CancellationToken) -> Played {
    let started = Instant::now();
    let mut players = JoinSet::new();
    for shop in 0..shops {
        let of_shop = acts.iter().filter(|act| act.tenant == shop).cloned().collect();
        players.spawn(play::play(stage.products.clone(), shop, of_shop, started, stop.clone()));
    }
    let mut played = Played::default();
    let mut tick = tokio::time::interval(Duration::from_millis(500));
    loop {
        tokio::select! {
            biased;
            ended = players.join_next() => match ended {
                Some(Ok(one)) => {
                    played.acts += one.acts;
                    played.undone.extend(one.undone);
                }
                Some(Err(error)) => played.undone.push(format!("a shop's people stopped acting: {error}")),
                None => return played,
            },
            _ = tick.tick() => screen.show("a busy morning", &Numbers::read(&stage.running.wiring.metrics)),
        }
    }
}

async fn outcome(stage: &Stage, played: Played, folder: &Path, screen: &mut Screen) -> anyhow::Result<Outcome> {
    let came_to_rest = settle::settle(&stage.running, &stage.products, screen, SETTLE).await?;
    let numbers = Numbers::read(&stage.running.wiring.metrics);
    let mut holdings = vec![];
    for shop in &stage.products.shops {
        let (highlevel, hats) = (stage.products.highlevel.dump(&shop.location)?, stage.products.hats.dump(&shop.account)?);
        keep(folder, &format!("{}.highlevel.json", shop.id), &highlevel)?;
        keep(folder, &format!("{}.17hats.json", shop.id), &hats)?;
        holdings.push(holding::holding(&shop.id, shop.door, &highlevel, &hats));
    }
    let comparison = compare(&holdings);
    keep(folder, "comparison.json", &comparison)?;
    let calls_throttled = numbers.throttled.max(stage.products.throttled());
    Ok(Outcome { folder: folder.to_owned(), numbers, acts: played.acts, undone: played.undone, came_to_rest, calls_throttled, comparison })
}

fn keep(folder: &Path, name: &str, what: &impl Serialize) -> anyhow::Result<()> {
    let path = folder.join(name);
    let text = serde_json::to_string_pretty(what)?;
    std::fs::write(&path, text).with_context(|| format!("can't write {}", path.display()))
}
