//! Playing the script: everybody acts when it is time, in the product the script says.

use super::products::{Person, Products};
use super::script::{Act, Product, What};
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Somebody who looks for a contact that the other side has just entered looks again after this time.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// So often; then it is told as not done.
const LOOKS: u32 = 120;
/// Scheduled messages wait longer than any demo lasts, so that cancelling them is always in time.
const SCHEDULED: Duration = Duration::from_secs(3600);

/// What was played.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct Played {
    /// Acts done.
    pub acts: u64,
    /// Acts that could not be done: what the other side should have brought was not there.
    pub undone: Vec<String>,
}

/// Plays one shop's part of the script to its end, or until told to stop.
pub async fn play(products: Products, shop: usize, acts: Vec<Act>, started: Instant, stop: CancellationToken) -> Played {
    let mut player = Player { products, shop, tickets: HashMap::new(), scheduled: HashMap::new() };
    let mut played = Played::default();
    // Due acts first; one whose contact is not there yet comes again a little later, behind which
    // the others go on.
    let mut open: Vec<(Duration, u32, Act)> = acts.into_iter().map(|act| (act.at, 0, act)).collect();
    open.sort_by_key(|(due, ..)| std::cmp::Reverse(*due));
    while let Some((due, looks, act)) = open.pop() {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            () = tokio::time::sleep_until(started + due) => {}
        }
        match player.act(&act) {
            Ok(true) => played.acts += 1,
            Ok(false) if looks < LOOKS => {
                let again = started.elapsed() + LOOK_AGAIN;
                let at = open.partition_point(|(due, ..)| *due > again);
                open.insert(at, (again, looks + 1, act));
            }
            Ok(false) => played.undone.push(format!("{}: {}: what it needs did not come over", player.products.shops[shop].id, name(&act.what))),
            Err(error) => played.undone.push(format!("{}: {}: {error:#}", player.products.shops[shop].id, name(&act.what))),
        }
    }
    played
}

fn name(what: &What) -> &'static str {
    match what {
        What::NewContact { .. } => "a new contact",
        What::MoveContact { .. } => "a change of address",
        What::Tag { .. } => "a tag",
        What::OpenTicket { .. } => "a new ticket",
        What::CloseTicket { .. } => "the closing of a ticket",
        What::Message { .. } => "a message",
        What::Schedule { .. } => "a scheduled message",
        What::Cancel { .. } => "a cancellation",
        What::Call { .. } => "a call",
    }
}

struct Player {
    products: Products,
    shop: usize,
    /// Number in the script -> id.
    tickets: HashMap<usize, String>,
    scheduled: HashMap<usize, String>,
}

impl Player {
    /// Does it; `false` if what it needs is not there yet.
    fn act(&mut self, act: &Act) -> anyhow::Result<bool> {
        let products = &self.products;
        let shop = &products.shops[self.shop];
        let contact = |person: usize| {
            let email = Person::new(self.shop, person).email;
            match act.product {
                Product::Highlevel => products.highlevel_contact(shop, &email),
                Product::SeventeenHats => products.hats_contact(shop, &email),
            }
        };
        // Every text says whose and which it is, so that a copy can be told by it.
        let text = |what: &str, number: usize| format!("{what} {number:04} of {}", shop.id);
        match &act.what {
            What::NewContact { person } => {
                let person = Person::new(self.shop, *person);
                match act.product {
                    Product::Highlevel => products.highlevel_enter(shop, &person)?,
                    Product::SeventeenHats => products.hats_enter(shop, &person)?,
                };
            }
            What::MoveContact { person, city } => {
                let Some(contact) = contact(*person) else { return Ok(false) };
                match act.product {
                    Product::Highlevel => products.highlevel_move(shop, &contact, city)?,
                    Product::SeventeenHats => products.hats_move(shop, &contact, city)?,
                }
            }
            What::Tag { person, tag } => {
                let Some(contact) = contact(*person) else { return Ok(false) };
                match act.product {
                    Product::Highlevel => products.highlevel_tag(shop, &contact, tag)?,
                    Product::SeventeenHats => products.hats_tag(shop, &contact, tag)?,
                }
            }
            What::OpenTicket { person, ticket } => {
                let Some(contact) = contact(*person) else { return Ok(false) };
                let made = products.hats.open_ticket(&shop.account, &contact, &text("Ticket", *ticket), &text("What ticket is about:", *ticket))?;
                self.tickets.insert(*ticket, made.id);
            }
            What::CloseTicket { ticket } => {
                let Some(id) = self.tickets.get(ticket) else { return Ok(false) };
                products.hats.close_ticket(&shop.account, id)?;
            }
            What::Message { person, number, inbound } => {
                let Some(contact) = contact(*person) else { return Ok(false) };
                let body = text("Message", *number);
                match act.product {
                    Product::Highlevel => products.highlevel_message(shop, &contact, &body, *inbound)?,
                    Product::SeventeenHats => drop(products.hats_message(shop, &contact, &body, *inbound, None)?),
                }
            }
            What::Schedule { person, number } => {
                let Some(contact) = contact(*person) else { return Ok(false) };
                let id = products.hats_message(shop, &contact, &text("Scheduled message", *number), false, Some(SCHEDULED))?;
                self.scheduled.insert(*number, id);
            }
            What::Cancel { number } => {
                let Some(id) = self.scheduled.get(number) else { return Ok(false) };
                products.hats.cancel_message(&shop.account, id)?;
            }
            What::Call { person, number } => {
                let Some(contact) = contact(*person) else { return Ok(false) };
                let sentences = [text("This is call", *number), text("Goodbye at the end of call", *number)];
                products.highlevel_call(shop, &contact, 60, &sentences.each_ref().map(String::as_str))?;
            }
        }
        Ok(true)
    }
}
