//! Which event means what: name -> kind of entity and change.

use hatbridge_schemas::{Change, EntityKind};

/// What an event by that name means; `None` for names we don't know.
pub(super) fn meaning(event: &str) -> Option<(EntityKind, Change)> {
    let row = ROWS.iter().find(|(name, ..)| *name == event);
    // New special events of opportunities come beside an update of the same content.
    row.map(|(_, kind, change)| (*kind, *change)).or_else(|| event.starts_with("Opportunity").then_some((K::Opportunity, Updated)))
}

use Change::{Created, Deleted, Snapshot, Updated};
use EntityKind as K;

/// The published events in alphabetical order (FACTS section 9 and webhooks.csv), then names of ours.
const ROWS: &[(&str, EntityKind, Change)] = &[
    ("AppInstall", K::App, Created),
    ("AppPaymentStatus", K::App, Updated),
    ("AppUninstall", K::App, Deleted),
    ("AppUpdate", K::App, Updated),
    ("AppointmentCreate", K::Appointment, Created),
    ("AppointmentDelete", K::Appointment, Deleted),
    ("AppointmentUpdate", K::Appointment, Updated),
    ("AssociationCreate", K::Association, Created),
    ("AssociationDelete", K::Association, Deleted),
    ("AssociationUpdate", K::Association, Updated),
    // Of one contact's state in a campaign, not of the campaign.
    ("CampaignStatusUpdate", K::Campaign, Updated),
    ("ContactCreate", K::Contact, Created),
    ("ContactDelete", K::Contact, Deleted),
    ("ContactDndUpdate", K::Contact, Updated),
    ("ContactTagUpdate", K::Contact, Updated),
    ("ContactUpdate", K::Contact, Updated),
    // There is no event for a new conversation: the first sighting is its creation.
    ("ConversationUnreadWebhook", K::Conversation, Snapshot),
    ("ConversationUpdate", K::Conversation, Updated),
    ("ExternalAuthConnected", K::App, Updated),
    ("InboundMessage", K::Message, Created),
    ("InvoiceCreate", K::Invoice, Created),
    ("InvoiceDelete", K::Invoice, Deleted),
    ("InvoicePaid", K::Invoice, Updated),
    ("InvoicePartiallyPaid", K::Invoice, Updated),
    ("InvoiceSent", K::Invoice, Updated),
    ("InvoiceUpdate", K::Invoice, Updated),
    ("InvoiceVoid", K::Invoice, Updated),
    ("KnowledgeBaseCreate", K::KnowledgeBase, Created),
    ("KnowledgeBaseDelete", K::KnowledgeBase, Deleted),
    // Of an asset; its `action` says what happened to it.
    ("KnowledgeBaseFaqChange", K::KnowledgeBase, Updated),
    ("KnowledgeBaseFileChange", K::KnowledgeBase, Updated),
    ("KnowledgeBaseRichTextChange", K::KnowledgeBase, Updated),
    ("KnowledgeBaseTableFileChange", K::KnowledgeBase, Updated),
    ("KnowledgeBaseTrainedUrlChange", K::KnowledgeBase, Updated),
    ("KnowledgeBaseUpdate", K::KnowledgeBase, Updated),
    ("LCEmailStats", K::EmailStatistics, Updated),
    ("LocationCreate", K::Location, Created),
    ("LocationUpdate", K::Location, Updated),
    ("NoteCreate", K::Note, Created),
    ("NoteDelete", K::Note, Deleted),
    ("NoteUpdate", K::Note, Updated),
    ("ObjectSchemaCreate", K::ObjectSchema, Created),
    ("ObjectSchemaUpdate", K::ObjectSchema, Updated),
    ("OpportunityAssignedToUpdate", K::Opportunity, Updated),
    ("OpportunityCreate", K::Opportunity, Created),
    ("OpportunityDelete", K::Opportunity, Deleted),
    ("OpportunityMonetaryValueUpdate", K::Opportunity, Updated),
    ("OpportunityStageUpdate", K::Opportunity, Updated),
    ("OpportunityStatusUpdate", K::Opportunity, Updated),
    ("OpportunityUpdate", K::Opportunity, Updated),
    ("OrderCreate", K::Order, Created),
    ("OrderStatusUpdate", K::Order, Updated),
    ("OutboundMessage", K::Message, Created),
    ("PlanChange", K::App, Updated),
    ("PriceCreate", K::Price, Created),
    ("PriceDelete", K::Price, Deleted),
    ("PriceUpdate", K::Price, Updated),
    ("ProductCreate", K::Product, Created),
    ("ProductDelete", K::Product, Deleted),
    ("ProductUpdate", K::Product, Updated),
    ("ProviderOutboundMessage", K::Message, Created),
    ("RecordCreate", K::Record, Created),
    ("RecordDelete", K::Record, Deleted),
    ("RecordUpdate", K::Record, Updated),
    ("RelationCreate", K::Relation, Created),
    ("RelationDelete", K::Relation, Deleted),
    ("SaaSPlanCreate", K::Plan, Created),
    ("SupportTicketCreate", K::SupportTicket, Created),
    ("SupportTicketDelete", K::SupportTicket, Deleted),
    ("SupportTicketUpdate", K::SupportTicket, Updated),
    ("TaskComplete", K::Task, Updated),
    ("TaskCreate", K::Task, Created),
    ("TaskDelete", K::Task, Deleted),
    ("UserCreate", K::User, Created),
    ("UserDelete", K::User, Deleted),
    ("UserUpdate", K::User, Updated),
    // Its transcript; the call itself is a message beside it.
    ("VoiceAiCallEnd", K::Transcript, Created),
    // The unread event's `type`, and an event that may come one day.
    ("ConversationUnreadUpdate", K::Conversation, Snapshot),
    ("TaskUpdate", K::Task, Updated),
    // Bodies that only show what they are about, where the path does not name the event.
    ("Association", K::Association, Snapshot),
    ("Price", K::Price, Snapshot),
    ("Product", K::Product, Snapshot),
    ("Record", K::Record, Snapshot),
    ("Relation", K::Relation, Snapshot),
];

/// Names of the published events.
#[cfg(test)]
pub(super) fn published() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|(name, ..)| *name).take(77)
}
