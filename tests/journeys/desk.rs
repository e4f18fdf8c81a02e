//! What telephone desk, provider and office do for visits at home.

use entities::enums::Role;
use serde_json::{Value, json};

use crate::on_both;
use crate::world::acts::id_of;
use crate::world::care::visit_input;
use crate::world::client::{Person, refusal};
use crate::world::scene::Scene;
use crate::world::shanghai;

async fn wishes(world: &crate::world::World, who: &Person) -> Value {
    let document = "{ paymentWishes { orderId isMeal elderName dueFen } }";
    world.data(who, document, json!({})).await["paymentWishes"].clone()
}

async fn watched(world: &crate::world::World, who: &Person) -> Vec<String> {
    let found = world.data(who, "{ visitsToWatch { id } }", json!({})).await;
    let rows = found["visitsToWatch"].as_array().unwrap();
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

on_both! {
    async fn the_desk_books_by_telephone_and_the_family_is_asked_to_pay(world: World) {
        let it = Scene::new(&world).await;
        let desk = world.desk("desk1").await;
        let document = "query($name: String!) { found: eldersFound(by: { name: $name }, regionCode: \"530111004009\") { id } \
            elsewhere: eldersFound(by: { name: $name }, regionCode: \"530111001\") { id } }";
        let found = world.data(&desk, document, json!({ "name": "王桂芬" })).await;
        assert_eq!((&found["found"][0]["id"], &found["elsewhere"]), (&json!(it.elder.to_string()), &json!([])), "{found}");
        let mut input = visit_input("1", it.elder, it.cleaning, "2026-06-04 09:00");
        input["callReference"] = json!("录音 20260601-0031");
        let placed = world.act(&desk, "serviceOrderPlace", input, "order { id channel state }").await;
        assert_eq!(placed["order"]["channel"], "DESK", "{placed}");
        let order = id_of(&placed);
        assert_eq!(wishes(&world, &it.daughter).await, json!([]), "nobody has asked yet");
        let ask = json!({ "orderId": order });
        for _ in 0..2 {
            let asked = world.act(&desk, "paymentRequest", ask.clone(), "payment { isSettled }").await;
            assert_eq!(asked["payment"]["isSettled"], false, "{asked}");
        }
        let wish = json!([{ "orderId": order, "isMeal": false, "elderName": "王桂芬", "dueFen": 8_000 }]);
        assert_eq!(wishes(&world, &it.daughter).await, wish);
        let stranger = world.login("stranger").await;
        assert_eq!(wishes(&world, &stranger).await, json!([]));
        world.pay(&it.daughter, &order).await;
        assert_eq!(wishes(&world, &it.daughter).await, json!([]), "it is paid");
        assert_eq!(refusal(&world.act(&desk, "paymentRequest", ask, "payment { isSettled }").await), "NOTHING_TO_PAY");
        world.work().await;
        world.on_visit(&it.near, "offerAccept", &order, json!({})).await;
        let later = json!({ "startsAt": shanghai("2026-06-05 09:00").to_rfc3339() });
        let moved = world.on_visit(&desk, "serviceOrderReschedule", &order, later).await;
        assert_eq!(moved["order"]["startsAt"], "2026-06-05T01:00:00Z", "{moved}");
        let gone = world.on_visit(&desk, "serviceOrderCancel", &order, json!({ "expectedFeeFen": 0 })).await;
        assert_eq!(gone["order"]["state"], "CANCELLED", "{gone}");
        world.rest().await;
        world.assert_books().await;
    }

    async fn nobody_is_asked_to_pay_for_an_elder_without_a_payer(world: World) {
        let it = Scene::new(&world).await;
        let desk = world.desk("desk1").await;
        let alone = world.elder("李秀兰", "1945-05-05").await;
        let input = visit_input("1", alone, it.cleaning, "2026-06-04 09:00");
        let order = id_of(&world.act(&desk, "serviceOrderPlace", input, "order { id }").await);
        let asked = world.act(&desk, "paymentRequest", json!({ "orderId": order }), "payment { isSettled }").await;
        assert_eq!(refusal(&asked), "NOBODY_PAYS");
    }

    async fn the_family_sees_how_far_the_carer_is_and_nothing_stays_of_the_way(world: World) {
        let it = Scene::new(&world).await;
        let order = it.accepted(&world).await;
        let there = |metres: i32| json!({ "place": world.at_home(metres) });
        assert_eq!(refusal(&world.on_visit(&it.near, "visitWayTell", &order, there(2_000)).await), "WRONG_STATE");
        world.at("2026-06-04 08:40").await;
        world.on_visit(&it.near, "visitSetOut", &order, json!({})).await;
        let arrival = async |who: &Person| {
            let document = "query($id: ID!) { serviceOrder(id: $id) { arrival { distanceMetres arrivesAt } } }";
            world.data(who, document, json!({ "id": order })).await["serviceOrder"]["arrival"].clone()
        };
        assert_eq!(arrival(&it.daughter).await, json!(null), "not told yet");
        assert_eq!(refusal(&world.on_visit(&it.far, "visitWayTell", &order, there(2_000)).await), "ORDER_NOT_FOUND");
        assert_eq!(refusal(&world.on_visit(&it.near, "visitWayTell", &order, json!({ "place": {} })).await), "PLACE_MISSING");
        world.on_visit(&it.near, "visitWayTell", &order, there(5_000)).await;
        world.on_visit(&it.near, "visitWayTell", &order, there(2_000)).await;
        let seen = arrival(&it.daughter).await;
        let metres = seen["distanceMetres"].as_i64().unwrap();
        assert!((1_950..=2_050).contains(&metres), "{seen}");
        let minutes = (metres + 249) / 250;
        assert_eq!(seen["arrivesAt"], format!("2026-06-04T00:{}:00Z", 40 + minutes), "{seen}");
        assert_eq!(arrival(&it.near).await, json!(null), "only the family is told");
        world.at("2026-06-04 09:00").await;
        world.on_visit(&it.near, "visitCheckIn", &order, there(5)).await;
        assert_eq!((arrival(&it.daughter).await, world.number("count(*) FROM carer_way").await), (json!(null), 0));
    }

    async fn what_needs_somebody_is_on_the_list_of_the_branch_and_nowhere_else(world: World) {
        let it = Scene::new(&world).await;
        let (desk, officer) = (world.desk("desk1").await, world.officer("officer1", "530111").await);
        let elsewhere = world.officer("officer2", "530112").await;
        let manager = world.with_role("manager1", Role::ProviderManager, (Some(it.agency.id.0), None)).await;
        let order = it.accepted(&world).await;
        let days = async |day: &str| {
            let document = "query($day: Date!) { providerVisits(visitOn: $day) { id elder { name } home { address } } }";
            world.data(&manager, document, json!({ "day": day })).await["providerVisits"].clone()
        };
        let own = days("2026-06-04").await;
        assert_eq!((&own[0]["id"], &own[0]["elder"]["name"], &own[0]["home"]), (&json!(order), &json!("王**"), &json!(null)), "{own}");
        assert_eq!(days("2026-06-05").await, json!([]));
        assert!(watched(&world, &desk).await.is_empty());
        world.at("2026-06-04 09:16").await;
        for who in [&desk, &officer] {
            assert_eq!(watched(&world, who).await, std::slice::from_ref(&order), "late");
        }
        assert!(watched(&world, &elsewhere).await.is_empty());
        world.on_visit(&it.near, "visitCheckIn", &order, json!({ "place": world.at_home(5) })).await;
        assert!(watched(&world, &desk).await.is_empty(), "he has come");
        world.at("2026-06-04 11:00").await;
        let leave = json!({ "place": world.at_home(5), "tasks": crate::world::scene::tasks() });
        world.on_visit(&it.near, "visitCheckOut", &order, leave).await;
        world.on_visit(&it.daughter, "serviceOrderDispute", &order, json!({ "reason": "没有打扫" })).await;
        assert_eq!(watched(&world, &officer).await, std::slice::from_ref(&order), "somebody objects");
        let ending = json!({ "ending": "FULL_REFUND", "reason": "照片为证" });
        assert_eq!(refusal(&world.on_visit(&elsewhere, "serviceOrderResolve", &order, ending.clone()).await), "ORDER_NOT_FOUND");
        let ended = world.on_visit(&officer, "serviceOrderResolve", &order, ending).await;
        assert_eq!(ended["order"]["state"], "REFUNDED", "{ended}");
        assert_eq!((&ended["order"]["visitCode"], &ended["order"]["home"]), (&json!(null), &json!(null)), "an officer sees no more");
        assert!(watched(&world, &officer).await.is_empty());
        world.rest().await;
        world.assert_books().await;
    }
}
