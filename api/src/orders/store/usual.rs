//! What an elder has eaten and ordered besides: the last meal, the next places for it, how much of a meal is ordered already.

use chrono::{DateTime, NaiveDate, Utc};
use entities::enums::MealPeriod;
use entities::meal_order;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::kit::db::{row, rows};
use crate::kit::ids::ElderId;
use crate::slots::store::Slot;

/// The last order of an elder that was placed by whatever way in and not called off.
pub async fn last_of_elder<C: ConnectionTrait>(
    db: &C,
    elder: ElderId,
) -> Result<Option<meal_order::Model>, DbErr> {
    row(
        db,
        "SELECT * FROM meal_order WHERE elder_id = $1 AND state NOT IN ('CANCELLED', 'EXPIRED') ORDER BY id DESC LIMIT 1",
        [elder.0.into()],
    )
    .await
}

/// Open slots of a canteen for one period and way with free places, the earliest first; at most 14.
pub async fn next_slots<C: ConnectionTrait>(
    db: &C,
    order: &meal_order::Model,
    now: DateTime<Utc>,
) -> Result<Vec<Slot>, DbErr> {
    rows(
        db,
        "SELECT s.id, s.canteen_id, s.served_on, s.period, s.ways, s.capacity, s.taken, s.is_open, s.cut_off_at, \
         s.starts_at, s.ends_at, c.stamp FROM meal_slot s JOIN canteen c ON c.id = s.canteen_id \
         WHERE s.canteen_id = $1 AND s.period = $2 AND (s.ways & $3) <> 0 AND s.is_open AND s.cut_off_at > $4 \
         AND s.taken < s.capacity AND NOT EXISTS (SELECT 1 FROM meal_order o WHERE o.elder_id = $5 \
           AND o.served_on = s.served_on AND o.period = s.period AND o.state NOT IN ('CANCELLED', 'EXPIRED')) \
         ORDER BY s.starts_at, s.id LIMIT 14",
        [
            order.canteen_id.into(),
            order.period.as_str().into(),
            order.way.bit().into(),
            now.into(),
            order.elder_id.into(),
        ],
    )
    .await
}

/// Portions of a meal that an elder has ordered already, wherever and by whomever.
pub async fn portions_ordered<C: ConnectionTrait>(
    db: &C,
    elder: ElderId,
    (served_on, period): (NaiveDate, MealPeriod),
) -> Result<i64, DbErr> {
    #[derive(FromQueryResult)]
    struct Ordered {
        portions: i64,
    }
    let sql = "SELECT coalesce(sum(portions), 0) AS portions FROM meal_order WHERE elder_id = $1 AND served_on = $2 \
        AND period = $3 AND state NOT IN ('CANCELLED', 'EXPIRED')";
    let found: Option<Ordered> =
        row(db, sql, [elder.0.into(), served_on.into(), period.as_str().into()]).await?;
    Ok(found.map_or(0, |found| found.portions))
}
