//! One subsidised meal per elder, day and period, also when two are asked for at the same moment.

use futures_util::future::join_all;
use serde_json::json;

use crate::on_both;
use crate::world::client::refusal;
use crate::world::place::order_input;

on_both! {
    async fn of_two_orders_at_once_for_one_elder_and_period_only_one_carries_the_subsidy(world: World) {
        let (near, far) = (world.canteen().await, world.canteen().await);
        let here = world.lunch(&near, "2026-06-05", (1, 100)).await;
        let there = world.lunch(&far, "2026-06-05", (1, 100)).await;
        let crowd = world.crowd(20, 2).await;
        world.at("2026-06-04 20:00").await;
        let asks = crowd.iter().enumerate().flat_map(|(number, family)| {
            let (world, near, far) = (&world, &near, &far);
            family.elders.iter().enumerate().map(move |(place, elder)| async move {
                // Half of the elders at one canteen twice, half at two canteens.
                let (slot, dish) = if place == 0 { (here, near.lunch) } else { (there, far.lunch) };
                let mut inputs = [
                    order_input(&format!("a{number}x{place}"), *elder, here, ("DINE_IN", near.lunch)),
                    order_input(&format!("b{number}x{place}"), *elder, slot, ("DINE_IN", dish)),
                ];
                for input in &mut inputs {
                    input["expectedDueFen"] = json!(900);
                }
                let [one, two] = inputs;
                tokio::join!(world.place(&family.person, one), world.place(&family.person, two))
            })
        });
        for (one, two) in join_all(asks).await {
            let mut ends = [&one, &two].map(|payload| match payload["order"]["dueFen"].as_i64() {
                Some(due) => due.to_string(),
                None => refusal(payload).to_owned(),
            });
            ends.sort();
            assert_eq!(ends, ["900", "PRICE_CHANGED"], "{one} {two}");
        }
        let orders = [world.orders_of(here).await, world.orders_of(there).await].concat();
        assert_eq!(orders.len(), 40);
        assert!(orders.iter().all(|order| order.has_live_subsidy && order.subsidy_fen == 300));
        assert_eq!(world.assert_seats(here).await + world.assert_seats(there).await, 40);
    }
}
