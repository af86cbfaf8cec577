//! Comparing both systems record by record: a pure function over what each of them holds.
//!
//! A record is *linked* to one of the other side if either carries the other's id as a mark. Every
//! record must have exactly one link; the linked ones must agree in the mapped fields and belong to
//! linked contacts; the copies of one person's messages must stand in the order of the originals.

use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A person.
    Contact,
    /// All that is open or closed between the business and a person: HighLevel's conversation,
    /// 17hats' tickets.
    Thread,
    /// A message.
    Message,
    /// A call's transcript.
    Transcript,
}

impl Kind {
    /// In the order of the report.
    pub const ALL: [Self; 4] = [Self::Contact, Self::Thread, Self::Message, Self::Transcript];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Contact => "contact",
            Self::Thread => "thread",
            Self::Message => "message",
            Self::Transcript => "transcript",
        })
    }
}

/// One record of one system, in terms that both share.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Record {
    /// Its id.
    pub id: String,
    /// Its contact's id, in the same system.
    pub contact: String,
    /// Ids of the other system that it claims to be.
    pub marks: BTreeSet<String>,
    /// The mapped fields, in one notation.
    pub fields: BTreeMap<&'static str, String>,
    /// Its place in its thread; 0: it has none.
    pub sequence: u64,
}

/// What one system holds of one tenant.
pub type Side = BTreeMap<Kind, Vec<Record>>;

/// What both systems hold of one tenant.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Holding {
    /// Its name.
    pub tenant: String,
    /// There.
    pub highlevel: Side,
    /// And there.
    pub seventeen_hats: Side,
}

/// What is wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum Wrong {
    /// It has no counterpart.
    Lost,
    /// It has several.
    Doubled {
        /// Their ids.
        copies: Vec<String>,
    },
    /// It and its counterpart disagree.
    Differs {
        /// The counterpart.
        other: String,
        /// In these fields, without their contents.
        fields: Vec<&'static str>,
    },
    /// Its counterpart belongs to somebody else.
    Misplaced {
        /// The counterpart.
        other: String,
    },
    /// Its copy stands behind that of a later one of the same person.
    OutOfOrder {
        /// The later one.
        after: String,
    },
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Whose record.
    pub tenant: String,
    /// Which kind.
    pub kind: Kind,
    /// Which system holds it.
    pub system: &'static str,
    /// Its id there.
    pub id: String,
    /// What is wrong.
    #[serde(flatten)]
    pub wrong: Wrong,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tenant, kind, system, id, wrong } = self;
        write!(f, "{tenant}: {kind} {id} of {system} ")?;
        match wrong {
            Wrong::Lost => write!(f, "has no counterpart"),
            Wrong::Doubled { copies } => write!(f, "has {} counterparts: {}", copies.len(), copies.join(", ")),
            Wrong::Differs { other, fields } => write!(f, "differs from {other} in {}", fields.join(", ")),
            Wrong::Misplaced { other } => write!(f, "has its counterpart {other} at another contact"),
            Wrong::OutOfOrder { after } => write!(f, "has its copy behind that of {after}, which is later"),
        }
    }
}

/// The outcome.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Comparison {
    /// Linked pairs looked at, by kind.
    pub pairs: BTreeMap<Kind, u64>,
    /// Records without a counterpart.
    pub lost: u64,
    /// Counterparts too many.
    pub doubled: u64,
    /// Pairs that disagree, and copies out of order.
    pub unconverged: u64,
    /// All of it, one by one.
    pub differences: Vec<Difference>,
}

impl Comparison {
    /// Whether both systems say the same.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.lost + self.doubled + self.unconverged == 0
    }
}

const HIGHLEVEL: &str = "highlevel";
const SEVENTEEN_HATS: &str = "seventeen_hats";

/// Compares what both systems hold.
#[must_use]
pub fn compare(holdings: &[Holding]) -> Comparison {
    let mut comparison = Comparison::default();
    for holding in holdings {
        let contacts = comparison.kind(holding, Kind::Contact, None);
        for kind in [Kind::Thread, Kind::Message, Kind::Transcript] {
            comparison.kind(holding, kind, Some(&contacts));
        }
    }
    comparison
}

/// HighLevel's contact -> 17hats' contact.
type Linked = HashMap<String, String>;

impl Comparison {
    fn tell(&mut self, tenant: &str, kind: Kind, system: &'static str, id: &str, wrong: Wrong) {
        match &wrong {
            Wrong::Lost => self.lost += 1,
            Wrong::Doubled { copies } => self.doubled += copies.len() as u64 - 1,
            Wrong::Differs { .. } | Wrong::Misplaced { .. } | Wrong::OutOfOrder { .. } => self.unconverged += 1,
        }
        self.differences.push(Difference { tenant: tenant.to_owned(), kind, system, id: id.to_owned(), wrong });
    }

    fn kind(&mut self, holding: &Holding, kind: Kind, contacts: Option<&Linked>) -> Linked {
        let empty = vec![];
        let here = holding.highlevel.get(&kind).unwrap_or(&empty);
        let there = holding.seventeen_hats.get(&kind).unwrap_or(&empty);
        let links = links(here, there);
        let (mut of_here, mut of_there) = (vec![vec![]; here.len()], vec![vec![]; there.len()]);
        for &(a, b) in &links {
            of_here[a].push(b);
            of_there[b].push(a);
        }
        let tenant = holding.tenant.as_str();
        for (system, records, others, found) in [(HIGHLEVEL, here, there, &of_here), (SEVENTEEN_HATS, there, here, &of_there)] {
            for (record, links) in records.iter().zip(found) {
                match links.as_slice() {
                    [] => self.tell(tenant, kind, system, &record.id, Wrong::Lost),
                    [_] => {}
                    several => {
                        let copies = several.iter().map(|&at| others[at].id.clone()).collect();
                        self.tell(tenant, kind, system, &record.id, Wrong::Doubled { copies });
                    }
                }
            }
        }
        let mut linked = Linked::new();
        let mut pairs = vec![];
        for (a, b) in links {
            if of_here[a].len() == 1 && of_there[b].len() == 1 {
                *self.pairs.entry(kind).or_default() += 1;
                self.pair(tenant, kind, &here[a], &there[b], contacts);
                linked.insert(here[a].id.clone(), there[b].id.clone());
                pairs.push((&here[a], &there[b]));
            }
        }
        if kind == Kind::Message {
            self.order(tenant, kind, &pairs);
        }
        linked
    }

    fn pair(&mut self, tenant: &str, kind: Kind, here: &Record, there: &Record, contacts: Option<&Linked>) {
        let names: BTreeSet<_> = here.fields.keys().chain(there.fields.keys()).copied().collect();
        let text = |record: &Record, name: &str| record.fields.get(name).cloned().unwrap_or_default();
        let fields: Vec<_> = names.into_iter().filter(|name| text(here, name) != text(there, name)).collect();
        if !fields.is_empty() {
            self.tell(tenant, kind, HIGHLEVEL, &here.id, Wrong::Differs { other: there.id.clone(), fields });
        }
        if let Some(contacts) = contacts
            && contacts.get(&here.contact) != Some(&there.contact)
        {
            self.tell(tenant, kind, HIGHLEVEL, &here.id, Wrong::Misplaced { other: there.id.clone() });
        }
    }

    /// Per person and direction of copying, copies stand in the originals' order. The one that carries
    /// the mark is the copy.
    fn order(&mut self, tenant: &str, kind: Kind, pairs: &[(&Record, &Record)]) {
        let mut lanes: BTreeMap<(&str, bool), Vec<(&Record, &Record)>> = BTreeMap::new();
        for &(here, there) in pairs {
            let copied_here = here.marks.contains(&there.id);
            // Marks both ways say nothing about who was first.
            if copied_here == there.marks.contains(&here.id) || here.sequence == 0 || there.sequence == 0 {
                continue;
            }
            let (original, copy) = if copied_here { (there, here) } else { (here, there) };
            lanes.entry((here.contact.as_str(), copied_here)).or_default().push((original, copy));
        }
        for ((_, copied_here), mut lane) in lanes {
            lane.sort_by_key(|(original, _)| original.sequence);
            for two in lane.windows(2) {
                if two[1].1.sequence < two[0].1.sequence {
                    let system = if copied_here { SEVENTEEN_HATS } else { HIGHLEVEL };
                    self.tell(tenant, kind, system, &two[0].0.id, Wrong::OutOfOrder { after: two[1].0.id.clone() });
                }
            }
        }
    }
}

/// Pairs of positions of which one carries the other's id.
fn links(here: &[Record], there: &[Record]) -> BTreeSet<(usize, usize)> {
    let places = |records: &[Record]| -> HashMap<String, usize> { records.iter().enumerate().map(|(at, r)| (r.id.clone(), at)).collect() };
    let (here_at, there_at) = (places(here), places(there));
    let mut links = BTreeSet::new();
    for (a, record) in here.iter().enumerate() {
        links.extend(record.marks.iter().filter_map(|mark| there_at.get(mark)).map(|&b| (a, b)));
    }
    for (b, record) in there.iter().enumerate() {
        links.extend(record.marks.iter().filter_map(|mark| here_at.get(mark)).map(|&a| (a, b)));
    }
    links
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn record(id: &str, contact: &str, mark: &str, body: &str, sequence: u64) -> Record {
        Record {
            id: id.into(),
            contact: contact.into(),
            marks: Some(mark.to_owned()).filter(|m| !m.is_empty()).into_iter().collect(),
            fields: [("body", body.to_owned())].into(),
            sequence,
        }
    }

    /// Two contacts, one from each side; two messages from 17hats, one from HighLevel.
    fn agreeing() -> Holding {
        let highlevel = [
            (Kind::Contact, vec![record("H1", "H1", "S1", "a", 1), record("H2", "H2", "", "b", 2)]),
            (Kind::Message, vec![record("HM1", "H1", "SM1", "one", 1), record("HM2", "H1", "SM2", "two", 2), record("HM3", "H2", "", "three", 3)]),
        ];
        let seventeen_hats = [
            (Kind::Contact, vec![record("S1", "S1", "", "a", 1), record("S2", "S2", "H2", "b", 2)]),
            (Kind::Message, vec![record("SM1", "S1", "", "one", 1), record("SM2", "S1", "", "two", 2), record("SM3", "S2", "HM3", "three", 3)]),
        ];
        Holding { tenant: "a".into(), highlevel: highlevel.into(), seventeen_hats: seventeen_hats.into() }
    }

    fn broken(change: impl FnOnce(&mut Holding)) -> Comparison {
        let mut holding = agreeing();
        change(&mut holding);
        compare(&[holding])
    }

    fn messages(side: &mut Side) -> &mut Vec<Record> {
        side.get_mut(&Kind::Message).unwrap()
    }

    #[test]
    fn systems_that_agree_are_clean() {
        let comparison = compare(&[agreeing(), agreeing()]);
        assert!(comparison.is_clean(), "{:?}", comparison.differences);
        assert_eq!(comparison.pairs, [(Kind::Contact, 4), (Kind::Message, 6)].into());
    }

    #[test]
    fn a_record_without_counterpart_is_lost() {
        let comparison = broken(|h| drop(messages(&mut h.highlevel).remove(1)));
        assert_eq!((comparison.lost, comparison.doubled, comparison.unconverged), (1, 0, 0));
        assert_eq!(comparison.differences[0].to_string(), "a: message SM2 of seventeen_hats has no counterpart");
    }

    #[test]
    fn a_copy_whose_original_is_unknown_is_a_difference_too() {
        let comparison = broken(|h| messages(&mut h.highlevel).push(record("HM9", "H1", "nobody", "x", 9)));
        assert_eq!((comparison.lost, comparison.doubled), (1, 0));
    }

    #[test]
    fn a_second_copy_is_doubled() {
        let comparison = broken(|h| messages(&mut h.highlevel).push(record("HM1b", "H1", "SM1", "one", 9)));
        assert_eq!((comparison.lost, comparison.doubled, comparison.unconverged), (0, 1, 0));
        assert!(comparison.differences[0].to_string().ends_with("has 2 counterparts: HM1, HM1b"));
    }

    #[test]
    fn a_field_that_differs_is_unconverged_and_its_contents_are_not_told() {
        let comparison = broken(|h| {
            messages(&mut h.seventeen_hats)[2].fields.insert("body", "secret".into());
        });
        assert_eq!((comparison.lost, comparison.doubled, comparison.unconverged), (0, 0, 1));
        assert_eq!(comparison.differences[0].to_string(), "a: message HM3 of highlevel differs from SM3 in body");
    }

    #[test]
    fn a_field_that_is_missing_on_one_side_differs() {
        let comparison = broken(|h| {
            messages(&mut h.seventeen_hats)[2].fields.insert("status", "read".into());
        });
        assert_eq!(comparison.unconverged, 1);
    }

    #[test]
    fn a_copy_at_the_wrong_contact_is_unconverged() {
        let comparison = broken(|h| messages(&mut h.seventeen_hats)[2].contact = "S1".into());
        assert_eq!((comparison.lost, comparison.unconverged), (0, 1));
        assert!(matches!(comparison.differences[0].wrong, Wrong::Misplaced { .. }));
    }

    #[test]
    fn copies_in_another_order_are_unconverged() {
        let comparison = broken(|h| {
            messages(&mut h.highlevel)[0].sequence = 2;
            messages(&mut h.highlevel)[1].sequence = 1;
        });
        assert_eq!((comparison.lost, comparison.doubled, comparison.unconverged), (0, 0, 1));
        assert_eq!(comparison.differences[0].to_string(), "a: message SM1 of seventeen_hats has its copy behind that of SM2, which is later");
    }
}
