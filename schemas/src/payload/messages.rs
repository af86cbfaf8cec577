//! Conversations, messages, calls.

use super::record;
use crate::event::closed_enum;
use serde::{Deserialize, Serialize};

record!(
    /// HighLevel's thread of one contact.
    Conversation {
        /// The contact's id in the source system.
        contact_id: Option<String>,
        /// `TYPE_PHONE`, ... an open set.
        channel: Option<String>,
        /// Messages not read yet.
        unread_count: Option<i64>,
        /// Whether it is starred.
        starred: Option<bool>,
        /// Whether the source calls it deleted.
        deleted: Option<bool>,
        /// Microseconds since the epoch.
        last_message_at: Option<i64>,
        /// When live chats were merged: the conversation that this one was merged into.
        merged_into: Option<String>,
    }
);

closed_enum!(
    /// Which way a message went, seen from the business.
    Direction {
        /// From the client.
        Inbound = "inbound",
        /// To the client.
        Outbound = "outbound",
    }
);

record!(
    /// One message, mail or call.
    Message {
        /// The contact's id in the source system.
        contact_id: Option<String>,
        /// HighLevel conversation it belongs to.
        conversation_id: Option<String>,
        /// 17hats ticket it belongs to.
        ticket_id: Option<String>,
        /// Canonical upper case name: `SMS`, `EMAIL`, `CALL`, `WHATSAPP`, ... an open set.
        channel: Option<String>,
        /// Which way it went.
        direction: Option<Direction>,
        /// The source's own word, lower case: `queued scheduled sent delivered read failed cancelled completed ...`.
        status: Option<String>,
        /// Text.
        body: Option<String>,
        /// Subject line.
        subject: Option<String>,
        /// Addresses of the attachments.
        attachments: Vec<String>,
        /// Microseconds since the epoch.
        sent_at: Option<i64>,
        /// Microseconds since the epoch; set while the message waits to be sent.
        scheduled_at: Option<i64>,
        /// The other system's id of this message (`altId`, `external_id`).
        external_id: Option<String>,
        /// `api`, `app`, `workflow`, ... where the source says by what it was made.
        origin: Option<String>,
        /// Id or address of who wrote it, in the source's own notation.
        author: Option<String>,
        /// Set where the message came in or goes out through a conversation provider.
        provider_id: Option<String>,
        /// Set for calls.
        call: Option<CallDetail>,
    }
);

record!(
    /// What a call adds to a message.
    CallDetail {
        /// Seconds.
        duration: Option<i64>,
        /// `completed`, `busy`, `no-answer`, `voicemail`, ...
        status: Option<String>,
    }
);

record!(
    /// A call's transcript.
    Transcript {
        /// The contact's id in the source system.
        contact_id: Option<String>,
        /// The call it belongs to.
        message_id: Option<String>,
        /// Sentences in order.
        sentences: Vec<Sentence>,
        /// Summary made by the source.
        summary: Option<String>,
    }
);

record!(
    /// One sentence of a transcript.
    Sentence {
        /// Number of the audio channel, where known: tells the speakers apart.
        channel: Option<i64>,
        /// Milliseconds from the beginning of the call.
        start_ms: Option<i64>,
        /// Milliseconds from the beginning of the call.
        end_ms: Option<i64>,
        /// What was said.
        text: String,
        /// 0 to 1.
        confidence: Option<f64>,
    }
);

record!(
    /// The recording of a call, kept in the content store.
    Recording {
        /// The call.
        message_id: Option<String>,
        /// The contact's id in the source system.
        contact_id: Option<String>,
        /// Media type, `audio/x-wav`.
        media_type: Option<String>,
        /// Size, in bytes.
        bytes: Option<i64>,
        /// SHA-256 of the content, lower-case hex.
        sha256: Option<String>,
        /// Its key or address in the content store.
        stored_at: Option<String>,
    }
);
