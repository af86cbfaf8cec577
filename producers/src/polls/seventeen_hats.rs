//! Pages of 17hats by contract, and what its records mean.

use super::pass::{Ask, Page};
use crate::Error;
use crate::capture::{Draft, Versioning};
use hatbridge_schemas::{Change, EntityKind, Payload, Sentence, System, Transcript};
use hatbridge_systems::call::Verdict;
use hatbridge_systems::quota::Priority;
use hatbridge_systems::seventeen_hats::{ListQuery, Resource, Rest, contact_from, item_from, message_from, ticket_from};
use serde_json::Value;

/// Kind and payload of a record in hatbridge's names.
#[must_use]
pub fn payload_of(resource: Resource, record: &Value) -> Option<(EntityKind, Payload)> {
    let text = |name: &str| record[name].as_str().map(str::to_owned);
    Some(match resource {
        Resource::Contacts => (EntityKind::Contact, Payload::Contact(contact_from(record))),
        Resource::Tickets => (EntityKind::Ticket, Payload::Ticket(ticket_from(record))),
        Resource::Messages => (EntityKind::Message, Payload::Message(message_from(record))),
        Resource::Transcripts => {
            let sentences = text("text").map(|text| Sentence { text, ..Sentence::default() }).into_iter().collect();
            (EntityKind::Transcript, Payload::Transcript(Transcript { contact_id: text("contact_id"), message_id: text("call_id"), sentences, summary: None }))
        }
        Resource::Notes | Resource::Todos | Resource::Projects | Resource::Events => {
            let payload = item_from(resource, record)?;
            (payload.kind(), payload)
        }
    })
}

pub(crate) async fn page(client: &Rest, resource: Resource, wanted: Ask<'_>) -> Result<Page, Error> {
    let name = resource.as_str();
    let failed = |reason: String| Error::Poll { system: System::SeventeenHats, resource: name, reason };
    let query = ListQuery {
        updated_since: Some(wanted.span.since),
        cursor: wanted.page.and_then(Value::as_str).map(str::to_owned),
        include_deleted: true,
        ..ListQuery::default()
    };
    let answer = match client.call(client.list(resource, &query), Priority::Background).await {
        Verdict::Done(answer) => answer,
        Verdict::Throttled(wait) => return Err(failed(format!("throttled for {wait:?}"))),
        Verdict::Retry(reason) | Verdict::Doubt(reason) => return Err(failed(reason.0)),
        Verdict::Refused(refusal) => return Err(failed(format!("status {}: {}", refusal.status, refusal.message))),
    };
    let listed = client.page(resource, &answer);
    let mut page = Page { drafts: vec![], newest: 0, next: listed.next.map(Value::from) };
    for record in listed.items {
        page.newest = page.newest.max(record.updated_at.unwrap_or_default());
        let Some((kind, payload)) = payload_of(resource, &record.value) else { continue };
        let gone = record.deleted;
        let root = if kind == EntityKind::Contact { record.id.clone() } else { record.value["contact_id"].as_str().unwrap_or(&record.id).to_owned() };
        let change = match record.created_at {
            _ if gone => Change::Deleted,
            Some(at) if at < wanted.watching_since => Change::Updated,
            _ => Change::Snapshot,
        };
        page.drafts.push(Draft {
            source: System::SeventeenHats,
            kind,
            id: record.id,
            root,
            change,
            versioning: Versioning::Revision(record.revision.unwrap_or_default()),
            occurred_at: record.updated_at,
            // A deleted record is listed without its fields: nothing is known of its last state.
            payload: if gone { None } else { Some(payload) },
            raw: record.value.to_string(),
        });
    }
    Ok(page)
}
