//! A search index that sees a change some time after it was made.

use super::state::{Id, Place, Sorted};
use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

/// What can be found by search.
pub(super) trait Indexed {
    fn id(&self) -> &Id;
    /// Where it stands in the list.
    fn place(&self) -> Place;
    /// Exact values it is found by quickly, in lower case, with their fields' names.
    fn terms(&self) -> Vec<(&'static str, String)>;
}

/// The index, and the changes it has not seen yet.
#[derive(Debug)]
pub(super) struct Lagging<T> {
    unseen: VecDeque<(i64, Id, Option<Arc<T>>)>,
    pub(super) rows: HashMap<Id, Arc<T>>,
    pub(super) sorted: Sorted<Arc<T>>,
    by_term: HashMap<(&'static str, String), Vec<Id>>,
}

impl<T> Default for Lagging<T> {
    fn default() -> Self {
        Self { unseen: VecDeque::new(), rows: HashMap::new(), sorted: Sorted::new(), by_term: HashMap::new() }
    }
}

impl<T: Indexed> Lagging<T> {
    /// A change that is seen from `due` on, milliseconds; `None`: it was deleted. Changes are seen in
    /// the order they were made.
    pub(super) fn write(&mut self, now: i64, due: i64, id: Id, version: Option<Arc<T>>) {
        self.unseen.push_back((due, id, version));
        self.catch_up(now);
    }

    /// Sees what is due.
    pub(super) fn catch_up(&mut self, now: i64) {
        while self.unseen.front().is_some_and(|(due, ..)| *due <= now) {
            let Some((_, id, version)) = self.unseen.pop_front() else { return };
            self.remove(&id);
            if let Some(version) = version {
                self.insert(version);
            }
        }
    }

    /// Sees everything at once.
    pub(super) fn catch_up_all(&mut self) {
        self.catch_up(i64::MAX);
    }

    fn remove(&mut self, id: &Id) {
        let Some(row) = self.rows.remove(id) else { return };
        self.sorted.remove(&row.place());
        for term in row.terms() {
            if let Some(ids) = self.by_term.get_mut(&term) {
                ids.retain(|other| other != id);
                if ids.is_empty() {
                    self.by_term.remove(&term);
                }
            }
        }
    }

    fn insert(&mut self, row: Arc<T>) {
        for term in row.terms() {
            self.by_term.entry(term).or_default().push(Arc::clone(row.id()));
        }
        self.sorted.insert(row.place(), Arc::clone(&row));
        self.rows.insert(Arc::clone(row.id()), row);
    }

    /// Rows with exactly this value.
    pub(super) fn by_term(&self, field: &'static str, value: &str) -> Vec<Arc<T>> {
        let ids = self.by_term.get(&(field, value.to_lowercase()));
        ids.into_iter().flatten().filter_map(|id| self.rows.get(id)).map(Arc::clone).collect()
    }
}
