//! Many families at once, and what must be true of the places of a slot whatever they do.

use entities::enums::{MealState, Sex};
use entities::{family_bond, meal_order};
use nuanyang::kit::ids::{ElderId, SlotId};
use nuanyang::people::service::elder::{NewElder, insert};
use nuanyang::slots::store;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel as _, QueryFilter};
use serde_json::{Value, json};

use super::World;
use super::client::{Person, refusal};
use super::place::{Canteen, HOME, order_input};

/// A person who may book and pay for some elders.
#[derive(Clone, Debug)]
pub struct Family {
    pub person: Person,
    pub elders: Vec<ElderId>,
}

impl World {
    /// Families of one person and so many elders each, the elders written straight into their rows.
    pub async fn crowd(&self, families: usize, elders_each: usize) -> Vec<Family> {
        self.region(HOME).await;
        let mut crowd = Vec::with_capacity(families);
        for number in 0..families {
            let person = self.login(&format!("crowd{number}")).await;
            let tx = self.app.db.begin().await.unwrap();
            let mut elders = Vec::with_capacity(elders_each);
            for _ in 0..elders_each {
                let id: ElderId = self.app.ids.next();
                insert::<_, ()>(&self.app, &tx, id, &plain_elder()).await.unwrap();
                elders.push(id);
            }
            let bonds = elders.iter().map(|elder| self.bond_row(&person, *elder).into_active_model());
            family_bond::Entity::insert_many(bonds).exec_without_returning(&tx).await.unwrap();
            tx.commit().await.unwrap();
            crowd.push(Family { person, elders });
        }
        crowd
    }

    fn bond_row(&self, person: &Person, elder: ElderId) -> family_bond::Model {
        family_bond::Model {
            id: self.app.ids.next(),
            elder_id: elder.0,
            person_id: person.said.person.0,
            relation: entities::enums::Relation::Child,
            state: entities::enums::BondState::Active,
            scopes: 15,
            started_at: self.app.clock.now(),
            ended_at: None,
            version: 0,
        }
    }

    /// Places taken and places in all.
    pub async fn seats(&self, slot: SlotId) -> (i32, i32) {
        let row = store::slot(self.app.db.write(), slot).await.unwrap().unwrap();
        (row.taken, row.capacity)
    }

    /// Every order of a slot, whatever became of it.
    pub async fn orders_of(&self, slot: SlotId) -> Vec<meal_order::Model> {
        let find = meal_order::Entity::find().filter(meal_order::Column::SlotId.eq(slot.0));
        find.all(self.app.db.write()).await.unwrap()
    }

    /// The portions of the orders that keep their places are exactly the places taken, and never too many.
    pub async fn assert_seats(&self, slot: SlotId) -> i32 {
        let orders = self.orders_of(slot).await;
        let live: i32 = orders.iter().filter(|order| keeps_places(order)).map(|order| order.portions).sum();
        let (taken, capacity) = self.seats(slot).await;
        assert_eq!(live, taken, "portions of live orders and places taken");
        assert!(taken <= capacity, "{taken} of {capacity} places are taken");
        taken
    }

    /// How a request to place ended: the state of the order, or the code of the refusal. An answer that was lost or
    /// late is asked for again with the same key, as every client does.
    pub async fn outcome(&self, who: &Person, input: Value) -> String {
        let document = "mutation($input: MealOrderPlaceInput!) { mealOrderPlace(input: $input) { \
            order { state } userErrors { code } } }";
        for _ in 0..8 {
            let Ok(answer) = self.try_ask(Some(who), document, json!({ "input": input })).await else {
                continue;
            };
            if answer["errors"][0]["extensions"]["code"] == "TIMEOUT" {
                continue;
            }
            assert!(answer.get("errors").is_none(), "{answer}");
            let payload = &answer["data"]["mealOrderPlace"];
            return payload["order"]["state"].as_str().unwrap_or_else(|| refusal(payload)).to_owned();
        }
        panic!("no answer in eight tries");
    }

    /// Holds a place, orders with the hold, gives the hold back when that fails. Whether there is an order.
    pub async fn hold_and_order(
        &self,
        person: &Person,
        (elder, slot): (ElderId, SlotId),
        (canteen, key): (&Canteen, &str),
    ) -> bool {
        let place = json!({ "slotId": slot.to_string() });
        let held = self.act(person, "slotHold", place.clone(), "hold { token }").await;
        let Some(token) = held["hold"]["token"].as_str() else {
            assert_eq!(refusal(&held), "SLOT_FULL");
            return false;
        };
        let key = format!("{}{key}", &elder.to_string()[4..]);
        let mut input = order_input(&key, elder, slot, ("DINE_IN", canteen.lunch));
        input["holdToken"] = Value::from(token);
        let outcome = self.outcome(person, input).await;
        if outcome == "HELD" {
            return true;
        }
        assert_eq!(outcome, "SLOT_FULL");
        let mut release = place;
        release["token"] = Value::from(token);
        let released = self.act(person, "slotHoldRelease", release, "released").await;
        assert_eq!(released["released"], true);
        false
    }

    /// Calls an order off: its state, or the code of the refusal.
    pub async fn call_off(&self, who: &Person, order: &str) -> String {
        let input = json!({ "orderId": order });
        let payload = self.act(who, "mealOrderCancel", input, "order { state }").await;
        match payload["order"]["state"].as_str() {
            Some(state) => state.to_owned(),
            None => refusal(&payload).to_owned(),
        }
    }
}

/// Whether the order still has its places: those called off or run out before the kitchen counted gave them back.
pub fn keeps_places(order: &meal_order::Model) -> bool {
    !matches!(order.state, MealState::Cancelled | MealState::Expired)
}

fn plain_elder() -> NewElder {
    NewElder {
        name: "演示老人".to_owned(),
        birth_on: "1944-03-01".parse().unwrap(),
        sex: Sex::Female,
        region_code: HOME.to_owned(),
        phone: None,
        id_number: None,
        card_number: None,
        address: Some("演示小区 2 栋 301".to_owned()),
        position_e6: Some((25_012_000, 102_751_000)),
        dietary: None,
    }
}
