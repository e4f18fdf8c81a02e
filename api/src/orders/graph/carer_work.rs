//! A carer's own work.

use async_graphql::{Context, Object, Result, SimpleObject};

use crate::app::Asked as _;
use crate::kit::allow::{Allow, Role, allow};
use crate::kit::refusal::top_level;
use crate::kit::scalar::{Day, Fen, Instant};
use crate::orders::graph::service_order::ServiceOrder;
use crate::orders::service::service_order::carer_work::{Month, OwnPart, month, visits};

/// Those who carry visits out.
pub const CARERS: &[Role] = &[Role::Carer];

/// Your own part in a visit.
#[derive(SimpleObject)]
pub struct VisitPart {
    /// Whether you have said yes; false while you are asked.
    pub is_accepted: bool,
    /// Say yes or no until then; null once you have said yes.
    pub answer_ends_at: Option<Instant>,
    /// From your usual place to the home as the crow flies, rounded up to half a kilometre; null when one of the two places
    /// is not known.
    pub distance_metres: Option<i32>,
}

impl From<OwnPart> for VisitPart {
    fn from(part: OwnPart) -> Self {
        Self {
            is_accepted: part.is_accepted,
            answer_ends_at: part.answer_ends_at.map(Into::into),
            distance_metres: part.distance_m.and_then(|metres| i32::try_from(metres).ok()),
        }
    }
}

/// What you carried out in a month. Wages are your provider's affair.
#[derive(SimpleObject)]
pub struct CarerMonth {
    /// How many visits.
    pub visits: i32,
    /// Their agreed length, in minutes.
    pub minutes: i32,
    /// Published prices of these visits, each shared by the carers who came, in fen.
    pub worth_fen: Fen,
    /// Visits whose money waits until somebody has looked at them.
    pub held: i32,
}

impl From<Month> for CarerMonth {
    fn from(month: Month) -> Self {
        Self { visits: month.visits, minutes: month.minutes, worth_fen: month.worth.into(), held: month.held }
    }
}

/// Queries about a carer's own work.
#[derive(Default)]
pub struct CarerWorkQuery;

#[Object]
impl CarerWorkQuery {
    /// Visits for which you were asked or have said yes and which are not over, the next first; at most 100.
    #[graphql(guard = "Allow(CARERS)", directive = allow::apply(CARERS.to_vec()))]
    async fn my_visits(&self, ctx: &Context<'_>) -> Result<Vec<ServiceOrder>> {
        let found = visits(ctx.app(), ctx.who()?).await?;
        Ok(found.into_iter().map(|(seen, part)| ServiceOrder::of_carer(seen, part)).collect())
    }

    /// What you carried out in the calendar month of a day.
    #[graphql(guard = "Allow(CARERS)", directive = allow::apply(CARERS.to_vec()))]
    async fn my_month(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Any day of the month.")] month_on: Day,
    ) -> Result<CarerMonth> {
        let found = month(ctx.app(), ctx.who()?, month_on.0).await?;
        found.map(Into::into).ok_or_else(|| top_level("BAD_REQUEST", "monthOn is out of range"))
    }
}
