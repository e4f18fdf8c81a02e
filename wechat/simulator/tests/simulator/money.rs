//! Complaints, the state as a whole, who may be played, and what `--strict` adds.

use serde_json::{Value, json};
use wechat_simulator::{Identity, Options, Settings, openid_of, start};

use crate::merchant::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn a_complaint_is_told_read_answered_and_closed() {
    let bench = Bench::new().await;
    let paid = bench.paid("LUNCH00001", 1200).await;
    bench.flush().await;
    let address = json!({ "url": bench.listener.url() });
    assert_eq!(
        bench.call("POST", "/v3/merchant-service/complaint-notifications", &address).await.status,
        200
    );
    let words = json!({ "out_trade_no": "LUNCH00001", "text": "饭是凉的" });
    let id = bench.post("/sim/complaints", &words).await["complaint_id"].as_str().unwrap().to_owned();
    assert_eq!(bench.flush().await[0]["event_type"], "COMPLAINT.CREATE");
    let (_, plain) = bench.open(bench.listener.arrived().last().unwrap());
    assert_eq!(plain, json!({ "complaint_id": id, "action_type": "CREATE_COMPLAINT" }));

    let path = format!("/v3/merchant-service/complaints-v2/{id}");
    let seen = bench.call("GET", &path, &Value::Null).await.json();
    assert_eq!(seen["complaint_order_info"][0]["transaction_id"], paid["transaction_id"]);
    assert_eq!(
        (&seen["complaint_detail"], &seen["complaint_state"]),
        (&json!("饭是凉的"), &json!("PENDING"))
    );
    let mchid = bench.text("mchid");
    let answer = json!({ "complainted_mchid": mchid, "response_content": "已为您重送" });
    assert_eq!(bench.call("POST", &format!("{path}/response"), &answer).await.status, 204);
    let complete = json!({ "complainted_mchid": mchid });
    assert_eq!(bench.call("POST", &format!("{path}/complete"), &complete).await.status, 204);
    assert_eq!(bench.call("POST", &format!("{path}/complete"), &complete).await.status, 400);
    let history = bench.call("GET", &format!("{path}/negotiation-historys"), &Value::Null).await.json();
    assert_eq!(history["total_count"], 3);
    let told: Vec<Value> = bench.flush().await.iter().map(|it| it["event_type"].clone()).collect();
    assert_eq!(told, ["COMPLAINT.STATE_CHANGE", "COMPLAINT.STATE_CHANGE"]);
    let ids: std::collections::BTreeSet<String> =
        bench.listener.arrived().iter().map(|it| bench.open(it).0["id"].to_string()).collect();
    assert_eq!(ids.len(), 4, "each step is a notification of its own");
    assert_eq!(
        bench.post("/sim/complaints", &json!({ "out_trade_no": "x", "text": "" })).await["error"],
        "BAD_REQUEST"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_that_starts_again_keeps_its_payments() {
    let first = Bench::new().await;
    first.post("/sim/settings", &json!({ "refund_delay_s": 600 })).await;
    first.prepay("LUNCH00002", 900).await;
    first.paid("LUNCH00001", 1200).await;
    first.refund(&first.refund_body("LUNCH00001", "R1", (500, 1200))).await;
    let state = first.get("/sim/state").await;

    let second = Bench::new().await;
    let ledger = second.post("/sim/state", &state).await;
    assert_eq!((&ledger["paid_total_fen"], &ledger["refunded_total_fen"]), (&json!(1200), &json!(0)));
    assert_eq!(second.query("LUNCH00001").await.json()["trade_state"], "REFUND");
    assert_eq!(second.get("/sim/ledger").await["refunded_total_fen"], 500, "what was under way goes on");
    let again = async |body: Value| second.call("POST", "/v3/pay/transactions/jsapi", &body).await;
    assert_eq!(again(first.prepay_body("LUNCH00002", 900)).await.status, 200, "the same request is known");
    assert_eq!(
        again(second.prepay_body("LUNCH00002", 900)).await.code(),
        "INVALID_REQUEST",
        "another is not"
    );
    assert_eq!(second.post("/sim/pay/LUNCH00002", &json!({})).await["result"], "ok");
    assert_eq!(second.post("/sim/state", &state).await["error"], "BAD_REQUEST", "only into an empty one");
    let other = Bench::seeded(8).await;
    assert_eq!(other.post("/sim/state", &state).await["error"], "BAD_REQUEST", "another seed");
}

#[tokio::test(flavor = "multi_thread")]
async fn its_own_books_are_checked() {
    let bench = Bench::new().await;
    bench.paid("LUNCH00001", 1200).await;
    bench.refund(&bench.refund_body("LUNCH00001", "R1", (500, 1200))).await;
    bench.prepay("LUNCH00002", 900).await;
    let books = bench.get("/sim/assert").await;
    assert_eq!(
        books,
        json!({ "is_good": true, "problems": [], "kept_fen": { "LUNCH00001": 700, "LUNCH00002": 0 } })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_could_be_real_are_not_played() {
    let with = |appid: &str, mchid: &str| Options {
        identity: Identity { appid: appid.to_owned(), mchid: mchid.to_owned() },
        ..Options::default()
    };
    for (appid, mchid) in [
        ("wx2421b1c4370ec43b", "1900000001"),
        ("wxsim", "1900000001"),
        ("wxsim\"quote", "1900000001"),
        ("wxsimmyshop", "1230000109"),
        ("wxsimmyshop", "190000001"),
    ] {
        assert!(start(with(appid, mchid)).await.is_err(), "{appid} {mchid}");
    }
    assert!(start(with("wxsimmyshop", "1900000042")).await.is_ok());
    let open = Options { bind: "0.0.0.0:0".to_owned(), ..Options::default() };
    assert!(start(open).await.is_err(), "loopback only");
}

#[tokio::test(flavor = "multi_thread")]
async fn strict_lets_a_nonce_in_once_and_refunds_only_a_minute_apart() {
    let bench = Bench::new().await;
    let strict = json!(Settings { auto_notify: false, ..Settings::strict() });
    bench.post("/sim/settings", &strict).await;
    bench.paid("LUNCH00001", 1200).await;
    let target = "/v3/pay/transactions/out-trade-no/LUNCH00001?mchid=1900000001";
    let request = bench.request("GET", target, "").build().unwrap();
    let again = request.try_clone().unwrap();
    assert_eq!(bench.execute(request).await.status, 200);
    assert_eq!(bench.execute(again).await.code(), "SIGN_ERROR", "a replay");
    bench.refund(&bench.refund_body("LUNCH00001", "R1", (100, 1200))).await;
    assert_eq!(
        bench.refund(&bench.refund_body("LUNCH00001", "R2", (100, 1200))).await.code(),
        "FREQUENCY_LIMITED"
    );
    bench.advance(60).await;
    assert_eq!(bench.refund(&bench.refund_body("LUNCH00001", "R2", (100, 1200))).await.status, 200);

    let mut body = bench.prepay_body("LUNCH00002", 1);
    for (field, value) in
        [("attach", Value::Null), ("description", json!("𠮷野家")), ("colour", json!("red"))]
    {
        let mut wrong = body.clone();
        wrong[field] = value;
        let reply = bench.call("POST", "/v3/pay/transactions/jsapi", &wrong).await;
        assert_eq!((reply.status, reply.code().as_str()), (400, "PARAM_ERROR"), "{field}");
    }
    body["payer"]["openid"] = json!(openid_of("elder1"));
    assert_eq!(bench.call("POST", "/v3/pay/transactions/jsapi", &body).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn strict_refuses_a_member_that_is_named_twice() {
    let bench = Bench::new().await;
    let path = "/v3/pay/transactions/jsapi";
    let doubled = |number: &str, what: &str, before: &str| {
        let text = bench.prepay_body(number, 1200).to_string();
        assert_eq!(text.matches(what).count(), 1, "{text}");
        text.replace(what, &format!("{before}{what}"))
    };
    let kind =
        bench.try_call("POST", path, &doubled("LUNCH00001", "\"amount\"", "\"amount\":{},")).await.unwrap();
    assert_eq!(kind.status, 200, "kind unless asked to be strict");
    let strict = json!(Settings { auto_notify: false, ..Settings::strict() });
    bench.post("/sim/settings", &strict).await;
    for (what, before) in [
        ("\"amount\"", "\"amount\":{\"total\":1,\"currency\":\"CNY\"},"),
        ("\"total\"", "\"total\":1,"),
        ("\"total\"", "\"t\\u006ftal\":1,"),
    ] {
        let reply = bench.try_call("POST", path, &doubled("LUNCH00002", what, before)).await.unwrap();
        assert_eq!((reply.status, reply.code().as_str()), (400, "INVALID_REQUEST"), "{before}");
    }
    let nested = bench.try_call("POST", path, &"[".repeat(60_000)).await.unwrap();
    assert_eq!(nested.status, 400);
    assert_eq!(
        bench.try_call("POST", path, &bench.prepay_body("LUNCH00002", 1).to_string()).await.unwrap().status,
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_is_told_by_a_plan_of_its_own() {
    let bench = Bench::new().await;
    bench.listener.answer_with(500);
    let body = json!({
        "appid": bench.text("appid"), "out_bill_no": "WAGE000001", "transfer_scene_id": "1005",
        "openid": openid_of("carer1"), "transfer_amount": 300, "transfer_remark": "上门服务报酬",
        "notify_url": bench.listener.url(),
        "transfer_scene_report_infos": [{ "info_type": "岗位类型", "info_content": "居家护理员" }],
    });
    let begun = bench.call("POST", "/v3/fund-app/mch-transfer/transfer-bills", &body).await;
    assert_eq!((begun.status, &begun.json()["state"]), (200, &json!("WAIT_USER_CONFIRM")));
    bench.post("/sim/transfers/WAGE000001", &json!({ "taken": false })).await;
    let mut pauses = Vec::new();
    for _ in 0..22 {
        let tried = bench.flush().await;
        assert_eq!(tried[0]["event_type"], "MCHTRANSFER.BILL.FINISHED");
        let pause = tried[0]["next_try_at"].as_i64().unwrap() - bench.clock.get();
        pauses.push(pause);
        bench.advance(pause).await;
    }
    let expected = [vec![15; 10], vec![300; 10], vec![1800; 2]].concat();
    assert_eq!(pauses, expected);
    let (_, plain) = bench.open(bench.listener.arrived().last().unwrap());
    assert_eq!((&plain["state"], &plain["fail_reason"]), (&json!("FAIL"), &json!("USER_REFUSED")));
    assert_eq!(bench.post("/sim/transfers/WAGE000001", &json!({ "taken": true })).await["is_done"], false);
}
