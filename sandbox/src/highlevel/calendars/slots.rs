//! Free slots: open hours, less what is booked or blocked. Pure: time is handed in. All in
//! milliseconds; the location's days are those of UTC.

use super::times::{DAY, HOUR, day_of, length};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// 1970-01-01 was a Thursday; days of the week count from Sunday.
const FIRST_WEEKDAY: i64 = 4;
const MINUTE: i64 = 60_000;

/// From and to, counted from midnight.
type Hours = Vec<(i64, i64)>;

/// Something that takes up time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Busy {
    pub(super) from: i64,
    pub(super) to: i64,
    /// One place of a slot, or all of them.
    pub(super) whole: bool,
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub(in crate::highlevel) struct Asked {
    pub(in crate::highlevel) from: i64,
    pub(in crate::highlevel) to: i64,
    pub(in crate::highlevel) now: i64,
    /// Whether notice and horizon don't count.
    pub(in crate::highlevel) any_date: bool,
}

/// When a calendar can be booked.
#[derive(Debug)]
pub(super) struct Plan {
    open: bool,
    pub(super) duration: i64,
    interval: i64,
    before: i64,
    after: i64,
    per_slot: usize,
    per_day: usize,
    notice: i64,
    horizon: i64,
    week: [Hours; 7],
    dates: BTreeMap<i64, Hours>,
    only_dates: bool,
}

fn hours(of: &Value) -> Hours {
    let number = |one: &Value, name: &str| one[name].as_i64().unwrap_or(0);
    let moment = |one: &Value, hour: &str, minute: &str| number(one, hour) * HOUR + number(one, minute) * MINUTE;
    let all = of["hours"].as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().map(|one| (moment(one, "openHour", "openMinute"), moment(one, "closeHour", "closeMinute"))).collect()
}

impl Plan {
    pub(super) fn read(calendar: &Map<String, Value>) -> Self {
        let number = |name: &str| calendar.get(name).and_then(Value::as_f64).filter(|number| *number > 0.0);
        let word = |name: &str, or: &'static str| calendar.get(name).and_then(Value::as_str).unwrap_or(or).to_owned();
        let time = |name: &str, or: &'static str| number(name).map(|count| length(count, &word(&format!("{name}Unit"), or)));
        let list = |name: &str| calendar.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let count = |name: &str| number(name).map(|count| count as usize);
        let mut week: [Hours; 7] = Default::default();
        for open in list("openHours") {
            for day in open["daysOfTheWeek"].as_array().into_iter().flatten().filter_map(Value::as_u64) {
                if let Some(of_day) = usize::try_from(day).ok().and_then(|day| week.get_mut(day)) {
                    of_day.extend(hours(open));
                }
            }
        }
        let dates = list("availabilities").iter().filter(|one| one["deleted"] != Value::Bool(true));
        let duration = time("slotDuration", "mins").unwrap_or(30 * MINUTE).max(MINUTE);
        Self {
            open: calendar.get("isActive") != Some(&Value::Bool(false)),
            duration,
            interval: time("slotInterval", "mins").unwrap_or(duration).max(MINUTE),
            before: time("preBuffer", "mins").unwrap_or(0),
            after: time("slotBuffer", "mins").unwrap_or(0),
            per_slot: count("appoinmentPerSlot").unwrap_or(1).max(1),
            per_day: count("appoinmentPerDay").unwrap_or(usize::MAX),
            notice: time("allowBookingAfter", "hours").unwrap_or(0),
            horizon: time("allowBookingFor", "days").unwrap_or(i64::MAX),
            week,
            dates: dates.filter_map(|one| Some((day_of(one["date"].as_str()?)?, hours(one)))).collect(),
            only_dates: calendar.get("availabilityType").and_then(Value::as_f64) == Some(1.0),
        }
    }

    fn hours_of(&self, day: i64) -> &[(i64, i64)] {
        match self.dates.get(&day) {
            Some(of_date) => of_date,
            None if self.only_dates => &[],
            None => usize::try_from((day + FIRST_WEEKDAY).rem_euclid(7)).map_or(&[], |weekday| &self.week[weekday]),
        }
    }

    fn is_taken(&self, busy: &[Busy], from: i64, to: i64) -> bool {
        let touching = || busy.iter().filter(|one| one.from - self.before < to && from < one.to + self.after);
        touching().any(|one| one.whole) || touching().count() >= self.per_slot
    }

    /// Beginnings of free slots from `asked.from` up to `asked.to`.
    pub(super) fn free(&self, busy: &[Busy], asked: Asked) -> Vec<i64> {
        let mut free = Vec::new();
        if !self.open {
            return free;
        }
        let first = if asked.any_date { asked.from } else { asked.from.max(asked.now.saturating_add(self.notice)) };
        let last = if asked.any_date { asked.to } else { asked.to.min(asked.now.saturating_add(self.horizon)) };
        for day in first.div_euclid(DAY)..=last.div_euclid(DAY) {
            let midnight = day * DAY;
            let booked = busy.iter().filter(|one| !one.whole && one.from.div_euclid(DAY) == day).count();
            if booked >= self.per_day {
                continue;
            }
            for (open, close) in self.hours_of(day) {
                let mut at = midnight + open;
                while at + self.duration <= midnight + close {
                    if (first..=last).contains(&at) && !self.is_taken(busy, at, at + self.duration) {
                        free.push(at);
                    }
                    at += self.interval;
                }
            }
        }
        free.sort_unstable();
        free.dedup();
        free
    }

    /// Whether this time can be booked: it begins with a free slot, and nothing comes before its end.
    pub(super) fn is_free(&self, busy: &[Busy], from: i64, to: i64, now: i64, any_date: bool) -> bool {
        !self.is_taken(busy, from, to) && !self.free(busy, Asked { from, to: from, now, any_date }).is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Thursday, 1970-01-01, and Friday are open from 8 to 10.
    fn plan(more: Value) -> Plan {
        let mut fields = json!({
            "slotDuration": 1, "slotDurationUnit": "hours", "slotInterval": 30,
            "openHours": [{"daysOfTheWeek": [4, 5], "hours": [{"openHour": 8, "openMinute": 0, "closeHour": 10, "closeMinute": 0}]}],
        });
        let all = fields.as_object_mut().expect("an object");
        all.extend(more.as_object().expect("an object").clone());
        Plan::read(all)
    }

    const EVER: Asked = Asked { from: 0, to: 3 * DAY, now: 0, any_date: false };

    fn at(hours: &[f64]) -> Vec<i64> {
        hours.iter().map(|hour| (hour * HOUR as f64) as i64).collect()
    }

    #[test]
    fn open_hours_less_bookings_and_blocks_are_free() {
        let busy = [Busy { from: 8 * HOUR, to: 9 * HOUR, whole: false }];
        let blocked = [Busy { from: 0, to: DAY, whole: true }];
        let table: [(Value, &[Busy], &[f64]); 9] = [
            (json!({}), &[], &[8.0, 8.5, 9.0, 32.0, 32.5, 33.0]),
            (json!({}), &busy, &[9.0, 32.0, 32.5, 33.0]),
            (json!({"appoinmentPerSlot": 2}), &busy, &[8.0, 8.5, 9.0, 32.0, 32.5, 33.0]),
            (json!({"slotBuffer": 15}), &busy, &[32.0, 32.5, 33.0]),
            (json!({"appoinmentPerDay": 1}), &busy, &[32.0, 32.5, 33.0]),
            (json!({}), &blocked, &[32.0, 32.5, 33.0]),
            (json!({"isActive": false}), &[], &[]),
            (json!({"allowBookingAfter": 1, "allowBookingAfterUnit": "days"}), &[], &[32.0, 32.5, 33.0]),
            (json!({"allowBookingFor": 1, "allowBookingForUnit": "days"}), &[], &[8.0, 8.5, 9.0]),
        ];
        for (more, busy, wanted) in table {
            assert_eq!(plan(more.clone()).free(busy, EVER), at(wanted), "{more}");
        }
    }

    #[test]
    fn a_date_of_its_own_overrides_the_week() {
        let hours = json!([{"openHour": 12, "openMinute": 0, "closeHour": 13, "closeMinute": 0}]);
        let dates = json!([{"date": "1970-01-02T00:00:00.000Z", "hours": hours}, {"date": "1970-01-01", "hours": [], "deleted": true}]);
        assert_eq!(plan(json!({"availabilities": dates})).free(&[], EVER), at(&[8.0, 8.5, 9.0, 36.0]));
        assert_eq!(plan(json!({"availabilities": dates, "availabilityType": 1})).free(&[], EVER), at(&[36.0]));
    }

    #[test]
    fn a_booking_begins_with_a_slot_in_the_future() {
        let plan = plan(json!({}));
        assert!(plan.is_free(&[], 8 * HOUR, 9 * HOUR, 0, false));
        assert!(!plan.is_free(&[], 8 * HOUR + MINUTE, 9 * HOUR, 0, false));
        assert!(!plan.is_free(&[], 8 * HOUR, 9 * HOUR, 10 * HOUR, false));
        assert!(plan.is_free(&[], 8 * HOUR, 9 * HOUR, 10 * HOUR, true));
        assert!(!plan.is_free(&[Busy { from: 9 * HOUR, to: 10 * HOUR, whole: false }], 8 * HOUR, 10 * HOUR, 0, false));
    }
}
