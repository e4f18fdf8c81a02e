//! Calls over real sockets: what is on the wire, and what is known after trouble.

use std::time::{Duration, Instant};

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use wechat::pay::{ErrorCode, Outcome, Pay, PayError, RefundStatus, Rejection};
use wechat::{Secret, Timeouts};

use crate::stand_in::{Act, StandIn};
use crate::support::{
    Clock, KEY_ID, NOW, config, paid, pay, pay_at, refunded, subject_public_key_info, text, vector,
};

const FROZEN: &str = r#"{"out_trade_no":"meal-0001"}"#;
const FROZEN_REFUND: &str = r#"{"out_refund_no":"meal-0001@1"}"#;

fn ordered() -> String {
    json!({"prepay_id": "wx201410272009395522657a690389285100"}).to_string()
}

fn fault(code: &str) -> String {
    json!({"code": code, "message": "…"}).to_string()
}

async fn prepay(script: Vec<Act>) -> (Result<String, PayError>, StandIn) {
    let platform = StandIn::new(script).await;
    let result = pay(&platform.bases()).prepay(FROZEN).await;
    (result, platform)
}

/// Parts of an Authorization header.
fn authorization_part<'a>(header: &'a str, name: &str) -> &'a str {
    let start = header.find(&format!("{name}=\"")).unwrap() + name.len() + 2;
    header[start..].split('"').next().unwrap()
}

fn merchant_public_key() -> Vec<u8> {
    let pem = text(vector("rsa_request_sign"), "key_pem");
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    subject_public_key_info(&RsaKeyPair::from_pkcs8(&STANDARD.decode(base64).unwrap()).unwrap())
}

#[tokio::test]
async fn exactly_what_is_on_the_wire_is_signed() {
    let platform = StandIn::new(vec![Act::Signed(200, paid("meal|0001*").to_string())]).await;
    pay(&platform.bases()).query("meal|0001*").await.unwrap();
    let request = &platform.requests()[0];
    assert_eq!(request.target, "/v3/pay/transactions/out-trade-no/meal%7C0001*?mchid=1900000001");
    let header = &request.headers["authorization"];
    let part = |name| authorization_part(header, name);
    assert!(header.starts_with("WECHATPAY2-SHA256-RSA2048 "));
    assert_eq!(part("timestamp"), NOW.to_string());
    assert_eq!(part("serial_no"), "5157F09EFDC096DE15EBE81A47057A7232F1B8E1");
    let message = format!("GET\n{}\n{NOW}\n{}\n\n", request.target, part("nonce_str"));
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, merchant_public_key());
    key.verify(message.as_bytes(), &STANDARD.decode(part("signature")).unwrap()).unwrap();
    assert!(request.headers["user-agent"].starts_with("nuanyang-wechat/"));
    assert_eq!(request.headers["accept"], "application/json");
    assert_eq!(request.headers["wechatpay-serial"], KEY_ID);
}

#[tokio::test]
async fn a_prepay_sends_the_stored_bytes() {
    let (result, platform) = prepay(vec![Act::Signed(200, ordered())]).await;
    assert_eq!(result.unwrap(), "wx201410272009395522657a690389285100");
    let request = &platform.requests()[0];
    assert_eq!((request.method.as_str(), request.body.as_str()), ("POST", FROZEN));
    assert_eq!(request.headers["content-type"], "application/json");
}

#[tokio::test]
async fn a_lost_answer_is_repeated_once_with_the_same_bytes_newly_signed() {
    let (result, platform) = prepay(vec![Act::Lost, Act::Cut]).await;
    let error = result.unwrap_err();
    assert!(matches!(error, PayError::Transport { sent: true, .. }), "{error:?}");
    assert_eq!(error.outcome(), Outcome::Unknown);
    let requests = platform.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].body, requests[1].body);
    assert_ne!(requests[0].headers["authorization"], requests[1].headers["authorization"]);
}

#[tokio::test]
async fn what_did_not_prove_to_be_the_platform_leaves_the_outcome_unknown() {
    let cases = [
        (Act::Unsigned(200, ordered()), Rejection::MissingHeader),
        (Act::Twice(ordered()), Rejection::MissingHeader),
        (Act::Forged(ordered()), Rejection::BadSignature),
        (Act::Probe(ordered()), Rejection::Probe),
        (Act::Old(ordered()), Rejection::Stale),
        (Act::SignedBy("PUB_KEY_ID_2", ordered()), Rejection::UnknownSerial),
        (Act::Signed(200, "{}".to_owned()), Rejection::Malformed),
    ];
    for (act, expected) in cases {
        let error = prepay(vec![act]).await.0.unwrap_err();
        let PayError::Unverified { reason, .. } = error else { panic!("{error:?}") };
        assert_eq!(reason, expected);
        assert_eq!(error.outcome(), Outcome::Unknown);
    }
}

#[tokio::test]
async fn a_stumbling_platform_is_asked_again() {
    let stumble = Act::Signed(500, fault("SYSTEM_ERROR"));
    let (result, platform) = prepay(vec![stumble.clone(), Act::Signed(200, ordered())]).await;
    assert!(result.is_ok());
    assert_eq!(platform.requests().len(), 2);
    let error = prepay(vec![stumble]).await.0.unwrap_err();
    assert_eq!((error.outcome(), error.code()), (Outcome::Unknown, Some(&ErrorCode::SystemError)));
}

#[tokio::test]
async fn a_signed_no_is_a_no_and_is_not_repeated() {
    let inner = "08C0-268449538";
    let cases = [
        (Act::Signed(403, fault("NOT_ENOUGH")), ErrorCode::NotEnough),
        (Act::Signed(400, fault("PARAM_ERROR")), ErrorCode::ParamError),
        (Act::Signed(403, fault("ORDER_PAID")), ErrorCode::OrderPaid),
        (Act::Signed(429, fault("RATELIMIT_EXCEEDED")), ErrorCode::FrequencyLimited),
        (Act::Signed(403, fault("NEW_CODE")), ErrorCode::Other("NEW_CODE".to_owned())),
        (Act::SignedWithId(400, fault("INVALID_REQUEST"), inner), ErrorCode::OrderPaid),
    ];
    for (act, code) in cases {
        let (result, platform) = prepay(vec![act]).await;
        let error = result.unwrap_err();
        assert_eq!((error.code(), error.outcome()), (Some(&code), Outcome::Refused));
        assert_eq!(platform.requests().len(), 1, "{code}");
    }
}

#[tokio::test]
async fn an_unsigned_error_and_an_accepted_answer_prove_nothing() {
    for act in [
        Act::Unsigned(404, fault("ORDER_NOT_EXIST")),
        Act::Unsigned(302, String::new()),
        Act::Unsigned(502, "<html>".to_owned()),
        Act::Signed(202, fault("ACCEPTED")),
    ] {
        let error = prepay(vec![act]).await.0.unwrap_err();
        assert!(matches!(error, PayError::Api { outcome: Outcome::Unknown, .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_no_after_a_lost_answer_does_not_say_that_nothing_happened() {
    let (result, _) = prepay(vec![Act::Lost, Act::Signed(400, fault("PARAM_ERROR"))]).await;
    let error = result.unwrap_err();
    assert_eq!((error.code(), error.outcome()), (Some(&ErrorCode::ParamError), Outcome::Unknown));
}

#[tokio::test]
async fn a_limited_refund_may_have_been_accepted() {
    let platform = StandIn::new(vec![Act::Signed(429, fault("FREQUENCY_LIMITED"))]).await;
    let error = pay(&platform.bases()).refund(FROZEN_REFUND).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!(platform.requests().len(), 1);
}

#[tokio::test]
async fn refunds_and_orders_are_read_and_must_be_the_ones_asked_for() {
    let refund = Act::Signed(200, refunded("meal-0001@1", "PROCESSING").to_string());
    let platform = StandIn::new(vec![refund]).await;
    let client = pay(&platform.bases());
    assert_eq!(client.refund(FROZEN_REFUND).await.unwrap().status, RefundStatus::Processing);
    let read = client.query_refund("meal-0001@1").await.unwrap();
    assert_eq!((read.refund_fen, read.total_fen), (500, 1500));
    assert_eq!(
        (read.out_trade_no.as_deref(), read.transaction_id.as_deref()),
        (Some("meal-0001"), Some("4200000001"))
    );
    assert_eq!(read.currency.as_deref(), Some("CNY"));
    let other = client.query_refund("meal-0002@1").await.unwrap_err();
    assert!(matches!(other, PayError::Unverified { reason: Rejection::Malformed, .. }));
    let platform = StandIn::new(vec![Act::Signed(200, paid("meal-0001").to_string())]).await;
    assert!(pay(&platform.bases()).query("meal-0002").await.is_err());
}

#[tokio::test]
async fn a_close_needs_a_signed_204() {
    let platform = StandIn::new(vec![Act::Signed(204, String::new())]).await;
    pay(&platform.bases()).close("meal-0001").await.unwrap();
    let request = &platform.requests()[0];
    assert_eq!(request.target, "/v3/pay/transactions/out-trade-no/meal-0001/close");
    assert_eq!(request.body, r#"{"mchid":"1900000001"}"#);
    let platform = StandIn::new(vec![Act::Unsigned(204, String::new())]).await;
    let error = pay(&platform.bases()).close("meal-0001").await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
}

#[tokio::test]
async fn a_number_that_would_change_the_path_is_never_sent() {
    let platform = StandIn::new(vec![Act::Lost]).await;
    let client = pay(&platform.bases());
    for number in ["../../x", "a?b=c1", ""] {
        assert!(matches!(client.query(number).await, Err(PayError::Config(_))), "{number}");
        assert!(matches!(client.query_refund(number).await, Err(PayError::Config(_))), "{number}");
    }
    assert!(platform.requests().is_empty());
}

#[tokio::test]
async fn a_query_goes_to_the_other_host_after_two_failures() {
    let main = StandIn::new(vec![Act::Unsigned(502, String::new()), Act::Lost]).await;
    let disaster = StandIn::new(vec![Act::Signed(200, paid("meal-0001").to_string())]).await;
    let client = pay(&[main.base.clone(), disaster.base.clone()]);
    assert!(client.query("meal-0001").await.is_ok());
    assert_eq!((main.requests().len(), disaster.requests().len()), (2, 1));
}

#[tokio::test]
async fn a_silent_platform_ends_with_the_time_out() {
    let platform = StandIn::new(vec![Act::Silent]).await;
    let total = Duration::from_millis(300);
    let timeouts = Timeouts { connect: total, total };
    let client = Pay::with_timeouts(config(&platform.bases()), timeouts, Clock::new().now()).unwrap();
    let started = Instant::now();
    let error = client.prepay(FROZEN).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert!(started.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn a_refused_connection_was_not_sent_and_five_open_the_breaker() {
    let gone = StandIn::new(vec![Act::Lost]).await.bases();
    let clock = Clock::new();
    let client = pay_at(&gone, &clock);
    for _ in 0..2 {
        let error = client.prepay(FROZEN).await.unwrap_err();
        assert!(matches!(error, PayError::Transport { sent: false, .. }), "{error:?}");
    }
    assert!(matches!(client.prepay(FROZEN).await, Err(PayError::Breaker)));
    assert_eq!(PayError::Breaker.outcome(), Outcome::NotSent);
    clock.advance(5);
    let error = client.query("meal-0001").await.unwrap_err();
    assert!(matches!(error, PayError::Transport { .. } | PayError::Breaker), "{error:?}");
}

#[tokio::test]
async fn an_endless_answer_is_given_up() {
    let platform = StandIn::new(vec![Act::Signed(200, "x".repeat(1024 * 1024 + 1))]).await;
    let error = pay(&platform.bases()).prepay(FROZEN).await.unwrap_err();
    assert!(matches!(error, PayError::Transport { sent: true, .. }), "{error:?}");
}

#[tokio::test]
async fn errors_never_show_addresses() {
    let gone = StandIn::new(vec![Act::Lost]).await.bases();
    let error = pay(&gone).query("meal-0001").await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("meal-0001"), "{error}");
}

#[test]
fn the_payment_page_gets_what_it_can_verify() {
    let params = pay(&["http://127.0.0.1:9".to_owned()]).client_params("wx2014").unwrap();
    let shown: Value = serde_json::to_value(&params).unwrap();
    assert_eq!((&shown["timeStamp"], &shown["signType"]), (&json!(NOW.to_string()), &json!("RSA")));
    let message = format!("wxsim0000000000001\n{NOW}\n{}\nprepay_id=wx2014\n", params.nonce_str);
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, merchant_public_key());
    key.verify(message.as_bytes(), &STANDARD.decode(params.pay_sign).unwrap()).unwrap();
    assert_eq!(format!("{:?}", Secret::new("k")), "Secret(…)");
}

/// A bill of 100,000 lines takes as long as it takes; only silence ends it.
#[tokio::test]
async fn a_file_may_take_longer_than_a_call_but_not_be_silent_for_as_long() {
    let text = "x".repeat(8);
    let address = json!({ "hash_type": "SHA1", "hash_value": wechat::crypto::sha1_hex(text.as_bytes()),
        "download_url": "https://example.org/v3/billdownload/file?token=t" });
    let day = chrono::NaiveDate::from_ymd_opt(2025, 10, 9).unwrap();
    let timeouts = Timeouts { connect: Duration::from_secs(1), total: Duration::from_secs(1) };
    for (pause_ms, is_whole) in [(250, true), (3_000, false)] {
        let drip = Act::Dripping(text.len(), Duration::from_millis(pause_ms));
        let platform = StandIn::new(vec![Act::Signed(200, address.to_string()), drip]).await;
        let pay = Pay::with_timeouts(config(&platform.bases()), timeouts, Clock::new().now()).unwrap();
        let began = Instant::now();
        let bill = pay.trade_bill(day).await;
        let took = began.elapsed();
        match bill {
            Ok(wechat::pay::Bill::Ready(_)) => assert!(is_whole && took > timeouts.total, "{took:?}"),
            Err(PayError::Transport { sent: true, .. }) => assert!(!is_whole, "after {took:?}"),
            _ => panic!("neither a file nor a lost one"),
        }
    }
}
