//! A carer who cannot come any more: others are asked at once, or the money goes back; nobody waits at a closed door.

use serde_json::{Value, json};

use crate::on_both;
use crate::world::client::Person;
use crate::world::scene::Scene;
use crate::world::{World, shanghai};

async fn manager(world: &World, it: &Scene) -> Person {
    world.with_role("manager1", entities::enums::Role::ProviderManager, (Some(it.agency.id.0), None)).await
}

/// Which carer of the two has the visit in his list.
async fn asked(world: &World, it: &Scene) -> [bool; 2] {
    let mut found = [false; 2];
    for (place, who) in [&it.near, &it.far].into_iter().enumerate() {
        let list: Value = world.data(who, "{ myVisits { id } }", json!({})).await;
        found[place] = !list["myVisits"].as_array().unwrap().is_empty();
    }
    found
}

on_both! {
    async fn leave_sends_the_accepted_visit_to_the_next_carer(world: World) {
        let it = Scene::new(&world).await;
        let order = it.accepted(&world).await;
        let boss = manager(&world, &it).await;
        let near = world.carer_id(&it.near).await;
        let leave = |from: &str, until: &str, key: &str| json!({
            "requestKey": format!("test-leave-{key:0>8}"), "carerId": near, "reason": "家里有事",
            "startsAt": shanghai(from).to_rfc3339(), "endsAt": shanghai(until).to_rfc3339(),
        });
        world.act(&boss, "carerLeaveAdd", leave("2026-06-05 00:00", "2026-06-06 00:00", "1"), "carer { id }").await;
        world.work().await;
        assert_eq!(it.state(&world, &order).await, "ACCEPTED", "another day");
        world.act(&boss, "carerLeaveAdd", leave("2026-06-04 10:00", "2026-06-04 12:00", "2"), "carer { id }").await;
        world.work().await;
        assert_eq!((it.state(&world, &order).await.as_str(), asked(&world, &it).await), ("OFFERED", [false, true]));
        world.on_visit(&it.far, "offerAccept", &order, json!({})).await;
        assert_eq!(it.state(&world, &order).await, "ACCEPTED");
        let document = "query($id: ID!) { visitFaults(providerId: $id) { nodes { orderId kind carerId } } }";
        let faults = async |who: &Person| {
            let found = world.data(who, document, json!({ "id": it.agency.id.to_string() })).await;
            found["visitFaults"]["nodes"].clone()
        };
        let noted = json!([{ "orderId": order, "kind": "CALLED_OFF", "carerId": near }]);
        let (officer, elsewhere) = (world.officer("officer1", "530111").await, world.officer("officer2", "530112").await);
        assert_eq!((faults(&boss).await, faults(&officer).await), (noted.clone(), noted), "it counts against the provider");
        assert_eq!(faults(&elsewhere).await, json!([]));
        world.assert_carers_are_in_one_place().await;
    }

    async fn a_paused_carer_is_asked_no_more(world: World) {
        let it = Scene::new(&world).await;
        let order = it.paid(&world).await;
        world.work().await;
        assert_eq!(asked(&world, &it).await, [true, false]);
        let boss = manager(&world, &it).await;
        let pause = json!({ "carerId": world.carer_id(&it.near).await, "isActive": false, "languages": ["MANDARIN"] });
        let paused = world.act(&boss, "carerChange", pause, "carer { isActive }").await;
        assert_eq!(paused["carer"]["isActive"], false, "{paused}");
        world.work().await;
        assert_eq!((it.state(&world, &order).await.as_str(), asked(&world, &it).await), ("OFFERED", [false, true]));
        assert_eq!(world.number("count(*) FROM visit_fault").await, 0, "he had not promised anything");
    }

    async fn who_paused_finishes_what_he_is_at(world: World) {
        let it = Scene::new(&world).await;
        let order = it.accepted(&world).await;
        let code = world.visit(&it.daughter, &order).await["visitCode"].clone();
        world.at("2026-06-04 08:40").await;
        world.on_visit(&it.near, "visitSetOut", &order, json!({})).await;
        let boss = manager(&world, &it).await;
        let pause = json!({ "carerId": world.carer_id(&it.near).await, "isActive": false, "languages": ["MANDARIN"] });
        world.act(&boss, "carerChange", pause, "carer { isActive }").await;
        world.at("2026-06-04 09:00").await;
        let proof = json!({ "place": world.at_home(10), "code": code });
        let came = world.on_visit(&it.near, "visitCheckIn", &order, proof).await;
        assert_eq!(came["order"]["state"], "CHECKED_IN", "{came}");
        assert_eq!(asked(&world, &it).await, [true, false]);
        world.at("2026-06-04 11:00").await;
        let leave = json!({ "place": world.at_home(10), "tasks": crate::world::scene::tasks() });
        let left = world.on_visit(&it.near, "visitCheckOut", &order, leave).await;
        assert_eq!(left["order"]["state"], "DONE", "{left}");
    }

    async fn a_word_is_taken_back_while_the_second_carer_is_asked_and_costs_the_family_nothing(world: World) {
        let it = Scene::new(&world).await;
        let both = world.visit_offering(it.agency, "cleaning_help", (12_000, 120), (2, 0)).await;
        let input = crate::world::care::visit_input("1", it.elder, both, "2026-06-01 13:30");
        let order = crate::world::acts::id_of(&world.act(&it.daughter, "serviceOrderPlace", input.clone(), "order { id }").await);
        world.pay(&it.daughter, &order).await;
        world.work().await;
        world.on_visit(&it.near, "offerAccept", &order, json!({})).await;
        let off = json!({ "reason": "摔伤了" });
        let said = world.on_visit(&it.near, "visitCallOff", &order, off).await;
        assert_eq!(said["userErrors"], json!([]), "{said}");
        let fee = world.visit(&it.daughter, &order).await["cancelFeeFen"].clone();
        assert_eq!(fee, 0, "the provider's fault is never charged, also three hours before");
        assert_eq!(world.number("count(*) FROM visit_fault").await, 1);
        // The same key answers the same, also when it would be too soon to book by now.
        world.at("2026-06-01 12:00").await;
        let again = world.act(&it.daughter, "serviceOrderPlace", input, "order { id }").await;
        assert_eq!(crate::world::acts::id_of(&again), order);
    }

    async fn a_pause_after_a_yes_costs_the_family_nothing_and_an_unpaid_visit_of_a_shut_provider_ends(world: World) {
        let it = Scene::new(&world).await;
        let both = world.visit_offering(it.agency, "cleaning_help", (12_000, 120), (2, 0)).await;
        let input = crate::world::care::visit_input("1", it.elder, both, "2026-06-01 13:30");
        let order = crate::world::acts::id_of(&world.act(&it.daughter, "serviceOrderPlace", input, "order { id }").await);
        world.pay(&it.daughter, &order).await;
        world.work().await;
        world.on_visit(&it.near, "offerAccept", &order, json!({})).await;
        let boss = manager(&world, &it).await;
        let pause = json!({ "carerId": world.carer_id(&it.near).await, "isActive": false, "languages": ["MANDARIN"] });
        world.act(&boss, "carerChange", pause, "carer { isActive }").await;
        world.work().await;
        assert_eq!(world.number("count(*) FROM visit_fault").await, 1);
        world.rest().await;
        assert_eq!(world.platform_fen().await, (12_000, 12_000), "nobody else can come: everything goes back");
        let unpaid = crate::world::acts::id_of(&it.book(&world, "2", "2026-06-04 09:00").await);
        let officer = world.officer("officer1", "530111").await;
        let input = json!({ "providerId": it.agency.id.to_string(), "reason": "许可证问题" });
        world.act(&officer, "providerSuspend", input, "provider { state }").await;
        world.work().await;
        assert_eq!(it.state(&world, &unpaid).await, "CANCELLED", "nobody pays for what will not come");
        world.assert_money().await;
    }

    async fn a_suspended_provider_keeps_no_family_waiting(world: World) {
        let it = Scene::new(&world).await;
        let order = it.accepted(&world).await;
        let officer = world.officer("officer1", "530111").await;
        let input = json!({ "providerId": it.agency.id.to_string(), "reason": "许可证问题" });
        let said = world.act(&officer, "providerSuspend", input, "provider { state }").await;
        assert_eq!(said["provider"]["state"], "SUSPENDED", "{said}");
        world.rest().await;
        assert_eq!(it.state(&world, &order).await, "CANCELLED", "nobody else of this provider may come");
        assert_eq!(world.platform_fen().await, (8_000, 8_000), "everything went back");
        world.assert_money().await;
    }
}
