//! Keeping carers' time while a form is filled in.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use super::ServiceOrderPlaceErrorCode as P;
use super::acts::ServiceWantInput;
use crate::app::Asked as _;
use crate::kit::allow::{Allow, ORDERING, allow};
use crate::kit::scalar::Instant;
use crate::orders::service::service_order::hold::{self, Held};

/// Carers' time that is kept for you.
#[derive(SimpleObject)]
pub struct ServiceHold {
    /// Renews, releases and uses the hold.
    pub token: String,
    /// Seconds for which it lives.
    pub seconds: i32,
}

impl From<Held> for ServiceHold {
    fn from(held: Held) -> Self {
        Self { token: held.token, seconds: i32::try_from(held.life_s).unwrap_or(i32::MAX) }
    }
}

answers! {
    /// Answer of `serviceSlotHold`.
    ServiceSlotHoldPayload {
        /// The hold.
        hold: ServiceHold
    }
    ServiceSlotHoldError ServiceSlotHoldErrorCode {
        /// There is no such elder for you, or you may not book for him.
        ElderNotFound = "没有找到这位老人",
        /// There is no such offering, it is not sold now or not where the elder lives, or the carer is another provider's.
        OfferingNotFound = "没有找到这项服务",
        /// What is wanted cannot be booked so; ask for a quote.
        WantInvalid = "这样不能预约，请重新选择",
        /// Not on a quarter of an hour, less than three hours or more than 60 days ahead.
        StartInvalid = "请选择三小时后、六十天内的整刻钟",
        /// Not enough carers are free then, or others hold them.
        NobodyFree = "这个时间没有合适的护理员，请换一个时间",
        /// The elder has the same service at that time in another order, paid or waiting for its payment: somebody else has
        /// booked it. It stands in the list of orders.
        AlreadyBooked = "这位老人这个时间已经订了这项服务，请先查看订单",
    }
}

answers! {
    /// Answer of `serviceSlotHoldRelease`.
    ServiceSlotHoldReleasePayload {
        /// True: the carers are free again.
        released: bool
    }
    ServiceSlotHoldReleaseError ServiceSlotHoldReleaseErrorCode {
        /// There is no such elder for you, or you may not book for him.
        ElderNotFound = "没有找到这位老人",
        /// There is no such offering, or it is not sold now.
        OfferingNotFound = "没有找到这项服务",
    }
}

/// Input of `serviceSlotHold`.
#[derive(InputObject)]
pub struct ServiceSlotHoldInput {
    /// For whom, and what.
    pub want: ServiceWantInput,
    /// When the visit is to begin.
    pub starts_at: Instant,
    /// Token of an earlier hold of yours, to renew or change it; left out for a new one.
    pub token: Option<String>,
}

/// Input of `serviceSlotHoldRelease`.
#[derive(InputObject)]
pub struct ServiceSlotHoldReleaseInput {
    /// For whom, and what.
    pub want: ServiceWantInput,
    /// When the visit was to begin.
    pub starts_at: Instant,
    /// Token of the hold.
    pub token: String,
}

/// Mutations of holds on carers.
#[derive(Default)]
pub struct ServiceHoldMutation;

#[Object]
impl ServiceHoldMutation {
    /// Keeps all carers that a visit needs for some minutes while a form is filled in, or none. A courtesy, not a booking;
    /// one hold of a provider's day a person.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn service_slot_hold(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For whom, what, and when.")] input: ServiceSlotHoldInput,
    ) -> Result<ServiceSlotHoldPayload> {
        let want = input.want.read()?;
        let result = hold::hold(ctx.app(), ctx.who()?, &want, (input.starts_at.0, input.token)).await;
        ServiceSlotHoldPayload::from_result(result.map(Into::into).map_err(|stop| stop.narrow(hold_code)))
    }

    /// Gives held carers back before the hold runs out.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn service_slot_hold_release(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which hold.")] input: ServiceSlotHoldReleaseInput,
    ) -> Result<ServiceSlotHoldReleasePayload> {
        let want = input.want.read()?;
        let result = hold::release(ctx.app(), ctx.who()?, &want, (input.starts_at.0, &input.token)).await;
        ServiceSlotHoldReleasePayload::from_result(result.map_err(|stop| stop.narrow(release_code)))
    }
}

fn hold_code(code: P) -> ServiceSlotHoldErrorCode {
    use ServiceSlotHoldErrorCode as H;
    match code {
        P::ElderNotFound => H::ElderNotFound,
        P::OfferingNotFound | P::CarerNotFound | P::OutOfArea => H::OfferingNotFound,
        P::StartInvalid | P::TooSoon => H::StartInvalid,
        P::AlreadyBooked => H::AlreadyBooked,
        P::NobodyFree | P::Busy => H::NobodyFree,
        _ => H::WantInvalid,
    }
}

fn release_code(code: P) -> ServiceSlotHoldReleaseErrorCode {
    match code {
        P::ElderNotFound => ServiceSlotHoldReleaseErrorCode::ElderNotFound,
        _ => ServiceSlotHoldReleaseErrorCode::OfferingNotFound,
    }
}
