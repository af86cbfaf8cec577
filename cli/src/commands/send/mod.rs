//! `send`: an operation of HighLevel's catalogue as a command.

mod bulk;
mod outcome;
mod rows;

use super::{Global, print, print_json};
use crate::config::parse_time;
use crate::exit::{self, CODES, Failure};
use crate::orders::{self, Data, Order};
use crate::wiring::{Connected, Connections, Local, Wiring};
use anyhow::Context;
use clap::Args;
use hatbridge_systems::highlevel::Api;
use hatbridge_systems::highlevel::catalogue::Operation;
use outcome::{Outcome, Outcomes};
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;
use uuid::Uuid;

const EXAMPLES: &str = "Examples:
  hatbridge send \"create contact note\" --tenant shop --param contactId=C1 --param body=Hello --wait
  hatbridge send \"create appointment\" --tenant shop --data @appointment.json --dry-run
  hatbridge send \"update contact\" --tenant shop --bulk contacts.csv --wait";

/// `hatbridge send`
#[derive(Debug, Args)]
#[command(after_help = CODES, after_long_help = format!("{EXAMPLES}\n\n{CODES}"))]
pub(crate) struct Send {
    /// Name of the operation, as `hatbridge catalogue` lists it
    #[arg(value_name = "OPERATION")]
    operation: String,
    /// Whose HighLevel location
    #[arg(long, value_name = "ID")]
    tenant: String,
    /// Parameters and body as one JSON object: `@FILE`, `-` for stdin, or the object itself
    #[arg(long, value_name = "@FILE|-|JSON")]
    data: Option<String>,
    /// One member of the data; may be repeated. A value that reads as JSON counts as that
    #[arg(long, value_name = "NAME=VALUE", value_parser = orders::pair)]
    param: Vec<(String, String)>,
    /// Name of this command; given again it repeats nothing. Otherwise a new one is made up
    #[arg(long, value_name = "NAME", value_parser = orders::checked_id)]
    id: Option<String>,
    /// One command a row of this file: CSV with a header line, or JSON lines (`.jsonl`, `-` for stdin)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["data", "param", "id"])]
    bulk: Option<PathBuf>,
    /// Name of a bulk order; given again it continues one that was cut off. Without it the file's
    /// content is the name, so that the same file is never sent twice
    #[arg(long, value_name = "NAME", requires = "bulk", value_parser = orders::checked_id)]
    order: Option<String>,
    /// Wait for the outcome and show it
    #[arg(long)]
    wait: bool,
    /// How long to wait, after the last outcome
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = parse_time)]
    timeout: Duration,
    /// Show the exact request, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// For scripts
    #[arg(long)]
    json: bool,
}

impl Send {
    pub(crate) async fn carry_out(self, global: &Global) -> anyhow::Result<()> {
        let config = global.load()?;
        let operation = orders::operation(&self.operation, &config.commands.operations)?;
        if self.dry_run {
            let connections = Connections::offline(&config)?;
            return self.show(connections.named(&self.tenant)?, operation);
        }
        let wiring = Wiring::build(config, Local::Join, false).await?;
        let done = match &self.bulk {
            Some(file) => bulk::send(&self, &wiring, operation, file).await,
            None => self.one(&wiring, operation).await,
        };
        let closed = wiring.close().await;
        done.and(closed)
    }

    /// The data that the options give.
    fn data(&self, operation: &'static Operation, api: Api) -> anyhow::Result<Data> {
        let text = match self.data.as_deref() {
            None => "{}".to_owned(),
            Some("-") => std::io::read_to_string(std::io::stdin()).context("can't read the data from stdin")?,
            Some(given) => match given.strip_prefix('@') {
                Some(file) => std::fs::read_to_string(file).with_context(|| format!("can't read {file}"))?,
                None => given.to_owned(),
            },
        };
        let mut data: Data = serde_json::from_str(&text).map_err(|error| Failure::Usage(format!("the data are no JSON object: {}", rows::where_in(&error))))?;
        data.extend(orders::data_of(operation, api, &self.param));
        Ok(data)
    }

    fn order(&self, tenant: &Connected, operation: &'static Operation, id: String) -> anyhow::Result<Order> {
        let data = self.data(operation, tenant.highlevel.api())?;
        Order::new(operation, &tenant.highlevel, id, data).map_err(|invalid| Failure::Usage(invalid.to_string()).into())
    }

    fn show(&self, tenant: &Connected, operation: &'static Operation) -> anyhow::Result<()> {
        if let Some(file) = &self.bulk {
            return bulk::show(self, tenant, operation, file);
        }
        let order = self.order(tenant, operation, self.id.clone().unwrap_or_else(|| "dry-run".to_owned()))?;
        if self.json {
            return print_json(&orders::shown(&order.request));
        }
        print(&orders::text(&order.request))?;
        print(&format!("\nafter a lost answer: {}\nneeds: {}\nnothing was sent", orders::repeats(operation), operation.scope.as_deref().unwrap_or("no scope")))
    }

    async fn one(&self, wiring: &Wiring, operation: &'static Operation) -> anyhow::Result<()> {
        let tenant = wiring.connections.named(&self.tenant)?;
        let order = self.order(tenant, operation, self.id.clone().unwrap_or_else(|| Uuid::new_v4().to_string()))?;
        let event = order.event(&tenant.id);
        if let Some(word) = wiring.store.finished_as(event.id).await? {
            return self.tell(&order, &event.id.to_string(), &Outcome::before(&word));
        }
        let outcomes = if self.wait { Some(Outcomes::follow(wiring).await?) } else { None };
        wiring.bus.publisher.publish(&event).await?;
        let Some(outcomes) = outcomes else { return self.tell(&order, &event.id.to_string(), &Outcome::ordered()) };
        let outcome = tokio::select! {
            outcome = outcomes.of(event.id) => outcome?,
            () = tokio::time::sleep(self.timeout) => {
                let why = format!(
                    "command {} is ordered, but its outcome did not come in {} s; is `hatbridge consume` (or `run`) running? Ask again with `--id {} --wait`: it is not done twice",
                    order.id, self.timeout.as_secs(), order.id
                );
                return Err(Failure::Unreachable(why).into());
            }
        };
        self.tell(&order, &event.id.to_string(), &outcome)
    }

    fn tell(&self, order: &Order, event: &str, outcome: &Outcome) -> anyhow::Result<()> {
        if self.json {
            print_json(
                &json!({"id": order.id, "event_id": event, "operation": order.operation.name, "outcome": outcome.word, "message": outcome.message, "answer": outcome.answer}),
            )?;
        } else {
            print(&format!("{} (command {}): {}", order.operation.name, order.id, outcome.words()))?;
            if let Some(answer) = &outcome.answer {
                print_json(answer)?;
            }
        }
        if outcome.failed() { Err(Failure::Told(exit::FAILED).into()) } else { Ok(()) }
    }
}
