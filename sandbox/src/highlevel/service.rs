//! Starts the simulator and holds what its parts share.

use super::{
    auth::{Class, Grant, Tokens},
    company::Company,
    handle::Handle,
    location::{Actor, Location, Via},
    options::{Limits, Options},
    outbox::Outbox,
    problem::Error,
    rest,
    signature::Signer,
};
use crate::faults::Faults;
use axum::serve::ListenerExt as _;
use std::{
    collections::{BTreeMap, HashMap},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{Arc, Mutex, PoisonError, atomic::AtomicU64},
    time::Duration,
};
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How often scheduled messages are looked at.
const TICK: Duration = Duration::from_millis(50);
/// How long one post to our receiver may take.
const POST_TIMEOUT: Duration = Duration::from_secs(30);

/// What all parts share.
#[derive(Debug)]
pub(super) struct World {
    pub(super) locations: BTreeMap<String, Arc<Location>>,
    pub(super) company: Company,
    pub(super) tokens: Tokens,
    limits: Mutex<Limits>,
    pub(super) faults: Faults,
    /// Calls answered 429.
    pub(super) throttled: AtomicU64,
}

impl World {
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

/// Each location has its own chance, whatever others do at the same time.
fn seed_of(seed: u64, location: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (seed, location).hash(&mut hasher);
    hasher.finish()
}

impl Service {
    /// Binds, and serves until `stop`. The process must have installed a rustls provider.
    ///
    /// # Errors
    /// [`Error::Bind`], [`Error::Client`], [`Error::Key`], [`Error::DuplicateLocation`].
    pub async fn start(options: Options, stop: CancellationToken) -> Result<Handle, Error> {
        let tracker = TaskTracker::new();
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(POST_TIMEOUT)
            .user_agent("hatbridge-sandbox")
            .build()
            .map_err(Error::Client)?;
        let signer = Arc::new(Signer::new(options.seed));
        let public_key = signer.public_key()?;
        let company = Company::new(&options.app, options.seed, options.truth.clone());
        let (mut locations, mut private) = (BTreeMap::new(), HashMap::new());
        for of_location in options.locations {
            let (id, token, scopes) = (of_location.id.clone(), of_location.token.clone(), of_location.scopes.clone());
            let seed = seed_of(options.seed, &id);
            let outbox = Outbox::start(&http, &signer, seed, &tracker, &stop);
            company.employ(&of_location, seed);
            let location = Arc::new(Location::new(of_location, &options.app, options.bugs, seed, outbox, options.truth.clone()));
            let grant = Grant { class: Class::Location(Arc::clone(&location)), via: Via::PrivateToken, scopes: scopes.map(Into::into) };
            let same_token = !token.is_empty() && private.insert(token, grant).is_some();
            if same_token || locations.insert(id.clone(), location).is_some() {
                return Err(Error::DuplicateLocation { location: id });
            }
        }
        if !options.app.company_token.is_empty() {
            let grant = Grant { class: Class::Company, via: Via::PrivateToken, scopes: None };
            private.entry(options.app.company_token.clone()).or_insert(grant);
        }
        let world = Arc::new(World {
            locations,
            company,
            tokens: Tokens::new(private, options.app, options.seed),
            limits: Mutex::new(options.limits),
            faults: options.faults,
            throttled: AtomicU64::new(0),
        });

        let address = options.listen;
        let listener = TcpListener::bind(address).await.map_err(|source| Error::Bind { address, source })?;
        let address = listener.local_addr().map_err(|source| Error::Bind { address, source })?;
        let app = rest::router(&world);
        tracker.spawn({
            let (world, stop) = (Arc::clone(&world), stop.clone());
            async move { stop.run_until_cancelled(send_scheduled(world)).await }
        });
        tracker.spawn(async move {
            // A small answer must not wait for the caller's delayed acknowledgement.
            let listener = listener.tap_io(|io| drop(io.set_nodelay(true)));
            // Not graceful: a caller that keeps its connection open must not keep us alive.
            stop.run_until_cancelled(std::future::IntoFuture::into_future(axum::serve(listener, app))).await;
        });
        tracker.close();
        Ok(Handle::new(world, address, public_key.into(), options.truth, tracker))
    }
}

async fn send_scheduled(world: Arc<World>) {
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        for location in world.locations.values() {
            location.act(Actor::Clock).send_due();
        }
    }
}
