//! What carers do at a bath.

use async_graphql::{Context, ID, InputObject, Object, Result};

use super::BathingCheck;
use crate::app::{App, Asked as _};
use crate::dispatch::rules::bathing::Vitals;
use crate::dispatch::service::bathing::act::{self, Measured};
use crate::dispatch::service::bathing::look;
use crate::kit::allow::{Allow, Role, allow};
use crate::kit::ids::OrderId;
use crate::kit::refusal::Stop;
use crate::kit::scalar::Instant;
use crate::kit::viewer::SignedIn;

/// Those who carry visits out.
const CARERS: &[Role] = &[Role::Carer];

answers! {
    /// Answer of `bathVitalsRecord`.
    BathVitalsRecordPayload {
        /// The gate: CLEARED, or ABORTED with an advice.
        check: BathingCheck
    }
    BathVitalsRecordError BathVitalsRecordErrorCode {
        /// There is no such visit for you.
        OrderNotFound = "没有找到这次服务",
        /// You have not checked in.
        NotCheckedIn = "请先签到",
        /// The second carer has not checked in.
        SecondCarerMissing = "第二位护理员还没有签到，不能继续",
        /// Nobody has such values: look at the device again.
        ValuesImplausible = "数值不合常理，请核对后重新填写",
        /// Taken later than now or more than 15 minutes ago, or a meal later than now.
        TimeInvalid = "时间不对，请重新测量",
        /// A meal within the last hour: wait and measure again.
        MealTooRecent = "饭后一小时内不能助浴，请稍后重新测量",
        /// The gate is not at this point.
        WrongState = "现在不能登记测量结果，请刷新后再看",
    }
}

answers! {
    /// Answer of `bathStart`.
    BathStartPayload {
        /// The gate, BATHING.
        check: BathingCheck
    }
    BathStartError BathStartErrorCode {
        /// There is no such visit for you.
        OrderNotFound = "没有找到这次服务",
        /// You have not checked in.
        NotCheckedIn = "请先签到",
        /// The second carer has not checked in.
        SecondCarerMissing = "第二位护理员还没有签到，不能开始",
        /// No good values yet, or the gate is not at this point.
        NotCleared = "浴前检查还没有通过，不能开始",
        /// The newest values are older than 15 minutes: measure again.
        VitalsTooOld = "测量已超过十五分钟，请重新测量",
        /// A meal within the last hour.
        MealTooRecent = "饭后一小时内不能助浴，请稍后再试",
        /// Colder than 37 or hotter than 41 degrees.
        WaterOutOfLimits = "水温要在三十七到四十一度之间",
        /// The assessment has run out, or speaks against a bath now.
        AssessmentRequired = "能力评估已过期或有禁忌，不能助浴",
        /// The consent was taken back, or has run out.
        ConsentRequired = "知情同意已撤回或过期，不能助浴",
    }
}

answers! {
    /// Answer of `bathDistress`.
    BathDistressPayload {
        /// The gate, ABORTED with an advice.
        check: BathingCheck
    }
    BathDistressError BathDistressErrorCode {
        /// There is no such visit for you.
        OrderNotFound = "没有找到这次服务",
        /// You have not checked in.
        NotCheckedIn = "请先签到",
        /// 1 to 500 characters.
        WordsMissing = "请写明发生了什么，最多五百字",
        /// Nobody is being bathed.
        WrongState = "助浴没有在进行",
    }
}

answers! {
    /// Answer of `bathFinish`.
    BathFinishPayload {
        /// The gate, COMPLETED.
        check: BathingCheck
    }
    BathFinishError BathFinishErrorCode {
        /// There is no such visit for you.
        OrderNotFound = "没有找到这次服务",
        /// You have not checked in.
        NotCheckedIn = "请先签到",
        /// Nobody has such values: look at the device again.
        ValuesImplausible = "数值不合常理，请核对后重新填写",
        /// Taken before the bath, later than now or more than 15 minutes ago.
        TimeInvalid = "时间不对，请在浴后重新测量",
        /// 1 to 500 characters; "nothing to see" is an answer too.
        SkinNoteMissing = "请写明老人的皮肤情况，最多五百字",
        /// Nobody is being bathed.
        WrongState = "助浴没有在进行",
    }
}

/// Input of `bathVitalsRecord`.
#[derive(InputObject)]
pub struct BathVitalsRecordInput {
    /// Which order.
    pub order_id: ID,
    /// Upper blood pressure in mmHg.
    pub systolic_mmhg: i32,
    /// Lower blood pressure in mmHg.
    pub diastolic_mmhg: i32,
    /// Beats per minute.
    pub pulse_per_minute: i32,
    /// Body temperature in tenths of a degree Celsius: 365 is 36.5 degrees.
    pub temperature_tenths: i32,
    /// When they were taken, at most 15 minutes ago; the same on every retry.
    pub taken_at: Instant,
    /// When the elder last ate, as told.
    pub last_meal_at: Instant,
}

/// Input of `bathStart`.
#[derive(InputObject)]
pub struct BathStartInput {
    /// Which order.
    pub order_id: ID,
    /// Temperature of the water in tenths of a degree Celsius: 390 is 39 degrees.
    pub water_tenths: i32,
    /// When the elder ate, if that was after the values were taken.
    pub last_meal_at: Option<Instant>,
}

/// Input of `bathDistress`.
#[derive(InputObject)]
pub struct BathDistressInput {
    /// Which order.
    pub order_id: ID,
    /// What happened, 1 to 500 characters.
    pub words: String,
    /// Whether help was called.
    pub is_emergency: bool,
}

/// Input of `bathFinish`.
#[derive(InputObject)]
pub struct BathFinishInput {
    /// Which order.
    pub order_id: ID,
    /// Upper blood pressure in mmHg.
    pub systolic_mmhg: i32,
    /// Lower blood pressure in mmHg.
    pub diastolic_mmhg: i32,
    /// Beats per minute.
    pub pulse_per_minute: i32,
    /// Body temperature in tenths of a degree Celsius: 365 is 36.5 degrees.
    pub temperature_tenths: i32,
    /// When they were taken: after the start, at most 15 minutes ago.
    pub taken_at: Instant,
    /// What was seen of the skin, 1 to 500 characters.
    pub skin_note: String,
}

/// A number too large for its column is no value of a living person either.
fn small(value: i32) -> i16 {
    i16::try_from(value).unwrap_or(-1)
}

impl From<&BathVitalsRecordInput> for Measured {
    fn from(input: &BathVitalsRecordInput) -> Self {
        let vitals = Vitals {
            systolic_mmhg: small(input.systolic_mmhg),
            diastolic_mmhg: small(input.diastolic_mmhg),
            pulse_per_minute: small(input.pulse_per_minute),
            temperature_tenths: small(input.temperature_tenths),
        };
        Self { vitals, taken_at: input.taken_at.0, last_meal_at: Some(input.last_meal_at.0) }
    }
}

impl From<&BathFinishInput> for Measured {
    fn from(input: &BathFinishInput) -> Self {
        let vitals = Vitals {
            systolic_mmhg: small(input.systolic_mmhg),
            diastolic_mmhg: small(input.diastolic_mmhg),
            pulse_per_minute: small(input.pulse_per_minute),
            temperature_tenths: small(input.temperature_tenths),
        };
        Self { vitals, taken_at: input.taken_at.0, last_meal_at: None }
    }
}

/// The gate after an act, or why there was none.
async fn shown<C>(
    app: &App,
    who: &SignedIn,
    done: Result<OrderId, Stop<C>>,
) -> Result<BathingCheck, Stop<C>> {
    Ok(look::after_act(app, who, done?).await?.into())
}

/// Mutations of baths.
#[derive(Default)]
pub struct BathMutation;

#[Object]
impl BathMutation {
    /// Enters blood pressure, pulse and temperature before the bath. Out of the limits the visit ends at once: everything goes back,
    /// the family is told.
    #[graphql(guard = "Allow(CARERS)", directive = allow::apply(CARERS.to_vec()))]
    async fn bath_vitals_record(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which visit, and what was measured.")] input: BathVitalsRecordInput,
    ) -> Result<BathVitalsRecordPayload> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        let done = act::vitals(app, who, id, Measured::from(&input)).await;
        BathVitalsRecordPayload::from_result(shown(app, who, done).await)
    }

    /// The bath begins. Only after good values, with both carers at the home.
    #[graphql(guard = "Allow(CARERS)", directive = allow::apply(CARERS.to_vec()))]
    async fn bath_start(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which visit, and how warm the water is.")] input: BathStartInput,
    ) -> Result<BathStartPayload> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        let done =
            act::start(app, who, id, (small(input.water_tenths), input.last_meal_at.map(|at| at.0))).await;
        BathStartPayload::from_result(shown(app, who, done).await)
    }

    /// The elder is not well: the bath stops, everything goes back, what happened is kept.
    #[graphql(guard = "Allow(CARERS)", directive = allow::apply(CARERS.to_vec()))]
    async fn bath_distress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which visit, and what happened.")] input: BathDistressInput,
    ) -> Result<BathDistressPayload> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        let done = act::distress(app, who, id, (&input.words, input.is_emergency)).await;
        BathDistressPayload::from_result(shown(app, who, done).await)
    }

    /// The bath is over. Only then the carers can check out.
    #[graphql(guard = "Allow(CARERS)", directive = allow::apply(CARERS.to_vec()))]
    async fn bath_finish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which visit, and how the elder is.")] input: BathFinishInput,
    ) -> Result<BathFinishPayload> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        let done = act::finish(app, who, id, (Measured::from(&input), &input.skin_note)).await;
        BathFinishPayload::from_result(shown(app, who, done).await)
    }
}
