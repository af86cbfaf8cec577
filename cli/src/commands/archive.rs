//! `archive`: many conversations closed as commands on the log.

use super::{Global, print, print_json};
use crate::config::parse_time;
use crate::exit::{CODES, Failure};
use crate::wiring::{Connected, Local, Wiring};
use anyhow::Context;
use clap::Args;
use futures::stream::{self, StreamExt, TryStreamExt};
use hatbridge_schemas::{Change, Command, EntityId, EntityKind, EntityRef, Event, Payload, System, TenantId, TicketStatus, Via};
use hatbridge_store::now_micros;
use hatbridge_systems::call::Verdict;
use hatbridge_systems::quota::Priority;
use hatbridge_systems::seventeen_hats::{ListQuery, Resource, SeventeenHats, ticket_from};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;
use uuid::Uuid;

/// What the consumers know the command by.
pub const OPERATION: &str = "archive conversation";
/// Commands published at once.
const AT_ONCE: usize = 64;
/// Attempts at a page of tickets.
const ATTEMPTS: u32 = 4;

/// `hatbridge archive`
#[derive(Debug, Args)]
#[command(after_long_help = format!("Every conversation becomes a command on the commands topic; the consumers carry it out with the same
guarantees as any change, and say what came of it on the results topic.

Examples:
  hatbridge archive --tenant shop --tickets-closed-before 30d
  hatbridge archive --tenant shop --contact Xy12 --contact Zz34
  hatbridge archive --tenant shop --file contacts.txt --dry-run\n\n{CODES}"))]
#[command(group(clap::ArgGroup::new("which").required(true).args(["tickets_closed_before", "contact", "file"])))]
pub(crate) struct Archive {
    /// Whose conversations
    #[arg(long, value_name = "ID")]
    tenant: String,
    /// Of people all of whose 17hats tickets were closed before this long: "30d", "12h"
    #[arg(long, value_name = "DURATION", value_parser = parse_time)]
    tickets_closed_before: Option<Duration>,
    /// Of this contact (HighLevel's id); may be repeated
    #[arg(long, value_name = "ID")]
    contact: Vec<String>,
    /// Of the contacts in this file (HighLevel's ids, one a line)
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Say whose conversations, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Name of this order; given again it repeats nothing, so it continues one that was cut off
    #[arg(long, value_name = "NAME")]
    order: Option<String>,
    /// For scripts
    #[arg(long)]
    json: bool,
}

impl Archive {
    pub(crate) async fn carry_out(self, global: &Global) -> anyhow::Result<()> {
        let config = global.load()?;
        let wiring = Wiring::build(config, Local::Join, false).await?;
        let done = self.archive(&wiring).await;
        wiring.close().await?;
        let (order, contacts) = done?;
        if self.json {
            return print_json(&json!({"order": order, "contacts": contacts, "published": !self.dry_run}));
        }
        let what = if contacts.len() == 1 { "1 conversation".to_owned() } else { format!("{} conversations", contacts.len()) };
        if self.dry_run { print(&format!("{what} to archive; nothing was done")) } else { print(&format!("{what} ordered to be archived (order {order})")) }
    }

    async fn archive(&self, wiring: &Wiring) -> anyhow::Result<(String, BTreeSet<String>)> {
        let tenant = wiring.connections.named(&self.tenant)?;
        let order = self.order.clone().unwrap_or_else(|| Uuid::new_v4().to_string());
        let contacts = match (self.tickets_closed_before, &self.file) {
            (Some(age), _) => self.of_closed_tickets(wiring, tenant, age).await?,
            (None, Some(file)) => {
                let text = std::fs::read_to_string(file).with_context(|| format!("can't read {}", file.display()))?;
                text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
            }
            (None, None) => self.contact.iter().cloned().collect(),
        };
        if !self.dry_run {
            let now = now_micros();
            stream::iter(&contacts)
                .map(|contact| async { wiring.bus.publisher.publish(&command(&tenant.id, contact, &order, now)).await })
                .buffer_unordered(AT_ONCE)
                .try_collect::<()>()
                .await
                .with_context(|| format!("not all commands were published; repeat with `--order {order}`, which doubles none"))?;
        }
        Ok((order, contacts))
    }

    /// Contacts in HighLevel all of whose tickets are closed, the last one long enough ago.
    async fn of_closed_tickets(&self, wiring: &Wiring, tenant: &Connected, age: Duration) -> anyhow::Result<BTreeSet<String>> {
        let SeventeenHats::Rest(rest) = &tenant.seventeen_hats else {
            return Err(Failure::Usage("17hats shows no tickets through Zapier; name contacts with `--contact` or `--file`".into()).into());
        };
        let before = now_micros() - i64::try_from(age.as_micros()).unwrap_or(i64::MAX / 2);
        // 17hats' contact -> whether all tickets seen so far allow it.
        let mut closed: BTreeMap<String, bool> = BTreeMap::new();
        let mut query = ListQuery::default();
        loop {
            let request = rest.list(Resource::Tickets, &query);
            let mut attempt = 0;
            let answer = loop {
                attempt += 1;
                match rest.call(request.clone(), Priority::Background).await {
                    Verdict::Done(answer) => break answer,
                    Verdict::Throttled(wait) => tokio::time::sleep(wait).await,
                    Verdict::Retry(_) | Verdict::Doubt(_) if attempt < ATTEMPTS => tokio::time::sleep(Duration::from_secs(attempt.into())).await,
                    Verdict::Retry(reason) | Verdict::Doubt(reason) => {
                        return Err(Failure::Unreachable(format!("17hats did not list the tickets: {}", reason.0)).into());
                    }
                    Verdict::Refused(refusal) => {
                        return Err(Failure::Failed(format!("17hats refused to list the tickets ({}): {}", refusal.status, refusal.message)).into());
                    }
                }
            };
            let page = rest.page(Resource::Tickets, &answer);
            for record in page.items.iter().filter(|record| !record.deleted) {
                let ticket = ticket_from(&record.value);
                let Some(contact) = ticket.contact_id else { continue };
                let allows = ticket.status == Some(TicketStatus::Closed) && record.updated_at.is_some_and(|at| at < before);
                closed.entry(contact).and_modify(|all| *all &= allows).or_insert(allows);
            }
            match page.next {
                Some(next) => query.cursor = Some(next),
                None => break,
            }
        }
        let mut contacts = BTreeSet::new();
        for (contact, _) in closed.into_iter().filter(|(_, allowed)| *allowed) {
            match wiring.store.linked(&tenant.id, "contact", System::SeventeenHats, &contact).await? {
                Some(id) => drop(contacts.insert(id)),
                None => tracing::warn!(tenant = %tenant.id, contact, "contact {contact} of 17hats has no counterpart in HighLevel; left out"),
            }
        }
        Ok(contacts)
    }
}

/// The command event; its id hangs on the order and the contact, so that repeating changes nothing.
fn command(tenant: &TenantId, contact: &str, order: &str, now: i64) -> Event {
    let entity = EntityRef { kind: EntityKind::Conversation, id: EntityId::new(contact), root: EntityId::new(contact) };
    let parameters = json!({"contact_id": contact}).to_string();
    let payload = Payload::Command(Command { operation: OPERATION.to_owned(), parameters });
    Event::new(System::Hatbridge, tenant.clone(), entity, Change::Command, format!("archive/{order}"), now, now, Via::Operator, Some(payload), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_given_again_makes_the_same_events() {
        let tenant = TenantId::new("a");
        let one = command(&tenant, "C1", "o", 1);
        assert_eq!(one.id, command(&tenant, "C1", "o", 2).id);
        assert_ne!(one.id, command(&tenant, "C1", "other", 1).id);
        assert_ne!(one.id, command(&tenant, "C2", "o", 1).id);
        assert_eq!(one.key(), "a/C1");
    }
}
