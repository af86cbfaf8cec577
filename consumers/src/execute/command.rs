//! Operations of HighLevel's catalogue, as they were ordered.

use super::{Carried, Death, Probe, Run, Step, Stop};
use hatbridge_schemas::{Command, System};
use hatbridge_systems::call::Answer;
use hatbridge_systems::highlevel::catalogue::{self, Odd, Operation, Paging};
use hatbridge_systems::{Effect, moment};
use serde_json::{Map, Value};
use std::sync::atomic::Ordering;

/// Name in the ledger: a command is one action.
const NAME: &str = "command";

impl Run<'_> {
    pub(super) async fn send(&mut self, command: &Command) -> Result<(), Stop> {
        let operation = catalogue::find(&command.operation).map_err(|unknown| Death::unmappable(unknown.to_string()))?;
        let data = serde_json::from_str::<Map<String, Value>>(&command.parameters)
            .map_err(|_| Death::unmappable("the command's data is no JSON object; give the order again with one"))?;
        let highlevel = &self.tenant.highlevel;
        let mut request =
            operation.request(highlevel.api(), &highlevel.context(), &Value::Object(data.clone())).map_err(|invalid| Death::unmappable(invalid.to_string()))?;
        if request.effect == Effect::Read {
            if operation.is(Odd::BinaryAnswer) {
                return Err(Death::unmappable(format!("`{}` answers with a file; poll it: hatbridge poll", operation.name)));
            }
            self.answer = Some(self.ask(System::Highlevel, request).await?.body);
            return Ok(());
        }
        let probe = match &operation.probe {
            Some(probe) if can_be_looked_up(probe, &data) => Probe::Catalogue(operation, data.clone()),
            // Nothing to look it up by: after a lost answer a person decides.
            Some(_) if request.effect == Effect::Probe => {
                request.effect = Effect::Unsafe;
                Probe::None
            }
            _ => Probe::None,
        };
        let is_deletion = request.method.as_str() == "DELETE";
        let step = Step { name: NAME, system: System::Highlevel, request, probe };
        let id = match self.carry(&step).await? {
            Carried::Answer(Answer { body, .. }) => {
                let id = id_in(&body);
                self.answer = Some(body);
                id
            }
            Carried::Found(id) => Some(id),
            Carried::Before(id) => id,
            // Asked for more than once, it may well have been us who deleted it.
            Carried::Refused(refusal) if is_deletion && refusal.is_not_found() && self.repeated.load(Ordering::Relaxed) => None,
            // Refused the second time, it may have been done the first time: what it leaves behind tells.
            Carried::Refused(refusal) if operation.effect == Effect::Idempotent && self.repeated.load(Ordering::Relaxed) => {
                match self.look_up(&step.probe).await? {
                    Some(id) => Some(id),
                    None => return Err(self.refused(&step, &refusal).await?),
                }
            }
            Carried::Refused(refusal) if operation.is(Odd::OnePerContact) && refusal.already_exists() => {
                let contact = catalogue::member(&data, "contactId").and_then(Value::as_str).unwrap_or_default();
                self.searched_conversation(contact).await?
            }
            Carried::Refused(refusal) => return Err(self.refused(&step, &refusal).await?),
        };
        if self.answer.is_none() {
            self.answer = id.as_ref().map(|id| serde_json::json!({"id": id}));
        }
        self.done(NAME, id, vec![], vec![]).await
    }

    /// Whether the order was carried out by a call whose answer was lost: by the catalogue's probe.
    pub(super) async fn ordered_before(&self, operation: &'static Operation, data: &Map<String, Value>) -> Result<Option<String>, Stop> {
        let Some(probe) = &operation.probe else { return Ok(None) };
        let by = catalogue::find(&probe.by).map_err(|unknown| Death::unmappable(unknown.to_string()))?;
        let mut wanted: Map<String, Value> =
            probe.with.iter().filter_map(|(name, from)| Some((name.clone(), catalogue::member(data, from)?.clone()))).collect();
        if probe.with.contains_key("conversationId") && !wanted.contains_key("conversationId") {
            let contact = catalogue::member(data, "contactId").and_then(Value::as_str).unwrap_or_default();
            let Some(conversation) = self.searched_conversation(contact).await? else { return Err(undecided(operation)) };
            wanted.insert("conversationId".to_owned(), conversation.into());
        }
        by.add_page(&mut wanted);
        if let Some(window) = &by.window {
            for name in [&window.from, &window.to] {
                let Some(at) = wanted.get(name).and_then(moment::micros) else { return Err(undecided(operation)) };
                wanted.insert(name.clone(), window.written(at));
            }
        }
        let highlevel = &self.tenant.highlevel;
        let request = by.request(highlevel.api(), &highlevel.context(), &Value::Object(wanted)).map_err(|_| undecided(operation))?;
        let Some(answer) = self.ask_for(System::Highlevel, request).await? else { return Ok(None) };
        if let Some(exists) = &probe.exists {
            return Ok((answer.body[exists.as_str()] == true).then(|| id_in(&answer.body).unwrap_or_default()));
        }
        let Some(poll) = &by.poll else { return Err(undecided(operation)) };
        let found = catalogue::rows_of(by, poll, &answer.body).rows;
        // Of a listing that goes on behind this page nothing is proved by what is not on it, unless it has
        // the newest first.
        let is_full = poll.limit.is_some_and(|limit| found.len() >= limit as usize);
        let goes_on = is_full && !matches!(poll.paging, Paging::None | Paging::LastMessageId);
        for row in found {
            let id = poll.id.iter().find_map(|name| row[name.as_str()].as_str());
            let Some(id) = id.filter(|_| self.is_it(&row, data, probe)) else { continue };
            // The same may have been ordered twice on purpose: what another order made is known.
            if !probe.are.is_empty() || !self.shared.store.is_remote_id(&self.event.tenant, NAME, id).await? {
                return Ok(Some(id.to_owned()));
            }
        }
        if goes_on { Err(undecided(operation)) } else { Ok(None) }
    }

    fn is_it(&self, row: &Value, data: &Map<String, Value>, probe: &catalogue::Probe) -> bool {
        let since: Vec<&str> = probe.since.iter().map(String::as_str).collect();
        let left = probe.are.iter().all(|(field, words)| row[field.as_str()].as_str().is_some_and(|word| words.iter().any(|one| one == word)));
        let equal = probe.equal.iter().all(|(field, from)| catalogue::member(data, from).is_none_or(|value| same(&row[field.as_str()], value)));
        self.is_as_young(row, &since) && left && equal
    }
}

/// Whether the data hold anything that the probe can ask for and compare.
fn can_be_looked_up(probe: &catalogue::Probe, data: &Map<String, Value>) -> bool {
    let has = |name: &String| catalogue::member(data, name).is_some();
    let comparable = probe.equal.values().any(has) || !probe.since.is_empty() || !probe.are.is_empty() || probe.exists.is_some();
    let by_contact = probe.with.contains_key("conversationId") && has(&"contactId".to_owned());
    let is_windowed = catalogue::find(&probe.by).is_ok_and(|by| by.window.is_some());
    if is_windowed {
        return probe.with.values().all(has);
    }
    comparable && (probe.with.is_empty() || by_contact || probe.with.values().any(has))
}

fn undecided(operation: &Operation) -> Stop {
    Death::unmappable(format!(
        "nobody can tell whether `{}` was carried out: its answer was lost, and its data holds nothing to look it up by; look in HighLevel, then redrive or discard",
        operation.name
    ))
}

/// Texts without the spaces around them, moments as moments, numbers as numbers.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(a), Value::String(b)) if a.trim() == b.trim() => true,
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        _ if one == other => true,
        _ => matches!((moment::micros(one), moment::micros(other)), (Some(a), Some(b)) if a == b),
    }
}

/// The id in an answer: its own, or that of the one record it holds.
fn id_in(body: &Value) -> Option<String> {
    let of = |value: &Value| ["id", "_id", "messageId", "conversationId"].iter().find_map(|name| value[*name].as_str()).map(str::to_owned);
    of(body).or_else(|| body.as_object()?.values().find_map(|value| if value.is_object() { of(value) } else { None }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ids_stand_where_the_documents_put_them() {
        for (body, id) in [
            (json!({"id": "a"}), Some("a")),
            (json!({"note": {"id": "b"}, "traceId": "t"}), Some("b")),
            (json!({"success": true, "buiseness": {"id": "c"}}), Some("c")),
            (json!({"data": {"_id": "d"}}), Some("d")),
            (json!({"succeded": true}), None),
        ] {
            assert_eq!(id_in(&body).as_deref(), id, "{body}");
        }
    }

    #[test]
    fn moments_are_compared_as_moments_and_texts_without_their_margins() {
        assert!(same(&json!("2026-01-02T10:00:00+02:00"), &json!("2026-01-02T08:00:00.000Z")));
        assert!(same(&json!(" a "), &json!("a")) && same(&json!(1), &json!(1.0)) && !same(&json!("a"), &json!("b")) && !same(&json!(null), &json!("b")));
    }
}
