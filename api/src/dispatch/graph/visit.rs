//! The way, coming, the tasks, leaving; and what did not fit.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use crate::app::Asked as _;
use crate::dispatch::rules::{Task, tasks_of, words_of_task};
use crate::dispatch::service::visit::{self, Answer, Said};
use crate::dispatch::store;
use crate::kit::allow::{Allow, Role, SIGNED_IN, allow};
use crate::kit::ids::OrderId;
use crate::kit::scalar::Instant;
use crate::kit::seal::{Seal, device_index};
use crate::orders::graph::service_order::{ServiceOrder, seen_again};
use crate::orders::store::service_order as orders;
use crate::people::rules::words::HIDDEN_WORDS;
use crate::people::store::words::hidden;

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
        /// More than two hours before the start.
        TooEarly = "离约定时间还早，请在开始前两小时内出发",
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
        /// The code is not the one of this home. Ask again, or leave the code out: then its absence is noted.
        DoorCodeWrong = "上门码不对，请再问一次老人",
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

/// Where the phone is, its own time, and what else it can show. The server's time is the truth. What is not of its form is
/// taken as not told.
#[derive(Default, InputObject)]
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
    /// SHA-256 of a picture taken now, 64 hexadecimal characters.
    pub photo_hash: Option<String>,
    /// Where that picture is kept, at most 200 characters.
    pub photo_ref: Option<String>,
    /// Made by the client once and kept: 16 to 64 letters, digits, - or _. Only a keyed hash of it is kept.
    pub device_key: Option<String>,
}

impl PlaceInput {
    /// What the acts take of it.
    pub fn read(self, seal: &Seal) -> Said {
        let is_place =
            |at: &(i32, i32)| at.0.unsigned_abs() <= 90_000_000 && at.1.unsigned_abs() <= 180_000_000;
        let is_hash = |text: &String| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        Said {
            at_e6: self.latitude_e6.zip(self.longitude_e6).filter(is_place),
            accuracy_m: self.accuracy_metres.filter(|metres| *metres >= 0),
            is_mock: self.is_mock,
            device_at: self.device_at.map(|at| at.0),
            photo_hash: self.photo_hash.filter(is_hash).map(|hash| hash.to_ascii_lowercase()),
            photo_ref: self.photo_ref.filter(|text| text.chars().count() <= 200),
            device_index: self.device_key.as_deref().and_then(|key| device_index(seal, key)),
            is_signed: false,
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

impl From<VisitTaskInput> for Answer {
    fn from(task: VisitTaskInput) -> Self {
        Self { code: task.code, is_done: task.is_done, reason: task.reason }
    }
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
    /// Six digits that the home shows, or what the card at the home shows (`homeCode`); left out when nobody can show them.
    /// A wrong one is refused five times, so that it can be asked for again; from then on, and in a signed queue, it counts as
    /// left out. A miss is noted and can be explained.
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
    /// Why not; null when it was done. A Chinese sentence in its place when WeChat's check objects to it.
    pub reason: Option<String>,
}

impl VisitTask {
    fn new(task: &Task, answers: &[entities::visit_task::Model], hidden: &[String]) -> Self {
        let answer = answers.iter().find(|answer| answer.code == task.code);
        let reason = answer.and_then(|answer| answer.reason.clone());
        let is_hidden = reason.is_some() && hidden.contains(&words_of_task(&task.code));
        Self {
            code: task.code.clone(),
            name: task.zh.clone(),
            is_done: answer.map(|answer| answer.is_done),
            reason: if is_hidden { Some(HIDDEN_WORDS.to_owned()) } else { reason },
        }
    }
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
        let hidden = hidden(db, id.0, Some(who.person.0)).await?;
        let tasks = tasks_of(&seen.order.service_code).iter();
        Ok(tasks.map(|task| VisitTask::new(task, &answers, &hidden)).collect())
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

    /// Says that you are at the home. What does not fit is noted and can be explained; it never stops the visit: who has a
    /// wrong code asks again, or comes in without one.
    #[graphql(guard = "Allow(CARERS)", directive = allow::apply(CARERS.to_vec()))]
    async fn visit_check_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which visit, and its proof.")] input: VisitCheckInInput,
    ) -> Result<VisitCheckInPayload> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        let said = input.place.read(&app.seal);
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
        let said = input.place.read(&app.seal);
        let answers: Vec<Answer> = input.tasks.into_iter().take(30).map(Answer::from).collect();
        match visit::check_out(app, who, id, (&said, &answers)).await {
            Ok(id) => VisitCheckOutPayload::from_result(Ok(seen_again(app, who, id).await?)),
            Err(stop) => VisitCheckOutPayload::from_result(Err(stop)),
        }
    }
}
