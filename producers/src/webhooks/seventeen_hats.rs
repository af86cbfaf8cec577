//! What a 17hats webhook means: (event name, body) -> drafts. Zaps post contacts flat, the partner
//! contract says itself what its webhooks look like.

use super::events::{Incoming, other};
use crate::capture::{Draft, Versioning, content};
use crate::polls::seventeen_hats::payload_of;
use hatbridge_schemas::{Change, EntityKind, Payload, System};
use hatbridge_systems::moment;
use hatbridge_systems::seventeen_hats::{Contract, Delivered, zapier};
use serde_json::Value;
use uuid::Uuid;

/// Namespace of ids of contacts whose Zap leaves the id out (a random UUID chosen once; it must
/// never change).
const CONTACT_NAMESPACE: Uuid = Uuid::from_u128(0x6b1e_93fd_47a8_4d52_a5c0_0e7f_3b98_d214);

pub(super) fn drafts(incoming: Incoming<'_>, contract: &Contract) -> Vec<Draft> {
    let known = match incoming.event {
        "new_contact" => zap(incoming, Change::Created),
        "updated_contact" => zap(incoming, Change::Updated),
        _ => by_contract(incoming, contract),
    };
    known.unwrap_or_else(|| vec![other(System::SeventeenHats, incoming)])
}

/// Zaps are set up by hand: the id's label varies, and it may be text or number.
fn id_of(body: &Value) -> Option<String> {
    ["id", "ID", "Id", "contact_id", "Contact ID", "Contact Id"].iter().find_map(|name| match &body[*name] {
        Value::String(id) if !id.trim().is_empty() => Some(id.trim().to_owned()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    })
}

fn zap(incoming: Incoming<'_>, change: Change) -> Option<Vec<Draft>> {
    let contact = zapier::contact_from(incoming.body);
    // Without an id the address is who it is: a changed address then looks like another person,
    // which is why the set-up guide asks for the id.
    let id = id_of(incoming.body).or_else(|| {
        let mark = [&contact.email, &contact.phone].into_iter().flatten().find(|t| !t.trim().is_empty())?;
        Some(Uuid::new_v5(&CONTACT_NAMESPACE, mark.trim().to_lowercase().as_bytes()).to_string())
    })?;
    let payload = Payload::Contact(contact);
    Some(vec![Draft {
        source: System::SeventeenHats,
        kind: EntityKind::Contact,
        root: id.clone(),
        id,
        change,
        versioning: Versioning::Content(content::of_payload(&payload)),
        occurred_at: None,
        payload: Some(payload),
        raw: incoming.raw.to_owned(),
    }])
}

fn by_contract(incoming: Incoming<'_>, contract: &Contract) -> Option<Vec<Draft>> {
    let Delivered { resource, verb, occurred_at, record } = contract.webhook(incoming.body)?;
    let change = match verb.as_str() {
        "created" => Change::Created,
        "updated" => Change::Updated,
        "deleted" => Change::Deleted,
        _ => return None,
    };
    let revision = record.revision?;
    let (kind, payload) = payload_of(resource, &record.value)?;
    let root = if kind == EntityKind::Contact { record.id.clone() } else { record.value["contact_id"].as_str().unwrap_or(&record.id).to_owned() };
    Some(vec![Draft {
        source: System::SeventeenHats,
        kind,
        id: record.id,
        root,
        change,
        versioning: Versioning::Revision(revision),
        occurred_at: moment::micros(&occurred_at).or(record.updated_at),
        payload: Some(payload),
        raw: incoming.raw.to_owned(),
    }])
}
