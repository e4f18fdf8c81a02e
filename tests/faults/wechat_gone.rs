//! WeChat is out of reach for an hour: the house goes on, and what waited is done afterwards, once.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::world::client::{Person, refusal};
use crate::world::place::{Canteen, order_input};
use crate::world::{Backend, World};

const DAY: &str = "2026-06-05";
/// Messages in a minute.
const RATE: usize = 4;
const MEALS: usize = 10;

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
    let (calls, mut expired) = (journal(&world).await, Value::Null);
    let refresh = json!({ "refreshToken": daughter.refresh });
    let again = world.act(&daughter, "sessionRefresh", refresh, "tokens { accessToken }").await;
    assert!(again["tokens"]["accessToken"].is_string(), "sessions need no WeChat: {again}");
    for minute in 1..=60 {
        world.pass(60).await;
        world.work().await;
        if minute == 30 {
            expired = json!(world.state(&daughter, &unpaid).await);
            assert_eq!(world.state(&daughter, &left).await, "EXPIRED", "nobody tried to pay for it");
        }
    }
    assert_eq!(world.kinds_of_messages(&daughter).await.len(), MEALS, "the app tells at once");
    assert_eq!(world.inbox(&daughter).await.len(), 0);
    // Each minute a probe or a query, not one call for each message that waits.
    let tried = journal(&world).await - calls;
    assert!(tried < 60 * 6, "{tried} calls in vain");

    world.behave().await;
    let mut sent = Vec::new();
    for _ in 0..12 {
        world.pass(60).await;
        world.work().await;
        sent.push(world.inbox(&daughter).await.len());
    }
    let steps = std::iter::once(&0).chain(&sent).zip(&sent).map(|(before, after)| after - before);
    assert!(steps.clone().all(|step| step <= RATE), "faster than allowed: {sent:?}");
    assert_eq!((*sent.last().unwrap(), world.sendings("SENT").await), (MEALS, 10), "{sent:?}");
    world.rest().await;
    assert_eq!(world.state(&daughter, &unpaid).await, "EXPIRED");
    eprintln!(
        "an hour without WeChat: breaker after {took:?}, {tried} calls in vain, unpaid at half past: {expired}"
    );
    world.assert_money().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_hour_without_wechat_loses_nothing_on_sqlite() {
    an_hour_without(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_hour_without_wechat_loses_nothing_on_postgres() {
    an_hour_without(Backend::Postgres).await;
}
