//! `sandbox`: both simulators for anyone to poke at.

use super::{Global, print, print_json};
use crate::demo::products::{Listen, Manners, Products, Shop};
use crate::demo::script::Door;
use crate::demo::setup;
use crate::exit::{CODES, Failure, causes};
use crate::shutdown;
use crate::wiring::http_client;
use anyhow::Context;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio::net::TcpListener;
use url::Url;

/// `hatbridge sandbox`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, after_long_help = format!("Examples:
  hatbridge sandbox --config-out sandbox.toml         the simulators, and a configuration for them
  hatbridge --config sandbox.toml run                 hatbridge between them, in another terminal
  hatbridge sandbox act POST seventeen_hats/accounts/account-shop1/contacts '{{\"first_name\":\"A\",\"email\":\"a@example.com\"}}'
  hatbridge sandbox truth                             what was done, by whom, in what order\n\n{CODES}"))]
pub(crate) struct Sandbox {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    server: Server,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Act as a person in either product, through the control API of a running sandbox
    Act {
        /// HTTP method of the control API: GET, POST, PUT, PATCH, DELETE
        method: Method,
        /// Path under /_control/, for example seventeen_hats/accounts/account-shop1/tickets
        path: String,
        /// Body, a JSON object
        #[arg(value_parser = json_object)]
        body: Option<Value>,
        #[command(flatten)]
        control: Control,
    },
    /// Print everything that was done in both products: by whom, to what, in what order
    Truth {
        /// Of this record or contact only
        #[arg(long, value_name = "ID")]
        of: Option<String>,
        #[command(flatten)]
        control: Control,
    },
}

#[derive(Debug, Args)]
struct Control {
    /// Address of the sandbox's control API
    #[arg(long = "at", value_name = "URL", env = "HATBRIDGE_SANDBOX_CONTROL", hide_env_values = true, default_value = "http://127.0.0.1:8790")]
    url: Url,
}

#[derive(Debug, Args)]
struct Server {
    /// Address of the simulated HighLevel; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8791")]
    listen: SocketAddr,
    /// Address of the simulated 17hats; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8792")]
    listen_17hats: SocketAddr,
    /// Address of the control API: acting as a person, faults, limits, the truth
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8790")]
    control: SocketAddr,
    /// Where both products post their webhooks: hatbridge's receiver
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8717")]
    webhooks: SocketAddr,
    /// Shops, 1 to 16; every fourth is connected by Zapier
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=16))]
    tenants: u8,
    /// Connect all shops by Zapier
    #[arg(long)]
    zapier: bool,
    /// Seed of all chance
    #[arg(long, default_value_t = 17)]
    seed: u64,
    /// No rate limits
    #[arg(long)]
    unlimited: bool,
    /// Webhooks come late, twice and out of order
    #[arg(long)]
    unruly: bool,
    /// Write a configuration for `hatbridge --config FILE run` to this file
    #[arg(long, value_name = "FILE")]
    config_out: Option<PathBuf>,
    /// Addresses and tokens as JSON
    #[arg(long)]
    json: bool,
}

fn json_object(text: &str) -> Result<Value, String> {
    match serde_json::from_str(text) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err("a JSON object is wanted".to_owned()),
        Err(error) => Err(format!("this is not JSON: {error}")),
    }
}

impl Sandbox {
    pub(crate) async fn carry_out(self, global: &Global) -> anyhow::Result<()> {
        match self.action {
            Some(Action::Act { method, path, body, control }) => {
                let path = path.trim_start_matches('/').trim_start_matches("_control/").to_owned();
                print_json(&ask(&control.url, method, &path, body).await?)
            }
            Some(Action::Truth { of, control }) => {
                let truth = ask(&control.url, Method::GET, "truth", None).await?;
                let about = |effect: &Value| of.as_deref().is_none_or(|of| effect["entity"] == of || effect["contact"] == of);
                let effects: Vec<&Value> = truth.as_array().into_iter().flatten().filter(|effect| about(effect)).collect();
                print_json(&effects)
            }
            None => self.server.run(global).await,
        }
    }
}

async fn ask(control: &Url, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
    let url = control.join(&format!("/_control/{path}")).map_err(|_| Failure::Usage(format!("`{path}` is not a path")))?;
    let mut request = http_client(Duration::from_secs(30), true)?.request(method, url.clone());
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.send().await.map_err(|error| {
        Failure::Unreachable(format!("no sandbox answers at {control}: {}; start `hatbridge sandbox`, or name it with --at", causes(&error)))
    })?;
    let status = answer.status();
    let text = answer.text().await?;
    let value = serde_json::from_str(&text).unwrap_or(Value::String(text));
    if status.is_success() { Ok(value) } else { Err(Failure::Failed(format!("the sandbox refuses ({status}): {value}")).into()) }
}

impl Server {
    async fn run(self, global: &Global) -> anyhow::Result<()> {
        let config = crate::config::load(&crate::config::Sources { set: global.sources().set, ..Default::default() })?;
        crate::logging::start(&config.log, None);
        crate::wiring::install_crypto();
        let stop = shutdown::on_signals()?;
        let doors = if self.zapier { vec![Door::Zapier; self.tenants.into()] } else { setup::doors(self.tenants.into()) };
        let shops = doors.into_iter().enumerate().map(|(number, door)| Shop::new(number, door)).collect();
        let manners = Manners { seed: self.seed, limited: !self.unlimited, unruly: self.unruly };
        let listen = Listen { highlevel: self.listen, hats: self.listen_17hats };
        let products = Products::start(shops, manners, listen, &stop).await?;
        products.post_to(self.webhooks)?;
        let listener =
            TcpListener::bind(self.control).await.with_context(|| format!("can't listen on {}; choose a free port with `--control`", self.control))?;
        let control = listener.local_addr()?;
        let configuration = products.configuration();
        if let Some(path) = &self.config_out {
            std::fs::write(path, toml::to_string_pretty(&configuration)?).with_context(|| format!("can't write {}", path.display()))?;
        }
        if self.json {
            print_json(&json!({
                "highlevel": products.highlevel.base_url(), "seventeen_hats": products.hats.base_url(), "control": format!("http://{control}"),
                "configuration": configuration,
            }))?;
        } else {
            print(&self.words(&products, control))?;
        }
        axum::serve(listener, products.control()).with_graceful_shutdown(stop.clone().cancelled_owned()).await.context("the control API stopped serving")?;
        products.stopped().await;
        Ok(())
    }

    fn words(&self, products: &Products, control: SocketAddr) -> String {
        let (highlevel, hats) = (products.highlevel.base_url(), products.hats.base_url());
        let mut lines = vec![
            format!("HighLevel  {highlevel}"),
            format!("17hats     {hats}"),
            format!("control    http://{control}/_control/"),
            format!("webhooks   go to http://{}/webhooks/", self.webhooks),
            format!("webhook key (webhooks.highlevel_keys)  {}", products.highlevel.public_key()),
        ];
        for shop in &products.shops {
            lines.push(format!(
                "{}: location {} token {}; 17hats account {} ({})",
                shop.id,
                shop.location,
                shop.token,
                shop.account,
                match shop.door {
                    Door::Rest => "rest, same token",
                    Door::Zapier => "zapier",
                }
            ));
        }
        if let Some(shop) = products.shops.first() {
            lines.push("try:".to_owned());
            lines.push(format!(
                "  curl -s -H 'Authorization: Bearer {}' -H 'Version: 2021-04-15' '{highlevel}/conversations/search?locationId={}'",
                shop.token, shop.location
            ));
            if shop.door == Door::Rest {
                lines.push(format!("  curl -s -H 'Authorization: Bearer {}' {hats}/v1/contacts", shop.token));
            }
            lines.push(format!(
                "  hatbridge sandbox act POST seventeen_hats/accounts/{}/contacts '{{\"first_name\":\"A\",\"email\":\"a@example.com\"}}'",
                shop.account
            ));
        }
        lines.join("\n")
    }
}
