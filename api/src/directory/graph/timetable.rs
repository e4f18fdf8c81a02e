//! When a canteen serves and how many portions it offers in a usual week; its managers set both.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use entities::{canteen_calendar, canteen_period};

use super::{Canteen, MealPeriod, MealWay, bits_of, ways_of};
use crate::app::Asked as _;
use crate::directory::service::timetable;
use crate::kit::allow::{Allow, MANAGERS, allow};
use crate::kit::ids::CanteenId;
use crate::kit::scalar::TimeOfDay;

/// Day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum Weekday {
    /// 星期一.
    Monday,
    /// 星期二.
    Tuesday,
    /// 星期三.
    Wednesday,
    /// 星期四.
    Thursday,
    /// 星期五.
    Friday,
    /// 星期六.
    Saturday,
    /// 星期日.
    Sunday,
}

impl Weekday {
    const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// 1 is Monday, 7 is Sunday.
    pub fn number(self) -> i16 {
        Self::ALL.into_iter().zip(1..).find(|(day, _)| *day == self).map_or(1, |(_, number)| number)
    }

    /// The day of a number from 1 to 7.
    pub fn of(number: i16) -> Self {
        Self::ALL
            .into_iter()
            .zip(1..)
            .find(|(_, other)| *other == number)
            .map_or(Self::Sunday, |(day, _)| day)
    }
}

/// When a canteen serves a meal and until when orders are taken.
#[derive(SimpleObject)]
pub struct CanteenPeriod {
    /// Meal of the day.
    pub period: MealPeriod,
    /// Serving begins.
    pub serves_from: TimeOfDay,
    /// Serving ends.
    pub serves_until: TimeOfDay,
    /// How many days before the service day the cut-off lies; 0 is the same day.
    pub cut_off_days_before: i32,
    /// Last moment of that day to order and to cancel free of charge.
    pub cut_off_at: TimeOfDay,
}

impl From<&canteen_period::Model> for CanteenPeriod {
    fn from(row: &canteen_period::Model) -> Self {
        Self {
            period: row.period.into(),
            serves_from: TimeOfDay(row.serves_from),
            serves_until: TimeOfDay(row.serves_until),
            cut_off_days_before: row.cut_off_days_before.into(),
            cut_off_at: TimeOfDay(row.cut_off_at),
        }
    }
}

/// Portions that a canteen offers on a day of the week.
#[derive(SimpleObject)]
pub struct CalendarPool {
    /// Day of the week.
    pub weekday: Weekday,
    /// Meal of the day.
    pub period: MealPeriod,
    /// Ways that share the portions.
    pub ways: Vec<MealWay>,
    /// Portions.
    pub capacity: i32,
}

impl From<&canteen_calendar::Model> for CalendarPool {
    fn from(row: &canteen_calendar::Model) -> Self {
        Self {
            weekday: Weekday::of(row.weekday),
            period: row.period.into(),
            ways: ways_of(row.ways),
            capacity: row.capacity,
        }
    }
}

answers! {
    /// Answer of `canteenCalendarSet`.
    CanteenCalendarSetPayload {
        /// The canteen with its new calendar.
        canteen: Canteen
    }
    CanteenCalendarSetError CanteenCalendarSetErrorCode {
        /// There is no such canteen for you to manage.
        CanteenNotFound = "没有找到这个食堂",
        /// At most 63 entries, each with a way and 0 to 5000 portions.
        EntryInvalid = "每周日历有误：请检查就餐方式和份数",
        /// One way of a weekday and meal stands in two entries.
        WayRepeated = "同一餐的同一种就餐方式只能出现一次",
        /// The meal has no serving times yet; set them first.
        PeriodWithoutTimes = "请先设置这一餐的供餐时间",
    }
}

answers! {
    /// Answer of `canteenPeriodSet`.
    CanteenPeriodSetPayload {
        /// The canteen with its new serving times.
        canteen: Canteen
    }
    CanteenPeriodSetError CanteenPeriodSetErrorCode {
        /// There is no such canteen for you to manage.
        CanteenNotFound = "没有找到这个食堂",
        /// Serving must end after it begins.
        TimesInvalid = "供餐结束时间应晚于开始时间",
        /// 0 to 7 days before, and not after serving begins.
        CutOffInvalid = "截单时间应在供餐开始之前，最多提前 7 天",
    }
}

/// One entry of a weekly calendar.
#[derive(InputObject)]
pub struct CalendarPoolInput {
    /// Day of the week.
    pub weekday: Weekday,
    /// Meal of the day.
    pub period: MealPeriod,
    /// Ways that share the portions; at least one.
    pub ways: Vec<MealWay>,
    /// Portions, 0 to 5000.
    pub capacity: i32,
}

/// Input of `canteenCalendarSet`.
#[derive(InputObject)]
pub struct CanteenCalendarSetInput {
    /// Which canteen.
    pub canteen_id: ID,
    /// The whole week, at most 63 entries; what is not named is not offered.
    pub entries: Vec<CalendarPoolInput>,
}

/// Input of `canteenPeriodSet`.
#[derive(InputObject)]
pub struct CanteenPeriodSetInput {
    /// Which canteen.
    pub canteen_id: ID,
    /// Meal of the day.
    pub period: MealPeriod,
    /// Serving begins.
    pub serves_from: TimeOfDay,
    /// Serving ends.
    pub serves_until: TimeOfDay,
    /// How many days before the service day the cut-off lies, 0 to 7.
    #[graphql(default = 0)]
    pub cut_off_days_before: i32,
    /// Last moment of that day to order and to cancel free of charge.
    pub cut_off_at: TimeOfDay,
}

/// Mutations of timetables.
#[derive(Default)]
pub struct TimetableMutation;

#[Object]
impl TimetableMutation {
    /// Replaces the weekly calendar. Slots that are open already keep their portions; later openings follow it.
    #[graphql(guard = "Allow(MANAGERS)", directive = allow::apply(MANAGERS.to_vec()))]
    async fn canteen_calendar_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where, and the week from a day on.")] input: CanteenCalendarSetInput,
    ) -> Result<CanteenCalendarSetPayload> {
        let id: CanteenId = input.canteen_id.parse()?;
        let pool = |entry: CalendarPoolInput| canteen_calendar::Model {
            canteen_id: id.0,
            weekday: entry.weekday.number(),
            period: entry.period.into(),
            ways: bits_of(&entry.ways),
            capacity: entry.capacity,
        };
        let pools = input.entries.into_iter().map(pool).collect();
        let result = timetable::set_calendar(ctx.app(), ctx.who()?, id, pools).await;
        CanteenCalendarSetPayload::from_result(result.map(Into::into))
    }

    /// Sets serving times and cut-off of a meal. Slots that are open already keep theirs; later openings follow it.
    #[graphql(guard = "Allow(MANAGERS)", directive = allow::apply(MANAGERS.to_vec()))]
    async fn canteen_period_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where, and the times of one meal of the day.")] input: CanteenPeriodSetInput,
    ) -> Result<CanteenPeriodSetPayload> {
        let id: CanteenId = input.canteen_id.parse()?;
        let period = canteen_period::Model {
            canteen_id: id.0,
            period: input.period.into(),
            serves_from: input.serves_from.0,
            serves_until: input.serves_until.0,
            cut_off_days_before: i16::try_from(input.cut_off_days_before).unwrap_or(-1),
            cut_off_at: input.cut_off_at.0,
        };
        let result = timetable::set_period(ctx.app(), ctx.who()?, period).await;
        CanteenPeriodSetPayload::from_result(result.map(Into::into))
    }
}
