//! What counts against a provider.

use std::collections::HashSet;

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use entities::enums::FaultKind as RowKind;
use entities::visit_fault::Model;
use uuid::Uuid;

use crate::app::Asked as _;
use crate::dispatch::store::fault::faults_of;
use crate::kit::allow::{Allow, MANAGERS_AND_OFFICERS, allow};
use crate::kit::ids::{CarerId, OrderId, ProviderId};
use crate::kit::page::{Connection, Page};
use crate::kit::scalar::Instant;
use crate::orders::rules::service_order::ServiceEvent;
use crate::people::rules::words::HIDDEN_WORDS;
use crate::people::store::words::hidden_of;

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
    /// Why, in words; a Chinese sentence in its place when WeChat's check objects to it.
    pub reason: String,
    /// When it was noted.
    pub noted_at: Instant,
}

impl VisitFault {
    fn shown(row: Model, hidden: &HashSet<(Uuid, String)>) -> Self {
        // The carer's own words when he called off.
        let said = ServiceEvent::ProviderCancel.name().to_owned();
        let is_hidden = row.kind == RowKind::CalledOff && hidden.contains(&(row.order_id, said));
        Self {
            order_id: OrderId(row.order_id).to_string().into(),
            carer_id: row.carer_id.map(|id| CarerId(id).to_string().into()),
            kind: row.kind.into(),
            reason: if is_hidden { HIDDEN_WORDS.to_owned() } else { row.reason },
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
        let (db, who) = (ctx.app().db.read(), ctx.who()?);
        let rows = faults_of(db, who, id, page).await?;
        let hidden = hidden_of(db, rows.iter().map(|row| row.order_id).collect(), who.person.0).await?;
        Ok(page.connect(rows, |row| row.id, |row| VisitFault::shown(row, &hidden)))
    }
}
