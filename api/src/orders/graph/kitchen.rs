//! The kitchen's sheet and the courier's acts.

use std::collections::BTreeMap;

use async_graphql::{Context, ID, InputObject, Object, OneofObject, Result, SimpleObject};
use entities::enums::{MealPeriod as RowPeriod, MealWay as RowWay};

use super::order::{MealOrder, seen_again};
use crate::app::{App, Asked as _};
use crate::directory::graph::MealPeriod;
use crate::directory::store::own_canteen;
use crate::kit::allow::{Allow, STAFF, allow};
use crate::kit::ids::{CanteenId, OrderId};
use crate::kit::refusal::Fault;
use crate::kit::scalar::Day;
use crate::kit::viewer::SignedIn;
use crate::orders::service::kitchen::{self, AtTheDoor};
use crate::orders::store::read;

/// How many of a dish are to be cooked.
#[derive(SimpleObject)]
pub struct KitchenCount {
    /// Name of the dish.
    pub name: String,
    /// Whether the small portion.
    pub is_small: bool,
    /// How many.
    pub quantity: i32,
}

/// Everything a kitchen cooks for one day and period.
#[derive(SimpleObject)]
pub struct KitchenSheet {
    /// Service day.
    pub served_on: Day,
    /// Meal of the day.
    pub period: MealPeriod,
    /// Places in all.
    pub portions: i32,
    /// Places for dine-in and pick-up.
    pub counter_portions: i32,
    /// Places for delivery.
    pub delivery_portions: i32,
    /// How many of each dish, by name; at most two lines a dish.
    pub counts: Vec<KitchenCount>,
    /// The orders, the first first; at most as many as the slots have places.
    pub orders: Vec<MealOrder>,
}

/// Makes the sheet in two statements.
pub async fn sheet(
    app: &App,
    who: &SignedIn,
    canteen: CanteenId,
    (day, period): (chrono::NaiveDate, RowPeriod),
) -> Result<KitchenSheet, Fault> {
    let seen = read::sheet(app.db.read(), who, canteen, (day, period)).await?;
    let items = read::items_of(app.db.read(), seen.iter().map(|seen| seen.order.id).collect()).await?;
    let mut counts: BTreeMap<(String, bool), i32> = BTreeMap::new();
    for item in items {
        *counts.entry((item.name, item.is_small)).or_default() += item.quantity;
    }
    let portions = |is_delivery: bool| -> i32 {
        let fits = |way: RowWay| (way == RowWay::Delivery) == is_delivery;
        seen.iter().filter(|seen| fits(seen.order.way)).map(|seen| seen.order.portions).sum()
    };
    Ok(KitchenSheet {
        served_on: day.into(),
        period: period.into(),
        counter_portions: portions(false),
        delivery_portions: portions(true),
        portions: portions(false) + portions(true),
        counts: counts
            .into_iter()
            .map(|((name, is_small), quantity)| KitchenCount { name, is_small, quantity })
            .collect(),
        orders: seen.into_iter().map(Into::into).collect(),
    })
}

answers! {
    /// Answer of `kitchenPrepare`.
    KitchenPreparePayload {
        /// How many orders became ready.
        prepared: i32
    }
    KitchenPrepareError KitchenPrepareErrorCode {
        /// There is no such canteen among yours.
        CanteenNotFound = "没有找到这个食堂",
    }
}

answers! {
    /// Answer of `mealOrderDepart`.
    MealOrderDepartPayload {
        /// The order, OUT_FOR_DELIVERY.
        order: MealOrder
    }
    MealOrderDepartError MealOrderDepartErrorCode {
        /// There is no such order in your canteen.
        OrderNotFound = "没有找到这个订单",
        /// It is eaten at the canteen or taken along.
        NotADelivery = "这不是送餐订单",
        /// It cannot set out in its state.
        WrongState = "订单当前状态不能出发配送",
    }
}

answers! {
    /// Answer of `mealOrderDeliver`.
    MealOrderDeliverPayload {
        /// The order, SERVED or UNDELIVERED.
        order: MealOrder
    }
    MealOrderDeliverError MealOrderDeliverErrorCode {
        /// There is no such order in your canteen.
        OrderNotFound = "没有找到这个订单",
        /// Who took it, or what was tried: 1 to 200 characters.
        WordsMissing = "请写明交给了谁，或联系的经过",
        /// It is not on its way.
        WrongState = "订单不在配送途中",
    }
}

/// Input of `kitchenPrepare`.
#[derive(InputObject)]
pub struct KitchenPrepareInput {
    /// Which canteen.
    pub canteen_id: ID,
    /// Service day.
    pub served_on: Day,
    /// Meal of the day.
    pub period: MealPeriod,
}

/// Input of `mealOrderDepart`.
#[derive(InputObject)]
pub struct MealOrderDepartInput {
    /// Which order.
    pub order_id: ID,
}

/// How a delivery ended: exactly one.
#[derive(OneofObject)]
pub enum DeliveryEnding {
    /// Who took it: the elder himself, or a neighbour.
    HandedOver(String),
    /// Nobody opened after two calls and a wait: what was tried.
    NotReached(String),
}

/// Input of `mealOrderDeliver`.
#[derive(InputObject)]
pub struct MealOrderDeliverInput {
    /// Which order.
    pub order_id: ID,
    /// How it ended.
    pub ending: DeliveryEnding,
}

/// Queries of the kitchen.
#[derive(Default)]
pub struct KitchenQuery;

#[Object]
impl KitchenQuery {
    /// The sheet of your canteen for a day and period; null for any other canteen.
    #[graphql(guard = "Allow(STAFF)", directive = allow::apply(STAFF.to_vec()))]
    async fn kitchen_sheet(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which canteen; the one that `myCanteens` lists first when left out.")]
        canteen_id: Option<ID>,
        #[graphql(desc = "Service day.")] served_on: Day,
        #[graphql(desc = "Meal of the day.")] period: MealPeriod,
    ) -> Result<Option<KitchenSheet>> {
        let (app, who) = (ctx.app(), ctx.who()?);
        let asked: Option<CanteenId> = canteen_id.map(|id| id.parse()).transpose()?;
        let Some(canteen) = own_canteen(app.db.read(), who, asked).await? else { return Ok(None) };
        Ok(Some(sheet(app, who, canteen.id.into(), (served_on.0, period.into())).await?))
    }
}

/// Mutations of the kitchen and the courier.
#[derive(Default)]
pub struct KitchenMutation;

#[Object]
impl KitchenMutation {
    /// Everything of a day and period is cooked.
    #[graphql(guard = "Allow(STAFF)", directive = allow::apply(STAFF.to_vec()))]
    async fn kitchen_prepare(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where and when.")] input: KitchenPrepareInput,
    ) -> Result<KitchenPreparePayload> {
        let canteen: CanteenId = input.canteen_id.parse()?;
        let when = (input.served_on.0, input.period.into());
        KitchenPreparePayload::from_result(kitchen::prepare(ctx.app(), ctx.who()?, canteen, when).await)
    }

    /// The courier sets out with a delivery.
    #[graphql(guard = "Allow(STAFF)", directive = allow::apply(STAFF.to_vec()))]
    async fn meal_order_depart(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order.")] input: MealOrderDepartInput,
    ) -> Result<MealOrderDepartPayload> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        match kitchen::depart(app, who, id).await {
            Ok(id) => MealOrderDepartPayload::from_result(Ok(seen_again(app, who, id).await?)),
            Err(stop) => MealOrderDepartPayload::from_result(Err(stop)),
        }
    }

    /// The courier says how a delivery ended. Nobody reached: the money goes back and a welfare check is opened.
    #[graphql(guard = "Allow(STAFF)", directive = allow::apply(STAFF.to_vec()))]
    async fn meal_order_deliver(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order, and how it ended at the door.")] input: MealOrderDeliverInput,
    ) -> Result<MealOrderDeliverPayload> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        let ending = match input.ending {
            DeliveryEnding::HandedOver(words) => AtTheDoor::HandedOver(words),
            DeliveryEnding::NotReached(words) => AtTheDoor::NotReached(words),
        };
        match kitchen::deliver(app, who, id, ending).await {
            Ok(id) => MealOrderDeliverPayload::from_result(Ok(seen_again(app, who, id).await?)),
            Err(stop) => MealOrderDeliverPayload::from_result(Err(stop)),
        }
    }
}
