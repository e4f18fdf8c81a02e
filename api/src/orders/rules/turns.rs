//! Pure decisions about what can come between the acceptance and the end of a visit. Times and shares are those of
//! machine `ServiceOrder` and of process "home service" (domain report 4.1), all of them the project's proposals.

use chrono::{DateTime, Duration, Utc};

use super::service_order::NOBODY_FOUND_H;
use crate::kit::fen::Fen;

/// So many minutes after the start without a check-in, family and desk are told. `late_alarm_minutes`.
pub const LATE_ALARM_MIN: i64 = 15;
/// So many minutes after the start a carer who has not checked in did not come. `carer_no_show`.
pub const NO_SHOW_MIN: i64 = 30;
/// So many minutes after the agreed end somebody must have left.
pub const LEAVE_ALARM_MIN: i64 = 60;
/// A family moves a visit at most so often. `reschedule`.
pub const MOVES_MAX: i16 = 2;
/// Minutes that a carer waits at a door that nobody opens. `nobody_home`.
pub const WAIT_MIN: i64 = 15;
/// Calls that he makes meanwhile. `nobody_home`.
pub const CALLS_MIN: i32 = 2;
/// What is kept when nobody is at home, in hundredths of a percent.
pub const NOBODY_HOME_BP: i64 = 5_000;
/// Days after a visit in which elder or family may object. `dispute_days`.
pub const DISPUTE_D: i64 = 7;
/// A family chooses between other carers and its money for so many minutes; then the money goes back.
pub const CHOICE_MIN: i64 = 120;
/// A search for other carers lasts at least so many minutes.
const SEARCH_MIN: i64 = 30;

/// Part of a price in hundredths of a percent, rounded down (MR-4).
pub fn share(price: Fen, bp: i64) -> Fen {
    // i128: no price overflows on its way through hundredths of a percent.
    let part = i128::from(price.get()) * i128::from(bp) / 10_000;
    i64::try_from(part).map_or(price, Fen::new)
}

/// Until when carers are looked for from `now` on: two hours before the start, or half an hour when it is later than that.
pub fn search_until(starts_at: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    let least = (now + Duration::minutes(SEARCH_MIN)).min(starts_at);
    (starts_at - Duration::hours(NOBODY_FOUND_H)).max(least)
}

/// Whether other carers can still be found for the agreed time.
pub fn can_search(starts_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now + Duration::minutes(SEARCH_MIN) <= starts_at
}

/// The earliest start for other carers: a quarter of an hour, an hour or a little more from `now`.
pub fn next_start(now: DateTime<Utc>) -> DateTime<Utc> {
    let quarter = crate::slots::rules::carers::quarter_of(now + Duration::minutes(2 * SEARCH_MIN));
    crate::slots::rules::carers::start_of(quarter + 1)
}

/// What the watch over an accepted visit does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watch {
    /// Nothing before that.
    Later(DateTime<Utc>),
    /// Tell family and desk that the carer is late, and look again then.
    Late(DateTime<Utc>),
    /// The carer did not come.
    DidNotCome,
}

/// For a visit whose carer has not checked in. Who has proven that he waits at the door came: the alarm comes when he
/// should have said how it went, and he is given until after the agreed end.
pub fn watch(
    (starts_at, ends_at): (DateTime<Utc>, DateTime<Utc>),
    is_at_door: bool,
    now: DateTime<Utc>,
) -> Watch {
    let waited = if is_at_door { NO_SHOW_MIN } else { 0 };
    let alarm = starts_at + Duration::minutes(LATE_ALARM_MIN + waited);
    let end = if is_at_door {
        ends_at + Duration::minutes(LEAVE_ALARM_MIN)
    } else {
        starts_at + Duration::minutes(NO_SHOW_MIN)
    };
    if now >= end {
        Watch::DidNotCome
    } else if now >= alarm {
        Watch::Late(end)
    } else {
        Watch::Later(alarm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        format!("2026-06-04T{text}Z").parse().unwrap()
    }

    #[test]
    fn a_search_ends_two_hours_before_the_start_or_lasts_half_an_hour() {
        let starts = at("09:00:00");
        for (now, until, can) in [
            ("01:00:00", "07:00:00", true),
            ("06:30:00", "07:00:00", true),
            ("06:31:00", "07:01:00", true),
            ("08:30:00", "09:00:00", true),
            ("08:31:00", "09:00:00", false),
        ] {
            assert_eq!(
                (search_until(starts, at(now)), can_search(starts, at(now))),
                (at(until), can),
                "{now}"
            );
        }
    }

    #[test]
    fn the_next_start_is_a_quarter_at_least_an_hour_away() {
        for (now, start) in [("09:30:00", "10:45:00"), ("09:31:00", "10:45:00"), ("09:44:59", "10:45:00")] {
            assert_eq!(next_start(at(now)), at(start), "{now}");
        }
    }

    #[test]
    fn a_late_carer_is_told_of_once_and_then_did_not_come() {
        let visit = (at("09:00:00"), at("11:00:00"));
        let cases = [
            (false, "08:00:00", Watch::Later(at("09:15:00"))),
            (false, "09:15:00", Watch::Late(at("09:30:00"))),
            (false, "09:30:00", Watch::DidNotCome),
            (true, "09:15:00", Watch::Later(at("09:45:00"))),
            (true, "09:45:00", Watch::Late(at("12:00:00"))),
            (true, "12:00:00", Watch::DidNotCome),
        ];
        for (is_at_door, now, wanted) in cases {
            assert_eq!(watch(visit, is_at_door, at(now)), wanted, "{now} {is_at_door}");
        }
    }

    #[test]
    fn shares_are_rounded_down() {
        for (price, bp, kept) in [(8_333, 5_000, 4_166), (1, 5_000, 0), (8_000, 3_000, 2_400)] {
            assert_eq!(share(Fen::new(price), bp), Fen::new(kept));
        }
    }
}
