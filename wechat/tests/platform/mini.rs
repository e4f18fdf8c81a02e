//! Phone numbers, media checks, codes to print, shipping, and one token for eight processes.

use std::sync::Arc;

use serde_json::json;
use tokio::task::JoinSet;
use wechat::mini::{
    Edition, MemoryTokenStore, MiniError, OrderKey, Scene, SceneCode, Shipping, ShippingOutcome,
    ShippingState, TextVerdict, TokenStore, UrlLink, Way,
};
use wechat_simulator::openid_of;

use crate::bench::Bench;

#[tokio::test]
async fn eight_processes_fetch_one_token_a_period() {
    let bench = Bench::new().await;
    let store: Arc<dyn TokenStore> = Arc::new(MemoryTokenStore::new(bench.now()));
    let processes: Vec<_> = (0..8).map(|_| bench.mini_sharing(&store)).collect();
    for period in 1..=5 {
        bench.get("/sim/login?as=elder1").await;
        let mut calls = JoinSet::new();
        for mini in &processes {
            for _ in 0..4 {
                let mini = mini.clone();
                calls.spawn(
                    async move { mini.check_text(&openid_of("elder1"), Scene::Comment, "好吃").await },
                );
            }
        }
        assert!(calls.join_all().await.iter().all(|said| *said == Ok(TextVerdict::Pass)));
        let fetched = bench.calls("/cgi-bin/stable_token").await;
        assert_eq!(fetched, period, "one fetch in each period");
        bench.advance(7200 - 240).await;
    }
}

#[tokio::test]
async fn a_revoked_token_costs_one_fetch_for_all_processes() {
    let bench = Bench::new().await;
    let store: Arc<dyn TokenStore> = Arc::new(MemoryTokenStore::new(bench.now()));
    let processes: Vec<_> = (0..8).map(|_| bench.mini_sharing(&store)).collect();
    bench.get("/sim/login?as=elder1").await;
    let openid = openid_of("elder1");
    for mini in &processes {
        mini.check_text(&openid, Scene::Comment, "好").await.unwrap();
    }
    let revoked = format!("{}/sim/tokens/revoke", bench.sim.url());
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    http.post(revoked).send().await.unwrap();
    let mut calls = JoinSet::new();
    for mini in processes {
        let openid = openid.clone();
        calls.spawn(async move { mini.check_text(&openid, Scene::Comment, "好").await });
    }
    assert!(calls.join_all().await.iter().all(Result::is_ok));
    assert_eq!(bench.calls("/cgi-bin/stable_token").await, 2);
}

#[tokio::test]
async fn a_phone_code_gives_its_number_once() {
    let bench = Bench::new().await;
    let mini = bench.mini();
    let code = bench.get("/sim/phone?as=daughter1&number=19900000001").await;
    let code = code["code"].as_str().unwrap();
    let phone = mini.phone_number(code).await.unwrap();
    assert_eq!((phone.number.as_str(), phone.country_code.as_str()), ("19900000001", "86"));
    assert!(!format!("{phone:?}").contains("1990"), "a number does not show itself");
    assert_eq!(mini.phone_number(code).await, Err(MiniError::InvalidCode));
    assert_eq!(mini.phone_number("").await, Err(MiniError::InvalidCode));
    bench.post("/sim/settings", json!({ "phone_quota": 0 })).await;
    assert_eq!(mini.phone_number("x").await, Err(MiniError::QuotaUsedUp));
}

#[tokio::test]
async fn a_picture_is_handed_in_and_judged_later_by_push() {
    let bench = Bench::new().await;
    let mini = bench.mini();
    bench.get("/sim/login?as=elder1").await;
    let media = (wechat::mini::Media::Image, "https://example.org/赌博.png");
    let trace = mini.check_media(&openid_of("elder1"), Scene::Comment, media).await.unwrap();
    bench.advance(5).await;
    let pushes = bench.get("/sim/pushes").await;
    let pushed = wechat::push::Pushed::read(pushes[0]["message"].to_string().as_bytes()).unwrap();
    let expected = wechat::push::Event::MediaChecked {
        trace_id: trace,
        verdict: Some(TextVerdict::Risky { label: 20006 }),
    };
    assert_eq!(pushed.event, expected);
    let local = (wechat::mini::Media::Audio, "file:///etc/passwd");
    let refused = mini.check_media("o1", Scene::Comment, local).await;
    assert!(matches!(refused, Err(MiniError::Argument { field: "media_url", .. })));
}

#[tokio::test]
async fn a_code_to_print_is_a_picture_and_a_refusal_under_the_same_200_is_told_apart() {
    let bench = Bench::new().await;
    let mini = bench.mini();
    let code = SceneCode {
        scene: "c=3f9a".to_owned(),
        page: "pages/canteen/canteen".to_owned(),
        checks_page: true,
        edition: Edition::Formal,
        width: 430,
    };
    let picture = mini.scene_code(&code).await.unwrap();
    assert_eq!(picture.content_type, "image/png");
    assert!(picture.bytes.windows(6).any(|part| part == b"c=3f9a"));
    let unpublished = SceneCode { page: "pages/unpublished/x".to_owned(), ..code.clone() };
    let refused = mini.scene_code(&unpublished).await.unwrap_err();
    assert!(matches!(refused, MiniError::Refused { errcode: 41030, .. }), "{refused:?}");
    for (scene, page, width) in [
        ("", "p", 430),
        ("王", "p", 430),
        ("a b", "p", 430),
        (&*"x".repeat(33), "p", 430),
        ("x", "/p", 430),
        ("x", "p?a=1", 430),
        ("x", "p", 279),
        ("x", "p", 1281),
    ] {
        let (scene, page) = (scene.to_owned(), page.to_owned());
        let wrong = SceneCode { scene, page, width, ..code.clone() };
        assert!(matches!(mini.scene_code(&wrong).await, Err(MiniError::Argument { .. })), "{wrong:?}");
    }
    let link =
        UrlLink { path: "pages/a".into(), query: "b=1".into(), lasts_days: 7, edition: Edition::Trial };
    assert!(mini.url_link(&link).await.unwrap().starts_with("https://"));
    assert!(mini.url_link(&UrlLink { lasts_days: 31, ..link }).await.is_err());
}

fn shipping(number: &str, item: &str, at: i64) -> Shipping {
    Shipping {
        order: OrderKey::Ours { mchid: "1900000001".to_owned(), out_trade_no: number.to_owned() },
        way: Way::Virtual,
        item: item.to_owned(),
        uploaded_at: at,
        openid: openid_of("daughter1"),
    }
}

#[tokio::test]
async fn a_service_is_shipped_after_the_first_minute_once_and_settled() {
    let bench = Bench::new().await;
    let (mini, pay) = (bench.mini(), bench.pay());
    let id = bench.paid(&pay, "VISIT00001", 6000).await;
    let first = shipping("VISIT00001", "上门助浴一次", 1_790_000_000);
    let too_early = ShippingOutcome::NotThereYet { retry_after_s: 60 };
    assert_eq!(mini.upload_shipping(&first).await, Ok(too_early));
    bench.advance(60).await;
    assert_eq!(mini.upload_shipping(&first).await, Ok(ShippingOutcome::Uploaded));
    assert_eq!(mini.upload_shipping(&first).await, Ok(ShippingOutcome::AlreadyShipped));
    let key = OrderKey::Platform { transaction_id: id };
    let order = mini.shipping_order(&key).await.unwrap().unwrap();
    assert_eq!((order.out_trade_no.as_str(), order.state), ("VISIT00001", ShippingState::Shipped));
    bench.advance(2 * 86_400).await;
    assert_eq!(mini.shipping_order(&key).await.unwrap().unwrap().state, ShippingState::Done);
    let late = shipping("VISIT00001", "别的", 1_790_100_000);
    assert_eq!(mini.upload_shipping(&late).await, Ok(ShippingOutcome::WrongState));
    let unknown = OrderKey::Platform { transaction_id: "0".to_owned() };
    assert_eq!(mini.shipping_order(&unknown).await, Ok(None));
    assert_eq!(mini.is_trade_managed().await, Ok(false));
    let long = shipping("VISIT00001", &"长".repeat(121), 1);
    assert_eq!(mini.upload_shipping(&long).await, Err(MiniError::Length { max_chars: 120 }));
}
