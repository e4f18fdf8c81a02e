//! What did not fit in visits: seen and explained by the carer, judged by a person from outside the provider.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use entities::enums::ExceptionReview as RowReview;
use entities::visit_exception::Model;
use uuid::Uuid;

use crate::app::{App, Asked as _};
use crate::dispatch::service::exception;
use crate::dispatch::store::exception as store;
use crate::kit::allow::{Allow, Role, STAFF, allow};
use crate::kit::ids::{CarerId, ExceptionId, OrderId};
use crate::kit::page::{Connection, Page};
use crate::kit::refusal::Fault;
use crate::kit::scalar::Instant;
use crate::kit::viewer::SignedIn;
use crate::orders::store::service_order as orders;
use crate::people::rules::words::HIDDEN_WORDS;
use crate::people::store::words::hidden_of;

/// Those who carry visits out.
const CARERS: &[Role] = &[Role::Carer];
/// Those who judge what did not fit in their region.
const IN_CHARGE: &[Role] = &[Role::Desk, Role::Officer, Role::Admin];

/// What a person thought of something that did not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "RowReview")]
pub enum ExceptionReview {
    /// Nobody has decided yet.
    Open,
    /// Explained: it stays written, but counts no more.
    Accepted,
    /// Not explained: it counts.
    Rejected,
}

/// Something about a visit that did not fit. It blocks nothing; the carer may explain it, a person looks at it.
#[derive(SimpleObject)]
pub struct VisitException {
    /// Opaque.
    pub id: ID,
    /// In which order.
    pub order_id: ID,
    /// Of which carer.
    pub carer_id: ID,
    /// Name of the rule.
    pub rule: String,
    /// How much it weighs, 1 to 100.
    pub score: i32,
    /// What was found, in Chinese.
    pub detail: String,
    /// Whether money waits for a person's look.
    pub holds_line: bool,
    /// When.
    pub noted_at: Instant,
    /// The carer's words; null until they are said. Words that WeChat's check objects to are shown to the carer alone.
    pub answer: Option<String>,
    /// When they were said; null until then.
    pub answered_at: Option<Instant>,
    /// What a person thought of it.
    pub review: ExceptionReview,
    /// Why; null until somebody has decided.
    pub review_reason: Option<String>,
    /// When somebody decided; null until then.
    pub reviewed_at: Option<Instant>,
}

impl VisitException {
    fn open(app: &App, row: Model) -> Result<Self, Fault> {
        Ok(Self {
            id: ExceptionId(row.id).to_string().into(),
            order_id: OrderId(row.order_id).to_string().into(),
            carer_id: CarerId(row.carer_id).to_string().into(),
            rule: row.rule,
            score: row.score.into(),
            detail: row.detail,
            holds_line: row.holds_line,
            noted_at: row.noted_at.into(),
            answer: app.seal.open_optional(row.answer_sealed.as_deref())?,
            answered_at: row.answered_at.map(Into::into),
            review: row.review.into(),
            review_reason: row.review_reason,
            reviewed_at: row.reviewed_at.map(Into::into),
        })
    }

    /// Opens rows for somebody; words that the platform objects to are shown to their author alone.
    async fn shown(app: &App, who: &SignedIn, rows: Vec<Model>) -> Result<Vec<(Uuid, Self)>, Fault> {
        let ids = rows.iter().map(|row| row.id).collect();
        let hidden = hidden_of(app.db.read(), ids, who.person.0).await?;
        let open = |row: Model| {
            let (id, opened) = (row.id, Self::open(app, row)?);
            let shown = |field: &str, words: Option<String>| {
                let is_hidden = words.is_some() && hidden.contains(&(id, field.to_owned()));
                if is_hidden { Some(HIDDEN_WORDS.to_owned()) } else { words }
            };
            let answer = shown("answer", opened.answer);
            let review_reason = shown("review", opened.review_reason);
            Ok((id, Self { answer, review_reason, ..opened }))
        };
        rows.into_iter().map(open).collect()
    }

    async fn list(app: &App, who: &SignedIn, rows: Vec<Model>) -> Result<Vec<Self>, Fault> {
        Ok(Self::shown(app, who, rows).await?.into_iter().map(|(_, shown)| shown).collect())
    }

    async fn one(app: &App, who: &SignedIn, row: Model) -> Result<Self, Fault> {
        Self::list(app, who, vec![row]).await?.pop().ok_or_else(|| Fault::new("an exception vanished"))
    }

    async fn page(
        app: &App,
        who: &SignedIn,
        page: Page,
        rows: Vec<Model>,
    ) -> Result<Connection<Self>, Fault> {
        let shown = Self::shown(app, who, rows).await?;
        Ok(page.connect(shown, |row| row.0, |row| row.1))
    }
}

answers! {
    /// Answer of `visitExceptionAnswer`.
    VisitExceptionAnswerPayload {
        /// The exception with your words.
        exception: VisitException
    }
    VisitExceptionAnswerError VisitExceptionAnswerErrorCode {
        /// There is no such exception of yours.
        ExceptionNotFound = "没有找到这条异常记录",
        /// 1 to 500 characters.
        WordsInvalid = "请用一到五百字说明情况",
        /// Somebody has decided about it.
        AlreadyReviewed = "这条异常已经核查过，不能再修改说明",
    }
}

answers! {
    /// Answer of `visitExceptionReview`.
    VisitExceptionReviewPayload {
        /// The exception with the decision.
        exception: VisitException
    }
    VisitExceptionReviewError VisitExceptionReviewErrorCode {
        /// There is no such exception in your region.
        ExceptionNotFound = "没有找到这条异常记录",
        /// You work for the provider of the visit.
        NotIndependent = "本机构的人员不能核查自己机构的异常",
        /// 1 to 200 characters.
        ReasonInvalid = "请用一到二百字写明理由",
        /// It was decided before.
        AlreadyReviewed = "这条异常已经有人核查过",
    }
}

/// Input of `visitExceptionAnswer`.
#[derive(InputObject)]
pub struct VisitExceptionAnswerInput {
    /// Which exception of yours.
    pub exception_id: ID,
    /// What happened, 1 to 500 characters.
    pub words: String,
}

/// Input of `visitExceptionReview`.
#[derive(InputObject)]
pub struct VisitExceptionReviewInput {
    /// Which exception.
    pub exception_id: ID,
    /// Whether it is explained.
    pub is_accepted: bool,
    /// Why, 1 to 200 characters; the carer reads it.
    pub reason: String,
}

/// Queries about what did not fit.
#[derive(Default)]
pub struct ExceptionQuery;

#[Object]
impl ExceptionQuery {
    /// What did not fit in a visit, for its carers and its provider's manager, and always for the carer whose it is; at most
    /// 60; empty for any other id.
    #[graphql(guard = "Allow(STAFF)", directive = allow::apply(STAFF.to_vec()))]
    async fn visit_exceptions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which order.")] order_id: ID,
    ) -> Result<Vec<VisitException>> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, order_id.parse()?);
        let rows = match orders::order_for_staff(app.db.read(), who, id).await? {
            Some(_) => store::of_order(app.db.read(), id.0).await?,
            None => store::own_of_order(app.db.read(), who, id).await?,
        };
        Ok(VisitException::list(app, who, rows).await?)
    }

    /// What did not fit in your own visits, the newest first.
    #[graphql(guard = "Allow(CARERS)", directive = allow::apply(CARERS.to_vec()))]
    async fn my_visit_exceptions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 50; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the last one seen.")] after: Option<String>,
    ) -> Result<Connection<VisitException>> {
        let (app, who, page) = (ctx.app(), ctx.who()?, Page::read(first, after.as_deref())?);
        let rows = store::own(app.db.read(), who, page).await?;
        Ok(VisitException::page(app, who, page, rows).await?)
    }

    /// What did not fit in visits of your region and waits for a decision, the oldest first.
    #[graphql(guard = "Allow(IN_CHARGE)", directive = allow::apply(IN_CHARGE.to_vec()))]
    async fn exceptions_to_review(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 50; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the last one seen.")] after: Option<String>,
    ) -> Result<Connection<VisitException>> {
        let (app, who, page) = (ctx.app(), ctx.who()?, Page::read(first, after.as_deref())?);
        let rows = store::to_review(app.db.read(), who, page).await?;
        Ok(VisitException::page(app, who, page, rows).await?)
    }
}

/// Mutations about what did not fit.
#[derive(Default)]
pub struct ExceptionMutation;

#[Object]
impl ExceptionMutation {
    /// Explains something that did not fit in your visit. You may say it better until somebody has decided.
    #[graphql(guard = "Allow(CARERS)", directive = allow::apply(CARERS.to_vec()))]
    async fn visit_exception_answer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what happened.")] input: VisitExceptionAnswerInput,
    ) -> Result<VisitExceptionAnswerPayload> {
        let (app, who, id) = (ctx.app(), ctx.who()?, input.exception_id.parse()?);
        match exception::answer(app, who, id, &input.words).await {
            Ok(row) => {
                VisitExceptionAnswerPayload::from_result(Ok(VisitException::one(app, who, row).await?))
            }
            Err(stop) => VisitExceptionAnswerPayload::from_result(Err(stop)),
        }
    }

    /// Decides about something that did not fit in a visit of your region, once. Nobody of the provider decides.
    #[graphql(guard = "Allow(IN_CHARGE)", directive = allow::apply(IN_CHARGE.to_vec()))]
    async fn visit_exception_review(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, whether it is explained, and why.")] input: VisitExceptionReviewInput,
    ) -> Result<VisitExceptionReviewPayload> {
        let (app, who, id) = (ctx.app(), ctx.who()?, input.exception_id.parse()?);
        match exception::review(app, who, id, (input.is_accepted, &input.reason)).await {
            Ok(row) => {
                VisitExceptionReviewPayload::from_result(Ok(VisitException::one(app, who, row).await?))
            }
            Err(stop) => VisitExceptionReviewPayload::from_result(Err(stop)),
        }
    }
}
