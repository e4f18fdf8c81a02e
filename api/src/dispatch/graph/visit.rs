//! The way, coming, the tasks, leaving; and what did not fit.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use crate::app::Asked as _;
use crate::dispatch::rules::{Task, tasks_of};
use crate::dispatch::service::visit::{self, Answer, Said};
use crate::dispatch::store;
use crate::kit::allow::{Allow, Role, SIGNED_IN, STAFF, allow};
use crate::kit::ids::{CarerId, OrderId};
use crate::kit::scalar::Instant;
use crate::orders::graph::service_order::{ServiceOrder, seen_again};
use crate::orders::store::service_order as orders;

/// Those who carry visits out.
const CARERS: &[Role] = &[Role::Carer];

answers! {
    /// Answer of `visitSetOut`.
    VisitSetOutPayload {
        /// The order, EN_ROUTE.
        order: ServiceOrder
    }
    VisitSetOutError VisitSetOutErrorCode {
        /// There is no such visit for you.
        OrderNotFound = "没有找到这次服务",
        /// The visit is not at this point.
        WrongState = "现在不能出发，请刷新后再看",
    }
}

answers! {
    /// Answer of `visitCheckIn`.
    VisitCheckInPayload {
        /// The order, CHECKED_IN.
        order: ServiceOrder
    }
    VisitCheckInError VisitCheckInErrorCode {
        /// There is no such visit for you.
        OrderNotFound = "没有找到这次服务",
        /// More than two hours before the start.
        TooEarly = "离约定时间还早，暂时不能签到",
        /// The visit is not at this point.
        WrongState = "现在不能签到，请刷新后再看",
    }
}

answers! {
    /// Answer of `visitCheckOut`.
    VisitCheckOutPayload {
        /// The order: DONE when the last carer has left.
        order: ServiceOrder
    }
    VisitCheckOutError VisitCheckOutErrorCode {
        /// There is no such visit for you.
        OrderNotFound = "没有找到这次服务",
        /// You have not checked in.
        NotCheckedIn = "还没有签到，不能签退",
        /// The bath is neither finished nor stopped.
        BathNotFinished = "助浴还没有完成登记，不能签退",
        /// A task has no answer, or a "no" has no reason.
        TasksMissing = "请逐项填写服务内容，没做的要写明原因",
    }
}

/// Where the phone is, and its own time. The server's time is the truth.
#[derive(InputObject)]
pub struct PlaceInput {
    /// Millionths of a degree, WGS 84; left out when the place is not shared.
    pub latitude_e6: Option<i32>,
    /// Millionths of a degree, WGS 84; left out when the place is not shared.
    pub longitude_e6: Option<i32>,
    /// Accuracy in metres.
    pub accuracy_metres: Option<i32>,
    /// Whether the phone reports a made-up place.
    #[graphql(default = false)]
    pub is_mock: bool,
    /// The phone's own time.
    pub device_at: Option<Instant>,
}

impl From<PlaceInput> for Said {
    fn from(place: PlaceInput) -> Self {
        let is_place =
            |at: &(i32, i32)| at.0.unsigned_abs() <= 90_000_000 && at.1.unsigned_abs() <= 180_000_000;
        Self {
            at_e6: place.latitude_e6.zip(place.longitude_e6).filter(is_place),
            accuracy_m: place.accuracy_metres.filter(|metres| *metres >= 0),
            is_mock: place.is_mock,
            device_at: place.device_at.map(|at| at.0),
        }
    }
}

/// The answer to one task.
#[derive(InputObject)]
pub struct VisitTaskInput {
    /// Which task of the visit.
    pub code: String,
    /// Whether it was done.
    pub is_done: bool,
    /// Why not, at most 200 characters; needed when it was not done.
    pub reason: Option<String>,
}

/// Input of `visitSetOut`.
#[derive(InputObject)]
pub struct VisitSetOutInput {
    /// Which order.
    pub order_id: ID,
}

/// Input of `visitCheckIn`.
#[derive(InputObject)]
pub struct VisitCheckInInput {
    /// Which order.
    pub order_id: ID,
    /// Where you are.
    pub place: PlaceInput,
    /// Six digits that the home shows; left out when nobody can show them. A miss is noted and can be explained.
    pub code: Option<String>,
}

/// Input of `visitCheckOut`.
#[derive(InputObject)]
pub struct VisitCheckOutInput {
    /// Which order.
    pub order_id: ID,
    /// Where you are.
    pub place: PlaceInput,
    /// Answers to the tasks of the visit, at most 30. Answers given by the other carer count too.
    pub tasks: Vec<VisitTaskInput>,
}

/// Something that a carer answers before leaving.
#[derive(SimpleObject)]
pub struct VisitTask {
    /// For programs.
    pub code: String,
    /// In Chinese.
    pub name: String,
    /// Whether it was done; null while nobody has answered.
    pub is_done: Option<bool>,
    /// Why not; null when it was done.
    pub reason: Option<String>,
}

impl VisitTask {
    fn new(task: &Task, answers: &[entities::visit_task::Model]) -> Self {
        let answer = answers.iter().find(|answer| answer.code == task.code);
        Self {
            code: task.code.clone(),
            name: task.zh.clone(),
            is_done: answer.map(|answer| answer.is_done),
            reason: answer.and_then(|answer| answer.reason.clone()),
        }
    }
}

/// Something about a visit that did not fit. It blocks nothing; a person looks at it.
#[derive(SimpleObject)]
pub struct VisitException {
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
}

/// Queries about visits.
#[derive(Default)]
pub struct VisitQuery;

#[Object]
impl VisitQuery {
    /// Tasks of a visit with their answers, for everybody who may see the order, at most 30; empty for any other id.
    #[graphql(guard = "Allow(SIGNED_IN)", directive = allow::apply(SIGNED_IN.to_vec()))]
    async fn visit_tasks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which order.")] order_id: ID,
    ) -> Result<Vec<VisitTask>> {
        let (db, who, id): (_, _, OrderId) = (ctx.app().db.read(), ctx.who()?, order_id.parse()?);
        let Some(seen) = orders::order_for(db, who, id).await? else { return Ok(Vec::new()) };
        let answers = store::tasks(db, id.0).await?;
        let tasks = tasks_of(&seen.order.service_code).iter();
        Ok(tasks.map(|task| VisitTask::new(task, &answers)).collect())
    }

    /// What did not fit in a visit, for its carers and its provider's manager, at most 60; empty for any other id.
    #[graphql(guard = "Allow(STAFF)", directive = allow::apply(STAFF.to_vec()))]
    async fn visit_exceptions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which order.")] order_id: ID,
    ) -> Result<Vec<VisitException>> {
        let (db, who, id): (_, _, OrderId) = (ctx.app().db.read(), ctx.who()?, order_id.parse()?);
        if orders::order_for_staff(db, who, id).await?.is_none() {
            return Ok(Vec::new());
        }
        let shape = |row: entities::visit_exception::Model| VisitException {
            carer_id: CarerId(row.carer_id).to_string().into(),
            rule: row.rule,
            score: row.score.into(),
            detail: row.detail,
            holds_line: row.holds_line,
            noted_at: row.noted_at.into(),
        };
        Ok(store::exceptions(db, id.0).await?.into_iter().map(shape).collect())
    }
}

/// Mutations of visits.
#[derive(Default)]
pub struct VisitMutation;

#[Object]
impl VisitMutation {
    /// Says that you are on your way; the family is told.
    #[graphql(guard = "Allow(CARERS)", directive = allow::apply(CARERS.to_vec()))]
    async fn visit_set_out(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which visit.")] input: VisitSetOutInput,
    ) -> Result<VisitSetOutPayload> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        match visit::set_out(app, who, id).await {
            Ok(id) => VisitSetOutPayload::from_result(Ok(seen_again(app, who, id).await?)),
            Err(stop) => VisitSetOutPayload::from_result(Err(stop)),
        }
    }

    /// Says that you are at the home. What does not fit is noted and can be explained; it never stops the visit.
    #[graphql(guard = "Allow(CARERS)", directive = allow::apply(CARERS.to_vec()))]
    async fn visit_check_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which visit, and its proof.")] input: VisitCheckInInput,
    ) -> Result<VisitCheckInPayload> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        let said = Said::from(input.place);
        match visit::check_in(app, who, id, (&said, input.code.as_deref())).await {
            Ok(id) => VisitCheckInPayload::from_result(Ok(seen_again(app, who, id).await?)),
            Err(stop) => VisitCheckInPayload::from_result(Err(stop)),
        }
    }

    /// Says that you leave, with an answer to every task.
    #[graphql(guard = "Allow(CARERS)", directive = allow::apply(CARERS.to_vec()))]
    async fn visit_check_out(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which visit, its proof and its tasks.")] input: VisitCheckOutInput,
    ) -> Result<VisitCheckOutPayload> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        let said = Said::from(input.place);
        let answer =
            |task: VisitTaskInput| Answer { code: task.code, is_done: task.is_done, reason: task.reason };
        let answers: Vec<Answer> = input.tasks.into_iter().take(30).map(answer).collect();
        match visit::check_out(app, who, id, (&said, &answers)).await {
            Ok(id) => VisitCheckOutPayload::from_result(Ok(seen_again(app, who, id).await?)),
            Err(stop) => VisitCheckOutPayload::from_result(Err(stop)),
        }
    }
}
