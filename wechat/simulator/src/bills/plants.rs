//! Mistakes planted in trade bills, so that a reconciliation can be shown to find each of them.

use serde::{Deserialize, Serialize};

use super::{
    Day,
    trade::{RefundPart, TradeRow},
};
use crate::{
    bounds,
    crypto::{derived, digits},
    world::World,
};

/// One planted mistake; `POST /sim/bills/plants`. It stays in every bill of its day.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plant {
    /// What is wrong.
    pub kind: PlantKind,
    /// The merchant's number of the order; for `extra` and `refund_unknown` the number that nobody made.
    pub out_trade_no: String,
    /// The merchant's number of the refund, for the kinds about refunds.
    #[serde(default)]
    pub out_refund_no: String,
    /// For `extra`: so many rows, their numbers counted up (1); at most 200,000 in all plants.
    #[serde(default = "once")]
    pub count: u32,
    /// Fen: how much is added, or what the invented row says (1).
    #[serde(default = "one")]
    pub fen: i64,
    /// For invented rows: any moment of the day whose bill shall hold it, unix seconds.
    #[serde(default)]
    pub at: i64,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlantKind {
    /// The payment's row is not there.
    Missing,
    /// A payment that nobody made.
    Extra,
    /// The payment's amount is another.
    Amount,
    /// The payment's row comes twice.
    Double,
    /// The payment's fee is another.
    Fee,
    /// The payment's row says `REVOKED`.
    State,
    /// The payment's row has another number of the platform's.
    Number,
    /// The refund's row is not there.
    RefundMissing,
    /// A refund that nobody asked for.
    RefundUnknown,
    /// The refund's row comes twice.
    RefundDouble,
    /// The refund's amount is another.
    RefundAmount,
    /// The refund's row says `FAIL`.
    RefundState,
    /// The refund's row has another number of the platform's.
    RefundNumber,
}

fn one() -> i64 {
    1
}

fn once() -> u32 {
    1
}

/// Refuses plants with numbers out of their bounds, and more rows than a bill can have.
pub fn check_all(present: &[Plant], more: &[Plant]) -> Result<(), String> {
    for plant in more {
        bounds::check("fen", plant.fen, bounds::CHANGES_FEN)?;
        if plant.at != 0 {
            bounds::check_moment("at", plant.at)?;
        }
    }
    let rows = present.iter().chain(more).map(|plant| u64::from(plant.count.max(1))).sum();
    bounds::check("the rows of all plants", rows, 0..=bounds::INVENTED_MAX)
}

/// Puts the planted mistakes into the rows of a day.
pub fn spoil_all(world: &World, day: Day, rows: &mut Vec<TradeRow>) {
    for plant in &world.plants {
        spoil(world, day, plant, rows);
    }
}

fn spoil(world: &World, day: Day, plant: &Plant, rows: &mut Vec<TradeRow>) {
    let is_payment = |row: &TradeRow| row.refund.is_none() && row.out_trade_no == plant.out_trade_no;
    let is_refund =
        |row: &TradeRow| row.refund.as_ref().is_some_and(|it| it.out_refund_no == plant.out_refund_no);
    match plant.kind {
        PlantKind::Missing => rows.retain(|row| !is_payment(row)),
        PlantKind::RefundMissing => rows.retain(|row| !is_refund(row)),
        PlantKind::Double => repeat(rows, is_payment),
        PlantKind::RefundDouble => repeat(rows, is_refund),
        PlantKind::Extra if day.holds(plant.at) && plant.count > 1 => {
            let numbered = |number: u32| Plant {
                out_trade_no: format!("{}{number:08}", plant.out_trade_no),
                ..plant.clone()
            };
            rows.extend((0..plant.count).map(|number| invented(world, &numbered(number), day)));
        }
        PlantKind::Extra | PlantKind::RefundUnknown if day.holds(plant.at) => {
            rows.push(invented(world, plant, day));
        }
        PlantKind::Extra | PlantKind::RefundUnknown => {}
        PlantKind::Amount => {
            change(rows, is_payment, |row| row.order_fen = row.order_fen.saturating_add(plant.fen))
        }
        PlantKind::Fee => change(rows, is_payment, |row| row.fee_fen = row.fee_fen.saturating_add(plant.fen)),
        PlantKind::State => change(rows, is_payment, |row| row.state = "REVOKED".to_owned()),
        PlantKind::Number => change(rows, is_payment, |row| other(&mut row.transaction_id)),
        PlantKind::RefundAmount => {
            change_refund(rows, is_refund, |part| part.fen = part.fen.saturating_add(plant.fen))
        }
        PlantKind::RefundState => change_refund(rows, is_refund, |part| part.state = "FAIL"),
        PlantKind::RefundNumber => change_refund(rows, is_refund, |part| other(&mut part.refund_id)),
    }
}

fn repeat(rows: &mut Vec<TradeRow>, fits: impl Fn(&TradeRow) -> bool) {
    // One more, also when it is there twice already: many plants must not double the bill many times.
    let again = rows.iter().find(|row| fits(row)).cloned();
    rows.extend(again);
}

fn change(rows: &mut [TradeRow], fits: impl Fn(&TradeRow) -> bool, act: impl Fn(&mut TradeRow)) {
    rows.iter_mut().filter(|row| fits(row)).for_each(act);
}

fn change_refund(rows: &mut [TradeRow], fits: impl Fn(&TradeRow) -> bool, act: impl Fn(&mut RefundPart)) {
    rows.iter_mut().filter(|row| fits(row)).filter_map(|row| row.refund.as_mut()).for_each(act);
}

/// Makes a number another one.
fn other(number: &mut String) {
    let last = if number.pop() == Some('0') { '1' } else { '0' };
    number.push(last);
}

/// A row that follows from nothing but the plant.
fn invented(world: &World, plant: &Plant, day: Day) -> TradeRow {
    let number = |purpose: &str| digits(&derived(world.seed, purpose, &plant.out_trade_no), 24);
    let known = world.book.orders.get(&plant.out_trade_no).and_then(|order| order.payment.as_ref());
    let is_refund = plant.kind == PlantKind::RefundUnknown;
    let refund = is_refund.then(|| RefundPart {
        refund_id: format!("5030{}", number("planted refund")),
        out_refund_no: plant.out_refund_no.clone(),
        fen: plant.fen,
        state: "SUCCESS",
    });
    TradeRow {
        at: day.noon(),
        appid: world.who.appid.clone(),
        mchid: world.who.mchid.clone(),
        transaction_id: known.map_or_else(
            || format!("4200{}", number("planted payment")),
            |payment| payment.transaction_id.clone(),
        ),
        out_trade_no: plant.out_trade_no.clone(),
        openid: crate::login::openid_of("stranger"),
        state: if is_refund { "REFUND" } else { "SUCCESS" }.to_owned(),
        description: "无人下的单".to_owned(),
        order_fen: if is_refund { 0 } else { plant.fen },
        fee_fen: 0,
        refund,
    }
}
