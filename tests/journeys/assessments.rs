//! An assessment from the wish to the result: two assess, a third reviews, the elder objects, others assess.

use nuanyang::kit::ids::ElderId;
use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::client::{Person, refusal};
use crate::world::contract::fresh_key;

const CASE: &str =
    "assessment { id state round assessorIds score level objectionEndsAt inForceOn validUntilOn note }";

/// 26 items that come to so many points, four at most each.
fn answers(points: i32, more: Value) -> Value {
    let mut left = points;
    let mut part = |count: usize| -> Vec<i32> {
        (0..count)
            .map(|_| {
                let item = left.min(4);
                left -= item;
                item
            })
            .collect()
    };
    let mut found = json!({
        "informant": "女儿", "selfCare": part(8), "basicMotor": part(4), "mentalState": part(9), "sensoryAndSocial": part(5),
        "isInComa": false, "hasMentalDiagnosis": false, "riskEvents": 0, "hasContraindication": false, "note": "能配合" });
    for (name, value) in more.as_object().unwrap() {
        found[name] = value.clone();
    }
    found
}

struct Scene {
    elder: ElderId,
    daughter: Person,
    officer: Person,
    /// Five who assess in Guandu.
    assessors: Vec<Person>,
}

impl Scene {
    async fn new(world: &World) -> Self {
        world.at("2026-06-01 10:00").await;
        let elder = world.elder("王桂芬", "1944-03-01").await;
        let mut assessors = Vec::new();
        for number in 1..=5 {
            assessors.push(world.assessor(&format!("assessor{number}")).await);
        }
        let daughter = world.family_of("daughter1", elder).await;
        world.agrees(elder, "ABILITY_ASSESSMENT").await;
        Self { elder, daughter, officer: world.officer("officer1", "530111").await, assessors }
    }

    async fn request(&self, world: &World, who: &Person) -> Value {
        let input = json!({ "requestKey": fresh_key(), "elderId": self.elder.to_string() });
        world.act(who, "assessmentRequest", input, CASE).await
    }

    async fn act(&self, world: &World, who: &Person, act: &str, (case, more): (&str, Value)) -> Value {
        let mut input = more;
        input["assessmentId"] = json!(case);
        world.act(who, act, input, CASE).await
    }

    fn pair(&self, first: usize, second: usize) -> Value {
        let id = |place: usize| json!(self.assessors[place].said.person.to_string());
        json!({ "firstPersonId": id(first), "secondPersonId": id(second) })
    }

    /// Asked for, scheduled for the first two, begun. The id.
    async fn begun(&self, world: &World) -> String {
        let asked = self.request(world, &self.daughter).await;
        let case = asked["assessment"]["id"].as_str().unwrap_or_else(|| panic!("{asked}")).to_owned();
        let mut input = self.pair(0, 1);
        input["comesAt"] = json!("2026-06-03T02:00:00Z");
        let scheduled = self.act(world, &self.officer, "assessmentSchedule", (&case, input)).await;
        assert_eq!(scheduled["assessment"]["state"], "SCHEDULED", "{scheduled}");
        world.at("2026-06-03 10:00").await;
        let began = json!({ "isIdentityChecked": true });
        let begun = self.act(world, &self.assessors[1], "assessmentStart", (&case, began)).await;
        assert_eq!(begun["assessment"]["state"], "IN_PROGRESS", "{begun}");
        case
    }

    /// A level that was published on 5 June about 3 June counts from the one day to the anniversary of the other.
    async fn counts(&self, world: &World) {
        world.known(self.elder, &[("hukou_region", "530115001")]).await;
        for (day, outcome) in [
            ("2026-06-04", "UNDECIDED"),
            ("2026-06-05", "ENTITLED"),
            ("2027-06-03", "ENTITLED"),
            ("2027-06-04", "UNDECIDED"),
        ] {
            let all = world.entitlements(&self.daughter, self.elder, day).await;
            let training = all.iter().find(|one| one["itemCode"] == "carer_training").unwrap();
            assert_eq!(training["outcome"], outcome, "{day}");
        }
    }

    async fn score(&self, world: &World, who: usize, case: &str, points: i32) -> Value {
        let found = json!({ "answers": answers(points, json!({})) });
        self.act(world, &self.assessors[who], "assessmentScore", (case, found)).await
    }
}

on_both! {
    async fn an_assessment_goes_from_the_wish_to_a_level_that_counts(world: World) {
        let it = Scene::new(&world).await;
        let asked = it.request(&world, &it.daughter).await;
        let case = asked["assessment"]["id"].as_str().unwrap().to_owned();
        assert_eq!((&asked["assessment"]["state"], &asked["assessment"]["round"]), (&json!("REQUESTED"), &json!(1)));
        assert_eq!(refusal(&it.request(&world, &it.officer).await), "OPEN_ALREADY");
        let wanted = world.archive(&it.daughter, it.elder).await;
        assert_eq!((&wanted["facts"][0]["fieldCode"], &wanted["facts"][0]["text"]), (&json!("assessment_requested"), &json!("是")));
        let at = |mut pair: Value| { pair["comesAt"] = json!("2026-06-03T02:00:00Z"); pair };
        assert_eq!(refusal(&it.act(&world, &it.daughter, "assessmentCancel", (&case, json!({ "reason": "" }))).await), "WORDS_MISSING");
        let alone = it.act(&world, &it.officer, "assessmentSchedule", (&case, at(it.pair(0, 0)))).await;
        assert_eq!(refusal(&alone), "ASSESSORS_INVALID");
        let far = world.assessor_of("assessor9", "530115").await;
        let mut strange = at(it.pair(0, 1));
        strange["secondPersonId"] = json!(far.said.person.to_string());
        assert_eq!(refusal(&it.act(&world, &it.officer, "assessmentSchedule", (&case, strange)).await), "ASSESSORS_INVALID");
        let early = it.score(&world, 0, &case, 38).await;
        assert_eq!(refusal(&early), "NOT_YOURS", "nobody is named yet");
        let scheduled = it.act(&world, &it.officer, "assessmentSchedule", (&case, at(it.pair(0, 1)))).await;
        assert_eq!(scheduled["assessment"]["assessorIds"].as_array().unwrap().len(), 2);
        assert_eq!(refusal(&it.act(&world, &it.officer, "assessmentSchedule", (&case, at(it.pair(2, 3)))).await), "NOT_NOW");
        world.at("2026-06-03 10:00").await;
        let unseen = it.act(&world, &it.assessors[0], "assessmentStart", (&case, json!({ "isIdentityChecked": false }))).await;
        assert_eq!(refusal(&unseen), "IDENTITY_UNCHECKED");
        let other = it.act(&world, &it.assessors[2], "assessmentStart", (&case, json!({ "isIdentityChecked": true }))).await;
        assert_eq!(refusal(&other), "NOT_YOURS");
        it.act(&world, &it.assessors[0], "assessmentStart", (&case, json!({ "isIdentityChecked": true }))).await;
        for more in [
            json!({ "selfCare": [4, 4] }),
            json!({ "informant": " " }),
            json!({ "riskEvents": 2 }),
            json!({ "selfCare": [90, 4, 4, 4, 4, 4, 4, 4] }),
        ] {
            let found = json!({ "answers": answers(38, more) });
            let wrong = it.act(&world, &it.assessors[0], "assessmentScore", (&case, found)).await;
            assert_eq!(refusal(&wrong), "ANSWERS_INVALID", "{wrong}");
        }
        let found = json!({ "answers": answers(50, json!({ "riskEvents": 2, "proof": "社区记录：跌倒两次" })) });
        let scored = it.act(&world, &it.assessors[0], "assessmentScore", (&case, found)).await;
        let told = &scored["assessment"];
        assert_eq!((&told["score"], &told["level"], &told["note"]), (&json!(50), &json!("SEVERE"), &json!("能配合")), "{scored}");
        assert_eq!((&told["objectionEndsAt"], &told["inForceOn"]), (&json!("2026-06-13T02:00:00Z"), &json!(null)));
        assert_eq!(refusal(&it.act(&world, &it.assessors[1], "assessmentReview", (&case, json!({}))).await), "NOT_YOURS");
        let back = it.act(&world, &it.assessors[2], "assessmentSendBack", (&case, json!({ "reason": "第三项请复核" }))).await;
        assert_eq!(back["assessment"]["state"], "IN_PROGRESS");
        it.score(&world, 1, &case, 38).await;
        let reviewed = it.act(&world, &it.assessors[2], "assessmentReview", (&case, json!({}))).await;
        assert_eq!((&reviewed["assessment"]["state"], &reviewed["assessment"]["level"]), (&json!("REVIEWED"), &json!("SEVERE")));
        let publish = |is_accepted: bool| json!({ "toldTo": "女儿", "isAccepted": is_accepted });
        let early = it.act(&world, &it.officer, "assessmentPublish", (&case, publish(false))).await;
        assert_eq!(refusal(&early), "OBJECTION_OPEN");
        let document = "query($id: ID!) { assessments(elderId: $id) { score level } }";
        let id = json!({ "id": it.elder.to_string() });
        assert_eq!(world.data(&it.daughter, document, id.clone()).await["assessments"], json!([]), "nothing counts yet");
        world.at("2026-06-05 10:00").await;
        let done = it.act(&world, &it.officer, "assessmentPublish", (&case, publish(true))).await;
        let told = &done["assessment"];
        assert_eq!((&told["state"], &told["inForceOn"], &told["validUntilOn"]), (&json!("PUBLISHED"), &json!("2026-06-05"), &json!("2027-06-03")));
        assert_eq!(world.data(&it.daughter, document, id).await["assessments"], json!([{ "score": 38, "level": "SEVERE" }]));
        it.counts(&world).await;
        for act in ["assessmentObject", "assessmentCancel"] {
            let late = it.act(&world, &it.daughter, act, (&case, json!({ "reason": "不认可" }))).await;
            assert_eq!(refusal(&late), "NOT_NOW");
        }
        let again = it.request(&world, &it.daughter).await;
        assert_eq!(refusal(&again), "", "another one may be asked for");
    }

    async fn after_an_objection_others_assess(world: World) {
        let it = Scene::new(&world).await;
        let case = it.begun(&world).await;
        it.score(&world, 0, &case, 70).await;
        let no = json!({ "reason": "当天母亲状态特别好" });
        let objected = it.act(&world, &it.daughter, "assessmentObject", (&case, no)).await;
        assert_eq!((&objected["assessment"]["state"], &objected["assessment"]["round"]), (&json!("IN_PROGRESS"), &json!(2)), "{objected}");
        assert_eq!(objected["assessment"]["assessorIds"], json!([]));
        assert_eq!(refusal(&it.score(&world, 0, &case, 70).await), "NOT_YOURS", "who came before does not come again");
        for (pair, code) in [(it.pair(0, 2), "ASSESSORS_INVALID"), (it.pair(2, 3), ""), (it.pair(3, 4), "ASSESSORS_INVALID")] {
            let named = it.act(&world, &it.officer, "assessmentReassign", (&case, pair)).await;
            assert_eq!(refusal(&named), code, "{named}");
        }
        let scored = it.score(&world, 3, &case, 38).await;
        assert_eq!(scored["assessment"]["level"], "SEVERE", "{scored}");
        for who in [0, 2] {
            let own = it.act(&world, &it.assessors[who], "assessmentReview", (&case, json!({}))).await;
            assert_eq!(refusal(&own), "NOT_YOURS", "nobody reviews what he had a part in");
        }
        it.act(&world, &it.assessors[4], "assessmentReview", (&case, json!({}))).await;
        let publish = json!({ "toldTo": "女儿", "isAccepted": true });
        let done = it.act(&world, &it.officer, "assessmentPublish", (&case, publish)).await;
        assert_eq!(done["assessment"]["state"], "PUBLISHED", "{done}");
        let document = "query($id: ID!) { assessmentCases(elderId: $id) { state round score } }";
        let seen = world.data(&it.daughter, document, json!({ "id": it.elder.to_string() })).await;
        assert_eq!(seen["assessmentCases"], json!([{ "state": "PUBLISHED", "round": 2, "score": 38 }]));
        let stranger = world.login("stranger1").await;
        let hidden = world.data(&stranger, document, json!({ "id": it.elder.to_string() })).await;
        assert_eq!(hidden["assessmentCases"], json!([]));
    }

    async fn nobody_objects_after_ten_days_and_nobody_cancels_what_has_begun(world: World) {
        let it = Scene::new(&world).await;
        let case = it.begun(&world).await;
        let why = json!({ "reason": "老人住院" });
        assert_eq!(refusal(&it.act(&world, &it.daughter, "assessmentCancel", (&case, why.clone())).await), "NOT_NOW");
        it.score(&world, 0, &case, 70).await;
        world.at("2026-06-13 10:00").await;
        assert_eq!(refusal(&it.act(&world, &it.daughter, "assessmentObject", (&case, why.clone())).await), "OBJECTION_LATE");
        it.act(&world, &it.assessors[3], "assessmentReview", (&case, json!({}))).await;
        let publish = json!({ "toldTo": "老人本人", "isAccepted": false });
        let done = it.act(&world, &it.officer, "assessmentPublish", (&case, publish)).await;
        assert_eq!(done["assessment"]["inForceOn"], "2026-06-13", "{done}");
        let asked = it.request(&world, &it.daughter).await;
        let other = asked["assessment"]["id"].as_str().unwrap().to_owned();
        let office = it.act(&world, &it.officer, "assessmentCancel", (&other, why.clone())).await;
        assert_eq!(refusal(&office), "NOT_YOURS", "the family alone takes a wish back");
        let gone = it.act(&world, &it.daughter, "assessmentCancel", (&other, why)).await;
        assert_eq!(gone["assessment"]["state"], "CANCELLED");
        let open = "{ assessmentCasesOpen { nodes { id state } } }";
        assert_eq!(world.data(&it.officer, open, json!({})).await["assessmentCasesOpen"]["nodes"], json!([]));
        let young = world.elder("李秀兰", "1967-01-01").await;
        let input = json!({ "requestKey": fresh_key(), "elderId": young.to_string() });
        assert_eq!(refusal(&world.act(&it.officer, "assessmentRequest", input, CASE).await), "TOO_YOUNG");
    }
}
