//! Numbers that make no sense are refused with a sentence, and nothing that is let in breaks the simulator later.

use serde_json::{Value, json};
use wechat_simulator::{Options, Settings, start};

use crate::merchant::{Bench, START};

const PREPAY: &str = "/v3/pay/transactions/jsapi";
const INT_MAX: i64 = i32::MAX as i64;

#[tokio::test(flavor = "multi_thread")]
async fn control_input_out_of_range_is_refused_with_a_sentence() {
    let bench = Bench::new().await;
    bench.prepay("LUNCH00001", 1200).await;
    let fault = |effect: &str, value: i64| json!({ "effect": effect, "value": value });
    let cases = [
        ("/sim/keys", json!({ "percent": 101 }), "percent"),
        ("/sim/keys", json!({ "percent": 42_949_673 }), "percent"),
        ("/sim/keys", json!({ "permille": 1001 }), "permille"),
        ("/sim/faults", json!({ "effect": "http_500", "permille": 1001 }), "permille"),
        ("/sim/faults", json!({ "effect": "altered", "field": "status" }), "field"),
        ("/sim/faults", fault("refuse", 9999), "400 and 599"),
        ("/sim/faults", fault("refuse", 200), "400 and 599"),
        ("/sim/faults", fault("delay_ms", i64::MAX), "120000"),
        ("/sim/faults", fault("delay_ms", -1), "delay_ms"),
        ("/sim/faults", fault("notify_delay_s", i64::MAX), "notify_delay_s"),
        ("/sim/faults", fault("notify_duplicate", -1), "notify_duplicate"),
        ("/sim/faults", fault("notify_duplicate", 1 << 40), "notify_duplicate"),
        ("/sim/faults", fault("errcode", 0), "errcode"),
        ("/sim/faults", fault("errcode", i64::MIN), "errcode"),
        ("/sim/settings", json!({ "refund_delay_s": i64::MAX }), "refund_delay_s"),
        ("/sim/settings", json!({ "refund_delay_s": -1 }), "refund_delay_s"),
        ("/sim/settings", json!({ "refund_gap_s": -1 }), "refund_gap_s"),
        ("/sim/settings", json!({ "balance_fen": i64::MAX }), "balance_fen"),
        ("/sim/settings", json!({ "balance_fen": -1 }), "balance_fen"),
        ("/sim/settings", json!({ "phone_quota": -1 }), "invalid value"),
        ("/sim/pay/LUNCH00001", json!({ "delay_s": i64::MAX }), "delay_s"),
        ("/sim/pay/LUNCH00001", json!({ "delay_s": i64::MIN }), "delay_s"),
        ("/sim/clock", json!({ "at": i64::MAX }), "2000 to 2099"),
        ("/sim/clock", json!({ "at": i64::MIN }), "2000 to 2099"),
        ("/sim/clock", json!({ "at": 4_102_444_800_i64 }), "2000 to 2099"),
        ("/sim/clock", json!({ "at": 946_684_799 }), "2000 to 2099"),
        ("/sim/clock", json!({ "advance_s": i64::MAX }), "2000 to 2099"),
        ("/sim/clock", json!({ "advance_s": i64::MIN }), "2000 to 2099"),
        (
            "/sim/bills/plants",
            json!([{ "kind": "extra", "out_trade_no": "X", "count": 1_u32 << 31 }]),
            "rows",
        ),
        ("/sim/bills/plants", json!([{ "kind": "extra", "out_trade_no": "X", "fen": i64::MAX }]), "fen"),
        ("/sim/bills/plants", json!([{ "kind": "extra", "out_trade_no": "X", "at": i64::MAX }]), "at must"),
    ];
    for (target, body, word) in cases {
        let said = bench.refused(target, &body).await;
        assert!(said.contains(word), "{target} {body}: {said}");
    }
    assert_eq!(bench.get("/sim/journal?limit=-1").await["error"], "BAD_REQUEST");
    // Nothing of it was taken.
    assert_eq!(bench.get("/sim/faults").await, json!([]));
    assert_eq!(bench.get("/sim/bills/plants").await, json!([]));
    assert_eq!(bench.get("/sim/clock").await["now"], START);
    assert_eq!(bench.get("/sim/keys").await["percent"], 0);
    // A value that the effect does not need is not looked at.
    bench.fault(json!({ "effect": "http_502", "value": i64::MAX, "path": "/nowhere" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn amounts_beyond_the_platforms_integers_are_refused() {
    let bench = Bench::new().await;
    for total in [json!(INT_MAX + 1), json!(i64::MAX), json!(u64::MAX), json!(0), json!(-1)] {
        let mut body = bench.prepay_body("LUNCH00001", 1);
        body["amount"]["total"] = total.clone();
        let reply = bench.call("POST", PREPAY, &body).await;
        assert_eq!((reply.status, reply.code().as_str()), (400, "PARAM_ERROR"), "{total}");
        assert_eq!(reply.inner(), "268435464", "{total}");
        assert_eq!(reply.json()["detail"]["field"], "/amount/total");
    }
    bench.paid("LUNCH00001", INT_MAX).await;
    let reply = bench.refund(&bench.refund_body("LUNCH00001", "R1", (i64::MAX, INT_MAX))).await;
    assert_eq!((reply.status, reply.code().as_str()), (400, "PARAM_ERROR"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_numbers_break_nothing_later() {
    let bench = Bench::new().await;
    for number in ["LARGEST001", "LARGEST002", "LARGEST003"] {
        bench.paid(number, INT_MAX).await;
    }
    let plants: Vec<Value> = ["amount", "fee", "double", "double", "double"]
        .map(|kind| json!({ "kind": kind, "out_trade_no": "LARGEST001", "fen": INT_MAX }))
        .into();
    bench.post("/sim/bills/plants", &json!(plants)).await;
    let many = json!([{ "kind": "extra", "out_trade_no": "X", "fen": INT_MAX, "at": START, "count": 5000 }]);
    bench.post("/sim/bills/plants", &many).await;
    let year = json!({ "refund_delay_s": 366 * 86_400, "refund_gap_s": 0 });
    assert_eq!(bench.post("/sim/settings", &year).await["refund_delay_s"], 366 * 86_400);
    bench.fault(json!({ "effect": "notify_delay_s", "value": 366 * 86_400 })).await;
    let refund = bench.refund(&bench.refund_body("LARGEST001", "R1", (INT_MAX, INT_MAX))).await;
    assert_eq!(refund.status, 200);
    assert_eq!(bench.get("/sim/ledger").await["paid_total_fen"], 3 * INT_MAX);
    assert_eq!(bench.get("/sim/assert").await["is_good"], true);
    bench.advance(2 * 86_400).await;
    for bill in ["tradebill?bill_type=ALL&", "fundflowbill?account_type=BASIC&"] {
        let target = format!("/v3/bill/{bill}bill_date=2026-09-21&tar_type=GZIP");
        assert_eq!(bench.call("GET", &target, &Value::Null).await.status, 200, "{target}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_far_away_leaves_nothing_broken() {
    let bench = Bench::new().await;
    let wish = json!({
        "grant_type": "client_credential", "appid": bench.text("appid"), "secret": bench.text("app_secret"),
    });
    let token = async || bench.post("/cgi-bin/stable_token", &wish).await;
    let forced = async || {
        let mut wish = wish.clone();
        wish["force_refresh"] = json!(true);
        bench.post("/cgi-bin/stable_token", &wish).await["expires_in"].clone()
    };
    for (number, at) in [4_102_444_799, 946_684_800, START].into_iter().enumerate() {
        bench.post("/sim/clock", &json!({ "at": at })).await;
        bench.clock.set(at);
        let number = format!("FARAWAY{number:03}");
        bench.paid(&number, 1200).await;
        assert_eq!(bench.refund(&bench.refund_body(&number, &number, (600, 1200))).await.status, 200);
        bench.post("/sim/notifications/flush?all=true", &Value::Null).await;
        let fresh = token().await;
        assert_eq!(fresh["expires_in"], 7200, "{at}: {fresh}");
        assert_eq!(token().await["access_token"], fresh["access_token"], "the same until its end");
        assert_eq!(forced().await, 7200, "{at}: a forced one is not counted against the years ahead");
        assert!(bench.get("/sim/login?as=daughter1").await["code"].is_string());
    }
    assert_eq!(bench.get("/sim/assert").await["is_good"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_with_senseless_numbers_is_not_taken() {
    let first = Bench::new().await;
    first.paid("LUNCH00001", 1200).await;
    first.refund(&first.refund_body("LUNCH00001", "R1", (500, 1200))).await;
    let state = first.get("/sim/state").await;
    let second = Bench::new().await;
    let places = [
        ("/orders/0/total_fen", "total_fen"),
        ("/orders/0/expires_at", "expires_at"),
        ("/orders/0/payment/paid_at", "paid_at"),
        ("/refunds/0/refund_fen", "refund_fen"),
        ("/refunds/0/made_at", "made_at"),
    ];
    for (place, word) in places {
        let mut spoilt = state.clone();
        *spoilt.pointer_mut(place).unwrap() = json!(i64::MAX);
        assert!(second.refused("/sim/state", &spoilt).await.contains(word), "{place}");
    }
    assert_eq!(second.post("/sim/state", &state).await["paid_total_fen"], 1200);
}

#[tokio::test]
async fn it_does_not_start_at_the_end_of_time() {
    for at in [i64::MAX, i64::MIN, 0, 4_102_444_800] {
        let options = Options { start_at: Some(at), ..Options::default() };
        let fault = start(options).await.err().map(|fault| fault.to_string()).unwrap_or_default();
        assert!(fault.contains("2000 to 2099"), "{at}: {fault}");
    }
    let settings = Settings { refund_delay_s: -1, ..Settings::default() };
    assert!(start(Options { settings, ..Options::default() }).await.is_err());
}
