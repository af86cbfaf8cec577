//! Accepting connections and answering them from the storage.
//!
//! The broker crate has a loop of its own; this one differs in that it takes a bound listener (a free port
//! without a race), says when it answers, stops when told, and never runs the storage's maintenance: that
//! deletes by age, and reads `retention.ms=-1` ("for ever") as an age everything has reached.

use crate::answers::Answers;
use crate::folder::Folder;
use crate::ready;
use anyhow::Context;
use rama::Service;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use tansu_broker::NODE_ID;
use tansu_storage::{BrokerRegistrationRequest, Storage, StorageContainer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use url::Url;

/// The same in every run: topics belong to it.
pub const CLUSTER: &str = "hatbridge";
/// Names the file; its only path part is taken relative to the working directory.
const STORAGE: &str = "sqlite:///records.sqlite";
/// The same file for us.
const FILE: &str = "records.sqlite";
/// How long the broker may take to answer itself.
const SELF_CHECK: Duration = Duration::from_secs(30);
/// How long to wait after a failure to accept (out of file descriptors).
const BREATH: Duration = Duration::from_millis(50);
/// How long requests under way may take once told to stop.
const DRAIN: Duration = Duration::from_millis(500);

/// Serves until `stop`; the ready file is written once a request was answered.
///
/// # Errors
/// If the storage can't be opened or the broker does not answer itself.
pub async fn serve(listener: TcpListener, folder: &Folder, ready_file: &Path, stop: CancellationToken) -> anyhow::Result<()> {
    let address = listener.local_addr().context("the listener has no address")?;
    let storage = open(address).await.with_context(|| format!("can't open the records in {}", folder.path().display()))?;
    let answers = Answers::new(storage).context("can't set up the protocol")?;

    let check = async {
        tokio::time::timeout(SELF_CHECK, answered(address)).await.context("the broker does not answer itself")?.context("the broker does not answer itself")?;
        ready::announce(ready_file, address)
    };
    let mut connections = JoinSet::new();
    let accept = async {
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => { connections.spawn(connection(answers.clone(), stream, peer)); }
                    Err(error) => {
                        tracing::warn!(%error, "a connection was not accepted");
                        tokio::time::sleep(BREATH).await;
                    }
                },
                Some(ended) = connections.join_next(), if !connections.is_empty() => {
                    if let Err(error) = ended { tracing::error!(%error, "a connection's task failed"); }
                }
            }
        }
    };
    let announced = async {
        check.await?;
        std::future::pending::<anyhow::Result<()>>().await
    };
    tokio::select! {
        () = stop.cancelled() => {}
        never = accept => never,
        failed = announced => failed?,
    }
    drop(listener);
    ready::withdraw(ready_file)?;
    let drained = tokio::time::timeout(DRAIN, answers.idle()).await;
    if drained.is_err() {
        tracing::warn!("requests were under way and are cut off");
    }
    connections.shutdown().await;
    Ok(())
}

async fn open(address: SocketAddr) -> anyhow::Result<StorageContainer> {
    let storage = StorageContainer::builder()
        .cluster_id(CLUSTER)
        .node_id(NODE_ID)
        .advertised_listener(Url::parse(&format!("tcp://{address}"))?)
        .storage(Url::parse(STORAGE)?)
        .silent(true)
        .build()
        .await?;
    let me = BrokerRegistrationRequest { broker_id: NODE_ID, cluster_id: CLUSTER.to_owned(), incarnation_id: uuid::Uuid::new_v4(), rack: None };
    storage.register_broker(me).await?;
    crate::index::add(Path::new(FILE)).await.context("can't index the records")?;
    Ok(storage)
}

async fn connection(answers: Answers, stream: TcpStream, peer: SocketAddr) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, %peer, "nodelay was refused");
    }
    let service = match answers.service() {
        Ok(service) => service,
        Err(error) => return tracing::error!(%error, "the protocol was not set up"),
    };
    // It only ever ends in an error, usually that the client went.
    if let Err(error) = service.serve(rama::Context::default(), stream).await {
        tracing::info!(%error, %peer, "connection ended");
    }
}

/// Asks `address` which versions it speaks (ApiVersions 0) and waits for the answer.
async fn answered(address: SocketAddr) -> anyhow::Result<()> {
    const CORRELATION: [u8; 4] = 7_i32.to_be_bytes();
    let mut stream = TcpStream::connect(address).await?;
    // Header 1: key 18, version 0, correlation, no client id.
    let mut request = vec![0, 18, 0, 0];
    request.extend(CORRELATION);
    request.extend((-1_i16).to_be_bytes());
    stream.write_all(&u32::try_from(request.len())?.to_be_bytes()).await?;
    stream.write_all(&request).await?;
    let mut head = [0; 8];
    stream.read_exact(&mut head).await?;
    anyhow::ensure!(head[4..] == CORRELATION, "the answer is not to what was asked");
    Ok(())
}
