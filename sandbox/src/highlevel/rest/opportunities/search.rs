//! `GET /opportunities/search`: newest first, by page or after the last row of the page before.

use crate::highlevel::{
    admit::Caller,
    given::Asked,
    opportunities::STATES,
    problem::Problem,
    reply::{Answer, ok},
    simple::Sort,
    state::{Shelf, Simple},
};
use axum::extract::Query;
use jiff::{civil::Date, tz::TimeZone};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Names in v2 and in v3.
const NAMES: [(&str, &str); 5] = [
    ("location_id", "locationId"),
    ("pipeline_id", "pipelineId"),
    ("pipeline_stage_id", "pipelineStageId"),
    ("contact_id", "contactId"),
    ("assigned_to", "assignedTo"),
];

/// Milliseconds of `mm-dd-yyyy`, midnight UTC.
fn day(asked: &Asked, name: &str) -> Result<Option<i64>, Problem> {
    let read = |text: &str| {
        let date = Date::strptime("%m-%d-%Y", text).ok()?;
        date.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_millisecond())
    };
    let wrong = || Problem::invalid(format!("{name} must be a date as mm-dd-yyyy"));
    asked.text(name).map(|text| read(text).ok_or_else(wrong)).transpose()
}

/// When it was created, milliseconds.
fn added(opportunity: &Simple) -> i64 {
    opportunity.fields.get("dateAdded").and_then(crate::highlevel::clock::read_ms).unwrap_or(0)
}

fn has_words(shelf: &Shelf, opportunity: &Simple, words: &str) -> bool {
    let held = |text: &str| text.to_lowercase().contains(words);
    let name = opportunity.fields.get("name").and_then(Value::as_str).unwrap_or_default();
    let contact = opportunity.contact.as_deref().and_then(|id| shelf.contact(id));
    held(name) || contact.is_some_and(|contact| held(&contact.name()) || held(contact.text("email")) || held(contact.text("phone")))
}

pub(super) async fn search(caller: Caller, Query(asked): Query<HashMap<String, String>>) -> Answer {
    let asked = Asked(asked);
    let named = |v2: &'static str| NAMES.iter().find(|(name, _)| *name == v2).map_or(v2, |(v2, v3)| if caller.v3 { v3 } else { v2 });
    let foreign = NAMES.iter().map(|(v2, v3)| if caller.v3 { *v2 } else { *v3 }).find(|name| asked.0.contains_key(*name));
    if let Some(name) = foreign {
        return Err(Problem::invalid(format!("property {name} should not exist")));
    }
    caller.must_be(asked.needed(named("location_id"))?)?;
    let (page, limit) = (asked.number("page", 1, 1, usize::MAX)?, asked.number("limit", 20, 1, 100)?);
    let status = asked.text("status");
    if status.is_some_and(|status| !STATES.contains(&status)) {
        return Err(Problem::invalid(format!("status must be one of the following values: {}", STATES.join(", "))));
    }
    let (from, to) = (day(&asked, "date")?, day(&asked, "endDate")?.map(|at| at.saturating_add(86_400_000)));
    let wanted: Vec<(&str, &str)> =
        [("pipeline_id", "pipelineId"), ("pipeline_stage_id", "pipelineStageId"), ("contact_id", "contactId"), ("assigned_to", "assignedTo")]
            .into_iter()
            .filter_map(|(v2, field)| Some((field, asked.text(named(v2))?)))
            .chain(asked.text("id").map(|id| ("id", id)))
            .chain(asked.text("campaignId").map(|id| ("campaignId", id)))
            .chain(status.filter(|status| *status != "all").map(|status| ("status", status)))
            .collect();
    let (words, country) = (asked.text("q").map(str::to_lowercase), asked.text("country"));

    let shelf = caller.location.look();
    let fits = |opportunity: &Simple| {
        let at = added(opportunity);
        let of_country =
            |country: &str| opportunity.contact.as_deref().and_then(|id| shelf.contact(id)).is_some_and(|contact| contact.text("country") == country);
        wanted.iter().all(|(field, value)| opportunity.fields.get(*field).and_then(Value::as_str) == Some(*value))
            && from.is_none_or(|from| at >= from)
            && to.is_none_or(|to| at < to)
            && country.is_none_or(of_country)
            && words.as_ref().is_none_or(|words| has_words(&shelf, opportunity, words))
    };
    let fitting: Vec<(u64, &Simple)> = shelf.simple(Sort::Opportunity).iter().rev().filter(|(_, one)| fits(one)).map(|(place, one)| (*place, one)).collect();
    let total = fitting.len();
    let start = match (asked.text("startAfterId"), asked.moment("startAfter")?) {
        // The last row may be gone since: its time then says where to go on.
        (Some(id), at) => match shelf.places.get(id) {
            Some(last) => fitting.partition_point(|(place, _)| place >= last),
            None => fitting.partition_point(|(_, one)| at.is_some_and(|at| added(one) >= at)),
        },
        (None, Some(at)) => fitting.partition_point(|(_, one)| added(one) >= at),
        (None, None) => (page - 1).saturating_mul(limit),
    };
    let rows: Vec<&Simple> = fitting.iter().skip(start).take(limit).map(|(_, one)| *one).collect();
    let mut meta = json!({"total": total, "currentPage": page});
    if let Some(last) = rows.last() {
        meta["startAfterId"] = json!(&*last.id);
        meta["startAfter"] = json!(added(last));
        if start.saturating_add(rows.len()) < total {
            let location = named("location_id");
            meta["nextPage"] = json!(page + 1);
            meta["nextPageUrl"] = json!(format!(
                "https://services.leadconnectorhq.com/opportunities/search?{location}={}&limit={limit}&startAfter={}&startAfterId={}",
                caller.location.id,
                added(last),
                last.id
            ));
        }
    }
    if page > 1 {
        meta["prevPage"] = json!(page - 1);
    }
    let shown: Vec<Value> = rows.iter().map(|one| one.as_opportunity(&shelf, &caller.location.id)).collect();
    ok(json!({"opportunities": shown, "meta": meta, "aggregations": {}}))
}
