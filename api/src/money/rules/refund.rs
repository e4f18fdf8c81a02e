//! What is done with a refund that the platform did not take: the error table (错误码, 退款) as decisions.

use chrono::{DateTime, Duration, Utc};
use entities::enums::RefundState;
use entities::{payment_attempt, refund};
use wechat::pay::{Advice, Outcome, PayError, RefundState as Said};

use crate::money::rules::is_number;

/// What follows an answer to a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing certain, or not now: the same number and bytes again.
    Again,
    /// The number is known there with other content: ask about it.
    Query,
    /// The merchant's balance is too small: a person is called, the same number again each hour.
    Funds(String),
    /// Refused for certain, nothing was executed: a person is called, with the platform's code, and only he sends it again.
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
    /// Somebody who puts right what the reason says and asks again. It is not sent before.
    Retry,
    /// Another account of the payer: the old one is closed.
    Account,
}

/// The code of a balance that is too small.
pub const NOT_ENOUGH: &str = "NOT_ENOUGH";

/// Why a person is called when the platform's words do not fit ours.
pub const UNFIT: &str = "MISMATCH";

/// What the worker does with a refund whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Its bytes are sent, for the first time or again.
    Send,
    /// The platform is asked how it is.
    Ask,
}

/// The worker's turn. What the platform has refused for certain is never sent by itself: the table says no. It is asked about,
/// for an earlier request may have arrived all the same.
pub fn turn(state: RefundState, stuck_code: Option<&str>) -> Turn {
    let waits = stuck_code.map(|code| need(state, code));
    if state == RefundState::Requested && waits != Some(Need::Retry) { Turn::Send } else { Turn::Ask }
}

/// Days between two questions about a refund that was refused for certain.
const ASKED_EACH_D: i64 = 1;

/// When its next turn is, after so many; `None` when it has come back or goes on under another number. Cash waits for the till and
/// what is closed for a person: only the clock is sounded.
pub fn next_turn(row: &refund::Model, checks: i16, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let alarm = next_alarm(row.requested_at, now);
    let is_refused =
        row.state == RefundState::Requested && row.stuck_code.as_deref().is_some_and(|code| code != UNFIT);
    let is_refused = is_refused && turn(row.state, row.stuck_code.as_deref()) == Turn::Ask;
    match row.state {
        _ if row.replaced_by.is_some() => None,
        RefundState::Success => None,
        RefundState::Closed => Some(alarm),
        _ if row.till_region.is_some() => Some(alarm),
        _ if is_refused => Some(alarm.min(now + Duration::days(ASKED_EACH_D))),
        _ => Some(now + Duration::seconds(next_check_s(checks))),
    }
}

/// The first way in which what the platform says is not the refund that we asked for; `None` when it fits. What it says always
/// names its payment (退款, 查询单笔退款, 退款结果通知).
pub fn misfit(
    (row, attempt): (&refund::Model, &payment_attempt::Model),
    said: &Said,
    mchid: &str,
) -> Option<&'static str> {
    let is_other = |known: Option<&String>, told: &str| known.is_some_and(|known| known != told);
    [
        (is_other(said.mchid.as_ref(), mchid), "another merchant"),
        (!is_number(&said.refund_id), "a refund number of no known form"),
        (said.out_refund_no != row.out_refund_no, "another number"),
        (said.out_trade_no.as_ref() != Some(&attempt.out_trade_no), "another payment"),
        (
            said.transaction_id.is_none() || said.transaction_id != attempt.transaction_id,
            "another transaction",
        ),
        (is_other(row.wechat_refund_id.as_ref(), &said.refund_id), "another refund"),
        (said.refund_fen != row.amount_fen, "another amount"),
        (said.total_fen != attempt.amount_fen, "another total"),
        (is_other(said.currency.as_ref(), "CNY"), "another currency"),
    ]
    .into_iter()
    .find_map(|(is_wrong, why)| is_wrong.then_some(why))
}

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
    fn what_was_refused_for_certain_is_asked_about_and_not_sent() {
        use RefundState as S;
        assert_eq!(turn(S::Requested, None), Turn::Send);
        assert_eq!(turn(S::Requested, Some(NOT_ENOUGH)), Turn::Send);
        assert_eq!(turn(S::Requested, Some("RULE_LIMIT")), Turn::Ask);
        assert_eq!(turn(S::Requested, Some(UNFIT)), Turn::Ask);
        assert_eq!(turn(S::Accepted, None), Turn::Ask);
        assert_eq!(turn(S::Abnormal, Some("ABNORMAL")), Turn::Ask);
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
