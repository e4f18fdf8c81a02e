//! The pages, as the phone's browser sees them.

use serde_json::Value;

use crate::merchant::Bench;

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn sheet(bench: &Bench, prepay_id: &str, extra: &str) -> String {
    let (appid, package) = (bench.text("appid"), format!("prepay_id={prepay_id}"));
    let signature = bench.sign(&format!("{appid}\n1790000000\nabc\n{package}\n"));
    format!(
        "appId={appid}&timeStamp=1790000000&nonceStr=abc&package={}&signType=RSA&paySign={}{extra}",
        encoded(&package),
        encoded(&signature)
    )
}

async fn state(bench: &Bench) -> Value {
    bench.query("LUNCH00001").await.json()["trade_state"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sheet_is_shown_only_for_what_the_merchant_signed() {
    let bench = Bench::new().await;
    let id = bench.prepay("LUNCH00001", 1234).await;
    let (status, page) = bench.page(&format!("/sim/pay?{}", sheet(&bench, &id, ""))).await;
    assert_eq!(status, 200);
    assert!(
        page.contains("¥12.34") && page.contains("确认支付") && page.contains("模拟环境，不是真的微信支付")
    );

    let forged = sheet(&bench, &id, "").replace("nonceStr=abc", "nonceStr=abd");
    assert!(bench.page(&format!("/sim/pay?{forged}")).await.1.contains("签名失败"));
    let other = sheet(&bench, &id, "&as=son1");
    assert!(bench.page(&format!("/sim/pay?{other}")).await.1.contains("不一致"));
    bench.advance(7200).await;
    assert!(bench.page(&format!("/sim/pay?{}", sheet(&bench, &id, ""))).await.1.contains("已过期"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_payer_cancels_then_pays_and_is_sent_back_on_this_machine_only() {
    let bench = Bench::new().await;
    let id = bench.prepay("LUNCH00001", 1234).await;
    let back = format!("&return_url={}", encoded("http://localhost:5173/order?id=1#top"));
    let cancelled = bench.form("/sim/pay", &sheet(&bench, &id, &format!("{back}&act=cancel"))).await;
    assert_eq!(cancelled.status, 303);
    assert_eq!(cancelled.headers["location"], "http://localhost:5173/order?id=1&wx_pay=cancel#top");
    assert_eq!(state(&bench).await, "NOTPAY");

    let far = format!("&return_url={}&act=pay", encoded("https://far.example/"));
    let paid = bench.form("/sim/pay", &sheet(&bench, &id, &far)).await;
    assert_eq!(paid.status, 200);
    assert!(String::from_utf8(paid.body).unwrap().contains("支付成功"));
    assert_eq!(state(&bench).await, "SUCCESS");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_goes_offline_has_paid_all_the_same() {
    let bench = Bench::new().await;
    let id = bench.prepay("LUNCH00001", 1234).await;
    let page = bench.form("/sim/pay", &sheet(&bench, &id, "&return_url=%2Forder&act=offline")).await;
    let page = String::from_utf8(page.body).unwrap();
    assert!(page.contains("断网") && !page.contains("wx_pay"));
    assert_eq!(state(&bench).await, "SUCCESS");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_carries_the_banner_and_escapes() {
    let bench = Bench::new().await;
    let mut body = bench.prepay_body("LUNCH00001", 100);
    body["description"] = "<script>alert(1)</script>".into();
    bench.call("POST", "/v3/pay/transactions/jsapi", &body).await;
    for target in ["/sim", "/sim/orders", "/sim/login", "/sim/pay"] {
        let (status, page) = bench.page(target).await;
        assert_eq!(status, 200, "{target}");
        assert!(page.contains("模拟环境，不是真的微信支付"), "{target}");
        assert!(!page.contains("<script"), "{target}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_listens_on_this_machine_only() {
    let options = wechat_simulator::Options { bind: "0.0.0.0:0".to_owned(), ..Default::default() };
    assert!(wechat_simulator::start(options).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_takes_nothing_and_leaves_the_order_open() {
    let bench = Bench::new().await;
    let id = bench.prepay("LUNCH00001", 1234).await;
    let wrong = bench.form("/sim/pay", &sheet(&bench, &id, "&act=password")).await;
    assert!(String::from_utf8(wrong.body).unwrap().contains("支付密码错误"));
    assert_eq!(state(&bench).await, "NOTPAY");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_inbox_asks_shows_and_counts() {
    let bench = Bench::new().await;
    bench.post("/sim/templates", &serde_json::json!({ "T<1>": ["thing1"] })).await;
    let (status, page) = bench.page("/sim/inbox/daughter1").await;
    assert_eq!(status, 200);
    assert!(page.contains("T&lt;1&gt;") && page.contains("还可发送 0 条"), "{page}");
    let pressed = bench.form("/sim/inbox/daughter1", "template_id=T%3C1%3E&result=accept").await;
    assert_eq!((pressed.status, pressed.headers["location"].as_str()), (303, "/sim/inbox/daughter1"));
    assert!(bench.page("/sim/inbox/daughter1").await.1.contains("还可发送 1 条"));
    assert_eq!(bench.get("/sim/pushes").await[0]["event"], "subscribe_msg_popup_event");
    assert!(bench.page("/sim/inbox").await.1.contains("/sim/inbox/elder3"));
}
