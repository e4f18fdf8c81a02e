//! Rows of slots.

pub mod carers;
pub mod refused;

use chrono::{DateTime, NaiveDate, Utc};
use entities::enums::MealPeriod;
use entities::meal_slot;
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, Value};
use uuid::Uuid;

use super::rules::{Existing, Planned};
use crate::kit::db::{Raw, execute, marks, row, rows};
use crate::kit::ids::{CanteenId, SlotId};
use crate::kit::page::Page;

/// A slot with the stamp of its canteen, which versions what is cached about it.
#[derive(Clone, Debug, Hash, FromQueryResult)]
pub struct Slot {
    /// Which slot.
    pub id: Uuid,
    /// Whose.
    pub canteen_id: Uuid,
    /// Service day.
    pub served_on: NaiveDate,
    /// Meal of the day.
    pub period: MealPeriod,
    /// Bit set of ways.
    pub ways: i16,
    /// Portions in all.
    pub capacity: i32,
    /// Portions taken.
    pub taken: i32,
    /// Whether orders are taken at all.
    pub is_open: bool,
    /// Last moment to order and to cancel free of charge.
    pub cut_off_at: DateTime<Utc>,
    /// Serving begins.
    pub starts_at: DateTime<Utc>,
    /// Serving ends.
    pub ends_at: DateTime<Utc>,
    /// Stamp of the canteen.
    pub stamp: i64,
}

impl Slot {
    /// Reads a slot from aliased columns of a wider statement; `None` when the join found none.
    pub fn from_query_result_optional(
        found: &sea_orm::QueryResult,
        prefix: &str,
    ) -> Result<Option<Self>, DbErr> {
        let id: Option<Uuid> = found.try_get(prefix, "id")?;
        id.map(|_| Self::from_query_result(found, prefix)).transpose()
    }
}

const SLOT: &str = "SELECT s.id, s.canteen_id, s.served_on, s.period, s.ways, s.capacity, s.taken, s.is_open, \
    s.cut_off_at, s.starts_at, s.ends_at, c.stamp FROM meal_slot s JOIN canteen c ON c.id = s.canteen_id";

/// One slot.
pub async fn slot<C: ConnectionTrait>(db: &C, id: SlotId) -> Result<Option<Slot>, DbErr> {
    row(db, &format!("{SLOT} WHERE s.id = $1"), [id.0.into()]).await
}

/// Slots of a canteen that still take orders at `now` and begin at `from` or later, the earliest first.
pub async fn open_slots<C: ConnectionTrait>(
    db: &C,
    canteen: CanteenId,
    (from, now): (DateTime<Utc>, DateTime<Utc>),
    page: Page,
) -> Result<Raw<Slot>, DbErr> {
    let limit = i64::try_from(page.limit()).unwrap_or(i64::MAX);
    match page.after {
        None => {
            let sql = format!(
                "{SLOT} WHERE s.canteen_id = $1 AND s.starts_at >= $2 AND s.is_open AND s.cut_off_at > $4 ORDER BY s.starts_at, s.id LIMIT $3"
            );
            Raw::ask(db, &sql, [canteen.0.into(), from.into(), limit.into(), now.into()]).await
        }
        Some(after) => {
            let sql = format!(
                "{SLOT} WHERE s.canteen_id = $1 AND s.starts_at >= $2 AND s.is_open AND s.cut_off_at > $4 AND \
                 (s.starts_at, s.id) > (SELECT l.starts_at, l.id FROM meal_slot l WHERE l.id = $5) ORDER BY s.starts_at, s.id LIMIT $3"
            );
            Raw::ask(db, &sql, [canteen.0.into(), from.into(), limit.into(), now.into(), after.into()]).await
        }
    }
}

/// Slots of several canteens that still take orders at `now` and begin before `until`, the earliest first.
pub async fn next_slots<C: ConnectionTrait>(
    db: &C,
    canteens: &[Uuid],
    (now, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<Slot>, DbErr> {
    if canteens.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "{SLOT} WHERE s.canteen_id IN ({}) AND s.is_open AND s.cut_off_at > $1 AND s.starts_at >= $1 AND s.starts_at < $2 \
         ORDER BY s.starts_at, s.id",
        marks(3, canteens.len())
    );
    let ids = canteens.iter().map(|id| Value::from(*id));
    rows(db, &sql, [now.into(), until.into()].into_iter().chain(ids)).await
}

/// Day, period and pool of every slot of a canteen in a span, open or not.
pub async fn slots_between<C: ConnectionTrait>(
    db: &C,
    canteen: CanteenId,
    (first, last): (NaiveDate, NaiveDate),
) -> Result<Vec<Existing>, DbErr> {
    #[derive(FromQueryResult)]
    struct Found {
        served_on: NaiveDate,
        period: MealPeriod,
        ways: i16,
    }
    let found: Vec<Found> = rows(
        db,
        "SELECT served_on, period, ways FROM meal_slot WHERE canteen_id = $1 AND served_on BETWEEN $2 AND $3",
        [canteen.0.into(), first.into(), last.into()],
    )
    .await?;
    Ok(found.into_iter().map(|slot| (slot.served_on, slot.period, slot.ways)).collect())
}

/// Opens slots. The caller has made sure that they are not there and holds the canteen's row.
pub async fn insert_slots<C: ConnectionTrait>(
    db: &C,
    canteen: CanteenId,
    slots: &[(SlotId, Planned)],
) -> Result<(), DbErr> {
    if slots.is_empty() {
        return Ok(());
    }
    let rows = slots.iter().map(|(id, slot)| meal_slot::ActiveModel {
        id: Set(id.0),
        canteen_id: Set(canteen.0),
        served_on: Set(slot.served_on),
        period: Set(slot.period),
        ways: Set(slot.ways),
        capacity: Set(slot.capacity),
        taken: Set(0),
        is_open: Set(true),
        cut_off_at: Set(slot.cut_off_at),
        starts_at: Set(slot.starts_at),
        ends_at: Set(slot.ends_at),
    });
    meal_slot::Entity::insert_many(rows).exec_without_returning(db).await.map(|_| ())
}

/// Takes no more orders on a day and says how many slots that ended.
pub async fn close_slots<C: ConnectionTrait>(
    db: &C,
    canteen: CanteenId,
    day: NaiveDate,
) -> Result<u64, DbErr> {
    execute(
        db,
        "UPDATE meal_slot SET is_open = $3 WHERE canteen_id = $1 AND served_on = $2 AND is_open",
        [canteen.0.into(), day.into(), false.into()],
    )
    .await
}

/// Slots of a canteen on a day.
pub async fn slots_of_day<C: ConnectionTrait>(
    db: &C,
    canteen: CanteenId,
    day: NaiveDate,
) -> Result<Vec<Slot>, DbErr> {
    let sql = format!("{SLOT} WHERE s.canteen_id = $1 AND s.served_on = $2 ORDER BY s.id");
    rows(db, &sql, [canteen.0.into(), day.into()]).await
}

/// Takes places, if they are there and nobody else holds them; says whether it did.
pub async fn take<C: ConnectionTrait>(
    db: &C,
    id: SlotId,
    portions: i32,
    held_by_others: i32,
) -> Result<bool, DbErr> {
    let changed = execute(
        db,
        "UPDATE meal_slot SET taken = taken + $2 WHERE id = $1 AND is_open AND taken + $2 + $3 <= capacity",
        [id.0.into(), portions.into(), held_by_others.into()],
    )
    .await?;
    Ok(changed == 1)
}

/// Gives places back.
pub async fn give_back<C: ConnectionTrait>(db: &C, id: SlotId, portions: i32) -> Result<(), DbErr> {
    execute(db, "UPDATE meal_slot SET taken = taken - $2 WHERE id = $1", [id.0.into(), portions.into()])
        .await
        .map(|_| ())
}

/// Changes the capacity; refused (false) below what is taken.
pub async fn change_capacity<C: ConnectionTrait>(db: &C, id: SlotId, capacity: i32) -> Result<bool, DbErr> {
    let changed = execute(
        db,
        "UPDATE meal_slot SET capacity = $2 WHERE id = $1 AND taken <= $2",
        [id.0.into(), capacity.into()],
    )
    .await?;
    Ok(changed == 1)
}
