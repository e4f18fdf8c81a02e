//! Called off, a door that nobody opens, stopped for safety.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use entities::enums::IncidentKind;

use super::visit::PlaceInput;
use crate::app::Asked as _;
use crate::dispatch::service::turn;
use crate::kit::allow::{Allow, Role, STAFF, allow};
use crate::kit::ids::OrderId;
use crate::kit::scalar::Instant;
use crate::orders::graph::service_order::{ServiceOrder, seen_again};

/// Those who may stop a visit.
const STOPPING: &[Role] = &[Role::Carer, Role::ProviderManager, Role::Desk, Role::Officer, Role::Admin];
/// Those who carry visits out.
const CARERS: &[Role] = &[Role::Carer];

answers! {
    /// Answer of `visitCallOff`.
    VisitCallOffPayload {
        /// The order, PAID: others are looked for, or the family chooses.
        order: ServiceOrder
    }
    VisitCallOffError VisitCallOffErrorCode {
        /// There is no such visit for you.
        OrderNotFound = "没有找到这次服务",
        /// The carer has not said yes to it.
        CarerNotFound = "这位护理员没有接这一单",
        /// Nobody has said yes, or a carer is at the home.
        WrongState = "这次服务现在不能退出",
        /// 1 to 200 characters.
        ReasonMissing = "请用两百字以内写明原因",
    }
}

answers! {
    /// Answer of `visitWait`.
    VisitWaitPayload {
        /// The order; the family knows that you wait.
        order: ServiceOrder
    }
    VisitWaitError VisitWaitErrorCode {
        /// There is no such visit for you.
        OrderNotFound = "没有找到这次服务",
        /// You are inside, or it is over.
        WrongState = "这次服务现在不需要等候",
        /// More than a quarter of an hour before the start.
        TooEarly = "还没到约定时间，请先等一等",
        /// The phone's place is not shared, not exact enough or too far from the home.
        PlaceNotProven = "定位不足以证明您在老人家门口，请到门口打开定位再试",
    }
}

answers! {
    /// Answer of `visitNobodyHome`.
    VisitNobodyHomePayload {
        /// The order, REFUNDED less what is kept for your way.
        order: ServiceOrder
    }
    VisitNobodyHomeError VisitNobodyHomeErrorCode {
        /// There is no such visit for you.
        OrderNotFound = "没有找到这次服务",
        /// You are inside, or it is over.
        WrongState = "这次服务现在不能这样结束",
        /// Say `visitWait` at the door first, and wait for 15 minutes after that and after the start.
        NotWaited = "请先在门口登记等候，满十五分钟再试",
        /// Two calls at different times since you are at the door.
        CallsMissing = "请在等候时至少拨打两次电话",
    }
}

answers! {
    /// Answer of `visitAbort`.
    VisitAbortPayload {
        /// The order, REFUNDED in full.
        order: ServiceOrder
    }
    VisitAbortError VisitAbortErrorCode {
        /// There is no such visit for you.
        OrderNotFound = "没有找到这次服务",
        /// Nobody is at the home, or it is over.
        WrongState = "这次服务现在不能中止",
        /// The elder is in the water: say `bathDistress`.
        BathUnderWay = "正在洗浴，请用“洗浴异常”中止",
        /// 1 to 200 characters.
        ReasonMissing = "请用两百字以内写明情况",
    }
}

answers! {
    /// Answer of `visitWayTell`.
    VisitWayTellPayload {
        /// The order.
        order: ServiceOrder
    }
    VisitWayTellError VisitWayTellErrorCode {
        /// There is no such visit for you.
        OrderNotFound = "没有找到这次服务",
        /// You are not on the way.
        WrongState = "现在不在路上",
        /// No place, or one made up by a program.
        PlaceMissing = "没有收到定位",
    }
}

/// Input of `visitWayTell`.
#[derive(InputObject)]
pub struct VisitWayTellInput {
    /// Which order.
    pub order_id: ID,
    /// Where you are.
    pub place: PlaceInput,
}

/// Input of `visitCallOff`.
#[derive(InputObject)]
pub struct VisitCallOffInput {
    /// Which order.
    pub order_id: ID,
    /// Which of your carers falls out, for managers; all when left out. A carer calls himself off.
    pub carer_id: Option<ID>,
    /// Why, 1 to 200 characters; the family reads it.
    pub reason: String,
}

/// Input of `visitWait`.
#[derive(InputObject)]
pub struct VisitWaitInput {
    /// Which order.
    pub order_id: ID,
    /// Where you are.
    pub place: PlaceInput,
}

/// Input of `visitNobodyHome`.
#[derive(InputObject)]
pub struct VisitNobodyHomeInput {
    /// Which order.
    pub order_id: ID,
    /// When you called, at least twice since you are at the door; at most 20.
    pub calls_at: Vec<Instant>,
}

/// Why a visit is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum AbortReason {
    /// The elder is not well.
    ElderUnwell,
    /// The home is not safe.
    HomeUnsafe,
    /// The carer is not well.
    CarerUnwell,
    /// The elder does not want it.
    ElderRefuses,
    /// Something else.
    Other,
}

impl From<AbortReason> for IncidentKind {
    fn from(reason: AbortReason) -> Self {
        match reason {
            AbortReason::ElderUnwell => Self::ElderUnwell,
            AbortReason::HomeUnsafe => Self::HomeUnsafe,
            AbortReason::CarerUnwell => Self::CarerUnwell,
            AbortReason::ElderRefuses => Self::ElderRefuses,
            AbortReason::Other => Self::Other,
        }
    }
}

/// Input of `visitAbort`.
#[derive(InputObject)]
pub struct VisitAbortInput {
    /// Which order.
    pub order_id: ID,
    /// Why.
    pub reason: AbortReason,
    /// What happened, 1 to 200 characters; the family reads it.
    pub detail: String,
}

/// Mutations of what can come between.
#[derive(Default)]
pub struct VisitTurnMutation;

#[Object]
impl VisitTurnMutation {
    /// Takes a yes back, as carer or as manager. Other carers are asked at once; when it is too late for that, the family
    /// chooses between other carers and its money. It counts against the provider and is never charged.
    #[graphql(guard = "Allow(STAFF)", directive = allow::apply(STAFF.to_vec()))]
    async fn visit_call_off(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which visit, who, and why.")] input: VisitCallOffInput,
    ) -> Result<VisitCallOffPayload> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        let carer = input.carer_id.as_ref().map(|id| id.parse()).transpose()?;
        match turn::call_off(app, who, id, (carer, &input.reason)).await {
            Ok(id) => VisitCallOffPayload::from_result(Ok(seen_again(app, who, id).await?)),
            Err(stop) => VisitCallOffPayload::from_result(Err(stop)),
        }
    }

    /// Tells where you are on your way; every half minute is enough. The family sees how far it still is, never where you
    /// are; when the way is over the place is forgotten.
    #[graphql(guard = "Allow(CARERS)", directive = allow::apply(CARERS.to_vec()))]
    async fn visit_way_tell(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which visit, and where you are.")] input: VisitWayTellInput,
    ) -> Result<VisitWayTellPayload> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        match turn::tell_way(app, who, id, &input.place.read(&app.seal)).await {
            Ok(id) => VisitWayTellPayload::from_result(Ok(seen_again(app, who, id).await?)),
            Err(stop) => VisitWayTellPayload::from_result(Err(stop)),
        }
    }

    /// Says that you stand at the door and nobody opens.
    #[graphql(guard = "Allow(CARERS)", directive = allow::apply(CARERS.to_vec()))]
    async fn visit_wait(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which visit, and where you are.")] input: VisitWaitInput,
    ) -> Result<VisitWaitPayload> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        match turn::wait(app, who, id, &input.place.read(&app.seal)).await {
            Ok(id) => VisitWaitPayload::from_result(Ok(seen_again(app, who, id).await?)),
            Err(stop) => VisitWaitPayload::from_result(Err(stop)),
        }
    }

    /// Ends a visit to a home that nobody opens. Half of the price is kept, nothing when you came more than a quarter of an
    /// hour late; somebody looks after the elder (`welfareChecks`).
    #[graphql(guard = "Allow(CARERS)", directive = allow::apply(CARERS.to_vec()))]
    async fn visit_nobody_home(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which visit, and your calls.")] input: VisitNobodyHomeInput,
    ) -> Result<VisitNobodyHomePayload> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        let calls: Vec<_> = input.calls_at.iter().take(20).map(|at| at.0).collect();
        match turn::nobody_home(app, who, id, &calls).await {
            Ok(id) => VisitNobodyHomePayload::from_result(Ok(seen_again(app, who, id).await?)),
            Err(stop) => VisitNobodyHomePayload::from_result(Err(stop)),
        }
    }

    /// Stops a visit for safety, as the carer inside; manager, desk and office can do it for him. Everything goes back.
    #[graphql(guard = "Allow(STOPPING)", directive = allow::apply(STOPPING.to_vec()))]
    async fn visit_abort(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which visit, and why.")] input: VisitAbortInput,
    ) -> Result<VisitAbortPayload> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        match turn::abort(app, who, id, (input.reason.into(), &input.detail)).await {
            Ok(id) => VisitAbortPayload::from_result(Ok(seen_again(app, who, id).await?)),
            Err(stop) => VisitAbortPayload::from_result(Err(stop)),
        }
    }
}
