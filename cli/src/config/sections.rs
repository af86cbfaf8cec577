//! The configuration's tables. Meaning, units and allowed values stand in `config.default.toml`.

use super::secret::Secret;
use super::units::{Size, Time};
use hatbridge_consumers::Flows;
use hatbridge_producers::polls::{Order, OrderError, Start};
use hatbridge_systems::highlevel::Api;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

macro_rules! section {
    ($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $type:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$fdoc])* pub $field: $type),+ }
    };
}

/// Everything configured.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Folder for everything kept on this machine.
    pub data_dir: PathBuf,
    /// How to reach Kafka.
    pub kafka: Kafka,
    /// How to reach the database.
    pub database: Database,
    /// Metrics, health and search.
    pub http: Http,
    /// The webhook receiver.
    pub webhooks: Webhooks,
    /// How polls work.
    pub polling: Polling,
    /// Operations of HighLevel's catalogue that are polled.
    #[serde(default)]
    pub polls: Vec<Polled>,
    /// Where recordings are kept.
    pub recordings: Recordings,
    /// The consumers.
    pub apply: Apply,
    /// Commands.
    pub commands: Commands,
    /// HighLevel.
    pub highlevel: Highlevel,
    /// 17hats.
    pub seventeen_hats: SeventeenHats,
    /// Logs.
    pub log: Log,
    /// The tenants.
    #[serde(default)]
    pub tenants: Vec<Tenant>,
}

section!(
    /// How to reach Kafka and the schema registry.
    Kafka {
        /// `host:port,…`; empty: the local broker.
        brokers: String,
        /// Empty: no registry.
        registry_url: String,
        /// Empty: no login.
        registry_user: String,
        /// Its password.
        registry_password: Secret,
        /// What topics' names begin with.
        topic_prefix: String,
        /// Of topics that are created.
        partitions: i32,
        /// Of topics that are created.
        replication: i32,
        /// Our name at the brokers.
        client_id: String,
        /// Further librdkafka properties.
        properties: BTreeMap<String, Secret>,
    }
);
section!(
    /// How to reach the database.
    Database {
        /// Unset: SQLite in `data_dir`.
        url: Secret,
        /// For reading.
        connections: u32,
    }
);
section!(
    /// Metrics, health and search.
    Http {
        /// Address.
        listen: SocketAddr,
        /// Unset: no search.
        api_token: Secret,
    }
);
section!(
    /// The webhook receiver.
    Webhooks {
        /// Address.
        listen: SocketAddr,
        /// Oldest webhook taken.
        tolerance: Time,
        /// Most on disk.
        spool_bytes: Size,
        /// Wait for the brokers.
        publish_deadline: Time,
        /// Largest body.
        body_bytes: Size,
        /// Whether HighLevel's published key counts.
        vendor_key: bool,
        /// Further Ed25519 keys.
        highlevel_keys: Vec<String>,
        /// RSA keys.
        highlevel_rsa_keys: Vec<String>,
    }
);
section!(
    /// How polls work.
    Polling {
        /// Where a new poll begins.
        start: Start,
        /// How far each looks back.
        overlap: Time,
        /// How long a dead owner keeps them.
        lease: Time,
        /// Pauses.
        intervals: Intervals,
    }
);
/// An operation of HighLevel's catalogue that is polled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Polled {
    /// Its name.
    pub operation: String,
    /// For whom; all enabled tenants by default.
    pub tenant: Option<String>,
    /// Pause between two polls.
    #[serde(default = "minutely")]
    pub every: Time,
    /// Parameters that narrow it.
    #[serde(default)]
    pub params: BTreeMap<String, serde_json::Value>,
}

fn minutely() -> Time {
    Time::seconds(60)
}

impl Polled {
    /// As the polls take it.
    ///
    /// # Errors
    /// [`OrderError`].
    pub fn order(&self) -> Result<Order, OrderError> {
        Order::new(&self.operation, self.params.clone().into_iter().collect(), self.every.0)
    }

    /// Whether it is polled for a tenant.
    #[must_use]
    pub fn is_for(&self, tenant: &str) -> bool {
        self.tenant.as_deref().is_none_or(|name| name == tenant)
    }
}

impl Config {
    /// Names of the operations that are polled for a tenant.
    pub fn polls_of(&self, tenant: &str) -> impl Iterator<Item = &str> {
        self.polls.iter().filter(move |polled| polled.is_for(tenant)).map(|polled| polled.operation.as_str())
    }
}

section!(
    /// Where recordings are kept.
    Recordings {
        /// A folder or a bucket; empty: in `data_dir`.
        store: String,
    }
);
section!(
    /// Pauses between polls.
    Intervals {
        /// Of contacts.
        contacts: Time,
        /// Of HighLevel's conversations.
        conversations: Time,
        /// Of messages.
        messages: Time,
        /// Of 17hats' tickets.
        tickets: Time,
    }
);
section!(
    /// The consumers.
    Apply {
        /// Consumer group.
        group: String,
        /// Static membership; empty: none.
        instance_id: String,
        /// As how many members a process joins the group.
        members: Members,
        /// Changes worked on at once.
        in_flight: usize,
        /// Records in memory.
        buffered: usize,
        /// Attempts at a change.
        attempts: u32,
        /// How long to finish when stopping.
        drain: Time,
        /// Silence after which partitions are given away.
        session_timeout: Time,
    }
);
section!(
    /// Commands.
    Commands {
        /// Operations that may be ordered.
        operations: Vec<String>,
    }
);
section!(
    /// HighLevel.
    Highlevel {
        /// Base address.
        base_url: String,
        /// Longest wait for an answer.
        timeout: Time,
        /// Budget of a tenant.
        limits: Limits,
    }
);
section!(
    /// 17hats.
    SeventeenHats {
        /// Longest wait for an answer.
        timeout: Time,
        /// Budget of a tenant.
        limits: Limits,
    }
);
section!(
    /// A tenant's budget of calls until the answers' headers say otherwise.
    Limits {
        /// An interval.
        calls: u32,
        /// Its length.
        interval: Time,
        /// A day.
        per_day: u32,
    }
);
section!(
    /// Logs.
    Log {
        /// Level or directives.
        level: String,
        /// For people or machines.
        format: LogFormat,
    }
);

/// As how many members of the consumer group a process reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Members {
    /// One with the local broker, one a topic otherwise.
    Auto,
    /// One for all topics.
    One,
    /// One a topic.
    PerTopic,
}

/// Form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// One HighLevel location and one 17hats account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tenant {
    /// Its name.
    pub id: String,
    /// Whether anything is done for it.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Its location.
    pub highlevel: TenantHighlevel,
    /// Its account.
    pub seventeen_hats: TenantSeventeenHats,
    /// What is kept in step.
    #[serde(default)]
    pub flows: Flows,
}

fn yes() -> bool {
    true
}

/// A tenant's HighLevel location.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantHighlevel {
    /// The location.
    pub location_id: String,
    /// Private integration token.
    #[serde(default)]
    pub token: Secret,
    /// Marketplace app.
    pub oauth: Option<OAuth>,
    /// Conversation provider.
    pub provider_id: Option<String>,
    /// Generation of the API.
    #[serde(default)]
    pub api: Api,
    /// The agency.
    pub company_id: Option<String>,
    /// The agency's token.
    #[serde(default)]
    pub agency_token: Secret,
}

section!(
    /// A marketplace app.
    OAuth {
        /// Its id.
        client_id: String,
        /// Its secret.
        client_secret: Secret,
    }
);

/// A tenant's 17hats account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantSeventeenHats {
    /// Which door.
    pub transport: Transport,
    /// rest: base address.
    pub base_url: Option<String>,
    /// rest: account.
    pub account: Option<String>,
    /// rest: bearer token.
    #[serde(default)]
    pub token: Secret,
    /// rest: contract file.
    pub contract: Option<PathBuf>,
    /// What webhooks are authenticated by.
    #[serde(default)]
    pub webhook_secret: Secret,
    /// zapier: catch hooks.
    pub hooks: Option<Hooks>,
}

/// 17hats' doors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// A partner API by a contract.
    Rest,
    /// Zaps.
    Zapier,
}

section!(
    /// Catch hooks; whoever knows one can write through it, so they are secrets.
    Hooks {
        /// Of the Zap "Find or Create Contact".
        find_or_create_contact: Secret,
        /// Of the Zap "Update Contact".
        update_contact: Secret,
    }
);
