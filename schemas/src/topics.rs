//! Names and settings of the topics.

use crate::{Change, Error, Event, System};
use std::sync::Arc;

/// Longest prefix; Kafka allows 249 characters for the whole name.
const LONGEST_PREFIX: usize = 200;

/// The topics of one installation: `<prefix>.highlevel.events` and so on. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topics {
    names: Arc<Names>,
}

#[derive(Debug, PartialEq, Eq)]
struct Names {
    highlevel: String,
    seventeen_hats: String,
    commands: String,
    results: String,
    dead_letters: String,
}

/// What to ask of Kafka when a topic is created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicSpec {
    /// Its name.
    pub name: String,
    /// Number of partitions. It must never change: a key's partition depends on it, and order with it.
    pub partitions: i32,
    /// Number of copies.
    pub replication: i32,
    /// Kafka's topic settings.
    pub config: Vec<(&'static str, String)>,
}

impl Topics {
    /// Topics under a prefix.
    ///
    /// # Errors
    /// [`Error::Prefix`] if Kafka would not take it.
    pub fn new(prefix: &str) -> Result<Self, Error> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if prefix.is_empty() || prefix.len() > LONGEST_PREFIX || !prefix.chars().all(allowed) {
            return Err(Error::Prefix { prefix: prefix.to_owned() });
        }
        Ok(Self::under(prefix))
    }

    fn under(prefix: &str) -> Self {
        let names = Names {
            highlevel: format!("{prefix}.{}.events", System::Highlevel),
            seventeen_hats: format!("{prefix}.{}.events", System::SeventeenHats),
            commands: format!("{prefix}.commands"),
            results: format!("{prefix}.results"),
            dead_letters: format!("{prefix}.dead_letters"),
        };
        Self { names: Arc::new(names) }
    }

    /// Where changes seen in a system go; hatbridge's own are its commands.
    #[must_use]
    pub fn events_of(&self, system: System) -> &str {
        match system {
            System::Highlevel => &self.names.highlevel,
            System::SeventeenHats => &self.names.seventeen_hats,
            System::Hatbridge => &self.names.commands,
        }
    }

    /// Where an event goes: commands and results have topics of their own.
    #[must_use]
    pub fn of_event(&self, event: &Event) -> &str {
        match event.change {
            Change::Command => self.commands(),
            Change::Result => self.results(),
            Change::Created | Change::Updated | Change::Deleted | Change::Snapshot => self.events_of(event.source),
        }
    }

    /// Operators' commands.
    #[must_use]
    pub fn commands(&self) -> &str {
        &self.names.commands
    }

    /// What became of commands.
    #[must_use]
    pub fn results(&self) -> &str {
        &self.names.results
    }

    /// What could not be applied.
    #[must_use]
    pub fn dead_letters(&self) -> &str {
        &self.names.dead_letters
    }

    /// What a consumer reads: both systems' events and the commands.
    #[must_use]
    pub fn sources(&self) -> [&str; 3] {
        [&self.names.highlevel, &self.names.seventeen_hats, &self.names.commands]
    }

    /// All topics whose records are events.
    #[must_use]
    pub fn of_events(&self) -> [&str; 4] {
        [&self.names.highlevel, &self.names.seventeen_hats, &self.names.commands, &self.names.results]
    }

    /// All topics.
    #[must_use]
    pub fn all(&self) -> Vec<&str> {
        let mut all = self.of_events().to_vec();
        all.push(self.dead_letters());
        all
    }

    /// How to create all topics: kept for ever, since replay is the point.
    #[must_use]
    pub fn specs(&self, partitions: i32, replication: i32) -> Vec<TopicSpec> {
        let config = vec![("cleanup.policy", "delete".to_owned()), ("retention.ms", "-1".to_owned()), ("retention.bytes", "-1".to_owned())];
        let spec = |name: &str| TopicSpec { name: name.to_owned(), partitions, replication, config: config.clone() };
        self.all().into_iter().map(spec).collect()
    }
}

/// Under the prefix `hatbridge`.
impl Default for Topics {
    fn default() -> Self {
        Self::under("hatbridge")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn topics_stand_under_their_prefix_and_are_kept_for_ever() {
        let topics = Topics::new("shop-1").unwrap();
        assert_eq!(topics.events_of(System::SeventeenHats), "shop-1.seventeen_hats.events");
        assert_eq!(topics.all().len(), 5);
        for spec in topics.specs(6, 3) {
            assert!(spec.name.starts_with("shop-1."));
            assert_eq!((spec.partitions, spec.replication), (6, 3));
            assert!(spec.config.contains(&("retention.ms", "-1".to_owned())));
        }
    }

    #[test]
    fn a_prefix_kafka_would_refuse_is_refused_first() {
        for bad in ["", "a b", "größe", "a/b", &"x".repeat(201)] {
            let error = Topics::new(bad).unwrap_err();
            assert!(error.to_string().contains("use 1 to 200 letters"), "{error}");
        }
    }
}
