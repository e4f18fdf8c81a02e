//! Carers whom elders do not want.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use crate::app::{App, Asked as _};
use crate::kit::allow::{Allow, ORDERING, allow};
use crate::kit::ids::CarerId;
use crate::kit::refusal::Fault;
use crate::kit::scalar::Instant;
use crate::slots::service::refused;
use crate::slots::store::refused::Known;

/// A carer who has been at an elder's home, or was to come.
#[derive(SimpleObject)]
pub struct KnownCarer {
    /// Opaque.
    pub id: ID,
    /// Full name.
    pub name: String,
    /// Since when the elder does not want him; null when he is welcome.
    pub refused_at: Option<Instant>,
}

impl KnownCarer {
    fn new(app: &App, row: Known) -> Result<Self, Fault> {
        Ok(Self {
            id: CarerId(row.id).to_string().into(),
            name: app.seal.open(&row.name_sealed)?,
            refused_at: row.refused_at.map(Into::into),
        })
    }
}

answers! {
    /// Answer of `carerRefuse`.
    CarerRefusePayload {
        /// The carer as he stands with the elder now.
        carer: KnownCarer
    }
    CarerRefuseError CarerRefuseErrorCode {
        /// There is no such elder for you, or you may not book for him.
        ElderNotFound = "没有找到这位老人",
        /// No carer with this id was ever to come to the elder.
        CarerNotFound = "没有找到这位护理员",
    }
}

/// Input of `carerRefuse`.
#[derive(InputObject)]
pub struct CarerRefuseInput {
    /// Whose home.
    pub elder_id: ID,
    /// Who is not wanted, or welcome again.
    pub carer_id: ID,
    /// False: welcome again.
    #[graphql(default = true)]
    pub is_refused: bool,
}

/// Queries about carers whom elders do not want.
#[derive(Default)]
pub struct RefusedQuery;

#[Object]
impl RefusedQuery {
    /// Carers whom an elder does not want any more, the latest first, at most 50; empty for an elder out of reach.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn refused_carers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose home.")] elder_id: ID,
    ) -> Result<Vec<KnownCarer>> {
        let app = ctx.app();
        let rows = refused::refused(app, ctx.who()?, elder_id.parse()?).await?;
        Ok(rows.into_iter().map(|row| KnownCarer::new(app, row)).collect::<Result<_, _>>()?)
    }
}

/// Mutations of carers whom elders do not want.
#[derive(Default)]
pub struct RefusedMutation;

#[Object]
impl RefusedMutation {
    /// Says that an elder does not want a carer any more: he is not chosen for him again, neither by wish nor by turn.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn carer_refuse(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who is not wanted at whose home.")] input: CarerRefuseInput,
    ) -> Result<CarerRefusePayload> {
        let app = ctx.app();
        let pair = (input.elder_id.parse()?, input.carer_id.parse()?);
        match refused::refuse(app, ctx.who()?, pair, input.is_refused).await {
            Ok(known) => CarerRefusePayload::from_result(Ok(KnownCarer::new(app, known)?)),
            Err(stop) => CarerRefusePayload::from_result(Err(stop)),
        }
    }
}
