//! Cash at the desk.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::parts::Refund;
use super::payment::OrderPayment;
use crate::app::Asked as _;
use crate::kit::allow::{Allow, DESKS, allow};
use crate::kit::ids::OrderId;
use crate::kit::scalar::Fen;
use crate::money::store::till as rows;
use crate::orders::service::till;

answers! {
    /// Answer of `paymentTake`.
    PaymentTakePayload {
        /// The order's payment.
        payment: OrderPayment
    }
    PaymentTakeError PaymentTakeErrorCode {
        /// There is no such order in your branch.
        OrderNotFound = "没有找到这个订单",
        /// It is paid, or nothing is to pay.
        AlreadyPaid = "这个订单已经付过款，请勿重复收款",
        /// It was cancelled, or the time to pay is over.
        TooLate = "付款时间已过或订单已取消，请重新下单",
        /// Not what is due.
        AmountWrong = "金额不对，请核对",
        /// Somebody's payment in WeChat could not be closed yet; nothing is lost, ask again.
        WechatUnavailable = "有一笔微信付款正在处理，请稍后再试",
    }
}

answers! {
    /// Answer of `paymentHandBack`.
    PaymentHandBackPayload {
        /// The order's payment.
        payment: OrderPayment
    }
    PaymentHandBackError PaymentHandBackErrorCode {
        /// There is no such order in your branch.
        OrderNotFound = "没有找到这个订单",
        /// Nothing of it goes back in cash.
        NothingToHandBack = "这个订单没有要退的现金",
        /// Another branch took the cash and hands it back.
        OtherTill = "这笔现金是别的柜台收的，请到原柜台办理",
    }
}

/// Input of `paymentTake`.
#[derive(InputObject)]
pub struct PaymentTakeInput {
    /// Which order.
    pub order_id: ID,
    /// What was taken, in fen: exactly what is due.
    pub amount_fen: Fen,
}

/// Input of `paymentHandBack`.
#[derive(InputObject)]
pub struct PaymentHandBackInput {
    /// Which order.
    pub order_id: ID,
}

/// Cash that waits at the desk for its family.
#[derive(SimpleObject)]
pub struct WaitingCash {
    /// Of which order.
    pub order_id: ID,
    /// How much and since when.
    pub refund: Refund,
}

/// Queries about cash at the desk.
#[derive(Default)]
pub struct TillQuery;

#[Object]
impl TillQuery {
    /// Cash that the till of your branch has to hand back, the oldest first; at most 100.
    #[graphql(guard = "Allow(DESKS)", directive = allow::apply(DESKS.to_vec()))]
    async fn payments_to_hand_back(&self, ctx: &Context<'_>) -> Result<Vec<WaitingCash>> {
        let rows = rows::waiting(ctx.app().db.read(), &till::till_of(ctx.who()?)).await?;
        let shape = |row: entities::refund::Model| WaitingCash {
            order_id: OrderId(row.order_id).to_string().into(),
            refund: row.into(),
        };
        Ok(rows.into_iter().map(shape).collect())
    }
}

/// Mutations of cash at the desk.
#[derive(Default)]
pub struct TillMutation;

#[Object]
impl TillMutation {
    /// The desk has taken what is due in cash. The order goes on as if it had been paid by phone.
    #[graphql(guard = "Allow(DESKS)", directive = allow::apply(DESKS.to_vec()))]
    async fn payment_take(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order, and how much.")] input: PaymentTakeInput,
    ) -> Result<PaymentTakePayload> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        match till::take(app, who, id, input.amount_fen.0).await {
            Ok(id) => PaymentTakePayload::from_result(Ok(OrderPayment::of(app, who, id).await?)),
            Err(stop) => PaymentTakePayload::from_result(Err(stop)),
        }
    }

    /// The desk has handed back in cash what goes back of an order for which it took cash.
    #[graphql(guard = "Allow(DESKS)", directive = allow::apply(DESKS.to_vec()))]
    async fn payment_hand_back(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order.")] input: PaymentHandBackInput,
    ) -> Result<PaymentHandBackPayload> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        match till::hand_back(app, who, id).await {
            Ok(id) => PaymentHandBackPayload::from_result(Ok(OrderPayment::of(app, who, id).await?)),
            Err(stop) => PaymentHandBackPayload::from_result(Err(stop)),
        }
    }
}
