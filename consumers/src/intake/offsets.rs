//! The contiguous front: up to where everything is finished.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;

/// A partition of a topic.
pub type Place = (Arc<str>, i32);

/// What has arrived of one partition, what of it is finished, and what of that is known to be
/// committed.
#[derive(Debug, Default, Clone)]
pub struct Front {
    arrived: VecDeque<i64>,
    last: Option<i64>,
    done: HashSet<i64>,
    front: Option<i64>,
    committed: Option<i64>,
}

impl Front {
    /// A record arrived. Order is that of arrival, since offsets have gaps. `false` for one that came
    /// before: it is on its way already.
    pub fn arrived(&mut self, offset: i64) -> bool {
        if self.last.is_some_and(|last| offset <= last) {
            return false;
        }
        self.last = Some(offset);
        self.arrived.push_back(offset);
        true
    }

    /// A record is finished; the front moves over everything finished behind it.
    pub fn finished(&mut self, offset: i64) {
        self.done.insert(offset);
        while self.arrived.front().is_some_and(|first| self.done.remove(first)) {
            self.front = self.arrived.pop_front().map(|last| last + 1);
        }
    }

    /// The offset to commit, one past the last record with nothing unfinished before it, as long as
    /// that is not known to be committed: a commit that fails is repeated by being still due.
    #[must_use]
    pub fn due(&self) -> Option<i64> {
        self.front.filter(|front| self.committed != Some(*front))
    }

    /// The brokers hold this offset now.
    pub fn committed(&mut self, offset: i64) {
        self.committed = Some(offset);
    }

    /// Records that arrived and are not passed by the front.
    #[must_use]
    pub fn open(&self) -> usize {
        self.arrived.len()
    }
}

/// The fronts of all partitions that are ours. Each assignment of a partition has a number: what is
/// finished after a partition was taken away and given back does not count for the new time.
#[derive(Debug, Default)]
pub struct Fronts {
    fronts: BTreeMap<Place, (u64, Front)>,
    assignments: u64,
}

impl Fronts {
    /// A partition is ours from now on.
    pub fn assigned(&mut self, place: Place) {
        self.assignments += 1;
        self.fronts.insert(place, (self.assignments, Front::default()));
    }

    /// A partition is not ours any more; returns what is left to commit.
    pub fn revoked(&mut self, place: &Place) -> Option<i64> {
        self.fronts.remove(place).and_then(|(_, front)| front.due())
    }

    /// A record arrived; the number of the assignment, `None` if the partition is not ours or the
    /// record came before.
    pub fn arrived(&mut self, place: &Place, offset: i64) -> Option<u64> {
        let (assignment, front) = self.fronts.get_mut(place)?;
        front.arrived(offset).then_some(*assignment)
    }

    /// A record of an assignment is finished.
    pub fn finished(&mut self, place: &Place, assignment: u64, offset: i64) {
        if let Some((current, front)) = self.fronts.get_mut(place)
            && *current == assignment
        {
            front.finished(offset);
        }
    }

    /// What is to be committed, of all partitions.
    #[must_use]
    pub fn due(&self) -> Vec<(Place, i64)> {
        self.fronts.iter().filter_map(|(place, (_, front))| Some((place.clone(), front.due()?))).collect()
    }

    /// The brokers hold these offsets now.
    pub fn committed(&mut self, offsets: impl IntoIterator<Item = (Place, i64)>) {
        for (place, offset) in offsets {
            if let Some((_, front)) = self.fronts.get_mut(&place) {
                front.committed(offset);
            }
        }
    }

    /// How many partitions are ours.
    #[must_use]
    pub fn count(&self) -> usize {
        self.fronts.len()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_the_unbroken_front_is_committed_and_gaps_are_no_hindrance() {
        let mut front = Front::default();
        assert!([3, 4, 7, 8].iter().all(|o| front.arrived(*o)));
        assert!(!front.arrived(7), "it came before");
        front.finished(4);
        assert_eq!(front.due(), None);
        front.finished(3);
        assert_eq!(front.due(), Some(5));
        front.committed(5);
        assert_eq!(front.due(), None);
        front.finished(8);
        front.finished(7);
        assert_eq!((front.due(), front.open()), (Some(9), 0));
    }

    #[test]
    fn an_offset_is_due_until_it_is_known_to_be_committed() {
        let place: Place = ("t".into(), 0);
        let mut fronts = Fronts::default();
        fronts.assigned(place.clone());
        for offset in [3, 4] {
            let assignment = fronts.arrived(&place, offset).unwrap();
            fronts.finished(&place, assignment, offset);
        }
        let due = fronts.due();
        assert_eq!(due, vec![(place.clone(), 5)]);
        assert_eq!(fronts.due(), due, "nothing was heard of the commit");
        let assignment = fronts.arrived(&place, 7).unwrap();
        fronts.finished(&place, assignment, 7);
        fronts.committed(due.clone());
        assert_eq!(fronts.due(), vec![(place.clone(), 8)]);
        fronts.committed(vec![(place.clone(), 8)]);
        assert_eq!(fronts.due(), vec![]);
        fronts.committed(due);
        assert_eq!(fronts.due(), vec![(place, 8)], "an older commit came last");
    }

    #[test]
    fn what_was_finished_for_an_older_assignment_does_not_count() {
        let place: Place = ("t".into(), 0);
        let mut fronts = Fronts::default();
        fronts.assigned(place.clone());
        let first = fronts.arrived(&place, 5).unwrap();
        assert_eq!(fronts.revoked(&place), None);
        assert_eq!(fronts.arrived(&place, 5), None);
        fronts.assigned(place.clone());
        let second = fronts.arrived(&place, 5).unwrap();
        fronts.finished(&place, first, 5);
        assert!(fronts.due().is_empty());
        fronts.finished(&place, second, 5);
        assert_eq!(fronts.due(), vec![(place, 6)]);
    }

    /// Any order of finishing: the committed offset never passes an unfinished record.
    #[test]
    fn the_front_never_passes_an_unfinished_record() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..200 {
            let mut offsets: Vec<i64> = (0..40).filter(|_| random.bool()).collect();
            let mut front = Front::default();
            assert!(offsets.iter().all(|o| front.arrived(*o)));
            let all = offsets.clone();
            random.shuffle(&mut offsets);
            let mut done = HashSet::new();
            for offset in offsets {
                front.finished(offset);
                done.insert(offset);
                if let Some(commit) = front.due() {
                    assert!(all.iter().filter(|o| **o < commit).all(|o| done.contains(o)));
                }
            }
            assert_eq!(front.open(), 0);
        }
    }
}
