//! Elders who could not be reached with a meal or a visit: somebody looks after them.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use crate::app::Asked as _;
use crate::kit::allow::{Allow, DESKS, Role, allow};
use crate::kit::ids::{ElderId, OrderId};
use crate::kit::refusal::refuse_field;
use crate::kit::scalar::Instant;
use crate::orders::store::welfare::{self, Check};
use crate::people::graph::elder::Elder;

/// Those who look after elders of a branch.
const IN_CHARGE: &[Role] = &[Role::Desk, Role::Officer, Role::Admin];
/// Longest outcome in characters.
const OUTCOME_MAX: usize = 500;

/// An elder who could not be reached.
#[derive(SimpleObject)]
pub struct WelfareCheck {
    /// With which order.
    pub order_id: ID,
    /// Which elder.
    pub elder_id: ID,
    /// Who it is; full name and telephone number for the desk.
    pub elder: Elder,
    /// `meal_not_reached` or `nobody_home`.
    pub reason: String,
    /// Since when.
    pub opened_at: Instant,
    /// When somebody had looked; null while nobody has.
    pub closed_at: Option<Instant>,
    /// What was found; null while nobody has looked.
    pub outcome: Option<String>,
}

impl From<Check> for WelfareCheck {
    fn from(check: Check) -> Self {
        Self {
            order_id: OrderId(check.row.order_id).to_string().into(),
            elder_id: ElderId(check.row.elder_id).to_string().into(),
            elder: check.reached.into(),
            reason: check.row.reason,
            opened_at: check.row.opened_at.into(),
            closed_at: check.row.closed_at.map(Into::into),
            outcome: check.row.outcome,
        }
    }
}

answers! {
    /// Answer of `welfareCheckClose`.
    WelfareCheckClosePayload {
        /// The check, closed.
        check: WelfareCheck
    }
    WelfareCheckCloseError WelfareCheckCloseErrorCode {
        /// There is no such check in your region.
        CheckNotFound = "没有找到这条探视记录",
        /// 1 to 500 characters.
        OutcomeMissing = "请用五百字以内写明情况",
        /// Somebody has closed it with other words.
        AlreadyClosed = "这条记录已由别人办结",
    }
}

/// Input of `welfareCheckClose`.
#[derive(InputObject)]
pub struct WelfareCheckCloseInput {
    /// With which order the elder could not be reached.
    pub order_id: ID,
    /// What was found, 1 to 500 characters.
    pub outcome: String,
}

/// Queries about elders who could not be reached.
#[derive(Default)]
pub struct WelfareQuery;

#[Object]
impl WelfareQuery {
    /// Elders of your branch who could not be reached and after whom nobody has looked, the longest waiting first; at most 100.
    #[graphql(guard = "Allow(IN_CHARGE)", directive = allow::apply(IN_CHARGE.to_vec()))]
    async fn welfare_checks(&self, ctx: &Context<'_>) -> Result<Vec<WelfareCheck>> {
        let rows = welfare::open(ctx.app().db.read(), ctx.who()?).await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}

/// Mutations about elders who could not be reached.
#[derive(Default)]
pub struct WelfareMutation;

#[Object]
impl WelfareMutation {
    /// Says what was found at an elder who could not be reached. Repeated with the same words, it answers the same.
    #[graphql(guard = "Allow(DESKS)", directive = allow::apply(DESKS.to_vec()))]
    async fn welfare_check_close(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which check, and what was found.")] input: WelfareCheckCloseInput,
    ) -> Result<WelfareCheckClosePayload> {
        use WelfareCheckCloseErrorCode as C;
        let (app, who, order): (_, _, OrderId) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        let outcome = input.outcome.trim();
        if !(1..=OUTCOME_MAX).contains(&outcome.chars().count()) {
            return WelfareCheckClosePayload::from_result(refuse_field(C::OutcomeMissing, "outcome"));
        }
        let result = match welfare::close(app, who, order, outcome).await? {
            None => refuse_field(C::CheckNotFound, "orderId"),
            Some(check) if check.row.outcome.as_deref() == Some(outcome) => Ok(check.into()),
            Some(_) => refuse_field(C::AlreadyClosed, "orderId"),
        };
        WelfareCheckClosePayload::from_result(result)
    }
}
