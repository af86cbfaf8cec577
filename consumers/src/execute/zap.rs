//! By Zap: sent, not confirmed. The answer tells no id; the contact's own trigger brings the mark back.

use super::{Death, Probe, Run, Step, Stop};
use crate::facts::kind;
use crate::plan::TAG_MARK;
use crate::plan::state::ContactState;
use hatbridge_schemas::{Contact, EntityKind, Payload, System};
use hatbridge_store::Link;
use hatbridge_systems::Effect;
use hatbridge_systems::seventeen_hats::{SeventeenHats, Zapier};

/// Name of the action in the ledger.
const TRANSCRIPT: &str = "zap.transcript";

impl Run<'_> {
    fn zapier(&self) -> Result<&Zapier, Stop> {
        match &self.tenant.seventeen_hats {
            SeventeenHats::Zapier(zapier) => Ok(zapier),
            SeventeenHats::Rest(_) => Err(Death::unmappable("this tenant's 17hats is not connected by Zapier")),
        }
    }

    /// Finds or makes the contact, or updates the known one. Done twice it is done once: the second
    /// run finds what the first made.
    pub(super) async fn zap_contact(&self, name: &'static str, highlevel: &str, contact: &Contact, tags: &[String]) -> Result<(), Stop> {
        let zapier = self.zapier()?;
        let mut tags = tags.to_vec();
        let contact = Contact { tags: None, ..contact.clone() };
        let mut request = match &self.hats {
            Some(id) => zapier.update(Some(id), &contact, &tags, None),
            None => {
                tags.push(format!("{TAG_MARK}{highlevel}"));
                let contact = self.with_address(highlevel, contact).await?;
                zapier.find_or_create(&contact, &tags, None)
            }
        };
        request.effect = Effect::Idempotent;
        self.carry_out(&Step { name, system: System::SeventeenHats, request, probe: Probe::None }).await?;
        Ok(())
    }

    pub(super) async fn zap_note(&mut self, text: &str, tags: &[String], name: &'static str) -> Result<(), Stop> {
        if name == TRANSCRIPT && !self.facts.has_done(name) {
            // An AI's call comes as a transcript and as a message: one of them is enough.
            let before = self.shared.store.linked(&self.event.tenant, kind::TRANSCRIPT, System::Highlevel, &self.call_id()).await?;
            if before.is_some() {
                return Ok(());
            }
        }
        let zapier = self.zapier()?;
        let mut request = match &self.hats {
            Some(id) => zapier.update(Some(id), &Contact::default(), tags, Some(text)),
            // Its id is not known yet, and the Zap that makes the contact may still run: one that finds
            // or makes needs no order.
            None => {
                let highlevel = self.in_highlevel()?;
                let contact = self.with_address(&highlevel, Contact::default()).await?;
                let mut tags = tags.to_vec();
                tags.push(format!("{TAG_MARK}{highlevel}"));
                zapier.find_or_create(&contact, &tags, Some(text))
            }
        };
        // Notes are appended, and nothing can be looked up: a doubt is for a person.
        request.effect = Effect::Unsafe;
        self.carry_out(&Step { name, system: System::SeventeenHats, request, probe: Probe::None }).await?;
        let id = self.event.entity.id.as_str();
        self.done(name, Some(id.to_owned()), self.sent_links(name, id), vec![]).await
    }

    /// A message that was sent as a note counts as linked to it, so that its later states are known.
    fn sent_links(&self, name: &str, id: &str) -> Vec<Link> {
        let link = |kind, highlevel: &str| Link { kind, highlevel: highlevel.to_owned(), seventeen_hats: format!("note:{highlevel}") };
        match (name, self.event.entity.kind) {
            ("zap.message", _) => vec![link(kind::MESSAGE, id)],
            (TRANSCRIPT, EntityKind::Message) => vec![link(kind::MESSAGE, id), link(kind::TRANSCRIPT, id)],
            (TRANSCRIPT, _) if self.call_id() != id => vec![link(kind::TRANSCRIPT, id), link(kind::TRANSCRIPT, &self.call_id())],
            (TRANSCRIPT, _) => vec![link(kind::TRANSCRIPT, id)],
            _ => vec![],
        }
    }

    /// The call that a transcript is of.
    fn call_id(&self) -> String {
        let own = match &self.event.payload {
            Some(Payload::Transcript(transcript)) => transcript.message_id.clone(),
            _ => None,
        };
        own.unwrap_or_else(|| self.event.entity.id.as_str().to_owned())
    }

    /// The Zap finds a contact by its address, where its id is not known yet.
    async fn with_address(&self, highlevel: &str, mut contact: Contact) -> Result<Contact, Stop> {
        let stored = self.shared.store.synced(&self.event.tenant, kind::CONTACT, highlevel).await?;
        let state: ContactState = stored.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        if contact.email.is_none() {
            contact.email = state.fields.get("email").cloned();
        }
        if contact.email.is_none() && contact.phone.is_none() {
            contact.phone = state.fields.get("phone").cloned();
        }
        if contact.email.is_none() && contact.phone.is_none() {
            return Err(Death::unmappable(
                "the contact has neither e-mail address nor phone number, by which a Zap could find it in 17hats; add one in HighLevel, then redrive",
            ));
        }
        Ok(contact)
    }
}
