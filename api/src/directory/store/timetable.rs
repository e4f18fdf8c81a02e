//! Rows of a canteen's timetable: serving times, weekly calendar, closed days.

use chrono::NaiveDate;
use entities::{canteen_calendar, canteen_period};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, sea_query::OnConflict,
};
use uuid::Uuid;

use crate::kit::db::{execute, marks, rows};
use crate::kit::ids::CanteenId;

/// When a canteen serves and how many portions it offers in a usual week.
#[derive(Clone, Debug, Default)]
pub struct Timetable {
    /// Serving times and cut-offs, at most one for each period.
    pub periods: Vec<canteen_period::Model>,
    /// Portions by weekday, period and pool of ways.
    pub pools: Vec<canteen_calendar::Model>,
}

/// Timetables of canteens, in two statements; a canteen without one is not in the answer.
pub async fn timetables<C: ConnectionTrait>(
    db: &C,
    canteens: &[Uuid],
) -> Result<std::collections::HashMap<Uuid, Timetable>, DbErr> {
    let mut found: std::collections::HashMap<Uuid, Timetable> = std::collections::HashMap::new();
    if canteens.is_empty() {
        return Ok(found);
    }
    let list = marks(1, canteens.len());
    let ids = || canteens.iter().map(|id| (*id).into());
    let periods: Vec<canteen_period::Model> = rows(
        db,
        &format!("SELECT * FROM canteen_period WHERE canteen_id IN ({list}) ORDER BY serves_from"),
        ids(),
    )
    .await?;
    let pools: Vec<canteen_calendar::Model> = rows(
        db,
        &format!(
            "SELECT * FROM canteen_calendar WHERE canteen_id IN ({list}) ORDER BY weekday, period, ways"
        ),
        ids(),
    )
    .await?;
    for period in periods {
        found.entry(period.canteen_id).or_default().periods.push(period);
    }
    for pool in pools {
        found.entry(pool.canteen_id).or_default().pools.push(pool);
    }
    for table in found.values_mut() {
        table.pools.sort_by_key(|pool| (pool.weekday, pool.period, pool.ways));
    }
    Ok(found)
}

/// The timetable of one canteen; empty when it has none.
pub async fn timetable<C: ConnectionTrait>(db: &C, canteen: CanteenId) -> Result<Timetable, DbErr> {
    Ok(timetables(db, &[canteen.0]).await?.remove(&canteen.0).unwrap_or_default())
}

/// Sets the serving times and the cut-off of one period.
pub async fn put_period<C: ConnectionTrait>(db: &C, period: canteen_period::Model) -> Result<(), DbErr> {
    use canteen_period::Column;
    let row = canteen_period::ActiveModel {
        canteen_id: Set(period.canteen_id),
        period: Set(period.period),
        serves_from: Set(period.serves_from),
        serves_until: Set(period.serves_until),
        cut_off_days_before: Set(period.cut_off_days_before),
        cut_off_at: Set(period.cut_off_at),
    };
    canteen_period::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([Column::CanteenId, Column::Period])
                .update_columns([
                    Column::ServesFrom,
                    Column::ServesUntil,
                    Column::CutOffDaysBefore,
                    Column::CutOffAt,
                ])
                .to_owned(),
        )
        .exec_without_returning(db)
        .await
        .map(|_| ())
}

/// Replaces the weekly calendar.
pub async fn replace_calendar<C: ConnectionTrait>(
    db: &C,
    canteen: CanteenId,
    pools: &[canteen_calendar::Model],
) -> Result<(), DbErr> {
    execute(db, "DELETE FROM canteen_calendar WHERE canteen_id = $1", [canteen.0.into()]).await?;
    if pools.is_empty() {
        return Ok(());
    }
    let rows = pools.iter().map(|pool| canteen_calendar::ActiveModel {
        canteen_id: Set(canteen.0),
        weekday: Set(pool.weekday),
        period: Set(pool.period),
        ways: Set(pool.ways),
        capacity: Set(pool.capacity),
    });
    canteen_calendar::Entity::insert_many(rows).exec_without_returning(db).await.map(|_| ())
}

/// Days of the span on which the canteen is closed.
pub async fn closed_days<C: ConnectionTrait>(
    db: &C,
    canteen: CanteenId,
    (first, last): (NaiveDate, NaiveDate),
) -> Result<Vec<NaiveDate>, DbErr> {
    #[derive(FromQueryResult)]
    struct Day {
        closed_on: NaiveDate,
    }
    let found: Vec<Day> = rows(
        db,
        "SELECT closed_on FROM canteen_closed_day WHERE canteen_id = $1 AND closed_on BETWEEN $2 AND $3 ORDER BY closed_on",
        [canteen.0.into(), first.into(), last.into()],
    )
    .await?;
    Ok(found.into_iter().map(|day| day.closed_on).collect())
}

/// Closes a day; false when it was closed already.
pub async fn close_day<C: ConnectionTrait>(
    db: &C,
    canteen: CanteenId,
    day: NaiveDate,
    reason: &str,
) -> Result<bool, DbErr> {
    let written = execute(
        db,
        "INSERT INTO canteen_closed_day (canteen_id, closed_on, reason) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        [canteen.0.into(), day.into(), reason.into()],
    )
    .await?;
    Ok(written == 1)
}
