//! Setting the stage: folder, log, simulators, and hatbridge itself in this process.

use super::products::{Listen, Manners, Products, Shop};
use super::script::Door;
use crate::commands::{Roles, Running};
use crate::config::{Config, Log, LogFormat, Sources, Time, load};
use crate::wiring::{Local, make_folder};
use anyhow::Context;
use std::path::Path;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Everything that runs.
#[derive(Debug)]
pub struct Stage {
    /// Both products.
    pub products: Products,
    /// hatbridge.
    pub running: Running,
    stop: CancellationToken,
}

/// Every fourth shop is connected by Zapier.
#[must_use]
pub fn doors(shops: usize) -> Vec<Door> {
    (1..=shops).map(|number| if number % 4 == 0 { Door::Zapier } else { Door::Rest }).collect()
}

impl Stage {
    /// Starts everything, with all its data in `folder`.
    ///
    /// # Errors
    /// What could not be started.
    pub async fn set(folder: &Path, doors: &[Door], manners: Manners) -> anyhow::Result<Self> {
        prepare(folder)?;
        let stop = CancellationToken::new();
        let shops = doors.iter().enumerate().map(|(number, door)| Shop::new(number, *door)).collect();
        let products = Products::start(shops, manners, Listen::FREE, &stop).await?;
        let running = Running::start(configuration(folder, &products, manners)?, Roles::ALL, Local::Start, stop.clone()).await?;
        if let Some(at) = running.webhooks_at {
            products.post_to(at)?;
        }
        Ok(Self { products, running, stop })
    }

    /// Says where everything is, for `--watch`.
    pub fn invite(&self) {
        eprintln!("everything keeps running until Ctrl-C:");
        eprintln!("  metrics     curl http://{}/metrics", self.running.http_at);
        eprintln!("  HighLevel   {}", self.products.highlevel.base_url());
        eprintln!("  17hats      {}", self.products.hats.base_url());
        for shop in &self.products.shops {
            eprintln!("  {}: location {} token {}, account {}", shop.id, shop.location, shop.token, shop.account);
        }
    }

    /// Finishes what is under way and stops everything.
    ///
    /// # Errors
    /// If a part failed.
    pub async fn strike(self) -> anyhow::Result<()> {
        self.running.stop();
        let finished = self.running.finish().await;
        self.stop.cancel();
        finished
    }
}

/// Makes the folder and starts the log in it.
///
/// # Errors
/// If they can't be made.
pub fn prepare(folder: &Path) -> anyhow::Result<()> {
    make_folder(folder)?;
    let path = folder.join("hatbridge.log");
    let file = std::fs::OpenOptions::new().create(true).append(true).open(&path).with_context(|| format!("can't write {}", path.display()))?;
    crate::logging::start(&Log { level: "info".into(), format: LogFormat::Text }, Some(file));
    Ok(())
}

/// The configuration that reaches these products from this folder.
///
/// # Errors
/// If it breaks a rule, which would be a mistake in here.
pub fn configuration(folder: &Path, products: &Products, manners: Manners) -> anyhow::Result<Config> {
    let path = folder.join("hatbridge.toml");
    std::fs::write(&path, toml::to_string_pretty(&products.configuration())?).with_context(|| format!("can't write {}", path.display()))?;
    let mut config =
        load(&Sources { file: Some(path), set: vec!["http.listen=127.0.0.1:0".into(), "webhooks.listen=127.0.0.1:0".into()], surroundings: false })?;
    folder.clone_into(&mut config.data_dir);
    config.http.api_token = "demo".into();
    // Webhooks bring everything at once; the polls behind them look once in a while.
    let pause = Time(Duration::from_secs(30));
    let intervals = &mut config.polling.intervals;
    (intervals.contacts, intervals.conversations, intervals.messages, intervals.tickets) = (pause, pause, pause, pause);
    if !manners.limited {
        for limits in [&mut config.highlevel.limits, &mut config.seventeen_hats.limits] {
            (limits.calls, limits.interval, limits.per_day) = (10_000_000, Time::seconds(1), u32::MAX);
        }
    }
    Ok(config)
}
