//! Nobody comes into the water past the gate: every act of the contract, by everybody who may ask for it, at a gate in every
//! state, with carers, values and signatures all in place.

use std::collections::BTreeMap;

use entities::enums::{BathingState, Role};
use nuanyang::kit::db::execute;
use nuanyang::kit::ids::OrderId;
use serde_json::json;

use super::estate::missing;
use crate::on_both;
use crate::structure::table::{TABLE, may};
use crate::world::World;
use crate::world::acts::id_of;
use crate::world::care::{Kind, PLAIN, visit_input};
use crate::world::client::Person;
use crate::world::contract::{Contract, Root, prefix_of};

/// Everything but the gate's own state is as a bath needs it: both carers in, fresh values, order CHECKED_IN.
async fn ready(world: &World, order: &str, state: &str) {
    let id: OrderId = order.parse().unwrap();
    let db = world.app.db.write();
    let values = || [id.0.into()];
    for sql in [
        "UPDATE service_order SET state = 'CHECKED_IN', ended_at = NULL WHERE id = $1",
        "UPDATE assignment SET state = 'ACCEPTED' WHERE order_id = $1",
        "UPDATE consent SET withdrawn_at = NULL WHERE $1 = $1",
        "DELETE FROM consent WHERE $1 = $1 AND NOT is_given",
        "UPDATE family_bond SET state = 'ACTIVE', scopes = 31 WHERE $1 = $1",
        "DELETE FROM visit_proof WHERE order_id = $1 AND kind = 'CHECK_OUT'",
    ] {
        execute(db, sql, values()).await.unwrap();
    }
    world.gate_of(order, state).await;
}

/// A call with an order's id in every place that takes one, and with values that a healthy elder has.
fn call(contract: &Contract, root: Root<'_>, world: &World, own: &BTreeMap<&str, String>) -> String {
    let document = contract.call(root, &|at: &str| {
        let prefix = prefix_of(&root.field.name.node, at);
        own.get(prefix.as_str()).cloned().unwrap_or_else(|| missing(world, &prefix))
    });
    let now = world.app.clock.now().to_rfc3339();
    document
        .replace("waterTenths: 1", "waterTenths: 390")
        .replace("systolicMmhg: 1", "systolicMmhg: 138")
        .replace("diastolicMmhg: 1", "diastolicMmhg: 84")
        .replace("pulsePerMinute: 1", "pulsePerMinute: 72")
        .replace("temperatureTenths: 1", "temperatureTenths: 365")
        .replace("takenAt: \"2026-06-05T04:00:00Z\"", &format!("takenAt: \"{now}\""))
}

async fn state_of(world: &World, order: &str) -> String {
    let id: OrderId = order.parse().unwrap();
    let row = nuanyang::orders::store::bathing::check(world.app.db.write(), id.0).await.unwrap();
    row.unwrap().state.as_str().to_owned()
}

on_both! {
    async fn only_the_start_of_a_cleared_bath_leads_into_the_water(world: World) {
        world.at("2026-06-01 10:00").await;
        let agency = world.agency().await;
        let elder = world.elder("王桂芬", "1944-03-01").await;
        let guardian = world.with_role("daughter1", Role::Desk, (None, Some("530111"))).await;
        world.bond(&guardian, elder, 31).await;
        world.assessed(elder, "2026-03-10", 38).await;
        world.sign(&guardian, elder, json!({})).await;
        let bath = world.visit_offering(agency, "bathing_help", (26_000, 60), (2, 1)).await;
        let mut carers = Vec::new();
        for (name, is_certified) in [("carer1", true), ("carer2", false)] {
            let kind = Kind { is_certified, ..PLAIN };
            let carer = world.ready_carer(agency, name, &["bathing_help"], kind).await;
            carers.push((carer, world.carer_person(agency, carer, name).await));
        }
        let placed = world.act(&guardian, "serviceOrderPlace", visit_input("1", elder, bath, "2026-06-04 14:00"), "order { id }").await;
        let order = id_of(&placed);
        world.pay(&guardian, &order).await;
        world.work().await;
        for (_, carer) in &carers {
            world.on_visit(carer, "offerAccept", &order, json!({})).await;
        }
        world.at("2026-06-04 14:00").await;
        for (_, carer) in &carers {
            world.on_visit(carer, "visitCheckIn", &order, json!({ "place": world.at_home(10) })).await;
        }
        assert_eq!(world.measure(&carers[0].1, &order, (138, 84)).await["check"]["state"], "CLEARED");
        let manager = world.with_role("manager1", Role::ProviderManager, (Some(agency.id.0), None)).await;
        let officer = world.officer("officer1", "530111").await;
        let people: [(&[&str], &Person); 4] = [
            (&["FAMILY", "CARER"], &carers[0].1),
            (&["FAMILY", "DESK"], &guardian),
            (&["FAMILY", "PROVIDER_MANAGER"], &manager),
            (&["FAMILY", "OFFICER"], &officer),
        ];
        let own = BTreeMap::from([("visit", order.clone()), ("order", order.clone()), ("elder", elder.to_string())]);
        let contract = Contract::load();
        let (mut led, mut tried) = (Vec::new(), 0);
        for state in BathingState::ALL.iter().map(|state| state.as_str()).filter(|state| *state != "BATHING") {
            // Signing out ends what the other calls need.
            for root in contract.roots().into_iter().filter(|root| root.kind == "mutation" && root.field.name.node != "sessionEnd") {
                let name = root.field.name.node.as_str();
                let row = TABLE.iter().find(|row| (row.0, row.1) == ("mutation", name)).unwrap();
                // An act that is told of nobody and nothing here can change nothing here either.
                let places = contract.id_places(root.field);
                let is_near = places.iter().any(|place| own.contains_key(prefix_of(name, place).as_str()));
                for (_, who) in people.iter().filter(|(roles, _)| roles.iter().any(|role| may(row, role))) {
                    if is_near || tried == 0 {
                        ready(&world, &order, state).await;
                    } else {
                        world.gate_of(&order, state).await;
                    }
                    world.ask(Some(who), &call(&contract, root, &world, &own), json!({})).await;
                    tried += 1;
                    if state_of(&world, &order).await == "BATHING" {
                        led.push(format!("{name} from {state}"));
                    }
                }
            }
        }
        assert!(tried > 500, "only {tried} tried");
        assert_eq!(led, ["bathStart from CLEARED"]);
    }
}
