//! Approvals to take part in a programme.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use entities::enums::EnrolmentState;
use entities::programme_enrolment;

use crate::app::Asked as _;
use crate::kit::allow::{Allow, OFFICERS, SIGNED_IN, allow};
use crate::kit::ids::{ElderId, EnrolmentId};
use crate::kit::scalar::{Day, Instant};
use crate::rights::service::enrolment::{self as service, Approval};

/// An officer's approval that an elder takes part in an item of a programme. What he gets follows from the facts of each
/// month.
#[derive(SimpleObject)]
pub struct Enrolment {
    /// Opaque.
    pub id: ID,
    /// Who takes part.
    pub elder_id: ID,
    /// Code of the programme.
    pub programme_code: String,
    /// Code of the item; bands of one benefit share it.
    pub item_code: String,
    /// First day of the first month.
    pub first_month_on: Day,
    /// First day of the last month; null when it has none.
    pub last_month_on: Option<Day>,
    /// On what it rests.
    pub source: String,
    /// Whether it was taken back as if it had never been.
    pub is_revoked: bool,
    /// When it was decided.
    pub decided_at: Instant,
}

impl From<programme_enrolment::Model> for Enrolment {
    fn from(row: programme_enrolment::Model) -> Self {
        Self {
            id: EnrolmentId(row.id).to_string().into(),
            elder_id: ElderId(row.elder_id).to_string().into(),
            programme_code: row.programme,
            item_code: row.item,
            first_month_on: row.from_month.into(),
            last_month_on: row.until_month.map(Into::into),
            source: row.source,
            is_revoked: row.state == EnrolmentState::Revoked,
            decided_at: row.decided_at.into(),
        }
    }
}

answers! {
    /// Answer of `enrolmentApprove`.
    EnrolmentApprovePayload {
        /// The approval.
        enrolment: Enrolment
    }
    EnrolmentApproveError EnrolmentApproveErrorCode {
        /// There is no such elder in your region.
        ElderNotFound = "没有找到这位老人",
        /// There is no such programme or item, or nobody applies for it.
        ProgrammeUnknown = "没有这个项目，或该项目无需审批",
        /// The elder's place does not take part; the message says more.
        AreaNotInProgramme = "老人所在地区不在该项目的实施范围内",
        /// By the facts of the first month he is not entitled, or facts are missing; the message says which.
        NotEntitled = "按现有资料不符合条件",
        /// An approval stands in one of the months.
        ApprovedAlready = "所选月份已有审批",
        /// It ends before it begins.
        PeriodInvalid = "结束月份不能早于开始月份",
        /// 1 to 100 characters about on what it rests.
        SourceMissing = "请写明审批依据，最多100字",
        /// The key is not 16 to 64 letters, digits or - _ . :
        RequestKeyInvalid = "请求编号格式不对",
        /// The key was used with other input.
        RequestKeyReused = "请求编号已用于另一件事",
    }
}

answers! {
    /// Answer of `enrolmentEnd`.
    EnrolmentEndPayload {
        /// The approval as it stands now.
        enrolment: Enrolment
    }
    EnrolmentEndError EnrolmentEndErrorCode {
        /// There is no such approval in your region.
        EnrolmentNotFound = "没有找到这条审批",
        /// It begins after this month, ends before it, or was taken back.
        MonthInvalid = "这条审批不能在该月结束",
    }
}

/// Input of `enrolmentApprove`.
#[derive(InputObject)]
pub struct EnrolmentApproveInput {
    /// Made and stored by the client before sending; the same on every retry. 16 to 64 characters.
    pub request_key: String,
    /// Who takes part.
    pub elder_id: ID,
    /// Code of the programme.
    pub programme_code: String,
    /// Code of the item.
    pub item_code: String,
    /// Any day of the first month.
    pub first_month_on: Day,
    /// Any day of the last month; none when left out.
    pub last_month_on: Option<Day>,
    /// On what it rests, such as the number of a paper; 1 to 100 characters.
    pub source: String,
}

/// Input of `enrolmentEnd`.
#[derive(InputObject)]
pub struct EnrolmentEndInput {
    /// Which approval.
    pub enrolment_id: ID,
    /// Any day of the last month; left out, the approval is taken back as if it had never been.
    pub last_month_on: Option<Day>,
}

/// Queries about approvals.
#[derive(Default)]
pub struct EnrolmentQuery;

#[Object]
impl EnrolmentQuery {
    /// Approvals of an elder, the newest first, at most 50. For the elder, family with the scope SEE_HEALTH, and assessors,
    /// officers and the desk of the region; empty for everybody else. Each reading is recorded.
    #[graphql(guard = "Allow(SIGNED_IN)", directive = allow::apply(SIGNED_IN.to_vec()))]
    async fn enrolments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which elder.")] elder_id: ID,
    ) -> Result<Vec<Enrolment>> {
        let rows = service::of_elder(ctx.app(), ctx.who()?, elder_id.parse()?).await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}

/// Mutations of approvals.
#[derive(Default)]
pub struct EnrolmentMutation;

#[Object]
impl EnrolmentMutation {
    /// Approves that an elder takes part in an item of a programme.
    #[graphql(guard = "Allow(OFFICERS)", directive = allow::apply(OFFICERS.to_vec()))]
    async fn enrolment_approve(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who takes part in what, and when.")] input: EnrolmentApproveInput,
    ) -> Result<EnrolmentApprovePayload> {
        let approval = Approval {
            elder: input.elder_id.parse()?,
            programme: input.programme_code,
            item: input.item_code,
            from: input.first_month_on.0,
            until: input.last_month_on.map(|day| day.0),
            source: input.source,
        };
        let result = service::approve(ctx.app(), ctx.who()?, &input.request_key, &approval).await;
        EnrolmentApprovePayload::from_result(result.map(Into::into))
    }

    /// Ends an approval.
    #[graphql(guard = "Allow(OFFICERS)", directive = allow::apply(OFFICERS.to_vec()))]
    async fn enrolment_end(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one, and with which month.")] input: EnrolmentEndInput,
    ) -> Result<EnrolmentEndPayload> {
        let id: EnrolmentId = input.enrolment_id.parse()?;
        let last = input.last_month_on.map(|day| day.0);
        let result = service::end(ctx.app(), ctx.who()?, id, last).await;
        EnrolmentEndPayload::from_result(result.map(Into::into))
    }
}
