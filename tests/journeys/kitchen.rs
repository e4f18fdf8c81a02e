//! From the cut-off to the last plate: every way that a cooked meal can go.

use nuanyang::kit::ids::ElderId;
use serde_json::json;

use crate::on_both;
use crate::world::World;
use crate::world::acts::PUBLIC;
use crate::world::client::{Person, refusal};
use crate::world::place::{Canteen, order_input};

const DAY: &str = "2026-06-05";
const LUNCH: (&str, &str) = (DAY, "LUNCH");

/// A paid lunch of one elder on the evening before.
struct Lunch {
    canteen: Canteen,
    manager: Person,
    elder: ElderId,
    daughter: Person,
    order: String,
}

async fn lunch(world: &World, way: &str) -> Lunch {
    let canteen = world.canteen().await;
    let bit = if way == "DELIVERY" { 4 } else { 3 };
    let slot = world.lunch(&canteen, DAY, (bit, 40)).await;
    let manager = world.manager("canteen1", &canteen).await;
    let elder = world.elder("王桂芬", "1944-03-01").await;
    let daughter = world.family_of("daughter1", elder).await;
    world.at("2026-06-04 20:00").await;
    let order = world.paid(&daughter, order_input("1", elder, slot, (way, canteen.lunch))).await;
    Lunch { canteen, manager, elder, daughter, order }
}

/// One more paid lunch at the same canteen.
async fn one_more(world: &World, lunch: &Lunch, (name, way): (&str, &str), key: &str) -> (ElderId, String) {
    let elder = world.elder(name, "1950-03-01").await;
    world.bond(&lunch.daughter, elder, 15).await;
    let order = world.order_row(&lunch.order).await;
    let input = order_input(key, elder, order.slot_id.into(), (way, lunch.canteen.lunch));
    (elder, world.paid(&lunch.daughter, input).await)
}

on_both! {
    async fn a_delivery_is_cooked_sets_out_and_is_handed_over_once(world: World) {
        let lunch = lunch(&world, "DELIVERY").await;
        let (manager, order) = (&lunch.manager, &lunch.order);
        assert_eq!(refusal(&world.depart(manager, order).await), "WRONG_STATE", "the cut-off is still to come");
        assert_eq!(world.prepare(manager, &lunch.canteen, LUNCH).await["prepared"], 0);
        world.at("2026-06-05 09:00").await;
        assert_eq!(world.prepare(manager, &lunch.canteen, LUNCH).await["prepared"], 1);
        assert_eq!(world.state(&lunch.daughter, order).await, "READY");
        assert_eq!(world.prepare(manager, &lunch.canteen, LUNCH).await["prepared"], 0, "cooked once");
        let ready = world.footprint().await;
        let handed = ("handedOver", "邻居李阿姨");
        assert_eq!(refusal(&world.deliver_meal(manager, order, handed).await), "WRONG_STATE");
        assert_eq!(world.footprint().await, ready);

        assert_eq!(world.depart(manager, order).await["order"]["state"], "OUT_FOR_DELIVERY");
        let away = world.footprint().await;
        assert_eq!(world.depart(manager, order).await["order"]["state"], "OUT_FOR_DELIVERY", "pressed twice");
        assert_eq!(refusal(&world.cancel(&lunch.daughter, order).await), "CUT_OFF_PASSED");
        let wordless = world.deliver_meal(manager, order, ("handedOver", "  ")).await;
        assert_eq!(refusal(&wordless), "WORDS_MISSING");
        assert_eq!(world.footprint().await, away);
        world.at("2026-06-05 13:30").await;
        assert_eq!(world.state(&lunch.daughter, order).await, "OUT_FOR_DELIVERY", "the courier has the last word");

        assert_eq!(world.deliver_meal(manager, order, handed).await["order"]["state"], "SERVED");
        let served = world.footprint().await;
        assert_eq!(world.deliver_meal(manager, order, handed).await["order"]["state"], "SERVED", "said twice");
        assert_eq!(refusal(&world.deliver_meal(manager, order, ("notReached", "x")).await), "WRONG_STATE");
        assert_eq!(world.footprint().await, served);
        let document = "query($id: ID!) { mealOrder(id: $id) { timeline { name state reason } } }";
        let timeline = world.data(&lunch.daughter, document, json!({ "id": order })).await;
        let names: Vec<_> = timeline["mealOrder"]["timeline"].as_array().unwrap().iter()
            .map(|step| step["name"].as_str().unwrap().to_owned()).collect();
        assert_eq!(names, ["place", "pay_ok", "cut_off", "prepared", "leave_for_delivery", "handed_over"]);
        assert_eq!(timeline["mealOrder"]["timeline"][5]["reason"], "邻居李阿姨");
        assert_eq!(world.balance(&format!("provider/{}", lunch.canteen.provider)).await, -1_400);
        assert_eq!((world.balance(PUBLIC).await, world.balance("wechat").await), (300, 1_100));
        world.assert_books().await;
    }

    async fn nobody_opens_so_the_money_goes_back_and_somebody_looks_after_the_elder(world: World) {
        let lunch = lunch(&world, "DELIVERY").await;
        world.at("2026-06-05 09:00").await;
        world.depart(&lunch.manager, &lunch.order).await;
        let not_reached = ("notReached", "打了两次电话，敲门等了十分钟");
        let ended = world.deliver_meal(&lunch.manager, &lunch.order, not_reached).await;
        assert_eq!(ended["order"]["state"], "UNDELIVERED", "{ended}");
        let again = world.deliver_meal(&lunch.manager, &lunch.order, not_reached).await;
        assert_eq!(again["order"]["state"], "UNDELIVERED");
        world.drain().await;
        let order = world.order(&lunch.daughter, &lunch.order).await;
        assert_eq!(order["refunds"], json!([{ "state": "SUCCESS", "amountFen": 1_100 }]));
        let open = "count(*) FROM welfare_check WHERE state = 'OPEN' AND reason = 'meal_not_reached' AND outcome IS NULL";
        assert_eq!((world.number(open).await, world.number("count(*) FROM welfare_check").await), (1, 1));
        assert_eq!(world.platform_fen().await, (1_100, 1_100));
        assert_eq!(world.balances().await.values().filter(|sum| **sum != 0).count(), 0, "nobody has earned anything");
        assert!(!world.order_row(&lunch.order).await.has_live_subsidy);
        world.assert_books().await;
    }

    async fn a_canteen_that_cannot_cook_gives_everything_back_and_says_why(world: World) {
        let lunch = lunch(&world, "DINE_IN").await;
        let (_, late) = one_more(&world, &lunch, ("李秀英", "PICK_UP"), "2").await;
        let withdraw = |order: &str, reason: &str| json!({ "orderId": order, "reason": reason });
        let before = world.footprint().await;
        for (input, code) in [
            (withdraw(&lunch.order, " "), "REASON_MISSING"),
            (withdraw(&lunch.order, &"停".repeat(201)), "REASON_MISSING"),
        ] {
            let refused = world.act(&lunch.manager, "mealOrderWithdraw", input, "order { state }").await;
            assert_eq!(refusal(&refused), code);
        }
        assert_eq!(world.footprint().await, before);
        // One before the cut-off, one after it.
        for order in [&lunch.order, &late] {
            let input = withdraw(order, "停水，无法供餐");
            let ended = world.act(&lunch.manager, "mealOrderWithdraw", input.clone(), "order { state }").await;
            assert_eq!(ended["order"]["state"], "CANCELLED", "{ended}");
            let again = world.act(&lunch.manager, "mealOrderWithdraw", input, "order { state }").await;
            assert_eq!(again["order"]["state"], "CANCELLED", "pressed twice");
            let document = "query($id: ID!) { mealOrder(id: $id) { timeline { name reason } } }";
            let seen = world.data(&lunch.daughter, document, json!({ "id": order })).await;
            let steps = seen["mealOrder"]["timeline"].as_array().unwrap();
            let why = json!({ "name": "canteen_cancel", "reason": "停水，无法供餐" });
            assert_eq!(steps.iter().filter(|step| **step == why).count(), 1, "{steps:?}");
            world.at("2026-06-05 09:00").await;
        }
        world.drain().await;
        assert_eq!(world.platform_fen().await, (1_900, 1_900));
        assert_eq!(world.number("coalesce(sum(taken), 0) FROM meal_slot").await, 0);
        assert_eq!(world.balances().await.values().filter(|sum| **sum != 0).count(), 0);
        let sheet = world.sheet(&lunch.manager, &lunch.canteen, LUNCH).await;
        assert_eq!(sheet["portions"], 0, "{sheet}");
        world.assert_books().await;
    }

    async fn at_the_counter_a_card_or_a_name_is_enough_when_it_is_one_person(world: World) {
        let lunch = lunch(&world, "DINE_IN").await;
        let (twin, _) = one_more(&world, &lunch, ("王桂芬", "PICK_UP"), "2").await;
        let (_, third) = one_more(&world, &lunch, ("李秀英", "PICK_UP"), "3").await;
        let by_name = |name: &str| json!({ "name": name });
        let serve = async |by| world.serve(&lunch.manager, &lunch.canteen, by).await;
        world.at("2026-06-05 08:00").await;
        assert_eq!(refusal(&serve(by_name("李秀英")).await), "TOO_EARLY", "also before the cut-off");
        world.at("2026-06-05 10:29:59").await;
        let before = world.footprint().await;
        assert_eq!(refusal(&serve(by_name("李秀英")).await), "TOO_EARLY");
        world.at("2026-06-05 10:30").await;
        assert_eq!(refusal(&serve(by_name("王桂芬")).await), "AMBIGUOUS");
        assert_eq!(refusal(&serve(by_name("王桂")).await), "NOTHING_TO_SERVE", "half a name is nobody's");
        assert_eq!(refusal(&serve(json!({ "code": "1234567" })).await), "NOTHING_TO_SERVE");
        assert_eq!(refusal(&serve(json!({ "cardNumber": "" })).await), "NOTHING_TO_SERVE");
        assert_eq!(world.footprint().await, before);

        assert_eq!(serve(by_name("李秀英")).await["order"]["id"], third);
        assert_eq!(refusal(&serve(by_name("李秀英")).await), "ALREADY_SERVED");
        let card = json!({ "cardNumber": format!("CARD-{twin}") });
        assert_eq!(serve(card).await["order"]["state"], "SERVED");
        let left = serve(by_name("王桂芬")).await;
        assert_eq!((&left["order"]["id"], &left["order"]["state"]), (&json!(lunch.order), &json!("SERVED")));
        // Ages 82, 76 and 76: 900 + 1000 + 1000 from the families, 300 + 200 + 200 of public money.
        assert_eq!((world.balance("wechat").await, world.balance(PUBLIC).await), (2_900, 700));
        assert_eq!(world.balance(&format!("provider/{}", lunch.canteen.provider)).await, -3_600);
        world.at("2026-06-05 13:00").await;
        assert_eq!((world.orders_in("SERVED").await, world.orders_in("NO_SHOW").await), (3, 0));
        world.assert_books().await;
    }

    async fn another_canteens_people_see_and_move_nothing(world: World) {
        let lunch = lunch(&world, "DELIVERY").await;
        let (elder, at_table) = {
            let slot = world.dinner(&lunch.canteen, DAY, (3, 5)).await;
            let input = order_input("2", lunch.elder, slot, ("DINE_IN", lunch.canteen.dinner));
            (lunch.elder, world.paid(&lunch.daughter, input).await)
        };
        let stranger = world.manager("canteen2", &world.canteen().await).await;
        world.at("2026-06-05 17:10").await;
        let before = world.footprint().await;
        assert_eq!(world.sheet(&stranger, &lunch.canteen, LUNCH).await, json!(null));
        assert_eq!(world.order(&stranger, &lunch.order).await, json!(null));
        assert_eq!(refusal(&world.prepare(&stranger, &lunch.canteen, LUNCH).await), "CANTEEN_NOT_FOUND");
        let card = json!({ "cardNumber": format!("CARD-{elder}") });
        assert_eq!(refusal(&world.serve(&stranger, &lunch.canteen, card.clone()).await), "CANTEEN_NOT_FOUND");
        assert_eq!(refusal(&world.depart(&stranger, &lunch.order).await), "ORDER_NOT_FOUND");
        let ending = ("handedOver", "x");
        assert_eq!(refusal(&world.deliver_meal(&stranger, &lunch.order, ending).await), "ORDER_NOT_FOUND");
        let withdraw = json!({ "orderId": lunch.order, "reason": "x" });
        let withdrawn = world.act(&stranger, "mealOrderWithdraw", withdraw, "order { state }").await;
        assert_eq!(refusal(&withdrawn), "ORDER_NOT_FOUND");
        // The family is no staff at all.
        let document = "mutation($input: MealOrderDepartInput!) { mealOrderDepart(input: $input) { order { state } } }";
        let input = json!({ "input": { "orderId": lunch.order } });
        let forbidden = world.ask(Some(&lunch.daughter), document, input).await;
        assert_eq!(forbidden["errors"][0]["extensions"]["code"], "FORBIDDEN", "{forbidden}");
        assert_eq!(world.footprint().await, before);

        // Their own people may, each order in its own way only.
        assert_eq!(refusal(&world.depart(&lunch.manager, &at_table).await), "NOT_A_DELIVERY");
        assert_eq!(world.footprint().await, before);
        assert_eq!(world.serve(&lunch.manager, &lunch.canteen, card).await["order"]["id"], at_table);
        let by_code = json!({ "code": world.order(&lunch.daughter, &lunch.order).await["servingCode"] });
        assert_eq!(refusal(&world.serve(&lunch.manager, &lunch.canteen, by_code).await), "NOTHING_TO_SERVE",
            "a delivery is not fetched at the counter");
        world.assert_books().await;
    }
}
