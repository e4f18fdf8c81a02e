//! An elder's own list of who saw what of him, when and why.

use entities::enums::Role;
use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::client::Person;
use crate::world::scene::Scene;

const LIST: &str = "query($id: ID!, $first: Int, $after: String) { dataAccesses(elderId: $id, first: $first, after: $after) { \
    nodes { readAt what why reader readerName organisation } pageInfo { hasNextPage endCursor } } }";

async fn list(world: &World, who: &Person, elder: &str, more: Value) -> Value {
    let mut variables = json!({ "id": elder });
    for (name, value) in more.as_object().unwrap() {
        variables[name] = value.clone();
    }
    world.data(who, LIST, variables).await["dataAccesses"].clone()
}

/// The elder's own account.
async fn herself(world: &World, it: &Scene) -> Person {
    let herself = world.with_role("elder1", Role::Elder, (None, None)).await;
    let values = [it.elder.0.into(), herself.said.person.0.into()];
    let sql = "UPDATE elder SET person_id = $2 WHERE id = $1";
    nuanyang::kit::db::execute(world.app.db.write(), sql, values).await.unwrap();
    herself
}

on_both! {
    async fn what_the_desk_looks_at_stands_in_the_list_once_an_hour(world: World) {
        let it = Scene::new(&world).await;
        let elder = it.elder.to_string();
        let herself = herself(&world, &it).await;
        it.paid(&world).await;
        let desk = world.desk("desk1").await;
        let officer = world.officer("officer1", "530111").await;
        let look = "query($id: ID!) { eldersFound(by: { name: \"王桂芬\" }) { id name phone } serviceOrders(elderId: $id) { nodes { id } } \
            vouchers(elderId: $id) { nodes { id } } consents(elderId: $id) { purpose } }";
        let statements = world.app.db.statements();
        let found = world.data(&desk, look, json!({ "id": elder })).await;
        assert_eq!(found["eldersFound"][0]["id"], elder, "{found}");
        println!("{} statements", world.app.db.statements() - statements);
        world.data(&desk, look, json!({ "id": elder })).await;
        let own = "query($id: ID!) { vouchers(elderId: $id) { nodes { id } } }";
        world.data(&officer, own, json!({ "id": elder })).await;
        // Only whether somebody of the name is there: nothing of him was told.
        world.data(&desk, "{ eldersFound(by: { name: \"王桂芬\" }) { id } }", json!({})).await;
        // Family looks at what it may, and is no entry.
        world.data(&it.daughter, own, json!({ "id": elder })).await;
        let told = async || {
            let seen = list(&world, &herself, &elder, json!({})).await;
            let mut told: Vec<_> = seen["nodes"].as_array().unwrap().iter()
                .map(|node| (node["reader"].as_str().unwrap().to_owned(), node["what"].as_str().unwrap().to_owned())).collect();
            told.sort();
            told
        };
        let of = |reader: &str, what: &str| (reader.to_owned(), what.to_owned());
        assert_eq!(told().await, [
            of("服务台", "姓名、电话和地址"), of("服务台", "授权同意记录"), of("服务台", "服务券余额和用途"),
            of("服务台", "订餐和上门订单"), of("民政经办人", "服务券余额和用途"),
        ]);
        world.pass(3_601).await;
        world.data(&desk, look, json!({ "id": elder })).await;
        assert_eq!(told().await.len(), 9, "an hour later it is told again");
    }

    async fn an_elder_reads_who_saw_what_of_him_the_newest_first(world: World) {
        let it = Scene::new(&world).await;
        let elder = it.elder.to_string();
        let herself = herself(&world, &it).await;
        assert_eq!(list(&world, &herself, &elder, json!({})).await["nodes"], json!([]));

        let order = it.accepted(&world).await;
        assert_eq!(world.visit(&it.near, &order).await["home"]["name"], "王桂芬");
        world.pass(60).await;
        let document = "query($id: ID!) { viewer { elder(id: $id) { dietaryNeeds } } }";
        world.data(&it.daughter, document, json!({ "id": elder })).await;
        world.pass(60).await;
        let desk = world.desk("desk1").await;
        world.archive(&desk, it.elder).await;
        world.pass(60).await;
        // Her own readings are nobody's business, and leave nothing.
        world.data(&herself, document, json!({ "id": elder })).await;
        world.archive(&herself, it.elder).await;

        let seen = list(&world, &herself, &elder, json!({})).await;
        let at = |second: i64| {
            let at = crate::world::shanghai("2026-06-01 10:00") + chrono::Duration::seconds(second);
            json!(at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
        };
        // The carer read it when he said yes, and once more.
        let carer = json!({ "readAt": at(0), "what": "上门信息（姓名、电话、地址、照护备注）", "why": "履行订单",
            "reader": "护理员或食堂员工", "readerName": "李**", "organisation": "演示居家服务公司" });
        assert_eq!(seen["nodes"], json!([
            { "readAt": at(120), "what": "老人档案", "why": "照护和办理待遇", "reader": "服务台", "readerName": null,
              "organisation": "官渡区" },
            { "readAt": at(60), "what": "忌口和过敏", "why": "照护和办理待遇", "reader": "子女", "readerName": null,
              "organisation": null },
            carer, carer,
        ]));
        // Page by page it is the same list.
        let first = list(&world, &herself, &elder, json!({ "first": 2 })).await;
        assert_eq!((&first["nodes"][1], &first["pageInfo"]["hasNextPage"]), (&seen["nodes"][1], &json!(true)));
        let second = list(&world, &herself, &elder, json!({ "first": 2, "after": first["pageInfo"]["endCursor"] })).await;
        assert_eq!((&second["nodes"], &second["pageInfo"]["hasNextPage"]), (&json!([carer, carer]), &json!(false)));

        // The desk may help him with it, and stands in the list itself; others see nothing.
        let shown = list(&world, &desk, &elder, json!({})).await;
        assert_eq!((&shown["nodes"][0]["what"], &shown["nodes"][0]["why"]), (&json!("资料查看记录"), &json!("应本人或监护人要求办理")));
        assert_eq!(shown["nodes"].as_array().unwrap().len(), 5);
        let guardian = world.login("daughter2").await;
        world.bond(&guardian, it.elder, 31).await;
        assert_eq!(list(&world, &guardian, &elder, json!({})).await["nodes"], shown["nodes"]);
        let far = world.desk_of("desk2", "5302").await;
        for stranger in [&it.daughter, &far] {
            assert_eq!(list(&world, stranger, &elder, json!({})).await["nodes"], json!([]), "{}", stranger.name);
        }
        assert_eq!(world.number("count(*) FROM data_access").await, 5);
    }

    async fn acts_that_show_health_data_leave_a_row_too(world: World) {
        world.at("2026-06-01 10:00").await;
        let elder = world.elder("王桂芬", "1944-03-01").await;
        world.known(elder, &[("household_type", "空巢")]).await;
        let officer = world.officer("officer1", "530111").await;
        let looks = "count(*) FROM data_access WHERE field = 'entitlements'";
        let before = world.number(looks).await;
        world.approve(&officer, elder, ("guandu_home_care_voucher", "home_care_voucher"), json!({})).await;
        assert_eq!(world.number(looks).await, before + 1, "an approval is decided by what is known of him");
        let daughter = world.family_of("daughter1", elder).await;
        let wish = json!({ "requestKey": crate::world::contract::fresh_key(), "elderId": elder.to_string(),
            "fieldCode": "dementia", "words": "没有这个病" });
        let asked = world.act(&daughter, "factCorrectionAsk", wish, "correction { id }").await;
        let answer = json!({ "correctionId": asked["correction"]["id"], "answer": "已核对，维持原样" });
        let answered = world.act(&officer, "factCorrectionAnswer", answer, "correction { words state }").await;
        assert_eq!(answered["correction"]["words"], "没有这个病", "{answered}");
        assert_eq!(world.number("count(*) FROM data_access WHERE field = 'factCorrections'").await, 1);
    }
}
