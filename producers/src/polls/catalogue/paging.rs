//! How one page of a list leads to the next (FACTS section 6). Pure.

use hatbridge_systems::highlevel::catalogue::Paging;
use hatbridge_systems::moment;
use serde_json::{Map, Value, json};

/// Names under which lists take the number of rows.
pub(super) const LIMITS: [&str; 2] = ["limit", "pageLimit"];

/// Parameters that a paging scheme sets itself.
pub(super) const fn owned(paging: Paging) -> &'static [&'static str] {
    match paging {
        Paging::None => &[],
        Paging::Skip => &["skip"],
        Paging::Offset => &["offset"],
        Paging::SearchAfter => &["searchAfter", "page"],
        Paging::StartAfter => &["startAfter", "startAfterId", "page"],
        Paging::StartAfterDate => &["startAfterDate"],
        Paging::LastMessageId => &["lastMessageId"],
        Paging::Cursor => &["cursor"],
        Paging::Page => &["page"],
    }
}

/// Puts into a request's data where its page begins.
pub(super) fn place(paging: Paging, mark: Option<&Value>, data: &mut Map<String, Value>) {
    let mut put = |name: &str, value: Value| drop(data.insert(name.to_owned(), value));
    match (paging, mark) {
        (Paging::Skip, mark) => put("skip", mark.cloned().unwrap_or_else(|| json!(0))),
        (Paging::Offset, mark) => put("offset", mark.cloned().unwrap_or_else(|| json!(0))),
        (Paging::Page, mark) => put("page", mark.cloned().unwrap_or_else(|| json!(1))),
        (Paging::None, _) | (_, None) => {}
        (Paging::SearchAfter, Some(mark)) => put("searchAfter", mark.clone()),
        (Paging::StartAfter, Some(mark)) => {
            put("startAfter", mark[0].clone());
            put("startAfterId", mark[1].clone());
        }
        (Paging::StartAfterDate, Some(mark)) => put("startAfterDate", mark.clone()),
        (Paging::LastMessageId, Some(mark)) => put("lastMessageId", mark.clone()),
        (Paging::Cursor, Some(mark)) => put("cursor", mark.clone()),
    }
}

/// The mark of the next page; `None` at the end. `rows` are those of the page at `mark`, `limit` is
/// what was asked for.
pub(super) fn next(paging: Paging, mark: Option<&Value>, limit: usize, answer: &Value, rows: &[Value]) -> Option<Value> {
    let last = rows.last()?;
    let full = rows.len() >= limit;
    let number = |first: i64| mark.and_then(Value::as_i64).unwrap_or(first);
    match paging {
        Paging::None => None,
        Paging::Skip | Paging::Offset => {
            let seen = number(0).saturating_add(i64::try_from(rows.len()).unwrap_or(i64::MAX));
            // A service may give fewer rows than were asked for and yet have more.
            let total = ["/total", "/totalCount", "/meta/total", "/count"].iter().find_map(|at| answer.pointer(at)?.as_i64()).unwrap_or(0);
            (full || total > seen).then(|| json!(seen))
        }
        Paging::Page => full.then(|| json!(number(1).saturating_add(1))),
        Paging::SearchAfter => ["searchAfter", "sort"].iter().map(|name| &last[*name]).find(|after| !after.is_null()).filter(|_| full).cloned(),
        Paging::StartAfter => {
            let meta = &answer["meta"];
            let named = |name: &str| Some(meta[name].clone()).filter(|value| !value.is_null() && *value != json!(""));
            let more = full || meta["nextPageUrl"].is_string() || meta["nextPage"].as_i64().is_some();
            let of_row = || moment::first(last, &["dateAdded", "createdAt"]).map(|at| json!(at.div_euclid(1000)));
            let (after, id) = (named("startAfter").or_else(of_row)?, named("startAfterId").or_else(|| Some(last["id"].clone()))?);
            more.then(|| json!([after, id]))
        }
        Paging::StartAfterDate => {
            // One millisecond back where that moves on: rows of one moment may lie on both sides of the edge.
            let moved = ["lastMessageDate", "dateUpdated", "dateAdded"];
            let at = moment::first(last, &moved)?.div_euclid(1000);
            let before = mark.and_then(Value::as_i64);
            let overlapping = if before.is_some_and(|before| at - 1 <= before) { at.max(before.unwrap_or(at) + 1) } else { at - 1 };
            full.then(|| json!(overlapping))
        }
        Paging::LastMessageId => {
            let list = if answer["messages"].is_object() { &answer["messages"] } else { answer };
            let last = Some(list["lastMessageId"].clone()).filter(Value::is_string).unwrap_or_else(|| last["id"].clone());
            list["nextPage"].as_bool().unwrap_or(full).then_some(last)
        }
        Paging::Cursor => Some(answer["nextCursor"].clone()).filter(|cursor| cursor.as_str().is_some_and(|c| !c.is_empty())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(n: usize) -> Vec<Value> {
        (0..n).map(|i| json!({"id": format!("r{i}"), "dateAdded": 1_700_000_000_000_i64 + i as i64, "searchAfter": [i]})).collect()
    }

    #[test]
    fn each_scheme_goes_on_after_a_full_page_and_ends_after_another() {
        let cases = [
            (Paging::None, json!({}), None),
            (Paging::Skip, json!({}), Some(json!(2))),
            (Paging::Offset, json!({}), Some(json!(2))),
            (Paging::Page, json!({}), Some(json!(2))),
            (Paging::SearchAfter, json!({}), Some(json!([1]))),
            (Paging::StartAfter, json!({"meta": {"startAfter": 5, "startAfterId": "x"}}), Some(json!([5, "x"]))),
            (Paging::StartAfterDate, json!({}), Some(json!(1_700_000_000_000_i64))),
            (Paging::LastMessageId, json!({"messages": {"lastMessageId": "m", "nextPage": true}}), Some(json!("m"))),
            (Paging::Cursor, json!({"nextCursor": "c"}), Some(json!("c"))),
        ];
        for (paging, answer, expected) in cases {
            assert_eq!(next(paging, None, 2, &answer, &rows(2)), expected, "{paging:?}");
            assert_eq!(next(paging, None, 2, &json!({}), &[]), None, "{paging:?}");
            if !matches!(paging, Paging::LastMessageId | Paging::Cursor) {
                assert_eq!(next(paging, None, 3, &answer, &rows(2)), None, "{paging:?}");
            }
        }
    }

    #[test]
    fn a_page_shorter_than_asked_for_goes_on_where_the_answer_counts_more() {
        assert_eq!(next(Paging::Skip, Some(&json!(20)), 100, &json!({"count": 45}), &rows(20)), Some(json!(40)));
        assert_eq!(next(Paging::Skip, Some(&json!(40)), 100, &json!({"count": 45}), &rows(5)), None);
    }

    #[test]
    fn rows_of_one_moment_are_not_read_for_ever() {
        let same: Vec<Value> = (0..2).map(|i| json!({"id": i, "lastMessageDate": 1_700_000_000_000_i64})).collect();
        let mut mark = next(Paging::StartAfterDate, None, 2, &json!({}), &same).unwrap_or_default();
        for _ in 0..3 {
            let after = next(Paging::StartAfterDate, Some(&mark), 2, &json!({}), &same).unwrap_or_default();
            assert!(after.as_i64() > mark.as_i64());
            mark = after;
        }
    }

    #[test]
    fn places_begin_at_the_beginning() {
        let mut data = Map::new();
        for paging in [Paging::Skip, Paging::Offset, Paging::Page, Paging::Cursor] {
            place(paging, None, &mut data);
        }
        place(Paging::StartAfter, Some(&json!([1, "x"])), &mut data);
        assert_eq!(Value::Object(data), json!({"skip": 0, "offset": 0, "page": 1, "startAfter": 1, "startAfterId": "x"}));
    }
}
