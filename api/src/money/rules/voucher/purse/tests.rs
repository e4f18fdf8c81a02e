//! Ten thousand random histories of one month's voucher: orders, cancelling, serving, disputes, death, month end.

use std::collections::BTreeMap;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::money::rules::Posting;
use crate::money::rules::voucher::posting::{Part, Purser, parts};

/// One thing that somebody does.
#[derive(Clone, Copy, Debug)]
enum Act {
    Order(i64),
    Cancel(usize),
    Serve(usize),
    /// A person leaves the provider so many hundredths of an order that is open or was carried out.
    Decide(usize, i64),
    Freeze,
    Unfreeze,
    Revoke,
    /// The clock passes the end of the month; its work comes later.
    MonthPasses,
    MonthEnd,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (1_i64..=6_000).prop_map(Act::Order),
        3 => (0_usize..12).prop_map(Act::Cancel),
        3 => (0_usize..12).prop_map(Act::Serve),
        2 => (0_usize..12, 0_i64..=100).prop_map(|(order, percent)| Act::Decide(order, percent)),
        1 => Just(Act::Freeze),
        1 => Just(Act::Unfreeze),
        1 => Just(Act::Revoke),
        1 => Just(Act::MonthPasses),
        1 => Just(Act::MonthEnd),
    ]
}

#[derive(Clone, Copy, Debug, Default)]
struct Order {
    reserved: i64,
    redeemed: i64,
    is_decided: bool,
}

/// A voucher with its orders and its ledger.
struct House {
    purse: Purse,
    orders: Vec<Order>,
    ledger: BTreeMap<String, Posting>,
    is_month_over: bool,
}

impl House {
    fn open(granted: i64) -> Self {
        let mut house = Self {
            purse: Purse::issued(Fen::new(granted)),
            orders: Vec::new(),
            ledger: BTreeMap::new(),
            is_month_over: false,
        };
        house.post(purser().issued(Uuid::nil(), Fen::new(granted)));
        house
    }

    /// Posted twice: a key happens once.
    fn post(&mut self, posting: Posting) {
        for _ in 0..2 {
            self.ledger.entry(posting.key.clone()).or_insert_with(|| posting.clone());
        }
    }

    fn moves(&mut self, movement: Movement) -> bool {
        let Some(purse) = self.purse.after(movement, self.is_month_over) else { return false };
        self.purse = purse;
        true
    }

    fn settle(&mut self, at: usize, redeemed: i64) {
        let order = self.orders[at];
        let (redeemed, released) = (Fen::new(redeemed), Fen::new(order.reserved - redeemed));
        let is_open = self.purse.is_open(self.is_month_over);
        assert!(
            self.moves(Movement::Settle { redeemed, released }),
            "what is reserved can always be settled"
        );
        self.post(purser().settled(id(at), (redeemed, released), is_open));
        self.orders[at] = Order { reserved: 0, redeemed: redeemed.get(), ..order };
    }

    fn give_back(&mut self, at: usize, fen: i64) {
        let is_open = self.purse.is_open(self.is_month_over);
        assert!(self.moves(Movement::GiveBack(Fen::new(fen))));
        self.post(purser().given_back(id(at), Fen::new(fen), is_open));
        self.orders[at].redeemed -= fen;
    }

    fn act(&mut self, act: Act) {
        let known = |at: &usize| *at < self.orders.len();
        match act {
            Act::Order(fen) => {
                if self.moves(Movement::Reserve(Fen::new(fen))) {
                    self.post(purser().reserved(id(self.orders.len()), Fen::new(fen)));
                    self.orders.push(Order { reserved: fen, ..Order::default() });
                }
            }
            Act::Cancel(at) if known(&at) && self.orders[at].reserved > 0 => self.settle(at, 0),
            Act::Serve(at) if known(&at) && self.orders[at].reserved > 0 => {
                self.settle(at, self.orders[at].reserved);
            }
            Act::Decide(at, percent) if known(&at) && !self.orders[at].is_decided => self.decide(at, percent),
            Act::Revoke => {
                let rest = self.purse.available;
                if self.moves(Movement::Revoke) {
                    self.post(purser().revoked(Uuid::nil(), rest));
                }
            }
            Act::MonthPasses => self.is_month_over = true,
            Act::MonthEnd if self.is_month_over => {
                let rest = self.purse.available;
                if self.moves(Movement::MonthEnd) {
                    self.post(purser().lapsed(Uuid::nil(), rest));
                }
            }
            Act::Freeze => drop(self.moves(Movement::Freeze)),
            Act::Unfreeze => drop(self.moves(Movement::Unfreeze)),
            Act::Cancel(_) | Act::Serve(_) | Act::Decide(..) | Act::MonthEnd => {}
        }
    }

    fn decide(&mut self, at: usize, percent: i64) {
        let order = self.orders[at];
        self.orders[at].is_decided = true;
        if order.reserved > 0 {
            self.settle(at, order.reserved * percent / 100);
        } else {
            self.give_back(at, order.redeemed - order.redeemed * percent / 100);
        }
    }

    /// Every identity, from the purse, the orders and the ledger.
    fn prove(&self) {
        assert!(self.purse.is_sound(), "{:?}", self.purse);
        let sum = |part: fn(&Order) -> i64| self.orders.iter().map(part).sum::<i64>();
        assert_eq!(sum(|order| order.reserved), self.purse.reserved.get());
        assert_eq!(sum(|order| order.redeemed), self.purse.redeemed.get());
        let entries = || self.ledger.values().flat_map(|posting| &posting.entries);
        assert_eq!(entries().map(|(_, amount)| amount.get()).sum::<i64>(), 0);
        for (part, held) in Part::ALL.into_iter().zip(parts(&self.purse)) {
            let name = format!("voucher/{}/{}", purser().name(), part.as_str());
            let booked: i64 =
                entries().filter(|(account, _)| account.name() == name).map(|(_, amount)| amount.get()).sum();
            let sign = if part == Part::Granted { 1 } else { -1 };
            assert_eq!(booked * sign, held.get(), "{name}");
        }
        let is_lapsed = self.purse.state == S::Lapsed;
        assert!(!is_lapsed || self.purse.available.is_zero() && self.purse.reserved.is_zero());
    }
}

fn purser() -> Purser {
    Purser { programme: "demo".to_owned(), region_code: "530111".to_owned() }
}

fn id(at: usize) -> Uuid {
    Uuid::from_u128(at as u128 + 1)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn every_history_keeps_every_identity(granted in 1_i64..=30_000, acts in prop::collection::vec(act(), 1..40)) {
        let mut house = House::open(granted);
        for act in acts {
            house.act(act);
            house.prove();
        }
        // However it went: when the month is over and every order has ended, nothing is left open.
        house.act(Act::MonthPasses);
        house.act(Act::MonthEnd);
        for at in 0..house.orders.len() {
            house.act(Act::Cancel(at));
            house.prove();
        }
        prop_assert!(house.purse.available.is_zero() && house.purse.reserved.is_zero());
        prop_assert!(super::super::is_over(house.purse.state));
    }
}

#[test]
fn a_month_with_something_reserved_lapses_when_the_last_order_has_ended() {
    let fen = Fen::new;
    let june = Purse::issued(fen(10_000)).after(Movement::Reserve(fen(8_000)), false).unwrap();
    let july = june.after(Movement::MonthEnd, true).unwrap();
    assert_eq!((july.state, july.lapsed, july.reserved), (S::Issued, fen(2_000), fen(8_000)));
    let carried_out = july.after(Movement::Settle { redeemed: fen(8_000), released: fen(0) }, true).unwrap();
    assert_eq!((carried_out.state, carried_out.redeemed), (S::Lapsed, fen(8_000)));
    let called_off = july.after(Movement::Settle { redeemed: fen(0), released: fen(8_000) }, true).unwrap();
    assert_eq!(
        (called_off.state, called_off.returned, called_off.available),
        (S::Lapsed, fen(8_000), fen(0))
    );
    let refunded = carried_out.after(Movement::GiveBack(fen(1_000)), true).unwrap();
    assert_eq!((refunded.returned, refunded.redeemed), (fen(1_000), fen(7_000)), "MR-6");
    assert_eq!(july.after(Movement::Reserve(fen(1)), true), None);
}
