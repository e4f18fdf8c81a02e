//! Assessments on their way, as everybody concerned sees them.

pub mod acts;

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use entities::enums::AssessmentState as RowState;

use super::assessment::AbilityLevel;
use crate::app::Asked as _;
use crate::kit::allow::{ARCHIVING, Allow, SIGNED_IN, allow};
use crate::kit::ids::{AssessmentId, ElderId, PersonId};
use crate::kit::page::{Connection, Page};
use crate::kit::scalar::{Day, Instant};
use crate::rights::rules::assessment::object_before;
use crate::rights::service::case::{Case, look};

/// Life of an assessment: REQUESTED → SCHEDULED → IN_PROGRESS → SCORED → REVIEWED → PUBLISHED; CANCELLED before it begins;
/// sent back or objected to it is IN_PROGRESS again.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "RowState")]
pub enum AssessmentState {
    /// Somebody asked for it.
    Requested,
    /// Two assessors and a time are named.
    Scheduled,
    /// Nobody comes.
    Cancelled,
    /// The assessors are there, or assess again.
    InProgress,
    /// All items are answered.
    Scored,
    /// A third person found it right.
    Reviewed,
    /// It counts.
    Published,
}

/// An assessment on its way.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct AssessmentCase {
    /// Opaque.
    pub id: ID,
    /// Whose.
    pub elder_id: ID,
    /// Where it stands.
    pub state: AssessmentState,
    /// Counts the objections and one.
    pub round: i32,
    /// Who assesses in this round, at most 2.
    pub assessor_ids: Vec<ID>,
    /// When it was asked for.
    pub requested_at: Instant,
    /// When the assessors come; null until it is scheduled.
    pub scheduled_at: Option<Instant>,
    /// Points, 0 to 90; null until scored.
    pub score: Option<i32>,
    /// Level with the adjustments; null until scored.
    pub level: Option<AbilityLevel>,
    /// Until when the elder or his family may object; null until scored.
    pub objection_ends_at: Option<Instant>,
    /// First day on which the result counts; null until published.
    pub in_force_on: Option<Day>,
    /// Last day on which it counts; null until scored.
    pub valid_until_on: Option<Day>,
    #[graphql(skip)]
    pub case: Case,
}

#[ComplexObject]
impl AssessmentCase {
    /// The assessors' note; null when there is none.
    async fn note(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(ctx.app().seal.open_optional(self.case.row.note_sealed.as_deref())?)
    }
}

impl From<Case> for AssessmentCase {
    fn from(case: Case) -> Self {
        let row = &case.row;
        let now = case.assessors.iter().filter(|named| Some(named.round) == row.round);
        Self {
            id: AssessmentId(row.id).to_string().into(),
            elder_id: ElderId(row.elder_id).to_string().into(),
            state: row.state.into(),
            round: row.round.unwrap_or(1).into(),
            assessor_ids: now.map(|named| PersonId(named.person_id).to_string().into()).collect(),
            requested_at: row.entered_at.into(),
            scheduled_at: row.scheduled_at.map(Into::into),
            score: row.score.map(Into::into),
            level: row.level.map(Into::into),
            objection_ends_at: row.scored_at.map(|at| object_before(at).into()),
            in_force_on: row.in_force_on.map(Into::into),
            valid_until_on: row.valid_until.map(Into::into),
            case,
        }
    }
}

answers! {
    /// Answer of `assessmentRequest`.
    AssessmentRequestPayload {
        /// The assessment; the office names who comes.
        assessment: AssessmentCase
    }
    AssessmentRequestError AssessmentRequestErrorCode {
        /// There is no such elder for whom you may ask.
        ElderNotFound = "没有找到这位老人",
        /// Younger than 60.
        TooYoung = "未满60周岁，暂不能申请评估",
        /// No yes to ABILITY_ASSESSMENT stands.
        ConsentMissing = "请先由老人签署能力评估同意书",
        /// One is on its way already.
        OpenAlready = "已有正在进行的评估",
        /// The key is not 16 to 64 letters, digits or - _ . :
        RequestKeyInvalid = "请求编号格式不对",
        /// The key was used with other input.
        RequestKeyReused = "请求编号已用于另一件事",
    }
}

/// Input of `assessmentRequest`.
#[derive(InputObject)]
pub struct AssessmentRequestInput {
    /// Made and stored by the client before sending; the same on every retry. 16 to 64 characters.
    pub request_key: String,
    /// Of whom.
    pub elder_id: ID,
}

/// Queries about assessments on their way.
#[derive(Default)]
pub struct CaseQuery;

#[Object]
impl CaseQuery {
    /// Assessments of an elder that went their way here, the newest first, at most 20. For the elder, family with the scope
    /// SEE_HEALTH, and assessors, officers and the desk of the region; empty for everybody else. Each reading is recorded.
    #[graphql(guard = "Allow(SIGNED_IN)", directive = allow::apply(SIGNED_IN.to_vec()))]
    async fn assessment_cases(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which elder.")] elder_id: ID,
    ) -> Result<Vec<AssessmentCase>> {
        let cases = look::of_elder(ctx.app(), ctx.who()?, elder_id.parse()?).await?;
        Ok(cases.into_iter().map(Into::into).collect())
    }

    /// Assessments of your region that are not at their end, the oldest first. Each one shown is recorded as read.
    #[graphql(guard = "Allow(ARCHIVING)", directive = allow::apply(ARCHIVING.to_vec()))]
    async fn assessment_cases_open(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 50; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the last one seen.")] after: Option<String>,
    ) -> Result<Connection<AssessmentCase>> {
        let page = Page::read(first, after.as_deref())?;
        let cases = look::open(ctx.app(), ctx.who()?, page).await?;
        Ok(page.connect(cases, |case| case.row.id, Into::into))
    }
}
