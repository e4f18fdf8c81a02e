//! Faults do what their names say.

use serde_json::{Value, json};

use crate::merchant::{Bench, START};

const PREPAY: &str = "/v3/pay/transactions/jsapi";

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_was_executed_and_a_reset_was_not() {
    let bench = Bench::new().await;
    let body = bench.prepay_body("LUNCH00001", 1200).to_string();

    bench.fault(json!({ "effect": "reset_before", "path": PREPAY, "times": 1 })).await;
    let reset = bench.try_call("POST", PREPAY, &body).await;
    assert!(reset.as_ref().is_err_and(|fault| fault.is_request()), "no answer at all: {reset:?}");
    assert_eq!(bench.query("LUNCH00001").await.status, 404);

    bench.fault(json!({ "effect": "answer_lost", "path": PREPAY, "times": 1 })).await;
    let lost = bench.try_call("POST", PREPAY, &body).await;
    assert!(lost.as_ref().is_err_and(|fault| fault.is_request()), "no answer at all: {lost:?}");
    assert_eq!(bench.query("LUNCH00001").await.json()["trade_state"], "NOTPAY");

    assert_eq!(bench.try_call("POST", PREPAY, &body).await.unwrap().status, 200);
    let journal = bench.get("/sim/journal?out_trade_no=LUNCH00001&path=/v3/pay/transactions/jsapi").await;
    let seen: Vec<&Value> = journal.as_array().unwrap().iter().map(|entry| &entry["status"]).collect();
    assert_eq!(seen, [0, 0, 200]);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_can_be_badly_signed() {
    let bench = Bench::new().await;
    bench.prepay("LUNCH00001", 1200).await;
    let target = "/v3/pay/transactions/out-trade-no/LUNCH00001?mchid=1900000001";
    for effect in
        ["unsigned", "wrong_signature", "signtest", "unknown_serial", "stale_timestamp", "truncated"]
    {
        bench.fault(json!({ "effect": effect, "times": 1 })).await;
        let reply = bench.try_call("GET", target, "").await.unwrap();
        assert_eq!(reply.status, 200, "{effect}");
        assert!(!bench.is_genuine(&reply.headers, &reply.body), "{effect}");
        assert_eq!(effect == "unsigned", !reply.headers.contains_key("wechatpay-signature"));
        let is_probe = |it: &String| it.starts_with("WECHATPAY/SIGNTEST/");
        assert_eq!(effect == "signtest", reply.headers.get("wechatpay-signature").is_some_and(is_probe));
    }
    assert_eq!(bench.query("LUNCH00001").await.status, 200);
    bench.fault(json!({ "effect": "extra_fields", "times": 1 })).await;
    assert!(bench.query("LUNCH00001").await.json()["simulated_new_field"].is_object());
    for (field, wrong) in [("/out_trade_no", json!("LUNCH00000")), ("/amount/total", json!(1201))] {
        bench.fault(json!({ "effect": "altered", "field": field, "times": 1 })).await;
        let reply = bench.try_call("GET", target, "").await.unwrap();
        assert!(bench.is_genuine(&reply.headers, &reply.body), "{field} is signed well");
        assert_eq!(reply.json().pointer(field), Some(&wrong));
    }
    bench.fault(json!({ "effect": "altered", "field": "/trade_state", "says": "CLOSED", "times": 1 })).await;
    let said = bench.query("LUNCH00001").await.json()["trade_state"].clone();
    assert_eq!(said, "CLOSED", "and by then the truth is another one");
    assert_ne!(bench.query("LUNCH00001").await.json()["trade_state"], "CLOSED");
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_fail_with_and_without_executing() {
    let bench = Bench::new().await;
    let body = bench.prepay_body("LUNCH00001", 1200);
    for (effect, status) in [("http_500", 500), ("http_502", 502), ("http_503", 503), ("http_429", 429)] {
        bench.fault(json!({ "effect": effect, "out_trade_no": "LUNCH00001", "times": 1 })).await;
        assert_eq!(bench.try_call("POST", PREPAY, &body.to_string()).await.unwrap().status, status);
        assert_eq!(bench.query("LUNCH00001").await.status, 404);
    }
    bench.fault(json!({ "effect": "http_500", "times": 1, "executed": true })).await;
    assert_eq!(bench.call("POST", PREPAY, &body).await.code(), "SYSTEM_ERROR");
    assert_eq!(bench.query("LUNCH00001").await.status, 200);
    bench.fault(json!({ "effect": "delay_ms", "value": 300, "times": 1 })).await;
    let before = std::time::Instant::now();
    bench.query("LUNCH00001").await;
    assert!(before.elapsed().as_millis() >= 300);
}

#[tokio::test(flavor = "multi_thread")]
async fn chance_follows_the_seed() {
    let mut seen = Vec::new();
    for _ in 0..2 {
        let bench = Bench::new().await;
        bench.fault(json!({ "effect": "http_500", "path": PREPAY, "permille": 400 })).await;
        let mut statuses = Vec::new();
        for number in 0..30 {
            let body = bench.prepay_body(&format!("CHANCE{number:02}"), 1);
            statuses.push(bench.call("POST", PREPAY, &body).await.status);
        }
        seen.push(statuses);
    }
    assert_eq!(seen[0], seen[1]);
    let failed = seen[0].iter().filter(|status| **status == 500).count();
    assert!((4..22).contains(&failed), "{failed} of 30");
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_can_be_doubled_dropped_and_delayed() {
    let bench = Bench::new().await;
    bench.fault(json!({ "effect": "notify_duplicate", "value": 2, "times": 1 })).await;
    bench.paid("LUNCH00001", 1200).await;
    assert_eq!(bench.flush().await[0]["sent"], 3);
    let arrived = bench.listener.arrived();
    assert_eq!(arrived.len(), 3);
    assert!(arrived.iter().all(|it| bench.is_genuine(&it.headers, &it.body) && it.body == arrived[0].body));

    bench.fault(json!({ "effect": "notify_drop", "times": 1 })).await;
    bench.paid("LUNCH00002", 1200).await;
    assert_eq!(bench.flush().await[0]["sent"], 0);
    assert_eq!(bench.listener.arrived().len(), 3);
    bench.advance(15).await;
    assert_eq!(bench.flush().await[0]["is_delivered"], true);

    bench.fault(json!({ "effect": "notify_delay_s", "value": 40, "times": 1 })).await;
    bench.paid("LUNCH00003", 1200).await;
    assert!(bench.flush().await.is_empty());
    bench.advance(40).await;
    assert_eq!(bench.flush().await.len(), 1);

    bench.fault(json!({ "effect": "notify_delay_s", "value": 9999, "times": 1 })).await;
    bench.paid("LUNCH00004", 1200).await;
    let all = bench.post("/sim/notifications/flush?all=true", &Value::Null).await;
    assert_eq!((all["delivered"].as_array().unwrap().len(), &all["waiting"]), (1, &json!(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_can_overtake_each_other_and_the_prepay_answer() {
    let bench = Bench::new().await;
    bench.fault(json!({ "effect": "notify_reorder", "times": 1 })).await;
    bench.paid("LUNCH00001", 1200).await;
    assert!(bench.flush().await.is_empty());
    bench.refund(&bench.refund_body("LUNCH00001", "R1", (1200, 1200))).await;
    assert_eq!(bench.flush().await[0]["event_type"], "REFUND.SUCCESS");
    assert_eq!(bench.flush().await[0]["event_type"], "TRANSACTION.SUCCESS");

    bench.fault(json!({ "effect": "before_prepay_answer", "times": 1 })).await;
    bench.prepay("LUNCH00002", 900).await;
    let (_, plain) = bench.open(bench.listener.arrived().last().unwrap());
    assert_eq!(plain["out_trade_no"], "LUNCH00002", "notified before the answer came");
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_can_be_forged_and_falsified() {
    let bench = Bench::new().await;
    bench.listener.answer_with(401);
    bench.paid("LUNCH00001", 1200).await;
    let forged = [
        "notify_forged",
        "notify_tampered",
        "notify_stale",
        "notify_signtest",
        "notify_unsigned",
        "notify_unknown_serial",
    ];
    for effect in forged {
        bench.fault(json!({ "effect": effect, "times": 1, "event": "TRANSACTION" })).await;
        bench.post("/sim/notifications/flush?all=true", &Value::Null).await;
        let last = bench.listener.arrived().pop().unwrap();
        assert!(!bench.is_genuine(&last.headers, &last.body), "{effect}");
        assert_eq!(bench.open(&last).1["amount"]["total"], 1200, "{effect}");
    }
    let falsified = [
        ("wrong_amount", "/amount/total", json!(1200)),
        ("wrong_mchid", "/mchid", json!(bench.text("mchid"))),
        ("wrong_appid", "/appid", json!(bench.text("appid"))),
        (
            "notify_altered",
            "/transaction_id",
            bench.query("LUNCH00001").await.json()["transaction_id"].clone(),
        ),
        ("wrong_openid", "/payer/openid", json!(wechat_simulator::openid_of("daughter1"))),
    ];
    for (effect, place, truth) in falsified {
        bench.fault(json!({ "effect": effect, "times": 1 })).await;
        bench.post("/sim/notifications/flush?all=true", &Value::Null).await;
        let last = bench.listener.arrived().pop().unwrap();
        assert!(bench.is_genuine(&last.headers, &last.body), "{effect} is signed well");
        assert_ne!(bench.open(&last).1.pointer(place), Some(&truth), "{effect}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refunds_can_fail_late_and_early() {
    let bench = Bench::new().await;
    bench.paid("LUNCH00001", 1200).await;
    bench.flush().await;
    bench.fault(json!({ "effect": "not_enough", "times": 1 })).await;
    let body = bench.refund_body("LUNCH00001", "R1", (1200, 1200));
    assert_eq!(bench.refund(&body).await.code(), "NOT_ENOUGH");
    bench.fault(json!({ "effect": "refund_abnormal", "times": 1 })).await;
    assert_eq!(bench.refund(&body).await.json()["status"], "PROCESSING");
    assert_eq!(bench.flush().await[0]["event_type"], "REFUND.ABNORMAL");
    assert_eq!(bench.get("/sim/ledger").await["refunded_total_fen"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_listed_and_forgotten_and_misspelt_ones_refused() {
    let bench = Bench::new().await;
    bench.post("/sim/faults", &json!({ "effect": "unsigned", "times": 2 })).await;
    assert_eq!(bench.get("/sim/faults").await[0]["times"], 2);
    assert_eq!(bench.post("/sim/faults", &json!([{ "effect": "unsinged" }])).await["error"], "BAD_REQUEST");
    assert_eq!(
        bench.post("/sim/faults", &json!([{ "effect": "unsigned", "time": 1 }])).await["error"],
        "BAD_REQUEST"
    );
    let clock = bench.post("/sim/clock", &json!({ "at": START + 100 })).await;
    assert_eq!((&clock["now"], &clock["is_frozen"]), (&json!(START + 100), &json!(true)));
}
