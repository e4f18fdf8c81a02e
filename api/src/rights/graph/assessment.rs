//! Ability assessments as elder, family, assessor and officer see them.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use entities::enums::AbilityLevel as RowLevel;

use crate::app::Asked as _;
use crate::kit::allow::{ASSESSING, Allow, SIGNED_IN, allow};
use crate::kit::ids::{AssessmentId, ElderId};
use crate::kit::scalar::{Day, Instant};
use crate::rights::service::assessment::{self as service, NewResult};
use crate::rights::store::Published;

/// How far somebody's abilities are kept (GB/T 42195-2022), the best first.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "RowLevel")]
pub enum AbilityLevel {
    /// 能力完好, 90 points.
    Intact,
    /// 轻度受损, 66 to 89 points.
    Mild,
    /// 中度受损, 46 to 65 points.
    Moderate,
    /// 重度受损, 30 to 45 points.
    Severe,
    /// 完全丧失, 0 to 29 points.
    Total,
}

/// A published result of an ability assessment.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Assessment {
    /// Opaque.
    pub id: ID,
    /// Whose.
    pub elder_id: ID,
    /// Day of the assessment.
    pub assessed_on: Day,
    /// Last day on which it counts.
    pub valid_until_on: Day,
    /// Points, 0 to 90.
    pub score: i32,
    /// The level found.
    pub level: AbilityLevel,
    /// Whether something speaks against a bath.
    pub has_contraindication: bool,
    /// When it was entered.
    pub entered_at: Instant,
    #[graphql(skip)]
    pub row: Published,
}

#[ComplexObject]
impl Assessment {
    /// The assessor's note; null when there is none.
    async fn note(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(ctx.app().seal.open_optional(self.row.note_sealed.as_deref())?)
    }
}

impl From<Published> for Assessment {
    fn from(row: Published) -> Self {
        Self {
            id: AssessmentId(row.id).to_string().into(),
            elder_id: ElderId(row.elder_id).to_string().into(),
            assessed_on: row.assessed_on.into(),
            valid_until_on: row.valid_until.into(),
            score: row.score.into(),
            level: row.level.into(),
            has_contraindication: row.has_contraindication,
            entered_at: row.entered_at.into(),
            row,
        }
    }
}

answers! {
    /// Answer of `assessmentRecord`.
    AssessmentRecordPayload {
        /// The result as it counts from now on.
        assessment: Assessment
    }
    AssessmentRecordError AssessmentRecordErrorCode {
        /// There is no such elder in your region.
        ElderNotFound = "没有找到这位老人",
        /// A field is of the wrong form; `field` says which.
        InputInvalid = "填写的内容有误，请检查",
        /// Points are 0 to 90, and the level is that of the points or a worse one.
        LevelNotOfScore = "分数或等级不对，等级只能比分数对应的更重",
        /// The key is not 16 to 64 letters, digits or - _ . :
        RequestKeyInvalid = "请求编号格式不对",
        /// The key was used with other input.
        RequestKeyReused = "请求编号已用于另一件事",
    }
}

/// Input of `assessmentRecord`.
#[derive(InputObject)]
pub struct AssessmentRecordInput {
    /// Made and stored by the client before sending; the same on every retry. 16 to 64 characters.
    pub request_key: String,
    /// Of whom.
    pub elder_id: ID,
    /// Day of the assessment, today or before.
    pub assessed_on: Day,
    /// Points, 0 to 90.
    pub score: i32,
    /// A worse level than that of the points, when the standard's adjustments ask for it; that of the points when left out.
    pub level: Option<AbilityLevel>,
    /// Whether something speaks against a bath.
    pub has_contraindication: bool,
    /// For those who may read results, at most 500 characters.
    pub note: Option<String>,
}

/// Queries about assessments.
#[derive(Default)]
pub struct AssessmentQuery;

#[Object]
impl AssessmentQuery {
    /// Published assessments of an elder, the newest first, at most 20; the first one counts. For the elder, family with the
    /// scope SEE_HEALTH, assessors and officers of the region; empty for everybody else. Each reading is recorded.
    #[graphql(guard = "Allow(SIGNED_IN)", directive = allow::apply(SIGNED_IN.to_vec()))]
    async fn assessments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which elder.")] elder_id: ID,
    ) -> Result<Vec<Assessment>> {
        let rows = service::results(ctx.app(), ctx.who()?, elder_id.parse()?).await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}

/// Mutations of assessments.
#[derive(Default)]
pub struct AssessmentMutation;

#[Object]
impl AssessmentMutation {
    /// Enters the finished result of an assessment; earlier ones are kept.
    #[graphql(guard = "Allow(ASSESSING)", directive = allow::apply(ASSESSING.to_vec()))]
    async fn assessment_record(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of whom, and what was found.")] input: AssessmentRecordInput,
    ) -> Result<AssessmentRecordPayload> {
        let new = NewResult {
            elder: input.elder_id.parse()?,
            assessed_on: input.assessed_on.0,
            score: i16::try_from(input.score).unwrap_or(-1),
            adjusted: input.level.map(Into::into),
            has_contraindication: input.has_contraindication,
            note: input.note,
        };
        let result = service::enter(ctx.app(), ctx.who()?, &input.request_key, &new).await;
        AssessmentRecordPayload::from_result(result.map(Into::into))
    }
}
