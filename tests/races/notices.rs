//! Notifications that come often, late, forged or false.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde_json::json;

use crate::on_both;
use crate::world::client::Person;
use crate::world::place::order_input;
use crate::world::post_box::PostBox;
use crate::world::{Backend, World};

async fn one_notification_fifty_times(backend: Backend) {
    let post_box = PostBox::open();
    let url = post_box.url.clone();
    let world = World::with(backend, |settings| {
        settings.insert("public_url".into(), url);
    })
    .await;
    let canteen = world.canteen().await;
    let slot = world.lunch(&canteen, "2026-06-05", (1, 40)).await;
    let father = world.elder("王桂芬", "1944-03-01").await;
    let daughter = world.family_of("daughter1", father).await;
    world.at("2026-06-04 08:00").await;
    let placed = world.place(&daughter, order_input("1", father, slot, ("DINE_IN", canteen.lunch))).await;
    let id = placed["order"]["id"].as_str().unwrap();
    world.press_pay(&daughter, id).await;
    world.deliver().await;
    let letters = post_box.letters();
    assert_eq!((letters.len(), world.state(&daughter, id).await.as_str()), (1, "HELD"));

    let answers = join_all((0..50).map(|_| world.hand_in(&letters[0]))).await;
    assert_eq!(answers, vec![204; 50]);
    assert_eq!(world.state(&daughter, id).await, "CONFIRMED");
    assert_eq!((world.verdicts("applied").await, world.verdicts("known").await), (1, 49));
    let once = world.number("count(*) FROM ledger_entry").await;
    assert_eq!((once, world.number("count(*) FROM wechat_inbox").await), (2, 1));
    assert_eq!(world.balances().await["wechat"], 900);

    // A day later the same bytes are stale, and the platform's own repetition is known.
    world.at("2026-06-05 08:00").await;
    assert_eq!(world.hand_in(&letters[0]).await, 400);
    assert_eq!(world.verdicts("stale").await, 1);
    assert_eq!(world.number("count(*) FROM ledger_entry").await, once);
    world.assert_money().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_notification_fifty_times_at_once_and_a_day_later_is_one_posting_on_sqlite() {
    one_notification_fifty_times(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_notification_fifty_times_at_once_and_a_day_later_is_one_posting_on_postgres() {
    one_notification_fifty_times(Backend::Postgres).await;
}

/// What is wrong with a notification, and how the refusal is counted.
const SPOILT: [(&str, &str); 10] = [
    ("notify_forged", "bad_signature"),
    ("notify_tampered", "bad_signature"),
    ("notify_stale", "stale"),
    ("notify_signtest", "probe"),
    ("notify_unsigned", "missing_header"),
    ("notify_unknown_serial", "unknown_serial"),
    ("notify_wrong_amount", "mismatch"),
    ("notify_wrong_mchid", "mismatch"),
    ("notify_wrong_appid", "mismatch"),
    ("notify_wrong_openid", "mismatch"),
];

/// Ten orders, each paid at the platform, none confirmed here yet.
async fn ten_paid_orders(world: &World) -> (Person, Vec<(String, String)>) {
    let canteen = world.canteen().await;
    let slot = world.lunch(&canteen, "2026-06-05", (1, 40)).await;
    let crowd = world.crowd(1, SPOILT.len()).await;
    let person = crowd[0].person.clone();
    world.at("2026-06-04 20:00").await;
    let mut orders = Vec::new();
    for (number, elder) in crowd[0].elders.iter().enumerate() {
        let input = order_input(&number.to_string(), *elder, slot, ("DINE_IN", canteen.lunch));
        let placed = world.place(&person, input).await;
        let id = placed["order"]["id"].as_str().unwrap().to_owned();
        let trade = world.press_pay(&person, &id).await;
        orders.push((id, trade));
    }
    (person, orders)
}

on_both! {
    async fn forged_stale_and_false_notifications_change_nothing_and_are_counted(world: World) {
        let (person, orders) = ten_paid_orders(&world).await;
        let rules: Vec<_> = SPOILT
            .iter()
            .zip(&orders)
            .map(|((effect, _), (_, trade))| json!({ "effect": effect, "times": 1, "out_trade_no": trade }))
            .collect();
        world.misbehave(&json!(rules)).await;
        world.deliver().await;
        for ((effect, _), (order, _)) in SPOILT.iter().zip(&orders) {
            assert_eq!(world.state(&person, order).await, "HELD", "{effect}");
        }
        assert_eq!(world.number("count(*) FROM ledger_entry").await, 0);
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for (_, verdict) in SPOILT {
            *counts.entry(verdict).or_default() += 1;
        }
        for (verdict, count) in counts {
            assert_eq!(world.verdicts(verdict).await, count, "{verdict}");
        }
        assert_eq!(world.verdicts("applied").await, 0);

        // Honest repetitions and the server's own questions settle every one of them.
        world.rest().await;
        for (order, _) in &orders {
            assert_eq!(world.state(&person, order).await, "CONFIRMED");
        }
        assert_eq!(world.balances().await["wechat"], 9_000);
        world.assert_money().await;
    }
}
