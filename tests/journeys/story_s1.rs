//! Story S1, its meals and its cash: a daughter plans June for her father. Vouchers and home services come later,
//! so the family pays in cash what the story pays with the voucher.

use serde_json::json;

use crate::on_both;
use crate::world::acts::{PUBLIC, id_of};
use crate::world::client::refusal;
use crate::world::place::order_input;

on_both! {
    async fn two_meals_are_eaten_one_is_called_off_and_june_is_settled(world: World) {
        let canteen = world.canteen().await;
        let manager = world.manager("canteen1", &canteen).await;
        let first = world.lunch(&canteen, "2026-06-05", (4, 20)).await;
        let second = world.lunch(&canteen, "2026-06-06", (4, 1)).await;
        let dinner = world.dinner(&canteen, "2026-06-07", (3, 40)).await;
        let father = world.elder("王建国", "1944-03-01").await;
        let daughter = world.login("daughter1").await;
        // VIEW_ORDERS, BOOK and PAY.
        world.bond(&daughter, father, 7).await;

        world.at("2026-06-04 20:00").await;
        let lunch = world.place(&daughter, order_input("1", father, first, ("DELIVERY", canteen.lunch))).await;
        let order = &lunch["order"];
        assert_eq!(
            [&order["listFen"], &order["deliveryFen"], &order["dueFen"]].map(|fen| fen.as_i64().unwrap()),
            [1_200, 200, 1_100]
        );
        let payers = json!([
            { "payer": "SUBSIDY", "amountFen": 300, "rule": "xishan_xiyuan_meal_subsidy@2024-10-17" },
            { "payer": "CASH", "amountFen": 1_100, "rule": null },
        ]);
        assert_eq!(order["payers"], payers);
        let eaten = id_of(&lunch);
        world.pay(&daughter, &eaten).await;
        world.at("2026-06-05 09:00").await;
        assert_eq!(world.depart(&manager, &eaten).await["order"]["state"], "OUT_FOR_DELIVERY");
        world.at("2026-06-05 11:40").await;
        let handed = world.deliver_meal(&manager, &eaten, ("handedOver", "老人本人")).await;
        assert_eq!(handed["order"]["state"], "SERVED", "{handed}");

        world.at("2026-06-05 20:00").await;
        let called_off = world.paid(&daughter, order_input("2", father, second, ("DELIVERY", canteen.lunch))).await;
        assert_eq!((world.taken(second).await, world.platform_fen().await), (1, (2_200, 0)));
        world.at("2026-06-06 08:30").await;
        let cancelled = world.cancel(&daughter, &called_off).await;
        assert_eq!(cancelled["order"]["state"], "CANCELLED", "{cancelled}");
        assert_eq!(world.taken(second).await, 0, "the portion is back at once");
        world.drain().await;
        let order = world.order(&daughter, &called_off).await;
        assert_eq!(order["refunds"], json!([{ "state": "SUCCESS", "amountFen": 1_100 }]), "no fee");
        assert_eq!(world.platform_fen().await, (2_200, 1_100));

        world.at("2026-06-07 12:00").await;
        let evening = world.place(&daughter, order_input("3", father, dinner, ("DINE_IN", canteen.dinner))).await;
        assert_eq!(evening["order"]["dueFen"], 700, "{evening}");
        world.pay(&daughter, &id_of(&evening)).await;
        world.at("2026-06-07 17:20").await;
        let code = json!({ "code": evening["order"]["servingCode"] });
        assert_eq!(world.serve(&manager, &canteen, code).await["order"]["state"], "SERVED");

        // Settlement of June: 2400 for the canteen, of which 600 public and 1800 from the family.
        world.at("2026-07-03 09:00").await;
        assert_eq!(world.balance(&format!("provider/{}", canteen.provider)).await, -2_400);
        assert_eq!(world.balance(PUBLIC).await, 600);
        assert_eq!(world.balance("wechat").await, 1_800);
        assert_eq!((world.balance("escrow").await, world.balance("refund_payable").await), (0, 0));
        assert_eq!(world.platform_fen().await, (2_900, 1_100));
        world.assert_books().await;
    }

    async fn one_second_after_the_cut_off_nothing_can_be_cancelled(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-06", (4, 20)).await;
        let father = world.elder("王建国", "1944-03-01").await;
        let daughter = world.family_of("daughter1", father).await;
        world.at("2026-06-05 20:00").await;
        let order = world.paid(&daughter, order_input("1", father, slot, ("DELIVERY", canteen.lunch))).await;
        // The worker is late: the order is still CONFIRMED, the clock decides.
        world.pass(13 * 3600 + 1).await;
        let before = world.footprint().await;
        assert_eq!(refusal(&world.cancel(&daughter, &order).await), "CUT_OFF_PASSED");
        assert_eq!((world.state(&daughter, &order).await.as_str(), world.footprint().await), ("CONFIRMED", before));
        world.work().await;
        let locked = world.footprint().await;
        assert_eq!(refusal(&world.cancel(&daughter, &order).await), "CUT_OFF_PASSED");
        assert_eq!((world.state(&daughter, &order).await.as_str(), world.footprint().await), ("LOCKED", locked));
        assert_eq!((world.taken(slot).await, world.platform_fen().await), (1, (1_100, 0)));
        world.assert_books().await;
    }

    async fn at_the_cut_off_itself_an_order_can_still_be_cancelled(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-06", (4, 20)).await;
        let father = world.elder("王建国", "1944-03-01").await;
        let daughter = world.family_of("daughter1", father).await;
        world.at("2026-06-05 20:00").await;
        let order = world.paid(&daughter, order_input("1", father, slot, ("DELIVERY", canteen.lunch))).await;
        world.pass(13 * 3600).await;
        assert_eq!(world.cancel(&daughter, &order).await["order"]["state"], "CANCELLED");
        world.drain().await;
        assert_eq!((world.state(&daughter, &order).await.as_str(), world.taken(slot).await), ("CANCELLED", 0));
        assert_eq!(world.platform_fen().await, (1_100, 1_100));
        world.assert_books().await;
    }

    async fn a_payment_told_three_times_is_booked_once(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-05", (4, 20)).await;
        let father = world.elder("王建国", "1944-03-01").await;
        let daughter = world.family_of("daughter1", father).await;
        world.at("2026-06-04 20:00").await;
        let order = id_of(&world.place(&daughter, order_input("1", father, slot, ("DELIVERY", canteen.lunch))).await);
        world.press_pay(&daughter, &order).await;
        let twice_more = json!({ "effect": "notify_duplicate", "value": 2, "event": "TRANSACTION", "times": 1 });
        world.sim_post("/sim/faults", &twice_more).await;
        let told = world.deliver().await;
        let once = &told["delivered"][0];
        assert_eq!((&once["is_delivered"], &once["sent"]), (&json!(true), &json!(3)), "{told}");
        world.work().await;
        let after = world.footprint().await;
        assert_eq!(world.state(&daughter, &order).await, "CONFIRMED");
        assert_eq!(world.number("count(*) FROM wechat_inbox").await, 1, "the same id is kept once");
        assert_eq!(world.number("count(*) FROM event WHERE name = 'pay_ok'").await, 1);
        assert_eq!((world.balance("wechat").await, world.balance("escrow").await), (1_100, -1_100));

        // Once more, a day later and as a query.
        world.pass(60).await;
        let select = "payment { isSettled mealOrder { state } }";
        let checked = world.act(&daughter, "paymentCheck", json!({ "orderId": order }), select).await;
        assert_eq!(checked["payment"]["isSettled"], true);
        assert_eq!((checked["payment"]["mealOrder"]["state"].as_str(), world.footprint().await), (Some("CONFIRMED"), after));
        world.assert_books().await;
    }
}
