//! Story S1, to the fen: a daughter plans June for her father. The voucher of 100.00 pays what it can, cash the rest.

use nuanyang::kit::ids::ElderId;
use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::acts::{PUBLIC, id_of};
use crate::world::care::{Agency, PLAIN, SERVICE, visit_input};
use crate::world::client::{Person, refusal};
use crate::world::place::{Canteen, order_input};
use crate::world::scene::tasks;
use crate::world::voucher::ACCOUNT;

/// Father, daughter and those who care for him, when June has begun and its vouchers are given.
struct Story {
    agency: Agency,
    carer: Person,
    father: ElderId,
    daughter: Person,
}

impl Story {
    async fn begin(world: &World) -> Self {
        let agency = world.agency().await;
        let carer = world.ready_carer(agency, "李师傅", &["cleaning_help"], PLAIN).await;
        let carer = world.carer_person(agency, carer, "carer1").await;
        let father = world.elder("王建国", "1944-03-01").await;
        let daughter = world.login("daughter1").await;
        // VIEW_ORDERS, BOOK and PAY.
        world.bond(&daughter, father, 7).await;
        world.enrolled(father, &json!({ "household_type": "empty_nest" }), ("2026-06-01", None)).await;
        world.at("2026-06-01 00:04").await;
        assert_eq!(
            world.vouchers(&daughter, father).await,
            json!([]),
            "the month is given at five past midnight"
        );
        world.at("2026-06-01 00:05").await;
        Self { agency, carer, father, daughter }
    }

    /// Rest, reserved, used, lapsed and returned of the voucher, in fen.
    async fn purse(&self, world: &World) -> [i64; 5] {
        world.purse(&self.daughter, self.father).await
    }

    /// Two hours of cleaning, booked, carried out, confirmed and rated, all of it paid by the voucher.
    async fn cleaned(&self, world: &World) -> String {
        world.at("2026-06-02 10:00").await;
        let cleaning = world.visit_offering(self.agency, "cleaning_help", (8_000, 120), (1, 0)).await;
        let input = visit_input("1", self.father, cleaning, "2026-06-04 09:00");
        let select = format!("order {{ payers {{ payer amountFen rule }} {SERVICE} }}");
        let placed = world.act(&self.daughter, "serviceOrderPlace", input, &select).await;
        let order = id_of(&placed);
        let payers = json!([
            { "payer": "VOUCHER", "amountFen": 8_000, "rule": "guandu_home_care_voucher@2026-06" },
        ]);
        assert_eq!((&placed["order"]["dueFen"], &placed["order"]["payers"]), (&json!(0), &payers));
        assert_eq!(self.purse(world).await, [2_000, 8_000, 0, 0, 0]);
        world.work().await;
        let said = world.on_visit(&self.carer, "offerAccept", &order, json!({})).await;
        assert_eq!(said["order"]["state"], "ACCEPTED", "{said}");
        world.at("2026-06-04 09:00").await;
        let code = world.visit(&self.daughter, &order).await["visitCode"].clone();
        let came = json!({ "place": world.at_home(40), "code": code });
        world.on_visit(&self.carer, "visitCheckIn", &order, came).await;
        world.at("2026-06-04 11:01").await;
        let leave = json!({ "place": world.at_home(40), "tasks": tasks() });
        world.on_visit(&self.carer, "visitCheckOut", &order, leave).await;
        let confirmed = world.on_visit(&self.daughter, "serviceOrderConfirm", &order, json!({})).await;
        assert_eq!(confirmed["order"]["state"], "CONFIRMED", "{confirmed}");
        let stars = json!({ "requestKey": "test-rating-00000001", "orderId": order, "stars": 5 });
        let rated = world.act(&self.daughter, "ratingCreate", stars, "rating { stars }").await;
        assert_eq!(rated["rating"]["stars"], 5, "{rated}");
        assert_eq!(self.purse(world).await, [2_000, 0, 8_000, 0, 0]);
        assert_eq!(world.number("count(*) FROM payment_attempt").await, 0, "nothing was to pay");
        order
    }

    async fn order(&self, world: &World, input: Value) -> Value {
        world.place(&self.daughter, input).await["order"].clone()
    }
}

fn payers(order: &Value) -> Vec<(String, i64)> {
    let rows = order["payers"].as_array().unwrap_or_else(|| panic!("{order}"));
    let one = |row: &Value| (row["payer"].as_str().unwrap().to_owned(), row["amountFen"].as_i64().unwrap());
    rows.iter().map(one).collect()
}

fn named(parts: &[(&str, i64)]) -> Vec<(String, i64)> {
    parts.iter().map(|(payer, fen)| ((*payer).to_owned(), *fen)).collect()
}

/// Lunch of 5 June comes home, lunch of 6 June is called off, dinner of 7 June is eaten at the canteen.
async fn ate(world: &World, it: &Story, canteen: &Canteen) {
    let manager = world.manager("canteen1", canteen).await;
    let first = world.lunch(canteen, "2026-06-05", (4, 20)).await;
    let second = world.lunch(canteen, "2026-06-06", (4, 1)).await;
    let dinner = world.dinner(canteen, "2026-06-07", (3, 40)).await;
    world.at("2026-06-04 20:00").await;
    let lunch = it.order(world, order_input("1", it.father, first, ("DELIVERY", canteen.lunch))).await;
    assert_eq!(
        (&lunch["listFen"], &lunch["deliveryFen"], &lunch["dueFen"]),
        (&json!(1_200), &json!(200), &json!(0))
    );
    assert_eq!(payers(&lunch), named(&[("SUBSIDY", 300), ("VOUCHER", 1_100)]));
    assert_eq!((&lunch["state"], it.purse(world).await), (&json!("CONFIRMED"), [900, 1_100, 8_000, 0, 0]));
    world.at("2026-06-05 09:00").await;
    let eaten = lunch["id"].as_str().unwrap();
    assert_eq!(world.depart(&manager, eaten).await["order"]["state"], "OUT_FOR_DELIVERY");
    world.at("2026-06-05 11:40").await;
    let handed = world.deliver_meal(&manager, eaten, ("handedOver", "老人本人")).await;
    assert_eq!(handed["order"]["state"], "SERVED", "{handed}");

    world.at("2026-06-05 20:00").await;
    let lunch = it.order(world, order_input("2", it.father, second, ("DELIVERY", canteen.lunch))).await;
    assert_eq!(payers(&lunch), named(&[("SUBSIDY", 300), ("VOUCHER", 900), ("CASH", 200)]));
    assert_eq!((&lunch["dueFen"], it.purse(world).await), (&json!(200), [0, 900, 9_100, 0, 0]));
    let called_off = lunch["id"].as_str().unwrap();
    world.pay(&it.daughter, called_off).await;
    assert_eq!((world.taken(second).await, world.platform_fen().await), (1, (200, 0)));
    world.at("2026-06-06 08:30").await;
    assert_eq!(world.cancel(&it.daughter, called_off).await["order"]["state"], "CANCELLED");
    assert_eq!((world.taken(second).await, it.purse(world).await), (0, [900, 0, 9_100, 0, 0]));
    world.drain().await;
    let order = world.order(&it.daughter, called_off).await;
    assert_eq!(order["refunds"], json!([{ "state": "SUCCESS", "amountFen": 200 }]), "no fee");

    world.at("2026-06-07 12:00").await;
    let evening = it.order(world, order_input("3", it.father, dinner, ("DINE_IN", canteen.dinner))).await;
    assert_eq!(payers(&evening), named(&[("SUBSIDY", 300), ("VOUCHER", 700)]));
    assert_eq!(it.purse(world).await, [200, 700, 9_100, 0, 0]);
    world.at("2026-06-07 17:20").await;
    let code = json!({ "code": evening["servingCode"] });
    assert_eq!(world.serve(&manager, canteen, code).await["order"]["state"], "SERVED");
    assert_eq!(it.purse(world).await, [200, 0, 9_800, 0, 0]);
}

on_both! {
    async fn story_s1_a_month_is_paid_by_voucher_and_settled(world: World) {
        let it = Story::begin(&world).await;
        let canteen = world.canteen().await;
        assert_eq!(it.purse(&world).await, [10_000, 0, 0, 0, 0]);
        assert_eq!(world.public_book().await, [10_000, 10_000, 0, 0, 0, 0], "one posting for the issue");
        let visit = it.cleaned(&world).await;
        ate(&world, &it, &canteen).await;
        world.assert_books().await;

        world.at("2026-06-30 23:59:58").await;
        assert_eq!(it.purse(&world).await, [200, 0, 9_800, 0, 0]);
        world.at("2026-06-30 23:59:59").await;
        assert_eq!(it.purse(&world).await, [0, 0, 9_800, 200, 0]);
        assert_eq!(world.public_book().await, [10_000, 0, 0, 9_800, 200, 0], "10000 = 9800 redeemed + 200 lapsed");
        assert_eq!(world.vouchers(&it.daughter, it.father).await[0]["state"], "LAPSED");

        // Settlement of June: the cleaning 8000 by voucher; the canteen 2400 = 1800 voucher + 600 subsidy.
        world.at("2026-07-03 09:00").await;
        let manager = world.with_role("care1", entities::enums::Role::ProviderManager, (Some(it.agency.id.0), None)).await;
        let lines = "{ settlementLines { nodes { orderId state totalFen payers { payer amountFen rule } } } }";
        let lines = world.data(&manager, lines, json!({})).await["settlementLines"]["nodes"].clone();
        let by = json!([{ "payer": "VOUCHER", "amountFen": 8_000, "rule": "guandu_home_care_voucher@2026-06" }]);
        // The family may object for a week after 4 June: that was over long before the third working day of July.
        assert_eq!(lines, json!([{ "orderId": visit, "state": "PAYABLE", "totalFen": 8_000, "payers": by }]));
        assert_eq!(world.balance(&format!("provider/{}", it.agency.id.0)).await, -8_000);
        assert_eq!(world.balance(&format!("provider/{}", canteen.provider)).await, -2_400);
        assert_eq!(world.balance(PUBLIC).await, 600);
        assert_eq!(world.balance(&format!("public/{ACCOUNT}")).await, 8_000 + 1_800);
        let officer = world.officer("officer1", "530111").await;
        let document = "{ statements { nodes { totalFen shares { programme subsidyFen voucherFen lineCount } } } \
            publicAccounts { programme regionCode grantedFen availableFen reservedFen redeemedFen lapsedFen returnedFen } }";
        let told = world.data(&officer, document, json!({})).await;
        let mut statements = told["statements"]["nodes"].as_array().unwrap().clone();
        statements.sort_by_key(|statement| statement["totalFen"].as_i64());
        let share = |programme: &str, (subsidy, voucher, lines): (i64, i64, i64)| json!({ "programme": programme,
            "subsidyFen": subsidy, "voucherFen": voucher, "lineCount": lines });
        let voucher = "guandu_home_care_voucher";
        let subsidy = "xishan_xiyuan_meal_subsidy";
        assert_eq!(statements, [
            json!({ "totalFen": 2_400, "shares": [share(voucher, (0, 1_800, 2)), share(subsidy, (600, 0, 2))] }),
            json!({ "totalFen": 8_000, "shares": [share(voucher, (0, 8_000, 1))] }),
        ]);
        // July has begun: its voucher is free, June is 9800 redeemed and 200 lapsed.
        assert_eq!(told["publicAccounts"], json!([{ "programme": voucher, "regionCode": "530111", "grantedFen": 20_000,
            "availableFen": 10_000, "reservedFen": 0, "redeemedFen": 9_800, "lapsedFen": 200, "returnedFen": 0 }]));
        for account in ["wechat", "escrow", "refund_payable"] {
            assert_eq!(world.balance(account).await, 0, "the family has paid nothing: {account}");
        }
        assert_eq!(world.platform_fen().await, (200, 200));
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
