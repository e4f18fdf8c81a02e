//! An elder who has died, or who lives elsewhere from now on.

use async_graphql::{Context, ID, InputObject, Object, Result};

use crate::app::Asked as _;
use crate::kit::allow::{Allow, DESKS_AND_OFFICERS, allow};
use crate::kit::scalar::Day;
use crate::orders::service::departure as service;
use crate::people::graph::elder::Elder;

answers! {
    /// Answer of `elderDeathRecord`.
    ElderDeathRecordPayload {
        /// The elder.
        elder: Elder
    }
    ElderDeathRecordError ElderDeathRecordErrorCode {
        /// There is no such elder in your branch.
        ElderNotFound = "没有找到这位老人，或不在您的辖区",
        /// Before his birth, or still to come.
        DayInvalid = "离世日期不能早于出生日期，也不能晚于今天",
        /// 1 to 200 characters.
        SourceMissing = "请写明依据，如死亡证明编号，最多二百字",
    }
}

answers! {
    /// Answer of `elderMove`.
    ElderMovePayload {
        /// The elder.
        elder: Elder
    }
    ElderMoveError ElderMoveErrorCode {
        /// There is no such elder in your branch.
        ElderNotFound = "没有找到这位老人，或不在您的辖区",
        /// Nobody knows this region, or it is wider than a district.
        RegionNotFound = "没有找到这个区县、街道或社区",
        /// More than 200 characters.
        AddressInvalid = "地址最多二百字",
        /// 1 to 200 characters.
        SourceMissing = "请写明依据，最多二百字",
    }
}

/// Input of `elderDeathRecord`.
#[derive(InputObject)]
pub struct ElderDeathRecordInput {
    /// Which elder.
    pub elder_id: ID,
    /// The day of the death; null when it was recorded in error.
    pub died_on: Option<Day>,
    /// From where it is known, such as the number of the certificate; 1 to 200 characters.
    pub source: String,
}

/// Input of `elderMove`.
#[derive(InputObject)]
pub struct ElderMoveInput {
    /// Which elder.
    pub elder_id: ID,
    /// Official code of the region where he lives now.
    pub region_code: String,
    /// His address there, at most 200 characters; empty when it is not known.
    pub address: String,
    /// From where it is known, 1 to 200 characters.
    pub source: String,
}

/// Mutations about elders who die or move.
#[derive(Default)]
pub struct DepartureMutation;

#[Object]
impl DepartureMutation {
    /// Records that an elder has died: his vouchers are frozen, no month brings another one, nothing can be booked for him, and
    /// what has not begun is called off without a fee. Without a day: it was recorded in error, and vouchers open again; orders
    /// that were called off stay so.
    #[graphql(guard = "Allow(DESKS_AND_OFFICERS)", directive = allow::apply(DESKS_AND_OFFICERS.to_vec()))]
    async fn elder_death_record(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, when, known from where.")] input: ElderDeathRecordInput,
    ) -> Result<ElderDeathRecordPayload> {
        let (app, who, id) = (ctx.app(), ctx.who()?, input.elder_id.parse()?);
        let day = input.died_on.map(|day| day.0);
        let result = service::note_death(app, who, id, (day, &input.source)).await;
        ElderDeathRecordPayload::from_result(result.map(Into::into))
    }

    /// Records where an elder lives from now on. Vouchers of programmes whose area he leaves are frozen, and open again when he
    /// comes back within their month. Orders keep the address that they were booked with: the family moves or cancels them.
    #[graphql(guard = "Allow(DESKS_AND_OFFICERS)", directive = allow::apply(DESKS_AND_OFFICERS.to_vec()))]
    async fn elder_move(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, where to, known from where.")] input: ElderMoveInput,
    ) -> Result<ElderMovePayload> {
        let (app, who, id) = (ctx.app(), ctx.who()?, input.elder_id.parse()?);
        let wish = (input.region_code.as_str(), input.address.as_str(), input.source.as_str());
        let result = service::note_move(app, who, id, wish).await;
        ElderMovePayload::from_result(result.map(Into::into))
    }
}
