//! Pure decisions about a bath: whether values are within their limits, and whether it may begin at this moment.
//!
//! Limits come from machine `BathingChecks`; times from its guards: values "taken at most 15 minutes before; not within
//! 1 hour after a meal", "second carer missing 20 minutes after start".

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use crate::orders::rules::bathing::{Figures, figures};

/// Values are good for so many minutes.
const FRESH_MIN: i64 = 15;
/// No bath within so many minutes after a meal.
const MEAL_MIN: i64 = 60;
/// The second carer is waited for until so many minutes after the start.
const SECOND_CARER_MIN: i64 = 20;
/// When the first comes later than that, the second has so many minutes to check in too: a proposal of the project.
const TOGETHER_MIN: i64 = 5;
/// A phone's clock may be ahead by so many seconds.
const CLOCK_AHEAD_S: i64 = 120;

/// Blood pressure, pulse and temperature of one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vitals {
    /// Upper blood pressure in mmHg.
    pub systolic_mmhg: i16,
    /// Lower blood pressure in mmHg.
    pub diastolic_mmhg: i16,
    /// Beats per minute.
    pub pulse_per_minute: i16,
    /// Body temperature in tenths of a degree Celsius.
    pub temperature_tenths: i16,
}

impl Vitals {
    /// Whether a living person can have these values: a slip of the finger stops no bath and starts none.
    pub fn is_plausible(self) -> bool {
        (40..=300).contains(&self.systolic_mmhg)
            && (20..=200).contains(&self.diastolic_mmhg)
            && self.diastolic_mmhg < self.systolic_mmhg
            && (20..=250).contains(&self.pulse_per_minute)
            && (300..=430).contains(&self.temperature_tenths)
    }

    /// Whether every value is within its limits; the limits themselves are.
    pub fn is_within(self, limits: Figures) -> bool {
        let is_in = |value: i16, (low, high): (i16, i16)| (low..=high).contains(&value);
        is_in(self.systolic_mmhg, limits.systolic_mmhg)
            && is_in(self.diastolic_mmhg, limits.diastolic_mmhg)
            && is_in(self.pulse_per_minute, limits.pulse_per_minute)
            && self.temperature_tenths <= limits.temperature_max_tenths
    }
}

/// When values were taken, as the server believes it: not later than now, not too long ago. `None`: it cannot be.
pub fn taken(said: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let is_sober = said <= now + Duration::seconds(CLOCK_AHEAD_S) && is_fresh(said, now);
    is_sober.then_some(said.min(now))
}

/// Whether values still hold.
pub fn is_fresh(taken_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now - taken_at <= Duration::minutes(FRESH_MIN)
}

/// Whether a meal was too short ago.
pub fn is_too_soon_after(meal_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now - meal_at < Duration::minutes(MEAL_MIN)
}

/// Whether the water is neither too cold nor too hot.
pub fn is_water_good(tenths: i16) -> bool {
    let (low, high) = figures().water_tenths;
    (low..=high).contains(&tenths)
}

/// Until when the second carer is waited for, told when the first has come.
pub fn second_carer_by(starts_at: DateTime<Utc>, first_came_at: DateTime<Utc>) -> DateTime<Utc> {
    let end = starts_at + Duration::minutes(SECOND_CARER_MIN);
    if first_came_at < end { end } else { first_came_at + Duration::minutes(TOGETHER_MIN) }
}

/// Whether those who are in may bathe somebody: enough, and enough of them certified.
pub fn is_staffed(certified: &[bool], carers_needed: i16, certified_needed: i16) -> bool {
    let enough = |count: usize, needed: i16| count >= usize::try_from(needed).unwrap_or(usize::MAX);
    enough(certified.len(), carers_needed)
        && enough(certified.iter().filter(|is_certified| **is_certified).count(), certified_needed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        format!("2026-06-10T{text}Z").parse().unwrap()
    }

    #[test]
    fn one_value_out_of_its_limits_is_enough() {
        let cases = [
            ((138, 84, 72, 365), true),
            ((90, 50, 50, 300), true),
            ((160, 100, 110, 375), true),
            ((172, 102, 72, 365), false),
            ((161, 84, 72, 365), false),
            ((89, 60, 72, 365), false),
            ((138, 101, 72, 365), false),
            ((138, 49, 72, 365), false),
            ((138, 84, 111, 365), false),
            ((138, 84, 49, 365), false),
            ((138, 84, 72, 376), false),
        ];
        for ((systolic_mmhg, diastolic_mmhg, pulse_per_minute, temperature_tenths), wanted) in cases {
            let vitals = Vitals { systolic_mmhg, diastolic_mmhg, pulse_per_minute, temperature_tenths };
            assert_eq!(vitals.is_within(figures()), wanted, "{vitals:?}");
            assert!(vitals.is_plausible(), "{vitals:?}");
        }
        let slip = Vitals {
            systolic_mmhg: 1_380,
            diastolic_mmhg: 84,
            pulse_per_minute: 72,
            temperature_tenths: 365,
        };
        assert!(!slip.is_plausible());
        assert!(!Vitals { systolic_mmhg: 84, diastolic_mmhg: 138, ..slip }.is_plausible());
    }

    #[test]
    fn values_hold_for_a_quarter_of_an_hour() {
        let now = at("06:15:00");
        let cases = [
            ("06:00:00", Some("06:00:00")),
            ("05:59:59", None),
            ("06:15:00", Some("06:15:00")),
            ("06:16:30", Some("06:15:00")),
            ("06:17:01", None),
        ];
        for (said, wanted) in cases {
            assert_eq!(taken(at(said), now), wanted.map(at), "{said}");
        }
    }

    #[test]
    fn an_hour_after_a_meal_is_long_enough() {
        assert!(is_too_soon_after(at("05:00:01"), at("06:00:00")));
        assert!(!is_too_soon_after(at("05:00:00"), at("06:00:00")));
    }

    #[test]
    fn water_is_neither_cold_nor_hot() {
        for (tenths, wanted) in [(369, false), (370, true), (390, true), (410, true), (411, false)] {
            assert_eq!(is_water_good(tenths), wanted, "{tenths}");
        }
    }

    #[test]
    fn the_second_carer_has_twenty_minutes() {
        let starts = at("06:00:00");
        let cases = [
            ("05:50:00", "06:20:00"),
            ("06:10:00", "06:20:00"),
            ("06:19:59", "06:20:00"),
            ("06:25:00", "06:30:00"),
        ];
        for (came, wanted) in cases {
            assert_eq!(second_carer_by(starts, at(came)), at(wanted), "{came}");
        }
    }

    #[test]
    fn two_carers_one_of_them_certified() {
        let cases = [
            (vec![true, false], true),
            (vec![true, true], true),
            (vec![false, false], false),
            (vec![true], false),
        ];
        for (inside, wanted) in cases {
            assert_eq!(is_staffed(&inside, 2, 1), wanted, "{inside:?}");
        }
    }
}
