//! The kinds of message that can be made here, and their three names.

/// One kind.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// In requests.
    pub(super) given: &'static str,
    /// In webhooks.
    pub(super) told: &'static str,
    /// In lists.
    pub(super) listed: &'static str,
    /// `type` in lists. Those of the first three are published, the others are this sandbox's.
    pub(super) number: u32,
    /// Whether `POST /conversations/messages` takes it.
    pub(super) sendable: bool,
}

const fn kind(given: &'static str, told: &'static str, listed: &'static str, number: u32, sendable: bool) -> Kind {
    Kind { given, told, listed, number, sendable }
}

static KINDS: &[Kind] = &[
    kind("Call", "CALL", "TYPE_CALL", 1, false),
    kind("SMS", "SMS", "TYPE_SMS", 2, true),
    kind("Email", "Email", "TYPE_EMAIL", 3, true),
    kind("WebChat", "WebChat", "TYPE_WEBCHAT", 5, false),
    kind("FB", "FB", "TYPE_FACEBOOK", 11, true),
    kind("IG", "IG", "TYPE_INSTAGRAM", 18, true),
    kind("WhatsApp", "WhatsApp", "TYPE_WHATSAPP", 19, true),
    kind("Custom", "CUSTOM_SMS", "TYPE_CUSTOM_SMS", 20, true),
    kind("Live_Chat", "Live_Chat", "TYPE_LIVE_CHAT", 29, true),
    kind("GMB", "GMB", "TYPE_GMB", 30, false),
    kind("RCS", "RCS", "TYPE_RCS", 31, true),
    kind("TIKTOK", "TIKTOK", "TYPE_TIKTOK", 32, true),
    kind("IVR_Call", "IVR_CALL", "TYPE_IVR_CALL", 33, false),
    kind("Campaign_Call", "CAMPAIGN_CALL", "TYPE_CAMPAIGN_CALL", 34, false),
    kind("Campaign_VoiceMail", "CAMPAIGN_VOICEMAIL", "TYPE_CAMPAIGN_VOICEMAIL", 35, false),
];

impl Kind {
    pub(super) fn read(given: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.given.eq_ignore_ascii_case(given) || kind.listed.eq_ignore_ascii_case(given))
    }

    pub(super) fn is_call(&self) -> bool {
        self.listed.contains("CALL") || self.listed.contains("VOICEMAIL")
    }

    /// Whether the export's `channel` means it.
    pub(super) fn is_channel(&self, channel: &str) -> bool {
        match channel {
            "Instagram" => self.given == "IG",
            "Facebook" => self.given == "FB",
            other => self.given == other,
        }
    }
}
