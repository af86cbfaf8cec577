//! The tenants' clients.

use crate::config::{Config, Tenant, TenantSeventeenHats, Transport, is_loopback};
use crate::exit::Failure;
use anyhow::Context;
use async_trait::async_trait;
use hatbridge_producers::webhooks;
use hatbridge_schemas::{System, TenantId};
use hatbridge_systems::highlevel::{self, Credentials, HighLevel, OAuthTokens, TokenError, TokenStore};
use hatbridge_systems::quota::{Priority, Quota, QuotaError, QuotaSeen};
use hatbridge_systems::seventeen_hats::{Contract, Rest, RestOptions, SeventeenHats, Zapier, ZapierOptions};
use secrecy::{ExposeSecret, SecretString};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// One tenant with its clients.
#[derive(Clone)]
pub struct Connected {
    /// Its name.
    pub id: TenantId,
    /// As configured.
    pub config: Tenant,
    /// Its location's client.
    pub highlevel: HighLevel,
    /// Its account's client.
    pub seventeen_hats: SeventeenHats,
    /// How 17hats' webhooks prove themselves, where they come at all.
    pub door: Option<webhooks::Door>,
}

impl fmt::Debug for Connected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connected").field("id", &self.id.as_str()).finish_non_exhaustive()
    }
}

/// The enabled tenants.
#[derive(Debug, Clone, Default)]
pub struct Connections {
    tenants: Vec<Connected>,
}

impl Connections {
    /// Makes the clients of all enabled tenants.
    ///
    /// # Errors
    /// If a secret, an address or a contract can't be used.
    pub fn new(config: &Config, quota: Arc<dyn Quota>, tokens: Arc<dyn TokenStore>) -> anyhow::Result<Self> {
        let base_url: Url = config.highlevel.base_url.parse().context("`highlevel.base_url` is not an address")?;
        let http = http_client(config.highlevel.timeout.0, is_loopback(&base_url))?;
        let enabled = config.tenants.iter().filter(|tenant| tenant.enabled);
        let tenants = enabled
            .map(|tenant| {
                let id = TenantId::new(&tenant.id);
                let options = highlevel::Options {
                    base_url: base_url.clone(),
                    tenant: id.clone(),
                    location_id: tenant.highlevel.location_id.clone(),
                    api: tenant.highlevel.api,
                    credentials: credentials(tenant, &tokens)?,
                    agency: highlevel::Agency {
                        company_id: tenant.highlevel.company_id.clone(),
                        token: tenant.highlevel.agency_token.resolve().map_err(Failure::Usage)?,
                    },
                    timeout: config.highlevel.timeout.0,
                };
                let highlevel = HighLevel::new(http.clone(), options, Arc::clone(&quota));
                let (seventeen_hats, door) = hats(config, &id, &tenant.seventeen_hats, &quota)?;
                Ok(Connected { id, config: tenant.clone(), highlevel, seventeen_hats, door })
            })
            .collect::<anyhow::Result<_>>()?;
        Ok(Self { tenants })
    }

    /// The clients of all enabled tenants, for building requests and never calling: without the stored
    /// tokens, and with nothing to pay calls from.
    ///
    /// # Errors
    /// As [`Connections::new`].
    pub fn offline(config: &Config) -> anyhow::Result<Self> {
        Self::new(config, Arc::new(Offline), Arc::new(Offline))
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Connected] {
        &self.tenants
    }

    /// The one of this name.
    ///
    /// # Errors
    /// [`Failure::Usage`] with the names there are.
    pub fn named(&self, id: &str) -> Result<&Connected, Failure> {
        self.tenants.iter().find(|tenant| tenant.id.as_str() == id).ok_or_else(|| {
            let names: Vec<_> = self.tenants.iter().map(|tenant| tenant.id.as_str()).collect();
            Failure::Usage(if names.is_empty() {
                "no tenant is configured and enabled; add one under [[tenants]]".to_owned()
            } else {
                format!("there is no enabled tenant `{id}`; there are: {}", names.join(", "))
            })
        })
    }

    /// For the webhook receiver.
    #[must_use]
    pub fn routes(&self) -> webhooks::Routes {
        webhooks::Routes {
            highlevel: self.tenants.iter().map(|tenant| (tenant.highlevel.location_id().to_owned(), tenant.id.clone())).collect(),
            seventeen_hats: self.tenants.iter().filter_map(|tenant| Some((tenant.id.clone(), tenant.door.clone()?))).collect(),
        }
    }

    /// For the polls.
    #[must_use]
    pub fn polled(&self) -> Vec<hatbridge_producers::polls::Tenant> {
        let polled = |tenant: &Connected| hatbridge_producers::polls::Tenant {
            id: tenant.id.clone(),
            highlevel: Some(tenant.highlevel.clone()),
            seventeen_hats: match &tenant.seventeen_hats {
                SeventeenHats::Rest(rest) => Some(rest.clone()),
                SeventeenHats::Zapier(_) => None,
            },
            further: tenant.config.flows.of_seventeen_hats(),
        };
        self.tenants.iter().map(polled).collect()
    }

    /// For the consumers.
    #[must_use]
    pub fn consumed(&self) -> HashMap<TenantId, hatbridge_consumers::Tenant> {
        let consumed = |tenant: &Connected| hatbridge_consumers::Tenant {
            id: tenant.id.clone(),
            highlevel: tenant.highlevel.clone(),
            seventeen_hats: tenant.seventeen_hats.clone(),
            flows: tenant.config.flows.clone(),
            provider_id: tenant.config.highlevel.provider_id.clone(),
        };
        self.tenants.iter().map(|tenant| (tenant.id.clone(), consumed(tenant))).collect()
    }
}

/// No budget and no tokens: nothing may be called.
#[derive(Debug)]
struct Offline;

#[async_trait]
impl Quota for Offline {
    async fn take(&self, _: System, _: &TenantId, _: Priority) -> Result<(), QuotaError> {
        Err(QuotaError("this command calls nobody".to_owned()))
    }

    fn observe(&self, _: System, _: &TenantId, _: QuotaSeen) {}
}

#[async_trait]
impl TokenStore for Offline {
    async fn load(&self, _: &TenantId) -> Result<Option<OAuthTokens>, TokenError> {
        Ok(None)
    }

    async fn save(&self, _: &TenantId, _: &OAuthTokens) -> Result<(), TokenError> {
        Err(TokenError("this command keeps no tokens".to_owned()))
    }

    async fn lock(&self, _: &TenantId, _: Duration) -> Result<bool, TokenError> {
        Ok(false)
    }

    async fn unlock(&self, _: &TenantId) -> Result<(), TokenError> {
        Ok(())
    }
}

fn wanted(secret: &crate::config::Secret, what: &str) -> anyhow::Result<SecretString> {
    secret.resolve().map_err(Failure::Usage)?.ok_or_else(|| Failure::Usage(format!("{what} is not set")).into())
}

fn credentials(tenant: &Tenant, tokens: &Arc<dyn TokenStore>) -> anyhow::Result<Credentials> {
    let highlevel = &tenant.highlevel;
    Ok(match &highlevel.oauth {
        Some(oauth) => Credentials::OAuth {
            client_id: oauth.client_id.clone(),
            client_secret: wanted(&oauth.client_secret, "the app's `client_secret`")?,
            store: Arc::clone(tokens),
        },
        None => Credentials::PrivateToken(wanted(&highlevel.token, "HighLevel's `token`")?),
    })
}

fn hats(config: &Config, id: &TenantId, hats: &TenantSeventeenHats, quota: &Arc<dyn Quota>) -> anyhow::Result<(SeventeenHats, Option<webhooks::Door>)> {
    let timeout = config.seventeen_hats.timeout.0;
    let secret = hats.webhook_secret.resolve().map_err(Failure::Usage)?;
    match hats.transport {
        Transport::Rest => {
            let base_url: Url = hats.base_url.as_deref().unwrap_or_default().parse().context("17hats' `base_url` is not an address")?;
            let contract = match &hats.contract {
                Some(path) => Contract::from_file(path)?,
                None => Contract::builtin(),
            };
            let door = secret.map(|secret| webhooks::Door::by_contract(secret, contract.clone()));
            let options = RestOptions {
                base_url: base_url.clone(),
                tenant: id.clone(),
                account: hats.account.clone().unwrap_or_default(),
                contract,
                credentials: wanted(&hats.token, "17hats' `token`")?,
            };
            let rest = Rest::new(http_client(timeout, is_loopback(&base_url))?, options, Arc::clone(quota));
            Ok((SeventeenHats::Rest(rest), door))
        }
        Transport::Zapier => {
            let hooks = hats.hooks.as_ref().ok_or_else(|| Failure::Usage("17hats' `hooks` are not set".into()))?;
            let hook = |secret, name: &str| -> anyhow::Result<Url> {
                wanted(secret, name)?.expose_secret().parse().with_context(|| format!("`{name}` is not an address"))
            };
            let find_or_create_contact = hook(&hooks.find_or_create_contact, "hooks.find_or_create_contact")?;
            let update_contact = hook(&hooks.update_contact, "hooks.update_contact")?;
            let http = http_client(timeout, is_loopback(&update_contact))?;
            let zapier = Zapier::new(http, ZapierOptions { tenant: id.clone(), find_or_create_contact, update_contact });
            Ok((SeventeenHats::Zapier(zapier), secret.map(webhooks::Door::secret)))
        }
    }
}

/// A client for one system; `loopback` keeps a proxy out of the way to this machine.
///
/// # Errors
/// If the TLS set-up fails.
pub fn http_client(timeout: Duration, loopback: bool) -> anyhow::Result<reqwest::Client> {
    super::install_crypto();
    hatbridge_systems::http_client(timeout, loopback).context("the HTTP client can't be made")
}
