//! The stretches of time that a poll sweeps where an operation wants one. Pure.

use hatbridge_schemas::EntityKind;
use hatbridge_systems::highlevel::catalogue::Operation;
use hatbridge_systems::moment;
use serde_json::{Map, Value};

const DAY: i64 = 86_400_000_000;
/// Days before now that are swept unless the parameters say otherwise: what was changed late.
const BACK: i64 = 30;
/// Days after now.
const AHEAD: i64 = 180;

/// The pieces of the stretch that a pass begun at `began` (microseconds) sweeps, as further data of its
/// requests. One without data where the operation wants none.
pub(super) fn pieces(operation: &Operation, params: &Map<String, Value>, began: i64) -> Vec<Map<String, Value>> {
    let Some(window) = &operation.window else { return vec![Map::new()] };
    let given = |name: &str| params.get(name).and_then(moment::micros);
    let today = began.div_euclid(DAY) * DAY;
    // What was free yesterday is of no use to anybody.
    let back = if operation.entity == EntityKind::FreeSlots { 0 } else { BACK };
    let from = given(&window.from).unwrap_or(today - back * DAY);
    let to = given(&window.to).unwrap_or(from.max(today) + AHEAD * DAY);
    let step = i64::from(window.days.max(1)) * DAY;
    let mut pieces = vec![];
    let mut begin = from;
    while pieces.is_empty() || begin < to {
        let end = begin.saturating_add(step).min(to.max(begin));
        let members = [(&window.from, begin), (&window.to, end)];
        pieces.push(members.into_iter().map(|(name, at)| (name.clone(), window.written(at))).collect());
        begin = begin.saturating_add(step);
    }
    pieces
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hatbridge_systems::highlevel::catalogue::find;
    use serde_json::json;

    #[test]
    fn free_slots_are_swept_in_pieces_without_gaps() {
        let operation = find("get free slots").unwrap();
        let now = 1_800_000_000_000_000;
        let pieces = pieces(operation, &Map::new(), now);
        let edges: Vec<(i64, i64)> = pieces.iter().map(|p| (p["startDate"].as_i64().unwrap(), p["endDate"].as_i64().unwrap())).collect();
        assert_eq!(edges.len(), 6);
        assert!(edges.iter().all(|(from, to)| to - from <= 31 * 86_400_000));
        assert!(edges.windows(2).all(|pair| pair[0].1 == pair[1].0));
        assert_eq!(edges[0].0, 1_800_000_000_000 / 86_400_000 * 86_400_000);
        assert_eq!(edges[5].1 - edges[0].0, 180 * 86_400_000);
    }

    #[test]
    fn a_stretch_given_is_taken() {
        let operation = find("list calendar events").unwrap();
        let params = json!({"startTime": "2026-01-01T00:00:00Z", "endTime": "1767312000000"});
        let pieces = pieces(operation, params.as_object().unwrap(), 0);
        assert_eq!(pieces, vec![json!({"startTime": 1_767_225_600_000_i64, "endTime": 1_767_312_000_000_i64}).as_object().unwrap().clone()]);
        let all = super::pieces(operation, &Map::new(), 1_800_000_000_000_000);
        assert_eq!(all.len(), 1);
    }
}
