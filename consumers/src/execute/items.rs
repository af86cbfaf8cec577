//! Notes, tasks, appointments and opportunities on either side.

use super::{Carried, Death, Probe, Run, Step, Stop};
use crate::plan::item::fields::{self, appointment, opportunity, task};
use crate::plan::item::{Family, Fields, ItemState, Seen};
use crate::plan::state::text_of;
use hatbridge_schemas::{Appointment, Opportunity, Payload, System};
use hatbridge_store::{ActionRecord, ActionStatus, Link, Record, Synced, now_micros};
use hatbridge_systems::call::{Answer, Request};
use hatbridge_systems::highlevel::{requests, wire};
use hatbridge_systems::seventeen_hats;
use serde_json::{Value, json};

/// The link and the state of a pair of records.
pub(super) fn agreed(family: Family, highlevel: &str, hats: &str, state: &ItemState) -> (Link, Synced) {
    let kind = family.as_str();
    let link = Link { kind, highlevel: highlevel.to_owned(), seventeen_hats: hats.to_owned() };
    (link, Synced { kind, id: highlevel.to_owned(), state: text_of(state) })
}

/// The record of an answer of HighLevel's, wrapped or not.
pub(super) fn payload_of(family: Family, body: &Value) -> Payload {
    match family {
        Family::Note => Payload::Note(wire::note_from(body)),
        Family::Task => Payload::Task(wire::task_from(body)),
        Family::Appointment => Payload::Appointment(wire::appointment_from(body)),
        Family::Opportunity => Payload::Opportunity(wire::opportunity_from(body)),
    }
}

impl Run<'_> {
    /// The event's record as its own system shows it; `None`: it is gone, or none of ours to carry.
    pub(crate) async fn read_item(&self, family: Family) -> Result<Option<Seen>, Stop> {
        let id = self.event.entity.id.as_str();
        let flows = &self.tenant.flows;
        let Some(seen) = (match self.event.source {
            System::SeventeenHats => {
                let rest = self.rest()?;
                let answer = self.ask_for(System::SeventeenHats, rest.get(family.resource(), id)).await?;
                let record = answer.and_then(|answer| rest.record(family.resource(), &answer)).filter(|record| !record.deleted);
                record.and_then(|record| Seen::of(&seventeen_hats::item_from(family.resource(), &record.value)?, System::SeventeenHats, flows))
            }
            System::Highlevel | System::Hatbridge => {
                // Some webhooks of tasks don't say whose it is (FACTS section 9).
                let known = self.facts.item_state.as_ref().map(|state| state.contact.as_str()).filter(|contact| !contact.is_empty());
                let contact = known.unwrap_or_else(|| self.event.entity.root.as_str());
                let request = match family {
                    Family::Note => requests::note_get(contact, id),
                    Family::Task => requests::task_get(contact, id),
                    Family::Appointment => requests::appointment_get(id),
                    Family::Opportunity => requests::opportunity_get(id),
                };
                let answer = self.ask_for(System::Highlevel, request).await?.filter(|answer| !answer.body.is_null());
                answer.and_then(|answer| Seen::of(&payload_of(family, &answer.body), System::Highlevel, flows)).map(|seen| seen.stated(family))
            }
        }) else {
            return Ok(None);
        };
        Ok(Some(seen))
    }

    pub(super) async fn create_item(&mut self, system: System, family: Family, fields: &Fields) -> Result<(), Stop> {
        let own = self.event.entity.id.as_str().to_owned();
        let (highlevel, hats) = match system {
            System::Highlevel | System::Hatbridge => (self.create_item_in_highlevel(family, fields).await?, own),
            System::SeventeenHats => {
                let mut made = fields::for_hats(family, fields, &self.tenant.flows);
                made.insert("contact_id".to_owned(), json!(self.in_hats()?));
                made.insert("external_id".to_owned(), json!(own));
                let resource = family.resource();
                let request = self.rest()?.create(resource, made);
                let step = Step { name: family.create(), system, request, probe: Probe::Hats(resource, "external_id", own.clone()) };
                let (answer, known) = self.carry_out(&step).await?;
                (own, self.id_of(resource, answer, known)?)
            }
        };
        let state = ItemState { contact: self.in_highlevel()?, fields: fields.clone() };
        let (link, synced) = agreed(family, &highlevel, &hats, &state);
        let remote = if system == System::SeventeenHats { hats } else { highlevel };
        self.done(family.create(), Some(remote), vec![link], vec![synced]).await
    }

    async fn create_item_in_highlevel(&self, family: Family, fields: &Fields) -> Result<String, Stop> {
        let location = self.tenant.highlevel.location_id();
        let contact = self.in_highlevel()?;
        let flows = &self.tenant.flows;
        let request = match family {
            Family::Note => requests::note_create(&contact, fields.get("body").map_or("", String::as_str)),
            Family::Task => requests::task_create(&contact, &task(fields)),
            Family::Appointment => {
                let calendar_id = Some(flows.appointments.calendar.clone());
                requests::appointment_create(location, &contact, &Appointment { calendar_id, ..appointment(fields) })
            }
            Family::Opportunity => {
                let pipeline_id = Some(flows.opportunities.pipeline.clone());
                requests::opportunity_create(location, &contact, &Opportunity { pipeline_id, ..opportunity(fields) })
            }
        };
        let pointer = request.expects;
        let step = Step { name: family.create(), system: System::Highlevel, request, probe: Probe::Item(family, fields.clone()) };
        let (answer, known) = self.carry_out(&step).await?;
        let told = |answer: Answer| Some(answer.body.pointer(pointer?)?.as_str()?.to_owned());
        answer.and_then(told).or(known).ok_or_else(|| {
            Death::unmappable(format!("HighLevel answered a new {} without its id; look in HighLevel, then discard or redrive", family.as_str()))
        })
    }

    pub(super) async fn update_item(&mut self, system: System, family: Family, id: &str, fields: &Fields, state: &ItemState) -> Result<(), Stop> {
        let request = match system {
            System::SeventeenHats => self.rest()?.update(family.resource(), id, fields::for_hats(family, fields, &self.tenant.flows), None),
            System::Highlevel | System::Hatbridge => match family {
                Family::Note => requests::note_update(&state.contact, id, fields.get("body").map_or("", String::as_str)),
                Family::Task => requests::task_update(&state.contact, id, &task(fields)),
                Family::Appointment => requests::appointment_update(id, &appointment(fields)),
                Family::Opportunity => requests::opportunity_update(id, &opportunity(fields)),
            },
        };
        let step = Step { name: family.update(), system, request, probe: Probe::None };
        match self.carry(&step).await? {
            Carried::Answer(_) | Carried::Found(_) => {}
            // Done before the interruption, with what was known then; what has changed since has an
            // event of its own, which must find it new.
            Carried::Before(_) => return Ok(()),
            // Deleted there: that is an event of its own, and nothing is left to change.
            Carried::Refused(refusal) if refusal.is_not_found() => return self.forget_item(system, family, family.update(), id).await,
            Carried::Refused(refusal) => return Err(self.refused(&step, &refusal).await?),
        }
        let highlevel = if system == System::SeventeenHats { self.event.entity.id.as_str() } else { id };
        let synced = Synced { kind: family.as_str(), id: highlevel.to_owned(), state: text_of(state) };
        self.done(family.update(), Some(id.to_owned()), vec![], vec![synced]).await
    }

    pub(super) async fn delete_item(&mut self, system: System, family: Family, id: &str, contact: &str) -> Result<(), Stop> {
        let request: Request = match system {
            System::SeventeenHats => self.rest()?.delete(family.resource(), id),
            System::Highlevel | System::Hatbridge => match family {
                Family::Note => requests::note_delete(contact, id),
                Family::Task => requests::task_delete(contact, id),
                Family::Appointment => requests::appointment_delete(id),
                Family::Opportunity => requests::opportunity_delete(id),
            },
        };
        let step = Step { name: family.delete(), system, request, probe: Probe::None };
        match self.carry(&step).await? {
            Carried::Answer(_) | Carried::Found(_) | Carried::Before(_) => {}
            Carried::Refused(refusal) if refusal.is_not_found() => {}
            Carried::Refused(refusal) => return Err(self.refused(&step, &refusal).await?),
        }
        self.forget_item(system, family, family.delete(), id).await
    }

    /// The pair is no more.
    async fn forget_item(&mut self, system: System, family: Family, name: &str, id: &str) -> Result<(), Stop> {
        let mut record = Record::of(&self.event.tenant, self.event.id, now_micros());
        record.actions.push(ActionRecord { action: name.to_owned(), status: ActionStatus::Done, remote_id: Some(id.to_owned()) });
        record.unlinks.push((family.as_str().to_owned(), system, id.to_owned()));
        self.shared.store.record(record).await?;
        Ok(())
    }
}
