//! Pure decisions about places: which slots a weekly calendar opens.

pub mod carers;

use std::collections::HashSet;

use chrono::{DateTime, Days, NaiveDate, Utc};
use entities::enums::MealPeriod;

use crate::directory::store::timetable::Timetable;
use crate::kit::clock::{instant, weekday};

/// Longest span that one act opens, in days.
pub const SPAN_MAX_D: i64 = 62;

/// A slot that is to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Service day.
    pub served_on: NaiveDate,
    /// Meal of the day.
    pub period: MealPeriod,
    /// Bit set of ways.
    pub ways: i16,
    /// Portions.
    pub capacity: i32,
    /// Last moment to order.
    pub cut_off_at: DateTime<Utc>,
    /// Serving begins.
    pub starts_at: DateTime<Utc>,
    /// Serving ends.
    pub ends_at: DateTime<Utc>,
}

/// A slot that is there already: day, period, bit set of ways.
pub type Existing = (NaiveDate, MealPeriod, i16);

/// Days from the first to the last, both included; `None` when the span is empty or too long.
pub fn span_days(first: NaiveDate, last: NaiveDate) -> Option<Vec<NaiveDate>> {
    let length = last.signed_duration_since(first).num_days();
    (0..SPAN_MAX_D).contains(&length).then(|| first.iter_days().take_while(|day| *day <= last).collect())
}

/// Slots that the calendar asks for on these days and that are not there yet.
///
/// Left out are closed days, periods without serving times, meals whose serving is over, pools without portions, and
/// pools that share a way with a slot that exists: one way is never sold from two slots of a meal.
pub fn slots_to_open(
    table: &Timetable,
    days: &[NaiveDate],
    closed: &HashSet<NaiveDate>,
    existing: &[Existing],
    now: DateTime<Utc>,
) -> Vec<Planned> {
    let mut planned = Vec::new();
    for day in days.iter().filter(|day| !closed.contains(day)) {
        for pool in table.pools.iter().filter(|pool| pool.weekday == weekday(*day) && pool.capacity > 0) {
            let Some(times) = table.periods.iter().find(|times| times.period == pool.period) else {
                continue;
            };
            let shares_a_way =
                |(on, period, ways): &Existing| on == day && *period == pool.period && ways & pool.ways != 0;
            let before = Days::new(u64::try_from(times.cut_off_days_before).unwrap_or(0));
            let cut_off_on = day.checked_sub_days(before).unwrap_or(*day);
            let slot = Planned {
                served_on: *day,
                period: pool.period,
                ways: pool.ways,
                capacity: pool.capacity,
                cut_off_at: instant(cut_off_on, times.cut_off_at),
                starts_at: instant(*day, times.serves_from),
                ends_at: instant(*day, times.serves_until),
            };
            if slot.ends_at > now && !existing.iter().any(shares_a_way) {
                planned.push(slot);
            }
        }
    }
    planned
}

#[cfg(test)]
mod tests {
    use chrono::NaiveTime;
    use entities::{canteen_calendar, canteen_period};
    use uuid::Uuid;

    use super::*;

    fn time(hour: u32, minute: u32) -> NaiveTime {
        NaiveTime::from_hms_opt(hour, minute, 0).unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn pool(weekday: i16, period: MealPeriod, ways: i16, capacity: i32) -> canteen_calendar::Model {
        canteen_calendar::Model { canteen_id: Uuid::nil(), weekday, period, ways, capacity }
    }

    /// Breakfast 07:00-08:30 with the cut-off the evening before, lunch 11:00-13:00 with the cut-off at 09:00.
    fn table(pools: Vec<canteen_calendar::Model>) -> Timetable {
        let period = |period, from, until, days, cut| canteen_period::Model {
            canteen_id: Uuid::nil(),
            period,
            serves_from: from,
            serves_until: until,
            cut_off_days_before: days,
            cut_off_at: cut,
        };
        Timetable {
            periods: vec![
                period(MealPeriod::Breakfast, time(7, 0), time(8, 30), 1, time(20, 0)),
                period(MealPeriod::Lunch, time(11, 0), time(13, 0), 0, time(9, 0)),
            ],
            pools,
        }
    }

    // 2026-06-01 is a Monday.
    const BEFORE: &str = "2026-05-30T00:00:00Z";

    #[test]
    fn breakfast_closes_at_eight_in_the_evening_before() {
        let table = table(vec![pool(1, MealPeriod::Breakfast, 3, 40)]);
        let found = slots_to_open(&table, &[day("2026-06-01")], &HashSet::new(), &[], at(BEFORE));
        assert_eq!(
            found,
            [Planned {
                served_on: day("2026-06-01"),
                period: MealPeriod::Breakfast,
                ways: 3,
                capacity: 40,
                cut_off_at: at("2026-05-31T12:00:00Z"),
                starts_at: at("2026-05-31T23:00:00Z"),
                ends_at: at("2026-06-01T00:30:00Z"),
            }]
        );
    }

    #[test]
    fn only_the_weekday_of_the_calendar_is_opened_and_closed_days_are_not() {
        let table = table(vec![pool(1, MealPeriod::Lunch, 3, 40), pool(2, MealPeriod::Lunch, 4, 20)]);
        let days = span_days(day("2026-06-01"), day("2026-06-09")).unwrap();
        let opened = |closed: &[&str]| -> Vec<(String, i16)> {
            let closed = closed.iter().map(|text| day(text)).collect();
            let found = slots_to_open(&table, &days, &closed, &[], at(BEFORE));
            found.into_iter().map(|slot| (slot.served_on.to_string(), slot.ways)).collect()
        };
        let week = |text: &str, ways| (text.to_owned(), ways);
        assert_eq!(
            opened(&[]),
            [week("2026-06-01", 3), week("2026-06-02", 4), week("2026-06-08", 3), week("2026-06-09", 4)]
        );
        assert_eq!(opened(&["2026-06-02", "2026-06-08"]), [week("2026-06-01", 3), week("2026-06-09", 4)]);
    }

    #[test]
    fn what_is_there_already_stays_and_no_way_is_sold_twice() {
        let table = table(vec![
            pool(1, MealPeriod::Lunch, 1, 20),
            pool(1, MealPeriod::Lunch, 4, 20),
            pool(1, MealPeriod::Breakfast, 1, 20),
        ]);
        let monday = day("2026-06-01");
        let existing = [(monday, MealPeriod::Lunch, 3)];
        let found = slots_to_open(&table, &[monday], &HashSet::new(), &existing, at(BEFORE));
        let kept: Vec<_> = found.iter().map(|slot| (slot.period, slot.ways)).collect();
        assert_eq!(kept, [(MealPeriod::Lunch, 4), (MealPeriod::Breakfast, 1)]);
    }

    #[test]
    fn a_meal_in_progress_is_opened_and_one_that_is_over_is_not() {
        let table = table(vec![pool(1, MealPeriod::Lunch, 3, 40), pool(1, MealPeriod::Dinner, 3, 40)]);
        let opened =
            |now: &str| slots_to_open(&table, &[day("2026-06-01")], &HashSet::new(), &[], at(now)).len();
        assert_eq!(opened("2026-06-01T04:59:59Z"), 1, "dinner has no serving times");
        assert_eq!(opened("2026-06-01T05:00:00Z"), 0);
    }

    #[test]
    fn a_span_has_one_to_sixty_two_days() {
        let first = day("2026-06-01");
        assert_eq!(span_days(first, first).unwrap(), [first]);
        assert_eq!(span_days(first, day("2026-08-01")).unwrap().len(), 62);
        assert_eq!(span_days(first, day("2026-08-02")), None);
        assert_eq!(span_days(first, day("2026-05-31")), None);
    }
}
