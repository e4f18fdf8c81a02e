//! The server is killed at random moments under load and started again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use entities::enums::MealState;
use entities::meal_order;
use futures_util::future::join_all;
use nuanyang::kit::ids::{OrderId, SlotId};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::crowd::Family;
use crate::world::place::{Canteen, order_input};
use crate::world::processes::House;
use crate::world::{Backend, World};

/// What one client knows of an order that was acknowledged to it.
#[derive(Clone, Debug)]
pub(super) struct Known {
    id: String,
    /// The cancellation was acknowledged.
    is_cancelled: bool,
    /// A cancellation was sent; whether it arrived is not known.
    was_cancelling: bool,
    /// The platform took the money.
    is_paid: bool,
}

/// A family with its phone, which remembers what it asked for across crashes of the server.
pub(super) struct Phone<'a> {
    world: &'a World,
    /// Addresses of the servers; each act goes to one of them.
    doors: Vec<String>,
    family: &'a Family,
    number: usize,
    dice: StdRng,
    pub(super) orders: Vec<Known>,
    /// Requests without an answer: sent again with the same key.
    unsure: Vec<Value>,
    asked: usize,
    /// Orders acknowledged to all phones together.
    acknowledged: Arc<AtomicUsize>,
    /// Answers that were neither data nor a refusal.
    faults: Vec<String>,
}

impl<'a> Phone<'a> {
    /// Phones of a crowd, each with dice of its own.
    pub(super) fn all(world: &'a World, crowd: &'a [Family], doors: &[String], seed: u64) -> Vec<Self> {
        let acknowledged = Arc::<AtomicUsize>::default();
        let phone = |(number, family): (usize, &'a Family)| {
            let acknowledged = acknowledged.clone();
            let dice = StdRng::seed_from_u64(seed * 100 + u64::try_from(number).unwrap());
            let (orders, unsure, faults) = (Vec::new(), Vec::new(), Vec::new());
            let (doors, asked) = (doors.to_vec(), 0);
            Phone { world, doors, family, number, dice, orders, unsure, asked, acknowledged, faults }
        };
        crowd.iter().enumerate().map(phone).collect()
    }

    /// Counts the orders that were acknowledged to this phone and to those made with it.
    pub(super) fn counter(&self) -> Arc<AtomicUsize> {
        self.acknowledged.clone()
    }

    /// One act; `None` when nothing came back.
    async fn act(&mut self, name: &str, input: &Value, select: &str) -> Option<Value> {
        let upper = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
        let document = format!(
            "mutation($input: {upper}Input!) {{ {name}(input: $input) {{ {select} userErrors {{ code }} }} }}"
        );
        let body = json!({ "query": document, "variables": { "input": input } });
        let door = &self.doors[self.dice.random_range(0..self.doors.len())];
        let request = self.world.http.post(format!("{door}/graphql")).json(&body);
        let request = request.bearer_auth(self.world.fresh_token(&self.family.person));
        let answer = request.timeout(Duration::from_secs(12)).send().await.ok()?;
        let answer: Value = answer.json().await.ok()?;
        if answer.get("errors").is_some() {
            self.faults.push(answer.to_string());
            return None;
        }
        Some(answer["data"][name].clone())
    }

    async fn place(&mut self, input: Value) {
        match self.act("mealOrderPlace", &input, "order { id }").await {
            Some(payload) => {
                if let Some(id) = payload["order"]["id"].as_str() {
                    let id = id.to_owned();
                    self.acknowledged.fetch_add(1, Ordering::Relaxed);
                    self.orders.push(Known {
                        id,
                        is_cancelled: false,
                        was_cancelling: false,
                        is_paid: false,
                    });
                } else {
                    assert_eq!(payload["userErrors"][0]["code"], "SLOT_FULL", "{payload}");
                }
            }
            None => self.unsure.push(input),
        }
    }

    /// Starts the payment; with an answer in hand the button is pressed at the platform.
    async fn pay(&mut self, which: usize) {
        let id = self.orders[which].id.clone();
        let started = self.act("paymentStart", &json!({ "orderId": id }), "params { package }").await;
        if !started.is_some_and(|payload| payload["params"]["package"].is_string()) {
            return;
        }
        let id: OrderId = id.parse().unwrap();
        let attempts = nuanyang::money::store::attempt::of_order(self.world.app.db.read(), id).await.unwrap();
        let pressed =
            self.world.press(&self.family.person, &attempts.last().unwrap().out_trade_no, "ok").await;
        self.orders[which].is_paid |= pressed == "ok";
    }

    async fn cancel(&mut self, which: usize) {
        self.orders[which].was_cancelling = true;
        let input = json!({ "orderId": self.orders[which].id });
        if let Some(payload) = self.act("mealOrderCancel", &input, "order { state }").await {
            assert_eq!(payload["order"]["state"], "CANCELLED", "{payload}");
            self.orders[which].is_cancelled = true;
        }
    }

    /// Asks and asks until the server is gone.
    pub(super) async fn press_buttons(
        &mut self,
        (canteen, slots): (&Canteen, &[SlotId]),
        is_over: &AtomicBool,
    ) {
        for input in std::mem::take(&mut self.unsure) {
            self.place(input).await;
        }
        while !is_over.load(Ordering::Relaxed) {
            let which = (!self.orders.is_empty()).then(|| self.dice.random_range(0..self.orders.len()));
            match (self.dice.random_range(0..10), which) {
                (0..4, Some(which)) => self.pay(which).await,
                (4, Some(which)) => self.cancel(which).await,
                _ => {
                    self.asked += 1;
                    let key = format!("{}x{}", self.number, self.asked);
                    let elder = self.family.elders[self.dice.random_range(0..self.family.elders.len())];
                    let slot = slots[self.dice.random_range(0..slots.len())];
                    self.place(order_input(&key, elder, slot, ("DINE_IN", canteen.lunch))).await;
                }
            }
        }
    }
}

/// Everything acknowledged is there, places and books add up.
pub(super) async fn nothing_is_lost(world: &World, phones: &[Phone<'_>], slots: &[SlotId]) -> usize {
    let rows = meal_order::Entity::find().all(world.app.db.read()).await.unwrap();
    let rows: BTreeMap<Uuid, MealState> = rows.into_iter().map(|order| (order.id, order.state)).collect();
    let mut acknowledged = 0;
    for phone in phones {
        assert_eq!(phone.faults, Vec::<String>::new());
        for known in &phone.orders {
            let id: OrderId = known.id.parse().unwrap();
            let state = rows.get(&id.0).unwrap_or_else(|| panic!("order {id} was acknowledged and is lost"));
            if known.is_cancelled {
                assert_eq!(
                    *state,
                    MealState::Cancelled,
                    "the cancellation of {id} was acknowledged and is lost"
                );
            } else if !known.was_cancelling {
                assert!(matches!(state, MealState::Held | MealState::Confirmed), "{id} is {state:?}");
            }
            acknowledged += 1;
        }
    }
    for slot in slots {
        world.assert_seats(*slot).await;
    }
    world.assert_books().await;
    acknowledged
}

/// Past every timer nothing is left half done, and what the platform took has its meal or went back.
pub(super) async fn nothing_stays_half_done(house: &House, phones: &[Phone<'_>], slots: &[SlotId]) {
    house.advance(700).await;
    for _ in 0..30 {
        house.work().await;
        if house.world.unsettled().await == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        house.advance(301).await;
    }
    assert_eq!(house.world.unsettled().await, 0, "something is still half done");
    house.world.assert_money().await;
    for slot in slots {
        house.world.assert_seats(*slot).await;
    }
    let rows = meal_order::Entity::find().all(house.world.app.db.read()).await.unwrap();
    for phone in phones {
        for known in &phone.orders {
            let id: OrderId = known.id.parse().unwrap();
            let state = rows.iter().find(|order| order.id == id.0).unwrap().state;
            if known.is_paid && !known.was_cancelling {
                assert_eq!(state, MealState::Confirmed, "order {id} is paid");
            }
        }
    }
}

async fn killed_ten_times(backend: Backend, seed: u64) {
    let mut house = House::open(backend).await;
    let world = house.world.clone();
    let canteen = world.canteen().await;
    let today = world.app.clock.today();
    let mut slots = Vec::new();
    for days in 3..6 {
        let day = (today + chrono::Days::new(days)).to_string();
        slots.push(world.lunch(&canteen, &day, (1, 100)).await);
    }
    let crowd = world.crowd(16, 5).await;
    let mut phones = Phone::all(&world, &crowd, &house.doors(), seed);

    let mut dice = StdRng::seed_from_u64(seed);
    let mut acknowledged = 0;
    for round in 0..10 {
        let is_over = AtomicBool::new(false);
        let load = join_all(phones.iter_mut().map(|phone| phone.press_buttons((&canteen, &slots), &is_over)));
        let crash = async {
            tokio::time::sleep(Duration::from_millis(dice.random_range(100..900))).await;
            house.kill().await;
            is_over.store(true, Ordering::Relaxed);
        };
        tokio::join!(load, crash);
        let took = house.start_again().await;
        acknowledged = nothing_is_lost(&world, &phones, &slots).await;
        eprintln!(
            "seed {seed}, round {round}: ready after {took:?}, {acknowledged} orders acknowledged so far"
        );
    }
    assert!(acknowledged > 50, "only {acknowledged} orders were acknowledged");
    let over = AtomicBool::new(true);
    join_all(phones.iter_mut().map(|phone| phone.press_buttons((&canteen, &slots), &over))).await;
    nothing_is_lost(&world, &phones, &slots).await;
    nothing_stays_half_done(&house, &phones, &slots).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_ten_kills_under_load_nothing_is_lost_or_half_done_on_sqlite() {
    killed_ten_times(Backend::Sqlite, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_ten_kills_under_load_nothing_is_lost_or_half_done_on_postgres() {
    killed_ten_times(Backend::Postgres, 2).await;
}
