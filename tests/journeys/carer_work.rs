//! A carer's own work: offers come by themselves, with distance and time to answer; a month adds up.

use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::client::Person;
use crate::world::live::Live;
use crate::world::scene::Scene;

const MINE: &str = "id state myPart { isAccepted answerEndsAt distanceMetres }";

/// The list in the next message: state, whether accepted, distance.
async fn list(live: &mut Live) -> Vec<(String, bool, i64)> {
    let message = live.next().await;
    let visits =
        message["payload"]["data"]["myVisitsUpdated"].as_array().unwrap_or_else(|| panic!("{message}"));
    let shape = |visit: &Value| {
        let part = &visit["myPart"];
        let (is_accepted, metres) =
            (part["isAccepted"].as_bool().unwrap(), part["distanceMetres"].as_i64().unwrap());
        assert_eq!(part["answerEndsAt"].is_null(), is_accepted, "{visit}");
        (visit["state"].as_str().unwrap().to_owned(), is_accepted, metres)
    };
    visits.iter().map(shape).collect()
}

async fn watch(world: &World, who: &Person) -> Live {
    let mut live = world.live(who).await;
    live.subscribe("w", &format!("subscription {{ myVisitsUpdated {{ {MINE} }} }}"), json!({})).await;
    live
}

async fn month(world: &World, who: &Person, day: &str) -> Value {
    let document = "query($on: Date!) { myMonth(monthOn: $on) { visits minutes worthFen held } }";
    world.data(who, document, json!({ "on": day })).await["myMonth"].clone()
}

on_both! {
    async fn an_offer_reaches_the_carer_who_looks_and_leaves_with_his_no(world: World) {
        let it = Scene::new(&world).await;
        let mut near = watch(&world, &it.near).await;
        let mut far = watch(&world, &it.far).await;
        assert_eq!((list(&mut near).await, list(&mut far).await), (vec![], vec![]), "first what is");
        let order = it.paid(&world).await;
        world.work().await;
        let offered = loop {
            let now = list(&mut near).await;
            if !now.is_empty() { break now; }
        };
        assert_eq!(offered, [("OFFERED".to_owned(), false, 500)]);
        far.assert_quiet().await;
        world.on_visit(&it.near, "offerDecline", &order, json!({ "reason": "时间不合适" })).await;
        world.work().await;
        assert_eq!(list(&mut near).await, vec![]);
        let offered = loop {
            let now = list(&mut far).await;
            if !now.is_empty() { break now; }
        };
        assert_eq!(offered, [("OFFERED".to_owned(), false, 4_500)]);
        world.on_visit(&it.far, "offerAccept", &order, json!({})).await;
        world.work().await;
        assert_eq!(list(&mut far).await, [("ACCEPTED".to_owned(), true, 4_500)]);
    }

    async fn the_part_is_shown_to_nobody_else(world: World) {
        let it = Scene::new(&world).await;
        let order = it.accepted(&world).await;
        let document = format!("query($id: ID!) {{ serviceOrder(id: $id) {{ {MINE} }} }}");
        let part = async |who: &Person| {
            world.data(who, &document, json!({ "id": order })).await["serviceOrder"]["myPart"].clone()
        };
        let mine = json!({ "isAccepted": true, "answerEndsAt": null, "distanceMetres": 500 });
        assert_eq!((part(&it.near).await, part(&it.far).await, part(&it.daughter).await), (mine, json!(null), json!(null)));
        let mut hers = watch(&world, &it.daughter).await;
        let refused = hers.next().await;
        assert_eq!(refused["payload"][0]["extensions"]["code"], "FORBIDDEN", "{refused}");
    }

    async fn a_month_adds_up_what_was_carried_out(world: World) {
        let it = Scene::new(&world).await;
        let nothing = json!({ "visits": 0, "minutes": 0, "worthFen": 0, "held": 0 });
        assert_eq!(month(&world, &it.near, "2026-06-30").await, nothing);
        it.done(&world).await;
        let one = json!({ "visits": 1, "minutes": 120, "worthFen": 8_000, "held": 0 });
        assert_eq!(month(&world, &it.near, "2026-06-01").await, one);
        assert_eq!((month(&world, &it.far, "2026-06-01").await, month(&world, &it.near, "2026-07-01").await), (nothing.clone(), nothing));
    }
}
