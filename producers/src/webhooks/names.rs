//! Which event it is. The path names it; where HighLevel's portal has only one URL the body's
//! `type` must do, with its traps (FACTS section 9).

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
        "ConversationUnreadUpdate" => "ConversationUnreadWebhook",
        "AppointmentCreate" => "AppointmentUpdate",
        _ if is_provider_message(body) => "ProviderOutboundMessage",
        "" if body["transcript"].is_string() && body["agentId"].is_string() => "VoiceAiCallEnd",
        "" => "Unknown",
        other => other,
    }
    .to_owned()
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
