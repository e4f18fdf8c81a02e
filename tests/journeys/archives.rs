//! What is known of an elder: entered, kept, read, corrected, loaded from a file.

use entities::enums::Role;
use nuanyang::import::{ImportFailure, Kind, import};
use serde_json::json;

use crate::on_both;
use crate::world::client::refusal;
use crate::world::contract::fresh_key;

fn told(failure: ImportFailure) -> Vec<String> {
    failure.to_string().lines().skip(1).map(str::to_owned).collect()
}

on_both! {
    async fn a_fact_is_entered_kept_and_put_aside_by_a_newer_one(world: World) {
        world.at("2026-06-01 10:00").await;
        let elder = world.elder("王桂芬", "1944-03-01").await;
        let (desk, assessor) = (world.desk("desk1").await, world.assessor("assessor1").await);
        let first = world.enter(&desk, elder, ("household_type", &["空巢"]), json!({})).await;
        let wanted = json!({ "id": first["fact"]["id"], "text": "空巢", "fromOn": "2026-05-01", "validUntilOn": null, "isStanding": true });
        assert_eq!(first["fact"], wanted, "{first}");
        let more = json!({ "fromOn": "2026-06-01", "validUntilOn": "2026-12-31" });
        world.enter(&assessor, elder, ("household_type", &["living_alone"]), more).await;
        world.enter(&desk, elder, ("household_type", &["与家人同住"]), json!({ "fromOn": "2026-05-20" })).await;
        let seen = world.archive(&desk, elder).await;
        let words = |list: &serde_json::Value| {
            let nodes = list.as_array().unwrap().iter();
            nodes.map(|fact| (fact["text"].as_str().unwrap().to_owned(), fact["isStanding"] == true)).collect::<Vec<_>>()
        };
        let own = |text: &str, stands| (text.to_owned(), stands);
        assert_eq!(words(&seen["facts"]), [own("空巢", true), own("与家人同住", true)]);
        let all = [own("空巢", true), own("独居", false), own("与家人同住", true)];
        assert_eq!(words(&seen["history"]["nodes"]), all, "nothing is overwritten");
        for (code, values, more, refused) in [
            ("age", &["80"][..], json!({}), "FIELD_UNKNOWN"),
            ("shoe_size", &["40"], json!({}), "FIELD_UNKNOWN"),
            ("disability_grade", &["7"], json!({}), "VALUE_INVALID"),
            ("household_type", &["空巢", "独居"], json!({}), "VALUE_INVALID"),
            ("dementia", &["是"], json!({ "fromOn": "1940-01-01" }), "PERIOD_INVALID"),
            ("dementia", &["是"], json!({ "validUntilOn": "2026-04-30" }), "PERIOD_INVALID"),
            ("dementia", &["是"], json!({ "source": " " }), "SOURCE_MISSING"),
        ] {
            let payload = world.enter(&desk, elder, (code, values), more).await;
            assert_eq!(refusal(&payload), refused, "{payload}");
        }
        let wrong = world.enter(&desk, elder, ("disability_grade", &["7"]), json!({})).await;
        assert_eq!(wrong["userErrors"][0]["message"], "“残疾等级”不能填“7”，应为1到4的整数");
        assert_eq!(world.number("count(*) FROM elder_fact").await, 3);
        let key = fresh_key();
        let input = |value: &str| json!({ "requestKey": key, "elderId": elder.to_string(), "fact": {
            "fieldCode": "dementia", "values": [value], "fromOn": "2026-05-01", "source": "病历" } });
        let once = world.act(&desk, "factEnter", input("是"), "fact { id }").await;
        assert_eq!(world.act(&desk, "factEnter", input("是"), "fact { id }").await, once);
        assert_eq!(refusal(&world.act(&desk, "factEnter", input("否"), "fact { id }").await), "REQUEST_KEY_REUSED");
        let sealed: i64 = world.number("count(*) FROM elder_fact WHERE value_sealed LIKE '%living%'").await;
        assert_eq!(sealed, 0, "values are sealed");
    }

    async fn an_archive_is_open_to_those_whom_it_concerns_and_each_look_is_written_down(world: World) {
        world.at("2026-06-01 10:00").await;
        let elder = world.elder("王桂芬", "1944-03-01").await;
        world.known(elder, &[("disability_grade", "2")]).await;
        let herself = world.with_role("elder1", Role::Elder, (None, None)).await;
        let values = [elder.0.into(), herself.said.person.0.into()];
        nuanyang::kit::db::execute(world.app.db.write(), "UPDATE elder SET person_id = $2 WHERE id = $1", values)
            .await
            .unwrap();
        let (daughter, son) = (world.family_of("daughter1", elder).await, world.login("son1").await);
        world.bond(&son, elder, 7).await;
        let readers = [
            (&herself, true, 0),
            (&daughter, true, 1),
            (&world.desk("desk1").await, true, 1),
            (&world.assessor("assessor1").await, true, 1),
            (&world.officer("officer1", "5301").await, true, 1),
            (&son, false, 0),
            (&world.officer("officer2", "5302").await, false, 0),
            (&world.with_role("desk2", Role::Desk, (None, Some("530115"))).await, false, 0),
            (&world.login("stranger1").await, false, 0),
        ];
        for (who, may, looks) in readers {
            let before = world.number("count(*) FROM data_access WHERE field = 'archive'").await;
            let seen = world.archive(who, elder).await;
            assert_eq!(seen.is_object(), may, "{}", who.name);
            let after = world.number("count(*) FROM data_access WHERE field = 'archive'").await;
            assert_eq!(after - before, looks, "{}", who.name);
            assert_eq!(!world.entitlements(who, elder, "2026-06-01").await.is_empty(), may, "{}", who.name);
        }
        let looks = world.number("count(*) FROM data_access WHERE field = 'entitlements'").await;
        assert_eq!(looks, 4);
        let far = world.assessor_of("assessor2", "530115").await;
        assert_eq!(refusal(&world.enter(&far, elder, ("dementia", &["是"]), json!({})).await), "ELDER_NOT_FOUND");
    }

    async fn a_daughter_asks_for_a_correction_and_the_officer_answers(world: World) {
        world.at("2026-06-01 10:00").await;
        let elder = world.elder("王桂芬", "1944-03-01").await;
        world.known(elder, &[("household_type", "与家人同住"), ("disability_grade", "3")]).await;
        let daughter = world.family_of("daughter1", elder).await;
        let officer = world.officer("officer1", "530111").await;
        let ask = |field: &str, words: &str| json!({
            "requestKey": fresh_key(), "elderId": elder.to_string(), "fieldCode": field, "words": words });
        let select = "correction { id state answer factId }";
        let mut wishes = Vec::new();
        for (field, words) in [("household_type", "我们都搬走了，母亲一个人住"), ("disability_grade", "应该是二级")] {
            let asked = world.act(&daughter, "factCorrectionAsk", ask(field, words), select).await;
            assert_eq!(asked["correction"]["state"], "OPEN", "{asked}");
            wishes.push(asked["correction"]["id"].as_str().unwrap().to_owned());
        }
        assert_eq!(refusal(&world.act(&daughter, "factCorrectionAsk", ask("age", " "), select).await), "WORDS_MISSING");
        assert_eq!(refusal(&world.act(&daughter, "factCorrectionAsk", ask("x", "不对"), select).await), "FIELD_UNKNOWN");
        let open = "{ factCorrectionsOpen { nodes { id words } } }";
        let listed = world.data(&officer, open, json!({})).await;
        assert_eq!(listed["factCorrectionsOpen"]["nodes"][0], json!({ "id": wishes[0], "words": "我们都搬走了，母亲一个人住" }));
        let far = world.officer("officer2", "530115").await;
        assert_eq!(world.data(&far, open, json!({})).await["factCorrectionsOpen"]["nodes"], json!([]));
        let answer = |wish: &str, words: &str, fact: serde_json::Value| json!({ "correctionId": wish, "answer": words, "fact": fact });
        let right = |field: &str, value: &str| json!({
            "fieldCode": field, "values": [value], "fromOn": "2026-06-01", "source": "入户核实" });
        for (fact, code) in [
            (right("disability_grade", "2"), "FACT_INVALID"),
            (right("household_type", "独自"), "FACT_INVALID"),
        ] {
            let payload = world.act(&officer, "factCorrectionAnswer", answer(&wishes[0], "已更正", fact), select).await;
            assert_eq!(refusal(&payload), code, "{payload}");
        }
        let yes = answer(&wishes[0], "已入户核实，现已更正", right("household_type", "独居"));
        assert_eq!(refusal(&world.act(&far, "factCorrectionAnswer", yes.clone(), select).await), "CORRECTION_NOT_FOUND");
        let done = world.act(&officer, "factCorrectionAnswer", yes.clone(), select).await;
        assert_eq!(done["correction"]["state"], "ACCEPTED", "{done}");
        assert_eq!(world.act(&officer, "factCorrectionAnswer", yes, select).await, done, "repeated, it answers the same");
        let no = answer(&wishes[1], "残疾证上为三级", json!(null));
        let kept = world.act(&officer, "factCorrectionAnswer", no, select).await;
        assert_eq!((&kept["correction"]["state"], &kept["correction"]["factId"]), (&json!("REFUSED"), &json!(null)));
        let late = answer(&wishes[1], "改主意了", right("disability_grade", "2"));
        assert_eq!(refusal(&world.act(&officer, "factCorrectionAnswer", late, select).await), "ANSWERED_ALREADY");
        let seen = world.archive(&daughter, elder).await;
        let texts: Vec<_> = seen["facts"].as_array().unwrap().iter().map(|fact| fact["text"].as_str().unwrap()).collect();
        assert_eq!(texts, ["3级", "与家人同住", "独居"]);
        assert_eq!(seen["corrections"][0]["answer"], "残疾证上为三级");
    }

    async fn facts_and_approvals_come_with_a_file_or_not_at_all(world: World) {
        world.at("2026-06-01 10:00").await;
        let change = |card: &'static str| move |new: &mut nuanyang::people::service::elder::NewElder| new.card_number = Some(card.into());
        let elder = world.elder_like("王桂芬", "1944-03-01", change("CARD-1")).await;
        let young = world.elder_like("李秀兰", "1960-03-01", change("CARD-2")).await;
        let desk = world.desk("desk1").await;
        let header = "card_number,id_number,field,value,from_on,valid_until,source\n";
        let rows = "CARD-1,,household_type,空巢,2026-01-01,,入户登记\nCARD-1,,categories,低保对象;three_nos,2026-01-01,2026-12-31,民政系统\n\
            CARD-2,,disability_grade,无,2026-01-01,,残联\n";
        let file = format!("{header}{rows}");
        let dry = import(&world.app, Kind::Facts, file.as_bytes(), true).await.unwrap();
        assert_eq!(dry.to_string(), "facts: 3 rows, 3 facts about 2 elders entered (dry run: nothing was kept)");
        assert_eq!(world.number("count(*) FROM elder_fact").await, 0);
        assert_eq!(import(&world.app, Kind::Facts, file.as_bytes(), false).await.unwrap().made, "3 facts about 2 elders entered");
        let seen = world.archive(&desk, elder).await;
        assert_eq!(seen["facts"][0]["text"], "低保对象、“三无”老人");
        assert_eq!(world.archive(&desk, young).await["facts"][0]["values"], json!([]));
        let bad = "CARD-9,,household_type,空巢,2026-01-01,,x\n,,household_type,空巢,2026-01-01,,x\nCARD-1,,age,80,2026-01-01,,x\n\
            CARD-1,,dementia,也许,2026-01-01,,x\nCARD-1,,dementia,是,1900-01-01,,x\nCARD-1,,dementia,是,2026-01,,\n";
        let failure = import(&world.app, Kind::Facts, format!("{header}{bad}").as_bytes(), false).await.unwrap_err();
        assert_eq!(told(failure), [
            "row 2 column card_number: is nobody's",
            "row 3 column card_number: is empty, and so is id_number",
            "row 4 column field: there is no field \"age\" to enter",
            "row 5 column value: “失智”不能填“也许”，可填：是、否",
            "row 6 column from_on: is before birth, more than a year ahead, or after valid_until",
            "row 7 column from_on: \"2026-01\" is not a day like 2026-06-01",
            "row 7 column source: is empty",
        ]);
        assert_eq!(world.number("count(*) FROM elder_fact").await, 3, "all rows of a file or none");
        let header = "card_number,id_number,programme,item,from_month,until_month,source\n";
        let voucher = "guandu_home_care_voucher,home_care_voucher";
        let file = format!("{header}CARD-1,,{voucher},2026-06,2026-12,审批表\n");
        let made = import(&world.app, Kind::Enrolments, file.as_bytes(), false).await.unwrap().made;
        assert_eq!(made, "1 approvals of 1 elders entered");
        let file = format!("{header}CARD-1,,{voucher},2026-12,,审批表\nCARD-2,,{voucher},2026-06,,审批表\nCARD-2,,{voucher},2026-13,,审批表\n\
            CARD-1,,xishan_xiyuan_meal_subsidy,meal_subsidy,2026-06,,审批表\n");
        let failure = import(&world.app, Kind::Enrolments, file.as_bytes(), false).await.unwrap_err();
        let lines = told(failure);
        assert_eq!(lines[0], "row 2 column from_month: an approval stands in one of the months");
        assert!(lines[1].starts_with("row 3 column programme: NOT_ENTITLED: "), "{lines:?}");
        assert_eq!(lines[2], "row 4 column from_month: \"2026-13\" is not a month like 2026-06");
        assert_eq!(lines[3], "row 5 column item: is no item of the programme that begins with an approval");
        assert_eq!(world.number("count(*) FROM programme_enrolment").await, 1);
    }
}
