//! What can come between the yes and the settlement of a visit.

use entities::enums::Role;
use serde_json::{Value, json};

use crate::on_both;
use crate::world::client::refusal;
use crate::world::scene::{Scene, tasks};
use crate::world::shanghai;

fn start(at: &str) -> Value {
    json!({ "startsAt": shanghai(at).to_rfc3339() })
}

/// Names of the timeline, the first first.
fn steps(order: &Value) -> Vec<String> {
    let rows = order["timeline"].as_array().unwrap();
    rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

async fn line_state(world: &crate::world::World, state: &str) -> i64 {
    world.number(&format!("count(*) FROM settlement_line WHERE state = '{state}'")).await
}

on_both! {
    async fn a_visit_moves_twice_and_keeps_its_carer_and_its_price(world: World) {
        let it = Scene::new(&world).await;
        let order = it.accepted(&world).await;
        let moved = world.on_visit(&it.daughter, "serviceOrderReschedule", &order, start("2026-06-04 09:15")).await;
        assert_eq!((&moved["order"]["state"], &moved["order"]["moves"]), (&json!("PAID"), &json!(1)), "{moved}");
        assert_eq!(moved["order"]["startsAt"], "2026-06-04T01:15:00Z");
        assert_eq!(world.number("count(*) FROM carer_time").await, 10, "the old time is free, the new one taken");
        let again = world.on_visit(&it.daughter, "serviceOrderReschedule", &order, start("2026-06-04 09:15")).await;
        assert_eq!(again["order"]["moves"], 1, "repeated, it answers the same");
        world.work().await;
        let offered = world.on_visit(&it.daughter, "serviceOrderReschedule", &order, start("2026-06-05 10:00")).await;
        assert_eq!(refusal(&offered), "BEING_OFFERED");
        let said = world.on_visit(&it.near, "offerAccept", &order, json!({})).await;
        assert_eq!(said["order"]["state"], "ACCEPTED", "the same carer is asked: {said}");
        let moved = world.on_visit(&it.daughter, "serviceOrderReschedule", &order, start("2026-06-05 10:00")).await;
        assert_eq!(moved["order"]["moves"], 2, "{moved}");
        world.work().await;
        world.on_visit(&it.near, "offerAccept", &order, json!({})).await;
        let third = world.on_visit(&it.daughter, "serviceOrderReschedule", &order, start("2026-06-05 11:00")).await;
        assert_eq!(refusal(&third), "MOVED_TOO_OFTEN");
        assert_eq!((world.balance("wechat").await, it.earned(&world).await), (8_000, 0), "paid once");
        world.at("2026-06-05 10:00").await;
        let came = world.on_visit(&it.near, "visitCheckIn", &order, json!({ "place": world.at_home(5) })).await;
        assert_eq!(came["order"]["state"], "CHECKED_IN", "{came}");
        world.assert_books().await;
    }

    async fn a_move_that_cannot_be_made_changes_nothing(world: World) {
        let it = Scene::new(&world).await;
        let order = it.accepted(&world).await;
        for key in ["2", "3"] {
            it.book_other(&world, key, "2026-06-05 10:00").await;
        }
        let before = world.footprint().await;
        for (at, code) in [
            ("2026-06-05 10:00", "NOBODY_FREE"),
            ("2026-06-05 21:00", "NOBODY_FREE"),
            ("2026-06-01 12:00", "TOO_SOON"),
            ("2026-06-05 10:05", "START_INVALID"),
            ("2026-08-05 10:00", "START_INVALID"),
        ] {
            let said = world.on_visit(&it.daughter, "serviceOrderReschedule", &order, start(at)).await;
            assert_eq!(refusal(&said), code, "{at}");
        }
        assert_eq!(world.footprint().await, before);
        world.at("2026-06-04 05:01").await;
        let late = world.on_visit(&it.daughter, "serviceOrderReschedule", &order, start("2026-06-06 10:00")).await;
        assert_eq!(refusal(&late), "TOO_LATE", "less than four hours before the start");
    }

    async fn a_carer_who_calls_off_in_time_makes_room_for_the_next_and_costs_nothing(world: World) {
        let it = Scene::new(&world).await;
        let order = it.accepted(&world).await;
        assert_eq!(refusal(&world.on_visit(&it.far, "visitCallOff", &order, json!({ "reason": "病了" })).await),
            "ORDER_NOT_FOUND", "it is not his");
        assert_eq!(refusal(&world.on_visit(&it.near, "visitCallOff", &order, json!({ "reason": "" })).await), "REASON_MISSING");
        world.at("2026-06-04 06:00").await;
        let off = world.on_visit(&it.near, "visitCallOff", &order, json!({ "reason": "病了" })).await;
        assert_eq!(off["order"]["state"], "PAID", "{off}");
        let again = world.on_visit(&it.near, "visitCallOff", &order, json!({ "reason": "病了" })).await;
        assert_eq!(refusal(&again), "", "repeated, it answers the same");
        assert_eq!(world.visit(&it.daughter, &order).await["cancelFeeFen"], 0, "the provider's fault is never charged");
        world.work().await;
        let said = world.on_visit(&it.far, "offerAccept", &order, json!({})).await;
        assert_eq!(said["order"]["state"], "ACCEPTED", "the next one is asked at once: {said}");
        assert_eq!(world.visit(&it.daughter, &order).await["cancelFeeFen"], 2_400, "somebody keeps the time free again");
        assert_eq!(world.number("count(*) FROM visit_fault WHERE kind = 'CALLED_OFF'").await, 1);
        let manager = world.with_role("manager1", Role::ProviderManager, (Some(it.agency.id.0), None)).await;
        let off = world.on_visit(&manager, "visitCallOff", &order, json!({ "reason": "车辆故障" })).await;
        assert_eq!(off["order"]["state"], "PAID", "{off}");
        world.work().await;
        assert_eq!(it.state(&world, &order).await, "CANCELLED", "who has failed is not asked again");
        world.rest().await;
        assert_eq!(world.visit(&it.daughter, &order).await["refunds"][0]["amountFen"], 8_000);
        assert_eq!(world.number("count(*) FROM carer_time").await, 0);
        world.assert_books().await;
    }

    async fn a_late_carer_is_told_of_and_one_who_does_not_come_leaves_the_family_a_choice(world: World) {
        let it = Scene::new(&world).await;
        let order = it.accepted(&world).await;
        world.at("2026-06-04 09:14").await;
        world.work().await;
        assert!(!steps(&world.visit(&it.daughter, &order).await).contains(&"late_alarm".to_owned()));
        world.at("2026-06-04 09:15").await;
        world.work().await;
        assert!(steps(&world.visit(&it.daughter, &order).await).contains(&"late_alarm".to_owned()));
        assert_eq!(refusal(&world.on_visit(&it.daughter, "serviceOrderChoose", &order, json!({ "choice": "REFUND" })).await),
            "NOTHING_TO_CHOOSE");
        world.at("2026-06-04 09:30").await;
        world.work().await;
        let seen = world.visit(&it.daughter, &order).await;
        assert_eq!((&seen["state"], &seen["choiceEndsAt"], &seen["cancelFeeFen"]),
            (&json!("PAID"), &json!("2026-06-04T03:30:00Z"), &json!(0)), "{seen}");
        assert_eq!(world.number("count(*) FROM visit_fault WHERE kind = 'DID_NOT_COME'").await, 1);
        let came = world.on_visit(&it.near, "visitCheckIn", &order, json!({ "place": world.at_home(5) })).await;
        assert_eq!(refusal(&came), "ORDER_NOT_FOUND", "he is out");
        let choice = json!({ "choice": "OTHER_CARERS" });
        let chosen = world.on_visit(&it.daughter, "serviceOrderChoose", &order, choice.clone()).await;
        assert_eq!((&chosen["order"]["state"], &chosen["order"]["startsAt"]),
            (&json!("PAID"), &json!("2026-06-04T02:45:00Z")), "{chosen}");
        let again = world.on_visit(&it.daughter, "serviceOrderChoose", &order, choice).await;
        assert_eq!(refusal(&again), "", "repeated, it answers the same");
        world.work().await;
        let said = world.on_visit(&it.far, "offerAccept", &order, json!({})).await;
        assert_eq!(said["order"]["state"], "ACCEPTED", "{said}");
        world.assert_carers_are_in_one_place().await;
        world.at("2026-06-04 11:15").await;
        world.work().await;
        let refund = world.on_visit(&it.daughter, "serviceOrderChoose", &order, json!({ "choice": "REFUND" })).await;
        assert_eq!(refund["order"]["state"], "CANCELLED", "the second did not come either: {refund}");
        world.rest().await;
        assert_eq!(world.visit(&it.daughter, &order).await["refunds"], json!([{ "state": "SUCCESS", "amountFen": 8_000 }]));
        assert_eq!((world.balance("wechat").await, it.earned(&world).await), (0, 0));
        world.assert_books().await;
    }

    async fn who_does_not_choose_gets_the_money_back(world: World) {
        let it = Scene::new(&world).await;
        let order = it.accepted(&world).await;
        world.at("2026-06-04 08:45").await;
        let off = world.on_visit(&it.near, "visitCallOff", &order, json!({ "reason": "车坏了" })).await;
        assert_eq!(off["order"]["choiceEndsAt"], "2026-06-04T02:45:00Z", "too late to look for others: {off}");
        world.at("2026-06-04 10:44").await;
        world.work().await;
        assert_eq!(it.state(&world, &order).await, "PAID");
        world.at("2026-06-04 10:45").await;
        world.work().await;
        assert_eq!(it.state(&world, &order).await, "CANCELLED");
        world.rest().await;
        assert_eq!(world.visit(&it.daughter, &order).await["refunds"][0]["amountFen"], 8_000);
        world.assert_books().await;
    }

    async fn a_door_that_nobody_opens_costs_half_and_calls_for_a_look(world: World) {
        let it = Scene::new(&world).await;
        let order = it.accepted(&world).await;
        world.at("2026-06-04 08:44").await;
        let at_door = json!({ "place": world.at_home(30) });
        assert_eq!(refusal(&world.on_visit(&it.near, "visitWait", &order, at_door.clone()).await), "TOO_EARLY");
        world.at("2026-06-04 08:55").await;
        let calls = |times: &[&str]| json!({ "callsAt": times.iter().map(|at| shanghai(at).to_rfc3339()).collect::<Vec<_>>() });
        let twice = calls(&["2026-06-04 09:01", "2026-06-04 09:08"]);
        assert_eq!(refusal(&world.on_visit(&it.near, "visitNobodyHome", &order, twice.clone()).await), "NOT_WAITED");
        for (place, why) in [(json!({}), "no place"), (world.at_home(300), "too far")] {
            let said = world.on_visit(&it.near, "visitWait", &order, json!({ "place": place })).await;
            assert_eq!(refusal(&said), "PLACE_NOT_PROVEN", "{why}");
        }
        let said = world.on_visit(&it.near, "visitWait", &order, at_door).await;
        assert!(steps(&said["order"]).contains(&"at_door".to_owned()), "the family is told: {said}");
        world.at("2026-06-04 09:14").await;
        assert_eq!(refusal(&world.on_visit(&it.near, "visitNobodyHome", &order, twice.clone()).await), "NOT_WAITED",
            "a quarter of an hour from the start on");
        world.at("2026-06-04 09:40").await;
        world.work().await;
        assert_eq!(it.state(&world, &order).await, "ACCEPTED", "who stands at the door has come");
        for times in [vec![], vec!["2026-06-04 09:01"], vec!["2026-06-04 09:01", "2026-06-04 09:01"], vec!["2026-06-03 09:00", "2026-06-04 09:01"]] {
            let said = world.on_visit(&it.near, "visitNobodyHome", &order, calls(&times)).await;
            assert_eq!(refusal(&said), "CALLS_MISSING", "{times:?}");
        }
        let over = world.on_visit(&it.near, "visitNobodyHome", &order, twice.clone()).await;
        assert_eq!(over["order"]["state"], "REFUNDED", "{over}");
        assert_eq!(line_state(&world, "PENDING").await, 1, "what is kept is a line of the statement");
        let desk = world.desk("desk1").await;
        let document = "{ welfareChecks { orderId reason } }";
        let open = json!([{ "orderId": order, "reason": "nobody_home" }]);
        assert_eq!(world.data(&desk, document, json!({})).await["welfareChecks"], open);
        assert_eq!(refusal(&world.on_visit(&it.near, "visitNobodyHome", &order, twice).await), "", "repeated, the same");
        world.rest().await;
        assert_eq!(world.visit(&it.daughter, &order).await["refunds"], json!([{ "state": "SUCCESS", "amountFen": 4_000 }]));
        assert_eq!((world.balance("wechat").await, it.earned(&world).await), (4_000, 4_000));
        for (words, code) in [("", "OUTCOME_MISSING"), ("邻居说去医院了", ""), ("邻居说去医院了", ""), ("不知道", "ALREADY_CLOSED")] {
            let input = json!({ "orderId": order, "outcome": words });
            let closed = world.act(&desk, "welfareCheckClose", input, "check { outcome closedAt }").await;
            assert_eq!(refusal(&closed), code, "{closed}");
        }
        assert_eq!(world.data(&desk, document, json!({})).await["welfareChecks"], json!([]));
        assert_eq!(world.number("count(*) FROM carer_time").await, 0);
        world.assert_books().await;
    }

    async fn a_carer_who_comes_late_to_a_closed_door_has_no_claim(world: World) {
        let it = Scene::new(&world).await;
        let order = it.accepted(&world).await;
        world.at("2026-06-04 06:59").await;
        assert_eq!(refusal(&world.on_visit(&it.near, "visitSetOut", &order, json!({})).await), "TOO_EARLY");
        world.at("2026-06-04 09:16").await;
        world.on_visit(&it.near, "visitWait", &order, json!({ "place": world.at_home(10) })).await;
        world.at("2026-06-04 09:45").await;
        world.work().await;
        let seen = world.visit(&it.daughter, &order).await;
        assert!(seen["state"] == "ACCEPTED" && steps(&seen).contains(&"late_alarm".to_owned()), "{seen}");
        let calls = ["2026-06-04 09:20", "2026-06-04 09:30"].map(|at| shanghai(at).to_rfc3339());
        let over = world.on_visit(&it.near, "visitNobodyHome", &order, json!({ "callsAt": calls })).await;
        assert_eq!(over["order"]["state"], "REFUNDED", "{over}");
        world.rest().await;
        assert_eq!(world.visit(&it.daughter, &order).await["refunds"][0]["amountFen"], 8_000);
        world.assert_books().await;
    }

    async fn who_never_leaves_loses_the_address_and_the_desk_ends_the_visit(world: World) {
        let it = Scene::new(&world).await;
        let order = it.accepted(&world).await;
        world.at("2026-06-04 09:00").await;
        world.on_visit(&it.near, "visitCheckIn", &order, json!({ "place": world.at_home(5) })).await;
        assert!(world.visit(&it.near, &order).await["home"]["address"].is_string());
        world.at("2026-06-04 23:01").await;
        assert_eq!(world.visit(&it.near, &order).await["home"], json!(null), "half a day after the end");
        let elsewhere = world.officer("officer2", "530112").await;
        let stop = json!({ "reason": "OTHER", "detail": "护理员失联" });
        assert_eq!(refusal(&world.on_visit(&elsewhere, "visitAbort", &order, stop.clone()).await), "ORDER_NOT_FOUND");
        let desk = world.desk("desk1").await;
        let over = world.on_visit(&desk, "visitAbort", &order, stop).await;
        assert_eq!(over["order"]["state"], "REFUNDED", "{over}");
        world.rest().await;
        assert_eq!((world.balance("escrow").await, world.balance("wechat").await), (0, 0));
    }

    async fn a_visit_stopped_for_safety_costs_nothing(world: World) {
        let it = Scene::new(&world).await;
        let order = it.accepted(&world).await;
        let stop = json!({ "reason": "ELDER_UNWELL", "detail": "头晕，已通知家属" });
        assert_eq!(refusal(&world.on_visit(&it.near, "visitAbort", &order, stop.clone()).await), "WRONG_STATE");
        world.at("2026-06-04 09:00").await;
        world.on_visit(&it.near, "visitCheckIn", &order, json!({ "place": world.at_home(5) })).await;
        let wordless = json!({ "reason": "OTHER", "detail": "  " });
        assert_eq!(refusal(&world.on_visit(&it.near, "visitAbort", &order, wordless).await), "REASON_MISSING");
        assert_eq!(refusal(&world.on_visit(&it.far, "visitAbort", &order, stop.clone()).await), "ORDER_NOT_FOUND");
        for _ in 0..2 {
            let over = world.on_visit(&it.near, "visitAbort", &order, stop.clone()).await;
            assert_eq!(over["order"]["state"], "REFUNDED", "{over}");
        }
        world.rest().await;
        let seen = world.visit(&it.daughter, &order).await;
        assert_eq!(seen["refunds"], json!([{ "state": "SUCCESS", "amountFen": 8_000 }]), "{seen}");
        let last = seen["timeline"].as_array().unwrap().iter().find(|row| row["name"] == "abort").unwrap();
        assert_eq!(last["reason"], "老人身体不适：头晕，已通知家属");
        world.assert_books().await;
    }

    async fn who_does_not_leave_is_told_of(world: World) {
        let it = Scene::new(&world).await;
        let order = it.accepted(&world).await;
        world.at("2026-06-04 09:00").await;
        world.on_visit(&it.near, "visitCheckIn", &order, json!({ "place": world.at_home(5) })).await;
        world.at("2026-06-04 09:20").await;
        world.work().await;
        world.at("2026-06-04 12:00").await;
        world.work().await;
        let seen = world.visit(&it.daughter, &order).await;
        assert_eq!(seen["state"], "CHECKED_IN");
        assert!(steps(&seen).contains(&"leave_alarm".to_owned()) && !steps(&seen).contains(&"late_alarm".to_owned()), "{seen}");
        let left = world.on_visit(&it.near, "visitCheckOut", &order, json!({ "place": world.at_home(5), "tasks": tasks() })).await;
        assert_eq!(left["order"]["state"], "DONE", "{left}");
    }

    async fn a_dispute_has_three_endings_to_the_fen(world: World) {
        let cases = [
            ("PAID", json!(null), "CONFIRMED", (8_000, 8_000), "PAYABLE"),
            ("PART_REFUND", json!(3_001), "CONFIRMED", (4_999, 4_999), "PAYABLE"),
            ("FULL_REFUND", json!(null), "REFUNDED", (0, 0), "VOID"),
        ];
        for (is_confirmed, (ending, back, state, (wechat, earned), line)) in
            [false, true].into_iter().flat_map(|first| cases.clone().map(|case| (first, case)))
        {
            let world = crate::world::World::new(world.backend).await;
            let it = Scene::new(&world).await;
            let desk = world.desk("desk1").await;
            let order = it.done(&world).await;
            if is_confirmed {
                world.on_visit(&it.daughter, "serviceOrderConfirm", &order, json!({})).await;
            }
            let objected = world.on_visit(&it.daughter, "serviceOrderDispute", &order, json!({ "reason": "厨房没有打扫" })).await;
            assert_eq!(objected["order"]["state"], "DISPUTED", "{objected}");
            world.pass(30 * 86_400).await;
            world.work().await;
            assert_eq!(it.state(&world, &order).await, "DISPUTED", "nothing happens by itself");
            let input = json!({ "ending": ending, "backFen": back, "reason": "核对照片后决定" });
            let ended = world.on_visit(&desk, "serviceOrderResolve", &order, input.clone()).await;
            assert_eq!(ended["order"]["state"], state, "{ending}: {ended}");
            let again = world.on_visit(&desk, "serviceOrderResolve", &order, input).await;
            assert_eq!(again["order"]["state"], state, "repeated, it answers the same");
            let other = json!({ "ending": "PART_REFUND", "backFen": 1, "reason": "另一位" });
            let other = world.on_visit(&desk, "serviceOrderResolve", &order, other).await;
            assert_eq!(refusal(&other), "ALREADY_DECIDED", "one decision, and nobody believes another");
            assert_eq!(line_state(&world, line).await, i64::from(is_confirmed || line != "VOID"), "{ending} {is_confirmed}");
            let twice = world.on_visit(&it.daughter, "serviceOrderDispute", &order, json!({ "reason": "还是不满意" })).await;
            assert_ne!(refusal(&twice), "", "once");
            world.rest().await;
            assert_eq!((world.balance("wechat").await, it.earned(&world).await), (wechat, earned), "{ending} {is_confirmed}");
            assert_eq!(world.balance("escrow").await, 0);
            // Confirmed in June: its month is closed by now. Confirmed by the decision in July: in August.
            let last = if is_confirmed && state == "CONFIRMED" { "SETTLED" } else { state };
            assert_eq!(it.state(&world, &order).await, last, "{ending} {is_confirmed}");
            world.assert_books().await;
        }
    }

    async fn a_month_is_settled_on_its_third_working_day(world: World) {
        let it = Scene::new(&world).await;
        let order = it.done(&world).await;
        world.on_visit(&it.daughter, "serviceOrderConfirm", &order, json!({})).await;
        world.at("2026-07-02 23:59").await;
        world.work().await;
        assert_eq!((it.state(&world, &order).await.as_str(), line_state(&world, "PENDING").await), ("CONFIRMED", 1));
        world.at("2026-07-03 00:00").await;
        world.work().await;
        assert_eq!((it.state(&world, &order).await.as_str(), line_state(&world, "PAYABLE").await), ("SETTLED", 1));
        let late = world.on_visit(&it.daughter, "serviceOrderDispute", &order, json!({ "reason": "晚了" })).await;
        assert_eq!(refusal(&late), "ALREADY_OVER");
        assert_eq!(it.earned(&world).await, 8_000);
        world.assert_books().await;
    }

    async fn a_held_line_waits_for_somebody_who_has_nothing_to_do_with_the_provider(world: World) {
        for (verdict, back, state, kept) in
            [("CLEAR", None, "PAYABLE", 8_000), ("CUT", Some(1), "PAYABLE", 7_999), ("REJECT", None, "VOID", 0)]
        {
            let world = crate::world::World::new(world.backend).await;
            let it = Scene::new(&world).await;
            let (desk, other) = (world.desk("desk1").await, world.officer("officer1", "530112").await);
            let order = it.done(&world).await;
            world.on_visit(&it.daughter, "serviceOrderConfirm", &order, json!({})).await;
            let review = async |who, input: Value| {
                let mut input = input;
                input["orderId"] = json!(order);
                world.act(who, "settlementLineReview", input, "line { state totalFen payers { amountFen } reviewReason }").await
            };
            let input = json!({ "verdict": verdict, "backFen": back, "reason": "与家属电话核实" });
            assert_eq!(refusal(&review(&desk, input.clone()).await), "NOT_HELD", "nothing is wrong with it");
            let id: nuanyang::kit::ids::OrderId = order.parse().unwrap();
            nuanyang::orders::store::service_hold::hold(&world.app, world.app.db.write(), id.0).await.unwrap();
            world.at("2026-07-03 00:00").await;
            world.work().await;
            assert_eq!(it.state(&world, &order).await, "CONFIRMED", "what is held is not settled");
            assert_eq!(refusal(&review(&other, input.clone()).await), "LINE_NOT_FOUND", "another district");
            world.with_role("desk2", Role::Desk, (None, Some("530111"))).await;
            let own = world.with_role("desk2", Role::ProviderManager, (Some(it.agency.id.0), None)).await;
            assert_eq!(refusal(&review(&own, input.clone()).await), "OWN_PROVIDER");
            for fen in [0, 8_000] {
                let wrong = json!({ "verdict": "CUT", "backFen": fen, "reason": "x" });
                assert_eq!(refusal(&review(&desk, wrong).await), "AMOUNT_INVALID");
            }
            for _ in 0..2 {
                let said = review(&desk, input.clone()).await;
                assert_eq!((&said["line"]["state"], &said["line"]["totalFen"]), (&json!(state), &json!(kept)), "{said}");
            }
            world.rest().await;
            assert_eq!((it.earned(&world).await, world.balance("wechat").await), (kept, kept), "{verdict}");
            assert_eq!(it.state(&world, &order).await, if verdict == "REJECT" { "CONFIRMED" } else { "SETTLED" });
            world.assert_books().await;
        }
    }

    async fn a_provider_asks_a_carer_by_hand(world: World) {
        let it = Scene::new(&world).await;
        let manager = world.with_role("manager1", Role::ProviderManager, (Some(it.agency.id.0), None)).await;
        let order = it.paid(&world).await;
        world.work().await;
        let far = world.data(&it.far, "{ myCarer { id } }", json!({})).await["myCarer"]["id"].clone();
        let near = world.data(&it.near, "{ myCarer { id } }", json!({})).await["myCarer"]["id"].clone();
        let said = world.on_visit(&manager, "offerAssign", &order, json!({ "carerId": far })).await;
        assert_eq!(said["order"]["state"], "OFFERED", "{said}");
        assert_eq!(refusal(&world.on_visit(&manager, "offerAssign", &order, json!({ "carerId": far })).await), "", "repeated");
        assert_eq!(refusal(&world.on_visit(&it.near, "offerAccept", &order, json!({})).await), "OFFER_GONE",
            "it is another's now");
        let back = world.on_visit(&manager, "offerAssign", &order, json!({ "carerId": near })).await;
        assert_eq!(back["order"]["state"], "OFFERED", "who has not said no can be asked again: {back}");
        let far_again = world.on_visit(&manager, "offerAssign", &order, json!({ "carerId": far })).await;
        assert_eq!(refusal(&far_again), "", "{far_again}");
        let document = "query($id: ID!) { visitOffers(orderId: $id) { state reasons carerId } }";
        let asked = world.data(&manager, document, json!({ "id": order })).await;
        let states: Vec<_> = asked["visitOffers"].as_array().unwrap().iter().map(|row| row["state"].clone()).collect();
        assert!(states.contains(&json!("OFFERED")) && states.contains(&json!("RELEASED")), "{asked}");
        assert_eq!(world.number("count(*) FROM carer_time").await, 10);
        let yes = world.on_visit(&it.far, "offerAccept", &order, json!({})).await;
        assert_eq!((&yes["order"]["state"], &yes["order"]["carers"][0]["id"]), (&json!("ACCEPTED"), &far), "{yes}");
        assert_eq!(refusal(&world.on_visit(&manager, "offerAssign", &order, json!({ "carerId": near })).await), "WRONG_STATE");
        let stranger = world.home_service("manager2").await;
        assert_eq!(refusal(&world.on_visit(&stranger.manager, "offerAssign", &order, json!({ "carerId": far })).await),
            "ORDER_NOT_FOUND");
        world.assert_carers_are_in_one_place().await;
    }
}
