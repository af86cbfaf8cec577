//! The ready file: who answers, and where. It is there only while the broker answers, except after a crash.

use anyhow::Context;
use serde::Serialize;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::Path;

#[derive(Serialize)]
struct Ready {
    pid: u32,
    address: SocketAddr,
    started_at: jiff::Timestamp,
}

/// Writes the file whole or not at all.
pub fn announce(file: &Path, address: SocketAddr) -> anyhow::Result<()> {
    let ready = Ready { pid: std::process::id(), address, started_at: jiff::Timestamp::now() };
    let text = serde_json::to_vec(&ready).context("the ready file")?;
    let mut part = file.as_os_str().to_owned();
    part.push(".part");
    std::fs::write(&part, text).and_then(|()| std::fs::rename(&part, file)).with_context(|| format!("can't write the ready file {}", file.display()))
}

/// Removes the file, also that of a run that crashed.
pub fn withdraw(file: &Path) -> anyhow::Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error).with_context(|| format!("can't remove the ready file {}", file.display())),
        _ => Ok(()),
    }
}
