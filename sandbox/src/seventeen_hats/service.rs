//! Starts the simulator and holds what its parts share.

use super::{
    account::Account,
    effects::Effects,
    handle::Handle,
    hooks,
    options::{Limits, Options},
    outbox::Outbox,
    problem::{Error, Problem},
    rest,
};
use crate::faults::Faults;
use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
    serve::ListenerExt as _,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::{net::TcpListener, sync::mpsc};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Bodies above this are refused.
const BODY_BYTES: usize = 1 << 20;
/// How long an OAuth access token lives.
const TOKEN_LIFE: Duration = Duration::from_secs(3600);
/// How often scheduled messages are looked at.
const TICK: Duration = Duration::from_millis(50);
/// How long one post to our receiver may take.
const POST_TIMEOUT: Duration = Duration::from_secs(30);

/// What all parts share.
#[derive(Debug)]
pub(super) struct World {
    pub(super) accounts: HashMap<String, Arc<Account>>,
    tokens: HashMap<String, Arc<Account>>,
    issued: Mutex<HashMap<String, (Arc<Account>, Instant)>>,
    limits: Mutex<Limits>,
    pub(super) hooks: mpsc::Sender<hooks::Act>,
    pub(super) runs: Arc<hooks::Runs>,
    pub(super) faults: Faults,
    pub(super) outbox: Outbox,
}

impl World {
    pub(super) fn by_token(&self, token: &str) -> Option<Arc<Account>> {
        if let Some(account) = self.tokens.get(token) {
            return Some(Arc::clone(account));
        }
        let issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        issued.get(token).filter(|(_, until)| *until > Instant::now()).map(|(account, _)| Arc::clone(account))
    }

    /// An access token for an account's own credentials.
    pub(super) fn issue(&self, client_id: &str, client_secret: &str) -> Option<(String, Duration)> {
        let account = self.tokens.get(client_secret).filter(|account| account.options.id == client_id)?;
        let token = uuid::Uuid::new_v4().simple().to_string();
        let now = Instant::now();
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        issued.retain(|_, (_, until)| *until > now);
        issued.insert(token.clone(), (Arc::clone(account), now + TOKEN_LIFE));
        Some((token, TOKEN_LIFE))
    }

    pub(super) fn limits(&self) -> Limits {
        *self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_limits(&self, limits: Limits) {
        *self.limits.lock().unwrap_or_else(PoisonError::into_inner) = limits;
    }
}

/// The simulator. [`Service::start`] runs it until the token is cancelled.
#[derive(Debug)]
pub struct Service;

impl Service {
    /// Binds, and serves until `stop`. The process must have installed a rustls provider.
    ///
    /// # Errors
    /// [`Error::Bind`], [`Error::Client`], [`Error::DuplicateAccount`].
    pub async fn start(options: Options, stop: CancellationToken) -> Result<Handle, Error> {
        let tracker = TaskTracker::new();
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(POST_TIMEOUT)
            .user_agent("hatbridge-sandbox")
            .build()
            .map_err(Error::Client)?;
        let outbox = Outbox::start(&http, options.seed, &tracker, &stop);
        let mut accounts = HashMap::new();
        let mut tokens = HashMap::new();
        for of_account in options.accounts {
            let (id, token) = (of_account.id.clone(), of_account.token.clone());
            let effects = Effects::new(options.truth.clone());
            let account = Arc::new(Account::new(of_account, options.clock_grain, outbox.clone(), effects));
            let same_token = !token.is_empty() && tokens.insert(token, Arc::clone(&account)).is_some();
            if same_token || accounts.insert(id.clone(), account).is_some() {
                return Err(Error::DuplicateAccount { account: id });
            }
        }
        let (hooks, acts) = mpsc::channel(hooks::WAITING_MOST);
        let world = Arc::new(World {
            accounts,
            tokens,
            issued: Mutex::default(),
            limits: Mutex::new(options.limits),
            hooks,
            runs: Arc::default(),
            faults: options.faults,
            outbox,
        });

        let address = options.listen;
        let listener = TcpListener::bind(address).await.map_err(|source| Error::Bind { address, source })?;
        let address = listener.local_addr().map_err(|source| Error::Bind { address, source })?;
        let app = router(&world);
        tracker.spawn({
            let (runs, stop) = (Arc::clone(&world.runs), stop.clone());
            async move { stop.run_until_cancelled(hooks::run(acts, runs)).await }
        });
        tracker.spawn({
            let (world, stop) = (Arc::clone(&world), stop.clone());
            async move { stop.run_until_cancelled(send_scheduled(world)).await }
        });
        tracker.spawn({
            let stop = stop.clone();
            async move {
                // A small answer must not wait for the caller's delayed acknowledgement.
                let listener = listener.tap_io(|io| drop(io.set_nodelay(true)));
                // Not graceful: a caller that keeps its connection open must not keep us alive.
                stop.run_until_cancelled(std::future::IntoFuture::into_future(axum::serve(listener, app))).await;
            }
        });
        tracker.close();
        Ok(Handle::new(world, address, options.truth, tracker))
    }
}

fn router(world: &Arc<World>) -> Router {
    let contract = Router::new()
        .route("/v1/{resource}", get(rest::list).post(rest::create))
        .route("/v1/{resource}/search", get(rest::search))
        .route("/v1/{resource}/{id}", get(rest::get).patch(rest::update).delete(rest::delete))
        .layer(middleware::from_fn_with_state(Arc::clone(world), rest::admit));
    Router::new()
        .merge(contract)
        .route("/v1/oauth/token", post(rest::token))
        .route("/hooks/catch/{account}/{action}", post(hooks::catch))
        .fallback(|| async { Problem::not_found("path") })
        .method_not_allowed_fallback(|| async { Problem::not_found("method on this path") })
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(middleware::from_fn_with_state(Arc::clone(world), super::faulty::apply))
        .with_state(Arc::clone(world))
}

async fn send_scheduled(world: Arc<World>) {
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        for account in world.accounts.values() {
            account.send_due();
        }
    }
}
