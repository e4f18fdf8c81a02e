//! Rows of dishes, of their published prices, and of menus.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, Utc};
use entities::enums::MealPeriod;
use entities::{dish, dish_price, menu_dish};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, sea_query::OnConflict,
};
use uuid::Uuid;

use crate::kit::db::{execute, row, rows};
use crate::kit::ids::{CanteenId, DishId};

/// A canteen's day and period: what one menu is for.
pub type Meal = (CanteenId, NaiveDate, MealPeriod);

/// Writes a dish; false when its code is taken in this canteen.
pub async fn insert_dish<C: ConnectionTrait>(db: &C, dish: &dish::Model) -> Result<bool, DbErr> {
    let written = execute(
        db,
        "INSERT INTO dish (id, canteen_id, code, name, is_meal, portion_g, small_portion_g, allergens) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (canteen_id, code) DO NOTHING",
        [
            dish.id.into(),
            dish.canteen_id.into(),
            dish.code.clone().into(),
            dish.name.clone().into(),
            dish.is_meal.into(),
            dish.portion_g.into(),
            dish.small_portion_g.into(),
            dish.allergens.clone().into(),
        ],
    )
    .await?;
    Ok(written == 1)
}

/// A dish by its id, whoever's it is: the caller asks whose canteen it belongs to.
pub async fn dish<C: ConnectionTrait>(db: &C, id: DishId) -> Result<Option<dish::Model>, DbErr> {
    row(db, "SELECT * FROM dish WHERE id = $1", [id.0.into()]).await
}

/// Every dish of a canteen, by code.
pub async fn dishes_of<C: ConnectionTrait>(db: &C, canteen: CanteenId) -> Result<Vec<dish::Model>, DbErr> {
    rows(db, "SELECT * FROM dish WHERE canteen_id = $1 ORDER BY code", [canteen.0.into()]).await
}

/// The price published last; `None` until there is one.
pub async fn last_price<C: ConnectionTrait>(
    db: &C,
    dish: DishId,
) -> Result<Option<dish_price::Model>, DbErr> {
    let sql = "SELECT * FROM dish_price WHERE dish_id = $1 ORDER BY published_at DESC LIMIT 1";
    row(db, sql, [dish.0.into()]).await
}

/// Adds a price to the history of its dish.
pub async fn insert_price<C: ConnectionTrait>(db: &C, price: &dish_price::Model) -> Result<(), DbErr> {
    execute(
        db,
        "INSERT INTO dish_price (id, dish_id, price_fen, small_price_fen, published_at) VALUES ($1, $2, $3, $4, $5)",
        [
            price.id.into(),
            price.dish_id.into(),
            price.price_fen.into(),
            price.small_price_fen.into(),
            price.published_at.into(),
        ],
    )
    .await
    .map(|_| ())
}

#[derive(FromQueryResult)]
struct Id {
    id: Uuid,
}

fn set_of(found: Vec<Id>) -> HashSet<Uuid> {
    found.into_iter().map(|found| found.id).collect()
}

/// Dishes of a canteen that have a price published by `now`.
pub async fn priced_dishes<C: ConnectionTrait>(
    db: &C,
    canteen: CanteenId,
    now: DateTime<Utc>,
) -> Result<HashSet<Uuid>, DbErr> {
    let sql = "SELECT d.id FROM dish d WHERE d.canteen_id = $1 \
        AND EXISTS (SELECT 1 FROM dish_price p WHERE p.dish_id = d.id AND p.published_at <= $2)";
    Ok(set_of(rows(db, sql, [canteen.0.into(), now.into()]).await?))
}

/// Dishes on a menu, in its order.
pub async fn menu_of<C: ConnectionTrait>(
    db: &C,
    (canteen, day, period): Meal,
) -> Result<Vec<menu_dish::Model>, DbErr> {
    rows(
        db,
        "SELECT * FROM menu_dish WHERE canteen_id = $1 AND served_on = $2 AND period = $3 ORDER BY position, dish_id",
        [canteen.0.into(), day.into(), period.as_str().into()],
    )
    .await
}

/// Days and periods of a span for which a menu is published.
pub async fn menus_between<C: ConnectionTrait>(
    db: &C,
    canteen: CanteenId,
    (first, last): (NaiveDate, NaiveDate),
) -> Result<HashSet<(NaiveDate, MealPeriod)>, DbErr> {
    #[derive(FromQueryResult)]
    struct Found {
        served_on: NaiveDate,
        period: MealPeriod,
    }
    let found: Vec<Found> = rows(
        db,
        "SELECT DISTINCT served_on, period FROM menu_dish WHERE canteen_id = $1 AND served_on BETWEEN $2 AND $3",
        [canteen.0.into(), first.into(), last.into()],
    )
    .await?;
    Ok(found.into_iter().map(|found| (found.served_on, found.period)).collect())
}

/// Dishes of a day and period that somebody has ordered and not given up. Reads orders because a menu may not
/// lose what is promised; it never changes them.
pub async fn ordered_dishes<C: ConnectionTrait>(
    db: &C,
    (canteen, day, period): Meal,
) -> Result<HashSet<Uuid>, DbErr> {
    let sql = "SELECT DISTINCT i.dish_id AS id FROM meal_order o JOIN meal_order_item i ON i.order_id = o.id \
        WHERE o.canteen_id = $1 AND o.served_on = $2 AND o.period = $3 AND o.state NOT IN ('CANCELLED', 'EXPIRED')";
    Ok(set_of(rows(db, sql, [canteen.0.into(), day.into(), period.as_str().into()]).await?))
}

/// Takes a dish off a menu.
pub async fn drop_from_menu<C: ConnectionTrait>(
    db: &C,
    (canteen, day, period): Meal,
    dish: Uuid,
) -> Result<(), DbErr> {
    execute(
        db,
        "DELETE FROM menu_dish WHERE canteen_id = $1 AND served_on = $2 AND period = $3 AND dish_id = $4",
        [canteen.0.into(), day.into(), period.as_str().into(), dish.into()],
    )
    .await
    .map(|_| ())
}

/// Puts dishes on a menu in this order; one that is there already only moves and stays sold out if it was.
pub async fn put_on_menu<C: ConnectionTrait>(
    db: &C,
    (canteen, day, period): Meal,
    dishes: &[Uuid],
) -> Result<(), DbErr> {
    use menu_dish::Column;
    if dishes.is_empty() {
        return Ok(());
    }
    let rows = dishes.iter().zip(1..).map(|(dish, position)| menu_dish::ActiveModel {
        canteen_id: Set(canteen.0),
        served_on: Set(day),
        period: Set(period),
        dish_id: Set(*dish),
        position: Set(position),
        is_sold_out: Set(false),
    });
    menu_dish::Entity::insert_many(rows)
        .on_conflict(
            OnConflict::columns([Column::CanteenId, Column::ServedOn, Column::Period, Column::DishId])
                .update_column(Column::Position)
                .to_owned(),
        )
        .exec_without_returning(db)
        .await
        .map(|_| ())
}

/// Says whether the kitchen has run out of a dish; false when it is not on the menu.
pub async fn mark_sold_out<C: ConnectionTrait>(
    db: &C,
    (canteen, day, period): Meal,
    dish: DishId,
    is_sold_out: bool,
) -> Result<bool, DbErr> {
    let changed = execute(
        db,
        "UPDATE menu_dish SET is_sold_out = $5 WHERE canteen_id = $1 AND served_on = $2 AND period = $3 AND dish_id = $4",
        [canteen.0.into(), day.into(), period.as_str().into(), dish.0.into(), is_sold_out.into()],
    )
    .await?;
    Ok(changed == 1)
}
