//! Which event it is. The path names it; where HighLevel's portal has only one URL the body's
//! `type` must do, with its traps (FACTS section 9).

use super::table;
use serde_json::Value;

/// The name where only the body tells. Ambiguous ones: appointments always say `AppointmentCreate`,
/// also when they are updated or deleted, so by `type` alone they become `AppointmentUpdate`,
/// which is true of all three; give each event its own path to tell them apart.
#[must_use]
pub fn by_type(body: &Value) -> String {
    let named = body["type"].as_str().unwrap_or_default();
    match named {
        "INSTALL" => "AppInstall",
        "UNINSTALL" => "AppUninstall",
        "UPDATE" => "AppUpdate",
        "PLAN_CHANGE" => "PlanChange",
        "APP_PAYMENT_STATUS" => "AppPaymentStatus",
        "EXTERNAL_AUTH_CONNECTED" => "ExternalAuthConnected",
        "ConversationUnreadUpdate" => "ConversationUnreadWebhook",
        "AppointmentCreate" => "AppointmentUpdate",
        _ if is_provider_message(body) => "ProviderOutboundMessage",
        other if table::meaning(other).is_some() => other,
        other => by_members(body).unwrap_or(if other.is_empty() { "Unknown" } else { other }),
    }
    .to_owned()
}

/// What tells a body without a `type`, or with one that is not the event's: the members that only it
/// has. What shows a state, and not whether it was created, changed or deleted, is called by the
/// entity's name.
const TOLD_BY: [(&[&str], &str); 9] = [
    (&["transcript", "agentId"], "VoiceAiCallEnd"),
    (&["invoiceNumber"], "InvoiceUpdate"),
    (&["_id", "product", "amount", "currency"], "Price"),
    (&["_id", "productType"], "Product"),
    (&["id", "associationId", "firstRecordId", "secondRecordId"], "Relation"),
    (&["id", "associationType", "firstObjectKey"], "Association"),
    (&["id", "primaryDisplayProperty", "labels"], "ObjectSchemaUpdate"),
    (&["id", "properties", "owners"], "Record"),
    (&["planId", "saasProducts"], "SaaSPlanCreate"),
];

fn by_members(body: &Value) -> Option<&'static str> {
    let (_, name) = TOLD_BY.iter().find(|(members, _)| members.iter().all(|member| !body[*member].is_null()))?;
    Some(match (*name, body["status"].as_str()) {
        ("InvoiceUpdate", Some("delete" | "deleted")) => "InvoiceDelete",
        ("InvoiceUpdate", Some("paid")) => "InvoicePaid",
        ("InvoiceUpdate", Some("partially_paid")) => "InvoicePartiallyPaid",
        ("InvoiceUpdate", Some("sent")) => "InvoiceSent",
        ("InvoiceUpdate", Some("void")) => "InvoiceVoid",
        (name, _) => name,
    })
}

/// The location that a webhook is about: invoices and orders name it `altId`, a location's own events
/// have it as their id.
#[must_use]
pub fn location_of<'a>(event: &str, body: &'a Value) -> &'a str {
    let text = |name: &str| body[name].as_str().filter(|id| !id.is_empty());
    let alt = || text("altId").filter(|_| body["altType"].as_str().is_none_or(|kind| kind == "location"));
    let own = || text("id").filter(|_| matches!(event, "LocationCreate" | "LocationUpdate"));
    text("locationId").or_else(alt).or_else(own).unwrap_or_default()
}

/// Its `type` is the channel, an open set; no other event has these without a `messageType`.
fn is_provider_message(body: &Value) -> bool {
    body["messageId"].is_string()
        && body["messageType"].is_null()
        && body["contactId"].is_string()
        && (body["message"].is_string() || body["html"].is_string() || body["emailMessageId"].is_string())
}

/// Whether a path's last part may be an event's name: letters, digits, `_` and `-`.
#[must_use]
pub fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}
