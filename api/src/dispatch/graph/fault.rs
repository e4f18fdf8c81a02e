//! What counts against a provider.

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use entities::enums::FaultKind as RowKind;
use entities::visit_fault::Model;

use crate::app::Asked as _;
use crate::dispatch::store::fault::faults_of;
use crate::kit::allow::{Allow, MANAGERS_AND_OFFICERS, allow};
use crate::kit::ids::{CarerId, OrderId, ProviderId};
use crate::kit::page::{Connection, Page};
use crate::kit::scalar::Instant;

/// How a provider failed. Treat an unknown value as "see reason".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "RowKind")]
pub enum VisitFaultKind {
    /// A visit that was promised was called off.
    CalledOff,
    /// Nobody came within half an hour.
    DidNotCome,
}

/// One thing that counts against a provider.
#[derive(SimpleObject)]
pub struct VisitFault {
    /// In which visit.
    pub order_id: ID,
    /// Which carer; null when it concerns the whole visit.
    pub carer_id: Option<ID>,
    /// How.
    pub kind: VisitFaultKind,
    /// Why, in words.
    pub reason: String,
    /// When it was noted.
    pub noted_at: Instant,
}

impl From<Model> for VisitFault {
    fn from(row: Model) -> Self {
        Self {
            order_id: OrderId(row.order_id).to_string().into(),
            carer_id: row.carer_id.map(|id| CarerId(id).to_string().into()),
            kind: row.kind.into(),
            reason: row.reason,
            noted_at: row.noted_at.into(),
        }
    }
}

/// Queries about faults.
#[derive(Default)]
pub struct FaultQuery;

#[Object]
impl FaultQuery {
    /// What counts against a provider that you run or look after as officer, the newest first; empty for any other id.
    #[graphql(guard = "Allow(MANAGERS_AND_OFFICERS)", directive = allow::apply(MANAGERS_AND_OFFICERS.to_vec()))]
    async fn visit_faults(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] provider_id: ID,
        #[graphql(desc = "How many, 1 to 50; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the last one seen.")] after: Option<String>,
    ) -> Result<Connection<VisitFault>> {
        let (page, id): (_, ProviderId) = (Page::read(first, after.as_deref())?, provider_id.parse()?);
        let rows = faults_of(ctx.app().db.read(), ctx.who()?, id, page).await?;
        Ok(page.connect(rows, |row| row.id, VisitFault::from))
    }
}
