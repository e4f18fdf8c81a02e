//! Baths beside the story: who may book, who may sign, and everything that keeps an elder out of the water.

use chrono::Duration;
use futures_util::future::join_all;
use nuanyang::kit::ids::{ElderId, OfferingId};
use serde_json::{Value, json};

use super::story_s2::tasks;
use crate::on_both;
use crate::world::World;
use crate::world::acts::id_of;
use crate::world::care::{Agency, Kind, PLAIN, visit_input};
use crate::world::client::{Person, refusal};
use crate::world::contract::fresh_key;

/// Two carers, an able elder with a daughter, and a bath for 260.00 at hand. It is 1 June, 10:00.
struct Scene {
    agency: Agency,
    carers: [Person; 2],
    elder: ElderId,
    herself: Person,
    daughter: Person,
    bath: OfferingId,
}

impl Scene {
    async fn new(world: &World) -> Self {
        world.at("2026-06-01 10:00").await;
        let agency = world.agency().await;
        let certified = Kind { is_certified: true, ..PLAIN };
        let a = world.ready_carer(agency, "甲师傅", &["bathing_help"], certified).await;
        let b = world.ready_carer(agency, "乙师傅", &["bathing_help"], PLAIN).await;
        let carers =
            [world.carer_person(agency, a, "carer1").await, world.carer_person(agency, b, "carer2").await];
        let elder = world.elder("王桂芬", "1944-03-01").await;
        let herself = world.with_role("elder1", entities::enums::Role::Elder, (None, None)).await;
        let sql = "UPDATE elder SET person_id = $2 WHERE id = $1";
        let values = [elder.0.into(), herself.said.person.0.into()];
        nuanyang::kit::db::execute(world.app.db.write(), sql, values).await.unwrap();
        let daughter = world.login("daughter1").await;
        world.bond(&daughter, elder, 31).await;
        let bath = world.visit_offering(agency, "bathing_help", (26_000, 60), (2, 1)).await;
        Self { agency, carers, elder, herself, daughter, bath }
    }

    async fn book(&self, world: &World, key: &str, at: &str) -> Value {
        let input = visit_input(key, self.elder, self.bath, at);
        world.act(&self.daughter, "serviceOrderPlace", input, "order { id state }").await
    }

    /// Assessed as able, signed, booked for 4 June 14:00, paid, accepted by both.
    async fn accepted(&self, world: &World, key: &str) -> String {
        world.assessed(self.elder, "2026-03-10", 70).await;
        assert_eq!(refusal(&world.sign(&self.herself, self.elder, json!({})).await), "");
        let order = id_of(&self.book(world, key, "2026-06-04 14:00").await);
        world.pay(&self.daughter, &order).await;
        world.work().await;
        for carer in &self.carers {
            world.on_visit(carer, "offerAccept", &order, json!({})).await;
        }
        assert_eq!(world.visit(&self.daughter, &order).await["state"], "ACCEPTED");
        order
    }

    async fn come(&self, world: &World, carer: usize, order: &str) {
        let place = json!({ "place": world.at_home(10) });
        let came = world.on_visit(&self.carers[carer], "visitCheckIn", order, place).await;
        assert_eq!(came["order"]["state"], "CHECKED_IN", "{came}");
    }

    /// Both are there, the values are good. It is 4 June, 14:00.
    async fn cleared(&self, world: &World) -> String {
        let order = self.accepted(world, "1").await;
        world.at("2026-06-04 14:00").await;
        self.come(world, 0, &order).await;
        self.come(world, 1, &order).await;
        let said = world.measure(&self.carers[0], &order, (138, 84)).await;
        assert_eq!(said["check"]["state"], "CLEARED", "{said}");
        order
    }

    async fn start(&self, world: &World, order: &str, water: i32) -> Value {
        world.bath(&self.carers[0], "bathStart", order, json!({ "waterTenths": water })).await
    }

    async fn is_refunded(&self, world: &World, order: &str) {
        world.rest().await;
        let seen = world.visit(&self.daughter, order).await;
        let refunds = json!([{ "state": "SUCCESS", "amountFen": 26_000 }]);
        assert_eq!((&seen["state"], &seen["refunds"]), (&json!("REFUNDED"), &refunds), "{seen}");
        assert_eq!((world.balance("wechat").await, world.balance("escrow").await), (0, 0));
        assert_eq!(world.balance(&format!("provider/{}", self.agency.id.0)).await, 0);
        assert_eq!(world.number("count(*) FROM carer_time").await, 0);
        world.assert_books().await;
    }
}

on_both! {
    async fn without_a_good_assessment_of_the_last_year_nothing_is_booked(world: World) {
        let it = Scene::new(&world).await;
        assert_eq!(refusal(&world.sign(&it.herself, it.elder, json!({})).await), "");
        let want = json!({ "elderId": it.elder.to_string(), "offeringId": it.bath.to_string() });
        let document = "query($want: ServiceWantInput!) { serviceOrderQuote(want: $want) { \
            quote { dueFen needsAssessment needsConsent } } }";
        let told = world.data(&it.daughter, document, json!({ "want": want })).await;
        let quote = json!({ "dueFen": 26_000, "needsAssessment": true, "needsConsent": true });
        assert_eq!(told["serviceOrderQuote"]["quote"], quote);
        let before = world.footprint().await;
        let none = it.book(&world, "1", "2026-06-10 14:00").await;
        assert_eq!(refusal(&none), "ASSESSMENT_REQUIRED");
        assert!(none["userErrors"][0]["message"].as_str().unwrap().contains("预约“老年人能力综合评估”"), "{none}");
        assert_eq!(world.footprint().await, before);
        world.assessed(it.elder, "2025-05-01", 70).await;
        assert_eq!(refusal(&it.book(&world, "2", "2026-06-10 14:00").await), "ASSESSMENT_REQUIRED", "13 months old");
        let assessor = world.assessor("assessor1").await;
        let input = |key: String, day: &str, is_bad: bool, score: i32| json!({
            "requestKey": key, "elderId": it.elder.to_string(), "assessedOn": day, "score": score,
            "hasContraindication": is_bad, "note": "近期心梗" });
        let select = "assessment { id level validUntilOn hasContraindication note }";
        let key = fresh_key();
        let entered = world.act(&assessor, "assessmentRecord", input(key.clone(), "2026-05-20", true, 70), select).await;
        assert_eq!((&entered["assessment"]["level"], &entered["assessment"]["validUntilOn"], &entered["assessment"]["note"]),
            (&json!("MILD"), &json!("2027-05-20"), &json!("近期心梗")), "{entered}");
        let again = world.act(&assessor, "assessmentRecord", input(key.clone(), "2026-05-20", true, 70), select).await;
        assert_eq!(again, entered, "repeated, it answers the same");
        let other = world.act(&assessor, "assessmentRecord", input(key, "2026-05-21", true, 70), select).await;
        assert_eq!(refusal(&other), "REQUEST_KEY_REUSED");
        assert_eq!(refusal(&it.book(&world, "3", "2026-06-10 14:00").await), "ASSESSMENT_REQUIRED", "a contraindication");
        for (day, score, code) in [("2026-06-02", 70, "INPUT_INVALID"), ("2026-05-30", 91, "LEVEL_NOT_OF_SCORE")] {
            let wrong = world.act(&assessor, "assessmentRecord", input(fresh_key(), day, false, score), select).await;
            assert_eq!(refusal(&wrong), code);
        }
        let far = world.with_role("assessor2", entities::enums::Role::Assessor, (None, Some("5302"))).await;
        let far = world.act(&far, "assessmentRecord", input(fresh_key(), "2026-05-30", false, 70), select).await;
        assert_eq!(refusal(&far), "ELDER_NOT_FOUND");
        world.act(&assessor, "assessmentRecord", input(fresh_key(), "2026-05-30", false, 70), select).await;
        assert_eq!(refusal(&it.book(&world, "4", "2026-06-10 14:00").await), "", "the newest one counts");

        let document = "query($id: ID!) { assessments(elderId: $id) { score assessedOn } }";
        let list = async |who: &Person| {
            let seen = world.data(who, document, json!({ "id": it.elder.to_string() })).await;
            seen["assessments"].as_array().unwrap().len()
        };
        let looks = "count(*) FROM data_access WHERE field = 'assessments'";
        assert_eq!((list(&it.herself).await, world.number(looks).await), (3, 0), "about oneself nothing is recorded");
        assert_eq!((list(&it.daughter).await, world.number(looks).await), (3, 1));
        assert_eq!((list(&assessor).await, world.number(looks).await), (3, 2));
        let nosy = world.login("son2").await;
        world.bond(&nosy, it.elder, 7).await;
        assert_eq!((list(&nosy).await, world.number(looks).await), (0, 2), "without SEE_HEALTH");
    }

    async fn the_elder_signs_when_able_and_nobody_signs_over_a_no(world: World) {
        let it = Scene::new(&world).await;
        let sign = async |who: &Person, more: Value| refusal(&world.sign(who, it.elder, more).await).to_owned();
        assert_eq!(sign(&it.daughter, json!({})).await, "ELDER_MUST_SIGN", "not assessed is able");
        world.assessed(it.elder, "2026-03-10", 46).await;
        assert_eq!(sign(&it.daughter, json!({})).await, "ELDER_MUST_SIGN", "MODERATE is able");
        assert_eq!(sign(&it.herself, json!({ "textVersion": "2025-01" })).await, "TEXT_CHANGED");
        assert_eq!(sign(&it.herself, json!({ "textHash": "0".repeat(64) })).await, "TEXT_CHANGED");
        assert_eq!(sign(&it.herself, json!({ "requestKey": "short" })).await, "REQUEST_KEY_INVALID");
        let key = json!({ "requestKey": "test-consent-000001" });
        let signed = world.sign(&it.herself, it.elder, key.clone()).await;
        let consent = &signed["consent"];
        assert_eq!((&consent["signedAs"], &consent["validUntilAt"]), (&json!("ELDER"), &json!("2026-08-30T02:00:00Z")));
        assert_eq!(world.sign(&it.herself, it.elder, key).await, signed, "repeated, it answers the same");
        assert_eq!(world.number("count(*) FROM consent").await, 1);
        assert_eq!(refusal(&it.book(&world, "1", "2026-06-10 14:00").await), "");

        world.assessed(it.elder, "2026-05-20", 45).await;
        assert_eq!(sign(&it.herself, json!({})).await, "GUARDIAN_MUST_SIGN", "SEVERE is not");
        assert_eq!(sign(&it.daughter, json!({})).await, "");
        let helper = world.family_of("son2", it.elder).await;
        assert_eq!(sign(&helper, json!({})).await, "ELDER_NOT_FOUND", "without DECIDE");

        let no = world.withdraw(&it.herself, it.elder, json!({})).await;
        assert_eq!(no["consent"]["isGiven"], false, "{no}");
        assert_eq!(world.withdraw(&it.herself, it.elder, json!({})).await, no, "repeated, it answers the same");
        assert_eq!(world.number("count(*) FROM consent WHERE is_given AND withdrawn_at IS NULL").await, 0);
        assert_eq!(sign(&it.daughter, json!({})).await, "ELDER_SAID_NO");
        assert_eq!(refusal(&it.book(&world, "2", "2026-06-11 14:00").await), "CONSENT_REQUIRED");
        world.pass(90 * 86_400).await;
        assert_eq!(sign(&it.daughter, json!({})).await, "", "a no stands as long as a yes would");

        let back = world.withdraw(&it.daughter, it.elder, json!({})).await;
        assert!(back["consent"]["withdrawnAt"].is_string() && back["consent"]["isGiven"] == true, "{back}");
        assert_eq!(sign(&it.daughter, json!({})).await, "", "a guardian may change his mind");
    }

    async fn the_desk_enters_what_was_signed_on_paper(world: World) {
        let it = Scene::new(&world).await;
        let desk = world.desk("desk1").await;
        let paper = |signed_as: &str| json!({ "paperSignedAs": signed_as, "paperReference": "柜台-2026-0601-3" });
        let sign = async |more: Value| refusal(&world.sign(&desk, it.elder, more).await).to_owned();
        assert_eq!(sign(json!({})).await, "REFERENCE_MISSING");
        assert_eq!(sign(json!({ "paperSignedAs": "ELDER", "paperReference": " " })).await, "REFERENCE_MISSING");
        assert_eq!(sign(paper("GUARDIAN")).await, "ELDER_MUST_SIGN");
        assert_eq!(sign(paper("ELDER")).await, "");
        let alone = world.elder("李秀兰", "1940-01-01").await;
        world.assessed(alone, "2026-03-10", 20).await;
        let unknown = world.sign(&desk, alone, paper("GUARDIAN")).await;
        assert_eq!(refusal(&unknown), "GUARDIAN_UNKNOWN");
        world.bond(&it.daughter, alone, 31).await;
        assert_eq!(refusal(&world.sign(&desk, alone, paper("GUARDIAN")).await), "");
        let signer = "count(*) FROM consent c JOIN family_bond b ON b.person_id = c.signer_id AND b.elder_id = c.elder_id";
        assert_eq!(world.number(signer).await, 1, "the only one who decides is the signer");
        let far = world.with_role("desk2", entities::enums::Role::Desk, (None, Some("5302"))).await;
        assert_eq!(refusal(&world.sign(&far, it.elder, paper("ELDER")).await), "ELDER_NOT_FOUND");
        let back = world.withdraw(&desk, it.elder, paper("ELDER")).await;
        assert_eq!(back["consent"]["isGiven"], false, "{back}");
    }

    async fn a_bath_begins_only_with_fresh_values_good_water_and_a_standing_consent(world: World) {
        let it = Scene::new(&world).await;
        let order = it.cleared(&world).await;
        for water in [369, 411, 99_999, -1] {
            assert_eq!(refusal(&it.start(&world, &order, water).await), "WATER_OUT_OF_LIMITS", "{water}");
        }
        let eaten = world.app.clock.now() - Duration::minutes(59);
        let fed = json!({ "waterTenths": 390, "lastMealAt": eaten.to_rfc3339() });
        assert_eq!(refusal(&world.bath(&it.carers[0], "bathStart", &order, fed).await), "MEAL_TOO_RECENT");
        world.pass(15 * 60 + 1).await;
        assert_eq!(refusal(&it.start(&world, &order, 390).await), "VITALS_TOO_OLD");
        let again = world.measure(&it.carers[1], &order, (140, 85)).await;
        assert_eq!(again["check"]["state"], "CLEARED", "{again}");
        assert_eq!(refusal(&world.withdraw(&it.daughter, it.elder, json!({})).await), "");
        assert_eq!(refusal(&it.start(&world, &order, 390).await), "CONSENT_REQUIRED");
        assert_eq!(refusal(&world.sign(&it.herself, it.elder, json!({})).await), "");
        let sql = "UPDATE assessment SET has_contraindication = $1";
        nuanyang::kit::db::execute(world.app.db.write(), sql, [true.into()]).await.unwrap();
        assert_eq!(refusal(&it.start(&world, &order, 390).await), "ASSESSMENT_REQUIRED");
        nuanyang::kit::db::execute(world.app.db.write(), sql, [false.into()]).await.unwrap();
        let began = it.start(&world, &order, 390).await;
        assert_eq!(began["check"]["state"], "BATHING", "{began}");
        assert_eq!(it.start(&world, &order, 390).await, began, "repeated, it answers the same");
        assert_eq!(refusal(&world.measure(&it.carers[0], &order, (139, 84)).await), "WRONG_STATE");
        let over = world.finish_bath(&it.carers[1], &order).await;
        assert_eq!(over["check"]["state"], "COMPLETED", "{over}");
        assert_eq!(world.finish_bath(&it.carers[1], &order).await, over);
        assert_eq!(refusal(&it.start(&world, &order, 390).await), "NOT_CLEARED");
        world.at("2026-06-04 15:00").await;
        for carer in &it.carers {
            let leave = json!({ "place": world.at_home(10), "tasks": tasks() });
            world.on_visit(carer, "visitCheckOut", &order, leave).await;
        }
        assert_eq!(world.visit(&it.daughter, &order).await["state"], "DONE");
    }

    async fn values_are_looked_at_before_they_decide(world: World) {
        let it = Scene::new(&world).await;
        let order = it.accepted(&world, "1").await;
        assert_eq!(refusal(&world.measure(&it.carers[0], &order, (138, 84)).await), "NOT_CHECKED_IN");
        world.at("2026-06-04 14:00").await;
        it.come(&world, 0, &order).await;
        it.come(&world, 1, &order).await;
        let tell = async |change: &dyn Fn(&mut Value)| {
            let mut input = world.values((138, 84));
            change(&mut input);
            refusal(&world.bath(&it.carers[0], "bathVitalsRecord", &order, input).await).to_owned()
        };
        let now = world.app.clock.now();
        let ago = |minutes: i64| json!((now - Duration::minutes(minutes)).to_rfc3339());
        assert_eq!(tell(&|input| input["systolicMmhg"] = json!(1_380)).await, "VALUES_IMPLAUSIBLE");
        assert_eq!(tell(&|input| input["temperatureTenths"] = json!(70_000)).await, "VALUES_IMPLAUSIBLE");
        assert_eq!(tell(&|input| input["takenAt"] = ago(16)).await, "TIME_INVALID");
        assert_eq!(tell(&|input| input["takenAt"] = ago(-10)).await, "TIME_INVALID");
        assert_eq!(tell(&|input| input["lastMealAt"] = ago(-1)).await, "TIME_INVALID");
        assert_eq!(tell(&|input| input["lastMealAt"] = ago(59)).await, "MEAL_TOO_RECENT");
        assert_eq!(world.number("count(*) FROM vital_sign").await, 0, "nothing is kept of what was refused");
        assert_eq!(world.check(&it.daughter, &order).await["state"], "STAFFED");
        assert_eq!(refusal(&it.start(&world, &order, 390).await), "NOT_CLEARED");
        let early = json!({ "words": "头晕", "isEmergency": false });
        assert_eq!(refusal(&world.bath(&it.carers[0], "bathDistress", &order, early).await), "WRONG_STATE");
        // Full or not, bad values end the visit.
        assert_eq!(tell(&|input| { input["pulsePerMinute"] = json!(111); input["lastMealAt"] = ago(10); }).await, "");
        assert_eq!(world.check(&it.daughter, &order).await["abortReason"], "VITALS_OUT_OF_LIMITS");
        it.is_refunded(&world, &order).await;
    }

    async fn bad_values_on_a_second_look_end_the_visit_too(world: World) {
        let it = Scene::new(&world).await;
        let order = it.cleared(&world).await;
        world.pass(600).await;
        let bad = world.measure(&it.carers[1], &order, (161, 90)).await;
        assert_eq!(refusal(&bad), "", "{bad}");
        assert_eq!(refusal(&it.start(&world, &order, 390).await), "NOT_CLEARED");
        it.is_refunded(&world, &order).await;
    }

    async fn the_same_values_told_twice_count_once_and_other_values_of_that_moment_are_heard(world: World) {
        let it = Scene::new(&world).await;
        let order = it.cleared(&world).await;
        let again = world.measure(&it.carers[0], &order, (138, 84)).await;
        assert_eq!(again["check"]["state"], "CLEARED", "{again}");
        assert_eq!(world.number("count(*) FROM vital_sign").await, 1);
        let other = world.measure(&it.carers[1], &order, (180, 84)).await;
        assert_eq!(refusal(&other), "", "{other}");
        it.is_refunded(&world, &order).await;
    }

    async fn distress_stops_the_bath_and_gives_everything_back(world: World) {
        let it = Scene::new(&world).await;
        let order = it.cleared(&world).await;
        it.start(&world, &order, 390).await;
        world.pass(300).await;
        let mut input = json!({ "words": " ", "isEmergency": true });
        assert_eq!(refusal(&world.bath(&it.carers[1], "bathDistress", &order, input.clone()).await), "WORDS_MISSING");
        input["words"] = json!("老人说胸闷，已扶出浴缸");
        let stopped = world.bath(&it.carers[1], "bathDistress", &order, input.clone()).await;
        assert_eq!((&stopped["check"]["state"], &stopped["check"]["abortReason"]), (&json!("ABORTED"), &json!("DISTRESS")));
        assert!(stopped["check"]["advice"].as_str().unwrap().contains("120"), "{stopped}");
        assert_eq!(world.bath(&it.carers[1], "bathDistress", &order, input).await, stopped, "repeated, it answers the same");
        assert_eq!(world.number("count(*) FROM incident WHERE is_emergency").await, 1);
        it.is_refunded(&world, &order).await;
        let document = "query($id: ID!) { bathingCheck(orderId: $id) { incidents { words isEmergency } vitals { phase } } }";
        let seen = world.data(&it.daughter, document, json!({ "id": order })).await;
        assert_eq!(seen["bathingCheck"]["incidents"], json!([{ "words": "老人说胸闷，已扶出浴缸", "isEmergency": true }]));
        let sealed = world.number("count(*) FROM incident WHERE detail_sealed LIKE '%胸闷%'").await;
        let plain = world.number("count(*) FROM vital_sign WHERE values_sealed LIKE '%138%84%'").await;
        assert_eq!((sealed, plain), (0, 0), "health data lies sealed");
    }

    async fn twenty_minutes_after_the_start_a_carer_who_is_alone_goes_home(world: World) {
        let it = Scene::new(&world).await;
        let order = it.accepted(&world, "1").await;
        world.at("2026-06-04 13:55").await;
        it.come(&world, 1, &order).await;
        world.at("2026-06-04 14:19").await;
        assert_eq!(world.check(&it.daughter, &order).await["state"], "CONSENTED");
        world.at("2026-06-04 14:20").await;
        let check = world.check(&it.daughter, &order).await;
        assert_eq!((&check["state"], &check["abortReason"]), (&json!("ABORTED"), &json!("SHORT_STAFFED")), "{check}");
        let late = world.on_visit(&it.carers[0], "visitCheckIn", &order, json!({ "place": world.at_home(10) })).await;
        assert_eq!(refusal(&late), "ORDER_NOT_FOUND");
        it.is_refunded(&world, &order).await;
    }

    async fn two_who_are_there_in_time_are_not_sent_home(world: World) {
        let it = Scene::new(&world).await;
        let order = it.accepted(&world, "1").await;
        world.at("2026-06-04 14:10").await;
        it.come(&world, 0, &order).await;
        world.at("2026-06-04 14:19").await;
        it.come(&world, 1, &order).await;
        world.at("2026-06-04 14:20").await;
        assert_eq!(world.check(&it.daughter, &order).await["state"], "STAFFED");
        assert_eq!(world.visit(&it.daughter, &order).await["state"], "CHECKED_IN");
    }

    async fn values_are_for_elder_family_and_the_carers_at_the_home(world: World) {
        let it = Scene::new(&world).await;
        let order = it.cleared(&world).await;
        let manager = world.with_role("manager1", entities::enums::Role::ProviderManager, (Some(it.agency.id.0), None)).await;
        let desk = world.desk("desk1").await;
        let (stranger, cousin) = (world.login("stranger1").await, world.login("cousin1").await);
        world.bond(&cousin, it.elder, 1).await;
        let document = "query($id: ID!) { bathingCheck(orderId: $id) { state vitals { systolicMmhg } } }";
        let looks = "count(*) FROM data_access WHERE field = 'vitals'";
        let mut recorded = world.number(looks).await;
        for (who, wanted, adds) in [
            (&it.herself, 1, 0),
            (&it.daughter, 1, 1),
            (&it.carers[0], 1, 1),
            (&it.carers[1], 1, 1),
            (&manager, 0, 0),
            (&desk, 0, 0),
            (&cousin, 0, 0),
        ] {
            let seen = world.data(who, document, json!({ "id": order })).await;
            assert_eq!(seen["bathingCheck"]["state"], "CLEARED", "{}", who.name);
            assert_eq!(seen["bathingCheck"]["vitals"].as_array().unwrap().len(), wanted, "{}", who.name);
            recorded += adds;
            assert_eq!(world.number(looks).await, recorded, "{}", who.name);
        }
        assert_eq!(world.data(&stranger, document, json!({ "id": order })).await["bathingCheck"], json!(null));
    }

    async fn the_last_two_carers_go_together_to_one_of_two_orders(world: World) {
        let it = Scene::new(&world).await;
        let other = world.elder("李秀兰", "1945-05-05").await;
        let son = world.login("son2").await;
        world.bond(&son, other, 31).await;
        for elder in [it.elder, other] {
            world.assessed(elder, "2026-03-10", 38).await;
        }
        for (who, elder) in [(&it.daughter, it.elder), (&son, other)] {
            assert_eq!(refusal(&world.sign(who, elder, json!({})).await), "");
        }
        let place = async |who: &Person, elder: ElderId| {
            let input = visit_input("1", elder, it.bath, "2026-06-10 14:00");
            world.act(who, "serviceOrderPlace", input, "order { id state }").await
        };
        let answers = join_all([(&it.daughter, it.elder), (&son, other)].map(|(who, elder)| place(who, elder))).await;
        let mut codes: Vec<&str> = answers.iter().map(refusal).collect();
        codes.sort_unstable();
        assert_eq!(codes, ["", "NOBODY_FREE"]);
        let held = "count(DISTINCT order_id) FROM assignment WHERE state = 'RESERVED'";
        assert_eq!((world.number(held).await, world.number("count(*) FROM assignment").await), (1, 2));
        assert_eq!((world.number("count(*) FROM service_order").await, world.number("count(*) FROM bathing_check").await), (1, 1));
        world.assert_carers_are_in_one_place().await;
    }
}
