//! Life cycles on real rows: every pair of state and event, as the file of machines says.

use entities::enums::{BathingAbort, BathingState, ServiceState};
use nuanyang::kit::db::execute;
use nuanyang::kit::ids::OrderId;
use nuanyang::orders::rules::bathing::BathingEvent;
use nuanyang::orders::rules::service_order::ServiceEvent;
use nuanyang::orders::store::bathing;
use nuanyang::orders::store::service_order as store;
use nuanyang::orders::store::write::Cause;
use serde_json::Value;

use crate::on_both;
use crate::world::acts::id_of;
use crate::world::scene::Scene;

/// A machine of the shipped file by its name.
fn machine(name: &str) -> Value {
    let file: Value = serde_json::from_str(include_str!("../../api/data/state-machines.json")).unwrap();
    file["machines"].as_array().unwrap().iter().find(|machine| machine["name"] == name).unwrap().clone()
}

/// Where an event leads from a state; `None` when it means nothing there.
fn wanted(machine: &Value, state: &str, event: &str) -> Option<String> {
    let transitions = machine["transitions"].as_array().unwrap();
    let found = transitions.iter().find(|transition| {
        transition["event"] == event
            && transition["from"].as_array().unwrap().iter().any(|from| from == state)
    })?;
    found["to"].as_str().map(str::to_owned)
}

on_both! {
    async fn every_event_of_a_visit_moves_its_row_as_the_machine_says_or_not_at_all(world: World) {
        let it = Scene::new(&world).await;
        let order: OrderId = id_of(&it.book(&world, "1", "2026-06-04 09:00").await).parse().unwrap();
        let machine = machine("ServiceOrder");
        let (mut legal, mut illegal) = (0, 0);
        for state in ServiceState::ALL {
            for event in ServiceEvent::all() {
                let name = event.name();
                let set = "UPDATE service_order SET state = $2 WHERE id = $1";
                execute(world.app.db.write(), set, [order.0.into(), state.as_str().into()]).await.unwrap();
                let before = world.footprint().await;
                let tx = world.app.db.begin().await.unwrap();
                let row = store::current(&tx, order.0).await.unwrap().unwrap();
                let to = store::advance(&world.app, &tx, &row, event, Cause::default()).await.unwrap();
                tx.commit().await.unwrap();
                let after = store::bare(world.app.db.write(), order.0).await.unwrap().unwrap().state;
                match wanted(&machine, state.as_str(), name) {
                    Some(target) => {
                        assert_eq!((to.map(ServiceState::as_str), after.as_str()), (Some(&*target), &*target), "{name}");
                        legal += 1;
                    }
                    None => {
                        assert_eq!((to, after), (None, *state), "{name}");
                        assert_eq!(world.footprint().await, before, "{name} in {state:?} left a trace");
                        illegal += 1;
                    }
                }
            }
        }
        let moves = machine["transitions"].as_array().unwrap().iter().map(|one| one["from"].as_array().unwrap().len());
        assert_eq!((legal, legal + illegal), (moves.sum::<usize>(), 14 * 25), "pairs that move, and all pairs");
    }

    async fn every_event_of_a_bath_moves_its_gate_as_the_machine_says_or_not_at_all(world: World) {
        let it = Scene::new(&world).await;
        let text = id_of(&it.book(&world, "1", "2026-06-04 09:00").await);
        let order: OrderId = text.parse().unwrap();
        let machine = machine("BathingChecks");
        let (mut legal, mut illegal) = (0, 0);
        for state in BathingState::ALL {
            for event in BathingEvent::all() {
                world.gate_of(&text, state.as_str()).await;
                let events = world.number("count(*) FROM event").await;
                let tx = world.app.db.begin().await.unwrap();
                let check = bathing::check(&tx, order.0).await.unwrap().unwrap();
                let step = bathing::Step {
                    abort: Some(BathingAbort::Distress),
                    water_tenths: Some(390),
                    ..bathing::Step::default()
                };
                let to = bathing::advance(&world.app, &tx, &check, (event, step), Cause::default()).await.unwrap();
                tx.commit().await.unwrap();
                let after = bathing::check(world.app.db.write(), order.0).await.unwrap().unwrap();
                match wanted(&machine, state.as_str(), event.name()) {
                    Some(target) => {
                        assert_eq!((to.map(BathingState::as_str), after.state.as_str()), (Some(&*target), &*target));
                        legal += 1;
                    }
                    None => {
                        assert_eq!((to, &after), (None, &check), "{event:?} in {state:?} left a trace");
                        assert_eq!(world.number("count(*) FROM event").await, events);
                        illegal += 1;
                    }
                }
            }
        }
        let moves = machine["transitions"].as_array().unwrap().iter().map(|one| one["from"].as_array().unwrap().len());
        assert_eq!((legal, legal + illegal), (moves.sum::<usize>(), 9 * BathingEvent::all().count()));
    }
}
