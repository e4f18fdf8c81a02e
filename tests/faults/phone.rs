//! A family with its phone: what it wants follows from the seed alone; what it was told it remembers across crashes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use nuanyang::kit::ids::{OrderId, SlotId};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

use super::caller::{Caller, Journal};
use crate::world::World;
use crate::world::crowd::Family;
use crate::world::place::{Canteen, order_input};

/// What a phone wants next. Orders are named by their number in the order in which they were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Place { elder: usize, slot: usize },
    Pay(usize),
    Cancel(usize),
}

/// All that a phone will ever want, and at which door it says so: of the seed alone, whatever it is answered.
#[derive(Clone, Debug)]
pub(super) struct Script {
    dice: StdRng,
    asked: usize,
}

impl Script {
    /// The script of the phone of this number.
    pub(super) fn new(seed: u64, phone: usize) -> Self {
        Self { dice: StdRng::seed_from_u64(seed * 100 + u64::try_from(phone).unwrap()), asked: 0 }
    }

    /// The next wish and its door, out of so many elders and slots.
    pub(super) fn next(&mut self, (elders, slots): (usize, usize)) -> (usize, Wish) {
        // As many throws each time, so that no wish depends on what became of another.
        let [kind, which, elder, slot, door]: [u16; 5] = std::array::from_fn(|_| self.dice.random());
        let wish = match (kind % 10, self.asked) {
            (0..4, 1..) => Wish::Pay(usize::from(which) % self.asked),
            (4, 1..) => Wish::Cancel(usize::from(which) % self.asked),
            _ => {
                self.asked += 1;
                Wish::Place { elder: usize::from(elder) % elders, slot: usize::from(slot) % slots }
            }
        };
        (usize::from(door), wish)
    }
}

/// What one phone knows of an order that was acknowledged to it.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) id: String,
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
    Unsure(Value),
    /// There was no place.
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
            Asked::Unsure(_) | Asked::Full => None,
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
        let Asked::Unsure(input) = self.orders[which].clone() else { return };
        let Some(payload) = self.act(door, ("mealOrderPlace", "order { id }"), &input).await else { return };
        self.orders[which] = if let Some(id) = payload["order"]["id"].as_str() {
            self.acknowledged.fetch_add(1, Ordering::Relaxed);
            let id = id.to_owned();
            Asked::Known(Known { id, is_cancelled: false, was_cancelling: false, is_paid: false })
        } else {
            assert_eq!(payload["userErrors"][0]["code"], "SLOT_FULL", "{payload}");
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
        if let Some(payload) = self.act(door, ("mealOrderCancel", "order { state }"), &input).await {
            assert_eq!(payload["order"]["state"], "CANCELLED", "{payload}");
            known.is_cancelled = true;
        }
    }

    /// Follows the script until the server is gone; what was left without an answer before comes first.
    pub(super) async fn press_buttons(
        &mut self,
        (canteen, slots): (&Canteen, &[SlotId]),
        is_over: &AtomicBool,
    ) {
        for which in 0..self.orders.len() {
            self.place(which, which).await;
        }
        while !is_over.load(Ordering::Relaxed) {
            let (door, wish) = self.script.next((self.family.elders.len(), slots.len()));
            let which = match wish {
                Wish::Place { elder, slot } => {
                    let key = format!("{}x{}", self.number, self.orders.len());
                    let input =
                        order_input(&key, self.family.elders[elder], slots[slot], ("DINE_IN", canteen.lunch));
                    self.orders.push(Asked::Unsure(input));
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
        (0..1_000).map(|_| script.next((5, 3))).collect::<Vec<_>>()
    };
    assert_eq!(wishes(1, 2), wishes(1, 2));
    assert_ne!(wishes(1, 2), wishes(1, 3));
    assert_ne!(wishes(1, 2), wishes(2, 2));
    let is_order = |(_, wish): &&(usize, Wish)| matches!(wish, Wish::Place { .. });
    assert!((400..600).contains(&wishes(1, 2).iter().filter(is_order).count()));
}
