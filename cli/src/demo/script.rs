//! The script of a busy morning: who does what in which product, and when. A pure function of its
//! seed.

use std::time::Duration;

/// Through which door a tenant's 17hats is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// By the contract.
    Rest,
    /// By Zaps.
    Zapier,
}

/// In which product somebody acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Product {
    /// HighLevel.
    Highlevel,
    /// 17hats.
    SeventeenHats,
}

/// What somebody does. Persons, tickets and messages go by their number within the tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Enters a new contact.
    NewContact {
        /// Its number.
        person: usize,
    },
    /// Changes a contact's town.
    MoveContact {
        /// Whom.
        person: usize,
        /// Where to.
        city: String,
    },
    /// Puts a tag on a contact.
    Tag {
        /// Whom.
        person: usize,
        /// Which.
        tag: String,
    },
    /// Opens a ticket in 17hats.
    OpenTicket {
        /// For whom.
        person: usize,
        /// Its number.
        ticket: usize,
    },
    /// Closes a ticket in 17hats.
    CloseTicket {
        /// Which.
        ticket: usize,
    },
    /// A message is sent or received.
    Message {
        /// With whom.
        person: usize,
        /// Its number.
        number: usize,
        /// Whether it came from the client.
        inbound: bool,
    },
    /// A message is set to be sent later, in 17hats.
    Schedule {
        /// To whom.
        person: usize,
        /// Its number.
        number: usize,
    },
    /// A message that waits is cancelled.
    Cancel {
        /// Which.
        number: usize,
    },
    /// A call ends, with a transcript, in HighLevel.
    Call {
        /// With whom.
        person: usize,
        /// Its number.
        number: usize,
    },
}

/// One act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// When, from the beginning.
    pub at: Duration,
    /// Whose, by position.
    pub tenant: usize,
    /// Where.
    pub product: Product,
    /// What.
    pub what: What,
}

/// How much happens, over all tenants.
#[derive(Debug, Clone, Copy)]
pub struct Volume {
    /// New contacts.
    pub contacts: usize,
    /// New tickets; a third of them are closed again.
    pub tickets: usize,
    /// Messages, of both directions and products, scheduled ones among them.
    pub messages: usize,
    /// Completed calls.
    pub calls: usize,
    /// Changes of contacts.
    pub updates: usize,
    /// Tags put on.
    pub tags: usize,
    /// Scheduled messages that are cancelled.
    pub cancelled: usize,
    /// From the first act to the last.
    pub length: Duration,
}

impl Default for Volume {
    /// The busy morning of the README.
    fn default() -> Self {
        Self { contacts: 208, tickets: 54, messages: 1540, calls: 24, updates: 60, tags: 40, cancelled: 9, length: Duration::from_secs(100) }
    }
}

const CITIES: [&str; 8] = ["Leeds", "Turin", "Ghent", "Porto", "Graz", "Malmo", "Lyon", "Bern"];
const TAGS: [&str; 5] = ["vip", "spring offer", "referral", "follow up", "wedding"];

/// Splits `all` over `parts` so that the first ones get what is left over.
fn share(all: usize, parts: usize, part: usize) -> usize {
    let parts = parts.max(1);
    all / parts + usize::from(part < all % parts)
}

/// The script, in order of time. Acts of a person come after the person: new contacts in the first
/// third of the time, everything else later, and nothing within two seconds of its own contact.
#[must_use]
pub fn script(seed: u64, doors: &[Door], volume: &Volume) -> Vec<Act> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut acts = vec![];
    let rests: Vec<usize> = (0..doors.len()).filter(|&t| doors[t] == Door::Rest).collect();
    for tenant in 0..doors.len() {
        let rest = rests.iter().position(|&t| t == tenant);
        // A Zap shows a message as a line in the notes: fewer of them there.
        let zapier_messages = if rests.is_empty() { volume.messages / doors.len() } else { 120 };
        let zapiers = doors.len() - rests.len();
        let messages = match rest {
            Some(at) => share(volume.messages - (zapiers * zapier_messages).min(volume.messages), rests.len(), at),
            None => zapier_messages,
        };
        let mut day = Morning { random: &mut random, tenant, door: doors[tenant], length: volume.length, acts: &mut acts, born: vec![], number: 0 };
        day.contacts(share(volume.contacts, doors.len(), tenant));
        if let Some(at) = rest {
            day.tickets(share(volume.tickets, rests.len(), at));
            day.cancelled(share(volume.cancelled, rests.len(), at));
        }
        day.messages(messages.saturating_sub(day.number));
        day.calls(share(volume.calls, doors.len(), tenant));
        day.updates(share(volume.updates, doors.len(), tenant));
        day.tags(share(volume.tags, doors.len(), tenant));
    }
    acts.sort_by_key(|act| act.at);
    acts
}

/// One tenant's part.
struct Morning<'a> {
    random: &'a mut fastrand::Rng,
    tenant: usize,
    door: Door,
    length: Duration,
    acts: &'a mut Vec<Act>,
    /// When each person was entered, and where.
    born: Vec<(Duration, Product)>,
    /// The next message's number.
    number: usize,
}

impl Morning<'_> {
    fn act(&mut self, at: Duration, product: Product, what: What) {
        self.acts.push(Act { at, tenant: self.tenant, product, what });
    }

    /// A moment between two parts of the length, 0 to 1000.
    fn moment(&mut self, from: u32, to: u32) -> Duration {
        self.length * self.random.u32(from..to) / 1000
    }

    /// Somebody, and a moment at which that person is known on both sides.
    fn somebody(&mut self) -> (usize, Duration) {
        let person = self.random.usize(0..self.born.len());
        let earliest = self.born[person].0 + Duration::from_secs(2);
        (person, self.moment(330, 1000).max(earliest))
    }

    fn contacts(&mut self, count: usize) {
        for person in 0..count {
            let at = self.moment(0, 330);
            let product = if person % 2 == 0 { Product::SeventeenHats } else { Product::Highlevel };
            self.born.push((at, product));
            self.act(at, product, What::NewContact { person });
        }
    }

    fn tickets(&mut self, count: usize) {
        for ticket in 0..count {
            let (person, at) = self.somebody();
            let at = at.min(self.length * 7 / 10).max(self.born[person].0 + Duration::from_secs(2));
            self.act(at, Product::SeventeenHats, What::OpenTicket { person, ticket });
            if ticket % 3 == 0 {
                let later = at + self.length / 5;
                self.act(later, Product::SeventeenHats, What::CloseTicket { ticket });
            }
        }
    }

    fn cancelled(&mut self, count: usize) {
        for _ in 0..count {
            let (person, at) = self.somebody();
            let at = at.min(self.length * 8 / 10).max(self.born[person].0 + Duration::from_secs(2));
            let number = self.next_number();
            self.act(at, Product::SeventeenHats, What::Schedule { person, number });
            self.act(at + self.length / 10, Product::SeventeenHats, What::Cancel { number });
        }
    }

    fn next_number(&mut self) -> usize {
        self.number += 1;
        self.number - 1
    }

    fn messages(&mut self, count: usize) {
        for at in 0..count {
            let (person, moment) = self.somebody();
            let product = match self.door {
                Door::Rest if at % 2 == 0 => Product::SeventeenHats,
                Door::Rest | Door::Zapier => Product::Highlevel,
            };
            let number = self.next_number();
            let inbound = self.random.bool();
            self.act(moment, product, What::Message { person, number, inbound });
        }
    }

    fn calls(&mut self, count: usize) {
        for number in 0..count {
            let (person, at) = self.somebody();
            self.act(at, Product::Highlevel, What::Call { person, number });
        }
    }

    /// A contact is changed where it was entered: two people changing one field at once on both
    /// sides is a conflict, which the tests play.
    fn updates(&mut self, count: usize) {
        for _ in 0..count {
            let (person, at) = self.somebody();
            let city = CITIES[self.random.usize(0..CITIES.len())].to_owned();
            let product = self.born[person].1;
            self.act(at, product, What::MoveContact { person, city });
        }
    }

    fn tags(&mut self, count: usize) {
        for _ in 0..count {
            let (person, at) = self.somebody();
            let tag = TAGS[self.random.usize(0..TAGS.len())].to_owned();
            let product = self.born[person].1;
            self.act(at, product, What::Tag { person, tag });
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::collections::HashMap;

    const DOORS: [Door; 4] = [Door::Rest, Door::Rest, Door::Rest, Door::Zapier];

    fn count(acts: &[Act], of: impl Fn(&What) -> bool) -> usize {
        acts.iter().filter(|act| of(&act.what)).count()
    }

    #[test]
    fn the_morning_is_as_busy_as_promised() {
        let acts = script(1, &DOORS, &Volume::default());
        assert!(count(&acts, |w| matches!(w, What::NewContact { .. })) >= 200);
        assert!(count(&acts, |w| matches!(w, What::OpenTicket { .. })) >= 50);
        assert!(count(&acts, |w| matches!(w, What::Message { .. } | What::Schedule { .. })) >= 1500);
        assert!(count(&acts, |w| matches!(w, What::Call { .. })) >= 20);
        assert!(count(&acts, |w| matches!(w, What::Cancel { .. })) >= 5);
        for product in [Product::Highlevel, Product::SeventeenHats] {
            assert!(acts.iter().filter(|a| a.product == product && matches!(a.what, What::Message { .. })).count() > 500);
        }
    }

    #[test]
    fn a_seed_gives_one_morning_and_another_another() {
        let volume = Volume::default();
        assert_eq!(script(7, &DOORS, &volume), script(7, &DOORS, &volume));
        assert_ne!(script(7, &DOORS, &volume), script(8, &DOORS, &volume));
    }

    #[test]
    fn nobody_is_written_to_before_he_is_known() {
        for seed in 0..20 {
            let acts = script(seed, &DOORS, &Volume::default());
            let mut born = HashMap::new();
            for act in &acts {
                if let What::NewContact { person } = act.what {
                    born.insert((act.tenant, person), act.at);
                }
            }
            for act in &acts {
                if let What::Message { person, .. }
                | What::Call { person, .. }
                | What::OpenTicket { person, .. }
                | What::Schedule { person, .. }
                | What::MoveContact { person, .. } = act.what
                {
                    assert!(act.at >= born[&(act.tenant, person)] + Duration::from_secs(2), "seed {seed}: {act:?}");
                }
            }
            assert!(acts.windows(2).all(|w| w[0].at <= w[1].at));
        }
    }

    #[test]
    fn a_zap_is_asked_for_nothing_it_can_not_do() {
        for act in script(3, &DOORS, &Volume::default()).iter().filter(|a| DOORS[a.tenant] == Door::Zapier) {
            assert!(act.product == Product::Highlevel || matches!(act.what, What::NewContact { .. } | What::MoveContact { .. } | What::Tag { .. }), "{act:?}");
        }
    }
}
