//! A family with its phone: what it wants follows from the seed alone; what it was told it remembers across crashes.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use nuanyang::kit::ids::OrderId;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

use super::caller::{Caller, Journal};
use super::market::{Goods, Market};
use crate::world::World;
use crate::world::crowd::Family;

/// What a phone wants next. Orders are named by their number in the order in which they were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Place { elder: usize, goods: Goods },
    Pay(usize),
    Cancel(usize),
}

/// All that a phone will ever want, and at which door it says so: of the seed alone, whatever it is answered.
#[derive(Clone, Debug)]
pub(super) struct Script {
    dice: StdRng,
    asked: usize,
    /// Which of them are visits.
    visits: Vec<usize>,
    /// What comes before anything else: a visit is paid as soon as it is booked, and some are called off at once.
    next: VecDeque<Wish>,
}

impl Script {
    /// The script of the phone of this number.
    pub(super) fn new(seed: u64, phone: usize) -> Self {
        let dice = StdRng::seed_from_u64(seed * 100 + u64::try_from(phone).unwrap());
        Self { dice, asked: 0, visits: Vec::new(), next: VecDeque::new() }
    }

    /// The next wish and its door, out of so many elders, lunches and visits.
    pub(super) fn next(&mut self, (elders, lunches, visits): (usize, usize, usize)) -> (usize, Wish) {
        // As many throws each time, so that no wish depends on what became of another.
        let [kind, which, elder, goods, door]: [u16; 5] = std::array::from_fn(|_| self.dice.random());
        let [kind, which, elder, goods, door] = [kind, which, elder, goods, door].map(usize::from);
        let wish = match (self.next.pop_front(), kind % 10) {
            (Some(next), _) => next,
            (None, 0..3) if self.asked > 0 => Wish::Pay(which % self.asked),
            (None, 3) if self.asked > 0 => Wish::Cancel(which % self.asked),
            (None, 4) if !self.visits.is_empty() => Wish::Cancel(self.visits[which % self.visits.len()]),
            _ => {
                let (is_visit, goods, number) = (goods % 5 < 2, goods / 5, self.asked);
                self.asked += 1;
                if is_visit {
                    self.visits.push(number);
                    self.next.push_back(Wish::Pay(number));
                    self.next.extend((which % 5 == 0).then_some(Wish::Cancel(number)));
                }
                let goods =
                    if is_visit { Goods::Visit(goods % visits) } else { Goods::Lunch(goods % lunches) };
                Wish::Place { elder: elder % elders, goods }
            }
        };
        (door, wish)
    }
}

/// What one phone knows of an order that was acknowledged to it.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) id: String,
    pub(super) goods: Goods,
    /// The cancellation was acknowledged.
    pub(super) is_cancelled: bool,
    /// A cancellation was sent; whether it arrived is not known.
    pub(super) was_cancelling: bool,
    /// The platform took the money.
    pub(super) is_paid: bool,
}

/// What became of a wish for an order.
#[derive(Clone, Debug)]
enum Asked {
    /// Without an answer: sent again with the same key.
    Unsure(Goods, Value),
    /// There was no place, or nobody free.
    Full,
    Known(Known),
}

/// A family with its phone.
pub(super) struct Phone<'a> {
    caller: Caller<'a>,
    family: &'a Family,
    number: usize,
    script: Script,
    orders: Vec<Asked>,
    /// Orders acknowledged to all phones together.
    acknowledged: Arc<AtomicUsize>,
}

impl<'a> Phone<'a> {
    /// Phones of a crowd, each with a script of its own.
    pub(super) fn all(
        world: &'a World,
        crowd: &'a [Family],
        doors: &[String],
        (seed, journal): (u64, &Journal),
    ) -> Vec<Self> {
        let acknowledged = Arc::<AtomicUsize>::default();
        let phone = |(number, family): (usize, &'a Family)| {
            let caller = Caller::new(world, doors, format!("phone{number}"), journal);
            let (script, acknowledged) = (Script::new(seed, number), acknowledged.clone());
            Phone { caller, family, number, script, orders: Vec::new(), acknowledged }
        };
        crowd.iter().enumerate().map(phone).collect()
    }

    /// Counts the orders that were acknowledged to this phone and to those made with it.
    pub(super) fn counter(&self) -> Arc<AtomicUsize> {
        self.acknowledged.clone()
    }

    /// Orders that were acknowledged.
    pub(super) fn known(&self) -> impl Iterator<Item = &Known> {
        self.orders.iter().filter_map(|asked| match asked {
            Asked::Known(known) => Some(known),
            Asked::Unsure(..) | Asked::Full => None,
        })
    }

    /// Answers that were neither data nor a refusal.
    pub(super) fn faults(&self) -> &[String] {
        &self.caller.faults
    }

    async fn act(&mut self, door: usize, act: (&str, &str), input: &Value) -> Option<Value> {
        self.caller.act(door, &self.family.person, act, input).await
    }

    /// Asks for an order, for the first time or again.
    async fn place(&mut self, door: usize, which: usize) {
        let Asked::Unsure(goods, input) = self.orders[which].clone() else { return };
        let (place, _) = goods.acts();
        let Some(payload) = self.act(door, (place, "order { id }"), &input).await else { return };
        self.orders[which] = if let Some(id) = payload["order"]["id"].as_str() {
            self.acknowledged.fetch_add(1, Ordering::Relaxed);
            let id = id.to_owned();
            Asked::Known(Known { id, goods, is_cancelled: false, was_cancelling: false, is_paid: false })
        } else {
            let code = payload["userErrors"][0]["code"].as_str().unwrap_or_default();
            assert!(goods.is_sold_out(code), "{payload}");
            Asked::Full
        };
    }

    /// Starts the payment; with an answer in hand the button is pressed at the platform.
    async fn pay(&mut self, door: usize, known: &mut Known) {
        let input = json!({ "orderId": known.id });
        let started = self.act(door, ("paymentStart", "params { package }"), &input).await;
        if !started.is_some_and(|payload| payload["params"]["package"].is_string()) {
            return;
        }
        let (world, id): (_, OrderId) = (self.caller.world, known.id.parse().unwrap());
        let attempts = nuanyang::money::store::attempt::of_order(world.app.db.read(), id).await.unwrap();
        let pressed = world.press(&self.family.person, &attempts.last().unwrap().out_trade_no, "ok").await;
        known.is_paid |= pressed == "ok";
    }

    async fn cancel(&mut self, door: usize, known: &mut Known) {
        known.was_cancelling = true;
        let input = json!({ "orderId": known.id });
        let (_, cancel) = known.goods.acts();
        if let Some(payload) = self.act(door, (cancel, "order { state }"), &input).await {
            assert_eq!(payload["order"]["state"], "CANCELLED", "{payload}");
            known.is_cancelled = true;
        }
    }

    /// Follows the script until the server is gone; what was left without an answer before comes first.
    pub(super) async fn press_buttons(&mut self, market: &Market, is_over: &AtomicBool) {
        for which in 0..self.orders.len() {
            self.place(which, which).await;
        }
        while !is_over.load(Ordering::Relaxed) {
            let (lunches, visits) = market.count();
            let (door, wish) = self.script.next((self.family.elders.len(), lunches, visits));
            let which = match wish {
                Wish::Place { elder, goods } => {
                    let key = format!("{}x{}", self.number, self.orders.len());
                    let input = market.input(goods, &key, self.family.elders[elder]);
                    self.orders.push(Asked::Unsure(goods, input));
                    self.orders.len() - 1
                }
                Wish::Pay(which) | Wish::Cancel(which) => which,
            };
            let Asked::Known(mut known) = self.orders[which].clone() else {
                self.place(door, which).await;
                continue;
            };
            match wish {
                Wish::Pay(_) => self.pay(door, &mut known).await,
                _ => self.cancel(door, &mut known).await,
            }
            self.orders[which] = Asked::Known(known);
        }
    }
}

#[test]
fn what_a_phone_wants_follows_from_the_seed_alone() {
    let wishes = |seed, phone| {
        let mut script = Script::new(seed, phone);
        (0..1_000).map(|_| script.next((5, 3, 6))).collect::<Vec<_>>()
    };
    assert_eq!(wishes(1, 2), wishes(1, 2));
    assert_ne!(wishes(1, 2), wishes(1, 3));
    assert_ne!(wishes(1, 2), wishes(2, 2));
    let is_order = |(_, wish): &&(usize, Wish)| matches!(wish, Wish::Place { .. });
    let orders: Vec<Wish> = wishes(1, 2).iter().filter(is_order).map(|(_, wish)| *wish).collect();
    assert!((350..550).contains(&orders.len()), "{}", orders.len());
    let is_visit = |wish: &&Wish| matches!(wish, Wish::Place { goods: Goods::Visit(_), .. });
    let visits = orders.iter().filter(is_visit).count();
    assert!((3..=5).contains(&(visits * 10 / orders.len())), "{visits} visits of {}", orders.len());
}
