//! The parts of an order that clients see: states, payers, lines, steps, payments, refunds.

use async_graphql::{Enum, ID, Result, SimpleObject};
use entities::enums::{
    AttemptState as RowAttempt, Channel as RowChannel, MealState as RowState, RefundState as RowRefund,
};

use uuid::Uuid;

use crate::app::App;
use crate::directory::store::provider::sign;
use crate::kit::clock::service_day;
use crate::kit::fen::Fen as Amount;
use crate::kit::ids::{EventId, ProviderId, RefundId, VoucherId};
use crate::kit::refusal::Fault;
use crate::kit::scalar::{Day, Fen, Instant};
use crate::money::rules::voucher::quote::{Applied, Bar as RowBar};

/// Who carries out a visit.
#[derive(SimpleObject)]
pub struct VisitProvider {
    /// Registered name.
    pub name: String,
    /// Telephone number; null when none is known.
    pub phone: Option<String>,
}

impl VisitProvider {
    /// The provider of an order that the person has been found to see.
    pub async fn of(app: &App, id: Uuid) -> Result<Self> {
        let found = sign(app.db.read(), ProviderId(id)).await?;
        let row = found.ok_or_else(|| Fault::new("an order without a provider"))?;
        Ok(Self { name: row.name, phone: row.phone })
    }
}

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

/// Parts above zero, in the order of the payers: subsidy and voucher each with the rule behind it, then the family.
pub fn shares(
    (subsidy, subsidy_rule): (i64, Option<&str>),
    (voucher, voucher_rule): (i64, Option<&str>),
    cash: i64,
) -> Vec<PayerShare> {
    [
        (Payer::Subsidy, subsidy, subsidy_rule),
        (Payer::Voucher, voucher, voucher_rule),
        (Payer::Cash, cash, None),
    ]
    .into_iter()
    .filter(|(_, fen, _)| *fen > 0)
    .map(|(payer, fen, rule)| PayerShare {
        payer,
        amount_fen: Amount::new(fen).into(),
        rule: rule.map(str::to_owned),
    })
    .collect()
}

/// Why a voucher pays nothing. Treat an unknown value as "see message".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "RowBar")]
pub enum VoucherBar {
    /// The service is not in the programme's closed list.
    NotInList,
    /// There is no voucher of the month in which the service is carried out.
    OtherMonth,
    /// It is carried out outside the district that bears the voucher.
    OtherDistrict,
    /// It is frozen.
    Frozen,
    /// It was taken back.
    Revoked,
    /// Nothing is left of it.
    UsedUp,
}

const fn sentence(bar: RowBar) -> &'static str {
    match bar {
        RowBar::NotInList => "这项服务不在服务券的范围内",
        RowBar::OtherMonth => "服务券只能用于当月完成的服务",
        RowBar::OtherDistrict => "服务券只能在发放的区县内使用",
        RowBar::Frozen => "服务券已冻结，请联系民政部门",
        RowBar::Revoked => "服务券已收回，请联系民政部门",
        RowBar::UsedUp => "本月服务券已用完",
    }
}

/// What the elder's voucher does about a price.
#[derive(SimpleObject)]
pub struct VoucherInQuote {
    /// Which voucher.
    pub voucher_id: ID,
    /// Name of the programme in Chinese.
    pub programme_name: String,
    /// Tier of the programme; empty when it has none.
    pub tier: String,
    /// What it would pay, in fen.
    pub pays_fen: Fen,
    /// What is left of it now, in fen.
    pub rest_before_fen: Fen,
    /// What would be left of it afterwards, in fen.
    pub rest_after_fen: Fen,
    /// Why it pays nothing; null when it pays.
    pub bar: Option<VoucherBar>,
    /// The same as a finished sentence in Chinese; null when it pays.
    pub message: Option<String>,
}

impl From<Applied> for VoucherInQuote {
    fn from(applied: Applied) -> Self {
        Self {
            voucher_id: VoucherId(applied.grant).to_string().into(),
            programme_name: applied.programme_name.clone(),
            tier: applied.tier.clone(),
            pays_fen: applied.pays.into(),
            rest_before_fen: applied.before.into(),
            rest_after_fen: applied.after().into(),
            bar: applied.bar.map(Into::into),
            message: applied.bar.map(|bar| sentence(bar).to_owned()),
        }
    }
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
    /// Diet and allergies; null when there are none, and without a yes to PROVIDER_NOTES.
    pub dietary_needs: Option<String>,
}
