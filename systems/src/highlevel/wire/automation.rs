//! Workflows, campaigns and snapshots.

use super::{inner, integer, lower, text, word};
use hatbridge_schemas::{Campaign, Snapshot, Workflow};
use serde_json::Value;

/// A workflow.
#[must_use]
pub fn workflow_from(body: &Value) -> Workflow {
    let body = inner(body, "workflow");
    Workflow { name: text(body, "name"), status: lower(body, "status"), revision: integer(&body["version"]) }
}

/// A campaign, or from a webhook one contact's state in it.
#[must_use]
pub fn campaign_from(body: &Value) -> Campaign {
    let body = inner(body, "campaign");
    Campaign { name: text(body, "name"), status: lower(body, "status"), contact_id: word(body, "contactId"), template_id: word(body, "templateId") }
}

/// A snapshot.
#[must_use]
pub fn snapshot_from(body: &Value) -> Snapshot {
    let body = inner(body, "snapshot");
    Snapshot { name: text(body, "name"), kind: word(body, "type") }
}
