//! The rules between and within the keys. All broken ones are told together.

use super::secret::Secret;
use super::sections::{Config, Limits, Tenant, Transport};
use super::units::{Size, Time};
use hatbridge_schemas::topics::Topics;
use hatbridge_systems::highlevel::catalogue::{self, Kind};
use hatbridge_systems::seventeen_hats::Contract;
use secrecy::ExposeSecret;
use std::collections::{BTreeMap, HashSet};
use std::fmt::Display;
use std::net::IpAddr;
use url::{Host, Url};

/// The rules a configuration breaks: which key, what is wrong, what to do. Empty: it is fine.
#[must_use]
pub fn broken_rules(config: &Config) -> Vec<String> {
    let mut rules = Rules::default();
    rules.kafka(config);
    rules.database(config);
    rules.http(config);
    rules.webhooks(config);
    rules.polls(config);
    rules.ordered(config);
    rules.apply(config);
    rules.commands(config);
    rules.systems(config);
    rules.log(config);
    rules.tenants(config);
    rules.broken
}

#[derive(Default)]
struct Rules {
    broken: Vec<String>,
}

impl Rules {
    fn say(&mut self, key: &str, what: impl Display) {
        self.broken.push(format!("`{key}` {what}"));
    }

    fn within<T: PartialOrd + Display>(&mut self, key: &str, value: T, low: T, high: T) {
        if value < low || value > high {
            self.say(key, format!("is {value}; choose {low} to {high}"));
        }
    }

    /// Resolves a secret; `None` if it is not set or can't be read (which is told).
    fn secret(&mut self, key: &str, secret: &Secret) -> Option<String> {
        match secret.resolve() {
            Ok(found) => found.map(|text| text.expose_secret().to_owned()),
            Err(why) => {
                self.say(key, format!("can't be used: {why}"));
                None
            }
        }
    }

    /// Secrets travel there, so it is https, except to this machine.
    fn address(&mut self, key: &str, text: &str) {
        match Url::parse(text) {
            Ok(url) if url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url)) => {}
            Ok(url) if url.scheme() == "http" => self.say(key, "is not encrypted; use https (http is taken for this machine only)"),
            _ => self.say(key, "is not an address; write https://host"),
        }
    }

    fn kafka(&mut self, config: &Config) {
        let kafka = &config.kafka;
        if let Err(error) = Topics::new(&kafka.topic_prefix) {
            self.say("kafka.topic_prefix", error);
        }
        self.within("kafka.partitions", kafka.partitions, 1, 1000);
        self.within("kafka.replication", kafka.replication, 1, 100);
        if kafka.client_id.trim().is_empty() {
            self.say("kafka.client_id", "is empty; give a name such as hatbridge");
        }
        if kafka.brokers.trim().is_empty() {
            if kafka.replication > 1 {
                self.say("kafka.replication", "is more than 1, but the local broker is one; set `kafka.brokers` or use 1");
            }
            if !kafka.properties.is_empty() {
                self.say("kafka.properties", "are set, but the local broker takes none; set `kafka.brokers` or remove them");
            }
        } else {
            let mut options = hatbridge_kafka::Options::new(kafka.brokers.trim(), &kafka.client_id);
            options.properties = kafka.properties.keys().map(|name| (name.clone(), String::new())).collect::<BTreeMap<_, _>>();
            self.broken.extend(options.validate());
            for (name, value) in &kafka.properties {
                self.secret(&format!("kafka.properties.{name}"), value);
            }
        }
        if !kafka.registry_url.is_empty() && !Url::parse(&kafka.registry_url).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
            self.say("kafka.registry_url", "is not an address; write http://host:port or https://host");
        }
        let password = self.secret("kafka.registry_password", &kafka.registry_password);
        if password.is_some() == kafka.registry_user.is_empty() {
            self.say("kafka.registry_user", "and `kafka.registry_password` go together; set both or none");
        }
    }

    fn database(&mut self, config: &Config) {
        self.within("database.connections", config.database.connections, 1, 100);
        if let Some(url) = self.secret("database.url", &config.database.url)
            && !["postgres://", "postgresql://", "sqlite:"].iter().any(|scheme| url.starts_with(scheme))
        {
            self.say("database.url", "names no database we know; write postgres://user@host/database or sqlite:///path/file.db");
        }
    }

    fn http(&mut self, config: &Config) {
        self.secret("http.api_token", &config.http.api_token);
        let (http, webhooks) = (config.http.listen, config.webhooks.listen);
        if http.port() != 0 && http == webhooks {
            self.say("http.listen", format!("and `webhooks.listen` are both {http}; give them different ports: webhooks are public, metrics are not"));
        }
    }

    fn webhooks(&mut self, config: &Config) {
        let webhooks = &config.webhooks;
        self.within("webhooks.tolerance", webhooks.tolerance, Time::seconds(300), Time::seconds(365 * 86_400));
        self.within("webhooks.spool_bytes", webhooks.spool_bytes, Size(1 << 20), Size(1 << 40));
        self.within("webhooks.publish_deadline", webhooks.publish_deadline, Time(std::time::Duration::from_millis(100)), Time::seconds(20));
        self.within("webhooks.body_bytes", webhooks.body_bytes, Size(1 << 10), Size(3 << 20));
        if !webhooks.vendor_key && webhooks.highlevel_keys.is_empty() && webhooks.highlevel_rsa_keys.is_empty() {
            self.say(
                "webhooks.vendor_key",
                "is false and no other key is given, so every webhook of HighLevel would be refused; give `webhooks.highlevel_keys`",
            );
        }
    }

    fn polls(&mut self, config: &Config) {
        let polls = &config.polling;
        let day = Time::seconds(86_400);
        self.within("polling.overlap", polls.overlap, Time::seconds(5), day);
        self.within("polling.lease", polls.lease, Time::seconds(5), Time::seconds(600));
        let pauses = [
            ("contacts", polls.intervals.contacts),
            ("conversations", polls.intervals.conversations),
            ("messages", polls.intervals.messages),
            ("tickets", polls.intervals.tickets),
        ];
        for (name, pause) in pauses {
            self.within(&format!("polling.intervals.{name}"), pause, Time::seconds(1), day);
        }
    }

    /// What of a poll hangs on the tenant is told when the parts start.
    fn ordered(&mut self, config: &Config) {
        for (number, polled) in config.polls.iter().enumerate() {
            let key = format!("polls[{number}]");
            if let Err(why) = polled.order() {
                self.say(&key, format!("can't be polled: {why}"));
            }
            if let Some(tenant) = &polled.tenant
                && !config.tenants.iter().any(|known| known.id == *tenant)
            {
                self.say(&format!("{key}.tenant"), format!("names `{tenant}`, which is not under [[tenants]]"));
            }
        }
        if !config.recordings.store.is_empty()
            && let Err(why) = hatbridge_producers::recordings::Recordings::check(&config.recordings.store)
        {
            self.say("recordings.store", format!("can't be used: {why}"));
        }
    }

    fn apply(&mut self, config: &Config) {
        let apply = &config.apply;
        if apply.group.trim().is_empty() {
            self.say("apply.group", "is empty; give the consumer group a name");
        }
        self.within("apply.in_flight", apply.in_flight, 1, 10_000);
        self.within("apply.attempts", apply.attempts, 1, 100);
        if apply.buffered < apply.in_flight {
            self.say("apply.buffered", format!("is {} and less than `apply.in_flight` ({}); raise it", apply.buffered, apply.in_flight));
        }
        self.within("apply.buffered", apply.buffered, 1, 1_000_000);
        self.within("apply.session_timeout", apply.session_timeout, Time::seconds(6), Time::seconds(1800));
        if apply.drain >= apply.session_timeout {
            self.say(
                "apply.drain",
                format!(
                    "is {} and not less than `apply.session_timeout` ({}): the partitions would be given away while changes are still being finished; lower it",
                    apply.drain, apply.session_timeout
                ),
            );
        }
    }

    fn commands(&mut self, config: &Config) {
        for name in config.commands.operations.iter().filter(|name| *name != "*") {
            match catalogue::find(name) {
                Ok(operation) if operation.kind == Kind::Trigger => {
                    self.say("commands.operations", format!("names `{name}`, which reads; it is polled, not sent"))
                }
                Ok(_) => {}
                Err(unknown) => self.say("commands.operations", format!("can't be used: {unknown}")),
            }
        }
    }

    fn limits(&mut self, key: &str, limits: &Limits) {
        self.within(&format!("{key}.calls"), limits.calls, 1, 10_000_000);
        self.within(&format!("{key}.interval"), limits.interval, Time::seconds(1), Time::seconds(3600));
        if limits.per_day < limits.calls {
            self.say(&format!("{key}.per_day"), format!("is less than `{key}.calls`; give the calls of a whole day"));
        }
    }

    fn systems(&mut self, config: &Config) {
        self.address("highlevel.base_url", &config.highlevel.base_url);
        for (key, timeout) in [("highlevel.timeout", config.highlevel.timeout), ("seventeen_hats.timeout", config.seventeen_hats.timeout)] {
            self.within(key, timeout, Time::seconds(1), Time::seconds(120));
        }
        self.limits("highlevel.limits", &config.highlevel.limits);
        self.limits("seventeen_hats.limits", &config.seventeen_hats.limits);
    }

    fn log(&mut self, config: &Config) {
        if config.log.level.parse::<tracing_subscriber::EnvFilter>().is_err() {
            self.say("log.level", "is not a level; use error, warn, info, debug, trace, or directives such as info,hatbridge_consumers=debug");
        }
    }

    fn tenants(&mut self, config: &Config) {
        let (mut ids, mut locations) = (HashSet::new(), HashSet::new());
        for (position, tenant) in config.tenants.iter().enumerate() {
            let key = |rest: &str| format!("tenants[{position}].{rest}");
            let named = !tenant.id.is_empty()
                && tenant.id.len() <= 64
                && tenant.id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_'));
            if !named {
                self.say(&key("id"), "must be 1 to 64 lower case letters, digits, `-` or `_`");
            }
            if !ids.insert(&tenant.id) {
                self.say(&key("id"), format!("is `{}` twice; every tenant has its own", tenant.id));
            }
            if tenant.highlevel.location_id.trim().is_empty() {
                self.say(&key("highlevel.location_id"), "is empty; it is in HighLevel under Settings > Business Profile");
            } else if !locations.insert(&tenant.highlevel.location_id) {
                self.say(&key("highlevel.location_id"), "belongs to another tenant already; a location is one tenant's");
            }
            for (rest, what) in tenant.flows.broken() {
                self.say(&key(&rest), what);
            }
            self.tenant_highlevel(&key, tenant);
            match tenant.seventeen_hats.transport {
                Transport::Rest => self.rest(&key, tenant),
                Transport::Zapier => self.zapier(&key, tenant),
            }
        }
    }

    fn tenant_highlevel(&mut self, key: &dyn Fn(&str) -> String, tenant: &Tenant) {
        let highlevel = &tenant.highlevel;
        self.secret(&key("highlevel.agency_token"), &highlevel.agency_token);
        match (&highlevel.oauth, highlevel.token.is_unset()) {
            (Some(_), false) => self.say(&key("highlevel.token"), "and `oauth` are both set; keep one"),
            (None, true) => self.say(&key("highlevel.token"), "is missing; set a private integration token, or `oauth` for a marketplace app"),
            (Some(oauth), true) => {
                if oauth.client_id.trim().is_empty() {
                    self.say(&key("highlevel.oauth.client_id"), "is empty; it is in the marketplace's developer portal");
                }
                if self.secret(&key("highlevel.oauth.client_secret"), &oauth.client_secret).is_none() && oauth.client_secret.is_unset() {
                    self.say(&key("highlevel.oauth.client_secret"), "is empty; it is in the marketplace's developer portal");
                }
            }
            (None, false) => {
                self.secret(&key("highlevel.token"), &highlevel.token);
                if highlevel.provider_id.is_some() {
                    self.say(&key("highlevel.provider_id"), "needs `oauth`: a private token has no access to conversation providers; remove it or use an app");
                }
            }
        }
    }

    fn rest(&mut self, key: &dyn Fn(&str) -> String, tenant: &Tenant) {
        let hats = &tenant.seventeen_hats;
        match &hats.base_url {
            Some(url) => self.address(&key("seventeen_hats.base_url"), url),
            None => self.say(&key("seventeen_hats.base_url"), "is missing; transport `rest` needs the API's address"),
        }
        if hats.account.as_deref().is_none_or(|account| account.trim().is_empty()) {
            self.say(&key("seventeen_hats.account"), "is missing; transport `rest` needs the account's id");
        }
        if hats.token.is_unset() {
            self.say(&key("seventeen_hats.token"), "is missing; transport `rest` needs a token");
        }
        self.secret(&key("seventeen_hats.token"), &hats.token);
        self.secret(&key("seventeen_hats.webhook_secret"), &hats.webhook_secret);
        if hats.hooks.is_some() {
            self.say(&key("seventeen_hats.hooks"), "belong to transport `zapier`; remove them");
        }
        if let Some(path) = &hats.contract
            && let Err(error) = Contract::from_file(path)
        {
            self.say(&key("seventeen_hats.contract"), format!("can't be used: {}", crate::exit::causes(&error)));
        }
    }

    fn zapier(&mut self, key: &dyn Fn(&str) -> String, tenant: &Tenant) {
        let hats = &tenant.seventeen_hats;
        let foreign = [("base_url", hats.base_url.is_some()), ("contract", hats.contract.is_some()), ("token", !hats.token.is_unset())];
        for (name, _) in foreign.iter().filter(|(_, set)| *set) {
            self.say(&key(&format!("seventeen_hats.{name}")), "belongs to transport `rest`; remove it");
        }
        if hats.webhook_secret.is_unset() {
            self.say(&key("seventeen_hats.webhook_secret"), "is missing; it is the only proof that a Zap's post is yours");
        }
        self.secret(&key("seventeen_hats.webhook_secret"), &hats.webhook_secret);
        let Some(hooks) = &hats.hooks else {
            return self.say(&key("seventeen_hats.hooks"), "are missing; give the addresses of the two catch hooks, find_or_create_contact and update_contact");
        };
        for (name, hook) in [("find_or_create_contact", &hooks.find_or_create_contact), ("update_contact", &hooks.update_contact)] {
            let key = key(&format!("seventeen_hats.hooks.{name}"));
            if hook.is_unset() {
                self.say(&key, "is empty; copy the catch hook's address from the Zap");
            } else if let Some(url) = self.secret(&key, hook) {
                self.address(&key, &url);
            }
        }
    }
}

/// Whether a URL leads to this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        None => false,
    }
}
