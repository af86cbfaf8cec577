//! What is answered to each request: the broker crate's services, but for two.
//!
//! Its fetch sleeps half the client's waiting time *after* it has found records, and looks again only
//! every quarter of a second, which alone is more than the latency we promise. Ours asks it without
//! waiting, and waits for the next produce request instead; and it looks only at the partitions to
//! which something was written ([`Seen`]).

use crate::seen::Seen;
use rama::layer::{MapErrLayer, MapStateLayer};
use rama::{Context, Layer, Service};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tansu_broker::Error;
use tansu_broker::coordinator::group::administrator::Controller;
use tansu_broker::service::{auth, coordinator, storage};
use tansu_sans_io::{ApiKey, FetchRequest, FetchResponse, ProduceRequest, ProduceResponse};
use tansu_service::{
    BytesFrameLayer, BytesFrameService, FrameRequestLayer, FrameRouteBuilder, FrameRouteService, TcpBytesLayer, TcpBytesService, TcpContext, TcpContextLayer,
    TcpContextService,
};
use tansu_storage::{FetchService, ProduceService, StorageContainer};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

/// Bytes of records in one answer: some 200 events, a few milliseconds of reading.
const ANSWER_BYTES: i32 = 256 * 1024;

/// Answers one connection's requests in their order.
pub type Connection = TcpContextService<TcpBytesService<BytesFrameService<FrameRouteService<(), Error>>, ()>>;
type Routes = FrameRouteBuilder<(), Error>;
type Add = fn(Routes, StorageContainer) -> Result<Routes, Error>;

/// Makes a [`Connection`] for each connection; cheap to clone.
#[derive(Clone, Debug)]
pub struct Answers {
    storage: StorageContainer,
    groups: Controller<StorageContainer>,
    produced: watch::Sender<u64>,
    writing: Arc<Writing>,
    seen: Arc<Seen>,
}

/// Produce requests under way.
#[derive(Debug, Default)]
struct Writing {
    count: AtomicUsize,
    done: Notify,
}

impl Answers {
    /// Answers from `storage`.
    ///
    /// # Errors
    /// If the groups can't be set up.
    pub fn new(storage: StorageContainer) -> Result<Self, Error> {
        let groups = Controller::with_storage(storage.clone())?;
        Ok(Self { storage, groups, produced: watch::Sender::new(0), writing: Arc::default(), seen: Arc::default() })
    }

    /// The services of one connection.
    ///
    /// # Errors
    /// If two services answer the same request.
    pub fn service(&self) -> Result<Connection, Error> {
        let routes = self.stored(FrameRouteService::<(), Error>::builder())?;
        let routes = auth::services(coordinator::services(routes, self.groups.clone())?)?.build()?;
        let context = TcpContext::default().cluster_id(Some(crate::server::CLUSTER.to_owned()));
        Ok((TcpContextLayer::new(context), TcpBytesLayer::default(), BytesFrameLayer::default()).into_layer(routes))
    }

    /// Returns when no produce request is under way.
    pub async fn idle(&self) {
        loop {
            let done = self.writing.done.notified();
            if self.writing.count.load(Ordering::SeqCst) == 0 {
                return;
            }
            done.await;
        }
    }

    fn stored(&self, routes: Routes) -> Result<Routes, Error> {
        let unchanged: [Add; 24] = [
            storage::add_offsets_to_txn,
            storage::add_partitions_to_txn,
            storage::alter_user_scram_credentials,
            storage::consumer_group_describe,
            storage::create_acls,
            storage::create_topics,
            storage::delete_groups,
            storage::delete_records,
            storage::delete_topics,
            storage::describe_acls,
            storage::describe_cluster,
            storage::describe_configs,
            storage::describe_groups,
            storage::describe_topic_partitions,
            storage::describe_user_scram_credentials,
            storage::find_coordinator,
            storage::get_telemetry_subscriptions,
            storage::incremental_alter_configs,
            storage::init_producer_id,
            storage::list_groups,
            storage::list_offsets,
            storage::list_partition_reassignments,
            storage::metadata,
            storage::txn_offset_commit_request,
        ];
        let routes = unchanged.into_iter().try_fold(routes, |routes, add| add(routes, self.storage.clone()))?;
        let state = self.storage.clone();
        let fetch = (MapErrLayer::new(Error::from), MapStateLayer::new(|_| state), FrameRequestLayer::<FetchRequest>::new())
            .into_layer(Fetch { produced: self.produced.clone(), seen: Arc::clone(&self.seen), turns: Arc::default() })
            .boxed();
        let state = self.storage.clone();
        let produce = (MapErrLayer::new(Error::from), MapStateLayer::new(|_| state), FrameRequestLayer::<ProduceRequest>::new())
            .into_layer(Produce { produced: self.produced.clone(), writing: self.writing.clone(), seen: Arc::clone(&self.seen) })
            .boxed();
        Ok(routes.with_route(FetchRequest::KEY, fetch)?.with_route(ProduceRequest::KEY, produce)?)
    }
}

/// Stores records and wakes those who wait for some.
#[derive(Clone, Debug)]
struct Produce {
    produced: watch::Sender<u64>,
    writing: Arc<Writing>,
    seen: Arc<Seen>,
}

impl ApiKey for Produce {
    const KEY: i16 = ProduceRequest::KEY;
}

impl Service<StorageContainer, ProduceRequest> for Produce {
    type Response = ProduceResponse;
    type Error = tansu_storage::Error;

    async fn serve(&self, ctx: Context<StorageContainer>, request: ProduceRequest) -> Result<ProduceResponse, Self::Error> {
        let _under_way = UnderWay::new(&self.writing);
        let write = self.seen.write(&request);
        let answer = ProduceService.serve(ctx, request).await;
        drop(write);
        self.produced.send_modify(|count| *count += 1);
        answer
    }
}

/// Counts one request as long as it lives, also if its connection is cut off.
struct UnderWay<'a>(&'a Writing);

impl<'a> UnderWay<'a> {
    fn new(writing: &'a Writing) -> Self {
        writing.count.fetch_add(1, Ordering::SeqCst);
        Self(writing)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::SeqCst);
        self.0.done.notify_waiters();
    }
}

/// Reads records; waits for them as long as the client asks, not longer.
#[derive(Clone, Debug)]
struct Fetch {
    produced: watch::Sender<u64>,
    seen: Arc<Seen>,
    turns: Arc<AtomicUsize>,
}

impl ApiKey for Fetch {
    const KEY: i16 = FetchRequest::KEY;
}

impl Service<StorageContainer, FetchRequest> for Fetch {
    type Response = FetchResponse;
    type Error = tansu_storage::Error;

    async fn serve(&self, ctx: Context<StorageContainer>, request: FetchRequest) -> Result<FetchResponse, Self::Error> {
        let wait = Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or(0));
        let deadline = Instant::now() + wait;
        let mut produced = self.produced.subscribe();
        let mut request = request;
        request.max_wait_ms = 0;
        loop {
            // Before looking, so that what is produced while we look wakes us.
            produced.mark_unchanged();
            let (news, before) = self.seen.news(&request);
            if let Some(mut news) = news {
                self.take_turns(&mut news);
                let answer = read(&ctx, news).await?;
                self.seen.read(&before, &answer);
                if has_news(&answer) || Instant::now() >= deadline {
                    return Ok(answer);
                }
            } else if Instant::now() >= deadline {
                return Ok(FetchResponse::default()
                    .throttle_time_ms(Some(0))
                    .error_code(Some(0))
                    .session_id(Some(0))
                    .node_endpoints(Some(vec![]))
                    .responses(Some(vec![])));
            }
            tokio::select! {
                _ = produced.changed() => {}
                () = tokio::time::sleep_until(deadline) => {}
            }
        }
    }
}

impl Fetch {
    /// The first partition asked for gets the answer's bytes first: it must not always be the same.
    fn take_turns(&self, request: &mut FetchRequest) {
        let turn = self.turns.fetch_add(1, Ordering::Relaxed);
        let Some(topics) = &mut request.topics else { return };
        let count = topics.len().max(1);
        topics.rotate_left(turn % count);
        for partitions in topics.iter_mut().filter_map(|topic| topic.partitions.as_mut()) {
            let count = partitions.len().max(1);
            partitions.rotate_left(turn % count);
        }
    }
}

/// A small answer now is better than a large one later; a record that is larger alone gets through.
async fn read(ctx: &Context<StorageContainer>, request: FetchRequest) -> Result<FetchResponse, tansu_storage::Error> {
    let most = request.max_bytes.unwrap_or(ANSWER_BYTES).min(ANSWER_BYTES);
    let small = request.clone().max_bytes(Some(most));
    let answer = FetchService.serve(ctx.clone(), small).await?;
    if has_news(&answer) || is_at_end(&answer, &request) { Ok(answer) } else { FetchService.serve(ctx.clone(), request).await }
}

/// Whether every partition is read to its end: then there is no record that was too large.
fn is_at_end(answer: &FetchResponse, request: &FetchRequest) -> bool {
    let asked = |topic: Option<&str>, partition: i32| {
        let of_topic = request.topics.iter().flatten().filter(|t| t.topic.as_deref() == topic);
        of_topic.flat_map(|t| t.partitions.iter().flatten()).find(|p| p.partition == partition).map(|p| p.fetch_offset)
    };
    answer
        .responses
        .iter()
        .flatten()
        .all(|topic| topic.partitions.iter().flatten().all(|p| asked(topic.topic.as_deref(), p.partition_index).is_some_and(|at| at >= p.high_watermark)))
}

/// Whether there are records, or an error the client must see now.
fn has_news(answer: &FetchResponse) -> bool {
    answer.error_code.is_some_and(|code| code != 0)
        || answer
            .responses
            .iter()
            .flatten()
            .flat_map(|topic| topic.partitions.iter().flatten())
            .any(|partition| partition.error_code != 0 || partition.records.as_ref().is_some_and(|records| !records.batches.is_empty()))
}
