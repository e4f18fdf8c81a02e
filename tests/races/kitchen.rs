//! The kitchen and the clock at the same moment.

use futures_util::future::join_all;
use serde_json::json;

use crate::on_both;
use crate::world::client::refusal;
use crate::world::place::order_input;

on_both! {
    async fn a_meal_cooked_at_the_end_of_serving_still_ends(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-05", (1, 60)).await;
        let cook = world.manager("canteen1", &canteen).await;
        let families = world.crowd(25, 1).await;
        world.at("2026-06-04 20:00").await;
        for (number, family) in families.iter().enumerate() {
            let input = order_input(&number.to_string(), family.elders[0], slot, ("DINE_IN", canteen.lunch));
            world.paid(&family.person, input).await;
        }
        world.at("2026-06-05 09:01").await;
        world.work().await;
        assert_eq!(world.orders_in("LOCKED").await, 25);
        world.at("2026-06-05 13:00").await;
        let meal = ("2026-06-05", "LUNCH");
        let cooked = join_all((0..4).map(|_| world.prepare(&cook, &canteen, meal)));
        let worked = join_all((0..4).map(|_| world.work()));
        tokio::join!(cooked, worked);
        world.pass(120).await;
        world.work().await;
        assert_eq!(world.orders_in("NO_SHOW").await, 25, "none is left behind");
        assert_eq!(world.balance("escrow").await, 0);
        world.assert_books().await;
    }

    async fn nobody_empties_a_canteen_by_holding_it(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-05", (1, 12)).await;
        let elder = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", elder).await;
        let son = world.family_of("son1", elder).await;
        let stranger = world.login("stranger1").await;
        let ten = json!({ "slotId": slot.to_string(), "portions": 10 });
        let refused = world.act(&stranger, "slotHold", ten.clone(), "hold { token }").await;
        assert_eq!(refusal(&refused), "NO_ELDER");
        for _ in 0..5 {
            let held = world.act(&daughter, "slotHold", ten.clone(), "hold { token }").await;
            assert!(held["hold"]["token"].is_string(), "the same person's hold is renewed: {held}");
        }
        let two = json!({ "slotId": slot.to_string(), "portions": 2 });
        let other = world.act(&son, "slotHold", two.clone(), "hold { token }").await;
        assert!(other["hold"]["token"].is_string(), "two places are left: {other}");
    }
}
