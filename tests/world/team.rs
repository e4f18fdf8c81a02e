//! Several carers and elders of one provider, with visits that are booked, paid and accepted in one go.

use std::collections::BTreeMap;

use entities::enums::RegionLevel;
use entities::region;
use nuanyang::kit::ids::{CarerId, ElderId, OfferingId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, IntoActiveModel as _};
use serde_json::{Value, json};

use super::World;
use super::acts::id_of;
use super::care::{Agency, Kind, PLAIN, visit_input};
use super::client::Person;

/// A village of Guandu that the test makes up; the official table has none there.
pub const VILLAGE: &str = "530111900201";
/// Where homes are, when they are not moved to the north.
const HOME_E6: (i32, i32) = (25_012_000, 102_751_000);

/// A provider whose carers and elders have names.
pub struct Team {
    world: World,
    pub agency: Agency,
    pub daughter: Person,
    pub carers: BTreeMap<String, (CarerId, Person)>,
    pub elders: BTreeMap<String, (ElderId, i32)>,
    offerings: BTreeMap<(String, i32), OfferingId>,
    keys: u32,
}

/// A visit to be booked for a carer at an elder's home.
#[derive(Clone, Copy)]
pub struct Booking<'a> {
    pub carer: &'a str,
    pub elder: &'a str,
    pub service: &'a str,
    pub minutes: i32,
    pub starts_at: &'a str,
}

impl Team {
    /// Nobody yet but the daughter. It is 1 June, 10:00.
    pub async fn new(world: &World) -> Self {
        world.at("2026-06-01 10:00").await;
        let agency = world.agency().await;
        let daughter = world.login("daughter1").await;
        let (carers, elders, offerings) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { world: world.clone(), agency, daughter, carers, elders, offerings, keys: 0 }
    }

    /// A carer who needs no time between two visits.
    pub async fn carer(&mut self, name: &str) -> Person {
        if let Some((_, person)) = self.carers.get(name) {
            return person.clone();
        }
        let kind = Kind { buffer_min: 0, ..PLAIN };
        let id = self
            .world
            .ready_carer(
                self.agency,
                name,
                &["cleaning_help", "companionship", "home_visit", "shopping_help"],
                kind,
            )
            .await;
        let person = self.world.carer_person(self.agency, id, &name.to_lowercase()).await;
        self.carers.insert(name.to_owned(), (id, person.clone()));
        person
    }

    /// An elder whose home lies so many metres north of the others'.
    pub async fn elder(&mut self, name: &str, metres_north: i32, is_rural: bool) -> ElderId {
        if let Some((id, _)) = self.elders.get(name) {
            return *id;
        }
        if is_rural {
            self.village().await;
        }
        let change = |new: &mut nuanyang::people::service::elder::NewElder| {
            new.position_e6 = Some((HOME_E6.0 + metres_north * 9, HOME_E6.1));
            if is_rural {
                new.region_code = VILLAGE.to_owned();
            }
        };
        let id = self.world.elder_like("王桂芬", "1944-03-01", change).await;
        self.world.bond(&self.daughter, id, 15).await;
        self.elders.insert(name.to_owned(), (id, metres_north));
        id
    }

    async fn village(&self) {
        self.world.region(&VILLAGE[..9]).await;
        let row = region::Model {
            code: VILLAGE.into(),
            name: "演示村".into(),
            name_en: "Demo Village".into(),
            level: RegionLevel::Village,
            parent_code: Some(VILLAGE[..9].into()),
        };
        let insert = region::Entity::insert(row.into_active_model())
            .on_conflict(OnConflict::column(region::Column::Code).do_nothing().to_owned());
        insert.exec_without_returning(self.world.app.db.write()).await.ok();
    }

    /// A visit that is paid and that its carer has accepted; its id.
    pub async fn book(&mut self, what: Booking<'_>) -> String {
        let carer = self.carer(what.carer).await;
        let elder = self.elder(what.elder, 0, false).await;
        let key = (what.service.to_owned(), what.minutes);
        if !self.offerings.contains_key(&key) {
            let price = (8_000, what.minutes);
            let offering = self.world.visit_offering(self.agency, what.service, price, (1, 0)).await;
            self.offerings.insert(key.clone(), offering);
        }
        self.keys += 1;
        let mut input = visit_input(&self.keys.to_string(), elder, self.offerings[&key], what.starts_at);
        input["want"]["wishedCarerId"] = json!(self.carers[what.carer].0.to_string());
        let order = id_of(&self.world.act(&self.daughter, "serviceOrderPlace", input, "order { id }").await);
        self.world.pay(&self.daughter, &order).await;
        self.world.work().await;
        let said = self.world.on_visit(&carer, "offerAccept", &order, json!({})).await;
        assert_eq!(said["order"]["state"], "ACCEPTED", "{said}");
        order
    }

    /// The place that a phone tells so many metres north of an elder's home.
    pub fn place(&self, elder: &str, metres: i32) -> Value {
        let north = self.elders[elder].1 + metres;
        json!({ "latitudeE6": HOME_E6.0 + north * 9, "longitudeE6": HOME_E6.1, "accuracyMetres": 20 })
    }

    /// The six digits that the home shows.
    pub async fn code(&self, order: &str) -> String {
        self.world.visit(&self.daughter, order).await["visitCode"].as_str().unwrap().to_owned()
    }

    /// What did not fit in a visit, as its carer sees it: rule, score, whether it holds money; by name.
    pub async fn exceptions(&self, carer: &str, order: &str) -> Vec<(String, i64, bool)> {
        let document = "query($id: ID!) { visitExceptions(orderId: $id) { rule score holdsLine carerId } }";
        let seen = self.world.data(&self.carers[carer].1, document, json!({ "id": order })).await;
        let own = self.carers[carer].0.to_string();
        let rows = seen["visitExceptions"].as_array().unwrap().iter().filter(|row| row["carerId"] == own);
        let shape = |row: &Value| {
            let (score, holds) = (row["score"].as_i64().unwrap(), row["holdsLine"].as_bool().unwrap());
            (row["rule"].as_str().unwrap().to_owned(), score, holds)
        };
        let mut found: Vec<_> = rows.map(shape).collect();
        found.sort();
        found
    }

    /// Whether the money of a visit waits.
    pub async fn is_held(&self, order: &str) -> bool {
        let id: nuanyang::kit::ids::OrderId = order.parse().unwrap();
        let found = entities::service_order::Entity::find_by_id(id.0).one(self.world.app.db.write()).await;
        found.unwrap().unwrap().is_held
    }
}

/// Every task of a service, done.
pub fn tasks_done(service: &str) -> Value {
    let tasks = nuanyang::dispatch::rules::tasks_of(service).iter();
    tasks.map(|task| json!({ "code": task.code, "isDone": true })).collect()
}
