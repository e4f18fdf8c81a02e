//! The parts of an order that clients see: states, payers, lines, steps, payments, refunds.

use async_graphql::{Enum, ID, SimpleObject};
use entities::enums::{
    AttemptState as RowAttempt, Channel as RowChannel, MealState as RowState, RefundState as RowRefund,
};

use crate::kit::clock::service_day;
use crate::kit::fen::Fen as Amount;
use crate::kit::ids::{EventId, RefundId};
use crate::kit::scalar::{Day, Fen, Instant};

/// Life of a meal order. Treat an unknown value as "see details".
///
/// HELD → CONFIRMED, EXPIRED, CANCELLED, SERVED; CONFIRMED → LOCKED, CANCELLED;
/// LOCKED → READY, SERVED, OUT_FOR_DELIVERY, NO_SHOW, CANCELLED; READY → SERVED, OUT_FOR_DELIVERY, NO_SHOW;
/// OUT_FOR_DELIVERY → SERVED, UNDELIVERED.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "RowState")]
pub enum MealOrderState {
    /// The place is kept until `payBefore`.
    Held,
    /// Paid, or nothing to pay.
    Confirmed,
    /// The cut-off has passed; it is on the kitchen sheet.
    Locked,
    /// Cooked.
    Ready,
    /// On its way to the elder's home.
    OutForDelivery,
    /// Eaten, taken along or handed over.
    Served,
    /// Nobody was reached; the money goes back and somebody looks after the elder.
    Undelivered,
    /// Nobody came; no public money is claimed.
    NoShow,
    /// Called off; what was paid goes back.
    Cancelled,
    /// Not paid in time.
    Expired,
}

/// The way in by which an order came.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "RowChannel")]
pub enum OrderChannel {
    /// A family member's phone.
    FamilyApp,
    /// The elder's own phone.
    ElderApp,
    /// The telephone desk.
    Desk,
    /// The canteen's counter.
    Counter,
}

/// Who bears a part of the price, in this order: public subsidy, voucher, family.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub enum Payer {
    /// A public rule by age.
    Subsidy,
    /// The elder's monthly voucher.
    Voucher,
    /// The family, through WeChat Pay or at the counter.
    Cash,
}

/// One payer's part.
#[derive(SimpleObject)]
pub struct PayerShare {
    /// Who.
    pub payer: Payer,
    /// How much, in fen.
    pub amount_fen: Fen,
    /// The rule that made it; null for the family's own part.
    pub rule: Option<String>,
}

/// Parts above zero, in the order of the payers.
pub fn shares(subsidy: i64, voucher: i64, cash: i64, rule: Option<&str>) -> Vec<PayerShare> {
    [(Payer::Subsidy, subsidy, rule), (Payer::Voucher, voucher, None), (Payer::Cash, cash, None)]
        .into_iter()
        .filter(|(_, fen, _)| *fen > 0)
        .map(|(payer, fen, rule)| PayerShare {
            payer,
            amount_fen: Amount::new(fen).into(),
            rule: rule.map(str::to_owned),
        })
        .collect()
}

/// One line with its frozen price.
#[derive(SimpleObject)]
pub struct MealOrderItem {
    /// Which dish.
    pub dish_id: ID,
    /// Its name on that day.
    pub name: String,
    /// Whether the small portion.
    pub is_small: bool,
    /// How many.
    pub quantity: i32,
    /// Price of one, in fen.
    pub unit_price_fen: Fen,
}

/// One step of the timeline.
#[derive(SimpleObject)]
pub struct OrderEvent {
    /// Opaque, grows with time.
    pub id: ID,
    /// What happened, in the words of the life cycle.
    pub name: String,
    /// State afterwards; null when the state stayed.
    pub state: Option<String>,
    /// When.
    pub happened_at: Instant,
    /// Why, in words; null when nobody said.
    pub reason: Option<String>,
}

impl From<entities::event::Model> for OrderEvent {
    fn from(row: entities::event::Model) -> Self {
        Self {
            id: EventId(row.id).to_string().into(),
            name: row.name,
            state: row.to_state,
            happened_at: row.happened_at.into(),
            reason: row.reason,
        }
    }
}

/// Life of a payment attempt.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "RowAttempt")]
pub enum PaymentAttemptState {
    /// Written down, perhaps sent.
    Created,
    /// The phone can pay.
    Prepaid,
    /// Paid.
    Paid,
    /// Can never be paid.
    Closed,
    /// Paid too late; the money goes back.
    LatePaid,
}

/// One try to pay through WeChat.
#[derive(SimpleObject)]
pub struct PaymentAttempt {
    /// Opaque.
    pub id: ID,
    /// Where it stands.
    pub state: PaymentAttemptState,
    /// How much, in fen.
    pub amount_fen: Fen,
    /// When it began.
    pub created_at: Instant,
}

/// Life of a refund.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "RowRefund")]
pub enum RefundState {
    /// To be sent to WeChat.
    Requested,
    /// Accepted by WeChat, under way.
    Accepted,
    /// The money is back where it came from.
    Success,
    /// The card is closed; a person takes care of it.
    Abnormal,
    /// Refused by WeChat; a person takes care of it.
    Closed,
}

/// Money on its way back to the payer.
#[derive(SimpleObject)]
pub struct Refund {
    /// Opaque.
    pub id: ID,
    /// Where it stands.
    pub state: RefundState,
    /// How much, in fen.
    pub amount_fen: Fen,
    /// Since when.
    pub requested_at: Instant,
    /// At the latest by this day, 15 days after the request (rule on penalties for harming consumers, art. 10).
    pub due_on: Day,
    /// Whether it waits in cash at the desk that took it; otherwise it goes back through WeChat.
    pub is_cash: bool,
}

impl From<entities::refund::Model> for Refund {
    fn from(row: entities::refund::Model) -> Self {
        Self {
            id: RefundId(row.id).to_string().into(),
            state: row.state.into(),
            amount_fen: Amount::new(row.amount_fen).into(),
            requested_at: row.requested_at.into(),
            due_on: (service_day(row.requested_at) + chrono::Duration::days(15)).into(),
            is_cash: row.till_region.is_some(),
        }
    }
}

/// What the staff of the canteen must know to hand a meal over.
#[derive(SimpleObject)]
pub struct HandOver {
    /// The elder's full name.
    pub name: String,
    /// The elder's telephone number; null unless it is a delivery.
    pub phone: Option<String>,
    /// Where to bring it; null unless it is a delivery.
    pub address: Option<String>,
    /// Diet and allergies; null when there are none.
    pub dietary_needs: Option<String>,
}
