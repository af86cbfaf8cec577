//! Up to where readers have read each partition's end, so that a waiting fetch looks at those
//! partitions only to which something was written: the storage takes a millisecond for each look,
//! and a consumer asks for dozens of partitions at once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use tansu_sans_io::{FetchRequest, FetchResponse, ProduceRequest};

type Place = (String, i32);

/// What is known of one partition.
#[derive(Debug, Default, Clone, Copy)]
struct Known {
    /// Grows with every write, at its beginning and at its end.
    writes: u64,
    /// One past the last record, as of `at` writes.
    end: Option<(i64, u64)>,
}

/// The partitions' ends.
#[derive(Debug, Default)]
pub(crate) struct Seen(Mutex<HashMap<Place, Known>>);

/// The writes known when a fetch began.
#[derive(Debug)]
pub(crate) struct Before(HashMap<Place, u64>);

impl Seen {
    fn places(request: &ProduceRequest) -> Vec<Place> {
        let topics = request.topic_data.iter().flatten();
        topics.flat_map(|topic| topic.partition_data.iter().flatten().map(|p| (topic.name.clone(), p.index))).collect()
    }

    /// A write begins; it ends when the guard is dropped, also if it is cut off. What a fetch reads
    /// in between says nothing about the end.
    pub(crate) fn write(&self, request: &ProduceRequest) -> Write<'_> {
        let places = Self::places(request);
        self.count(&places);
        Write { seen: self, places }
    }

    fn count(&self, places: &[Place]) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for place in places {
            known.entry(place.clone()).or_default().writes += 1;
        }
    }

    /// The request without the partitions that surely hold nothing new; `None` if none is left.
    /// Topics that are asked for by id are all kept.
    pub(crate) fn news(&self, request: &FetchRequest) -> (Option<FetchRequest>, Before) {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut before = HashMap::new();
        let mut kept = request.clone();
        for topic in kept.topics.iter_mut().flatten() {
            let Some(name) = topic.topic.clone().filter(|name| !name.is_empty()) else { continue };
            for partitions in topic.partitions.iter_mut() {
                partitions.retain(|partition| {
                    let place = (name.clone(), partition.partition);
                    let state = known.get(&place).copied().unwrap_or_default();
                    let news = state.end.is_none_or(|(end, at)| at != state.writes || partition.fetch_offset != end);
                    if news {
                        before.insert(place, state.writes);
                    }
                    news
                });
            }
        }
        if let Some(topics) = &mut kept.topics {
            topics.retain(|topic| topic.partitions.as_ref().is_some_and(|p| !p.is_empty()));
        }
        let any = kept.topics.as_ref().is_some_and(|topics| !topics.is_empty());
        (any.then_some(kept), Before(before))
    }

    /// Notes the ends that an answer tells, where nothing was written meanwhile.
    pub(crate) fn read(&self, before: &Before, answer: &FetchResponse) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for topic in answer.responses.iter().flatten() {
            let Some(name) = &topic.topic else { continue };
            for partition in topic.partitions.iter().flatten().filter(|p| p.error_code == 0) {
                let place = (name.clone(), partition.partition_index);
                let Some(writes) = before.0.get(&place) else { continue };
                let state = known.entry(place).or_default();
                if state.writes == *writes {
                    state.end = Some((partition.high_watermark, *writes));
                }
            }
        }
    }
}

/// A write under way.
#[derive(Debug)]
pub(crate) struct Write<'a> {
    seen: &'a Seen,
    places: Vec<Place>,
}

impl Drop for Write<'_> {
    fn drop(&mut self) {
        self.seen.count(&self.places);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use tansu_sans_io::fetch_request::{FetchPartition, FetchTopic};
    use tansu_sans_io::fetch_response::{FetchableTopicResponse, PartitionData};
    use tansu_sans_io::produce_request::{PartitionProduceData, TopicProduceData};

    fn fetch(offsets: &[i64]) -> FetchRequest {
        let partitions = offsets.iter().enumerate().map(|(n, at)| FetchPartition::default().partition(i32::try_from(n).unwrap()).fetch_offset(*at)).collect();
        FetchRequest::default().topics(Some(vec![FetchTopic::default().topic(Some("t".into())).partitions(Some(partitions))]))
    }

    fn answer(ends: &[i64]) -> FetchResponse {
        let partitions =
            ends.iter().enumerate().map(|(n, end)| PartitionData::default().partition_index(i32::try_from(n).unwrap()).high_watermark(*end)).collect();
        FetchResponse::default().responses(Some(vec![FetchableTopicResponse::default().topic(Some("t".into())).partitions(Some(partitions))]))
    }

    fn produce(partition: i32) -> ProduceRequest {
        let data = PartitionProduceData::default().index(partition);
        ProduceRequest::default().topic_data(Some(vec![TopicProduceData::default().name("t".into()).partition_data(Some(vec![data]))]))
    }

    fn asked(request: Option<FetchRequest>) -> Vec<i32> {
        request.into_iter().flat_map(|r| r.topics.unwrap()).flat_map(|t| t.partitions.unwrap()).map(|p| p.partition).collect()
    }

    #[test]
    fn only_partitions_with_something_new_are_looked_at() {
        let seen = Seen::default();
        let (all, before) = seen.news(&fetch(&[5, 7]));
        assert_eq!(asked(all), [0, 1], "nothing is known yet");
        seen.read(&before, &answer(&[5, 9]));
        assert_eq!(asked(seen.news(&fetch(&[5, 7])).0), [1], "it is behind");
        assert_eq!(asked(seen.news(&fetch(&[5, 9])).0), Vec::<i32>::new());
        drop(seen.write(&produce(0)));
        assert_eq!(asked(seen.news(&fetch(&[5, 9])).0), [0]);
        assert_eq!(asked(seen.news(&fetch(&[3, 12])).0), [0, 1], "a reader may be anywhere");
    }

    #[test]
    fn an_end_read_while_something_was_written_is_not_believed() {
        let seen = Seen::default();
        let write = seen.write(&produce(0));
        let (_, before) = seen.news(&fetch(&[5]));
        drop(write);
        seen.read(&before, &answer(&[5]));
        assert_eq!(asked(seen.news(&fetch(&[5])).0), [0]);
    }
}
