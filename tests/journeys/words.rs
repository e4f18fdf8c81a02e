//! What people write for others is read by the platform's content check: hidden words are seen by their author alone, and the
//! record stays.

use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::acts::id_of;
use crate::world::client::Person;
use crate::world::contract::fresh_key;
use crate::world::homecare::offering_input;
use crate::world::place::{Canteen, HOME, order_input};
use crate::world::scene::{Scene, tasks};

const HIDDEN: &str = "（内容未通过微信安全检查，已隐藏）";
const UNLAWFUL: &str = "骗子，去死";
const DAY: &str = "2026-06-05";

/// Adds a dish and puts it on the lunch menu of the day; its id.
async fn cooks(world: &World, (manager, canteen): (&Person, &Canteen), (code, name): (&str, &str)) -> String {
    let input = json!({ "requestKey": fresh_key(), "canteenId": canteen.id.to_string(), "code": code, "name": name,
        "isMeal": false, "portionGrams": 200, "allergens": [] });
    let added = world.act(manager, "dishAdd", input, "dish { id name }").await;
    assert_eq!(added["dish"]["name"], name, "{added}");
    let dish = added["dish"]["id"].as_str().unwrap().to_owned();
    let price = json!({ "requestKey": fresh_key(), "dishId": dish, "priceFen": 300 });
    world.act(manager, "dishPricePublish", price, "dish { id }").await;
    dish
}

/// Names of the dishes that everybody reads.
async fn menu(world: &World, canteen: &Canteen) -> Vec<Value> {
    let document = "query($id: ID!) { mealSlots(canteenId: $id, first: 1) { nodes { dishes { name } } } }";
    let seen = world.ask(None, document, json!({ "id": canteen.id.to_string() })).await;
    let dishes =
        seen["data"]["mealSlots"]["nodes"][0]["dishes"].as_array().unwrap_or_else(|| panic!("{seen}"));
    dishes.iter().map(|dish| dish["name"].clone()).collect()
}

async fn hidden(world: &World, subject: &str) -> i64 {
    world.number(&format!("count(*) FROM text_check WHERE subject = '{subject}' AND state = 'HIDDEN'")).await
}

on_both! {
    async fn an_unlawful_name_of_a_dish_leaves_menus_and_orders(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, DAY, (3, 40)).await;
        world.at("2026-06-04 20:00").await;
        let manager = world.manager("canteen1", &canteen).await;
        let father = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", father).await;
        let soup = cooks(&world, (&manager, &canteen), ("S1", "青菜豆腐汤")).await;
        let bad = cooks(&world, (&manager, &canteen), ("S2", "赌博套餐")).await;
        let dishes: Vec<String> = vec![canteen.lunch.to_string(), soup, bad.clone()];
        let input = json!({ "canteenId": canteen.id.to_string(), "servedOn": DAY, "period": "LUNCH", "dishIds": dishes });
        world.act(&manager, "menuPublish", input, "menu { dishes { name } }").await;
        assert_eq!(menu(&world, &canteen).await, ["软烂午餐", "青菜豆腐汤", "赌博套餐"], "nobody has judged yet");
        let mut input = order_input("1", father, slot, ("DINE_IN", canteen.lunch));
        input["items"].as_array_mut().unwrap().push(json!({ "dishId": bad }));
        let order = id_of(&world.place(&daughter, input).await);
        world.work().await;
        assert_eq!(menu(&world, &canteen).await, ["软烂午餐", "青菜豆腐汤", HIDDEN]);
        let document = "query($id: ID!) { mealOrder(id: $id) { items { name } } }";
        let seen = world.data(&daughter, document, json!({ "id": order })).await;
        assert_eq!(seen["mealOrder"]["items"], json!([{ "name": "软烂午餐" }, { "name": HIDDEN }]));
        assert_eq!(hidden(&world, "dish").await, 1);
        assert_eq!(world.number("count(*) FROM event WHERE name = 'words_risky'").await, 1);
        assert_eq!(world.number("count(*) FROM text_check WHERE words_sealed LIKE '%赌%'").await, 0);
        let price = json!({ "requestKey": fresh_key(), "dishId": bad, "priceFen": 400 });
        world.pass(1).await;
        let own = world.act(&manager, "dishPricePublish", price, "dish { name }").await;
        assert_eq!(own["dish"]["name"], "赌博套餐", "who runs the kitchen knows what it is called");
    }

    async fn unlawful_words_of_a_provider_are_not_shown_to_families(world: World) {
        world.region(HOME).await;
        let home = world.home_service("homecare1").await;
        let mut ids = Vec::new();
        for (service, content) in [("cleaning_help", "扫地擦桌"), ("home_visit", UNLAWFUL)] {
            let input = offering_input(json!({ "serviceCode": service, "content": content }));
            let added = world.act(&home.manager, "offeringAdd", input, "offering { id }").await;
            ids.push(added["offering"]["id"].clone());
            world.publish(&home.manager, added["offering"]["id"].as_str().unwrap(), 5_000).await;
        }
        let items: Vec<Value> = ids.iter().map(|id| json!({ "offeringId": id, "quantity": 1 })).collect();
        let bundle = json!({ "requestKey": fresh_key(), "content": "两样一起", "items": items, "regionCodes": ["530111"] });
        world.act(&home.manager, "offeringBundleAdd", bundle, "offering { id }").await;
        let contents = async || {
            let document = "{ offerings(regionCode: \"530111\", first: 9) { nodes { content items { content } } } }";
            let seen = world.ask(None, document, json!({})).await["data"]["offerings"]["nodes"].clone();
            let of = |node: &Value| (node["content"].clone(), node["items"].as_array().unwrap().len());
            let last = seen.as_array().unwrap().last().unwrap()["items"].clone();
            (seen.as_array().unwrap().iter().map(of).collect::<Vec<_>>(), last)
        };
        world.work().await;
        let (all, inside) = contents().await;
        assert_eq!(all, [(json!("扫地擦桌"), 0), (json!(HIDDEN), 0), (json!("两样一起"), 2)]);
        assert_eq!(inside, json!([{ "content": "扫地擦桌" }, { "content": HIDDEN }]));
        assert_eq!(hidden(&world, "offering").await, 1);

        let boss = world.login("boss1").await;
        let officer = world.officer("officer1", "530111").await;
        let application = json!({ "requestKey": fresh_key(), "name": "代开发票公司", "kind": "HOME_SERVICE",
            "regionCode": "530111", "phone": "087112345678", "address": "官渡区演示路 8 号" });
        let fields = "provider { id name address decisionReason }";
        let applied = world.act(&boss, "providerApply", application, fields).await["provider"].clone();
        world.login("boss1").await;
        world.work().await;
        let document = format!("query($id: ID!) {{ {} }}", fields.replacen("provider", "provider(id: $id)", 1));
        let seen = async |who: &Person| world.data(who, &document, json!({ "id": applied["id"] })).await["provider"].clone();
        assert_eq!(seen(&officer).await["name"], HIDDEN);
        assert_eq!(seen(&officer).await["address"], "官渡区演示路 8 号");
        let boss = world.login("boss1").await;
        assert_eq!(seen(&boss).await["name"], "代开发票公司", "its author reads it");

        let stopped = json!({ "providerId": home.id.to_string(), "reason": UNLAWFUL });
        let said = world.act(&officer, "providerSuspend", stopped, fields).await;
        assert_eq!(said["provider"]["decisionReason"], UNLAWFUL, "{said}");
        world.work().await;
        let reason = async |who: &Person| {
            let seen = world.data(who, &document, json!({ "id": home.id.to_string() })).await;
            seen["provider"]["decisionReason"].clone()
        };
        assert_eq!((reason(&officer).await, reason(&home.manager).await), (json!(UNLAWFUL), json!(HIDDEN)));
    }

    async fn what_carers_and_their_managers_give_as_reasons_is_read_by_the_platform(world: World) {
        let it = Scene::new(&world).await;
        let order = it.paid(&world).await;
        world.work().await;
        world.login(&it.near.name).await;
        world.on_visit(&it.near, "offerDecline", &order, json!({ "reason": UNLAWFUL })).await;
        world.work().await;
        let timeline = world.visit(&it.daughter, &order).await["timeline"].clone();
        let no = timeline.as_array().unwrap().iter().find(|line| line["name"] == "decline_or_timeout").unwrap();
        assert_eq!(no["reason"], json!(null), "{timeline}");
        let desk = world.desk("desk1").await;
        let offers = "query($id: ID!) { visitOffers(orderId: $id) { state declineReason } }";
        let seen = world.data(&desk, offers, json!({ "id": order })).await["visitOffers"].clone();
        assert_eq!(seen[0], json!({ "state": "DECLINED", "declineReason": HIDDEN }), "{seen}");

        world.login(&it.far.name).await;
        let said = world.on_visit(&it.far, "offerAccept", &order, json!({})).await;
        assert_eq!(said["order"]["state"], "ACCEPTED", "{said}");
        world.at("2026-06-04 09:00").await;
        world.login(&it.far.name).await;
        world.on_visit(&it.far, "visitCheckIn", &order, json!({ "place": world.at_home(10) })).await;
        world.at("2026-06-04 11:00").await;
        world.login(&it.far.name).await;
        let mut answers = tasks();
        answers[0] = json!({ "code": "FLOOR", "isDone": false, "reason": UNLAWFUL });
        let leave = json!({ "place": world.at_home(10), "tasks": answers });
        let left = world.on_visit(&it.far, "visitCheckOut", &order, leave).await;
        assert_eq!(left["order"]["state"], "DONE", "{left}");
        world.work().await;
        let reasons = async |who: &Person| {
            let document = "query($id: ID!) { visitTasks(orderId: $id) { code reason } }";
            let seen = world.data(who, document, json!({ "id": order })).await["visitTasks"].clone();
            let of = |code: &str| seen.as_array().unwrap().iter().find(|task| task["code"] == code).unwrap()["reason"].clone();
            (of("FLOOR"), of("BATHROOM"))
        };
        assert_eq!(reasons(&it.daughter).await, (json!(HIDDEN), json!("老人正在用")));
        assert_eq!(reasons(&it.far).await, (json!(UNLAWFUL), json!("老人正在用")), "its author reads it");

        let home = world.home_service("homecare1").await;
        let officer = world.officer("officer1", "530111").await;
        let carer = world.carer(&home.manager, "陈师傅").await;
        let leave = json!({ "requestKey": fresh_key(), "carerId": carer, "startsAt": "2026-06-10T16:00:00Z",
            "endsAt": "2026-06-11T16:00:00Z", "reason": UNLAWFUL });
        world.act(&home.manager, "carerLeaveAdd", leave, "carer { id }").await;
        world.work().await;
        let document = "query($id: ID!) { carer(id: $id) { leaves { reason } } }";
        let reason = async |who: &Person| {
            world.data(who, document, json!({ "id": carer })).await["carer"]["leaves"][0]["reason"].clone()
        };
        assert_eq!((reason(&home.manager).await, reason(&officer).await), (json!(UNLAWFUL), json!(HIDDEN)));
    }

    async fn what_desk_and_office_write_to_families_is_read_by_the_platform(world: World) {
        let father = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", father).await;
        let (desk, officer) = (world.desk("desk1").await, world.officer("officer1", "530111").await);
        let call = json!({ "elderId": father.to_string() });
        let call = world.act(&daughter, "helpCallStart", call, "call { id }").await["call"]["id"].clone();
        let note = json!({ "callId": call, "note": UNLAWFUL });
        world.act(&desk, "helpCallAcknowledge", note, "call { note }").await;
        let wish = json!({ "requestKey": fresh_key(), "elderId": father.to_string(), "fieldCode": "dementia", "words": "没有失智" });
        let wish = world.act(&daughter, "factCorrectionAsk", wish, "correction { id }").await["correction"]["id"].clone();
        let answer = json!({ "correctionId": wish, "answer": UNLAWFUL });
        let said = world.act(&officer, "factCorrectionAnswer", answer, "correction { answer }").await;
        assert_eq!(said["correction"]["answer"], UNLAWFUL, "{said}");
        world.work().await;
        let notes = async |who: &Person| {
            world.data(who, "{ helpCalls(first: 1) { nodes { note } } }", json!({})).await["helpCalls"]["nodes"][0]["note"].clone()
        };
        assert_eq!((notes(&desk).await, notes(&daughter).await), (json!(UNLAWFUL), json!(HIDDEN)));
        assert_eq!((hidden(&world, "help_call").await, hidden(&world, "fact_correction").await), (1, 1));
        let document = "query($id: ID!) { archive(elderId: $id) { corrections { words answer } } }";
        let seen = world.data(&daughter, document, json!({ "id": father.to_string() })).await;
        assert_eq!(seen["archive"]["corrections"], json!([{ "words": "没有失智", "answer": HIDDEN }]), "{seen}");
    }
}
