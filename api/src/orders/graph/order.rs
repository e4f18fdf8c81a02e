//! A meal order as its family, the elder, the desk and the canteen see it.

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{ComplexObject, Context, Enum, ID, Object, Result, SimpleObject};
use entities::enums::{
    AttemptState as RowAttempt, Channel as RowChannel, MealState as RowState, RefundState as RowRefund,
};

use crate::app::{App, Asked as _};
use crate::directory::graph::{Canteen, MealPeriod};
use crate::kit::allow::{Allow, SIGNED_IN, allow};
use crate::kit::fen::Fen as Amount;
use crate::kit::ids::{AttemptId, DishId, ElderId, EventId, OrderId, RefundId, SlotId};
use crate::kit::page::Page;
use crate::kit::refusal::Fault;
use crate::kit::scalar::{Day, Fen, Instant};
use crate::kit::viewer::SignedIn;
use crate::money::store::{attempt, refund};
use crate::orders::store::read::{self, Seen};
use crate::people::graph::elder::Elder;
use crate::people::rules::Scope;
use crate::slots::graph::MealWay;

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
}

/// One booked meal of one elder. Its prices are frozen.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct MealOrder {
    /// Opaque.
    pub id: ID,
    /// Where it stands.
    pub state: MealOrderState,
    /// Service day.
    pub served_on: Day,
    /// Meal of the day.
    pub period: MealPeriod,
    /// How it reaches the elder.
    pub way: MealWay,
    /// By which way in it came.
    pub channel: OrderChannel,
    /// Which slot.
    pub slot_id: ID,
    /// Places it takes.
    pub portions: i32,
    /// Published prices times quantities, in fen.
    pub list_fen: Fen,
    /// Price of bringing it home, in fen.
    pub delivery_fen: Fen,
    /// What the family pays, in fen.
    pub due_fen: Fen,
    /// Who pays what; the parts make list price plus delivery.
    pub payers: Vec<PayerShare>,
    /// Pay until then, or the place is free again; null when nothing is to pay.
    pub pay_before: Option<Instant>,
    /// Last moment for cancelling free of charge.
    pub free_cancel_until: Instant,
    /// Serving begins.
    pub starts_at: Instant,
    /// When it was placed.
    pub created_at: Instant,
    #[graphql(skip)]
    pub seen: Seen,
}

impl From<Seen> for MealOrder {
    fn from(seen: Seen) -> Self {
        let row = &seen.order;
        let (subsidy, voucher, cash) = (row.subsidy_fen, row.voucher_fen, row.cash_fen);
        Self {
            id: OrderId(row.id).to_string().into(),
            state: row.state.into(),
            served_on: row.served_on.into(),
            period: row.period.into(),
            way: row.way.into(),
            channel: row.channel.into(),
            slot_id: SlotId(row.slot_id).to_string().into(),
            portions: row.portions,
            list_fen: Amount::new(row.list_fen).into(),
            delivery_fen: Amount::new(row.delivery_fen).into(),
            due_fen: Amount::new(cash).into(),
            payers: shares(subsidy, voucher, cash, row.subsidy_rule.as_deref()),
            pay_before: row.pay_before.map(Into::into),
            free_cancel_until: seen.cut_off_at.into(),
            starts_at: seen.starts_at.into(),
            created_at: row.created_at.into(),
            seen,
        }
    }
}

#[ComplexObject]
impl MealOrder {
    /// For whom.
    async fn elder(&self) -> Elder {
        self.seen.reached.clone().into()
    }

    /// Whose kitchen.
    async fn canteen(&self, ctx: &Context<'_>) -> Result<Canteen> {
        let app = ctx.app();
        let card = app.cards.canteen(app.db.read(), self.seen.order.canteen_id, self.seen.stamp).await?;
        Ok(card.as_deref().map(Into::into).ok_or("an order without its canteen")?)
    }

    /// Lines, at most 20.
    async fn items(&self, ctx: &Context<'_>) -> Result<Vec<MealOrderItem>> {
        let rows = read::items(ctx.app().db.read(), self.seen.order.id.into()).await?;
        Ok(rows
            .into_iter()
            .map(|row| MealOrderItem {
                dish_id: DishId(row.dish_id).to_string().into(),
                name: row.name,
                is_small: row.is_small,
                quantity: row.quantity,
                unit_price_fen: Amount::new(row.unit_price_fen).into(),
            })
            .collect())
    }

    /// Six digits to show at the counter; null for the canteen's staff and without the scope VIEW_ORDERS.
    async fn serving_code(&self) -> Option<String> {
        let may = self.seen.reached.scopes.has(Scope::ViewOrders);
        may.then(|| self.seen.order.serving_code.clone())
    }

    /// Note for the kitchen or the courier; null when there is none.
    async fn note(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(ctx.app().seal.open_optional(self.seen.order.note_sealed.as_deref())?)
    }

    /// What happened, the first first; at most 100 steps.
    async fn timeline(&self, ctx: &Context<'_>) -> Result<Vec<OrderEvent>> {
        let rows = read::timeline(ctx.app().db.read(), self.seen.order.id.into()).await?;
        Ok(rows
            .into_iter()
            .map(|row| OrderEvent {
                id: EventId(row.id).to_string().into(),
                name: row.name,
                state: row.to_state,
                happened_at: row.happened_at.into(),
                reason: row.reason,
            })
            .collect())
    }

    /// Tries to pay, the first first; empty without the scope PAY.
    async fn payments(&self, ctx: &Context<'_>) -> Result<Vec<PaymentAttempt>> {
        if !self.seen.reached.scopes.has(Scope::Pay) {
            return Ok(Vec::new());
        }
        let rows = attempt::of_order(ctx.app().db.read(), self.seen.order.id.into()).await?;
        Ok(rows
            .into_iter()
            .map(|row| PaymentAttempt {
                id: AttemptId(row.id).to_string().into(),
                state: row.state.into(),
                amount_fen: Amount::new(row.amount_fen).into(),
                created_at: row.created_at.into(),
            })
            .collect())
    }

    /// Money on its way back, the first first; empty without the scope VIEW_ORDERS.
    async fn refunds(&self, ctx: &Context<'_>) -> Result<Vec<Refund>> {
        if !self.seen.reached.scopes.has(Scope::ViewOrders) {
            return Ok(Vec::new());
        }
        let rows = refund::of_order(ctx.app().db.read(), self.seen.order.id.into()).await?;
        Ok(rows
            .into_iter()
            .map(|row| Refund {
                id: RefundId(row.id).to_string().into(),
                state: row.state.into(),
                amount_fen: Amount::new(row.amount_fen).into(),
                requested_at: row.requested_at.into(),
                due_on: (crate::kit::clock::service_day(row.requested_at) + chrono::Duration::days(15))
                    .into(),
            })
            .collect())
    }
}

/// The order after an act, as the acting person may see it.
pub async fn seen_again(app: &App, who: &SignedIn, id: OrderId) -> Result<MealOrder, Fault> {
    let seen = match read::order_of(app.db.write(), who, id).await? {
        Some(seen) => Some(seen),
        None => read::order_for_staff(app.db.write(), who, id).await?,
    };
    seen.map(Into::into).ok_or_else(|| Fault::new("an order vanished after an act"))
}

/// Queries about orders.
#[derive(Default)]
pub struct OrderQuery;

#[Object]
impl OrderQuery {
    /// One order that you may see as family, elder, desk or staff of its canteen; null for any other id.
    #[graphql(guard = "Allow(SIGNED_IN)", directive = allow::apply(SIGNED_IN.to_vec()))]
    async fn meal_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order.")] id: ID,
    ) -> Result<Option<MealOrder>> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, id.parse()?);
        if let Some(seen) = read::order_of(app.db.read(), who, id).await? {
            return Ok(Some(seen.into()));
        }
        Ok(read::order_for_staff(app.db.read(), who, id).await?.map(Into::into))
    }

    /// Orders of your elders, the newest first; of one elder when named.
    #[graphql(guard = "Allow(SIGNED_IN)", directive = allow::apply(SIGNED_IN.to_vec()))]
    async fn meal_orders(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only this elder's; all of yours when left out.")] elder_id: Option<ID>,
        #[graphql(desc = "How many, 1 to 50; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the last one seen.")] after: Option<String>,
    ) -> Result<Connection<String, MealOrder, EmptyFields, EmptyFields>> {
        let page = Page::read(first, after.as_deref())?;
        let (db, who) = (ctx.app().db.read(), ctx.who()?);
        let rows = match elder_id {
            Some(id) => read::orders_of_elder(db, who, id.parse::<ElderId>()?, page).await?,
            None => read::orders_of_viewer(db, who, page).await?,
        };
        Ok(page.connect(rows, |seen| seen.order.id, MealOrder::from))
    }
}
