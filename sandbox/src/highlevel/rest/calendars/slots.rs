//! `/calendars/{id}/free-slots`.

use super::millis;
use crate::highlevel::{admit::Caller, calendars::Asked as Window, clock::now_ms, given::Asked, problem::Problem};
use axum::{
    Json,
    extract::{Path, Query},
};
use jiff::tz::TimeZone;
use serde_json::Value;

const MOST_MS: i64 = 31 * 86_400_000;

/// The answer is keyed by date, so it carries no `traceId`.
pub(super) async fn free(caller: Caller, Path(calendar): Path<String>, Query(asked): Query<Vec<(String, String)>>) -> Result<Json<Value>, Problem> {
    let users: Vec<String> = asked
        .iter()
        .filter(|(name, _)| matches!(name.as_str(), "userId" | "userIds" | "userIds[]"))
        .flat_map(|(_, users)| users.split(','))
        .map(|user| user.trim().to_owned())
        .filter(|user| !user.is_empty())
        .collect();
    let users: Vec<&str> = users.iter().map(String::as_str).collect();
    let asked = Asked(asked.into_iter().collect());
    let (from, to) = (millis(&asked, "startDate")?, millis(&asked, "endDate")?);
    if from > to {
        return Err(Problem::bad_request("endDate must be after startDate"));
    }
    if to - from > MOST_MS {
        return Err(Problem::bad_request("Date range cannot be more than 31 days"));
    }
    let zone = match asked.text("timezone") {
        None => TimeZone::UTC,
        Some(name) => TimeZone::get(name).map_err(|_| Problem::invalid("timezone must be a valid IANA timezone"))?,
    };
    let window = Window { from, to, now: now_ms(), any_date: false };
    caller.location.look().free_slots(&calendar, &users, window, &zone).map(Json)
}
