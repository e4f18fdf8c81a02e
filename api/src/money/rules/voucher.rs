//! Pure decisions about vouchers of one month (政府购买服务券): machine `VoucherGrant`, where its money goes, what it pays.

pub mod posting;
pub mod purse;
pub mod quote;

use chrono::{DateTime, Datelike as _, Duration, Months, NaiveDate, Utc};
use entities::enums::VoucherState as S;

use crate::kit::clock::{service_day, start_of_day};

/// What can happen to a voucher. Names as in machine `VoucherGrant`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoucherEvent {
    /// Given for a month to an elder who is entitled on its first day.
    Issue,
    /// Looked at for a month, and not entitled.
    NotEligible,
    /// An order takes a part of it.
    Reserve,
    /// An order gives its part free again.
    Release,
    /// What it was reserved for was carried out.
    Redeem,
    /// A refund after that, in the same month.
    Return,
    /// Death, a move, or a check of fraud.
    Freeze,
    /// It may be used again.
    Unfreeze,
    /// The month is over.
    MonthEnd,
    /// It was wrong to give it.
    Revoke,
}

use VoucherEvent as E;

/// Event, its name, the states from which it leads, and where to.
const MACHINE: [(E, &str, &[S], S); 10] = [
    (E::Issue, "issue", &[S::Pending], S::Issued),
    (E::NotEligible, "not_eligible", &[S::Pending], S::Revoked),
    (E::Reserve, "reserve", &[S::Issued], S::Issued),
    (E::Release, "release", &[S::Issued], S::Issued),
    (E::Redeem, "redeem", &[S::Issued], S::Issued),
    (E::Return, "return", &[S::Issued], S::Issued),
    (E::Freeze, "freeze", &[S::Issued], S::Frozen),
    (E::Unfreeze, "unfreeze", &[S::Frozen], S::Issued),
    (E::MonthEnd, "month_end", &[S::Issued, S::Frozen], S::Lapsed),
    (E::Revoke, "revoke", &[S::Issued, S::Frozen], S::Revoked),
];

impl VoucherEvent {
    /// Every event.
    pub fn all() -> impl Iterator<Item = Self> {
        MACHINE.iter().map(|(event, ..)| *event)
    }

    /// Name in the state machine and in the timeline.
    pub fn name(self) -> &'static str {
        MACHINE.iter().find(|(event, ..)| *event == self).map_or("", |(_, name, ..)| name)
    }
}

/// The next state, or `None` when the event means nothing there.
pub fn after(state: S, event: VoucherEvent) -> Option<S> {
    let (.., from, to) = MACHINE.iter().find(|(own, ..)| *own == event)?;
    from.contains(&state).then_some(*to)
}

/// Whether nothing can happen any more.
pub fn is_over(state: S) -> bool {
    VoucherEvent::all().all(|event| after(state, event).is_none())
}

/// The first day of the month in which a day falls: how months are named.
pub fn month_of(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// The first day of the month after.
pub fn next_month(month_on: NaiveDate) -> NaiveDate {
    month_of(month_on).checked_add_months(Months::new(1)).unwrap_or(month_on)
}

/// When a month ends: at 23:59:59 of its last day. Machine `VoucherGrant`, `month_end`.
pub fn closes_at(month_on: NaiveDate) -> DateTime<Utc> {
    start_of_day(next_month(month_on)) - Duration::seconds(1)
}

/// Minutes after midnight of the first day at which a month is issued. Story S1.
const ISSUE_MIN: i64 = 5;

/// When a month is issued: on its first day. Machine `VoucherGrant`, `issue_day`.
pub fn issues_at(month_on: NaiveDate) -> DateTime<Utc> {
    start_of_day(month_of(month_on)) + Duration::minutes(ISSUE_MIN)
}

/// Days on which a family is reminded of what is left. Process table of the domain report, 4.2, row "voucher".
pub const REMINDER_DAYS: [u32; 2] = [15, 25];
/// The hour at which it is reminded.
const REMINDER_H: i64 = 9;

/// The next moment at which families are reminded, after `now`.
pub fn next_reminder(now: DateTime<Utc>) -> DateTime<Utc> {
    let this = month_of(service_day(now));
    let moments = [this, next_month(this)].into_iter().flat_map(|month| {
        let days = REMINDER_DAYS.into_iter().filter_map(move |day| month.with_day(day));
        days.map(|day| start_of_day(day) + Duration::hours(REMINDER_H))
    });
    moments.into_iter().find(|at| *at > now).unwrap_or(now + Duration::days(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn every_pair_of_state_and_event_is_as_in_the_machine() {
        let machines: Value =
            serde_json::from_str(include_str!("../../../data/state-machines.json")).unwrap();
        let all = machines["machines"].as_array().unwrap();
        let machine = all.iter().find(|machine| machine["name"] == "VoucherGrant").unwrap();
        let transitions = machine["transitions"].as_array().unwrap();
        for state in S::ALL {
            for event in VoucherEvent::all() {
                let wanted = transitions.iter().find(|transition| {
                    transition["event"] == event.name()
                        && transition["from"].as_array().unwrap().iter().any(|from| from == state.as_str())
                });
                let wanted = wanted.and_then(|transition| transition["to"].as_str());
                assert_eq!(after(*state, event).map(S::as_str), wanted, "{state:?} {event:?}");
            }
            let is_named = machine["terminal"].as_array().unwrap().iter().any(|name| name == state.as_str());
            assert_eq!(is_over(*state), is_named, "{state:?}");
        }
        assert_eq!(transitions.len(), VoucherEvent::all().count());
    }

    #[test]
    fn a_month_begins_five_past_midnight_and_ends_a_second_before_the_next() {
        let month = "2026-06-01".parse().unwrap();
        assert_eq!(issues_at(month), "2026-05-31T16:05:00Z".parse::<DateTime<Utc>>().unwrap());
        assert_eq!(closes_at(month), "2026-06-30T15:59:59Z".parse::<DateTime<Utc>>().unwrap());
        assert_eq!(next_month("2026-12-01".parse().unwrap()), "2027-01-01".parse::<NaiveDate>().unwrap());
    }

    #[test]
    fn families_are_reminded_on_the_fifteenth_and_the_twenty_fifth() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        for (now, next) in [
            ("2026-06-01T00:00:00Z", "2026-06-15T01:00:00Z"),
            ("2026-06-15T01:00:00Z", "2026-06-25T01:00:00Z"),
            ("2026-06-25T01:00:00Z", "2026-07-15T01:00:00Z"),
            ("2026-12-31T00:00:00Z", "2027-01-15T01:00:00Z"),
        ] {
            assert_eq!(next_reminder(at(now)), at(next), "{now}");
        }
    }
}
