//! Another time, the choice after a failure, objections and their endings.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};

use super::{ServiceOrder, seen_again};
use crate::app::Asked as _;
use crate::kit::allow::{Allow, ORDERING, Role, allow};
use crate::kit::ids::OrderId;
use crate::kit::scalar::{Fen, Instant};
use crate::orders::service::service_order::another_time::{self, Choice};
use crate::orders::service::service_order::dispute::{self, Ending};

/// Those who decide when somebody objects.
const IN_CHARGE: &[Role] = &[Role::Desk, Role::Officer, Role::Admin];

answers! {
    /// Answer of `serviceOrderReschedule`.
    ServiceOrderReschedulePayload {
        /// The order at its new time; its carers are being asked.
        order: ServiceOrder
    }
    ServiceOrderRescheduleError ServiceOrderRescheduleErrorCode {
        /// There is no such order for you, or you may not act on it.
        OrderNotFound = "没有找到这个订单",
        /// A carer is thinking about it; try again in a few minutes.
        BeingOffered = "正在联系护理员，请几分钟后再改时间",
        /// It is not paid, under way or over.
        WrongState = "这个订单现在不能改时间",
        /// Moved twice already.
        MovedTooOften = "最多改两次时间",
        /// Less than four hours before the start.
        TooLate = "离开始不到四小时，不能改时间",
        /// Not on a quarter of an hour, or more than 60 days ahead.
        StartInvalid = "请选择六十天内的整刻钟",
        /// At least three hours ahead.
        TooSoon = "上门服务至少提前三小时预约",
        /// A voucher pays a part, and it pays in its own month only.
        VoucherOtherMonth = "这次服务由本月服务券支付，请改到本月内，或取消后重新预约",
        /// Not enough carers are free then; the old time stays.
        NobodyFree = "这个时间没有合适的护理员，原来的时间仍然保留",
        /// The elder has the same service at that time in another order; the old time stays.
        AlreadyBooked = "这位老人那个时间已经订了这项服务，原来的时间仍然保留",
        /// The assessment of abilities does not reach so far.
        AssessmentRequired = "到那一天能力评估已经过期，请先重新评估",
        /// The consent does not reach so far.
        ConsentRequired = "到那一天知情同意书已经过期，请先重新签字",
        /// Too many people book at this moment; try again.
        Busy = "现在预约的人很多，请稍等再试",
    }
}

answers! {
    /// Answer of `serviceOrderChoose`.
    ServiceOrderChoosePayload {
        /// The order: PAID while other carers are looked for, or CANCELLED.
        order: ServiceOrder
    }
    ServiceOrderChooseError ServiceOrderChooseErrorCode {
        /// There is no such order for you, or you may not act on it.
        OrderNotFound = "没有找到这个订单",
        /// A voucher pays a part, and the next time would be in another month.
        VoucherOtherMonth = "这次服务由本月服务券支付，下一个时间已到下月，请选择退款",
        /// The carer has not failed, or the choice is over.
        NothingToChoose = "这个订单现在没有需要选择的",
    }
}

answers! {
    /// Answer of `serviceOrderDispute`.
    ServiceOrderDisputePayload {
        /// The order, DISPUTED.
        order: ServiceOrder
    }
    ServiceOrderDisputeError ServiceOrderDisputeErrorCode {
        /// There is no such order for you, or you may not act on it.
        OrderNotFound = "没有找到这个订单",
        /// 1 to 500 characters.
        ReasonMissing = "请用五百字以内写明哪里不对",
        /// The visit is not over yet.
        NotDone = "服务还没有完成",
        /// It is settled or ended.
        AlreadyOver = "这个订单已经结束",
        /// More than seven days after the visit.
        TooLate = "服务结束已超过七天，请打电话联系",
        /// It was objected to before, and a person has decided.
        AlreadyDecided = "这个订单已经处理过一次",
    }
}

answers! {
    /// Answer of `serviceOrderResolve`.
    ServiceOrderResolvePayload {
        /// The order: CONFIRMED, or REFUNDED when everything goes back.
        order: ServiceOrder
    }
    ServiceOrderResolveError ServiceOrderResolveErrorCode {
        /// There is no such order in your region.
        OrderNotFound = "没有找到这个订单",
        /// You work for the provider.
        OwnProvider = "本机构的争议要由别人处理",
        /// 1 to 500 characters.
        ReasonMissing = "请用五百字以内写明理由",
        /// Somebody has decided otherwise.
        AlreadyDecided = "这个争议已有另一处理结果，请刷新后再看",
        /// Nobody objects.
        NotDisputed = "这个订单没有争议",
        /// More than nothing and less than the price.
        AmountInvalid = "退款金额要大于零、小于价格",
    }
}

/// Input of `serviceOrderReschedule`.
#[derive(InputObject)]
pub struct ServiceOrderRescheduleInput {
    /// Which order.
    pub order_id: ID,
    /// When the visit is to begin: a quarter of an hour, three hours to 60 days ahead.
    pub starts_at: Instant,
}

/// What a family wants after its carer failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Choice")]
pub enum FailureChoice {
    /// Other carers, about an hour from now or as soon as somebody can come; all of the money when nobody can.
    OtherCarers,
    /// All of the money.
    Refund,
}

/// Input of `serviceOrderChoose`.
#[derive(InputObject)]
pub struct ServiceOrderChooseInput {
    /// Which order.
    pub order_id: ID,
    /// What is wanted.
    pub choice: FailureChoice,
}

/// Input of `serviceOrderDispute`.
#[derive(InputObject)]
pub struct ServiceOrderDisputeInput {
    /// Which order.
    pub order_id: ID,
    /// What was wrong, 1 to 500 characters.
    pub reason: String,
}

/// How a dispute ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum DisputeEnding {
    /// The objection is not upheld.
    Paid,
    /// Part of the price goes back.
    PartRefund,
    /// All of the price goes back.
    FullRefund,
}

/// Input of `serviceOrderResolve`.
#[derive(InputObject)]
pub struct ServiceOrderResolveInput {
    /// Which order.
    pub order_id: ID,
    /// How it ends.
    pub ending: DisputeEnding,
    /// What goes back of the price, in fen; only for PART_REFUND.
    pub back_fen: Option<Fen>,
    /// Why, 1 to 500 characters; family and provider read it.
    pub reason: String,
}

impl ServiceOrderResolveInput {
    fn ending(&self) -> Ending {
        match self.ending {
            DisputeEnding::Paid => Ending::Paid,
            DisputeEnding::PartRefund => {
                Ending::PartRefund(self.back_fen.map(|fen| fen.0).unwrap_or_default())
            }
            DisputeEnding::FullRefund => Ending::FullRefund,
        }
    }
}

/// Mutations of what can come between.
#[derive(Default)]
pub struct ServiceTurnMutation;

#[Object]
impl ServiceTurnMutation {
    /// Moves a visit to another time at the same price: at most twice, until four hours before the start. The new time is
    /// taken before the old one is free; when nobody is free then, nothing changes.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn service_order_reschedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order, and when.")] input: ServiceOrderRescheduleInput,
    ) -> Result<ServiceOrderReschedulePayload> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        match another_time::reschedule(app, who, id, input.starts_at.0).await {
            Ok(id) => ServiceOrderReschedulePayload::from_result(Ok(seen_again(app, who, id).await?)),
            Err(stop) => ServiceOrderReschedulePayload::from_result(Err(stop)),
        }
    }

    /// After the carer did not come or the provider called off: other carers, or the money. Without a word within two
    /// hours the money goes back.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn service_order_choose(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order, and what is wanted.")] input: ServiceOrderChooseInput,
    ) -> Result<ServiceOrderChoosePayload> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        match another_time::choose_after_failure(app, who, id, input.choice.into()).await {
            Ok(id) => ServiceOrderChoosePayload::from_result(Ok(seen_again(app, who, id).await?)),
            Err(stop) => ServiceOrderChoosePayload::from_result(Err(stop)),
        }
    }

    /// Objects to a visit within seven days after it. The provider is not paid before a person has decided.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn service_order_dispute(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order, and what was wrong.")] input: ServiceOrderDisputeInput,
    ) -> Result<ServiceOrderDisputePayload> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        match dispute::dispute(app, who, id, &input.reason).await {
            Ok(id) => ServiceOrderDisputePayload::from_result(Ok(seen_again(app, who, id).await?)),
            Err(stop) => ServiceOrderDisputePayload::from_result(Err(stop)),
        }
    }

    /// Decides about an objection, once, as desk or office of the region.
    #[graphql(guard = "Allow(IN_CHARGE)", directive = allow::apply(IN_CHARGE.to_vec()))]
    async fn service_order_resolve(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order, how, and why.")] input: ServiceOrderResolveInput,
    ) -> Result<ServiceOrderResolvePayload> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        match dispute::resolve(app, who, id, (input.ending(), &input.reason)).await {
            Ok(id) => ServiceOrderResolvePayload::from_result(Ok(seen_again(app, who, id).await?)),
            Err(stop) => ServiceOrderResolvePayload::from_result(Err(stop)),
        }
    }
}
