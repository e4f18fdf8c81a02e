//! A family, an elder and a provider with two carers: what journeys of visits begin with.

use nuanyang::kit::ids::{ElderId, OfferingId};
use serde_json::{Value, json};

use super::World;
use super::acts::id_of;
use super::care::{Agency, Kind, PLAIN, SERVICE, visit_input};
use super::client::Person;

/// A provider with two carers, an elder with a daughter, and cleaning for 80.00 at hand. It is 1 June, 10:00.
pub struct Scene {
    pub agency: Agency,
    pub near: Person,
    pub far: Person,
    pub elder: ElderId,
    pub daughter: Person,
    pub cleaning: OfferingId,
}

impl Scene {
    /// Everybody in place.
    pub async fn new(world: &World) -> Self {
        world.at("2026-06-01 10:00").await;
        let agency = world.agency().await;
        let near = world.ready_carer(agency, "李师傅", &["cleaning_help"], PLAIN).await;
        let kind = Kind { metres_north: 4_000, ..PLAIN };
        let far = world.ready_carer(agency, "赵师傅", &["cleaning_help"], kind).await;
        let near = world.carer_person(agency, near, "carer1").await;
        let far = world.carer_person(agency, far, "carer2").await;
        let elder = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", elder).await;
        let cleaning = world.visit_offering(agency, "cleaning_help", (8_000, 120), (1, 0)).await;
        Self { agency, near, far, elder, daughter, cleaning }
    }

    /// Books a cleaning; the payload.
    pub async fn book(&self, world: &World, key: &str, starts_at: &str) -> Value {
        let input = visit_input(key, self.elder, self.cleaning, starts_at);
        world.act(&self.daughter, "serviceOrderPlace", input, &format!("order {{ {SERVICE} }}")).await
    }

    /// Another elder of the daughter: nobody has the same service twice at a time.
    pub async fn other_elder(&self, world: &World) -> ElderId {
        let other = world.elder("李秀英", "1944-03-01").await;
        world.bond(&self.daughter, other, 15).await;
        other
    }

    /// Books a cleaning for another elder; the payload.
    pub async fn book_other(&self, world: &World, key: &str, starts_at: &str) -> Value {
        let other = self.other_elder(world).await;
        let input = visit_input(key, other, self.cleaning, starts_at);
        world.act(&self.daughter, "serviceOrderPlace", input, &format!("order {{ {SERVICE} }}")).await
    }

    /// Booked for 4 June, 09:00, and paid.
    pub async fn paid(&self, world: &World) -> String {
        let order = id_of(&self.book(world, "1", "2026-06-04 09:00").await);
        world.pay(&self.daughter, &order).await;
        order
    }

    /// Booked for 4 June, 09:00, paid, and taken by the nearer carer.
    pub async fn accepted(&self, world: &World) -> String {
        let order = self.paid(world).await;
        world.work().await;
        let said = world.on_visit(&self.near, "offerAccept", &order, json!({})).await;
        assert_eq!(said["order"]["state"], "ACCEPTED", "{said}");
        order
    }

    /// Carried out by the nearer carer from 09:00 to 11:00 on 4 June, nothing to find fault with.
    pub async fn done(&self, world: &World) -> String {
        let order = self.accepted(world).await;
        let code = world.visit(&self.daughter, &order).await["visitCode"].clone();
        world.at("2026-06-04 09:00").await;
        let proof = json!({ "place": world.at_home(10), "code": code });
        world.on_visit(&self.near, "visitCheckIn", &order, proof).await;
        world.at("2026-06-04 11:00").await;
        let leave = json!({ "place": world.at_home(10), "tasks": tasks() });
        let left = world.on_visit(&self.near, "visitCheckOut", &order, leave).await;
        assert_eq!(left["order"]["state"], "DONE", "{left}");
        order
    }

    /// What the provider has earned, in fen.
    pub async fn earned(&self, world: &World) -> i64 {
        -world.balance(&format!("provider/{}", self.agency.id.0)).await
    }

    /// Where an order stands.
    pub async fn state(&self, world: &World, order: &str) -> String {
        world.visit(&self.daughter, order).await["state"].as_str().unwrap_or("(none)").to_owned()
    }
}

/// Answers to the tasks of a cleaning.
pub fn tasks() -> Value {
    json!([
        { "code": "FLOOR", "isDone": true }, { "code": "KITCHEN", "isDone": true },
        { "code": "BATHROOM", "isDone": false, "reason": "老人正在用" }, { "code": "RUBBISH", "isDone": true },
    ])
}
