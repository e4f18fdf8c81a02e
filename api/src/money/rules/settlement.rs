//! Pure decisions about lines of a provider's statement: machine `SettlementLine`, and what a decision leaves of a price.

use chrono::{DateTime, Datelike as _, Duration, Months, NaiveDate, Utc, Weekday};
use entities::enums::LineState as S;

use super::Split;
use crate::kit::clock::{service_day, start_of_day};
use crate::kit::fen::Fen;

/// What can happen to a line. Names as in machine `SettlementLine`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineEvent {
    /// Something did not fit, or somebody objects.
    AnomalyOrDispute,
    /// The statement of the period is closed.
    PeriodClose,
    /// A person found it right.
    Clear,
    /// A person found that nothing is owed.
    Reject,
    /// A person found that less is owed.
    Cut,
    /// Paid out.
    Pay,
    /// Paid out and taken back.
    ClawBack,
}

use LineEvent as E;

/// Event, its name, the state from which it leads, and where to.
const MACHINE: [(E, &str, S, S); 7] = [
    (E::AnomalyOrDispute, "anomaly_or_dispute", S::Pending, S::Held),
    (E::PeriodClose, "period_close", S::Pending, S::Payable),
    (E::Clear, "clear", S::Held, S::Payable),
    (E::Reject, "reject", S::Held, S::Void),
    (E::Cut, "cut", S::Held, S::Payable),
    (E::Pay, "pay", S::Payable, S::Paid),
    (E::ClawBack, "claw_back", S::Paid, S::ClawedBack),
];

impl LineEvent {
    /// Every event.
    pub fn all() -> impl Iterator<Item = Self> {
        MACHINE.iter().map(|(event, ..)| *event)
    }

    /// Name in the state machine.
    pub fn name(self) -> &'static str {
        MACHINE.iter().find(|(event, ..)| *event == self).map_or("", |(_, name, ..)| name)
    }

    /// From where and to where it leads.
    pub fn way(self) -> (S, S) {
        let found = MACHINE.iter().find(|(event, ..)| *event == self);
        found.map_or((S::Void, S::Void), |(_, _, from, to)| (*from, *to))
    }
}

/// Working day of the next month on which a month is closed. Machine `SettlementLine`, `period`.
const CLOSING_WORKING_DAY: usize = 3;

/// When a visit that was done at `done_at` and confirmed at `confirmed_at` is settled: on the third working day (Monday
/// to Friday) after the month of the confirmation, and not before the days in which the family may object are over.
pub fn closes_at(confirmed_at: DateTime<Utc>, done_at: DateTime<Utc>, dispute: Duration) -> DateTime<Utc> {
    start_of_day(closing_day(next_month(service_day(confirmed_at)))).max(done_at + dispute)
}

/// First day of the month after a day's.
fn next_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).and_then(|first| first.checked_add_months(Months::new(1))).unwrap_or(day)
}

/// The third working day of a month.
fn closing_day(first: NaiveDate) -> NaiveDate {
    let is_working = |day: &NaiveDate| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    first.iter_days().filter(is_working).nth(CLOSING_WORKING_DAY - 1).unwrap_or(first)
}

/// Statements are closed in the morning of that day, when the lines that it makes payable are.
const CLOSING_HOUR: i64 = 6;

/// When statements are closed the next time after a moment.
pub fn next_closing(now: DateTime<Utc>) -> DateTime<Utc> {
    let first = service_day(now).with_day(1).unwrap_or_default();
    let at = |first| start_of_day(closing_day(first)) + Duration::hours(CLOSING_HOUR);
    if at(first) > now { at(first) } else { at(next_month(first)) }
}

/// First day of the month that is closed at a moment: the one before.
pub fn statement_month(now: DateTime<Utc>) -> NaiveDate {
    let first = service_day(now).with_day(1).unwrap_or_default();
    first.checked_sub_months(Months::new(1)).unwrap_or(first)
}

/// What is left of a price when `refund` of it goes back: shared by the payers in proportion to what each paid, public
/// shares of the refund rounded down, the odd fen to the family (MR-4). `None`: more than the price, or below zero.
pub fn after_refund(split: Split, refund: Fen) -> Option<Split> {
    let price = split.list.get();
    if refund < Fen::ZERO || refund > split.list {
        return None;
    }
    let part = |paid: Fen| {
        let back = i128::from(paid.get()) * i128::from(refund.get()) / i128::from(price.max(1));
        i64::try_from(back).map_or(Fen::ZERO, Fen::new)
    };
    let (subsidy, voucher) = (part(split.subsidy), part(split.voucher));
    let cash = refund.checked_sub(subsidy)?.checked_sub(voucher)?;
    let family = cash.min(split.cash);
    // The family never gets more than it paid; what is over by rounding stays with the public payers.
    let over = cash.checked_sub(family)?;
    Some(Split {
        list: split.list.checked_sub(refund)?.checked_add(over)?,
        delivery: Fen::ZERO,
        subsidy: split.subsidy.checked_sub(subsidy)?,
        voucher: split.voucher.checked_sub(voucher)?,
        cash: split.cash.checked_sub(family)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    #[test]
    fn every_pair_of_state_and_event_is_as_in_the_machine() {
        let machines: Value =
            serde_json::from_str(include_str!("../../../data/state-machines.json")).unwrap();
        let all = machines["machines"].as_array().unwrap();
        let machine = all.iter().find(|machine| machine["name"] == "SettlementLine").unwrap();
        let transitions = machine["transitions"].as_array().unwrap();
        for state in S::ALL {
            for event in LineEvent::all() {
                let wanted = transitions.iter().find(|transition| {
                    transition["event"] == event.name()
                        && transition["from"].as_array().unwrap().iter().any(|from| from == state.as_str())
                });
                let wanted = wanted.and_then(|transition| transition["to"].as_str());
                let (from, to) = event.way();
                assert_eq!((from == *state).then_some(to.as_str()), wanted, "{state:?} {event:?}");
            }
        }
        assert_eq!(transitions.len(), LineEvent::all().count());
    }

    #[test]
    fn a_month_closes_on_its_third_working_day_and_after_the_days_to_object() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let week = Duration::days(7);
        // 3 July 2026 is a Friday; 5 August a Wednesday.
        for (confirmed, done, closes) in [
            ("2026-06-04T04:00:00Z", "2026-06-04T03:00:00Z", "2026-07-02T16:00:00Z"),
            ("2026-06-30T03:00:00Z", "2026-06-30T03:00:00Z", "2026-07-07T03:00:00Z"),
            ("2026-06-30T16:00:00Z", "2026-06-29T16:00:00Z", "2026-08-04T16:00:00Z"),
        ] {
            assert_eq!(closes_at(at(confirmed), at(done), week), at(closes), "{confirmed}");
        }
    }

    #[test]
    fn statements_are_closed_in_the_morning_of_the_third_working_day() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        for (now, next, month) in [
            ("2026-06-15T00:00:00Z", "2026-07-02T22:00:00Z", "2026-05-01"),
            ("2026-07-02T21:59:59Z", "2026-07-02T22:00:00Z", "2026-06-01"),
            ("2026-07-02T22:00:00Z", "2026-08-04T22:00:00Z", "2026-06-01"),
            ("2026-12-31T15:59:59Z", "2027-01-04T22:00:00Z", "2026-11-01"),
        ] {
            assert_eq!(
                (next_closing(at(now)), statement_month(at(now)).to_string()),
                (at(next), month.to_owned()),
                "{now}"
            );
        }
    }

    #[test]
    fn a_refund_is_shared_by_those_who_paid() {
        let split = |subsidy: i64, voucher: i64, cash: i64| Split {
            list: Fen::new(subsidy + voucher + cash),
            delivery: Fen::ZERO,
            subsidy: Fen::new(subsidy),
            voucher: Fen::new(voucher),
            cash: Fen::new(cash),
        };
        let cases = [
            (split(0, 20_000, 6_000), 13_000, split(0, 10_000, 3_000)),
            (split(0, 9_000, 1_000), 333, split(0, 8_701, 966)),
            (split(0, 0, 8_000), 8_000, split(0, 0, 0)),
            (split(0, 8_000, 0), 1, split(0, 7_999, 0)),
        ];
        for (before, refund, after) in cases {
            assert_eq!(after_refund(before, Fen::new(refund)), Some(after), "{refund}");
        }
        assert_eq!(after_refund(split(0, 0, 100), Fen::new(101)), None);
        assert_eq!(after_refund(split(0, 0, 100), Fen::new(-1)), None);
    }

    proptest! {
        #[test]
        fn whatever_goes_back_the_parts_make_the_rest(
            subsidy in 0_i64..100_000, voucher in 0_i64..100_000, cash in 0_i64..100_000, percent in 0_i64..=100
        ) {
            let list = subsidy + voucher + cash;
            let before = Split {
                list: Fen::new(list), delivery: Fen::ZERO, subsidy: Fen::new(subsidy),
                voucher: Fen::new(voucher), cash: Fen::new(cash),
            };
            let after = after_refund(before, Fen::new(list * percent / 100)).unwrap();
            prop_assert_eq!(after.list.get(), after.subsidy.get() + after.voucher.get() + after.cash.get());
            prop_assert!(after.cash.get() >= 0 && after.voucher.get() >= 0 && after.subsidy.get() >= 0);
        }
    }
}
