//! The platform is out of reach, slow, or talks nonsense: which host is called, when nothing is called at all.

use serde_json::json;
use tokio::task::JoinSet;
use wechat::mini::{MiniError, SubscribeMessage};
use wechat::pay::{Advice, Outcome, Pay, PayError, PayOptions, Rates, RefundRequest, TradeState};
use wechat_simulator::{Options, Settings};

use crate::bench::{Bench, START, TIMEOUTS};

async fn two_hosts() -> (Bench, Pay) {
    let settings = Settings { auto_notify: false, ..Settings::default() };
    let options =
        Options { seed: 7, start_at: Some(START), settings, has_second_host: true, ..Options::default() };
    let bench = Bench::with(options).await;
    let mut config = bench.pay_config();
    config.bases.push(bench.sim.second_url().unwrap());
    let pay = Pay::with_timeouts(config, TIMEOUTS, bench.now()).unwrap();
    (bench, pay)
}

#[tokio::test]
async fn the_second_host_takes_over_and_the_main_one_comes_back() {
    let (bench, pay) = two_hosts().await;
    bench.fault(json!({ "effect": "http_503", "host": "main" })).await;
    let frozen = pay.freeze_prepay(&bench.order("LUNCH00001", 100)).unwrap();
    let error = pay.prepay(&frozen).await.unwrap_err();
    assert_eq!(error.advice(), Advice::QueryOrRepeat, "two tries, both at the main host");
    assert!(pay.prepay(&frozen).await.is_ok(), "the same bytes, at the other host");
    assert_eq!(pay.query("LUNCH00001").await.unwrap().trade_state, TradeState::NotPay);
    let statuses = async || {
        let journal = bench.get("/sim/journal?kind=call&path=/v3/").await;
        let all: Vec<u64> =
            journal.as_array().unwrap().iter().filter_map(|it| it["status"].as_u64()).collect();
        all
    };
    assert_eq!(
        statuses().await,
        [503, 503, 200, 200],
        "two failures, then the other host, also for the next call"
    );
    bench.advance(300).await;
    assert!(pay.query("LUNCH00001").await.is_ok());
    assert_eq!(statuses().await[4..], [503, 503, 200], "after five minutes the main one is tried again");
}

#[tokio::test]
async fn an_outage_opens_the_breaker_and_one_probe_closes_it() {
    let bench = Bench::new().await;
    let pay = bench.pay();
    bench.fault(json!({ "effect": "reset_before" })).await;
    let mut errors = Vec::new();
    for _ in 0..4 {
        errors.push(pay.query("LUNCH00001").await.unwrap_err());
    }
    let tried = bench.calls("/v3/pay").await;
    assert_eq!(tried, 5, "five errors in a row, then nothing is sent");
    let last = errors.pop().unwrap();
    assert!(matches!(last, PayError::Breaker));
    assert_eq!((last.advice(), last.outcome()), (Advice::SendLater, Outcome::NotSent));
    // Still out of order: of ten callers one probes.
    bench.advance(5).await;
    let mut calls = JoinSet::new();
    for _ in 0..10 {
        let pay = pay.clone();
        calls.spawn(async move { pay.query("LUNCH00001").await.unwrap_err() });
    }
    calls.join_all().await;
    assert_eq!(bench.calls("/v3/pay").await, tried + 1);
    // Back in order.
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    http.delete(format!("{}/sim/faults", bench.sim.url())).send().await.unwrap();
    bench.advance(5).await;
    bench.paid(&pay, "LUNCH00001", 100).await;
}

#[tokio::test]
async fn more_calls_than_may_leave_wait_and_those_that_cannot_are_not_sent() {
    let bench = Bench::new().await;
    let rates = Rates { query_per_s: 5, ..Rates::default() };
    let options = PayOptions { timeouts: TIMEOUTS, rates, ..PayOptions::default() };
    let pay = Pay::with_options(bench.pay_config(), options, bench.now()).unwrap();
    let mut calls = JoinSet::new();
    let begin = std::time::Instant::now();
    for _ in 0..40 {
        let pay = pay.clone();
        calls.spawn(async move { pay.query("LUNCH00001").await.unwrap_err().advice() });
    }
    let said = calls.join_all().await;
    let refused = said.iter().filter(|advice| **advice == Advice::BackOff).count();
    assert_eq!(said.iter().filter(|advice| **advice == Advice::Missing).count() + refused, 40);
    // A burst of 5, then 5 a second for half of the 4 s that a call has; more only on a machine that stalls.
    assert!((1..=26).contains(&refused), "{refused} could not leave in time");
    assert!(begin.elapsed() >= std::time::Duration::from_millis(1800));
    assert_eq!(bench.calls("/v3/pay").await, 40 - refused);
}

#[tokio::test]
async fn answers_of_tomorrow_and_odd_answers_change_nothing_wrongly() {
    let bench = Bench::new().await;
    let pay = bench.pay();
    bench.paid(&pay, "LUNCH00001", 1_200).await;
    bench.fault(json!({ "effect": "new_enum", "times": 1 })).await;
    assert_eq!(pay.query("LUNCH00001").await.unwrap().trade_state, TradeState::Other, "pending, not paid");
    bench.fault(json!({ "effect": "other_content_type", "times": 1 })).await;
    assert_eq!(
        pay.query("LUNCH00001").await.unwrap().trade_state,
        TradeState::Success,
        "the signature decides"
    );
    bench.fault(json!({ "effect": "extra_fields", "times": 1 })).await;
    assert!(pay.query("LUNCH00001").await.is_ok());
    bench.fault(json!({ "effect": "future_timestamp", "times": 3 })).await;
    assert_eq!(pay.query("LUNCH00001").await.unwrap_err().advice(), Advice::QueryOrRepeat);
    bench.fault(json!({ "effect": "http_202", "executed": true, "times": 2 })).await;
    let refund = RefundRequest {
        out_trade_no: "LUNCH00001".to_owned(),
        out_refund_no: "LUNCH00001@1".to_owned(),
        reason: "退".to_owned(),
        refund_fen: 1_200,
        total_fen: 1_200,
    };
    let frozen = pay.freeze_refund(&refund).unwrap();
    let error = pay.refund(&frozen).await.unwrap_err();
    assert_eq!((error.advice(), error.outcome()), (Advice::AskAgain, Outcome::Unknown));
    pay.refund(&frozen).await.unwrap();
    assert_eq!(bench.get("/sim/ledger").await["refunded_total_fen"], 1_200, "once");
}

#[tokio::test]
async fn a_payer_who_pays_while_the_order_is_closed_is_found_out() {
    let bench = Bench::new().await;
    let pay = bench.pay();
    pay.prepay(&pay.freeze_prepay(&bench.order("LUNCH00001", 100)).unwrap()).await.unwrap();
    bench.fault(json!({ "effect": "pay_during_close", "times": 1 })).await;
    let error = pay.close("LUNCH00001").await.unwrap_err();
    assert_eq!(error.advice(), Advice::QueryPaid);
    assert_eq!(pay.query("LUNCH00001").await.unwrap().trade_state, TradeState::Success);
}

/// Every row of the error table, made by the simulator over its fault `refuse`.
#[tokio::test]
async fn the_simulator_can_refuse_with_any_code() {
    let bench = Bench::new().await;
    let pay = bench.pay();
    for (code, status, advice) in [
        ("RULE_LIMIT", 403, Advice::Operator),
        ("MCH_NOT_EXISTS", 400, Advice::FixSettings),
        ("OUT_TRADE_NO_USED", 403, Advice::QueryOld),
        ("RATELIMIT_EXCEEDED", 429, Advice::BackOff),
    ] {
        bench.fault(json!({ "effect": "refuse", "code": code, "value": status, "times": 1 })).await;
        assert_eq!(pay.query("LUNCH00001").await.unwrap_err().advice(), advice, "{code}");
    }
}

#[tokio::test]
async fn the_mini_programs_breaker_opens_and_a_harmless_question_closes_it() {
    let bench = Bench::new().await;
    let mini = bench.mini();
    bench.fault(json!({ "effect": "reset_before" })).await;
    for _ in 0..7 {
        assert!(mini.code_to_session("code").await.is_err());
    }
    assert_eq!(bench.calls("/sns/jscode2session").await, 5, "five errors in a row, then nothing is sent");
    let waits = mini.ready().await.unwrap_err();
    assert!(matches!(waits, MiniError::Unavailable { may_be_done: false, .. }), "{waits:?}");
    let message = SubscribeMessage::new("o1", "T1");
    let unsent = mini.send_message(&message).await.unwrap_err();
    assert!(matches!(unsent, MiniError::Unavailable { may_be_done: false, .. }), "{unsent:?}");
    // Five seconds later one question probes, and no message is spent on it.
    bench.advance(5).await;
    assert!(mini.ready().await.is_err());
    assert!(mini.send_message(&message).await.is_err());
    let tried =
        bench.calls("/cgi-bin/stable_token").await + bench.calls("/wxa/sec/order/is_trade_managed").await;
    assert_eq!((tried, bench.calls("/cgi-bin/message").await), (1, 0));
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    http.delete(format!("{}/sim/faults", bench.sim.url())).send().await.unwrap();
    bench.advance(5).await;
    mini.ready().await.unwrap();
    assert!(mini.code_to_session("code").await.is_err_and(|error| error == MiniError::InvalidCode));
}
