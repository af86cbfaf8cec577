//! A studio's location in the sandbox, connected by the marketplace app, and what people did in it that
//! no call can do.

use async_trait::async_trait;
use hatbridge_sandbox::highlevel::{AppOptions, Handle, Limits, LocationOptions, Options, SearchLag, Service};
use hatbridge_schemas::TenantId;
use hatbridge_systems::highlevel::{self, Agency, Api, App, Credentials, HighLevel, OAuthTokens, TokenError, TokenStore, exchange_code};
use hatbridge_systems::quota::NoQuota;
use secrecy::SecretString;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;

const LOCATION: &str = "studioLocation000001";
const TIMEOUT: Duration = Duration::from_secs(30);

/// The location, open.
#[derive(Debug)]
pub struct Studio {
    handle: Handle,
    app: AppOptions,
    tokens: OAuthTokens,
    /// Names and values that steps know from the beginning.
    pub known: BTreeMap<String, Value>,
    _stop: DropGuard,
}

/// Tokens that outlive the test.
#[derive(Debug)]
struct Held(OAuthTokens);

#[async_trait]
impl TokenStore for Held {
    async fn load(&self, _: &TenantId) -> Result<Option<OAuthTokens>, TokenError> {
        Ok(Some(self.0.clone()))
    }

    async fn save(&self, _: &TenantId, _: &OAuthTokens) -> Result<(), TokenError> {
        Ok(())
    }

    async fn lock(&self, _: &TenantId, _: Duration) -> Result<bool, TokenError> {
        Ok(true)
    }

    async fn unlock(&self, _: &TenantId) -> Result<(), TokenError> {
        Ok(())
    }
}

impl Studio {
    /// Opens one, without limits and with searches that find everything at once.
    pub async fn open(api: Api) -> Self {
        let app = AppOptions::default();
        let location = LocationOptions { search_lag: SearchLag::NONE, ..LocationOptions::new(LOCATION, "") };
        let options = Options { locations: vec![location], app: app.clone(), limits: Limits::lifted(), ..Options::default() };
        let http = hatbridge_systems::http_client(TIMEOUT, true).unwrap();
        let stop = CancellationToken::new();
        let handle = Service::start(options, stop.clone()).await.unwrap();
        let secret: SecretString = app.client_secret.clone().into();
        let asks = App { client_id: &app.client_id, client_secret: &secret, api };
        let code = handle.authorize(LOCATION).unwrap();
        let base_url: Url = handle.base_url().parse().unwrap();
        let tokens = exchange_code(&http, &base_url, asks, &code, "https://studio.example/oauth").await.unwrap();
        let known = hatbridge_tests::steps::known(&handle, LOCATION, &app);
        Self { handle, app, tokens, known, _stop: stop.drop_guard() }
    }

    /// Where its calls end.
    pub fn base_url(&self) -> &str {
        self.handle.base_url()
    }

    /// The real client, with calls that go to this address.
    pub fn client(&self, api: Api, base_url: &str) -> HighLevel {
        let options = highlevel::Options {
            base_url: base_url.parse().unwrap(),
            tenant: TenantId::new("studio"),
            location_id: LOCATION.to_owned(),
            api,
            credentials: Credentials::OAuth {
                client_id: self.app.client_id.clone(),
                client_secret: self.app.client_secret.clone().into(),
                store: Arc::new(Held(self.tokens.clone())),
            },
            agency: Agency { company_id: Some(self.app.company_id.clone()), token: Some(self.app.company_token.clone().into()) },
            timeout: TIMEOUT,
        };
        HighLevel::new(hatbridge_systems::http_client(TIMEOUT, true).unwrap(), options, Arc::new(NoQuota))
    }
}
