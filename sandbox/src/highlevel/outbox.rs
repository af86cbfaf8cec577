//! One location's webhooks on their way: in order per contact unless told otherwise, again when not
//! accepted, until the breaker pauses them.

use super::{
    breaker::Breakers,
    clock::{iso, now_ms},
    options::{Delivery, Retries},
    signature::Signer,
};
use serde_json::{Map, Value, json};
use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};
use tokio::{sync::mpsc, task::JoinSet, time::Instant};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// A location's posts run side by side on this many lanes; one contact's stay on one.
const LANES: usize = 32;
/// Posts that one lane may hold; beyond it they are given up and counted.
const LANE_POSTS: usize = 8192;
/// How much longer than the others a post waits that is to be overtaken.
const OVERTAKEN_MS: (u64, u64) = (150, 600);
/// Posts of one lane that wait beside it, to be overtaken or repeated; beyond it the lane waits.
const BESIDE_MOST: usize = 2048;
/// Repetitions under the older and the newer rule.
const OLDER_TIMES: u32 = 6;
const NEWER_TIMES: u32 = 12;

/// Counts of one location's posts.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) queued: AtomicU64,
    pub(super) delivered: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) given_up: AtomicU64,
    /// Not even tried, since deliveries are paused.
    pub(super) paused: AtomicU64,
    /// Over and done with, however they ended.
    pub(super) settled: AtomicU64,
}

/// Settles one queued post when it is dropped, whatever became of it.
#[derive(Debug)]
struct Ticket(Arc<Shared>);

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.counts.settled.fetch_add(1, SeqCst);
    }
}

#[derive(Debug)]
struct Shared {
    counts: Counts,
    paused: AtomicBool,
    breaker: Mutex<Breakers>,
    random: Mutex<fastrand::Rng>,
    http: reqwest::Client,
    signer: Arc<Signer>,
}

#[derive(Debug)]
struct Queued {
    url: String,
    body: Map<String, Value>,
    delivery: Arc<Delivery>,
    due: Instant,
    twice: bool,
    /// Set if later posts are to overtake it.
    extra: Option<Duration>,
    ticket: Ticket,
}

/// A post as it goes out, the first time and every time after.
#[derive(Debug, Clone)]
struct Ready {
    url: String,
    body: bytes::Bytes,
    signature: String,
    delivery: Arc<Delivery>,
    /// The queued post is settled when the last copy of this is dropped.
    _ticket: Arc<Ticket>,
}

/// Takes posts; cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Outbox {
    lanes: Arc<[mpsc::Sender<Queued>]>,
    shared: Arc<Shared>,
}

impl Outbox {
    pub(super) fn start(http: &reqwest::Client, signer: &Arc<Signer>, seed: u64, tracker: &TaskTracker, stop: &CancellationToken) -> Self {
        let shared = Arc::new(Shared {
            counts: Counts::default(),
            paused: AtomicBool::new(false),
            breaker: Mutex::default(),
            random: Mutex::new(fastrand::Rng::with_seed(seed)),
            http: http.clone(),
            signer: Arc::clone(signer),
        });
        let lanes = (0..LANES)
            .map(|_| {
                let (sender, inbox) = mpsc::channel(LANE_POSTS);
                let (shared, stop) = (Arc::clone(&shared), stop.clone());
                tracker.spawn(async move { stop.run_until_cancelled(lane(inbox, shared)).await });
                sender
            })
            .collect();
        Self { lanes, shared }
    }

    pub(super) fn counts(&self) -> &Counts {
        &self.shared.counts
    }

    pub(super) fn paused(&self) -> bool {
        self.shared.paused.load(SeqCst)
    }

    pub(super) fn pause(&self, paused: bool) {
        *self.shared.breaker.lock().unwrap_or_else(PoisonError::into_inner) = Breakers::default();
        self.shared.paused.store(paused, SeqCst);
    }

    /// Never waits, so it may be called under the location's lock: that keeps the order of changes.
    pub(super) fn post(&self, url: String, mut body: Map<String, Value>, delivery: Arc<Delivery>, contact: &str) {
        let counts = &self.shared.counts;
        if self.paused() {
            counts.paused.fetch_add(1, SeqCst);
            return;
        }
        counts.queued.fetch_add(1, SeqCst);
        let ticket = Ticket(Arc::clone(&self.shared));
        let queued = {
            let mut random = self.shared.random.lock().unwrap_or_else(PoisonError::into_inner);
            let id = uuid::Builder::from_random_bytes(random.u128(..).to_le_bytes()).into_uuid();
            body.insert("webhookId".to_owned(), json!(id));
            let (low, high) = delivery.delay_ms;
            let delay = Duration::from_millis(random.u64(low..=high.max(low)));
            let twice = random.f64() < delivery.duplicate;
            let extra = (random.f64() < delivery.reorder).then(|| Duration::from_millis(random.u64(OVERTAKEN_MS.0..=OVERTAKEN_MS.1)));
            Queued { url, body, due: Instant::now() + delay, twice, extra, delivery, ticket }
        };
        let mut hasher = DefaultHasher::new();
        contact.hash(&mut hasher);
        let lane = usize::try_from(hasher.finish() % LANES as u64).unwrap_or(0);
        if self.lanes[lane].try_send(queued).is_err() {
            tracing::warn!(lane, "HighLevel sandbox gives up a webhook: its lane is full or closed");
            counts.given_up.fetch_add(1, SeqCst);
        }
    }
}

async fn lane(mut inbox: mpsc::Receiver<Queued>, shared: Arc<Shared>) {
    let mut beside = JoinSet::new();
    while let Some(mut queued) = inbox.recv().await {
        while beside.try_join_next().is_some() {}
        if beside.len() >= BESIDE_MOST {
            beside.join_next().await;
        }
        match queued.extra.take() {
            Some(extra) => {
                queued.due += extra;
                let shared = Arc::clone(&shared);
                beside.spawn(async move {
                    for again in first(&shared, queued).await {
                        repeat(&shared, again).await;
                    }
                });
            }
            None => {
                for again in first(&shared, queued).await {
                    let shared = Arc::clone(&shared);
                    beside.spawn(async move { repeat(&shared, again).await });
                }
            }
        }
    }
    while beside.join_next().await.is_some() {}
}

/// The first attempt; what has to be repeated.
async fn first(shared: &Shared, queued: Queued) -> Vec<Ready> {
    tokio::time::sleep_until(queued.due).await;
    if is_paused(shared) {
        return Vec::new();
    }
    let mut body = queued.body;
    // The time of sending, not of the change; repetitions keep it.
    body.insert("timestamp".to_owned(), json!(iso(now_ms())));
    let body = bytes::Bytes::from(Value::Object(body).to_string());
    let signature = shared.signer.sign(&body);
    let ready = Ready { url: queued.url, body, signature, delivery: queued.delivery, _ticket: Arc::new(queued.ticket) };
    let mut again = Vec::new();
    for _ in 0..if queued.twice { 2 } else { 1 } {
        let status = attempt(shared, &ready).await;
        match repetitions(ready.delivery.retries, status) {
            _ if is_success(status) => settled(shared, &ready, true),
            0 => settled(shared, &ready, false),
            _ => again.push(ready.clone()),
        }
    }
    again
}

async fn repeat(shared: &Shared, ready: Ready) {
    let mut done = 0;
    loop {
        let jitter = shared.random.lock().unwrap_or_else(PoisonError::into_inner).f64();
        tokio::time::sleep(pause(&ready.delivery, done, jitter)).await;
        if is_paused(shared) {
            return;
        }
        let status = attempt(shared, &ready).await;
        done += 1;
        if is_success(status) {
            return settled(shared, &ready, true);
        }
        if done >= repetitions(ready.delivery.retries, status) {
            return settled(shared, &ready, false);
        }
    }
}

/// What is on its way when deliveries are paused is lost like everything after it.
fn is_paused(shared: &Shared) -> bool {
    let paused = shared.paused.load(SeqCst);
    if paused {
        shared.counts.paused.fetch_add(1, SeqCst);
    }
    paused
}

/// The status; `None`: no answer came.
async fn attempt(shared: &Shared, ready: &Ready) -> Option<u16> {
    let request = shared.http.post(&ready.url).header("content-type", "application/json").header("x-ghl-signature", &ready.signature);
    let status = request.body(ready.body.clone()).send().await.ok().map(|answer| answer.status().as_u16());
    if !is_success(status) {
        shared.counts.failed.fetch_add(1, SeqCst);
    }
    status
}

fn is_success(status: Option<u16>) -> bool {
    status.is_some_and(|status| (200..300).contains(&status))
}

/// Times a post that was answered so may be repeated in all.
fn repetitions(rule: Retries, status: Option<u16>) -> u32 {
    match (rule, status) {
        (Retries::Older, Some(429)) => OLDER_TIMES,
        (Retries::Older, _) => 0,
        (Retries::Newer, _) => NEWER_TIMES,
    }
}

/// Older rule: `retry_ms` each. Newer: doubled each time up to `retry_most_ms`, half of it by chance.
fn pause(delivery: &Delivery, done: u32, jitter: f64) -> Duration {
    let whole = match delivery.retries {
        Retries::Older => return Duration::from_millis(delivery.retry_ms),
        Retries::Newer => delivery.retry_ms.saturating_mul(1 << done.min(16)).min(delivery.retry_most_ms.max(1)),
    };
    Duration::from_millis(whole).mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0)
}

fn settled(shared: &Shared, ready: &Ready, success: bool) {
    let count = if success { &shared.counts.delivered } else { &shared.counts.given_up };
    count.fetch_add(1, SeqCst);
    let Some(rule) = ready.delivery.breaker else { return };
    let mut breaker = shared.breaker.lock().unwrap_or_else(PoisonError::into_inner);
    if breaker.ended(rule, success) {
        tracing::info!("HighLevel sandbox pauses a location's webhooks: too few succeeded");
        shared.paused.store(true, SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_rules_repeat_differently() {
        let table = [
            (Retries::Older, Some(429), 6),
            (Retries::Older, Some(503), 0),
            (Retries::Older, None, 0),
            (Retries::Newer, Some(429), 12),
            (Retries::Newer, Some(400), 12),
            (Retries::Newer, None, 12),
        ];
        for (rule, status, times) in table {
            assert_eq!(repetitions(rule, status), times, "{rule:?} {status:?}");
        }
        let delivery = Delivery { retry_ms: 100, retry_most_ms: 500, ..Delivery::default() };
        let pauses = [0, 1, 2, 3, 40].map(|done| pause(&delivery, done, 1.0).as_millis());
        assert_eq!(pauses, [100, 200, 400, 500, 500]);
        assert_eq!(pause(&delivery, 0, 0.0).as_millis(), 50);
    }
}
