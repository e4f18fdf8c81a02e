//! The code at the door: a wrong one is told, so that the carer asks again; the visit itself is never stopped.

use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::client::refusal;
use crate::world::scene::Scene;

on_both! {
    async fn a_wrong_code_is_told_and_the_right_one_opens_the_visit(world: World) {
        assert_eq!(a_wrong_code_first(&world, true).await, 0, "nothing is missing");
    }

    async fn a_wrong_code_is_told_and_without_one_it_is_noted(world: World) {
        assert_eq!(a_wrong_code_first(&world, false).await, 1);
    }

    async fn nobody_finds_the_code_by_trying_and_nobody_is_stopped(world: World) {
        let it = Scene::new(&world).await;
        let order = it.accepted(&world).await;
        let code = world.visit(&it.daughter, &order).await["visitCode"].clone();
        world.at("2026-06-04 09:00").await;
        let wrong = if code == "000000" { "000001" } else { "000000" };
        let come = async || {
            world.on_visit(&it.near, "visitCheckIn", &order, json!({ "place": world.at_home(10), "code": wrong })).await
        };
        for _ in 0..5 {
            assert_eq!(refusal(&come().await), "DOOR_CODE_WRONG");
        }
        let came = come().await;
        assert_eq!(came["order"]["state"], "CHECKED_IN", "{came}");
        assert_eq!(world.number("count(*) FROM visit_exception WHERE rule = 'NO_HOME_CODE'").await, 1);
        assert_eq!(world.number("count(*) FROM event WHERE name = 'door_code_wrong'").await, 5);
    }
}

/// A carer gives a wrong code, then the right one or none; how often its absence is noted.
async fn a_wrong_code_first(world: &World, is_known: bool) -> i64 {
    let it = Scene::new(world).await;
    let order = it.accepted(world).await;
    let code = world.visit(&it.daughter, &order).await["visitCode"].clone();
    world.at("2026-06-04 09:00").await;
    let come = async |code: &Value| {
        world
            .on_visit(&it.near, "visitCheckIn", &order, json!({ "place": world.at_home(10), "code": code }))
            .await
    };
    let wrong = json!(if code == "000000" { "000001" } else { "000000" });
    let before = it.state(world, &order).await;
    assert_eq!(refusal(&come(&wrong).await), "DOOR_CODE_WRONG");
    assert_eq!((it.state(world, &order).await, world.number("count(*) FROM visit_proof").await), (before, 0));
    let came = come(if is_known { &code } else { &Value::Null }).await;
    assert_eq!(came["order"]["state"], "CHECKED_IN", "{came}");
    let again = come(&wrong).await;
    assert_eq!(again["order"]["state"], "CHECKED_IN", "who is in stays in: {again}");
    world.number("count(*) FROM visit_exception WHERE rule = 'NO_HOME_CODE'").await
}
