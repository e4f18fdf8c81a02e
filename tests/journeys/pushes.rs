//! Message push of the platform: believed when the signature fits, applied once.

use nuanyang::kit::db::execute;
use serde_json::{Value, json};
use wechat::mini::{Media, Scene as Shown};

use crate::on_both;
use crate::world::client::Person;
use crate::world::place::order_input;
use crate::world::{Backend, World};

/// The platform pushes to this world.
async fn pushing(world: &World) {
    let url = format!("{}/wechat/push", world.base);
    world.sim_post("/sim/settings", &json!({ "push_url": url })).await;
}

/// Delivers what is due; statuses of the tries.
async fn flush(world: &World) -> Vec<Value> {
    let told = world.sim_post("/sim/notifications/flush", &json!({})).await;
    told["pushed"].as_array().unwrap().iter().map(|push| push["status"].clone()).collect()
}

/// The person says yes on the phone; the page tells nothing.
async fn agree(world: &World, who: &Person) {
    world.agree_on_phone(who, &["SIM_DONE".to_owned()]).await;
}

/// Lines of the inbox that came by push.
async fn pushed(world: &World) -> i64 {
    world.number("count(*) FROM wechat_inbox WHERE id LIKE 'push:%'").await
}

/// Hands a message in as the platform would in plain mode; the status.
async fn hand_in(world: &World, message: &Value, word: Option<&str>) -> u16 {
    let merchant = world.sim_get("/sim/merchant.json").await;
    let (at, nonce) = (world.app.clock.unix_s().to_string(), "4711");
    let mut parts = [at.as_str(), nonce, word.unwrap_or(merchant["push_token"].as_str().unwrap())];
    parts.sort_unstable();
    let whole = parts.concat();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, whole.as_bytes());
    let signature = nuanyang::kit::seal::hex(digest.as_ref());
    let url = format!("{}/wechat/push?signature={signature}&timestamp={at}&nonce={nonce}", world.base);
    world.http.post(url).json(message).send().await.unwrap().status().as_u16()
}

on_both! {
    async fn the_address_is_tested_and_a_consent_told_by_both_sides_is_one(world: World) {
        pushing(&world).await;
        assert_eq!(world.sim_post("/sim/pushes/check", &json!({})).await["is_good"], true);
        let daughter = world.login("daughter1").await;
        agree(&world, &daughter).await;
        assert_eq!(flush(&world).await, [200]);
        assert_eq!(world.remaining(&daughter, "DONE").await, 1);
        // The page tells of the same yes later; the next one it tells first.
        let tell = async || {
            let answers = json!([{ "template": "SIM_DONE", "choice": "ACCEPT" }]);
            let input = json!({ "requestKey": crate::world::contract::fresh_key(), "answers": answers });
            world.act(&daughter, "subscriptionRecord", input, "subscriptions { templates { kind } }").await;
        };
        tell().await;
        assert_eq!(world.remaining(&daughter, "DONE").await, 1);
        tell().await;
        world.pass(1).await;
        agree(&world, &daughter).await;
        assert_eq!(flush(&world).await, [200]);
        assert_eq!(world.remaining(&daughter, "DONE").await, 2);
        assert_eq!(pushed(&world).await, 2);
        // A ban on the phone in the next prompt is heard by the page; the event calls it a no for this time.
        let wish = json!({ "as": "daughter1", "template_ids": ["SIM_DONE"], "result": "reject" });
        world.pass(1).await;
        world.sim_post("/sim/consents", &wish).await;
        flush(&world).await;
        assert_eq!(world.remaining(&daughter, "DONE").await, 2);
    }

    async fn repetitions_do_nothing_and_wrong_signatures_are_refused(world: World) {
        pushing(&world).await;
        let daughter = world.login("daughter1").await;
        world.misbehave(&json!([{ "effect": "notify_duplicate", "value": 3, "times": 1 }])).await;
        agree(&world, &daughter).await;
        assert_eq!(flush(&world).await, [200]);
        assert_eq!((world.remaining(&daughter, "DONE").await, pushed(&world).await), (1, 1));
        for effect in ["notify_forged", "notify_stale", "notify_tampered"] {
            world.pass(10).await;
            world.misbehave(&json!([{ "effect": effect, "times": 1 }])).await;
            agree(&world, &daughter).await;
            assert_eq!(flush(&world).await, [403], "{effect}");
            assert_eq!((world.remaining(&daughter, "DONE").await, pushed(&world).await), (1, 1), "{effect}");
            // The platform tries again, and this time it is in order.
            world.pass(10).await;
            flush(&world).await;
            assert_eq!(world.remaining(&daughter, "DONE").await, 2, "{effect}");
            execute(world.app.db.write(), "UPDATE message_consent SET remaining = 1", []).await.unwrap();
            execute(world.app.db.write(), "DELETE FROM wechat_inbox WHERE id IN (SELECT max(id) FROM wechat_inbox)", []).await.unwrap();
        }
        // Plain mode is not taken unless the operator wants it.
        let message = json!({ "FromUserName": "o1", "CreateTime": 1, "MsgType": "event", "Event": "anything" });
        assert_eq!(hand_in(&world, &message, None).await, 403);
    }

    async fn what_arrived_and_what_was_judged_is_kept(world: World) {
        pushing(&world).await;
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-05", (3, 40)).await;
        let manager = world.manager("canteen1", &canteen).await;
        let father = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", father).await;
        world.subscribe(&daughter, &["MEAL_READY"]).await;
        world.at("2026-06-04 20:00").await;
        world.paid(&daughter, order_input("1", father, slot, ("DINE_IN", canteen.lunch))).await;
        world.at("2026-06-05 09:00").await;
        world.prepare(&manager, &canteen, ("2026-06-05", "LUNCH")).await;
        world.work().await;
        let arrived = "count(*) FROM message WHERE has_arrived";
        assert_eq!(world.number(arrived).await, 0);
        flush(&world).await;
        assert_eq!(world.number(arrived).await, 1);

        let openid = world.sim_get("/sim/login?as=daughter1").await["openid"].as_str().unwrap().to_owned();
        world.login("daughter1").await;
        let file = (Media::Image, "https://pictures.example/色情.png");
        let trace = world.app.mini.check_media(&openid, Shown::Comment, file).await.unwrap();
        world.pass(5).await;
        flush(&world).await;
        let judged = format!("count(*) FROM media_check WHERE trace_id = '{trace}' AND verdict = 'RISKY' AND label = 20002");
        assert_eq!(world.number(&judged).await, 1);
    }
}

async fn plain(backend: Backend) {
    let world = World::with(backend, |settings| {
        settings.insert("wechat_push_plain".into(), "true".into());
    })
    .await;
    pushing(&world).await;
    world.sim_post("/sim/settings", &json!({ "push_secure": false })).await;
    let daughter = world.login("daughter1").await;
    agree(&world, &daughter).await;
    assert_eq!(flush(&world).await, [200]);
    assert_eq!(world.remaining(&daughter, "DONE").await, 1);

    let openid = world.sim_get("/sim/login?as=daughter1").await["openid"].clone();
    let at = world.app.clock.unix_s();
    let event =
        |name: &str| json!({ "FromUserName": openid, "CreateTime": at, "MsgType": "event", "Event": name });
    let unknown = event("something_of_tomorrow");
    assert_eq!(hand_in(&world, &unknown, Some("wrong word")).await, 403);
    assert_eq!(pushed(&world).await, 1);
    for _ in 0..2 {
        assert_eq!(hand_in(&world, &unknown, None).await, 200);
    }
    let kept = "count(*) FROM wechat_inbox WHERE event_type = 'something_of_tomorrow' AND verdict = 'stored'";
    assert_eq!((world.number(kept).await, pushed(&world).await), (1, 2));
    assert_eq!(hand_in(&world, &json!("no event"), None).await, 400);
    // Oddities are kept like anything unknown, or change nothing.
    let odd = |name: &str, more: Value| {
        let mut odd = event(name);
        odd.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        odd
    };
    let list = json!([{ "TemplateId": "SIM\u{0}DONE", "MsgID": "1\u{0}", "SubscribeStatusString": "\u{0}", "ErrorCode": "0" }]);
    let nul = json!({ "FromUserName": "o\u{0}", "MsgId": "9\u{0}", "Content": "\u{0}" });
    for (message, status) in [
        (odd("odd\u{0}event", nul), 200),
        (
            odd(
                "wxa_media_check",
                json!({ "trace_id": "t\u{0}", "result": { "suggest": "ri\u{0}sky", "label": 1 } }),
            ),
            200,
        ),
        (odd("wxa_media_check", json!({ "trace_id": "t".repeat(6_000) })), 200),
        (
            odd(
                "trade_manage_remind_shipping",
                json!({ "merchant_trade_no": "N\u{0}", "transaction_id": "\u{0}" }),
            ),
            200,
        ),
        (odd("trade_manage_order_settlement", json!({ "merchant_trade_no": "N\u{0}" })), 200),
        (odd("subscribe_msg_popup_event", json!({ "List": list })), 200),
        (odd("subscribe_msg_sent_event", json!({ "List": list })), 200),
    ] {
        assert_eq!(hand_in(&world, &message, None).await, status, "{message}");
    }
    // Who takes an authorisation back hears nothing more.
    assert_eq!(hand_in(&world, &event("user_authorization_revoke"), None).await, 200);
    assert_eq!(world.remaining(&daughter, "DONE").await, 0);
    assert_eq!(world.number("count(*) FROM event WHERE name = 'authorization_revoked'").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plain_messages_and_unknown_events_on_sqlite() {
    plain(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plain_messages_and_unknown_events_on_postgres() {
    plain(Backend::Postgres).await;
}
