//! Calling orders off.

use async_graphql::{Context, ID, InputObject, Object, Result};

use super::order::{MealOrder, seen_again};
use crate::app::Asked as _;
use crate::kit::allow::{Allow, ORDERING, STAFF, allow};
use crate::kit::ids::OrderId;
use crate::orders::service::cancel;

answers! {
    /// Answer of `mealOrderCancel`.
    MealOrderCancelPayload {
        /// The order, CANCELLED; what was paid is on its way back.
        order: MealOrder
    }
    MealOrderCancelError MealOrderCancelErrorCode {
        /// There is no such order for you, or you may not cancel it.
        OrderNotFound = "没有找到这个订单",
        /// The kitchen has begun: it can no longer be cancelled.
        CutOffPassed = "已过截单时间，不能取消",
        /// The order has ended already.
        AlreadyOver = "订单已经结束",
    }
}

answers! {
    /// Answer of `mealOrderWithdraw`.
    MealOrderWithdrawPayload {
        /// The order, CANCELLED; what was paid is on its way back.
        order: MealOrder
    }
    MealOrderWithdrawError MealOrderWithdrawErrorCode {
        /// There is no such order in your canteen.
        OrderNotFound = "没有找到这个订单",
        /// The family must be told why: 1 to 200 characters.
        ReasonMissing = "请写明取消原因",
        /// The order is past that point.
        AlreadyOver = "订单已经不能取消",
    }
}

/// Input of `mealOrderCancel`.
#[derive(InputObject)]
pub struct MealOrderCancelInput {
    /// Which order.
    pub order_id: ID,
}

/// Input of `mealOrderWithdraw`.
#[derive(InputObject)]
pub struct MealOrderWithdrawInput {
    /// Which order.
    pub order_id: ID,
    /// Told to the family, 1 to 200 characters.
    pub reason: String,
}

/// Mutations that call orders off.
#[derive(Default)]
pub struct ChangeMutation;

#[Object]
impl ChangeMutation {
    /// Cancels an order. Free of charge until the cut-off; what was paid goes back to where it came from.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn meal_order_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order.")] input: MealOrderCancelInput,
    ) -> Result<MealOrderCancelPayload> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        match cancel::cancel(app, who, id).await {
            Ok(id) => MealOrderCancelPayload::from_result(Ok(seen_again(app, who, id).await?)),
            Err(stop) => MealOrderCancelPayload::from_result(Err(stop)),
        }
    }

    /// The canteen cannot cook an order: everything goes back and the family is told why.
    #[graphql(guard = "Allow(STAFF)", directive = allow::apply(STAFF.to_vec()))]
    async fn meal_order_withdraw(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order, and why.")] input: MealOrderWithdrawInput,
    ) -> Result<MealOrderWithdrawPayload> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        match cancel::withdraw(app, who, id, &input.reason).await {
            Ok(id) => MealOrderWithdrawPayload::from_result(Ok(seen_again(app, who, id).await?)),
            Err(stop) => MealOrderWithdrawPayload::from_result(Err(stop)),
        }
    }
}
