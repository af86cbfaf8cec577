//! The first page of a listing, and whether a probe is exact.

use super::operation::Operation;
use super::rows::{Paging, Probe};
use serde_json::{Map, Value};

impl Operation {
    /// Puts in the size of a page and where the first one begins, where the operation takes them and
    /// the data don't say.
    pub fn add_page(&self, data: &mut Map<String, Value>) {
        let Some(poll) = &self.poll else { return };
        let mut put = |name: &str, value: u32| {
            if !data.contains_key(name) {
                data.insert(name.to_owned(), value.into());
            }
        };
        let limit = poll.limit.unwrap_or(100);
        match poll.paging {
            Paging::None => {}
            Paging::Skip => {
                put("skip", 0);
                put("limit", limit);
            }
            Paging::Offset => {
                put("offset", 0);
                put("limit", limit);
            }
            Paging::SearchAfter => put("pageLimit", limit),
            Paging::StartAfter | Paging::StartAfterDate | Paging::LastMessageId | Paging::Cursor => put("limit", limit),
            Paging::Page => {
                put("page", 1);
                put("limit", limit);
            }
        }
    }
}

impl Probe {
    /// Whether what it finds is surely ours: it is as young as the order, or carries its mark. A refused
    /// create is looked up only then.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        !self.since.is_empty() || self.equal.contains_key("altId")
    }
}
