//! One name a channel.

/// The canonical name: upper case, without `TYPE_`. Webhooks, send requests and answers name the same
/// channel differently (FACTS section 8); a name that we don't know keeps its words.
pub(super) fn canonical(name: &str) -> String {
    let name = name.trim();
    let name = name.strip_prefix("TYPE_").unwrap_or(name);
    let upper = name.to_uppercase();
    let known = match upper.as_str() {
        "FB" => "FACEBOOK",
        "IG" => "INSTAGRAM",
        "LIVECHAT" => "LIVE_CHAT",
        "INTERNALCOMMENT" => "INTERNAL_COMMENT",
        "IVRCALL" => "IVR_CALL",
        "WHATSAPP" | "VOICEMAIL" | "TIKTOK" | "WEBCHAT" => return upper,
        _ => return words(name),
    };
    known.to_owned()
}

/// `FacebookComment` -> `FACEBOOK_COMMENT`; `CUSTOM_SMS` stays.
fn words(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut lower_before = false;
    for c in name.chars() {
        if c.is_uppercase() && lower_before {
            out.push('_');
        }
        lower_before = c.is_lowercase();
        if c.is_alphanumeric() { out.extend(c.to_uppercase()) } else { out.push('_') }
    }
    out
}

/// The channels whose number is certain: those of the by-id schema that its own text names.
pub(super) const fn numbered(number: i64) -> Option<&'static str> {
    match number {
        1 => Some("CALL"),
        2 => Some("SMS"),
        3 => Some("EMAIL"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_name_a_channel_is_one_name() {
        for (name, expected) in [
            ("TYPE_SMS", "SMS"),
            ("SMS", "SMS"),
            ("Email", "EMAIL"),
            ("TYPE_EMAIL", "EMAIL"),
            ("CALL", "CALL"),
            ("Call", "CALL"),
            ("VoiceMail", "VOICEMAIL"),
            ("WhatsApp", "WHATSAPP"),
            ("TYPE_WHATSAPP", "WHATSAPP"),
            ("InternalComment", "INTERNAL_COMMENT"),
            ("TYPE_INTERNAL_COMMENT", "INTERNAL_COMMENT"),
            ("Live_Chat", "LIVE_CHAT"),
            ("IG", "INSTAGRAM"),
            ("FB", "FACEBOOK"),
            ("TYPE_CUSTOM_SMS", "CUSTOM_SMS"),
            ("TYPE_CUSTOM_PROVIDER_EMAIL", "CUSTOM_PROVIDER_EMAIL"),
            ("TIKTOK", "TIKTOK"),
            ("TikTok", "TIKTOK"),
            ("SomethingNew", "SOMETHING_NEW"),
            ("TYPE_SOMETHING_NEW", "SOMETHING_NEW"),
        ] {
            assert_eq!(canonical(name), expected, "{name}");
            assert_eq!(canonical(&canonical(name)), expected, "{name} twice");
        }
    }
}
