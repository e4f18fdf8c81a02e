//! Complaints of payers, for the desk.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use entities::complaint_answer::Model as AnswerRow;
use entities::enums::{ComplaintAnswerState as RowAnswerState, ComplaintState as RowState};

use crate::app::{App, Asked as _};
use crate::kit::allow::{Allow, DESKS, allow};
use crate::kit::ids::{ComplaintId, OrderId};
use crate::kit::page::{Connection, Page};
use crate::kit::refusal::{Fault, Stop};
use crate::kit::scalar::Instant;
use crate::money::service::complaint::{self as service, Told, Whole};
use crate::money::store::complaint as store;

/// Where a complaint stands: OPEN → ANSWERED → COMPLETED, and back to OPEN when the payer writes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "RowState")]
pub enum ComplaintState {
    /// Somebody waits for an answer.
    Open,
    /// The desk has answered.
    Answered,
    /// The desk says that it is settled.
    Completed,
}

/// What became of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "RowAnswerState")]
pub enum ComplaintAnswerState {
    /// It will be checked and sent.
    Waiting,
    /// Under way, or sent without a certain end: it is looked up.
    Sending,
    /// The payer can read it.
    Sent,
    /// Not sent; write another one.
    Refused,
}

/// An answer of the desk to a payer.
#[derive(SimpleObject)]
pub struct ComplaintAnswer {
    /// What was written.
    pub words: String,
    /// When it was written.
    pub answered_at: Instant,
    /// What became of it.
    pub state: ComplaintAnswerState,
    /// Why it was not sent, in Chinese; null unless it was refused.
    pub objection: Option<String>,
    /// When the platform took it; null until then.
    pub sent_at: Option<Instant>,
}

/// One step of a complaint as the platform tells it.
#[derive(SimpleObject)]
pub struct ComplaintStep {
    /// Who, in the platform's Chinese words.
    pub by: String,
    /// When.
    pub happened_at: Instant,
    /// What was said.
    pub words: String,
}

/// What a payer complains about to WeChat Pay.
#[derive(SimpleObject)]
pub struct Complaint {
    /// Opaque.
    pub id: ID,
    /// The order; null when nobody knows its number, or nobody has asked the platform yet.
    pub order_id: Option<ID>,
    /// The payer's words; null until the platform has told them.
    pub words: Option<String>,
    /// The payer's phone; null when the platform does not tell it.
    pub phone: Option<String>,
    /// What was said since, the oldest first; at most 50 steps.
    pub history: Vec<ComplaintStep>,
    /// Where it stands.
    pub state: ComplaintState,
    /// When it was made.
    pub made_at: Instant,
    /// Until when the payer must be answered: 24 hours after he wrote.
    pub due_at: Instant,
    /// Whether he was not answered in time and still waits.
    pub is_late: bool,
    /// Answers of the desk, the oldest first; at most 20.
    pub answers: Vec<ComplaintAnswer>,
    /// When the desk said that it is settled; null until then.
    pub completed_at: Option<Instant>,
}

impl Complaint {
    fn new(app: &App, whole: Whole) -> Result<Self, Fault> {
        let Whole { row, answers } = whole;
        let sealed = app.seal.open_optional(row.told_sealed.as_deref())?;
        let told: Option<Told> = sealed.map(|text| serde_json::from_str(&text)).transpose()?;
        let is_known = told.is_some();
        let told = told.unwrap_or_default();
        let step = |said: service::Said| ComplaintStep {
            by: said.by,
            happened_at: said.at.into(),
            words: said.words,
        };
        Ok(Self {
            id: ComplaintId(row.id).to_string().into(),
            order_id: row.order_id.map(|id| OrderId(id).to_string().into()),
            words: is_known.then_some(told.words),
            phone: told.phone,
            history: told.history.into_iter().map(step).collect(),
            state: row.state.into(),
            made_at: row.made_at.into(),
            due_at: row.due_at.into(),
            is_late: row.state == RowState::Open && app.clock.now() > row.due_at,
            answers: answers.into_iter().map(|row| answer(app, row)).collect::<Result<_, Fault>>()?,
            completed_at: row.completed_at.map(Into::into),
        })
    }
}

fn answer(app: &App, row: AnswerRow) -> Result<ComplaintAnswer, Fault> {
    Ok(ComplaintAnswer {
        words: app.seal.open(&row.words_sealed)?,
        answered_at: row.answered_at.into(),
        state: row.state.into(),
        objection: row.reason,
        sent_at: row.sent_at.map(Into::into),
    })
}

answers! {
    /// Answer of `complaintAnswer`.
    ComplaintAnswerPayload {
        /// The complaint, ANSWERED.
        complaint: Complaint
    }
    ComplaintAnswerError ComplaintAnswerErrorCode {
        /// There is no such complaint in your branch.
        ComplaintNotFound = "没有找到这条投诉",
        /// 1 to 200 characters, no emoji.
        WordsInvalid = "请用一到二百字回复，不要用表情符号",
        /// The desk has said that it is settled.
        AlreadyOver = "这条投诉已经办结",
        /// 20 answers were written.
        TooManyAnswers = "这条投诉的回复已经太多，请电话联系对方",
    }
}

answers! {
    /// Answer of `complaintComplete`.
    ComplaintCompletePayload {
        /// The complaint, COMPLETED.
        complaint: Complaint
    }
    ComplaintCompleteError ComplaintCompleteErrorCode {
        /// There is no such complaint in your branch.
        ComplaintNotFound = "没有找到这条投诉",
        /// Answer first.
        NotAnswered = "对方还在等回复，请先回复再办结",
    }
}

/// Input of `complaintAnswer`.
#[derive(InputObject)]
pub struct ComplaintAnswerInput {
    /// Which complaint.
    pub complaint_id: ID,
    /// What the payer will read, 1 to 200 characters, no emoji.
    pub words: String,
}

/// Input of `complaintComplete`.
#[derive(InputObject)]
pub struct ComplaintCompleteInput {
    /// Which complaint.
    pub complaint_id: ID,
}

/// Queries about complaints.
#[derive(Default)]
pub struct ComplaintQuery;

#[Object]
impl ComplaintQuery {
    /// Complaints about orders of your branch, the newest first. One whose order nobody knows is shown to all.
    #[graphql(guard = "Allow(DESKS)", directive = allow::apply(DESKS.to_vec()))]
    async fn complaints(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that stand there.")] state: Option<ComplaintState>,
        #[graphql(desc = "How many, 1 to 50; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the last one seen.")] after: Option<String>,
    ) -> Result<Connection<Complaint>> {
        let (app, page) = (ctx.app(), Page::read(first, after.as_deref())?);
        let rows = store::of_desk(app.db.read(), ctx.who()?, state.map(Into::into), page).await?;
        let wholes = service::with_answers(app, rows).await?.into_iter();
        let shaped = wholes.map(|whole| Ok((whole.row.id, Complaint::new(app, whole)?)));
        Ok(page.connect(shaped.collect::<Result<Vec<_>, Fault>>()?, |row| row.0, |row| row.1))
    }
}

/// Mutations of complaints.
#[derive(Default)]
pub struct ComplaintMutation;

#[Object]
impl ComplaintMutation {
    /// Answers a payer. The words are checked first and sent once; the same words again are the same answer.
    #[graphql(guard = "Allow(DESKS)", directive = allow::apply(DESKS.to_vec()))]
    async fn complaint_answer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which complaint, and the answer.")] input: ComplaintAnswerInput,
    ) -> Result<ComplaintAnswerPayload> {
        let (app, id) = (ctx.app(), input.complaint_id.parse()?);
        let result = service::answer(app, ctx.who()?, id, &input.words).await;
        ComplaintAnswerPayload::from_result(
            result.and_then(|it| Complaint::new(app, it).map_err(Stop::Fault)),
        )
    }

    /// Says that a complaint is settled; the platform is told.
    #[graphql(guard = "Allow(DESKS)", directive = allow::apply(DESKS.to_vec()))]
    async fn complaint_complete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which complaint.")] input: ComplaintCompleteInput,
    ) -> Result<ComplaintCompletePayload> {
        let (app, id) = (ctx.app(), input.complaint_id.parse()?);
        let result = service::complete(app, ctx.who()?, id).await;
        ComplaintCompletePayload::from_result(
            result.and_then(|it| Complaint::new(app, it).map_err(Stop::Fault)),
        )
    }
}
