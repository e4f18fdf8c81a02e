//! What else the platform does for the house: phone numbers, codes to print, checks of words, told shipping.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use wechat::mini::{OrderKey, ShippingState};

use crate::on_both;
use crate::world::client::{Person, refusal};
use crate::world::place::order_input;
use crate::world::scene::Scene;
use crate::world::{Backend, World};

const DAY: &str = "2026-06-05";

/// How often the platform was called.
async fn calls(world: &World, path: &str) -> usize {
    world.sim_get(&format!("/sim/journal?path={path}&limit=1000")).await.as_array().unwrap().len()
}

/// The file behind a picture of the contract, as far as it is text.
fn file(code: &Value) -> String {
    let bytes = BASE64.decode(code["picture"].as_str().unwrap_or_else(|| panic!("{code}"))).unwrap();
    assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n"));
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn note_of(world: &World, who: &Person, order: &str) -> Value {
    let document = "query($id: ID!) { mealOrder(id: $id) { note } }";
    world.data(who, document, json!({ "id": order })).await["mealOrder"]["note"].clone()
}

on_both! {
    async fn a_phone_number_comes_from_a_code_that_is_good_once(world: World) {
        let daughter = world.login("daughter1").await;
        let code = world.sim_get("/sim/phone?as=daughter1&number=13800005678").await["code"].clone();
        let bind = async |code: &Value| world.act(&daughter, "phoneBind", json!({ "code": code }), "phone").await;
        assert_eq!(bind(&code).await["phone"], "138****5678");
        assert_eq!(refusal(&bind(&code).await), "CODE_INVALID");
        let index = world.app.seal.index("phone", "13800005678");
        assert_eq!(world.number(&format!("count(*) FROM person_phone WHERE phone_index = '{index}'")).await, 1);
        assert_eq!(world.number("count(*) FROM person_phone WHERE phone_sealed LIKE '%13800005678%'").await, 0);
        world.sim_post("/sim/settings", &json!({ "phone_quota": 0 })).await;
        let next = world.sim_get("/sim/phone?as=daughter1&number=13800005679").await["code"].clone();
        assert_eq!(refusal(&bind(&next).await), "QUOTA_USED_UP");
    }

    async fn codes_are_drawn_once_for_those_who_may_have_them(world: World) {
        let canteen = world.canteen().await;
        let (manager, other) = (world.manager("canteen1", &canteen).await, world.canteen().await);
        let rival = world.manager("canteen2", &other).await;
        let father = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", father).await;
        let stranger = world.login("daughter2").await;
        let path = "/wxa/getwxacodeunlimit";
        let of_canteen = format!("{{ canteenPicture(canteenId: \"{}\") {{ picture }} }}", canteen.id);
        let of_home = format!("{{ homeCardPicture(elderId: \"{father}\") {{ picture }} }}");

        // While the platform is silent there is no picture, and nothing is kept.
        world.misbehave(&json!([{ "effect": "http_503", "path": path, "times": 1 }])).await;
        let none = world.data(&manager, &of_canteen, json!({})).await;
        assert_eq!(none["canteenPicture"], json!({ "picture": null }));
        for _ in 0..3 {
            let drawn = world.data(&manager, &of_canteen, json!({})).await["canteenPicture"].clone();
            let scene = format!("scene\0c={}", nuanyang::kit::ids::encode(canteen.id.0));
            assert!(file(&drawn).contains(&scene));
        }
        assert_eq!(calls(&world, path).await, 2, "the failure, and one that is kept");
        assert_eq!(world.data(&rival, &of_canteen, json!({})).await["canteenPicture"], json!(null));

        let home = world.data(&daughter, &of_home, json!({})).await["homeCardPicture"].clone();
        let text = file(&home);
        assert!(text.contains("scene\0h=") && !text.contains(&nuanyang::kit::ids::encode(father.0)));
        assert_eq!(world.data(&stranger, &of_home, json!({})).await["homeCardPicture"], json!(null));

        let desk = world.desk("desk1").await;
        let input = json!({ "elderId": father.to_string(), "scopes": ["BOOK"], "isForSelf": false });
        let issued = world.act(&desk, "bondCodeIssue", input, "bondCode { code }").await;
        let code = issued["bondCode"]["code"].as_str().unwrap().to_owned();
        let of_bond = format!("{{ bondCodePicture(code: \"{code}\") {{ picture }} }}");
        let drawn = world.data(&desk, &of_bond, json!({})).await["bondCodePicture"].clone();
        assert!(file(&drawn).contains(&format!("scene\0b={code}")));
        assert_eq!(world.data(&daughter, &of_bond, json!({})).await["bondCodePicture"], json!(null));
        world.pass(25 * 3_600).await;
        assert_eq!(world.data(&desk, &of_bond, json!({})).await["bondCodePicture"], json!(null), "run out");
        assert_eq!(calls(&world, path).await, 4);
    }

    async fn an_unlawful_note_is_hidden_from_all_but_its_author(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, DAY, (3, 40)).await;
        let father = world.elder("王桂芬", "1944-03-01").await;
        let (daughter, son) = (world.family_of("daughter1", father).await, world.family_of("son1", father).await);
        world.at("2026-06-04 20:00").await;
        world.login("daughter1").await;
        let mother = world.elder("李秀英", "1944-03-01").await;
        let aunt = world.elder("赵国珍", "1944-03-01").await;
        for elder in [mother, aunt] {
            world.bond(&daughter, elder, 15).await;
            world.bond(&son, elder, 15).await;
        }
        world.misbehave(&json!([{ "effect": "http_503", "path": "/wxa/msg_sec_check", "times": 3 }])).await;
        let mut orders = Vec::new();
        for (key, elder, note) in [("1", father, "少盐"), ("2", mother, "一起赌 博吗"), ("3", aunt, "加微信再说")] {
            let mut input = order_input(key, elder, slot, ("DINE_IN", canteen.lunch));
            input["note"] = json!(note);
            orders.push(world.place(&daughter, input).await["order"]["id"].as_str().unwrap().to_owned());
        }
        world.work().await;
        assert_eq!(note_of(&world, &son, &orders[1]).await, "一起赌 博吗", "the kitchen may need it; nobody has judged yet");
        for _ in 0..3 {
            world.pass(61).await;
            world.work().await;
        }
        assert_eq!(note_of(&world, &son, &orders[0]).await, "少盐");
        assert_eq!(note_of(&world, &son, &orders[1]).await, json!(null));
        assert_eq!(note_of(&world, &daughter, &orders[1]).await, "一起赌 博吗", "its author reads it");
        assert_eq!(note_of(&world, &son, &orders[2]).await, "加微信再说");
        for (state, reason) in [("VISIBLE", "reason IS NULL"), ("HIDDEN", "reason LIKE '%20006%'"), ("PENDING", "reason LIKE '%10001%'")] {
            let kept = format!("count(*) FROM text_check WHERE state = '{state}' AND {reason}");
            assert_eq!(world.number(&kept).await, 1, "{state}");
        }
        assert_eq!(world.number("count(*) FROM event WHERE name = 'words_risky'").await, 1);
        assert_eq!(world.number("count(*) FROM text_check WHERE words_sealed LIKE '%赌%'").await, 0);
    }

    async fn an_unlawful_objection_stands_but_its_words_are_hidden(world: World) {
        let it = Scene::new(&world).await;
        let son = world.login("son1").await;
        world.bond(&son, it.elder, 15).await;
        let order = it.done(&world).await;
        world.login("daughter1").await;
        let words = json!({ "reason": "骗子，去死" });
        let said = world.on_visit(&it.daughter, "serviceOrderDispute", &order, words).await;
        assert_eq!(said["order"]["state"], "DISPUTED", "{said}");
        world.work().await;
        let reason = async |who: &Person| {
            let seen = world.visit(who, &order).await;
            let lines = seen["timeline"].as_array().unwrap().clone();
            lines.into_iter().find(|line| line["name"] == "dispute").unwrap()["reason"].clone()
        };
        assert_eq!((reason(&it.daughter).await, reason(&son).await), (json!("骗子，去死"), json!(null)));
    }

    async fn what_a_carer_or_a_kitchen_says_to_the_family_is_read_by_the_platform(world: World) {
        let it = Scene::new(&world).await;
        let order = it.accepted(&world).await;
        let reason = async |who: &Person, name: &str| {
            let seen = world.visit(who, &order).await;
            let lines = seen["timeline"].as_array().unwrap().clone();
            lines.into_iter().rfind(|line| line["name"] == name).map(|line| line["reason"].clone())
        };
        world.login(&it.near.name).await;
        let off = json!({ "reason": "骗子，去死" });
        let off = world.on_visit(&it.near, "visitCallOff", &order, off).await;
        assert_eq!(off["order"]["state"], "PAID", "{off}");
        world.work().await;
        assert_eq!(reason(&it.daughter, "provider_cancel").await, Some(json!(null)));

        let canteen = world.canteen().await;
        let manager = world.manager("canteen1", &canteen).await;
        let slot = world.lunch(&canteen, &(world.app.clock.today() + chrono::Days::new(2)).to_string(), (3, 40)).await;
        let mut told = Vec::new();
        for (key, words) in [("11", "停水了，对不起"), ("12", "骗子，去死")] {
            let meal = world.paid(&it.daughter, order_input(key, it.elder, slot, ("DINE_IN", canteen.lunch))).await;
            world.login(&manager.name).await;
            let input = json!({ "orderId": meal, "reason": words });
            world.act(&manager, "mealOrderWithdraw", input, "order { state }").await;
            world.work().await;
            let document = "query($id: ID!) { mealOrder(id: $id) { timeline { name reason } } }";
            let seen = world.data(&it.daughter, document, json!({ "id": meal })).await;
            let lines = seen["mealOrder"]["timeline"].as_array().unwrap().clone();
            told.push(lines.into_iter().find(|line| line["name"] == "canteen_cancel").unwrap()["reason"].clone());
        }
        assert_eq!(told, [json!("停水了，对不起"), json!(null)]);
    }

    async fn an_unlawful_wish_to_correct_is_answered_without_being_read(world: World) {
        let father = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", father).await;
        let officer = world.officer("officer1", "530111").await;
        let mut ids = Vec::new();
        for (field, words) in [("dementia", "没有失智"), ("household_type", "骗子，去死")] {
            let wish = json!({ "requestKey": crate::world::contract::fresh_key(), "elderId": father.to_string(),
                "fieldCode": field, "words": words });
            let asked = world.act(&daughter, "factCorrectionAsk", wish, "correction { id words }").await;
            assert_eq!(asked["correction"]["words"], words, "{asked}");
            ids.push(asked["correction"]["id"].clone());
        }
        world.work().await;
        let document = "{ factCorrectionsOpen(first: 10) { nodes { id words } } }";
        let open = world.data(&officer, document, json!({})).await["factCorrectionsOpen"]["nodes"].clone();
        let words = |id: &Value| open.as_array().unwrap().iter().find(|one| one["id"] == *id).unwrap()["words"].clone();
        assert_eq!(words(&ids[0]), "没有失智");
        assert_eq!(words(&ids[1]), "（内容未通过微信安全检查，已隐藏）");
        let answer = json!({ "correctionId": ids[1], "answer": "请用平常的话再写一次" });
        let said = world.act(&officer, "factCorrectionAnswer", answer, "correction { state words }").await;
        assert_eq!(said["correction"], json!({ "state": "REFUSED", "words": "（内容未通过微信安全检查，已隐藏）" }), "{said}");
    }
}

async fn shipping(backend: Backend) {
    let world = World::with(backend, |settings| {
        settings.insert("wechat_ships_orders".into(), "true".into());
    })
    .await;
    let canteen = world.canteen().await;
    let slot = world.lunch(&canteen, DAY, (7, 40)).await;
    let manager = world.manager("canteen1", &canteen).await;
    let father = world.elder("王桂芬", "1944-03-01").await;
    let mother = world.elder("李秀英", "1944-03-01").await;
    let daughter = world.family_of("daughter1", father).await;
    world.bond(&daughter, mother, 15).await;
    world.at("2026-06-04 20:00").await;
    let served = world.paid(&daughter, order_input("1", father, slot, ("DINE_IN", canteen.lunch))).await;
    let gone = world.paid(&daughter, order_input("2", mother, slot, ("DINE_IN", canteen.lunch))).await;
    let key = async |order: &str| {
        let id: nuanyang::kit::ids::OrderId = order.parse().unwrap();
        let attempts = nuanyang::money::store::attempt::of_order(world.app.db.write(), id).await.unwrap();
        let mchid = world.app.config.wechat_mchid.clone();
        OrderKey::Ours { mchid, out_trade_no: attempts[0].out_trade_no.clone() }
    };
    let state = async |order: &str| {
        world.app.mini.shipping_order(&key(order).await).await.unwrap().map(|order| order.state)
    };
    world.at("2026-06-05 11:30").await;
    assert_eq!(state(&served).await, Some(ShippingState::ToShip), "paid is not shipped");
    let path = "/wxa/sec/order/upload_shipping_info";
    let fault = async |effect: &str| {
        let rule = json!([{ "effect": effect, "value": 10_060_001, "path": path, "times": 1 }]);
        world.misbehave(&rule).await;
    };
    fault("errcode").await;
    let code = world.order(&daughter, &served).await["servingCode"].clone();
    world.serve(&manager, &canteen, json!({ "code": code })).await;
    world.work().await;
    assert_eq!(state(&served).await, Some(ShippingState::ToShip), "not imported yet");
    for effect in ["http_502", "answer_lost"] {
        fault(effect).await;
        world.pass(600).await;
        world.work().await;
    }
    world.pass(3_600).await;
    world.work().await;
    assert_eq!(state(&served).await, Some(ShippingState::Shipped));
    assert_eq!(state(&gone).await, Some(ShippingState::ToShip), "nobody came for it");
    let known = calls(&world, path).await;
    world.at("2026-06-06 09:00").await;
    assert_eq!(calls(&world, path).await, known, "told once");
    assert_eq!(known, 4, "three tries that failed one way or another, and the last");
}

/// What the platform was told of an order.
async fn shipped(world: &World, order: &str) -> Option<ShippingState> {
    let id: nuanyang::kit::ids::OrderId = order.parse().unwrap();
    let attempts = nuanyang::money::store::attempt::of_order(world.app.db.write(), id).await.unwrap();
    let mchid = world.app.config.wechat_mchid.clone();
    let key = OrderKey::Ours { mchid, out_trade_no: attempts[0].out_trade_no.clone() };
    world.app.mini.shipping_order(&key).await.unwrap().map(|order| order.state)
}

async fn shipping_of_visits(backend: Backend) {
    let world = World::with(backend, |settings| {
        settings.insert("wechat_ships_orders".into(), "true".into());
    })
    .await;
    let it = Scene::new(&world).await;
    let order = it.accepted(&world).await;
    let code = world.visit(&it.daughter, &order).await["visitCode"].clone();
    world.at("2026-06-04 09:00").await;
    let proof = json!({ "place": world.at_home(10), "code": code });
    world.on_visit(&it.near, "visitCheckIn", &order, proof).await;
    world.work().await;
    let path = "/wxa/sec/order/upload_shipping_info";
    assert_eq!(
        (shipped(&world, &order).await, calls(&world, path).await),
        (Some(ShippingState::ToShip), 0),
        "not done yet"
    );
    world.at("2026-06-04 11:00").await;
    world.misbehave(&json!([{ "effect": "http_502", "path": path, "times": 1 }])).await;
    let leave = json!({ "place": world.at_home(10), "tasks": crate::world::scene::tasks() });
    world.on_visit(&it.near, "visitCheckOut", &order, leave).await;
    world.work().await;
    assert_eq!(shipped(&world, &order).await, Some(ShippingState::ToShip), "the platform was sick");
    for _ in 0..4 {
        world.pass(601).await;
        world.work().await;
    }
    assert_eq!(shipped(&world, &order).await, Some(ShippingState::Shipped), "a visit without a parcel");
    let known = calls(&world, path).await;
    world.at("2026-06-06 09:00").await;
    assert_eq!((known, calls(&world, path).await), (2, 2), "one failure, then told once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visit_is_told_to_the_platform_when_it_is_done_on_sqlite() {
    shipping_of_visits(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visit_is_told_to_the_platform_when_it_is_done_on_postgres() {
    shipping_of_visits(Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_carried_out_order_is_told_to_the_platform_until_it_knows_on_sqlite() {
    shipping(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_carried_out_order_is_told_to_the_platform_until_it_knows_on_postgres() {
    shipping(Backend::Postgres).await;
}
