//! Stopping: the first signal drains, the second ends at once.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// A token that SIGTERM and SIGINT cancel. A second signal ends the process at once: what was not
/// finished is done again by the next run.
///
/// # Errors
/// If the process may not listen for signals.
pub fn on_signals() -> std::io::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let token = stop.clone();
    tokio::spawn(async move {
        let mut next = async || {
            tokio::select! {
                _ = terminate.recv() => 143,
                _ = interrupt.recv() => 130,
            }
        };
        next().await;
        tracing::info!("stopping: what has begun is finished first; a second signal ends at once");
        token.cancel();
        let code = next().await;
        tracing::warn!("ended at once; what was not finished is done again by the next run");
        std::process::exit(code);
    });
    Ok(stop)
}
