//! WeChat is out of reach for an hour: the house goes on, and what waited is done afterwards, once.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::on_both;
use crate::world::acts::id_of;
use crate::world::client::{Person, refusal};
use crate::world::place::{Canteen, order_input};
use crate::world::scene::Scene;
use crate::world::{Backend, World};

const DAY: &str = "2026-06-05";
/// Messages in a minute.
const RATE: usize = 4;
const MEALS: usize = 10;
/// After so many seconds the breaker lets calls through again.
const BREAKER_S: i64 = 6;

async fn journal(world: &World) -> usize {
    world.sim_get("/sim/journal?kind=call&limit=20000").await.as_array().unwrap().len()
}

/// A daughter with meals of ten elders, cooked this morning, and consents to be told of all of them.
async fn ten_meals(world: &World) -> (Canteen, Person, Person) {
    let canteen = world.canteen().await;
    let slot = world.lunch(&canteen, DAY, (3, 40)).await;
    let manager = world.manager("canteen1", &canteen).await;
    let daughter = world.login("daughter1").await;
    for _ in 0..MEALS {
        world.subscribe(&daughter, &["MEAL_READY"]).await;
    }
    world.at("2026-06-04 20:00").await;
    for number in 0..MEALS {
        let elder = world.elder(&format!("王桂芬{number}"), "1944-03-01").await;
        world.bond(&daughter, elder, 15).await;
        let input = order_input(&number.to_string(), elder, slot, ("DINE_IN", canteen.lunch));
        world.paid(&daughter, input).await;
    }
    world.at("2026-06-05 09:00").await;
    (canteen, manager, daughter)
}

/// Somebody tries to sign in until nothing is sent any more; how long that took.
async fn until_the_breaker_opens(world: &World) -> Duration {
    let began = Instant::now();
    loop {
        let before = journal(world).await;
        let document = "mutation { sessionStart(input: { code: \"x\" }) { userErrors { code } } }";
        let said = world.ask(None, document, json!({})).await;
        assert_eq!(said["data"]["sessionStart"]["userErrors"][0]["code"], "WECHAT_UNAVAILABLE", "{said}");
        if journal(world).await == before {
            return began.elapsed();
        }
        assert!(began.elapsed() < Duration::from_secs(30), "the breaker never opens");
    }
}

/// What waited is sent, each once, no faster than allowed.
async fn messages_leave_slowly(world: &World, daughter: &Person) {
    let mut sent = Vec::new();
    for _ in 0..12 {
        world.pass(60).await;
        world.work().await;
        sent.push(world.inbox(daughter).await.len());
    }
    let steps = std::iter::once(&0).chain(&sent).zip(&sent).map(|(before, after)| after - before);
    assert!(steps.clone().all(|step| step <= RATE), "faster than allowed: {sent:?}");
    assert_eq!((*sent.last().unwrap(), world.sendings("SENT").await), (MEALS, 10), "{sent:?}");
}

async fn an_hour_without(backend: Backend) {
    let world = World::with(backend, |settings| {
        settings.insert("wechat_messages_per_minute".into(), RATE.to_string());
    })
    .await;
    let (canteen, manager, daughter) = ten_meals(&world).await;
    let late = world.elder("李秀英", "1944-03-01").await;
    world.bond(&daughter, late, 15).await;
    let slot = world.lunch(&canteen, "2026-06-06", (3, 40)).await;
    let input = |key: &str| order_input(key, late, slot, ("DINE_IN", canteen.lunch));
    // Paid at the platform, but the notification never comes; the query must find it.
    let paid = world.place(&daughter, input("90")).await["order"]["id"].as_str().unwrap().to_owned();
    world.press_pay(&daughter, &paid).await;

    world.misbehave(&json!([{ "effect": "reset_before" }, { "effect": "notify_drop" }])).await;
    let took = until_the_breaker_opens(&world).await;
    assert!(took < Duration::from_secs(5), "the breaker opened after {took:?}");

    // Families are signed in, look around and book; what nobody can pay expires.
    let mother = world.elder("钱桂珍", "1944-03-01").await;
    world.bond(&daughter, mother, 15).await;
    let unpaid = order_input("91", mother, slot, ("DINE_IN", canteen.lunch));
    let unpaid = world.place(&daughter, unpaid).await["order"]["id"].as_str().unwrap().to_owned();
    assert_eq!(world.state(&daughter, &unpaid).await, "HELD");
    let start =
        world.act(&daughter, "paymentStart", json!({ "orderId": unpaid }), "params { package }").await;
    assert!(!refusal(&start).is_empty(), "{start}");
    let aunt = world.elder("赵国珍", "1944-03-01").await;
    world.bond(&daughter, aunt, 15).await;
    let left = order_input("92", aunt, slot, ("DINE_IN", canteen.lunch));
    let left = world.place(&daughter, left).await["order"]["id"].as_str().unwrap().to_owned();
    world.prepare(&manager, &canteen, (DAY, "LUNCH")).await;
    let calls = journal(&world).await;
    let refresh = json!({ "refreshToken": daughter.refresh });
    let again = world.act(&daughter, "sessionRefresh", refresh, "tokens { accessToken }").await;
    assert!(again["tokens"]["accessToken"].is_string(), "sessions need no WeChat: {again}");
    for minute in 1..=60 {
        world.pass(60).await;
        world.work().await;
        if minute == 11 {
            assert_eq!(world.state(&daughter, &left).await, "EXPIRED", "nobody tried to pay for it");
            assert_eq!(world.state(&daughter, &unpaid).await, "HELD", "somebody may still be paying");
        }
        if minute == 14 {
            for order in [&unpaid, &paid] {
                assert_eq!(
                    world.state(&daughter, order).await,
                    "EXPIRED",
                    "WeChat takes no money for it any more"
                );
            }
            assert_eq!(world.taken(slot).await, 0, "all places are free again");
        }
    }
    assert_eq!(world.kinds_of_messages(&daughter).await.len(), MEALS, "the app tells at once");
    assert_eq!(world.inbox(&daughter).await.len(), 0);
    // Each minute a probe or a query, not one call for each message that waits.
    let tried = journal(&world).await - calls;
    assert!(tried < 60 * 6, "{tried} calls in vain");

    world.behave().await;
    messages_leave_slowly(&world, &daughter).await;
    world.rest().await;
    assert_eq!(world.state(&daughter, &unpaid).await, "EXPIRED");
    // What was paid before the outage and told after it: the place was gone by then, the money goes back once.
    assert_eq!(went_back(&world, &daughter, &paid).await, (900, 1));
    eprintln!("an hour without WeChat: breaker after {took:?}, {tried} calls in vain");
    world.assert_money().await;
}

/// An expired order that was paid all the same: fen that went back, and in how many refunds.
async fn went_back(world: &World, who: &Person, order: &str) -> (i64, usize) {
    let order = world.order(who, order).await;
    assert_eq!((&order["state"], &order["payments"][0]["state"]), (&json!("EXPIRED"), &json!("LATE_PAID")));
    let refunds = order["refunds"].as_array().unwrap();
    assert!(refunds.iter().all(|refund| refund["state"] == "SUCCESS"), "{order}");
    (refunds.iter().map(|refund| refund["amountFen"].as_i64().unwrap()).sum(), refunds.len())
}

on_both! {
    async fn a_visit_that_waits_for_its_money_gives_its_carers_back_without_wechat(world: World) {
        let scene = Scene::new(&world).await;
        let order = id_of(&scene.book(&world, "1", "2026-06-04 09:00").await);
        world.press_pay(&scene.daughter, &order).await;
        world.misbehave(&json!([{ "effect": "reset_before" }, { "effect": "notify_drop" }])).await;
        for minute in 1..=40 {
            world.pass(60).await;
            world.work().await;
            let is_expired = scene.state(&world, &order).await == "EXPIRED";
            let taken = world.number("count(*) FROM carer_time").await;
            assert_eq!(is_expired, taken == 0, "minute {minute}");
        }
        assert_eq!(scene.state(&world, &order).await, "EXPIRED");
        world.behave().await;
        world.pass(BREAKER_S).await;
        world.rest().await;
        assert_eq!(scene.state(&world, &order).await, "EXPIRED");
        assert_eq!(world.platform_fen().await, (8_000, 8_000));
        assert_eq!(world.number("count(*) FROM refund WHERE state = 'SUCCESS'").await, 1);
        world.assert_books().await;
    }

    async fn a_notification_of_an_expired_order_sends_its_money_back_once(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, DAY, (3, 1)).await;
        let elder = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", elder).await;
        world.at("2026-06-04 20:00").await;
        let input = order_input("1", elder, slot, ("DINE_IN", canteen.lunch));
        let order = id_of(&world.place(&daughter, input).await);
        world.press_pay(&daughter, &order).await;
        world.misbehave(&json!({ "effect": "reset_before", "path": "/v3/" })).await;
        for _ in 0..15 {
            world.pass(60).await;
            world.work().await;
        }
        assert_eq!((world.state(&daughter, &order).await.as_str(), world.taken(slot).await), ("EXPIRED", 0));
        // Notifications still reach us, again and again; answers to our own calls do not.
        for _ in 0..3 {
            world.deliver().await;
            world.work().await;
            world.pass(61).await;
        }
        assert_eq!(world.number("count(*) FROM refund").await, 1);
        world.behave().await;
        world.pass(BREAKER_S).await;
        world.rest().await;
        assert_eq!(went_back(&world, &daughter, &order).await, (900, 1));
        assert_eq!(world.platform_fen().await, (900, 900));
        world.assert_money().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_hour_without_wechat_loses_nothing_on_sqlite() {
    an_hour_without(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_hour_without_wechat_loses_nothing_on_postgres() {
    an_hour_without(Backend::Postgres).await;
}
