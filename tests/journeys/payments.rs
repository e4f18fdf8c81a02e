//! Money on its way: too late, twice, unannounced.

use nuanyang::kit::ids::{ElderId, OrderId, SlotId};
use nuanyang::money::service::evidence::Meaning;
use nuanyang::money::store::attempt;
use nuanyang::orders::service::payment::take_evidence;
use serde_json::{Value, json};
use wechat::pay::Transaction;

use crate::on_both;
use crate::world::World;
use crate::world::acts::id_of;
use crate::world::client::{Person, refusal};
use crate::world::place::{Canteen, order_input};

/// An order of 900 fen that waits for its payment on the evening before.
struct Unpaid {
    canteen: Canteen,
    slot: SlotId,
    elder: ElderId,
    daughter: Person,
    order: String,
}

async fn unpaid(world: &World) -> Unpaid {
    let canteen = world.canteen().await;
    let slot = world.lunch(&canteen, "2026-06-05", (3, 1)).await;
    let elder = world.elder("王桂芬", "1944-03-01").await;
    let daughter = world.family_of("daughter1", elder).await;
    world.at("2026-06-04 20:00").await;
    let input = order_input("1", elder, slot, ("DINE_IN", canteen.lunch));
    let payload = world.place(&daughter, input).await;
    assert_eq!(payload["order"]["dueFen"], 900, "{payload}");
    let order = id_of(&payload);
    Unpaid { canteen, slot, elder, daughter, order }
}

async fn start_payment(world: &World, who: &Person, order: &str) -> Value {
    world.act(who, "paymentStart", json!({ "orderId": order }), "params { package }").await
}

/// Number of the last attempt of an order.
async fn last_number(world: &World, order: &str) -> String {
    let id: OrderId = order.parse().unwrap();
    attempt::of_order(world.app.db.write(), id).await.unwrap().last().unwrap().out_trade_no.clone()
}

async fn press(world: &World, who: &Person, number: &str) -> Value {
    world.sim_post(&format!("/sim/pay/{number}"), &json!({ "as": who.name, "result": "ok" })).await
}

fn states(order: &Value, of: &str) -> Vec<String> {
    let list = order[of].as_array().unwrap_or_else(|| panic!("{order}"));
    list.iter().map(|one| one["state"].as_str().unwrap().to_owned()).collect()
}

on_both! {
    async fn an_order_not_paid_in_time_expires_and_its_place_is_free_again(world: World) {
        let it = unpaid(&world).await;
        start_payment(&world, &it.daughter, &it.order).await;
        let number = last_number(&world, &it.order).await;
        let rival = world.elder("李秀英", "1944-03-01").await;
        let son = world.family_of("son1", rival).await;
        let input = order_input("1", rival, it.slot, ("DINE_IN", it.canteen.lunch));
        world.pass(599).await;
        world.work().await;
        assert_eq!(world.state(&it.daughter, &it.order).await, "HELD");
        assert_eq!(refusal(&world.place(&son, input.clone()).await), "SLOT_FULL");

        world.pass(1).await;
        // The worker has not come yet, but the time is over.
        assert_eq!(refusal(&start_payment(&world, &it.daughter, &it.order).await), "TOO_LATE");
        world.work().await;
        let order = world.order(&it.daughter, &it.order).await;
        assert_eq!((order["state"].as_str(), states(&order, "payments")), (Some("EXPIRED"), vec!["CLOSED".into()]));
        assert_eq!(world.taken(it.slot).await, 0);
        assert_eq!(refusal(&start_payment(&world, &it.daughter, &it.order).await), "TOO_LATE");
        assert_eq!(refusal(&world.cancel(&it.daughter, &it.order).await), "ALREADY_OVER");
        assert_eq!(press(&world, &it.daughter, &number).await["error"], "ORDER_CLOSED");
        world.paid(&son, input).await;
        assert_eq!((world.taken(it.slot).await, world.platform_fen().await), (1, (900, 0)));
        world.assert_books().await;
    }

    async fn a_second_payer_gets_an_attempt_of_his_own_after_the_first_is_closed(world: World) {
        let it = unpaid(&world).await;
        let son = world.family_of("son1", it.elder).await;
        start_payment(&world, &it.daughter, &it.order).await;
        let first = last_number(&world, &it.order).await;
        let again = start_payment(&world, &it.daughter, &it.order).await;
        assert!(again["params"]["package"].is_string(), "{again}");
        assert_eq!(last_number(&world, &it.order).await, first, "the same payer takes the same attempt up again");

        assert!(start_payment(&world, &son, &it.order).await["params"]["package"].is_string());
        let order = world.order(&it.daughter, &it.order).await;
        assert_eq!(states(&order, "payments"), ["CLOSED", "PREPAID"]);
        assert_eq!(press(&world, &it.daughter, &first).await["error"], "ORDER_CLOSED");
        world.pay(&son, &it.order).await;
        assert_eq!(world.state(&son, &it.order).await, "CONFIRMED");
        assert_eq!(refusal(&start_payment(&world, &it.daughter, &it.order).await), "ALREADY_PAID");
        assert_eq!((world.platform_fen().await, world.balance("wechat").await), ((900, 0), 900));
        world.assert_books().await;
    }

    async fn a_second_payer_is_told_that_the_first_has_paid_already(world: World) {
        let it = unpaid(&world).await;
        let son = world.family_of("son1", it.elder).await;
        world.press_pay(&it.daughter, &it.order).await;
        // Her notification is still on its way.
        assert_eq!(refusal(&start_payment(&world, &son, &it.order).await), "ALREADY_PAID");
        let order = world.order(&son, &it.order).await;
        assert_eq!((order["state"].as_str(), states(&order, "payments")), (Some("CONFIRMED"), vec!["PAID".into()]));
        world.drain().await;
        assert_eq!((world.platform_fen().await, world.balance("wechat").await), ((900, 0), 900));
        world.assert_books().await;
    }

    async fn money_that_comes_after_the_order_was_cancelled_goes_back_by_itself(world: World) {
        let it = unpaid(&world).await;
        world.press_pay(&it.daughter, &it.order).await;
        assert_eq!(world.cancel(&it.daughter, &it.order).await["order"]["state"], "CANCELLED");
        world.drain().await;
        let order = world.order(&it.daughter, &it.order).await;
        assert_eq!(states(&order, "payments"), ["LATE_PAID"]);
        assert_eq!(order["refunds"], json!([{ "state": "SUCCESS", "amountFen": 900 }]));
        assert_eq!((world.platform_fen().await, world.taken(it.slot).await), ((900, 900), 0));
        assert_eq!(world.balances().await.values().filter(|sum| **sum != 0).count(), 0);
        world.assert_books().await;
    }

    async fn money_on_a_closed_attempt_goes_back_and_the_order_can_still_be_paid(world: World) {
        let it = unpaid(&world).await;
        start_payment(&world, &it.daughter, &it.order).await;
        let number = last_number(&world, &it.order).await;
        // The platform said "closed", and then a payment that was under way came through after all.
        let row = attempt::by_trade_no(world.app.db.write(), &number).await.unwrap().unwrap();
        assert!(attempt::closed(world.app.db.write(), row.id, world.app.clock.now()).await.unwrap());
        assert_eq!(press(&world, &it.daughter, &number).await["result"], "ok");
        world.deliver().await;
        world.work().await;
        let order = world.order(&it.daughter, &it.order).await;
        assert_eq!((order["state"].as_str(), states(&order, "payments")), (Some("HELD"), vec!["LATE_PAID".into()]));
        world.pay(&it.daughter, &it.order).await;
        world.drain().await;
        let order = world.order(&it.daughter, &it.order).await;
        assert_eq!(
            (order["state"].as_str(), states(&order, "payments")),
            (Some("CONFIRMED"), vec!["LATE_PAID".into(), "PAID".into()])
        );
        assert_eq!(order["refunds"], json!([{ "state": "SUCCESS", "amountFen": 900 }]));
        assert_eq!(world.platform_fen().await, (1_800, 900));
        assert_eq!((world.balance("wechat").await, world.balance("escrow").await), (900, -900));
        world.assert_books().await;
    }

    async fn a_payment_that_nobody_announced_is_found_by_asking(world: World) {
        let it = unpaid(&world).await;
        let drop_all = json!({ "effect": "notify_drop" });
        world.sim_post("/sim/faults", &drop_all).await;
        let select = "payment { mealOrder { state payments { state } } }";
        let input = json!({ "orderId": it.order });
        let nothing = world.act(&it.daughter, "paymentCheck", input.clone(), select).await;
        assert_eq!(nothing["payment"]["mealOrder"]["state"], "HELD", "{nothing}");
        world.press_pay(&it.daughter, &it.order).await;
        world.deliver().await;
        assert_eq!(world.state(&it.daughter, &it.order).await, "HELD", "the notification was lost");
        let found = world.act(&it.daughter, "paymentCheck", input, select).await;
        assert_eq!(found["payment"]["mealOrder"], json!({ "state": "CONFIRMED", "payments": [{ "state": "PAID" }] }));
        assert_eq!(world.number("count(*) FROM wechat_inbox").await, 0);
        assert_eq!((world.balance("wechat").await, world.balance("escrow").await), (900, -900));
        world.assert_books().await;
    }

    async fn a_payment_that_nobody_announced_is_found_by_the_worker(world: World) {
        let it = unpaid(&world).await;
        world.sim_post("/sim/faults", &json!({ "effect": "notify_drop" })).await;
        world.press_pay(&it.daughter, &it.order).await;
        world.pass(14).await;
        world.work().await;
        assert_eq!(world.state(&it.daughter, &it.order).await, "HELD");
        world.pass(1).await;
        world.work().await;
        assert_eq!(world.state(&it.daughter, &it.order).await, "CONFIRMED", "asked after 15 seconds");
        let confirmed = world.footprint().await;
        // The platform's late repetition says nothing new.
        let cleared = world.http.delete(format!("{}/sim/faults", world.sim)).send().await.unwrap();
        assert!(cleared.status().is_success());
        world.drain().await;
        assert_eq!(world.footprint().await, confirmed);
        assert_eq!((world.balance("wechat").await, world.platform_fen().await), (900, (900, 0)));
        world.assert_books().await;
    }

    async fn somebody_who_may_not_pay_cannot_start_a_payment(world: World) {
        let it = unpaid(&world).await;
        let stranger = world.login("stranger1").await;
        let cousin = world.login("cousin1").await;
        // VIEW_ORDERS and BOOK.
        world.bond(&cousin, it.elder, 3).await;
        let before = world.footprint().await;
        for who in [&stranger, &cousin] {
            assert_eq!(refusal(&start_payment(&world, who, &it.order).await), "ORDER_NOT_FOUND");
        }
        let check = json!({ "orderId": it.order });
        let checked = world.act(&stranger, "paymentCheck", check, "payment { isSettled }").await;
        assert_eq!(refusal(&checked), "ORDER_NOT_FOUND");
        let seen = world.order(&cousin, &it.order).await;
        assert_eq!((seen["state"].as_str(), seen["payments"].clone()), (Some("HELD"), json!([])));
        assert_eq!((world.footprint().await, world.platform_fen().await), (before, (0, 0)));
    }

    async fn a_second_payer_waits_a_minute_for_a_request_that_was_lost(world: World) {
        let it = unpaid(&world).await;
        world.misbehave(&json!({ "effect": "reset_before", "path": "/v3/pay/transactions/jsapi" })).await;
        assert_eq!(refusal(&start_payment(&world, &it.daughter, &it.order).await), "WECHAT_UNAVAILABLE");
        world.behave().await;
        let son = world.login("son1").await;
        world.bond(&son, it.elder, 15).await;
        let early = start_payment(&world, &son, &it.order).await;
        assert_eq!(refusal(&early), "WECHAT_UNAVAILABLE", "the lost request may still arrive");
        world.pass(61).await;
        let late = start_payment(&world, &son, &it.order).await;
        assert!(late["params"]["package"].is_string(), "{late}");
        world.pay(&son, &it.order).await;
        assert_eq!(world.state(&it.daughter, &it.order).await, "CONFIRMED");
        world.assert_books().await;
    }

    async fn a_payment_without_its_payer_and_a_second_one_of_a_number_are_not_believed(world: World) {
        let it = unpaid(&world).await;
        let number = world.start_payment(&it.daughter, &it.order).await.unwrap();
        world.press(&it.daughter, &number, "ok").await;
        let honest = world.app.pay.query(&number).await.unwrap();
        let nobody = Transaction { openid: None, ..honest.clone() };
        let said = take_evidence(&world.app, &nobody, None).await.unwrap();
        assert_eq!(said, Meaning::Mismatch("another payer"));
        assert_eq!(world.state(&it.daughter, &it.order).await, "HELD");
        assert_eq!(take_evidence(&world.app, &honest, None).await.unwrap(), Meaning::Paid);
        assert_eq!(take_evidence(&world.app, &honest, None).await.unwrap(), Meaning::Known);
        let second = Transaction { transaction_id: Some("42000000000000000000000000".to_owned()), ..honest };
        let said = take_evidence(&world.app, &second, None).await.unwrap();
        assert_eq!((said, world.verdicts("mismatch").await), (Meaning::Mismatch("a second transaction"), 2));
        assert_eq!((world.balance("wechat").await, world.state(&it.daughter, &it.order).await.as_str()), (900, "CONFIRMED"));
        world.assert_books().await;
    }
}
