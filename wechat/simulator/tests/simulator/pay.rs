//! Prepay, pay, query, close, refund, notifications.

use serde_json::{Value, json};
use wechat_simulator::openid_of;

use crate::merchant::{Bench, der};

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_notified_signed_and_encrypted() {
    let bench = Bench::new().await;
    bench.paid("LUNCH00001", 1200).await;

    let delivered = bench.flush().await;

    assert_eq!(delivered.len(), 1);
    assert_eq!(delivered[0]["is_delivered"], true);
    let arrived = &bench.listener.arrived()[0];
    assert_eq!(arrived.path, "/notify");
    assert!(bench.is_genuine(&arrived.headers, &arrived.body));
    let (envelope, plain) = bench.open(arrived);
    assert_eq!(envelope["event_type"], "TRANSACTION.SUCCESS");
    assert_eq!(plain["out_trade_no"], "LUNCH00001");
    assert_eq!(plain["amount"]["total"], 1200);
    assert_eq!(plain["payer"]["openid"], json!(openid_of("daughter1")));
    assert_eq!(plain["trade_state"], "SUCCESS");
    let by_id =
        format!("/v3/pay/transactions/id/{}?mchid=1900000001", plain["transaction_id"].as_str().unwrap());
    assert_eq!(bench.call("GET", &by_id, &Value::Null).await.json(), plain);
    assert_eq!(bench.get("/sim/ledger").await["paid_total_fen"], 1200);
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_go_out_by_themselves() {
    let bench = Bench::new().await;
    bench.post("/sim/settings", &json!({ "auto_notify": true })).await;
    bench.paid("LUNCH00001", 1200).await;
    for _ in 0..100 {
        if !bench.listener.arrived().is_empty() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("no notification within five seconds");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_notification_comes_again_by_the_plan() {
    let bench = Bench::new().await;
    bench.listener.answer_with(500);
    bench.paid("LUNCH00001", 1200).await;
    assert_eq!(bench.flush().await[0]["is_delivered"], false);
    assert!(bench.flush().await.is_empty(), "not due before 15 s");

    let mut tries = 1;
    for pause in [15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10_800, 10_800, 10_800, 21_600, 21_600]
    {
        bench.advance(pause - 1).await;
        assert!(bench.flush().await.is_empty());
        bench.advance(1).await;
        tries += bench.flush().await.len();
        assert!(bench.listener.arrived().last().is_some_and(|it| bench.is_genuine(&it.headers, &it.body)));
    }
    bench.advance(200_000).await;
    tries += bench.flush().await.len();

    assert_eq!(tries, 16);
    let ids: std::collections::HashSet<String> =
        bench.listener.arrived().iter().map(|it| bench.open(it).0["id"].to_string()).collect();
    assert_eq!(ids.len(), 1, "every try carries the same id");
    assert_eq!(bench.get("/sim/notifications").await[0]["standing"], "given_up");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prepay_again_must_repeat_the_same_parameters() {
    let bench = Bench::new().await;
    let first = bench.prepay("LUNCH00001", 1200).await;
    let second = bench.prepay("LUNCH00001", 1200).await;
    assert_ne!(first, second);

    let other =
        bench.call("POST", "/v3/pay/transactions/jsapi", &bench.prepay_body("LUNCH00001", 1300)).await;
    assert_eq!((other.status, other.code().as_str(), other.inner()), (400, "INVALID_REQUEST", "268498688"));

    bench.post("/sim/pay/LUNCH00001", &json!({})).await;
    let paid = bench.call("POST", "/v3/pay/transactions/jsapi", &bench.prepay_body("LUNCH00001", 1200)).await;
    assert_eq!((paid.status, paid.code().as_str()), (400, "ORDERPAID"));
}

#[tokio::test(flavor = "multi_thread")]
async fn close_and_pay_exclude_each_other() {
    let bench = Bench::new().await;
    bench.prepay("LUNCH00001", 1200).await;
    let closed = bench.close("LUNCH00001").await;
    assert_eq!((closed.status, closed.body.len()), (204, 0));
    assert_eq!(bench.close("LUNCH00001").await.status, 204);
    assert_eq!(bench.post("/sim/pay/LUNCH00001", &json!({})).await["error"], "ORDER_CLOSED");
    assert_eq!(bench.query("LUNCH00001").await.json()["trade_state"], "CLOSED");
    let again =
        bench.call("POST", "/v3/pay/transactions/jsapi", &bench.prepay_body("LUNCH00001", 1200)).await;
    assert_eq!(again.code(), "ORDER_CLOSED");

    bench.paid("LUNCH00002", 1200).await;
    assert_eq!(bench.close("LUNCH00002").await.code(), "ORDERPAID");
    assert_eq!(bench.post("/sim/pay/LUNCH00002", &json!({})).await["error"], "ORDERPAID");

    let unknown = bench.close("LUNCH00003").await;
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "ORDER_NOT_EXIST"));
    assert_eq!(bench.query("LUNCH00003").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn time_closes_prepays_and_orders() {
    let bench = Bench::new().await;
    bench.prepay("LUNCH00001", 1200).await;
    let mut short = bench.prepay_body("LUNCH00002", 1200);
    short["time_expire"] = json!("2026-09-21T22:23:20.000+08:00");
    assert_eq!(bench.call("POST", "/v3/pay/transactions/jsapi", &short).await.status, 200);

    bench.advance(599).await;
    assert_eq!(bench.query("LUNCH00002").await.json()["trade_state"], "NOTPAY");
    bench.advance(7200).await;
    assert_eq!(bench.query("LUNCH00002").await.json()["trade_state"], "CLOSED");
    assert_eq!(bench.post("/sim/pay/LUNCH00001", &json!({})).await["error"], "PREPAY_EXPIRED");
    bench.prepay("LUNCH00001", 1200).await;
    bench.advance(7 * 86_400).await;
    assert_eq!(bench.query("LUNCH00001").await.json()["trade_state"], "CLOSED");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_one_who_ordered_may_pay() {
    let bench = Bench::new().await;
    bench.prepay("LUNCH00001", 1200).await;
    let other = bench.post("/sim/pay/LUNCH00001", &json!({ "as": "son1" })).await;
    assert_eq!(other["error"], "PAYER_MISMATCH");
    assert_eq!(bench.post("/sim/pay/LUNCH00001", &json!({ "result": "cancel" })).await["result"], "cancel");
    assert_eq!(bench.query("LUNCH00001").await.json()["trade_state"], "NOTPAY");
    let later = bench.post("/sim/pay/LUNCH00001", &json!({ "as": "daughter1", "delay_s": 20 })).await;
    assert_eq!(later["result"], "planned");
    bench.advance(20).await;
    assert_eq!(bench.query("LUNCH00001").await.json()["trade_state"], "SUCCESS");
}

#[tokio::test(flavor = "multi_thread")]
async fn refunds_never_exceed_the_payment() {
    let bench = Bench::new().await;
    bench.paid("LUNCH00001", 1200).await;
    bench.flush().await;

    let first = bench.refund(&bench.refund_body("LUNCH00001", "R1", (700, 1200))).await;
    assert_eq!((first.status, first.json()["status"].as_str()), (200, Some("PROCESSING")));
    let again = bench.refund(&bench.refund_body("LUNCH00001", "R1", (700, 1200))).await;
    assert_eq!(again.json()["status"], "SUCCESS");
    assert_eq!(again.json()["refund_id"], first.json()["refund_id"]);
    let changed = bench.refund(&bench.refund_body("LUNCH00001", "R1", (600, 1200))).await;
    assert_eq!(changed.code(), "INVALID_REQUEST");
    assert_eq!(bench.refund(&bench.refund_body("LUNCH00001", "R2", (501, 1200))).await.status, 400);
    assert_eq!(bench.refund(&bench.refund_body("LUNCH00001", "R3", (500, 500))).await.status, 400);
    assert_eq!(bench.refund(&bench.refund_body("LUNCH00001", "R4", (500, 1200))).await.status, 200);

    let delivered = bench.flush().await;
    assert_eq!(delivered.len(), 2);
    let (envelope, plain) = bench.open(&bench.listener.arrived()[1]);
    assert_eq!(envelope["event_type"], "REFUND.SUCCESS");
    assert_eq!((&plain["refund_status"], &plain["out_refund_no"]), (&json!("SUCCESS"), &json!("R1")));
    assert!(plain.get("trade_state").is_none());
    assert_eq!(bench.query("LUNCH00001").await.json()["trade_state"], "REFUND");
    let query = bench.call("GET", "/v3/refund/domestic/refunds/R4", &Value::Null).await;
    assert_eq!(query.json()["status"], "SUCCESS");
    let ledger = bench.get("/sim/ledger").await;
    assert_eq!((&ledger["paid_total_fen"], &ledger["refunded_total_fen"]), (&json!(1200), &json!(1200)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unpaid_order_and_an_empty_balance_are_not_refunded() {
    let bench = Bench::new().await;
    bench.prepay("LUNCH00001", 1200).await;
    assert_eq!(bench.refund(&bench.refund_body("LUNCH00001", "R1", (1, 1200))).await.status, 400);
    assert_eq!(bench.refund(&bench.refund_body("LUNCH00009", "R1", (1, 1200))).await.status, 404);
    bench.paid("LUNCH00002", 1200).await;
    bench.post("/sim/settings", &json!({ "balance_fen": 100, "refund_gap_s": 60 })).await;
    let short = bench.refund(&bench.refund_body("LUNCH00002", "R2", (101, 1200))).await;
    assert_eq!((short.status, short.code().as_str()), (403, "NOT_ENOUGH"));
    assert_eq!(bench.refund(&bench.refund_body("LUNCH00002", "R2", (100, 1200))).await.status, 200);
    bench.paid("LUNCH00003", 1200).await;
    let early = bench.refund(&bench.refund_body("LUNCH00002", "R3", (100, 1200))).await;
    assert_eq!(early.status, 429);
    bench.advance(60).await;
    assert_eq!(bench.refund(&bench.refund_body("LUNCH00002", "R3", (100, 1200))).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_not_signed_well_is_not_let_in() {
    let bench = Bench::new().await;
    let body = bench.prepay_body("LUNCH00001", 1200).to_string();
    let target = "/v3/pay/transactions/jsapi";
    let good = bench.authorization("POST", target, &body);
    let turned = async |header: String| {
        let mut request = bench.request("POST", target, &body).build().unwrap();
        request.headers_mut().insert("Authorization", header.parse().unwrap());
        let reply = bench.execute(request).await;
        (reply.status, reply.json()["code"].clone())
    };
    let refused = (401, json!("SIGN_ERROR"));
    assert_eq!(turned(good.replacen("signature=\"", "signature=\"AAAA", 1)).await, refused);
    assert_eq!(turned(bench.authorization("POST", target, "{}")).await, refused);
    assert_eq!(turned(bench.authorization("GET", target, &body)).await, refused);
    assert_eq!(turned(good.replace(bench.text("merchant_serial"), "00")).await, refused);
    assert_eq!(turned(good.replace("nonce_str", "nonce")).await, refused);
    assert_eq!(turned("Bearer x".to_owned()).await, refused);
    bench.clock.set(bench.clock.get() + 301);
    assert_eq!(turned(bench.authorization("POST", target, &body)).await, refused);
    bench.clock.set(bench.clock.get() - 301);
    assert_eq!(turned(good).await, (200, Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_field_rules_of_the_platform_hold() {
    let bench = Bench::new().await;
    let check = |change: fn(&mut Value)| {
        let bench = &bench;
        async move {
            let mut body = bench.prepay_body("LUNCH00001", 1200);
            change(&mut body);
            let reply = bench.call("POST", "/v3/pay/transactions/jsapi", &body).await;
            (reply.status, reply.code(), reply.inner().to_owned())
        }
    };
    let parameter = |inner: &str| (400, "PARAM_ERROR".to_owned(), inner.to_owned());
    assert_eq!(check(|body| body["surprise"] = json!(1)).await, parameter("270924358"));
    assert_eq!(check(|body| body["amount"]["fee"] = json!(1)).await, parameter("270924358"));
    assert_eq!(check(|body| body["attach"] = Value::Null).await, parameter("268435461"));
    assert_eq!(check(|body| body["description"] = json!("𠮷祥午餐")).await, parameter("268435461"));
    assert_eq!(check(|body| body["description"] = json!("饭".repeat(43))).await, parameter("268435464"));
    assert_eq!(check(|body| body["out_trade_no"] = json!("A1")).await, parameter("268435464"));
    assert_eq!(check(|body| body["out_trade_no"] = json!("LUNCH 0001")).await, parameter("268435461"));
    assert_eq!(check(|body| body["amount"]["total"] = json!(0)).await, parameter("268435464"));
    assert_eq!(check(|body| body["amount"]["total"] = json!("12")).await, parameter("268435461"));
    assert_eq!(check(|body| body["amount"]["currency"] = json!("USD")).await, parameter("268435461"));
    assert_eq!(
        check(|body| body["notify_url"] = json!("https://a.example/n?x=1")).await,
        parameter("268435461")
    );
    assert_eq!(check(|body| body["notify_url"] = json!("http://a.example/n")).await, parameter("268435461"));
    assert_eq!(check(|body| body["payer"]["openid"] = json!("oStranger")).await, parameter("268501013"));
    assert_eq!(check(|body| body["appid"] = json!("wx1")).await.1, "APPID_MCHID_NOT_MATCH");
    assert_eq!(check(|body| body["time_expire"] = json!("tomorrow")).await, parameter("268435461"));
    assert_eq!(check(|_| ()).await.0, 200);

    let mut request = bench.request("GET", "/v3/refund/domestic/refunds/R1", "").build().unwrap();
    request.headers_mut().insert("Accept", "text/html".parse().unwrap());
    assert_eq!(bench.execute(request).await.code(), "INVALID_REQUEST");
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_listed_encrypted_and_sign() {
    let bench = Bench::new().await;
    let none = bench.call("GET", "/v3/certificates", &Value::Null).await;
    assert_eq!((none.status, none.code().as_str()), (404, "RESOURCE_NOT_EXISTS"));

    bench.post("/sim/keys", &json!({ "mode": "certificate" })).await;
    let reply = bench.try_call("GET", "/v3/certificates", "").await.unwrap();
    assert_eq!(reply.headers["wechatpay-serial"], "51D0C7A1E0000000000000000000000000000001");
    let list = reply.json();
    let pem = String::from_utf8(bench.decrypt(&list["data"][1]["encrypt_certificate"])).unwrap();
    let serial = list["data"][1]["serial_no"].as_str().unwrap();
    let raw: Vec<u8> =
        (0..20).map(|at| u8::from_str_radix(&serial[at * 2..at * 2 + 2], 16).unwrap()).collect();
    assert!(der(&pem).windows(20).any(|window| window == raw), "the certificate carries its serial number");

    bench.post("/sim/keys", &json!({ "mode": "migration", "percent": 50, "certificate": 2 })).await;
    for number in 0..40 {
        bench
            .try_call(
                "POST",
                "/v3/pay/transactions/jsapi",
                &bench.prepay_body(&format!("MIGRATE{number:02}"), 1).to_string(),
            )
            .await
            .unwrap();
        bench.post(&format!("/sim/pay/MIGRATE{number:02}"), &json!({})).await;
    }
    bench.flush().await;
    let new = bench.listener.arrived().iter().filter(|it| bench.is_genuine(&it.headers, &it.body)).count();
    assert!((5..35).contains(&new), "{new} of 40 signed with the public key");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_gives_the_same_numbers() {
    let mut seen = Vec::new();
    for seed in [3, 3, 4] {
        let bench = Bench::seeded(seed).await;
        let login = bench.get("/sim/login?as=daughter1").await;
        let prepay = bench.prepay("LUNCH00001", 1200).await;
        let paid = bench.post("/sim/pay/LUNCH00001", &json!({})).await["transaction"].clone();
        let refund = bench.refund(&bench.refund_body("LUNCH00001", "R1", (1200, 1200))).await;
        seen.push(json!([login, prepay, paid, refund.json(), refund.headers["wechatpay-nonce"]]));
        bench.sim.stop().await;
    }
    assert_eq!(seen[0], seen[1]);
    assert_ne!(seen[0][1], seen[2][1]);
    assert_eq!(seen[0][0]["openid"], seen[2][0]["openid"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_long_is_refused_with_a_signature() {
    let bench = Bench::new().await;
    let body = format!("{{\"attach\":\"{}\"}}", "x".repeat(1 << 20));
    let reply = bench.try_call("POST", "/v3/pay/transactions/jsapi", &body).await.unwrap();
    assert_eq!((reply.status, reply.code().as_str()), (413, "PARAM_ERROR"));
    assert!(bench.is_genuine(&reply.headers, &reply.body));
    assert_eq!(bench.get("/sim/journal").await[0]["status"], 413);
}
