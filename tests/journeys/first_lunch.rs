//! A family books a canteen meal, pays, the elder is served.

use serde_json::json;

use crate::on_both;
use crate::world::client::refusal;
use crate::world::place::order_input;

on_both! {
    async fn a_daughter_books_lunch_pays_and_her_father_is_served(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-05", (1, 40)).await;
        let father = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", father).await;
        let manager = world.manager("canteen1", &canteen).await;
        world.at("2026-06-04 20:00").await;

        let payload = world.place(&daughter, order_input("1", father, slot, ("DINE_IN", canteen.lunch))).await;
        let order = &payload["order"];
        assert_eq!((order["state"].as_str(), order["dueFen"].as_i64()), (Some("HELD"), Some(900)), "{payload}");
        let id = order["id"].as_str().unwrap();

        world.pay(&daughter, id).await;
        assert_eq!(world.state(&daughter, id).await, "CONFIRMED");
        world.at("2026-06-05 09:00").await;
        assert_eq!(world.state(&daughter, id).await, "LOCKED");
        world.at("2026-06-05 11:20").await;
        let by = json!({ "canteenId": canteen.id.to_string(), "by": { "code": order["servingCode"] } });
        let served = world.act(&manager, "mealOrderServe", by.clone(), "order { state }").await;
        assert_eq!(served["order"]["state"], "SERVED", "{served}");
        let again = world.act(&manager, "mealOrderServe", by, "order { state }").await;
        assert_eq!(refusal(&again), "ALREADY_SERVED");
        assert_eq!(again["userErrors"][0]["message"], "这一份已经在 11:20 取走了");

        let balances = world.balances().await;
        assert_eq!(balances["wechat"], 900);
        assert_eq!(balances[&format!("provider/{}", canteen.provider)], -1_200);
        assert_eq!(balances.get("escrow").copied().unwrap_or(0), 0);
        world.assert_books().await;
    }

    async fn a_meal_cancelled_before_the_cut_off_comes_back_in_full(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-06", (4, 1)).await;
        let father = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", father).await;
        world.at("2026-06-05 20:00").await;
        let input = order_input("1", father, slot, ("DELIVERY", canteen.lunch));
        let payload = world.place(&daughter, input).await;
        let id = payload["order"]["id"].as_str().unwrap();
        assert_eq!(payload["order"]["dueFen"], 1_100);
        world.pay(&daughter, id).await;
        world.at("2026-06-06 08:30").await;
        let cancelled = world.act(&daughter, "mealOrderCancel", json!({ "orderId": id }), "order { state }").await;
        assert_eq!(cancelled["order"]["state"], "CANCELLED", "{cancelled}");
        world.drain().await;
        let order = world.order(&daughter, id).await;
        assert_eq!(order["refunds"], json!([{ "state": "SUCCESS", "amountFen": 1_100 }]));
        assert_eq!(world.balances().await.values().filter(|sum| **sum != 0).count(), 0);
        let ledger = world.sim_get("/sim/ledger").await;
        assert_eq!((ledger["paid_total_fen"].as_i64(), ledger["refunded_total_fen"].as_i64()), (Some(1_100), Some(1_100)));
        world.assert_books().await;
    }
}
