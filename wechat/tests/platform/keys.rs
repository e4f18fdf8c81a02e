//! Both kinds of the platform's keys, their switch, rotations on both sides, and a wrong clock.

use serde_json::json;
use wechat::pay::{AnswerKey, MerchantKey, Pay, PayConfig, PayError, PayOptions, PlatformKey, Rejection};
use wechat_simulator::{Options, Settings};

use crate::bench::{Bench, START, TIMEOUTS};

fn certificate(bench: &Bench, index: usize) -> PlatformKey {
    let pem = bench.sheet["platform_certificates"][index]["certificate_pem"].as_str().unwrap();
    PlatformKey::Certificate { pem: pem.to_owned() }
}

fn public_key(bench: &Bench) -> PlatformKey {
    bench.pay_config().platform_keys.remove(0)
}

fn pay_with(bench: &Bench, config: PayConfig, options: PayOptions) -> Pay {
    Pay::with_options(config, PayOptions { timeouts: TIMEOUTS, ..options }, bench.now()).unwrap()
}

#[tokio::test]
async fn a_switch_step_by_step_loses_no_notification_and_can_go_back() {
    let bench = Bench::new().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = bench.pay_config();
    config.notify_url = format!("http://{}/wechat/pay", listener.local_addr().unwrap());
    config.platform_keys = vec![public_key(&bench), certificate(&bench, 0)];
    let pay =
        pay_with(&bench, config, PayOptions { answer_key: AnswerKey::Certificate, ..PayOptions::default() });
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(crate::listener::serve(listener, pay.clone()));
    let mut number = 0;
    // 0.1, 1, 5, 10, 20, 50, 100 per cent, and back.
    for permille in [1, 10, 50, 100, 200, 500, 1000, 0] {
        bench.post("/sim/keys", json!({ "mode": "migration", "permille": permille })).await;
        for _ in 0..10 {
            number += 1;
            bench.paid(&pay, &format!("LUNCH{number:05}"), 100).await;
        }
        let flushed = bench.post("/sim/notifications/flush", json!({})).await;
        let delivered = flushed["delivered"].as_array().unwrap();
        assert_eq!(delivered.len(), 10);
        assert!(delivered.iter().all(|it| it["is_delivered"] == true), "{permille}: {flushed}");
    }
    let counts = pay.signature_counts();
    assert!(counts.public_key >= 10 && counts.certificate >= 10, "{counts:?}");
    assert_eq!(counts.public_key + counts.certificate, 160, "80 prepays and 80 notifications, each once");
}

#[tokio::test]
async fn a_client_without_any_key_bootstraps_and_follows_a_rotation() {
    let bench = Bench::new().await;
    bench.post("/sim/keys", json!({ "mode": "certificate", "listed": [1] })).await;
    let mut config = bench.pay_config();
    (config.platform_keys, config.uses_certificates) = (Vec::new(), true);
    let pay = pay_with(&bench, config, PayOptions::default());
    bench.paid(&pay, "LUNCH00001", 100).await;
    assert_eq!(bench.calls("/v3/certificates").await, 1);
    // The next certificate is listed before it signs.
    bench.post("/sim/keys", json!({ "mode": "certificate", "listed": [1, 2], "certificate": 2 })).await;
    bench.advance(61).await;
    pay.query("LUNCH00001").await.unwrap();
    assert_eq!(bench.calls("/v3/certificates").await, 2, "one download for the unknown serial");
    pay.query("LUNCH00001").await.unwrap();
    assert_eq!(bench.calls("/v3/certificates").await, 2);
    pay.refresh_certificates().await.unwrap();
    assert_eq!(bench.calls("/v3/certificates").await, 2, "not within a minute");
    bench.advance(12 * 3600).await;
    pay.refresh_certificates().await.unwrap();
    assert_eq!(bench.calls("/v3/certificates").await, 3, "every twelve hours");
}

#[tokio::test]
async fn platform_keys_are_replaced_without_a_restart() {
    let bench = Bench::new().await;
    let mut config = bench.pay_config();
    config.platform_keys = vec![certificate(&bench, 0)];
    let pay = pay_with(&bench, config, PayOptions::default());
    let clone = pay.clone();
    let order = pay.freeze_prepay(&bench.order("LUNCH00001", 100)).unwrap();
    let error = pay.prepay(&order).await.unwrap_err();
    assert!(matches!(error, PayError::Unverified { reason: Rejection::UnknownSerial, .. }), "{error:?}");
    pay.replace_platform_keys(&[public_key(&bench), certificate(&bench, 0)]).unwrap();
    clone.prepay(&order).await.unwrap();
    assert!(pay.replace_platform_keys(&[]).is_err());
}

/// The drill of the README: new key made, both let in, switched, the old one taken away.
#[tokio::test]
async fn the_merchant_changes_its_key_and_no_order_is_stranded() {
    let bench = Bench::new().await;
    let old = bench.pay();
    let frozen = old.freeze_prepay(&bench.order("LUNCH00001", 100)).unwrap();
    let made_with = old.merchant_serial().to_owned();
    let prepay_id = old.prepay(&frozen).await.unwrap();

    bench.post("/sim/keys", json!({ "mode": "public_key", "merchant": [1, 2] })).await;
    let next = &bench.sheet["next_merchant"];
    let mut config = bench.pay_config();
    let former =
        MerchantKey { serial: config.merchant_serial.clone(), key_pem: config.merchant_key_pem.clone() };
    config.merchant_serial = next["merchant_serial"].as_str().unwrap().to_owned();
    config.merchant_key_pem = next["merchant_key_pem"].as_str().unwrap().into();
    let new =
        pay_with(&bench, config, PayOptions { former_merchant_keys: vec![former], ..PayOptions::default() });
    new.query("LUNCH00001").await.unwrap();

    // The page of an order made before is signed with the key of that order.
    let page = |params: &wechat::pay::ClientParams| {
        let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        format!(
            "{}/sim/pay?appId={}&timeStamp={}&nonceStr={}&package={}&signType=RSA&paySign={}",
            bench.sim.url(),
            bench.text("appid"),
            params.time_stamp,
            params.nonce_str,
            encode(&params.package),
            encode(&params.pay_sign)
        )
    };
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let show = async |url: String| http.get(url).send().await.unwrap().text().await.unwrap();
    let wrong = new.client_params(&prepay_id).unwrap();
    assert!(show(page(&wrong)).await.contains("签名失败"));
    let right = new.client_params_by(&prepay_id, &made_with).unwrap();
    assert!(show(page(&right)).await.contains("确认支付"));
    assert!(new.client_params_by(&prepay_id, "FFFF").is_err());

    bench.post("/sim/keys", json!({ "mode": "public_key", "merchant": [2] })).await;
    assert!(new.query("LUNCH00001").await.is_ok());
    let refused = old.query("LUNCH00001").await.unwrap_err();
    assert_eq!(refused.advice(), wechat::pay::Advice::CheckKeysAndClock);
}

#[tokio::test]
async fn a_wrong_clock_is_noticed_corrected_for_requests_and_shown() {
    let settings = Settings { auto_notify: false, ..Settings::default() };
    let options = Options { seed: 7, start_at: Some(START + 900), settings, ..Options::default() };
    let bench = Bench::with(options).await;
    let pay = bench.pay();
    assert_eq!(pay.clock_skew_s(), None);
    let frozen = pay.freeze_prepay(&bench.order("LUNCH00001", 100)).unwrap();
    // time_expire lies in the platform's past, so the platform refuses it, with a signature that we believe.
    let refused = pay.prepay(&frozen).await.unwrap_err();
    assert!(matches!(refused, PayError::Api { http: 400, .. }), "{refused:?}");
    assert_eq!(pay.clock_skew_s(), Some(900));
    assert_eq!(
        bench.calls("/v3/pay/transactions/jsapi").await,
        2,
        "refused with 401, then with the right time"
    );
    let missing = pay.query("LUNCH00001").await.unwrap_err();
    assert_eq!(missing.advice(), wechat::pay::Advice::Missing, "later calls go through at once");
    assert_eq!(bench.calls("/v3/pay/transactions/out-trade-no").await, 1);
}
