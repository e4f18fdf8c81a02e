//! Acts on assessments: one for each event of machine `AbilityAssessment`, and naming others after an objection.

use async_graphql::{Context, ID, InputObject, Object, Result};
use uuid::Uuid;

use super::{AssessmentCase, AssessmentRequestInput, AssessmentRequestPayload};
use crate::app::Asked as _;
use crate::kit::allow::{
    ASSESSING, ASSESSORS, Allow, CANCELLING, DESKS_AND_OFFICERS, PAYING, REQUESTING, allow,
};
use crate::kit::ids::{AssessmentId, PersonId};
use crate::kit::refusal::{Refused, Stop};
use crate::kit::scalar::Instant;
use crate::rights::rules::assessment::case::{Adjustments, Answers};
use crate::rights::service::case::{self as service, Act, Case, Halt, No};

/// Declares what an act on an assessment answers; all of them can be refused for the same reasons.
macro_rules! acts_on_case {
    ($($payload:ident $error:ident $code:ident $name:literal;)+) => { $(
        answers! {
            #[doc = concat!("Answer of `", $name, "`.")]
            $payload {
                /// The assessment as it stands now.
                assessment: AssessmentCase
            }
            $error $code {
                /// There is no such assessment within your reach.
                AssessmentNotFound = "没有找到这次评估",
                /// It is in another state.
                NotNow = "评估当前的状态不能做这一步",
                /// It is somebody else's to do.
                NotYours = "这一步应由其他人完成",
                /// Two different assessors of the region who have not come before.
                AssessorsInvalid = "请指定两名本辖区的评估员，且未参加过本次评估",
                /// Nobody looked who the elder is.
                IdentityUnchecked = "请先核对老人身份",
                /// Answers are missing or cannot be, or an adjustment has no proof.
                AnswersInvalid = "26项须全部填写，信息提供者和调整依据不能缺",
                /// A reason or a name is missing.
                WordsMissing = "请填写说明，最多200字",
                /// The days to object are not over, and nobody agreed.
                ObjectionOpen = "异议期未满，老人或监护人尚未确认",
                /// The days to object are over.
                ObjectionLate = "异议期已过",
                /// No yes to ABILITY_ASSESSMENT stands.
                ConsentMissing = "老人尚未同意或已收回同意，评估不能继续",
            }
        }

        impl From<No> for $code {
            fn from(no: No) -> Self {
                match no {
                    No::NotFound => Self::AssessmentNotFound,
                    No::NotNow => Self::NotNow,
                    No::NotYours => Self::NotYours,
                    No::Assessors => Self::AssessorsInvalid,
                    No::Identity => Self::IdentityUnchecked,
                    No::Answers => Self::AnswersInvalid,
                    No::Words => Self::WordsMissing,
                    No::ObjectionOpen => Self::ObjectionOpen,
                    No::ObjectionLate => Self::ObjectionLate,
                    No::Consent => Self::ConsentMissing,
                }
            }
        }

        impl $payload {
            fn of(result: std::result::Result<Case, Halt>) -> Result<Self> {
                Self::from_result(match result {
                    Ok(case) => Ok(case.into()),
                    Err(Halt::No(no)) => Err(Stop::Refused(Refused::from($code::from(no)))),
                    Err(Halt::Fault(fault)) => Err(Stop::Fault(fault)),
                })
            }
        }
    )+ };
}

acts_on_case! {
    AssessmentSchedulePayload AssessmentScheduleError AssessmentScheduleErrorCode "assessmentSchedule";
    AssessmentReassignPayload AssessmentReassignError AssessmentReassignErrorCode "assessmentReassign";
    AssessmentStartPayload AssessmentStartError AssessmentStartErrorCode "assessmentStart";
    AssessmentScorePayload AssessmentScoreError AssessmentScoreErrorCode "assessmentScore";
    AssessmentReviewPayload AssessmentReviewError AssessmentReviewErrorCode "assessmentReview";
    AssessmentSendBackPayload AssessmentSendBackError AssessmentSendBackErrorCode "assessmentSendBack";
    AssessmentPublishPayload AssessmentPublishError AssessmentPublishErrorCode "assessmentPublish";
    AssessmentObjectPayload AssessmentObjectError AssessmentObjectErrorCode "assessmentObject";
    AssessmentCancelPayload AssessmentCancelError AssessmentCancelErrorCode "assessmentCancel";
}

/// What the assessors found. How many points an item can have is the standard's affair; together they are 0 to 90.
#[derive(InputObject)]
pub struct AssessmentAnswersInput {
    /// Who gave the information, the elder or somebody else, 1 to 30 characters.
    pub informant: String,
    /// Points of 自理能力, exactly 8.
    pub self_care: Vec<i32>,
    /// Points of 基础运动能力, exactly 4.
    pub basic_motor: Vec<i32>,
    /// Points of 精神状态, exactly 9.
    pub mental_state: Vec<i32>,
    /// Points of 感知觉与社会参与, exactly 5.
    pub sensory_and_social: Vec<i32>,
    /// Whether the elder is in a coma: the last level.
    pub is_in_coma: bool,
    /// Whether a specialist diagnosed dementia or another mental disorder: one level worse.
    pub has_mental_diagnosis: bool,
    /// Falls, choking, self-harm, getting lost in the last 30 days; two or more: one level worse.
    pub risk_events: i32,
    /// On what coma, diagnosis or events rest, at most 200 characters; left out when there is nothing of it.
    pub proof: Option<String>,
    /// Whether something speaks against a bath.
    pub has_contraindication: bool,
    /// For those who may read results, at most 500 characters.
    pub note: Option<String>,
}

impl From<AssessmentAnswersInput> for Act {
    fn from(input: AssessmentAnswersInput) -> Self {
        // What fits in no item is none.
        let item = |points: i32| i16::try_from(points).unwrap_or(-1);
        let items = |points: Vec<i32>| points.into_iter().map(item).collect();
        let answers = Answers {
            informant: input.informant,
            self_care: items(input.self_care),
            basic_motor: items(input.basic_motor),
            mental_state: items(input.mental_state),
            sensory_and_social: items(input.sensory_and_social),
            adjustments: Adjustments {
                is_in_coma: input.is_in_coma,
                has_mental_diagnosis: input.has_mental_diagnosis,
                risk_events: item(input.risk_events),
                proof: input.proof.unwrap_or_default(),
            },
        };
        Self::Score(Box::new(answers), input.has_contraindication, input.note)
    }
}

/// The ids of two assessors.
fn two(first: &ID, second: &ID) -> Result<[Uuid; 2]> {
    Ok([first.parse::<PersonId>()?.0, second.parse::<PersonId>()?.0])
}

/// Input of `assessmentSchedule`.
#[derive(InputObject)]
pub struct AssessmentScheduleInput {
    /// Which assessment.
    pub assessment_id: ID,
    /// An assessor of the region.
    pub first_person_id: ID,
    /// Another assessor of the region.
    pub second_person_id: ID,
    /// When they come.
    pub comes_at: Instant,
}

/// Input of `assessmentReassign`.
#[derive(InputObject)]
pub struct AssessmentReassignInput {
    /// Which assessment.
    pub assessment_id: ID,
    /// An assessor of the region who has not come before.
    pub first_person_id: ID,
    /// Another assessor of the region who has not come before.
    pub second_person_id: ID,
}

/// Input of `assessmentStart`.
#[derive(InputObject)]
pub struct AssessmentStartInput {
    /// Which assessment.
    pub assessment_id: ID,
    /// Whether they have seen who the elder is.
    pub is_identity_checked: bool,
}

/// Input of `assessmentScore`.
#[derive(InputObject)]
pub struct AssessmentScoreInput {
    /// Which assessment.
    pub assessment_id: ID,
    /// What was found.
    pub answers: AssessmentAnswersInput,
}

/// Input of `assessmentReview`.
#[derive(InputObject)]
pub struct AssessmentReviewInput {
    /// Which assessment.
    pub assessment_id: ID,
}

/// Input of `assessmentSendBack`.
#[derive(InputObject)]
pub struct AssessmentSendBackInput {
    /// Which assessment.
    pub assessment_id: ID,
    /// Why, 1 to 200 characters.
    pub reason: String,
}

/// Input of `assessmentPublish`.
#[derive(InputObject)]
pub struct AssessmentPublishInput {
    /// Which assessment.
    pub assessment_id: ID,
    /// Who was told, 1 to 200 characters.
    pub told_to: String,
    /// Whether he agreed; otherwise the days to object must be over.
    pub is_accepted: bool,
}

/// Input of `assessmentObject`.
#[derive(InputObject)]
pub struct AssessmentObjectInput {
    /// Which assessment.
    pub assessment_id: ID,
    /// Why, 1 to 200 characters.
    pub reason: String,
}

/// Input of `assessmentCancel`.
#[derive(InputObject)]
pub struct AssessmentCancelInput {
    /// Which assessment.
    pub assessment_id: ID,
    /// Why, 1 to 200 characters.
    pub reason: String,
}

/// Mutations of assessments on their way.
#[derive(Default)]
pub struct CaseMutation;

#[Object]
impl CaseMutation {
    /// Asks for an assessment of an elder's abilities.
    #[graphql(guard = "Allow(REQUESTING)", directive = allow::apply(REQUESTING.to_vec()))]
    async fn assessment_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of whom.")] input: AssessmentRequestInput,
    ) -> Result<AssessmentRequestPayload> {
        let elder = input.elder_id.parse()?;
        let result = service::request(ctx.app(), ctx.who()?, &input.request_key, elder).await;
        AssessmentRequestPayload::from_result(result.map(Into::into))
    }

    /// Names two assessors and a time.
    #[graphql(guard = "Allow(DESKS_AND_OFFICERS)", directive = allow::apply(DESKS_AND_OFFICERS.to_vec()))]
    async fn assessment_schedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one, and what is done.")] input: AssessmentScheduleInput,
    ) -> Result<AssessmentSchedulePayload> {
        let id: AssessmentId = input.assessment_id.parse()?;
        let act = Act::Schedule(two(&input.first_person_id, &input.second_person_id)?, input.comes_at.0);
        AssessmentSchedulePayload::of(service::act(ctx.app(), ctx.who()?, id, act).await)
    }

    /// Names two others after an objection.
    #[graphql(guard = "Allow(DESKS_AND_OFFICERS)", directive = allow::apply(DESKS_AND_OFFICERS.to_vec()))]
    async fn assessment_reassign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one, and what is done.")] input: AssessmentReassignInput,
    ) -> Result<AssessmentReassignPayload> {
        let id: AssessmentId = input.assessment_id.parse()?;
        let act = Act::Reassign(two(&input.first_person_id, &input.second_person_id)?);
        AssessmentReassignPayload::of(service::act(ctx.app(), ctx.who()?, id, act).await)
    }

    /// The assessors are there.
    #[graphql(guard = "Allow(ASSESSORS)", directive = allow::apply(ASSESSORS.to_vec()))]
    async fn assessment_start(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one, and what is done.")] input: AssessmentStartInput,
    ) -> Result<AssessmentStartPayload> {
        let id: AssessmentId = input.assessment_id.parse()?;
        let act = Act::Start(input.is_identity_checked);
        AssessmentStartPayload::of(service::act(ctx.app(), ctx.who()?, id, act).await)
    }

    /// Answers all 26 items; the level follows.
    #[graphql(guard = "Allow(ASSESSORS)", directive = allow::apply(ASSESSORS.to_vec()))]
    async fn assessment_score(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one, and what is done.")] input: AssessmentScoreInput,
    ) -> Result<AssessmentScorePayload> {
        let id: AssessmentId = input.assessment_id.parse()?;
        let act = input.answers.into();
        AssessmentScorePayload::of(service::act(ctx.app(), ctx.who()?, id, act).await)
    }

    /// A third person finds it right.
    #[graphql(guard = "Allow(ASSESSING)", directive = allow::apply(ASSESSING.to_vec()))]
    async fn assessment_review(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one, and what is done.")] input: AssessmentReviewInput,
    ) -> Result<AssessmentReviewPayload> {
        let id: AssessmentId = input.assessment_id.parse()?;
        let act = Act::Review;
        AssessmentReviewPayload::of(service::act(ctx.app(), ctx.who()?, id, act).await)
    }

    /// A third person wants it looked at again.
    #[graphql(guard = "Allow(ASSESSING)", directive = allow::apply(ASSESSING.to_vec()))]
    async fn assessment_send_back(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one, and what is done.")] input: AssessmentSendBackInput,
    ) -> Result<AssessmentSendBackPayload> {
        let id: AssessmentId = input.assessment_id.parse()?;
        let act = Act::SendBack(input.reason);
        AssessmentSendBackPayload::of(service::act(ctx.app(), ctx.who()?, id, act).await)
    }

    /// The elder or his guardian was told: the result counts from today.
    #[graphql(guard = "Allow(DESKS_AND_OFFICERS)", directive = allow::apply(DESKS_AND_OFFICERS.to_vec()))]
    async fn assessment_publish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one, and what is done.")] input: AssessmentPublishInput,
    ) -> Result<AssessmentPublishPayload> {
        let id: AssessmentId = input.assessment_id.parse()?;
        let act = Act::Publish(input.told_to, input.is_accepted);
        AssessmentPublishPayload::of(service::act(ctx.app(), ctx.who()?, id, act).await)
    }

    /// The elder or his family do not accept the result: others assess.
    #[graphql(guard = "Allow(PAYING)", directive = allow::apply(PAYING.to_vec()))]
    async fn assessment_object(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one, and what is done.")] input: AssessmentObjectInput,
    ) -> Result<AssessmentObjectPayload> {
        let id: AssessmentId = input.assessment_id.parse()?;
        let act = Act::Object(input.reason);
        AssessmentObjectPayload::of(service::act(ctx.app(), ctx.who()?, id, act).await)
    }

    /// Nobody comes.
    #[graphql(guard = "Allow(CANCELLING)", directive = allow::apply(CANCELLING.to_vec()))]
    async fn assessment_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one, and what is done.")] input: AssessmentCancelInput,
    ) -> Result<AssessmentCancelPayload> {
        let id: AssessmentId = input.assessment_id.parse()?;
        let act = Act::Cancel(input.reason);
        AssessmentCancelPayload::of(service::act(ctx.app(), ctx.who()?, id, act).await)
    }
}
