//! Acceptance story S2, to the fen: bathing at home, stopped once, done the week after. A voucher pays 200.00 of the
//! 260.00, the family the rest.

use nuanyang::kit::ids::{ElderId, OfferingId};
use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::acts::id_of;
use crate::world::care::{Agency, Kind, PLAIN, SERVICE, visit_input};
use crate::world::client::{Person, refusal};
use crate::world::voucher::{ACCOUNT, GUANDU};

/// Tasks of a bath, all done.
pub fn tasks() -> Value {
    let done = |code: &str| json!({ "code": code, "isDone": true });
    json!([done("COVERED"), done("SKIN_SEEN"), done("DRIED"), done("FLOOR_DRY")])
}

/// The people of the story. A and C are certified.
struct Story {
    agency: Agency,
    carers: [Person; 3],
    elder: ElderId,
    son: Person,
    bath: OfferingId,
}

impl Story {
    async fn begin(world: &World) -> Self {
        world.at("2026-06-01 10:00").await;
        let agency = world.agency().await;
        let kind = |is_certified, metres_north| Kind { is_certified, metres_north, ..PLAIN };
        let a = world.ready_carer(agency, "甲师傅", &["bathing_help"], kind(true, 500)).await;
        let b = world.ready_carer(agency, "乙师傅", &["bathing_help"], kind(false, 2_000)).await;
        let c = world.ready_carer(agency, "丙师傅", &["bathing_help"], kind(true, 9_000)).await;
        let carers = [
            world.carer_person(agency, a, "carer1").await,
            world.carer_person(agency, b, "carer2").await,
            world.carer_person(agency, c, "carer3").await,
        ];
        let elder = world.elder("赵国强", "1955-02-01").await;
        let son = world.login("son1").await;
        world.bond(&son, elder, 31).await;
        world.assessed(elder, "2026-03-10", 38).await;
        world
            .enrolled(
                elder,
                &json!({ "children_in_city_caring": false, "disability_grade": 1 }),
                ("2026-06-01", None),
            )
            .await;
        let office = world.officer("officer1", "530111").await;
        let month = json!({ "programme": GUANDU, "monthOn": "2026-06-01" });
        let given = world.act(&office, "voucherMonthIssue", month, "run { grantedFen }").await;
        assert_eq!(given["run"]["grantedFen"], 20_000, "{given}");
        let bath = world.visit_offering(agency, "bathing_help", (26_000, 60), (2, 1)).await;
        Self { agency, carers, elder, son, bath }
    }

    async fn book(&self, world: &World, key: &str, at: &str) -> Value {
        let input = visit_input(key, self.elder, self.bath, at);
        world.act(&self.son, "serviceOrderPlace", input, &format!("order {{ {SERVICE} }}")).await
    }

    /// Rest, reserved, used, lapsed and returned of the voucher, in fen.
    async fn purse(&self, world: &World) -> [i64; 5] {
        world.purse(&self.son, self.elder).await
    }

    /// Without a consent nothing is moved; signed and booked it is 260.00, of which the voucher pays 200.00, and two carers
    /// are locked.
    async fn booked(&self, world: &World) -> String {
        let before = world.footprint().await;
        assert_eq!(refusal(&self.book(world, "1", "2026-06-10 14:00").await), "CONSENT_REQUIRED");
        assert_eq!(world.footprint().await, before);
        assert_eq!(world.number("count(*) FROM carer_time").await, 0);
        let signed = world.sign(&self.son, self.elder, json!({})).await;
        assert_eq!(signed["consent"]["signedAs"], "GUARDIAN", "{signed}");
        let placed = self.book(world, "2", "2026-06-10 14:00").await;
        let order = id_of(&placed);
        let (list, due) = (&placed["order"]["listFen"], &placed["order"]["dueFen"]);
        assert_eq!((list, due), (&json!(26_000), &json!(6_000)));
        assert_eq!(self.purse(world).await, [0, 20_000, 0, 0, 0]);
        assert_eq!(world.number("count(*) FROM assignment WHERE state = 'RESERVED'").await, 2);
        assert_eq!(world.check(&self.son, &order).await["state"], "CONSENTED");
        world.pay(&self.son, &order).await;
        world.work().await;
        order
    }

    /// A says yes, B says no, C says yes.
    async fn accepted(&self, world: &World, order: &str) {
        let [a, b, c] = &self.carers;
        let yes = world.on_visit(a, "offerAccept", order, json!({})).await;
        assert_eq!(yes["order"]["state"], "OFFERED", "{yes}");
        world.on_visit(b, "offerDecline", order, json!({ "reason": "家里有事" })).await;
        world.work().await;
        assert_eq!(world.visit(&self.son, order).await["state"], "OFFERED");
        let yes = world.on_visit(c, "offerAccept", order, json!({})).await;
        assert_eq!(yes["order"]["state"], "ACCEPTED", "{yes}");
    }

    /// 172/102: stopped, everything back, the family is told.
    async fn stopped(&self, world: &World, order: &str) {
        let stopped = world.measure(&self.carers[0], order, (172, 102)).await;
        let check = &stopped["check"];
        let told = (&check["state"], &check["abortReason"]);
        assert_eq!(told, (&json!("ABORTED"), &json!("VITALS_OUT_OF_LIMITS")));
        assert!(check["advice"].as_str().unwrap().contains("医生"), "{stopped}");
        world.rest().await;
        let seen = world.visit(&self.son, order).await;
        assert_eq!(seen["state"], "REFUNDED", "{seen}");
        assert_eq!(seen["refunds"], json!([{ "state": "SUCCESS", "amountFen": 6_000 }]), "no fee");
        assert_eq!(self.purse(world).await, [20_000, 0, 0, 0, 0], "the voucher is free again");
        let steps = seen["timeline"].as_array().unwrap().iter().map(|step| step["name"].as_str().unwrap());
        let steps: Vec<&str> = steps.collect();
        assert!(steps.contains(&"vitals_bad") && steps.contains(&"abort"), "{steps:?}");
        assert_eq!((world.balance("wechat").await, world.balance("escrow").await), (0, 0));
        assert_eq!(world.number("count(*) FROM carer_time").await, 0, "all three are free");
    }

    /// 138/84, water 39 degrees, 42 minutes.
    async fn bathed(&self, world: &World, order: &str) {
        let mut inside = Vec::new();
        for carer in &self.carers {
            let said = world.on_visit(carer, "offerAccept", order, json!({})).await;
            if refusal(&said).is_empty() {
                inside.push(carer);
            }
        }
        assert_eq!(inside.len(), 2);
        world.at("2026-06-17 14:00").await;
        for carer in &inside {
            came(world, carer, order, 20).await;
        }
        let cleared = world.measure(inside[0], order, (138, 84)).await;
        assert_eq!(cleared["check"]["state"], "CLEARED", "{cleared}");
        let began = world.bath(inside[1], "bathStart", order, json!({ "waterTenths": 390 })).await;
        assert_eq!(began["check"]["state"], "BATHING", "{began}");
        let leave = json!({ "place": world.at_home(20), "tasks": tasks() });
        let early = world.on_visit(inside[0], "visitCheckOut", order, leave.clone()).await;
        assert_eq!(refusal(&early), "BATH_NOT_FINISHED");
        world.pass(42 * 60).await;
        let over = world.finish_bath(inside[0], order).await;
        let check = &over["check"];
        assert_eq!(
            (&check["state"], &check["durationMinutes"], &check["waterTenths"]),
            (&json!("COMPLETED"), &json!(42), &json!(390)),
            "{over}"
        );
        world.at("2026-06-17 15:00").await;
        for carer in &inside {
            world.on_visit(carer, "visitCheckOut", order, leave.clone()).await;
        }
    }

    /// The guardian's look at the values is in the audit trail.
    async fn looked_at(&self, world: &World, order: &str) {
        let looks = "count(*) FROM data_access WHERE field = 'vitals'";
        let before = world.number(looks).await;
        let document = "query($id: ID!) { bathingCheck(orderId: $id) { skinNote \
            vitals { phase systolicMmhg diastolicMmhg pulsePerMinute temperatureTenths isWithinLimits } } }";
        let seen = world.data(&self.son, document, json!({ "id": order })).await;
        let values = |phase: &str, systolic: i32, diastolic: i32| {
            json!({
                "phase": phase, "systolicMmhg": systolic, "diastolicMmhg": diastolic, "pulsePerMinute": 72,
                "temperatureTenths": 365, "isWithinLimits": true
            })
        };
        let vitals = json!([values("BEFORE", 138, 84), values("AFTER", 132, 80)]);
        assert_eq!(seen["bathingCheck"], json!({ "skinNote": "皮肤完好", "vitals": vitals }));
        assert_eq!(world.number(looks).await, before + 1);
    }
}

async fn came(world: &World, carer: &Person, order: &str, metres: i32) {
    let came = world.on_visit(carer, "visitCheckIn", order, json!({ "place": world.at_home(metres) })).await;
    assert_eq!(came["order"]["state"], "CHECKED_IN", "{came}");
}

on_both! {
    async fn story_s2_a_bath_is_stopped_once_and_done_the_week_after(world: World) {
        let it = Story::begin(&world).await;
        let order = it.booked(&world).await;
        it.accepted(&world, &order).await;
        let [a, _, c] = &it.carers;
        world.at("2026-06-10 14:00").await;
        came(&world, a, &order, 35).await;
        let alone = world.bath(a, "bathStart", &order, json!({ "waterTenths": 390 })).await;
        assert_eq!(refusal(&alone), "SECOND_CARER_MISSING");
        assert_eq!(refusal(&world.measure(a, &order, (138, 84)).await), "SECOND_CARER_MISSING");
        came(&world, c, &order, 41).await;
        assert_eq!(world.check(&it.son, &order).await["state"], "STAFFED");
        assert_eq!(world.number("count(*) FROM visit_exception WHERE rule = 'FAR_FROM_HOME'").await, 0);
        it.stopped(&world, &order).await;

        let again = id_of(&it.book(&world, "3", "2026-06-17 14:00").await);
        world.pay(&it.son, &again).await;
        world.work().await;
        it.bathed(&world, &again).await;
        let confirmed = world.on_visit(&it.son, "serviceOrderConfirm", &again, json!({})).await;
        assert_eq!(confirmed["order"]["state"], "CONFIRMED", "{confirmed}");
        let stars = json!({ "requestKey": "test-rating-00000001", "orderId": again, "stars": 5 });
        assert_eq!(world.act(&it.son, "ratingCreate", stars, "rating { stars }").await["rating"]["stars"], 5);
        assert_eq!(it.purse(&world).await, [0, 0, 20_000, 0, 0]);
        let earned = world.balance(&format!("provider/{}", it.agency.id.0)).await;
        assert_eq!((world.balance("wechat").await, earned), (6_000, -26_000));
        assert_eq!(world.balance(&format!("public/{ACCOUNT}")).await, 20_000);
        it.looked_at(&world, &again).await;
        world.assert_carers_are_in_one_place().await;
        world.assert_books().await;
    }
}
