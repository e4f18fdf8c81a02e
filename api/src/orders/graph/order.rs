//! A meal order as its family, the elder, the desk and the canteen see it.

use async_graphql::{ComplexObject, Context, ID, Object, Result, SimpleObject};

use super::parts::{
    HandOver, MealOrderItem, MealOrderState, OrderChannel, OrderEvent, PayerShare, PaymentAttempt, Refund,
    shares,
};
use crate::app::{App, Asked as _};
use crate::directory::graph::{Canteen, MealPeriod};
use crate::kit::allow::{Allow, SIGNED_IN, allow};
use crate::kit::fen::Fen as Amount;
use crate::kit::ids::{AttemptId, DishId, ElderId, OrderId, SlotId};
use crate::kit::once::is_request_key;
use crate::kit::page::{Connection, Page};
use crate::kit::refusal::Fault;
use crate::kit::scalar::{Day, Fen, Instant};
use crate::kit::viewer::SignedIn;
use crate::money::store::{attempt, refund};
use crate::orders::service::handover;
use crate::orders::store::payable;
use crate::orders::store::read::{self, Seen};
use crate::people::graph::elder::Elder;
use crate::people::rules::Scope;
use crate::people::rules::access::Field;
use crate::slots::graph::MealWay;

/// Payments and refunds shown of one order; no honest order has as many.
const LISTED_MAX: usize = 50;

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
    /// Who pays what, at most three; the parts make list price plus delivery.
    pub payers: Vec<PayerShare>,
    /// Pay until then, or the place is free again; null when nothing is to pay.
    pub pay_before: Option<Instant>,
    /// Last moment for cancelling free of charge.
    pub free_cancel_until: Instant,
    /// Serving begins.
    pub starts_at: Instant,
    /// Serving ends: who comes later does not get it.
    pub ends_at: Instant,
    /// When it was placed.
    pub created_at: Instant,
    #[graphql(skip)]
    pub seen: Seen,
}

impl From<Seen> for MealOrder {
    fn from(seen: Seen) -> Self {
        let row = &seen.order;
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
            due_fen: Amount::new(row.cash_fen).into(),
            payers: shares(
                (row.subsidy_fen, row.subsidy_rule.as_deref()),
                (row.voucher_fen, row.voucher_rule.as_deref()),
                row.cash_fen,
            ),
            pay_before: row.pay_before.map(Into::into),
            free_cancel_until: seen.cut_off_at.into(),
            starts_at: seen.starts_at.into(),
            ends_at: seen.ends_at.into(),
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

    /// What the kitchen and the courier must know: for the canteen's staff from the cut-off until it is handed over,
    /// null for everybody else and at any other time. Each reading is recorded.
    async fn hand_over(&self, ctx: &Context<'_>) -> Result<Option<HandOver>> {
        let released = handover::release(ctx.app(), ctx.who()?, &self.seen).await?;
        Ok(released.map(|card| HandOver {
            name: card.name,
            phone: card.phone,
            address: card.address,
            dietary_needs: card.dietary,
        }))
    }

    /// Note for the kitchen or the courier; null when there is none, and for everybody but its author when the platform
    /// found it unlawful. For the canteen's staff only from the cut-off until it is handed over, and with a yes to
    /// PROVIDER_NOTES. Each reading by others is recorded.
    async fn note(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(handover::note(ctx.app(), ctx.who()?, &self.seen).await?)
    }

    /// What happened, the first first; at most 100 steps.
    async fn timeline(&self, ctx: &Context<'_>) -> Result<Vec<OrderEvent>> {
        let (db, reader) = (ctx.app().db.read(), ctx.who()?.person);
        let rows = read::timeline_for(db, self.seen.order.id.into(), reader).await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Tries to pay, the first first, at most 50; empty without the scope PAY.
    async fn payments(&self, ctx: &Context<'_>) -> Result<Vec<PaymentAttempt>> {
        if !self.seen.reached.scopes.has(Scope::Pay) {
            return Ok(Vec::new());
        }
        let rows = attempt::of_order(ctx.app().db.read(), self.seen.order.id.into()).await?;
        Ok(rows
            .into_iter()
            .take(LISTED_MAX)
            .map(|row| PaymentAttempt {
                id: AttemptId(row.id).to_string().into(),
                state: row.state.into(),
                amount_fen: Amount::new(row.amount_fen).into(),
                created_at: row.created_at.into(),
            })
            .collect())
    }

    /// Money on its way back, the first first, at most 50; empty without the scope VIEW_ORDERS.
    async fn refunds(&self, ctx: &Context<'_>) -> Result<Vec<Refund>> {
        if !self.seen.reached.scopes.has(Scope::ViewOrders) {
            return Ok(Vec::new());
        }
        let rows = refund::of_order(ctx.app().db.read(), self.seen.order.id.into()).await?;
        Ok(rows.into_iter().take(LISTED_MAX).map(Into::into).collect())
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
            ctx.readings().note_reached(&seen.reached, Field::Orders);
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
    ) -> Result<Connection<MealOrder>> {
        let page = Page::read(first, after.as_deref())?;
        let (db, who) = (ctx.app().db.read(), ctx.who()?);
        let rows = match elder_id {
            Some(id) => read::orders_of_elder(db, who, id.parse::<ElderId>()?, page).await?,
            None => read::orders_of_viewer(db, who, page).await?,
        };
        rows.iter().for_each(|seen| ctx.readings().note_reached(&seen.reached, Field::Orders));
        Ok(page.connect(rows, |seen| seen.order.id, MealOrder::from))
    }

    /// What became of a request whose answer was lost: the order that it made, a meal, a visit or the first visit of a bundle; null
    /// while it has made none. For the one who sent it. A request that was sent can still arrive within a minute; sent again with
    /// the same key it never makes a second order.
    #[graphql(guard = "Allow(SIGNED_IN)", directive = allow::apply(SIGNED_IN.to_vec()))]
    async fn requested_order_id(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The key with which it was sent.")] request_key: String,
    ) -> Result<Option<ID>> {
        if !is_request_key(&request_key) {
            return Ok(None);
        }
        // Not from a replica: what was written a moment ago counts.
        let found = payable::by_key(ctx.app().db.write(), ctx.who()?, &request_key).await?;
        Ok(found.map(|id| id.to_string().into()))
    }
}
