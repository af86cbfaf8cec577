//! How an entry lies on disk: `length u32, checksum 8 bytes, header length u32, header JSON, body`.

use hatbridge_schemas::System;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// A verified webhook as it came.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// Who sent it.
    pub system: System,
    /// The tenant by the path, where the path says so.
    pub tenant: Option<String>,
    /// The event's name, by the path or the body.
    pub event: String,
    /// Its id, where the sender gives one.
    pub webhook_id: Option<String>,
    /// Microseconds since the epoch.
    pub received_at: i64,
    /// The raw body.
    pub body: Vec<u8>,
}

/// Masked: the body holds personal data.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("system", &self.system.as_str()).field("event", &self.event).field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}

#[derive(Serialize, Deserialize)]
struct Head {
    system: System,
    tenant: Option<String>,
    event: String,
    webhook_id: Option<String>,
    received_at: i64,
}

const PREFIX: usize = 4 + 8;
/// No record is larger: a length beyond it is damage.
const MOST: usize = 64 * 1024 * 1024;

fn checksum(bytes: &[u8]) -> [u8; 8] {
    let digest = Sha256::digest(bytes);
    let mut sum = [0; 8];
    sum.copy_from_slice(&digest[..8]);
    sum
}

fn length_of(bytes: &[u8]) -> [u8; 4] {
    u32::try_from(bytes.len()).expect("bodies are limited far below 4 GiB").to_le_bytes()
}

pub(crate) fn frame(entry: &Entry) -> Vec<u8> {
    let head = Head {
        system: entry.system,
        tenant: entry.tenant.clone(),
        event: entry.event.clone(),
        webhook_id: entry.webhook_id.clone(),
        received_at: entry.received_at,
    };
    let head = serde_json::to_vec(&head).expect("texts and numbers always serialize");
    let mut content = Vec::with_capacity(4 + head.len() + entry.body.len());
    content.extend_from_slice(&length_of(&head));
    content.extend_from_slice(&head);
    content.extend_from_slice(&entry.body);
    let mut bytes = Vec::with_capacity(PREFIX + content.len());
    bytes.extend_from_slice(&length_of(&content));
    bytes.extend_from_slice(&checksum(&content));
    bytes.extend_from_slice(&content);
    bytes
}

fn length_at(bytes: &[u8]) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?)).ok()
}

/// The first entry and its length on disk; `None` if there is none whole and undamaged.
pub(crate) fn unframe(bytes: &[u8]) -> Option<(Entry, usize)> {
    let length = length_at(bytes).filter(|l| *l <= MOST)?;
    let content = bytes.get(PREFIX..PREFIX + length)?;
    if bytes[4..PREFIX] != checksum(content) {
        return None;
    }
    let head_length = length_at(content)?;
    let head: Head = serde_json::from_slice(content.get(4..4 + head_length)?).ok()?;
    let body = content.get(4 + head_length..)?.to_vec();
    let entry = Entry { system: head.system, tenant: head.tenant, event: head.event, webhook_id: head.webhook_id, received_at: head.received_at, body };
    Some((entry, PREFIX + length))
}
