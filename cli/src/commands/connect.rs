//! `connect`.

use super::{Global, print};
use crate::config::is_loopback;
use crate::exit::{CODES, Failure, causes};
use crate::wiring::{StoredTokens, http_client, make_folder, open_store, secret_key};
use anyhow::Context;
use clap::Args;
use hatbridge_schemas::TenantId;
use hatbridge_systems::highlevel::{App, TokenStore, exchange_code};
use url::Url;

/// `hatbridge connect`
#[derive(Debug, Args)]
#[command(after_long_help = format!("Open HighLevel's consent page with the app's client id and redirect address, choose the
location, and take `code` from the address it leads to. A code can be used once, within minutes.
The tokens are stored in the database, sealed with HATBRIDGE_SECRET_KEY or data_dir/secret.key.

Example:
  hatbridge connect --tenant shop --code 5f0c... --redirect-uri https://shop.example.com/oauth\n\n{CODES}"))]
pub(crate) struct Connect {
    /// Which tenant; it needs `highlevel.oauth` in the configuration
    #[arg(long, value_name = "ID")]
    tenant: String,
    /// The code that the consent page gave
    #[arg(long, env = "HATBRIDGE_OAUTH_CODE", hide_env_values = true)]
    code: String,
    /// The app's redirect address, exactly as the consent page was opened with
    #[arg(long, value_name = "URL")]
    redirect_uri: String,
}

impl Connect {
    pub(crate) async fn carry_out(self, global: &Global) -> anyhow::Result<()> {
        let config = global.load()?;
        let tenant = config.tenants.iter().find(|tenant| tenant.id == self.tenant);
        let tenant = tenant.ok_or_else(|| Failure::Usage(format!("there is no tenant `{}`; see [[tenants]]", self.tenant)))?;
        let oauth = tenant.highlevel.oauth.as_ref();
        let oauth = oauth.ok_or_else(|| Failure::Usage(format!("tenant `{}` has no `highlevel.oauth`; a private token needs no connecting", self.tenant)))?;
        let secret = oauth.client_secret.resolve().map_err(Failure::Usage)?.context("`client_secret` is not set")?;
        let base_url: Url = config.highlevel.base_url.parse().context("`highlevel.base_url` is not an address")?;
        // The store is opened first: a code can be used only once, and its tokens must find their place.
        make_folder(&config.data_dir)?;
        let store = open_store(&config).await?;
        let tokens = StoredTokens::new(store.clone(), &secret_key(&config.data_dir)?);
        let http = http_client(config.highlevel.timeout.0, is_loopback(&base_url))?;
        let app = App { client_id: &oauth.client_id, client_secret: &secret, api: tenant.highlevel.api };
        let got = exchange_code(&http, &base_url, app, &self.code, &self.redirect_uri)
            .await
            .map_err(|error| Failure::Failed(format!("HighLevel gave no tokens: {}; take a new code from the consent page", causes(&error))))?;
        tokens.save(&TenantId::new(&self.tenant), &got).await.map_err(|error| Failure::Failed(causes(&error)))?;
        store.close().await;
        print(&format!("tenant {} is connected", self.tenant))
    }
}
