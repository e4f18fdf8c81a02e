//! Every row of the platform's error table (错误码 and the pages of the calls), and what the caller does.
//!
//! Each row goes over a real socket: what the platform answers, what the client makes of it, how often it asked.

use serde_json::json;
use wechat::pay::{Advice, ErrorCode, Outcome, PayError};

use crate::stand_in::{Act, StandIn};
use crate::support::pay;

const FROZEN: &str = r#"{"out_trade_no":"meal-0001"}"#;
const FROZEN_REFUND: &str = r#"{"out_refund_no":"meal-0001@1"}"#;

/// Which call meets the row.
#[derive(Clone, Copy)]
enum By {
    Prepay,
    Refund,
    Query,
}

/// What comes back, what the caller does, whether it was executed, how often the client asked by itself.
struct Row {
    by: By,
    answer: Act,
    advice: Advice,
    outcome: Outcome,
    asked: usize,
}

fn body(code: &str) -> String {
    json!({ "code": code, "message": "…" }).to_string()
}

fn signed(by: By, (http, code): (u16, &str), advice: Advice, outcome: Outcome, asked: usize) -> Row {
    Row { by, answer: Act::Signed(http, body(code)), advice, outcome, asked }
}

fn inner(id: &'static str, advice: Advice) -> Row {
    let answer = Act::SignedWithId(400, body("INVALID_REQUEST"), id);
    Row { by: By::Prepay, answer, advice, outcome: Outcome::Refused, asked: 1 }
}

async fn meet(row: &Row) -> (PayError, usize) {
    let platform = StandIn::new(vec![row.answer.clone()]).await;
    let client = pay(&platform.bases());
    let error = match row.by {
        By::Prepay => client.prepay(FROZEN).await.unwrap_err(),
        By::Refund => client.refund(FROZEN_REFUND).await.unwrap_err(),
        By::Query => client.query("meal-0001").await.unwrap_err(),
    };
    (error, platform.requests().len())
}

async fn check(rows: Vec<Row>) {
    for (number, row) in rows.iter().enumerate() {
        let (error, asked) = meet(row).await;
        let seen = (error.advice(), error.outcome(), asked);
        assert_eq!(seen, (row.advice, row.outcome, row.asked), "row {number}: {error:?}");
    }
}

#[tokio::test]
async fn refusals_are_final_and_say_what_to_do() {
    use Advice as A;
    use By::{Prepay, Query, Refund};
    let no = Outcome::Refused;
    check(vec![
        // 400 PARAM_ERROR, INVALID_REQUEST: a fault of ours.
        signed(Prepay, (400, "PARAM_ERROR"), A::Fault, no, 1),
        signed(Prepay, (400, "INVALID_REQUEST"), A::Fault, no, 1),
        // 400 APPID_MCHID_NOT_MATCH, MCH_NOT_EXISTS: settings.
        signed(Prepay, (400, "APPID_MCHID_NOT_MATCH"), A::FixSettings, no, 1),
        signed(Prepay, (400, "MCH_NOT_EXISTS"), A::FixSettings, no, 1),
        // 400/403 ORDERPAID, in both spellings and under both statuses.
        signed(Prepay, (400, "ORDERPAID"), A::QueryPaid, no, 1),
        signed(Prepay, (403, "ORDER_PAID"), A::QueryPaid, no, 1),
        // 400/403 ORDER_CLOSED: a new number.
        signed(Prepay, (400, "ORDER_CLOSED"), A::NewNumber, no, 1),
        signed(Prepay, (403, "ORDER_CLOSED"), A::NewNumber, no, 1),
        // 401 SIGN_ERROR: alarm. (A wrong clock is corrected and tried once: see the platform tests.)
        signed(Prepay, (401, "SIGN_ERROR"), A::CheckKeysAndClock, no, 1),
        // 403 NO_AUTH, ACCOUNT_ERROR, RULE_LIMIT, TRADE_ERROR: a person.
        signed(Prepay, (403, "NO_AUTH"), A::Operator, no, 1),
        signed(Prepay, (403, "ACCOUNT_ERROR"), A::Operator, no, 1),
        signed(Prepay, (403, "RULE_LIMIT"), A::Operator, no, 1),
        signed(Prepay, (403, "TRADE_ERROR"), A::Operator, no, 1),
        // 403 OUT_TRADE_NO_USED: ask for the old one.
        signed(Prepay, (403, "OUT_TRADE_NO_USED"), A::QueryOld, no, 1),
        // 403 NOT_ENOUGH: the refund waits.
        signed(Refund, (403, "NOT_ENOUGH"), A::WaitForFunds, no, 1),
        // 404.
        signed(Query, (404, "ORDER_NOT_EXIST"), A::Missing, no, 1),
        signed(Query, (404, "RESOURCE_NOT_EXISTS"), A::Missing, no, 1),
        // 429: not executed …
        signed(Prepay, (429, "FREQUENCY_LIMITED"), A::BackOff, no, 1),
        signed(Prepay, (429, "RATELIMIT_EXCEEDED"), A::BackOff, no, 1),
        // … except a refund, of which nobody knows.
        signed(Refund, (429, "FREQUENCY_LIMITED"), A::BackOff, Outcome::Unknown, 1),
        // A code of tomorrow is judged by its status.
        signed(Prepay, (403, "NEW_CODE"), A::Operator, no, 1),
        signed(Prepay, (429, "NEW_CODE"), A::BackOff, no, 1),
        signed(Prepay, (401, "NEW_CODE"), A::CheckKeysAndClock, no, 1),
    ])
    .await;
}

#[tokio::test]
async fn what_may_have_been_executed_is_repeated_identically_or_asked_for() {
    use Advice as A;
    use By::{Prepay, Query, Refund};
    let maybe = Outcome::Unknown;
    let unsigned = |by, http, asked| Row {
        by,
        answer: Act::Unsigned(http, "<html>".to_owned()),
        advice: A::QueryOrRepeat,
        outcome: maybe,
        asked,
    };
    check(vec![
        // 202: accepted, not finished.
        signed(Prepay, (202, ""), A::AskAgain, maybe, 2),
        signed(Refund, (202, ""), A::AskAgain, maybe, 2),
        // 500 SYSTEM_ERROR.
        signed(Prepay, (500, "SYSTEM_ERROR"), A::QueryOrRepeat, maybe, 2),
        signed(Query, (500, "SYSTEM_ERROR"), A::QueryOrRepeat, maybe, 3),
        // 502, 503, 504.
        unsigned(Prepay, 502, 2),
        unsigned(Refund, 503, 2),
        unsigned(Query, 504, 3),
        signed(Prepay, (503, "SERVICE_UNAVAILABLE"), A::QueryOrRepeat, maybe, 2),
        // Network: lost after it was sent, cut, or signed by nobody we know.
        Row { by: Prepay, answer: Act::Lost, advice: A::QueryOrRepeat, outcome: maybe, asked: 2 },
        Row { by: Refund, answer: Act::Cut, advice: A::QueryOrRepeat, outcome: maybe, asked: 2 },
        Row {
            by: Prepay,
            answer: Act::Forged("{}".into()),
            advice: A::QueryOrRepeat,
            outcome: maybe,
            asked: 2,
        },
        Row {
            by: Prepay,
            answer: Act::Probe("{}".into()),
            advice: A::QueryOrRepeat,
            outcome: maybe,
            asked: 2,
        },
        // An unsigned refusal proves nothing.
        Row {
            by: Prepay,
            answer: Act::Unsigned(404, body("ORDER_NOT_EXIST")),
            advice: A::Missing,
            outcome: maybe,
            asked: 2,
        },
    ])
    .await;
}

#[tokio::test]
async fn inner_codes_tell_what_an_invalid_request_was() {
    check(vec![
        inner("08F0-268449538", Advice::QueryPaid),
        inner("08F0-268498689", Advice::QueryPaid),
        inner("08F0-268447914", Advice::NewNumber),
        inner("08F0-268512771", Advice::Missing),
        inner("08F0-268498688", Advice::QueryOld),
        inner("08F0-268447840", Advice::BackOff),
        inner("08F0-268443699", Advice::CheckKeysAndClock),
        inner("08F0-268445527", Advice::FixSettings),
        inner("08F0-268443715", Advice::Operator),
        inner("08F0-268448010", Advice::Operator),
        inner("08F0-268501013", Advice::Fault),
        inner("08F0-268435461", Advice::Fault),
        inner("08F0-270924358", Advice::Fault),
        // A value out of its range: the request is wrong, an alarm; nothing was executed.
        inner("08F0-268435464", Advice::Fault),
        // The order is another merchant's: an alarm; the query says so too, and nothing is given up before it.
        inner("08F0-268447843", Advice::Fault),
        // It cannot be closed this way: an alarm; the query tells in which state it is.
        inner("08F0-268449641", Advice::Fault),
        // An inner code of tomorrow is no more than an invalid request.
        inner("08F0-268999999", Advice::Fault),
    ])
    .await;
}

#[tokio::test]
async fn what_never_left_may_be_sent_at_any_time() {
    let gone = StandIn::new(vec![Act::Lost]).await.bases();
    let client = pay(&gone);
    let error = client.prepay(FROZEN).await.unwrap_err();
    assert_eq!((error.advice(), error.outcome()), (Advice::SendLater, Outcome::NotSent), "{error:?}");
    assert_eq!(PayError::Breaker.advice(), Advice::SendLater);
    assert_eq!(
        (PayError::Limited.advice(), PayError::Limited.outcome()),
        (Advice::BackOff, Outcome::NotSent)
    );
    let wrong = client.query("..").await.unwrap_err();
    assert_eq!(wrong.advice(), Advice::FixSettings);
}

#[tokio::test]
async fn bills_that_are_not_there_are_no_errors() {
    let day = chrono::NaiveDate::from_ymd_opt(2026, 9, 21).unwrap();
    for (code, is_empty) in [("NO_STATEMENT_EXIST", true), ("NO_BILL", true), ("STATEMENT_CREATING", false)] {
        let platform = StandIn::new(vec![Act::Signed(400, body(code))]).await;
        let bill = pay(&platform.bases()).trade_bill(day).await.unwrap();
        assert_eq!(matches!(bill, wechat::pay::Bill::NoTrade), is_empty, "{code}");
        assert_eq!(matches!(bill, wechat::pay::Bill::NotYet), !is_empty, "{code}");
    }
    assert_eq!(ErrorCode::from("BILL_CREATING"), ErrorCode::StatementCreating);
}
