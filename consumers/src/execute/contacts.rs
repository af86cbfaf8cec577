//! Contacts on either side.

use super::{Carried, Death, Probe, Run, Step, Stop};
use crate::facts::kind;
use crate::plan::state::{ContactChange, ContactState, for_highlevel, shared_tags, text_of};
use hatbridge_schemas::{Contact, System};
use hatbridge_store::{Intent, Link, Synced};
use hatbridge_systems::Effect;
use hatbridge_systems::highlevel::requests;
use hatbridge_systems::highlevel::wire::MARK_PREFIX;
use hatbridge_systems::seventeen_hats::{Resource, SeventeenHats, contact_fields};
use serde_json::{Map, Value, json};

/// So often a record that changed between reading and writing is read again.
const READ_AGAIN: u32 = 5;

impl Run<'_> {
    fn link(&self, highlevel: &str, hats: &str) -> Vec<Link> {
        vec![Link { kind: kind::CONTACT, highlevel: highlevel.to_owned(), seventeen_hats: hats.to_owned() }]
    }

    fn agreed(highlevel: &str, state: &ContactState) -> Vec<Synced> {
        vec![Synced { kind: kind::CONTACT, id: highlevel.to_owned(), state: text_of(state) }]
    }

    pub(super) async fn create_in_highlevel(&mut self, contact: &Contact, state: &ContactState) -> Result<(), Stop> {
        const NAME: &str = "contact.create";
        let hats = self.in_hats()?;
        let mark = format!("{MARK_PREFIX}{hats}");
        let fields = for_highlevel(contact.clone(), &self.tenant.flows.contacts.custom_fields);
        let found = self.contact_by_address(contact.email.as_deref(), contact.phone.as_deref()).await?;
        let id = match found {
            // Ours, from before an interruption: it may lack what has changed since.
            Some(found) if found.origin.as_deref() == Some(mark.as_str()) => {
                self.begin(NAME).await?;
                self.fill_in_highlevel(&found.id, &fields).await?;
                found.id
            }
            Some(found) => {
                self.begin(NAME).await?;
                self.adopt_in_highlevel(&found.id, &hats, &fields).await?;
                found.id
            }
            None => {
                let made = Contact { origin: Some(mark.clone()), ..fields.clone() };
                let mut request = requests::contact_create(self.tenant.highlevel.location_id(), &made);
                let blank = |text: &Option<String>| text.as_deref().is_none_or(|t| t.trim().is_empty());
                if blank(&contact.email) && blank(&contact.phone) {
                    // Without an address nothing can be looked up: a doubt is for a person.
                    request.effect = Effect::Unsafe;
                }
                let step = Step {
                    name: NAME,
                    system: System::Highlevel,
                    request,
                    probe: Probe::Contact { email: contact.email.clone(), phone: contact.phone.clone(), mark },
                };
                match self.carry(&step).await? {
                    Carried::Answer(answer) => answer.body["contact"]["id"].as_str().unwrap_or_default().to_owned(),
                    Carried::Found(id) | Carried::Before(Some(id)) => id,
                    Carried::Before(None) => {
                        return Err(Death::unmappable("the ledger knows that the contact was made, but not its id; look in HighLevel, then discard"));
                    }
                    Carried::Refused(refusal) => match refusal.existing_contact() {
                        Some(existing) => {
                            self.adopt_in_highlevel(&existing, &hats, &fields).await?;
                            existing
                        }
                        None => return Err(self.refused(&step, &refusal).await?),
                    },
                }
            }
        };
        self.highlevel = Some(id.clone());
        self.done(NAME, Some(id.clone()), self.link(&id, &hats), Self::agreed(&id, state)).await
    }

    /// Announces an action that turns out to need no call of its own.
    async fn begin(&self, name: &str) -> Result<(), Stop> {
        match self.shared.store.intend(&self.event.tenant, self.event.id, name, "idempotent", hatbridge_store::now_micros()).await? {
            Intent::Lost => Err(Stop::Abandoned),
            Intent::Fresh | Intent::Doubt | Intent::Done(_) | Intent::Refused => Ok(()),
        }
    }

    /// The contact that is there already becomes the other side of ours.
    async fn adopt_in_highlevel(&mut self, id: &str, hats: &str, contact: &Contact) -> Result<(), Stop> {
        if let Some(other) = self.shared.store.linked(&self.event.tenant, kind::CONTACT, System::Highlevel, id).await?
            && other != hats
        {
            return Err(Death::unmappable(format!(
                "17hats' contacts {hats} and {other} have the same address, which in HighLevel is one contact ({id}); merge them in 17hats or change one address, then redrive"
            )));
        }
        self.fill_in_highlevel(id, contact).await?;
        // 17hats bears the mark, since HighLevel's `source` belongs to whoever made the contact.
        if let SeventeenHats::Rest(rest) = &self.tenant.seventeen_hats {
            let fields: Map<String, Value> = [("external_id".to_owned(), json!(id))].into_iter().collect();
            let request = rest.update(Resource::Contacts, hats, fields, None);
            self.carry_out(&Step { name: "contact.mark", system: System::SeventeenHats, request, probe: Probe::None }).await?;
        }
        Ok(())
    }

    /// Writes all that goes along to a contact that is there.
    async fn fill_in_highlevel(&self, id: &str, contact: &Contact) -> Result<(), Stop> {
        let tags = contact.tags.clone().unwrap_or_default();
        let update = requests::contact_update(id, &Contact { tags: None, ..contact.clone() });
        self.carry_out(&Step { name: "contact.adopt", system: System::Highlevel, request: update, probe: Probe::None }).await?;
        if !tags.is_empty() {
            self.carry_out(&Step { name: "contact.adopt.tags", system: System::Highlevel, request: requests::contact_tags_add(id, &tags), probe: Probe::None })
                .await?;
        }
        Ok(())
    }

    pub(super) async fn update_in_highlevel(&mut self, change: &ContactChange, state: &ContactState) -> Result<(), Stop> {
        const NAME: &str = "contact.update";
        let id = self.in_highlevel()?;
        if !change.added.is_empty() {
            let request = requests::contact_tags_add(&id, &change.added);
            self.carry_out(&Step { name: "contact.tags.add", system: System::Highlevel, request, probe: Probe::None }).await?;
        }
        if !change.removed.is_empty() {
            let request = requests::contact_tags_remove(&id, &change.removed);
            self.carry_out(&Step { name: "contact.tags.remove", system: System::Highlevel, request, probe: Probe::None }).await?;
        }
        if change.fields {
            let fields = for_highlevel(change.contact.clone(), &self.tenant.flows.contacts.custom_fields);
            let step = Step { name: NAME, system: System::Highlevel, request: requests::contact_update(&id, &fields), probe: Probe::None };
            match self.carry(&step).await? {
                Carried::Answer(_) | Carried::Found(_) => {}
                // Done before the interruption, with what was known then; what has changed since has an
                // event of its own, which must find it new.
                Carried::Before(_) => return Ok(()),
                Carried::Refused(refusal) => return Err(self.refused(&step, &refusal).await?),
            }
        } else {
            self.begin(NAME).await?;
        }
        self.done(NAME, Some(id.clone()), vec![], Self::agreed(&id, state)).await
    }

    pub(super) async fn create_in_hats(&mut self, contact: &Contact, state: &ContactState) -> Result<(), Stop> {
        const NAME: &str = "contact.create";
        let highlevel = self.in_highlevel()?;
        if let SeventeenHats::Zapier(_) = &self.tenant.seventeen_hats {
            self.zap_contact(NAME, &highlevel, contact, &state.tags.iter().cloned().collect::<Vec<_>>()).await?;
            return self.done(NAME, None, vec![], Self::agreed(&highlevel, state)).await;
        }
        let mut fields = contact_fields(contact);
        fields.insert("external_id".to_owned(), json!(highlevel));
        let mut found = self.find_in_hats(Resource::Contacts, "external_id", &highlevel).await?.map(|record| record.id);
        if let Some(id) = &found {
            self.begin(NAME).await?;
            self.adopt_in_hats(id, &highlevel, fields.clone(), contact).await?;
        } else if let Some(email) = contact.email.as_deref().filter(|e| !e.trim().is_empty())
            && let Some(there) = self.find_in_hats(Resource::Contacts, "email", email).await?
        {
            self.begin(NAME).await?;
            self.adopt_in_hats(&there.id, &highlevel, fields.clone(), contact).await?;
            found = Some(there.id);
        }
        let id = match found {
            Some(id) => id,
            None => {
                let request = self.rest()?.create(Resource::Contacts, fields);
                let step =
                    Step { name: NAME, system: System::SeventeenHats, request, probe: Probe::Hats(Resource::Contacts, "external_id", highlevel.clone()) };
                let (answer, id) = self.carry_out(&step).await?;
                self.id_of(Resource::Contacts, answer, id)?
            }
        };
        self.hats = Some(id.clone());
        self.done(NAME, Some(id.clone()), self.link(&highlevel, &id), Self::agreed(&highlevel, state)).await
    }

    async fn adopt_in_hats(&mut self, id: &str, highlevel: &str, mut fields: Map<String, Value>, contact: &Contact) -> Result<(), Stop> {
        if let Some(other) = self.shared.store.linked(&self.event.tenant, kind::CONTACT, System::SeventeenHats, id).await?
            && other != highlevel
        {
            return Err(Death::unmappable(format!(
                "HighLevel's contacts {highlevel} and {other} have the same address, which in 17hats is one contact ({id}); merge them in HighLevel or change one address, then redrive"
            )));
        }
        // What the contact is to 17hats is 17hats' business, once it is there.
        fields.remove("kind");
        fields.remove("is_company");
        fields.remove("tags");
        self.write_in_hats("contact.adopt", id, fields, contact.tags.as_deref().unwrap_or_default(), &[]).await?;
        Ok(())
    }

    pub(super) async fn update_in_hats(&mut self, change: &ContactChange, state: &ContactState) -> Result<(), Stop> {
        const NAME: &str = "contact.update";
        let highlevel = self.in_highlevel()?;
        if let SeventeenHats::Zapier(_) = &self.tenant.seventeen_hats {
            let mut state = state.clone();
            if !change.removed.is_empty() {
                // A Zap takes no tag off: the state says what 17hats has, or the tag would come back.
                state.tags.extend(change.removed.iter().cloned());
                tracing::info!(tenant = %self.event.tenant, contact = %highlevel, "a tag taken off in HighLevel stays in 17hats: Zapier can't take tags off; take it off there too");
            }
            if change.fields || !change.added.is_empty() {
                self.zap_contact(NAME, &highlevel, &change.contact, &change.added).await?;
            } else {
                self.begin(NAME).await?;
            }
            return self.done(NAME, None, vec![], Self::agreed(&highlevel, &state)).await;
        }
        let id = self.in_hats()?;
        if !self.write_in_hats(NAME, &id, contact_fields(&change.contact), &change.added, &change.removed).await? {
            return Ok(());
        }
        self.done(NAME, Some(id), vec![], Self::agreed(&highlevel, state)).await
    }

    /// Fields and tags. An update replaces the list of tags, so it is read first and written only if
    /// nobody wrote meanwhile. `false`: it was written before an interruption, with what was known then;
    /// what has changed since has an event of its own.
    async fn write_in_hats(&self, name: &'static str, id: &str, fields: Map<String, Value>, added: &[String], removed: &[String]) -> Result<bool, Stop> {
        let rest = self.rest()?;
        if added.is_empty() && removed.is_empty() {
            let request = rest.update(Resource::Contacts, id, fields, None);
            let step = Step { name, system: System::SeventeenHats, request, probe: Probe::None };
            return match self.carry(&step).await? {
                Carried::Answer(_) | Carried::Found(_) => Ok(true),
                Carried::Before(_) => Ok(false),
                Carried::Refused(refusal) => Err(self.refused(&step, &refusal).await?),
            };
        }
        let mut turn = 0;
        loop {
            turn += 1;
            let answer = self.ask(System::SeventeenHats, rest.get(Resource::Contacts, id)).await?;
            let Some(record) = rest.record(Resource::Contacts, &answer) else {
                return Err(Death::unmappable(format!("17hats answered contact {id} without its id; check the contract")));
            };
            let mut tags: Vec<String> = record.value["tags"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
            let gone = shared_tags(removed);
            tags.retain(|tag| !gone.contains(&tag.trim().to_lowercase()));
            let have = shared_tags(&tags);
            tags.extend(added.iter().filter(|tag| !have.contains(tag.as_str())).cloned());
            let mut fields = fields.clone();
            fields.insert("tags".to_owned(), json!(tags));
            let request = rest.update(Resource::Contacts, id, fields, record.revision.as_deref());
            let step = Step { name, system: System::SeventeenHats, request, probe: Probe::None };
            match self.carry(&step).await? {
                Carried::Answer(_) | Carried::Found(_) => return Ok(true),
                Carried::Before(_) => return Ok(false),
                Carried::Refused(refusal) if refusal.status == 412 && turn < READ_AGAIN => {}
                Carried::Refused(refusal) => return Err(self.refused(&step, &refusal).await?),
            }
        }
    }
}
