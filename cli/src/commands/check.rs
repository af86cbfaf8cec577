//! `check`: is everything configured and reachable?

use super::{Global, print, print_json};
use crate::config::{Config, load};
use crate::exit::{self, CODES, Failure, causes};
use crate::scopes::Scopes;
use crate::wiring::{Connected, Connections, StoredTokens, bus, install_crypto, make_folder, open_store, secret_key};
use async_trait::async_trait;
use clap::Args;
use comfy_table::{Table, presets};
use hatbridge_kafka::{Metrics, Publisher};
use hatbridge_schemas::topics::Topics;
use hatbridge_schemas::wire::Encoder;
use hatbridge_schemas::{System, TenantId};
use hatbridge_store::Store;
use hatbridge_systems::call::Verdict;
use hatbridge_systems::highlevel::requests::{self, ConversationQuery};
use hatbridge_systems::highlevel::{OAuthTokens, TokenStore};
use hatbridge_systems::quota::{Priority, Quota, QuotaError, QuotaSeen};
use hatbridge_systems::seventeen_hats::{ListQuery, Resource, SeventeenHats};
use serde::Serialize;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long anything may take to answer.
const ANSWER: Duration = Duration::from_secs(10);

/// `hatbridge check`
#[derive(Debug, Args)]
#[command(after_long_help = format!("Each tenant costs one call to each system. Nothing is written, and no secret is shown.\n\n{CODES}"))]
pub(crate) struct Check {
    /// For scripts
    #[arg(long)]
    json: bool,
    /// The configuration only: nothing is asked over the network
    #[arg(long)]
    offline: bool,
}

/// Outcome of one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    /// Fine.
    Ok,
    /// Not as it should be.
    Failed,
    /// No answer.
    Unreachable,
    /// Can't be asked without an effect, or is not in use.
    Skipped,
}

/// One line of the report.
#[derive(Debug, Serialize)]
struct Line {
    what: String,
    state: State,
    detail: String,
}

/// What has been found so far.
#[derive(Default)]
struct Report(Vec<Line>);

impl Report {
    fn add(&mut self, what: impl Into<String>, state: State, detail: impl Into<String>) {
        self.0.push(Line { what: what.into(), state, detail: detail.into() });
    }

    fn result<E: Into<anyhow::Error>>(&mut self, what: impl Into<String>, found: Result<String, E>) {
        match found {
            Ok(detail) => self.add(what, State::Ok, detail),
            Err(error) => self.add(what, State::Unreachable, causes(error.into().as_ref())),
        }
    }

    fn show(&self, json: bool) -> anyhow::Result<()> {
        if json {
            return print_json(&self.0);
        }
        let mut table = Table::new();
        table.load_preset(presets::NOTHING).set_content_arrangement(comfy_table::ContentArrangement::Dynamic);
        for line in &self.0 {
            let state = match line.state {
                State::Ok => "ok",
                State::Failed => "FAILED",
                State::Unreachable => "NO ANSWER",
                State::Skipped => "-",
            };
            table.add_row([line.what.as_str(), state, line.detail.as_str()]);
        }
        print(&table.to_string())
    }
}

impl Check {
    pub(crate) async fn carry_out(self, global: &Global) -> anyhow::Result<()> {
        let mut report = Report::default();
        let config = match load(&global.sources()) {
            Ok(config) => config,
            Err(error) => {
                report.add("configuration", State::Failed, error.to_string());
                report.show(self.json)?;
                return Err(Failure::Told(exit::USAGE).into());
            }
        };
        let tenants = config.tenants.iter().filter(|tenant| tenant.enabled).count();
        report.add("configuration", State::Ok, format!("{tenants} enabled tenant(s)"));
        for tenant in config.tenants.iter().filter(|tenant| tenant.enabled) {
            report.add(format!("{}: scopes needed", tenant.id), State::Ok, Scopes::of(&config, tenant).line());
        }
        if !self.offline {
            crate::logging::start(&config.log, None);
            install_crypto();
            reach(&config, &mut report).await;
        }
        report.show(self.json)?;
        let found = |state| report.0.iter().any(|line| line.state == state);
        match (found(State::Unreachable), found(State::Failed)) {
            (true, _) => Err(Failure::Told(exit::UNREACHABLE).into()),
            (false, true) => Err(Failure::Told(exit::FAILED).into()),
            (false, false) => Ok(()),
        }
    }
}

async fn reach(config: &Config, report: &mut Report) {
    brokers(config, report).await;
    match bus::registry(config) {
        Ok(None) => report.add("schema registry", State::Skipped, "none configured"),
        Ok(Some(registry)) => report.result("schema registry", registry.ping().await.map(|()| "answers".to_owned())),
        Err(error) => report.result("schema registry", Err(error)),
    }
    let store = async {
        make_folder(&config.data_dir)?;
        let store = open_store(config).await?;
        store.ping().await?;
        anyhow::Ok(store)
    };
    let store = match store.await {
        Ok(store) => {
            report.add("database", State::Ok, if store.is_postgres() { "PostgreSQL" } else { "SQLite in data_dir" });
            store
        }
        Err(error) => return report.result("database", Err(error)),
    };
    let seen = Arc::new(Seen::default());
    match connections(config, &store, &seen) {
        Ok(connections) => {
            let tokens = secret_key(&config.data_dir).map(|key| StoredTokens::new(store.clone(), &key));
            for tenant in connections.all() {
                granted(config, tenant, &tokens, report).await;
                highlevel(tenant, &seen, report).await;
                seventeen_hats(tenant, &seen, report).await;
            }
        }
        Err(error) => report.result("tenants", Err(error)),
    }
    store.close().await;
}

fn connections(config: &Config, store: &Store, seen: &Arc<Seen>) -> anyhow::Result<Connections> {
    let tokens = StoredTokens::new(store.clone(), &secret_key(&config.data_dir)?);
    Connections::new(config, Arc::clone(seen) as Arc<dyn Quota>, Arc::new(tokens))
}

async fn brokers(config: &Config, report: &mut Report) {
    let brokers = config.kafka.brokers.trim();
    if brokers.is_empty() {
        return report.add("brokers", State::Skipped, "none configured: `hatbridge run` brings a local one");
    }
    let ping = async {
        let options = bus::options(config, brokers)?;
        let topics = Topics::new(&config.kafka.topic_prefix)?;
        let publisher = Publisher::new(&options, topics, Encoder::shipped(), Metrics::unregistered()?)?;
        publisher.ping(ANSWER).await?;
        anyhow::Ok(brokers.to_owned())
    };
    report.result("brokers", ping.await);
}

async fn highlevel(tenant: &Connected, seen: &Seen, report: &mut Report) {
    let what = format!("{}: HighLevel", tenant.id);
    let query = ConversationQuery { limit: Some(1), ..ConversationQuery::default() };
    let request = requests::conversation_search(tenant.highlevel.location_id(), &query);
    let verdict = tenant.highlevel.call(request, Priority::Live).await;
    told(what, &verdict, &seen.said(System::Highlevel, &tenant.id), report);
}

/// Whether the token has the scopes that are needed; only an app's says which it has.
async fn granted(config: &Config, tenant: &Connected, tokens: &anyhow::Result<StoredTokens>, report: &mut Report) {
    let what = format!("{}: scopes of the token", tenant.id);
    if tenant.config.highlevel.oauth.is_none() {
        return report.add(what, State::Skipped, "a private token does not say which it has; compare them with its page in HighLevel");
    }
    let kept = match tokens {
        Ok(tokens) => tokens.load(&tenant.id).await.map_err(anyhow::Error::new),
        Err(error) => Err(anyhow::anyhow!("{error}")),
    };
    match kept {
        Ok(None) => report.add(what, State::Failed, "it is not connected; run `hatbridge connect`"),
        Ok(Some(OAuthTokens { scope: None, .. })) => report.add(what, State::Skipped, "not known; they are told when the token is renewed"),
        Ok(Some(OAuthTokens { scope: Some(scope), .. })) => match Scopes::of(config, &tenant.config).missing(&scope) {
            missing if missing.is_empty() => report.add(what, State::Ok, "all that are needed"),
            missing => report.add(what, State::Failed, format!("missing: {}; add them to the app and install it again", missing.join(", "))),
        },
        Err(error) => report.result(what, Err(error)),
    }
}

async fn seventeen_hats(tenant: &Connected, seen: &Seen, report: &mut Report) {
    let what = format!("{}: 17hats", tenant.id);
    match &tenant.seventeen_hats {
        SeventeenHats::Rest(rest) => {
            let verdict = rest.call(rest.list(Resource::Contacts, &ListQuery::default()), Priority::Live).await;
            told(what, &verdict, &seen.said(System::SeventeenHats, &tenant.id), report);
        }
        SeventeenHats::Zapier(_) => report.add(what, State::Skipped, "a catch hook can't be asked without running its Zap"),
    }
}

fn told(what: String, verdict: &Verdict, quota: &str, report: &mut Report) {
    match verdict {
        Verdict::Done(_) => report.add(what, State::Ok, format!("answers{quota}")),
        Verdict::Throttled(wait) => report.add(what, State::Failed, format!("asks to wait {} s{quota}", wait.as_secs())),
        Verdict::Retry(reason) | Verdict::Doubt(reason) => report.add(what, State::Unreachable, reason.0.clone()),
        Verdict::Refused(refusal) => report.add(what, State::Failed, format!("refuses ({}): {}; check token, scopes and id", refusal.status, refusal.message)),
    }
}

/// Takes no budget and keeps what the headers say.
#[derive(Debug, Default)]
struct Seen(Mutex<HashMap<(System, TenantId), String>>);

impl Seen {
    fn said(&self, system: System, tenant: &TenantId) -> String {
        let seen = self.0.lock().expect("no panic happens while it is held");
        seen.get(&(system, tenant.clone())).cloned().unwrap_or_default()
    }
}

#[async_trait]
impl Quota for Seen {
    async fn take(&self, _: System, _: &TenantId, _: Priority) -> Result<(), QuotaError> {
        Ok(())
    }

    fn observe(&self, system: System, tenant: &TenantId, seen: QuotaSeen) {
        let part = |name: &str, left: Option<u32>, of: Option<u32>| match (left, of) {
            (Some(left), Some(of)) => format!(", {name} {left} of {of} left"),
            _ => String::new(),
        };
        let text = part("interval", seen.remaining, seen.limit) + &part("day", seen.daily_remaining, seen.daily_limit);
        self.0.lock().expect("no panic happens while it is held").insert((system, tenant.clone()), text);
    }
}
