//! Recordings of calls: files, not rows.

use super::parents;
use super::sweep::{Answer, Sweep};
use crate::Error;
use crate::capture::{Draft, Versioning, content};
use crate::polls::pass::{Poll, capture_rows};
use hatbridge_schemas::{Change, EntityKind, Payload, Recording, System};
use hatbridge_store::{Listed, Listing, now_micros};
use hatbridge_systems::quota::Priority;
use serde_json::{Map, json};

/// A call is asked for its recording for so long, with growing pauses: it is made some time after the
/// call, or never. Microseconds.
const RECORDING_WITHIN: i64 = 48 * 3_600 * 1_000_000;

impl Sweep {
    /// Copies a call's recording into the content store, once.
    pub(super) async fn recording(&self, pass: i64, parent: &parents::Asked) -> Result<usize, Error> {
        let store = self.capture().store();
        let known = store.listed(self.tenant(), self.name(), &[&parent.id]).await?;
        let now = now_micros();
        let first = match known.get(&parent.id).map(String::as_str) {
            None => now,
            Some(hash) => match hash.strip_prefix("none-").and_then(|times| times.split_once('-')) {
                Some((first, last)) => {
                    let (first, last): (i64, i64) = (first.parse().unwrap_or(now), last.parse().unwrap_or(now));
                    if now - first > RECORDING_WITHIN || now - last < (last - first) / 2 {
                        return Ok(0);
                    }
                    first
                }
                None => return Ok(0),
            },
        };
        let (data, _) = self.data(parent, &Map::new(), None);
        let (hash, published) = match self.asked.client.download(self.request(&data)?, Priority::Background).await {
            Ok(download) => {
                let stored = self.asked.recordings.store(self.tenant().as_str(), &parent.id, download).await;
                let stored = stored.map_err(|error| self.failed(error.to_string()))?;
                let root = if parent.root.is_empty() { parent.id.clone() } else { parent.root.clone() };
                let recording = Recording {
                    message_id: Some(parent.id.clone()),
                    contact_id: Some(parent.root.clone()).filter(|root| !root.is_empty()),
                    media_type: Some(stored.media_type),
                    bytes: i64::try_from(stored.bytes).ok(),
                    sha256: Some(stored.sha256.clone()),
                    stored_at: Some(stored.stored_at.clone()),
                };
                let payload = Payload::Recording(recording);
                let raw = json!({"messageId": parent.id, "storedAt": stored.stored_at, "sha256": stored.sha256}).to_string();
                let draft = Draft {
                    source: System::Highlevel,
                    kind: EntityKind::Recording,
                    id: parent.id.clone(),
                    root,
                    change: Change::Snapshot,
                    versioning: Versioning::Content(content::of_payload(&payload)),
                    occurred_at: None,
                    payload: Some(payload),
                    raw,
                };
                (stored.sha256, capture_rows(self.capture(), self.tenant(), vec![draft], async |draft| Ok(draft)).await?)
            }
            Err(verdict) => match self.refused(verdict)? {
                Answer::Gone | Answer::Body(_) => (format!("none-{first}-{now}"), 0),
            },
        };
        let row = Listed { id: parent.id.clone(), root: parent.root.clone(), hash };
        store.note_listed(Listing { tenant: self.tenant().clone(), poll: self.name().to_owned(), pass, rows: vec![row] }).await?;
        Ok(published)
    }
}
