//! `dead-letters`: what could not be applied.

use super::{Global, print, print_json};
use crate::exit::Failure;
use crate::wiring::{Local, Wiring};
use clap::{Args, Subcommand};
use comfy_table::{ContentArrangement, Table, presets};
use hatbridge_kafka::{fetch_record, fetch_topic};
use hatbridge_schemas::DeadLetter;
use serde_json::{Value, json};

/// `hatbridge dead-letters`
#[derive(Debug, Subcommand)]
pub(crate) enum DeadLetters {
    /// List them, the oldest first: why, what failed, and the command that tries again
    List(List),
    /// Apply a record again: what was carried out of it stays so and is not done twice
    Redrive(Redrive),
}

/// `hatbridge dead-letters list`
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Of this tenant only
    #[arg(long, value_name = "ID")]
    tenant: Option<String>,
    /// For scripts
    #[arg(long)]
    json: bool,
}

/// `hatbridge dead-letters redrive`
#[derive(Debug, Args)]
pub(crate) struct Redrive {
    /// Where the record stands, as its dead letter says
    #[arg(long, value_name = "TOPIC/PARTITION/OFFSET", value_parser = place)]
    at: Place,
}

/// A record's place.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    topic: String,
    partition: i32,
    offset: i64,
}

fn place(text: &str) -> Result<Place, String> {
    let wrong = || "write it as TOPIC/PARTITION/OFFSET, for example hatbridge.highlevel.events/3/120".to_owned();
    let mut parts = text.rsplitn(3, '/');
    let offset = parts.next().and_then(|o| o.parse().ok()).ok_or_else(wrong)?;
    let partition = parts.next().and_then(|p| p.parse().ok()).ok_or_else(wrong)?;
    let topic = parts.next().filter(|t| !t.is_empty()).ok_or_else(wrong)?.to_owned();
    Ok(Place { topic, partition, offset })
}

impl DeadLetters {
    pub(crate) async fn carry_out(self, global: &Global) -> anyhow::Result<()> {
        let wiring = Wiring::build(global.load()?, Local::Join, false).await?;
        let done = match &self {
            Self::List(list) => list.show(&wiring).await,
            Self::Redrive(redrive) => redrive.again(&wiring).await,
        };
        let closed = wiring.close().await;
        done.and(closed)
    }
}

impl List {
    async fn show(&self, wiring: &Wiring) -> anyhow::Result<()> {
        let mut letters = vec![];
        for record in fetch_topic(&wiring.bus.kafka, wiring.bus.topics.dead_letters()).await? {
            letters.push(wiring.bus.decoder.decode_dead_letter(&record.value).await?);
        }
        letters.retain(|letter| self.tenant.is_none() || letter.tenant.as_ref().map(hatbridge_schemas::TenantId::as_str) == self.tenant.as_deref());
        letters.sort_by_key(|letter| letter.last_at);
        if self.json {
            return print_json(&letters.iter().map(shown).collect::<Vec<_>>());
        }
        if letters.is_empty() {
            return print("there are no dead letters");
        }
        let mut table = Table::new();
        table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_header(["when", "tenant", "reason", "what", "again"]);
        for letter in &letters {
            table.add_row([
                moment(letter.last_at),
                letter.tenant.as_ref().map(ToString::to_string).unwrap_or_default(),
                letter.reason.to_string(),
                letter.message.clone(),
                letter.redrive.clone(),
            ]);
        }
        print(&table.to_string())
    }
}

fn moment(micros: i64) -> String {
    jiff::Timestamp::from_microsecond(micros).map(|at| at.strftime("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default()
}

/// What may be shown: not the record itself, which holds personal data.
fn shown(letter: &DeadLetter) -> Value {
    json!({
        "at": moment(letter.last_at),
        "first_at": moment(letter.first_at),
        "tenant": letter.tenant,
        "event_id": letter.event_id,
        "source": letter.source,
        "reason": letter.reason,
        "message": letter.message,
        "system": letter.system,
        "operation": letter.operation,
        "attempts": letter.attempts,
        "request": letter.request,
        "answer": letter.answer,
        "place": format!("{}/{}/{}", letter.topic, letter.partition, letter.offset),
        "redrive": letter.redrive,
    })
}

impl Redrive {
    async fn again(&self, wiring: &Wiring) -> anyhow::Result<()> {
        let Place { topic, partition, offset } = &self.at;
        if !wiring.bus.topics.sources().contains(&topic.as_str()) {
            return Err(
                Failure::Usage(format!("`{topic}` is no topic that events are applied from; there are: {}", wiring.bus.topics.sources().join(", "))).into()
            );
        }
        let record = fetch_record(&wiring.bus.kafka, topic, *partition, *offset).await?;
        let record = record
            .ok_or_else(|| Failure::Usage(format!("there is no record at {topic}/{partition}/{offset}; take the place from `hatbridge dead-letters list`")))?;
        let event = wiring.bus.decoder.decode(&record.value).await?;
        // Opened first: the record must find its event open, however fast it is read. There may be
        // nothing to open: a record that could not be read left no trace.
        wiring.store.reopen(event.id).await?;
        wiring.bus.publisher.publish(&event).await?;
        print(&format!("event {} of tenant {} is published again, behind what its contact has now", event.id, event.tenant))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_from_behind_since_topics_may_hold_anything() {
        assert_eq!(place("a.b/3/120"), Ok(Place { topic: "a.b".into(), partition: 3, offset: 120 }));
        for wrong in ["", "a/b", "a/b/c", "/1/2", "a/1"] {
            assert!(place(wrong).is_err(), "{wrong}");
        }
    }
}
