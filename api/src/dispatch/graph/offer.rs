//! A carer's yes and no.

use async_graphql::{Context, ID, InputObject, Object, Result};

use crate::app::Asked as _;
use crate::dispatch::service::offer;
use crate::kit::allow::{Allow, Role, allow};
use crate::kit::ids::OrderId;
use crate::orders::graph::service_order::{ServiceOrder, seen_again};

/// Those who carry visits out.
const CARERS: &[Role] = &[Role::Carer];

answers! {
    /// Answer of `offerAccept`.
    OfferAcceptPayload {
        /// The order: ACCEPTED when every carer needed has said yes.
        order: ServiceOrder
    }
    OfferAcceptError OfferAcceptErrorCode {
        /// You were not asked for this visit.
        OfferNotFound = "没有找到这个派单",
        /// It was taken back, or the time to answer is over.
        OfferGone = "这一单已经派给别人或超过了答复时间",
    }
}

answers! {
    /// Answer of `offerDecline`.
    OfferDeclinePayload {
        /// The order; the next carer is being asked.
        order: ServiceOrder
    }
    OfferDeclineError OfferDeclineErrorCode {
        /// You were not asked for this visit.
        OfferNotFound = "没有找到这个派单",
        /// It was taken back, or you have said yes already.
        OfferGone = "这一单已经不能拒绝，请联系机构",
        /// 1 to 200 characters.
        ReasonMissing = "请写明不能去的原因",
    }
}

/// Input of `offerAccept`.
#[derive(InputObject)]
pub struct OfferAcceptInput {
    /// For which order you were asked.
    pub order_id: ID,
}

/// Input of `offerDecline`.
#[derive(InputObject)]
pub struct OfferDeclineInput {
    /// For which order you were asked.
    pub order_id: ID,
    /// Why you cannot come, 1 to 200 characters. It is no fault.
    pub reason: String,
}

/// Mutations of offers.
#[derive(Default)]
pub struct OfferMutation;

#[Object]
impl OfferMutation {
    /// Says yes to a visit.
    #[graphql(guard = "Allow(CARERS)", directive = allow::apply(CARERS.to_vec()))]
    async fn offer_accept(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which visit.")] input: OfferAcceptInput,
    ) -> Result<OfferAcceptPayload> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        match offer::accept(app, who, id).await {
            Ok(id) => OfferAcceptPayload::from_result(Ok(seen_again(app, who, id).await?)),
            Err(stop) => OfferAcceptPayload::from_result(Err(stop)),
        }
    }

    /// Says no to a visit, and why. The next carer is asked at once.
    #[graphql(guard = "Allow(CARERS)", directive = allow::apply(CARERS.to_vec()))]
    async fn offer_decline(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which visit, and why.")] input: OfferDeclineInput,
    ) -> Result<OfferDeclinePayload> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        match offer::decline(app, who, id, &input.reason).await {
            Ok(id) => OfferDeclinePayload::from_result(Ok(seen_again(app, who, id).await?)),
            Err(stop) => OfferDeclinePayload::from_result(Err(stop)),
        }
    }
}
