//! What becomes of a voucher with the orders that took of it, with its month, and in an office's hands.

use nuanyang::kit::ids::ElderId;
use nuanyang::money::service::voucher::month::Holder;
use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::acts::id_of;
use crate::world::client::{Person, refusal};
use crate::world::place::{Canteen, order_input};
use crate::world::scene::{Scene, tasks};
use crate::world::shanghai;
use crate::world::voucher::{ACCOUNT, GUANDU, holder};

/// A canteen, an elder with a voucher, and a daughter who orders.
struct Table {
    canteen: Canteen,
    manager: Person,
    elder: ElderId,
    daughter: Person,
}

impl Table {
    async fn new(world: &World, fen: i64) -> Self {
        let canteen = world.canteen().await;
        let manager = world.manager("canteen1", &canteen).await;
        let elder = world.elder("王建国", "1944-03-01").await;
        let daughter = world.family_of("daughter1", elder).await;
        world.grant(vec![holder(elder, fen)]).await;
        Self { canteen, manager, elder, daughter }
    }

    async fn purse(&self, world: &World) -> [i64; 5] {
        world.purse(&self.daughter, self.elder).await
    }
}

/// Carried out by the nearer carer from 09:00 to 11:00 of a day.
async fn carried_out(world: &World, it: &Scene, (order, day): (&str, &str)) {
    world.work().await;
    let said = world.on_visit(&it.near, "offerAccept", order, json!({})).await;
    assert_eq!(said["order"]["state"], "ACCEPTED", "{said}");
    let code = world.visit(&it.daughter, order).await["visitCode"].clone();
    world.at(&format!("{day} 09:00")).await;
    let came = json!({ "place": world.at_home(10), "code": code });
    world.on_visit(&it.near, "visitCheckIn", order, came).await;
    world.at(&format!("{day} 11:00")).await;
    let leave = json!({ "place": world.at_home(10), "tasks": tasks() });
    let left = world.on_visit(&it.near, "visitCheckOut", order, leave).await;
    assert_eq!(left["order"]["state"], "DONE", "{left}");
}

async fn quoted(world: &World, it: &Scene, (service, day): (&str, &str)) -> Value {
    let offering = world.visit_offering(it.agency, service, (8_000, 120), (1, 0)).await;
    let want = json!({ "elderId": it.elder.to_string(), "offeringId": offering.to_string() });
    let document = "query($want: ServiceWantInput!, $day: Date) { serviceOrderQuote(want: $want, visitOn: $day) { quote { \
        dueFen payers { payer amountFen rule } voucher { programmeName tier paysFen restBeforeFen restAfterFen bar message } } } }";
    let answer = world.data(&it.daughter, document, json!({ "want": want, "day": day })).await;
    answer["serviceOrderQuote"]["quote"].clone()
}

async fn in_office(world: &World, who: &Person, (act, voucher): (&str, &Value), more: Value) -> Value {
    let mut input = more;
    input["voucherId"] = voucher.clone();
    world.act(who, act, input, "voucher { state restFen returnedFen freezeReason }").await
}

async fn disputed(world: &World, it: &Scene, order: &str, back_fen: i64) {
    let said =
        world.on_visit(&it.daughter, "serviceOrderDispute", order, json!({ "reason": "没有做完" })).await;
    assert_eq!(said["order"]["state"], "DISPUTED", "{said}");
    let desk = world.desk("desk1").await;
    let ending = json!({ "ending": "PART_REFUND", "backFen": back_fen, "reason": "做了一半" });
    let said = world.on_visit(&desk, "serviceOrderResolve", order, ending).await;
    assert_eq!(refusal(&said), "", "{said}");
}

on_both! {
    async fn a_quote_tells_who_pays_and_why_a_voucher_does_not(world: World) {
        let it = Scene::new(&world).await;
        assert_eq!(quoted(&world, &it, ("cleaning_help", "2026-06-04")).await["voucher"], json!(null));
        world.grant(vec![holder(it.elder, 5_000)]).await;
        let quote = quoted(&world, &it, ("cleaning_help", "2026-06-04")).await;
        assert_eq!(quote["dueFen"], 3_000);
        let voucher = json!({ "programmeName": "官渡区政府购买居家养老服务券", "tier": "50", "paysFen": 5_000,
            "restBeforeFen": 5_000, "restAfterFen": 0, "bar": null, "message": null });
        assert_eq!(quote["voucher"], voucher);
        let payers = json!([
            { "payer": "VOUCHER", "amountFen": 5_000, "rule": "guandu_home_care_voucher@2026-06" },
            { "payer": "CASH", "amountFen": 3_000, "rule": null },
        ]);
        assert_eq!(quote["payers"], payers);
        for (service, day, bar, words) in [
            ("cleaning_help", "2026-07-01", "OTHER_MONTH", "当月"),
            ("daily_care", "2026-06-04", "NOT_IN_LIST", "范围"),
        ] {
            let quote = quoted(&world, &it, (service, day)).await;
            assert_eq!((&quote["dueFen"], &quote["voucher"]["bar"]), (&json!(8_000), &json!(bar)), "{quote}");
            assert!(quote["voucher"]["message"].as_str().unwrap().contains(words), "{quote}");
        }
        let order = id_of(&it.book(&world, "1", "2026-06-04 09:00").await);
        assert_eq!(quoted(&world, &it, ("cleaning_help", "2026-06-05")).await["voucher"]["bar"], "USED_UP");
        world.on_visit(&it.daughter, "serviceOrderCancel", &order, json!({})).await;
        let sql = "UPDATE elder SET region_code = '530112001001'";
        nuanyang::kit::db::execute(world.app.db.write(), sql, []).await.unwrap();
        let document = "{ vouchers(elderId: \"ID\") { nodes { restFen } } }".replace("ID", &it.elder.to_string());
        assert_eq!(world.data(&it.daughter, &document, json!({})).await["vouchers"]["nodes"], json!([{ "restFen": 5_000 }]));
        world.assert_books().await;
    }

    async fn nobody_came_to_eat_and_no_public_money_is_claimed(world: World) {
        let it = Table::new(&world, 500).await;
        let slot = world.lunch(&it.canteen, "2026-06-05", (1, 20)).await;
        world.at("2026-06-04 20:00").await;
        let input = order_input("1", it.elder, slot, ("DINE_IN", it.canteen.lunch));
        let order = world.paid(&it.daughter, input).await;
        assert_eq!(it.purse(&world).await, [0, 500, 0, 0, 0]);
        world.at("2026-06-05 13:00").await;
        assert_eq!(world.state(&it.daughter, &order).await, "NO_SHOW");
        assert_eq!(it.purse(&world).await, [500, 0, 0, 0, 0], "MR-7");
        assert_eq!(world.balance(&format!("provider/{}", it.canteen.provider)).await, -400, "the family's part alone");
        assert_eq!(world.balance(&format!("public/{ACCOUNT}")).await, 0);
        world.assert_books().await;
    }

    async fn what_is_not_paid_or_not_delivered_is_the_elders_again(world: World) {
        let it = Table::new(&world, 500).await;
        let slot = world.lunch(&it.canteen, "2026-06-05", (4, 20)).await;
        world.at("2026-06-04 20:00").await;
        let input = |key: &str| order_input(key, it.elder, slot, ("DELIVERY", it.canteen.lunch));
        let held = id_of(&world.place(&it.daughter, input("1")).await);
        assert_eq!(it.purse(&world).await, [0, 500, 0, 0, 0]);
        world.at("2026-06-04 20:16").await;
        assert_eq!((world.state(&it.daughter, &held).await.as_str(), it.purse(&world).await), ("EXPIRED", [500, 0, 0, 0, 0]));

        let order = world.paid(&it.daughter, input("2")).await;
        world.at("2026-06-05 11:00").await;
        world.depart(&it.manager, &order).await;
        let missed = world.deliver_meal(&it.manager, &order, ("notReached", "敲门两次无人")).await;
        assert_eq!(missed["order"]["state"], "UNDELIVERED");
        assert_eq!(it.purse(&world).await, [500, 0, 0, 0, 0]);
        world.rest().await;
        assert_eq!(world.balance("wechat").await, 0);
        world.assert_books().await;
    }

    async fn a_walk_in_eats_by_voucher_at_the_counter(world: World) {
        let it = Table::new(&world, 500).await;
        let slot = world.lunch(&it.canteen, "2026-06-05", (1, 20)).await;
        world.at("2026-06-05 11:30").await;
        let input = json!({
            "requestKey": "test-sale-000000001", "slotId": slot.to_string(), "way": "DINE_IN",
            "walkIn": { "cardNumber": format!("CARD-{}", it.elder) }, "items": [{ "dishId": it.canteen.lunch.to_string() }]
        });
        let select = "order { id state dueFen payers { payer amountFen } }";
        let sold = world.act(&it.manager, "mealOrderSell", input.clone(), select).await;
        assert_eq!((&sold["order"]["state"], &sold["order"]["dueFen"]), (&json!("SERVED"), &json!(400)), "{sold}");
        assert_eq!(it.purse(&world).await, [0, 0, 500, 0, 0]);
        let again = world.act(&it.manager, "mealOrderSell", input, select).await;
        assert_eq!(again["order"]["id"], sold["order"]["id"]);
        assert_eq!(world.balance(&format!("public/{ACCOUNT}")).await, 500);
        world.assert_books().await;
    }

    async fn a_late_call_off_costs_a_share_of_the_familys_part_alone(world: World) {
        let it = Scene::new(&world).await;
        world.grant(vec![holder(it.elder, 5_000)]).await;
        let order = it.accepted(&world).await;
        assert_eq!(world.purse(&it.daughter, it.elder).await, [0, 5_000, 0, 0, 0]);
        world.at("2026-06-04 06:00").await;
        let off = world.on_visit(&it.daughter, "serviceOrderCancel", &order, json!({ "expectedFeeFen": 900 })).await;
        assert_eq!(off["order"]["state"], "CANCELLED", "{off}");
        assert_eq!(world.purse(&it.daughter, it.elder).await, [5_000, 0, 0, 0, 0], "MR-7");
        world.rest().await;
        assert_eq!((it.earned(&world).await, world.balance("wechat").await), (900, 900), "30 % of 3000");
        world.assert_books().await;
    }

    async fn a_part_refund_is_shared_and_is_the_elders_again_in_the_same_month(world: World) {
        let it = Scene::new(&world).await;
        world.grant(vec![holder(it.elder, 5_000)]).await;
        let order = it.done(&world).await;
        world.on_visit(&it.daughter, "serviceOrderConfirm", &order, json!({})).await;
        assert_eq!(world.purse(&it.daughter, it.elder).await, [0, 0, 5_000, 0, 0]);
        // 1001 of 8000 go back: floor(1001 x 5000 / 8000) = 625 to the voucher, the odd fen to the family (MR-4).
        disputed(&world, &it, &order, 1_001).await;
        assert_eq!(world.purse(&it.daughter, it.elder).await, [625, 0, 4_375, 0, 0]);
        world.rest().await;
        assert_eq!(world.visit(&it.daughter, &order).await["refunds"], json!([{ "state": "SUCCESS", "amountFen": 376 }]));
        assert_eq!((it.earned(&world).await, world.balance(&format!("public/{ACCOUNT}")).await), (6_999, 4_375));
        world.assert_books().await;
    }

    async fn after_its_month_a_refund_goes_to_the_public_account(world: World) {
        let it = Scene::new(&world).await;
        world.grant(vec![holder(it.elder, 10_000)]).await;
        world.at("2026-06-29 10:00").await;
        let order = id_of(&it.book(&world, "1", "2026-06-30 09:00").await);
        carried_out(&world, &it, (&order, "2026-06-30")).await;
        world.at("2026-06-30 23:59:59").await;
        let voucher = world.vouchers(&it.daughter, it.elder).await[0].clone();
        assert_eq!((&voucher["state"], &voucher["reservedFen"], &voucher["lapsedFen"]), (&json!("ISSUED"), &json!(8_000), &json!(2_000)));
        let late = quoted(&world, &it, ("cleaning_help", "2026-06-30")).await;
        assert_eq!(late["voucher"]["bar"], "USED_UP", "{late}");
        // Carried out in June, confirmed in July: the voucher of June pays (MR-5).
        world.at("2026-07-01 11:00").await;
        assert_eq!(it.state(&world, &order).await, "CONFIRMED", "nobody objected within a day");
        assert_eq!(world.purse(&it.daughter, it.elder).await, [0, 0, 8_000, 2_000, 0]);
        assert_eq!(world.vouchers(&it.daughter, it.elder).await[0]["state"], "LAPSED", "nothing is open any more");
        world.assert_books().await;
        disputed(&world, &it, &order, 3_000).await;
        assert_eq!(world.purse(&it.daughter, it.elder).await, [0, 0, 5_000, 2_000, 3_000], "MR-6");
        assert_eq!(it.earned(&world).await, 5_000);
        world.assert_books().await;
    }

    async fn a_visit_of_the_month_that_is_called_off_after_it_goes_to_the_public_account(world: World) {
        let it = Scene::new(&world).await;
        world.grant(vec![holder(it.elder, 10_000)]).await;
        world.at("2026-06-29 10:00").await;
        let order = id_of(&it.book(&world, "1", "2026-06-30 09:00").await);
        carried_out(&world, &it, (&order, "2026-06-30")).await;
        let said = world.on_visit(&it.daughter, "serviceOrderDispute", &order, json!({ "reason": "没有来" })).await;
        assert_eq!(said["order"]["state"], "DISPUTED", "{said}");
        world.at("2026-07-02 09:00").await;
        assert_eq!(world.purse(&it.daughter, it.elder).await, [0, 8_000, 0, 2_000, 0]);
        let desk = world.desk("desk1").await;
        let ending = json!({ "ending": "FULL_REFUND", "reason": "没有做" });
        assert_eq!(refusal(&world.on_visit(&desk, "serviceOrderResolve", &order, ending).await), "");
        assert_eq!(world.purse(&it.daughter, it.elder).await, [0, 0, 0, 2_000, 8_000]);
        assert_eq!(world.vouchers(&it.daughter, it.elder).await[0]["state"], "LAPSED");
        assert_eq!(it.earned(&world).await, 0);
        world.assert_books().await;
    }

    async fn a_visit_with_a_voucher_stays_in_its_month(world: World) {
        let it = Scene::new(&world).await;
        world.grant(vec![holder(it.elder, 10_000)]).await;
        let order = id_of(&it.book(&world, "1", "2026-06-04 09:00").await);
        let before = world.footprint().await;
        let to = |at: &str| json!({ "startsAt": shanghai(at).to_rfc3339() });
        let said = world.on_visit(&it.daughter, "serviceOrderReschedule", &order, to("2026-07-02 09:00")).await;
        assert_eq!((refusal(&said), world.footprint().await), ("VOUCHER_OTHER_MONTH", before));
        let said = world.on_visit(&it.daughter, "serviceOrderReschedule", &order, to("2026-06-30 09:00")).await;
        assert_eq!(said["order"]["state"], "PAID", "{said}");
        assert_eq!(world.purse(&it.daughter, it.elder).await, [2_000, 8_000, 0, 0, 0]);
        // Booked for a later month, a visit is paid in cash.
        let july = it.book(&world, "2", "2026-07-02 09:00").await;
        assert_eq!(july["order"]["dueFen"], 8_000, "{july}");
        world.assert_books().await;
    }

    async fn an_office_freezes_frees_and_takes_back(world: World) {
        let it = Table::new(&world, 2_000).await;
        let slot = world.lunch(&it.canteen, "2026-06-05", (1, 20)).await;
        let later = world.lunch(&it.canteen, "2026-06-06", (1, 20)).await;
        let officer = world.officer("officer1", "530111").await;
        let elsewhere = world.officer("officer2", "5302").await;
        world.at("2026-06-04 20:00").await;
        let input = |key: &str, slot| order_input(key, it.elder, slot, ("DINE_IN", it.canteen.lunch));
        let order = id_of(&world.place(&it.daughter, input("1", slot)).await);
        let voucher = world.vouchers(&officer, it.elder).await[0]["id"].clone();
        assert_eq!(world.vouchers(&elsewhere, it.elder).await, json!([]));
        let why = json!({ "reason": "老人已搬离官渡区", "cause": "MOVE" });
        let said = in_office(&world, &elsewhere, ("voucherFreeze", &voucher), why.clone()).await;
        assert_eq!(refusal(&said), "VOUCHER_NOT_FOUND");
        let none = json!({ "reason": " ", "cause": "MOVE" });
        assert_eq!(refusal(&in_office(&world, &officer, ("voucherFreeze", &voucher), none).await), "REASON_MISSING");
        for _ in 0..2 {
            let said = in_office(&world, &officer, ("voucherFreeze", &voucher), why.clone()).await;
            let told = (&said["voucher"]["state"], &said["voucher"]["freezeReason"]);
            assert_eq!(told, (&json!("FROZEN"), &json!("MOVE")), "repeated, it answers the same");
        }
        assert_eq!(world.number("count(*) FROM event WHERE name = 'freeze'").await, 1);
        let death = json!({ "reason": "老人已去世", "cause": "DEATH" });
        let said = in_office(&world, &officer, ("voucherFreeze", &voucher), death).await;
        assert_eq!(said["voucher"]["freezeReason"], "DEATH", "another reason is not dropped: {said}");
        assert_eq!(world.number("count(*) FROM event WHERE name = 'freeze'").await, 2);
        let cash = world.place(&it.daughter, input("2", later)).await;
        assert_eq!(cash["order"]["dueFen"], 900, "a frozen voucher pays nothing: {cash}");
        world.at("2026-06-05 11:30").await;
        let code = json!({ "code": world.order(&it.daughter, &order).await["servingCode"] });
        assert_eq!(world.serve(&it.manager, &it.canteen, code).await["order"]["state"], "SERVED");
        assert_eq!(it.purse(&world).await, [1_100, 0, 900, 0, 0], "what was reserved before is settled");
        let back = json!({ "reason": "核实仍住在本区" });
        let said = in_office(&world, &officer, ("voucherUnfreeze", &voucher), back.clone()).await;
        assert_eq!((&said["voucher"]["state"], &said["voucher"]["freezeReason"]), (&json!("ISSUED"), &json!(null)));
        let said = in_office(&world, &officer, ("voucherRevoke", &voucher), back.clone()).await;
        let told = (&said["voucher"]["state"], &said["voucher"]["restFen"], &said["voucher"]["returnedFen"]);
        assert_eq!(told, (&json!("REVOKED"), &json!(0), &json!(1_100)));
        let frozen = in_office(&world, &officer, ("voucherUnfreeze", &voucher), back).await;
        assert_eq!(refusal(&frozen), "ALREADY_OVER");
        assert_eq!(world.public_book().await, [2_000, 0, 0, 900, 0, 1_100]);
        world.at("2026-06-30 23:59:59").await;
        assert_eq!(world.vouchers(&it.daughter, it.elder).await[0]["state"], "REVOKED");
        world.assert_books().await;
    }

    async fn families_hear_on_the_fifteenth_and_the_twenty_fifth_what_is_left(world: World) {
        let it = Table::new(&world, 2_000).await;
        let none = world.elder("李秀英", "1944-03-01").await;
        world.grant(vec![holder(none, 500)]).await;
        let sql = "UPDATE voucher_grant SET available_fen = 0, reserved_fen = 500 WHERE granted_fen = 500";
        nuanyang::kit::db::execute(world.app.db.write(), sql, []).await.unwrap();
        let told = "count(*) FROM event WHERE name = 'rest_reminder'";
        for (at, count) in [("2026-06-15 08:59", 0), ("2026-06-15 09:00", 1), ("2026-06-16 09:00", 1), ("2026-06-25 09:00", 2),
            ("2026-06-30 10:00", 2)] {
            world.at(at).await;
            assert_eq!(world.number(told).await, count, "{at}");
        }
        let words = "count(*) FROM event WHERE reason = '本月服务券还剩 20.00 元，6 月 30 日 之前有效'";
        assert_eq!(world.number(words).await, 2);
        assert_eq!(it.purse(&world).await, [2_000, 0, 0, 0, 0]);
    }

    async fn a_percentage_pays_its_part_up_to_the_cap_of_the_month(world: World) {
        let it = Scene::new(&world).await;
        world.grant(vec![Holder { percent_bp: Some(5_000), ..holder(it.elder, 5_000) }]).await;
        let first = it.book(&world, "1", "2026-06-04 09:00").await;
        assert_eq!(first["order"]["dueFen"], 4_000, "half of 8000");
        let second = it.book(&world, "2", "2026-06-05 09:00").await;
        assert_eq!(second["order"]["dueFen"], 7_000, "the rest of the cap");
        assert_eq!(world.purse(&it.daughter, it.elder).await, [0, 5_000, 0, 0, 0]);
        world.assert_books().await;
    }

    async fn a_month_is_given_once_however_often_it_is_asked_for(world: World) {
        let it = Table::new(&world, 2_000).await;
        let officer = world.officer("officer1", "530111").await;
        let elsewhere = world.officer("officer2", "5302").await;
        let select = "run { programme monthOn grants grantedFen finishedAt }";
        let ask = |month: &str| json!({ "programme": GUANDU, "monthOn": month });
        let said = world.act(&officer, "voucherMonthIssue", ask("2026-06-01"), select).await;
        assert_eq!((&said["run"]["grants"], &said["run"]["grantedFen"]), (&json!(1), &json!(2_000)), "{said}");
        assert!(said["run"]["finishedAt"].is_string(), "{said}");
        world.grant(vec![holder(it.elder, 3_000), holder(it.elder, 1_000)]).await;
        assert_eq!(it.purse(&world).await, [2_000, 0, 0, 0, 0], "who has one keeps it");
        for (who, input, code) in [
            (&elsewhere, ask("2026-06-01"), "PROGRAMME_NOT_FOUND"),
            (&officer, ask("2026-07-01"), "MONTH_NOT_CURRENT"),
            (&officer, ask("2026-05-01"), "MONTH_NOT_CURRENT"),
            (&officer, json!({ "programme": "none", "monthOn": "2026-06-01" }), "PROGRAMME_NOT_FOUND"),
        ] {
            assert_eq!(refusal(&world.act(who, "voucherMonthIssue", input, select).await), code);
        }
        world.assert_books().await;
    }
}
