//! Cash at the desk: for a visit and for a meal, and back again.

use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::acts::id_of;
use crate::world::care::visit_input;
use crate::world::client::{Person, refusal};
use crate::world::place::order_input;
use crate::world::scene::Scene;

async fn take(world: &World, desk: &Person, order: &str, fen: i64) -> Value {
    let input = json!({ "orderId": order, "amountFen": fen });
    world
        .act(desk, "paymentTake", input, "payment { isSettled serviceOrder { state } mealOrder { state } }")
        .await
}

async fn waiting(world: &World, desk: &Person) -> Value {
    let document = "{ paymentsToHandBack { orderId refund { amountFen isCash state } } }";
    world.data(desk, document, json!({})).await["paymentsToHandBack"].clone()
}

on_both! {
    async fn a_visit_is_paid_in_cash_and_cash_goes_back_over_the_counter(world: World) {
        let it = Scene::new(&world).await;
        let (desk, other) = (world.desk("desk1").await, world.desk_of("desk2", "530112").await);
        let order = id_of(&it.book(&world, "1", "2026-06-04 09:00").await);
        assert_eq!(refusal(&take(&world, &desk, &order, 7_999).await), "AMOUNT_WRONG");
        assert_eq!(refusal(&take(&world, &other, &order, 8_000).await), "ORDER_NOT_FOUND", "another branch");
        // The daughter has a payment open in WeChat: it is closed, so that nobody pays twice.
        let number = world.start_payment(&it.daughter, &order).await.unwrap();
        for _ in 0..2 {
            let taken = take(&world, &desk, &order, 8_000).await;
            assert_eq!(taken["payment"]["isSettled"], true, "{taken}");
        }
        assert_ne!(world.press(&it.daughter, &number, "ok").await, "ok", "the phone cannot pay any more");
        assert_eq!(world.balance("till/530111").await, 8_000, "what came in at the till, once");
        world.work().await;
        assert_eq!(it.state(&world, &order).await, "OFFERED");
        world.on_visit(&it.near, "offerAccept", &order, json!({})).await;
        // Three hours before: 30 % are kept, 56.00 go back in cash.
        world.at("2026-06-04 06:00").await;
        world.on_visit(&it.daughter, "serviceOrderCancel", &order, json!({ "expectedFeeFen": 2_400 })).await;
        let open = json!([{ "orderId": order, "refund": { "amountFen": 5_600, "isCash": true, "state": "REQUESTED" } }]);
        assert_eq!((waiting(&world, &desk).await, waiting(&world, &other).await), (open, json!([])));
        assert_eq!(world.platform_fen().await, (0, 0), "nothing of it went through WeChat");
        let back = json!({ "orderId": order });
        assert_eq!(refusal(&world.act(&other, "paymentHandBack", back.clone(), "payment { isSettled }").await), "ORDER_NOT_FOUND");
        for _ in 0..2 {
            world.act(&desk, "paymentHandBack", back.clone(), "payment { isSettled }").await;
        }
        assert_eq!(waiting(&world, &desk).await, json!([]));
        assert_eq!(world.balance("till/530111").await, 2_400);
        assert_eq!((it.earned(&world).await, world.balance("refund_payable").await), (2_400, 0));
        world.rest().await;
        world.assert_books().await;
    }

    async fn what_is_paid_is_not_taken_again(world: World) {
        let it = Scene::new(&world).await;
        let desk = world.desk("desk1").await;
        let paid = it.paid(&world).await;
        assert_eq!(refusal(&take(&world, &desk, &paid, 8_000).await), "ALREADY_PAID");
        let city = world.desk_of("desk3", "5301").await;
        let order = id_of(&it.book(&world, "8", "2026-06-08 09:00").await);
        take(&world, &city, &order, 8_000).await;
        assert_eq!(refusal(&take(&world, &city, &order, 1).await), "ALREADY_PAID", "another amount is another act");
        let back = async |who: &Person| {
            let input = json!({ "orderId": order });
            refusal(&world.act(who, "paymentHandBack", input, "payment { isSettled }").await).to_owned()
        };
        assert_eq!(back(&city).await, "NOTHING_TO_HAND_BACK", "nothing goes back yet");
        world.on_visit(&it.daughter, "serviceOrderCancel", &order, json!({})).await;
        assert_eq!(refusal(&take(&world, &city, &order, 8_000).await), "TOO_LATE");
        assert_eq!((back(&desk).await.as_str(), waiting(&world, &desk).await), ("OTHER_TILL", json!([])));
        let done = world.act(&city, "paymentHandBack", json!({ "orderId": order }), "payment { isSettled }").await;
        assert_eq!(done["userErrors"], json!([]), "{done}");
        assert_eq!(world.balance("till/5301").await, 0);
        let back = json!({ "orderId": paid });
        assert_eq!(refusal(&world.act(&desk, "paymentHandBack", back, "payment { isSettled }").await), "NOTHING_TO_HAND_BACK");
        let late = id_of(&world.act(&desk, "serviceOrderPlace", visit_input("9", it.elder, it.cleaning, "2026-06-05 09:00"), "order { id }").await);
        world.pass(16 * 60).await;
        world.work().await;
        assert_eq!(refusal(&take(&world, &desk, &late, 8_000).await), "TOO_LATE");
        world.rest().await;
        world.assert_books().await;
    }

    async fn a_meal_ordered_by_telephone_is_paid_at_the_counter(world: World) {
        world.at("2026-06-04 08:00").await;
        let canteen = world.canteen().await;
        let (desk, elder) = (world.desk("desk1").await, world.elder("王桂芬", "1944-03-01").await);
        let slot = world.lunch(&canteen, "2026-06-04", (3, 5)).await;
        let placed = world.place(&desk, order_input("1", elder, slot, ("DINE_IN", canteen.lunch))).await;
        let (order, due) = (id_of(&placed), placed["order"]["dueFen"].as_i64().unwrap());
        let taken = take(&world, &desk, &order, due).await;
        assert_eq!(taken["payment"]["mealOrder"]["state"], "CONFIRMED", "{taken}");
        assert_eq!(world.cancel(&desk, &order).await["order"]["state"], "CANCELLED");
        world.act(&desk, "paymentHandBack", json!({ "orderId": order }), "payment { isSettled }").await;
        assert_eq!((world.balance("till/530111").await, world.balance("escrow").await), (0, 0));
        world.rest().await;
        world.assert_books().await;
    }
}
