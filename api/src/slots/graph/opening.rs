//! What managers do with places: open them from the calendar, change their number, close a day.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::MealSlot;
use crate::app::Asked as _;
use crate::directory::graph::Canteen;
use crate::kit::allow::{Allow, MANAGERS, allow};
use crate::kit::ids::{CanteenId, SlotId};
use crate::kit::scalar::Day;
use crate::slots::service::opening::{self, Opened};

/// What an opening of slots did.
#[derive(SimpleObject)]
pub struct SlotOpening {
    /// How many slots are new; those that were there stay as they are.
    pub created_count: i32,
    /// Days of the span on which the canteen is closed, at most 62.
    pub closed_on: Vec<Day>,
}

impl From<Opened> for SlotOpening {
    fn from(opened: Opened) -> Self {
        Self {
            created_count: i32::try_from(opened.created).unwrap_or(i32::MAX),
            closed_on: opened.closed_on.into_iter().map(Into::into).collect(),
        }
    }
}

answers! {
    /// Answer of `mealSlotsOpen`.
    MealSlotsOpenPayload {
        /// What was opened.
        opening: SlotOpening
    }
    MealSlotsOpenError MealSlotsOpenErrorCode {
        /// There is no such canteen for you to manage.
        CanteenNotFound = "没有找到这个食堂",
        /// From today or later, 1 to 62 days.
        SpanInvalid = "日期应从今天起，最多 62 天",
        /// The canteen has no weekly calendar yet.
        CalendarEmpty = "请先设置每周日历",
    }
}

answers! {
    /// Answer of `mealSlotCapacityChange`.
    MealSlotCapacityChangePayload {
        /// The slot with its new number of portions.
        slot: MealSlot
    }
    MealSlotCapacityChangeError MealSlotCapacityChangeErrorCode {
        /// There is no such slot for you to manage.
        SlotNotFound = "没有找到这一餐",
        /// 0 to 5000 portions.
        CapacityInvalid = "份数应为 0 到 5000",
        /// More portions are taken already.
        BelowTaken = "份数不能少于已订出的份数",
    }
}

answers! {
    /// Answer of `canteenDayClose`.
    CanteenDayClosePayload {
        /// The canteen.
        canteen: Canteen
    }
    CanteenDayCloseError CanteenDayCloseErrorCode {
        /// There is no such canteen for you to manage.
        CanteenNotFound = "没有找到这个食堂",
        /// Today or a day of the coming year.
        DayInvalid = "只能停今天起一年内的某一天",
        /// A reason of 1 to 200 characters is needed: families read it.
        ReasonInvalid = "请写明停餐原因，最多 200 字",
    }
}

/// Input of `mealSlotsOpen`.
#[derive(InputObject)]
pub struct MealSlotsOpenInput {
    /// Which canteen.
    pub canteen_id: ID,
    /// First service day, today or later.
    pub first_on: Day,
    /// Last service day, included; at most 62 days in all.
    pub last_on: Day,
}

/// Input of `mealSlotCapacityChange`.
#[derive(InputObject)]
pub struct MealSlotCapacityChangeInput {
    /// Which slot.
    pub slot_id: ID,
    /// Portions in all, 0 to 5000, not fewer than are taken.
    pub capacity: i32,
}

/// Input of `canteenDayClose`.
#[derive(InputObject)]
pub struct CanteenDayCloseInput {
    /// Which canteen.
    pub canteen_id: ID,
    /// Service day, today or later.
    pub closed_on: Day,
    /// Why, at most 200 characters; kept with the day for those who ask later, shown to nobody.
    pub reason: String,
}

/// Mutations of those who manage places.
#[derive(Default)]
pub struct OpeningMutation;

#[Object]
impl OpeningMutation {
    /// Opens slots from the weekly calendar. Again with the same span it opens only what is missing.
    #[graphql(guard = "Allow(MANAGERS)", directive = allow::apply(MANAGERS.to_vec()))]
    async fn meal_slots_open(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where, and from which day to which.")] input: MealSlotsOpenInput,
    ) -> Result<MealSlotsOpenPayload> {
        let canteen: CanteenId = input.canteen_id.parse()?;
        let span = (input.first_on.0, input.last_on.0);
        let result = opening::open(ctx.app(), ctx.who()?, canteen, span).await;
        MealSlotsOpenPayload::from_result(result.map(Into::into))
    }

    /// Changes how many portions a slot has; never below what is taken.
    #[graphql(guard = "Allow(MANAGERS)", directive = allow::apply(MANAGERS.to_vec()))]
    async fn meal_slot_capacity_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which slot, and how many portions.")] input: MealSlotCapacityChangeInput,
    ) -> Result<MealSlotCapacityChangePayload> {
        let slot: SlotId = input.slot_id.parse()?;
        let result = opening::change_capacity(ctx.app(), ctx.who()?, slot, input.capacity).await;
        MealSlotCapacityChangePayload::from_result(result.map(|slot| MealSlot::new(slot, None)))
    }

    /// Closes a service day: no more orders; those placed are cancelled and refunded in full.
    #[graphql(guard = "Allow(MANAGERS)", directive = allow::apply(MANAGERS.to_vec()))]
    async fn canteen_day_close(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where, which day, and why.")] input: CanteenDayCloseInput,
    ) -> Result<CanteenDayClosePayload> {
        let canteen: CanteenId = input.canteen_id.parse()?;
        let day = input.closed_on.0;
        let result = opening::close_day(ctx.app(), ctx.who()?, canteen, (day, &input.reason)).await;
        CanteenDayClosePayload::from_result(result.map(Into::into))
    }
}
