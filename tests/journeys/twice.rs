//! Two of a family who do not know of each other's orders: nobody has the same service twice at a time, and a second meal
//! is seen before it is ordered.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::acts::id_of;
use crate::world::care::{PLAIN, visit_input};
use crate::world::client::{Person, refusal};
use crate::world::place::order_input;
use crate::world::scene::Scene;
use crate::world::shanghai;

async fn book(world: &World, who: &Person, input: &Value) -> Value {
    world.act(who, "serviceOrderPlace", input.clone(), "order { id }").await
}

on_both! {
    async fn a_service_is_booked_once_for_an_elder_at_a_time(world: World) {
        let it = Scene::new(&world).await;
        let son = world.family_of("son1", it.elder).await;
        let other = world.agency().await;
        for name in ["钱师傅", "周师傅", "吴师傅"] {
            world.ready_carer(other, name, &["cleaning_help", "companionship"], PLAIN).await;
        }
        let elsewhere = world.visit_offering(other, "cleaning_help", (7_000, 60), (1, 0)).await;
        let company = world.visit_offering(other, "companionship", (5_000, 60), (1, 0)).await;
        let first = id_of(&it.book(&world, "1", "2026-06-04 09:00").await);
        let before = world.footprint().await;
        // 09:00 to 11:00 is taken, also at another provider and while nobody has paid; a hold says so at once.
        for (number, (offering, at)) in
            [(it.cleaning, "2026-06-04 09:00"), (elsewhere, "2026-06-04 08:15"), (elsewhere, "2026-06-04 10:45")].into_iter().enumerate()
        {
            let mut input = visit_input(&format!("2{number}"), it.elder, offering, at);
            assert_eq!(refusal(&book(&world, &son, &input).await), "ALREADY_BOOKED", "{at}");
            input.as_object_mut().unwrap().remove("requestKey");
            let held = world.act(&son, "serviceSlotHold", input, "hold { token }").await;
            assert_eq!(refusal(&held), "ALREADY_BOOKED", "{at}");
        }
        assert_eq!(world.footprint().await, before);
        let again = it.book(&world, "1", "2026-06-04 09:00").await;
        assert_eq!(id_of(&again), first, "the same key is the same order");
        // Before and after it, and another service beside it.
        for (key, offering, at) in [("3", elsewhere, "2026-06-04 08:00"), ("4", company, "2026-06-04 09:30"), ("5", elsewhere, "2026-06-04 11:00")] {
            assert_eq!(refusal(&book(&world, &son, &visit_input(key, it.elder, offering, at)).await), "", "{at}");
        }
        // Called off, its time is free again.
        world.on_visit(&it.daughter, "serviceOrderCancel", &first, json!({})).await;
        assert_eq!(refusal(&book(&world, &son, &visit_input("6", it.elder, elsewhere, "2026-06-04 09:15")).await), "");
    }

    async fn a_visit_is_not_moved_onto_another_of_its_kind(world: World) {
        let it = Scene::new(&world).await;
        let order = it.accepted(&world).await;
        it.book(&world, "2", "2026-06-05 10:00").await;
        let before = world.footprint().await;
        let to = |at: &str| json!({ "startsAt": shanghai(at).to_rfc3339() });
        let said = world.on_visit(&it.daughter, "serviceOrderReschedule", &order, to("2026-06-05 11:30")).await;
        assert_eq!(refusal(&said), "ALREADY_BOOKED");
        assert_eq!(world.footprint().await, before);
        let moved = world.on_visit(&it.daughter, "serviceOrderReschedule", &order, to("2026-06-04 10:00")).await;
        assert_eq!(refusal(&moved), "", "its own old time is not in its way: {moved}");
    }

    async fn who_wrote_a_note_reads_it_again_and_nobody_else_does(world: World) {
        let it = Scene::new(&world).await;
        let (son, desk) = (world.family_of("son1", it.elder).await, world.desk("desk1").await);
        let mut input = visit_input("1", it.elder, it.cleaning, "2026-06-04 09:00");
        input["note"] = json!("门铃坏了，请敲门");
        let order = id_of(&book(&world, &it.daughter, &input).await);
        let note = async |who: &Person| {
            let document = "query($id: ID!) { serviceOrder(id: $id) { id note } }";
            world.data(who, document, json!({ "id": order })).await["serviceOrder"].clone()
        };
        assert_eq!(note(&it.daughter).await["note"], "门铃坏了，请敲门");
        for other in [&son, &desk] {
            assert_eq!(note(other).await, json!({ "id": order, "note": null }));
        }
    }

    async fn the_family_is_told_that_it_is_asked_to_pay(world: World) {
        let it = Scene::new(&world).await;
        let desk = world.desk("desk1").await;
        let order = id_of(&it.book(&world, "1", "2026-06-04 09:00").await);
        for _ in 0..2 {
            let asked = json!({ "orderId": order });
            assert_eq!(refusal(&world.act(&desk, "paymentRequest", asked, "payment { isSettled }").await), "");
        }
        world.work().await;
        let told = world.kinds_of_messages(&it.daughter).await;
        assert!(!told.is_empty() && told.iter().all(|kind| kind == "PAYMENT_ASKED"), "{told:?}");
    }

    async fn who_has_sent_something_without_an_answer_learns_what_became_of_it(world: World) {
        let it = Scene::new(&world).await;
        let son = world.family_of("son1", it.elder).await;
        let (canteen, desk) = (world.canteen().await, world.desk("desk1").await);
        let slot = world.lunch(&canteen, "2026-06-05", (1, 30)).await;
        let became = async |who: &Person, key: &str| {
            let document = "query($key: String!) { requestedOrderId(requestKey: $key) }";
            world.data(who, document, json!({ "key": key })).await["requestedOrderId"].clone()
        };
        let visit = visit_input("1", it.elder, it.cleaning, "2026-06-04 09:00");
        let meal = order_input("2", it.elder, slot, ("DINE_IN", canteen.lunch));
        let bundle = world.bundle_of(it.agency, &[(it.cleaning, 2)]).await;
        let planned = ["2026-06-09 09:00", "2026-06-10 09:00"]
            .map(|at| json!({ "offeringId": it.cleaning.to_string(), "startsAt": shanghai(at).to_rfc3339() }));
        let bundle = json!({
            "requestKey": "test-bundle-00000003", "elderId": it.elder.to_string(), "bundleId": bundle.to_string(), "visits": planned,
        });
        let keys = [&visit, &meal, &bundle].map(|input| input["requestKey"].as_str().unwrap().to_owned());
        for key in &keys {
            assert_eq!(became(&it.daughter, key).await, Value::Null, "nothing has arrived");
        }
        let first = id_of(&book(&world, &it.daughter, &visit).await);
        let second = id_of(&world.place(&desk, meal.clone()).await);
        let third = world.act(&it.daughter, "serviceBundlePlace", bundle, "booking { orders { id startsAt } }").await;
        let mut orders = third["booking"]["orders"].as_array().unwrap().clone();
        orders.sort_by_key(|order| order["startsAt"].as_str().unwrap().to_owned());
        for (who, key, id) in [(&it.daughter, &keys[0], first), (&desk, &keys[1], second)] {
            assert_eq!(became(who, key).await, id);
        }
        assert_eq!(became(&it.daughter, &keys[2]).await, orders[0]["id"]);
        // It is for the one who sent it; a key that nobody can have sent is no fault.
        for (who, key) in [(&son, keys[0].as_str()), (&it.daughter, &keys[1]), (&it.daughter, "short"), (&it.daughter, "")] {
            assert_eq!(became(who, key).await, Value::Null, "{key}");
        }
    }

    async fn two_visits_of_a_bundle_do_not_meet(world: World) {
        let it = Scene::new(&world).await;
        let bundle = world.bundle_of(it.agency, &[(it.cleaning, 2)]).await;
        let visit = |at: &str| json!({ "offeringId": it.cleaning.to_string(), "startsAt": shanghai(at).to_rfc3339() });
        let input = |key: &str, second: &str| json!({
            "requestKey": format!("test-bundle-{key:0>8}"), "elderId": it.elder.to_string(), "bundleId": bundle.to_string(),
            "visits": [visit("2026-06-04 09:00"), visit(second)],
        });
        let before = world.footprint().await;
        let said = world.act(&it.daughter, "serviceBundlePlace", input("1", "2026-06-04 10:00"), "booking { dueFen }").await;
        assert_eq!(refusal(&said), "ALREADY_BOOKED");
        assert_eq!(said["userErrors"][0]["message"], "6月4日 10:00已经订了同一项服务，请换一个时间或先查看订单");
        assert_eq!(world.footprint().await, before, "none is booked");
        let said = world.act(&it.daughter, "serviceBundlePlace", input("2", "2026-06-04 13:00"), "booking { dueFen }").await;
        assert_eq!(refusal(&said), "");
    }

    async fn twenty_of_a_family_at_once_book_one_visit(world: World) {
        let it = Scene::new(&world).await;
        for number in 0..10 {
            world.ready_carer(it.agency, &format!("护理员{number}"), &["cleaning_help"], PLAIN).await;
        }
        let son = world.family_of("son1", it.elder).await;
        let asks = (0..20).map(|number| {
            let who = [&it.daughter, &son][number % 2];
            // Two hours each, begun within one hour: all of them meet.
            let at = format!("2026-06-04 09:{:02}", number % 4 * 15);
            let input = visit_input(&format!("9{number}"), it.elder, it.cleaning, &at);
            let world = &world;
            async move { refusal(&book(world, who, &input).await).to_owned() }
        });
        let mut answers = join_all(asks).await;
        answers.sort();
        assert_eq!(answers[0], "");
        assert!(answers[1..].iter().all(|code| code == "ALREADY_BOOKED"), "{answers:?}");
        assert_eq!(world.number("count(*) FROM service_order").await, 1);
    }

    async fn a_second_meal_is_seen_before_it_is_ordered(world: World) {
        let canteen = world.canteen().await;
        let slots = [world.lunch(&canteen, "2026-06-05", (3, 10)).await, world.lunch(&canteen, "2026-06-06", (3, 10)).await];
        let elder = world.elder("王桂芬", "1944-03-01").await;
        let (daughter, son) = (world.family_of("daughter1", elder).await, world.family_of("son1", elder).await);
        let ordered = async |slot| {
            let document = "query($input: MealOrderQuoteInput!) { mealOrderQuote(input: $input) { quote { portionsOrdered } } }";
            let mut input = order_input("1", elder, slot, ("DINE_IN", canteen.lunch));
            input.as_object_mut().unwrap().remove("requestKey");
            let found = world.data(&daughter, document, json!({ "input": input })).await;
            found["mealOrderQuote"]["quote"]["portionsOrdered"].as_i64().unwrap_or_else(|| panic!("{found}"))
        };
        assert_eq!(ordered(slots[0]).await, 0);
        let placed = world.place(&son, order_input("2", elder, slots[0], ("DINE_IN", canteen.lunch))).await;
        assert_eq!((ordered(slots[0]).await, ordered(slots[1]).await), (1, 0));
        world.cancel(&son, &id_of(&placed)).await;
        assert_eq!(ordered(slots[0]).await, 0);
    }
}
