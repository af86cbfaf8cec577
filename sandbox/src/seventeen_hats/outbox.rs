//! Posts to our receiver: in order per contact unless told otherwise, again when not accepted.

use super::{
    fields::moment,
    options::{Delivery, Labels, WebhookAuth},
    resource::{Resource, Verb},
    signature::hmac_sha256,
    store::Record,
    zap_fields,
};
use serde_json::json;
use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};
use tokio::{sync::mpsc, task::JoinSet, time::Instant};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Posts run side by side on this many lanes; one contact's stay on one.
const LANES: usize = 32;
/// Posts that one lane may hold; beyond it they are given up and counted.
const LANE_POSTS: usize = 8192;
/// How much longer than the others a post waits that is to be overtaken.
const OVERTAKEN_MS: (u64, u64) = (150, 600);
/// Overtaken posts of one lane under way at once.
const OVERTAKEN_MOST: usize = 256;

/// One change to tell.
#[derive(Debug)]
pub(super) struct Post {
    pub(super) url: String,
    pub(super) secret: Arc<str>,
    pub(super) shape: Shape,
    pub(super) record: Arc<Record>,
    pub(super) delivery: Delivery,
    /// Besides the delivery's own delay.
    pub(super) wait: Duration,
}

/// How it looks.
#[derive(Debug)]
pub(super) enum Shape {
    Contract { account: Arc<str>, resource: Resource, verb: Verb, auth: WebhookAuth, occurred_at: i64 },
    Zap(Labels),
}

/// Counts of posts.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) queued: AtomicU64,
    pub(super) delivered: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) given_up: AtomicU64,
    /// Posts over and done with, however they ended.
    pub(super) settled: AtomicU64,
}

#[derive(Debug)]
struct Queued {
    post: Post,
    due: Instant,
    twice: bool,
    /// Set if later posts are to overtake it.
    extra: Option<Duration>,
}

/// Takes posts; cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Outbox {
    lanes: Arc<[mpsc::Sender<Queued>]>,
    random: Arc<Mutex<fastrand::Rng>>,
    pub(super) counts: Arc<Counts>,
}

impl Outbox {
    pub(super) fn start(http: &reqwest::Client, seed: u64, tracker: &TaskTracker, stop: &CancellationToken) -> Self {
        let counts = Arc::new(Counts::default());
        let lanes = (0..LANES)
            .map(|_| {
                let (sender, inbox) = mpsc::channel(LANE_POSTS);
                let (http, counts, stop) = (http.clone(), Arc::clone(&counts), stop.clone());
                tracker.spawn(async move { stop.run_until_cancelled(lane(inbox, http, counts)).await });
                sender
            })
            .collect();
        Self { lanes, random: Arc::new(Mutex::new(fastrand::Rng::with_seed(seed))), counts }
    }

    /// Never waits, so it may be called under the account's lock: that keeps the order of changes.
    pub(super) fn post(&self, post: Post, contact: &str) {
        let queued = {
            let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
            let delivery = &post.delivery;
            let (low, high) = delivery.delay_ms;
            let delay = Duration::from_millis(random.u64(low..=high.max(low)));
            let twice = random.f64() < delivery.duplicate;
            let extra = (random.f64() < delivery.reorder).then(|| Duration::from_millis(random.u64(OVERTAKEN_MS.0..=OVERTAKEN_MS.1)));
            Queued { due: Instant::now() + delay + post.wait, twice, extra, post }
        };
        let mut hasher = DefaultHasher::new();
        contact.hash(&mut hasher);
        let lane = usize::try_from(hasher.finish() % LANES as u64).unwrap_or(0);
        self.counts.queued.fetch_add(1, SeqCst);
        if self.lanes[lane].try_send(queued).is_err() {
            tracing::warn!(lane, "17hats sandbox gives up a post: its lane is full or closed");
            self.counts.given_up.fetch_add(1, SeqCst);
            self.counts.settled.fetch_add(1, SeqCst);
        }
    }
}

async fn lane(mut inbox: mpsc::Receiver<Queued>, http: reqwest::Client, counts: Arc<Counts>) {
    let mut overtaken = JoinSet::new();
    while let Some(queued) = inbox.recv().await {
        while overtaken.try_join_next().is_some() {}
        match queued.extra {
            Some(extra) if overtaken.len() < OVERTAKEN_MOST => {
                let (http, counts, due) = (http.clone(), Arc::clone(&counts), queued.due + extra);
                overtaken.spawn(async move { deliver(&http, &Queued { due, ..queued }, &counts).await });
            }
            _ => deliver(&http, &queued, &counts).await,
        }
    }
    while overtaken.join_next().await.is_some() {}
}

async fn deliver(http: &reqwest::Client, queued: &Queued, counts: &Counts) {
    tokio::time::sleep_until(queued.due).await;
    let post = &queued.post;
    let (header, value, body) = rendered(post);
    for _ in 0..if queued.twice { 2 } else { 1 } {
        let mut left = post.delivery.attempts.max(1);
        loop {
            left -= 1;
            let request = http.post(&post.url).header("content-type", "application/json").header(header, &value);
            let answer = request.body(body.clone()).send().await.map(|answer| answer.status());
            match answer {
                Ok(status) if status.is_success() => {
                    counts.delivered.fetch_add(1, SeqCst);
                    break;
                }
                // Sent again unchanged, these would be refused again.
                Ok(status) if status.is_client_error() && status.as_u16() != 429 => left = 0,
                Ok(_) | Err(_) => {}
            }
            counts.failed.fetch_add(1, SeqCst);
            if left == 0 {
                counts.given_up.fetch_add(1, SeqCst);
                break;
            }
            tokio::time::sleep(Duration::from_millis(post.delivery.retry_after_ms)).await;
        }
    }
    counts.settled.fetch_add(1, SeqCst);
}

/// The authenticating header and the body.
fn rendered(post: &Post) -> (&'static str, String, bytes::Bytes) {
    let secret = post.secret.to_string();
    match &post.shape {
        Shape::Zap(labels) => {
            let body = zap_fields::post(&post.record, *labels).to_string();
            ("x-hatbridge-secret", secret, body.into())
        }
        Shape::Contract { account, resource, verb, auth, occurred_at } => {
            // Of the record's name and revision, so that a delivery made again has the same id.
            let name = format!("{account}/{}/{}", post.record.id, post.record.revision);
            let body = json!({
                "id": uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, name.as_bytes()),
                "type": format!("{}.{}", resource.singular(), verb.past()),
                "account": &**account,
                "occurred_at": moment(*occurred_at),
                "data": post.record.to_json(),
            })
            .to_string();
            match auth {
                WebhookAuth::SecretHeader => ("x-hatbridge-secret", secret, body.into()),
                WebhookAuth::HmacSha256 => ("x-partner-signature", hmac_sha256(secret.as_bytes(), body.as_bytes()), body.into()),
            }
        }
    }
}
