//! Orders and refunds as one document, so that a demo whose server keeps its database can start its simulator again.
//!
//! The simulator itself writes nothing to disk: `GET /sim/state` gives the document, `POST /sim/state` takes it.

use serde::{Deserialize, Serialize};

use crate::{
    bounds,
    order::{Order, Refund, RefundState, TradeState},
    world::{Task, World},
};

/// Everything about money.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    seed: u64,
    appid: String,
    mchid: String,
    /// Oldest first.
    orders: Vec<Order>,
    refunds: Vec<Refund>,
}

impl State {
    /// What a world holds.
    pub fn of(world: &World) -> Self {
        let orders: Vec<Order> =
            world.book.sequence.iter().filter_map(|number| world.book.orders.get(number)).cloned().collect();
        let numbers = orders.iter().flat_map(|order| order.refunds.iter());
        let refunds = numbers.filter_map(|number| world.book.refunds.get(number)).cloned().collect();
        Self {
            seed: world.seed,
            appid: world.who.appid.clone(),
            mchid: world.who.mchid.clone(),
            orders,
            refunds,
        }
    }

    /// Refuses moments and amounts that no simulator would have written.
    fn check(&self) -> Result<(), String> {
        for order in &self.orders {
            bounds::check("total_fen", order.total_fen, 1..=bounds::WHOLE_MAX)?;
            bounds::check_moment("expires_at", order.expires_at)?;
            order.prepays.iter().try_for_each(|it| bounds::check_moment("made_at", it.made_at))?;
            order.payment.iter().try_for_each(|it| bounds::check_moment("paid_at", it.paid_at))?;
        }
        for refund in &self.refunds {
            bounds::check("refund_fen", refund.refund_fen, 1..=bounds::WHOLE_MAX)?;
            bounds::check("total_fen", refund.total_fen, 1..=bounds::WHOLE_MAX)?;
            bounds::check_moment("made_at", refund.made_at)?;
            refund.succeeded_at.iter().try_for_each(|at| bounds::check_moment("succeeded_at", *at))?;
        }
        Ok(())
    }

    /// Puts it into a world without orders. Refuses another seed or merchant: the numbers would not fit.
    pub fn put_into(self, world: &mut World) -> Result<(), String> {
        if self.seed != world.seed || self.appid != world.who.appid || self.mchid != world.who.mchid {
            return Err("the state was made with another seed or merchant".to_owned());
        }
        if !world.book.orders.is_empty() {
            return Err("there are orders already".to_owned());
        }
        self.check()?;
        let now = world.now();
        for order in self.orders {
            let number = order.out_trade_no.clone();
            for prepay in &order.prepays {
                world.book.prepays.insert(prepay.id.clone(), number.clone());
            }
            if let Some(payment) = &order.payment {
                world.book.transactions.insert(payment.transaction_id.clone(), number.clone());
            }
            if order.state == TradeState::NotPaid {
                world.plan(order.expires_at, Task::CloseOrder(number.clone()));
            }
            world.book.sequence.push(number.clone());
            world.book.orders.insert(number, order);
        }
        for refund in self.refunds {
            if refund.state == RefundState::Processing {
                world.plan(now, Task::EndRefund(refund.out_refund_no.clone()));
            }
            world.book.refunds.insert(refund.out_refund_no.clone(), refund);
        }
        Ok(())
    }
}
