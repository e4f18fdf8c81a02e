//! What somebody is entitled to, as the family reads it; who takes part; who holds a voucher in a month.

use nuanyang::kit::fen::Fen;
use nuanyang::kit::ids::ElderId;
use nuanyang::rights::rules::programme::shipped;
use nuanyang::rights::store::enrolment::{Holder, holders};
use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::client::refusal;

const VOUCHER: (&str, &str) = ("guandu_home_care_voucher", "home_care_voucher");
const JINNING: &str = "jinning_basic_service_list";

fn one<'a>(all: &'a [Value], programme: &str, no: u32) -> &'a Value {
    all.iter().find(|one| one["programmeCode"] == programme && one["itemNo"] == no).unwrap()
}

/// An elder who lives in a region.
async fn living(world: &World, region: &str, birth: &str) -> ElderId {
    world.region(region).await;
    let region = region.to_owned();
    world.elder_like("王桂芬", birth, move |new| new.region_code = region).await
}

/// Every holder of a day, read so many elders at a time.
async fn all_holders(world: &World, day: &str, limit: u64) -> Vec<Holder> {
    let programme = shipped().find(VOUCHER.0).unwrap();
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let at = (programme, day.parse().unwrap());
        let page = holders(world.app.db.read(), &world.app.seal, at, after, limit).await.unwrap();
        found.extend(page.holders);
        match page.next {
            Some(next) => after = Some(next),
            None => return found,
        }
    }
}

on_both! {
    async fn a_daughter_reads_what_her_father_gets_and_why(world: World) {
        world.at("2026-06-01 10:00").await;
        let father = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", father).await;
        let all = world.entitlements(&daughter, father, "2026-06-01").await;
        assert_eq!(all.len(), 33, "each item of each shipped programme");
        let voucher = one(&all, VOUCHER.0, 1);
        assert_eq!(voucher["outcome"], "UNDECIDED");
        assert!(voucher["sentence"].as_str().unwrap().starts_with("还不能确定，缺少以下资料："), "{voucher}");
        world.known(father, &[("household_type", "空巢")]).await;
        let all = world.entitlements(&daughter, father, "2026-06-01").await;
        let voucher = one(&all, VOUCHER.0, 1);
        assert_eq!((&voucher["amountFen"], &voucher["isLeast"], &voucher["per"]), (&json!(10_000), &json!(false), &json!("MONTH")));
        assert_eq!(voucher["reasons"], json!([
            { "fieldCode": "age", "isFitting": true, "sentence": "年龄须满80周岁，现为82周岁，符合" },
            { "fieldCode": "household_type", "isFitting": true, "sentence": "家庭类型须为“空巢”，现为空巢，符合" }]));
        assert_eq!(voucher["source"], json!({
            "document": "昆明市官渡区民政局 官民函〔2018〕44号 复函（第92046号提案）", "section": "一（二）",
            "quote": "分别提供每人每月300、200、100元" }));
        assert_eq!(voucher["howToApply"], "向街道提出申请，经批准后按月发放服务券。受理部门：区民政局、街道办事处。");
        let meal = one(&all, "xishan_xiyuan_meal_subsidy", 1);
        assert_eq!((&meal["amountFen"], &meal["per"], &meal["sentence"]), (&json!(300), &json!("MEAL"), &json!("可以享受：每餐3元。")));
        let national = one(&all, "national_disability_care_voucher", 1);
        assert_eq!((&national["refusal"], &national["outcome"]), (&json!("SWITCHED_OFF"), &json!("NOT_ENTITLED")));
        let allowance = one(&all, JINNING, 1);
        assert_eq!((&allowance["outcome"], &allowance["missing"]), (&json!("UNDECIDED"), &json!([{ "code": "hukou_region", "name": "户籍地" }])));
        world.known(father, &[("hukou_region", "530115001")]).await;
        let all = world.entitlements(&daughter, father, "2026-06-01").await;
        let allowance = one(&all, JINNING, 1);
        assert_eq!((&allowance["amountFen"], &allowance["isLeast"]), (&json!(6_000), &json!(true)), "registered in Jinning");
        assert_eq!(allowance["sentence"], "可以享受：每月不低于60元。");
        world.assessed(father, "2026-03-10", 38).await;
        let all = world.entitlements(&daughter, father, "2026-06-01").await;
        assert_eq!(one(&all, JINNING, 28)["outcome"], "ENTITLED", "the assessed level decides");
        let before = world.entitlements(&daughter, father, "2026-03-09").await;
        assert_eq!(one(&before, JINNING, 28)["outcome"], "UNDECIDED", "not before the assessment");
        let after = world.entitlements(&daughter, father, "2027-03-11").await;
        assert_eq!(one(&after, JINNING, 28)["outcome"], "UNDECIDED", "not after its twelve months");
    }

    async fn nobody_of_dabanqiao_is_approved_and_a_no_says_why(world: World) {
        world.at("2026-06-01 10:00").await;
        let officer = world.officer("officer1", "530111").await;
        let out = living(&world, "530111009020", "1943-03-01").await;
        let young = living(&world, "530111004009", "1947-03-01").await;
        let right = living(&world, "530111004009", "1944-03-01").await;
        for elder in [out, young, right] {
            world.known(elder, &[("household_type", "空巢")]).await;
        }
        let refused = world.approve(&officer, out, VOUCHER, json!({})).await;
        assert_eq!(refusal(&refused), "AREA_NOT_IN_PROGRAMME");
        assert_eq!(refused["userErrors"][0]["message"], "不在该项目的实施范围内：大板桥街道（文件原文：大板桥街道不开展此项工作）。");
        let refused = world.approve(&officer, young, VOUCHER, json!({})).await;
        assert_eq!(refusal(&refused), "NOT_ENTITLED");
        assert!(refused["userErrors"][0]["message"].as_str().unwrap().contains("缺少以下资料"), "{refused}");
        for (pair, more, code) in [
            (("guandu_home_care_voucher", "bread"), json!({}), "PROGRAMME_UNKNOWN"),
            (("xishan_xiyuan_meal_subsidy", "meal_subsidy"), json!({}), "PROGRAMME_UNKNOWN"),
            (VOUCHER, json!({ "lastMonthOn": "2026-05-31" }), "PERIOD_INVALID"),
            (VOUCHER, json!({ "source": "" }), "SOURCE_MISSING"),
            (("national_disability_care_voucher", "disability_care_voucher"), json!({}), "NOT_ENTITLED"),
        ] {
            let payload = world.approve(&officer, right, pair, more).await;
            assert_eq!(refusal(&payload), code, "{payload}");
        }
        let far = world.officer("officer2", "530115").await;
        assert_eq!(refusal(&world.approve(&far, right, VOUCHER, json!({})).await), "ELDER_NOT_FOUND");
        let done = world.approve(&officer, right, VOUCHER, json!({ "firstMonthOn": "2026-06-20" })).await;
        let id = done["enrolment"]["id"].clone();
        assert_eq!(done["enrolment"], json!({ "id": id, "firstMonthOn": "2026-06-01", "lastMonthOn": null, "isRevoked": false }));
        assert_eq!(refusal(&world.approve(&officer, right, VOUCHER, json!({ "firstMonthOn": "2026-09-01" })).await), "APPROVED_ALREADY");
        let select = "enrolment { lastMonthOn isRevoked }";
        let end = |day: Value| json!({ "enrolmentId": id, "lastMonthOn": day });
        let early = world.act(&officer, "enrolmentEnd", end(json!("2026-05-31")), select).await;
        assert_eq!(refusal(&early), "MONTH_INVALID");
        let ended = world.act(&officer, "enrolmentEnd", end(json!("2026-08-15")), select).await;
        assert_eq!(ended["enrolment"], json!({ "lastMonthOn": "2026-08-01", "isRevoked": false }), "{ended}");
        assert_eq!(world.act(&officer, "enrolmentEnd", end(json!("2026-08-31")), select).await, ended);
        let again = world.approve(&officer, right, VOUCHER, json!({ "firstMonthOn": "2026-09-01" })).await;
        assert_eq!(refusal(&again), "", "the months after the end are free");
        let daughter = world.family_of("daughter1", right).await;
        let document = "query($id: ID!) { enrolments(elderId: $id) { firstMonthOn lastMonthOn } }";
        let seen = world.data(&daughter, document, json!({ "id": right.to_string() })).await;
        assert_eq!(seen["enrolments"], json!([
            { "firstMonthOn": "2026-09-01", "lastMonthOn": null }, { "firstMonthOn": "2026-06-01", "lastMonthOn": "2026-08-01" }]));
        assert_eq!(one(&world.entitlements(&daughter, right, "2026-07-09").await, VOUCHER.0, 1)["isEnrolled"], true);
        assert_eq!(one(&world.entitlements(&daughter, right, "2026-05-09").await, VOUCHER.0, 1)["isEnrolled"], false);
    }

    async fn holders_are_approved_and_entitled_by_the_facts_of_the_month(world: World) {
        world.at("2026-06-01 10:00").await;
        let officer = world.officer("officer1", "530111").await;
        let mut elders = Vec::new();
        for (birth, facts) in [
            ("1944-03-01", &[("household_type", "空巢")][..]),
            ("1950-03-01", &[("disability_grade", "1"), ("children_in_city_caring", "否")]),
            ("1925-06-15", &[("household_type", "空巢")]),
            ("1944-03-01", &[("household_type", "空巢")]),
        ] {
            let elder = world.elder("王桂芬", birth).await;
            world.known(elder, facts).await;
            elders.push(elder);
        }
        elders.sort_unstable();
        for elder in &elders[..3] {
            assert_eq!(refusal(&world.approve(&officer, *elder, VOUCHER, json!({})).await), "");
        }
        let told = |holders: Vec<Holder>| {
            holders.into_iter().map(|one| (one.elder_id, one.amount_fen.get(), one.tier)).collect::<Vec<_>>()
        };
        let row = |place: usize, yuan: i64| (elders[place], yuan * 100, format!("{yuan}元"));
        let june = [row(0, 100), row(1, 200), row(2, 300)];
        for limit in [1, 2, 3, 50] {
            assert_eq!(told(all_holders(&world, "2026-06-01", limit).await), june, "{limit} at a time");
        }
        assert_eq!(all_holders(&world, "2026-05-01", 50).await, [], "the approvals begin in June");
        let hundred = world.approve(&officer, elders[3], VOUCHER, json!({ "firstMonthOn": "2026-07-01", "lastMonthOn": "2026-07-01" })).await;
        assert_eq!(refusal(&hundred), "");
        assert_eq!(all_holders(&world, "2026-07-01", 50).await.len(), 4);
        assert_eq!(all_holders(&world, "2026-08-01", 50).await.len(), 3);
        world.enter(&officer, elders[0], ("household_type", &["与家人同住"]), json!({ "fromOn": "2026-07-15" })).await;
        assert_eq!(all_holders(&world, "2026-07-01", 50).await.len(), 4, "the facts of the 1st count");
        assert_eq!(told(all_holders(&world, "2026-08-01", 50).await), june[1..]);
        let sum: Fen = all_holders(&world, "2026-07-01", 2).await.iter().map(|holder| holder.amount_fen).sum();
        assert_eq!(sum.get(), 70_000);
    }

    async fn a_community_sees_who_does_not_use_what_he_is_entitled_to(world: World) {
        world.at("2026-06-01 10:00").await;
        let officer = world.officer("officer1", "530111").await;
        let mut entitled = Vec::new();
        for number in 0..5 {
            let elder = world.elder("王桂芬", "1944-03-01").await;
            let kind = if number == 2 { "与家人同住" } else { "空巢" };
            world.known(elder, &[("household_type", kind), ("hukou_region", "530111")]).await;
            if number != 2 {
                entitled.push(elder);
            }
        }
        let away = living(&world, "530111007016", "1944-03-01").await;
        world.known(away, &[("household_type", "空巢"), ("hukou_region", "530111")]).await;
        assert_eq!(refusal(&world.approve(&officer, entitled[0], VOUCHER, json!({})).await), "");
        let document = "query($region: String!, $after: String) { entitlementsUnused(regionCode: $region, first: 2, after: $after) { \
            nodes { elderId ageYears entitlements { programmeCode amountFen } } pageInfo { hasNextPage endCursor } } }";
        let asked = async |who: &crate::world::client::Person, region: &str, after: Value| {
            let answer = world.data(who, document, json!({ "region": region, "after": after })).await;
            answer["entitlementsUnused"].clone()
        };
        let desk = world.desk("desk1").await;
        let looks = world.number("count(*) FROM data_access").await;
        let first = asked(&desk, "530111004009", json!(null)).await;
        let row = |elder: ElderId| json!({ "elderId": elder.to_string(), "ageYears": 82,
            "entitlements": [{ "programmeCode": VOUCHER.0, "amountFen": 10_000 }] });
        assert_eq!(first["nodes"], json!([row(entitled[1]), row(entitled[2])]));
        assert_eq!(first["pageInfo"]["hasNextPage"], true);
        assert_eq!(world.number("count(*) FROM data_access").await - looks, 2, "each one shown is written down");
        let second = asked(&desk, "530111004009", first["pageInfo"]["endCursor"].clone()).await;
        assert_eq!((&second["nodes"], &second["pageInfo"]["hasNextPage"]), (&json!([row(entitled[3])]), &json!(false)));
        assert_eq!(asked(&officer, "530111007", json!(null)).await["nodes"], json!([row(away)]));
        let far = world.officer("officer2", "530115").await;
        assert_eq!(asked(&far, "530111004009", json!(null)).await["nodes"], json!([]));
        let wide = world.ask(Some(&officer), document, json!({ "region": "530111" })).await;
        assert_eq!(wide["errors"][0]["extensions"]["code"], "BAD_REQUEST");
    }
}
