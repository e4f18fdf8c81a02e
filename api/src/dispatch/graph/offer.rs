//! A carer's yes and no.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use entities::enums::AssignmentState;

use crate::app::Asked as _;
use crate::dispatch::service::{assign, offer};
use crate::kit::allow::{Allow, MANAGERS, Role, allow};
use crate::kit::ids::{CarerId, OrderId, ProviderId};
use crate::kit::scalar::Instant;
use crate::orders::graph::service_order::{ServiceOrder, seen_again};
use crate::orders::rules::service_order::ServiceEvent;
use crate::orders::store::service_order as orders;
use crate::people::rules::words::HIDDEN_WORDS;
use crate::people::store::words::hidden;

/// Those whom the row of the asked concerns.
const CONCERNED: &[Role] = &[Role::ProviderManager, Role::Desk, Role::Officer, Role::Admin];
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

answers! {
    /// Answer of `offerAssign`.
    OfferAssignPayload {
        /// The order; the carer is asked at once.
        order: ServiceOrder
    }
    OfferAssignError OfferAssignErrorCode {
        /// Your provider has no such order.
        OrderNotFound = "没有找到这个订单",
        /// No carer is being looked for.
        WrongState = "这个订单现在不需要指派护理员",
        /// Works for somebody else, is not free or not in reach, lacks a paper or a skill, or has said no.
        CarerNotFit = "这位护理员不能接这一单，请换一位",
        /// Every carer needed has said yes, or nobody with the certificate would be left to come.
        NoSeat = "人手已齐，或还需要一位持证护理员",
        /// Somebody else took the carer at the same moment.
        Busy = "这位护理员刚刚被占用，请刷新后再试",
    }
}

/// Input of `offerAssign`.
#[derive(InputObject)]
pub struct OfferAssignInput {
    /// Which order.
    pub order_id: ID,
    /// Who is to be asked next.
    pub carer_id: ID,
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

/// How an offer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "AssignmentState")]
pub enum OfferState {
    /// Chosen, not asked yet.
    Reserved,
    /// Asked.
    Offered,
    /// Has said yes.
    Accepted,
    /// Has said no.
    Declined,
    /// Has not answered in time.
    TimedOut,
    /// Taken back.
    Released,
    /// Called off or did not come.
    Failed,
}

/// A carer who was chosen or asked, and why he had this place in the row.
#[derive(SimpleObject)]
pub struct VisitOffer {
    /// Which carer.
    pub carer_id: ID,
    /// Which of the seats of the visit, from 1 on.
    pub seat: i32,
    /// Which search: it begins anew when the visit is moved.
    pub round: i32,
    /// How it stands.
    pub state: OfferState,
    /// Why this carer in this place: same as last time, the way, visits of the day, stars; or asked by hand.
    pub reasons: String,
    /// Why he said no or failed; null otherwise. A Chinese sentence in its place when WeChat's check objects to it.
    pub decline_reason: Option<String>,
    /// When he was asked; null when he was not yet.
    pub offered_at: Option<Instant>,
    /// When he answered; null when he has not.
    pub answered_at: Option<Instant>,
}

impl VisitOffer {
    /// An offer as somebody reads it from whom these reasons of the order are hidden: what carers said who did not want to
    /// come, and what those said who called off.
    fn shown(row: entities::assignment::Model, hidden: &[String]) -> Self {
        let said = match row.state {
            AssignmentState::Declined => ServiceEvent::DeclineOrTimeout,
            _ => ServiceEvent::ProviderCancel,
        };
        let is_hidden = row.decline_reason.is_some() && hidden.iter().any(|name| name == said.name());
        let reason = if is_hidden { Some(HIDDEN_WORDS.to_owned()) } else { row.decline_reason };
        Self {
            carer_id: CarerId(row.carer_id).to_string().into(),
            seat: row.seat.into(),
            round: row.round.into(),
            state: row.state.into(),
            reasons: row.reasons,
            decline_reason: reason,
            offered_at: row.offered_at.map(Into::into),
            answered_at: row.answered_at.map(Into::into),
        }
    }
}

/// Queries about offers.
#[derive(Default)]
pub struct OfferQuery;

#[Object]
impl OfferQuery {
    /// Who was chosen or asked for a visit and why, for its provider's manager, desk and office, at most 100; empty for any
    /// other id.
    #[graphql(guard = "Allow(CONCERNED)", directive = allow::apply(CONCERNED.to_vec()))]
    async fn visit_offers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which order.")] order_id: ID,
    ) -> Result<Vec<VisitOffer>> {
        let (db, who, id): (_, _, OrderId) = (ctx.app().db.read(), ctx.who()?, order_id.parse()?);
        let order = orders::bare(db, id.0).await?;
        let is_concerned = |order: &entities::service_order::Model| {
            let (provider, region) = (ProviderId(order.provider_id), &order.region_code);
            who.managed_provider() == Some(provider) || who.is_desk_for(region) || who.is_officer_for(region)
        };
        if !order.is_some_and(|order| is_concerned(&order)) {
            return Ok(Vec::new());
        }
        let hidden = hidden(db, id.0, Some(who.person.0)).await?;
        let rows = orders::assignments(db, id.0).await?.into_iter().take(100);
        Ok(rows.map(|row| VisitOffer::shown(row, &hidden)).collect())
    }
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

    /// Asks a carer of your own for a visit, instead of the one whose turn it is. He accepts or declines as always.
    #[graphql(guard = "Allow(MANAGERS)", directive = allow::apply(MANAGERS.to_vec()))]
    async fn offer_assign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which visit, and whom.")] input: OfferAssignInput,
    ) -> Result<OfferAssignPayload> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        match assign::assign(app, who, id, input.carer_id.parse()?).await {
            Ok(id) => OfferAssignPayload::from_result(Ok(seen_again(app, who, id).await?)),
            Err(stop) => OfferAssignPayload::from_result(Err(stop)),
        }
    }
}
