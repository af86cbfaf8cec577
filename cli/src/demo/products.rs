//! Both products, simulated, and people acting in them. The only file of the demo that knows how
//! the simulators are spoken to.

use super::script::Door;
use anyhow::Context;
use hatbridge_sandbox::{faults::Faults, truth::Log};
use hatbridge_sandbox::{highlevel, seventeen_hats};
use serde_json::{Value, json};
use seventeen_hats::Resource;
use std::net::SocketAddr;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Webhooks of 17hats carry it; it protects nothing but the demo.
const WEBHOOK_SECRET: &str = "demo-webhook-secret";

/// Names and keys of one tenant.
#[derive(Debug, Clone)]
pub struct Shop {
    /// The tenant.
    pub id: String,
    /// HighLevel's location.
    pub location: String,
    /// Its token.
    pub token: String,
    /// 17hats' account.
    pub account: String,
    /// How 17hats is connected.
    pub door: Door,
}

impl Shop {
    /// The `number`th, from 0.
    #[must_use]
    pub fn new(number: usize, door: Door) -> Self {
        let id = format!("shop{}", number + 1);
        Self { location: format!("demoLocation{:02}", number + 1), token: format!("pit-{id}"), account: format!("account-{id}"), id, door }
    }
}

/// How the simulators behave.
#[derive(Debug, Clone, Copy)]
pub struct Manners {
    /// Seed of all chance.
    pub seed: u64,
    /// Whether calls are limited as in life.
    pub limited: bool,
    /// Whether webhooks come late, twice and out of order.
    pub unruly: bool,
}

/// Where the simulators listen.
#[derive(Debug, Clone, Copy)]
pub struct Listen {
    /// HighLevel.
    pub highlevel: SocketAddr,
    /// 17hats.
    pub hats: SocketAddr,
}

impl Listen {
    /// On free ports of this machine.
    pub const FREE: Self = {
        let any = SocketAddr::V4(std::net::SocketAddrV4::new(std::net::Ipv4Addr::LOCALHOST, 0));
        Self { highlevel: any, hats: any }
    };
}

/// Both products.
#[derive(Debug, Clone)]
pub struct Products {
    /// The tenants.
    pub shops: Vec<Shop>,
    /// HighLevel.
    pub highlevel: highlevel::Handle,
    /// 17hats.
    pub hats: seventeen_hats::Handle,
    /// What was done in either, and by whom.
    pub truth: Log,
    manners: Manners,
}

impl Products {
    /// Starts both.
    ///
    /// # Errors
    /// If they can't listen.
    pub async fn start(shops: Vec<Shop>, manners: Manners, listen: Listen, stop: &CancellationToken) -> anyhow::Result<Self> {
        let truth = Log::default();
        let locations = shops.iter().map(|shop| highlevel::LocationOptions::new(&shop.location, &shop.token)).collect();
        let limits = if manners.limited { highlevel::Limits::default() } else { highlevel::Limits::lifted() };
        let options = highlevel::Options {
            listen: listen.highlevel,
            locations,
            limits,
            seed: manners.seed,
            truth: truth.clone(),
            faults: Faults::default(),
            ..highlevel::Options::default()
        };
        let highlevel = highlevel::Service::start(options, stop.clone()).await.context("the simulated HighLevel did not start")?;
        let account = |shop: &Shop| match shop.door {
            Door::Rest => {
                seventeen_hats::AccountOptions { webhook_secret: WEBHOOK_SECRET.into(), ..seventeen_hats::AccountOptions::rest(&shop.account, &shop.token) }
            }
            Door::Zapier => seventeen_hats::AccountOptions { webhook_secret: WEBHOOK_SECRET.into(), ..seventeen_hats::AccountOptions::zapier(&shop.account) },
        };
        let options = seventeen_hats::Options {
            listen: listen.hats,
            accounts: shops.iter().map(account).collect(),
            limits: if manners.limited { seventeen_hats::Limits::default() } else { seventeen_hats::Limits::lifted() },
            seed: manners.seed,
            truth: truth.clone(),
            ..seventeen_hats::Options::default()
        };
        let hats = seventeen_hats::Service::start(options, stop.clone()).await.context("the simulated 17hats did not start")?;
        Ok(Self { shops, highlevel, hats, truth, manners })
    }

    /// The tables `[[tenants]]` of these shops, and what else the configuration needs to reach them.
    #[must_use]
    pub fn configuration(&self) -> Value {
        let tenant = |shop: &Shop| {
            let hats = match shop.door {
                Door::Rest => json!({
                    "transport": "rest", "base_url": self.hats.base_url(), "account": shop.account, "token": shop.token,
                    "webhook_secret": WEBHOOK_SECRET,
                }),
                Door::Zapier => json!({
                    "transport": "zapier", "webhook_secret": WEBHOOK_SECRET,
                    "hooks": {
                        "find_or_create_contact": self.hats.hook_url(&shop.account, "find_or_create_contact"),
                        "update_contact": self.hats.hook_url(&shop.account, "update_contact"),
                    },
                }),
            };
            json!({"id": shop.id, "highlevel": {"location_id": shop.location, "token": shop.token}, "seventeen_hats": hats})
        };
        json!({
            "highlevel": {"base_url": self.highlevel.base_url()},
            "webhooks": {"vendor_key": false, "highlevel_keys": [self.highlevel.public_key()]},
            "tenants": self.shops.iter().map(tenant).collect::<Vec<_>>(),
        })
    }

    /// From now on changes are posted to the receiver at `at`.
    ///
    /// # Errors
    /// Never in practice: all shops are known.
    pub fn post_to(&self, at: SocketAddr) -> anyhow::Result<()> {
        for shop in &self.shops {
            self.highlevel.set_webhook(&shop.location, Some(format!("http://{at}/webhooks/highlevel")))?;
            let path = match shop.door {
                Door::Rest => format!("http://{at}/webhooks/17hats/{}/event", shop.id),
                Door::Zapier => format!("http://{at}/webhooks/17hats/{}", shop.id),
            };
            self.hats.set_webhook(&shop.account, Some(path))?;
            if self.manners.unruly {
                self.highlevel.set_delivery(
                    &shop.location,
                    highlevel::Delivery { delay_ms: (0, 800), duplicate: 0.1, reorder: 0.05, ..highlevel::Delivery::default() },
                )?;
                self.hats.set_delivery(
                    &shop.account,
                    seventeen_hats::Delivery { delay_ms: (0, 800), duplicate: 0.1, reorder: 0.05, ..seventeen_hats::Delivery::default() },
                )?;
            }
        }
        Ok(())
    }

    /// The control API of both.
    pub fn control(&self) -> axum::Router {
        let truth = self.truth.clone();
        let all = axum::routing::get(async move || axum::Json(truth.effects()));
        highlevel::control_router(self.highlevel.clone()).merge(seventeen_hats::control_router(self.hats.clone())).route("/_control/truth", all)
    }

    /// Ends once both have stopped.
    pub async fn stopped(&self) {
        self.highlevel.stopped().await;
        self.hats.stopped().await;
    }

    /// Whether nothing is under way: no post, no Zap.
    #[must_use]
    pub fn quiet(&self) -> bool {
        self.highlevel.quiet() && self.hats.quiet()
    }

    /// Calls answered 429.
    #[must_use]
    pub fn throttled(&self) -> u64 {
        self.highlevel.throttled()
    }

    /// The contact with this address in HighLevel, as a person would find it.
    #[must_use]
    pub fn highlevel_contact(&self, shop: &Shop, email: &str) -> Option<String> {
        self.highlevel.contact_by_email(&shop.location, email)
    }

    /// The contact with this address in 17hats.
    #[must_use]
    pub fn hats_contact(&self, shop: &Shop, email: &str) -> Option<String> {
        self.hats
            .records(&shop.account, Resource::Contact)
            .into_iter()
            .find(|record| record.text("email").is_some_and(|e| e.eq_ignore_ascii_case(email)))
            .map(|record| record.id)
    }

    /// Enters a contact in HighLevel.
    ///
    /// # Errors
    /// What the product refuses.
    pub fn highlevel_enter(&self, shop: &Shop, person: &Person) -> anyhow::Result<String> {
        let fields = json!({"firstName": person.first_name, "lastName": person.last_name, "email": person.email, "phone": person.phone, "city": person.city});
        Ok(self.highlevel.create_contact(&shop.location, fields)?)
    }

    /// Enters a contact in 17hats.
    ///
    /// # Errors
    /// What the product refuses.
    pub fn hats_enter(&self, shop: &Shop, person: &Person) -> anyhow::Result<String> {
        let fields = json!({"first_name": person.first_name, "last_name": person.last_name, "email": person.email, "phone": person.phone, "city": person.city, "kind": "lead"});
        Ok(self.hats.create_contact(&shop.account, fields)?.id)
    }

    /// Changes a contact's town in HighLevel.
    ///
    /// # Errors
    /// What the product refuses.
    pub fn highlevel_move(&self, shop: &Shop, contact: &str, city: &str) -> anyhow::Result<()> {
        Ok(self.highlevel.update_contact(&shop.location, contact, json!({"city": city}))?)
    }

    /// Changes a contact's town in 17hats.
    ///
    /// # Errors
    /// What the product refuses.
    pub fn hats_move(&self, shop: &Shop, contact: &str, city: &str) -> anyhow::Result<()> {
        self.hats.update_contact(&shop.account, contact, json!({"city": city}))?;
        Ok(())
    }

    /// Puts a tag on a contact in HighLevel.
    ///
    /// # Errors
    /// What the product refuses.
    pub fn highlevel_tag(&self, shop: &Shop, contact: &str, tag: &str) -> anyhow::Result<()> {
        Ok(self.highlevel.add_tags(&shop.location, contact, &[tag])?)
    }

    /// Puts a tag on a contact in 17hats, beside those it has.
    ///
    /// # Errors
    /// What the product refuses.
    pub fn hats_tag(&self, shop: &Shop, contact: &str, tag: &str) -> anyhow::Result<()> {
        let record = self.hats.get(&shop.account, Resource::Contact, contact).context("the contact is gone")?;
        let mut tags: Vec<_> = record.fields.get("tags").and_then(Value::as_array).cloned().unwrap_or_default();
        if !tags.iter().any(|t| t == tag) {
            tags.push(json!(tag));
        }
        self.hats.update_contact(&shop.account, contact, json!({"tags": tags}))?;
        Ok(())
    }

    /// A message in HighLevel.
    ///
    /// # Errors
    /// What the product refuses.
    pub fn highlevel_message(&self, shop: &Shop, contact: &str, body: &str, inbound: bool) -> anyhow::Result<()> {
        let fields = json!({"contactId": contact, "type": "SMS", "direction": direction(inbound), "body": body});
        self.highlevel.add_message(&shop.location, fields)?;
        Ok(())
    }

    /// A message in 17hats; with `later` it waits.
    ///
    /// # Errors
    /// What the product refuses.
    pub fn hats_message(&self, shop: &Shop, contact: &str, body: &str, inbound: bool, later: Option<Duration>) -> anyhow::Result<String> {
        let mut fields = json!({"contact_id": contact, "channel": "SMS", "direction": direction(inbound), "body": body});
        if let Some(later) = later {
            fields["scheduled_at"] = json!((jiff::Timestamp::now() + later).to_string());
        }
        Ok(self.hats.add_message(&shop.account, fields)?.id)
    }

    /// A call ends in HighLevel, transcribed.
    ///
    /// # Errors
    /// What the product refuses.
    pub fn highlevel_call(&self, shop: &Shop, contact: &str, seconds: u32, sentences: &[&str]) -> anyhow::Result<()> {
        self.highlevel.complete_call(&shop.location, contact, seconds, sentences)?;
        Ok(())
    }
}

fn direction(inbound: bool) -> &'static str {
    if inbound { "inbound" } else { "outbound" }
}

/// A made-up client.
#[derive(Debug, Clone)]
pub struct Person {
    first_name: String,
    last_name: String,
    /// Tells it from all others.
    pub email: String,
    phone: String,
    city: &'static str,
}

impl Person {
    /// The `number`th of a shop; addresses and numbers are nobody's.
    #[must_use]
    pub fn new(shop: usize, number: usize) -> Self {
        Self {
            first_name: "Client".to_owned(),
            last_name: format!("{}-{number:03}", shop + 1),
            email: format!("client{number:03}@shop{}.example.com", shop + 1),
            phone: format!("+1202555{:04}", shop * 1000 + number),
            city: "Utrecht",
        }
    }
}
