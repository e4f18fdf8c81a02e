//! What is done with a refund that the platform did not take: the error table (错误码, 退款) as decisions.

use chrono::{DateTime, Duration, Utc};
use entities::enums::RefundState;
use wechat::pay::{Advice, Outcome, PayError};

/// What follows an answer to a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing certain, or not now: the same number and bytes again.
    Again,
    /// The number is known there with other content: ask about it.
    Query,
    /// The merchant's balance is too small: a person is called, the same number again each hour.
    Funds(String),
    /// Refused for certain, nothing was executed: a person is called, with the platform's code.
    Person(String),
}

/// What to do after this error. Only a no that the platform signed, to a call of which nothing is in doubt, calls a person.
pub fn step(error: &PayError) -> Step {
    if error.outcome() == Outcome::Unknown {
        return Step::Again;
    }
    let code = || error.code().map_or("SETTINGS", |code| code.as_str()).to_owned();
    match error.advice() {
        Advice::AskAgain
        | Advice::QueryOrRepeat
        | Advice::SendLater
        | Advice::BackOff
        | Advice::NothingThere
        | Advice::NotReady => Step::Again,
        Advice::QueryOld => Step::Query,
        Advice::WaitForFunds => Step::Funds(code()),
        Advice::QueryPaid
        | Advice::NewNumber
        | Advice::Missing
        | Advice::CheckKeysAndClock
        | Advice::FixSettings
        | Advice::Fault
        | Advice::Operator => Step::Person(code()),
    }
}

/// What a refund that cannot go on by itself waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Money in the merchant account. It is asked for again each hour under the same number.
    Funds,
    /// Somebody who puts right what the reason says and asks again.
    Retry,
    /// Another account of the payer: the old one is closed.
    Account,
}

/// The code of a balance that is too small.
pub const NOT_ENOUGH: &str = "NOT_ENOUGH";

/// What it waits for, by its state and the reason.
pub fn need(state: RefundState, code: &str) -> Need {
    match state {
        RefundState::Abnormal => Need::Account,
        _ if code == NOT_ENOUGH => Need::Funds,
        _ => Need::Retry,
    }
}

/// Seconds after which the platform is asked about a refund under way, counted from the last time.
pub fn next_check_s(checks: i16) -> i64 {
    *[60, 300, 1_800].get(usize::try_from(checks).unwrap_or(0)).unwrap_or(&3_600)
}

/// Days of the refund clock on which somebody must look: the law calls more than 15 days a refusal
/// (rule on penalties for harming consumers, art. 10). After the last one, every day.
pub const ALARM_DAYS: [i64; 3] = [3, 7, 12];

/// The last day of the clock that has come for a refund of this age; `None` before the first.
pub fn alarm_day(age_d: i64) -> Option<i64> {
    match ALARM_DAYS.iter().rev().find(|day| age_d >= **day) {
        Some(12) => Some(age_d),
        other => other.copied(),
    }
}

/// When the clock sounds next for a refund that waits for a person.
pub fn next_alarm(requested_at: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    let age_d = (now - requested_at).num_days();
    let day = ALARM_DAYS.into_iter().find(|day| *day > age_d).unwrap_or(age_d + 1);
    requested_at + Duration::days(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_sounds_on_days_3_7_12_and_then_each_day() {
        let days: Vec<_> = (0..=14).map(|age_d| alarm_day(age_d).unwrap_or(0)).collect();
        assert_eq!(days, [0, 0, 0, 3, 3, 3, 3, 7, 7, 7, 7, 7, 12, 13, 14]);
        let begun = DateTime::UNIX_EPOCH;
        let mut now = begun;
        let mut told = Vec::new();
        for _ in 0..5 {
            now = next_alarm(begun, now);
            told.push((now - begun).num_days());
        }
        assert_eq!(told, [3, 7, 12, 13, 14]);
    }

    #[test]
    fn a_stuck_refund_waits_for_money_for_a_person_or_for_another_account() {
        assert_eq!(need(RefundState::Requested, NOT_ENOUGH), Need::Funds);
        assert_eq!(need(RefundState::Requested, "NO_AUTH"), Need::Retry);
        assert_eq!(need(RefundState::Closed, "CLOSED"), Need::Retry);
        assert_eq!(need(RefundState::Abnormal, "ABNORMAL"), Need::Account);
    }

    #[test]
    fn what_never_left_is_sent_again_and_a_setting_calls_a_person() {
        let lost = PayError::Transport { sent: false, reason: String::new() };
        assert_eq!(step(&lost), Step::Again);
        assert_eq!(step(&PayError::Breaker), Step::Again);
        let unsure = PayError::Transport { sent: true, reason: String::new() };
        assert_eq!(step(&unsure), Step::Again);
    }
}
