//! Many orders against one voucher: never more is spent than there was.

use futures_util::future::join_all;
use serde_json::json;

use crate::on_both;
use crate::world::acts::id_of;
use crate::world::client::refusal;
use crate::world::place::order_input;
use crate::world::voucher::holder;

on_both! {
    async fn a_hundred_orders_at_once_never_spend_more_than_the_voucher_has(world: World) {
        let canteen = world.canteen().await;
        let mut slots = Vec::new();
        for day in 5..=30 {
            slots.push(world.lunch(&canteen, &format!("2026-06-{day:02}"), (1, 100)).await);
        }
        let elder = world.elder("王桂芬", "1944-03-01").await;
        let family = join_all((0..4).map(|number| {
            let world = &world;
            async move { world.family_of(&format!("child{number}"), elder).await }
        })).await;
        world.grant(vec![holder(elder, 10_000)]).await;
        world.at("2026-06-04 20:00").await;
        let asks = (0..100).map(|number: usize| {
            let (world, who) = (&world, &family[number % 4]);
            let input = order_input(&number.to_string(), elder, slots[number % slots.len()], ("DINE_IN", canteen.lunch));
            async move { world.place(who, input).await }
        });
        let (mut placed, mut by_voucher) = (Vec::new(), 0);
        for payload in join_all(asks).await {
            match payload["order"]["id"].as_str() {
                Some(_) => {
                    let payers = payload["order"]["payers"].as_array().unwrap();
                    let own = payers.iter().filter(|share| share["payer"] == "VOUCHER");
                    by_voucher += own.map(|share| share["amountFen"].as_i64().unwrap()).sum::<i64>();
                    placed.push(id_of(&payload));
                }
                None => assert_eq!(refusal(&payload), "PRICE_CHANGED", "{payload}"),
            }
        }
        let [rest, reserved, used, ..] = world.purse(&family[0], elder).await;
        assert_eq!((rest + reserved, used, reserved), (10_000, 0, by_voucher));
        assert_eq!(rest, 0, "as long as something is left, the next order takes it");
        world.assert_books().await;

        // All are called off at once: all of it is back.
        join_all(placed.iter().map(|order| world.cancel(&family[0], order))).await;
        assert_eq!(world.purse(&family[0], elder).await, [10_000, 0, 0, 0, 0]);
        world.assert_books().await;
    }

    async fn an_order_that_would_cost_more_than_was_seen_is_refused(world: World) {
        let canteen = world.canteen().await;
        let slots = [
            world.lunch(&canteen, "2026-06-05", (1, 100)).await,
            world.lunch(&canteen, "2026-06-06", (1, 100)).await,
        ];
        let elder = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", elder).await;
        let son = world.family_of("son1", elder).await;
        world.grant(vec![holder(elder, 900)]).await;
        world.at("2026-06-04 20:00").await;
        let input = |key: &str, slot| {
            let mut input = order_input(key, elder, slot, ("DINE_IN", canteen.lunch));
            input["expectedDueFen"] = json!(0);
            input
        };
        // Both have seen that the voucher pays all; it is there for one of them.
        let (one, other) = tokio::join!(
            world.place(&daughter, input("1", slots[0])),
            world.place(&son, input("2", slots[1]))
        );
        let mut ends = [&one, &other].map(|payload| {
            payload["order"]["state"].as_str().unwrap_or_else(|| refusal(payload)).to_owned()
        });
        ends.sort();
        assert_eq!(ends, ["CONFIRMED", "PRICE_CHANGED"], "{one} {other}");
        let refused = if one["order"].is_null() { one } else { other };
        assert!(refused["userErrors"][0]["message"].as_str().unwrap().contains("9.00 元"), "{refused}");
        assert_eq!(world.number("count(*) FROM meal_order").await, 1);
        assert_eq!(world.purse(&daughter, elder).await, [0, 900, 0, 0, 0]);
        world.assert_books().await;
    }
}
