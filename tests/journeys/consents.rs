//! Consents of every purpose: a no closes only what needs the yes, is as easy as the yes, and nobody asks again.

use entities::enums::Role;
use nuanyang::kit::ids::{ElderId, OfferingId};
use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::acts::id_of;
use crate::world::care::{Kind, PLAIN, visit_input};
use crate::world::client::{Person, refusal};
use crate::world::consent::PURPOSES;
use crate::world::contract::fresh_key;
use crate::world::place::{Canteen, order_input};

const BATH: &str = "BATHING_RISK";
const NOTES: &str = "PROVIDER_NOTES";
const UNUSED: &str = "query($after: String) { entitlementsUnused(regionCode: \"530111004009\", first: 50, after: $after) { \
    nodes { elderId } } }";

/// An elder with an account, who has a daughter with the scopes given.
async fn household(world: &World, number: usize, scopes: i16) -> (ElderId, Person, Person) {
    let elder = world.elder("王桂芬", "1944-03-01").await;
    let herself = world.with_role(&format!("elder{number}"), Role::Elder, (None, None)).await;
    let sql = "UPDATE elder SET person_id = $2 WHERE id = $1";
    let values = [elder.0.into(), herself.said.person.0.into()];
    nuanyang::kit::db::execute(world.app.db.write(), sql, values).await.unwrap();
    let daughter = world.login(&format!("daughter{number}")).await;
    world.bond(&daughter, elder, scopes).await;
    (elder, herself, daughter)
}

/// What everybody needs to be served: a carer, a bath and a cleaning, a canteen, an officer.
struct Town {
    carer: Person,
    bath: OfferingId,
    cleaning: OfferingId,
    canteen: Canteen,
    cook: Person,
    officer: Person,
}

impl Town {
    async fn new(world: &World) -> Self {
        world.at("2026-06-01 10:00").await;
        let agency = world.agency().await;
        let able = Kind { is_certified: true, ..PLAIN };
        let carer = world.ready_carer(agency, "甲师傅", &["bathing_help", "cleaning_help"], able).await;
        world.ready_carer(agency, "乙师傅", &["bathing_help"], able).await;
        let canteen = world.canteen().await;
        Self {
            carer: world.carer_person(agency, carer, "carer1").await,
            bath: world.visit_offering(agency, "bathing_help", (26_000, 60), (2, 1)).await,
            cleaning: world.visit_offering(agency, "cleaning_help", (8_000, 60), (1, 0)).await,
            cook: world.manager("canteen1", &canteen).await,
            canteen,
            officer: world.officer("officer1", "530111").await,
        }
    }

    /// What an elder can have, by name of the act: everything that any consent might close.
    async fn play(&self, world: &World, number: usize, elder: ElderId, daughter: &Person) -> Value {
        let day = format!("2026-06-{:02}", 4 + number);
        let bath = visit_input(&format!("b{number}"), elder, self.bath, &format!("{day} 15:00"));
        let bath = world.act(daughter, "serviceOrderPlace", bath, "order { id }").await;
        let asked = json!({ "requestKey": fresh_key(), "elderId": elder.to_string() });
        let asked = world.act(daughter, "assessmentRequest", asked, "assessment { state }").await;
        let mut visit = visit_input(&format!("c{number}"), elder, self.cleaning, &format!("{day} 10:00"));
        visit["note"] = json!("起身要扶一把");
        let visit = id_of(&world.act(daughter, "serviceOrderPlace", visit, "order { id }").await);
        world.pay(daughter, &visit).await;
        world.work().await;
        world.on_visit(&self.carer, "offerAccept", &visit, json!({})).await;
        let home = world.visit(&self.carer, &visit).await["home"].clone();
        let slot = world.lunch(&self.canteen, &day, (4, 9)).await;
        let mut meal = order_input(&format!("m{number}"), elder, slot, ("DELIVERY", self.canteen.lunch));
        meal["note"] = json!("少盐");
        let meal = world.paid(daughter, meal).await;
        world.at(&format!("{day} 09:01")).await;
        let document =
            "query($id: ID!) { mealOrder(id: $id) { note handOver { name address dietaryNeeds } } }";
        let sheet = world.data(&self.cook, document, json!({ "id": meal })).await["mealOrder"].clone();
        let entitled = world.entitlements(daughter, elder, "2026-06-01").await;
        let unused = world.data(&self.officer, UNUSED, json!({})).await;
        let nodes = unused["entitlementsUnused"]["nodes"].as_array().unwrap().clone();
        json!({
            "bath": refusal(&bath), "assessment": refusal(&asked),
            "carerNote": home["note"], "carerAddress": home["address"], "carerPhone": home["phone"],
            "kitchenDiet": sheet["handOver"]["dietaryNeeds"], "kitchenNote": sheet["note"],
            "kitchenAddress": sheet["handOver"]["address"],
            "isEntitled": entitled.iter().any(|one| one["programmeCode"] == "guandu_home_care_voucher" && one["outcome"] == "ENTITLED"),
            "isListed": nodes.iter().any(|one| one["elderId"] == elder.to_string()),
        })
    }
}

on_both! {
    async fn a_no_to_one_purpose_closes_only_what_needs_it(world: World) {
        let town = Town::new(&world).await;
        let mut told = Vec::new();
        // The last one says no to nothing.
        for number in 0..=PURPOSES.len() {
            let (elder, herself, daughter) = household(&world, number, 15).await;
            let phone = nuanyang::kit::db::execute(world.app.db.write(), "UPDATE elder SET phone_sealed = $2 WHERE id = $1",
                [elder.0.into(), world.app.seal.seal("13800001234").unwrap().into()]).await.unwrap();
            assert_eq!(phone, 1);
            world.known(elder, &[("household_type", "空巢"), ("hukou_region", "530111")]).await;
            world.assessed(elder, "2026-03-10", 70).await;
            for (place, purpose) in PURPOSES.iter().enumerate() {
                assert_eq!(refusal(&world.say_yes(&herself, elder, purpose, json!({})).await), "");
                if place == number {
                    assert_eq!(refusal(&world.say_no(&herself, elder, purpose, json!({})).await), "");
                }
            }
            told.push(town.play(&world, number, elder, &daughter).await);
        }
        let open = json!({
            "bath": "", "assessment": "", "carerNote": "起身要扶一把", "carerAddress": "演示小区 2 栋 301",
            "carerPhone": "13800001234", "kitchenDiet": "不吃花生", "kitchenNote": "少盐",
            "kitchenAddress": "演示小区 2 栋 301", "isEntitled": true, "isListed": true });
        let without = |changes: Value| {
            let mut all = open.clone();
            for (name, value) in changes.as_object().unwrap() {
                all[name] = value.clone();
            }
            all
        };
        assert_eq!(told[4], open);
        assert_eq!(told[0], without(json!({ "bath": "CONSENT_REQUIRED" })));
        assert_eq!(told[1], without(json!({ "assessment": "CONSENT_MISSING" })));
        assert_eq!(told[2], without(json!({ "carerNote": null, "kitchenDiet": null, "kitchenNote": null })));
        assert_eq!(told[3], without(json!({ "isListed": false })));
    }

    async fn a_no_is_one_act_for_each_purpose_and_nobody_is_asked_again(world: World) {
        world.at("2026-06-01 10:00").await;
        let (elder, herself, daughter) = household(&world, 1, 31).await;
        for one in world.consents(&herself, elder).await {
            assert_eq!((&one["standing"], &one["askAgain"], &one["latest"], &one["signerName"]),
                (&json!("OPEN"), &json!(true), &json!(null), &json!(null)), "{one}");
            assert!(one["closedWithout"].as_str().unwrap().ends_with('。'));
        }
        for purpose in PURPOSES {
            let no = world.say_no(&herself, elder, purpose, json!({})).await;
            assert_eq!((&no["consent"]["isGiven"], &no["consent"]["signedAs"]), (&json!(false), &json!("ELDER")), "{no}");
            let until = if purpose == BATH { json!("2026-08-30T02:00:00Z") } else { json!(null) };
            assert_eq!(no["consent"]["validUntilAt"], until);
            let before = world.footprint().await;
            world.pass(60).await;
            assert_eq!(world.say_no(&herself, elder, purpose, json!({})).await, no, "said twice");
            assert_eq!(world.footprint().await, before);
        }
        let told = world.consents(&herself, elder).await;
        let purposes: Vec<&str> = told.iter().map(|one| one["purpose"].as_str().unwrap()).collect();
        assert_eq!(purposes, PURPOSES);
        for one in &told {
            assert_eq!((&one["standing"], &one["askAgain"], &one["signerName"]), (&json!("NO"), &json!(false), &json!("王**")), "{one}");
            assert_ne!((&one["sinceAt"], &one["closedWithout"]), (&json!(null), &json!(null)));
        }
        // The elder's own no outweighs whoever decides for him, also when his abilities are lost.
        assert_eq!(refusal(&world.say_yes(&daughter, elder, NOTES, json!({})).await), "ELDER_MUST_SIGN");
        assert_eq!(refusal(&world.say_no(&daughter, elder, NOTES, json!({})).await), "ELDER_MUST_SIGN");
        world.assessed(elder, "2026-05-10", 10).await;
        assert_eq!(refusal(&world.say_yes(&daughter, elder, NOTES, json!({})).await), "ELDER_SAID_NO");
        // After ninety days a bath may be asked about again; the other purposes may not.
        world.at("2026-08-30 10:00:01").await;
        let asked: Vec<Value> = world.consents(&herself, elder).await.into_iter().map(|one| one["askAgain"].clone()).collect();
        assert_eq!(asked, [json!(true), json!(false), json!(false), json!(false)]);
    }

    async fn a_yes_and_a_no_follow_each_other_and_only_those_concerned_see_them(world: World) {
        world.at("2026-06-01 10:00").await;
        let (elder, herself, daughter) = household(&world, 1, 31).await;
        let desk = world.desk("desk1").await;
        let first = world.say_yes(&herself, elder, NOTES, json!({})).await;
        assert_eq!((&first["consent"]["isGiven"], &first["consent"]["validUntilAt"]), (&json!(true), &json!(null)), "{first}");
        world.pass(60).await;
        let paper = json!({ "paperSignedAs": "ELDER", "paperReference": "关上社区 3 号柜 7" });
        assert_eq!(refusal(&world.say_no(&desk, elder, NOTES, json!({})).await), "REFERENCE_MISSING");
        assert_eq!(refusal(&world.say_no(&desk, elder, NOTES, paper).await), "");
        let taken = "count(*) FROM consent WHERE is_given AND withdrawn_at IS NOT NULL";
        assert_eq!(world.number(taken).await, 1);
        world.pass(60).await;
        assert_eq!(refusal(&world.say_yes(&herself, elder, NOTES, json!({})).await), "");
        let seen = world.consents(&desk, elder).await[2].clone();
        assert_eq!((&seen["standing"], &seen["sinceAt"], &seen["closedWithout"], &seen["askAgain"]),
            (&json!("YES"), &json!("2026-06-01T02:02:00Z"), &json!(null), &json!(false)), "{seen}");
        // A guardian says no for somebody who cannot; the elder's yes before it is over.
        world.assessed(elder, "2026-05-10", 10).await;
        world.pass(60).await;
        let no = world.say_no(&daughter, elder, NOTES, json!({})).await;
        assert_eq!((&no["consent"]["signedAs"], &no["consent"]["isGiven"]), (&json!("GUARDIAN"), &json!(false)), "{no}");
        world.pass(60).await;
        let own = world.say_no(&herself, elder, NOTES, json!({})).await;
        assert_eq!(own["consent"]["signedAs"], "ELDER", "the elder's own no is a word of its own");
        assert_eq!(world.say_no(&daughter, elder, NOTES, json!({})).await, own);
        let son = world.family_of("daughter2", elder).await;
        assert_eq!(world.consents(&son, elder).await, Vec::<Value>::new(), "without the scope DECIDE");
        let far = world.desk_of("desk2", "5302").await;
        assert_eq!(world.consents(&far, elder).await, Vec::<Value>::new());
        assert_eq!(refusal(&world.say_no(&son, elder, NOTES, json!({})).await), "ELDER_NOT_FOUND");
        assert_eq!(world.number("count(*) FROM event WHERE subject = 'consent' AND name = 'refuse'").await, 3);
    }

    async fn an_assessment_stops_when_the_consent_is_taken_back(world: World) {
        world.at("2026-06-01 10:00").await;
        let (elder, herself, daughter) = household(&world, 1, 15).await;
        world.agrees(elder, "ABILITY_ASSESSMENT").await;
        let officer = world.officer("officer1", "530111").await;
        let asked = json!({ "requestKey": fresh_key(), "elderId": elder.to_string() });
        let asked = world.act(&daughter, "assessmentRequest", asked, "assessment { id }").await;
        world.say_no(&herself, elder, "ABILITY_ASSESSMENT", json!({})).await;
        let pair = [world.assessor("assessor1").await, world.assessor("assessor2").await];
        let [first, second] = pair.map(|one| one.said.person.to_string());
        let input = json!({ "assessmentId": asked["assessment"]["id"], "firstPersonId": first, "secondPersonId": second,
            "comesAt": "2026-06-03T02:00:00Z" });
        let before = world.footprint().await;
        let stopped = world.act(&officer, "assessmentSchedule", input.clone(), "assessment { state }").await;
        assert_eq!(refusal(&stopped), "CONSENT_MISSING");
        assert_eq!(world.footprint().await, before);
        world.pass(60).await;
        world.agrees(elder, "ABILITY_ASSESSMENT").await;
        let goes_on = world.act(&officer, "assessmentSchedule", input, "assessment { state }").await;
        assert_eq!(goes_on["assessment"]["state"], "SCHEDULED", "{goes_on}");
    }
}
